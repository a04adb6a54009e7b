"""How fast a job is and when it will be done, from what it said in the last half minute."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

WINDOW = 30.0  # seconds that are looked back
_SOONEST = 2.0  # seconds of watching before a rate means anything


@dataclass(frozen=True, slots=True)
class Pace:
    """Steps per second, and seconds until the end; ``None`` where nobody can tell."""

    rate: float | None
    left: float | None


class Paces:
    """Watches the counters of running jobs."""

    none = Pace(None, None)

    def __init__(self) -> None:
        self._seen: dict[int, deque[tuple[float, int]]] = {}

    def add(self, number: int, done: int, total: int | None, moment: float) -> Pace:
        """What the counter of a job is at *moment*, by a steady clock. A counter that goes back is a new part of it."""
        seen = self._seen.setdefault(number, deque())
        if seen and done < seen[-1][1]:
            seen.clear()
        seen.append((moment, done))
        while moment - seen[0][0] > WINDOW:
            seen.popleft()
        since, first = seen[0]
        if moment - since < _SOONEST or done <= first:
            return self.none
        rate = (done - first) / (moment - since)
        return Pace(rate, max(total - done, 0) / rate if total else None)

    def forget(self, running: set[int]) -> None:
        """Only these jobs still run."""
        self._seen = {number: seen for number, seen in self._seen.items() if number in running}
