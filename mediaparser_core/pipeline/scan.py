"""Walk the inputs, read what is new or changed, store what was seen and found."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial

import pluggy

from mediaparser_core import __version__, disk, exiftool, plugins, pool, probe, sources
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.seen import Known
from mediaparser_core.errors import InputError
from mediaparser_core.jobs import Job, now
from mediaparser_core.pipeline import missing, readers
from mediaparser_core.pipeline.batches import Store, forget_conclusions
from mediaparser_core.pipeline.comparing import Comparison
from mediaparser_core.pipeline.waiting import Waiting
from mediaparser_core.records import Entry, Location, Preview, Report, Trouble
from mediaparser_core.settings import Settings

COUNTS = ("seen", "new", "changed", "unchanged", "missing", "skipped", "troubled", "assets")
OUT_OF_REACH = "cannot be examined"  # how the walk begins to say that the file system failed it
UNREADABLE = ("cannot be opened", "cannot be read")  # how ``sources`` begins to say so
RUN_PROBES = frozenset({"read", "worker"})  # the machine's troubles: they count against the error limit


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
        if path == os.fsencode(settings.originals_root):
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
    for walker in manager.hook.scan.get_hookimpls():  # what it says of a name is only heard when the file is told
        texts["name"].append(f"{walker.plugin_name}:{getattr(walker.plugin, 'VERSION', '')}")
    return " ".join(texts["content"]), " ".join(texts["name"])


class Scan:
    """One scan of some inputs; counts in ``job.summary``."""

    def __init__(
        self,
        catalog: Catalog,
        manager: pluggy.PluginManager,
        settings: Settings,
        job: Job,
        *,
        rehash: bool = False,
        retry: bool = False,
        executor: AbstractContextManager[Executor] | None = None,
    ) -> None:
        self._catalog, self._manager, self._settings, self._job = catalog, manager, settings, job
        self._rehash, self._retry, self._executor = rehash, retry, executor
        self._moved: set[int] = set()
        # what was read in part because ExifTool was not there is due when it is
        self._unsure = catalog.found.read_in_part() if exiftool.find(settings.exiftool) else frozenset()
        self._content_mark, self._name_mark = signatures(manager, settings)
        # what no worker survived may be read by another version, even one whose probes are called the same
        self._given_up_mark = f"{self._content_mark} given up by {__version__}"
        job.summary |= dict.fromkeys((*COUNTS, *readers.COUNTS.values()), 0)

    def run(self, inputs: Sequence[bytes]) -> None:
        """Scan *inputs* (absolute paths). Raises ``InputError``, ``StorageError``, ``Interrupted``."""
        check_inputs(inputs, self._settings)
        due = Waiting()
        for root in _outermost(inputs):
            due.add(self._walk(root))
        self._read(due)
        self._job.summary["assets"] = self._catalog.found.count("assets")

    # -- walking

    def _walk(self, root: bytes) -> list[Entry]:
        """Take note of everything below *root* that need not be read; return what must be."""
        self._job.stage("Looking", None)
        # where everything is due, no mark is the right one
        marks = ("", "") if self._rehash or self._unsure else (self._content_mark, self._name_mark)
        compared = Comparison(self._catalog, root, marks, self._look)
        skip = (os.fsencode(self._settings.library), os.fsencode(self._settings.export_path))
        entries: dict[bytes, Entry] = {}
        for entry in self._manager.hook.scan(location=Location(root, skip, compared.due)):
            entries[entry.path] = entry
            compared.unmet.pop(entry.path, None)
            self._look()
        compared.finish()
        self._count("seen", len(entries) + compared.unchanged)
        self._count("unchanged", compared.unchanged)
        self._count("skipped", compared.skipped)
        self._count("troubled", compared.troubled)
        due, same = [], []
        with Store(self._catalog) as store:
            for entry in list(entries.values()):
                before = self._catalog.seen.at(entry.path)
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
        self._mark_missing(root, compared, entries)
        self._job.finish_stage()
        return due

    def _look(self) -> None:
        self._job.look()
        self._job.check()

    def _is_current(self, before: Known, entry: Entry) -> bool:
        return (
            not self._rehash
            and before.same_as(entry)
            and before.probed in (self._content_mark, self._given_up_mark)
            and before.sha256 not in self._unsure
            and not _was_unreadable(before)
            and not (self._retry and before.sha256 is None and before.state == "troubled")
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
        self._catalog.seen.rename_probed(file_id, self._name_mark, self._job.number)

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

    def _mark_missing(self, root: bytes, compared: Comparison, entries: dict[bytes, Entry]) -> None:
        seen = self._catalog.seen
        unmet = {path: known for path in compared.unmet if path not in entries and (known := seen.at(path)) is not None}
        met = compared.remembered - len(unmet)
        folders = missing.read_at_last(unmet)
        unmet = {path: known for path, known in unmet.items() if known.file_id not in folders}
        device_before, device = seen.roots_device(root), os.lstat(root).st_dev
        gone = missing.vanished(root, unmet, entries, device_before, met)
        with self._catalog.transaction():
            if device_before not in (None, device) and met >= len(unmet):  # another number, and yet the same disk
                seen.renumber(root, device_before, device)
            if folders or gone:
                forget_conclusions(self._catalog)
            seen.forget(sorted(folders))
            seen.mark_missing(gone)
            # what is out of reach (a disk that is not mounted) was not met, but is still in the ledger
            lost, away = set(gone), compared.out_of_reach()
            sizes = [entry.size for entry in entries.values()]
            sizes += [known.size for known in unmet.values() if known.file_id not in lost]
            files = len(sizes) + compared.unchanged + away[0]
            seen.finish_root(root, device, files, sum(sizes) + compared.size + away[1], now())
        self._count("missing", len(gone))

    # -- reading

    def _read(self, due: Waiting) -> None:
        self._job.stage("Reading", len(due))
        if due:
            # the largest files first would idle the workers less, but the order of the walk is kind to spinning disks
            where = self._executor or plugins.executor(self._manager, self._settings)
            with where as executor, Store(self._catalog) as store:
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
        readers.count(report, self._job.summary)
        file_id = self._catalog.seen.store(
            report,
            reason=report.reason or (troubles[0] if troubles else None),
            job=self._job.number,
            probed=self._given_up_mark if _is_given_up(report) else self._content_mark,
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

    # -- counting

    def _count(self, what: str, by: int | bool = 1) -> None:
        self._job.summary[what] += int(by)


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


def _is_given_up(report: Report) -> bool:
    """Whether no worker survived this file, as opposed to one that said what is wrong with it."""
    return report.sha256 is None and any(isinstance(f, Trouble) and f.probe == "worker" for f in report.facts)


def as_inputs(paths: Iterable[str | os.PathLike[str]]) -> list[bytes]:
    """Absolute paths as bytes; links in what the person typed are followed once, here."""
    return [os.path.realpath(os.fsencode(path)) for path in paths]
