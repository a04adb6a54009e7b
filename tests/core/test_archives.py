"""The list of files in a ZIP: read whole or not at all, and nothing in it is believed."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest

from mediaparser_core import archives
from mediaparser_core.archives import BadArchive, Index, Member, inode_of, join, members, own_name, split

JPEG = b"\xff\xd8\xff" + bytes(range(256)) * 4


def made(*names: str, data: bytes = JPEG, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name in names:
            archive.writestr(name, data)
    return file.getvalue()


def read(data: bytes) -> list[Member]:
    return members(lambda offset, length: data[offset : offset + length], len(data))


def problems(data: bytes) -> dict[bytes, str | None]:
    return {member.name: member.problem for member in read(data)}


def central(data: bytes, offset: int, form: str, *values: object) -> bytes:
    """*data* with a field of its first central entry changed."""
    at = data.index(b"PK\1\2") + offset
    packed = struct.pack(form, *values)
    return data[:at] + packed + data[at + len(packed) :]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"/in/takeout-001.zip//Takeout/a.jpg", (b"/in/takeout-001.zip", b"Takeout/a.jpg")),
        (b"/in/a.zip///2/a.jpg", (b"/in/a.zip", b"/2/a.jpg")),
        (b"/in/a.zip//b.zip//c", (b"/in/a.zip", b"b.zip//c")),
        (b"/in/a.zip/Takeout/a.jpg", None),
        (b"//in/a.jpg", None),
        (b"", None),
    ],
)
def test_the_path_of_a_member_is_taken_apart(path, expected):
    assert split(path) == expected
    assert expected is None or join(*expected) == path


def test_a_member_has_what_the_directory_says():
    data = made("Takeout/a.jpg", "b.jpg")
    first, second = read(data)
    assert (first.name, first.offset, first.end, first.size) == (b"Takeout/a.jpg", 0, second.offset, len(JPEG))
    assert (first.crc, first.method, first.problem) == (zlib.crc32(JPEG), archives.DEFLATED, None)
    assert second.end == data.index(b"PK\1\2")


def test_folders_are_no_files():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.mkdir("Takeout")
        archive.writestr("Takeout/a.jpg", JPEG)
    assert list(problems(file.getvalue())) == [b"Takeout/a.jpg"]


@pytest.mark.parametrize(
    "data",
    [
        made("a.jpg") + b"trailing bytes of a bad download",
        b"#!/bin/sh\nexec unzip $0\n" + made("a.jpg"),
        made("a.jpg")[:-2] + struct.pack("<H", 7) + b"comment",
    ],
    ids=["followed by bytes", "a program that unpacks itself", "with a comment"],
)
def test_what_stands_around_an_archive_does_no_harm(data):
    (member,) = read(data)
    assert data[member.offset : member.offset + 4] == b"PK\3\4"
    assert member.problem is None


def test_large_archives_say_their_sizes_in_64_bits():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, archive.open("a.mp4", "w", force_zip64=True) as member:
        member.write(JPEG)
    data = bytearray(file.getvalue())
    at = data.index(b"PK\1\2")
    name_length = struct.unpack_from("<H", data, at + 28)[0]
    block = struct.pack("<HHQQQ", 1, 24, len(JPEG), len(JPEG), 0)
    data[at + 46 + name_length : at + 46 + name_length] = block
    struct.pack_into("<LL", data, at + 20, 0xFFFFFFFF, 0xFFFFFFFF)
    struct.pack_into("<H", data, at + 30, len(block))
    struct.pack_into("<L", data, at + 42, 0xFFFFFFFF)
    end = data.index(b"PK\5\6")
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, end - at, at)
    data[end:end] = record + struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    struct.pack_into("<HHLL", data, data.index(b"PK\5\6") + 8, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    (found,) = read(bytes(data))
    assert (found.size, found.compressed, found.offset, found.problem) == (len(JPEG), len(JPEG), 0, None)
    struct.pack_into("<Q", data, at + 46 + name_length + 4, 2**63)
    assert "not to be believed" in (read(bytes(data))[0].problem or "")


def test_more_files_than_sixteen_bits_count():
    data = bytearray(made("a.jpg", "b.jpg", "c.jpg"))
    struct.pack_into("<HH", data, data.index(b"PK\5\6") + 8, 1, 1)
    assert len(read(bytes(data))) == 3


# -- names


@pytest.mark.parametrize(
    ("raw", "flags", "host", "name"),
    [
        ("é.jpg".encode(), 0x800, 3, "é.jpg"),
        ("é.jpg".encode(), 0, 3, "é.jpg"),  # macOS says nothing about it
        ("ä.jpg".encode("cp437"), 0, 0, "ä.jpg"),
        (b"Takeout\\Lisbon\\a.jpg", 0, 0, "Takeout/Lisbon/a.jpg"),
        (b"a\\b.jpg", 0, 3, "a\\b.jpg"),  # a name on Linux
        (b"./Takeout//a.jpg", 0, 3, "Takeout/a.jpg"),
        (b"\xff\xfe.jpg", 0x800, 3, None),  # bytes are the identity
    ],
)
def test_names_are_read_as_everybodys_unpacker_reads_them(raw, flags, host, name):
    data = made("x" * len(raw))
    data = central(data, 46, f"{len(raw)}s", raw)
    data = central(central(data, 5, "B", host), 8, "<H", flags)
    assert problems(data) == {name.encode() if name else raw: None}


def test_the_name_in_an_extra_block_counts_when_it_is_of_this_file():
    raw, real = b"xx.jpg", "東京.jpg".encode()
    data = bytearray(made("xx.jpg"))
    at = data.index(b"PK\1\2")
    for crc, expected in ((zlib.crc32(raw), real), (1, raw)):
        changed = data.copy()
        block = struct.pack("<HHBL", 0x7075, 5 + len(real), 1, crc) + real
        changed[at + 46 + len(raw) : at + 46 + len(raw)] = block
        struct.pack_into("<H", changed, at + 30, len(block))
        struct.pack_into("<L", changed, changed.index(b"PK\5\6") + 12, changed.index(b"PK\5\6") - at)
        assert list(problems(bytes(changed))) == [expected]


@pytest.mark.parametrize(
    ("raw", "name", "words"),
    [
        (b"../../etc/x.jpg", rb"\.\./\.\./etc/x.jpg", "leads out"),
        (b"a/../../x.jpg", rb"a/\.\./\.\./x.jpg", "leads out"),
        (b"/etc/x.jpg", b"etc/x.jpg", "absolute"),
        (b"C:/Windows/x.jpg", b"C:/Windows/x.jpg", "absolute"),
        (b"a\0.jpg", rb"a\0.jpg", "NUL"),
        (b"///", b"unnamed", "absolute"),
    ],
)
def test_a_name_that_leads_elsewhere_is_shown_and_not_followed(raw, name, words):
    data = central(made("x" * len(raw)), 46, f"{len(raw)}s", raw)
    ((found, problem),) = problems(data).items()
    assert found == name
    assert words in (problem or "")


def test_two_files_of_one_name_are_two_files():
    with pytest.warns(UserWarning, match="Duplicate"):
        data = made("a/b.jpg", "a/b.jpg", "a/b.jpg")
    assert list(problems(data)) == [b"a/b.jpg", b"/2/a/b.jpg", b"/3/a/b.jpg"]
    assert own_name(b"/2/a/b.jpg") == b"a/b.jpg" == own_name(b"a/b.jpg")


# -- what must not be read


@pytest.mark.parametrize(
    ("offset", "form", "value", "words"),
    [
        (8, "<H", 1, "encrypted"),
        (10, "<H", 99, "method 99"),
        (10, "<H", 12, "method 12"),
        (20, "<L", 5000, "beyond the end"),
        (42, "<L", 70_000, "beyond the end"),
        (24, "<L", 0xFFFFFFFF, "size is not said"),
        (24, "<L", 0xFFFFFFF0, "a bomb"),
    ],
)
def test_a_member_that_must_not_be_read_says_why(offset, form, value, words):
    assert words in (problems(central(made("a.jpg"), offset, form, value))[b"a.jpg"] or "")


def test_a_stored_file_has_one_size():
    data = central(made("a.jpg", method=zipfile.ZIP_STORED), 24, "<L", 5)
    assert "contradicts itself" in (problems(data)[b"a.jpg"] or "")


def test_a_link_has_the_mode_of_one():
    data = central(central(made("a.jpg"), 5, "B", 3), 38, "<L", 0o120777 << 16)
    assert read(data)[0].mode == 0o120777


def test_files_that_share_their_bytes_are_refused():
    data = made("a.jpg", "b.jpg", "c.jpg")
    second = data.index(b"PK\1\2", data.index(b"PK\1\2") + 1)
    shared = data[: second + 42] + struct.pack("<L", 0) + data[second + 46 :]
    assert {name: bool(problem) for name, problem in problems(shared).items()} == {
        b"a.jpg": True,
        b"b.jpg": True,
        b"c.jpg": False,
    }
    inside = data[: second + 42] + struct.pack("<L", 10) + data[second + 46 :]
    assert "deceive" in (problems(inside)[b"a.jpg"] or "")


@pytest.mark.parametrize(
    ("size", "bomb"),
    [(archives.BOMB_SIZE // 64, False), (archives.BOMB_SIZE + 1, True)],
)
def test_what_grows_without_measure_is_a_bomb(size, bomb):
    data = central(made("a.bmp", data=bytes(200_000)), 24, "<L", size)
    assert ("bomb" in (problems(data)[b"a.bmp"] or "")) == bomb


def test_many_small_bombs_are_one_large_one(monkeypatch):
    data = made(*(f"{n}.bmp" for n in range(30)), data=bytes(100_000))
    assert set(problems(data).values()) == {None}
    monkeypatch.setattr(archives, "BOMB_TOTAL", 2_000_000)
    assert all("bomb" in (problem or "") for problem in problems(data).values())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not even an end"),
        (b"PK\3\4" + bytes(100), "cut off"),
        (made("a.jpg", "b.jpg")[:700], "cut off"),
        (made("a.jpg")[60:], "cut off"),
        (central(made("a.jpg"), 0, "4s", b"PK\0\0"), "damaged"),
        (central(made("a.jpg"), 28, "<H", 60_000), "damaged"),
        (made("a.jpg").replace(b"PK\5\6\0\0", b"PK\5\6\3\0"), "split archive"),
    ],
)
def test_an_archive_that_cannot_be_read_says_why(data, words):
    with pytest.raises(BadArchive, match=words):
        read(data)


def test_every_cut_and_every_flipped_byte_is_survived():
    data = made("a.jpg", "b/c.jpg", "d.jpg")
    for length in range(0, len(data), 3):
        with pytest.raises(BadArchive):
            read(data[:length])
    start = data.index(b"PK\1\2")
    for at in range(start, len(data)):
        for value in (0, 0xFF, data[at] ^ 0x10):
            changed = bytearray(data)
            changed[at] = value
            try:
                found = read(bytes(changed))
            except BadArchive:
                continue
            for member in found:
                assert b".." not in member.name.split(b"/"), at
                assert member.problem or member.offset + member.compressed <= member.end <= len(data), (
                    at,
                    value,
                    member,
                )


def test_a_list_that_is_too_long_is_not_believed(monkeypatch):
    monkeypatch.setattr(archives, "MOST_MEMBERS", 2)
    with pytest.raises(BadArchive, match="more than 2 files"):
        read(made("a", "b", "c"))
    monkeypatch.setattr(archives, "LARGEST_DIRECTORY", 100)
    with pytest.raises(BadArchive, match="more than is believed"):
        read(made("a", "b", "c"))


# -- finding one again


def test_an_index_finds_what_may_be_read():
    data = made(*(f"folder {n}/IMG_{n}.jpg" for n in range(300)))
    data = central(data, 8, "<H", 1)
    first, *found = read(data)
    index = Index([first, *found])
    assert index.get(first.name) is None
    assert [index.get(member.name) for member in found] == [
        Member(m.name, m.offset, m.end, m.compressed, m.size, m.crc, m.method) for m in found
    ]
    assert index.get(b"elsewhere.jpg") is None


def test_the_number_of_a_member_follows_its_archive_and_its_time():
    numbers = {inode_of(1, 2, b"a"), inode_of(1, 2, b"b"), inode_of(1, 3, b"a"), inode_of(2, 2, b"a")}
    assert len(numbers) == 4
    assert all(0 <= number < 2**63 for number in numbers)
    assert inode_of(1, 2, b"a") == inode_of(1, 2, b"a")
