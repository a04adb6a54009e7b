"""SHA-256 of what is read, and of what the disk has: past the cache, which would only tell what it was given."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from mediaparser_core.media import BLOCK
from mediaparser_core.sources import Unreadable, exists, open_source


def digest(
    read: Callable[[int], bytes],
    then: Callable[[bytes], object] | None = None,
    *,
    hashed: bool = True,
    like: bytes | None = None,
) -> str:
    """SHA-256 of what is left to *read*, each block of which is given to *then*.

    Empty when it is not to be *hashed*, or is not the same bytes as *like*. Raises :class:`Unreadable`.
    """
    found, at = hashlib.sha256(), 0
    while True:
        try:
            block = read(BLOCK)
        except OSError as error:
            raise Unreadable(f"cannot be read: {error.strerror or error}") from None
        if not block:
            return found.hexdigest() if hashed and (like is None or at == len(like)) else ""
        if like is not None and like[at : at + len(block)] != block:
            return ""
        at += len(block)
        if hashed:
            found.update(block)
        if then is not None:
            then(block)


def hash_of(path: Path | bytes) -> str | None:
    """SHA-256 of a file as the disk has it now, past the cache; ``None`` when there is nothing of this name.

    *path* as bytes may mean a member of an archive. Raises :class:`Unreadable`, also for what is no regular file.
    """
    if not exists(name := os.fsencode(path)):
        return None
    source = open_source(name)
    try:
        evict(source.fd)
        return digest(source.read)
    finally:
        source.close()


def evict(fd: int) -> None:
    """Let the cache forget what is on the disk of this file."""
    with suppress(OSError, AttributeError):  # macOS has no such call
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
