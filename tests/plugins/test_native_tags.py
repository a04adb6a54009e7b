"""Our own readers: where they are sure, the facts are ExifTool's; whatever a file holds, they stay calm."""

from __future__ import annotations

import os
import random
import struct
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from mediaparser_core import exiftool
from mediaparser_core.media import Media, read
from mediaparser_core.records import Entry, Link, Note, Tag
from mediaparser_plugins import native_tags
from mediaparser_plugins.metadata import WANTED
from mediaparser_plugins.reading import Reading
from mediaparser_plugins.tag_facts import facts

from . import made_notes

EXECUTABLE = exiftool.find("exiftool") or ""
needs_exiftool = pytest.mark.skipif(not EXECUTABLE, reason="ExifTool is not installed")

# What ExifTool writes into a picture of each format before both readers look at it.
EVERYTHING = (
    ("IFD0:Make", "Apple"), ("IFD0:Model", "iPhone 15"), ("IFD0:Orientation#", "6"), ("IFD0:Software", "17.4"),
    ("ExifIFD:DateTimeOriginal", "2019:05:04 12:00:03"), ("ExifIFD:SubSecTimeOriginal", "023"),
    ("ExifIFD:OffsetTimeOriginal", "+02:00"), ("ExifIFD:CreateDate", "2019:05:04 12:00:03"),
    ("IFD0:ModifyDate", "2020:01:02 03:04:05"), ("ExifIFD:OffsetTime", "-05:00"), ("ExifIFD:SerialNumber", "C0FFEE"),
    ("GPS:GPSLatitude", "48.858093"), ("GPS:GPSLatitudeRef", "N"), ("GPS:GPSLongitude", "2.294694"),
    ("GPS:GPSLongitudeRef", "W"), ("GPS:GPSDateStamp", "2019:05:04"), ("GPS:GPSTimeStamp", "10:00:03.5"),
    ("IFD0:XPKeywords", "one;two"), ("XMP-dc:Subject+", "Gr\u00fc\u00dfe"), ("XMP-dc:Subject+", "one"),
    ("XMP-dc:Title", "A title"), ("XMP-dc:Description", "Line one\nline two"), ("XMP-xmp:Rating", "4"),
    ("XMP-exif:DateTimeOriginal", "2019:05:04 12:00:03.023+02:00"), ("XMP-photoshop:DateCreated", "2019:05:04"),
    ("XMP-xmp:MetadataDate", "2021:01:01 00:00:00Z"), ("XMP-digiKam:TagsList+", "People/Marie"),
    ("XMP-lr:HierarchicalSubject+", "People|Pierre"), ("XMP-xmpMM:DocumentID", "uuid:1234"),
    ("XMP-GCamera:BurstID", "abc-1"), ("XMP-exif:GPSLatitude", "10.5"), ("XMP-exif:GPSLongitude", "-20.25"),
)  # fmt: skip
IPTC = (
    ("IPTC:Keywords+", "alpha"), ("IPTC:Keywords+", "beta"), ("IPTC:DateCreated", "1994:07:23"),
    ("IPTC:TimeCreated", "17:05:09+02:00"), ("IPTC:DigitalCreationDate", "1995:01:02"), ("IPTC:ObjectName", "Title"),
)  # fmt: skip
PNG = (("PNG:CreationTime", "2018:01:02 03:04:05"), ("PNG:Title", "T"), ("PNG:ModifyDate", "2017:01:01 00:00:00"))


@pytest.fixture(scope="module")
def tool():
    with exiftool.ExifTool(EXECUTABLE, writing=True) as tool:
        yield tool


def entry(path: Path) -> Entry:
    status = path.lstat()
    return Entry(
        os.fsencode(path.parent),
        os.fsencode(path),
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_ino,
    )


def look(path: Path) -> tuple[Reading, set]:
    """What our own readers say, and the facts it makes."""
    with read(entry(path)) as media:
        assert media.format
        reading = native_tags.read_all(media)
        return reading, set(facts(reading.tags, media.format))


def in_memory(data: bytes, name: bytes) -> Media:
    return Media(Entry(b"/", b"/" + name), -1, len(data), "", data[: 256 * 1024], data, False)


def exiftools(tool: exiftool.ExifTool, path: Path) -> set:
    (answer,) = tool.read([os.fsencode(path)], WANTED)
    with read(entry(path)) as media:
        assert media.format
        return set(facts(answer, media.format))


def save(path: Path, **options) -> Path:
    Image.new("RGB", (64, 48), (200, 30, 90)).save(path, **options)
    return path


