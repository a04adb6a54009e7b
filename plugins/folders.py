"""Walk a folder through descriptors: every name in it is yielded, the strange ones with the reason not to open them.

Names are bytes, links are never followed below the input, and what a camera, a phone or a file server keeps for itself
(thumbnails, trash, half a download) is listed with its reason, so that the ledger can count it. ``.nomedia`` only tells
a phone's gallery to look away; people still want those pictures, so its folder is walked like any other.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from mediaparser_core.errors import InputError
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.media import bounded, describe_mode
from mediaparser_core.records import Entry, Location

_OPEN_FOLDERS = 64  # descriptors held at once, however deep the tree
_PATH_MAX = 1024 if sys.platform == "darwin" else 4096  # bytes, the NUL at the end included
_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC

_SYSTEM, _UNFINISHED, _DELETED = "system file", "unfinished download or copy", "deleted by its owner (recycle bin)"

# whole folders, by name in lower case; what is inside is counted, never read
_FOLDERS = {
    b"@eadir": "thumbnail cache of a Synology",
    b"@__thumb": "thumbnail cache of a QNAP",
    b".@__thumb": "thumbnail cache of a QNAP",
    b".thumbnails": "thumbnail cache of Android or a desktop",
    b".photostructure": "cache of PhotoStructure",
    b".dtrash": "deleted in digiKam",
    b"__macosx": "system file of macOS",
    b".spotlight-v100": "system file of macOS",
    b".fseventsd": "system file of macOS",
    b".documentrevisions-v100": "system file of macOS",
    b".temporaryitems": "system file of macOS",
    b"system volume information": "system file of Windows",
    b".stversions": "older version kept by Syncthing",
    b".stfolder": "system file of Syncthing",
    b"recently deleted": _DELETED,
    b".trash": _DELETED,
    b".trashes": _DELETED,
    b"#recycle": _DELETED,
    b"@recycle": _DELETED,
    b"$recycle.bin": _DELETED,
}
_FOLDER_PATTERN = re.compile(rb"(?P<cache>.+\.lrdata\Z)|(?P<deleted>\.trash-\d+\Z)", re.IGNORECASE | re.DOTALL)
_FOLDER_REASONS = {"cache": "preview cache of Lightroom", "deleted": _DELETED}

_NAMES = dict.fromkeys(
    (
        b".ds_store", b".nomedia", b".directory", b".localized", b".apdisk", b".stignore", b".volumeicon.icns",
        b"thumbs.db", b"ehthumbs.db", b"desktop.ini", b"icon\r",
    ),
    _SYSTEM,
)  # fmt: skip
_LONGEST_NAME = max(map(len, _NAMES))
_ENDINGS = dict.fromkeys(
    (b"part", b"partial", b"crdownload", b"download", b"opdownload", b"filepart", b"aria2", b"!ut", b"!qb", b"tmp"),
    _UNFINISHED,
)
_PATTERN = re.compile(
    rb"""(?P<appledouble>\._.)
    |(?P<trashed>\.trashed-\d)
    |(?P<synology>synofile_thumb)
    |(?P<unfinished>\.pending-\d | [.~]syncthing[.~] | \.nfs[0-9a-f]{8} | \.fuse_hidden | \.goutputstream-
        | .+_exiftool_tmp\Z | \..+\.[a-z0-9]{2,5}\.[a-z0-9]{6}\Z)  # rsync's own way: .IMG_0001.jpg.Xa93kQ
    |(?P<backup>.+~\Z)""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_REASONS = {
    "appledouble": "system file of macOS",
    "trashed": _DELETED,
    "synology": "thumbnail cache of a Synology",
    "unfinished": _UNFINISHED,
    "backup": "backup copy of an editor",
}


@hookimpl(trylast=True)
def scan(location: Location) -> Iterator[Entry]:
    """Entries of the folder or the single file at ``location.path``, a folder's files before its folders, by name.

    A folder that cannot be read is one entry with its own path and a problem that begins with "folder cannot be read".
    The input itself may be a link. ``location.skip`` (folders, also under another name) is left out without a word.
    Raises :class:`InputError` when there is nothing at the path or it cannot be read.
    """
    path = location.path.rstrip(b"/") or b"/"
    try:
        if stat.S_ISDIR(os.stat(path).st_mode):
            os.close(os.open(path, _FLAGS))
            return _walk(path, location.skip)
        return iter([_entry(path, path, path.rsplit(b"/", 1)[-1], os.lstat(path), None)])
    except OSError as error:
        shown = path.decode("utf-8", "backslashreplace")
        raise InputError(f"{shown} cannot be read: {error.strerror or error}") from None


