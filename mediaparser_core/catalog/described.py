"""Titles and descriptions into Datasette's own tables, all at once: one by one they take longer than all else at start."""

from __future__ import annotations

RESOURCES = (
    "insert into metadata_resources (database_name, resource_name, key, value) values (?, ?, ?, ?) "
    "on conflict (database_name, resource_name, key) do update set value = excluded.value"
)
COLUMNS = (
    "insert into metadata_columns (database_name, resource_name, column_name, key, value) values (?, ?, ?, ?, ?) "
    "on conflict (database_name, resource_name, column_name, key) do update set value = excluded.value"
)
