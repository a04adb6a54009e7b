"""Give memory back to the system that nobody needs any more."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress


def give_back() -> None:
    """Return what was freed. C libraries keep it for later; between two parts of a long run it is of more use to others."""
    gc.collect()
    with suppress(OSError, AttributeError):  # only glibc can be asked
        ctypes.CDLL(None).malloc_trim(0)
