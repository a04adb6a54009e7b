"""Give memory back to the system that nobody needs any more."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

_FEW = 5_000
_LARGE, _SPARE = 1 << 20, 16 << 20  # bytes
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # from <malloc.h>


def limit_heap(*, pieces: int, spare: int | None = None, arenas: int | None = None) -> None:
    """Tell glibc what to keep: nothing that was asked for in *pieces* of so many bytes, no more than so many *spare* ones
    at an end, and heaps for no more threads than *arenas*. Raises ``OSError`` or ``AttributeError`` where it is not glibc.
    """
    tell = ctypes.CDLL(None).mallopt
    for what, value in ((_ARENA_MAX, arenas), (_MMAP_THRESHOLD, pieces), (_TRIM_THRESHOLD, spare)):
        if value is not None:
            tell(what, value)


def keep_little() -> None:
    """From now on, give every piece of a megabyte back as soon as it is free.

    By itself glibc comes to keep pieces of up to 32 MB for later, between smaller ones that are in use: after a search
    through columns of numbers that was 100 MB which nobody could have again.
    """
    with suppress(OSError, AttributeError):  # only glibc can be asked
        limit_heap(pieces=_LARGE, spare=_SPARE)


def give_back(things: int | None = None) -> None:
    """Return what was freed. C libraries keep it for later; between two parts of a long run it is of more use to others.

    With a few *things* it was little: it takes longer to go through all that is left.
    """
    if things is not None and things < _FEW:
        return
    gc.collect()
    with suppress(OSError, AttributeError):  # only glibc can be asked
        ctypes.CDLL(None).malloc_trim(0)
