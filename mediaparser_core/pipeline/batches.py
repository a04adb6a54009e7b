"""Small writes to the catalog, some at once in one short transaction."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType

from mediaparser_core.catalog import Catalog
from mediaparser_core.errors import StorageError

CLOSING, NOTHING_DUE = "closing", "nothing to export"  # stages: what was concluded from all files there are
BATCH_ROWS = 50
BATCH_SECONDS = 0.1  # a transaction must not hold up a decision


def forget_conclusions(catalog: Catalog) -> None:
    """To be called in the transaction that changes a file."""
    for stage in (CLOSING, NOTHING_DUE):
        catalog.derived.forget_stage(stage)


class Store:
    """Runs small writes in transactions of at most 50 writes or a tenth of a second."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._waiting: list[Callable[[], object]] = []
        self._since = time.monotonic()

    def __call__(self, write: Callable[[], object]) -> None:
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting.append(write)
        if len(self._waiting) >= BATCH_ROWS or time.monotonic() - self._since > BATCH_SECONDS:
            self.flush()

    def flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            with self._catalog.transaction():
                forget_conclusions(self._catalog)
                for write in waiting:
                    write()
                self._catalog.sketches.flush()  # before the commit: no picture is known without its sketch

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(value, StorageError):  # also after Ctrl-C: what was read is kept
            self.flush()
