from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from mediaparser_core import media
from mediaparser_core.records import Fingerprint, Preview, Shape, Trouble
from mediaparser_plugins import pictures


def jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def directory(entries: list[tuple[int, int, int, int]], following: int = 0) -> bytes:
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<H", len(entries)) + body + struct.pack("<I", following)


def nef(small: bytes, large: bytes, orientation: int = 1) -> bytes:
    """IFD0 with a thumbnail and the maker, and below it a SubIFD with the large preview and one of sensor data."""
    maker = b"NIKON CORPORATION\0"
    first = 8
    second = first + len(directory([(0, 0, 0, 0)] * 5))
    third = second + len(directory([(0, 0, 0, 0)] * 2))
    offsets = third + len(directory([(0, 0, 0, 0)] * 5))
    data = offsets + 8 + len(maker)
    ifd0 = directory(
        [
            (0x010F, 2, len(maker), offsets + 8),
            (0x0112, 3, 1, orientation),
            (0x014A, 4, 2, offsets),
            (0x0201, 4, 1, data),
            (0x0202, 4, 1, len(small)),
        ]
    )
    sub_preview = directory([(0x0201, 4, 1, data + len(small)), (0x0202, 4, 1, len(large))])
    raw = data + len(small) + len(large)
    sub_raw = directory(
        [(0x00FE, 4, 1, 0), (0x0103, 3, 1, 34713), (0x0106, 3, 1, 32803), (0x0111, 4, 1, raw), (0x0117, 4, 1, 1000)]
    )
    body = ifd0 + sub_preview + sub_raw + struct.pack("<II", second, third) + maker
    return b"II*\0\x08\0\0\0" + body + small + large + b"sensor" * 166 + b"data"


def raf(preview: bytes) -> bytes:
    head = b"FUJIFILMCCD-RAW 0201".ljust(84, b"\0")
    return (
        head + struct.pack(">6I", 148, len(preview), 0, 0, 148 + len(preview), 100) + bytes(40) + preview + b"R" * 100
    )


def crw(preview: bytes) -> bytes:
    heap = b"R" * 100 + preview
    entries = struct.pack("<HHII", 2, 0x2005, 100, 0) + struct.pack("<HII", 0x2007, len(preview), 100)
    return b"II\x1a\0\0\0HEAPCCDR".ljust(26, b"\0") + heap + entries + struct.pack("<I", len(heap))


def x3f(preview: bytes) -> bytes:
    def section(kind: int, data: bytes) -> bytes:
        return b"SECi" + struct.pack("<6I", 0x20000, 2, kind, 1, 1, 0) + data

    head, raw, shown = b"FOVb".ljust(40, b"\0"), section(30, b"R" * 100), section(18, preview)
    places = [(40, raw), (40 + len(raw), shown)]
    listed = b"".join(struct.pack("<II4s", at, len(data), b"IMA2") for at, data in places)
    end = 40 + len(raw) + len(shown)
    return head + raw + shown + b"SECd" + struct.pack("<II", 0x20000, 2) + listed + struct.pack("<I", end)


def cr3(preview: bytes) -> bytes:
    ftyp = b"\0\0\0\x18ftypcrx \0\0\0\1crx isom"
    data = preview + b"sensor data" * 50
    return ftyp + struct.pack(">I", 8 + len(data)) + b"mdat" + data


@pytest.fixture
def previews(make_picture, tmp_path):
    image = Image.open(make_picture(tmp_path / "p.png", seed=9, size=(800, 600))).convert("RGB")
    return jpeg(image.resize((160, 120))), jpeg(image)


@pytest.fixture
def look(entry_of, tmp_path):
    def run(data, name):
        (tmp_path / name).write_bytes(data)
        entry = entry_of(tmp_path / name)
        with media.read(entry) as content:
            return content.format.name, pictures.look_at_picture(entry, content)

    return run


def shown(facts):
    (preview,) = [fact.jpeg for fact in facts if isinstance(fact, Preview)]
    return Image.open(io.BytesIO(preview))


def plain(facts):
    return next(fact.value for fact in facts if isinstance(fact, Fingerprint) and fact.kind == "phash")


@pytest.mark.parametrize(
    ("name", "make"), [("a.raf", raf), ("a.crw", crw), ("a.x3f", x3f), ("a.cr3", cr3), ("a.nef", lambda p: nef(b"", p))]
)
def test_each_maker_hides_the_preview_elsewhere(look, previews, tmp_path, name, make):
    format, facts = look(make(previews[1]), name)
    assert format == name[2:]
    assert not [fact for fact in facts if isinstance(fact, Trouble)]
    assert Shape("image", format) in facts  # the preview's size is not the picture's
    assert plain(facts) == plain(look(previews[1], "as.jpg")[1])


def test_the_largest_preview_is_taken_and_turned_as_the_camera_was_held(look, previews):
    _, facts = look(nef(*previews, orientation=6), "a.nef")
    assert shown(facts).size == (240, 320)
    assert plain(look(nef(*previews), "b.nef")[1]) == plain(look(previews[1], "as.jpg")[1])


def test_a_broken_large_preview_leaves_the_small_one(look, previews):
    small, large = previews
    broken = large[: len(large) // 3] + bytes(len(large) - len(large) // 3 - 2) + b"\xff\xd9"
    _, facts = look(nef(small, large[:30] + bytes(len(large) - 30)), "a.nef")
    assert shown(facts).size == (160, 120)
    assert shown(look(nef(small, broken), "b.nef")[1])


def test_a_raw_without_preview_says_so(look):
    _, facts = look(nef(b"", b""), "a.nef")
    assert [fact.message for fact in facts if isinstance(fact, Trouble)] == [
        "there is no preview in this RAW file that could be shown"
    ]


@pytest.mark.parametrize("cut", [50, 900])
def test_a_raw_that_was_cut_off_is_noticed_although_its_preview_is_there(look, previews, cut):
    _, facts = look(nef(*previews)[:-cut], "a.nef")
    assert [fact.message for fact in facts if isinstance(fact, Trouble)] == ["the picture is cut off before its end"]
    assert shown(facts)
