"""A path means a file or a member of an archive, and both are opened, read and noticed to change in one way."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from mediaparser_core import disk, media, sources
from mediaparser_core.archives import BadArchive, join
from mediaparser_core.errors import ExportError
from mediaparser_core.export import verify
from mediaparser_core.records import Entry
from mediaparser_core.sources import DamagedArchive, Unreadable, open_source

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 300
SHA = hashlib.sha256(JPEG).hexdigest()
NAME = b"Takeout/Google Photos/a.jpg"


@pytest.fixture
def archive(tmp_path) -> Path:
    path = tmp_path / "takeout-001.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(NAME.decode(), JPEG)
        file.writestr("empty.jpg", b"")
    os.utime(path, ns=(1, 1_500_000_000_123_456_789))
    return path


def member(archive: Path, name: bytes = NAME) -> bytes:
    return join(os.fsencode(archive), name)


@pytest.mark.parametrize("whole", [media.WHOLE, 100], ids=["in memory", "through the archive"])
def test_a_member_is_read_like_a_file(archive, monkeypatch, whole):
    monkeypatch.setattr(media, "WHOLE", whole)
    with media.read(Entry(b"/", member(archive))) as content:
        assert (content.sha256, content.size, content.head[:4]) == (SHA, len(JPEG), JPEG[:4])
        assert content.format and content.format.name == "jpeg"
        assert content.read_at(70_000, 10) == JPEG[70_000:70_010]
        assert content.cursor().read() == JPEG
        assert (content.data is None) == (whole == 100)
        assert (content.entry.size, content.entry.mtime_ns) == (len(JPEG), 1_500_000_000_123_456_789)
        status = archive.stat()
        assert content.entry.inode == sources.member_identity(status, NAME, len(JPEG))[1] != status.st_ino


def test_a_member_changes_when_its_archive_is_written_to(archive):
    with pytest.raises(media.ChangedWhileRead), media.read(Entry(b"/", member(archive))):
        os.utime(archive, ns=(1, 1))


@pytest.mark.parametrize(
    ("name", "words"), [(b"b.jpg", "not in its archive any more"), (b"../a.jpg", "not in its archive any more")]
)
def test_what_is_not_in_the_archive_is_unreadable(archive, name, words):
    with pytest.raises(DamagedArchive, match=words):
        open_source(member(archive, name))


def test_an_archive_that_is_none_or_gone_or_a_link_is_unreadable(archive, tmp_path):
    (tmp_path / "text.zip").write_text("hello")
    (tmp_path / "link.zip").symlink_to(archive)
    for name, words in (("text.zip", "not even an end"), ("no.zip", "No such file"), ("link.zip", "a link")):
        with pytest.raises(Unreadable, match=words):
            open_source(member(tmp_path / name))
    before = len(os.listdir("/dev/fd"))
    for _ in range(3):
        with pytest.raises(Unreadable):
            open_source(member(archive, b"b.jpg"))
    assert len(os.listdir("/dev/fd")) <= before


def test_an_archive_that_was_exchanged_is_read_anew(archive):
    with media.read(Entry(b"/", member(archive))):
        pass
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("first.jpg", b"other")
        file.writestr(NAME.decode(), JPEG[::-1])
    with media.read(Entry(b"/", member(archive))) as content:
        assert content.data == JPEG[::-1]


def test_damage_in_an_archive_is_not_the_disks_fault(archive):
    data = bytearray(archive.read_bytes())
    data[len(data) // 3] ^= 0xFF
    archive.write_bytes(bytes(data))
    with pytest.raises(DamagedArchive) as caught, media.read(Entry(b"/", member(archive))):
        pass
    assert caught.value.probe == "archive"
    assert Unreadable("x").probe == "read"


def test_there_is_a_member_where_there_is_an_archive(archive):
    assert sources.exists(member(archive, b"anything"))
    assert sources.exists(os.fsencode(archive))
    assert not sources.exists(b"/no/such.zip//a.jpg")
    assert not sources.exists(b"/no/such\0")


def test_a_list_of_a_bad_archive_says_so(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK\3\4")
    with pytest.raises(BadArchive):
        sources.list_archive(os.fsencode(tmp_path / "a.zip"))


# -- copies of members


@pytest.mark.parametrize("link", ["copy", "reflink", "hardlink"])
def test_a_copy_of_a_member_is_a_file_of_its_own(archive, tmp_path, link):
    staged = disk.copy_in(member(archive), tmp_path / "copy.jpg", link)
    assert (staged.sha256, staged.path.read_bytes(), staged.path.stat().st_nlink) == (SHA, JPEG, 1)
    assert disk.seal(staged, 10**18) == SHA
    assert disk.hash_of(member(archive)) == SHA
    assert disk.hash_of(member(tmp_path / "no.zip")) is None


def test_a_damaged_member_is_not_copied(archive, tmp_path):
    data = bytearray(archive.read_bytes())
    data[len(data) // 3] ^= 0xFF
    archive.write_bytes(bytes(data))
    with pytest.raises(ExportError, match="download the archive again"):
        disk.copy_in(member(archive), tmp_path / "copy.jpg")
    (problem,) = verify.verify_originals([(member(archive), SHA)])
    assert (problem.what, problem.path) == ("unreadable", os.fsdecode(member(archive)))


def test_originals_in_archives_are_verified(archive, tmp_path):
    rows = [(member(archive), SHA), (member(archive), "0" * 64), (member(tmp_path / "gone.zip"), SHA)]
    assert [problem.what for problem in verify.verify_originals(rows)] == ["changed", "missing"]


def test_what_a_walk_found_is_reached_without_a_link_on_the_way(tmp_path):
    root = os.fsencode(tmp_path / "photos")
    (tmp_path / "photos/2019").mkdir(parents=True)
    (tmp_path / "photos/2019/a.jpg").write_bytes(JPEG)
    (tmp_path / "photos/linked").symlink_to(tmp_path / "photos/2019")
    (tmp_path / "photos/a.jpg").symlink_to(tmp_path / "photos/2019/a.jpg")
    for top, path in (
        (root, root + b"/2019/a.jpg"),
        (root + b"/", root + b"/2019/a.jpg"),
        (root + b"/2019/a.jpg",) * 2,
    ):
        fd, status = sources.open_below(top, path)
        os.close(fd)
        assert status.st_size == len(JPEG)
    for path in (
        b"/linked/a.jpg",
        b"/a.jpg",
        b"/2019/../2019/a.jpg",
        b"/2019//a.jpg",
        b"/2019",
        b"/none/a.jpg",
        b"2/a.jpg",
    ):
        with pytest.raises((Unreadable, OSError)):
            sources.open_below(root, root + path)


@pytest.mark.parametrize(
    ("path", "root"), [(b"/a/b/c.jpg", b"/a/b"), (b"/a/bc.jpg", b"/a"), (b"/a", b"/a"), (b"/b.jpg", b"/"), (b"x", None)]
)
def test_the_root_of_a_path_is_the_longest_above_it(path, root):
    assert sources.root_of(path, [b"/", b"/a", b"/a/b"]) == root
