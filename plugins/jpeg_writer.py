"""Put dates into the EXIF of a JPEG without ExifTool, where the outcome is certain: what it says otherwise stays, byte for byte.

Dates of the same length are replaced where they are. What is missing (an offset from UTC, as older cameras have none)
goes into a new directory behind all that is there, so that maker notes and thumbnails keep their places; the date in XMP
goes into a packet of its own where there is none. Everything else is left to ExifTool.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from mediaparser_core.media import Media
from mediaparser_plugins.identity_segments import jpeg_parts

_TAGS = {
    "ExifIFD:DateTimeOriginal": 0x9003, "ExifIFD:CreateDate": 0x9004, "ExifIFD:OffsetTimeOriginal": 0x9011,
    "ExifIFD:OffsetTimeDigitized": 0x9012, "ExifIFD:SubSecTimeOriginal": 0x9291, "ExifIFD:SubSecTimeDigitized": 0x9292,
}  # fmt: skip
_XMP_DATE = "XMP-photoshop:DateCreated"
_ASCII, _SHORT, _LONG, _EXIF_IFD = 2, 3, 4, 0x8769
_THUMBNAIL = 0x0201, 0x0202  # where it begins, and its length
_EXIF, _XMP, _MPF = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"MPF\0"
_MOST = 65_533  # bytes of a segment
_SEGMENTS = 1000
_PACKET = (
    "<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?>\n"
    "<x:xmpmeta xmlns:x='adobe:ns:meta/' x:xmptk='MediaParser'>\n"
    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\n"
    " <rdf:Description rdf:about='' xmlns:photoshop='http://ns.adobe.com/photoshop/1.0/'>\n"
    "  <photoshop:DateCreated>{}</photoshop:DateCreated>\n"
    " </rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end='w'?>"
)


def rewritten(media: Media, assignments: Sequence[tuple[str, str]], xmp_date: str) -> bytes | None:
    """The whole file with these tags set, or ``None`` where ExifTool has to do it.

    *assignments* are those of :meth:`mediaparser_core.exiftool.ExifTool.write`; *xmp_date* is their date as XMP has it.
    """
    wanted = dict(assignments)
    if media.data is None or wanted.keys() - _TAGS.keys() - {_XMP_DATE} or len(wanted) < len(assignments):
        return None
    try:
        return _rewritten(media, media.data, wanted, xmp_date)
    except (struct.error, ValueError, LookupError):
        return None


def _rewritten(media: Media, data: bytes, wanted: Mapping[str, str], xmp_date: str) -> bytes | None:
    places = _segments(data)
    exif = [(at, end) for at, end, marker in places if marker == 0xE1 and data[at + 4 : at + 10] == _EXIF]
    xmp = any(marker == 0xE1 and data.startswith(_XMP[:28], at + 4) for at, _, marker in places)
    if len(exif) != 1 or (xmp and _XMP_DATE in wanted):
        return None
    at, end = exif[0]
    values = {tag: wanted[name].encode("ascii") for name, tag in _TAGS.items() if name in wanted}
    block = _with(data[at + 10 : end], values)
    if block is None:
        return None
    more = _segment(_XMP + _PACKET.format(xmp_date).encode()) if _XMP_DATE in wanted else b""
    made = b"".join((data[:at], _segment(_EXIF + block), more, data[end:]))
    if len(made) != len(data):  # what points from one segment to another, or behind the picture, would miss
        parts = jpeg_parts(media)
        if not parts.ended or sum(parts.data) != media.size:
            return None
        if any(marker == 0xE2 and data.startswith(_MPF, at + 4) for at, _, marker in places):
            return None
    return made


def _segments(data: bytes) -> list[tuple[int, int, int]]:
    """``(start, end, marker)`` of each segment before the picture. Raises ``ValueError`` for anything unusual."""
    found: list[tuple[int, int, int]] = []
    at = 2
    for _ in range(_SEGMENTS):
        sign, marker, length = struct.unpack_from(">BBH", data, at)
        if sign != 0xFF or marker in (0x00, 0x01, 0xFF) or 0xD0 <= marker <= 0xD9 or length < 2:
            raise ValueError("stray bytes between the segments")
        if marker == 0xDA:
            return found
        found.append((at, at + 2 + length, marker))
        at += 2 + length
    raise ValueError("too many segments")


def _segment(content: bytes) -> bytes:
    if len(content) > _MOST:
        raise ValueError("too long for a segment")
    return struct.pack(">BBH", 0xFF, 0xE1, len(content) + 2) + content


def _with(tiff: bytes, values: Mapping[int, bytes]) -> bytes | None:
    """The TIFF block *tiff* with *values* (tag of the EXIF directory → text; empty: not to be there)."""
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
    if new and _reaches_beyond(tiff, order, first):
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
