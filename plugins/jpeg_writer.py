"""Put dates into the EXIF and XMP of a JPEG without ExifTool, where the outcome is certain.

Dates of the same length are replaced where they are. What is missing (an offset from UTC, as older cameras have none)
goes into a new directory behind all that is there, so that maker notes and thumbnails keep their places; the date in XMP
goes into the packet that is there, or one of its own. All else stays as it is, byte for byte, or is left to ExifTool.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from mediaparser_core.media import Media
from mediaparser_plugins import exif_writer, xmp_dates
from mediaparser_plugins.identity_segments import jpeg_parts

_TAGS = {
    "ExifIFD:DateTimeOriginal": 0x9003, "ExifIFD:CreateDate": 0x9004, "ExifIFD:OffsetTimeOriginal": 0x9011,
    "ExifIFD:OffsetTimeDigitized": 0x9012, "ExifIFD:SubSecTimeOriginal": 0x9291, "ExifIFD:SubSecTimeDigitized": 0x9292,
}  # fmt: skip
_XMP_DATE = "XMP-photoshop:DateCreated"
_EXIF, _XMP, _MPF, _JFIF = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"MPF\0", b"JFIF\0"
_PLAIN = (72, 72, 2)  # the resolution that EXIF says where none is known
Place = tuple[int, int, int]
"""Start, end and marker of a segment."""

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
    if wanted.keys() - _TAGS.keys() - xmp_dates.NAMES.keys() or len(wanted) < len(assignments):
        return None
    try:
        data = media.hold()
        return None if data is None else _rewritten(media, data, wanted, xmp_date)
    except (struct.error, ValueError, LookupError):
        return None


def _rewritten(media: Media, data: bytes, wanted: Mapping[str, str], xmp_date: str) -> bytes | None:
    places = _segments(data)
    made = b"".join(_pieces(data, places, wanted, xmp_date))
    if len(made) != len(data):  # what points from one segment to another, or behind the picture, would miss
        parts = jpeg_parts(media)
        if not parts.ended or sum(parts.data) != media.size:
            return None
        if any(marker == 0xE2 and data.startswith(_MPF, at + 4) for at, _, marker in places):
            return None
    return made


def _pieces(data: bytes, places: Sequence[Place], wanted: Mapping[str, str], xmp_date: str) -> list[bytes | memoryview]:
    """The new file, in pieces. Raises ``ValueError`` for what is nothing for us."""
    exif = [(at, end) for at, end, marker in places if marker == 0xE1 and data.startswith(_EXIF[:5], at + 4)]
    xmp = [(at, end) for at, end, marker in places if marker == 0xE1 and data.startswith(_XMP[:28], at + 4)]
    values = {tag: wanted[name].encode("ascii") for name, tag in _TAGS.items() if name in wanted}
    dates = {name: xmp_date for tag, name in xmp_dates.NAMES.items() if tag in wanted}
    if len(exif) > 1 or len(xmp) > 1 or not all(wanted.get(tag, "-") for tag in xmp_dates.NAMES):
        raise ValueError("metadata twice, or to be taken away")
    new: dict[tuple[int, int], bytes] = {}  # what takes the place of what is there
    if exif and values:
        at, end = exif[0]
        block = exif_writer.dated(data[at + 10 : end], values) if data.startswith(_EXIF, at + 4) else None
        if block is None:
            raise ValueError("EXIF that is not for us")
        new[at, end] = _segment(_EXIF + block)
    first = _behind_jfif(data, places)
    behind = exif[0][1] if exif else first
    if not exif and any(values.values()):
        new[first, first] = _segment(_EXIF + exif_writer.fresh(values, _resolution(data, places)))
    if xmp and dates:
        at, end = xmp[0]
        if not data.startswith(_XMP, at + 4):
            raise ValueError("XMP that is not for us")
        new[at, end] = _segment(_XMP + xmp_dates.dated(data[at + 4 + len(_XMP) : end], dates))
    elif dates:
        packet = _segment(_XMP + _PACKET.format(xmp_date).encode())
        new[behind, behind] = new.get((behind, behind), b"") + packet
    pieces: list[bytes | memoryview] = []
    view, done = memoryview(data), 0  # a copy of the picture less
    for (at, end), piece in sorted(new.items()):
        pieces += [view[done:at], piece]
        done = end
    return [*pieces, view[done:]]


def _behind_jfif(data: bytes, places: Sequence[Place]) -> int:
    """Where the first segment behind those of JFIF begins."""
    at = 2
    for start, end, marker in places:
        if start != at or marker != 0xE0 or not data.startswith((_JFIF, b"JFXX\0"), start + 4):
            break
        at = end
    return at


def _resolution(data: bytes, places: Sequence[Place]) -> tuple[int, int, int]:
    """As JFIF has it, in the units of EXIF."""
    for at, end, marker in places:
        if marker == 0xE0 and data.startswith(_JFIF, at + 4) and end - at >= 18:
            unit, across, down = struct.unpack_from(">BHH", data, at + 11)
            if not across or not down or unit > 2:
                raise ValueError("a resolution of nothing")
            return across, down, unit + 1
    return _PLAIN


def _segments(data: bytes) -> list[Place]:
    """Each segment before the picture. Raises ``ValueError`` for anything unusual."""
    found: list[Place] = []
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
