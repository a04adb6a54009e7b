"""Keep one ExifTool running inside limits, and talk to it in numbered commands.

What has been measured about ExifTool shapes this room: a line in its argument stream is a command; a tiny file can make
it eat all memory or run for ever; it fills the pipe of its warnings and then waits; and it neither ends when its input
does nor cleans up when it is killed. So it has limits and a deadline, both of its outputs are read at once, and a
watcher beside it holds the end of a pipe and does what it would not.
"""

from __future__ import annotations

import contextlib
import os
import resource
import secrets
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence

from mediaparser_core.errors import ToolError

COMMANDS = 2_000  # per process: fewer than its processor seconds allow
PROCESSOR_SECONDS = 600  # for a process that nobody is left to stop
OUTPUT = 64 * 1024 * 1024  # bytes of answer to one command

# The watcher waits for the end of its pipe, which comes when we end, however we end.
_START = """
life=$1 folder=$2; shift 2
{ cat "/dev/fd/$life"; rm -rf -- "$folder"; kill -9 0; } </dev/null >/dev/null 2>&1 &
exec "$@"
"""


class ExifToolDied(ToolError):
    """ExifTool ended in the middle of a command: out of memory, a signal, a crash."""


class ExifToolTimeout(ToolError):
    """ExifTool did not answer before the deadline and was killed."""


def environment(executable: str, home: str) -> dict[str, str]:
    """All that ExifTool may know of ours. Never its user's configuration, which is Perl and would be run."""
    path = f"{os.path.dirname(executable)}:/usr/bin:/bin"
    return {"PATH": path, "HOME": home, "LC_ALL": "C.UTF-8", "TZ": "UTC", "PERL_BADLANG": "0"}


class Process:
    """One ExifTool, running from the first command to the end of this object, to its death or to a deadline.

    ``folder`` is private, lives as long as the process, and is where links may be made; ExifTool stands beside it.
    """

    def __init__(self, executable: str, memory: int, writing: bool) -> None:
        self.folder = tempfile.mkdtemp(prefix="mediaparser-exiftool-")
        self.commands = 0
        self._number = secrets.randbelow(10**9)
        home = os.path.join(self.folder, "home")
        os.mkdir(home, 0o700)
        ends, self._life = os.pipe()
        command = [executable, "-config", "", "-stay_open", "True", "-@", "-"]
        command += ["-common_args", "-charset", "filename=utf8"]
        try:
            self._child = subprocess.Popen(
                ["/bin/sh", "-c", _START, "sh", str(ends), self.folder, *command],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, cwd=home,
                env=environment(executable, home), start_new_session=True, pass_fds=(ends,),
            )  # fmt: skip
        except OSError as error:
            os.close(self._life)
            shutil.rmtree(self.folder, ignore_errors=True)
            raise ToolError(f"{executable} cannot be started: {error.strerror}") from None
        finally:
            os.close(ends)
        self.pid = self._child.pid
        limit(self.pid, memory, writing)

    @property
    def usable(self) -> bool:
        """Whether another command may be given to this process."""
        return self._child.poll() is None and self.commands < COMMANDS and os.path.isdir(self.folder)

    def run(self, arguments: Sequence[str], seconds: float) -> tuple[str, str]:
        """Give one command; what it said on both outputs. After an error this process is gone.

        Raises :class:`ExifToolDied`, :class:`ExifToolTimeout`, or ``ToolError`` for an argument with a line break.
        """
        self._number += 1
        self.commands += 1
        ready, done = f"{{ready{self._number}}}".encode(), f"{{done{self._number}}}".encode()
        lines = [*arguments, "-echo4", done.decode(), f"-execute{self._number}"]
        if any(not line or set(line) & {"\r", "\n", "\0"} for line in lines):
            raise ToolError("an empty argument, or one with a line break or a NUL, was refused")
        assert self._child.stdin and self._child.stdout and self._child.stderr  # noqa: S101 - says so to mypy
        to_write = memoryview("".join(f"{line}\n" for line in lines).encode())
        out, err = bytearray(), bytearray()
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._child.stdin, selectors.EVENT_WRITE)
            waiting.register(self._child.stdout, selectors.EVENT_READ, out)
            waiting.register(self._child.stderr, selectors.EVENT_READ, err)
            for key in waiting.get_map().values():
                os.set_blocking(key.fd, False)
            while not (out[-64:].rstrip().endswith(ready) and done in err[-64:]):
                left = deadline - time.monotonic()
                if left <= 0 or len(out) + len(err) > OUTPUT:
                    self.kill()
                    raise ExifToolTimeout(f"ExifTool took more than {seconds:.0f} s, or said too much, and was stopped")
                for key, _ in waiting.select(left):
                    try:
                        if key.data is None:
                            to_write = to_write[os.write(key.fd, to_write) :]
                            if not to_write:
                                waiting.unregister(key.fileobj)
                        elif block := os.read(key.fd, 1 << 20):
                            key.data.extend(block)
                        else:
                            raise ExifToolDied(self._last_words(bytes(err)))
                    except BlockingIOError:
                        continue
                    except BrokenPipeError:
                        raise ExifToolDied(self._last_words(bytes(err))) from None
        said = bytes(out).rstrip().removesuffix(ready), bytes(err).replace(done, b"")
        return said[0].decode("utf-8", "replace"), said[1].decode("utf-8", "replace")

    def close(self) -> None:
        """Ask it to end, and make sure."""
        if self._child.poll() is None and self._child.stdin:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                self._child.stdin.write(b"-stay_open\nFalse\n")
                self._child.wait(2)
        self.kill()

    def kill(self) -> None:
        """End it, its watcher and its folder, at once. Does nothing the second time."""
        if self._life < 0:
            return
        os.close(self._life)
        self._life = -1
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout, self._child.stderr):
            if pipe:
                pipe.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _last_words(self, err: bytes) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(2)
        code = self._child.returncode
        self.kill()
        if b"Out of memory" in err:
            return "ExifTool ran out of the memory it is allowed"
        if code is not None and code < 0:
            return f"ExifTool was ended by {signal.Signals(-code).name}"
        return f"ExifTool ended with code {code}"


def limit(pid: int, memory: int, writing: bool) -> None:
    """It has not been told anything yet, so it is early enough; where there is no ``prlimit``, deadlines must do."""
    if not hasattr(resource, "prlimit"):
        return
    limits = [(resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0)]
    if not writing:
        limits += [(resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CPU, PROCESSOR_SECONDS)]
    for what, wanted in limits:
        with contextlib.suppress(OSError, ValueError):  # it may have ended already, and then we shall hear of it
            hard = resource.prlimit(pid, what)[1]
            value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.prlimit(pid, what, (value, value))
