"""A run that can be watched, paused, cancelled and continued, kept as a row."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType
from typing import Any, Protocol

from mediaparser_core.catalog import Catalog, backups
from mediaparser_core.errors import CatalogError, Interrupted, MediaParserError
from mediaparser_core.memory import give_back

LOOK_SECONDS = 0.5  # how often a job looks whether somebody wants it to pause or to stop
LONG_SECONDS = 2.0  # a stage that is over sooner has used little memory
ERROR_LIMIT_AFTER = 10  # files, as in the origin: before that a share says nothing


class Progress(Protocol):
    """Where a stage says how far it is; the terminal shows it."""

    def start(self, what: str, total: int | None) -> None: ...

    def advance(self, count: int = 1) -> None: ...

    def finish(self) -> None: ...


class Silent:
    """A Progress that nobody watches."""

    def start(self, what: str, total: int | None) -> None:
        """Nothing to show."""

    def advance(self, count: int = 1) -> None:
        """Nothing to show."""

    def finish(self) -> None:
        """Nothing to show."""


class Stop:
    """Becomes true when somebody wants the run to end; remembers why."""

    def __init__(self) -> None:
        self.signal: int | None = None
        self.reason: str | None = None

    def __call__(self) -> bool:
        return self.reason is not None

    def ask(self, reason: str, number: int | None = None) -> None:
        self.reason, self.signal = self.reason or reason, self.signal or number


def now() -> str:
    """The time as we store it: UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@contextmanager
def stopped_by_signals() -> Iterator[Stop]:
    """A Stop that the first Ctrl-C or SIGTERM sets; the second one ends the program at once."""
    stop = Stop()

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.signal is not None:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.ask("interrupted", number)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Job:
    """One run: counts what is done, tells the catalog, obeys ``jobs pause|resume|cancel``."""

    def __init__(self, catalog: Catalog, number: int, stop: Stop, progress: Progress, error_limit: float) -> None:
        self._catalog, self.number, self.stop, self._progress = catalog, number, stop, progress
        self._error_limit = error_limit
        self.done, self.failed = 0, 0
        self.total: int | None = None
        self._looked = 0.0
        self._began, self._was_long = time.monotonic(), False
        self.summary: dict[str, Any] = {"job": number}

    def stage(self, what: str, total: int | None) -> None:
        """A new part of the run begins, with this many steps."""
        if self._was_long:
            give_back()  # what the last part needed until its end
        self._progress.start(what, total)
        self._began = time.monotonic()
        self.done, self.failed, self.total = 0, 0, total
        self.look(force=True)

    def step(self, *, failed: bool = False) -> None:
        """One thing is done. ``failed`` counts against the error limit."""
        self.done += 1
        self.failed += failed
        self._progress.advance()
        self.look()
        if self.done >= ERROR_LIMIT_AFTER and self.failed > self._error_limit * self.done:
            self.stop.ask(
                f"{self.failed} of {self.done} files could not be read, more than the error limit of "
                f"{self._error_limit:.0%}; what was read is kept. Check the disk, or set 'error_limit'"
            )

    def look(self, *, force: bool = False) -> None:
        """Tell how far we are and see what is wanted, now and then."""
        if not force and time.monotonic() - self._looked < LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        wanted = self._catalog.done.wanted(self.number)
        self._tell("running")
        while wanted == "pause" and not self.stop():
            self._tell("paused")
            time.sleep(LOOK_SECONDS)
            wanted = self._catalog.done.wanted(self.number)
        if wanted == "cancel":
            self.stop.ask("cancelled")

    def finish_stage(self) -> None:
        """The part is over; raises :class:`Interrupted` when it was stopped."""
        self._was_long = time.monotonic() - self._began > LONG_SECONDS
        if self._was_long:
            give_back()
        self._progress.finish()
        self._tell("running")
        self.check()

    @contextmanager
    def giving_up(self) -> Iterator[None]:
        """For a block that is one transaction of the catalog: it is taken back when the run should end."""

        def ended() -> bool:
            if not self.stop() and time.monotonic() - self._looked >= LOOK_SECONDS:
                self._looked = time.monotonic()
                if self._catalog.is_called():
                    self.stop.ask("cancelled")
            return self.stop()

        try:
            with self._catalog.stoppable(ended):
                yield
        except CatalogError:
            self.check()
            raise

    def check(self) -> None:
        """Raise :class:`Interrupted` when the run should end."""
        if not self.stop():
            return
        if self.stop.signal is None and self.stop.reason != "cancelled":
            raise MediaParserError(str(self.stop.reason))
        error = Interrupted(f"{self.stop.reason}; run the same command again to go on")
        error.exit_code = 143 if self.stop.signal == signal.SIGTERM else 130
        raise error

    def _tell(self, state: str) -> None:
        with self._catalog.transaction():
            self._catalog.done.job_progress(
                self.number, done=self.done, total=self.total, failed=self.failed, state=state
            )


@contextmanager
def run(
    catalog: Catalog,
    command: str,
    arguments: Sequence[str],
    *,
    progress: Progress,
    error_limit: float = 1.0,
    signals: Callable[[], Any] = stopped_by_signals,
) -> Iterator[Job]:
    """Be the library's one writer while the block runs, as a row of ``jobs`` that ends ``done``, ``interrupted``,
    ``cancelled`` or ``failed``. After one that died, both databases are read through first (``CatalogError``)."""
    with catalog.lock(), signals() as stop:
        if catalog.done.has_died():
            backups.check(catalog.library)
        job = Job(catalog, catalog.done.start_job(command, arguments, now()), stop, progress, error_limit)
        started = time.monotonic()
        state, message = "failed", None
        try:
            yield job
            state = "done"
        except Interrupted as error:
            state, message = ("cancelled" if stop.reason == "cancelled" else "interrupted"), str(error)
            raise
        except BaseException as error:
            message = str(error) or type(error).__name__
            raise
        finally:
            job.summary["seconds"] = round(time.monotonic() - started, 3)
            progress.finish()
            _end(catalog, job, state, message)


def _end(catalog: Catalog, job: Job, state: str, message: str | None) -> None:
    try:
        catalog.done.end_job(job.number, state, now(), message, job.summary)
    except MediaParserError:
        if state != "failed":  # a full disk has been reported already; do not hide that by reporting it again
            raise
