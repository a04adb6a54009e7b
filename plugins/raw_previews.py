"""Find the JPEG previews that cameras put into their RAW files, largest first, and which way up they are."""

from __future__ import annotations

from collections.abc import Iterable

from mediaparser_core.formats import Format
from mediaparser_core.media import Media
from mediaparser_plugins import camera_containers
from mediaparser_plugins.tiff_directories import Directory, directories

SCANNED = 16 * 1024 * 1024  # bytes searched for a JPEG where no directory names one
LONGEST = 64 * 1024 * 1024  # bytes of one preview
_MOST_CANDIDATES = 200
_ORIENTATION = 0x0112
_NOT_TIFF = {"raf", "crw", "x3f", "mrw", "cr3", "raw"}


def previews(media: Media, format: Format) -> list[bytes]:
    """The JPEGs inside *media* that a decoder can read, the one with the most pixels first; at most three."""
    found = _sized(media, _named(media, format)) or _sized(media, _scanned(media))
    largest = sorted(found, key=lambda place: -found[place])[:3]
    return [media.read_at(offset, min(length, LONGEST)) for offset, length in largest]


def orientation(media: Media, format: Format) -> int | None:
    """EXIF orientation (1-8) of the sensor data, for previews that do not say it themselves."""
    base = 0
    if format.name in _NOT_TIFF:
        marks = {"cr3": b"CMT1", "mrw": b"\0TTW"}  # both are followed by a TIFF of their own
        at = media.head.find(marks.get(format.name, b"no such mark"))
        if at < 0:
            return None
        base = at + (4 if format.name == "cr3" else 8)
    try:
        value = next((d.number(_ORIENTATION) for d in directories(media, base) if _ORIENTATION in d.fields), 0)
    except ValueError:
        return None
    return value if 1 <= value <= 8 else None


def begins_with_thumbnail(media: Media, format: Format) -> bool:
    """Whether the first directory is a small finished picture without JPEG, which any reader of TIFF can show."""
    try:
        first = directories(media)[0] if format.name not in _NOT_TIFF else None
    except (ValueError, IndexError):
        return False
    return first is not None and first.number(0x0106) in (2, 6) and 0 < first.number(0x0100) <= 2048


def _named(media: Media, format: Format) -> list[tuple[int, int]]:
    """Where the file's own directories say that there is a JPEG."""
    try:
        if format.name in _NOT_TIFF:
            return [(at, length) for kind, at, length in camera_containers.parts(media) if kind == "jpeg"]
        return [place for directory in directories(media) for place in _in_directory(directory)]
    except ValueError:
        return []


def _in_directory(directory: Directory) -> Iterable[tuple[int, int]]:
    offset, length = directory.number(0x0201), directory.number(0x0202)  # JPEGInterchangeFormat and its length
    if offset and length:
        yield directory.base + offset, length
    if directory.number(0x0103) in (6, 7) and len(pieces := directory.pieces()) == 1:  # one strip, JPEG compression
        yield pieces[0]
    if 0x002E in directory.fields:  # Panasonic's JpgFromRaw
        yield directory.fields[0x002E].offset, directory.fields[0x002E].length


def _scanned(media: Media) -> Iterable[tuple[int, int]]:
    """Wherever a JPEG seems to begin; it ends where the decoder finds its end."""
    data, at = media.read_at(0, SCANNED), -1
    for _ in range(_MOST_CANDIDATES):
        at = data.find(b"\xff\xd8\xff", at + 1)
        if at < 0:
            return
        yield at, min(media.size - at, LONGEST)


def _sized(media: Media, places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Those of *places* that hold a JPEG which a decoder can read, with its number of pixels."""
    return {place: pixels for place in places if (pixels := _pixels(media, *place))}


def _pixels(media: Media, offset: int, length: int) -> int:
    """Pixels of the JPEG at *offset* by its frame header; 0 for none, and for the lossless kind that is sensor data."""
    end = min(offset + length, media.size)
    if media.read_at(offset, 3) != b"\xff\xd8\xff":
        return 0
    at = offset + 2
    for _ in range(_MOST_CANDIDATES):
        head = media.read_at(at, 9)
        if len(head) < 9 or at + 9 > end or head[0] != 0xFF:
            return 0
        if head[1] in (0xC0, 0xC1, 0xC2):
            return int.from_bytes(head[5:7], "big") * int.from_bytes(head[7:9], "big")
        if head[1] in (0xC3, 0xD9, 0xDA) or 0xC5 <= head[1] <= 0xC7 or 0xC9 <= head[1] <= 0xCB:
            return 0
        at += 1 if head[1] == 0xFF else 2 + max(int.from_bytes(head[2:4], "big"), 2)
    return 0
