"""The walk: every name once, in order, and nothing followed, opened or forgotten."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mediaparser_core.errors import InputError
from mediaparser_core.records import Entry, Location
from mediaparser_plugins import folders


def walk(path: Path | bytes, *skip: Path) -> list[Entry]:
    return list(folders.scan(Location(os.fsencode(path), tuple(map(os.fsencode, skip)))))


def problems(path: Path) -> dict[bytes, str | None]:
    root = os.fsencode(path) + b"/"
    return {entry.path.removeprefix(root): entry.problem for entry in walk(path)}


def fill(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_an_entry_has_what_lstat_says(tmp_path):
    fill(tmp_path, "2019/a.jpg")
    path = tmp_path / "2019" / "a.jpg"
    os.utime(path, ns=(1, 1_500_000_000_123_456_789))
    status = path.lstat()
    assert walk(tmp_path) == [
        Entry(
            os.fsencode(tmp_path), os.fsencode(path), 1, 1_500_000_000_123_456_789,
            status.st_ctime_ns, status.st_ino, status.st_dev,
        )
    ]  # fmt: skip


def test_another_library_keeps_its_previews_and_backups_to_itself(tmp_path):
    fill(tmp_path, "old/catalog.db", "old/decisions.db", "old/cache/preview/ab/cd.jpg", "old/backups/catalog-1.db",
         "old/originals/2024-05-01/a.jpg", "old/export/2019/b.jpg", "old/export/cache/c.jpg", "other/cache/d.jpg")  # fmt: skip
    told = problems(tmp_path)
    assert told.pop(b"old/cache/preview/ab/cd.jpg") == "previews of a MediaParser library"
    assert told.pop(b"old/backups/catalog-1.db") == "backups of a MediaParser library"
    assert set(told.values()) == {None} and len(told) == 6


def test_files_come_before_folders_each_by_the_bytes_of_its_name(tmp_path):
    fill(tmp_path, "b.jpg", "B.jpg", "a/z.jpg", "a/y/x.jpg", "ä.jpg", "C/1.jpg", "z.jpg", "10.jpg", "9.jpg")
    assert list(problems(tmp_path)) == [
        name.encode()
        for name in ("10.jpg", "9.jpg", "B.jpg", "b.jpg", "z.jpg", "ä.jpg", "C/1.jpg", "a/z.jpg", "a/y/x.jpg")
    ]


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems take UTF-8 only")
def test_names_are_bytes(tmp_path):
    names = [
        b"\xff\xfe.jpg",
        b"new\nline.jpg",
        b"\xe2\x80\xaegpj.exe",
        b"-if.jpg",
        b"$(touch x).jpg",
        b"'\"\\ .jpg",
        b"n" * 255,
    ]
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"x")
    (tmp_path / os.fsdecode(b"d\xe9j\xe0")).mkdir()
    fill(tmp_path / os.fsdecode(b"d\xe9j\xe0"), "in.jpg")
    assert problems(tmp_path) == dict.fromkeys([*sorted(names), b"d\xe9j\xe0/in.jpg"])


def test_links_pipes_and_sockets_are_listed_and_not_followed(tmp_path):
    fill(tmp_path, "in/real.jpg", "outside/other.jpg")
    inside = tmp_path / "in"
    (inside / "folder").symlink_to(tmp_path / "outside")
    (inside / "file.jpg").symlink_to(inside / "real.jpg")
    (inside / "loop").symlink_to(inside)
    (inside / "broken").symlink_to("nowhere")
    (inside / "zero.jpg").symlink_to("/dev/zero")
    os.mkfifo(inside / "fifo.jpg")
    links = dict.fromkeys((b"broken", b"file.jpg", b"folder", b"loop", b"zero.jpg"), "a link")
    assert problems(inside) == {**links, b"fifo.jpg": "a pipe (FIFO)", b"real.jpg": None}


def test_the_input_itself_may_be_a_link_and_end_in_a_slash(tmp_path):
    fill(tmp_path, "real/a.jpg")
    (tmp_path / "link").symlink_to("real")
    found = walk(os.fsencode(tmp_path / "link") + b"//")
    assert [(e.root, e.path) for e in found] == [(os.fsencode(tmp_path / "link"), os.fsencode(tmp_path / "link/a.jpg"))]


def test_a_single_file_is_its_own_root(tmp_path):
    fill(tmp_path, "a.jpg", "b.jpg")
    (entry,) = walk(tmp_path / "a.jpg")
    assert entry.root == entry.path == os.fsencode(tmp_path / "a.jpg")
    assert (entry.size, entry.problem) == (1, None)


def test_a_missing_input_is_one_clear_line_before_anything_is_read(tmp_path):
    with pytest.raises(InputError, match=r"nowhere cannot be read: No such file or directory"):
        folders.scan(Location(os.fsencode(tmp_path / "nowhere")))


def test_a_folder_that_cannot_be_read_is_an_entry_and_its_neighbours_are_walked(tmp_path, monkeypatch):
    fill(tmp_path, "a/1.jpg", "b/2.jpg", "c/3.jpg")
    real = os.open

    def refuse(name, flags, **more):  # chmod stops everybody but root, so the system's answer is made up
        if name == b"b":
            raise PermissionError(13, "Permission denied")
        return real(name, flags, **more)

    monkeypatch.setattr(os, "open", refuse)
    assert problems(tmp_path) == {b"a/1.jpg": None, b"b": "folder cannot be read: Permission denied", b"c/3.jpg": None}


def test_a_folder_replaced_by_a_link_behind_our_back_is_not_entered(tmp_path):
    fill(tmp_path, "in/a/1.jpg", "in/b/2.jpg", "outside/secret.jpg")
    entries = folders.scan(Location(os.fsencode(tmp_path / "in")))
    assert next(entries).name == b"1.jpg"
    (tmp_path / "in/b").rename(tmp_path / "b")
    (tmp_path / "in/b").symlink_to(tmp_path / "outside")
    (last,) = entries
    assert last.path == os.fsencode(tmp_path / "in/b")
    assert last.problem.startswith("folder cannot be read")


def test_a_disk_that_fails_in_the_middle_of_a_folder_is_said_and_what_was_listed_stays(tmp_path, monkeypatch):
    fill(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    real = os.scandir

    class Failing:
        def __init__(self, items):
            self.items = items

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self.items.close()

        def __iter__(self):
            yield next(self.items)
            yield next(self.items)
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "scandir", lambda fd: Failing(real(fd)))
    found = problems(tmp_path)
    assert found.pop(os.fsencode(tmp_path)) == "folder cannot be read: Input/output error"
    assert list(found.values()) == [None, None]


def make_deep(root: Path, levels: int) -> None:
    here = os.open(root, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("level", dir_fd=here)
        below = os.open("level", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
        os.close(os.open("a.jpg", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.mkdir("z", dir_fd=here)  # makes the way back matter
    os.close(here)


@pytest.fixture
def deep(tmp_path):
    root = tmp_path / "deep"
    root.mkdir()
    yield root
    subprocess.run(["rm", "-rf", root], check=True)  # shutil.rmtree, and so pytest, does not get to the end of it


def test_a_thousand_folders_in_each_other_need_no_thousand_descriptors(deep):
    make_deep(deep, 1000)
    before = len(os.listdir("/dev/fd"))
    entries, most = [], 0
    for entry in folders.scan(Location(os.fsencode(deep))):
        entries.append(entry)
        most = max(most, len(os.listdir("/dev/fd")))
    assert len(entries) == 1000
    assert most - before < 100
    assert len(os.listdir("/dev/fd")) <= before
    limit = 4096 if sys.platform == "linux" else 1024
    for entry in entries:
        assert (entry.problem is None) == (len(entry.path) < limit)
    assert "more than the system can open" in entries[-1].problem


def test_the_way_back_up_is_found_after_descriptors_were_spared(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "_OPEN_FOLDERS", 2)
    fill(tmp_path, *(f"{'d/' * depth}{side}/{depth}.jpg" for depth in range(7) for side in ("a", "z")))
    assert sorted(problems(tmp_path)) == sorted(
        f"{'d/' * depth}{side}/{depth}.jpg".encode() for depth in range(7) for side in ("a", "z")
    )


def test_a_folder_moved_away_during_the_walk_is_said_and_the_walk_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "_OPEN_FOLDERS", 2)
    fill(tmp_path, "in/d/d/d/d/deep.jpg", "in/d/z/1.jpg", "in/z/2.jpg", "elsewhere/x")
    entries = folders.scan(Location(os.fsencode(tmp_path / "in")))
    assert next(entries).name == b"deep.jpg"
    (tmp_path / "in/d/d").rename(tmp_path / "elsewhere/d")
    (tmp_path / "in/d").rename(tmp_path / "elsewhere/was")
    rest = {e.path.removeprefix(os.fsencode(tmp_path / "in") + b"/"): e.problem for e in entries}
    assert rest == {b"d/z": "folder cannot be read: its parent was moved meanwhile", b"z/2.jpg": None}


def test_the_library_inside_the_input_is_not_entered_under_any_of_its_names(tmp_path):
    fill(tmp_path, "in/a.jpg", "in/library/export/b.jpg")
    (tmp_path / "alias").symlink_to(tmp_path / "in/library")
    for name in (tmp_path / "in/library", tmp_path / "alias"):
        assert [e.name for e in walk(tmp_path / "in", name, tmp_path / "not there")] == [b"a.jpg"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (".DS_Store", "system file"),
        ("Thumbs.db", "system file"),
        ("desktop.ini", "system file"),
        (".nomedia", "system file"),
        ("._IMG_0001.jpg", "system file of macOS"),
        ("__MACOSX/IMG.jpg", "system file of macOS"),
        (".Spotlight-V100/store", "system file of macOS"),
        ("@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg", "thumbnail cache of a Synology"),
        ("SYNOFILE_THUMB_XL.jpg", "thumbnail cache of a Synology"),
        (".thumbnails/12.jpg", "thumbnail cache"),
        ("Catalog Previews.lrdata/1/2.lrprev", "preview cache of Lightroom"),
        (".trashed-1612345678-IMG_1.jpg", "deleted"),
        (".Trash-1000/files/a.jpg", "deleted"),
        ("$RECYCLE.BIN/S-1/a.jpg", "deleted"),
        ("#recycle/a.jpg", "deleted"),
        ("Recently Deleted/a.jpg", "deleted"),
        (".pending-1612345678-IMG_1.jpg", "unfinished"),
        ("IMG_1.jpg.part", "unfinished"),
        ("IMG_1.jpg.crdownload", "unfinished"),
        ("IMG_1.tmp", "unfinished"),
        (".syncthing.IMG_1.jpg.tmp", "unfinished"),
        ("~syncthing~IMG_1.jpg", "unfinished"),
        (".IMG_1.jpg.Xa93kQ", "unfinished"),
        ("IMG_1.jpg_exiftool_tmp", "unfinished"),
        (".stversions/IMG_1.jpg", "older version"),
        ("photo.jpg~", "backup copy"),
    ],
)
def test_what_machines_keep_for_themselves_is_counted_with_a_reason(tmp_path, name, words):
    fill(tmp_path, name)
    ((path, problem),) = problems(tmp_path).items()
    assert path == name.encode()
    assert words in problem
    assert walk(tmp_path)[0].size == 1


@pytest.mark.parametrize(
    "name",
    [
        "IMG_0001.jpg", ".hidden.jpg", "a.jpg_original", "part.jpg", "tmp/a.jpg", "Thumbnails/a.jpg", "s.jpg", "_a.jpg",
        ".config/photo.png", "party~1.jpg", "noextension", "IMG.download.jpg", "STUDIO/p.jpg", "trash/a.jpg", ".part",
    ],
)  # fmt: skip
def test_pictures_with_a_name_only_a_little_like_that_are_not_left_out(tmp_path, name):
    fill(tmp_path, name)
    assert problems(tmp_path) == {name.encode(): None}


def test_a_nomedia_file_does_not_hide_its_folder(tmp_path):
    fill(tmp_path, "WhatsApp/.nomedia", "WhatsApp/IMG-20190504-WA0001.jpg")
    assert problems(tmp_path)[b"WhatsApp/IMG-20190504-WA0001.jpg"] is None


def test_an_abandoned_walk_leaves_no_descriptor_open(tmp_path):
    fill(tmp_path, "a/b/c/d.jpg", "a/b/e.jpg")
    before = len(os.listdir("/dev/fd"))
    entries = folders.scan(Location(os.fsencode(tmp_path)))
    next(entries)
    entries.close()
    assert len(os.listdir("/dev/fd")) <= before


def test_a_device_is_named(tmp_path):
    try:
        os.mknod(tmp_path / "zero.jpg", 0o600 | stat.S_IFCHR, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root makes device nodes")
    assert problems(tmp_path) == {b"zero.jpg": "a character device"}
