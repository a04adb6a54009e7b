"""The live folders: what the catalog says, under the names of the export, with every decision at once."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import time
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from mediaparser_core import settings
from mediaparser_core.catalog import Catalog
from mediaparser_core.dav import live_index
from mediaparser_core.dav.live_index import LiveIndex
from mediaparser_core.dav.live_share import views_of

PICTURES = 8  # in the library
VIEWS = ["by-camera/", "by-date/", "by-level/", "by-place/", "by-tag/", "new-this-week/", "to-review/"]


def files_below(client, path: str) -> list[str]:
    found = []
    for name in client.names(path):
        found += files_below(client, path + name) if name.endswith("/") else [name]
    return found


def tree_of(folder: Path) -> list[str]:
    """Every file, without the notes that SQLite makes for readers."""
    return sorted(str(path) for path in folder.rglob("*") if not path.name.endswith(("-shm", "-wal")))


def test_every_view_is_there(drive, library):
    assert drive(library).names("/live/") == VIEWS


def test_every_picture_lies_where_it_belongs(drive, library):
    client = drive(library)
    assert client.names("/live/by-date/") == ["1994/", "2018/", "2019/", "undated/"]
    assert client.names("/live/by-date/2019/") == ["05/", "06/"]
    assert client.names("/live/by-date/2019/05/") == ["20190504_120003.jpg"]
    assert client.names("/live/by-camera/") == ["Maker EOS 5D/", "Maker Pixel 7/", "unknown/"]
    assert client.names("/live/by-place/") == ["38N 9W/"]
    assert client.names("/live/by-place/38N 9W/38.7N 9.1W/") == ["20190504_120003.jpg"]
    assert len(files_below(client, "/live/by-date/")) == PICTURES
    assert len(files_below(client, "/live/by-level/")) == PICTURES
    assert len(client.names("/live/new-this-week/")) == PICTURES
    assert "look-alikes/" in client.names("/live/to-review/")
    assert len(client.names("/live/to-review/look-alikes/group 1/")) == 2


def test_names_and_bytes_are_those_of_the_export(drive, library):
    client, export = drive(library), library / "export"
    exported = {path.name: path for path in export.rglob("*") if path.is_file()}
    assert sorted(files_below(client, "/live/by-date/")) == sorted(exported)
    answer = client.get("/live/by-date/2019/05/20190504_120003.jpg")
    assert answer.body == exported["20190504_120003.jpg"].read_bytes()
    same = client.get("/export/2019/20190504_120003.jpg")
    assert (answer.headers["etag"], answer.headers["last-modified"]) == (
        same.headers["etag"],
        same.headers["last-modified"],
    )
    assert answer.headers["last-modified"] == "Sat, 04 May 2019 11:00:03 GMT"  # the moment it was taken
    assert client.get("/live/by-date/2019/05/20190504_120003.jpg", Range="bytes=2-5").body == answer.body[2:6]


def test_listing_and_file_agree(drive, library):
    client = drive(library)
    for name in client.names("/live/by-level/high/"):
        said, read = client.properties(f"/live/by-level/high/{name}"), client.get(f"/live/by-level/high/{name}")
        assert said["getetag"] == read.headers["etag"]
        assert said["getlastmodified"] == read.headers["last-modified"]
        assert said["getcontentlength"] == str(len(read.body))


def test_live_folders_cannot_be_written_to_and_nothing_is_copied(drive, library, decide):
    client = drive(library)
    before = tree_of(library)
    files_below(client, "/live/")
    assert client.ask("PUT", "/live/by-date/x.jpg", b"x").status == 405
    assert tree_of(library) == before


# -- decisions


def test_a_picture_moves_the_moment_its_date_is_decided(drive, library, decide):
    client = drive(library)
    assert client.names("/live/by-date/2019/05/") == ["20190504_120003.jpg"]
    decide(library, "set-date", "IMG_20190504_120003.jpg", "1999-12-31 23:00:00")
    assert client.names("/live/by-date/1999/12/") == ["19991231_230000.jpg"]
    assert client.ask("PROPFIND", "/live/by-date/2019/05/", Depth="1").status == 404
    assert client.names("/live/by-date/2019/") == ["06/"]
    answer = client.get("/live/by-date/1999/12/19991231_230000.jpg")
    assert answer.headers["last-modified"] == "Fri, 31 Dec 1999 23:00:00 GMT"
    assert answer.body == (library / "export" / "2019" / "20190504_120003.jpg").read_bytes()


def test_taking_back_puts_everything_back(drive, library, decide):
    client = drive(library)
    before = {view: files_below(client, f"/live/{view}") for view in VIEWS}
    made = [
        decide(library, "set-date", "IMG_20190504_120003.jpg", "1999"),
        decide(library, "tag", "IMG_20190611_093000.jpg", "Lisbon"),
        decide(library, "untag", "scan001.jpg", "Summer 1994"),
        decide(library, "discard", "DSC_0100.jpg"),
        decide(library, "shift", ["Maker|EOS 5D|"], "+1d"),
        decide(library, "keep", ["small.jpg", "large.jpg"]),
    ]
    assert client.names("/live/by-tag/Lisbon/") == ["20190611_093000.jpg"]
    assert client.names("/live/by-date/2018/07/") == [
        "20180702_100000.jpg",
        "20180702_110000.jpg",
        "20180702_110000_2.jpg",
    ]
    assert "look-alikes/" not in client.names("/live/to-review/")
    for decision in made:
        decide(library, "undo", list(decision.subject), decision.request_id)
    assert {view: files_below(client, f"/live/{view}") for view in VIEWS} == before


def test_a_discarded_picture_is_gone_from_every_folder(drive, library, decide):
    client = drive(library)
    decide(library, "discard", "IMG_20190504_120003.jpg")
    for view in VIEWS:
        assert "20190504_120003.jpg" not in files_below(client, f"/live/{view}")
    assert client.get("/live/by-date/2019/05/20190504_120003.jpg").status == 404


def test_an_answered_question_leaves_to_review(drive, library, decide):
    client = drive(library)
    assert "unknown.jpg" in client.names("/live/to-review/dates/")
    decide(library, "set-date", "unknown.jpg", "1995-07-02")
    assert client.names("/live/by-date/1995/07/") == ["19950702_unknown.jpg"]
    assert "unknown.jpg" not in files_below(client, "/live/to-review/")


def test_what_was_derived_and_exported_meanwhile_is_the_same_as_what_was_shown(drive, library, decide, run):
    client = drive(library)
    decide(library, "set-date", "IMG_20190504_120003.jpg", "1999-12-31 23:00:00")
    decide(library, "tag", "IMG_20190611_093000.jpg", "Lisbon")
    decide(library, "discard", "DSC_0100.jpg")
    shown = {view: files_below(client, f"/live/{view}") for view in VIEWS}
    assert run(library, "export").returncode == 0
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = client.get("/live/by-date/1999/12/19991231_230000.jpg")
        if answer.body == (library / "export" / "1999" / "19991231_230000.jpg").read_bytes():
            break
        time.sleep(0.05)
    else:
        pytest.fail("the new copy is not served")
    assert {view: files_below(client, f"/live/{view}") for view in VIEWS} == shown


def test_decisions_that_come_with_another_database_are_obeyed(drive, library, decide):
    client = drive(library)
    client.names("/live/by-date/")
    decide(library, "tag", "IMG_20190611_093000.jpg", "Lisbon")
    assert client.names("/live/by-tag/Lisbon/") == ["20190611_093000.jpg"]
    for name in ("decisions.db", "decisions.db-wal", "decisions.db-shm"):
        (library / name).unlink(missing_ok=True)
    Catalog(library).close()
    deadline = time.monotonic() + 60  # the builder rests for a while
    while "Lisbon/" in client.names("/live/by-tag/") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "Lisbon/" not in client.names("/live/by-tag/")


def test_the_end_begins_no_other_build(library, manager, monkeypatch):
    """A build of a large library takes longer than the drive may take to end."""
    monkeypatch.setattr(live_index, "REST", 0)
    builds, build = [], LiveIndex._build

    def counted(index):
        builds.append(index)
        build(index)

    monkeypatch.setattr(LiveIndex, "_build", counted)
    chosen = settings.load(library, environ={})
    index = LiveIndex(chosen, manager, views_of(manager, chosen), lambda line: None)
    try:
        assert index.shelf().below(())
        time.sleep(0.3)  # the builder waits for news
    finally:
        index.close()
    assert len(builds) == 1


# -- originals


def test_what_is_not_exported_yet_has_the_name_it_will_get_and_its_original_is_served(drive, library, originals):
    shutil.rmtree(library / "export")
    with closing(sqlite3.connect(library / "catalog.db")) as conn, conn:
        conn.execute("delete from receipts")
    client = drive(library)
    assert client.names("/live/by-date/2019/05/") == ["20190504_120003.jpg"]
    answer = client.get("/live/by-date/2019/05/20190504_120003.jpg")
    assert answer.body == (originals / "Phone" / "IMG_20190504_120003.jpg").read_bytes()
    assert answer.headers["last-modified"] == "Sat, 04 May 2019 11:00:03 GMT"
    assert client.properties("/live/by-date/2019/05/20190504_120003.jpg")["getetag"] == answer.headers["etag"]
    assert sorted(client.names("/live/by-date/2018/07/"))[:2] == ["20180701_100000.jpg", "20180701_100000_2.jpg"]


def test_an_export_that_lost_a_file_does_not_lose_the_picture(drive, library, originals):
    (library / "export" / "2019" / "20190504_120003.jpg").unlink()
    client = drive(library)
    answer = client.get("/live/by-date/2019/05/20190504_120003.jpg")
    assert answer.body == (originals / "Phone" / "IMG_20190504_120003.jpg").read_bytes()


LIVE = "/live/by-date/2019/05/20190504_120003.jpg"


def test_an_original_that_has_changed_or_lies_behind_a_link_is_not_served(drive, tmp_path, originals, run):
    picture, aside = tmp_path / "input" / "Trip" / "IMG_20190504_120003.jpg", tmp_path / "aside"
    picture.parent.mkdir(parents=True)
    shutil.copy2(originals / "Phone" / "IMG_20190504_120003.jpg", picture)
    assert run(tmp_path / "library", "run", "--no-export", tmp_path / "input").returncode == 0
    client = drive(tmp_path / "library")
    assert client.get(LIVE).status == 200
    # the folder becomes a link
    picture.parent.rename(aside)
    picture.parent.symlink_to(aside)
    assert client.get(LIVE).status == 404
    picture.parent.unlink()
    aside.rename(picture.parent)
    assert client.get(LIVE).status == 200
    # the file becomes a link
    picture.rename(aside)
    picture.symlink_to(aside)
    assert client.get(LIVE).status == 404
    picture.unlink()
    aside.rename(picture)
    assert client.get(LIVE).status == 200
    # other bytes: of another size, of another time
    status = picture.stat()
    picture.write_bytes(b"something else")
    os.utime(picture, ns=(status.st_mtime_ns, status.st_mtime_ns))
    assert client.get(LIVE).status == 404
    picture.write_bytes(b"x" * status.st_size)
    assert client.get(LIVE).status == 404
    # a path that the catalog was made to believe
    secret = tmp_path / "secret.jpg"
    shutil.copy2(originals / "Phone" / "IMG_20190504_120003.jpg", secret)
    os.utime(secret, ns=(status.st_mtime_ns, status.st_mtime_ns))
    with closing(sqlite3.connect(tmp_path / "library" / "catalog.db")) as conn, conn:
        conn.execute("update files set path_bytes = ?", (os.fsencode(secret),))
    assert client.get(LIVE).status == 404


def test_an_original_that_is_a_single_input_is_served(drive, tmp_path, originals, run):
    picture = originals / "Phone" / "IMG_20190504_120003.jpg"
    assert run(tmp_path / "library", "run", "--no-export", picture).returncode == 0
    assert drive(tmp_path / "library").get(LIVE).body == picture.read_bytes()


def test_an_original_inside_an_archive_is_served(drive, tmp_path, originals, run):
    picture = originals / "Phone" / "IMG_20190504_120003.jpg"
    folder, aside = tmp_path / "input" / "Parts", tmp_path / "aside"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "takeout-1.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(picture, "Takeout/Google Photos/Trip/IMG_20190504_120003.jpg")
    run(tmp_path / "library", "run", "--no-export", tmp_path / "input")
    client = drive(tmp_path / "library")
    answer = client.get(LIVE)
    assert hashlib.sha256(answer.body).digest() == hashlib.sha256(picture.read_bytes()).digest()
    assert client.get(LIVE, Range="bytes=1000-1999").body == picture.read_bytes()[1000:2000]
    assert client.properties(LIVE)["getetag"] == answer.headers["etag"]
    # the folder of the archive becomes a link
    folder.rename(aside)
    folder.symlink_to(aside)
    assert client.get(LIVE).status == 404
    folder.unlink()
    aside.rename(folder)
    assert client.get(LIVE).status == 200


# -- when things are not as they should be


def test_a_library_from_an_older_version_is_a_calm_503_and_the_rest_goes_on(drive, library):
    with closing(sqlite3.connect(library / "catalog.db")) as conn, conn:
        conn.execute("delete from _sqlite_migrations where name = (select max(name) from _sqlite_migrations)")
    client = drive(library)
    answer = client.ask("PROPFIND", "/live/by-date/", Depth="1")
    assert answer.status == 503
    assert str(library) not in answer.text
    assert "2019/" in client.names("/export/")
    assert client.names("/") == ["export/", "live/"]


def test_a_view_that_fails_spoils_only_itself(drive, library, manager):
    class Broken:
        from mediaparser_core.hookspecs import hookimpl
        from mediaparser_core.records import View

        @hookimpl
        def register_views(self):
            def folders(shown, today):
                yield ("good",)
                raise RuntimeError("no idea")

            return [self.View("broken", "Broken", folders)]

    plugin = Broken()
    manager.register(plugin)
    try:
        client = drive(library)
        assert client.names("/live/broken/") == []
        assert client.names("/live/by-date/2019/05/") == ["20190504_120003.jpg"]
        assert any("'broken' failed" in line for line in client.told)
    finally:
        manager.unregister(plugin)


def test_hostile_tags_and_cameras_are_only_names(drive, library, decide):
    for tag in ("../../etc", "<b>&amp;", "a/b\\c", "CON", ".hidden", "x" * 190):
        decide(library, "tag", "IMG_20190611_093000.jpg", tag)
    client = drive(library)
    names = client.names("/live/by-tag/")
    assert len([name for name in names if name.rstrip("/") not in ("Summer 1994",)]) >= 6
    for name in names:
        assert client.names(f"/live/by-tag/{name}"), name


@pytest.mark.parametrize("path", ["/live/nothing/", "/live/by-date/2019/05/x.jpg", "/live/by-date/2019/05/../06/"])
def test_what_is_not_in_the_catalog_is_not_there(drive, library, path):
    assert drive(library).ask("GET", path).status in (400, 404)
