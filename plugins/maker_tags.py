"""Read the few things worth knowing in the notes that camera makers hide inside EXIF.

What becomes a fact is few: serial numbers, some makers' own dates, and Apple's identifiers. :data:`maker_kinds.KINDS`
tells whose notes these are, this room how each kind is laid out and which tags count; both as in ExifTool's tables of
tag names. Notes that none of these tables knows hold nothing that ExifTool would find either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from mediaparser_plugins import maker_directories as notes
from mediaparser_plugins import maker_records as records
from mediaparser_plugins import sony_notes
from mediaparser_plugins.maker_directories import (
    IFD,
    LONG,
    UNDEFINED,
    Note,
    Take,
    Takes,
    Value,
    directory_at,
    either,
    nothing,
    number,
    text,
)  # fmt: skip
from mediaparser_plugins.maker_kinds import kind_of
from mediaparser_plugins.maker_offsets import order_of
from mediaparser_plugins.reading import Reading, Source

_APPLE: Takes = {0x0B: text("Apple:BurstUUID"), 0x11: text("Apple:MediaGroupUUID")}
_CANON: Takes = {0x0C: number("Canon:SerialNumber"), 0x96: text("Canon:InternalSerialNumber", b"\xff")}
_FUJIFILM: Takes = {0x10: text("FujiFilm:InternalSerialNumber")}
_MOTOROLA: Takes = {0x5501: text("Motorola:SerialNumber")}
_NIKON: Takes = {
    0x1D: either("Nikon:SerialNumber"), 0xA0: text("Nikon:SerialNumber"),
    0x0E01: nothing("edits of Nikon Capture"), 0x0E1D: nothing("a colour profile of Nikon"),
}  # fmt: skip
_NINTENDO: Takes = {0x1101: records.nintendo_camera}
_PANASONIC: Takes = {0x25: records.panasonic_number, 0xAF: text("Panasonic:TimeStamp")}
_PENTAX: Takes = {
    0x06: records.pentax_day, 0x07: records.pentax_time, 0x0215: records.pentax_camera,
    0x0229: text("Pentax:SerialNumber"),
}  # fmt: skip
_RICOH: Takes = {0x05: records.ricoh_number, 0x1001: records.ricoh_image}
_SAMSUNG: Takes = {0xA002: records.samsung_number}
_SIGMA: Takes = {0x02: text("Sigma:SerialNumber")}
_EQUIPMENT: Takes = {0x0101: text("Olympus:SerialNumber"), 0x0102: text("Olympus:InternalSerialNumber")}
_KODAK_0: Takes = {0xFA19: text("Kodak:SerialNumber")}
_KODAK_CAMERA: Takes = {0xFA04: text("Kodak:SerialNumber")}


def _olympus(takes: Takes) -> Take:
    """A directory that the tag points to, or that is the tag's own value (E-1 and E-300)."""
    pointed = directory_at(takes)

    def take(value: Value, reading: Reading) -> None:
        if value.kind in (LONG, IFD):
            return pointed(value, reading)
        return _inside(value, 0, takes, reading)

    return take


def _inside(
    value: Value, start: int, takes: Takes, reading: Reading, order: str | None = None, base: int | None = None
) -> None:
    """The directory at *start* of a value, in *order* and counting from *base* where they are not those outside."""
    if not value.at:
        return reading.doubt("a directory of a maker's that is nowhere")
    inner = replace(
        value.note,
        begin=value.at,
        length=len(value.data),
        order=order or order_of(value.note.source, value.at + start, value.note.order),
        base=value.note.base if base is None else base,
    )
    return notes.walk(inner, value.at + start, reading, takes)


def _kodak_0(value: Value, reading: Reading) -> None:
    """Kodak's first directory: pointed to, or a value that begins with its byte order and counts from there."""
    if value.kind != UNDEFINED:
        return directory_at(_KODAK_0)(value, reading)
    order = {b"II": "<", b"MM": ">"}.get(value.data[:2])
    if order is None:
        return reading.doubt("a directory of Kodak without a byte order")
    return _inside(value, 2, _KODAK_0, reading, order=order, base=value.at)


def _kodak_255(value: Value, reading: Reading) -> None:
    if value.kind == UNDEFINED:
        _inside(value, 0, _KODAK_0, reading, order=value.note.order)


