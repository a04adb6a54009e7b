"""EXIF that loops, lies, overflows or speaks to a shell: the picture is kept, and no date comes of nonsense."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

ASCII, SHORT, LONG, RATIONAL = 2, 3, 4, 5


def tag(number: int, kind: int, count: int, value: int | bytes) -> bytes:
    packed = struct.pack("<I", value) if isinstance(value, int) else value.ljust(4, b"\0")[:4]
    return struct.pack("<HHI", number, kind, count) + packed


def tiff(entries: list[bytes], behind: bytes = b"", after: int = 0, count: int | None = None) -> bytes:
    """One directory at 8, its values from 14 + 12 × entries on."""
    number = len(entries) if count is None else count
    return b"II*\0\x08\0\0\0" + struct.pack("<H", number) + b"".join(entries) + struct.pack("<I", after) + behind


def app1(block: bytes) -> Callable[[bytes, bytes], bytes]:
    def make(path: bytes, good: bytes) -> bytes:
        data = (b"Exif\0\0" + block)[:65533]
        return good[:2] + b"\xff\xe1" + struct.pack(">H", len(data) + 2) + data + good[2:]

    return make


def text(number: int, value: bytes) -> bytes:
    """A text in the first directory."""
    if len(value) <= 4:
        return tiff([tag(number, ASCII, len(value), value)])
    return tiff([tag(number, ASCII, len(value), 8 + 2 + 12 + 4)], value)


def original(value: bytes) -> bytes:
    """A DateTimeOriginal in the Exif directory."""
    inner = struct.pack("<H", 1) + tag(0x9003, ASCII, len(value), 26 + 18) + bytes(4) + value
    return tiff([tag(0x8769, LONG, 1, 26)], inner)


def position(north: tuple[int, ...], reference: bytes = b"N") -> bytes:
    values = struct.pack("<6I", *north)
    inner = struct.pack("<H", 2) + tag(1, ASCII, 2, reference) + tag(2, RATIONAL, 3, 26 + 30) + bytes(4) + values
    return tiff([tag(0x8825, LONG, 1, 26)], inner)


NO_DATES = {  # what stands where a date should stand, and means none
    "zeros": b"0000:00:00 00:00:00\0", "blank": b"    :  :     :  :  \0", "nines": b"9999:99:99 99:99:99\0",
    "month": b"2019:13:01 00:00:00\0", "day": b"2019:02:30 12:00:00\0", "year zero": b"0000:01:01 00:00:00\0",
    "year one": b"0001:01:01 00:00:00\0", "last year": b"9999:12:31 23:59:59\0", "far": b"99999:01:01 00:00:00\0",
    "negative": b"-2019:05:04 12:00:03\0", "arabic": "٢٠١٩:٠٥:٠٤ ١٢:٠٠:٠٣\0".encode(),
    "page": b"<script>alert(1)</script>\0", "shell": b"$(touch PWNED):01:01\0", "template": b"{0.__class__}:01:01 00\0",
    "escape": b"\x1b[2J\x1b[31m2019:05:04\x07\0", "binary": bytes(range(128, 255)), "long": b"2" * 60_000,
    "nul": bytes(20), "digits": b"1" * 5000, "spaces": b" " * 5000, "words": b"yesterday at noon \0",
    "surrogate": b"\xed\xa0\x80019:05:04 12:00:03\0", "newline": b"2019\n:05:04\r\n-if\n1\0",
    "before photography": b"1201:01:01 00:00:00\0", "tomorrow's century": b"2150:01:01 00:00:00\0", "epoch": b"0:0:0 0:0:0\0",
}  # fmt: skip
ODD_DATES = {  # a person would read a date here; either reading is right, a wrong world is not
    "leap second": b"2016:12:31 23:59:60\0", "midnight": b"2019:05:04 24:00:00\0", "no end": b"2019:05:04 12:00:03",
    "too short": b"2019:05:04\0", "dashes": b"2019-05-04T12:00:03Z\0", "zone": b"2019:05:04 12:00:03+99:99\0",
    "two": b"2019:05:04 12:00:03\x002001:01:01 01:01:01\0", "padded": b"2019:05:04 12:00:03" + bytes(9000),
}  # fmt: skip
WORDS = {  # who made the camera
    "up": b"../../../../PWNED\0", "root": b"/PWNED/abs\0", "device": b"CON\0", "dots": b"..\0", "class": b"{model.__class__}\0",
    "shell": b"`touch PWNED`\0", "bidi": "Can\u202enon\0".encode(), "controls": b"a\rb\x1b[31m\x08\0", "long": b"M" * 60_000,
    "nul": b"Can\0on\0", "sql": b"'; drop table assets;--\0", "page": b"<img src=x onerror=alert(1)>\0", "formula": b"=1+1\0",
    "latin": b"Caf\xe9\0", "empty": b"\0", "slash": b"//\0", "newline": b"a\n-if\nsystem('touch PWNED')\n\0",
}  # fmt: skip
SHAPES = {  # directories that are none
    "loop": tiff([tag(0x10F, ASCII, 4, b"abc")], after=8),
    "into itself": tiff([tag(0x014A, LONG, 1, 8)]),
    "exif is first": tiff([tag(0x8769, LONG, 1, 8)]),
    "gps is first": tiff([tag(0x8825, LONG, 1, 8)]),
    "two that loop": tiff([tag(0x8769, LONG, 1, 26)], struct.pack("<H", 1) + tag(0x8769, LONG, 1, 8) + bytes(4)),
    "beyond": tiff([tag(0x8769, LONG, 1, 0xFFFFFFF0)]),
    "far text": tiff([tag(0x10F, ASCII, 0x7FFFFFFF, 26)], b"x"),
    "most of all": tiff([tag(0x9003, ASCII, 0xFFFFFFFF, 0xFFFFFFFF)]),
    "no kind": tiff([tag(0x9003, 0, 20, 26)], b"2019:05:04 12:00:03\0"),
    "strange kind": tiff([tag(0x9003, 255, 20, 26)], b"2019:05:04 12:00:03\0"),
    "none": tiff([]),
    "too many": tiff([tag(0x10F, ASCII, 4, b"abc")], count=65535),
    "four thousand": tiff([tag(n, LONG, 1, n) for n in range(4000)]),
    "cut": tiff([tag(0x8769, LONG, 1, 26)])[:15],
    "only a head": b"II*\0",
    "no head": b"XX\0\0" + bytes(20),
    "big": b"II\x2b\0\x08\0\0\0" + b"\xff" * 40,
    "nothing": b"",
    "noise": bytes(range(256)) * 9,
    "maker": tiff([tag(0x927C, 7, 60_000, 26)], b"Nikon\0\2\x10\0\0" + b"\xff" * 60_000),
    "thumbnail": tiff([], after=14) + struct.pack("<H", 2) + tag(0x201, LONG, 1, 0) + tag(0x202, LONG, 1, 0xFFFFFFFF) + bytes(4),
    "no way up": tiff([tag(0x112, SHORT, 1, 0)]),
    "ninth way up": tiff([tag(0x112, SHORT, 1, 9)]),
    "many ways up": tiff([tag(0x112, SHORT, 0xFFFF, 26)]),
}  # fmt: skip
PLACES = {
    "by zero": position((38, 0, 0, 0, 0, 0)), "north of north": position((91, 1, 0, 1, 0, 1)),
    "everywhere": position((0xFFFFFFFF, 1, 0xFFFFFFFF, 1, 0xFFFFFFFF, 1)), "nowhere": position((0, 0, 0, 0, 0, 0)),
    "no side": position((38, 1, 42, 1, 0, 1), b"?"), "null island": position((0, 1, 0, 1, 0, 1)),
}  # fmt: skip

CASES = (
    {f"no date, {name}.jpg".encode(): (app1(original(value)), "present", ...) for name, value in NO_DATES.items()}
    | {f"odd date, {name}.jpg".encode(): (app1(original(value)), "present", ...) for name, value in ODD_DATES.items()}
    | {f"made by, {name}.jpg".encode(): (app1(text(0x10F, value)), "present", ...) for name, value in WORDS.items()}
    | {f"directory, {name}.jpg".encode(): (app1(block), "present", ...) for name, block in SHAPES.items()}
    | {f"place, {name}.jpg".encode(): (app1(block), "present", ...) for name, block in PLACES.items()}
    | {f"bare, {name}.tif".encode(): (block, "present" if len(block) >= 8 else "troubled", ...) for name, block in SHAPES.items()
       if block[:2] == b"II"}
    | {b"both.jpg": (app1(original(NO_DATES["zeros"]) + text(0x10F, WORDS["up"])), "present", ...)}
)  # fmt: skip
OPTIONS = {
    "MEDIAPARSER_EXPORT_UNDATED": "{make}/{model}/{name}{ext}",
    "MEDIAPARSER_EXPORT_NAME": "{make}/{year}/{name}{ext}",
}


@pytest.mark.parametrize("name", CASES)
def test_the_picture_is_kept(family, name):
    family.check(name)


def test_no_date_comes_of_nonsense(family):
    dated = {sha256 for sha256, _ in family.dates}
    assert [name for name in CASES if name.startswith(b"no date") and family.rows[name][3] in dated] == []


def test_the_odd_ones_are_dated_as_somebody_would_read_them(family):
    """The day is right wherever a date was read at all."""
    taken = dict(family.dates)
    said = {name: taken.get(family.rows[name][3], "")[:10] for name in CASES if name.startswith(b"odd date")}
    assert set(said.values()) <= {"2019-05-04", "2019-05-05", "2016-12-31", "2017-01-01", ""}
    assert said[b"odd date, no end.jpg"] == said[b"odd date, padded.jpg"] == "2019-05-04"


def test_a_camera_never_leads_out_of_the_export(family):
    root = (family.library / "export").resolve()
    for path in filter(None, family.exports.values()):
        assert (root / path).resolve().is_relative_to(root)
        assert not (root / path).is_symlink()
