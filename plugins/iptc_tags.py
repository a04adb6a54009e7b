"""Read IPTC records, and the Photoshop resources they lie in."""

from __future__ import annotations

import re
import struct

from mediaparser_plugins.reading import Reading, shown

MOST_KEYWORDS = 1000
_UTF8 = b"\x1b%G"

_NAMES = {
    5: "ObjectName", 25: "Keywords", 55: "DateCreated", 60: "TimeCreated", 62: "DigitalCreationDate",
    63: "DigitalCreationTime", 120: "Caption-Abstract",
}  # fmt: skip
_RESOURCES = (b"8BIM", b"PHUT", b"DCSR", b"AgHg", b"MeSa")  # of Photoshop, ImageReady, PhotoDeluxe and others
_PRINTABLE = re.compile(rb"[ -~]*")
_DATE = re.compile(r"(\d{4})[^\d]*(\d\d)[^\d]*(\d\d)\Z", re.ASCII)
_TIME = re.compile(r"\A(\d\d)(\d\d)(\d\d)", re.ASCII)
_ZONE = re.compile(r"([+-]\d\d)(\d\d)\s*\Z", re.ASCII)


def read_photoshop(data: bytes, reading: Reading) -> None:
    """Read the resources of an APP13 segment or a TIFF tag: only IPTC (0x0404) holds tags we want."""
    at, found = 0, False
    while at + 12 <= len(data):
        if data[at : at + 4] not in _RESOURCES:
            return reading.doubt("a Photoshop resource of another kind")
        kind = struct.unpack(">H", data[at + 4 : at + 6])[0] if data[at : at + 4] == b"8BIM" else 0
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


def read(data: bytes, reading: Reading, group: str = "IPTC") -> None:
    """Read the records of IPTC-IIM in *data* as tags of *group*."""
    at, alphabet = 0, "cp1252"
    words: list[str] = []
    while at + 5 <= len(data) and data[at] == 0x1C:
        record, number, length = struct.unpack(">BBH", data[at + 1 : at + 5])
        value = data[at + 5 : at + 5 + length]
        at += 5 + length
        if length > 0x7FFF or len(value) < length:
            return reading.doubt("an IPTC record is cut, or larger than 32 KiB")
        value = value.rstrip(b"\0")
        if (record, number) == (1, 90):
            # other character sets are only designated by most who name one, not used
            alphabet = "utf-8" if value == _UTF8 else "?" if value.startswith(b"\x1b%") else "cp1252"
        elif record == 2 and number in _NAMES:
            _record(f"{group}:{_NAMES[number]}", value, alphabet, words, reading)
    if any(data[at:]):
        reading.doubt("something after the IPTC records")
    if words:
        reading.put(f"{group}:Keywords", words if len(words) > 1 else words[0])
    return None


def _record(key: str, value: bytes, alphabet: str, words: list[str], reading: Reading) -> None:
    if b"\0" in value or (alphabet == "?" and not value.isascii()):
        reading.doubt(f"{key} in an unknown alphabet")
    try:
        text = value.decode("cp1252") if alphabet == "cp1252" else shown(value)
    except UnicodeDecodeError:
        reading.doubt(f"{key} in an unknown alphabet")
        text = value.decode("latin-1")
    if key.endswith(":Keywords"):
        reading.heed(key, text)
        if len(words) < MOST_KEYWORDS:
            words.append(text)
        return
    if key.endswith(("Date", "DateCreated", "Time", "TimeCreated")) and not _PRINTABLE.fullmatch(value):
        reading.doubt(f"{key} is not as it should be")
    if key.endswith(("Date", "DateCreated")):
        text = _DATE.sub(r"\1:\2:\3", text)
    elif key.endswith(("Time", "TimeCreated")):
        text = _ZONE.sub(r"\1:\2", _TIME.sub(r"\1:\2:\3", text.replace(" ", ":")))
    reading.say(key, text)
