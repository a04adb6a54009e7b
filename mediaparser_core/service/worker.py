"""The background worker: takes one job after the other out of the line and carries each out in a process of its own."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import TracebackType
from zoneinfo import ZoneInfo

from huey import RetryTask, crontab
from huey.consumer import Consumer

from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.queue import Asked, Queue
from mediaparser_core.errors import MediaParserError
from mediaparser_core.jobs import now
from mediaparser_core.service import carrying, child, nightly
from mediaparser_core.service.heartbeat import BEAT, Heartbeat
from mediaparser_core.service.queue import Line, add_task, ask, open_line
from mediaparser_core.settings import Settings

TRIES = 4  # a job that fails for a reason that may pass
DELAYS = (60.0, 300.0, 1800.0)  # seconds before the second, third and fourth try
BUSY_DELAY = 3.0  # seconds before a library is tried again in which another command works
LEASE = 60.0  # seconds without a pulse after which another machine's job is ours
GRACE = 2.5  # seconds a job may take to end when the worker is asked to
BY = "the night"

Start = Callable[[int], "subprocess.Popen[bytes]"]


class Worker:
    """Carries out what is asked of one library while the block runs; one job at a time, the most urgent first.

    The caller holds the library's worker lock: of all holders on this machine only this one lives.
    """

    def __init__(
        self, settings: Settings, beat: Heartbeat, *, start: Start | None = None, delays: tuple[float, ...] = DELAYS
    ) -> None:
        self._settings, self._beat, self._delays = settings, beat, delays
        self._start = start or self._start_job
        self._host = socket.gethostname()
        self.holder = f"{self._host}:{os.getpid()}:{secrets.token_hex(4)}"
        self._huey = open_line(settings)
        add_task(self._huey, self._carry_out)
        self._huey.periodic_task(crontab(minute="*/10"), name="night")(self._ask_for_the_night)
        self._line = Line(settings)
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._pulses: dict[int, tuple[str, int, float]] = {}
        self._unsettled: set[int] = set()  # claimed by us, and no longer carried out
        self._keeper = threading.Thread(target=self._keep, name="lease", daemon=True)
        self._consumer = _Consumer(self._huey, workers=1, max_delay=1.0, backoff=1.05, scheduler_interval=1)

    def __enter__(self) -> Worker:
        with Catalog(self._settings.library) as catalog:
            self._recover(catalog, first=True)
        self._consumer.start()
        self._keeper.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The job at work is asked to end and waits for the next worker; then everything is closed."""
        self._stopping.set()
        self._consumer.stop_flag.set()
        with self._lock:
            process = self._process
        if process is not None:
            _end(process)
        for _, thread in self._consumer.worker_threads:
            thread.join(GRACE)
        self._consumer.scheduler.join(GRACE)
        self._keeper.join(GRACE)
        with suppress(MediaParserError), Catalog(self._settings.library) as catalog:
            self._release(catalog)
        self._line.close()
        if hasattr(self._huey.storage, "close"):
            self._huey.storage.close()

    # -- one job

    def _carry_out(self, number: int) -> None:
        """What huey calls; a job that must be tried again goes back into the line with a delay."""
        if self._stopping.is_set():
            return
        asked: Asked | None = None
        try:
            with Catalog(self._settings.library) as catalog:
                asked = Queue(catalog).claim(number, self.holder)
            if asked is None:
                return  # cancelled, or done by somebody else
            self._beat.tell("running", f"job {number}: {asked.command}")
            code, said = self._wait_for(asked)
            with Catalog(self._settings.library) as catalog:
                delay = self._settle(Queue(catalog), asked, code, said)
        except (MediaParserError, OSError) as error:  # a full disk, no memory for a process: perhaps nothing is noted
            if asked is not None:
                self._unsettled.add(number)
            self._beat.tell("waiting", str(error))
            delay = BUSY_DELAY
        else:
            self._beat.tell("running")
        if delay is not None and not self._stopping.is_set():
            raise RetryTask(delay=delay)

    def _wait_for(self, asked: Asked) -> tuple[int, str]:
        """The exit code of the job, and its last line."""
        with self._lock:
            if self._stopping.is_set():
                return carrying.STOPPED, ""
            process = self._process = self._start(asked.number)
        try:
            # not communicate(): that would close the line by which the job knows that we live
            said = process.stderr.read() if process.stderr is not None else b""
            process.wait()
        finally:
            for stream in (process.stdin, process.stderr):
                if stream is not None:
                    stream.close()
            with self._lock:
                self._process = None
        lines = said.decode("utf-8", "replace").strip().splitlines()
        return process.returncode, lines[-1][:500] if lines else ""

    def _start_job(self, number: int) -> subprocess.Popen[bytes]:
        arguments = [str(self._settings.library), str(number)]
        return child.start(carrying.__name__, arguments, out=subprocess.DEVNULL, err=subprocess.PIPE)

    def _settle(self, queue: Queue, asked: Asked, code: int, said: str) -> float | None:
        """Note how the job ended; the seconds until it is to be tried again."""
        number = asked.number
        if code in (carrying.DONE, carrying.TROUBLED):
            queue.finish(number, "done", now(), None)
        elif code == carrying.CANCELLED:
            queue.finish(number, "cancelled", now(), None)
        elif code == carrying.STOPPED or self._stopping.is_set():
            queue.again(number, not_before=None, message="interrupted; it goes on with the next worker", failed=False)
        elif code == carrying.BUSY:
            queue.again(number, not_before=None, message=said, failed=False)
            return BUSY_DELAY
        elif code == carrying.ASIDE:
            queue.again(number, not_before=None, message="it lets something more urgent go first", failed=False)
            return 1.0
        elif (code < 0 or code == carrying.AGAIN) and asked.tries + 1 < TRIES:
            delay = self._delays[min(asked.tries, len(self._delays) - 1)]
            again = (datetime.now(UTC) + timedelta(seconds=delay)).isoformat(timespec="milliseconds")
            reason = said if code >= 0 else f"it was killed by signal {-code}"
            queue.again(number, not_before=again.replace("+00:00", "Z"), message=reason, failed=True)
            return delay
        else:
            queue.finish(number, "failed", now(), said or f"it ended with code {code}")
        return None

    # -- leases

    def _keep(self) -> None:
        """Show that we live, take over what the dead have left, and bring back what got lost on the way."""
        catalog: Catalog | None = None
        try:
            while not self._stopping.wait(BEAT / 3):
                with suppress(MediaParserError, sqlite3.Error):  # a disk that refuses to be read may do so once
                    catalog = catalog or Catalog(self._settings.library)
                    Queue(catalog).pulse(self.holder)
                    self._recover(catalog, first=False)
        finally:
            if catalog is not None:
                catalog.close()

    def _recover(self, catalog: Catalog, *, first: bool) -> None:
        queue = Queue(catalog)
        for number, holder, pulse in queue.held():
            if holder == self.holder:
                if number in self._unsettled:
                    self._give_back(queue, number)
                continue
            ours = holder.partition(":")[0] == self._host
            if (first and ours) or self._is_dead(number, holder, pulse):
                queue.again(number, not_before=None, message="its worker died; it goes on", failed=False)
        if first or self._process is None:
            for number, priority in queue.ready("9" if first else now()):
                self._line.post(number, priority)  # a second message does no harm

    def _give_back(self, queue: Queue, number: int) -> None:
        self._unsettled.discard(number)  # first, for as soon as it is given back it may be claimed, and refused, anew
        try:
            queue.again(number, not_before=None, message="the machine refused; it is tried again", failed=False)
        except MediaParserError:
            self._unsettled.add(number)
            raise

    def _is_dead(self, number: int, holder: str, pulse: int) -> bool:
        """By our own steady clock: whether this pulse has not moved for a minute."""
        before = self._pulses.get(number)
        if before is None or before[:2] != (holder, pulse):
            self._pulses[number] = (holder, pulse, time.monotonic())
            return False
        return time.monotonic() - before[2] > LEASE

    def _release(self, catalog: Catalog) -> None:
        queue = Queue(catalog)
        for number, holder, _ in queue.held():
            if holder == self.holder:
                queue.again(
                    number, not_before=None, message="interrupted; it goes on with the next worker", failed=False
                )

    # -- the night

    def _ask_for_the_night(self) -> None:
        here = datetime.now(ZoneInfo(self._settings.timezone))
        with suppress(MediaParserError), Catalog(self._settings.library) as catalog:
            for command, arguments in nightly.due(catalog, here, self._settings.worker.night):
                ask(catalog, self._line, command, arguments, by=BY)


class _Consumer(Consumer):  # type: ignore[misc]
    """huey's consumer without its signal handlers: whoever runs the worker has their own."""

    def _set_signal_handlers(self) -> None:
        pass


def _end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM; then, for one that does not hear, SIGKILL: what it had committed stays."""
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    if process.poll() is None:
        with suppress(ProcessLookupError):
            process.kill()
