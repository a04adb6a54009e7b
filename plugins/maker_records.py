"""Read dates and numbers at fixed places: notes of makers who use no directory, and blocks inside those who do.

The places are those of ExifTool's tag tables for Kodak (``KDK INFO`` of most EasyShares; DC240, DC280, DC3400, DC5000;
serial numbers of C340 and others; C140 and others), HP (text; M627; M425 and others), Reconyx (HyperFire, UltraFire,
HyperFire 2), Minolta (camera settings), Ricoh (image information), Nintendo (3DS) and Pentax (camera information).
"""

from __future__ import annotations

import re
import struct
from datetime import UTC, datetime, timedelta

from mediaparser_plugins.maker_directories import UNDEFINED, Note, Value
from mediaparser_plugins.reading import Reading, shown

_NINTENDO_BEGINS = datetime(2000, 1, 1, tzinfo=UTC)


def part(data: bytes, start: int, length: int, reading: Reading) -> bytes:
    """The bytes of one value; none when the block ends before it, and a doubt when it ends inside."""
    found = data[start : start + length]
    if 0 < len(found) < length:
        reading.doubt("a block of a maker's ends inside a value")
    return found if len(found) == length else b""


def moment(year: int, month: int, day: int, hour: int, minute: int, second: int) -> str:
    """As ExifTool writes it, be there such a day or not."""
    return f"{year:04d}:{month:02d}:{day:02d} {hour:02d}:{minute:02d}:{second:02d}"


def _string(data: bytes, start: int, length: int, reading: Reading) -> str:
    return shown(part(data, start, length, reading).split(b"\0", 1)[0])


def _kodak_day(year: bytes, day: bytes, clock: bytes, order: str, hour: str, reading: Reading) -> None:
    if year:
        reading.put("Kodak:YearCreated", int(struct.unpack(order + "H", year)[0]))
    if day:
        reading.put("Kodak:MonthDayCreated", f"{day[0]:02d}:{day[1]:02d}")
    if clock:
        reading.put("Kodak:TimeCreated", f"{clock[0]:{hour}}:{clock[1]:02d}:{clock[2]:02d}.{clock[3]:02d}")


def kodak_info(note: Note, reading: Reading) -> None:
    """``KDK INFO`` counts from the highest byte, ``KDK`` alone from the lowest."""
    data = note.data(8)
    order = ">" if note.data().startswith(b"KDK INFO") else "<"
    year, day, clock = (part(data, at, length, reading) for at, length in ((0x10, 2), (0x12, 2), (0x14, 4)))
    _kodak_day(year, day, clock, order, "02d", reading)


def kodak_dc(note: Note, reading: Reading) -> None:
    data = note.data()
    year, day, clock = (part(data, at, length, reading) for at, length in ((0x0C, 2), (0x0E, 2), (0x10, 4)))
    _kodak_day(year, day, clock, ">", "2d", reading)


def kodak_number(note: Note, reading: Reading) -> None:
    reading.say("Kodak:SerialNumber", _string(note.data(), 0, 16, reading).rstrip())


def kodak_dated(note: Note, reading: Reading) -> None:
    reading.say("Kodak:DateTimeOriginal", _string(note.data(), 0x14, 20, reading).replace("/", ":"))


def hp_text(note: Note, reading: Reading) -> None:
    data = note.data()
    preview = data.find(b"\xff\xd8\xff\xdb")
    if preview >= 0 and data.find(b"\xff\xd9", preview) > 0:
        data = data[:preview]
    if found := re.search(rb"serial number:\s*([\x20-\x7f]+)", data, re.IGNORECASE):
        reading.say("HP:SerialNumber", shown(found[1]))


def hp_number(note: Note, reading: Reading) -> None:
    said = _string(note.data(), 0x5C if note.data()[4] == 4 else 0x58, 26, reading)
    if said.startswith("SERIAL NUMBER:"):
        reading.say("HP:SerialNumber", said.removeprefix("SERIAL NUMBER:"))


def hyperfire(note: Note, reading: Reading) -> None:
    if raw := part(note.data(), 0x16, 12, reading):
        second, minute, hour, month, day, year = struct.unpack("<6H", raw)
        if max(second, minute, hour, month, day) > 0xFF:
            reading.doubt("a date of Reconyx in another byte order")
        reading.put("Reconyx:DateTimeOriginal", moment(year, month, day, hour, minute, second))
    if serial := part(note.data(), 0x2A, 30, reading):
        words = serial.decode("utf-16-le", "replace").split("\0", 1)[0]
        if not words.isascii() or not words.isprintable():
            reading.doubt("a number of Reconyx that is no plain text")
        reading.say("Reconyx:SerialNumber", words)


