"""What a native reader has read so far, and whether ExifTool would say the same."""

from __future__ import annotations

from collections.abc import Callable

Source = Callable[[int, int], bytes]
"""``source(offset, length)`` gives up to *length* bytes from *offset*, fewer beyond the end, none before the start."""


class Reading:
    """Tags under ExifTool's names, and the first reason to doubt them.

    A reader calls :meth:`doubt` for anything out of the ordinary: then ExifTool is asked where there is one, and the
    tags are the best we have where there is none.
    """

    def __init__(self) -> None:
        self.tags: dict[str, object] = {}
        self.why: str | None = None
        self._met: set[str] = set()

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

    def put(self, key: str, value: object) -> None:
        """Keep *value*; of two values for one key the first stays, and one of them is wrong."""
        if self.tags.setdefault(key, value) is not value:
            self.doubt(f"two values for {key}")


def from_bytes(data: bytes) -> Source:
    """*data* as a :data:`Source`."""

    def read(offset: int, length: int) -> bytes:
        return data[offset : offset + length] if offset >= 0 and length > 0 else b""

    return read
