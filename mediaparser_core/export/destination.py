"""The export folder while one run writes to it: private files get their names there, and lose them again.

Files are made in a private folder inside it, complete and on the disk, and get their names by a rename that cannot
replace anything. What a killed run left in the private folder is removed by the next one. All writing is done by
:mod:`~mediaparser_core.disk`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath

from mediaparser_core import disk
from mediaparser_core.disk import Staged
from mediaparser_core.errors import ExportError, StorageError
from mediaparser_core.media import Unreadable
from mediaparser_core.names import escape_for_terminal
from mediaparser_core.refusals import NameTaken, storing

STAGING = ".mediaparser-partial"


def path_in(root: Path, target: str) -> Path:
    """Where *target* is below *root*. Raises :class:`ExportError` when that would be outside, or through a link."""
    parts = PurePosixPath(target).parts
    if not parts or parts[0] in ("/", STAGING) or ".." in parts or "\0" in target:
        raise ExportError(f"not a place in the export: {target!r}")
    path = root.joinpath(*parts)
    if not path.is_relative_to(root):
        raise ExportError(f"not a place in the export: {target!r}")
    if os.path.realpath(path.parent) != os.path.join(os.path.realpath(root), *parts[:-1]):
        raise ExportError(f"{escape_for_terminal(target)}: there is a link in the way, and nothing goes through it")
    return path


class Destination:
    """A context manager; every target is relative to *root*.

    All methods raise :class:`StorageError` when the disk refuses, and :class:`ExportError` for what concerns one file.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.staging = root / STAGING
        self._held = -1

    def __enter__(self) -> Destination:
        with storing(self.root):
            disk.make_folder(self.root)
            self._held = disk.private_folder(self.staging)
            self._clear()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._clear()
            self.staging.rmdir()
        os.close(self._held)

    def _clear(self) -> None:
        for name in os.listdir(self.staging):
            disk.remove(self.staging / name)

    def free_bytes(self) -> int:
        """How many bytes can still be written here."""
        with storing(self.root):
            status = os.statvfs(self.root)
        return status.f_bavail * status.f_frsize

    def copy_in(self, original: bytes, name: str, link: str = "copy", *, hashed: bool = True) -> Staged:
        """See :func:`mediaparser_core.disk.copy_in`; *name* is made of plain letters, digits and dots."""
        path = self.staging / name
        try:
            return disk.copy_in(original, path, link, hashed=hashed)
        except BaseException:
            with suppress(OSError):
                disk.remove(path)
            raise

    def add(self, name: str, data: bytes) -> Staged:
        """A private file called *name* with *data*."""
        path = self.staging / name
        with storing(path, one_file=True):
            return Staged(path, hashlib.sha256(data).hexdigest(), disk.write_new(path, data))

    def discard(self, *staged: Staged | None) -> None:
        """Forget private files that are still there."""
        for each in staged:
            if each is not None:
                with storing(each.path):
                    disk.remove(each.path)

    def hash_at(self, target: str) -> str | None:
        """SHA-256 of the file called *target*, ``None`` when there is nothing."""
        try:
            return disk.hash_of(path_in(self.root, target))
        except Unreadable as error:
            raise ExportError(f"{escape_for_terminal(target)} {error}") from None

    def check(self, target: str, *allowed: str | None) -> str | None:
        """The hash of what is at *target*, when it is nothing or one of the hashes *allowed*.

        Raises :class:`ExportError` otherwise: it was changed since it was exported.
        """
        found = self.hash_at(target)
        if found is not None and found not in allowed:
            shown = escape_for_terminal(target)
            raise ExportError(f"{shown} was changed since it was exported; it is left as it is, move it away to go on")
        return found

    def publish(
        self, staged: Staged, target: str, *, sha256: str, instead_of: str | None = None, durable: bool = True
    ) -> None:
        """Give *staged*, whose bytes are *sha256*, the name *target*.

        Not *durable* leaves it to :meth:`sync` that a new name survives a crash of the machine.

        *instead_of* is the hash of our former copy of this name, which gives way. The same bytes under the name already
        (we were killed before we could say so) are ours, too. Raises :class:`~mediaparser_core.refusals.NameTaken` when
        anything else has the name, and leaves that alone.
        """
        path = path_in(self.root, target)
        with storing(path, one_file=True):
            disk.make_folder(path.parent)
            if self.is_free(target, sha256, instead_of):
                disk.rename_new(staged.path, path, durable=durable)
            else:
                disk.rename_over(staged.path, path)

    def sync(self, targets: Iterable[str]) -> None:
        """Bring the names *targets* onto the disk."""
        for folder in sorted({path_in(self.root, target).parent for target in targets}):
            with storing(folder):
                disk.sync_folder(folder)

    def is_free(self, target: str, sha256: str, instead_of: str | None = None) -> bool:
        """Whether nothing is at *target*; ``False`` when it is what may give way. Raises as :meth:`publish` does."""
        path = path_in(self.root, target)
        if not os.path.lexists(path):
            return True
        if instead_of is not None:
            return self.check(target, sha256, instead_of) is None
        if self.hash_at(target) != sha256:
            raise NameTaken(path)
        return False

    def move(self, previous: str, target: str, *, sha256: str, mtime_ns: int) -> bool:
        """Rename our copy, whose bytes are *sha256*, and set its time; ``False`` when it is at neither place."""
        old, new = path_in(self.root, previous), path_in(self.root, target)
        there, is_free = self.check(previous, sha256), self.is_free(target, sha256)
        if there is None and is_free:
            return False
        with storing(new, one_file=True):
            disk.make_folder(new.parent)
            if there is not None and is_free:
                disk.set_time(old, mtime_ns)
                disk.rename_new(old, new)
            elif there is not None:  # we were killed between the new name and the end of the old one
                disk.remove(old)
        disk.forget_folders(old.parent, self.root)
        return True

    def withdraw(self, target: str, sha256: str) -> None:
        """Remove our copy if it still is what we wrote, and folders that are empty then; nothing to do when it is gone.

        Raises :class:`ExportError`, and leaves the file, when somebody has changed it.
        """
        path = path_in(self.root, target)
        if self.check(target, sha256) is not None:
            with storing(path):
                disk.remove(path)
        disk.forget_folders(path.parent, self.root)


def lost(root: Path, targets: list[str]) -> set[str]:
    """Which of *targets* are no longer there. Raises :class:`StorageError` when the whole folder is gone.

    An export that is not mounted must not look like one whose every file was removed.
    """
    if targets and not root.is_dir():
        raise StorageError(
            f"{root} is not there; mount its disk, or make the folder if it is a new one or you removed it"
        )
    in_folders: dict[str, list[str]] = {}
    for target in targets:
        in_folders.setdefault(target.rpartition("/")[0], []).append(target)
    found: set[str] = set()
    for folder, inside in in_folders.items():
        names: set[str] = set()
        with suppress(OSError):
            names.update(os.listdir(root / folder))  # one question for all of them …
        gone = (target for target in inside if target.rpartition("/")[2] not in names)
        found.update(
            target for target in gone if not os.path.lexists(root / target)
        )  # … and one for each it leaves open
    return found
