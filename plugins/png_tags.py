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
_QUIET_DATES = ("Date:create", "Date:modify", "Date:timestamp", "Modify-date")
# Chunks that other programs use for themselves are not in this list: ExifTool knows some of them.
_KNOWN = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB tEXt zTXt iTXt bKGD hIST pHYs sPLT tIME eXIf acTL fcTL fdAT cICP oFFs pCAL sCAL sTER gIFg gIFx vpAg".split()
)
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
    elif kind == b"eXIf":
        tiff_tags.read(from_bytes(data.removeprefix(b"Exif\0\0")), reading)
    elif kind == b"tIME" and len(data) == 7:
        reading.put("PNG:ModifyDate", "{:04d}:{:02d}:{:02d} {:02d}:{:02d}:{:02d}".format(*struct.unpack(">H5B", data)))
    elif kind == b"iCCP":
        name, _, packed = data.partition(b"\0")
        icc_tags.read(_unpacked(packed[1:], reading), reading)
    elif kind in (b"tEXt", b"zTXt"):
        name, zero, value = data.partition(b"\0")
        if kind == b"zTXt" and value[:1] != b"\0":
            reading.doubt("text packed in another way")
        text = _unpacked(value[1:], reading) if kind == b"zTXt" else value
        _text(name.decode("latin-1"), text, "latin-1", reading)
    elif kind == b"iTXt":
        name, zero, rest = data.partition(b"\0")
        parts = rest[2:].split(b"\0", 2)
        if len(parts) == 3:
            if rest[0] > 1 or rest[1]:
                reading.doubt("text packed in another way")
            text = _unpacked(parts[2], reading) if rest[0] else parts[2]
            if parts[0] not in (b"", b"x-default") and name != b"XML:com.adobe.xmp":
                reading.doubt("a text in a language")
            _text(name.decode("latin-1"), text, "utf-8", reading)
        else:
            reading.doubt("a text is cut")


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


def _text(name: str, value: bytes, encoding: str, reading: Reading) -> None:
    if name == "XML:com.adobe.xmp":
        if encoding != "utf-8":
            reading.doubt("XMP in a chunk of another kind")
        return xmp_tags.read(value, reading)
    name = name[:1].upper() + name[1:]
    key = _TEXTS.get(name)
    if key is None:
        lower = name.lower()
        if lower.startswith(("raw profile", "xml")) or b"<?xpacket" in value or (name not in _QUIET_DATES and any(w in lower for w in ("date", "serial", "gps"))):
            reading.doubt(f"a text called {name[:40]!r}")
        return None
    text = value.decode(encoding, "replace")
    if not value.isascii() and encoding != "utf-8":
        reading.doubt(f"{key} in an unknown alphabet")
    if key.endswith(("Time", "Date")) and not _DATE.fullmatch(text):
        reading.doubt(f"{key} in a form of its own")
        text = _mail_date(text) if key.endswith("Time") else text
    return reading.put(key, text)


def _mail_date(text: str) -> str:
    """The form the standard asks for ("Mon, 9 Aug 2004 21:17:36 +0200") as all others have it."""
    try:
        moment = email.utils.parsedate_to_datetime(text[:100])
    except (ValueError, TypeError, IndexError, OverflowError):
        return text
    offset = text.split()[-1]
    zone = f"{offset[:3]}:{offset[3:]}" if re.fullmatch(r"[+-]\d{4}", offset) else ""
    return f"{moment:%Y:%m:%d %H:%M:%S}{zone}"
