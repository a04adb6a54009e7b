"""Whole copies of the two databases while they are in use, and back again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from mediaparser_core.catalog.store import ADVICE, damaged, storage_error
from mediaparser_core.errors import CatalogError, StorageError

_BUSY = 60.0  # seconds
_PAGES = 4096  # copied at once when a database is put back


def copy_out(database: Path, target: Path) -> None:
    """A compact copy of *database*, which may be in use, as the new file *target*; checked before this returns.

    Raises :class:`StorageError` for a disk that refuses, :class:`CatalogError` for a database that is damaged.
    """
    try:
        with closing(_open(database, "ro")) as conn:
            conn.execute("vacuum into ?", (str(target),))
        problem = damage(target)
    except sqlite3.Error as error:
        raise storage_error(database.parent, error) from None
    if problem is not None:
        raise CatalogError(f"{database} could not be copied: the copy says '{problem}'")


def damage(database: Path) -> str | None:
    """What SQLite finds wrong with a database, ``None`` when it is sound."""
    try:
        with closing(_open(database, "ro")) as conn:
            found = conn.execute("pragma integrity_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        return str(error)
    return None if found == "ok" else str(found)


def check(library: Path) -> None:
    """Read both databases of *library* through. Raises :class:`CatalogError` when one is damaged, with what to do."""
    for name in ADVICE:
        if (path := library / name).exists() and (problem := damage(path)) is not None:
            raise damaged(path, problem)


def put_back(backup: Path, database: Path) -> None:
    """Make *database* what *backup* is, in place: whoever reads it sees the old state or the new one, whole.

    Raises :class:`StorageError`, :class:`CatalogError`.
    """
    try:
        with closing(_open(backup, "ro")) as source, closing(_open(database, "rwc")) as target:
            source.backup(target, pages=_PAGES)
    except sqlite3.Error as error:
        raised = storage_error(database.parent, error)
        if isinstance(raised, StorageError):
            raise raised from None
        raise CatalogError(f"{database} could not be put back: {error}") from None


def _open(path: Path, mode: str) -> sqlite3.Connection:
    conn = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=_BUSY, isolation_level=None)
    conn.execute("pragma trusted_schema = off")
    return conn
