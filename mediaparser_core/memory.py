"""Give memory back to the system that nobody needs any more."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

_FEW = 5_000


def give_back(things: int | None = None) -> None:
    """Return what was freed. C libraries keep it for later; between two parts of a long run it is of more use to others.

    With a few *things* it was little: it takes longer to go through all that is left.
    """
    if things is not None and things < _FEW:
        return
    gc.collect()
    with suppress(OSError, AttributeError):  # only glibc can be asked
        ctypes.CDLL(None).malloc_trim(0)
