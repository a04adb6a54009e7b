"""Put dates into EXIF, a TIFF block: in their places, or in a new directory behind everything, or in a block of its own.

What is there keeps its place, byte for byte, so that maker notes and thumbnails are still found.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

_UNDEFINED, _ASCII, _SHORT, _LONG, _RATIONAL, _EXIF_IFD = 7, 2, 3, 4, 5, 0x8769
_THUMBNAIL = 0x0201, 0x0202  # where it begins, and its length
_NOTES, _HEADER = 0x927C, 32  # the maker's, and the bytes in which a directory in them begins
_GROWS, _MOST = 1024, 65_536  # bytes, at most, that are put behind everything, and of a segment
_SIZES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4)  # bytes of each type
_PICTURES = {0x0111, 0x0201}  # where a picture begins, in a directory in which there should be none


def dated(tiff: bytes, values: Mapping[int, bytes]) -> bytes | None:
    """The TIFF block *tiff* with *values* (tag of the EXIF directory → text; empty: not to be there).

    ``None`` and ``ValueError``, ``LookupError`` or ``struct.error`` mean that it is nothing for us.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}[tiff[:4]]
    block = bytearray(tiff)
    first = _entries(tiff, order, struct.unpack_from(order + "I", tiff, 4)[0])
    pointers = [at for tag, kind, count, at in first if tag == _EXIF_IFD and (kind, count) == (_LONG, 1)]
    if len(pointers) != 1:
        return None
    start = struct.unpack_from(order + "I", tiff, pointers[0])[0]
    entries = _entries(tiff, order, start)
    tags = [tag for tag, *_ in entries]
    if tags != sorted(set(tags)):
        return None
    there = {tag: (kind, count, at) for tag, kind, count, at in entries}
    new: dict[int, bytes] = {}
    for tag, text in values.items():
        kind, count, at = there.get(tag, (0, 0, 0))
        if kind != _ASCII or count != len(text) + 1 or not text:  # not there yet, or not any more, or longer
            if text or kind:
                new[tag] = text and text + b"\0"
            continue
        place = at if count <= 4 else struct.unpack_from(order + "I", tiff, at)[0]
        if place < 8 or place + count > len(tiff):
            return None
        block[place : place + count] = text + b"\0"
    if new and (
        _reaches_beyond(tiff, order, first)
        or _PICTURES & {tag for tag, *_ in (*first, *entries)}
        or any(_notes_reach_beyond(tiff, order, at, count) for tag, _, count, at in entries if tag == _NOTES)
    ):
        return None
    if new:
        _append(block, order, pointers[0], start, entries, new)
    return bytes(block)


def _reaches_beyond(tiff: bytes, order: str, first: Sequence[tuple[int, int, int, int]]) -> bool:
    """Whether the thumbnail ends behind *tiff*: it would take in what is put there."""
    (second,) = struct.unpack_from(order + "I", tiff, first[-1][3] + 4)
    if not second:
        return False
    numbers = {
        tag: struct.unpack_from(order + ("H" if kind == _SHORT else "I"), tiff, at)[0]
        for tag, kind, _, at in _entries(tiff, order, second)
    }
    return bool(numbers.get(_THUMBNAIL[0], 0) + numbers.get(_THUMBNAIL[1], 0) > len(tiff))


def _notes_reach_beyond(tiff: bytes, order: str, field: int, count: int) -> bool:
    """Whether something in the maker's notes, as far as they are a directory, ends behind *tiff*."""
    (start,) = struct.unpack_from(order + "I", tiff, field)
    for at in range(start, start + min(_HEADER, count), 2):
        for each in "<>":
            number = int.from_bytes(tiff[at : at + 2], "little" if each == "<" else "big")
            rows = [tiff[row : row + 12] for row in range(at + 2, min(at + 2 + 12 * number, len(tiff) - 11), 12)]
            read = [struct.unpack(each + "HHII", row) for row in rows]
            if 1 < number == len(read) and all(0 < kind < 14 for _, kind, *_ in read):
                tags = [tag for tag, *_ in read]
                sizes = ((place, many * _SIZES[kind]) for _, kind, many, place in read)
                if tags == sorted(tags) and any(
                    4 < size < _MOST and place < len(tiff) + _GROWS and place + size > len(tiff)
                    for place, size in sizes
                ):
                    return True
    return False


