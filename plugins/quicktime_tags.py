"""Read the dates, places and names in MP4, MOV and 3GP."""

from __future__ import annotations

import re
import struct
from datetime import datetime, timedelta

from mediaparser_plugins import xmp_tags
from mediaparser_plugins.bmff_tags import Box, boxes, content
from mediaparser_plugins.reading import Reading, Source

_ADOBE_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_EMPTY = (b"free", b"skip", b"wide")
_TURNS = {(1, 0, 0, 1): 0, (0, 1, -1, 0): 90, (-1, 0, 0, -1): 180, (0, -1, 1, 0): 270}
_KEYS = {
    "creationdate": "CreationDate", "make": "Make", "model": "Model", "software": "Software",
    "content.identifier": "ContentIdentifier", "location.ISO6709": "GPSCoordinates", "title": "Title",
    "description": "Description", "keywords": "Keywords",
}  # fmt: skip
# Of the keys ExifTool names, those that are certain to make no fact.
_QUIET_KEYS = re.compile(
    r"location\.|live-photo|camera\.|encod|com\.apple\.photos|com\.android\.(version|capture\.fps)|artist|comment|full-frame|"
    r"direction\.|player\.|album|genre|author|copyright|version|com\.apple\.(framecount|cinematic|spatial)"
)
_USER = {
    b"\xa9day": "ContentCreateDate", b"\xa9xyz": "GPSCoordinates", b"\xa9mak": "Make", b"\xa9mod": "Model",
    b"\xa9nam": "Title",
}  # fmt: skip
_QUIET_USER = (
    b"\xa9swr", b"\xa9too", b"\xa9enc", b"\xa9fmt", b"\xa9inf", b"\xa9cmt", b"\xa9cpy", b"\xa9ART", b"\xa9gen",
    b"\xa9alb", b"name", b"auth", b"cprt", b"WLOC", b"SelO", b"AllF", b"LOOP", b"hnti", b"tsel",
)  # fmt: skip
_ITEMS = {b"\xa9day": "ContentCreateDate", b"\xa9nam": "Title", b"desc": "Description", b"keyw": "Keyword"}
_QUIET_ITEMS = (*_QUIET_USER, b"covr", b"----", b"trkn", b"cpil", b"pgap", b"tmpo")
_LANGUAGES = (0, 0x55C4, 0x15C7)  # none, undetermined, English
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d:\d\d(?::\d\d)?)\s*(Z|[+-]\d\d:?\d\d)?")
_PLACES = (
    re.compile(r"([+-])(\d{1,2}(?:\.\d*)?)()()([+-])(\d{1,3}(?:\.\d*)?)()()(?:([+-]\d+(?:\.\d*)?))?(?=[^\d.]|\Z)"),
    re.compile(r"([+-])(\d\d)(\d\d(?:\.\d*)?)()([+-])(\d{3})(\d\d(?:\.\d*)?)()(?:([+-]\d+(?:\.\d*)?))?"),
    re.compile(r"([+-])(\d\d)(\d\d)(\d\d(?:\.\d*)?)([+-])(\d{3})(\d\d)(\d\d(?:\.\d*)?)(?:([+-]\d+(?:\.\d*)?))?"),
)


def read(source: Source, size: int, reading: Reading) -> None:
    """Read the movie *source* of *size* bytes."""
    found = False
    for box in boxes(source, 0, size, reading):
        if box[0] == b"moov":
            if found:
                reading.doubt("two movies in one file")
            found = True
            _movie(source, box, reading)
        elif box[0] == b"uuid" and source(box[1], 16) == _ADOBE_XMP and reading.first("xmp"):
            xmp_tags.read(content(source, (b"uuid", box[1] + 16, box[2]), reading), reading)
        elif box[0] in _EMPTY:
            if any(source(box[1], min(64, box[2] - box[1]))):
                reading.doubt("something in an empty box")
        elif box[0] not in (b"ftyp", b"mdat"):
            reading.doubt(f"a box {box[0]!r}")
    if not found:
        reading.doubt("no movie in it")


