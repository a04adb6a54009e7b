"""The only module that writes files: whole or not at all, and what it wrote is on the disk and read back."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mediaparser_core import archives
from mediaparser_core.digests import digest as _digest
from mediaparser_core.digests import evict as _evict
from mediaparser_core.digests import hash_of as hash_of
from mediaparser_core.errors import ExportError, SourceChanged, StorageError
from mediaparser_core.names import escape_for_terminal
from mediaparser_core.refusals import NameTaken, storing
from mediaparser_core.sources import Source, Unreadable, identity_of, open_source

_FICLONE = 0x40049409  # ioctl: share the blocks of another file (Btrfs, XFS, bcachefs)
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Staged:
    """A private file on its way out; ``sha256`` is of the bytes that were read from the original (empty when they were
    not hashed), ``mode`` are the permissions it will have, ``None`` when it shares them with the original."""

    path: Path
    sha256: str
    mode: int | None


def write_bytes_atomically(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """*data* as the file *path*, in place of what was there: after a crash it is the old or the new, and complete.

    Folders are made; *mode* are its permissions from the first byte on. Raises :class:`StorageError`.
    """
    _replace(path, data, durable=True, mode=mode)


def write_preview(cache: Path, sha256: str, jpeg: bytes) -> Path:
    """Keep the preview of an asset: whole, but a crash may lose it. Raises :class:`StorageError`."""
    _replace(path := preview_path(cache, sha256), jpeg, durable=False)
    return path


def write_again(path: Path, data: bytes) -> None:
    """*data* in place of what is in the private file *path*, which :func:`seal` brings onto the disk."""
    with storing(path, one_file=True):
        fd = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            write_all(fd, data)
            os.ftruncate(fd, len(data))
        finally:
            os.close(fd)


def preview_path(cache: Path, sha256: str) -> Path:
    """``cache/preview/ab/abcdef….jpg``. Raises ``ValueError`` when *sha256* is not 64 hexadecimal digits."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"not a SHA-256: {sha256[:80]!r}")
    return cache / "preview" / sha256[:2] / f"{sha256}.jpg"


def _replace(path: Path, data: bytes, *, durable: bool, mode: int = 0o644) -> None:
    with storing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{os.getpid()}-{path.name[:100]}.partial")
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        try:
            write_new(temporary, data, durable=durable, mode=mode)
            os.replace(temporary, path)
        except OSError:
            with suppress(OSError):
                os.unlink(temporary)
            raise
        if durable:
            sync_folder(path.parent)


def write_new(path: Path, data: bytes, *, durable: bool = True, mode: int = 0o644) -> int:
    """A new file with *data*; gives its permissions. Raises ``OSError``."""
    fd = os.open(path, _NEW, mode)
    try:
        write_all(fd, data)
        if durable:
            os.fsync(fd)
        return stat.S_IMODE(os.fstat(fd).st_mode)
    finally:
        os.close(fd)


def open_new(path: Path) -> int:
    """A new file, open for writing with :func:`write_all`; the caller syncs and closes it. Raises ``OSError``."""
    return os.open(path, _NEW, 0o644)


def write_all(fd: int, data: bytes) -> None:
    """All of *data*, however often the system has to be asked. Raises ``OSError``."""
    left = memoryview(data)
    while left:
        left = left[os.write(fd, left) :]


def copy_in(original: bytes, path: Path, link: str = "copy", *, hashed: bool = True) -> Staged:
    """A private copy of *original* as the new file *path*, *hashed* while it is read, or only by :func:`seal`.

    *link* is ``copy``, ``reflink`` (share blocks where the file system can) or ``hardlink`` (a second name, where it is
    the same disk); both fall back to a copy, as a member of an archive must. Raises :class:`ExportError` when the
    original cannot be read, :class:`SourceChanged` when it was written to meanwhile, :class:`StorageError`.
    """
    shown, packed = escape_for_terminal(os.fsdecode(original)), archives.split(original) is not None
    try:
        source = open_source(original)
        try:
            with storing(path, one_file=True):
                before = source.identity()
                if link == "hardlink" and not packed and link_new(original, path):
                    before = identity_of(os.lstat(path))  # of what was linked, in case it was another file by then
                    staged = Staged(path, _digest(source.read) if hashed else "", None)
                else:
                    staged = _copy(source, path, reflink=link == "reflink" and not packed, hashed=hashed)
                after = source.identity()
        finally:
            source.close()
    except Unreadable as error:
        raise ExportError(f"{shown} {error}") from None
    if after != before:
        raise changed(original)
    return staged


