"""Count failed logins, and say how long somebody who guesses has to wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PERIOD = 300.0  # seconds for which a failure counts
PER_NAME = 10  # failures of one client with one name
PER_CLIENT = 50  # failures of one client with any names: a list of names is no way around
_REMEMBERED = 10_000  # keys; beyond that the oldest are forgotten, so that guessing cannot fill the memory


class Tries:
    """Failures of the last minutes, by client and name. Safe for threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._failures: dict[tuple[str, ...], list[float]] = {}

    def failed(self, client: str, name: str) -> None:
        """*client* did not know the password of *name*."""
        now = self._clock()
        with self._lock:
            for key, most in _keys(client, name):
                times = [at for at in self._failures.pop(key, []) if at > now - PERIOD]
                self._failures[key] = [*times[-most:], now]
            while len(self._failures) > _REMEMBERED:
                del self._failures[next(iter(self._failures))]

    def wait(self, client: str, name: str) -> float:
        """Seconds until *client* may try *name* again; 0 when it may now."""
        now, longest = self._clock(), 0.0
        with self._lock:
            for key, most in _keys(client, name):
                times = [at for at in self._failures.get(key, []) if at > now - PERIOD]
                if len(times) >= most:
                    longest = max(longest, times[-most] + PERIOD - now)
        return longest


def _keys(client: str, name: str) -> tuple[tuple[tuple[str, ...], int], ...]:
    return ((client, name), PER_NAME), ((client,), PER_CLIENT)
