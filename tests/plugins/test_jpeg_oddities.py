"""JPEGs as cameras really write them: odd, yet certain, because ExifTool's answer follows from the bytes."""

from __future__ import annotations

import random
import struct

import pytest

from mediaparser_core import exiftool
from mediaparser_core.records import Camera, Claim, Note, Place

from .made_notes import mutated_heads
from .test_native_tags import DATE, MAKE, XMP, exif, jpeg, tiff

EXECUTABLE = exiftool.find("exiftool") or ""
HEADS = mutated_heads()


def gps(*entries: tuple[int, int, int, bytes], first: tuple[int, int, int, bytes] = MAKE) -> tuple[int, bytes]:
    """EXIF with a GPS directory of *entries*."""
    outer = tiff(first, (0x8825, 4, 1, bytes(4)))
    table, values = b"", b""
    start = len(outer) + 2 + 12 * len(entries) + 4
    for tag, kind, count, value in entries:
        field = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack("<I", start + len(values))
        values += value if len(value) > 4 else b""
        table += struct.pack("<HHI", tag, kind, count) + field
    outer = outer.replace(struct.pack("<HHII", 0x8825, 4, 1, 0), struct.pack("<HHII", 0x8825, 4, 1, len(outer)))
    return 0xE1, b"Exif\0\0" + outer + struct.pack("<H", len(entries)) + table + bytes(4) + values


def resource(*records: tuple[int, int, bytes], kind: bytes = b"8BIM") -> tuple[int, bytes]:
    """A Photoshop segment with IPTC of *records*."""
    iptc = b"".join(struct.pack(">BBBH", 0x1C, record, number, len(value)) + value for record, number, value in records)
    other = b"" if kind == b"8BIM" else kind + struct.pack(">HHI", 0x0404, 0, 4) + b"none"
    return 0xED, b"Photoshop 3.0\0" + other + b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(iptc)) + iptc + bytes(
        len(iptc) % 2
    )


def flashpix(*names: str) -> tuple[int, bytes]:
    """The list of contents of a FlashPix inside a JPEG."""
    listed = b"".join(struct.pack(">IB", 100, 0) + f"/{name}\0".encode("utf-16-le") for name in names)
    return 0xE2, b"FPXR\0\0\1" + struct.pack(">H", len(names)) + listed


PARTS = bytes(24)  # three times 0/0: the receiver did not know
HERE = struct.pack("<6I", 48, 1, 51, 1, 30, 1)
QVCI = bytearray(b"QVCI\0".ljust(140, b"\0"))
QVCI[0x4D:0x60] = b"1998.10.24.12:08:57"
INFO = b"OLYMPUS OPTI\r\n[picture info]\r\nTimeDate=909698819\r\nSerial#=#00000001\r\nType=D320L\r\n"
META = b"Meta\0\0" + tiff((0xC351, 2, 8, b"Scanner\0"))

ODD = {
    "a place that was not known": (jpeg(gps((1, 2, 2, b"N\0"), (2, 5, 3, PARTS), (3, 2, 2, b"E\0"), (4, 5, 3, PARTS))), None),
    "a place with a part that was not known": (
        jpeg(gps((1, 2, 2, b"N\0"), (2, 5, 3, HERE[:16] + bytes(8)), (3, 2, 2, b"E\0"), (4, 5, 3, HERE))), None,
    ),
    "a place in numbers with a sign": (
        jpeg(gps((1, 2, 2, b"N\0"), (2, 10, 3, HERE), (3, 2, 2, b"E\0"), (4, 10, 3, HERE))),
        Place(48.85833333, 48.85833333, "exif"),
    ),
    "a direction without a place": (jpeg(gps((1, 2, 2, b"N\0"), (3, 2, 2, b"E\0"))), None),
    "no place, no day, no time": (
        jpeg(gps((7, 5, 3, PARTS), (29, 2, 11, bytes(11)))),
        Claim("gps:DateTime", "00:00:00Z", None, None, None, False, "not a date that can be read"),
    ),
    "an empty GPS directory": (jpeg(gps()), None),
    "a pointer to nothing": (jpeg(exif(MAKE, (0x8825, 4, 0, bytes(4)))), None),
    "a pointer that is text": (jpeg(exif(MAKE, (0x8769, 2, 8, b"nowhere\0"))), None),
    "a later directory that is missing": (
        jpeg((0xE1, b"Exif\0\0" + tiff(MAKE).replace(MAKE[3], b"Canon\0")[:22] + struct.pack("<I", 60_000) + b"Canon\0")), None,
    ),
    "a byte that is no UTF-8": (jpeg(exif((0x010E, 2, 8, b"Stra\xdfe!\0"))), Note("description", "Stra?e!")),
    "a maker that is a number": (jpeg(exif((0x010F, 2, 4, b"456\0"), (0x0110, 2, 4, b"D90\0"))), Camera(None, "D90", None)),
    "a serial number that is one byte": (jpeg(exif(MAKE, (0xA431, 1, 1, b"\x3a"))), Camera("Canon", None, "58")),
    "a maker twice": (jpeg(exif(MAKE, MAKE)), Camera("Canon", None, None)),
    "words of Latin-1 in IPTC": (jpeg(resource((2, 120, b"Stra\xdfe"))), Note("description", "Stra\u00dfe")),
    "words with zeros at the end in IPTC": (jpeg(resource((2, 5, b"Title\0\0"))), Note("title", "Title")),
    "an alphabet that is only named in IPTC": (jpeg(resource((1, 90, b"\x1b-A"), (2, 5, b"\xe9t\xe9"))), Note("title", "\u00e9t\u00e9")),
    "a time with a fraction in IPTC": (
        jpeg(resource((2, 55, b"20080314"), (2, 60, b"135926.054-0600"))),
        Claim("iptc:DateCreated", "2008:03:14 13:59:26.054-06:00", "2008-03-14T13:59:26.054", "-06:00", "second", True),
    ),
    "a resource of ImageReady": (jpeg(resource((2, 5, b"Title"), kind=b"PHUT")), Note("title", "Title")),
    "IPTC inside EXIF": (
        jpeg(exif(MAKE, (0x83BB, 7, 13, b"\x1c\2\x37\0\x0820020119"))),
        Claim("iptc:DateCreated", "2002:01:19", "2002-01-19", None, "day", True),
    ),
    "Casio's own segment": (jpeg((0xE1, bytes(QVCI))), Claim("maker:Casio", "1998:10:24 12:08:57", "1998-10-24T12:08:57", None, "second", True)),
    "Casio's own segment, short": (jpeg((0xE1, bytes(QVCI[:60]))), None),
    "sound inside FlashPix": (jpeg(flashpix("\5Extension List", "Audio_bd0100609719a180/\5Audio Info", "Audio Stream 000000")), None),
    "Kodak's own segment": (jpeg((0xE3, META)), None),
    "Motorola's own segment": (jpeg((0xE6, b"MMIMETA\0MOTD"), (0xE6, bytes(90))), None),
    "GoPro's own segment": (jpeg((0xE6, b"GoPro\0DEVC\0\1\0\x10CASNc\1\0\5C3441\0\0\0")), None),
    "lines of picture info": (jpeg((0xEC, INFO)), Claim("maker:PictureInfo", "1998:10:29 22:06:59", "1998-10-29T22:06:59", None, "second", True)),
}  # fmt: skip