@needs_exiftool
@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("a.jpg", IPTC),
        ("a.png", PNG),
        ("a.webp", ()),
        ("a.tif", IPTC),
        ("a.avif", ()),
    ],
)
def test_what_was_written_into_a_picture_is_read_as_exiftool_reads_it(tool, tmp_path, name, more):
    path = save(tmp_path / name)
    tool.write(os.fsencode(path), [*EVERYTHING, *more], ["-n"])
    reading, ours = look(path)
    assert reading.why is None
    assert ours == exiftools(tool, path)
    assert {Tag("one", "xmp"), Tag("Marie", "xmp"), Note("rating", "4"), Link("burst_id", "ABC-1")} <= ours


@needs_exiftool
def test_a_movie_of_boxes_is_read_as_exiftool_reads_it(tool, tmp_path):
    path = tmp_path / "a.mov"
    path.write_bytes(movie())
    wanted = (
        ("QuickTime:CreateDate", "2020:04:17 16:03:47+00:00"), ("Track1:TrackCreateDate", "2020:04:17 16:03:48+00:00"),
        ("Keys:CreationDate", "2020:04:17 10:03:47-06:00"), ("Keys:Make", "Apple"), ("Keys:Model", "iPhone XR"),
        ("Keys:GPSCoordinates", "48.858, -2.294, 30"), ("UserData:GPSCoordinates", "48.858, -2.294"),
        ("UserData:ContentCreateDate", "2020:04:17 10:03:47-06:00"), ("XMP-dc:Subject+", "clip"),
    )  # fmt: skip
    tool.write(os.fsencode(path), wanted)
    reading, ours = look(path)
    assert reading.why is None
    assert ours == exiftools(tool, path)
    assert Tag("clip", "xmp") in ours


def box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def movie() -> bytes:
    """The smallest movie with a picture track that ExifTool will write to."""
    matrix = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)  # turned by 90 degrees
    mvhd = box(b"mvhd", struct.pack(">5I", 0, 3_000_000_000, 3_000_000_001, 600, 1802), bytes(80))
    tkhd = box(
        b"tkhd",
        struct.pack(">6I", 7, 3_000_000_000, 0, 1, 0, 1802),
        bytes(16),
        matrix,
        struct.pack(">2I", 640 << 16, 480 << 16),
    )
    mdhd = box(b"mdhd", struct.pack(">5IHH", 0, 3_000_000_000, 0, 600, 1802, 0, 0))
    hdlr = box(b"hdlr", bytes(8), b"vide", bytes(13))
    trak = box(b"trak", tkhd, box(b"mdia", mdhd, hdlr, box(b"minf", box(b"stbl"))))
    return box(b"ftyp", b"qt  ", bytes(4), b"qt  ") + box(b"mdat", bytes(100)) + box(b"moov", mvhd, trak)


def tiff(*entries: tuple[int, int, int, bytes], order: str = "<") -> bytes:
    """A TIFF with one directory."""
    head = b"II*\0" if order == "<" else b"MM\0*"
    table, values = b"", b""
    start = 8 + 2 + 12 * len(entries) + 4
    for tag, kind, count, value in entries:
        field = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack(order + "I", start + len(values))
        values += value if len(value) > 4 else b""
        table += struct.pack(order + "HHI", tag, kind, count) + field
    return head + struct.pack(order + "IH", 8, len(entries)) + table + bytes(4) + values


def jpeg(*segments: tuple[int, bytes], tail: bytes = b"") -> bytes:
    body = b"".join(struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data for marker, data in segments)
    frame = struct.pack(">BBHBHHB", 0xFF, 0xC0, 17, 8, 48, 64, 3) + bytes(9)
    return b"\xff\xd8" + body + frame + b"\xff\xda\0\x02" + bytes(100) + b"\xff\xd9" + tail


def exif(*entries: tuple[int, int, int, bytes]) -> tuple[int, bytes]:
    return 0xE1, b"Exif\0\0" + tiff(*entries)


MAKE = (0x010F, 2, 6, b"Canon\0")
DATE = (0x0132, 2, 20, b"2019:05:04 12:00:03\0")
XMP = b"http://ns.adobe.com/xap/1.0/\0"
PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreateDate="2019-05-04T12:00:03"/>'
    b"</rdf:RDF></x:xmpmeta>"
)


def test_an_ordinary_jpeg_is_certain():
    reading = native_tags.read_all(in_memory(jpeg(exif(MAKE, DATE), (0xE1, XMP + PACKET)), b"a.jpg"))
    assert reading.why is None
    assert reading.tags == {
        "IFD0:Make": "Canon",
        "IFD0:ModifyDate": "2019:05:04 12:00:03",
        "XMP-xmp:CreateDate": "2019:05:04 12:00:03",
        "Composite:ImageSize": "64 48",
    }


