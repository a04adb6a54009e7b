"""The catalog: one writer, clear refusals, and paths that are bytes."""

from __future__ import annotations

import os
import sqlite3

import pytest

from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.rows import grouped
from mediaparser_core.errors import CatalogError, DecisionError, StorageError
from mediaparser_core.pipeline import missing
from mediaparser_core.records import Claim, Decision, Entry, Note, Place, Report, Shape, Tag


@pytest.fixture
def catalog(tmp_path):
    with Catalog(tmp_path / "library") as opened:
        yield opened


def report(path: bytes, sha: str = "a" * 64, **more) -> Report:
    facts = (Shape("image", "jpeg", 4, 3), Claim("exif:DateTimeOriginal", "x", "2019-05-04T12:00:03", None, "second"))
    return Report(Entry(b"/in", path, 5, 6, 7, 8, 9), "present", None, sha, sha, "jpeg", facts, **more)


def store(catalog: Catalog, what: Report) -> int:
    with catalog.transaction():
        file_id = catalog.seen.store(what, reason=None, job=1, probed="p", named="n")
        catalog.found.store(what, file_id, "now")
    return file_id


@pytest.mark.parametrize(
    "name", [b"plain.jpg", b"\xff\xfe.jpg", b"new\nline.jpg", "ünï 東京.jpg".encode(), b"a\\b'\".jpg"]
)
def test_any_name_comes_back_as_the_bytes_it_was(catalog, name):
    store(catalog, report(b"/in/" + name))
    known = catalog.seen.below(b"/in")
    assert list(known) == [b"/in/" + name]
    ((text,),) = catalog.db.conn.execute("select path from files").fetchall()
    text.encode("utf-8")  # what people see is always valid text


def test_huge_inode_numbers_of_network_disks_are_no_problem(catalog):
    entry = Entry(b"/in", b"/in/a.jpg", 1, 2, 3, 2**64 - 5, 2**63 + 1)
    with catalog.transaction():
        catalog.seen.skip(entry, job=1)
    assert catalog.seen.below(b"/in")[b"/in/a.jpg"].same_as(entry)


def test_reading_the_same_bytes_again_replaces_what_was_found(catalog):
    store(catalog, report(b"/in/a.jpg"))
    store(catalog, report(b"/in/b.jpg"))
    assert catalog.db.conn.execute("select count(*) from claims").fetchone() == (1,)
    assert catalog.db.conn.execute("select count(*) from files").fetchone() == (2,)


def test_what_a_name_says_belongs_to_the_file(catalog):
    said = (Claim("filename", "x", "2019", None, "year"), Tag("sea", "filename"), Note("forced", "1"))
    first = store(catalog, report(b"/in/a.jpg", name_facts=said))
    store(catalog, report(b"/in/b.jpg"))
    rows = catalog.db.conn.execute("select file_id, source from claims where origin = 'name'").fetchall()
    assert rows == [(first, "filename")]
    with catalog.transaction():
        catalog.found.store_name_facts(first, "a" * 64, ())
    assert catalog.db.conn.execute("select count(*) from claims where origin = 'name'").fetchone() == (0,)
    assert catalog.db.conn.execute("select count(*) from notes").fetchone() == (0,)


def test_the_words_of_a_sidecar_are_given_to_its_picture_once(catalog):
    store(catalog, report(b"/in/a.jpg"))
    entry = Entry(b"/in", b"/in/a.jpg.json", 5)
    claim = Claim("takeout:photoTakenTime", "1", "2019-05-04T11:00:03", "+00:00", "second")
    sidecar = store(catalog, Report(entry, "present", None, "b" * 64, None, "json", (claim, Tag("cat", "takeout"))))
    for _ in range(2):
        with catalog.transaction():
            catalog.found.speak_through_sidecars([("a" * 64, sidecar, "b" * 64, "", "")])
    sources = [row["source"] for row in catalog.found.claims_of("a" * 64)]
    assert sources == ["exif:DateTimeOriginal", "takeout:photoTakenTime"]


