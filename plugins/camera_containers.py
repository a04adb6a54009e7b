"""Where RAF, CRW, X3F and MRW files keep their sensor data and their previews: containers of one camera maker each."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from mediaparser_core.media import Media

Part = tuple[str, int, int]  # "raw" or "jpeg", absolute offset, length


def parts(media: Media) -> list[Part]:
    """The sensor data and the JPEG previews that *media* says it has; they may lie beyond the end of a cut-off file.

    Raises ValueError when the container's own directory is broken.
    """
    readers = {"raf": _fuji, "crw": _canon, "x3f": _sigma, "mrw": _minolta}
    reader = readers.get(media.format.name) if media.format else None
    try:
        return [part for part in reader(media) if part[2] > 0] if reader else []
    except struct.error:
        raise ValueError("the file ends inside its directory") from None


def _fuji(media: Media) -> Iterator[Part]:
    jpeg, jpeg_length, _, _, raw, raw_length = struct.unpack(">6I", media.read_at(84, 24))
    yield "jpeg", jpeg, jpeg_length
    yield "raw", raw, raw_length


def _canon(media: Media) -> Iterator[Part]:
    """CIFF: a heap whose directory is at its end, where the last four bytes of the file say."""
    order = "<" if media.head[:2] == b"II" else ">"
    (start,) = struct.unpack(order + "I", media.read_at(2, 4))
    (directory,) = struct.unpack(order + "I", media.read_at(media.size - 4, 4))
    (count,) = struct.unpack(order + "H", media.read_at(start + directory, 2))
    for n in range(min(count, 512)):
        tag, length, offset = struct.unpack(order + "HII", media.read_at(start + directory + 2 + 10 * n, 10))
        if tag in (0x2005, 0x2007):  # RawData, JpgFromRaw
            yield "raw" if tag == 0x2005 else "jpeg", start + offset, length


def _sigma(media: Media) -> Iterator[Part]:
    """Sections, listed in a directory that the last four bytes of the file point to."""
    (directory,) = struct.unpack("<I", media.read_at(media.size - 4, 4))
    magic, _, count = struct.unpack("<4sII", media.read_at(directory, 12))
    if magic != b"SECd":
        raise ValueError("no directory of sections")
    for n in range(min(count, 512)):
        offset, length, kind = struct.unpack("<II4s", media.read_at(directory + 12 + 12 * n, 12))
        if kind in (b"IMAG", b"IMA2"):
            (picture_format,) = struct.unpack("<I", media.read_at(offset + 12, 4))
            # 28 bytes describe the picture; format 18 is a JPEG, which is where ExifTool writes
            yield "jpeg" if picture_format == 18 else "raw", offset + 28, length - 28


def _minolta(media: Media) -> Iterator[Part]:
    (header,) = struct.unpack(">I", media.read_at(4, 4))
    yield "raw", 8 + header, media.size - 8 - header
