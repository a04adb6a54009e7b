"""Records that wait for their turn, which their keys decide: in memory here, on the disk where there may be many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from operator import itemgetter
from types import TracebackType
from typing import Protocol

Keys = tuple[str, str, str, str]  # compared one after the other, as text


class Turns(Protocol):
    """Takes packed records, and gives them back by their keys, as often as it is asked."""

    def add(self, keys: Keys, record: bytes) -> None: ...
    def __iter__(self) -> Iterator[bytes]: ...


MakeTurns = Callable[[], AbstractContextManager[Turns]]


class InMemory:
    """:class:`Turns` for a few thousand."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Keys, bytes]] = []

    def __enter__(self) -> InMemory:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._waiting.clear()

    def add(self, keys: Keys, record: bytes) -> None:
        self._waiting.append((keys, record))

    def __iter__(self) -> Iterator[bytes]:
        return (record for _, record in sorted(self._waiting, key=itemgetter(0)))
