"""Sketches of pictures, for comparing them a second time: a file of its own in the cache, for it can be made again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

FILE_NAME = "sketches.db"
_AT_ONCE = 500  # SQLite takes 999 values in a statement where it was built long ago


class Sketches:
    """SHA-256 → sketch. Whatever is wrong with the file, it is only a cache: then there are no sketches."""

    def __init__(self, cache: Path, *, writable: bool) -> None:
        self._path, self._writable = cache / FILE_NAME, writable
        self._conn: sqlite3.Connection | None = None
        self._waiting: dict[str, bytes] = {}

    def store(self, sha256: str, sketch: bytes) -> None:
        """Keep *sketch*; :meth:`flush` writes it."""
        self._waiting[sha256] = sketch

    def flush(self) -> None:
        """Write what was stored. Raises ``sqlite3.OperationalError`` when the disk does not take it."""
        waiting, self._waiting = self._waiting, {}
        if not waiting or not self._writable:
            return
        conn = self._open()
        if conn is None:
            return
        conn.execute("begin immediate")
        conn.executemany(
            "insert or replace into sketches (sha256, sketch) values (?, ?)",
            ((bytes.fromhex(sha), sketch) for sha, sketch in waiting.items()),
        )
        conn.execute("commit")

    def of(self, assets: Iterable[str]) -> dict[str, bytes]:
        """The sketches of those of *assets* (SHA-256s) that have one."""
        found = {}
        conn, wanted = self._open(), list(assets)
        with suppress(sqlite3.DatabaseError):
            for at in range(0, len(wanted) if conn else 0, _AT_ONCE):
                batch = [bytes.fromhex(sha) for sha in wanted[at : at + _AT_ONCE]]
                marks = ", ".join("?" * len(batch))
                rows = conn.execute(f"select sha256, sketch from sketches where sha256 in ({marks})", batch)  # type: ignore[union-attr]
                found.update({sha.hex(): sketch for sha, sketch in rows})
        return found | {sha: self._waiting[sha] for sha in wanted if sha in self._waiting}

    def close(self) -> None:
        if self._conn is not None:
            self.flush()
            self._conn.close()
            self._conn = None

    def _open(self) -> sqlite3.Connection | None:
        if self._conn is not None:
            return self._conn
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True) if self._writable else None
        try:
            mode = "rwc" if self._writable else "ro"
            conn = sqlite3.connect(
                f"file:{quote(str(self._path))}?mode={mode}", uri=True, timeout=30, isolation_level=None
            )
            conn.execute("pragma trusted_schema = off")
            if self._writable:
                conn.execute("pragma journal_mode = wal")
                conn.execute("pragma synchronous = off")
                conn.execute(
                    "create table if not exists sketches (sha256 blob primary key, sketch blob not null) without rowid"
                )
            conn.execute("select count(*) from sketches where sha256 = x''").fetchone()
        except sqlite3.Error:
            return None
        self._conn = conn
        return conn
