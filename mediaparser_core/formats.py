"""What a file is, by its first bytes: the formats we know, their kind and their usual extension.

The content decides, never the extension: a JPEG named ``.HEIC`` is a JPEG. Only where formats begin alike (a NEF is a
TIFF at its first bytes) may the name break the tie.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Format:
    """A format: short lower-case ``name``, ``kind``, usual ``extension`` with its dot, media type.

    ``raw`` is a camera's undeveloped picture. ``variants`` are further extensions that are right for this content and
    are kept by :func:`ext_of`.
    """

    name: str
    kind: Literal["image", "video", "sidecar"]
    extension: str
    mime: str
    raw: bool = False
    variants: tuple[str, ...] = ()


_RAW = {  # by maker
    "adobe": "dng", "canon": "cr2 cr3 crw", "epson": "erf", "fuji": "raf", "hasselblad": "3fr", "kodak": "kdc dcr",
    "kyocera": "raw", "leaf": "mos", "leica": "rwl", "mamiya": "mef", "minolta": "mrw", "nikon": "nef nrw",
    "olympus": "orf", "panasonic": "rw2", "pentax": "pef", "phaseone": "iiq", "samsung": "srw", "sigma": "x3f",
    "sony": "arw sr2 srf",
}  # fmt: skip
_RAW_VARIANTS = {
    "3fr": (".fff",), "dcr": (".dcs", ".drf"), "dng": (".gpr",), "kdc": (".k25",), "orf": (".ori",), "rw2": (".raw",)
}  # fmt: skip

FORMATS: dict[str, Format] = {
    f.name: f
    for f in (
        Format("jpeg", "image", ".jpg", "image/jpeg"),
        Format("png", "image", ".png", "image/png"),
        Format("heic", "image", ".heic", "image/heic", variants=(".heif", ".hif")),
        Format("avif", "image", ".avif", "image/avif"),
        Format("webp", "image", ".webp", "image/webp"),
        Format("tiff", "image", ".tif", "image/tiff", variants=(".ptx", ".bay", ".cap", ".cs1", ".sti")),  # rare RAWs
        Format("gif", "image", ".gif", "image/gif"),
        Format("bmp", "image", ".bmp", "image/bmp"),
        Format("jxl", "image", ".jxl", "image/jxl"),
        Format("jp2", "image", ".jp2", "image/jp2", variants=(".j2k", ".j2c", ".jpf", ".jpx")),
        Format("psd", "image", ".psd", "image/vnd.adobe.photoshop", variants=(".psb",)),
        *(
            Format(name, "image", f".{name}", f"image/x-{maker}-{name}", True, _RAW_VARIANTS.get(name, ()))
            for maker, names in _RAW.items()
            for name in names.split()
        ),
        # An .mp4 with an M4V or 3GP brand (and an .m4v with an MP4 brand) is what many phones and converters write.
        Format("mp4", "video", ".mp4", "video/mp4", variants=(".m4v",)),
        Format("mov", "video", ".mov", "video/quicktime"),
        Format("m4v", "video", ".m4v", "video/x-m4v", variants=(".mp4",)),
        Format("3gp", "video", ".3gp", "video/3gpp", variants=(".3g2", ".mp4")),
        Format("avi", "video", ".avi", "video/x-msvideo"),
        Format("mkv", "video", ".mkv", "video/x-matroska"),
        Format("webm", "video", ".webm", "video/webm"),
        Format("mts", "video", ".mts", "video/mp2t", variants=(".ts",)),
        Format("mpg", "video", ".mpg", "video/mpeg"),
        Format("wmv", "video", ".wmv", "video/x-ms-wmv", variants=(".asf",)),
        Format("flv", "video", ".flv", "video/x-flv"),
        Format("xmp", "sidecar", ".xmp", "application/rdf+xml"),
        Format("json", "sidecar", ".json", "application/json"),
        Format("aae", "sidecar", ".aae", "application/x-apple-aae"),
        Format("csv", "sidecar", ".csv", "text/csv"),  # only the lists of an iCloud export
        Format("picasa", "sidecar", ".ini", "text/plain"),
    )
}

_RAW_BY_EXTENSION = {e: f.name for f in FORMATS.values() if f.raw for e in (f.extension, *f.variants) if e != ".raw"}
_RAW_NAMES = (".tif", *_RAW_BY_EXTENSION)
_RAW_BY_MAKER = {  # of a TIFF that holds sensor data and does not say so in its name
    b"NIKON": "nef", b"SONY": "arw", b"PENTAX": "pef", b"ASAHI": "pef", b"SAMSUNG": "srw", b"OLYMPUS": "orf",
    b"HASSELBLAD": "3fr", b"SEIKO EPSON": "erf", b"LEAF": "mos", b"MAMIYA": "mef", b"EASTMAN KODAK": "dcr",
    b"KODAK": "dcr", b"PHASE ONE": "iiq",
}  # fmt: skip
_SENSOR_DATA = (32803, 34892)  # PhotometricInterpretation: colour filter array, linear raw

_BEGINNINGS = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"8BPS\0\1", "psd"),
    (b"8BPS\0\2", "psd"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "jxl"),
    (b"\xff\x0a", "jxl"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "jp2"),
    (b"\0\0\0\x0cjP\x1a\x1a\r\n\x87\n", "jp2"),
    (b"\xff\x4f\xff\x51\0", "jp2"),
    (b"II\x1a\0\0\0HEAPCCDR", "crw"),
    (b"FUJIFILMCCD-RAW", "raf"),
    (b"IIRO", "orf"),
    (b"IIRS", "orf"),
    (b"MMOR", "orf"),
    (b"FOVb", "x3f"),
    (b"\0MRM", "mrw"),
    (b"FLV\1", "flv"),
    (b"\0\0\1\xba", "mpg"),
    (b"\0\0\1\xb3", "mpg"),
)
_BIG_TIFF = (b"II\x2b\0", b"MM\0\x2b")
_TIFF = (b"II\x2a\0", b"MM\0\x2a", *_BIG_TIFF)
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)
_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_VIDEO = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
_ASF_AUDIO = bytes.fromhex("409e69f84d5bcf11a8fd00805f5c442b")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2", b"mif3",
                b"msf1", b"miaf", b"avci", b"avcs", b"jpeg", b"jpgs", b"j2ki", b"vvic")  # fmt: skip
_AUDIO_BRANDS = (b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B ", b"aax ", b"aaxc")
_OLD_MOVIE_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


def extension(name: bytes) -> str:
    """The lower-case extension of *name* with its dot, or ``""``."""
    stem, dot, last = name.rpartition(b".")
    return "." + last.decode("ascii", "replace").lower() if dot and stem and len(last) <= 16 else ""


def sniff(head: bytes, name: bytes) -> Format | None:
    """The format of a file that begins with *head* (up to 256 KiB), ``None``: not ours; *name* only breaks ties."""
    found = next((known for magic, known in _BEGINNINGS if head.startswith(magic)), None) or (
        _tiff(head, name)
        or _boxes(head)
        or _riff(head)
        or _matroska(head)
        or _streams(head)
        or _bitmap(head)
        or _text(head, name)
    )
    return FORMATS[found] if found else None


def ext_of(format: Format, name: bytes) -> str:
    """The extension an export of *format* gets: by content, in lower case, keeping a right variant from *name*.

    ``.jpeg .jpe .mpo .thm`` become ``.jpg`` (no viewer opens a THM by its own name), ``.tiff`` ``.tif``, ``.mpeg``
    ``.mpg``, ``.m2ts`` ``.mts``. A RAW that is a TIFF inside keeps any RAW's: its first bytes do not say whose it is.
    """
    given, tiff = extension(name), format.raw and format.name not in ("crw", "cr3", "raf", "x3f", "mrw", "raw")
    return given if given in (*format.variants, *(_RAW_NAMES if tiff else ())) else format.extension


def _tiff_tags(head: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(tag, first value, text value) of IFD0 and the directories below it, as far as *head* reaches."""
    order = "<" if head[:2] == b"II" else ">"
    (first,) = struct.unpack_from(order + "I", head, 4)
    waiting, seen = [first], set[int]()
    while waiting and len(seen) < 8:
        at = waiting.pop(0)
        if at in seen or at + 2 > len(head):
            continue
        seen.add(at)
        (count,) = struct.unpack_from(order + "H", head, at)
        for place in range(at + 2, min(at + 2 + 12 * min(count, 512), len(head) - 11), 12):
            tag, kind, items, value = struct.unpack_from(order + "HHII", head, place)
            if kind == 3 and items == 1:
                value = struct.unpack_from(order + "H", head, place + 8)[0]
            text = head[value : value + min(items, 64)] if kind == 2 and items > 4 else b""
            yield tag, value, text
            if tag == 0x014A and kind in (4, 13):  # SubIFDs: one offset, or the place of several
                waiting += [value] if items == 1 else [
                    struct.unpack_from(order + "I", head, value + 4 * n)[0]
                    for n in range(min(items, 8))
                    if value + 4 * n + 4 <= len(head)
                ]  # fmt: skip


