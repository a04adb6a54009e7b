"""Open what a scanned path means, a file or a member of an archive; nobody else opens an input.

``lstat``, regular files only, no links followed, no waiting on a FIFO, the same inode before and after (safety rule 2).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Protocol

from mediaparser_core import archives
from mediaparser_core.archives import BadArchive, Index, Member
from mediaparser_core.inflating import Damaged, Inside

Identity = tuple[int, int, int, int, int]
"""Device, inode, size, and the times of the last change of content and of anything, in nanoseconds."""
_LAST = (1 << 63) - 1  # the largest integer of SQLite


class Unreadable(Exception):
    """This file cannot be read; the message says why. A fact about one file, so not a MediaParserError."""

    probe = "read"  # who is troubled: the machine


class ChangedWhileRead(Unreadable):
    """The file was written to while it was read."""


class DamagedArchive(Unreadable):
    """What is in the archive, or all of it, cannot be read: no fault of the disk."""

    probe = "archive"


class Source(Protocol):
    """An open input. :meth:`read` goes on from the beginning, :meth:`read_at` jumps; both may give fewer bytes.

    ``fd`` is that of the file or archive, ``size`` is in bytes. :meth:`identity` asks the file system anew. All raise
    ``OSError`` and :class:`Unreadable`.
    """

    fd: int
    size: int

    def read(self, length: int) -> bytes: ...

    def read_at(self, offset: int, length: int) -> bytes: ...

    def identity(self) -> Identity: ...

    def close(self) -> None: ...


def open_source(path: bytes) -> Source:
    """What *path* means, open. Raises :class:`Unreadable`, never blocks."""
    inside = archives.split(path)
    if inside is None:
        return OpenFile(*open_input(path))
    fd, status = open_input(inside[0])
    try:
        return _Member(fd, status, *inside)
    except BaseException:
        os.close(fd)
        raise


def exists(path: bytes) -> bool:
    """Whether there is anything at *path*; for a member of an archive, whether there is the archive."""
    inside = archives.split(path)
    return os.path.lexists(inside[0] if inside else path)


def list_archive(path: bytes) -> tuple[list[Member], os.stat_result]:
    """The members of the archive *path*, and its status. Raises :class:`Unreadable`, :class:`BadArchive`."""
    fd, status = open_input(path)
    try:
        return archives.members(partial(_read_at, fd), status.st_size), status
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from None
    finally:
        os.close(fd)


class OpenFile:
    """An ordinary file, open."""

    def __init__(self, fd: int, status: os.stat_result) -> None:
        self.fd, self.size = fd, status.st_size

    def read(self, length: int) -> bytes:
        return os.read(self.fd, length)

    def read_at(self, offset: int, length: int) -> bytes:
        return os.pread(self.fd, length, offset)

    def identity(self) -> Identity:
        return identity_of(os.fstat(self.fd))

    def close(self) -> None:
        os.close(self.fd)
        self.fd = -1  # a cursor that outlives the block must not read the file that gets this number next


class _Member(OpenFile):
    """A file in an archive. Its times are those of the archive: when that is written to, anything may have changed."""

    def __init__(self, fd: int, status: os.stat_result, archive: bytes, name: bytes) -> None:
        super().__init__(fd, status)
        self._name = name
        try:
            member = _index(archive, identity_of(status)).get(name)
            if member is None:
                raise DamagedArchive("is not in its archive any more, or must not be read from it")
            self._inside = Inside(partial(_read_at, fd), member)
        except (BadArchive, Damaged) as error:
            raise DamagedArchive(str(error)) from None
        except OSError as error:
            raise Unreadable(f"cannot be read: {error.strerror or error}") from None
        self.size = member.size

    def read(self, length: int) -> bytes:
        try:
            return self._inside.read(length)
        except Damaged as error:
            raise DamagedArchive(str(error)) from None

    def read_at(self, offset: int, length: int) -> bytes:
        try:
            return self._inside.read_at(offset, length)
        except Damaged as error:
            raise OSError(str(error)) from None  # read once already: as if a disk had failed since

    def identity(self) -> Identity:
        return member_identity(os.fstat(self.fd), self._name, self.size)


def _read_at(fd: int, offset: int, length: int) -> bytes:
    """All of *length* bytes, where there are so many: a read may give fewer than it was asked for."""
    data = os.pread(fd, length, offset)
    while len(data) < length and (more := os.pread(fd, length - len(data), offset + len(data))):
        data += more
    return data


@lru_cache(maxsize=64)  # an export goes by date, so it needs the parts of a Takeout in turn
def _index(archive: bytes, identity: Identity) -> Index:
    """The members of *archive* by name, as long as it is the same archive."""
    found, status = list_archive(archive)
    if identity_of(status) != identity:
        raise ChangedWhileRead("changed while it was read")
    return Index(found)


def bounded(nanoseconds: int) -> int:
    """A time of the file system as a database can hold it: what lies beyond the years 1677 and 2262 is moved there."""
    return max(-_LAST, min(nanoseconds, _LAST))


def identity_of(status: os.stat_result) -> Identity:
    """What changes when a file is written to or replaced; times are :func:`bounded`, as in an ``Entry``."""
    return (status.st_dev, status.st_ino, status.st_size, bounded(status.st_mtime_ns), bounded(status.st_ctime_ns))


def member_identity(archive: os.stat_result, name: bytes, size: int) -> Identity:
    """The same for the member *name* of *size* bytes: its archive's times, and an inode of its own."""
    device, inode, _, mtime_ns, ctime_ns = identity_of(archive)
    return (device, archives.inode_of(inode, mtime_ns, name), size, mtime_ns, ctime_ns)


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


def open_folder(path: bytes | str | os.PathLike[str], dir_fd: int | None = None) -> int:
    """An open folder. One inside the open folder *dir_fd* is not followed when it is a link. Raises ``OSError``."""
    links = 0 if dir_fd is None else os.O_NOFOLLOW
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | links, dir_fd=dir_fd)


def root_of(path: bytes, roots: Iterable[bytes]) -> bytes | None:
    """The longest of *roots* that is *path* or above it, by their names alone."""
    above = (root for root in roots if path == root or path.startswith(root.rstrip(b"/") + b"/"))
    return max(above, key=len, default=None)


def open_below(root: bytes, path: bytes) -> tuple[int, os.stat_result]:
    """:func:`open_input` for a *path* at or below *root*, down from *root* through folders that are no links.

    Raises :class:`Unreadable` for a path that no walk of *root* would make, ``OSError`` for a folder on the way.
    """
    base = (os.path.dirname(root) if path == root else root).rstrip(b"/")
    if root_of(path, [root]) is None:
        raise Unreadable("not below the folder that was walked")
    *folders, name = path[len(base) + 1 :].split(b"/")
    if any(part in (b"", b".", b"..") for part in (*folders, name)):
        raise Unreadable("not a path that a walk would make")
    fd = open_folder(base or b"/")
    try:
        for folder in folders:
            below = open_folder(folder, fd)
            os.close(fd)
            fd = below
        return open_input(name, fd)
    finally:
        os.close(fd)


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
