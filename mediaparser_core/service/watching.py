"""Watch the inbox and the folders that are read in place; take in what is whole, and say why the rest waits."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import pluggy

from mediaparser_core import archives, disk, plugins, pool, probe
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.arrivals import Arrivals, Waiting
from mediaparser_core.errors import ExportError, MediaParserError, StorageError
from mediaparser_core.export.destination import STAGING
from mediaparser_core.jobs import now
from mediaparser_core.records import Entry, Location, Report
from mediaparser_core.service.folders import Folder
from mediaparser_core.service.heartbeat import Heartbeat
from mediaparser_core.service.intake import Intake
from mediaparser_core.service.notices import Notices
from mediaparser_core.service.stable import Identity, Settling, identity
from mediaparser_core.service.verdict import Verdict, why_not
from mediaparser_core.settings import Settings
from mediaparser_core.sources import Unreadable

PLACE = "inbox"
BY = "the watcher"
OFTEN = 5.0  # seconds after which what came in so far is scanned and exported, while more comes in
SOON = 0.5  # seconds between two looks while something is on its way
FOREVER = 1e9  # seconds: until the next rescan
LOOKED_AT = ("arriving", "being looked at")
RETRY = 10.0  # seconds after which a disk that refused is asked again

Ask = Callable[[Catalog, str, Sequence[str]], object]


class Watcher:
    """One watcher of one library. ``run`` works until *stop* is set; *ask* brings a job to whoever carries it out.

    Raises ``LibraryBusy`` and ``StorageError`` at the beginning; later, a disk that refuses is waited for.
    """

    def __init__(
        self, settings: Settings, manager: pluggy.PluginManager, *, ask: Ask, beat: Heartbeat, stop: threading.Event
    ) -> None:
        self._settings, self._manager, self._ask, self._beat, self._stop = settings, manager, ask, beat, stop
        self._settling = Settling(settings.watch.stable_seconds)
        self._verdicts: dict[bytes, tuple[Identity, Verdict]] = {}  # of files that hold still and are not taken
        self._whole: dict[bytes, tuple[Identity, str]] = {}  # SHA-256 of those that only a disk keeps from being taken
        self._folders = [Folder(path, settings, manager) for path in settings.watch.folders]
        self._asked_at = 0.0
        self._unasked = 0  # files that came in and nobody was asked to scan yet

    def run(self, ready: Callable[[], object] = lambda: None) -> None:
        """``ready`` is called once the inbox is there."""
        with Catalog(self._settings.library) as catalog:
            intake = Intake(self._settings, catalog)  # makes the inbox
            ready()
            try:
                with Notices(self._settings) as notices:
                    while not self._stop.is_set():
                        notices.forget()
                        pause = RETRY
                        try:
                            if not intake.is_there():  # a share that went away and came back
                                intake = intake.opened_again()
                            pause = self._look(catalog, intake)
                            self._beat.tell("running", self._in_words(catalog, notices))
                        except MediaParserError as error:  # a full disk, a share: it may be better in a moment
                            self._beat.tell("waiting", str(error))
                        notices.wait(min(pause, self._settings.watch.rescan_seconds), self._stop)
            finally:
                intake.close()

    def _look(self, catalog: Catalog, intake: Intake) -> float:
        """One look at everything; how long to wait for the next one when nothing is noticed."""
        return min(
            self._look_at_inbox(catalog, intake), *(self._look_at(each, catalog) for each in self._folders), FOREVER
        )

    def _in_words(self, catalog: Catalog, notices: Notices) -> str:
        count = Arrivals(catalog).count_waiting()
        waits = f"{count} {'file waits' if count == 1 else 'files wait'}" if count else "nothing waits"
        return waits if notices.problem is None else f"{waits}; {notices.problem}"

    # -- the inbox

    def _look_at_inbox(self, catalog: Catalog, intake: Intake) -> float:
        arrivals = Arrivals(catalog)
        skip = (intake.leaving, os.fsencode(self._settings.inbox_path / STAGING))
        location = Location(os.fsencode(self._settings.inbox_path), skip)
        entries, holders = _sorted_out(self._manager.hook.scan(location=location))
        rows = {e.path: _row(PLACE, e, *_not_ours(e)) for e in entries if e.problem or e.trouble}
        still, moving = self._settling.look(entry for entry in entries if entry.path not in rows)
        rows |= {entry.path: _row(PLACE, entry, "arriving", "still being written") for entry in moving}
        anyway, due = arrivals.taken_anyway(PLACE), []
        for entry in still:
            seen, verdict = self._verdicts.get(entry.path, (None, None))
            if verdict and seen == identity(entry) and verdict[0] != "stuck" and entry.path not in anyway:
                rows[entry.path] = _row(PLACE, entry, *verdict)
            else:
                due.append(entry)
        looked_at = [_row(PLACE, e, *self._verdicts.get(e.path, (None, LOOKED_AT))[1]) for e in due]
        arrivals.replace_waiting(PLACE, [*rows.values(), *looked_at])
        refused = self._take_all(catalog, intake, due, holders, anyway, rows)
        arrivals.replace_waiting(PLACE, rows.values())
        there = {entry.path for entry in still}
        self._verdicts = {path: known for path, known in self._verdicts.items() if path in there}
        self._whole = {path: known for path, known in self._whole.items() if path in there}
        self._ask_for_scan(catalog, finished=True)
        if refused is not None:
            return RETRY
        return SOON if any(row.state == "arriving" for row in rows.values()) else FOREVER

    def _take_all(
        self,
        catalog: Catalog,
        intake: Intake,
        due: list[Entry],
        holders: frozenset[bytes],
        anyway: frozenset[bytes],
        rows: dict[bytes, Waiting],
    ) -> str | None:
        """Take what is whole of *due*; what is not gets its row. Why the disk takes no more, if it does not."""
        refused: str | None = None
        for entry, sha256, verdict in self._examined(due, holders):
            if sha256 is not None and (verdict is None or entry.path in anyway):
                if refused is None:
                    verdict, refused = self._take(intake, entry, sha256, catalog)
                else:
                    verdict = ("stuck", refused)
            if verdict is not None:
                rows[entry.path] = _row(PLACE, entry, *verdict)
                if verdict[0] != "arriving":
                    self._verdicts[entry.path] = (identity(entry), verdict)
        return refused

    def _examined(
        self, due: list[Entry], holders: frozenset[bytes]
    ) -> Iterator[tuple[Entry, str | None, Verdict | None]]:
        """Each of *due* as workers found it: its SHA-256, and why it is not taken."""
        files = []
        for entry in due:
            seen, sha256 = self._whole.get(entry.path, (None, None))
            if seen == identity(entry):
                yield entry, sha256, None  # looked at before; the disk took no more
            elif entry.path in holders:
                yield entry, *_hash_of(entry)
            else:
                files.append(entry)
        if not files:
            return
        local = replace(self._settings, executor="local")  # the inbox is on this machine
        with plugins.executor(self._manager, local) as executor:
            examine = partial(probe.examine, settings=self._settings)
            for entry, result in pool.run(
                executor, examine, files, in_flight=self._settings.workers * 3, stop=self._stop.is_set
            ):
                if not isinstance(result, Report):
                    yield entry, None, ("unfinished", f"no worker survives it: {result}")
                elif identity(result.entry) != identity(entry):
                    yield entry, None, ("arriving", "still being written")
                else:
                    verdict = why_not(result)
                    if verdict is None and result.sha256 is not None:
                        self._whole[entry.path] = (identity(entry), result.sha256)
                    yield entry, result.sha256, verdict

    def _take(self, intake: Intake, entry: Entry, sha256: str, catalog: Catalog) -> tuple[Verdict | None, str | None]:
        """Why it still waits, and why the disk takes no more."""
        try:
            intake.take(entry, sha256)
        except StorageError as error:
            return ("stuck", str(error)), str(error)
        except ExportError as error:
            return ("arriving", str(error)), None
        self._unasked += 1
        self._ask_for_scan(catalog, finished=False)
        return None, None

    def _ask_for_scan(self, catalog: Catalog, *, finished: bool) -> None:
        if self._unasked and (finished or time.monotonic() - self._asked_at > OFTEN):
            self._ask(catalog, "inbox", [])
            self._unasked, self._asked_at = 0, time.monotonic()

    # -- folders that are read in place

    def _look_at(self, folder: Folder, catalog: Catalog) -> float:
        rows, ready = folder.look(catalog)
        if ready:
            rows += [_row(folder.name, entry, *verdict) for entry, verdict in self._checked(folder, ready)]
        Arrivals(catalog).replace_waiting(folder.name, rows)
        if folder.wants_reading():
            self._ask(catalog, "run", [folder.name])
        return SOON if any(row.state == "arriving" for row in rows) else FOREVER

    def _checked(self, folder: Folder, ready: list[Entry]) -> Iterator[tuple[Entry, Verdict]]:
        """What of *ready* is not whole; of the rest the folder is told."""
        for entry, _, verdict in self._examined(ready, frozenset()):
            # what will never be a picture has its place in the ledger; only what may still become one is held back
            if verdict is None or verdict[0] == "unknown":
                folder.is_whole(entry)
            else:
                folder.is_not_whole(entry, verdict)
                yield entry, verdict


def _sorted_out(found: Iterator[Entry] | None) -> tuple[list[Entry], frozenset[bytes]]:
    """The files themselves, without what is listed inside of archives; and which of them are such archives."""
    entries, holders = [], set()
    for entry in found or ():
        inside = archives.split(entry.path)
        if inside is None:
            entries.append(entry)
        else:
            holders.add(inside[0])
    return [_as_file(entry) if entry.path in holders else entry for entry in entries], frozenset(holders)


def _as_file(entry: Entry) -> Entry:
    """An archive that can be looked into is taken as it is."""
    return Entry(entry.root, entry.path, entry.size, entry.mtime_ns, entry.ctime_ns, entry.inode, entry.device)


def _hash_of(entry: Entry) -> tuple[str | None, Verdict | None]:
    try:
        return disk.hash_of(entry.path), None
    except Unreadable as error:
        return None, ("stuck", str(error))


def _not_ours(entry: Entry) -> Verdict:
    reason = entry.problem or entry.trouble or ""
    return ("unfinished" if reason.startswith("unfinished") or entry.trouble else "ignored"), reason


def _row(place: str, entry: Entry, state: str, reason: str) -> Waiting:
    return Waiting(entry.path, place, entry.size, state, reason, now())
