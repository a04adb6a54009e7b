"""Files that lie about their type: what they are is told by their content, and nothing opens them as what they claim."""

from __future__ import annotations

import gzip
import io
import random
import sqlite3
import struct
import tarfile
import zipfile
import zlib

import pytest
from PIL import Image


def packed() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../../PWNED.jpg", b"x")
        archive.writestr("/etc/PWNED.jpg", b"x")
    return buffer.getvalue()


def tape() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../PWNED"))
    return buffer.getvalue()


def database() -> bytes:
    with sqlite3.connect(":memory:") as conn:
        conn.execute("create table t (x)")
        data = conn.serialize()
    conn.close()
    return data


FOREIGN = {  # what is inside → (the bytes, what it is called)
    "text": (b"I am no picture.\n" * 50, "a text file"),
    "page": (b"<!DOCTYPE html><html><script>alert(1)</script>", "a web page"),
    "drawing": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "a drawing"),
    "xml": (
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        "an XML document",
    ),
    "zip": (packed(), "an archive"),
    "gzip": (gzip.compress(bytes(5_000_000), mtime=0), "an archive"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(99), "an archive"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "a PDF"),
    "postscript": (b"%!PS\n(PWNED) (w) file closefile quit", "a PostScript"),
    "eps": (b"\xc5\xd0\xd3\xc6" + bytes(40) + b"%!PS-Adobe-3.0 EPSF", "a PostScript"),
    "hls": (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "a playlist"),
    "concat": (b"ffconcat version 1.0\nfile /etc/passwd\n", "a playlist"),
    "pls": (b"[playlist]\nFile1=http://127.0.0.1:1/\n", "a playlist"),
    "sdp": (b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n", "a text file"),
    "dash": (b'<?xml version="1.0"?><MPD><BaseURL>http://127.0.0.1/</BaseURL></MPD>', "an XML document"),
    "shell": (b"#!/bin/sh\ntouch PWNED\n", "a program"),
    "elf": (b"\x7fELF\2\1\1" + bytes(99), "a program"),
    "exe": (b"MZ" + bytes(200), "a program"),
    "database": (database(), "a database"),
    "audio": (b"ID3\4" + bytes(99), "an audio file"),
    "m4a": (b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42" + bytes(99), "an audio file"),
    "tape": (tape(), "unknown content"),
    "perl": (b"$x = `touch PWNED`; 1;\n", "a text file"),
    "zeros": (bytes(70_000), "contains only zeros"),
    "nothing": (b"", "empty file"),
    "noise": (bytes(range(1, 256)) * 40, "unknown content"),
    "almost": (b"\xff\xd8\xfe not quite a JPEG \x01\x02", "unknown content"),
}
PROMISES = ("jpg", "png", "heic", "mp4", "cr2")


def encode(format: str) -> bytes:
    """A picture that no other format's is."""
    buffer = io.BytesIO()
    small = Image.frombytes("RGB", (8, 6), random.Random(format).randbytes(144))
    small.resize((96, 72), Image.Resampling.NEAREST).save(buffer, format)
    return buffer.getvalue()


def pictures() -> dict[str, bytes]:
    return {name: encode(name) for name in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP")}


def polyglots() -> dict[bytes, bytes]:
    """One file that is two: a real picture, and behind or in front of it what another program would rather see."""
    jpeg, png, gif = encode("JPEG"), encode("PNG"), encode("GIF")
    text = b"\0" * 4 + struct.pack(">I", 40)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return {
        b"jpeg and zip.jpg": jpeg + packed(),
        b"jpeg and page.jpg": jpeg + b"<html><script>alert(1)</script>",
        b"gif and script.gif": gif + b"/*';alert(1);//*/",
        b"png and program.png": png + b"#!/bin/sh\ntouch PWNED\n",
        b"png with chunk.png": png[:33] + chunk(b"tEXt", b"XML:com.adobe.xmp\0<x>") + png[33:],
        b"jpeg and jpeg.jpg": jpeg + jpeg,
        b"jpeg and film.jpg": jpeg + b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + text,
        b"jpeg with eval.jpg": jpeg[:2] + b"\xff\xe1\x00\x20Exif\0\0(metadata \"\\c${system('x')};\")"[:34] + jpeg[2:],
    }


CASES = {
    f"{inside}.{promise}".encode(): (
        data,
        "troubled",
        words if inside in ("zeros", "nothing") else f"{words}.*promises",
    )
    for inside, (data, words) in FOREIGN.items()
    for promise in PROMISES
}
CASES |= {
    f"real {kind}.{promise}".encode(): (data, "present", None)
    for kind, data in pictures().items()
    for promise in ("jpg", "png", "heic", "mov", "txt", "json", "exe", "xmp")
}
CASES |= {name: (data, "present", ...) for name, data in polyglots().items()}


@pytest.mark.parametrize("name", CASES)
def test_the_content_decides(family, name):
    family.check(name)


def test_a_real_picture_gets_the_extension_that_is_right(family):
    endings = {"JPEG": ".jpg", "PNG": ".png", "GIF": ".gif", "WEBP": ".webp", "TIFF": ".tif", "BMP": ".bmp"}
    for kind, ending in endings.items():
        assert family.exports[family.rows[f"real {kind}.mov".encode()][3]].endswith(ending)
