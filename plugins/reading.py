"""What a native reader has read so far, and whether ExifTool would say the same."""

from __future__ import annotations

import re
from collections.abc import Callable

Source = Callable[[int, int], bytes]
"""``source(offset, length)`` gives up to *length* bytes from *offset*, fewer beyond the end, none before the start."""


MOST_ENTRIES = 20_000  # of directories inside the notes of makers, which may point to each other, of one file

# Text that ExifTool writes as a number, or as true or false, and that would come back in another form.
_NO_STRING = re.compile(r"-?\d+(\.\d{7,16}|(\.\d+)?e[-+]?\d+)|true|false", re.ASCII | re.IGNORECASE)
_NO_TEXT = re.compile("[\udc80-\udcff]")
_NO_CHARACTER = re.compile("[\ufffe\uffff]")


class Reading:
    """Tags under ExifTool's names, and the first reason to doubt them.

    A reader calls :meth:`doubt` for anything out of the ordinary: then ExifTool is asked where there is one, and the
    tags are the best we have where there is none.
    """

    def __init__(self) -> None:
        self.tags: dict[str, object] = {}
        self.why: str | None = None
        self._met: set[str] = set()
        self._left = MOST_ENTRIES

    @property
    def sure(self) -> bool:
        return self.why is None

    def doubt(self, why: str) -> None:
        if self.why is None:
            self.why = why

    def first(self, kind: str) -> bool:
        """Whether this is the first *kind* (``"xmp"``, ``"exif"`` …) in the file; a second is a doubt, and not read."""
        if kind in self._met:
            self.doubt(f"{kind} twice")
            return False
        self._met.add(kind)
        return True

    def spend(self, entries: int) -> bool:
        """Whether so many more *entries* may be read; when not, that is a doubt."""
        self._left -= entries
        if self._left < 0:
            self.doubt("too many entries in notes of makers")
        return self._left >= 0

    def put(self, key: str, value: object) -> None:
        """Keep *value*; of two values for one key the first stays, and one of them is wrong."""
        if self.tags.setdefault(key, value) != value:
            self.doubt(f"two values for {key}")

    def heed(self, key: str, value: str) -> None:
        """Doubt what only looks like text."""
        if _NO_STRING.fullmatch(value):
            self.doubt(f"{key} is no text for ExifTool")

    def say(self, key: str, value: str | int) -> None:
        """Keep what somebody wrote, as :meth:`put` and :meth:`heed`."""
        if isinstance(value, str):
            self.heed(key, value)
        self.put(key, value)


def from_bytes(data: bytes) -> Source:
    """*data* as a :data:`Source`."""

    def read(offset: int, length: int) -> bytes:
        return data[offset : offset + length] if offset >= 0 and length > 0 else b""

    return read


def shown(data: bytes) -> str:
    """*data* as ExifTool shows it: UTF-8, without zeros, and a question mark for every byte that is no UTF-8."""
    text = _NO_TEXT.sub("?", data.replace(b"\0", b"").decode("utf-8", "surrogateescape"))
    return text if text.isascii() else _NO_CHARACTER.sub("???", text)
