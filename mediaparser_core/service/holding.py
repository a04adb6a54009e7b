"""Hold back files that still arrive in watched folders while a job reads these folders."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pluggy

from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.arrivals import Arrivals
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Entry, Location
from mediaparser_core.settings import Settings

Walk = Iterator[Entry] | None
FRESH = "written to a moment ago; it is read as soon as it holds still"


class Held:
    """A plugin around every walk: what waits, or was touched a moment ago, becomes an entry that is not read yet."""

    def __init__(self, folders: frozenset[bytes], waiting: dict[bytes, str], seconds: float) -> None:
        self._folders, self._waiting, self._seconds = folders, waiting, seconds

    @hookimpl(wrapper=True)
    def scan(self, location: Location) -> Generator[None, Walk, Walk]:
        entries = yield
        return self._look(entries) if entries is not None and location.path in self._folders else entries

    def _look(self, entries: Iterator[Entry]) -> Iterator[Entry]:
        for entry in entries:
            reason = self._waiting.get(entry.path)
            if reason is None and 0 <= time.time() - entry.ctime_ns / 1e9 < self._seconds:
                reason = FRESH
            yield entry if reason is None or entry.problem is not None else replace(entry, problem=reason)


@contextmanager
def back(manager: pluggy.PluginManager, catalog: Catalog, settings: Settings) -> Iterator[None]:
    """While the block runs, walks of watched folders leave out what the watcher is still waiting for."""
    if not settings.watch.folders:
        yield
        return
    waiting = {
        row["path_bytes"]: row["reason"]
        for row in Arrivals(catalog).waiting()
        if row["state"] in ("arriving", "unfinished") and not row["anyway"]
    }
    folders = frozenset(os.path.realpath(os.fsencode(folder)) for folder in settings.watch.folders)
    held = Held(folders, waiting, settings.watch.stable_seconds)
    manager.register(held)
    try:
        yield
    finally:
        manager.unregister(held)
