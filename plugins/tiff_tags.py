"""Read the directories of TIFF: EXIF in any container, TIFF itself, and the raw formats built on it."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

from mediaparser_plugins import maker_tags
from mediaparser_plugins.reading import Reading, Source, shown

MOST_ENTRIES = 65_535  # of one file
MOST_DIRECTORIES = 64
LONGEST_VALUE = 16 * 1024 * 1024  # bytes
MOST_BYTES = 64 * 1024 * 1024  # of values of one file
_LONGEST_NAME = 4096  # bytes in which a name and a value are looked for

SIZES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4)  # bytes of a value, by TIFF type
BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SIGNED_LONG, SIGNED_RATIONAL, IFD = 1, 2, 3, 4, 5, 7, 9, 10, 13
_NO_NUMBERS = (ASCII, RATIONAL, SIGNED_RATIONAL, 11, 12)  # text and fractions: no place where a directory could be

_NAMES = {
    0x0100: ("ImageWidth", "number"),
    0x0101: ("ImageHeight", "number"),
    0x010E: ("ImageDescription", "text"),
    0x010F: ("Make", "text"),
    0x0110: ("Model", "text"),
    0x0112: ("Orientation", "number"),
    0x0131: ("Software", "text"),
    0x0132: ("ModifyDate", "date"),
    0x4746: ("Rating", "number"),
    0x9003: ("DateTimeOriginal", "date"),
    0x9004: ("CreateDate", "date"),
    0x9010: ("OffsetTime", "offset"),
    0x9011: ("OffsetTimeOriginal", "offset"),
    0x9012: ("OffsetTimeDigitized", "offset"),
    0x9290: ("SubSecTime", "subsec"),
    0x9291: ("SubSecTimeOriginal", "subsec"),
    0x9292: ("SubSecTimeDigitized", "subsec"),
    0x9C9E: ("XPKeywords", "ucs2"),
    0xA431: ("SerialNumber", "text"),
    0xC62F: ("CameraSerialNumber", "text"),
}
_GPS = {
    1: "GPSLatitudeRef", 2: "GPSLatitude", 3: "GPSLongitudeRef", 4: "GPSLongitude", 7: "GPSTimeStamp",
    29: "GPSDateStamp",
}  # fmt: skip
_EXIF_IFD, _GPS_IFD, _SUB_IFDS, _MAKER_NOTE = 0x8769, 0x8825, 0x014A, 0x927C
_OF_MAKERS = (0x8290, 0x8568, 0xC634, 0xFE00)  # of Kodak, AFCP, Adobe and others: notes in other places
_PHOTOSHOP_RAW = 0xF000  # above it ExifTool takes "name: value" for a tag of that name
_BLOCKS = {0x02BC: "xmp", 0x83BB: "iptc", 0x8649: "photoshop", 0x8773: "icc"}
_WHOLE = {BYTE: "B", SHORT: "H", LONG: "I", SIGNED_LONG: "i"}
# What ExifTool writes as a number, though it is text: a model "3320" is none.
_CAMERA = ("IFD0:Make", "IFD0:Model")
_NUMBER = re.compile(r"-?(\d|[1-9]\d{1,14})", re.ASCII)
_FORMS = {
    "date": re.compile(rb"[ -~]*"),
    "offset": re.compile(rb"[+-]\d\d:\d\d"),
    "subsec": re.compile(rb"\d+"),
}


def read(
    source: Source,
    reading: Reading,
    block: Callable[[str, bytes], None] | None = None,
    *,
    first: str = "IFD0",
    segment: bool = False,
) -> None:
    """Read the TIFF that begins at byte 0 of *source* into *reading*.

    *block* is called with the kind (``xmp``, ``iptc``, ``photoshop``, ``icc``) and the bytes of every other kind of
    metadata inside; without it such a thing is a reason to doubt. *first* is what the first directory is
    (``IFD0``, ``ExifIFD`` or ``GPS``), *segment* says that this is a segment of JPEG, whose later directories may be
    missing: they hold nothing but a small picture.
    """
    head = source(0, 8)
    order = {b"II*\0": "<", b"MM\0*": ">", b"IIRO": "<", b"IIRS": "<", b"IIU\0": "<"}.get(head[:4])
    if order is None or len(head) < 8:
        return reading.doubt("no TIFF header")
    if head[2:4] not in (b"*\0", b"\0*"):
        reading.doubt("a raw format of its own")
    _Tiff(source, order, reading, block, segment).chain(struct.unpack(order + "I", head[4:])[0], first)
    return None


class _Tiff:
    def __init__(
        self, source: Source, order: str, reading: Reading, block: Callable[[str, bytes], None] | None, segment: bool
    ) -> None:
        self.source, self.order, self.reading, self.block, self.segment = source, order, reading, block, segment
        self.seen: set[int] = set()
        self.entries_left = MOST_ENTRIES
        self.bytes_left = MOST_BYTES
        self.gps: dict[str, bytes] = {}

    def chain(self, offset: int, first: str) -> None:
        """The first directory and those that follow it."""
        for number in range(MOST_DIRECTORIES):
            if not offset:
                break
            offset = self.directory(offset, f"IFD{number}" if number else first)
        self.place()

    def directory(self, start: int, name: str) -> int:
        """One directory; gives the offset of the next one, 0 at the end."""
        if start in self.seen or start < 8 or len(self.seen) >= MOST_DIRECTORIES:
            self.reading.doubt(f"{name} is nowhere, or twice")
            return 0
        self.seen.add(start)
        raw = self.source(start, 2)
        count = struct.unpack(self.order + "H", raw)[0] if len(raw) == 2 else 0
        table = self.source(start + 2, 12 * count + 4)
        later = self.segment and name.startswith("IFD") and name != "IFD0"
        if later and (len(raw) < 2 or len(table) < 12 * count):
            return 0
        empty = not count and len(raw) == 2 and (later or name in ("ExifIFD", "GPS"))  # nothing can be missed
        odd = len(table) - 12 * count in (1, 3)  # ExifTool reads no directory that ends so
        if (not count and not empty) or len(table) < 12 * count or odd or count > self.entries_left:
            self.reading.doubt(f"{name} is empty, cut or too large")
            count = min(len(table) // 12, self.entries_left)
        self.entries_left -= count
        for tag, kind, number, value in struct.iter_unpack(self.order + "HHI4s", table[: 12 * count]):
            self.entry(name, tag, kind, number, value)
            if kind < len(SIZES) and number * SIZES[kind] > 4:
                at = struct.unpack(self.order + "I", value)[0]
                if at < 8 or start - number * SIZES[kind] < at < start + 12 * count + 6:
                    self.reading.doubt(f"the value of tag {tag:#x} lies inside the directory")
        rest = table[12 * count : 12 * count + 4]
        return int(struct.unpack(self.order + "I", rest)[0]) if len(rest) == 4 else 0

    def entry(self, name: str, tag: int, kind: int, count: int, field: bytes) -> None:
        if not 0 < kind < len(SIZES):
            return self.reading.doubt(f"type {kind} in {name}")
        wanted = name == "GPS" and tag in _GPS
        length = count * SIZES[kind]
        offset = struct.unpack(self.order + "I", field)[0] if length > 4 else 0
        if not (wanted or tag in _NAMES or tag in _POINTERS or tag in _BLOCKS or tag == _MAKER_NOTE):
            if length > 4 and not self.source(offset + length - 1, 1):
                self.reading.doubt(f"the value of tag {tag:#x} is outside")
            if name != "GPS" and (tag in _OF_MAKERS or (tag > _PHOTOSHOP_RAW and kind in (ASCII, UNDEFINED))):
                self.stranger(tag, field[:length] if length <= 4 else self.source(offset, min(length, _LONGEST_NAME)))
            return None
        self.bytes_left -= length
        if length > LONGEST_VALUE or self.bytes_left < 0:
            return self.reading.doubt(f"{length} bytes for tag {tag:#x}")
        value = field[:length] if length <= 4 else self.source(offset, length)
        if len(value) < length:
            self.reading.doubt(f"the value of tag {tag:#x} is outside")
        if wanted:
            kinds = (ASCII,) if tag in (1, 3, 29) else (RATIONAL, SIGNED_RATIONAL)
            negative = kind == SIGNED_RATIONAL and max(value[0 if self.order == ">" else 3 :: 4], default=0) > 0x7F
            if self.gps.setdefault(_GPS[tag], value) != value or kind not in kinds or negative:
                self.reading.doubt("GPS twice or of another type")
        elif name == "GPS":
            pass  # its own numbering: tag 0x0112 of a GPS directory is no orientation
        elif tag in _POINTERS:
            self.pointer(name, tag, kind, value)
        elif tag in _BLOCKS:
            self.block_of(name, tag, value)
        elif tag == _MAKER_NOTE:
            maker_tags.read(value, self.source, offset, self.order, self.reading)
        elif name in ("IFD0", "ExifIFD") or (name.startswith("SubIFD") and tag in (0x0100, 0x0101)):
            self.named(f"{name}:{_NAMES[tag][0]}", _NAMES[tag][1], kind, count, value)
        return None

    def stranger(self, tag: int, value: bytes) -> None:
        if tag in _OF_MAKERS or b": " in value or len(value) == _LONGEST_NAME:
            self.reading.doubt(f"tag {tag:#x}, which may hold others")

    def pointer(self, name: str, tag: int, kind: int, value: bytes) -> None:
        """A directory below this one; ExifTool, too, follows no pointer that is empty or no whole number."""
        if not value or kind in _NO_NUMBERS:
            return None
        if kind not in (LONG, IFD):
            return self.reading.doubt(f"a directory inside {name} at an odd place")
        offsets = struct.unpack(f"{self.order}{len(value) // 4}I", value[: len(value) // 4 * 4])
        known = ("IFD0", "ExifIFD") if tag == _SUB_IFDS else ("IFD0", "IFD1", "ExifIFD")
        if name not in known or (len(offsets) > 1 and tag != _SUB_IFDS):
            return self.reading.doubt(f"a directory inside {name}")
        for number, offset in enumerate(offsets[:8]):
            inner = {_EXIF_IFD: "ExifIFD", _GPS_IFD: "GPS"}.get(tag, f"SubIFD{number or ''}")
            self.directory(offset, inner)
        return None

    def block_of(self, name: str, tag: int, value: bytes) -> None:
        if self.block and name == "IFD0":
            self.block(_BLOCKS[tag], value)
        else:
            self.reading.doubt(f"{_BLOCKS[tag]} inside {name}")

    def named(self, key: str, form: str, kind: int, count: int, value: bytes) -> None:
        """One tag that becomes a fact; what is not in the form the standard asks for is kept, and doubted."""
        if form == "number" or (form == "text" and kind in _WHOLE and count == 1):
            if kind not in _WHOLE or count != 1:
                self.reading.doubt(f"{key} is no number")
            if kind in _WHOLE and len(value) >= SIZES[kind]:
                self.reading.put(key, int(struct.unpack_from(self.order + _WHOLE[kind], value)[0]))
            return
        if form == "ucs2":
            self.reading.put(key, value.decode("utf-16-le", "replace").rstrip("\0"))
            if b"\0\0" in value[:-2:2] or len(value) % 2:
                self.reading.doubt(f"{key} has text after its end")
            return
        if kind != ASCII:
            self.reading.doubt(f"{key} is no text")
        text = value.split(b"\0", 1)[0]
        if form == "subsec":
            text = text.rstrip(b" ")
        if form in _FORMS and not _FORMS[form].fullmatch(text):
            self.reading.doubt(f"{key} is not as it should be")
        said = shown(text).rstrip()
        self.reading.say(key, int(said) if key in _CAMERA and _NUMBER.fullmatch(said) else said)

    def place(self) -> None:
        """Signed degrees and one moment in UTC, as ExifTool composes them."""
        for axis, words in (("Latitude", b"NS"), ("Longitude", b"EW")):
            reference = self.gps.get(f"GPS{axis}Ref", b"").rstrip(b"\0")
            raw = self.gps.get(f"GPS{axis}")
            if raw is None and not reference:
                continue
            parts = self.rationals(raw or b"")
            if raw is None:
                continue
            if len(parts) == 3 and None in parts and not reference.lower().startswith((b"s", b"w")):
                for group in ("GPS", "Composite") if f"GPS{axis}Ref" in self.gps else ("GPS",):
                    self.reading.put(f"{group}:GPS{axis}", "")  # 0/0: the camera did not know where it was
                continue
            if len(reference) != 1 or reference not in words or len(parts) != 3 or None in parts:
                self.reading.doubt(f"GPS{axis} is not as it should be")
            if not parts or None in parts or not reference:
                continue
            degrees, minutes, seconds = ([part or 0.0 for part in parts] + [0.0, 0.0])[:3]
            tiny = any(0 < part < 1e-4 for part in (degrees, minutes, seconds))
            if tiny or degrees > 180 or minutes >= 60 or seconds >= 60:
                self.reading.doubt("degrees in a form of their own")
            value = degrees + (minutes + seconds / 60) / 60
            self.reading.put(f"GPS:GPS{axis}", value)
            self.reading.put(f"Composite:GPS{axis}", -value if reference[:1] in b"SsWw" else value)
        stamp, raw = self.gps.get("GPSDateStamp"), self.gps.get("GPSTimeStamp")
        if stamp is None or raw is None:
            return None
        parts = self.rationals(raw)
        nothing = len(raw) == 24 and not any(raw[at : at + 4].strip(b"\0") for at in (0, 8, 16))
        if nothing and not stamp.strip(b"\0"):  # a receiver that knew neither
            return self.reading.put("Composite:GPSDateTime", " 00:00:00Z")
        day = re.fullmatch(rb"(\d{4}):(\d\d):(\d\d)\0*", stamp)
        if day is None or len(parts) != 3 or None in parts:
            return self.reading.doubt("the GPS time is not as it should be")
        hour, minute, second = (part or 0.0 for part in parts)
        if hour % 1 or minute % 1 or hour > 23 or minute > 59 or second > 59.999:
            self.reading.doubt("the GPS time is not as it should be")
        clock = f"{second:012.9f}".rstrip("0").rstrip(".")
        text = b":".join(day.groups()).decode()
        self.reading.put("Composite:GPSDateTime", f"{text} {int(hour):02d}:{int(minute):02d}:{clock}Z")
        return None

    def rationals(self, raw: bytes) -> list[float | None]:
        """Quotients to ten digits, as many as ExifTool keeps; ``None`` where the denominator is zero."""
        numbers = struct.unpack(f"{self.order}{len(raw) // 8 * 2}I", raw[: len(raw) // 8 * 8])
        pairs = zip(numbers[::2], numbers[1::2], strict=True)
        return [float(f"{above / below:.9e}") if below else None for above, below in pairs]


_POINTERS = (_EXIF_IFD, _GPS_IFD, _SUB_IFDS)
