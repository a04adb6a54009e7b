"""Threads that hold a library open: many that read, a few that write, none that blocks the pages."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from mediaparser_core.catalog import Catalog
from mediaparser_core.errors import CatalogError, StorageError
from mediaparser_core.web.refusals import Busy, Refusal

T = TypeVar("T")

PATIENCE = 30.0  # seconds a write waits for its turn before we say "not saved"
_Files = tuple[tuple[int, int] | None, ...]


class Pool:
    """A few threads, each with the library of its own open; it is opened anew when somebody replaced the files."""

    def __init__(self, library: Path, threads: int, *, writable: bool) -> None:
        self._library, self._threads, self._writable = library, threads, writable
        self._own = threading.local()
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="write" if writable else "look")

    async def run(self, question: Callable[[Catalog], T]) -> T:
        """``question(catalog)`` in one of the threads.

        Raises what the question raises; :class:`Busy` when a write did not get its turn in time: then nothing is saved.
        """
        asked = time.monotonic()
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._answer, question, asked)

    def _answer(self, question: Callable[[Catalog], T], asked: float) -> T:
        if not self._writable:
            return question(self._catalog())
        if time.monotonic() - asked > PATIENCE:
            raise Busy(_NOT_SAVED)
        try:
            return question(self._catalog())
        except (sqlite3.OperationalError, CatalogError) as error:
            if "locked" in str(error) or "busy" in str(error):
                raise Busy(_NOT_SAVED) from error
            if isinstance(error, sqlite3.OperationalError):
                raise Busy(f"The library could not take it: {error}. Nothing was changed.") from error
            raise
        except StorageError as error:
            raise Busy(f"{str(error)[:1].upper()}{str(error)[1:]}. Nothing was changed.") from error

    def _catalog(self) -> Catalog:
        files = _files(self._library)
        held: tuple[Catalog, _Files] | None = getattr(self._own, "held", None)
        if held is not None and held[1] == files:
            return held[0]
        self._let_go()
        try:
            catalog = Catalog(self._library, writable=self._writable)
        except CatalogError as error:
            raise Refusal(str(error), title="The library cannot be opened", status=503) from error
        self._own.held = (catalog, _files(self._library))
        return catalog

    def _let_go(self, gate: threading.Barrier | None = None) -> None:
        held = getattr(self._own, "held", None)
        self._own.held = None
        if held is not None:
            held[0].close()
        if gate is not None:
            gate.wait(5)

    def close(self) -> None:
        """Close every connection in the thread that opened it."""
        threads = len(self._executor._threads)
        gate = threading.Barrier(threads) if threads else None
        for _ in range(threads):  # the gate keeps each thread busy until every one of them has had its turn
            self._executor.submit(self._let_go, gate)
        self._executor.shutdown(wait=True)


_NOT_SAVED = "The library is being written to by somebody else. Nothing was changed: please try again in a moment."


def _files(library: Path) -> _Files:
    """Which two files these are; restoring a backup puts others in their place."""
    found: list[tuple[int, int] | None] = []
    for name in ("catalog.db", "decisions.db"):
        try:
            status = os.stat(library / name)
        except OSError:
            found.append(None)
        else:
            found.append((status.st_dev, status.st_ino))
    return tuple(found)