def test_a_sidecar_of_many_says_of_each_only_what_is_about_it_and_a_doubted_one_is_rejected(catalog):
    store(catalog, report(b"/in/a.jpg"))
    facts = (
        Claim("icloud:originalCreationDate", "1", "2019-05-04T11:00", "+00:00", "minute", about="a.jpg"),
        Claim("icloud:originalCreationDate", "2", "2019-05-05T11:00", "+00:00", "minute", about="b.jpg"),
        Claim("picasa:date", "3", "2019-05-06", None, "day", False, "the folder's date"),
        Tag("cat", "picasa", "a.jpg"),
        Tag("dog", "picasa", "b.jpg"),
        Place(1.0, 2.0, "picasa", "a.jpg"),
        Note("spoken_of", "a.jpg", "a.jpg"),
    )
    entry = Entry(b"/in", b"/in/Photo Details.csv", 5)
    sidecar = store(catalog, Report(entry, "present", None, "b" * 64, None, "csv", facts))
    (seen,) = [each for each in catalog.derived.seen_files() if each.format == "csv"]
    assert seen.about == ("a.jpg",)
    for doubt, kept in (("", True), ("whose is it?", False)):
        with catalog.transaction():
            catalog.found.speak_through_sidecars([("a" * 64, sidecar, "b" * 64, "a.jpg", doubt)])
        said = [(row["raw"], row["accepted"], row["reason"]) for row in catalog.found.claims_of("a" * 64)[1:]]
        assert said == [("1", int(kept), doubt or None), ("3", 0, "the folder's date")]
        assert ("cat" in catalog.derived.found_tags().get("a" * 64, {})) == kept
        places = catalog.db.conn.execute("select latitude from places where origin = 'sidecar'").fetchall()
        assert places == ([(1.0,)] if kept else [])


def test_the_album_of_a_sidecar_is_known(catalog):
    entry = Entry(b"/in", b"/in/metadata.json", 5)
    note = Note("takeout_album", "Lisbon & sea")
    store(catalog, Report(entry, "present", None, "b" * 64, None, "json", (note,)))
    assert [seen.album for seen in catalog.derived.seen_files()] == ["Lisbon & sea"]


def test_looking_never_makes_a_library(tmp_path):
    with pytest.raises(CatalogError, match="there is no catalog"):
        Catalog(tmp_path / "none", writable=False)
    assert not (tmp_path / "none").exists()


def test_what_is_opened_for_reading_cannot_be_written(catalog):
    with Catalog(catalog.library, writable=False) as reader:
        with pytest.raises(StorageError, match="read-only"), reader.transaction():
            reader.db.conn.execute("delete from files")
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.decided.add([Decision("r1", "keep", ("a" * 64,), None, "me", "now")])


