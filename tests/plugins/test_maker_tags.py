"""Notes of camera makers: what makes a fact is read as ExifTool reads it, or left to it."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from PIL import Image

from mediaparser_core import exiftool
from mediaparser_core.media import read
from mediaparser_core.records import Camera, Entry
from mediaparser_plugins import native_tags
from mediaparser_plugins.metadata import WANTED
from mediaparser_plugins.tag_facts import facts

EXECUTABLE = exiftool.find("exiftool") or ""
AT = 8 + (2 + 24 + 4) + 32 + (2 + 12 + 4)  # where the note begins in the TIFF: behind two directories and the make

QUALITY = (0x9999, 3, 1, b"\1\0")  # a tag that nobody asks for
SERIAL = b"ABCDEF0123456\0\0\0"


def directory(*entries: tuple[int, int, int, bytes], at: int, order: str = "<") -> bytes:
    """A directory whose values lie behind it, and that begins at *at* of whatever its offsets count from."""
    table, values, behind = b"", b"", at + 2 + 12 * len(entries) + 4
    for tag, kind, count, value in entries:
        field = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack(order + "I", behind + len(values))
        values += value if len(value) > 4 else b""
        table += struct.pack(order + "HHI", tag, kind, count) + field
    return struct.pack(order + "H", len(entries)) + table + bytes(4) + values


def behind(head: bytes, *entries: tuple[int, int, int, bytes], base: int = 0) -> bytes:
    return head + directory(*entries, at=base + len(head))


def new_olympus() -> bytes:
    head = b"OLYMPUS\0II\3\0"
    inner = directory((0x0101, 2, 10, b"F7050174\0\0"), (0x0102, 2, 16, SERIAL), at=len(head) + 30)
    entries = (0x2010, 13, 1, struct.pack("<I", len(head) + 30)), QUALITY
    return (head + directory(*entries, at=len(head))).ljust(len(head) + 30, b"\0") + inner


NOTES = {
    "old Olympus": ("OLYMPUS OPTICAL CO.,LTD", behind(b"OLYMP\0\1\0", (0x0404, 2, 16, SERIAL), QUALITY, base=AT)),
    "Epson": ("SEIKO EPSON CORP.", behind(b"EPSON\0\1\0", QUALITY, base=AT)),
    "new Olympus": ("OLYMPUS IMAGING CORP.", new_olympus()),
    "Panasonic": ("Panasonic", behind(b"Panasonic\0\0\0", (0x25, 7, 16, SERIAL), QUALITY, base=AT)),
    "older Panasonic": ("Panasonic", b"MKED\4\0" + bytes(20)),
    "Motorola": ("Motorola", behind(b"MOT\0\1\1\1\1", (0x5501, 2, 11, b"NX0A3S0075\0"), QUALITY)),
    "Nikon without a head": ("NIKON", behind(b"", (0x1D, 2, 9, b"30012345\0"), QUALITY, base=AT)),
    "Nikon of the first kind": ("NIKON", behind(b"Nikon\0\1\0", QUALITY, base=AT)),
    "Casio": ("CASIO COMPUTER CO.,LTD.", behind(b"QVC\0\0\0", QUALITY, base=AT)),
    "older Casio": ("CASIO", behind(b"", QUALITY, base=AT)),
    "Sanyo": ("SANYO Electric Co.,Ltd.", behind(b"SANYO\0\1\0", QUALITY, base=AT)),
    "JVC": ("JVC", behind(b"JVC ", QUALITY, base=AT)),
    "JVC in words": ("JVC", b"VER:0100QTY:FINE"),
    "General Electric": ("General Imaging Co.", behind(b"GE\0\0".ljust(18, b"\0"), QUALITY, base=AT)),
    "Hewlett-Packard": ("Hewlett-Packard", b"\0a0er Notes" + bytes(20)),
    "Minolta": ("Minolta Co., Ltd.", behind(b"", (0x0000, 7, 4, b"MLT0"), QUALITY, base=AT)),
    "Canon, moved": ("Canon", behind(b"", (0x0C, 4, 1, b"\7\0\0\0"), (6, 2, 8, b"IMG:a b\0"), base=AT + 100)),
}

DOUBTED = {
    "Panasonic in another form": ("Panasonic", behind(b"Panasonic\0\0\0", (0x25, 7, 16, b"\1" * 16), base=AT)),
    "Olympus with settings of Minolta": ("OLYMPUS", behind(b"OLYMP\0\1\0", (3, 7, 400, bytes(400)), base=AT)),
    "Minolta with a date": ("Minolta Co., Ltd.", behind(b"", (3, 7, 400, bytes(400)), base=AT)),
    "Canon, its number moved": ("Canon", behind(b"", (0x96, 2, 8, b"A000001\0"), base=AT + 100)),
    "Hewlett-Packard with a number": ("Hewlett-Packard", b"IIII\4\0" + bytes(200)),
    "somebody": ("Somebody", b"whatever it is"),
    "a directory that is cut": ("NIKON", b"\x10\0\1\0"),
}


def picture(path: Path, make: str, note: bytes) -> Path:
    """A JPEG with *note* at ``AT`` of its EXIF."""
    exif_at = AT - (2 + 12 + 4)
    tiff = b"II*\0\x08\0\0\0" + struct.pack("<H", 2) + struct.pack("<HHII", 0x010F, 2, 32, 8 + 30)
    tiff += struct.pack("<HHII", 0x8769, 4, 1, exif_at) + bytes(4) + make.encode().ljust(32, b"\0")
    tiff += struct.pack("<HHHII", 1, 0x927C, 7, len(note), AT) + bytes(4) + note
    Image.new("RGB", (64, 48), (200, 30, 90)).save(path, exif=b"Exif\0\0" + tiff)
    return path


def look(path: Path) -> tuple[str | None, set]:
    status = path.lstat()
    with read(Entry(b"/", os.fsencode(path), status.st_size, status.st_mtime_ns)) as media:
        assert media.format
        reading = native_tags.read_all(media)
        return reading.why, set(facts(reading.tags, media.format))


@pytest.fixture(scope="module")
def tool():
    if not EXECUTABLE:
        pytest.skip("ExifTool is not installed")
    with exiftool.ExifTool(EXECUTABLE) as tool:
        yield tool


@pytest.mark.parametrize("name", NOTES)
def test_notes_that_are_known_make_the_facts_that_exiftool_makes(tool, tmp_path, name):
    path = picture(tmp_path / "a.jpg", *NOTES[name])
    why, ours = look(path)
    assert why is None
    (answer,) = tool.read([os.fsencode(path)], WANTED)
    with read(Entry(b"/", os.fsencode(path))) as media:
        assert media.format and ours == set(facts(answer, media.format))


@pytest.mark.parametrize(
    ("name", "serial"),
    [
        ("old Olympus", "ABCDEF0123456"),
        ("new Olympus", "F7050174"),
        ("Panasonic", "ABCDEF0123456"),
        ("Motorola", "NX0A3S0075"),
        ("Nikon without a head", "30012345"),
        ("Canon, moved", "7"),
        ("Sanyo", None),
    ],
)
def test_the_number_of_the_camera_is_found(tmp_path, name, serial):
    why, found = look(picture(tmp_path / "a.jpg", *NOTES[name]))
    assert (why, [fact.serial for fact in found if isinstance(fact, Camera)]) == (None, [serial])


@pytest.mark.parametrize("name", DOUBTED)
def test_notes_of_another_kind_are_left_to_exiftool(tmp_path, name):
    why, _ = look(picture(tmp_path / "a.jpg", *DOUBTED[name]))
    assert why is not None and ("maker notes" in why or "another type" in why)