def left_alone(name: bytes) -> str | None:
    """Why a file called *name* is never a picture somebody wants, ``None`` when it may well be one."""
    reason = _ENDINGS.get(name[name.rfind(b".") + 1 :].lower())
    if reason and b"." in name[1:]:
        return reason
    # few names need the closer look: what _PATTERN knows begins or ends with one of these
    if (name[0] in b".~sS" or name[-1] in b"~pP") and (match := _PATTERN.match(name)):
        return _REASONS[match.lastgroup or ""]
    return _NAMES.get(name.lower()) if len(name) <= _LONGEST_NAME else None


def folder_left_alone(name: bytes) -> str | None:
    """Why nothing in a folder called *name* is a picture somebody wants, ``None`` when it may well be."""
    match = _FOLDER_PATTERN.match(name)
    return _FOLDER_REASONS[match.lastgroup or ""] if match else _FOLDERS.get(name.lower())


@dataclass(slots=True)
class _Folder:
    """A folder on the way down: its descriptor (-1 while spared), who it is, and the folders in it still to be seen."""

    fd: int
    path: bytes
    identity: tuple[int, int]
    reason: str | None
    names: list[bytes]


def _walk(root: bytes, skip: tuple[bytes, ...]) -> Iterator[Entry]:
    skipped = {identity for path in skip if (identity := _identity_of(path))}
    way: list[_Folder] = []
    try:
        yield from _enter(way, root, root, None, skipped, None)
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
            yield from _enter(way, root, path, name, skipped, here.reason or folder_left_alone(name))
    finally:
        for folder in way:
            _close(folder)


def _enter(
    way: list[_Folder], root: bytes, path: bytes, name: bytes | None, skipped: set[tuple[int, int]], reason: str | None
) -> Iterator[Entry]:
    """Yield the files of a folder and put it on the way; the folders in it come next."""
    fd = -1
    try:
        fd = os.open(root, _FLAGS) if name is None else os.open(name, _FLAGS | os.O_NOFOLLOW, dir_fd=way[-1].fd)
        folder = _Folder(fd, path, _identity(os.fstat(fd)), reason, [])
    except OSError as error:  # the second may fail too, where the disk is another machine's
        if fd >= 0:
            os.close(fd)
        yield _unread(root, path, error.strerror)
        return
    if folder.identity in skipped or any(above.identity == folder.identity for above in way):
        os.close(fd)
        if folder.identity not in skipped:
            yield _unread(root, path, "it contains itself")
        return
    way.append(folder)
    if len(way) > _OPEN_FOLDERS:
        _close(way[-1 - _OPEN_FOLDERS])
    found, trouble = _list(fd)
    for file_name, item in found:
        try:
            if item.is_dir(follow_symlinks=False):
                folder.names.append(file_name)
            else:
                yield _entry(root, _join(path, file_name), file_name, item.stat(follow_symlinks=False), reason)
        except FileNotFoundError:
            pass  # gone since the folder was listed: as if we had come a moment later
        except OSError as error:
            yield Entry(root, _join(path, file_name), problem=f"cannot be examined: {error.strerror or error}")
    folder.names.reverse()
    if trouble:
        yield _unread(root, path, trouble)


def _list(fd: int) -> tuple[list[tuple[bytes, os.DirEntry[str]]], str | None]:
    """What a folder holds, by name, and why that may not be all."""
    found, trouble = [], None
    try:
        with os.scandir(fd) as items:
            for item in items:
                found.append((os.fsencode(item.name), item))
    except OSError as error:  # a failing disk; what was listed so far is there
        trouble = error.strerror or str(error)
    found.sort(key=lambda pair: pair[0])
    return found, trouble


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


def _entry(root: bytes, path: bytes, name: bytes, status: os.stat_result, reason: str | None) -> Entry:
    if not stat.S_ISREG(status.st_mode):
        return Entry(root, path, mtime_ns=bounded(status.st_mtime_ns), problem=describe_mode(status.st_mode))
    problem = reason or left_alone(name)
    if len(path) >= _PATH_MAX:
        problem = f"its path has {len(path)} bytes, more than the system can open"
    return Entry(
        root,
        path,
        status.st_size,
        bounded(status.st_mtime_ns),
        bounded(status.st_ctime_ns),
        status.st_ino,
        status.st_dev,
        problem,
    )


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