def test_a_broken_catalog_is_one_clear_line(tmp_path):
    (tmp_path / "catalog.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(CatalogError, match=r"catalog.*(not a database|cannot be opened)"):
        Catalog(tmp_path)


def test_a_double_click_is_one_decision(catalog):
    decision = Decision("r1", "keep", ("a" * 64,), None, "me", "2024-01-01T00:00:00Z")
    assert catalog.decided.add([decision, decision]) == 1
    assert catalog.decided.add([decision]) == 0
    assert catalog.decided.all() == [decision]


def test_nothing_is_recorded_when_one_of_several_decisions_is_wrong(catalog):
    good = Decision("r1", "keep", ("a" * 64,), None, "me", "2024-01-01T00:00:00Z")
    bad = Decision("r2", "undo", ("a" * 64,), None, "me", "2024-01-01T00:00:00Z", undoes="nobody")
    with pytest.raises(DecisionError, match="no decision nobody to undo"):
        catalog.decided.add([good, bad])
    assert catalog.decided.all() == []


def test_rows_of_one_key_are_handed_out_in_order():
    take = grouped([("a", 1), ("a", 2), ("c", 3), ("d", 4), ("f", 5)])
    assert [take(key) for key in "abcdefg"] == [[(1,), (2,)], [], [(3,)], [(4,)], [], [(5,)], []]
    take = grouped([("a", 1), ("b", 2), ("d", 3)])
    assert [take(key) for key in "cde"] == [[], [(3,)], []]


# -- what is missing


def known(catalog, tmp_path, *names: str, device: int | None = None) -> dict:
    for number, name in enumerate(names):
        entry = Entry(os.fsencode(tmp_path), os.fsencode(tmp_path / name), device=device or tmp_path.stat().st_dev)
        store(catalog, Report(entry, "present", None, f"{number:064x}", None, "jpeg", (Shape("image", "jpeg"),)))
    return catalog.seen.below(os.fsencode(tmp_path))


def test_a_file_that_is_gone_is_missing(catalog, tmp_path):
    files = known(catalog, tmp_path, "a.jpg", "b.jpg")
    entries = {path: None for path in files if path.endswith(b"a.jpg")}
    root, device = os.fsencode(tmp_path), tmp_path.stat().st_dev
    gone = missing.vanished(root, files, {p: Entry(root, p) for p in entries}, device)
    assert gone == [files[os.fsencode(tmp_path / "b.jpg")].file_id]


def test_an_unreadable_folder_hides_its_files_but_does_not_lose_them(catalog, tmp_path):
    files = known(catalog, tmp_path, "a.jpg", "locked/b.jpg")
    root = os.fsencode(tmp_path)
    locked = os.fsencode(tmp_path / "locked")
    entries = {
        os.fsencode(tmp_path / "a.jpg"): Entry(root, os.fsencode(tmp_path / "a.jpg")),
        locked: Entry(root, locked, problem="folder cannot be read: Permission denied"),
    }
    assert missing.vanished(root, files, entries, tmp_path.stat().st_dev) == []


def test_a_disk_mounted_inside_the_input_may_be_away(catalog, tmp_path):
    device = tmp_path.stat().st_dev
    files = known(catalog, tmp_path, "usb/b.jpg", device=device + 1)
    root = os.fsencode(tmp_path)
    entries = {root + b"/a.jpg": Entry(root, root + b"/a.jpg")}
    assert missing.vanished(root, files, entries, device) == []


def test_another_disk_in_its_place_loses_nothing(catalog, tmp_path):
    files = known(catalog, tmp_path, "a.jpg", "b.jpg")
    root = os.fsencode(tmp_path)
    entries = {root + b"/other.jpg": Entry(root, root + b"/other.jpg")}
    assert missing.vanished(root, files, entries, tmp_path.stat().st_dev + 1) == []


def test_an_archive_that_was_not_looked_into_loses_nothing(catalog, tmp_path):
    root, device = os.fsencode(tmp_path), tmp_path.stat().st_dev
    archive = root + b"/takeout-001.zip"
    for number, name in enumerate((b"a.jpg", b"b.jpg")):
        entry = Entry(root, archive + b"//Takeout/" + name, device=device)
        store(catalog, Report(entry, "present", None, f"{number:064x}", None, "jpeg", (Shape("image", "jpeg"),)))
    files = catalog.seen.below(root)
    first, second = (archive + b"//Takeout/" + name for name in (b"a.jpg", b"b.jpg"))
    there, other = Entry(root, archive), Entry(root, root + b"/other.jpg")

    def gone(*entries: Entry) -> list[int]:
        return missing.vanished(root, files, {entry.path: entry for entry in entries}, device)

    assert gone(there, other) == []  # it could not be read, or nobody asked for what is in it
    assert gone(there, Entry(root, first)) == [files[second].file_id]
    assert sorted(gone(other)) == sorted(known.file_id for known in files.values())
