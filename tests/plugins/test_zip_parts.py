"""The archives of an export are looked into, everything in them is listed, and nothing in them is believed."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from mediaparser_core import media, plugins
from mediaparser_core.records import Entry, Location
from mediaparser_plugins import folders, zip_parts

PART = "takeout-20230720T065335Z-001.zip"


@pytest.fixture(scope="module")
def manager():
    """The plugins, this one in its place whether or not it is installed."""
    found = plugins.load()
    if not found.is_registered(zip_parts):
        found.register(zip_parts)
    return found


@pytest.fixture
def walk(manager):
    """``walk(path)``: name below the input → entry."""

    def walk(path: Path) -> dict[str, Entry]:
        entries = list(manager.hook.scan(location=Location(os.fsencode(path))))
        found = {os.fsdecode(entry.path).removeprefix(f"{path}/"): entry for entry in entries}
        assert len(found) == len(entries)
        return found

    return walk


def archive(path: Path, *names: str, data: bytes = b"\xff\xd8\xffpicture", mode: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            file.writestr(info, data)
    return path


def test_a_takeout_part_is_listed_file_by_file(tmp_path, walk):
    archive(tmp_path / PART, "Takeout/Google Photos/a.jpg", "Takeout/Google Photos/a.jpg.json")
    (tmp_path / "z.jpg").write_bytes(b"x")
    found = walk(tmp_path)
    assert list(found) == [
        PART,
        f"{PART}//Takeout/Google Photos/a.jpg",
        f"{PART}//Takeout/Google Photos/a.jpg.json",
        "z.jpg",
    ]
    assert "listed one by one: 2" in (found[PART].problem or "")
    status, entry = (tmp_path / PART).stat(), found[f"{PART}//Takeout/Google Photos/a.jpg"]
    assert (entry.size, entry.mtime_ns, entry.ctime_ns, entry.device) == (
        10, status.st_mtime_ns, status.st_ctime_ns, status.st_dev,
    )  # fmt: skip
    assert (entry.root, entry.name, entry.problem, entry.trouble) == (os.fsencode(tmp_path), b"a.jpg", None, None)
    with media.read(entry) as content:
        assert (content.data, content.entry) == (b"\xff\xd8\xffpicture", entry)


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("takeout-001.zip", True),
        ("Takeout.ZIP", True),
        ("iCloud Photos Part 1 of 2.zip", True),
        ("friends.zip", False),
        ("takeout-001.zip.part", False),
        ("takeout-001", False),
    ],
)
def test_other_archives_in_a_folder_stay_closed(tmp_path, walk, name, inside):
    archive(tmp_path / "in" / name, "a.jpg")
    assert (f"{name}//a.jpg" in walk(tmp_path / "in")) == inside


def test_an_archive_that_is_the_input_is_looked_into_whatever_it_is_called(tmp_path, walk):
    path = archive(tmp_path / "friends.zip", "a.jpg")
    assert list(walk(path)) == [str(path), "/a.jpg"]
    assert list(walk(archive(tmp_path / "book.cbz", "1.jpg"))) == [str(tmp_path / "book.cbz"), "/1.jpg"]


@pytest.mark.parametrize("content", [b"<!doctype html>", b"", b"\xff\xd8\xffjpeg"])
def test_what_only_has_the_name_of_one_is_an_ordinary_file(tmp_path, walk, content):
    (tmp_path / PART).write_bytes(content)
    assert walk(tmp_path)[PART].problem is None
    assert walk(tmp_path)[PART].trouble is None
    assert list(walk(tmp_path / PART)) == [str(tmp_path / PART)]


def test_a_link_to_one_is_not_followed(tmp_path, walk):
    archive(tmp_path / "elsewhere" / PART, "a.jpg")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / PART).symlink_to(tmp_path / "elsewhere" / PART)
    assert [entry.problem for entry in walk(tmp_path / "in").values()] == ["a link"]


def test_a_part_that_is_cut_off_is_a_trouble(tmp_path, walk):
    path = archive(tmp_path / PART, "a.jpg", "b.jpg")
    path.write_bytes(path.read_bytes()[:-30])
    (entry,) = walk(tmp_path).values()
    assert entry.problem is None
    assert "cut off" in (entry.trouble or "")


@pytest.mark.parametrize(
    ("name", "mode", "problem", "trouble"),
    [
        ("a.jpg", 0, None, None),
        ("a.jpg", 0o100644, None, None),
        ("a.jpg", 0o120777, "a link", None),
        ("a.jpg", 0o010644, "a pipe", None),
        ("__MACOSX/a.jpg", 0, "system file", None),
        ("x/._a.jpg", 0, "system file", None),
        ("Recently Deleted/a.jpg", 0, "deleted", None),
        ("x/Thumbs.db", 0, "system file", None),
        ("../a.jpg", 0, None, "leads out"),
        ("/etc/a.jpg", 0, None, "absolute"),
        ("x/../../a.jpg", 0, None, "leads out"),
    ],
)
def test_each_member_is_read_or_has_its_reason(tmp_path, walk, name, mode, problem, trouble):
    archive(tmp_path / PART, name, mode=mode)
    entry = list(walk(tmp_path).values())[1]
    assert (problem or "") in (entry.problem or "") and bool(problem) == bool(entry.problem)
    assert (trouble or "") in (entry.trouble or "") and bool(trouble) == bool(entry.trouble)
    assert b"/../" not in entry.path


def test_encrypted_members_and_bombs_are_troubles(tmp_path, walk):
    path = archive(tmp_path / PART, "a.jpg", "b.jpg")
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(bytes(data))
    found = walk(tmp_path)
    assert "encrypted" in (found[f"{PART}//a.jpg"].trouble or "")
    assert found[f"{PART}//b.jpg"].trouble is None


def test_the_walk_of_others_is_looked_into_as_well(tmp_path):
    path = archive(tmp_path / PART, "a.jpg")
    given = [Entry(b"/", os.fsencode(path)), Entry(b"/", b"/b.jpg")]
    found = [entry.path.rpartition(b"/")[2] for entry in zip_parts._look_inside(b"/", iter(given))]
    assert found == [PART.encode(), b"a.jpg", b"b.jpg"]


def test_without_an_archive_the_walk_is_the_same(tmp_path, walk):
    for name in ("b.jpg", "a/c.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert list(walk(tmp_path).values()) == list(folders.scan(Location(os.fsencode(tmp_path))))


@pytest.mark.parametrize(
    ("name", "trouble"),
    [
        ("takeout-20230720T065335Z-001.tgz", True),
        ("takeout-20230720T065335Z-1-001.tar.gz", True),
        ("iCloud Photos Part 1 of 2.tar", True),
        ("backup.tgz", False),
        ("takeout-20230720T065335Z-001.txt", False),
    ],
)
def test_a_part_that_is_no_zip_says_what_to_do(tmp_path, walk, name, trouble):
    (tmp_path / name).write_bytes(b"\x1f\x8b\x08" + bytes(100))
    (entry,) = walk(tmp_path).values()
    assert ("unpack it" in (entry.trouble or "")) is trouble