def _tiff(head: bytes, name: bytes) -> str | None:
    if head[:4] == b"IIU\0":
        return "rwl" if extension(name) == ".rwl" else "rw2"
    if head[:4] not in _TIFF or len(head) < 8:
        return None
    if head[8:10] == b"CR" and head[:2] == b"II":
        return "cr2"
    if head[8:12] in (b"IIII", b"MMMM"):
        return "iiq"
    by_name = _RAW_BY_EXTENSION.get(extension(name))
    if head[:4] in _BIG_TIFF:
        return by_name or "tiff"
    maker, sensor = b"", False
    for tag, value, text in _tiff_tags(head):
        if tag == 0xC612:  # DNGVersion; a DNG keeps its maker's name, so it comes first
            return "dng"
        if tag == 0x010F:
            maker = maker or text.strip().upper()
        sensor = sensor or (tag == 0x0106 and value in _SENSOR_DATA)
    by_maker = next((raw for make, raw in _RAW_BY_MAKER.items() if maker.startswith(make)), None) if sensor else None
    return by_name or by_maker or "tiff"


def _boxes(head: bytes) -> str | None:
    """ISO media files by their brands, and old QuickTime files by their first box."""
    (size,) = struct.unpack_from(">I", head) if len(head) >= 12 else (0,)
    kind = head[4:8]
    if kind in _OLD_MOVIE_BOXES and (size == 1 or size >= 8):
        return "mov" if kind in (b"moov", b"mdat", b"pnot") or head[size + 4 : size + 8] in _OLD_MOVIE_BOXES else None
    if kind != b"ftyp":
        return None
    brand = head[8:12]
    others = [head[at : at + 4] for at in range(12, min(max(size, 16), len(head) - 3, 512), 4)]
    if brand == b"crx ":
        return "cr3"
    if brand in (b"avif", b"avis"):
        return "avif"
    if brand in _HEIF_BRANDS:
        return "avif" if b"avif" in others or b"avis" in others else "heic"
    if brand in _AUDIO_BRANDS:
        return None
    if brand in (b"qt  ", b"caqv"):
        return "mov"
    if brand.startswith(b"M4V"):
        return "m4v"
    if brand[:3] in (b"3gp", b"3g2", b"3ge", b"3gg", b"3gs", b"3gr", b"3gh"):
        return "3gp"
    return "mp4"