_OLYMPUS_AGAIN: Takes = {
    0x01: records.minolta_settings, 0x03: records.minolta_settings, 0x0404: text("Olympus:SerialNumber"),
    0x101A: text("Olympus:SerialNumber"), 0x2010: _olympus(_EQUIPMENT),
    0x4000: nothing("notes of Olympus within notes within notes"),
}  # fmt: skip
_OLYMPUS: Takes = {**_OLYMPUS_AGAIN, 0x4000: _olympus(_OLYMPUS_AGAIN)}
_KODAK: Takes = {
    0xFC00: _kodak_0, 0xFCFF: _kodak_255, 0xFF00: directory_at(_KODAK_CAMERA, optional=True),
}  # fmt: skip


def _minolta(note: Note, reading: Reading) -> None:
    takes = {0x01: records.minolta_settings}
    if note.model != "DiMAGE X31":  # its settings are others
        takes[0x03] = records.minolta_settings
    if note.model == "DSLR-A100":
        return reading.doubt("notes of Minolta with a number of their own")
    return notes.read(note, reading, takes)


def _fujifilm(note: Note, reading: Reading) -> None:
    start = int.from_bytes(note.data()[8:12], "little")
    if note.length < 14 or start > note.length:
        return reading.doubt("notes of Fujifilm that begin elsewhere")
    return notes.read(note, reading, _FUJIFILM, start=start, base=0, order="<")


_READERS: dict[str, Callable[[Note, Reading], None]] = {
    "apple": partial(notes.read, takes=_APPLE, start=14, base=0),
    "nikon": partial(notes.read, takes=_NIKON, start=18, base=10),
    "canon": partial(notes.read, takes=_CANON),
    "fujifilm": _fujifilm,
    "hp text": records.hp_text,
    "hp number": records.hp_number,
    "kodak info": records.kodak_info,
    "kodak dc": records.kodak_dc,
    "kodak number": records.kodak_number,
    "kodak directory": partial(notes.read, takes=_KODAK, search=True),
    "kodak tiff": partial(notes.read, takes=_KODAK, start=8, base=0, search=True),
    "kodak dated": records.kodak_dated,
    "minolta": _minolta,
    "motorola": partial(notes.read, takes=_MOTOROLA, start=8, base=0),
    "old nikon": partial(notes.read, takes=_NIKON),
    "nintendo": partial(notes.read, takes=_NINTENDO),
    "old olympus": partial(notes.read, takes=_OLYMPUS, start=8),
    "olympus": partial(notes.read, takes=_OLYMPUS, start=12, base=0),
    "om system": partial(notes.read, takes=_OLYMPUS, start=16, base=0),
    "leica of panasonic": partial(notes.read, takes=_PANASONIC, start=8),
    "panasonic": partial(notes.read, takes=_PANASONIC, start=12),
    "pentax": partial(notes.read, takes=_PENTAX, search=True, fix=True),
    "new pentax": partial(notes.read, takes=_PENTAX, start=10, base=0),
    "ricoh of pentax": partial(notes.read, takes=_PENTAX, start=8, base=0),
    "hyperfire": records.hyperfire,
    "ultrafire": records.ultrafire,
    "hyperfire 2": records.hyperfire_2,
    "ricoh": partial(notes.read, takes=_RICOH, start=8),
    "samsung": partial(notes.read, takes=_SAMSUNG, search=True, fix=True),
    "sigma": partial(notes.read, takes=_SIGMA, start=10),
    "sony": partial(notes.read, takes=sony_notes.TAKES, start=12),
    "sony of olympus": partial(notes.read, takes=_OLYMPUS, start=12),
    "sony without a head": partial(notes.read, takes=sony_notes.TAKES),
}


def read(note: bytes, source: Source, offset: int, order: str, reading: Reading) -> None:
    """Read *note*, which lies at *offset* of the TIFF *source* with byte *order*; doubt what only ExifTool understands."""
    make, model = str(reading.tags.get("IFD0:Make", "")), str(reading.tags.get("IFD0:Model", ""))
    kind = kind_of(note, make, model)
    if kind is None:
        return None
    reader = _READERS.get(kind)
    if reader is None:
        return reading.doubt(f"maker notes of {kind}")
    if len(note) <= 4:
        return reading.doubt("maker notes of four bytes")
    return reader(Note(source, offset, len(note), order, make, model), reading)
