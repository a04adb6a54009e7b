"""A folder that is read in place: when there is something new in it, and when that holds still."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable

import pluggy

from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.arrivals import Waiting
from mediaparser_core.catalog.seen import Known, path_text
from mediaparser_core.errors import InputError
from mediaparser_core.jobs import now
from mediaparser_core.records import Entry, Location
from mediaparser_core.service.stable import Identity, Settling, identity
from mediaparser_core.service.verdict import Verdict
from mediaparser_core.settings import Settings

HANGS = 60.0  # seconds without an answer after which we say that a share does not answer
SETTLED = 3600.0  # seconds: what nobody touched for so long is no copy in progress, however broken it is
PATIENCE = 60.0  # seconds after which what is ready is read, although something else in the folder still moves


class Folder:
    """One watched folder; :meth:`look` never waits for a share that does not answer."""

    def __init__(self, path: str, settings: Settings, manager: pluggy.PluginManager) -> None:
        self.path = os.path.realpath(os.fsencode(os.path.expanduser(path)))
        self.name = os.fsdecode(self.path)
        self._manager = manager
        self._skip = tuple(os.fsencode(each) for each in (settings.library, settings.export_path))
        self._settling = Settling(settings.watch.stable_seconds)
        self._walk: Walk | None = None
        self._ready: dict[bytes, Identity] = {}  # whole, and not read yet
        self._held: dict[bytes, tuple[Identity, Verdict]] = {}
        self._asked: dict[bytes, Identity | None] = {}  # what a job was asked for; None: for it is gone
        self._gone: set[bytes] = set()
        self._ready_since: float | None = None
        self._moving = False

    def look(self, catalog: Catalog) -> tuple[list[Waiting], list[Entry]]:
        """``(rows, unchecked)``: what waits and why, and what holds still but must be looked into before it is read."""
        if self._walk is None:
            self._walk = Walk(self._manager, Location(self.path, self._skip))
        entries = self._walk.answer(0.5)
        if entries is None:
            hangs = self._walk.age > HANGS
            return ([self._away("does not answer; is its server on?")] if hangs else []), []
        problem, self._walk = self._walk.problem, None
        if problem is not None:
            self._settling.look(())
            self._ready.clear()
            return [self._away(problem)], []
        return self._compare(entries, catalog.seen.below(self.path))

    def _compare(self, entries: list[Entry], known: dict[bytes, Known]) -> tuple[list[Waiting], list[Entry]]:
        there = {entry.path for entry in entries}
        news = [entry for entry in entries if entry.problem is None and self._is_news(entry, known.get(entry.path))]
        still, moving = self._settling.look(news)
        self._moving = bool(moving)
        rows = [self._row(entry, "arriving", "still being written") for entry in moving]
        unchecked, ready = [], {}
        for entry in still:
            seen, held = identity(entry), self._held.get(entry.path)
            if held is not None and held[0] == seen and not self._is_settled(entry):
                rows.append(self._row(entry, *held[1]))
            elif self._ready.get(entry.path) == seen or self._is_settled(entry):
                ready[entry.path] = seen
            else:
                unchecked.append(entry)
        self._ready = ready
        self._held = {path: held for path, held in self._held.items() if path in there}
        self._asked = {path: seen for path, seen in self._asked.items() if (path in there) == (seen is not None)}
        # all of it gone is a share that is not there; a scan would see that as well, and mark nothing
        gone = (
            {path for path, before in known.items() if before.state != "missing" and path not in there}
            if there
            else set()
        )
        self._gone = {path for path in gone if path not in self._asked}
        return rows, unchecked

    def is_whole(self, entry: Entry) -> None:
        """It was looked into, and may be read."""
        self._ready[entry.path] = identity(entry)

    def is_not_whole(self, entry: Entry, verdict: Verdict) -> None:
        """It was looked into, and waits until it changes or nobody has touched it for an hour."""
        self._held[entry.path] = (identity(entry), verdict)

    def wants_reading(self) -> bool:
        """Whether a job should read the folder now; asked once for each thing that changes."""
        if not self._ready and not self._gone:
            self._ready_since = None
            return False
        since = self._ready_since = self._ready_since or time.monotonic()
        if self._moving and time.monotonic() - since < PATIENCE:
            return False
        self._asked |= self._ready | dict.fromkeys(self._gone)
        self._ready, self._gone, self._ready_since = {}, set(), None
        return True

    def _is_news(self, entry: Entry, before: Known | None) -> bool:
        if self._asked.get(entry.path) == identity(entry):
            return False
        return (
            before is None or not before.same_as(entry) or before.probed in (None, "never") or before.state == "missing"
        )

    def _is_settled(self, entry: Entry) -> bool:
        return time.time() - entry.ctime_ns / 1e9 > SETTLED

    def _row(self, entry: Entry, state: str, reason: str) -> Waiting:
        return Waiting(entry.path, self.name, entry.size, state, reason, now())

    def _away(self, reason: str) -> Waiting:
        return Waiting(self.path, self.name, 0, "away", f"{path_text(self.path)} {reason}", now())


class Walk:
    """A walk in a thread of its own: a share that hangs hangs nobody else."""

    def __init__(self, manager: pluggy.PluginManager, location: Location) -> None:
        self._manager, self._location = manager, location
        self._entries: list[Entry] = []
        self._began = time.monotonic()
        self.problem: str | None = None
        self._thread = threading.Thread(target=self._run, name="walk", daemon=True)
        self._thread.start()

    @property
    def age(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began

    def answer(self, seconds: float) -> list[Entry] | None:
        """What is there; ``None`` while the walk goes on."""
        self._thread.join(seconds)
        return None if self._thread.is_alive() else self._entries

    def _run(self) -> None:
        path = self._location.path
        try:
            if not os.path.isdir(path) or not os.listdir(path):
                self.problem = "is not there (a disk that is not mounted?)"
                return
            found: Iterable[Entry] | None = self._manager.hook.scan(location=self._location)
            self._entries = list(found or ())
        except (OSError, InputError) as error:
            self.problem = f"cannot be read: {getattr(error, 'strerror', None) or error}"
