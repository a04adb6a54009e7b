"""Running again: what changed, moved or is new is told apart without reading the rest, and nothing vanishes by mistake."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mediaparser_core import jobs, plugins, probe
from mediaparser_core.catalog import Catalog
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.pipeline import ledger, main_job, publish
from mediaparser_core.records import Entry
from mediaparser_core.settings import ExportSettings, Settings
from mediaparser_plugins import folders


class Here:
    """Reads files in a thread of this process, so that a test can see which."""

    @hookimpl(tryfirst=True)
    def executor(self, settings: Settings) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1)


class Library:
    """A library and what its last run read."""

    def __init__(self, place: Path) -> None:
        self.folder, self.path, self.read = place / "in", place / "library", list[str]()
        self.manager = plugins.load()
        self.manager.register(Here())
        self.chosen: dict[str, object] = {}

    def __call__(self, mode: main_job.Mode = "scan", *, rehash: bool = False, folder: Path | None = None) -> dict:
        self.read.clear()
        chosen = Settings(library=self.path, timezone="UTC", workers=1, exiftool="", error_limit=1.0, **self.chosen)
        with Catalog(self.path) as catalog:
            inputs = [folder or self.folder]
            outcome = main_job.run(
                catalog, self.manager, chosen, inputs, progress=jobs.Silent(), rehash=rehash, mode=mode
            )
        assert outcome.imbalance is None
        return outcome.summary

    def counts(self, **more) -> tuple[int, ...]:
        summary = self(**more)
        return tuple(summary[name] for name in ("seen", "new", "changed", "unchanged", "missing"))

    def rows(self, sql: str) -> list[tuple]:
        with Catalog(self.path, writable=False) as catalog:
            return catalog.db.conn.execute(sql).fetchall()

    def write(self, sql: str) -> None:
        with Catalog(self.path) as catalog, catalog.transaction() as conn:
            conn.execute(sql)

    def fill(self, *names: str) -> None:
        for name in names:
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"the text of " + os.fsencode(name))


@pytest.fixture
def library(tmp_path, monkeypatch) -> Library:
    made, examine = Library(tmp_path), probe.examine

    def told(entry: Entry, settings: Settings):
        made.read.append(os.fsdecode(entry.path.removeprefix(os.fsencode(made.folder) + b"/")))
        return examine(entry, settings)

    monkeypatch.setattr(probe, "examine", told)
    return made


def test_of_ten_thousand_files_only_those_are_read_that_are_new_or_changed(library):
    library.fill(*(f"{number // 50:03d} trip/{number:05d}.txt" for number in range(10_000)))
    assert library.counts() == (10_000, 10_000, 0, 0, 0)
    library.fill("007 trip/new.txt", "new folder/a.txt", "new folder/b/c.txt")
    (library.folder / "010 trip/00501.txt").write_bytes(b"other words")
    os.utime(library.folder / "199 trip/09950.txt", ns=(1, 1))
    (library.folder / "003 trip").rename(library.folder / "another name")  # fifty files
    (library.folder / "000 trip/00001.txt").rename(library.folder / "001 trip/here now.txt")
    (library.folder / "005 trip/00250.txt").unlink()
    shutil.rmtree(library.folder / "006 trip")
    assert library.counts() == (9952, 3, 2 + 51, 9896, 51)
    assert sorted(library.read) == [
        "007 trip/new.txt", "010 trip/00501.txt", "199 trip/09950.txt", "new folder/a.txt", "new folder/b/c.txt",
    ]  # fmt: skip
    assert library.counts() == (9952, 0, 0, 9952, 0) and library.read == []


def test_nothing_is_written_about_a_file_that_has_not_changed(library):
    library.fill("a.txt", "b/c.txt", "b/d/e.txt", "Thumbs.db")
    library()
    before = library.rows("select * from files order by id")
    library.write("create trigger nobody_writes before update on _files begin select raise(abort, 'written'); end")
    assert library.counts() == (4, 0, 0, 4, 0)
    assert library.rows("select * from files order by id") == before


def test_what_the_walk_need_not_tell_is_counted_as_if_it_had(library):
    library.fill("a.txt", "b.txt", ".DS_Store")
    (library.folder / "c.jpg").write_bytes(b"")
    (library.folder / "d.jpg").write_bytes(b"no picture")
    names = ("skipped", "troubled", "unchanged")
    first = library()
    again = library()
    assert [again[name] for name in names] == [first["skipped"], first["troubled"], 5] == [3, 2, 5]


@pytest.mark.skipif(os.uname().sysname == "Darwin", reason="its file systems take UTF-8 only")
def test_names_of_any_bytes_are_found_again(library):
    folders = [b"", b"/a", b"/a/a", b"/a b", b"/a!", b"/a0", b"/A", b"/\xff", "/\U0001f600".encode()]
    names = [
        b"\xff.txt",
        "\U0001f600.txt".encode(),
        b"new\nline",
        "\uffee".encode(),
        b"a.",
        b"a .",
        b"a0.",
        b"b",
        b"aa",
    ]
    for folder in folders:
        os.makedirs(path := os.fsencode(library.folder) + folder)
        for name in names:
            Path(os.fsdecode(path + b"/" + name)).write_bytes(folder + name)
    assert library()["seen"] == 81
    assert library.counts() == (81, 0, 0, 81, 0) and library.read == []


def test_everything_is_read_again_when_somebody_says_so(library):
    library.fill("a.txt", "b/c.txt")
    library()
    assert library.counts(rehash=True) == (2, 0, 2, 0, 0) and sorted(library.read) == ["a.txt", "b/c.txt"]


def test_a_file_that_is_back_is_there_again_without_being_read(library, tmp_path):
    library.fill("a.txt", "b/c.txt", "b/d.txt")
    library()
    (library.folder / "b").rename(tmp_path / "away")
    assert library.counts() == (1, 0, 0, 1, 2)
    assert library.counts() == (1, 0, 0, 1, 0)
    (tmp_path / "away").rename(library.folder / "b")
    assert library.counts() == (3, 0, 0, 3, 0) and library.read == []
    assert library.rows("select distinct state from files where state = 'missing'") == []


def test_new_rules_for_names_are_heard_of_every_file_and_no_file_is_read(library, monkeypatch):
    library.fill("a.txt", "b.txt")
    library()
    monkeypatch.setattr(folders, "VERSION", 99)
    monkeypatch.setattr(folders, "left_alone", lambda name: "of no use" if name == b"a.txt" else None)
    assert library.counts() == (2, 0, 1, 1, 0) and library.read == []
    assert library.rows("select reason from files where name = 'a.txt'") == [("of no use",)]


def test_a_folder_that_cannot_be_read_keeps_its_files_in_the_ledger(library, monkeypatch):
    library.fill("a.txt", "b/c.txt", "b/d/e.txt", "f/g.txt")
    library()
    real = os.open

    def refuse(name, flags, *rest, **more):
        if name == b"b":
            raise PermissionError(13, "Permission denied")
        return real(name, flags, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        assert library.counts() == (3, 1, 0, 2, 0)
        assert library.rows("select files from roots") == [(5,)]
    assert library.counts() == (4, 0, 0, 4, 0)
    assert library.rows("select count(*) from files") == [(4,)]  # the folder's own row is gone


def test_a_folder_that_is_left_out_from_now_on_is_no_part_of_the_input_any_more(library):
    library.fill("a.txt", "mine/b.txt", "mine/c/d.txt")
    library()
    library.path.rename(library.folder / "library")
    library.path = library.folder / "library"
    (library.folder / "mine").rename(library.path / "mine")
    assert library.counts() == (1, 0, 0, 1, 2)


def test_somebody_elses_walk_may_tell_everything_each_time(library):
    class Walker:
        @hookimpl
        def scan(self, location):
            for name in sorted(os.listdir(location.path)):
                status = os.stat(path := location.path + b"/" + name)
                yield Entry(
                    location.path, path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev
                )  # fmt: skip

    library.manager.register(Walker(), name="walker")
    library.fill("a.txt", "b.txt", "c.txt")
    assert library.counts() == (3, 3, 0, 0, 0)
    (library.folder / "b.txt").unlink()
    assert library.counts() == (2, 0, 0, 2, 1) and library.read == []


def test_a_disk_that_is_called_another_number_after_a_restart_is_the_same_disk(library):
    library.fill("a.txt", "b.txt", "c/d.txt")
    library()
    for table in ("files", "roots"):
        library.write(f"update {table} set device = device + 7")
    assert library.counts() == (3, 0, 0, 3, 0) and library.read == []
    (library.folder / "a.txt").unlink()
    assert library.counts() == (2, 0, 0, 2, 1)


def test_an_input_that_was_a_file_and_is_a_folder_now(library):
    library.fill("x")
    assert library.counts(folder=library.folder / "x") == (1, 1, 0, 0, 0)
    (library.folder / "x").unlink()
    library.fill("x/y.txt")
    assert library.counts(folder=library.folder / "x") == (1, 1, 0, 0, 1)


def test_a_job_can_be_stopped_in_the_middle_of_a_huge_folder(library, monkeypatch):
    library.fill(*(f"{number}.txt" for number in range(1500)))
    looks = []

    def look(job, **_):
        looks.append(job)
        if len(looks) > 1:
            job.stop.ask("cancelled")

    monkeypatch.setattr(jobs.Job, "look", look)
    with pytest.raises(jobs.Interrupted):
        library()
    assert library.rows("select count(*) from files") == [(0,)]


# -- what follows when nothing has changed


@pytest.fixture
def album(library, make_picture) -> Library:
    for seed in (1, 2, 3):
        make_picture(library.folder / f"IMG_2019050{seed}_120003.jpg", seed, (64, 48))
    library("export")
    return library


def test_where_nothing_is_due_no_plan_is_made(album, monkeypatch):
    def plan(*_):
        raise AssertionError("a plan was made")

    with monkeypatch.context() as patch:
        patch.setattr(publish, "make_plan", plan)
        summary = album("export")
    assert (summary["unchanged_exports"], summary["planned"], summary["failed"]) == (3, 0, 0)


def test_a_copy_that_somebody_removed_is_made_again(album):
    album("export")
    removed = sorted((album.path / "export").rglob("*.jpg"))[0]
    removed.unlink()
    assert album("export")["copied"] == 1 and removed.exists()
    assert album("export")["copied"] == 0


def test_other_settings_for_the_export_are_obeyed_at_once(album):
    album("export")
    album.chosen["export"] = ExportSettings(name="{year}/pictures/{date}_{time}{ext}")
    assert album("export")["moved"] == 3
    assert album("export")["unchanged_exports"] == 3


def test_what_changed_in_the_input_is_exported(album, make_picture):
    album("export")
    make_picture(album.folder / "IMG_20190509_120003.jpg", 9, (64, 48))
    summary = album("export")
    assert (summary["copied"], summary["unchanged_exports"]) == (1, 3)


def test_the_end_of_a_run_is_worked_out_anew_after_every_change(album, monkeypatch):
    asked = []
    real = ledger.imbalance
    monkeypatch.setattr(ledger, "imbalance", lambda catalog: asked.append(1) or real(catalog))
    album("export")
    album("export")
    assert len(asked) <= 1  # the receipts were new
    asked.clear()
    (album.folder / "notes.txt").write_bytes(b"x")
    album("export")
    assert asked == [1]
    (album.folder / "notes.txt").unlink()
    album("export")
    assert asked == [1, 1]
