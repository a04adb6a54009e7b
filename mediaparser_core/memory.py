"""Give memory back to the system that nobody needs any more."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

_FEW = 5_000
_LARGE, _SPARE = 1 << 20, 16 << 20  # bytes
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # what glibc calls them


def keep_little() -> None:
    """From now on, give every piece of a megabyte back as soon as it is free.

    By itself glibc comes to keep pieces of up to 32 MB for later, between smaller ones that are in use: after a search
    through columns of numbers that was 100 MB which nobody could have again.
    """
    with suppress(OSError, AttributeError):  # only glibc can be asked
        libc = ctypes.CDLL(None)
        libc.mallopt(_MMAP_THRESHOLD, _LARGE)
        libc.mallopt(_TRIM_THRESHOLD, _SPARE)


def give_back(things: int | None = None) -> None:
    """Return what was freed. C libraries keep it for later; between two parts of a long run it is of more use to others.

    With a few *things* it was little: it takes longer to go through all that is left.
    """
    if things is not None and things < _FEW:
        return
    gc.collect()
    with suppress(OSError, AttributeError):  # only glibc can be asked
        ctypes.CDLL(None).malloc_trim(0)
