"""Rows as dictionaries, and rows of one key at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from mediaparser_core.compact import packed
from mediaparser_core.shorter import moment_shown, written_shown
from mediaparser_core.smaller_tables import PLACES, name_text, path_bytes, path_text

# of a file's row in _files: its path as bytes, its path and its name in text
PATH_BYTES, PATH, NAME = path_bytes("f"), path_text("f"), name_text("f")
# the best embedded word on the time of one asset, for pairing a still with its film
TAKEN = f"""(select {moment_shown("c.value")} from _claims c join _sayings s on s.id = c.saying
    join words w on w.id = s.source where c.content = f.content
    and s.origin = (select id from words where word = 'content') and c.value is not null
    and w.word in ('exif:DateTimeOriginal', 'keys:CreationDate', 'quicktime:CreateDate', 'exif:CreateDate')
    order by case w.word when 'exif:DateTimeOriginal' then 0 when 'keys:CreationDate' then 1
        when 'exif:CreateDate' then 2 else 3 end limit 1)"""
# claims n of assets as the rules see them, in the order of the tables: by the view, SQLite would sort them all
CLAIMS = f"""select n.sha256, c.content * {PLACES} + c.place, (select word from words where id = s.source),
    coalesce({written_shown("c", "s")}, ''), {moment_shown("c.value")}, (select word from words where id = s.utc_offset),
    (select word from words where id = s.precision), s.usable, (select word from words where id = s.remark)
    from contents n cross join _claims c on c.content = n.id cross join _sayings s on s.id = c.saying"""
# where _files has what lies below a folder, and what lies at one path: see below and at
BELOW = "folder in (select _folders.id from _folders where _folders.path >= ? and _folders.path < ?)"
AT = "folder = (select _folders.id from _folders where _folders.path = ?) and base = ?"


def below(folder: bytes) -> tuple[bytes, bytes]:
    """The values of :data:`BELOW`; also the range of the paths below *folder*: ``0`` follows ``/`` in ASCII."""
    return folder.rstrip(b"/") + b"/", folder.rstrip(b"/") + b"0"


def at(path: bytes) -> tuple[bytes, bytes]:
    """The values of :data:`AT`: the folder, with its slash, and the name in it."""
    end = path.rfind(b"/") + 1
    return path[:end], path[end:]


def numbered(conn: sqlite3.Connection, table: str, texts: Iterable[str | bytes | None]) -> None:
    """Give *texts* a number in ``words``, ``contents`` or ``_folders``, where they have none yet."""
    said = [text for text in dict.fromkeys(texts) if text is not None]
    if table != "contents":
        column = {"words": "word", "_folders": "path"}[table]
        conn.executemany(
            f"insert into {table} ({column}) select ?1 where not exists (select 1 from {table} where {column} = ?1)",
            [(text,) for text in said],
        )
    else:
        conn.executemany(
            "insert into contents (hash) select ?2 where not exists (select 1 from contents where sha256 = ?1)",
            [(text, packed(str(text))) for text in said],
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
