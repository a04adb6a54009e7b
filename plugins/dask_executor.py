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
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from concurrent.futures import wait as wait_for
from contextlib import suppress
from itertools import chain
from typing import Any

from mediaparser_core.errors import InputError, MediaParserError, ToolError
from mediaparser_core.records import Report
from mediaparser_core.settings import Settings
from mediaparser_plugins import dask_worker
from mediaparser_plugins.dask_tasks import AGAIN, Lost, Task, adopt, file, outcome, settle, text
from mediaparser_plugins.local_worker import WorkerDied, unpack

STRIKES = 3
ANSWER = 120.0  # seconds for a worker to say who it is, its first process included
LOOK = 1.0  # seconds between two looks at who is there
SILENT = 3.0  # seconds more after which a scheduler that is looked at does not answer, and is not asked to tidy up
TOGETHER, SPELL = 16, 0.5  # files that go to a worker together, at most, and about the seconds that they take there

Places = Callable[[bytes], tuple[bytes, ...]]


class Unseen(BrokenExecutor):
    """No worker sees this file, although it is there; perhaps one does a little later."""


class DaskPool(Executor):
    """Runs tasks on the workers of *client*, in processes with the limits of *settings*.

    *places* gives what a path may be called over there. Without any worker for *patience* seconds every task fails
    with :class:`ToolError`. ``width`` is the number of files the cluster can work on at once, ``enough`` that of tasks
    that keep it busy: quick ones go to a worker several at a time, for a message of Dask's costs as much as a small file.
    """

    def __init__(self, client: Any, settings: Settings, *, places: Places, patience: float) -> None:
        self._client, self._places, self._patience = client, places, patience
        self._remote = client.get_executor(pure=False)
        self.order = (uuid.uuid4().hex, dask_worker.version(), pickle.dumps(settings))
        self._threads: dict[str, int] = client.nthreads()
        self._waiting: deque[Task] = deque()
        self._flying: dict[Future[Any], list[Task]] = {}
        self._pace = SPELL  # seconds that a file takes
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

    @property
    def enough(self) -> int:
        return 3 * self.width * self._together

    @property
    def _together(self) -> int:
        return max(1, min(TOGETHER, int(SPELL / self._pace)))

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """See :class:`concurrent.futures.Executor`. Raises ``ToolError`` when the cluster is lost, ``InputError`` when
        there is a worker that does not see the input."""
        if self._ended.is_set():
            raise RuntimeError("the pool has been shut down")
        if self._failed:
            raise self._failed
        task = Task(Future(), function, args, kwargs)
        if task.entry and task.entry.root not in self._roots:
            self._check_root(task.entry.root)
        task.future.add_done_callback(self._cancelled)
        self._queue(task)
        return task.future

    def on_each(self, function: Callable[..., Any], *args: Any) -> Callable[[], dict[str, Any]]:
        """Ask every worker; the call gives what *function* gives there, by address, or the exception with which it fails."""
        asked = {
            address: self._remote.submit(function, *args, workers=[address], allow_other_workers=True)
            for address in self._threads
        }

        def answers() -> dict[str, Any]:
            wait_for(asked.values(), ANSWER)
            return {address: outcome(future) for address, future in asked.items()}

        return answers

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks, finish those given (not with *cancel_futures*), end the processes of this run."""
        with self._lock:
            tasks = [*self._waiting, *chain.from_iterable(self._flying.values())]
        if cancel_futures:
            for task in tasks:
                task.future.cancel()
        elif wait:
            wait_for([task.future for task in tasks])
        if not self._ended.is_set():
            self._ended.set()
            self._watcher.join(SILENT)
            if not self._failed and not self._watcher.is_alive():
                with suppress(Exception):  # a cluster that is gone has nothing to be tidied
                    self._client.run(dask_worker.leave, self.order[0], on_error="ignore")

    # -- there and back

    def _queue(self, *tasks: Task, first: bool = False) -> None:
        """Put *tasks* in the row (*first*: before all others), and send what the workers have room for."""
        with self._lock:
            if first:
                self._waiting.extendleft(reversed(tasks))
            else:
                self._waiting.extend(tasks)
            while self._waiting and len(self._flying) < 2 * max(self.width, 1):
                self._send(self._next())

    def _next(self) -> list[Task]:
        """Tasks that go together: those that are to be tried alone, or elsewhere, go alone."""
        most = min(self._together, -(-len(self._waiting) // max(self.width, 1)))  # at the end each gets its share
        found = [self._waiting.popleft()]
        while len(found) < most and self._waiting and found[-1].is_plain and self._waiting[0].is_plain:
            found.append(self._waiting.popleft())
        return found

    def _send(self, tasks: list[Task]) -> None:
        packed = pickle.dumps(
            [
                (t.function, t.args, t.kwargs, self._places(t.entry.path) if t.entry else (), t.must_be_seen)
                for t in tasks
            ]
        )
        name = getattr(getattr(tasks[0].function, "func", tasks[0].function), "__name__", "task")
        limits: dict[str, Any] = {}
        if avoided := tasks[0].passed_over | self._unfit:
            others = [address for address in self._threads if address not in avoided]
            limits = {"workers": others, "allow_other_workers": True} if others else {}
        try:
            remote = self._remote.submit(
                dask_worker.carry_out, self.order, packed, key=f"{name}-{uuid.uuid4().hex}", **limits
            )
        except Exception as error:  # a client that is closed, in whatever words
            self._fail(ToolError(f"the connection to the Dask scheduler was lost ({type(error).__name__}); {AGAIN}"))
            for task in tasks:
                settle(task, self._failed)
            return
        self._flying[remote] = tasks
        remote.add_done_callback(self._landed)

    def _cancelled(self, future: Future[Any]) -> None:
        """Nobody waits for this one any more; when nobody waits for what it went with, Dask need not do it."""
        if not future.cancelled():
            return
        with self._lock:
            self._waiting = deque(task for task in self._waiting if not task.future.cancelled())
            useless = [r for r, tasks in self._flying.items() if all(task.future.cancelled() for task in tasks)]
        for remote in useless:
            remote.cancel()

    def _landed(self, remote: Future[Any]) -> None:
        with self._lock:
            tasks = self._flying.pop(remote, [])
        try:
            self._take_all([task for task in tasks if not task.future.cancelled()], tasks, outcome(remote))
        except Exception as error:  # whatever it is, those who wait must get it
            for task in tasks:
                settle(task, error)
        self._queue()

    def _take_all(self, wanted: list[Task], tasks: list[Task], answer: Any) -> None:
        lost = isinstance(answer, Lost) and self._client.status == "running" and not all(t.alone for t in wanted)
        if lost or (
            isinstance(answer, WorkerDied) and len(tasks) > 1
        ):  # which of them it was shows when each goes alone
            for task in wanted:
                task.alone = True
            self._again(wanted)
        elif isinstance(answer, BaseException):
            for task in wanted:
                settle(task, answer)
        else:
            address, seconds, done = answer
            if seconds:
                self._pace += (seconds / len(done) - self._pace) / 2
            for task, (how, what) in zip(tasks, done, strict=False):
                if task in wanted:
                    self._take(task, address, how, what)
            self._again([task for task in tasks[len(done) :] if task in wanted])

    def _again(self, tasks: list[Task]) -> None:
        if not self._failed:
            self._queue(*tasks, first=True)
        for task in tasks if self._failed else ():
            settle(task, self._failed)

    def _take(self, task: Task, address: str, how: str, what: Any) -> None:
        if how == "unfit":
            self._give_up(address, what)
            self._elsewhere(task, address)
        elif how == "unseen":
            task.must_be_seen = task.entry is not None and os.access(file(task.entry.path), os.R_OK)
            if task.must_be_seen:
                self._strike(address, task)
            self._elsewhere(task, address if task.must_be_seen else None)
        elif how == "died":
            settle(task, WorkerDied(what))
        else:
            done, value = unpack(what)
            if isinstance(value, Report) and task.entry is not None:
                adopted = adopt(value, task.entry)
                if adopted is None:
                    self._strike(address, task)
                    self._elsewhere(task, address)
                    return
                value = adopted
            self._strikes[address] = 0
            settle(task, value, failed=not done)

    def _elsewhere(self, task: Task, address: str | None) -> None:
        """Send *task* once more, to somebody else."""
        if address:
            task.passed_over.add(address)
            task.answers += 1
        if self._failed:
            settle(task, self._failed)
        elif task.answers >= max(len(self._threads), 1) and task.entry is not None:
            where = " or ".join(map(os.fsdecode, self._places(task.entry.path)))
            settle(task, Unseen(f"no worker of the cluster sees this file as {where}"))
        else:
            self._queue(task, first=True)

    # -- who is there

    def _strike(self, address: str, task: Task) -> None:
        self._strikes[address] += 1
        if self._strikes[address] >= STRIKES and task.entry is not None:
            where = " or ".join(text(place) for place in self._places(task.entry.path))
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
        for address, seen in self.on_each(dask_worker.sees, places)().items():
            if isinstance(seen, MediaParserError):
                raise seen
            if seen is not True:
                where = " or ".join(text(place) for place in places)
                raise InputError(
                    f"the worker {address} finds nothing to read at {where}: mount the same storage there, or say what "
                    f"{text(root)} is called there, under [plugins.dask_pool.paths] in mediaparser.toml"
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
                self._fail(ToolError(f"the cluster has had no workers for {self._patience:g} seconds; {AGAIN}"))

    def _fail(self, error: MediaParserError) -> None:
        self._failed = self._failed or error
        with self._lock:
            tasks = [*self._waiting, *chain.from_iterable(self._flying.values())]
            self._waiting, self._flying = deque(), {}
        for task in tasks:
            settle(task, self._failed)
