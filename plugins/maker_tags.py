"""Read the few things worth knowing in the notes that camera makers hide inside EXIF."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from mediaparser_plugins.reading import Reading, Source, from_bytes

# Their notes hold no serial number, no date and no identifier.
_QUIET = ("google", "htc", "huawei", "jolla", "lg electronics", "lge", "nokia", "oneplus", "xiaomi")
_SIZES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4)

# Tag → the name ExifTool gives it; None: it means something that only ExifTool can tell.
_APPLE = {0x0B: "Apple:BurstUUID", 0x11: "Apple:MediaGroupUUID"}
_CANON = {0x0C: "Canon:SerialNumber", 0x96: "Canon:InternalSerialNumber"}
_NIKON = {0x1D: "Nikon:SerialNumber", 0xA0: "Nikon:SerialNumber"}
_FUJIFILM = {0x10: "FujiFilm:InternalSerialNumber"}
_SAMSUNG = {0xA002: None}


def read(note: bytes, source: Source, offset: int, order: str, reading: Reading) -> None:
    """Read *note*, which lies at *offset* of the TIFF *source* with byte *order*; doubt what is not known as quiet."""
    make = str(reading.tags.get("IFD0:Make", "")).lower()
    if note.startswith(b"Apple iOS\0") and note[12:14] == b"MM":
        _directory(from_bytes(note), 14, ">", (0, len(note)), _APPLE, reading)
    elif note.startswith(b"Nikon\0\x02") and note[10:14] in (b"MM\0*", b"II*\0"):
        inner = from_bytes(note[10:])
        nikon_order = ">" if note[10:12] == b"MM" else "<"
        start = struct.unpack(nikon_order + "I", inner(4, 4))[0] if len(note) >= 18 else 0
        if start != 8:
            reading.doubt("notes of Nikon that begin elsewhere")
        _directory(inner, start, nikon_order, (0, len(note)), _NIKON, reading)
    elif make.startswith("canon") and " 5D" not in str(reading.tags.get("IFD0:Model", "")):
        _directory(source, offset, order, (offset, offset + len(note)), _CANON, reading)
    elif note.startswith(b"FUJIFILM") and len(note) > 14:
        _directory(from_bytes(note), struct.unpack("<I", note[8:12])[0], "<", (0, len(note)), _FUJIFILM, reading)
    elif make.startswith("samsung") and note[2:4] in (b"\1\0", b"\0\1") and b"0100" in note[:16]:
        _directory(from_bytes(note), 0, "<" if note[2] else ">", (0, len(note)), _SAMSUNG, reading)
    elif not make.startswith(_QUIET):
        reading.doubt(f"maker notes of {make or 'nobody'}")


def _directory(
    source: Source, start: int, order: str, inside: tuple[int, int], names: Mapping[int, str | None], reading: Reading
) -> None:
    raw = source(start, 2)
    count = struct.unpack(order + "H", raw)[0] if len(raw) == 2 else 0
    table = source(start + 2, 12 * count)
    if not 0 < count <= 500 or len(table) < 12 * count:
        return reading.doubt("maker notes that cannot be read")
    for tag, kind, number, field in struct.iter_unpack(order + "HHI4s", table):
        length = number * _SIZES[kind] if 0 < kind < len(_SIZES) else -1
        at = struct.unpack(order + "I", field)[0]
        if length < 0 or (length > 4 and not inside[0] <= at <= at + length <= inside[1]):
            reading.doubt("maker notes that were moved or are broken")
            continue
        if tag not in names:
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
        else:
            reading.doubt(f"{name} is of another type")
    return None
