"""An Executor over a Dask cluster whose workers see the same files, perhaps under other paths.

A lost worker loses nothing: Dask gives its files to others, and a file on which worker after worker ends fails alone.
A worker that does not see a file that is there is passed over for it, and after three files in a row for all.
"""

from __future__ import annotations

import logging
import os
import pickle
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from mediaparser_core import archives, sources
from mediaparser_core.errors import InputError, MediaParserError, ToolError
from mediaparser_core.records import Entry, Report
from mediaparser_core.settings import Settings
from mediaparser_plugins import dask_worker
from mediaparser_plugins.local_worker import WorkerDied, unpack

COARSE = 2_000_000_000  # nanoseconds: one and the same time as file systems on the way tell it
STRIKES = 3
ANSWER = 120.0  # seconds for a worker to say who it is, its first process included
LOOK = 1.0  # seconds between two looks at who is there

Places = Callable[[bytes], tuple[bytes, ...]]


class Unseen(BrokenExecutor):
    """No worker sees this file, although it is there; perhaps one does a little later."""


@dataclass(slots=True, eq=False)
class _Task:
    future: Future[Any]
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    passed_over: set[str] = field(default_factory=set)
    must_be_seen: bool = True
    answers: int = 0

    @property
    def entry(self) -> Entry | None:
        return self.args[0] if self.args and isinstance(self.args[0], Entry) else None


