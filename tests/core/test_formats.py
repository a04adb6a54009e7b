from __future__ import annotations

import struct

import pytest

from mediaparser_core.formats import FORMATS, describe_other, ext_of, sniff


def tiff(*entries: tuple[int, int, int, bytes], order: str = "<") -> bytes:
    """A TIFF head with one directory of (tag, type, count, value) and its longer values behind it."""
    data, places = b"", b""
    after = 8 + 2 + 12 * len(entries) + 4
    for tag, kind, count, value in entries:
        inline = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack(order + "I", after + len(data))
        data += value if len(value) > 4 else b""
        places += struct.pack(order + "HHI", tag, kind, count) + inline
    magic = b"II*\0" if order == "<" else b"MM\0*"
    return magic + struct.pack(order + "IH", 8, len(entries)) + places + bytes(4) + data


def make(text: bytes) -> tuple[int, int, int, bytes]:
    return (0x010F, 2, len(text) + 1, text + b"\0")


SENSOR = (0x0106, 3, 1, struct.pack("<H", 32803))
VERSION = (0xC612, 1, 4, b"\1\4\0\0")


def ftyp(brand: bytes, *others: bytes) -> bytes:
    return struct.pack(">I", 16 + 4 * len(others)) + b"ftyp" + brand + bytes(4) + b"".join(others) + b"\0\0\0\x08mdat"


def asf(*streams: str) -> bytes:
    kinds = {"video": "c0ef19bc4d5bcf11a8fd00805f5c442b", "audio": "409e69f84d5bcf11a8fd00805f5c442b"}
    return bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c" + "".join(kinds[s] for s in streams))


XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'></x:xmpmeta>"
PLIST = b'<?xml version="1.0"?>\n<!DOCTYPE plist PUBLIC "x">\n<plist version="1.0"></plist>'


