"""Pictures that are cut, blown up, damaged or made to burst a decoder: kept, and what is wrong with them is told."""

from __future__ import annotations

import io
import random
import struct
import zlib

import pillow_heif
import pytest
from PIL import Image


def encode(format: str, seed: int, mode: str = "RGB", **save: object) -> bytes:
    small = Image.frombytes("RGB", (8, 6), random.Random(f"{format}{seed}").randbytes(144))
    buffer = io.BytesIO()
    if format == "HEIF":
        pillow_heif.register_heif_opener()
    small.resize((320, 240), Image.Resampling.BICUBIC).convert(mode).save(buffer, format, **save)
    return buffer.getvalue()


ENDINGS = {"JPEG": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp", "TIFF": "tif", "BMP": "bmp", "HEIF": "heic"}
CASES: dict[bytes, tuple] = {}
for _format, _ending in ENDINGS.items():
    for _number, (_words, _part) in enumerate((("a tenth", 0.1), ("half", 0.5), ("nearly all", 0.97))):
        _data = encode(_format, _number)
        CASES[f"{_words} of a {_format}.{_ending}".encode()] = (_data[: int(len(_data) * _part)], "present", ".")
    CASES[f"head of a {_format}.{_ending}".encode()] = (encode(_format, 3)[:40], "present", ".")
    _data = encode(_format, 4)
    _holed = bytes(_data[: len(_data) // 3] + bytes(len(_data) // 3) + _data[2 * (len(_data) // 3) :])
    CASES[f"{_format} with a hole.{_ending}".encode()] = (_holed, "present", ...)
    _data = bytearray(encode(_format, 5))
    for _at in random.Random(_format).sample(range(40, len(_data)), 60):
        _data[_at] ^= 0xFF
    CASES[f"{_format} with wrong bytes.{_ending}".encode()] = (bytes(_data), "present", ...)
    CASES[f"{_format} and rubbish.{_ending}".encode()] = (
        encode(_format, 6) + b"\xde\xad\xbe\xef" * 999,
        "present",
        ...,
    )
    CASES[f"{_format} twice.{_ending}".encode()] = (encode(_format, 7) * 2, "present", ...)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 2, data: bytes = bytes(999)) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *chunks, chunk(b"IDAT", zlib.compress(data, 9)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def bmp(width: int, height: int, bits: int = 24) -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + 999, 0, 0, 54) + header + bytes(999)


def gif(width: int, height: int, frames: int = 1) -> bytes:
    frame = b"\x21\xf9\x04\x00\x00\x00\x00\x00\x2c\0\0\0\0\1\0\1\0\0\x02\x02\x44\x01\0"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6) + frame * frames + b";"


def sized(width: int, height: int) -> bytes:
    """A JPEG that says it is as large."""
    data = encode("JPEG", width + 7 * height)
    at = data.index(b"\xff\xc0")
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


PLAIN = bytes(1 + 3 * 20) * 20
LARGE = bytes((1 + 3 * 12_000) * 200)
CASES |= {
    b"sixty thousand square.png": (png(60_000, 60_000), "present", "."),
    b"widest.png": (png(0x7FFFFFFF, 1), "present", "."),
    b"nothing wide.png": (png(0, 10), "present", "."),
    b"mostly missing.png": (png(12_000, 9_000, data=LARGE), "present", ...),  # whole as a file; Pillow leaves the rest black
    b"words that inflate.png": (png(20, 20, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000), 9)), data=PLAIN), "present", ...),
    b"profile that inflates.png": (png(20, 20, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(50_000_000), 9)), data=PLAIN), "present", ...),
    b"twenty thousand words.png": (png(20, 20, *[chunk(b"tEXt", b"k%d\0v" % n) for n in range(20_000)], data=PLAIN), "present", ...),
    b"wrong sums.png": (png(20, 20, data=PLAIN).replace(b"IDAT", b"IDAT", 1)[:-20] + bytes(20), "present", ...),
    b"no data.png": (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, 2, 0, 0, 0)) + chunk(b"IEND", b""), "present", "."),
    b"impossible depth.png": (png(20, 20, depth=3, data=PLAIN), "present", "."),
    b"impossible colour.png": (png(20, 20, colour=5, data=PLAIN), "present", "."),
    b"exif that loops.png": (png(20, 20, chunk(b"eXIf", b"II*\0\x08\0\0\0\1\0\x4a\1\4\0\1\0\0\0\x08\0\0\0"), data=PLAIN), "present", ...),
    b"hostile xmp.png": (png(20, 20, chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>"), data=PLAIN), "present", ...),
    b"huge bitmap.bmp": (bmp(100_000, 100_000), "present", "."),
    b"upside down.bmp": (bmp(10, -10), "present", ...),
    b"most negative.bmp": (bmp(10, -(1 << 31)), "present", "."),
    b"left of zero.bmp": (bmp(-10, 10), "present", "."),
    b"no bits.bmp": (bmp(10, 10, 0), "present", "."),
    b"nothing.gif": (gif(0, 0), "present", ...),
    b"largest.gif": (gif(65535, 65535), "present", ...),
    b"hundred thousand frames.gif": (gif(1, 1, 100_000), "present", ...),
    b"largest.jpg": (sized(65535, 65535), "present", "."),
    b"nothing wide.jpg": (sized(0, 240), "present", "."),
    b"nothing high.jpg": (sized(320, 0), "present", ...),
    b"many marks.jpg": (b"\xff\xd8" + b"\xff" * 200_000 + encode("JPEG", 40)[2:], "present", ...),
    b"many comments.jpg": (b"\xff\xd8" + b"\xff\xfe\0\3x" * 60_000 + encode("JPEG", 41)[2:], "present", ...),
    b"thousand scans.jpg": (encode("JPEG", 42, progressive=True)[:-2] + b"\xff\xda\0\x08\1\1\0\0\x3f\0" * 1000 + b"\xff\xd9", "present", ...),
    b"segment of nothing.jpg": (b"\xff\xd8\xff\xe1\0\0" + encode("JPEG", 43)[2:], "present", ...),
    b"segment too long.jpg": (b"\xff\xd8\xff\xe1\xff\xff" + encode("JPEG", 44)[2:600], "present", "."),
    b"only end.jpg": (b"\xff\xd8\xff\xd9", "present", "."),
    b"four inks.jpg": (encode("JPEG", 45, "CMYK"), "present", ...),
    b"grey.jpg": (encode("JPEG", 46, "L"), "present", None),
    b"wrong size.webp": (encode("WEBP", 47)[:4] + b"\xff\xff\xff\x7f" + encode("WEBP", 47)[8:], "present", ...),
    b"no size.webp": (encode("WEBP", 48)[:4] + bytes(4) + encode("WEBP", 48)[8:], "present", ...),
    b"all tags.tif": (b"II*\0\x08\0\0\0\xff\xff" + b"".join(struct.pack("<HHII", n, 4, 1, n) for n in range(65535)) + bytes(4), "present", "."),
    b"chain.tif": (b"II*\0\x08\0\0\0" + b"".join(struct.pack("<HI", 0, 14 + 6 * n) for n in range(9999)), "present", "."),
    b"strips of nothing.tif": (b"MM\0*\0\0\0\x08\0\4" + b"".join(struct.pack(">HHII", t, 4, 1, v) for t, v in ((256, 70_000), (257, 70_000), (273, 8), (279, 1))) + bytes(4), "present", "."),
    b"layers.psd": (b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 56, 300_000, 300_000, 8, 3) + b"\xff" * 400, "present", "."),
    b"boxes.heic": (b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + b"\0\0\0\x0cmeta\0\0\0\0" * 999, "present", "."),
    b"endless meta.heic": (b"\0\0\0\x18ftypheic\0\0\0\0heicmif1\0\0\0\1meta" + b"\xff" * 40, "present", "."),
    b"no box.avif": (b"\0\0\0\x18ftypavif\0\0\0\0avifmif1", "present", "."),
    b"bare.jxl": (b"\xff\x0a" + b"\xff" * 200, "present", "."),
    b"boxes.jxl": (b"\0\0\0\x0cJXL \r\n\x87\n" + b"\0\0\0\1jxlc" + b"\xff" * 40, "present", "."),
    b"stream.jp2": (b"\xff\x4f\xff\x51\0\x2f" + b"\xff" * 200, "present", "."),
    b"raw.cr2": (b"II*\0\x10\0\0\0CR\2\0" + b"\xff" * 400, "present", "."),
    b"raw.raf": (b"FUJIFILMCCD-RAW " + b"\xff" * 400, "present", "."),
    b"raw.x3f": (b"FOVb" + b"\xff" * 400, "present", "."),
    b"raw.mrw": (b"\0MRM\xff\xff\xff\xff" + b"\xff" * 400, "present", "."),
    b"raw.crw": (b"II\x1a\0\0\0HEAPCCDR" + b"\xff" * 400, "present", "."),
    b"raw.rw2": (b"IIU\0\x08\0\0\0\xff\xff" + b"\xff" * 400, "present", "."),
    b"raw.dng": (b"II*\0\x08\0\0\0\2\0\x12\xc6\1\0\4\0\0\0\1\4\0\0\x4a\1\4\0\1\0\0\0\x08\0\0\0" + bytes(4), "present", "."),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_it_is_kept_and_its_damage_told(family, name):
    family.check(name)