class DaskPool(Executor):
    """Runs tasks on the workers of *client*, in processes with the limits of *settings*.

    *places* gives what a path may be called over there. Without any worker for *patience* seconds every task fails
    with :class:`ToolError`. ``width`` is the number of files the cluster can work on at once.
    """

    def __init__(self, client: Any, settings: Settings, *, places: Places, patience: float) -> None:
        self._client, self._places, self._patience = client, places, patience
        self._remote = client.get_executor(pure=False)
        self.order = (uuid.uuid4().hex, dask_worker.version(), pickle.dumps(settings))
        self._threads: dict[str, int] = client.nthreads()
        self._flying: dict[Future[Any], _Task] = {}
        self._roots: set[bytes] = set()
        self._unfit: set[str] = set()
        self._strikes: Counter[str] = Counter()
        self._failed: MediaParserError | None = None
        self._lock, self._ended = threading.RLock(), threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="watch the cluster", daemon=True)
        self._watcher.start()

    @property
    def width(self) -> int:
        return sum(n for address, n in self._threads.items() if address not in self._unfit)

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """See :class:`concurrent.futures.Executor`. Raises ``ToolError`` when the cluster is lost, ``InputError`` when
        there is a worker that does not see the input."""
        if self._ended.is_set():
            raise RuntimeError("the pool has been shut down")
        if self._failed:
            raise self._failed
        task = _Task(Future(), function, args, kwargs)
        if task.entry and task.entry.root not in self._roots:
            self._check_root(task.entry.root)
        self._send(task)
        return task.future

    def on_each(self, function: Callable[..., Any], *args: Any) -> dict[str, Any]:
        """What *function* gives on every worker, by address; an exception where it fails there."""
        asked = {
            address: self._remote.submit(function, *args, workers=[address], allow_other_workers=True)
            for address in self._threads
        }
        wait(asked.values(), ANSWER)
        return {address: _outcome(future) for address, future in asked.items()}

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks, finish those given (not with *cancel_futures*), end the processes of this run."""
        with self._lock:
            flying = dict(self._flying)
        if cancel_futures:
            for remote, task in flying.items():
                task.future.cancel()
                remote.cancel()
        elif wait:
            _wait(task.future for task in flying.values())
        if not self._ended.is_set():
            self._ended.set()
            self._watcher.join()
            if not self._failed:
                with suppress(Exception):  # a cluster that is gone has nothing to be tidied
                    self._client.run(dask_worker.leave, self.order[0], on_error="ignore")

    # -- there and back

    def _send(self, task: _Task) -> None:
        places = self._places(task.entry.path) if task.entry else ()
        packed = pickle.dumps((task.function, task.args, task.kwargs, places, task.must_be_seen))
        name = getattr(getattr(task.function, "func", task.function), "__name__", "task")
        limits: dict[str, Any] = {}
        if avoided := task.passed_over | self._unfit:
            others = [address for address in self._threads if address not in avoided]
            limits = {"workers": others, "allow_other_workers": True} if others else {}
        with self._lock:
            remote = self._remote.submit(
                dask_worker.carry_out, self.order, packed, key=f"{name}-{uuid.uuid4().hex}", **limits
            )
            self._flying[remote] = task
        task.future.add_done_callback(lambda future: remote.cancel() if future.cancelled() else None)
        remote.add_done_callback(self._landed)

    def _landed(self, remote: Future[Any]) -> None:
        with self._lock:
            task = self._flying.pop(remote, None)
        if task is None or task.future.cancelled():
            return
        try:
            self._take(task, _outcome(remote))
        except Exception as error:  # whatever it is, the one who waits must get it
            _settle(task, error)

    def _take(self, task: _Task, answer: Any) -> None:
        if isinstance(answer, BaseException):
            _settle(task, answer)
            return
        address, how, what = answer
        if how == "unfit":
            self._give_up(address, what)
            self._elsewhere(task, address)
        elif how == "unseen":
            task.must_be_seen = task.entry is not None and os.access(_file(task.entry.path), os.R_OK)
            if task.must_be_seen:
                self._strike(address, task)
            self._elsewhere(task, address if task.must_be_seen else None)
        elif how == "died":
            _settle(task, WorkerDied(what))
        else:
            done, value = unpack(what)
            if isinstance(value, Report) and task.entry is not None:
                adopted = _adopt(value, task.entry)
                if adopted is None:
                    self._strike(address, task)
                    self._elsewhere(task, address)
                    return
                value = adopted
            self._strikes[address] = 0
            _settle(task, value, failed=not done)

    def _elsewhere(self, task: _Task, address: str | None) -> None:
        """Send *task* once more, to somebody else."""
        if address:
            task.passed_over.add(address)
            task.answers += 1
        if self._failed:
            _settle(task, self._failed)
        elif task.answers >= max(len(self._threads), 1) and task.entry is not None:
            where = " or ".join(map(os.fsdecode, self._places(task.entry.path)))
            _settle(task, Unseen(f"no worker of the cluster sees this file as {where}"))
        else:
            self._send(task)

    # -- who is there

    def _strike(self, address: str, task: _Task) -> None:
        self._strikes[address] += 1
        if self._strikes[address] >= STRIKES and task.entry is not None:
            where = " or ".join(_text(place) for place in self._places(task.entry.path))
            self._give_up(address, f"it sees no file, or another one, as {where}")

    def _give_up(self, address: str, why: str) -> None:
        if address in self._unfit:
            return
        self._unfit.add(address)
        logging.getLogger("mediaparser").warning("The worker %s gets no more files: %s", address, why)
        if not self.width:
            self._fail(ToolError(f"no worker of the cluster can be used; {address}: {why}"))

    def _check_root(self, root: bytes) -> None:
        places = self._places(root)
        for address, seen in self.on_each(dask_worker.sees, places).items():
            if isinstance(seen, MediaParserError):
                raise seen
            if seen is not True:
                where = " or ".join(_text(place) for place in places)
                raise InputError(
                    f"the worker {address} finds nothing to read at {where}: mount the same storage there, or say what "
                    f"{_text(root)} is called there, under [plugins.dask_pool.paths] in mediaparser.toml"
                )
        self._roots.add(root)

    def _watch(self) -> None:
        there = time.monotonic()
        while not self._ended.wait(LOOK):
            with suppress(Exception):  # no answer is as good as nobody there
                self._threads = self._client.nthreads()
                if self._threads:
                    there = time.monotonic()
            if time.monotonic() - there > self._patience:
                self._fail(ToolError(f"the cluster has had no workers for {self._patience:g} seconds; {_AGAIN}"))

    def _fail(self, error: MediaParserError) -> None:
        self._failed = self._failed or error
        with self._lock:
            flying, self._flying = self._flying, {}
        for task in flying.values():
            _settle(task, self._failed)


_AGAIN = "what was read is kept; when the cluster is back, run the same command again"


def _outcome(future: Future[Any]) -> Any:
    """Result or exception of a task of Dask, in our words."""
    if not future.done():
        return ToolError("a worker of the cluster does not answer")
    if future.cancelled():
        return ToolError(f"the connection to the Dask scheduler was lost; {_AGAIN}")
    error = future.exception()
    if error is None:
        return future.result()
    if type(error).__name__ == "KilledWorker":
        return WorkerDied(f"{error.args[2] + 1} Dask workers ended on this file")
    if isinstance(error, MediaParserError):
        return error
    return ToolError(f"a Dask worker cannot work for us: {type(error).__name__}: {error}")


def _settle(task: _Task, outcome: Any, *, failed: bool | None = None) -> None:
    with suppress(RuntimeError):  # somebody was faster
        if task.future.set_running_or_notify_cancel():
            if failed or (failed is None and isinstance(outcome, BaseException)):
                task.future.set_exception(outcome)
            else:
                task.future.set_result(outcome)


def _adopt(report: Report, entry: Entry) -> Report | None:
    """*report* as if it had been read here; ``None`` when another file was read than the one that is here.

    Device and inode numbers are this machine's, for the next walk compares them.
    """
    seen = report.entry
    if seen.size == entry.size and abs(seen.mtime_ns - entry.mtime_ns) <= COARSE:
        return replace(report, entry=entry)
    with suppress(OSError):
        status = os.lstat(_file(entry.path))
        if sources.bounded(status.st_mtime_ns) == entry.mtime_ns and status.st_ino == entry.inode:
            return None
    return replace(report, entry=replace(seen, inode=entry.inode, device=entry.device, there=None))


def _file(path: bytes) -> bytes:
    inside = archives.split(path)
    return inside[0] if inside else path


def _text(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")


def _wait(futures: Any) -> None:
    wait(list(futures))
