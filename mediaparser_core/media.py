"""Open a scanned path, read its bytes once, and hand out fresh cursors: nobody else opens an input.

Every path that was scanned goes through :func:`open_input`: ``lstat``, regular files only, no links followed, no
waiting on a FIFO, the same inode before and after (safety rule 2).
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from mediaparser_core import formats
from mediaparser_core.records import Entry

WHOLE = 64 * 1024 * 1024  # bytes: up to here a file is held in memory, above it is read through its descriptor
BLOCK = 1024 * 1024
HEAD = 256 * 1024


class Unreadable(Exception):
    """This file cannot be read; the message says why. A fact about one file, so not a MediaParserError."""


class ChangedWhileRead(Unreadable):
    """The file was written to while it was read."""


class _DescriptorReader(io.RawIOBase):
    """A cursor of its own over a shared descriptor."""

    def __init__(self, fd: int, size: int) -> None:
        self._fd, self._size, self._at = fd, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        base = {0: 0, 1: self._at, 2: self._size}[whence]
        if base + offset < 0:
            raise ValueError("negative seek")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]  # the buffer protocol has no type in 3.11
        data = os.pread(self._fd, len(buffer), self._at)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class Media:
    """One file's content in a worker: digest, first bytes, whole bytes when small, and any number of cursors.

    ``head`` is the first 256 KiB, ``data`` the whole content (``None`` above 64 MiB), ``format`` what the content is
    (``None``: neither picture, video nor sidecar).
    """

    def __init__(self, entry: Entry, fd: int, size: int, sha256: str, head: bytes, data: bytes | None, zeros: bool) -> None:
        self.entry, self.size, self.sha256, self.head, self.data = entry, size, sha256, head, data
        self.all_zeros = zeros
        self._fd = fd
        self.format = formats.sniff(head, entry.name)

    @property
    def path(self) -> bytes:
        return self.entry.path

    def cursor(self) -> BinaryIO:
        """A new seekable reader at the first byte; the caller closes it (or not: no descriptor is opened)."""
        if self.data is not None:
            return io.BytesIO(self.data)
        return io.BufferedReader(_DescriptorReader(self._fd, self.size), BLOCK)

    def read_at(self, offset: int, length: int) -> bytes:
        """Up to *length* bytes from *offset*; fewer (or none) beyond the end."""
        if offset < 0 or length <= 0:
            return b""
        if self.data is not None:
            return self.data[offset : offset + length]
        return os.pread(self._fd, length, offset)


def open_input(path: bytes) -> tuple[int, os.stat_result]:
    """An open descriptor on the regular file *path*, and its status. Raises :class:`Unreadable`, never blocks."""
    try:
        before = os.lstat(path)
        if not stat.S_ISREG(before.st_mode):
            raise Unreadable(f"not a regular file ({describe_mode(before.st_mode)})")
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | getattr(os, "O_NOCTTY", 0))
    except OSError as error:
        raise Unreadable(f"cannot be opened: {error.strerror or error}") from None
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode) or (status.st_dev, status.st_ino) != (before.st_dev, before.st_ino):
        os.close(fd)
        raise Unreadable("was replaced while it was opened")
    return fd, status


def describe_mode(mode: int) -> str:
    """What a directory entry that is not a file is, in words."""
    for test, words in (
        (stat.S_ISLNK, "a link"),
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a pipe (FIFO)"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a character device"),
        (stat.S_ISBLK, "a block device"),
    ):
        if test(mode):
            return words
    return "something unknown"


@contextmanager
def read(entry: Entry) -> Iterator[Media]:
    """The content of *entry*, every byte read once, hashed on the way.

    Raises :class:`Unreadable`, or :class:`ChangedWhileRead` (also at the end of the block) when size, mtime, ctime or
    inode did not hold still.
    """
    fd, before = open_input(entry.path)
    try:
        digest, parts, whole, zeros = hashlib.sha256(), [], before.st_size <= WHOLE, True
        length = 0
        while True:
            try:
                block = os.read(fd, BLOCK)
            except OSError as error:
                raise Unreadable(f"cannot be read: {error.strerror or error}") from None
            if not block:
                break
            digest.update(block)
            zeros = zeros and not any(block)
            length += len(block)
            if length > before.st_size:
                break
            if whole or length <= HEAD or not parts:
                parts.append(block)
        if length != before.st_size:
            raise ChangedWhileRead("changed while it was read")
        data = b"".join(parts)
        yield Media(entry, fd, length, digest.hexdigest(), data[:HEAD], data if whole else None, zeros)
        after = os.fstat(fd)
        if _identity(after) != _identity(before):
            raise ChangedWhileRead("changed while it was read")
    finally:
        os.close(fd)


def _identity(status: os.stat_result) -> tuple[int, int, int, int, int]:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
