"""Read the tags of common formats without ExifTool, and say whether the answer is certain."""

from __future__ import annotations

import struct

from mediaparser_core.formats import FORMATS
from mediaparser_core.media import Media
from mediaparser_plugins import (
    bmff_tags,
    icc_tags,
    iptc_tags,
    jpeg_tags,
    png_tags,
    quicktime_tags,
    raw_tags,
    tiff_tags,
    xmp_tags,
)
from mediaparser_plugins.reading import Reading, Source, from_bytes

_MOVIES = ("mp4", "mov", "m4v", "3gp")
_LIKE_TIFF = (
    "tiff", "arw", "cr2", "dcr", "dng", "erf", "iiq", "kdc", "mef", "mos", "nef", "nrw", "orf", "pef", "rw2", "srw",
)  # fmt: skip
_PICTURES = ("SubIFD", "SubIFD1", "SubIFD2", "SubIFD3")


def read(media: Media) -> tuple[dict[str, object], bool]:
    """The tags of *media* under ExifTool's names, and whether they make certainly the same facts as ExifTool's.

    Never raises for what is in the file: what was read is given, and it is not certain.
    """
    reading = read_all(media)
    return reading.tags, reading.sure


def read_all(media: Media) -> Reading:
    """As :func:`read`, with the reason to doubt."""
    reading = Reading()
    try:
        _read(media, media.format.name if media.format else "", reading)
    except (struct.error, ValueError, LookupError, ArithmeticError) as error:
        reading.doubt(f"a structure that makes no sense: {error}")
    if "Composite:ImageSize" not in reading.tags:
        reading.doubt("no shape")
    return reading


def _read(media: Media, name: str, reading: Reading) -> None:
    source, size = media.read_at, media.size
    if name == "jpeg":
        jpeg_tags.read(source, size, reading)
    elif name == "png":
        png_tags.read(source, size, reading)
    elif name == "webp":
        _webp(source, size, reading)
    elif name in ("heic", "avif"):
        bmff_tags.read_picture(source, size, reading)
    elif name in _MOVIES:
        quicktime_tags.read(source, size, reading)
    elif name == "cr3":
        raw_tags.read_cr3(source, size, reading)
    elif name == "raf":
        raw_tags.read_raf(source, size, reading)
    elif name in _LIKE_TIFF:
        _tiff(media, reading)
    else:
        reading.doubt(f"no reader of our own for {name or 'this'}")


def _tiff(media: Media, reading: Reading) -> None:
    if media.format is not FORMATS["tiff"]:
        reading.doubt("a raw format")

    def block(kind: str, data: bytes) -> None:
        if not reading.first(kind):
            return
        if kind == "xmp":
            xmp_tags.read(data, reading)
        elif kind == "icc":
            icc_tags.read(data, reading)
        elif kind == "iptc":
            iptc_tags.read(data, reading)
        else:
            reading.doubt(f"{kind} in a TIFF")

    tiff_tags.read(media.read_at, reading, block)
    # raw formats keep previews beside the picture, and some in its place: the largest is the picture
    sizes = [
        (reading.tags.get(f"{name}:ImageWidth"), reading.tags.get(f"{name}:ImageHeight"))
        for name in ("IFD0", *(() if media.format is FORMATS["tiff"] else _PICTURES))
    ]
    known = [(width, height) for width, height in sizes if isinstance(width, int) and isinstance(height, int) and width]
    if known:
        reading.put("Composite:ImageSize", "{} {}".format(*max(known)))


def _webp(source: Source, size: int, reading: Reading) -> None:
    """The chunks of WebP: EXIF, XMP, a colour profile, and the shape in one of three forms."""
    at = 12
    while at + 8 <= size:
        kind, length = struct.unpack("<4sI", source(at, 8))
        if at + 8 + length > size:
            reading.doubt(f"{kind!r} is cut")
            break
        once = kind in (b"EXIF", b"XMP ", b"ICCP", b"VP8X")
        data = source(at + 8, min(length, tiff_tags.LONGEST_VALUE if once else 16))
        at += 8 + length + (length & 1)
        if once and not reading.first(kind.decode()):
            continue
        if kind == b"EXIF":
            tiff_tags.read(from_bytes(data.removeprefix(b"Exif\0\0")), reading)
        elif kind == b"XMP ":
            xmp_tags.read(data, reading)
        elif kind == b"ICCP":
            icc_tags.read(data, reading)
        elif kind in (b"VP8X", b"VP8 ", b"VP8L") and "Composite:ImageSize" not in reading.tags:
            _webp_shape(kind, data, reading)
        elif kind not in (b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"):
            reading.doubt(f"{kind!r} in a picture")
    if at != size or struct.unpack("<I", source(4, 4))[0] + 8 != size:
        reading.doubt("a file of another length than it says")


def _webp_shape(kind: bytes, data: bytes, reading: Reading) -> None:
    if kind == b"VP8X" and len(data) >= 10:
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (4, 7))
    elif kind == b"VP8 " and data[3:6] == b"\x9d\x01\x2a" and len(data) >= 10:
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", data[6:10]))
    elif kind == b"VP8L" and data[:1] == b"\x2f" and len(data) >= 5:
        bits = int.from_bytes(data[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        return reading.doubt(f"{kind!r} is broken")
    return reading.put("Composite:ImageSize", f"{width} {height}")
