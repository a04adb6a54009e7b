"""Names of files and folders that are nobody's pictures, each with the reason.

What a camera, a phone or a file server keeps for itself (thumbnails, trash, half a download) is told by its name alone.
``.nomedia`` only tells a phone's gallery to look away; people still want those pictures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

VERSION = 2  # raise it when the rules say something else of a name: every file is looked at once more

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


def left_alone(name: bytes) -> str | None:
    """Why a file called *name* is never a picture somebody wants, ``None`` when it may well be one."""
    reason = _ENDINGS.get(name[name.rfind(b".") + 1 :].lower())
    if reason and b"." in name[1:]:
        return reason
    # few names need the closer look: what _PATTERN knows begins or ends with one of these
    if (name[0] in b".~sS" or name[-1] in b"~pP") and (match := _PATTERN.match(name)):
        return _REASONS[match.lastgroup or ""]
    return _NAMES.get(name.lower()) if len(name) <= _LONGEST_NAME else None


# what another library of ours keeps for itself; its originals came from an inbox, and its export may be all that is left
_LIBRARY = {b"cache": "previews of a MediaParser library", b"backups": "backups of a MediaParser library"}


def library_left_alone(folders: Iterable[bytes], files: Iterable[str]) -> dict[bytes, str]:
    """Why to leave some *folders* alone when the *files* beside them say that this is a library of ours."""
    found = {name: reason for name in folders if (reason := _LIBRARY.get(name))}
    return found if found and {"catalog.db", "decisions.db"} <= set(files) else {}


def folder_left_alone(name: bytes) -> str | None:
    """Why nothing in a folder called *name* is a picture somebody wants, ``None`` when it may well be."""
    match = _FOLDER_PATTERN.match(name)
    return _FOLDER_REASONS[match.lastgroup or ""] if match else _FOLDERS.get(name.lower())
