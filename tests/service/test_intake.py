"""From the inbox into the originals: nothing is lost, nothing goes on the word of a name."""

from __future__ import annotations

import hashlib
import os
import re

import pytest

from mediaparser_core import disk, settings
from mediaparser_core.catalog import Catalog
from mediaparser_core.errors import ExportError, SourceChanged, StorageError
from mediaparser_core.records import Entry
from mediaparser_core.service import intake as intake_module
from mediaparser_core.service.intake import Intake, is_being_written
from mediaparser_core.service.originals import Store, clean_way

from .conftest import below, rows, small_disk

DAY = r"\d{4}/\d\d/\d\d"


@pytest.fixture
def catalog(library):
    with Catalog(library) as opened:
        yield opened


@pytest.fixture
def intake(chosen, catalog):
    made = Intake(chosen, catalog)
    yield made
    made.close()


@pytest.fixture
def drop(library, entry_of):
    """``drop("name", b"bytes")`` puts a file into the inbox: its Entry and the SHA-256 of its bytes."""

    def put(name: str | bytes, data: bytes = b"some picture") -> tuple[Entry, str]:
        path = os.path.join(os.fsencode(library / "inbox"), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o644)
        os.write(fd, data)
        os.close(fd)
        os.utime(path, ns=(1_500_000_000_123_456_789, 1_500_000_000_123_456_789))
        status = os.lstat(path)
        entry = Entry(os.fsencode(library / "inbox"), path, status.st_size, status.st_mtime_ns, status.st_ctime_ns,
                      status.st_ino, status.st_dev)  # fmt: skip
        return entry, hashlib.sha256(data).hexdigest()

    return put


def inbox(library):
    return {name: data for name, data in below(library / "inbox").items() if not name.startswith(".")}


def originals(library):
    return {
        re.sub(rf"^{DAY}/", "DAY/", name): data
        for name, data in below(library / "originals").items()
        if not name.startswith(".")
    }


def test_a_file_leaves_the_inbox_for_a_verified_copy_with_its_name_folders_and_time(library, intake, drop):
    arrival = intake.take(*drop("Summer 1994/scan 1.jpg"))
    assert inbox(library) == {}
    assert originals(library) == {"DAY/inbox/Summer 1994/scan 1.jpg": b"some picture"}
    assert os.lstat(arrival.path).st_mtime_ns == 1_500_000_000_123_456_789
    assert os.lstat(arrival.path).st_mode & 0o7777 & ~0o644 == 0
    assert rows(library, "select came_as, size, sha256 from arrivals") == [
        ("Summer 1994/scan 1.jpg", 12, hashlib.sha256(b"some picture").hexdigest())
    ]


def test_two_files_of_one_name_are_two_files(library, intake, drop):
    intake.take(*drop("IMG_0001.JPG", b"anna's"))
    intake.take(*drop("IMG_0001.JPG", b"bert's"))
    hashed = hashlib.sha256(b"bert's").hexdigest()[:16]
    assert originals(library) == {
        "DAY/inbox/IMG_0001.JPG": b"anna's",
        f"DAY/{hashed}/inbox/IMG_0001.JPG": b"bert's",
    }


def test_the_same_file_again_is_kept_once_and_another_name_of_it_costs_no_room(library, intake, drop):
    intake.take(*drop("IMG_20190504_120003.jpg"))
    assert intake.take(*drop("IMG_20190504_120003.jpg")) is None
    intake.take(*drop("Lisbon/download.jpg"))  # what its folder says is another word about it
    assert inbox(library) == {}
    assert set(originals(library)) == {"DAY/inbox/IMG_20190504_120003.jpg", "DAY/inbox/Lisbon/download.jpg"}
    assert {os.stat(path).st_nlink for path in (library / "originals").rglob("*.jpg")} == {2}


def test_a_damaged_original_is_not_what_came_before(library, intake, drop):
    arrival = intake.take(*drop("a.jpg"))
    with open(arrival.path, "r+b") as file:
        file.write(b"SOME")
    intake.take(*drop("a.jpg"))
    kept = originals(library)
    assert inbox(library) == {} and b"some picture" in kept.values() and len(kept) == 2


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (b"line\nbreak.jpg", "line break.jpg"),
        (b"\x1b[2Jclear.jpg", "[2Jclear.jpg"),
        (b"caf\xe9.jpg", "caf_.jpg"),
        (b"-rf.jpg", "_-rf.jpg"),
        (b"CON.jpg", "_CON.jpg"),
        (b"a:b?.jpg", "a_b_.jpg"),
        (b"x" * 251 + b".jpg", "x" * 196 + ".jpg"),
        ("\N{FAMILY} {lisbon,2019} [FORCE].jpg".encode(), "\N{FAMILY} {lisbon,2019} [FORCE].jpg"),
        (b"IMG_20190504_120003.jpg", "IMG_20190504_120003.jpg"),
    ],
)
def test_hostile_names_come_in_clean_and_honest_ones_as_they_are(library, intake, drop, name, kept):
    intake.take(*drop(name))
    assert inbox(library) == {} and list(originals(library)) == [f"DAY/inbox/{kept}"]


