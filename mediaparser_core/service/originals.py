"""The store of what came in through the inbox: byte for byte, by the day of arrival, under the name it came with.

``originals/2026/11/21/inbox/FOLDERS/NAME`` is the way a file had in the inbox, below the day it was taken in: so its
name and folders still say what they said, and what belongs together stays together. Where that name is taken by other
bytes, the first digits of the SHA-256 stand before ``inbox``. The plugin ``arrivals`` reads names from there on.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import date
from pathlib import Path

from mediaparser_core import disk
from mediaparser_core.errors import StorageError
from mediaparser_core.names import clean_part
from mediaparser_core.refusals import NameTaken, storing
from mediaparser_core.sources import Unreadable

ARRIVING = ".arriving"  # in the store: copies that are not whole yet; also the sign by which a store is known
PLACE = b"inbox"
_DEEPEST = 12  # folders of a name that are kept, the innermost


def same_folder(path: Path, held: int) -> bool:
    """Whether *path* is the open folder *held*."""
    try:
        there, ours = os.stat(path), os.fstat(held)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)


def clean_way(way: bytes) -> list[str]:
    """The folders and the name of *way* (relative, with slashes) as every disk takes them."""
    parts = [part for part in way.split(b"/") if part not in (b"", b".", b"..")]
    return [clean_part(os.fsdecode(part)) for part in parts[-_DEEPEST - 1 :]]


class Store:
    """The folder of originals while one watcher writes to it.

    Raises ``StorageError`` when another one does, or when the disk refuses.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self._arriving = folder, folder / ARRIVING
        with storing(folder):
            disk.make_folder(folder)
            self._held = disk.private_folder(self._arriving)
            for name in os.listdir(self._held):  # copies that a kill cut off
                disk.remove(self._arriving / name)

    def close(self) -> None:
        os.close(self._held)

    def is_there(self) -> bool:
        """Whether the folder still is the one that was opened: a share may have gone, and come back."""
        return same_folder(self._arriving, self._held)

    def keep(self, source: bytes, way: bytes, sha256: str, mtime_ns: int, day: date, *, ours: bool = False) -> Path:
        """A verified copy of *source*, whose bytes are *sha256*, under the name of *way*; where it is.

        With *ours*, *source* is in the store already and only gets a second name. Raises ``SourceChanged`` when the
        source is not what it was, ``ExportError`` for one that cannot be read, :class:`StorageError`.
        """
        partial = self._arriving / f"{os.getpid()}.partial"
        with storing(partial):
            disk.remove(partial)
        try:
            staged = disk.copy_in(source, partial, link="hardlink" if ours else "reflink")
            if staged.sha256 != sha256:
                raise disk.changed(source)
            if disk.seal(staged, mtime_ns) != sha256:
                raise StorageError(f"{self.folder}: a copy came back from the disk with other bytes; check the disk")
            return self._name(partial, way, sha256, day)
        finally:
            with suppress(OSError):
                disk.remove(partial)

    def holds(self, path: bytes, sha256: str) -> bool:
        """Whether the store still has these bytes there, read again."""
        try:
            return disk.hash_of(path) == sha256
        except Unreadable:
            return False

    def _name(self, partial: Path, way: bytes, sha256: str, day: date) -> Path:
        folder, place, rest = self.folder / f"{day:%Y/%m/%d}", os.fsdecode(PLACE), clean_way(way)
        for final in (folder.joinpath(place, *rest), folder.joinpath(sha256[:16], place, *rest)):
            with storing(final):
                disk.make_folder(final.parent)
            try:
                with storing(final):
                    disk.rename_new(partial, final)
                return final
            except NameTaken:
                if self.holds(os.fsencode(final), sha256):
                    return final
        raise StorageError(f"{final} has other bytes than its name says; move it away")
