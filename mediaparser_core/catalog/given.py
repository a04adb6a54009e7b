"""Tags and standings on their way into the compact tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from itertools import islice

from mediaparser_core.catalog.rows import numbered

_ID, _WORD = "(select id from contents where sha256 = ?)", "(select id from words where word = ?)"
_AT_ONCE = 10_000


def add_tags(conn: sqlite3.Connection, tags: Iterable[tuple[str, Mapping[str, str]]]) -> None:
    """Give assets that have no tags theirs: ``(asset, tag → source)``."""
    some = iter(tags)
    while batch := list(islice(some, _AT_ONCE)):
        numbered(conn, "words", (word for _, named in batch for pair in named.items() for word in pair))
        numbered(conn, "contents", (sha for sha, named in batch if named))
        conn.executemany(
            f"insert into _tags (content, tag, source) values ({_ID}, {_WORD}, {_WORD})",
            ((sha, tag, source) for sha, named in batch for tag, source in named.items()),
        )


def add_standings(conn: sqlite3.Connection, rows: Iterable[tuple[str, bool, bool, str | None, str | None]]) -> None:
    """``(sha256, kept, wanted in the export, end state when not wanted, reason)``, instead of what there was."""
    some = iter(rows)
    while batch := list(islice(some, _AT_ONCE)):
        numbered(conn, "words", (word for *_, state, reason in batch for word in (state, reason)))
        numbered(conn, "contents", (row[0] for row in batch))
        conn.executemany(
            "insert or replace into _standings (content, kept, wanted, end_state, reason) "
            f"values ({_ID}, ?, ?, {_WORD}, {_WORD})",
            batch,
        )