@pytest.mark.parametrize(
    ("head", "name", "expected"),
    [
        (b"\xff\xd8\xff\xe1", b"a.jpg", "jpeg"),
        (b"\xff\xd8\xff\xe1", b"IMG_1.HEIC", "jpeg"),  # Google makes such copies
        (b"\xff\xd8\xff\xe1", b"a.nef", "jpeg"),
        (b"imgName,fileChecksum,hidden,deleted,originalCreationDate,viewCount\n", b"Photo Details-1.csv", "csv"),
        (b'\xef\xbb\xbf"imgName","fileChecksum","originalCreationDate"\r\n', b"a.csv", "csv"),
        (b"imgName\nIMG_1.JPG\n", b"Favorites.csv", "csv"),  # the lists of albums
        (b"\xef\xbb\xbfimageName\r\nIMG_1.JPG\r\n", b"Trip.csv", "csv"),
        (b"Images\nIMG_1.JPG\n", b"Trip.csv", "csv"),
        (b"Images,Prices\nIMG_1.JPG,1\n", b"Trip.csv", None),
        (b"imgName,fileChecksum,originalCreationDate\n", b"a.txt", None),
        (b"[IMG_1.JPG]\r\nstar=yes\r\n", b".picasa.ini", "picasa"),
        (b"[Picasa]\nname=x\n", b"Picasa.ini", "picasa"),
        (b"[.ShellClassInfo]\n", b"desktop.ini", None),
        (b"nothing", b".picasa.ini", None),
        (b"\x89PNG\r\n\x1a\n", b"a.png", "png"),
        (b"GIF89a", b"a", "gif"),
        (b"8BPS\0\1", b"a", "psd"),
        (b"BM" + bytes(12) + b"\x28\0\0\0", b"a", "bmp"),
        (b"BMW is the name of a car", b"a.bmp", None),
        (b"\xff\x0a\x00", b"a", "jxl"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", b"a", "jxl"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", b"a", "jp2"),
        (b"RIFF\0\0\0\0WEBPVP8 ", b"a.jpg", "webp"),
        (b"RIFF\0\0\0\0AVI LIST", b"a", "avi"),
        (b"RIFF\0\0\0\0WAVEfmt ", b"a.avi", None),
        # TIFF, and what begins like it
        (tiff((0x0100, 3, 1, b"\1")), b"a.tiff", "tiff"),
        (tiff((0x0100, 3, 1, b"\1")), b"a.jpg", "tiff"),
        (b"II\x2b\0\x08\0\0\0", b"a.tif", "tiff"),
        (tiff(make(b"NIKON CORPORATION")), b"DSC_1.NEF", "nef"),
        (tiff(make(b"NIKON CORPORATION")), b"DSC_1.nrw", "nrw"),
        (tiff(make(b"NIKON CORPORATION")), b"scan.tif", "tiff"),  # a film scanner's TIFF is a TIFF
        (tiff(make(b"NIKON CORPORATION"), SENSOR), b"renamed.tif", "nef"),
        (tiff(make(b"SONY"), SENSOR), b"renamed", "arw"),
        (tiff(make(b"PENTAX"), order=">"), b"a.PEF", "pef"),
        (tiff(make(b"PENTAX"), VERSION), b"a.pef", "dng"),
        (tiff(VERSION), b"a.tif", "dng"),
        (b"II*\0\x10\0\0\0CR\2\0", b"a.tif", "cr2"),
        (b"II*\0\x10\0\0\0IIII", b"a", "iiq"),
        (b"IIRO\x08\0\0\0", b"a", "orf"),
        (b"IIU\0\x18\0\0\0", b"a.raw", "rw2"),
        (b"IIU\0\x18\0\0\0", b"a.RWL", "rwl"),
        (b"II\x1a\0\0\0HEAPCCDR", b"a", "crw"),
        (b"FUJIFILMCCD-RAW 0201", b"a", "raf"),
        (b"FOVb", b"a", "x3f"),
        (b"\0MRM", b"a", "mrw"),
        # boxes
        (ftyp(b"heic", b"mif1"), b"a.jpg", "heic"),
        (ftyp(b"mif1", b"heic"), b"a", "heic"),
        (ftyp(b"mif1", b"avif"), b"a", "avif"),
        (ftyp(b"avis"), b"a", "avif"),
        (ftyp(b"crx "), b"a", "cr3"),
        (ftyp(b"qt  "), b"a.mp4", "mov"),
        (ftyp(b"M4V "), b"a", "m4v"),
        (ftyp(b"3gp5"), b"a", "3gp"),
        (ftyp(b"isom", b"avc1"), b"a.mov", "mp4"),
        (ftyp(b"mp42"), b"a", "mp4"),
        (ftyp(b"M4A "), b"a.mp4", None),
        (b"\0\0\0\x08wide\0\0\1\0mdat", b"a", "mov"),
        (b"\0\0\1\0moov\0\0\0\x6cmvhd", b"a", "mov"),
        (b"\0\0\0\x08free only words after", b"a", None),
        # other films
        (b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska", b"a", "mkv"),
        (b"\x1a\x45\xdf\xa3\x93\x42\x82\x84webm", b"a.mkv", "webm"),
        ((b"G" + bytes(187)) * 4, b"a", "mts"),
        ((bytes(4) + b"G" + bytes(187)) * 4, b"a", "mts"),
        (b"Good morning " * 100, b"a.mts", None),
        (b"\0\0\1\xba\x21", b"a", "mpg"),
        (b"FLV\1\5", b"a", "flv"),
        (asf("audio", "video"), b"a", "wmv"),
        (asf("audio"), b"a.wmv", None),
        # sidecars
        (XMP, b"a.jpg.xmp", "xmp"),
        (XMP, b"a.txt", "xmp"),
        (b"\xef\xbb\xbf\n<?xml version='1.0'?>\n" + XMP, b"a", "xmp"),
        (("\ufeff<?xpacket begin=''?>" + XMP.decode()).encode("utf-16-le"), b"a.xmp", "xmp"),
        (b'{"photoTakenTime": 1}', b"IMG.jpg.json", "json"),
        (b'{"photoTakenTime": 1}', b"IMG.jpg", None),
        (PLIST, b"IMG_1.AAE", "aae"),
        (PLIST, b"Info.plist", None),
        (b"bplist00", b"IMG_1.aae", "aae"),
        # neither
        (b"", b"a.jpg", None),
        (b"%PDF-1.4", b"a.jpg", None),
        (b"%!PS-Adobe-3.0 EPSF-3.0", b"a.jpg", None),
        (b"#EXTM3U\n/etc/passwd", b"a.mp4", None),
        (b"PK\3\4", b"a.jpg", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><metadata><rdf:RDF/></metadata></svg>", b"a.svg", None),
        (b"<html>", b"a.jpg", None),
    ],
)
def test_content_decides_and_the_name_only_breaks_ties(head, name, expected):
    found = sniff(head, name)
    assert (found.name if found else None) == expected


def test_every_prefix_of_a_head_is_survived():
    heads = [tiff(make(b"NIKON CORPORATION"), SENSOR, (0x014A, 4, 3, b"\xff" * 12)), ftyp(b"mif1", b"avif"), XMP, PLIST]
    for head in heads:
        for length in range(len(head)):
            sniff(head[:length], b"a.nef")
            describe_other(head[:length], b"a.nef")


def test_directories_that_contain_themselves_end():
    head = tiff((0x014A, 4, 1, struct.pack("<I", 8)), (0x0100, 3, 1, b"\1"))
    assert sniff(head, b"a.tif") is FORMATS["tiff"]


@pytest.mark.parametrize(
    ("format", "name", "expected"),
    [
        ("jpeg", b"a.JPEG", ".jpg"),
        ("jpeg", b"a.mpo", ".jpg"),
        ("jpeg", b"CRW_1.THM", ".jpg"),
        ("jpeg", b"a.heic", ".jpg"),
        ("tiff", b"a.TIFF", ".tif"),
        ("heic", b"a.HEIF", ".heif"),
        ("heic", b"a.hif", ".hif"),
        ("heic", b"a.jpg", ".heic"),
        ("mpg", b"a.MPEG", ".mpg"),
        ("mts", b"a.m2ts", ".mts"),
        ("nef", b"a.NEF", ".nef"),
        ("nef", b"a.tif", ".tif"),  # what is a TIFF inside is never renamed by what we take it for
        ("dng", b"a.NEF", ".nef"),
        ("arw", b"a.tiff", ".arw"),
        ("nef", b"a.jpg", ".nef"),
        ("cr3", b"a.cr2", ".cr3"),
        ("tiff", b"a.PTX", ".ptx"),
        ("tiff", b"a.jpg", ".tif"),
        ("rw2", b"a.RAW", ".raw"),
        ("3gp", b"VID.mp4", ".mp4"),
        ("mp4", b"a.mov", ".mp4"),
        ("mov", b"a", ".mov"),
        ("png", b"\xff\xfe.\xff", ".png"),
    ],
)
def test_an_export_gets_the_extension_of_its_content(format, name, expected):
    assert ext_of(FORMATS[format], name) == expected


@pytest.mark.parametrize(
    ("head", "name", "expected"),
    [
        (b"", b"a", "an empty file"),
        (bytes(100), b"a.jpg", "nothing but zeros"),
        (b"Dear Anna,\nthe photos are here", b"a.txt", "a text file"),
        ("Größe: schön".encode(), b"a.txt", "a text file"),
        (b"PK\3\4\x14\0", b"a.zip", "an archive (ZIP)"),
        (b"%PDF-1.7", b"a.pdf", "a PDF document"),
        (b"#EXTM3U\n", b"a.mp4", "a playlist"),
        (b"anything", b"Thumbs.db", "system file (thumbs.db)"),
        (b"<svg>", b"a.svg", "a drawing (SVG)"),
        (ftyp(b"M4A "), b"a.m4a", "an audio file"),
        (b"\1\2\3\4", b"a.bin", "unknown content"),
        (b"\1\2\3\4", b"a.jpg", "unknown content, not the JPEG its name promises"),
    ],
)
def test_other_files_are_named_in_a_few_words(head, name, expected):
    assert describe_other(head, name).lower() == expected.lower()


def test_every_format_has_an_extension_of_its_own():
    extensions = [format.extension for format in FORMATS.values()]
    assert len(set(extensions)) == len(extensions)


def test_the_corpus_is_recognised_as_exiftool_does(shared):
    import json

    root = shared / "corpus"
    also = {"MPO": "JPEG", "THM": "JPEG", "APNG": "PNG", "HEIF": "HEIC", "HEIFS": "HEIC", "EXTENDED WEBP": "WEBP",
            "BTF": "TIFF", "JXL CODESTREAM": "JXL", "M2TS": "MTS", "MPEG": "MPG"}  # fmt: skip
    other = {}
    for path, truth in json.loads((root / "truth.json").read_text())["files"].items():
        with (root / path).open("rb") as file:
            found = sniff(file.read(256 * 1024), path.rpartition("/")[2].encode())
        wanted = (truth["tags"].get("File:FileType") or "").upper()
        if (found.name.upper() if found else "") not in (wanted, also.get(wanted, wanted)):
            other[path] = (wanted, found and found.name)
    # newer brands of AVIF and HEIF, which ExifTool 12.57 calls MP4, and one BMP with a wrong header
    assert len(other) == 8, other
    assert all(pair in {("MP4", "avif"), ("MP4", "heic"), ("BMP", None)} for pair in other.values())
