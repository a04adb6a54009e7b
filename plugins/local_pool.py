"""Probe files in processes of this machine: each shut in, each with one file at a time and a deadline for it.

``concurrent.futures.ProcessPoolExecutor`` loses every file in flight when one kills its worker, waits for ever for one
that hangs, and leaves its workers behind when the main process is killed. Here a thread stands beside every worker:
what happens to the worker happens to that one file.

Settings under ``[plugins.local_pool]``: ``seconds`` a small file may take (10; one more per MB, for a disk may be slow,
but one per 50 MB of computing on each processor), ``memory`` of a worker in MiB (1536), ``recycle``: after so many files
a worker is replaced (2000).
"""

from __future__ import annotations

import math
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from mediaparser_core import sandbox
from mediaparser_core.errors import SettingsError
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Entry
from mediaparser_core.settings import Settings
from mediaparser_plugins.local_worker import FAREWELL, Worker, pack
from mediaparser_plugins.nursery import Nursery, is_possible

READ_PER_SECOND = 1e6  # bytes: of a NAS behind a weak radio link that several workers share
COMPUTED_PER_SECOND = 50e6


class PoolBroken(BrokenExecutor):
    """No worker process can be started; no file is to blame."""


@hookimpl(trylast=True)
def executor(settings: Settings) -> AbstractContextManager[Executor] | None:
    """A :class:`LocalPool` of ``settings.workers`` processes. After an error, what still runs gets three seconds."""
    if settings.executor != "local":
        return None
    pool = make(settings, settings.workers)
    if not settings.catalog_path.exists():  # in a library that is new there will be something to read
        pool.wake()
    return _open(pool)


def make(settings: Settings, workers: int) -> LocalPool:
    """A pool of *workers* processes with the limits of *settings*. Raises :class:`SettingsError`."""
    given = settings.for_plugin("local_pool")
    return LocalPool(
        workers,
        seconds=_positive(given, "seconds", 10),
        memory=int(_positive(given, "memory", sandbox.MEMORY / 2**20) * 2**20),
        recycle=math.ceil(_positive(given, "recycle", 2000)),
        programs=_programs(settings.exiftool, "perl"),
        nursery=Nursery(settings) if is_possible() else None,
    )


@contextmanager
def _open(pool: LocalPool) -> Iterator[Executor]:
    pool.wake()
    try:
        yield pool
    except BaseException:
        pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown()


def _positive(given: Any, key: str, default: float) -> float:
    value = given.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise SettingsError(f"'plugins.local_pool.{key}' must be a number above 0, not {value!r}")
    return value


def _programs(*names: str) -> dict[str, str]:
    """Where the programs are that a worker may start; one that is named by its path needs no help."""
    found = {name: shutil.which(name) for name in names if name and "/" not in name}
    return {name: os.path.abspath(path) for name, path in found.items() if path}


@dataclass(slots=True)
class _Task:
    future: Future[Any]
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    @property
    def size(self) -> int:
        """Bytes of the file it is about, as far as we know."""
        return self.args[0].size if self.args and isinstance(self.args[0], Entry) else 0


