"""Records that wait for their turn in a temporary table: a plan for a million pictures takes no more memory than others."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING

from mediaparser_core.export.turns import Keys

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

_AT_ONCE = 500


@contextmanager
def aside(conn: sqlite3.Connection) -> Iterator[None]:
    """A transaction for temporary tables: without one each row is one; and nobody else has to wait for it."""
    if conn.in_transaction:
        yield
        return
    conn.execute("begin")
    try:
        yield
    finally:
        conn.execute("commit")


class LaidTurns:
    """:class:`~mediaparser_core.export.turns.Turns` on the disk, until the block ends."""

    def __init__(self, catalog: Catalog) -> None:
        self._conn = catalog.db.conn
        self._table = f"temp.laid_turns_{uuid.uuid4().hex}"
        self._waiting: list[tuple[str, str, str, str, bytes]] = []

    def __enter__(self) -> LaidTurns:
        self._conn.execute(f"create table {self._table} (a text, b text, c text, d text, record blob)")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._waiting.clear()
        with suppress(sqlite3.Error):  # after an error: somebody reads, or it is closed already; it ends with us anyway
            self._conn.execute(f"drop table if exists {self._table}")

    def add(self, keys: Keys, record: bytes) -> None:
        self._waiting.append((*keys, record))
        if len(self._waiting) >= _AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        with aside(self._conn):
            self._conn.executemany(f"insert into {self._table} values (?, ?, ?, ?, ?)", waiting)

    def __iter__(self) -> Iterator[bytes]:
        self._flush()
        return (record for (record,) in self._conn.execute(f"select record from {self._table} order by a, b, c, d"))