def test_no_way_leads_out_of_the_store():
    assert clean_way(b"../../etc/passwd") == ["etc", "passwd"]
    assert clean_way(b"/abs//./a/..") == ["abs", "a"]
    assert len(clean_way(b"a/" * 500 + b"x.jpg")) == 13


# -- what may go wrong meanwhile


def test_a_file_that_was_replaced_while_it_was_copied_is_still_in_the_inbox(library, intake, drop, monkeypatch):
    entry, sha256 = drop("a.jpg", b"first")
    keep = Store.keep

    def and_then_somebody_saves_another(*arguments, **more):
        found = keep(*arguments, **more)
        drop("a.jpg.new", b"second")
        os.rename(library / "inbox" / "a.jpg.new", library / "inbox" / "a.jpg")
        return found

    monkeypatch.setattr(Store, "keep", and_then_somebody_saves_another)
    with pytest.raises(SourceChanged):
        intake.take(entry, sha256)
    assert inbox(library) == {"a.jpg": b"second"}
    assert b"first" in originals(library).values()


def test_a_file_that_somebody_still_writes_stays(library, intake, drop):
    entry, sha256 = drop("film.mpg", b"the first half")
    with open(os.fsdecode(entry.path), "ab") as writer:
        with open(os.fsdecode(entry.path), "rb") as reader:
            assert is_being_written(reader.fileno())
        with pytest.raises(SourceChanged):
            intake.take(entry, sha256)
        writer.write(b", the second half")
    assert inbox(library) == {"film.mpg": b"the first half, the second half"}
    with open(library / "inbox" / "film.mpg", "rb") as reader:
        assert not is_being_written(reader.fileno())


def test_a_copy_that_comes_back_from_the_disk_changed_takes_nothing_away(library, intake, drop, monkeypatch):
    monkeypatch.setattr(disk, "seal", lambda staged, mtime_ns: "0" * 64)
    with pytest.raises(StorageError, match="check the disk"):
        intake.take(*drop("a.jpg"))
    assert inbox(library) == {"a.jpg": b"some picture"} and originals(library) == {}


def test_a_file_that_is_no_longer_what_was_looked_at_takes_nothing_away(library, intake, drop):
    entry, _ = drop("a.jpg")
    with pytest.raises((SourceChanged, ExportError)):
        intake.take(entry, "1" * 64)
    assert inbox(library) == {"a.jpg": b"some picture"} and originals(library) == {}


def test_after_a_kill_what_was_on_its_way_out_goes_back_or_is_known(library, chosen, catalog, drop):
    killed = Intake(chosen, catalog)
    killed.take(*drop("known.jpg", b"known"))
    killed.close()
    leaving = library / "inbox" / intake_module.TAKEN
    (leaving / "99-1~known.jpg").write_bytes(b"known")
    (leaving / "99-2~lost.jpg").write_bytes(b"not kept anywhere")
    (library / "originals" / ".arriving" / "99.partial").write_bytes(b"half")
    Intake(chosen, catalog).close()
    assert inbox(library) == {"lost.jpg": b"not kept anywhere"}
    assert list(leaving.iterdir()) == [] and list((library / "originals" / ".arriving").iterdir()) == []


def test_two_at_once_would_take_each_others_files(chosen, catalog, intake):
    with pytest.raises(StorageError):
        Intake(chosen, catalog)


def test_a_full_disk_takes_nothing_away_and_leaves_nothing_behind(library, catalog, drop, tmp_path):
    with small_disk(tmp_path / "small", "200k") as small:
        options = {"inbox.free_gb": 0, "inbox.originals": str(small / "originals")}
        found = Intake(settings.load(library, environ={}, options=options), catalog)
        try:
            entry, sha256 = drop("large.jpg", bytes(range(256)) * 2000)
            with pytest.raises(StorageError, match="full"):
                found.take(entry, sha256)
            assert list(inbox(library)) == ["large.jpg"] and below(small) == {}
            found.take(*drop("small.jpg", b"there is room for this"))
            assert list(inbox(library)) == ["large.jpg"] and len(below(small)) == 1
        finally:
            found.close()


def test_room_is_left_on_the_disk(library, catalog, drop):
    found = Intake(settings.load(library, environ={}, options={"inbox.free_gb": 1e9}), catalog)
    try:
        with pytest.raises(StorageError, match="must stay free"):
            found.take(*drop("a.jpg"))
    finally:
        found.close()
    assert list(inbox(library)) == ["a.jpg"]
