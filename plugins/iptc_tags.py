"""Read IPTC records, and the Photoshop resources they lie in."""

from __future__ import annotations

import re
import struct

from mediaparser_plugins.reading import Reading

MOST_KEYWORDS = 1000
_UTF8 = b"\x1b%G"

_NAMES = {
    5: "ObjectName", 25: "Keywords", 55: "DateCreated", 60: "TimeCreated", 62: "DigitalCreationDate",
    63: "DigitalCreationTime", 120: "Caption-Abstract",
}  # fmt: skip
_DATE = re.compile(rb"(\d{4})(\d\d)(\d\d)")
_TIME = re.compile(rb"(\d\d)(\d\d)(\d\d)(?:([+-]\d\d)(\d\d))?")


def read_photoshop(data: bytes, reading: Reading) -> None:
    """Read the resources of an APP13 segment or a TIFF tag: only IPTC (0x0404) holds tags we want."""
    at, found = 0, False
    while at + 12 <= len(data):
        if data[at : at + 4] != b"8BIM":
            return reading.doubt("a Photoshop resource of another kind")
        kind = struct.unpack(">H", data[at + 4 : at + 6])[0]
        at += 6 + ((data[at + 6] + 2) & ~1)
        raw = data[at : at + 4]
        if len(raw) < 4:
            return reading.doubt("a Photoshop resource is cut")
        length = struct.unpack(">I", raw)[0]
        value = data[at + 4 : at + 4 + length]
        if len(value) < length:
            return reading.doubt("a Photoshop resource is cut")
        if kind == 0x0404:
            if found:
                reading.doubt("IPTC twice")
            read(value, reading)
            found = True
        elif kind in (0x0422, 0x0423, 0x0424, 0x040F):
            reading.doubt("EXIF, XMP or a colour profile in a Photoshop resource")
        at += 4 + ((length + 1) & ~1)
    if any(data[at:]):
        reading.doubt("something after the Photoshop resources")
    return None


def read(data: bytes, reading: Reading) -> None:
    """Read the records of IPTC-IIM in *data*."""
    at, utf8 = 0, False
    words: list[str] = []
    while at + 5 <= len(data) and data[at] == 0x1C:
        record, number, length = struct.unpack(">BBH", data[at + 1 : at + 5])
        value = data[at + 5 : at + 5 + length]
        at += 5 + length
        if length > 0x7FFF or len(value) < length:
            return reading.doubt("an IPTC record is cut, or larger than 32 KiB")
        if (record, number) == (1, 90):
            utf8 = value == _UTF8
            if not utf8:
                reading.doubt("an IPTC character set of its own")
        elif record == 2 and number in _NAMES:
            _record(_NAMES[number], value, utf8, words, reading)
    if any(data[at:]):
        reading.doubt("something after the IPTC records")
    if words:
        reading.put("IPTC:Keywords", words if len(words) > 1 else words[0])
    return None


def _record(name: str, value: bytes, utf8: bool, words: list[str], reading: Reading) -> None:
    if b"\0" in value or (not value.isascii() and not utf8):
        reading.doubt(f"IPTC:{name} in an unknown alphabet")
    try:
        text = value.decode("utf-8" if utf8 else "cp1252")
    except UnicodeDecodeError:
        reading.doubt(f"IPTC:{name} in an unknown alphabet")
        text = value.decode("latin-1")
    if name == "Keywords":
        if len(words) < MOST_KEYWORDS:
            words.append(text)
    elif name.endswith("Date") or name == "DateCreated":
        form = _DATE.fullmatch(value)
        if not form:
            reading.doubt(f"IPTC:{name} is no date")
        reading.put(f"IPTC:{name}", b":".join(form.groups()).decode() if form else text)
    elif name.startswith(("Time", "DigitalCreationTime")):
        form = _TIME.fullmatch(value)
        if not form:
            reading.doubt(f"IPTC:{name} is no time")
        if form:
            hour, minute, second, east, rest = (part.decode() if part else "" for part in form.groups())
            text = f"{hour}:{minute}:{second}" + (f"{east}:{rest}" if east else "")
        reading.put(f"IPTC:{name}", text)
    else:
        reading.put(f"IPTC:{name}", text)