def _riff(head: bytes) -> str | None:
    if head[:4] != b"RIFF":
        return None
    return {b"WEBP": "webp", b"AVI ": "avi"}.get(head[8:12])


def _matroska(head: bytes) -> str | None:
    if head[:4] != b"\x1a\x45\xdf\xa3":
        return None
    return "webm" if b"\x42\x82\x84webm" in head[:128] else "mkv"


def _streams(head: bytes) -> str | None:
    """Transport streams by their regular sync bytes, ASF with a video in it, Kyocera's backward RAW header."""
    for packet, sync in ((188, 0), (192, 4)):
        places = head[sync : sync + packet * 8 : packet]
        if len(places) >= 3 and not places.strip(b"G"):
            return "mts"
    if head.startswith(_ASF) and (_ASF_VIDEO in head or _ASF_AUDIO not in head):
        return "wmv"
    return "raw" if head[25:32] == b"ARECOYK" else None


def _bitmap(head: bytes) -> str | None:  # "BM" alone begins many a text
    return "bmp" if head[:2] == b"BM" and head[14:18] in [struct.pack("<I", n) for n in _BMP_HEADERS] else None


def _text(head: bytes, name: bytes) -> str | None:
    """The sidecars: XMP by content; JSON, AAE and others, which are text like any other, by content and name."""
    ending = extension(name)
    if ending == ".aae" and head.startswith(b"bplist00"):
        return "aae"
    text = head[:65536].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")  # without NUL, UTF-16 reads as ASCII
    if text.startswith(b"<"):
        markers = (b"<?xpacket", b"<x:xmpmeta", b"<x:xapmeta", b"<rdf:RDF")
        body = text.partition(b"?>")[2].lstrip() if text.startswith(b"<?xml") else text
        if body.startswith(markers) or (ending == ".xmp" and any(mark in body for mark in markers)):
            return "xmp"
        return "aae" if ending == ".aae" and b"<plist" in text else None
    if ending == ".csv":
        columns = text[:400].partition(b"\n")[0].lower().replace(b'"', b"").replace(b" ", b"")
        details = columns.startswith(b"imgname,") and b",originalcreationdate" in columns
        return "csv" if details or columns.strip() in (b"imgname", b"imagename", b"images") else None  # … of an album
    known = "json" if ending == ".json" else "picasa" if name.lower() in (b".picasa.ini", b"picasa.ini") else None
    return known if text.startswith((b"{", b"[")) else None