def _append(
    block: bytearray,
    order: str,
    pointer: int,
    start: int,
    entries: Sequence[tuple[int, int, int, int]],
    new: Mapping[int, bytes],
) -> None:
    """Put the directory at *start*, with *new* texts (empty: without that tag), behind everything, and let *pointer* lead
    there."""
    rows = {tag: bytes(block[at - 8 : at + 4]) for tag, _, _, at in entries if tag not in new}
    new = {tag: text for tag, text in new.items() if text}
    following = bytes(block[start + 2 + 12 * len(entries) : start + 6 + 12 * len(entries)])
    if len(following) != 4:
        raise ValueError("a directory is cut")
    block += b"\0" * (len(block) % 2)
    behind = len(block) + 6 + 12 * (len(rows) + len(new))
    texts = b""
    for tag, text in sorted(new.items()):
        field = text.ljust(4, b"\0")
        if len(text) > 4:
            field = struct.pack(order + "I", behind + len(texts))
            texts += text + b"\0" * (len(text) % 2)
        rows[tag] = struct.pack(order + "HHI", tag, _ASCII, len(text)) + field
    struct.pack_into(order + "I", block, pointer, len(block))
    block += struct.pack(order + "H", len(rows)) + b"".join(rows[tag] for tag in sorted(rows)) + following + texts


def _entries(tiff: bytes, order: str, start: int) -> list[tuple[int, int, int, int]]:
    """``(tag, type, count, place of its field)`` of each entry of the directory at *start*."""
    if start < 8:
        raise ValueError("a directory that is nowhere")
    (number,) = struct.unpack_from(order + "H", tiff, start)
    found = [
        (*struct.unpack_from(order + "HHI", tiff, at), at + 8) for at in range(start + 2, start + 2 + 12 * number, 12)
    ]
    if any(not 0 < kind < 14 or not count for _, kind, count, _ in found):
        raise ValueError("a directory that ExifTool would not touch")
    return found


def fresh(values: Mapping[int, bytes], resolution: tuple[int, int, int]) -> bytes:
    """A TIFF block for a JPEG that has none, with *values* and what the standard wants to be there.

    *resolution* is that of the picture: across, down, and its unit as EXIF counts (1: none, 2: inches, 3: centimetres).
    """
    across, down, unit = (struct.pack(">II", resolution[0], 1), struct.pack(">II", resolution[1], 1), resolution[2])
    rows = {tag: (_ASCII, text + b"\0") for tag, text in values.items() if text}
    rows |= {
        0x9000: (_UNDEFINED, b"0232"), 0x9101: (_UNDEFINED, b"\1\2\3\0"), 0xA000: (_UNDEFINED, b"0100"),
        0xA001: (_SHORT, b"\xff\xff"),
    }  # fmt: skip
    first = {0x011A: (_RATIONAL, across), 0x011B: (_RATIONAL, down), 0x0128: (_SHORT, struct.pack(">H", unit)),
             0x0213: (_SHORT, b"\0\1"), _EXIF_IFD: (_LONG, b"")}  # fmt: skip
    behind = 8 + 6 + 12 * len(first) + 16
    first[_EXIF_IFD] = (_LONG, struct.pack(">I", behind))
    return b"MM\0*\0\0\0\x08" + _directory(first, 8) + _directory(rows, behind)


def _directory(rows: Mapping[int, tuple[int, bytes]], start: int) -> bytes:
    """A directory of *rows* (tag → type, bytes) at *start*, big end first, with what does not fit into it behind it."""
    lengths = {_ASCII: 1, _UNDEFINED: 1, _SHORT: 2, _LONG: 4, _RATIONAL: 8}
    made, texts = struct.pack(">H", len(rows)), b""
    for tag, (kind, data) in sorted(rows.items()):
        field = data.ljust(4, b"\0")
        if len(data) > 4:
            field = struct.pack(">I", start + 6 + 12 * len(rows) + len(texts))
            texts += data + b"\0" * (len(data) % 2)
        made += struct.pack(">HHI", tag, kind, len(data) // lengths[kind]) + field
    return made + b"\0\0\0\0" + texts
