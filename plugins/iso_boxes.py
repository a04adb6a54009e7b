"""The boxes of ISO media files (MP4, MOV, HEIC, AVIF, CR3, JPEG XL, JPEG 2000), one level at a time."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from mediaparser_core.media import Media

MOST_BOXES = 200_000  # hours of fragmented video have fewer


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its four letters, and the absolute places where its payload begins and ends.

    ``whole`` is false when the box claims to reach beyond its container; ``end`` is then cut to what is there.
    """

    kind: bytes
    start: int
    end: int
    whole: bool = True


def boxes(media: Media, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes between *start* and *end* (default: of the whole file), without going into them.

    Raises ValueError for a box that claims to be shorter than its own header, or for more boxes than anybody writes.
    """
    stop = media.size if end is None else min(end, media.size)
    for _ in range(MOST_BOXES):
        head = media.read_at(start, min(16, stop - start))
        if len(head) < 8:
            return
        size, kind = struct.unpack_from(">I4s", head)
        header = 8
        if size == 1 and len(head) == 16:
            header, size = 16, struct.unpack_from(">Q", head, 8)[0]
        elif size == 0:
            if end is None or not kind.strip(b"\0"):  # "to the end of the file", or the zero that ends a QuickTime list
                yield Box(kind, start + header, stop) if kind.strip(b"\0") else Box(b"free", start, stop)
            return
        if size < header:
            raise ValueError("a box shorter than its header")
        yield Box(kind, start + header, min(start + size, stop), start + size <= stop)
        start += size
    raise ValueError("too many boxes")


def find(media: Media, path: tuple[bytes, ...], start: int = 0, end: int | None = None) -> Box | None:
    """The first box at *path* (``(b"moov", b"udta")``), or ``None``."""
    for box in boxes(media, start, end):
        if box.kind == path[0]:
            if len(path) == 1:
                return box
            below = find(media, path[1:], box.start, box.end)
            if below:
                return below
    return None