_SYSTEM_FILES = (b"thumbs.db", b"ehthumbs.db", b"desktop.ini", b".ds_store", b".picasa.ini", b"picasa.ini", b".nomedia")
_OTHERS = (
    (b"PK\3\4", "an archive (ZIP)"), (b"Rar!\x1a\7", "an archive (RAR)"), (b"7z\xbc\xaf\x27\x1c", "an archive (7z)"),
    (b"\x1f\x8b\x08", "an archive (gzip)"), (b"BZh", "an archive (bzip2)"), (b"\xfd7zXZ\0", "an archive (xz)"),
    (b"%PDF-", "a PDF document"), (b"%!PS", "a PostScript document"), (b"\xc5\xd0\xd3\xc6", "a PostScript document"),
    (b"#EXTM3U", "a playlist"), (b"[playlist]", "a playlist"), (b"ffconcat", "a playlist"),
    (b"SQLite format 3\0", "a database (SQLite)"), (b"\0\5\x16\7", "system file (macOS metadata)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document"), (b"MZ", "a program"), (b"\x7fELF", "a program"),
    (b"#!", "a program"), (b"ID3", "an audio file"), (b"fLaC", "an audio file"), (b"OggS", "an audio file"),
    (b"\xff\xfb", "an audio file"), (b"II\xbc\1", "a JPEG XR picture, which nothing here can read"),
)  # fmt: skip


def describe_other(head: bytes, name: bytes) -> str:
    """Why a file that :func:`sniff` does not know is skipped, in a few words."""
    if name.lower() in _SYSTEM_FILES:
        return f"system file ({name.decode('ascii')})"
    text = head[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, words in _OTHERS:
        if text.startswith(magic):
            return words
    if head[4:8] == b"ftyp" or head.startswith(_ASF) or (head[:4] == b"RIFF" and head[8:12] == b"WAVE"):
        return "an audio file"
    if not head:
        return "an empty file"
    if not any(head):
        return "nothing but zeros"
    if text[:512].lower().startswith((b"<!doctype html", b"<html")):
        return "a web page"
    if b"<svg" in text:
        return "a drawing (SVG)"
    if not any(byte < 9 or 13 < byte < 27 for byte in text):
        return "an XML document" if text.startswith(b"<?xml") else "a text file"
    promised = next((f for f in FORMATS.values() if extension(name) in (f.extension, *f.variants)), None)
    return f"unknown content, not the {promised.name.upper()} its name promises" if promised else "unknown content"
