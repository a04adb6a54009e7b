"""Walk the directories of a camera maker's notes, and hand the values of a few tags to those who understand them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from mediaparser_plugins import maker_offsets
from mediaparser_plugins.maker_offsets import SIZES
from mediaparser_plugins.reading import Reading, Source, shown

LONGEST = 1 << 20  # bytes of one value
_MOST_WARNINGS = 10  # after so many ExifTool reads no more of a directory

ASCII, LONG, UNDEFINED, IFD = 2, 4, 7, 13


@dataclass(frozen=True, slots=True)
class Note:
    """A note of ``length`` bytes at ``begin`` of a TIFF with byte ``order``, and the camera that wrote it.

    ``base`` is what its offsets count from, in bytes of the TIFF.
    """

    source: Source
    begin: int
    length: int
    order: str
    make: str
    model: str
    base: int = 0

    def data(self, start: int = 0) -> bytes:
        return self.source(self.begin + start, max(0, self.length - start))


@dataclass(frozen=True, slots=True)
class Value:
    """One value: TIFF type, how many, its bytes and where they begin; ``note`` has the directory's order and base."""

    kind: int
    count: int
    data: bytes
    at: int
    note: Note


Take = Callable[[Value, Reading], None]
Takes = Mapping[int, Take]
"""Tag → what is to be done with its value."""


def text(key: str, padding: bytes = b"") -> Take:
    """Take a string, without *padding* at its end."""

    def take(value: Value, reading: Reading) -> None:
        if value.kind != ASCII or not value.count:
            return reading.doubt(f"{key} is of another type")
        return reading.say(key, shown(value.data.split(b"\0", 1)[0].rstrip(padding)))

    return take


def number(key: str) -> Take:
    """Take one whole number."""

    def take(value: Value, reading: Reading) -> None:
        if value.kind != LONG or value.count != 1:
            return reading.doubt(f"{key} is of another type")
        return reading.say(key, int(struct.unpack(value.note.order + "I", value.data)[0]))

    return take


def either(key: str) -> Take:
    """Take a string or one whole number."""
    words, digits = text(key), number(key)
    return lambda value, reading: (words if value.kind == ASCII else digits)(value, reading)


def nothing(why: str) -> Take:
    """Leave it to ExifTool."""
    return lambda value, reading: reading.doubt(why)


def directory_at(takes: Takes, *, optional: bool = False) -> Take:
    """Follow a tag whose number is where another directory begins; zero may mean that there is none."""

    def take(value: Value, reading: Reading) -> None:
        if value.kind not in (LONG, IFD) or value.count != 1:
            return reading.doubt("a directory of a maker's that is nowhere")
        (at,) = struct.unpack(value.note.order + "I", value.data)
        if at or not optional:
            walk(value.note, value.note.base + at, reading, takes)
        return None

    return take


def read(
    note: Note,
    reading: Reading,
    takes: Takes,
    *,
    start: int = 0,
    base: int | None = None,
    order: str | None = None,
    search: bool = False,
    fix: bool = False,
) -> None:
    """Read the directory at *start* of *note*.

    Offsets count from *base* of the note, or from the beginning of the TIFF when it is ``None``. *order* is the byte
    order when it is always the same, *search* says that the directory may be anywhere from *start* on, *fix* that
    offsets may be wrong.
    """
    begin = note.begin + start
    if base is not None:
        note = replace(note, base=note.begin + base)
    if search:
        place = maker_offsets.located(note.data(start), note.source, begin, note.order)
        if place is None:
            return reading.doubt("maker notes that cannot be found")
        begin, order = begin + place[0], place[1]
    note = replace(note, order=order or maker_offsets.order_of(note.source, begin, note.order))
    entries = _entries(note, begin, reading)
    if entries is None:
        return None
    moved = _moved(note, begin, entries, fix=fix) if base is None else 0
    if moved is None:
        return reading.doubt("maker notes that were moved")
    return _take(replace(note, base=note.base + moved), begin, entries, takes, reading)


def _moved(note: Note, begin: int, entries: list[maker_offsets.Entry], *, fix: bool) -> int | None:
    """By how much the offsets of the directory at *begin* are wrong; ``None``: ask ExifTool."""
    if note.make.startswith("Canon"):
        distance = maker_offsets.moved_by_canon(note.data(), note.begin, note.order, entries)
        if distance is not None:
            return distance
    if maker_offsets.count_from_entries(entries, note.order, note.begin + note.length - begin):
        return None
    end = begin + 2 + 12 * len(entries)
    return maker_offsets.moved(entries, note.order, note.source, end, note.make) if fix else 0


def walk(note: Note, begin: int, reading: Reading, takes: Takes) -> None:
    """Read the directory at *begin* of the TIFF, whose order and base are those of *note*."""
    entries = _entries(note, begin, reading)
    if entries is not None:
        _take(note, begin, entries, takes, reading)


def _entries(note: Note, begin: int, reading: Reading) -> list[maker_offsets.Entry] | None:
    raw = note.source(begin, 2) if begin >= 8 else b""
    count = struct.unpack(note.order + "H", raw)[0] if len(raw) == 2 else -1
    table = note.source(begin + 2, 12 * count) if 0 < count <= maker_offsets.MOST_ENTRIES else b""
    end = begin + 2 + 12 * count
    behind = (len(note.source(end, 4)), note.begin + note.length - end)
    if not 0 <= count <= maker_offsets.MOST_ENTRIES or len(table) < 12 * count or not _closed(*behind):
        reading.doubt("maker notes that cannot be read")
        return None
    if not reading.spend(count):
        return None
    entries = list(struct.iter_unpack(note.order + "HHI4s", table))
    if entries and not _is_type(entries[0][1], note) and note.model != "ILCE-7M2":
        return None  # the first is broken: ExifTool reads none
    return entries


def _closed(behind: int, left: int) -> bool:
    """Whether the directory ends where one may: at the end of the data, or with the place of the next."""
    return behind in (0, 2, 4) and (left in (0, 2) or left >= 4 or left < 0)


def _is_type(kind: int, note: Note) -> bool:
    return 0 < kind < len(SIZES) or (kind == 16 and note.make == "Apple")


def _take(note: Note, begin: int, entries: list[maker_offsets.Entry], takes: Takes, reading: Reading) -> None:
    """What ExifTool warns of and leaves out is left out: values outside, over the directory or before all values."""
    end = begin + 2 + 12 * len(entries)
    warnings = 0
    for tag, kind, count, field in entries:
        if not _is_type(kind, note):
            warnings += kind != 0
            continue
        length = count * (8 if kind == 16 else SIZES[kind])
        at = 0
        if length > 4:
            offset = struct.unpack(note.order + "I", field)[0]
            at = note.base + offset
            inside = at >= 0 and length <= 0x7FFFFFFF and note.source(at + length - 1, 1)
            if not inside or offset < 8 or (at < end and at + length > begin):
                warnings += 1
                continue
        take = takes.get(tag)
        if take is None:
            continue
        if length > LONGEST:
            reading.doubt("maker notes with a huge value")
            continue
        take(Value(kind, count, note.source(at, length) if at else field[:length], at, note), reading)
    if warnings > _MOST_WARNINGS:
        reading.doubt("maker notes with much that is wrong")
