"""Which files have held still long enough."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from mediaparser_core.records import Entry

Identity = tuple[int, int, int, int, int]


def identity(entry: Entry) -> Identity:
    """What changes when a file is written to, replaced or renamed."""
    return (entry.device, entry.inode, entry.size, entry.mtime_ns, entry.ctime_ns)


class Settling:
    """Remembers since when each file is as it is; by a clock that nobody can turn back."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._since: dict[bytes, tuple[Identity, float]] = {}

    def look(self, entries: Iterable[Entry]) -> tuple[list[Entry], list[Entry]]:
        """``(still, moving)``: of *entries*, all there are now, those that have and have not held still long enough."""
        now = self._clock()
        since: dict[bytes, tuple[Identity, float]] = {}
        still: list[Entry] = []
        moving: list[Entry] = []
        for entry in entries:
            seen = identity(entry)
            before = self._since.get(entry.path)
            since[entry.path] = before if before is not None and before[0] == seen else (seen, now)
            (still if now - since[entry.path][1] >= self._seconds else moving).append(entry)
        self._since = since  # what is gone is forgotten
        return still, moving