def _movie(source: Source, movie: Box, reading: Reading) -> None:
    track = 0
    for box in boxes(source, movie[1], movie[2], reading):
        if box[0] == b"mvhd":
            created, modified, scale, duration = _header(source, box, reading)
            _put_date("QuickTime:CreateDate", created, reading)
            _put_date("QuickTime:ModifyDate", modified, reading)
            if duration is not None:
                reading.put("QuickTime:Duration", duration / scale if scale else duration)
        elif box[0] == b"trak":
            track += 1
            _track(source, box, f"Track{track}", reading)
        elif box[0] == b"udta":
            _user_data(source, box, reading)
        elif box[0] == b"meta":
            _meta(source, box, "Keys", reading)
        elif box[0] not in (b"iods", *_EMPTY):
            reading.doubt(f"{box[0]!r} in a movie")


def _header(source: Source, box: Box, reading: Reading) -> tuple[int, int, int, int | None]:
    """Creation, modification, scale and duration of mvhd or mdhd; of tkhd the scale is its number."""
    raw = source(box[1], 40)
    form, length = (">QQIQ", 28) if raw[:1] == b"\1" else (">IIII", 16)
    if box[0] == b"tkhd":
        form = ">QQIIQ" if raw[:1] == b"\1" else ">IIIII"
        length = struct.calcsize(form)
    if len(raw) < 4 + length or raw[0] > 1 or box[2] - box[1] < 4 + length:
        reading.doubt(f"{box[0]!r} is cut")
        return 0, 0, 0, None
    numbers = struct.unpack(form, raw[4 : 4 + length])
    return numbers[0], numbers[1], numbers[2], numbers[-1]


def _put_date(key: str, seconds: int, reading: Reading) -> None:
    try:
        moment = datetime(1904, 1, 1) + timedelta(seconds=seconds)
    except OverflowError:
        return reading.doubt(f"{key} is beyond the year 9999")
    return reading.put(key, f"{moment.year:04d}:{moment:%m:%d %H:%M:%S}+00:00")


def _track(source: Source, track: Box, name: str, reading: Reading) -> None:
    size, turn, handler = "", None, b""
    for box in boxes(source, track[1], track[2], reading):
        if box[0] == b"tkhd":
            created, _, _, duration = _header(source, box, reading)
            if duration is not None:
                _put_date(f"{name}:TrackCreateDate", created, reading)
            rest = source(box[2] - 44, 44) if box[2] - box[1] >= 80 else b""
            if len(rest) == 44:
                matrix = struct.unpack(">9i", rest[:36])
                turn = _TURNS.get(tuple((n > 0) - (n < 0) for n in (matrix[0], matrix[1], matrix[3], matrix[4])))
                width, height = struct.unpack(">II", rest[36:])
                size = f"{width >> 16} {height >> 16}" if width and height else ""
                if (width | height) & 0xFFFF or 0 < (width & height) >> 16 < 16:
                    reading.doubt("a size with a fraction, or so small that ExifTool takes it for one")
        elif box[0] == b"mdia":
            for inner in boxes(source, box[1], box[2], reading):
                if inner[0] == b"mdhd":
                    created, _, _, duration = _header(source, inner, reading)
                    if duration is not None:
                        _put_date(f"{name}:MediaCreateDate", created, reading)
                elif inner[0] == b"hdlr":
                    handler = source(inner[1] + 8, 4)
        elif box[0] not in (b"edts", b"tref", b"tapt", b"load", b"clip", b"matt", *_EMPTY):
            reading.doubt(f"{box[0]!r} in a track")
    if size and "Composite:ImageSize" not in reading.tags:
        reading.put("Composite:ImageSize", size)
    if handler == b"vide" and "Composite:Rotation" not in reading.tags:
        if turn is None:
            reading.doubt("a picture turned by another angle")
        else:
            reading.put("Composite:Rotation", turn)


def _user_data(source: Source, user: Box, reading: Reading) -> None:
    for box in boxes(source, user[1], user[2], reading):
        raw = content(source, box, reading)
        if box[0] in _USER:
            length, language = struct.unpack(">HH", raw[:4]) if len(raw) >= 4 else (0, 0)
            if length != len(raw) - 4 or language not in _LANGUAGES:
                reading.doubt(f"{box[0]!r} in several languages")
            _put_text(f"UserData:{_USER[box[0]]}", raw[4 : 4 + length], reading)
        elif box[0] == b"date":
            _put_text("UserData:DateTimeOriginal", raw, reading)
        elif box[0] == b"meta":
            _meta(source, box, "ItemList", reading)
        elif box[0] == b"XMP_" and reading.first("xmp"):
            xmp_tags.read(raw, reading)
        elif box[0] == b"loci":
            _put_place(raw, reading)
        elif box[0] not in (*_QUIET_USER, *_EMPTY, b"\0\0\0\0"):
            reading.doubt(f"{box[0]!r} in the user data")


