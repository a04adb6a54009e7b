"""What comes from outside: whole or not at all, and never more than there is room for."""

from __future__ import annotations

import os
import stat
import threading
import time

import pytest

from mediaparser_core import disk
from mediaparser_core import inbox as room
from mediaparser_core.errors import ExportError, StorageError
from mediaparser_core.export.destination import STAGING
from mediaparser_core.inbox import CutOff, Inbox, NoRoom


@pytest.fixture
def inbox(tmp_path):
    found = Inbox(tmp_path / "library" / "inbox", quota=10_000, floor=0)
    found.prepare()
    return found


def put(inbox, name, data, *, expected=None, replace=True):
    upload = inbox.receive((name,), expected=len(data) if expected is None else expected)
    try:
        upload.write(data)
        upload.finish(replace=replace)
    finally:
        upload.abort()


def staged(inbox):
    return os.listdir(inbox.root / STAGING)


def test_a_file_arrives_whole(inbox):
    put(inbox, "a.jpg", b"picture")
    assert (inbox.root / "a.jpg").read_bytes() == b"picture"
    assert staged(inbox) == []
    assert inbox.used() == 7


def test_the_inbox_is_ours_alone(inbox):
    assert stat.S_IMODE(inbox.root.stat().st_mode) == 0o700
    assert stat.S_IMODE((inbox.root / STAGING).stat().st_mode) == 0o700


def test_nobody_sees_a_file_before_it_is_complete(inbox):
    upload = inbox.receive(("a.jpg",), expected=8)
    upload.write(b"half")
    assert not (inbox.root / "a.jpg").exists()
    upload.write(b"half")
    upload.finish()
    assert (inbox.root / "a.jpg").exists()


@pytest.mark.parametrize("sent", [b"", b"new", b"new and more than that"])
def test_an_upload_that_is_cut_off_leaves_the_old_file_as_it_was(inbox, sent):
    put(inbox, "a.jpg", b"old")
    with pytest.raises(CutOff):
        put(inbox, "a.jpg", sent, expected=10)
    assert (inbox.root / "a.jpg").read_bytes() == b"old"
    assert staged(inbox) == []
    assert inbox.used() == 3


def test_a_name_that_is_taken_can_be_kept(inbox):
    put(inbox, "a.jpg", b"old")
    with pytest.raises(ExportError):
        put(inbox, "a.jpg", b"new", replace=False)
    assert (inbox.root / "a.jpg").read_bytes() == b"old"
    assert staged(inbox) == []


def test_the_quota_holds_for_what_is_announced_and_for_what_is_not(inbox, monkeypatch):
    with pytest.raises(NoRoom):
        inbox.receive(("a.jpg",), expected=10_001)
    monkeypatch.setattr(room, "_LOOK_AGAIN", 1000)
    upload = inbox.receive(("a.jpg",))
    with pytest.raises(NoRoom):
        for _ in range(100):
            upload.write(b"x" * 1000)
    upload.abort()
    assert staged(inbox) == []
    put(inbox, "b.jpg", b"x" * 9000)
    with pytest.raises(NoRoom):
        inbox.receive(("c.jpg",), expected=2000)
    inbox.remove(("b.jpg",))
    put(inbox, "c.jpg", b"x" * 2000)


def test_the_disk_is_never_filled_to_the_brim(tmp_path):
    status = os.statvfs(tmp_path)
    inbox = Inbox(tmp_path / "inbox", quota=10**15, floor=status.f_bavail * status.f_frsize + 10**9)
    inbox.prepare()
    assert inbox.room() == 0
    with pytest.raises(NoRoom):
        inbox.receive(("a.jpg",), expected=1)


def test_a_disk_that_is_full_after_all_leaves_nothing_behind(inbox, monkeypatch):
    put(inbox, "a.jpg", b"old")

    def full(fd: int, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, "write_all", full)
    with pytest.raises(StorageError, match="disk is full"):
        put(inbox, "a.jpg", b"new")
    assert (inbox.root / "a.jpg").read_bytes() == b"old"
    assert staged(inbox) == []


@pytest.mark.parametrize(
    "parts", [("..", "a.jpg"), ("a", "..", "..", "b"), (STAGING, "x"), ("a\0b",), ("/etc", "passwd")]
)
def test_nothing_leads_out_of_the_inbox(inbox, parts):
    with pytest.raises((ExportError, StorageError)):
        upload = inbox.receive(parts, expected=0)
        upload.finish()
    assert not (inbox.root.parent / "a.jpg").exists()


def test_nothing_goes_through_a_link(inbox, tmp_path):
    (tmp_path / "outside").mkdir()
    (inbox.root / "way").symlink_to(tmp_path / "outside")
    for attempt in (
        lambda: inbox.receive(("way", "a.jpg"), expected=1),
        lambda: inbox.make_folder(("way", "new")),
        lambda: inbox.remove(("way", "a.jpg")),
    ):
        with pytest.raises(ExportError, match="link in the way"):
            attempt()
    (inbox.root / "a.jpg").symlink_to(tmp_path / "outside" / "target.jpg")
    put(inbox, "a.jpg", b"new")  # takes the place of the link, and does not write through it
    assert os.listdir(tmp_path / "outside") == []


def test_what_a_dead_upload_left_is_removed_and_what_lives_is_not(inbox):
    dead, alive = inbox.root / STAGING / "1-dead", inbox.root / STAGING / "2-alive"
    dead.write_bytes(b"x")
    alive.write_bytes(b"x")
    os.utime(dead, (time.time() - 3600, time.time() - 3600))
    inbox.prepare()
    assert staged(inbox) == ["2-alive"]


def test_folders_are_made_renamed_and_removed_when_they_are_empty(inbox):
    inbox.make_folder(("Trip",))
    put(inbox, "a.jpg", b"x")
    inbox.rename(("a.jpg",), ("Trip", "b.jpg"))
    inbox.rename(("Trip",), ("Journey",))
    assert (inbox.root / "Journey" / "b.jpg").read_bytes() == b"x"
    with pytest.raises(StorageError):
        inbox.remove(("Journey",))
    inbox.remove(("Journey", "b.jpg"))
    inbox.remove(("Journey",))
    assert sorted(os.listdir(inbox.root)) == [STAGING]


def test_renaming_replaces_nothing(inbox):
    put(inbox, "a.jpg", b"a")
    put(inbox, "b.jpg", b"b")
    with pytest.raises(ExportError):
        inbox.rename(("a.jpg",), ("b.jpg",))
    assert (inbox.root / "b.jpg").read_bytes() == b"b"


def test_the_sender_may_say_how_old_a_file_is(inbox):
    put(inbox, "a.jpg", b"a")
    inbox.set_time(("a.jpg",), 1_556_971_203 * 10**9)
    assert (inbox.root / "a.jpg").stat().st_mtime == 1_556_971_203


def test_many_uploads_at_once_all_arrive(inbox):
    threads = [threading.Thread(target=put, args=(inbox, f"{n}.jpg", b"%d" % n)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.name for path in inbox.root.glob("*.jpg")) == sorted(f"{n}.jpg" for n in range(20))
    assert staged(inbox) == []
