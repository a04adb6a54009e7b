"""The directories of a TIFF file, and of the RAW files built on it, with every offset checked before it is followed."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from mediaparser_core.media import Media

MOST_DIRECTORIES = 64
MOST_BYTES = 8 * 1024 * 1024  # of one tag's numbers: two million strips
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_NUMBERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}
_SUB_DIRECTORIES = 0x014A


@dataclass(frozen=True, slots=True)
class Field:
    """One tag's place: TIFF type, number of values, absolute offset and length of its bytes in the file."""

    kind: int
    count: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Directory:
    """One image file directory; ``main`` when it is in the chain of the first, not below another one."""

    media: Media
    order: str
    base: int
    main: bool
    fields: dict[int, Field]

    def numbers(self, tag: int) -> tuple[int, ...]:
        """The whole numbers of *tag*; empty when it is missing, of another type, or reaches beyond the file."""
        field = self.fields.get(tag)
        if field is None or field.kind not in _NUMBERS or field.length > MOST_BYTES:
            return ()
        data = self.media.read_at(field.offset, field.length)
        return (
            struct.unpack(f"{self.order}{field.count}{_NUMBERS[field.kind]}", data) if len(data) == field.length else ()
        )

    def number(self, tag: int, default: int = 0) -> int:
        """The first number of *tag*, or *default*."""
        return next(iter(self.numbers(tag)), default)

    def pieces(self) -> list[tuple[int, int]]:
        """Absolute (offset, length) of the picture's strips or tiles, in order; empty when they do not pair up."""
        for offsets_tag, lengths_tag in ((0x0111, 0x0117), (0x0144, 0x0145)):
            offsets, lengths = self.numbers(offsets_tag), self.numbers(lengths_tag)
            if offsets and len(offsets) == len(lengths):
                return [(self.base + offset, length) for offset, length in zip(offsets, lengths, strict=True)]
        return []


def directories(media: Media, base: int = 0) -> list[Directory]:
    """The directories of the TIFF that begins at *base*: the main chain and, behind each, its SubIFDs.

    Classic TIFF and BigTIFF; the other magic numbers of ORF and RW2 are let pass. Raises ValueError when there is no
    TIFF at all; what is broken further in is left out.
    """
    head = media.read_at(base, 16)
    if len(head) < 8 or head[:2] not in (b"II", b"MM"):
        raise ValueError("no TIFF header")
    order = "<" if head[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", head, 2)[0] == 43
    if big and len(head) < 16:
        raise ValueError("no BigTIFF header")
    first = struct.unpack_from(order + ("Q" if big else "I"), head, 8 if big else 4)[0]
    found: list[Directory] = []
    waiting, seen = [(first, True)], set[int]()
    while waiting and len(found) < MOST_DIRECTORIES:
        offset, main = waiting.pop(0)
        if offset in seen or offset < 8:
            continue
        seen.add(offset)
        fields, following = _fields(media, order, base, offset, big=big)
        directory = Directory(media, order, base, main, fields)
        found.append(directory)
        below = [(child, False) for child in directory.numbers(_SUB_DIRECTORIES)[:MOST_DIRECTORIES]]
        waiting = [*below, *waiting, *([(following, main)] if following else [])]
    return found


def _fields(media: Media, order: str, base: int, offset: int, *, big: bool) -> tuple[dict[int, Field], int]:
    """The tags of the directory at *offset*, and where the next directory is (0: nowhere)."""
    counter, entry, pointer = ("Q", "HHQ", "Q") if big else ("H", "HHI", "I")
    width, size = struct.calcsize("<" + counter), 20 if big else 12
    count_data = media.read_at(base + offset, width)
    if len(count_data) < width:
        return {}, 0
    count = min(struct.unpack(order + counter, count_data)[0], 65535)
    data = media.read_at(base + offset + width, count * size + struct.calcsize("<" + pointer))
    fields: dict[int, Field] = {}
    for at in range(0, min(count * size, len(data) - size + 1), size):
        tag, kind, items = struct.unpack_from(order + entry, data, at)
        inline = at + struct.calcsize("<" + entry)
        length = _SIZES.get(kind, 0) * items
        place = base + offset + width + inline
        if length > (8 if big else 4):
            place = base + struct.unpack_from(order + pointer, data, inline)[0]
        if length and place + length <= media.size and tag not in fields:
            fields[tag] = Field(kind, items, place, length)
    rest = data[count * size :]
    return fields, struct.unpack(order + pointer, rest)[0] if len(rest) == struct.calcsize("<" + pointer) else 0
