"""A sequence that is on the disk, and in memory only as far as somebody looks at it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TypeVar, overload

T = TypeVar("T")


class ByPlace(Sequence[T]):
    """A sequence that can be read from one place to another (``_between``). What is asked for twice is made twice: it is
    equal, but not the same object."""

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        places = range(len(self))[index]
        if isinstance(places, int):
            return self._between(places, places + 1)[0]
        return [self._between(place, place + 1)[0] for place in places]

    @abstractmethod
    def _between(self, begin: int, end: int) -> list[T]:
        """What is at the places from *begin* to before *end*, in their order."""
