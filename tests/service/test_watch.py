"""The watcher as a process: what is whole comes in dated, what is not waits and says why, a share may come and go."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
import zipfile
from dataclasses import replace

from mediaparser_core import settings
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.arrivals import Arrivals
from mediaparser_core.service.folders import Folder
from mediaparser_core.service.notices import Notices

from ..conftest import patience
from .conftest import below, exports, rows, small_disk, until

QUICK = {
    "MEDIAPARSER_WATCH_STABLE_SECONDS": "0.6",
    "MEDIAPARSER_WATCH_RESCAN_SECONDS": "0.6",
    "MEDIAPARSER_INBOX_FREE_GB": "0",
}


def inbox(library):
    return {name for name in below(library / "inbox") if not name.startswith(".")}


def originals(library):
    return {name.partition("/inbox/")[2] for name in below(library / "originals")}


def waiting(library):
    found = rows(library, "select path, state, reason from waiting where state <> 'ignored'")
    return {path.rpartition("/inbox/")[2] or path: (state, reason) for path, state, reason in found}


def test_what_is_dropped_comes_in_and_the_rest_waits_with_its_reason(library, start, make_picture, exif, tmp_path):
    whole = make_picture(tmp_path / "a.jpg", seed=1, exif=exif("2019:05:04 12:00:03", "+02:00")).read_bytes()
    other = make_picture(tmp_path / "b.jpg", seed=2).read_bytes()
    third = make_picture(tmp_path / "c.jpg", seed=3).read_bytes()
    drop = library / "inbox"
    start("watch", env=QUICK)
    began = time.monotonic()
    (drop / "Summer 1994").mkdir()
    (drop / "DSC_1.jpg").write_bytes(whole)
    (drop / "Summer 1994" / "scan.jpg").write_bytes(other)
    (drop / "again.jpg").write_bytes(whole)  # the same once more
    (drop / "half.jpg").write_bytes(third[: len(third) // 2])
    (drop / "zeros.jpg").write_bytes(bytes(40_000))
    (drop / "empty.jpg").write_bytes(b"")
    (drop / "film.mp4.part").write_bytes(b"downloading")
    with zipfile.ZipFile(drop / "takeout-20240101T000000Z-001.zip", "w") as archive:
        archive.write(make_picture(tmp_path / "z.jpg", seed=6), "Takeout/Google Photos/Trip/IMG_20220102_030405.jpg")
    (drop / "letter.pdf").write_bytes(b"%PDF-1.4 dear all")
    (drop / "IMG_20180102_030405\n\x1b[31m.jpg").write_bytes(make_picture(tmp_path / "d.jpg", seed=4).read_bytes())
    os.symlink("/etc/passwd", drop / "link.jpg")
    os.mkfifo(drop / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as plug:
        plug.bind(str(drop / "plug"))

    wanted = {
        "2019/20190504_120003.jpg",
        "1994/1994XXXX_scan.jpg",
        "2018/20180102_030405.jpg",
        "2022/20220102_030405.jpg",
    }
    until(lambda: exports(library) == wanted, why=lambda: (exports(library), rows(library, "select * from waiting")))
    assert time.monotonic() - began < patience(30)
    assert {"DSC_1.jpg", "again.jpg", "Summer 1994/scan.jpg"} <= originals(library)
    states = waiting(library)
    assert states["half.jpg"] == ("unfinished", "the picture is cut off before its end")
    assert states["zeros.jpg"] == ("unfinished", "contains only zeros")
    assert states["empty.jpg"] == ("unfinished", "empty file")
    assert states["film.mp4.part"][0] == "unfinished"
    assert states["letter.pdf"] == ("unknown", "a PDF document; not a picture or a video")
    assert len(states) == 5 and "pipe.jpg" in os.listdir(drop)
    # all claims come from where it began, and not from the day it came in
    assert rows(library, "select distinct value from claims where source = 'folder'") == [("1994",)]

    # the copy goes on; somebody renames it; the program that downloads is done; a person says that one is whole
    with open(drop / "half.jpg", "ab") as file:
        file.write(third[len(third) // 2 :])
    os.rename(drop / "half.jpg", drop / "IMG_20200607_080910.jpg")
    (drop / "film.mp4.part").write_bytes(make_picture(tmp_path / "e.jpg", seed=5).read_bytes())
    os.rename(drop / "film.mp4.part", drop / "IMG_20210101_000000.jpg")
    with Catalog(library) as catalog:
        assert Arrivals(catalog).take_anyway(os.fsencode(drop / "letter.pdf"))
    until(
        lambda: {"2020/20200607_080910.jpg", "2021/20210101_000000.jpg"} < exports(library),
        why=lambda: waiting(library),
    )
    until(lambda: "letter.pdf" in originals(library))
    assert inbox(library) == {"zeros.jpg", "empty.jpg"}


def test_a_file_that_is_being_written_is_left_alone_until_its_writer_is_done(library, start, make_picture, tmp_path):
    whole = make_picture(tmp_path / "a.jpg", seed=1).read_bytes()
    start("watch", env=QUICK)
    with open(library / "inbox" / "IMG_20190504_120003.jpg", "wb", buffering=0) as writer:
        writer.write(whole)  # all of it is there, and the program has not closed it
        until(lambda: waiting(library).get("IMG_20190504_120003.jpg"))
        time.sleep(2)
        assert inbox(library) == {"IMG_20190504_120003.jpg"}
    until(lambda: exports(library) == {"2019/20190504_120003.jpg"})
    assert inbox(library) == set()


def test_a_file_that_is_renamed_while_it_is_copied_comes_in_once_and_whole(library, start, make_picture, tmp_path):
    whole = make_picture(tmp_path / "a.jpg", seed=1).read_bytes()
    start("watch", env=QUICK)
    with open(library / "inbox" / "copy of something.jpg", "wb", buffering=0) as writer:
        writer.write(whole[: len(whole) // 2])
        until(lambda: waiting(library).get("copy of something.jpg"))
        (library / "inbox" / "copy of something.jpg").rename(library / "inbox" / "IMG_20190504_120003.jpg")
        until(lambda: set(waiting(library)) == {"IMG_20190504_120003.jpg"})
        writer.write(whole[len(whole) // 2 :])
    until(lambda: exports(library) == {"2019/20190504_120003.jpg"})
    assert originals(library) == {"IMG_20190504_120003.jpg"} and inbox(library) == set()
    assert below(library / "originals").popitem()[1] == whole and rows(library, "select count(*) from files") == [(1,)]


def test_a_full_disk_is_told_and_room_is_used_as_soon_as_there_is_some(
    library, start, make_picture, tmp_path, monkeypatch
):
    with small_disk(tmp_path / "small", "60k") as small:
        watcher = start("watch", env=QUICK | {"MEDIAPARSER_INBOX_ORIGINALS": str(small / "originals")})
        photo = make_picture(library / "inbox" / "IMG_20190504_120003.jpg", size=(1200, 900), quality=95)
        assert photo.stat().st_size > 60_000
        until(lambda: waiting(library).get(photo.name, ("",))[0] == "stuck", why=lambda: waiting(library))
        assert "full" in waiting(library)[photo.name][1] and photo.exists() and not watcher.complained
        os.system(f"mount -o remount,size=20m {small}")
        until(lambda: exports(library) == {"2019/20190504_120003.jpg"}, 60)
        assert waiting(library) == {}
        watcher.stop()


def test_a_share_that_goes_and_comes_back_loses_nothing(library, start, make_picture, tmp_path):
    share, away = tmp_path / "share", tmp_path / "away"
    make_picture(share / "Trip" / "IMG_20190504_120003.jpg", seed=1)
    (library / "mediaparser.toml").write_text(
        f'[watch]\nfolders = ["{share}"]\nstable_seconds = 0.6\nrescan_seconds = 0.6\n'
    )
    start("watch")
    until(lambda: exports(library) == {"2019/20190504_120003.jpg"})
    share.rename(away)
    until(lambda: rows(library, "select 1 from waiting where state = 'away'"))
    share.mkdir()  # the mount point without its disk
    time.sleep(1.8)
    assert rows(library, "select state from files") == [("present",)]
    share.rmdir()
    away.rename(share)
    until(lambda: not rows(library, "select 1 from waiting"))
    half = make_picture(tmp_path / "n.jpg", seed=2).read_bytes()
    (share / "IMG_20200102_030405.jpg").write_bytes(half[:9000])
    until(lambda: rows(library, "select 1 from waiting where state = 'unfinished'"))
    assert rows(library, "select count(*) from files where path like '%20200102%' and state = 'present'") == [(0,)]
    (share / "IMG_20200102_030405.jpg").write_bytes(half)
    until(lambda: exports(library) == {"2019/20190504_120003.jpg", "2020/20200102_030405.jpg"})
    (share / "IMG_20200102_030405.jpg").unlink()  # a person did that
    until(lambda: rows(library, "select state from files where path like '%20200102%'") == [("missing",)])
    assert (share / "Trip" / "IMG_20190504_120003.jpg").exists() and below(library / "originals") == {}


def test_a_share_that_hangs_holds_up_nobody(library, chosen, manager, tmp_path, monkeypatch):
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / "a").write_text("x")
    hang, listed = threading.Event(), os.listdir
    monkeypatch.setattr("mediaparser_core.service.folders.HANGS", 0.6)
    monkeypatch.setattr(os, "listdir", lambda path: hang.wait(60) and listed(path))
    folder = Folder(str(tmp_path / "share"), chosen, manager)
    with Catalog(library) as catalog:
        began = time.monotonic()
        assert folder.look(catalog) == ([], [])
        rows_, _ = folder.look(catalog)
        assert time.monotonic() - began < 30  # the share hangs for sixty
        assert [row.state for row in rows_] == ["away"] and "does not answer" in rows_[0].reason
        hang.set()
        until(lambda: folder.look(catalog)[0] == [] or None)


def test_an_inbox_on_a_share_that_was_away_is_watched_again(library, start, make_picture, tmp_path):
    share, away = tmp_path / "share", tmp_path / "away"
    share.mkdir()
    start("watch", env=QUICK | {"MEDIAPARSER_INBOX_PATH": str(share / "inbox")})
    until((share / "inbox").exists)
    (share / "inbox").rename(away)
    until(lambda: (share / "inbox").exists() or rows(library, "select 1 from heartbeats where state = 'waiting'"))
    if (share / "inbox").exists():
        shutil.rmtree(share / "inbox")
    away.rename(share / "inbox")
    make_picture(share / "inbox" / "IMG_20190504_120003.jpg")
    until(lambda: exports(library) == {"2019/20190504_120003.jpg"})
    assert not list((share / "inbox").glob("*.jpg"))


def test_one_watcher_is_enough(library, start, program):
    start("watch", env=QUICK)
    again = program("watch", code=1)
    assert "runs already" in again.stderr and "Traceback" not in again.stderr


def test_it_ends_when_it_is_asked_to(library, start):
    code, seconds = start("watch", env=QUICK).stop()
    assert code == 0 and seconds < patience(4)
    assert rows(library, "select state from heartbeats where service = 'watcher' order by id desc limit 1") == [
        ("stopped",)
    ]


def test_watched_folders_are_a_list(library):
    (library / "mediaparser.toml").write_text('[watch]\nfolders = ["/mnt/a", "/mnt/b, c"]\n')
    assert settings.load(library, environ={}).watch.folders == ("/mnt/a", "/mnt/b, c")
    assert settings.load(library, environ={"MEDIAPARSER_WATCH_FOLDERS": "/x:/y"}).watch.folders == ("/x", "/y")


def test_what_comes_before_a_folder_is_watched_is_noticed(chosen, tmp_path, monkeypatch):
    """The first look does not wait for that, for a large share takes minutes."""
    share, looked, watch = tmp_path / "share", threading.Event(), Notices._watch
    share.mkdir()
    chosen.inbox_path.mkdir(parents=True)

    def late(notices, folder):
        if folder == share:
            looked.wait(20)
        watch(notices, folder)

    monkeypatch.setattr(Notices, "_watch", late)
    with Notices(replace(chosen, watch=replace(chosen.watch, folders=(str(share),)))) as notices:
        notices.forget()
        (share / "new.jpg").touch()
        looked.set()
        notices.wait(20, threading.Event())
        assert notices._something.is_set()
