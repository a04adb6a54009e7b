"""Read the few things worth knowing in the notes that camera makers hide inside EXIF."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping

from mediaparser_plugins.reading import Reading, Source, from_bytes

# Their notes hold no serial number, no date and no identifier that ExifTool knows.
_QUIET = (
    "casio", "google", "htc", "huawei", "jolla", "jvc", "lg electronics", "lge", "nokia", "oneplus", "oppo", "sanyo",
    "victor", "xiaomi",
)  # fmt: skip
_QUIET_NOTES = (b"GE\0\0", b"GENIC\0", b"HDRP\2", b"MKED", b"Nikon\0\1", b"QVC\0")
_SIZES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4)
_MOST_MOVED = 10  # after so many ExifTool reads no more of a directory

# Tag → the name ExifTool gives it; None: it means something that only ExifTool can tell.
_APPLE = {0x0B: "Apple:BurstUUID", 0x11: "Apple:MediaGroupUUID"}
_CANON = {0x0C: "Canon:SerialNumber", 0x96: "Canon:InternalSerialNumber"}
_NIKON = {0x1D: "Nikon:SerialNumber", 0xA0: "Nikon:SerialNumber"}
_FUJIFILM = {0x10: "FujiFilm:InternalSerialNumber"}
_SAMSUNG = {0xA002: None}
_MINOLTA = {0x01: None, 0x03: None, 0x20: None}
_OTHER_MINOLTA = (b"MINOL", b"CAMER", b"MLY0", b"KC", b"+M+M", b"\xd7")
_OLYMPUS = {
    0x01: None, 0x03: None, 0x0404: "Olympus:SerialNumber", 0x101A: "Olympus:SerialNumber", 0x2010: None,
}  # fmt: skip
_EQUIPMENT = {0x0101: "Olympus:SerialNumber", 0x0102: "Olympus:InternalSerialNumber"}  # what 0x2010 points to
_MOTOROLA = {0x5501: "Motorola:SerialNumber"}
_PANASONIC = {0x25: "Panasonic:InternalSerialNumber", 0xAF: "Panasonic:TimeStamp"}
_PLAIN = re.compile(rb"([A-Z0-9]{13})\0*")  # Panasonic's number, in a type that may hold anything


def read(note: bytes, source: Source, offset: int, order: str, reading: Reading) -> None:
    """Read *note*, which lies at *offset* of the TIFF *source* with byte *order*; doubt what is not known as quiet."""
    make = str(reading.tags.get("IFD0:Make", "")).lower()
    model = str(reading.tags.get("IFD0:Model", ""))
    here = (offset, offset + len(note))
    if note.startswith(b"Apple iOS\0") and note[12:14] == b"MM":
        _directory(from_bytes(note), 14, ">", (0, len(note)), _APPLE, reading)
    elif note.startswith(b"Nikon\0\x02") and note[10:14] in (b"MM\0*", b"II*\0"):
        inner = from_bytes(note[10:])
        nikon_order = ">" if note[10:12] == b"MM" else "<"
        start = struct.unpack(nikon_order + "I", inner(4, 4))[0] if len(note) >= 18 else 0
        if start != 8:
            reading.doubt("notes of Nikon that begin elsewhere")
        _directory(inner, start, nikon_order, (0, len(note)), _NIKON, reading)
    elif make.startswith("canon") and " 5D" not in model:
        _directory(source, offset, order, here, _CANON, reading)
    elif note.startswith(b"FUJIFILM") and len(note) > 14:
        _directory(from_bytes(note), struct.unpack("<I", note[8:12])[0], "<", (0, len(note)), _FUJIFILM, reading)
    elif make.startswith("samsung") and note[2:4] in (b"\1\0", b"\0\1") and b"0100" in note[:16]:
        _directory(from_bytes(note), 0, "<" if note[2] else ">", (0, len(note)), _SAMSUNG, reading)
    elif note.startswith((b"OLYMP\0", b"EPSON\0")):
        _directory(source, offset + 8, order, here, _OLYMPUS, reading)
    elif note.startswith(b"OLYMPUS\0") and note[8:10] in (b"II", b"MM"):
        _new_olympus(from_bytes(note), len(note), "<" if note[8:10] == b"II" else ">", reading)
    elif note.startswith(b"MOT\0"):
        _directory(from_bytes(note), 8, order, (0, len(note)), _MOTOROLA, reading)
    elif note.startswith(b"Panasonic\0") and model != "DC-FT7":
        _directory(source, offset + 12, order, here, _PANASONIC, reading)
    elif make.startswith(("minolta", "konica minolta")) and not note.startswith(_OTHER_MINOLTA):
        _directory(source, offset, order, here, _MINOLTA, reading)
    elif make.startswith("nikon") and not note.startswith(b"Nikon"):
        _directory(source, offset, order, here, _NIKON, reading)
    elif make.startswith("hewlett-packard") and note[:1] == b"\0":
        pass  # none of the four kinds of notes that ExifTool knows of them
    elif not make.startswith(_QUIET) and not note.startswith(_QUIET_NOTES):
        reading.doubt(f"maker notes of {make or 'nobody'}")


def _new_olympus(note: Source, length: int, order: str, reading: Reading) -> None:
    """Their numbers are in a directory of their own."""
    names = {tag: name for tag, name in _OLYMPUS.items() if tag != 0x2010}
    _directory(note, 12, order, (0, length), names, reading)
    (count,) = struct.unpack(order + "H", note(12, 2))
    for tag, _, _, field in struct.iter_unpack(order + "HHI4s", note(14, 12 * count)[: 12 * count]):
        if tag == 0x2010:
            _directory(note, struct.unpack(order + "I", field)[0], order, (0, length), _EQUIPMENT, reading)


def _directory(
    source: Source, start: int, order: str, inside: tuple[int, int], names: Mapping[int, str | None], reading: Reading
) -> None:
    raw = source(start, 2)
    count = struct.unpack(order + "H", raw)[0] if len(raw) == 2 else 0
    table = source(start + 2, 12 * count)
    if not 0 < count <= 500 or len(table) < 12 * count:
        return reading.doubt("maker notes that cannot be read")
    entries = list(struct.iter_unpack(order + "HHI4s", table))
    elsewhere = 0
    for _, kind, number, field in entries:
        length = number * _SIZES[kind] if 0 < kind < len(_SIZES) else -1
        at = struct.unpack(order + "I", field)[0]
        if length < 0:
            reading.doubt("maker notes that are broken")
        elsewhere += length > 4 and not inside[0] <= at <= at + length <= inside[1]
    for tag, kind, number, field in entries:
        if tag not in names or not 0 < kind < len(_SIZES):
            continue
        length, at = number * _SIZES[kind], struct.unpack(order + "I", field)[0]
        if elsewhere and length > 4:
            reading.doubt("maker notes that were moved")
            continue
        name = names[tag]
        if name is None or not 0 < length <= 1024:
            reading.doubt(f"maker notes with tag {tag:#x}")
            continue
        value = field[:length] if length <= 4 else source(at, length)
        if kind == 4 and number == 1:
            reading.put(name, int(struct.unpack(order + "I", value)[0]))
        elif kind == 2 and value.split(b"\0", 1)[0].isascii():
            reading.put(name, value.split(b"\0", 1)[0].decode("ascii"))
        elif kind == 7 and names is _PANASONIC and (plain := _PLAIN.fullmatch(value)):
            reading.put(name, plain[1].decode("ascii"))
        else:
            reading.doubt(f"{name} is of another type")
    if elsewhere > _MOST_MOVED:
        reading.doubt("maker notes of which much was moved")
    return None
