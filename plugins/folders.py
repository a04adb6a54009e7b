"""Walk a folder through descriptors: every name in it is yielded, the strange ones with the reason not to open them.

Names are bytes, links are never followed below the input, and what a camera, a phone or a file server keeps for itself
(thumbnails, trash, half a download) is listed with its reason, so that the ledger can count it. ``.nomedia`` only tells
a phone's gallery to look away; people still want those pictures, so its folder is walked like any other.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from mediaparser_core.errors import InputError
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.media import bounded, describe_mode
from mediaparser_core.records import Entry, Location, Status
from mediaparser_plugins import names_left_alone
from mediaparser_plugins.names_left_alone import folder_left_alone, left_alone, library_left_alone

VERSION = names_left_alone.VERSION

_OPEN_FOLDERS = 64  # descriptors held at once, however deep the tree
_PATH_MAX = 1024 if sys.platform == "darwin" else 4096  # bytes, the NUL at the end included
_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NAMES_ARE = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
_BY_NAME, _BY_PATH = attrgetter("name"), attrgetter("path")


@hookimpl(trylast=True)
def scan(location: Location) -> Iterator[Entry]:
    """Entries of the folder or the single file at ``location.path``, a folder's files before its folders, by name.

    A folder that cannot be read is one entry with its own path and a problem that begins with "folder cannot be read".
    The input itself may be a link. ``location.skip`` (folders, also under another name) is left out without a word, and
    so is every file that ``location.due`` need not hear of.
    Raises :class:`InputError` when there is nothing at the path or it cannot be read.
    """
    path = location.path.rstrip(b"/") or b"/"
    try:
        if stat.S_ISDIR(os.stat(path).st_mode):
            os.close(os.open(path, _FLAGS))
            return _walk(path, location)
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode):
            return iter([_odd(path, path, status)])
        return iter([_entry(path, path, _told(path.rsplit(b"/", 1)[-1], status), None)])
    except OSError as error:
        shown = path.decode("utf-8", "backslashreplace")
        raise InputError(f"{shown} cannot be read: {error.strerror or error}") from None


Due = Callable[[bytes, Sequence[bytes], Iterable[Status]], list[Status]]


@dataclass(slots=True)
class _Folder:
    """A folder on the way down: its descriptor (-1 while spared), who it is, the folders in it still to be seen, and which
    of them are somebody's own business."""

    fd: int
    path: bytes
    identity: tuple[int, int]
    reason: str | None
    names: list[bytes]
    private: dict[bytes, str]


def _walk(root: bytes, location: Location) -> Iterator[Entry]:
    skipped = {identity for path in location.skip if (identity := _identity_of(path))}
    due = location.due or _everything
    way: list[_Folder] = []
    try:
        yield from _enter(way, root, root, None, skipped, None, due)
        while way:
            here = way[-1]
            if not here.names:
                _leave(way)
                continue
            name = here.names.pop()
            path = _join(here.path, name)
            if here.fd < 0:
                yield _unread(root, path, "its parent was moved meanwhile")
                continue
            reason = here.reason or here.private.get(name) or folder_left_alone(name)
            yield from _enter(way, root, path, name, skipped, reason, due)
    finally:
        for folder in way:
            _close(folder)


def _everything(folder: bytes, folders: Sequence[bytes], files: Iterable[Status]) -> list[Status]:
    return list(files)