def _meta(source: Source, meta: Box, group: str, reading: Reading) -> None:
    """Names and values: Apple's keys, or the list that iTunes began."""
    start = meta[1] + (4 if source(meta[1] + 4, 4) != b"hdlr" else 0)
    names: list[str] = []
    for box in boxes(source, start, meta[2], reading):
        if box[0] == b"keys":
            for inner in boxes(source, box[1] + 8, box[2], reading):
                name = content(source, inner, reading).decode("utf-8", "replace")
                names.append(name.removeprefix("com.apple.quicktime."))
        elif box[0] == b"ilst":
            for item in boxes(source, box[1], box[2], reading):
                number = struct.unpack(">I", item[0])[0]
                if 0 < number <= len(names):
                    name = names[number - 1]
                    known = f"Keys:{_KEYS[name]}" if name in _KEYS else None
                    if not known and not _QUIET_KEYS.match(name):
                        reading.doubt(f"a key called {name[:60]!r}")
                else:
                    known = f"ItemList:{_ITEMS[item[0]]}" if item[0] in _ITEMS else None
                    if not known and item[0] not in _QUIET_ITEMS:
                        reading.doubt(f"{item[0]!r} in a list")
                if known:
                    _item(source, item, known, reading)
        elif box[0] not in (b"hdlr", *_EMPTY):
            reading.doubt(f"{box[0]!r} beside names and values")


def _item(source: Source, item: Box, key: str, reading: Reading) -> None:
    values = [box for box in boxes(source, item[1], item[2], reading) if box[0] == b"data"]
    for box in values:
        raw = content(source, box, reading)
        if len(values) != 1 or len(raw) < 8 or raw[:4] != b"\0\0\0\1" or any(raw[4:8]):
            reading.doubt(f"{key} in several languages, or no text")
        _put_text(key, raw[8:], reading)


def _put_text(key: str, raw: bytes, reading: Reading) -> None:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        reading.doubt(f"{key} in an unknown alphabet")
        text = raw.decode("latin-1")
    text = text.rstrip("\0")
    if key.endswith(("Date", "Original")):
        found = _DAY.fullmatch(text)
        if not found:
            reading.doubt(f"{key} in a form of its own")
        else:
            zone = found[5] or ""
            zone = f"{zone[:3]}:{zone[-2:]}" if len(zone) > 1 else zone
            text = f"{found[1]}:{found[2]}:{found[3]} {found[4]}{zone}"
    elif key.endswith("GPSCoordinates"):
        text = _coordinates(text, reading)
        parts = text.split()
        for axis, part in zip(("Latitude", "Longitude"), parts, strict=False):
            if f"Composite:GPS{axis}" not in reading.tags:
                reading.put(f"Composite:GPS{axis}", part)
    reading.put(key, text)


def _coordinates(text: str, reading: Reading) -> str:
    """ISO 6709 ("+32.0929+034.8620+028.516/") as degrees: "32.0929 34.862"."""
    found = next((match for form in _PLACES if (match := form.match(text))), None)
    if not found:
        reading.doubt("coordinates in a form of their own")
        return ""
    both = []
    for sign, degrees, minutes, seconds in (found.groups()[:4], found.groups()[4:8]):
        value = float(degrees) + float(minutes or 0) / 60 + float(seconds or 0) / 3600
        both.append(-value if sign == "-" else value)
    return f"{both[0]:.15g} {both[1]:.15g}"


def _put_place(raw: bytes, reading: Reading) -> None:
    """3GP's own place: a name, then longitude and latitude as 16.16 fixed numbers."""
    _, zero, rest = raw[6:].partition(b"\0")
    if not zero or len(rest) < 9 or raw[6:8] == b"\xfe\xff":
        return reading.doubt("a place that cannot be read")
    east, north = struct.unpack(">ii", rest[1:9])
    reading.put("Composite:GPSLatitude", f"{north / 65536:.5f}")
    reading.put("Composite:GPSLongitude", f"{east / 65536:.5f}")
    reading.put("UserData:LocationInformation", "loci")
    return None