class LocalPool(Executor):
    """An Executor of *workers* processes, started when there is work. A task fails alone, with what its worker died of.

    *seconds* is the deadline of a task (one more per MB when its first argument is an Entry), *memory* the limit of
    a worker in bytes, *recycle* the number of tasks after which it is replaced, *programs* are for ``sandbox.enter``,
    of *nursery* the workers are forked; the pool ends it.
    Results must be plain data or records of the program. ``refused`` says what the sandbox could not do.
    """

    def __init__(
        self,
        workers: int,
        *,
        seconds: float = 10.0,
        memory: int = sandbox.MEMORY,
        recycle: int = 2000,
        programs: dict[str, str] | None = None,
        nursery: Nursery | None = None,
    ) -> None:
        self.refused: tuple[str, ...] = ()
        self._limit, self._seconds, self._memory, self._recycle = workers, seconds, memory, recycle
        self._programs, self._nursery = programs or {}, nursery
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []
        self._workers: set[Worker] = set()
        self._lock, self._process_lock = threading.Lock(), threading.Lock()
        self._closed = self._hurry = False
        self._broken = ""

    def wake(self) -> None:
        """There will be tasks soon; nothing waits for this."""
        if self._nursery:
            self._nursery.wake()

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """See :class:`concurrent.futures.Executor`. Raises :class:`PoolBroken` when no worker can be started."""
        with self._lock:
            if self._broken:
                raise PoolBroken(self._broken)
            if self._closed:
                raise RuntimeError("the pool has been shut down")
            task = _Task(Future(), function, args, kwargs)
            self._tasks.put(task)
            if not self._idle.acquire(blocking=False) and len(self._threads) < self._limit:
                thread = threading.Thread(target=self._stand_by, name="beside a worker", daemon=True)
                self._threads.append(thread)
                thread.start()
        return task.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks, finish those given (with *cancel_futures* only what runs, in three seconds), end all."""
        with self._lock:
            self._closed = True
            if cancel_futures:
                self._clear()
            for _ in self._threads:
                self._tasks.put(None)
        if cancel_futures:
            killer = threading.Timer(FAREWELL, self._kill_all)
            killer.daemon = True
            killer.start()
        if wait:
            for thread in self._threads:
                thread.join()
            if self._nursery:
                self._nursery.close()
        if wait and cancel_futures:
            killer.cancel()

    def pids(self) -> list[int]:
        """The worker processes there are now, for ``status`` and for tests."""
        with self._lock:
            return [worker.pid for worker in self._workers if worker.pid]

    def _clear(self, error: Exception | None = None) -> None:
        """Take every task that waits out of the queue: cancelled, or failed with *error*."""
        farewells = 0
        with suppress(Empty):
            while True:
                task = self._tasks.get_nowait()
                if task is None:
                    farewells += 1
                elif error is None:
                    task.future.cancel()
                elif task.future.set_running_or_notify_cancel():
                    task.future.set_exception(error)
        for _ in range(farewells):
            self._tasks.put(None)

    def _kill_all(self) -> None:
        with self._lock:
            self._hurry = True
            for worker in self._workers:
                worker.kill()
            if self._nursery:
                self._nursery.kill()

    # -- the thread beside a worker

    def _stand_by(self) -> None:
        # inherited by the worker: Ctrl-C would reach it before it can say that it does not care
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        worker: Worker | None = None
        while task := self._tasks.get():
            if task.future.set_running_or_notify_cancel():
                worker = self._carry_out(task, worker)
            del task  # its result must not live as long as we wait for the next
            self._idle.release()
        self._dismiss(worker)

    def _carry_out(self, task: _Task, worker: Worker | None) -> Worker | None:
        """Do one task; gives the worker for the next one, if it is still good."""
        try:
            packed = pack(task.function, task.args, task.kwargs)
            if worker and not worker.is_alive:  # it died while it had nothing to do: no file's fault
                self._dismiss(worker)
                worker = None
            worker = worker or self._hire()
            if self._hurry:  # it may not have been there yet when all were killed
                worker.kill()
            computing = self._seconds + task.size / COMPUTED_PER_SECOND
            done, value = worker.call(packed, self._seconds + task.size / READ_PER_SECOND, computing)
        except Exception as error:  # whatever it is, the one who waits must get it
            done, value = False, error
        if isinstance(value, BrokenExecutor) or (worker and worker.done >= self._recycle):
            self._dismiss(worker)
            worker = None
        if done:
            task.future.set_result(value)
        else:
            task.future.set_exception(value)
        return worker

    def _hire(self) -> Worker:
        """A worker that is ready. Two in a row that do not get that far end the pool."""
        why = ""
        for _ in range(2):
            worker = Worker(self._process_lock, memory=self._memory, programs=self._programs, nursery=self._nursery)
            with self._lock:
                if self._broken or self._hurry:
                    raise PoolBroken(self._broken or "the pool is being stopped")
                self._workers.add(worker)
            try:
                self.refused = worker.start()
                return worker
            except (BrokenExecutor, OSError) as error:
                why = str(error)
                self._dismiss(worker)
        with self._lock:
            self._broken = f"worker processes cannot be started: {why}"
            broken = PoolBroken(self._broken)
            self._clear(broken)
        raise broken

    def _dismiss(self, worker: Worker | None) -> None:
        if worker:
            with self._lock:
                self._workers.discard(worker)
            worker.end()
