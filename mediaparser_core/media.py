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
from dataclasses import replace
from typing import BinaryIO

from mediaparser_core import formats
from mediaparser_core.records import Entry

WHOLE = 64 * 1024 * 1024  # bytes: up to here a file is held in memory, above it is read through its descriptor
BLOCK = 1024 * 1024
HEAD = 256 * 1024
_CURSOR = 128 * 1024  # bytes read ahead by a cursor; movies are read in jumps, so more would be thrown away


class Unreadable(Exception):
    """This file cannot be read; the message says why. A fact about one file, so not a MediaParserError."""


class ChangedWhileRead(Unreadable):
    """The file was written to while it was read."""


class Media:
    """One file's content in a worker: digest, first bytes, whole bytes when small, and any number of cursors.

    ``head`` is the first 256 KiB, ``data`` the whole content (``None`` above 64 MiB), ``format`` what the content is
    (``None``: neither picture, video nor sidecar). ``entry`` has the size and times of what was read, perhaps newer
    than what the walk saw. Good until the block of :func:`read` ends.
    """

    def __init__(
        self, entry: Entry, fd: int, size: int, sha256: str, head: bytes, data: bytes | None, zeros: bool
    ) -> None:
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
        return io.BufferedReader(_Cursor(self), _CURSOR)

    def read_at(self, offset: int, length: int) -> bytes:
        """Up to *length* bytes from *offset*; fewer beyond the end. Raises ``OSError`` from a failing disk."""
        if offset < 0 or length <= 0 or offset >= self.size:
            return b""
        if self.data is not None:
            return self.data[offset : offset + length]
        return os.pread(self._fd, min(length, self.size - offset), offset)

    def _close(self) -> None:
        # a cursor that outlives the block must not read the file that gets this number next
        os.close(self._fd)
        self._fd = -1


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


def open_input(path: bytes, dir_fd: int | None = None) -> tuple[int, os.stat_result]:
    """An open descriptor on the regular file *path*, and its status. Raises :class:`Unreadable`, never blocks.

    *path* is relative to the open folder *dir_fd* when that is given.
    """
    try:
        before = os.lstat(path, dir_fd=dir_fd)
        if not stat.S_ISREG(before.st_mode):
            raise Unreadable(f"not a regular file ({describe_mode(before.st_mode)})")
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | getattr(os, "O_NOCTTY", 0)
        fd = os.open(path, flags, dir_fd=dir_fd)
    except OSError as error:
        raise Unreadable(f"cannot be opened: {error.strerror or error}") from None
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or (status.st_dev, status.st_ino) != (before.st_dev, before.st_ino):
            raise Unreadable("was replaced while it was opened")
    except OSError as error:
        os.close(fd)
        raise Unreadable(f"cannot be opened: {error.strerror or error}") from None
    except Unreadable:
        os.close(fd)
        raise
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
        sha256, head, data, zeros = _take_in(fd, before.st_size)
        media = Media(_as_read(entry, before), fd, before.st_size, sha256, head, data, zeros)
    except BaseException:
        os.close(fd)
        raise
    try:
        yield media
        try:
            after = os.fstat(fd)
        except OSError as error:
            raise Unreadable(f"cannot be read: {error.strerror or error}") from None
        if _identity(after) != _identity(before):
            raise ChangedWhileRead("changed while it was read")
    finally:
        media._close()


def _take_in(fd: int, size: int) -> tuple[str, bytes, bytes | None, bool]:
    """SHA-256, first bytes, all bytes when few enough, and whether there is nothing but zeros, of *size* bytes."""
    digest, kept, length, zeros = hashlib.sha256(), [], 0, True
    while length <= size:
        try:
            # one read and no copy for nearly every picture, and one more byte to see whether it has grown
            block = os.read(fd, max(size - length, 1) if size <= WHOLE else BLOCK)
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


def _as_read(entry: Entry, status: os.stat_result) -> Entry:
    device, inode, size, mtime_ns, ctime_ns = _identity(status)
    return replace(entry, size=size, mtime_ns=mtime_ns, ctime_ns=ctime_ns, inode=inode, device=device)


def _identity(status: os.stat_result) -> tuple[int, int, int, int, int]:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
