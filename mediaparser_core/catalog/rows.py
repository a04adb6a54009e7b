"""Rows as dictionaries, and rows of one key at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from mediaparser_core.compact import packed

# of a file's row in _files: its path and its name in text
PATH = "coalesce(f.path, cast(f.path_bytes as text))"
NAME = f"case typeof(f.name) when 'integer' then substr({PATH}, -f.name) else f.name end"


def numbered(conn: sqlite3.Connection, table: str, texts: Iterable[str | None]) -> None:
    """Give *texts* a number in ``words`` or ``contents``, where they have none yet."""
    said = [text for text in dict.fromkeys(texts) if text is not None]
    if table == "words":
        conn.executemany(
            "insert into words (word) select ?1 where not exists (select 1 from words where word = ?1)",
            [(text,) for text in said],
        )
    else:
        conn.executemany(
            "insert into contents (hash) select ?2 where not exists (select 1 from contents where sha256 = ?1)",
            [(text, packed(text)) for text in said],
        )


def as_dicts(cursor: sqlite3.Cursor) -> Iterator[dict[str, Any]]:
    """Each row by the names of its columns, one at a time."""
    names = [column[0] for column in cursor.description]
    for row in cursor:
        yield dict(zip(names, row, strict=True))


def select(conn: sqlite3.Connection, sql: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
    """All rows of a query, as dictionaries."""
    return list(as_dicts(conn.execute(sql, values)))


def grouped(rows: Iterable[tuple[Any, ...]]) -> Callable[[Any], list[tuple[Any, ...]]]:
    """A look-up over rows sorted by their first column, for asking in the same order: one pass, one group in memory."""
    iterator = iter(rows)
    pending: list[tuple[Any, ...]] = []

    def take(key: Any) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        if pending:
            if pending[0][0] > key:
                return found
            if pending[0][0] == key:
                found.append(pending.pop()[1:])
            else:
                pending.clear()
        for row in iterator:
            if row[0] < key:
                continue
            if row[0] > key:
                pending.append(row)
                break
            found.append(row[1:])
        return found

    return take
