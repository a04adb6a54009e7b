"""Read the segments of JPEG that hold metadata, and the trailer Samsung's phones write behind the picture."""

from __future__ import annotations

import re
import struct
from datetime import UTC, datetime, timedelta

from mediaparser_plugins import icc_tags, iptc_tags, jpeg_extras, tiff_tags, xmp_tags
from mediaparser_plugins.reading import Reading, Source, from_bytes

MOST_SEGMENTS = 5000
MOST_BYTES = 32 * 1024 * 1024  # of colour profile and IPTC
LONGEST_XMP = xmp_tags.LONGEST

_EXIF, _XMP, _PHOTOSHOP, _ICC = b"Exif\0", b"http://ns.adobe.com/xap/1.0/\0", b"Photoshop 3.0\0", b"ICC_PROFILE\0"
_MORE_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_QUIET = (
    (0xE0, b"JFIF\0"), (0xE0, b"JFXX\0"), (0xE2, b"MPF\0M"), (0xE2, b"MPF\0I"), (0xE2, b"urn:i"), (0xEE, b"Adobe"),
    (0xEC, b"Ducky"), (0xE6, b"GoPro"),
)  # fmt: skip
# What ExifTool looks for at the end of a file: other programs' metadata behind the picture.
_TRAILERS = re.compile(
    rb"AXS[!*].{8}\Z|\xa1\xb2\xc3\xd4\Z|cbipcbbl\Z|\ACANON OPTIONAL DATA\0|zmie~\0\0[\x06\x0a].{6,10}\Z|QDIOBS\Z"
    rb"|8db42d694ccc418790edff439fe026bf\Z|/NIKON APP\Z",
    re.DOTALL,
)


def read(source: Source, size: int, reading: Reading) -> None:
    """Read the JPEG *source* of *size* bytes into *reading*."""
    _Segments(reading).read(source, size)
    tail = source(max(0, size - 64), 64)
    if _TRAILERS.search(tail):
        reading.doubt("a trailer of another program")
    elif tail.endswith(b"SEFT"):
        _samsung(source, size, reading)