def _enter(
    way: list[_Folder],
    root: bytes,
    path: bytes,
    name: bytes | None,
    skipped: set[tuple[int, int]],
    reason: str | None,
    due: Due,
) -> Iterator[Entry]:
    """Yield the files of a folder and put it on the way; the folders in it come next."""
    fd = -1
    try:
        fd = os.open(root, _FLAGS) if name is None else os.open(name, _FLAGS | os.O_NOFOLLOW, dir_fd=way[-1].fd)
        folder = _Folder(fd, path, _identity(os.fstat(fd)), reason, [], {})
    except OSError as error:  # the second may fail too, where the disk is another machine's
        if fd >= 0:
            os.close(fd)
        yield _unread(root, path, error.strerror)
        return
    if folder.identity in skipped or any(above.identity == folder.identity for above in way):
        os.close(fd)
        if folder.identity in skipped:
            due(path, (), ())
        else:
            yield _unread(root, path, "it contains itself")
        return
    way.append(folder)
    if len(way) > _OPEN_FOLDERS:
        _close(way[-1 - _OPEN_FOLDERS])
    items, trouble = _list(fd)
    told: list[Entry] = []
    for status in due(path, folder.names, _examine(items, root, path, folder.names, told)):
        told.append(_entry(root, _join(path, status[0]), status, reason))
    folder.private = library_left_alone(folder.names, (item.name for item in items))
    told.sort(key=_BY_PATH)
    yield from told
    folder.names[:] = sorted(set(folder.names), reverse=True)  # some disks list a name twice
    if trouble:
        yield _unread(root, path, trouble)


def _list(fd: int) -> tuple[list[os.DirEntry[str]], str | None]:
    """What a folder holds, by name, and why that may not be all."""
    found: list[os.DirEntry[str]] = []
    trouble = None
    try:
        with os.scandir(fd) as items:
            found.extend(items)
    except OSError as error:  # a failing disk; what was listed so far is there
        trouble = error.strerror or str(error)
    found.sort(key=_BY_NAME)
    return found, trouble


def _examine(
    items: list[os.DirEntry[str]], root: bytes, folder: bytes, folders: list[bytes], odd: list[Entry]
) -> Iterator[Status]:
    """What the system says of each regular file; folders go into *folders*, and entries of anything else into *odd*."""
    encoding, errors = _NAMES_ARE
    for item in items:
        name = item.name.encode(encoding, errors)
        try:
            status = item.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue  # gone since the folder was listed: as if we had come a moment later
        except OSError as error:
            odd.append(Entry(root, _join(folder, name), problem=f"cannot be examined: {error.strerror or error}"))
            continue
        if stat.S_ISREG(status.st_mode):  # written out, for it is done a hundred thousand times a second or not
            yield name, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev
        elif stat.S_ISDIR(status.st_mode):
            folders.append(name)
        else:
            odd.append(_odd(root, _join(folder, name), status))


def _leave(way: list[_Folder]) -> None:
    """Go back up; where the parent's descriptor was spared, through ``..`` and only into the same folder as before."""
    child = way.pop()
    parent = way[-1] if way else None
    if parent and parent.fd < 0:
        parent.fd = _again(parent, child.fd)
    _close(child)


def _again(folder: _Folder, child: int) -> int:
    for name, from_fd in ((b"..", child), (folder.path, None)):
        try:
            fd = os.open(name, _FLAGS, dir_fd=from_fd) if from_fd != -1 else -1
        except OSError:
            continue
        if fd >= 0 and _identity(os.fstat(fd)) == folder.identity:
            return fd
        if fd >= 0:
            os.close(fd)
    return -1


def _close(folder: _Folder) -> None:
    if folder.fd >= 0:
        os.close(folder.fd)
        folder.fd = -1


def _told(name: bytes, status: os.stat_result) -> Status:
    return name, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev


def _odd(root: bytes, path: bytes, status: os.stat_result) -> Entry:
    return Entry(root, path, mtime_ns=bounded(status.st_mtime_ns), problem=describe_mode(status.st_mode))


def _entry(root: bytes, path: bytes, status: Status, reason: str | None) -> Entry:
    name, size, mtime_ns, ctime_ns, inode, device = status
    problem = reason or left_alone(name)
    if len(path) >= _PATH_MAX:
        problem = f"its path has {len(path)} bytes, more than the system can open"
    return Entry(root, path, size, bounded(mtime_ns), bounded(ctime_ns), inode, device, problem)


def _unread(root: bytes, path: bytes, why: str | None) -> Entry:
    return Entry(root, path, problem=f"folder cannot be read: {why}")


def _join(folder: bytes, name: bytes) -> bytes:
    return folder + name if folder == b"/" else folder + b"/" + name


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _identity_of(path: bytes) -> tuple[int, int] | None:
    try:
        return _identity(os.stat(path))
    except OSError:
        return None
