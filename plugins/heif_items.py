"""The items of a HEIC or AVIF file: what each is, where its bytes are, and how large its picture is."""

from __future__ import annotations

from dataclasses import dataclass

from mediaparser_core.media import Media
from mediaparser_plugins import iso_boxes
from mediaparser_plugins.iso_boxes import Box

MOST_META = 16 * 1024 * 1024  # bytes of the box that lists the items
MOST_EXTENTS = 100_000


@dataclass(frozen=True, slots=True)
class Item:
    """One item: its number, its four-letter type, and absolute (offset, length) of its pieces."""

    number: int
    kind: bytes
    pieces: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Items:
    """All items of a file; ``primary`` is the number of the one to show, ``size`` its pixels before any rotation."""

    items: tuple[Item, ...]
    primary: int | None
    size: tuple[int, int] | None


class _Reader:
    """Big-endian numbers out of a box, one after the other. Raises ValueError at its end."""

    def __init__(self, media: Media, box: Box) -> None:
        if box.end - box.start > MOST_META:
            raise ValueError("a box of metadata larger than anybody writes")
        self.data, self.at = media.read_at(box.start, box.end - box.start), 0

    def number(self, width: int) -> int:
        piece = self.take(width)
        return int.from_bytes(piece, "big")

    def take(self, width: int) -> bytes:
        piece = self.data[self.at : self.at + width]
        if len(piece) < width:
            raise ValueError("a box ends too early")
        self.at += width
        return piece


def items(media: Media) -> Items:
    """What the ``meta`` box at the top of the file says. Raises ValueError when there is none, or it is broken."""
    meta = iso_boxes.find(media, (b"meta",))
    if meta is None:
        raise ValueError("no meta box")
    parts = {box.kind: box for box in iso_boxes.boxes(media, meta.start + 4, meta.end)}
    if b"iinf" not in parts or b"iloc" not in parts:
        raise ValueError("no list of items")
    kinds = _kinds(media, parts[b"iinf"])
    places = _places(_Reader(media, parts[b"iloc"]), parts.get(b"idat"))
    primary = None
    if b"pitm" in parts:
        reader = _Reader(media, parts[b"pitm"])
        primary = reader.number(2 if reader.number(4) >> 24 == 0 else 4)
    size = _size(media, parts[b"iprp"], primary) if b"iprp" in parts else None
    return Items(
        tuple(Item(number, kinds.get(number, b""), places[number]) for number in sorted(places)), primary, size
    )


def _kinds(media: Media, box: Box) -> dict[int, bytes]:
    version = media.read_at(box.start, 1)
    kinds: dict[int, bytes] = {}
    for entry in iso_boxes.boxes(media, box.start + (6 if version == b"\0" else 8), box.end):
        reader = _Reader(media, entry)
        entry_version = reader.number(4) >> 24
        if entry.kind == b"infe" and entry_version >= 2:
            number = reader.number(2 if entry_version == 2 else 4)
            reader.take(2)
            kinds[number] = reader.take(4)
    return kinds


def _places(reader: _Reader, idat: Box | None) -> dict[int, tuple[tuple[int, int], ...]]:
    version = reader.number(4) >> 24
    sizes = reader.number(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    places: dict[int, tuple[tuple[int, int], ...]] = {}
    total = 0
    for _ in range(reader.number(2 if version < 2 else 4)):
        number = reader.number(2 if version < 2 else 4)
        method = reader.number(2) & 15 if version in (1, 2) else 0
        reader.take(2)  # the file it is in: this one
        base = reader.number(base_size)
        if method == 1 and idat is not None:
            base += idat.start
        elif method != 0:
            raise ValueError("an item inside another one")
        count = reader.number(2)
        total += count
        if total > MOST_EXTENTS:
            raise ValueError("too many pieces")
        pieces = []
        for _ in range(count):
            if version in (1, 2):
                reader.take(index_size)
            offset = reader.number(offset_size)
            pieces.append((base + offset, reader.number(length_size)))
        places[number] = tuple(pieces)
    return places


def _size(media: Media, box: Box, primary: int | None) -> tuple[int, int] | None:
    """Pixels of the primary item: the ``ispe`` among its properties."""
    container = iso_boxes.find(media, (b"ipco",), box.start, box.end)
    links = iso_boxes.find(media, (b"ipma",), box.start, box.end)
    if container is None or links is None:
        return None
    properties = list(iso_boxes.boxes(media, container.start, container.end))
    reader = _Reader(media, links)
    flags = reader.number(4)
    for _ in range(reader.number(4)):
        number = reader.number(2 if flags >> 24 == 0 else 4)
        for _ in range(reader.number(1)):
            index = reader.number(2) & 0x7FFF if flags & 1 else reader.number(1) & 0x7F
            if number == primary and 0 < index <= len(properties) and properties[index - 1].kind == b"ispe":
                extents = media.read_at(properties[index - 1].start + 4, 8)
                return int.from_bytes(extents[:4], "big"), int.from_bytes(extents[4:], "big")
    return None
