"""Walk the inputs, read what is new or changed, store what was seen and found."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from types import TracebackType

import pluggy

from mediaparser_core import disk, exiftool, plugins, pool, probe, sources
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.seen import Known
from mediaparser_core.errors import InputError, StorageError
from mediaparser_core.jobs import Job, now
from mediaparser_core.pipeline import missing
from mediaparser_core.records import Entry, Location, Preview, Report, Trouble
from mediaparser_core.settings import Settings

BATCH_ROWS = 50
BATCH_SECONDS = 0.1  # a transaction must not hold up a decision
COUNTS = ("seen", "new", "changed", "unchanged", "missing", "skipped", "troubled", "assets")
OUT_OF_REACH = "cannot be examined"  # how the walk begins to say that the file system failed it
UNREADABLE = ("cannot be opened", "cannot be read")  # how ``sources`` begins to say so
RUN_PROBES = frozenset(
    {"read", "worker"}
)  # troubles of the machine, not of a picture: they count against the error limit


def check_inputs(inputs: Sequence[bytes], settings: Settings) -> None:
    """Raises :class:`InputError` with one clear line for an input that cannot be what somebody meant."""
    if not inputs:
        raise InputError("name at least one folder or file to read")
    for path in inputs:
        text = path.decode("utf-8", "backslashreplace")
        try:
            if os.path.isdir(path):
                if not os.listdir(path):
                    raise InputError(f"{text} is empty (a disk that is not mounted?); nothing was read")
            elif not os.path.lexists(path):
                raise InputError(f"{text} does not exist")
        except OSError as error:
            raise InputError(f"{text} cannot be read: {error.strerror}") from None
        if path == os.path.realpath(os.fsencode(settings.originals_path)):
            continue  # what came in through the inbox is the library's own, and an input all the same
        for own in (os.fsencode(settings.export_path), os.fsencode(settings.library)):
            if path == own or path.startswith(own + b"/"):
                raise InputError(f"{text} is inside the library; inputs are never the library's own files")


def signatures(manager: pluggy.PluginManager, settings: Settings) -> tuple[str, str]:
    """The probes and their versions, of content and of names: what was read by others is due again."""
    texts: dict[str, list[str]] = {"content": [], "name": []}
    for each in plugins.probes(manager, settings):
        told = sorted(settings.for_plugin(each.name).items())
        texts[each.needs].append(f"{each.name}:{each.version}" + (f":{told}" if told else ""))
    return " ".join(texts["content"]), " ".join(texts["name"])


class Scan:
    """One scan of some inputs; counts in ``job.summary``."""

    def __init__(
        self, catalog: Catalog, manager: pluggy.PluginManager, settings: Settings, job: Job, *, rehash: bool = False
    ) -> None:
        self._catalog, self._manager, self._settings, self._job = catalog, manager, settings, job
        self._rehash = rehash
        self._moved: set[int] = set()
        # what was read in part because ExifTool was not there is due when it is
        self._unsure = catalog.found.read_in_part() if exiftool.find(settings.exiftool) else frozenset()
        self._content_mark, self._name_mark = signatures(manager, settings)
        job.summary |= dict.fromkeys(COUNTS, 0)

    def run(self, inputs: Sequence[bytes]) -> None:
        """Scan *inputs* (absolute paths). Raises ``InputError``, ``StorageError``, ``Interrupted``."""
        check_inputs(inputs, self._settings)
        due: list[Entry] = []
        for root in _outermost(inputs):
            due += self._walk(root)
        self._read(due)
        self._job.summary["assets"] = self._catalog.found.count("assets")

    # -- walking

    def _walk(self, root: bytes) -> list[Entry]:
        """Take note of everything below *root* that need not be read; return what must be."""
        self._job.stage("Looking", None)
        known = self._catalog.seen.below(root)
        location = Location(root, (os.fsencode(self._settings.library), os.fsencode(self._settings.export_path)))
        entries: dict[bytes, Entry] = {}
        for entry in self._manager.hook.scan(location=location):
            entries[entry.path] = entry
            self._job.look()
            self._job.check()
        self._count("seen", len(entries))
        due, same = [], []
        with self._batches() as store:
            for entry in list(entries.values()):
                before = known.get(entry.path)
                if entry.problem is not None:
                    self._skip(entry, before, entries, store)
                elif before is not None and self._is_current(before, entry):
                    same.append((before, entry))
                elif before is None and self._take_moved(entry, entries, store):
                    continue
                else:
                    same_file = before is not None and before.same_as(entry) and _was_unreadable(before)
                    self._count("new" if before is None else "unchanged" if same_file else "changed")
                    due.append(entry)
            self._keep(same, store)
        self._mark_missing(root, known, entries)
        self._job.finish_stage()
        return due

    def _is_current(self, before: Known, entry: Entry) -> bool:
        return (
            not self._rehash
            and before.same_as(entry)
            and before.probed == self._content_mark
            and before.sha256 not in self._unsure
            and not _was_unreadable(before)
        )

    def _skip(self, entry: Entry, before: Known | None, entries: dict[bytes, Entry], store: Store) -> None:
        if before is not None and before.sha256 is not None and (entry.problem or "").startswith(OUT_OF_REACH):
            self._count("unchanged")  # the disk had a bad moment: what we know of the file still holds
            self._count("troubled")
            entries[entry.path] = replace(entry, size=before.size)
            return
        self._count("skipped")
        if (
            before is not None
            and before.state == "skipped"
            and before.reason == entry.problem
            and before.same_as(entry)
        ):
            self._count("unchanged")
            return
        self._count("new" if before is None else "changed")
        store(lambda: self._catalog.seen.skip(entry, job=self._job.number))

    def _keep(self, same: list[tuple[Known, Entry]], store: Store) -> None:
        """Files that have not changed; those with an old look at their name get a new one."""
        for before, entry in same:
            self._count("unchanged")
            self._count("skipped", before.state == "skipped")
            self._count(
                "troubled", before.state == "troubled" or (before.reason is not None and before.state == "present")
            )
            if before.state == "missing":
                store(partial(self._catalog.seen.revive, [before.file_id], self._job.number))
            if before.named != self._name_mark and before.sha256 is not None:
                store(partial(self._rename, before.file_id, before.sha256, entry))

    def _rename(self, file_id: int, sha256: str, entry: Entry) -> None:
        self._catalog.found.store_name_facts(file_id, sha256, probe.name_facts(entry, self._settings))
        self._catalog.seen.rename_probed(file_id, self._name_mark)

    def _take_moved(self, entry: Entry, entries: dict[bytes, Entry], store: Store) -> bool:
        """Recognise a file that only changed its place: same inode, size and time, and gone from where it was."""
        if self._rehash:
            return False
        for path, before in self._catalog.seen.at_inode(entry.inode, entry.size):
            if (
                before.mtime_ns == entry.mtime_ns
                and before.device == entry.device
                and before.probed == self._content_mark
                and before.sha256 is not None
                and path not in entries
                and before.file_id not in self._moved
                and not sources.exists(path)
            ):
                self._count("changed")
                self._moved.add(before.file_id)
                store(partial(self._move, before.file_id, before.sha256, entry))
                return True
        return False

    def _move(self, file_id: int, sha256: str, entry: Entry) -> None:
        self._catalog.seen.move(file_id, entry, named=self._name_mark, job=self._job.number)
        self._catalog.found.store_name_facts(file_id, sha256, probe.name_facts(entry, self._settings))

    def _mark_missing(self, root: bytes, known: dict[bytes, Known], entries: dict[bytes, Entry]) -> None:
        folders = missing.read_at_last(known, entries)
        known = {p: before for p, before in known.items() if before.file_id not in self._moved.union(folders)}
        gone = missing.vanished(root, known, entries, self._catalog.seen.roots_device(root))
        with self._catalog.transaction():
            self._catalog.seen.forget(folders)
            self._catalog.seen.mark_missing(gone)
            lost = set(gone)
            # what is out of reach (a disk that is not mounted) was not met, but is still in the ledger
            away = [
                b.size for p, b in known.items() if p not in entries and b.state != "missing" and b.file_id not in lost
            ]
            sizes = [entry.size for entry in entries.values()] + away
            device = os.lstat(root).st_dev
            self._catalog.seen.finish_root(root, device, len(sizes), sum(sizes), now())
        self._count("missing", len(gone))

    # -- reading

    def _read(self, due: list[Entry]) -> None:
        self._job.stage("Reading", len(due))
        if due:
            # the largest files first would idle the workers less, but the order of the walk is kind to spinning disks
            with plugins.executor(self._manager, self._settings) as executor, self._batches() as store:
                results = pool.run(
                    executor,
                    partial(probe.examine, settings=self._settings),
                    due,
                    in_flight=pool.enough(executor, self._settings.workers),
                    stop=self._job.stop,
                )
                for entry, result in results:
                    report = result if isinstance(result, Report) else _died(entry, result)
                    store(partial(self._store, report))
                    failed = any(isinstance(f, Trouble) and f.probe in RUN_PROBES for f in report.facts)
                    self._job.step(failed=failed)
        self._job.finish_stage()

    def _store(self, report: Report) -> None:
        troubles = [f.message for f in (*report.facts, *report.name_facts) if isinstance(f, Trouble)]
        self._count("skipped", report.state == "skipped")
        self._count("troubled", report.state in ("troubled", "changed") or bool(troubles))
        file_id = self._catalog.seen.store(
            report,
            reason=report.reason or (troubles[0] if troubles else None),
            job=self._job.number,
            probed=self._content_mark,
            named=self._name_mark,
        )
        if report.sha256 is not None and self._catalog.seen.is_echo(report.sha256, report.entry):
            report = replace(report, name_facts=())  # the name of our own copy is no evidence
        self._catalog.found.store(report, file_id, now())
        preview = next((f for f in report.facts if isinstance(f, Preview)), None)
        if preview is not None and report.sha256 is not None:
            disk.write_preview(self._settings.cache_path, report.sha256, preview.jpeg)
            if preview.sketch is not None:
                self._catalog.sketches.store(report.sha256, preview.sketch)

    # -- counting and batching

    def _count(self, what: str, by: int | bool = 1) -> None:
        self._job.summary[what] += int(by)

    def _batches(self) -> Store:
        return Store(self._catalog)


class Store:
    """Runs small writes in transactions of at most 50 writes or a tenth of a second."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._waiting: list[Callable[[], object]] = []
        self._since = time.monotonic()

    def __call__(self, write: Callable[[], object]) -> None:
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting.append(write)
        if len(self._waiting) >= BATCH_ROWS or time.monotonic() - self._since > BATCH_SECONDS:
            self.flush()

    def flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            with self._catalog.transaction():
                for write in waiting:
                    write()
                self._catalog.sketches.flush()  # before the commit: no picture is known without its sketch

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(value, StorageError):  # also after Ctrl-C: what was read is kept
            self.flush()


def _outermost(inputs: Sequence[bytes]) -> Iterator[bytes]:
    """*inputs* without those that lie inside another one."""
    kept: list[bytes] = []
    for path in sorted(set(inputs)):
        if not any(path.startswith(outer.rstrip(b"/") + b"/") for outer in kept):
            kept.append(path)
    yield from kept


def _was_unreadable(before: Known) -> bool:
    """Whether the disk or the system refused last time; this time it may not, and asking costs nothing."""
    return before.sha256 is None and before.state == "troubled" and (before.reason or "").startswith(UNREADABLE)


def _died(entry: Entry, error: BaseException) -> Report:
    """What we say of a file that no worker survived."""
    reason = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
    if isinstance(error, OSError):
        reason = f"{UNREADABLE[1]}: {error.strerror or reason}"  # the machine's fault: the next run asks again
    return Report(entry, "troubled", reason, facts=(Trouble("worker", reason),))


def as_inputs(paths: Iterable[str | os.PathLike[str]]) -> list[bytes]:
    """Absolute paths as bytes; links in what the person typed are followed once, here."""
    return [os.path.realpath(os.fsencode(path)) for path in paths]
