"""One process, shut in, that does one task at a time, as the thread beside it sees it.

What a worker sends back is read with a list of allowed classes: a decoder that was taken over by a picture must not be
able to run code out here.
"""

from __future__ import annotations

import builtins
import io
import multiprocessing
import os
import pickle
import shutil
import signal
import socket
import struct
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for
from multiprocessing.context import SpawnProcess
from typing import Any

from mediaparser_core import sandbox
from mediaparser_plugins.nursery import Child, Nursery, nothing_to_import

STARTUP = 60.0  # seconds for a process to start
FIRST = 20.0  # more seconds for its first task, which loads the libraries from a disk that may be slow
FAREWELL = 3.0  # seconds for a process to end by itself
ANSWER = 64 * 1024 * 1024  # bytes a task may send back
STALLED = 10  # seconds that half a message may take

_OUR_MODULES = frozenset(f"mediaparser_core.{name}" for name in ("records", "errors", "media"))
_PLAIN = frozenset({"set", "frozenset", "bytearray", "complex"})


class WorkerDied(BrokenExecutor):
    """The process that worked on this file is gone: it crashed, was killed, or ran out of memory."""


class WorkerTimedOut(BrokenExecutor):
    """The process that worked on this file did not finish in time and was killed."""


def pack(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    """A task as bytes. Raises what pickle raises for a function or an argument that cannot travel."""
    return pickle.dumps((function, args, kwargs), pickle.HIGHEST_PROTOCOL)


def unpack(answer: bytes) -> tuple[bool, Any]:
    """Whether a task succeeded, and its result or exception. Raises ``pickle.UnpicklingError`` for foreign classes."""
    done, value = _Allowed(io.BytesIO(answer)).load()
    return done, value


class _Allowed(pickle.Unpickler):
    """Plain data, exceptions of Python, and the program's own records."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "builtins":
            found = getattr(builtins, name, None)
            if name in _PLAIN or (isinstance(found, type) and issubclass(found, Exception)):
                return found
        elif (module in _OUR_MODULES and "." not in name) or (module == __name__ and name == "WorkerDied"):
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"a worker may not send {module}.{name}")


class Worker:
    """A process in a private folder, forked by *nursery* or, without one, started anew. *lock* keeps two from being
    started or buried at once.

    *memory* is in bytes, *programs* are for ``sandbox.enter``.
    """

    def __init__(
        self, lock: threading.Lock, *, memory: int, programs: Mapping[str, str], nursery: Nursery | None = None
    ) -> None:
        self.done = 0
        self._lock = lock
        self._folder = ""
        self._buried = False  # its number may be another's by now
        self._ours, self._theirs = multiprocessing.Pipe()
        self._process: Child | SpawnProcess
        if nursery is not None and nursery.is_there:
            self._process = Child(nursery, _serve, self._theirs, (memory, dict(programs)))
        else:
            context = multiprocessing.get_context("spawn")  # a fork would copy the locks of our threads, held or not
            self._process = context.Process(
                target=_serve, args=(self._theirs, memory, dict(programs)), name="mediaparser worker", daemon=True
            )

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return not wait_for([self._process.sentinel], 0)

    def start(self) -> tuple[str, ...]:
        """Start the process and wait until it is ready; gives what its sandbox could not do.

        Raises ``OSError`` where the system has no room for it, or like :meth:`call`.
        """
        self._folder = tempfile.mkdtemp(prefix="mediaparser-worker-")
        with socket.socket(fileno=os.dup(self._ours.fileno())) as ours:
            # half an answer must not hold us up for ever, nor a worker that no longer reads
            for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                ours.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", STALLED, 0))
        with self._lock, self._theirs, nothing_to_import():
            self._process.start()
        self._send(self._folder.encode(errors="surrogateescape"))
        refused: tuple[str, ...] = self._receive(STARTUP)[1]
        return refused

    def call(self, task: bytes, seconds: float, computing: float) -> tuple[bool, Any]:
        """Carry out a packed *task* in at most *seconds*: whether it succeeded, and its result or exception.

        *computing* is how many of them each processor may be busy with it; the others are for waiting on the disk.

        Raises :class:`WorkerDied` or :class:`WorkerTimedOut`; the worker is of no more use then.
        """
        loading = 0 if self.done else FIRST
        seconds += loading
        self._send(struct.pack("d", computing + loading) + task)
        answer = self._receive(seconds)
        self.done += 1
        return answer

    def _send(self, message: bytes) -> None:
        try:
            self._ours.send_bytes(message)
        except OSError:
            raise WorkerDied(self._last_words()) from None

    def _receive(self, seconds: float) -> tuple[bool, Any]:
        try:
            if self._ours.poll(seconds):
                return unpack(self._ours.recv_bytes(ANSWER))
        except BlockingIOError:
            pass  # the rest of the answer does not come
        except (EOFError, ConnectionError):
            raise WorkerDied(self._last_words()) from None
        except Exception as error:  # a worker reads its own answers first, so somebody else has written this one
            self.kill()
            raise WorkerDied(f"the worker's answer on this file cannot be read: {error}") from None
        self.kill()
        raise WorkerTimedOut(f"the worker was stopped after {seconds:.0f} seconds on this file")

    def kill(self) -> None:
        """End it and whatever it started, at once; a call that waits for it fails. For any thread."""
        number = self.pid  # asked once: it is gone when the nursery dies meanwhile
        if number and not self._buried:
            with suppress(OSError):
                os.killpg(number, signal.SIGKILL)
            with suppress(OSError):
                self._process.kill()  # it may not have had a group of its own yet
            with suppress(OSError):
                self._hang_up()

    def end(self) -> None:
        """Ask it to end, wait three seconds, kill what is left, remove its folder."""
        if self.pid:
            with suppress(OSError):
                self._ours.send_bytes(b"")
            wait_for([self._process.sentinel], FAREWELL)
            self._bury()
        self._ours.close()
        self._theirs.close()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _hang_up(self) -> None:
        # wakes our own thread even when the process cannot die, because its disk does not answer
        with socket.socket(fileno=os.dup(self._ours.fileno())) as ours:
            ours.shutdown(socket.SHUT_RDWR)

    def _bury(self) -> None:
        self.kill()  # before its number is free again: what it started is in its process group
        if wait_for([self._process.sentinel], FAREWELL):
            with self._lock:
                self._process.join(FAREWELL)
            self._buried = True

    def _last_words(self) -> str:
        """What it died of, in words."""
        wait_for([self._process.sentinel], FAREWELL)
        self._bury()
        code = self._process.exitcode
        if code == -signal.SIGKILL:
            return "the worker was killed on this file, most likely because memory ran out"
        if code == -signal.SIGXCPU:
            return "the worker was stopped on this file: it computed for too long"
        if code is not None and code < 0:
            return f"the worker crashed on this file ({signal.Signals(-code).name})"
        return f"the worker ended on this file (exit code {code})"


def _serve(connection: Connection, memory: int, programs: Mapping[str, str], parent: int | None = None) -> None:
    """What the process does all its life."""
    folder = os.fsdecode(connection.recv_bytes())
    try:
        connection.send_bytes(_packed(True, sandbox.enter(folder, memory=memory, programs=programs, parent=parent)))
        alive = True
        while alive and (message := connection.recv_bytes()):
            (seconds,) = struct.unpack_from("d", message)
            sandbox.allow_processor(seconds * (os.cpu_count() or 1) + 5)
            alive, answer = _carry_out(message[8:])
            connection.send_bytes(answer)
    except (EOFError, OSError):
        pass  # nobody is there any more
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _carry_out(task: bytes) -> tuple[bool, bytes]:
    """Whether to go on, and the packed answer."""
    try:
        function, args, kwargs = pickle.loads(task)  # noqa: S301 - from the parent
        return True, _packed(True, function(*args, **kwargs))
    except Exception as error:  # belongs to whoever waits for the task
        error.add_note(traceback.format_exc())
        try:
            return True, _packed(False, error)
        except Exception:  # an exception may hold anything
            return True, _packed(False, RuntimeError(f"{type(error).__name__}: {error}"))
    except BaseException as error:  # a plugin that ends the process ends this one, and we say so
        return False, _packed(False, WorkerDied(f"the worker was ended on this file by {error!r}"))


def _packed(done: bool, value: Any) -> bytes:
    answer = pickle.dumps((done, value), pickle.HIGHEST_PROTOCOL)
    unpack(answer)  # what cannot be read at the other end must be told by another error
    return answer
