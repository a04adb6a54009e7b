"""Find where the directory of a camera maker's notes begins, and what its offsets count from.

Makers do not agree, and programs that move notes do not all say so. What is done here is what ExifTool does by default,
which was observed with ``exiftool -v3`` and ``-htmldump`` over notes that were moved by known distances:

* the byte order is the one in which the number of entries makes sense, whatever the rest of the file uses;
* Canon writes at the end where its notes were, so that a reader can tell that they were moved;
* offsets of Pentax and Samsung are moved until the first value lies four bytes behind the directory;
* offsets that count from each entry are recognised, and left to ExifTool.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from itertools import pairwise

from mediaparser_plugins.reading import Source

SIZES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4)  # bytes of a value, by TIFF type
MOST_ENTRIES = 255  # of one directory; with more the byte order could not be told

Entry = tuple[int, int, int, bytes]
"""Tag, TIFF type, number of values, and the four bytes that hold the value or its offset."""

_TRUSTED = re.compile(r"(?i)pentax|asahi|ricoh|samsung")  # makers whose first value is expected four bytes behind


def order_of(source: Source, start: int, order: str) -> str:
    """The byte order of the directory at *start*, when the file's is *order*."""
    count = source(start, 2)
    if len(count) < 2:
        return order
    high, low = count if order == ">" else count[::-1]
    return order if high <= low or not high else "<" if order == ">" else ">"


def located(note: bytes, source: Source, begin: int, order: str) -> tuple[int, str] | None:
    """Where within *note*, which begins at *begin* of *source*, a directory may begin, and its byte order.

    The first of the even places up to 32 where all types and numbers make sense; ``None`` when there is none, or when
    it is behind a TIFF header or reaches behind the note.
    """
    for at in range(0, 33, 2):
        pair = note[at : at + 2]
        if at + 14 > len(note):
            return None
        if pair in (b"II", b"MM"):
            order = "<" if pair == b"II" else ">"
            if struct.unpack(order + "H", note[at + 2 : at + 4])[0] == 42:
                return None
        (count,) = struct.unpack(order + "H", pair)
        if count and not count & 0xFF:
            order, count = "<" if order == ">" else ">", count >> 8
        end = begin + at + 2 + 12 * count
        if 0 < count <= MOST_ENTRIES and _sensible(source(begin + at + 2, 12 * count), count, order, source, end):
            return (at, order) if end + 4 <= begin + len(note) else None
    return None


def _sensible(table: bytes, count: int, order: str, source: Source, end: int) -> bool:
    if len(table) < 12 * count or len(source(end, 4)) not in (0, 2, 4):
        return False
    for index, (_, kind, number, field) in enumerate(struct.iter_unpack(order + "HHI4s", table)):
        if not kind and not number and index:
            continue  # filled up with nothing
        if not 0 < kind < len(SIZES) or number >= 1 << 24:
            return False
        if count == 1 and number * SIZES[kind] > 4 and struct.unpack(order + "I", field)[0] > 0x10000:
            return False
    return True


def moved_by_canon(note: bytes, begin: int, order: str, entries: Sequence[Entry]) -> int | None:
    """How far notes of Canon lie behind the place that their last eight bytes name; ``None``: they name none."""
    if len(note) <= 8 or note[-8:-4] != (b"II*\0" if order == "<" else b"MM\0*"):
        return None
    distance = begin - int(struct.unpack(order + "I", note[-4:])[0])
    last = max(_blocks(entries, order).items(), default=(0, 0))
    # Picasa and others move the offsets and leave the eight bytes as they are
    return 0 if begin + len(note) - 8 - sum(last) in (0, 1) else distance


def _blocks(entries: Sequence[Entry], order: str) -> dict[int, int]:
    """The longest value at every offset."""
    found: dict[int, int] = {}
    for _, kind, number, field in entries:
        if not 0 < kind < len(SIZES):
            break
        if (size := number * SIZES[kind]) > 4:
            at = struct.unpack(order + "I", field)[0]
            found[at] = max(size, found.get(at, 0))
    return found


def count_from_entries(entries: Sequence[Entry], order: str, length: int) -> bool:
    """Whether the offsets look as if each counted from its own entry; *length* is that of the note from here on."""
    behind: dict[int, int] = {}
    least = most = -1
    for index, (_, kind, number, field) in enumerate(entries):
        if not 0 < kind < len(SIZES):
            break
        size = number * SIZES[kind]
        at = struct.unpack(order + "I", field)[0] + 12 * index
        if size <= 4 or behind.get(at, 0) > size:
            continue
        behind[at] = size
        if least < 0:
            least, most = at, at + size
        else:
            least = at if least < 12 or at < least else least
            most = min(most, at + size)
    if least < 0 or most > length - 2:
        return False
    table = 2 + 12 * len(entries)
    blocks = sorted(_blocks(entries, order).items())
    gaps = [at - (before + size) for (before, size), (at, _) in pairwise(blocks)]
    return least in (table - 2, table + 2) or (gaps.count(-12) > gaps.count(0) + gaps.count(1) and least >= table - 2)


def moved(entries: Sequence[Entry], order: str, source: Source, end: int, make: str) -> int | None:
    """By how much offsets must be moved so that the first value lies four bytes behind *end*; ``None``: ask ExifTool."""
    if not _TRUSTED.search(make):
        return None
    blocks = sorted(_blocks(entries, order).items())
    if not blocks:
        return 0
    first, last = blocks[0][0], -1
    for at, size in blocks:
        if last >= 0:
            if at - last >= 2 + 12 * len(entries) and abs(at - end - 4) <= 4:
                return None  # a value far before the others
            if first < 12:
                first = at
        last = at + size
    # a tag of Epson's, with a head of its own, tells whether offsets are right
    for tag, kind, number, field in entries:
        if tag == 0x0E00 and 0 < kind < len(SIZES) and number * SIZES[kind] > 4:
            at = struct.unpack(order + "I", field)[0]
            if at and source(at, 8) == b"PrintIM\0":
                return 0
    return 0 if first - end in (0, 4) else end + 4 - first
