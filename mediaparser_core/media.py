"""Read a scanned path's bytes once, and hand out fresh cursors; opening it is the business of ``sources``."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import BinaryIO

from mediaparser_core import formats
from mediaparser_core.records import Entry
from mediaparser_core.sources import ChangedWhileRead as ChangedWhileRead
from mediaparser_core.sources import Identity, Source, open_source
from mediaparser_core.sources import Unreadable as Unreadable
from mediaparser_core.sources import bounded as bounded
from mediaparser_core.sources import describe_mode as describe_mode
from mediaparser_core.sources import open_input as open_input

WHOLE = 64 * 1024 * 1024  # bytes: up to here a file is held in memory, above it is read through its descriptor
BLOCK = 1024 * 1024
HEAD = 256 * 1024
_CURSOR = 128 * 1024  # bytes read ahead by a cursor; movies are read in jumps, so more would be thrown away


class Media:
    """One file's content in a worker: digest, first bytes, whole bytes when small, and any number of cursors.

    ``head`` is the first 256 KiB, ``data`` the whole content (``None`` above 64 MiB), ``format`` what the content is
    (``None``: neither picture, video nor sidecar). ``entry`` has the size and times of what was read, perhaps newer
    than what the walk saw. Good until the block of :func:`read` ends.
    """

    def __init__(
        self, entry: Entry, source: Source, size: int, sha256: str, head: bytes, data: bytes | None, zeros: bool
    ) -> None:
        self.entry, self.size, self.sha256, self.head, self.data = entry, size, sha256, head, data
        self.all_zeros = zeros
        self._source = source
        self.format = formats.sniff(head, entry.name)

    @property
    def path(self) -> bytes:
        """What it is called on this machine."""
        return self.entry.there or self.entry.path

    def cursor(self) -> BinaryIO:
        """A new seekable reader at the first byte; the caller closes it (or not: no descriptor is opened)."""
        if self.data is not None:
            return io.BytesIO(self.data)
        return io.BufferedReader(_Cursor(self), _CURSOR)

    def read_at(self, offset: int, length: int) -> bytes:
        """Up to *length* bytes from *offset*; fewer beyond the end. Raises ``OSError`` from a failing disk."""
        if offset < 0 or length <= 0 or offset >= self.size:
            return b""
        if self.data is not None:
            return self.data[offset : offset + length]
        return self._source.read_at(offset, min(length, self.size - offset))

    def hold(self) -> bytes | None:
        """All of it, in memory from now on; ``None`` above 64 MiB. Raises ``OSError`` from a failing disk."""
        if self.data is None and self.size <= WHOLE:
            data = self._source.read_at(0, self.size)
            self.data = data if len(data) == self.size else None
        return self.data


class _Cursor(io.RawIOBase):
    """A place of its own in a shared descriptor."""

    def __init__(self, media: Media) -> None:
        self._media, self._at = media, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        bases = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._media.size}
        if whence not in bases or bases[whence] + offset < 0:
            raise ValueError(f"cannot seek to {offset} from {whence}")
        self._at = bases[whence] + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]  # the buffer protocol has no type in 3.11
        data = self._media.read_at(self._at, len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


@contextmanager
def read(entry: Entry, *, hashed: bool = True) -> Iterator[Media]:
    """The content of *entry*, every byte read once, hashed on the way; or, not *hashed*, only what is asked for is read:
    ``sha256`` is empty then, and ``data`` is ``None``.

    Raises :class:`Unreadable`, or :class:`ChangedWhileRead` (also at the end of the block) when size, mtime, ctime or
    inode did not hold still.
    """
    source = open_source(entry.there or entry.path)
    try:
        before = _identity(source)
        sha256, head, data, zeros = _take_in(source.read, source.size) if hashed else ("", _head(source), None, False)
        yield Media(_as_read(entry, before), source, source.size, sha256, head, data, zeros)
        if _identity(source) != before:
            raise ChangedWhileRead("changed while it was read")
    finally:
        source.close()


def _head(source: Source) -> bytes:
    try:
        return source.read_at(0, HEAD)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from None


def _take_in(read: Callable[[int], bytes], size: int) -> tuple[str, bytes, bytes | None, bool]:
    """SHA-256, first bytes, all bytes when few enough, and whether there is nothing but zeros, of *size* bytes."""
    digest, kept, length, zeros = hashlib.sha256(), [], 0, True
    while length <= size:
        try:
            # one read and no copy for nearly every picture, and one more byte to see whether it has grown
            block = read(max(size - length, 1) if size <= WHOLE else BLOCK)
        except OSError as error:
            raise Unreadable(f"cannot be read: {error.strerror or error}") from None
        if not block:
            break
        digest.update(block)
        zeros = zeros and not any(block[:64]) and block == bytes(len(block))
        if size <= WHOLE or length < HEAD:
            kept.append(block)
        length += len(block)
    if length != size:
        raise ChangedWhileRead("changed while it was read")
    data = b"".join(kept)
    return digest.hexdigest(), data[:HEAD], data if size <= WHOLE else None, zeros


def _as_read(entry: Entry, identity: Identity) -> Entry:
    device, inode, size, mtime_ns, ctime_ns = identity
    return replace(entry, size=size, mtime_ns=mtime_ns, ctime_ns=ctime_ns, inode=inode, device=device)


def _identity(source: Source) -> Identity:
    try:
        return source.identity()
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from None
