"""Read the EXIF inside raw pictures whose containers are not TIFF: Canon's CR3 and Fujifilm's RAF."""

from __future__ import annotations

import struct

from mediaparser_plugins import jpeg_tags, quicktime_tags, tiff_tags
from mediaparser_plugins.bmff_tags import boxes, content
from mediaparser_plugins.reading import Reading, Source, from_bytes

_CANON = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
_DIRECTORIES = {b"CMT1": "IFD0", b"CMT2": "ExifIFD", b"CMT4": "GPS"}


def read_cr3(source: Source, size: int, reading: Reading) -> None:
    """A movie without film: three TIFF directories, each in a box of its own."""
    reading.doubt("a raw format")
    quicktime_tags.read(source, size, reading)
    for movie in boxes(source, 0, size, reading):
        if movie[0] != b"moov":
            continue
        for box in boxes(source, movie[1], movie[2], reading):
            if box[0] == b"uuid" and source(box[1], 16) == _CANON:
                for inner in boxes(source, box[1] + 16, box[2], reading):
                    if name := _DIRECTORIES.get(inner[0]):
                        tiff_tags.read(from_bytes(content(source, inner, reading)), reading, first=name)


def read_raf(source: Source, size: int, reading: Reading) -> None:
    """A JPEG with all the EXIF lies inside."""
    reading.doubt("a raw format")
    head = source(84, 8)
    start, length = struct.unpack(">II", head) if len(head) == 8 else (0, 0)
    if not 92 <= start < size or start + length > size:
        return

    def inner(offset: int, much: int) -> bytes:
        return source(start + offset, min(much, length - offset)) if 0 <= offset < length else b""

    jpeg_tags.read(inner, length, reading)
    reading.tags.pop("Composite:ImageSize", None)  # of the preview, not of the picture