@pytest.mark.parametrize(
    "data",
    [
        jpeg(exif(MAKE), exif(MAKE)),
        jpeg((0xE1, XMP + PACKET), (0xE1, XMP + PACKET)),
        jpeg(exif(MAKE, (0x010F, 2, 6, b"Nikon\0"))),
        jpeg(exif((0x010F, 5, 1, bytes(8)))),
        jpeg(exif((0x0112, 2, 2, b"6\0"))),
        jpeg(exif((0x0110, 2, 5000, b"x" * 10))),
        jpeg(exif((0x9011, 2, 7, b"2 hours"))),
        jpeg(exif(MAKE, (0x927C, 7, 8, b"whatever"), (0x8769, 4, 1, struct.pack("<I", 26)))),
        jpeg((0xE1, b"Exif\0\0garbage, no TIFF")),
        jpeg((0xE1, XMP + PACKET[:-30])),
        jpeg((0xE1, XMP + PACKET.decode().encode("utf-16"))),
        jpeg((0xE1, XMP + b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + PACKET)),
        jpeg((0xE2, b"ICC_PROFILE\0\1\1" + bytes(200))),
        jpeg((0xED, b"Photoshop 3.0\x008BIM\4\4\0\0\0\0\0\xff")),
        jpeg((0xE5, b"something else")),
        jpeg(exif(MAKE), tail=b"cbipcbbl"),
        jpeg(exif(MAKE), tail=bytes(40) + b"SEFT"),
        jpeg(exif(MAKE))[:60],
        b"\xff\xd8\xff" + bytes(50),
    ],
    ids=str,
)
def test_whatever_is_out_of_the_ordinary_is_doubted(data):
    _, sure = native_tags.read(in_memory(data, b"a.jpg"))
    assert not sure


def test_a_byte_order_is_a_matter_of_taste():
    for order in "<>":
        data = jpeg((0xE1, b"Exif\0\0" + tiff(MAKE, DATE, order=order)))
        assert native_tags.read(in_memory(data, b"a.jpg"))[0]["IFD0:Make"] == "Canon"


def test_samsungs_trailer_gives_a_moment():
    entry_ = struct.pack("<HHI", 0, 0x0A01, 14) + b"Image_UTC_Data" + b"1520000000123"
    listing = b"SEFH" + struct.pack("<II", 106, 1) + struct.pack("<HHII", 0, 0x0A01, len(entry_), len(entry_))
    tail = entry_ + listing + struct.pack("<I", len(listing)) + b"SEFT"
    tags, sure = native_tags.read(in_memory(jpeg(exif(MAKE), tail=tail), b"a.jpg"))
    assert (tags["Samsung:TimeStamp"], sure) == ("2018:03:02 14:13:20.123+00:00", True)


def heic(*, method: int = 0, exif_: bytes = b"\0\0\0\0" + tiff(MAKE, DATE)) -> bytes:
    """A HEIC without a picture, but with a shape, EXIF and XMP."""
    infe = [struct.pack(">BBHHH4s", 2, 0, 0, number, 0, kind) + rest for number, kind, rest in (
        (1, b"hvc1", b"\0"), (2, b"Exif", b"\0"), (3, b"mime", b"\0application/rdf+xml\0"))]  # fmt: skip
    iinf = box(b"iinf", struct.pack(">IH", 0, 3), *(box(b"infe", item) for item in infe))
    ispe = box(b"ispe", struct.pack(">III", 0, 4032, 3024))
    ipma = box(b"ipma", struct.pack(">IIHBB", 0, 1, 1, 1, 1))
    iprp = box(b"iprp", box(b"ipco", ispe), ipma)
    head = box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    pitm = box(b"pitm", struct.pack(">IH", 0, 1))
    size = (
        len(head) + len(box(b"meta", bytes(4), box(b"hdlr", bytes(8), b"pict", bytes(13)), pitm, iinf, iprp)) + 8 + 40
    )
    iloc = box(
        b"iloc",
        struct.pack(">BBHHH", 1, 0, 0, 0x4400, 2),
        struct.pack(">HHHHII", 2, method, 0, 1, size + 8, len(exif_)),
        struct.pack(">HHHHII", 3, 0, 0, 1, size + 8 + len(exif_), len(PACKET)),
    )
    meta = box(b"meta", bytes(4), box(b"hdlr", bytes(8), b"pict", bytes(13)), pitm, iinf, iloc, iprp)
    assert len(head) + len(meta) == size
    return head + meta + box(b"mdat", exif_, PACKET)


