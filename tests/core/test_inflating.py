"""A member is read from its beginning or from anywhere, checked, and never held or unpacked."""

from __future__ import annotations

import io
import os
import random
import struct
import tracemalloc
import zipfile
from dataclasses import replace

import pytest

from mediaparser_core import inflating
from mediaparser_core.archives import members
from mediaparser_core.inflating import Damaged, Inside

DATA = b"".join(os.urandom(50_000) + bytes(50_000) for _ in range(8))


def opened(data: bytes, **changes: object) -> Inside:
    """The first member of the archive *data*, believed to be what *changes* say."""

    def read_at(offset: int, length: int) -> bytes:
        return data[offset : offset + length]

    return Inside(read_at, replace(members(read_at, len(data))[0], **changes))


def made(method: int, data: bytes = DATA) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("film.mp4", data)
    return file.getvalue()


METHODS = pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=["stored", "deflated"])


@METHODS
@pytest.mark.parametrize("block", [1 << 20, 4099])
def test_all_of_it_is_read_once_in_pieces(method, block):
    inside = opened(made(method))
    found = b""
    while piece := inside.read(block):
        found += piece
    assert found == DATA
    assert inside.read(block) == b""


@METHODS
def test_any_part_of_it_is_read_in_any_order(method, monkeypatch):
    monkeypatch.setattr(inflating, "_STRETCH", 30_000)
    inside, rng = opened(made(method)), random.Random(1)
    for number in range(300):
        if number == 100:
            while inside.read(70_000):
                pass
        offset, length = rng.randrange(len(DATA) + 100), rng.randrange(60_000)
        assert inside.read_at(offset, length) == DATA[offset : offset + length]
    assert [inside.read_at(*beyond) for beyond in ((len(DATA), 1), (-1, 5), (0, 0), (2**70, 1))] == [b""] * 4


def test_an_empty_file_is_read():
    assert opened(made(zipfile.ZIP_DEFLATED, b"")).read(10) == b""


def test_a_large_film_takes_little_memory():
    film = DATA * 40
    inside, expected = opened(made(zipfile.ZIP_DEFLATED, film)), film[5_000_000:5_001_000]
    tracemalloc.start()
    try:
        while inside.read(65536):
            pass
        assert inside.read_at(5_000_000, 1000) == expected
        assert tracemalloc.get_traced_memory()[1] < len(film) / 8
    finally:
        tracemalloc.stop()


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


@pytest.mark.parametrize(
    ("data", "changes", "words"),
    [
        (flipped(made(zipfile.ZIP_STORED), 5000), {}, "wrong checksum"),
        (flipped(made(zipfile.ZIP_DEFLATED), 90), {}, "cannot be unpacked|wrong checksum|ends after"),
        (made(zipfile.ZIP_DEFLATED), {"size": len(DATA) + 1}, "ends after"),
        (made(zipfile.ZIP_DEFLATED), {"size": len(DATA) - 1}, "wrong checksum"),
        (made(zipfile.ZIP_DEFLATED), {"compressed": 5000}, "ends after"),
        (made(zipfile.ZIP_DEFLATED), {"crc": 1}, "wrong checksum"),
    ],
)
def test_what_is_not_as_the_archive_says_is_damaged(data, changes, words):
    inside = opened(data, **changes)
    with pytest.raises(Damaged, match=words):
        while inside.read(65536):
            pass


def test_every_damage_is_noticed():
    data = made(zipfile.ZIP_DEFLATED, DATA[:3000])
    (member,) = members(lambda offset, length: data[offset : offset + length], len(data))
    for at in range(38, member.compressed + 38, 7):
        with pytest.raises(Damaged):
            inside = opened(flipped(data, at))
            while inside.read(1000):
                pass


@pytest.mark.parametrize(
    ("data", "changes", "words"),
    [
        (made(zipfile.ZIP_STORED), {"problem": "a bomb"}, "a bomb"),
        (made(zipfile.ZIP_STORED), {"offset": 10}, "not where"),
        (made(zipfile.ZIP_STORED), {"end": 1000}, "contradicts"),
        (b"PK\3\4\0\0\1" + made(zipfile.ZIP_STORED)[7:], {}, "contradicts"),
        (made(zipfile.ZIP_STORED)[:26] + struct.pack("<H", 9000) + made(zipfile.ZIP_STORED)[28:], {}, "contradicts"),
    ],
)
def test_what_must_not_be_read_is_not_opened(data, changes, words):
    with pytest.raises(Damaged, match=words):
        opened(data, **changes)