DOUBTED = {
    "the south of nowhere": jpeg(gps((1, 2, 2, b"S\0"), (2, 5, 3, PARTS))),
    "a place in negative numbers": jpeg(gps((1, 2, 2, b"N\0"), (2, 10, 3, struct.pack("<6i", -48, 1, 0, 1, 0, 1)))),
    "IPTC inside EXIF, cut": jpeg(exif(MAKE, (0x83BB, 7, 9, b"\x1c\2\x37\0\x08200"))),
    "XMP inside EXIF": jpeg(exif(MAKE, (0x02BC, 7, 9, b"<x:xmpmet"))),
    "a resource of nobody": jpeg((0xED, b"Photoshop 3.0\0NONE" + bytes(20))),
    "an unknown alphabet in IPTC": jpeg(resource((1, 90, b"\x1b%/H"), (2, 5, b"\xe9t\xe9"))),
    "a date inside FlashPix": jpeg(flashpix("\5Image Info")),
    "FlashPix that cannot be read": jpeg((0xE2, b"FPXR\0\0\1\0\5" + b"\xff" * 30)),
    "Kodak's serial number": jpeg((0xE3, b"Meta\0\0" + tiff((0xC354, 7, 12, b"ASCII\0\0\0K123")))),
    "picture info with another serial number": jpeg((0xEC, INFO + b"#SerialNumber=7\r\n")),
    "picture info of great length": jpeg((0xEC, b"a=" + b" " * 60_000)),
    "picture info twice": jpeg((0xEC, INFO), (0xEC, INFO)),
    "a marker that is none": jpeg((0x35, b"what is this"), exif(MAKE, DATE)),
    "a serial number in XMP of somebody's": jpeg((0xE1, XMP + (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description xmlns:my="http://example.org/" my:SerialNumber="7"/></rdf:RDF></x:xmpmeta>'
    ))),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_and_certain_makes_a_fact_or_none(name):
    data, fact = ODD[name]
    why, found = HEADS.look(data)
    assert why is None
    assert fact in found if fact else not any(isinstance(one, (Place, Claim)) for one in found)


@pytest.mark.parametrize("name", DOUBTED)
def test_what_is_odder_is_left_to_exiftool(name):
    why, _ = HEADS.look(DOUBTED[name])
    assert why is not None


def test_exiftool_says_the_same_of_all_of_them_and_of_their_mutants(tmp_path):
    if not EXECUTABLE:
        pytest.skip("ExifTool is not installed")
    rng = random.Random(9)
    files = {name: data for name, (data, _) in ODD.items()}
    outcome = HEADS.Outcome()
    with exiftool.ExifTool(EXECUTABLE) as tool:
        HEADS.compare(files, tool, tmp_path, outcome)
        assert outcome.sure == len(ODD)
        mutants = {
            f"{name}, mutant {number}": HEADS.mutant(data, 4, data.index(b"\xff\xda"), rng)
            for name, data in files.items()
            for number in range(20)
        }
        HEADS.compare(mutants, tool, tmp_path, outcome)
    assert outcome.different == []
    assert outcome.sure > 0.3 * outcome.mutants
