"""Carry out a plan: copy, verify, correct, read back, publish; move or withdraw what we made earlier.

A copy gets its name only when its bytes were read back and are right, and never the name of anything that is not ours.
Every step can be cut short: the same plan made and carried out again ends in the same tree. One bad file is a row among
the failures; a disk that refuses ends the run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from time import monotonic

import pluggy

from mediaparser_core import disk
from mediaparser_core.disk import Staged
from mediaparser_core.errors import ExportError, MediaParserError, StorageError
from mediaparser_core.export.ahead import Ahead
from mediaparser_core.export.destination import Destination
from mediaparser_core.export.wishes import asks, time_of
from mediaparser_core.hookspecs import Finished
from mediaparser_core.names import clean_text, escape_for_terminal
from mediaparser_core.records import ExportItem, PlanItem, Receipt
from mediaparser_core.settings import Settings

THREADS = 4  # copies that are made at once, at most: while one is hashed, another waits for the disk
AT_ONCE, SOON = 32, 0.5  # copies that get their receipts together; seconds after which they do anyway

Ready = tuple[Staged, str, bytes | None]  # a private copy, the hash of its bytes, the XMP to go beside it


@dataclass(frozen=True, slots=True)
class Failure:
    """What could not be done for one item, and why; what was there before is still there."""

    sha256: str
    target: str
    message: str


@dataclass(slots=True)
class Outcome:
    """What a run did; ``bytes`` are those of the copies made, ``sidecars`` counts the XMP documents beside them."""

    copied: int = 0
    rewritten: int = 0
    moved: int = 0
    withdrawn: int = 0
    kept: int = 0
    sidecars: int = 0
    bytes: int = 0
    stopped: bool = False
    failures: list[Failure] = field(default_factory=list)


def apply(
    rows: Sequence[PlanItem],
    settings: Settings,
    manager: pluggy.PluginManager,
    *,
    record: Callable[[Receipt, str | None], object],
    withdrawn: Callable[[str, str], object],
    now: Callable[[], str],
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[PlanItem], object] = lambda row: None,
    together: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> Outcome:
    """Do what *rows* of :func:`mediaparser_core.export.plan.plan` say, in their order.

    *record* is given each receipt once its copy is published and on the disk, with the target of the copy it takes the
    place of, some of them at once inside *together*; *withdrawn* the target of each copy taken away, and when. *stop* is
    asked before each row, *progress* told after it. The next copies are made ready meanwhile, in a few threads.
    Raises :class:`StorageError` when the disk refuses; what was done until then is recorded.
    """
    outcome = Outcome()
    with ExitStack() as stack:
        destination = stack.enter_context(Destination(settings.export_path))
        run = _Run(destination, settings, manager, record, withdrawn, now, outcome, together)
        coming = (row for row in rows if row.item and row.action in ("copy", "rewrite"))
        threads = min(THREADS, settings.workers + 1, len(rows) or 1)
        run.ahead = stack.enter_context(Ahead(coming, run.prepare, run.forget, threads))
        stack.callback(run.settle)
        checked = False
        for index, row in enumerate(rows):
            if stop():
                outcome.stopped = True
                break
            if row.action == "keep":
                outcome.kept += 1
                continue
            if not checked and row.action != "withdraw":
                _check_space(islice(rows, index, None), settings, destination)
                checked = True
            try:
                if row.action not in ("copy", "rewrite") or row.receipt:
                    run.settle()  # what changes or removes a copy comes after everything before it
                run.carry_out(row)
            except StorageError:
                raise
            except ExportError as error:
                outcome.failures.append(Failure(row.sha256, row.target, str(error)))
                run.stayed.update([row.receipt.target] if row.receipt else ())
            progress(row)
    return outcome


def _check_space(rows: Iterable[PlanItem], settings: Settings, destination: Destination) -> None:
    """A run that cannot fit should say so before it has copied for hours."""
    if settings.export.link == "reflink":
        return  # shared blocks take no room, and only the file system knows whether it can
    copies, largest = 0, 0
    for row in rows:
        if row.item and (settings.export.link != "hardlink" or asks(row.item, settings)):
            copies += row.item.size if row.action == "copy" else 0
            largest = max(largest, row.item.size if row.action == "rewrite" else 0)
    wanted, free = copies + largest, destination.free_bytes()
    if wanted > free:
        raise StorageError(
            f"{destination.root}: the copies need {wanted / 1e9:.2f} GB, but only {free / 1e9:.2f} GB are free; "
            "make room, or set 'export.path' to a larger disk"
        )


class _Run:
    """One row after another, into one destination."""

    def __init__(
        self,
        destination: Destination,
        settings: Settings,
        manager: pluggy.PluginManager,
        record: Callable[[Receipt, str | None], object],
        withdrawn: Callable[[str, str], object],
        now: Callable[[], str],
        outcome: Outcome,
        together: Callable[[], AbstractContextManager[object]],
    ) -> None:
        self._to, self._settings, self._manager, self._outcome = destination, settings, manager, outcome
        self._record, self._withdrawn, self._now, self._together = record, withdrawn, now, together
        self._new: list[Receipt] = []  # copies that have their names, which may not be on the disk yet
        self._since = 0.0
        self.stayed: set[str] = set()  # names of copies that should have given way, and did not
        self.ahead: Ahead[Ready] | None = None

    def settle(self) -> None:
        """Bring the new names onto the disk, and say so."""
        new, self._new = self._new, []
        if new:
            self._to.sync(target for each in new for target in (each.target, each.sidecar) if target)
            with self._together():
                for receipt in new:
                    self._record(receipt, None)

    def carry_out(self, row: PlanItem) -> None:
        if row.target in self.stayed:  # with the very bytes of its next owner it would else be taken for our new copy
            raise ExportError(f"{escape_for_terminal(row.target)}: the copy of another picture still has this name")
        if row.action == "withdraw" and row.receipt:
            self._withdraw(row.receipt)
        elif row.action == "move" and row.item and row.receipt:
            if not self._move(row, row.item, row.receipt):
                self._copy(row, row.item)  # somebody removed it; the original is still there
        elif row.item:
            self._copy(row, row.item)

    def _withdraw(self, receipt: Receipt) -> None:
        self._take_away(receipt)
        self._withdrawn(receipt.target, self._now())
        self._outcome.withdrawn += 1

    def _take_away(self, receipt: Receipt, *, spared: Sequence[str | None] = ()) -> None:
        """Remove our copy and its sidecar, both or none, except names that are *spared*."""
        ours = [(receipt.target, receipt.written_sha256), (receipt.sidecar, receipt.sidecar_sha256)]
        parts = [(target, sha256) for target, sha256 in ours if target and sha256 and target not in spared]
        for target, sha256 in parts:
            self._to.check(target, sha256)
        for target, sha256 in parts:
            self._to.withdraw(target, sha256)

    def _move(self, row: PlanItem, item: ExportItem, old: Receipt) -> bool:
        mtime_ns, sidecar = time_of(item, self._settings), None
        self._to.is_free(row.target, old.written_sha256)
        if old.sidecar and old.sidecar_sha256:
            sidecar = f"{row.target}.xmp"
            if not self._to.move(old.sidecar, sidecar, sha256=old.sidecar_sha256, mtime_ns=mtime_ns):
                return False
        if not self._to.move(old.target, row.target, sha256=old.written_sha256, mtime_ns=mtime_ns):
            return False
        receipt = Receipt(
            row.sha256, row.target, old.written_sha256, self._now(), row.signature, sidecar, old.sidecar_sha256
        )
        self._record(receipt, old.target)
        self._outcome.moved += 1
        return True

    def _copy(self, row: PlanItem, item: ExportItem) -> None:
        old, staged, beside = row.receipt, None, None
        try:
            if old and old.target != row.target:
                self._to.check(old.target, old.written_sha256)
            staged, written, document = self.ahead.get(row) if self.ahead else self.prepare(row)
            sidecar = f"{row.target}.xmp" if document is not None else None
            here = old.written_sha256 if old and old.target == row.target else None
            self._to.is_free(row.target, written, here)
            if document is not None and sidecar:
                beside = self._to.add(f"{staged.path.name}.xmp", document)
                disk.seal(beside, time_of(item, self._settings))
                was = old.sidecar_sha256 if old and old.sidecar == sidecar else None
                self._to.publish(beside, sidecar, sha256=beside.sha256, instead_of=was, durable=bool(old))
            self._to.publish(staged, row.target, sha256=written, instead_of=here, durable=bool(old))
        finally:
            self._to.discard(staged, beside)
        if old:
            self._take_away(old, spared=(row.target, sidecar))
        receipt = Receipt(
            row.sha256, row.target, written, self._now(), row.signature, sidecar, beside.sha256 if beside else None
        )
        if old:
            self._record(receipt, old.target)
        else:
            self._new.append(receipt)
            if len(self._new) == 1:
                self._since = monotonic()
            if len(self._new) >= AT_ONCE or monotonic() - self._since > SOON:
                self.settle()
        self._outcome.bytes += item.size
        self._outcome.sidecars += beside is not None
        if row.action == "rewrite":
            self._outcome.rewritten += 1
        else:
            self._outcome.copied += 1

    def forget(self, ready: Ready) -> None:
        """Remove a private copy that is not wanted any more."""
        self._to.discard(ready[0])

    def prepare(self, row: PlanItem) -> Ready:
        """A private copy that says what it must, the hash of its bytes as read back, and the XMP to go beside it.

        Runs in several threads at once.
        """
        item = row.item
        if item is None:
            raise ExportError(f"{row.target}: there is nothing to copy")
        mtime_ns, finished = time_of(item, self._settings), None
        wanted = asks(item, self._settings)
        # where nothing is written into it, reading it back tells about both, the original and the copy
        staged = self._fetch(item, writable=wanted, hashed=wanted)
        try:
            if wanted:
                finished = self._finish(staged.path, item)
            data = finished.data if finished else None
            if data is not None:
                disk.write_again(staged.path, data)
            embedded = finished is not None and finished.how == "embedded"
            written = disk.seal(staged, mtime_ns, data)
            if written != item.sha256 and not embedded:
                # who tried to write into it gave up, the original has changed, or the disk did not keep what it got
                self._to.discard(staged)
                staged = self._fetch(item, writable=wanted, hashed=True)
                written = disk.seal(staged, mtime_ns)
            if not written or (written != item.sha256 and not embedded):
                raise ExportError(f"the copy of {_shown(item)} does not read back as it was written; check the disk")
        except BaseException:
            self._to.discard(staged)
            raise
        return staged, written, finished.sidecar if finished and finished.how == "sidecar" else None

    def _fetch(self, item: ExportItem, *, writable: bool, hashed: bool) -> Staged:
        # what will be written into must never be another name of the original
        link = "copy" if writable and self._settings.export.link == "hardlink" else self._settings.export.link
        name = item.sha256[:32] + re.sub(r"[^.A-Za-z0-9]", "", item.ext)
        staged = self._to.copy_in(item.source, name, link, hashed=hashed)
        if hashed and staged.sha256 != item.sha256:
            self._to.discard(staged)
            raise disk.changed(item.source)
        return staged

    def _finish(self, copy: Path, item: ExportItem) -> Finished | None:
        try:
            finished: Finished | None = self._manager.hook.finish_copy(copy=copy, item=item, settings=self._settings)
        except (StorageError, ExportError):
            raise
        except MediaParserError as error:
            raise ExportError(f"{_shown(item)}: {error}") from error
        except Exception as error:  # anybody's plugin; one picture's failure must not end the run
            message = f"a plugin failed: {type(error).__name__}: {clean_text(error)}"
            raise ExportError(f"{_shown(item)}: {message}") from error
        return finished


def _shown(item: ExportItem) -> str:
    return escape_for_terminal(os.fsdecode(item.source))
