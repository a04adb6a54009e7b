"""Read the segments of JPEG that only some cameras write, beside EXIF or instead of it.

* APP1 ``QVCI``: Casio QV-7000SX, with a date at a fixed place;
* APP2 ``FPXR``: FlashPix by Kodak, HP and others; sound, small pictures and their lists say nothing of interest;
* APP3 ``Meta``: Kodak; a TIFF of its own, of which one tag may be a serial number;
* APP6 ``MMIMETA``: Motorola; ExifTool does not read it, nor anything in APP2 and APP6 that has no name;
* APP12 picture info: Agfa, Epson, Olympus, Polaroid, Sanyo; lines of ``name=value``.

What they are was taken from ExifTool's tables of tag names for these segments.
"""

from __future__ import annotations

import re
import struct
from datetime import UTC, datetime, timedelta

from mediaparser_plugins.reading import Reading, shown

LONGEST_LINES = 2048  # bytes of picture info

_LINE = re.compile(rb"\[.*?\]|([\w#-]+=[ -~]+?)(?=\s*(?:[\n\r\0]|[\w#-]+=|\[|\Z))")
_NAMED = {"TimeDate": "DateTimeOriginal", "Serial#": "SerialNumber"}
_CALLED = re.compile("serialnumber|datetimeoriginal|internalserialnumber")
_STREAM = re.compile(rb"(.{4}).(/\0(?:[^\0]\0|\0[^\0]|[^\0][^\0])*?)\0\0", re.DOTALL)
_QUIET_STREAM = re.compile(
    r"(\x05?(Extension List|Audio Info|Screen Nail)|Audio( Stream)?|filler)( \d{6}|_[0-9a-f]{16})?"
)


def read(marker: int, data: bytes, reading: Reading) -> bool:
    """Read the APP segment *data*; whether it is one of these."""
    if marker == 0xE1 and data.startswith(b"QVCI\0"):
        _casio(data, reading)
    elif marker == 0xE2 and data.startswith(b"FPXR\0"):
        _flashpix(data, reading)
    elif marker == 0xE3 and data.startswith((b"Meta\0\0", b"META\0\0")):
        _kodak(data[6:], reading)
    elif marker == 0xEC:
        _picture_info(data, reading)
    else:
        # a head is a name: what begins with zero is none, but for InfiRay's, whose name comes later
        return (marker == 0xE6 and data.startswith((b"MMIMETA\0", b"\0"))) or (
            marker == 0xE2 and data.startswith(b"\0") and data[4:9] != b"IJPEG"
        )
    return True


def _casio(data: bytes, reading: Reading) -> None:
    said = shown(data[0x4D:0x61].split(b"\0", 1)[0]).replace(".", ":")
    if len(data) <= 0x4D:
        return None
    if len(data) < 0x61 or not said.isascii():
        return reading.doubt("a date of Casio that is cut or no text")
    return reading.say("Casio:DateTimeOriginal", re.sub(r"(\d+:\d+:\d+):", r"\1 ", said, count=1))


def _flashpix(data: bytes, reading: Reading) -> None:
    if len(data) < 13 or data[6] == 2:
        return None  # a part of a stream; the list of contents names them all
    if data[6] != 1 or not reading.first("FlashPix"):
        return reading.doubt("FlashPix with several lists")
    at = 9
    for _ in range(struct.unpack(">H", data[7:9])[0]):
        found = _STREAM.match(data, at)
        if not found:
            return reading.doubt("a list of FlashPix that cannot be read")
        name = found[2].decode("utf-16-le", "replace").rpartition("/")[2]
        if not _QUIET_STREAM.fullmatch(name):
            return reading.doubt(f"FlashPix with {name[:40]!a}")
        at = found.end() + (16 if found[1] == b"\xff\xff\xff\xff" else 0)
    return None


def _kodak(tiff: bytes, reading: Reading) -> None:
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    start = struct.unpack(order + "I", tiff[4:8])[0] if order and len(tiff) >= 10 else 0
    count = struct.unpack(order + "H", tiff[start : start + 2])[0] if order and 8 <= start <= len(tiff) - 2 else 0
    table = tiff[start + 2 : start + 2 + 12 * count]
    following = tiff[start + 2 + 12 * count :][:4]
    if not order or not 0 < count <= 255 or len(table) < 12 * count or following.strip(b"\0"):
        return reading.doubt("Kodak's Meta cannot be read")
    if any(tag == 0xC354 for tag, _ in struct.iter_unpack(order + "H10s", table)):
        return reading.doubt("Kodak's Meta with a serial number")
    return None


def _picture_info(data: bytes, reading: Reading) -> None:
    if len(data) > LONGEST_LINES or not reading.first("picture info"):
        return reading.doubt("picture info of great length, or twice")
    for found in _LINE.finditer(data):
        if not found[1]:
            continue
        name, _, value = found[1].decode("ascii").rpartition("=")
        if name not in _NAMED:
            if _CALLED.search(re.sub("[^a-z]", "", name.lower())):
                reading.doubt(f"picture info with {name[:40]}")
        elif name == "TimeDate" and value.isdecimal() and not 0 < int(value) < 1 << 31:
            reading.doubt("picture info with a date out of reach")
        elif name == "TimeDate" and value.isdecimal():
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(value))
            reading.put("PictureInfo:DateTimeOriginal", f"{moment:%Y:%m:%d %H:%M:%S}")
        else:
            reading.say(f"PictureInfo:{_NAMED[name]}", value)
    return None
