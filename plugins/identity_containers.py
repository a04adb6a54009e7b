"""Which bytes of TIFF, RAW and ISO media files are the picture or the film, and not words about it.

The same pieces as in :mod:`mediaparser_plugins.identity_segments`.
"""

from __future__ import annotations

from collections.abc import Iterator

from mediaparser_core.media import Media
from mediaparser_plugins import camera_containers, heif_items, iso_boxes
from mediaparser_plugins.identity_segments import Piece
from mediaparser_plugins.tiff_directories import Directory, directories

_DIMENSIONS = (0x0100, 0x0101, 0x0102, 0x0103, 0x0106, 0x0115, 0x0116, 0x0142, 0x0143)  # size, depth, coding, division
_JPEG_TABLES = 0x015B
_PANASONIC_RAW = 0x0118  # RawDataOffset: from there to the end of the file
_WORDS = (b"Exif", b"mime", b"uri ")


def tiff(media: Media) -> Iterator[Piece]:
    """Strips and tiles of the pictures in full size, with their dimensions; thumbnails are the writers' to change."""
    found = [directory for directory in directories(media) if directory.pieces() or _PANASONIC_RAW in directory.fields]
    for directory in [d for d in found if not d.number(0x00FE) & 1] or found:
        yield repr([directory.numbers(tag) for tag in _DIMENSIONS]).encode()
        yield from _data(media, directory)


def _data(media: Media, directory: Directory) -> Iterator[Piece]:
    start = directory.number(_PANASONIC_RAW)
    if start:
        yield start, media.size - start
        return
    tables = directory.fields.get(_JPEG_TABLES)
    if tables:
        yield tables.offset, tables.length
    yield from directory.pieces()


def camera(media: Media) -> Iterator[Piece]:
    """The sensor data of RAF, CRW, X3F and MRW."""
    for kind, offset, length in camera_containers.parts(media):
        if kind == "raw":
            yield offset, length


def heif(media: Media) -> Iterator[Piece]:
    """The data of all coded items, by number; of a sequence without items, its film."""
    if iso_boxes.find(media, (b"meta",)) is None:
        yield from film(media)
        return
    for item in heif_items.items(media).items:
        if item.kind not in _WORDS:
            yield item.kind
            yield from item.pieces


def film(media: Media) -> Iterator[Piece]:
    """The payload of every ``mdat`` box (or ``mini``, a short AVIF); what was cut off ends with the file."""
    found = False
    try:
        for box in iso_boxes.boxes(media):
            if box.kind in (b"mdat", b"mini"):
                found = True
                yield box.start, box.end - box.start
    except ValueError:  # phones put things that are no boxes behind the last one
        if not found:
            raise


def jxl(media: Media) -> Iterator[Piece]:
    """The codestream, the same whether it stands alone or in boxes, whole or in parts."""
    if media.head[:2] == b"\xff\x0a":
        yield 0, media.size
        return
    for box in iso_boxes.boxes(media):
        if box.kind == b"jxlc":
            yield box.start, box.end - box.start
        elif box.kind == b"jxlp":
            yield box.start + 4, box.end - box.start - 4


def jp2(media: Media) -> Iterator[Piece]:
    """The codestream, alone or in its box."""
    if media.head[:2] == b"\xff\x4f":
        yield 0, media.size
        return
    for box in iso_boxes.boxes(media):
        if box.kind == b"jp2c":
            yield box.start, box.end - box.start
