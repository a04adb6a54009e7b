"""The inbox: what comes from outside gets its name when it is complete and on the disk, and never fills the disk."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from mediaparser_core import disk
from mediaparser_core.errors import ExportError, StorageError
from mediaparser_core.export.destination import STAGING, path_in
from mediaparser_core.refusals import storing

_LOOK_AGAIN = 16 * 1024 * 1024  # bytes of an upload after which the room is measured anew
_REMEMBERED = 5.0  # seconds for which the size of the inbox is believed
_ABANDONED = 600.0  # seconds without a byte: whoever sent this upload has gone


class NoRoom(StorageError):
    """The inbox takes no more: its quota is used up, or its disk is nearly full."""

    def __init__(self) -> None:
        super().__init__(
            "there is no room for this in the inbox; let what is in it be taken in, or make room on its disk"
        )


class CutOff(ExportError):
    """An upload ended before all of it had come."""

    def __init__(self) -> None:
        super().__init__("the upload ended before all of it had come; nothing was kept")


class Inbox:
    """The folder *root*. *quota* bytes may be in it, *floor* bytes stay free on its disk.

    Paths are tuples of names; one that leads out of the inbox or through a link is an ``ExportError``. All methods
    raise :class:`StorageError` when the disk refuses.
    """

    def __init__(self, root: Path, *, quota: int, floor: int) -> None:
        self.root, self._quota, self._floor = root, quota, floor
        self._staging = root / STAGING
        self._lock = threading.Lock()
        self._used, self._measured = 0, float("-inf")

    def prepare(self) -> None:
        """Make the folder, for us alone, and remove what is left of uploads that never ended."""
        with storing(self.root):
            disk.make_folder(self.root, mode=0o700)
            disk.make_folder(self._staging, mode=0o700)
            for name in os.listdir(self._staging):
                path = self._staging / name
                with suppress(FileNotFoundError):
                    if time.time() - path.lstat().st_mtime > _ABANDONED:
                        disk.remove(path)

    def path(self, parts: tuple[str, ...]) -> Path:
        """Where *parts* are on the disk."""
        return path_in(self.root, "/".join(parts)) if parts else self.root

    def room(self) -> int:
        """How many bytes may still come."""
        with storing(self.root):
            status = os.statvfs(self.root)
        return max(0, min(status.f_bavail * status.f_frsize - self._floor, self._quota - self.used()))

    def used(self) -> int:
        """Bytes that are in the inbox, uploads on their way included."""
        with self._lock:
            if time.monotonic() - self._measured > _REMEMBERED:
                self._used, self._measured = sum(_sizes(self.root)), time.monotonic()
            return self._used

    def came(self, size: int) -> None:
        """*size* more bytes are in the inbox than when it was measured."""
        with self._lock:
            self._used += size

    def receive(self, parts: tuple[str, ...], *, expected: int | None = None) -> Upload:
        """A new upload, to become the file at *parts*; *expected* bytes, when that is known.

        Raises :class:`NoRoom`.
        """
        target = self.path(parts)
        if (expected or 1) > self.room():
            raise NoRoom
        with storing(target):
            if not self._staging.is_dir():
                disk.make_folder(self._staging, mode=0o700)
            return Upload(self, self._staging / f"{os.getpid()}-{secrets.token_hex(8)}", target, expected)

    def make_folder(self, parts: tuple[str, ...]) -> None:
        """A new folder; the one above it is there."""
        path = self.path(parts)
        with storing(path, one_file=True):
            disk.make_folder(path)

    def remove(self, parts: tuple[str, ...]) -> None:
        """Remove a file, or an empty folder."""
        path = self.path(parts)
        with storing(path, one_file=True):
            if path.is_dir() and not path.is_symlink():
                disk.remove_folder(path)
            else:
                self.came(-path.lstat().st_size)
                disk.remove(path)

    def rename(self, old: tuple[str, ...], new: tuple[str, ...]) -> None:
        """Move a file or folder to a name that nothing has."""
        path = self.path(new)
        with storing(path, one_file=True):
            disk.rename_new(self.path(old), path)

    def set_time(self, parts: tuple[str, ...], mtime_ns: int) -> None:
        """When a file was last changed, as its sender says."""
        with storing(path := self.path(parts), one_file=True):
            disk.set_time(path, mtime_ns)


class Upload:
    """Bytes on their way into the inbox, under a private name; :meth:`finish` or :meth:`abort` ends it."""

    def __init__(self, inbox: Inbox, private: Path, target: Path, expected: int | None) -> None:
        self._inbox, self._private, self._target, self._expected = inbox, private, target, expected
        self._size, self._written, self._look_at = 0, 0, _LOOK_AGAIN
        self._fd = disk.open_new(private)

    def write(self, data: bytes) -> None:
        """More bytes. Raises :class:`NoRoom`, ``StorageError``, and :class:`CutOff` for more than were announced."""
        self._size += len(data)
        if self._expected is not None and self._size > self._expected:
            raise CutOff
        if self._size >= self._look_at:
            self._look_at += _LOOK_AGAIN
            if self._inbox.room() < len(data):
                raise NoRoom
        with storing(self._target, one_file=True):
            disk.write_all(self._fd, data)
        self._written += len(data)
        self._inbox.came(len(data))

    def finish(self, *, replace: bool = True) -> None:
        """Give the file its name, over one that has it already when *replace* is true.

        Raises :class:`CutOff` when not everything has come, ``ExportError`` when the name is taken.
        """
        if self._expected is not None and self._size != self._expected:
            raise CutOff
        with storing(self._target, one_file=True):
            os.fsync(self._fd)
            if replace:
                disk.rename_over(self._private, self._target)
            else:
                disk.rename_new(self._private, self._target)
        self._close()

    def abort(self) -> None:
        """Keep nothing; what had the name before keeps it. Does nothing after :meth:`finish`."""
        if self._fd >= 0:
            self._close()
            with suppress(OSError):
                disk.remove(self._private)
            self._inbox.came(-self._written)

    def _close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _sizes(folder: Path) -> Iterator[int]:
    """The size of every file below *folder*; nothing is followed."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _sizes(Path(entry.path))
            else:
                with suppress(OSError):
                    yield entry.stat(follow_symlinks=False).st_size