def test_the_items_of_a_heic_are_read():
    reading = native_tags.read_all(in_memory(heic(), b"a.heic"))
    assert reading.why is None
    assert reading.tags["IFD0:Make"] == "Canon"
    assert reading.tags["XMP-xmp:CreateDate"] == "2019:05:04 12:00:03"
    assert reading.tags["Composite:ImageSize"] == "4032 3024"
    assert not native_tags.read(in_memory(heic(method=2), b"a.heic"))[1]


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


SELF = b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x14A, 4, 45, 26, 0)
FTYP = {kind: box(b"ftyp", kind, bytes(4), kind) for kind in (b"heic", b"isom")}
BOMBS = {
    "a directory in itself.tif": lambda: SELF + struct.pack("<I", 8) * 45,
    "directories in a ring.tif": lambda: b"II*\0" + struct.pack("<IHI", 8, 0, 8),
    "65535 values of 4 MB.tif": lambda: (
        b"II*\0" + struct.pack("<IH", 8, 65535) + struct.pack("<HHII", 0x10F, 2, 4 << 20, 8) * 65535 + bytes(4 << 20)
    ),
    "pieces of nothing.heic": lambda: (
        FTYP[b"heic"]
        + box(
            b"meta", bytes(4), box(b"iloc", struct.pack(">IHH", 0, 0, 65535), struct.pack(">HHH", 1, 0, 65535) * 65535)
        )
    ),
    "100000 free boxes.mp4": lambda: FTYP[b"isom"] + box(b"free") * 100_000,
    "many names.mp4": lambda: FTYP[b"isom"] + box(b"moov", box(b"udta", box(b"meta", bytes(4), LIST * 3))),
    "packed.png": lambda: b"\x89PNG\r\n\x1a\n" + chunk(b"zTXt", b"Title\0\0" + zlib.compress(bytes(100 << 20))) * 200,
    "xmp again and again.jpg": lambda: jpeg(*[(0xE1, XMP + b"<x>" + b"<y>" * 5000 + b"</y>" * 5000 + b"</x>")] * 900),
    "notes in notes in notes.jpg": lambda: made_notes.jpeg("OLYMPUS", "", notes_in_notes()),
    "profiles.jpg": lambda: jpeg(*[(0xE2, b"ICC_PROFILE\0\1\1" + bytes(60_000))] * 1200),
}


def notes_in_notes() -> bytes:
    """Notes of Olympus with 255 times the same directory, in which 255 times the same, in which 255 entries are."""
    head, size = b"OLYMPUS\0II\3\0", 2 + 12 * 255 + 4
    second, third = len(head) + size, len(head) + 2 * size
    return (
        head
        + made_notes.directory(*[(0x4000, 13, 1, struct.pack("<I", second))] * 255, at=len(head))
        + made_notes.directory(*[(0x2010, 13, 1, struct.pack("<I", third))] * 255, at=second)
        + made_notes.directory(*[(0x9999, 3, 1, b"\1\0")] * 255, at=third)
    )


LIST = box(b"ilst", box(b"\xa9nam", box(b"data", bytes(8))) * 5000)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_does_not_go_off(name):
    media = in_memory(BOMBS[name](), name.encode())
    assert media.format
    started = time.process_time()
    tags, sure = native_tags.read(media)
    facts(tags, media.format)
    assert not sure
    assert time.process_time() - started < 2


def test_garbage_is_read_in_peace():
    iptc = b"Photoshop 3.0\x008BIM\4\4\0\0\0\0\0\x0a\x1c\2\x19\0\5hello"
    xmp_text = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + PACKET)
    whole = [
        (b"a.jpg", jpeg(exif(MAKE, DATE), (0xE1, XMP + PACKET), (0xED, iptc))),
        (b"a.heic", heic()),
        (b"a.mov", movie()),
        (b"a.tif", tiff(MAKE, DATE, (0x02BC, 1, len(PACKET), PACKET))),
        (b"a.png", b"\x89PNG\r\n\x1a\n" + chunk(b"eXIf", tiff(MAKE)) + xmp_text),
        (b"a.webp", b"RIFF\xff\0\0\0WEBPEXIF" + struct.pack("<I", len(tiff(MAKE))) + tiff(MAKE)),
    ]
    rng = random.Random(1)
    for _ in range(3000):
        name, data = rng.choice(whole)
        broken = bytearray(data[: rng.randrange(20, len(data))] if rng.random() < 0.3 else data)
        for _ in range(rng.choice((1, 4, 30))):
            broken[rng.randrange(12, len(broken))] = rng.choice((0, 1, 4, 127, 255, rng.randrange(256)))
        media = in_memory(bytes(broken), name)
        if media.format and media.format.kind != "sidecar":
            facts(native_tags.read(media)[0], media.format)
