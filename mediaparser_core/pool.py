"""Keep a bounded number of calls in any Executor, and find the task that kills its worker."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from queue import Empty, SimpleQueue
from typing import TypeVar

from mediaparser_core.errors import MediaParserError, ToolError

T = TypeVar("T")
R = TypeVar("R")

LOOK = 0.5  # seconds between two looks whether the run should end
ENDING = 10.0  # seconds that what is in flight may take then: a share or a cluster that hangs would answer in an hour


def run(
    executor: Executor,
    function: Callable[[T], R],
    tasks: Iterable[T],
    *,
    in_flight: int | Callable[[], int],
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[T, R | Exception]]:
    """Call *function* on every task, at most *in_flight* at once, and give (task, result or exception) as they end.

    *in_flight* may be a function, for an executor that grows and shrinks.

    A task whose worker died (``BrokenExecutor``) is tried once more, alone; the second time its exception is given.
    Once *stop* says so no task is begun, and what is in flight is still given, unless it takes longer than
    :data:`ENDING`: then *executor* is shut down. Tasks left over are simply not given.
    Raises :class:`ToolError` when the executor takes no more work, and any :class:`MediaParserError` of a task: that is
    about the whole run, not about one file.
    """
    waiting = iter(tasks)
    running: dict[Future[R], T] = {}
    limit = in_flight if callable(in_flight) else lambda: in_flight
    suspects: deque[T] = deque()  # their worker died, perhaps by another's fault
    ended: SimpleQueue[Future[R]] = SimpleQueue()
    exhausted = False

    def begin(task: T) -> None:
        try:
            future = executor.submit(function, task)
        except (BrokenExecutor, RuntimeError) as error:
            raise ToolError(f"the workers take no more files: {error}; run the same command again") from error
        running[future] = task
        future.add_done_callback(ended.put)

    try:
        while True:
            while not exhausted and not suspects and len(running) < max(limit(), 1) and not stop():
                for task in waiting:
                    begin(task)
                    break
                else:
                    exhausted = True
            alone = None
            if not running and suspects and not stop():
                begin(alone := suspects.popleft())
            if not running:
                return
            future = _next(ended, stop)
            if future is None:
                executor.shutdown(wait=False, cancel_futures=True)
                return
            task = running.pop(future)
            outcome = _outcome(future)
            if isinstance(outcome, BrokenExecutor) and alone is None:
                suspects.append(task)
            else:
                yield task, outcome
    finally:
        for future in running:
            future.cancel()


def enough(executor: Executor, workers: int) -> Callable[[], int]:
    """How many tasks keep *executor* busy: as many as it says (``enough``), or three for each of its *workers*."""
    return lambda: int(getattr(executor, "enough", 3 * workers))


def _next(ended: SimpleQueue[Future[R]], stop: Callable[[], bool]) -> Future[R] | None:
    """The next call that has ended; ``None`` when the run should end and none does."""
    until: float | None = None
    while True:
        try:
            # a signal that comes right before we fall asleep, or to another thread, is handled when we wake up
            return ended.get(timeout=LOOK)
        except Empty:
            if until is None and stop():
                until = time.monotonic() + ENDING
            if until is not None and time.monotonic() >= until:
                return None


def _outcome(future: Future[R]) -> R | Exception:
    try:
        return future.result()
    except CancelledError as error:
        raise ToolError("the workers were stopped from outside; run the same command again") from error
    except MediaParserError:
        raise
    except Exception as error:  # one file's misfortune: whoever reads the results makes a row of it
        return error
