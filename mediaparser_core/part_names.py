"""Know the pieces in which Google and Apple hand out a library by their names, and which pieces are one set.

``takeout-20230720T065335Z-001.zip`` and ``…-002.zip`` hold one tree between them: a picture may lie in one and its
sidecar in the other. The names say when the export was made, and nothing about the pictures in it.
"""

from __future__ import annotations

import re
import unicodedata

_COPY = r"(?:[ _]?\(\d{1,3}\)|[ _-]copy(?: \d+)?)?"  # downloaded twice
_GOOGLE = re.compile(rf"takeout(?:-(?P<stamp>\d{{8}}t\d{{6}}z))?(?:-\d{{1,8}})*{_COPY}(?:-\d{{1,4}})?{_COPY}", re.ASCII)
_APPLE = re.compile(  # "iCloud Photos Part 1 of 9", "iCloud-bilder Del 1 av 6"
    rf"(?=.{{0,40}}icloud)[^\d/]{{6,60}}\d{{1,4}}[ _][^\W\d]{{1,8}}[ _]\d{{1,4}}{_COPY}"
    rf"|icloud[ _-](?:photos|fotos|bilder|foto's|foto|kuvat|fotografie|zdjęcia|фото){_COPY}"
    rf"|photos icloud{_COPY}"
)
_LONGEST = 120


def is_part(name: str) -> bool:
    """Whether *name*, of a folder or of an archive without its ``.zip``, is what such a piece is called."""
    folded = unicodedata.normalize("NFC", name[:_LONGEST]).casefold()
    return len(name) < _LONGEST and bool(_GOOGLE.fullmatch(folded) or _APPLE.fullmatch(folded))


def without_zip(name: bytes) -> bytes:
    """*name* without ``.zip``."""
    return name[:-4] if name[-4:].lower() == b".zip" else name


def is_tar_part(name: bytes) -> bool:
    """Whether *name* is that of such a piece, but packed as ``.tgz``: what Google offers besides ``.zip``."""
    stem, tar, rest = name.decode("utf-8", "replace").lower().rpartition(".t")
    return bool(tar) and rest in ("gz", "ar", "ar.gz") and is_part(stem)


def set_of(folder: bytes) -> bytes:
    """*folder* as it would be called if all pieces of its export had been unpacked into one place.

    *folder* may be inside an archive. Pieces that say when their export was made are one set wherever they are; others
    only beside each other.
    """
    parts = folder.split(b"/")
    for at in range(len(parts) - 1, -1, -1):
        name = without_zip(parts[at]).decode("utf-8", "replace").casefold()
        if not name.startswith("takeout") or not (found := _GOOGLE.fullmatch(name)):
            continue
        inside = parts[at + 1 :]
        if inside[:1] == [b""]:  # of an archive, after two slashes
            inside = inside[3 if inside[1:2] == [b""] else 1 :]
        elif name == "takeout":
            continue  # the folder that is in every piece
        if found["stamp"]:
            return b"/".join([found["stamp"].encode(), *inside])
        return b"/".join([*parts[:at], *inside])
    return folder
