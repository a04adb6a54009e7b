"""Make the next copies ready while the last ones get their names: a few threads, a few copies in front, in order.

Only private files are made here, so whatever goes wrong, or is given up, leaves nothing behind.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, TypeVar

from mediaparser_core.errors import ExportError, StorageError
from mediaparser_core.records import PlanItem

T = TypeVar("T")

EACH = 2  # copies in front of the one that gets its name, per thread


class Ahead(Generic[T]):
    """A context manager; *rows* are what will be asked for by :meth:`get`, in this order, some of them perhaps not.

    *prepare* runs in *threads* threads; *discard* undoes it, for what was made ready and is not wanted any more.
    """

    def __init__(
        self, rows: Iterable[PlanItem], prepare: Callable[[PlanItem], T], discard: Callable[[T], object], threads: int
    ) -> None:
        self._prepare, self._discard = prepare, discard
        self._coming: Iterator[PlanItem] = iter(rows)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="export")
        self._ready: deque[tuple[PlanItem, Future[T]]] = deque()
        self._most = threads * EACH

    def __enter__(self) -> Ahead[T]:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._give_up()
        self._pool.shutdown()

    def get(self, row: PlanItem) -> T:
        """What *prepare* makes of *row*; raises what it raises.

        Where the disk refuses, copies that are ready too early may be to blame: they are given up, and *row* is tried
        again alone.
        """
        self._fill()
        while self._ready:
            other, future = self._ready.popleft()
            if other == row:
                break
            self._drop(future)  # passed over
            self._fill()
        else:
            return self._prepare(row)
        try:
            return future.result()
        except StorageError:
            left = [other for other, _ in self._ready]
            self._give_up()
            self._coming = iter([*left, *self._coming])
            return self._prepare(row)

    def _fill(self) -> None:
        while len(self._ready) < self._most and (row := next(self._coming, None)) is not None:
            self._ready.append((row, self._pool.submit(self._prepare, row)))

    def _give_up(self) -> None:
        for _, future in self._ready:
            future.cancel()
        while self._ready:
            self._drop(self._ready.popleft()[1])

    def _drop(self, future: Future[T]) -> None:
        try:
            made = future.result()
        except (CancelledError, ExportError, StorageError):
            return
        self._discard(made)