def ultrafire(note: Note, reading: Reading) -> None:
    if raw := part(note.data(), 0x3B, 7, reading):
        second, minute, hour, day, month, year = struct.unpack("<5BH", raw)
        reading.put("Reconyx:DateTimeOriginal", moment(year, month, day, hour, minute, second))
    if note.length > 0x4B:
        reading.say("Reconyx:SerialNumber", _string(note.data(), 0x4B, 15, reading))


def hyperfire_2(note: Note, reading: Reading) -> None:
    if raw := part(note.data(), 0x3E, 12, reading):
        second, minute, hour, day, month, year = struct.unpack("<6H", raw)
        reading.put("Reconyx:DateTimeOriginal", moment(year, month, day, hour, minute, second))
    if serial := part(note.data(), 0x7E, 30, reading):
        reading.say("Reconyx:SerialNumber", shown(serial))


def minolta_settings(value: Value, reading: Reading) -> None:
    """Numbers of four bytes, always from the highest byte on; the 22nd and the 23rd are a day and a time."""
    for key, at, width in (("MinoltaDate", 84, 4), ("MinoltaTime", 88, 2)):
        if raw := part(value.data, at, 4, reading):
            first, second, third = struct.unpack(">HBB", raw)
            reading.put(f"Minolta:{key}", f"{first:{'4d' if width == 4 else '02d'}}:{second:02d}:{third:02d}")


def ricoh_image(value: Value, reading: Reading) -> None:
    """Decimal digits, two in a byte: ``20 06 05 26 11 48 48`` are 2006-05-26 11:48:48."""
    if value.kind == 3:
        return  # another thing in GR
    if raw := part(value.data, 6, 7, reading):
        reading.put("Ricoh:RicohDate", "{}{}:{}:{} {}:{}:{}".format(*(f"{byte:02x}" for byte in raw)))


def ricoh_number(value: Value, reading: Reading) -> None:
    if value.kind != UNDEFINED or value.count < 2:
        return reading.doubt("a number of Ricoh in another form")
    if re.fullmatch(rb"[-\w ]+", value.data):
        return reading.say("Ricoh:SerialNumber", value.data.decode("ascii"))
    if value.data.endswith(b"\n"):
        return reading.doubt("a number of Ricoh in another form")
    return reading.say("Ricoh:InternalSerialNumber", value.data.hex())


def nintendo_camera(value: Value, reading: Reading) -> None:
    if raw := part(value.data, 8, 4, reading):
        taken = _NINTENDO_BEGINS + timedelta(seconds=int(struct.unpack("<I", raw)[0]))
        reading.put("Nintendo:TimeStamp", f"{taken:%Y:%m:%d %H:%M:%S}")
    if raw := part(value.data, 0x18, 4, reading):
        reading.say("Nintendo:InternalSerialNumber", "0x" + raw.hex())


def pentax_day(value: Value, reading: Reading) -> None:
    """The year from its highest byte on, whatever the order of the rest."""
    if (value.kind, value.count) != (UNDEFINED, 4):
        return reading.doubt("a day of Pentax in another form")
    return reading.put("Pentax:Date", "{:04d}:{:02d}:{:02d}".format(*struct.unpack(">HBB", value.data)))


def pentax_time(value: Value, reading: Reading) -> None:
    if value.kind != UNDEFINED or value.count not in (3, 4):
        return reading.doubt("a time of Pentax in another form")
    return reading.put("Pentax:Time", "{:02d}:{:02d}:{:02d}".format(*value.data[:3]))


def pentax_camera(value: Value, reading: Reading) -> None:
    if raw := part(value.data, 16, 4, reading):
        reading.say("Pentax:InternalSerialNumber", int(struct.unpack(value.note.order + "I", raw)[0]))


def panasonic_number(value: Value, reading: Reading) -> None:
    """Bytes of any kind, which ExifTool shows as they are."""
    if value.kind != UNDEFINED or value.count < 2:
        return reading.doubt("a number of Panasonic in another form")
    return reading.say("Panasonic:InternalSerialNumber", shown(value.data))


def samsung_number(value: Value, reading: Reading) -> None:
    """Only what begins with five letters or digits is a number."""
    if not re.match(rb"\w{5}", value.data):
        return None
    if value.kind != 2:
        return reading.doubt("a number of Samsung in another form")
    return reading.say("Samsung:SerialNumber", shown(value.data.split(b"\0", 1)[0]))
