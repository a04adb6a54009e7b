"""One process with everything loaded, of which workers are forked: that takes milliseconds, and starting Python a third
of a second.

A fork copies the locks of other threads, held or not, so there must be none: of a program with one thread (a command
that has just begun) the nursery is forked, of any other it is started anew; in it there is never a second thread. It
decodes nothing. It is not shut in, its children do that to themselves. When the program is gone they all end.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for
from multiprocessing.reduction import recv_handle, send_handle
from types import ModuleType
from typing import Any

from mediaparser_core import probe, sandbox
from mediaparser_core.settings import Settings

STARTUP = 60.0  # seconds to load everything from a disk that may be slow
FAREWELL = 3.0  # seconds for children to end by themselves

# what probes load when they first need it, and nearly every library has something for; HEIC and video are not for all
_LOADED = (
    "numpy", "PIL.Image", "PIL.ImageCms", "PIL.ImageOps", "PIL.JpegImagePlugin", "PIL.PngImagePlugin",
    "defusedxml.ElementTree", "mediaparser_jpeg",
)  # fmt: skip


class Gone(OSError):
    """The nursery cannot be used; workers can be started without it."""


class Nursery:
    """The nursery as the program sees it, for any thread. A program with one thread has it forked at once, asleep."""

    def __init__(self, settings: Settings) -> None:
        self._lock, self._awake, self._gone = threading.Lock(), False, False
        self._ours, self._theirs = multiprocessing.Pipe()
        self._sentinel, self._held = multiprocessing.Pipe(duplex=False)
        alone = _is_alone() and "numpy" not in sys.modules  # whose threads and whose ways of computing are not ours
        kind = multiprocessing.get_context("fork").Process if alone else multiprocessing.get_context("spawn").Process
        self._process = kind(
            target=_live, args=(self._theirs, self._held, settings), name="mediaparser nursery", daemon=True
        )
        if alone:
            self._start()

    @property
    def is_there(self) -> bool:
        """Whether it may be asked; one that has failed once is not asked again."""
        return not self._gone

    @property
    def lives(self) -> bool:
        """Whether its process runs, so that the numbers of its children are theirs, dead or alive."""
        return self._process.pid is not None and not wait_for([self._sentinel], 0)

    def wake(self) -> None:
        """Let it load what its children will need; nobody waits for that here."""
        with self._lock, suppress(Gone):
            self._wake()

    def fork(self, target: Callable[..., None], handles: tuple[int, int], arguments: tuple[Any, ...]) -> int:
        """Start a child that calls *target* with a connection made of the first of *handles*, *arguments*, and as
        ``parent`` a descriptor that is readable when it must end; it keeps the second one open while it lives. Gives
        its number. Raises :class:`Gone`, and ``OSError`` where the system has no room for it."""
        with self._lock:
            self._wake()
            try:
                self._ours.send((target, arguments))
                for handle in handles:
                    send_handle(self._ours, handle, None)
                answer = self._answer()
            except (OSError, EOFError) as error:
                raise self._has_gone() from error
        if isinstance(answer, OSError):
            raise answer
        number: int = answer
        return number

    def bury(self, number: int) -> int | None:
        """The exit code of the child *number*, which has just ended; ``None`` when it cannot be had."""
        with self._lock:
            try:
                self._ours.send(number)
                code: int | None = self._answer()
            except (OSError, EOFError):
                self._gone = True  # an answer that comes late must not be taken for the number of a child
                return None
        return code

    def kill(self) -> None:
        """End it at once; who waits for it gets :class:`Gone`."""
        self._gone = True
        if self._process.pid is not None:
            self._process.kill()

    def close(self) -> None:
        """Let it end, and wait for that; its children end with it."""
        with self._lock:
            self._gone = True
            self._ours.close()
            if self._process.pid is not None:
                wait_for([self._sentinel], 2 * FAREWELL)
                self._process.kill()
                self._process.join(FAREWELL)

    def _start(self) -> None:
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # until it can say that it does not care
        try:
            with self._theirs, self._held, nothing_to_import():
                self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def _wake(self) -> None:
        if self._gone:
            raise Gone("the nursery has gone")
        try:
            if self._process.pid is None:
                self._start()
            if not self._awake:
                self._ours.send(None)
        except OSError as error:
            raise self._has_gone() from error
        self._awake = True

    def _answer(self) -> Any:
        if not self._ours.poll(STARTUP):
            raise EOFError
        return self._ours.recv()

    def _has_gone(self) -> Gone:
        self._gone = True
        return Gone("the nursery cannot be used")


class Child:
    """A child of *nursery* with the manners of a ``multiprocessing.Process``, as far as a worker needs them."""

    def __init__(
        self, nursery: Nursery, target: Callable[..., None], connection: Connection, arguments: tuple[Any, ...]
    ) -> None:
        self._nursery, self._target, self._connection, self._arguments = nursery, target, connection, arguments
        self.sentinel, self._held = multiprocessing.Pipe(duplex=False)
        self._number: int | None = None
        self.exitcode: int | None = None

    @property
    def pid(self) -> int | None:
        """Its number; ``None`` also when the nursery has died, for then it may be another's by now."""
        return self._number if self._nursery.lives else None

    def start(self) -> None:
        """Raises :class:`Gone`."""
        with self._held:
            handles = self._connection.fileno(), self._held.fileno()
            self._number = self._nursery.fork(self._target, handles, self._arguments)

    def kill(self) -> None:
        if number := self.pid:
            os.kill(number, signal.SIGKILL)

    def join(self, seconds: float) -> None:
        number = self.pid
        if number and self.exitcode is None and wait_for([self.sentinel], seconds):
            self.exitcode = self._nursery.bury(number)


