"""Keep the parts of the household service running: start them, notice when one dies, end them together."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from mediaparser_core.catalog import Catalog
from mediaparser_core.errors import MediaParserError
from mediaparser_core.jobs import now
from mediaparser_core.service import child, locks
from mediaparser_core.service.heartbeat import Heartbeat

READY = 120.0  # seconds until a part says that it is there: a small machine that was just switched on is slow
GRACE = 3.0  # seconds all of them have to end; then they are killed
RESTARTS, WINDOW = 5, 600.0  # a part that dies more often than this within so many seconds stays down
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds before it is started again
_LOOK = 0.1
_ADDRESS = re.compile(r"https?://\S+")


@dataclass(slots=True)
class Part:
    """One of the processes; *service* is what its heartbeats call it, *arguments* are those of ``mediaparser``.

    It is ready when it prints its first line, which may have an address in it.
    """

    service: str
    arguments: Sequence[str]
    address: str | None = None
    process: subprocess.Popen[bytes] | None = None
    died: deque[float] = field(default_factory=deque)
    again_at: float | None = None
    down: bool = False


class NotStarted(MediaParserError):
    """A part ended before it was ready; it has said why."""


class Supervisor:
    """The parts of one library's service.

    *ready* is called once with all parts when each of them answers; *tell* gets a line whenever one died.
    """

    def __init__(self, library: Path, parts: Sequence[Part], *, tell: Callable[[str], None]) -> None:
        self._library, self._parts, self._tell = library, list(parts), tell
        self._lines: queue.SimpleQueue[tuple[Part, str | None]] = queue.SimpleQueue()
        self.stop = threading.Event()

    def run(self, ready: Callable[[Sequence[Part]], None]) -> None:
        """Until ``stop`` is set. Raises :class:`NotStarted`, ``LibraryBusy`` when the library is served already."""
        with locks.hold(self._library, locks.SERVE), Heartbeat(self._library, "serve") as beat:
            try:
                for part in self._parts:
                    self._start(part)
                self._wait_until_ready()
                if not self.stop.is_set():
                    ready(self._parts)
                while not self.stop.wait(_LOOK):
                    self._look(beat)
            finally:
                self._end()
        with Catalog(self._library):
            pass  # the last one to close leaves no write-ahead log behind

    def _start(self, part: Part) -> None:
        arguments = ["--library", str(self._library), "--quiet", *part.arguments]
        part.process = child.start(child.__name__, arguments, out=subprocess.PIPE)
        part.again_at = None
        threading.Thread(target=self._listen, args=(part, part.process), name=part.service, daemon=True).start()

    def _listen(self, part: Part, process: subprocess.Popen[bytes]) -> None:
        """Its first line is news, the rest must only not fill the pipe."""
        assert process.stdout is not None  # noqa: S101 - asked for above
        with process.stdout as lines:
            self._lines.put((part, lines.readline().decode("utf-8", "replace") or None))
            for _ in lines:
                pass

    def _wait_until_ready(self) -> None:
        waiting = {part.service for part in self._parts}
        deadline = time.monotonic() + READY
        while waiting and not self.stop.is_set():
            try:
                part, line = self._lines.get(timeout=_LOOK)
            except queue.Empty:
                if time.monotonic() > deadline:
                    raise NotStarted(
                        f"{' and '.join(sorted(waiting))} did not start within {READY:.0f} seconds"
                    ) from None
                continue
            if line is None and not self.stop.is_set():
                raise NotStarted(
                    f"the {part.service} did not start; see above, or run 'mediaparser {part.arguments[0]}'"
                )
            found = _ADDRESS.search(line or "")
            part.address = found[0] if found else None
            waiting.discard(part.service)

    # -- while they run

    def _look(self, beat: Heartbeat) -> None:
        for part in self._parts:
            if part.process is not None and part.process.poll() is not None:
                self._died(part, part.process.returncode)
            if part.again_at is not None and time.monotonic() >= part.again_at:
                self._start(part)
        down = [part.service for part in self._parts if part.down]
        running = sum(part.process is not None for part in self._parts)
        words = f"{running} of {len(self._parts)} parts run" + (f"; given up: {', '.join(down)}" if down else "")
        beat.tell("waiting" if running < len(self._parts) else "running", words)

    def _died(self, part: Part, code: int) -> None:
        if part.process is not None:
            _hang_up(part.process)
        part.process = None
        moment = time.monotonic()
        while part.died and moment - part.died[0] > WINDOW:
            part.died.popleft()
        part.died.append(moment)
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        if len(part.died) > RESTARTS:
            part.down = True
            words = f"{how}, {len(part.died)} times in {WINDOW / 60:.0f} minutes; start 'mediaparser serve' again"
        else:
            pause = PAUSES[min(len(part.died), len(PAUSES)) - 1]
            part.again_at = moment + pause
            words = f"{how}; started again for the {_nth(len(part.died))} time"
        self._tell(f"the {part.service} {words}")
        with suppress(MediaParserError), Catalog(self._library) as catalog:
            catalog.done.beat(part.service, "down" if part.down else "restarting", words, now())

    # -- the end

    def _end(self) -> None:
        running = [part.process for part in self._parts if part.process is not None and part.process.poll() is None]
        for process in running:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(deadline - time.monotonic(), 0))
        for process in running:
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        for process in running:
            process.wait()
        for part in self._parts:
            if part.process is not None:  # also one that died by itself a moment ago
                _hang_up(part.process)


def _hang_up(process: subprocess.Popen[bytes]) -> None:
    """Close our end of the line to a process that has ended."""
    if process.stdin is not None:
        process.stdin.close()


def _nth(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")
