"""Read the chunks of PNG that hold metadata."""

from __future__ import annotations

import email.utils
import re
import struct
import zlib

from mediaparser_plugins import icc_tags, tiff_tags, xmp_tags
from mediaparser_plugins.reading import Reading, Source, from_bytes

MOST_CHUNKS = 100_000
LONGEST_TEXT = 8 * 1024 * 1024  # bytes, unpacked

_TEXTS = {
    "Title": "PNG:Title", "Description": "PNG:Description", "Software": "PNG:Software",
    "Creation Time": "PNG:CreationTime", "Create-date": "PNG:CreateDate",
}  # fmt: skip
_QUIET_DATES = ("date:create", "date:modify", "date:timestamp", "modify-date")
_XMP = b"XML:com.adobe.xmp"
# Chunks that other programs use for themselves are not in this list: ExifTool knows some of them.
_KNOWN = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB tEXt zTXt iTXt bKGD hIST pHYs sPLT tIME eXIf "
    b"acTL fcTL fdAT cICP oFFs pCAL sCAL sTER gIFg gIFx vpAg".split()
)
_TELLING = ("date", "serial", "gps")
_DATE = re.compile(r"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d")


def read(source: Source, size: int, reading: Reading) -> None:
    """Read the PNG *source* of *size* bytes."""
    at, ended = 8, False
    for _ in range(MOST_CHUNKS):
        head = source(at, 8)
        if len(head) < 8:
            break
        length, kind = struct.unpack(">I4s", head)
        if at + 12 + length > size or kind not in _KNOWN:
            reading.doubt(f"a chunk {kind!r} is cut or unknown")
            if at + 12 + length > size:
                break
        if kind not in (b"IDAT", b"fdAT"):
            _chunk(kind, source(at + 8, min(length, LONGEST_TEXT)), reading)
        at += 12 + length
        if kind == b"IEND":
            ended = True
            break
    if not ended or at != size:
        reading.doubt("something after the picture, or no end")


def _chunk(kind: bytes, data: bytes, reading: Reading) -> None:
    if kind == b"IHDR" and len(data) == 13:
        reading.put("Composite:ImageSize", "{} {}".format(*struct.unpack(">II", data[:8])))
    elif kind == b"eXIf" and reading.first("exif"):
        tiff_tags.read(from_bytes(data.removeprefix(b"Exif\0\0")), reading)
    elif kind == b"tIME" and len(data) == 7:
        reading.put("PNG:ModifyDate", "{:04d}:{:02d}:{:02d} {:02d}:{:02d}:{:02d}".format(*struct.unpack(">H5B", data)))
    elif kind == b"iCCP" and reading.first("icc"):
        packed = data.partition(b"\0")[2]
        icc_tags.read(_unpacked(packed[1:], reading), reading)
    elif kind in (b"tEXt", b"zTXt", b"iTXt"):
        _text(kind, *data.partition(b"\0")[::2], reading)


def _text(kind: bytes, name: bytes, data: bytes, reading: Reading) -> None:
    """One text, unpacked only when its name says that it is wanted."""
    packed, encoding = kind == b"zTXt", "utf-8" if kind == b"iTXt" else "latin-1"
    if kind == b"iTXt":
        parts = data[2:].split(b"\0", 2)
        if len(parts) < 3:
            return reading.doubt("a text is cut")
        packed = data[0] != 0
        if parts[0] not in (b"", b"x-default") and name != _XMP:
            reading.doubt("a text in a language")
        if data[0] > 1 or data[1]:
            reading.doubt("text packed in another way")
        data = parts[2]
    elif packed:
        if data[:1] != b"\0":
            reading.doubt("text packed in another way")
        data = data[1:]
    title = name.decode("latin-1")
    key = _TEXTS.get(title[:1].upper() + title[1:])
    if name == _XMP:
        if encoding != "utf-8":
            reading.doubt("XMP in a chunk of another kind")
        if reading.first("xmp"):
            xmp_tags.read(_unpacked(data, reading) if packed else data, reading)
    elif key is None:
        lower = title.lower()
        telling = lower not in _QUIET_DATES and any(word in lower for word in _TELLING)
        if telling or lower.startswith(("raw profile", "xml")) or b"<?xpacket" in data:
            reading.doubt(f"a text called {title[:40]!r}")
    elif reading.first(key):
        _put_text(key, _unpacked(data, reading) if packed else data, encoding, reading)
    return None


def _unpacked(data: bytes, reading: Reading) -> bytes:
    packer = zlib.decompressobj()
    try:
        result = packer.decompress(data, LONGEST_TEXT)
    except zlib.error:
        reading.doubt("packed text that cannot be unpacked")
        return b""
    if not packer.eof or packer.unused_data:
        reading.doubt("packed text without an end, or too long")
    return result


def _put_text(key: str, value: bytes, encoding: str, reading: Reading) -> None:
    text = value.decode(encoding, "replace")
    if not value.isascii() and encoding != "utf-8":
        reading.doubt(f"{key} in an unknown alphabet")
    if key.endswith(("Time", "Date")) and not _DATE.fullmatch(text):
        reading.doubt(f"{key} in a form of its own")
        text = _mail_date(text) if key.endswith("Time") else text
    reading.put(key, text)


def _mail_date(text: str) -> str:
    """The form the standard asks for ("Mon, 9 Aug 2004 21:17:36 +0200") as all others have it."""
    try:
        moment = email.utils.parsedate_to_datetime(text[:100])
    except (ValueError, TypeError, IndexError, OverflowError):
        return text
    offset = text.split()[-1]
    zone = f"{offset[:3]}:{offset[3:]}" if re.fullmatch(r"[+-]\d{4}", offset) else ""
    return f"{moment:%Y:%m:%d %H:%M:%S}{zone}"