class _Segments:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.photoshop: list[bytes] = []
        self.profile: list[bytes] = []
        self.profile_parts = 0
        self.bytes_left = MOST_BYTES
        self.xmp = b""
        self.more: dict[str, tuple[bytes, int]] = {}
        self.parts: dict[int, bytes] = {}

    def read(self, source: Source, size: int) -> None:
        at = 2
        for _ in range(MOST_SEGMENTS):
            head = source(at, 4)
            if len(head) < 4 or head[0] != 0xFF or head[1] < 0xC0 or head[1] == 0xFF or 0xD0 <= head[1] <= 0xD9:
                self.reading.doubt("garbage between the segments, or no picture at all")
                break
            if head[1] == 0xDA:  # the picture itself
                break
            length = struct.unpack(">H", head[2:])[0]
            start, marker = at + 4, head[1]
            at += 2 + length
            if length < 2 or at > size:
                self.reading.doubt("a segment is cut")
                break
            if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
                shape = source(start + 1, 4)
                if length >= 8:
                    self.reading.put("Composite:ImageSize", "{1} {0}".format(*struct.unpack(">HH", shape)))
            elif 0xE0 <= marker <= 0xEF:
                self.application(marker, source(start, length - 2))
        else:
            self.reading.doubt("too many segments")
        if self.parts:
            self.join()
        if self.photoshop:
            iptc_tags.read_photoshop(b"".join(self.photoshop), self.reading)
        if self.profile:
            if len(self.profile) != self.profile_parts:
                self.reading.doubt("a colour profile with a part missing")
            icc_tags.read(b"".join(self.profile), self.reading)

    def application(self, marker: int, data: bytes) -> None:
        """One APP segment; a second EXIF or XMP, and everything unknown, is a doubt."""
        if marker == 0xE1 and data.startswith(_EXIF):
            if self.reading.first("exif"):
                tiff_tags.read(from_bytes(data[6:]), self.reading, self.inside_exif, segment=True)
        elif marker == 0xE1 and data.startswith(_XMP):
            if self.reading.first("xmp"):
                self.xmp = data[len(_XMP) :]
                xmp_tags.read(self.xmp, self.reading)
        elif marker == 0xE1 and data.startswith(_MORE_XMP) and len(data) > len(_MORE_XMP) + 40:
            self.extended(data[len(_MORE_XMP) :])
        elif marker == 0xED and data.startswith(_PHOTOSHOP):
            self.photoshop.append(data[len(_PHOTOSHOP) :])
            self.held(data)
        elif marker == 0xE2 and data.startswith(_ICC) and len(data) > len(_ICC) + 2:
            self.profile.append(data[len(_ICC) + 2 :])
            self.held(data)
            number, self.profile_parts = data[len(_ICC)], data[len(_ICC) + 1]
            if number != len(self.profile):
                self.reading.doubt("a colour profile in disorder")
        elif (marker, data[:5]) not in _QUIET and not jpeg_extras.read(marker, data, self.reading):
            self.reading.doubt(f"APP{marker - 0xE0} {data[:12]!r}")

    def inside_exif(self, kind: str, data: bytes) -> None:
        """IPTC in the place where TIFF has it, which is not the usual one in JPEG, is a second IPTC to ExifTool."""
        if kind == "iptc":
            if self.reading.first("iptc inside EXIF"):
                iptc_tags.read(data, self.reading, "IPTC2")
        else:
            self.reading.doubt(f"{kind} inside EXIF")

    def held(self, data: bytes) -> None:
        """Count what is kept until the end; a file that makes us keep too much loses it."""
        self.bytes_left -= len(data)
        if self.bytes_left < 0:
            self.reading.doubt("too much in the segments")
            self.photoshop.clear()
            self.profile.clear()

    def extended(self, data: bytes) -> None:
        """A part of XMP too long for one segment: the digest that the first packet names, length, offset, bytes."""
        total, offset = struct.unpack(">II", data[32:40])
        if (data[:32], total) != self.more.setdefault("of", (data[:32], total)) or offset in self.parts:
            self.reading.doubt("extended XMP of several packets")
        if sum(map(len, self.parts.values())) + len(data) <= LONGEST_XMP:
            self.parts[offset] = data[40:]

    def join(self) -> None:
        """The parts of extended XMP, which may come in any order and before the packet that names them."""
        digest, total = self.more["of"]
        packet = b""
        for offset, part in sorted(self.parts.items()):
            if offset != len(packet):
                self.reading.doubt("extended XMP with a gap")
            packet += part
        if len(packet) != total or digest not in self.xmp:
            self.reading.doubt("extended XMP in disorder")
        xmp_tags.read(packet, self.reading)


def _samsung(source: Source, size: int, reading: Reading) -> None:
    """Samsung's trailer: a directory at the end, entries counted back from it; one of them is a moment in UTC."""
    length = struct.unpack("<I", source(size - 8, 4))[0]
    start = size - 8 - length
    raw = source(start, length) if 12 <= length <= 1 << 20 and start > 0 else b""
    count = struct.unpack("<I", raw[8:12])[0] if raw[:4] == b"SEFH" else 0
    if not count or 12 + 12 * count > length:
        return reading.doubt("a trailer of Samsung that cannot be read")
    for _, kind, back, much in struct.iter_unpack("<HHII", raw[12 : 12 + 12 * count]):
        if kind != 0x0A01:
            continue
        entry = source(start - back, min(much, 1024))
        name = struct.unpack("<I", entry[4:8])[0] if len(entry) >= 8 else 0
        stamp = entry[8 + name :]
        if len(entry) < much or not re.fullmatch(rb"\d{11,14}", stamp):
            reading.doubt("a moment of Samsung that cannot be read")
            continue
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(stamp))
        reading.put("Samsung:TimeStamp", f"{moment:%Y:%m:%d %H:%M:%S}.{int(stamp) % 1000:03d}+00:00")
    return None
