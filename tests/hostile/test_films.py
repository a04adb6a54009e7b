"""Films that lead elsewhere, count wrongly or never end: kept, nothing outside is opened, and the next file has its turn."""

from __future__ import annotations

import functools
import io
import struct

import av
import pytest
from PIL import Image

CONTAINERS = {
    "mp4": "mpeg4",
    "mov": "mpeg4",
    "avi": "mpeg4",
    "matroska": "mpeg4",
    "mpegts": "mpeg2video",
    "mpeg": "mpeg2video",
    "flv": "flv",
}
ENDINGS = {"matroska": "mkv", "mpegts": "mts", "mpeg": "mpg"}


@functools.cache
def film(container: str) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(CONTAINERS[container], rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for number in range(10):
            picture = Image.new("RGB", (160, 96), (20 * number, 90, 200))
            output.mux(stream.encode(av.VideoFrame.from_image(picture)))
        output.mux(stream.encode(None))
    return buffer.getvalue()


def box(kind: bytes, *inside: bytes) -> bytes:
    data = b"".join(inside)
    return struct.pack(">I", len(data) + 8) + kind + data


FTYP = box(b"ftyp", b"isom\0\0\0\0isommp42")


def mvhd(created: int, scale: int = 1000, duration: int = 1000, version: int = 0) -> bytes:
    times = struct.pack(">QQIQ" if version else ">IIII", created, created, scale, duration)
    return box(b"mvhd", bytes([version, 0, 0, 0]), times, bytes(80))


def nested(depth: int) -> bytes:
    data = b""
    for _ in range(depth):
        data = box(b"moov", data)
    return data


def track(table: bytes) -> bytes:
    return box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", table))))


def changed(container: str, change):
    """A film's bytes after *change*; made when the tests run."""
    return lambda path, good: change(film(container))


CASES: dict[bytes, tuple] = {}
for _container in CONTAINERS:
    _ending = ENDINGS.get(_container, _container)
    for _words, _change in (
        ("a tenth of a", lambda data: data[: len(data) // 10]),
        ("half of a", lambda data: data[: len(data) // 2]),
        ("all but the end of a", lambda data: data[:-9]),
        ("holed", lambda data: data[:600] + bytes(2000) + data[2600:]),
        ("mixed up", lambda data: data[:64] + bytes(b ^ 0x55 if n % 97 == 0 else b for n, b in enumerate(data[64:]))),
    ):
        # without its beat a transport stream cannot be told from noise
        _state = "troubled" if (_words, _container) == ("holed", "mpegts") else "present"
        CASES[f"{_words} {_container}.{_ending}".encode()] = (changed(_container, _change), _state, ...)

URL = b"file:///etc/passwd\0"
CASES |= {
    b"only a type.mp4": (FTYP, "present", "."),
    b"hundred thousand boxes.mp4": (FTYP + b"\0\0\0\x08free" * 100_000, "present", "."),
    b"deep.mp4": (FTYP + nested(2000), "present", "."),
    b"no size.mp4": (FTYP + b"\0\0\0\0moov" + b"\xff" * 99, "present", "."),
    b"box of one.mp4": (FTYP + b"\0\0\0\1moov" + b"\xff" * 8, "present", "."),
    b"box of four.mp4": (FTYP + b"\0\0\0\4moov" * 99, "present", "."),
    b"longer than the world.mp4": (FTYP + b"\0\0\0\1mdat" + b"\x7f" + b"\xff" * 7 + bytes(99), "present", "."),
    b"four thousand million samples.mp4": (FTYP + box(b"moov", mvhd(0), track(box(b"stts", bytes(4), b"\xff" * 12))), "present", "."),
    b"sizes.mp4": (FTYP + box(b"moov", mvhd(0), track(box(b"stsz", bytes(8), b"\xff" * 4))), "present", "."),
    b"chunks.mp4": (FTYP + box(b"moov", mvhd(0), track(box(b"co64", bytes(4), b"\xff" * 12))), "present", "."),
    b"at no time.mp4": (FTYP + box(b"moov", mvhd(0)), "present", "."),
    b"at the last time.mp4": (FTYP + box(b"moov", mvhd(0xFFFFFFFF)), "present", "."),
    b"beyond time.mp4": (FTYP + box(b"moov", mvhd((1 << 64) - 1, version=1)), "present", "."),
    b"in no steps.mp4": (FTYP + box(b"moov", mvhd(3_600_000_000, scale=0)), "present", "."),
    b"elsewhere.mov": (FTYP.replace(b"isom", b"qt  ", 1) + box(b"moov", mvhd(0), track(box(b"dref", bytes(4), b"\0\0\0\1", box(b"url ", bytes(4), URL)))), "present", "."),
    b"alias.mov": (FTYP.replace(b"isom", b"qt  ", 1) + box(b"moov", mvhd(0), track(box(b"dref", bytes(4), b"\0\0\0\1", box(b"alis", bytes(150), URL)))), "present", "."),
    b"reference.mov": (box(b"moov", box(b"rmra", box(b"rmda", box(b"rdrf", bytes(4), b"url ", b"\0\0\0\x13", URL)))), "present", "."),
    b"words.mp4": (FTYP + box(b"moov", mvhd(0), box(b"udta", *[box(b"\xa9nam", struct.pack(">HH", 9, 0), b"\xff\xfe\x1b[31m\0x") for _ in range(3000)])), "present", "."),
    b"date in words.mp4": (FTYP + box(b"moov", mvhd(0), box(b"udta", box(b"\xa9day", b"\0\x14\0\0", b"9999-99-99T99:99:99Z"))), "present", "."),
    b"playlist.mp4": (b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n", "troubled", "a playlist"),
    b"playlist.mov": (b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/a.ts\n", "troubled", "a playlist"),
    b"playlist.m3u8": (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "skipped", "a playlist"),
    b"list.avi": (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "troubled", "a playlist"),
    b"gab2.avi": (b"RIFF\xff\xff\xff\xffAVI LIST\xff\xff\xff\xffhdrlGAB2\0\0\2\0#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "present", "."),
    b"no list.avi": (b"RIFF\0\0\0\0AVI " + b"\xff" * 99, "present", "."),
    b"endless.mkv": (b"\x1a\x45\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xff" + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" * 999, "present", "."),
    b"deep.mkv": (b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\xff" * 9999, "present", "."),
    b"type.webm": (b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm", "present", "."),
    b"packets.mts": ((b"G" + bytes(187)) * 5000, "present", "."),
    b"start codes.mpg": (b"\0\0\1\xba" + b"\0\0\1\xb3" * 9999, "present", "."),
    b"header.flv": (b"FLV\1\5\0\0\0\t" + b"\xff" * 999, "present", "."),
    b"header.wmv": (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + b"\xff" * 999, "present", "."),
    b"img%03d.jpg": (lambda path, good: good, "present", None),
    b"img001.jpg": (lambda path, good: good + b"1", "present", None),
    b"pipe:0.mov": (changed("mov", lambda data: data + b"\0\0\0\x08free"), "present", None),
    b"subfile,,start,0,end,9,,:a.mov": (changed("mov", lambda data: data + b"\0\0\0\x09free\0"), "present", None),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_it_is_kept_and_its_damage_told(family, name):
    family.check(name)