def changed(original: bytes) -> SourceChanged:
    """The sentence for an original that is no longer what was catalogued."""
    shown = escape_for_terminal(os.fsdecode(original))
    return SourceChanged(f"{shown} has changed since it was scanned; run 'mediaparser scan' again")


def _copy(source: Source, path: Path, *, reflink: bool, hashed: bool) -> Staged:
    fd = os.open(path, _NEW, 0o644)
    try:
        shared = False
        with suppress(OSError):
            shared = reflink and fcntl.ioctl(fd, _FICLONE, source.fd) == 0
        sha256 = (
            ""
            if shared and not hashed
            else _digest(source.read, None if shared else partial(write_all, fd), hashed=hashed)
        )
        return Staged(path, sha256, stat.S_IMODE(os.fstat(fd).st_mode))
    finally:
        os.close(fd)


def seal(staged: Staged, mtime_ns: int, data: bytes | None = None) -> str:
    """Give *staged* its permissions and time, bring it onto the disk, read it back: the SHA-256 of what is there.

    Empty when that is not *data*. A time that the file system cannot hold is left out; what shares its file with the
    original stays as it is.
    """
    with storing(staged.path, one_file=True):
        fd = os.open(staged.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if staged.mode is not None:
                os.fchmod(fd, staged.mode)
                set_time(fd, mtime_ns)
                os.fsync(fd)
            _evict(fd)
            return _digest(partial(os.read, fd), like=data)
        except Unreadable as error:
            raise StorageError(f"{staged.path} {error}") from None
        finally:
            os.close(fd)


def set_time(file: int | Path, mtime_ns: int) -> None:
    """Set the time, unless the file has another name that may be the original's, or the file system cannot hold it."""
    try:
        status = os.fstat(file) if isinstance(file, int) else os.lstat(file)
        if status.st_nlink == 1 and stat.S_ISREG(status.st_mode):
            os.utime(file, ns=(mtime_ns, mtime_ns))
    except (OSError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno in (errno.EIO, errno.ENOSPC, errno.EDQUOT):
            raise  # it could have, but it fails


# -- names and folders; these raise OSError, for callers inside storing() ----------------------------------------------


def rename_new(old: Path, new: Path, *, durable: bool = True) -> None:
    """Rename, never onto something. Raises :class:`NameTaken`. Not *durable*: the caller syncs the folder."""
    try:
        linked = link_new(os.fsencode(old), new)
    except FileExistsError:
        raise NameTaken(new) from None
    if linked:
        os.unlink(old)
    elif os.path.lexists(new):  # no hard links here (FAT, some network disks): look, then rename
        raise NameTaken(new)
    else:
        os.rename(old, new)
    if durable:
        sync_folder(new.parent)


def link_new(old: bytes, new: Path) -> bool:
    """A second name for a file; ``False`` where the file system has no such thing. Raises ``FileExistsError``."""
    try:
        os.link(old, os.fsencode(new), follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return False
    return True


def rename_over(old: Path, new: Path) -> None:
    """Rename in place of a copy that the caller has just recognised as ours."""
    os.replace(old, new)
    sync_folder(new.parent)


def remove(path: Path) -> None:
    """Remove a file; nothing to do when it is gone."""
    with suppress(FileNotFoundError):
        os.unlink(path)
        sync_folder(path.parent)


def make_folder(folder: Path, *, mode: int = 0o777) -> None:
    """Make *folder*, with these permissions, and those above it, on the disk."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode, exist_ok=True)
    sync_folder(folder.parent)


def remove_folder(folder: Path) -> None:
    """Remove an empty folder. Raises ``OSError`` when something is in it."""
    folder.rmdir()
    sync_folder(folder.parent)


def forget_folders(folder: Path, root: Path) -> None:
    """Remove *folder* and those above it, below *root*, while nothing is in them."""
    while folder != root and folder.is_relative_to(root):
        try:
            folder.rmdir()
        except OSError as error:
            if error.errno != errno.ENOENT:  # somebody's file is in it
                return
        folder = folder.parent


def private_folder(folder: Path) -> int:
    """Make *folder* for us alone, and hold it: a descriptor. Raises :class:`StorageError` when another run holds it."""
    with suppress(FileExistsError):
        folder.mkdir(0o700)
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        raise StorageError(f"{folder.parent}: another run is writing to it; wait until it has ended") from None
    except OSError:
        pass  # some network file systems know no locks; the library has its own
    return fd


def sync_folder(folder: Path) -> None:
    """Bring the names in *folder* onto the disk, where the file system can."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            os.fsync(fd)
    finally:
        os.close(fd)