@contextmanager
def nothing_to_import() -> Iterator[None]:
    """A new process imports what was started as the program (all of Dask, in a Dask worker), unless there is nothing."""
    started, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = started


def is_possible() -> bool:
    """Whether this system can have one, and this program has descriptors to spare."""
    return sys.platform == "linux" and resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= sandbox.DESCRIPTORS


def _is_alone() -> bool:
    """Whether this process has one thread, those of libraries included."""
    return sys.platform == "linux" and threading.active_count() == 1 and len(os.listdir("/proc/self/task")) == 1


# -- inside


def _live(connection: Connection, held: Connection, settings: Settings) -> None:
    """What the nursery does all its life. It never comes back: what it was forked from belongs to the program."""
    try:
        gc.disable()
        gc.freeze()  # nothing of the program may be tidied up here, a catalog least of all
        os.setsid()
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            if callable(signal.getsignal(number)):
                signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        sandbox.silence()
        _close_all_but(connection.fileno(), held.fileno())
        sandbox.forget_environment(PATH=os.environ.get("PATH", os.defpath))
        _serve(connection, settings)
    finally:
        os._exit(0)


def _serve(connection: Connection, settings: Settings) -> None:
    ends, lives = os.pipe()
    children: set[int] = set()
    fit = False
    try:
        while True:
            message = connection.recv()
            if message is None:
                fit = _load(settings)
            elif isinstance(message, int):
                connection.send(_bury(message, children))
            else:
                target, arguments = message
                handles = [recv_handle(connection) for _ in range(2)]
                if not fit:
                    return
                try:
                    number = os.fork()
                except OSError as error:
                    connection.send(error)
                    continue
                if not number:
                    _be(target, arguments, handles, ends)
                for handle in handles:
                    os.close(handle)
                children.add(number)
                connection.send(number)
    except (EOFError, OSError):
        pass  # the program has gone, or wants no more of us
    finally:
        os.close(lives)  # the children see that
        end = time.monotonic() + FAREWELL
        while children and time.monotonic() < end:
            for number in list(children):
                _bury(number, children, 0)
            time.sleep(0.02)
        for number in children:
            with suppress(OSError):
                os.killpg(number, signal.SIGKILL)


def _load(settings: Settings) -> bool:
    """Load everything; whether a process can still be forked of this one."""
    try:
        probe.configure(settings)
        for name in _LOADED:
            with suppress(ImportError):
                importlib.import_module(name)
    except Exception:  # a stranger's module may raise anything; a worker that starts by itself will tell
        return False
    gc.collect()
    gc.freeze()  # what is never looked at by the collector stays shared among the children
    return _is_alone()


def _bury(number: int, children: set[int], seconds: float = FAREWELL) -> int | None:
    end = time.monotonic() + seconds
    while number in children:
        found, status = os.waitpid(number, os.WNOHANG)
        if found:
            children.remove(number)
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= end:
            break
        time.sleep(0.001)
    return None


def _be(target: Callable[..., None], arguments: tuple[Any, ...], handles: list[int], parent: int) -> None:
    """Be a child, to its end."""
    code = 1
    try:
        _close_all_but(*handles, parent)
        gc.enable()
        target(Connection(handles[0]), *arguments, parent=parent)
        code = 0
    finally:
        os._exit(code)


def _close_all_but(*kept: int) -> None:
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) not in kept:
            with suppress(OSError):
                os.close(int(name))
