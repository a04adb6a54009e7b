"""Copies that are right or not there at all, whatever happens while they are made."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pluggy
import pytest

from mediaparser_core import disk, export, hookspecs
from mediaparser_core.errors import StorageError, ToolError
from mediaparser_core.export import extras, verify
from mediaparser_core.export.destination import STAGING
from mediaparser_core.export.plan import plan
from mediaparser_core.hookspecs import Finished, hookimpl
from mediaparser_core.records import ExportItem, PlanItem, Receipt
from mediaparser_core.settings import ExportSettings, Settings
from mediaparser_plugins import xmp_writer, year_folders


class Pen:
    """A finish_copy that "writes" by adding a line to the end; RAW is left to the XMP writer."""

    @hookimpl
    def finish_copy(self, copy: Path, item: ExportItem, settings: Settings) -> Finished | None:
        if item.format == "cr2":
            return None
        line = f"{item.write_date} {item.write_tags}\n".encode()
        if copy.read_bytes().endswith(line):
            return Finished("untouched")
        with copy.open("ab") as file:
            file.write(line)
        return Finished("embedded")


def manager(*plugins: object) -> pluggy.PluginManager:
    made = pluggy.PluginManager("mediaparser")
    made.add_hookspecs(hookspecs)
    for plugin in (xmp_writer, year_folders, *(plugins or (Pen(),))):
        made.register(plugin)
    return made


@dataclass
class Library:
    """An export with the little that it needs of a catalog."""

    folder: Path
    items: dict[str, ExportItem] = field(default_factory=dict)
    live: dict[str, Receipt] = field(default_factory=dict)
    withdrawn: list[Receipt] = field(default_factory=list)
    plugins: tuple[object, ...] = ()
    clock: int = 0
    options: dict[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return Settings(library=self.folder / "library", timezone="UTC", export=ExportSettings(**self.options))

    @property
    def export(self) -> Path:
        return self.settings.export_path

    def add(self, name: str, data: bytes, taken_at: str | None, **more) -> ExportItem:
        path = self.folder / "in" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        os.utime(path, ns=(0, 1_400_000_000_000_000_000))
        values = {
            "sha256": hashlib.sha256(data).hexdigest(), "kind": "image", "name": name, "ext": path.suffix,
            "format": path.suffix[1:].replace("jpg", "jpeg"), "taken_at": taken_at, "precision": None,
            "utc_offset": None, "level": "high", "source": os.fsencode(path), "size": len(data),
            "mtime_ns": path.stat().st_mtime_ns,
        }  # fmt: skip
        item = ExportItem(**(values | more))
        self.items[item.sha256] = item
        return item

    def change(self, item: ExportItem, **more) -> None:
        self.items[item.sha256] = replace(self.items[item.sha256], **more)

    def plan(self, **more) -> list[PlanItem]:
        made = manager(*self.plugins)
        rows = plan(
            self.items.values(),
            self.live.values(),
            lambda item: made.hook.name_export(item=item, settings=self.settings),
            settings=self.settings,
            withdrawn=self.withdrawn,
            **more,
        )
        return list(rows)

    def now(self) -> str:
        self.clock += 1
        return f"{self.clock:09d}"

    def record(self, receipt: Receipt, instead_of: str | None) -> None:
        if instead_of:
            self.withdrawn.append(self.live.pop(instead_of))
        assert receipt.target not in self.live
        self.live[receipt.target] = receipt

    def withdraw(self, target: str, at: str) -> None:
        self.withdrawn.append(self.live.pop(target))

    def run(self, rows: list[PlanItem] | None = None, **more) -> export.Outcome:
        calls = {"record": self.record, "withdrawn": self.withdraw, "now": self.now} | more
        return export.apply(self.plan() if rows is None else rows, self.settings, manager(*self.plugins), **calls)

    def tree(self) -> dict[str, tuple[bytes, int]]:
        """Every file of the export: its bytes and its time; of the folders, only that they are there."""
        return {
            path.relative_to(self.export).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
            if path.is_file()
            else (b"", 0)
            for path in self.export.rglob("*")
        }

    def names(self) -> set[str]:
        return {path.relative_to(self.export).as_posix() for path in self.export.rglob("*") if path.is_file()}


@pytest.fixture
def library(tmp_path) -> Library:
    return Library(tmp_path)


def three(library: Library) -> tuple[ExportItem, ExportItem, ExportItem]:
    """One to be copied as it is, one to be written into, one that gets a sidecar."""
    return (
        library.add("a.jpg", b"first", "2019-05-04T12:00:03"),
        library.add("b.jpg", b"second", "2019-05-04T12:00:03.5", write_date="2019-05-04T12:00:03.5"),
        library.add("c.cr2", b"third", "2020-01-01T00:00:00", write_date="2020-01-01T00:00:00", write_tags=("a & b",)),
    )


def test_copies_are_made_written_into_and_read_back(library):
    first, _, _ = three(library)
    outcome = library.run()
    assert (outcome.copied, outcome.failures, outcome.sidecars, outcome.bytes) == (3, [], 1, 16)
    tree = library.tree()
    assert {name: data for name, (data, _) in tree.items() if name.endswith((".jpg", ".cr2"))} == {
        "2019/20190504_120003.jpg": b"first",
        "2019/20190504_120003_2.jpg": b"second2019-05-04T12:00:03.5 ()\n",
        "2020/20200101_000000.cr2": b"third",
    }
    assert b"<rdf:li>a &amp; b</rdf:li>" in tree["2020/20200101_000000.cr2.xmp"][0]
    assert tree["2020/20200101_000000.cr2"][1] == tree["2020/20200101_000000.cr2.xmp"][1] == 1577836800_000000000
    assert tree["2019/20190504_120003_2.jpg"][1] == 1556971203_500000000
    for receipt in library.live.values():
        assert hashlib.sha256(tree[receipt.target][0]).hexdigest() == receipt.written_sha256
    assert library.live["2019/20190504_120003.jpg"].written_sha256 == first.sha256
    assert library.live["2020/20200101_000000.cr2"].sidecar == "2020/20200101_000000.cr2.xmp"


def test_a_second_run_touches_nothing(library):
    three(library)
    library.run()
    before = {path: path.stat() for path in library.export.rglob("*")}
    outcome = library.run()
    assert (outcome.kept, outcome.copied, outcome.failures) == (3, 0, [])
    assert {path: path.stat().st_ctime_ns for path in library.export.rglob("*")} == {
        path: status.st_ctime_ns for path, status in before.items()
    }


def test_without_metadata_only_bytes_are_copied(library):
    library.options = {"metadata": "none"}
    three(library)
    assert library.run().sidecars == 0
    assert sorted(data for data, _ in library.tree().values() if data) == [b"first", b"second", b"third"]


def test_what_has_changed_is_moved_written_anew_or_withdrawn(library):
    first, second, third = three(library)
    library.run()
    library.change(first, taken_at="2021-01-01T00:00:00")
    library.change(second, write_tags=("tag",))
    library.change(third, taken_at="2021-02-02T00:00:00")
    outcome = library.run()
    assert (outcome.moved, outcome.rewritten, outcome.failures) == (2, 1, [])
    tree = library.tree()
    assert set(tree) == {
        "2019", "2019/20190504_120003_2.jpg", "2021", "2021/20210101_000000.jpg", "2021/20210202_000000.cr2",
        "2021/20210202_000000.cr2.xmp",
    }  # fmt: skip
    assert tree["2021/20210101_000000.jpg"][1] == 1609459200_000000000, "its time is that of the picture"
    assert tree["2019/20190504_120003_2.jpg"][0].endswith(b"('tag',)\n")
    for item in (second, third):
        del library.items[item.sha256]
    assert library.run().withdrawn == 2
    assert library.names() == {"2021/20210101_000000.jpg"}


def test_a_file_that_is_not_ours_stays_where_it_is(library):
    three(library)
    theirs = library.export / "2019/20190504_120003.jpg"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"theirs")
    (library.export / "2020").mkdir()
    (library.export / "2020/20200101_000000.cr2.xmp").write_bytes(b"their sidecar")
    outcome = library.run()
    assert sorted(failure.target for failure in outcome.failures) == [
        "2019/20190504_120003.jpg",
        "2020/20200101_000000.cr2",
    ]
    assert all("not ours; move it away" in failure.message for failure in outcome.failures)
    assert theirs.read_bytes() == b"theirs"
    assert library.names() == {
        "2019/20190504_120003.jpg", "2019/20190504_120003_2.jpg", "2020/20200101_000000.cr2.xmp",
    }  # fmt: skip
    theirs.unlink()
    assert library.run().copied == 1, "and when it is gone, the copy gets its name"


def test_a_copy_that_somebody_changed_is_left_to_them(library):
    first, second, third = three(library)
    library.run()
    for target in list(library.live):
        (library.export / target).write_bytes(b"edited")
    library.change(first, taken_at="2021-01-01T00:00:00")
    library.change(second, write_tags=("tag",))
    del library.items[third.sha256]
    outcome = library.run()
    assert len(outcome.failures) == 3 and all("was changed since" in failure.message for failure in outcome.failures)
    assert (
        sorted(data for name, (data, _) in library.tree().items() if name.endswith(("jpg", "cr2"))) == [b"edited"] * 3
    )
    assert "2020/20200101_000000.cr2.xmp" in library.names(), "both or none"


def test_a_name_that_could_not_be_given_up_goes_to_nobody(library):
    """As after a backup of the catalog was put back: the name has the copy that we made for its next owner already."""
    library.options = {"metadata": "none"}
    first, second, _ = three(library)
    library.run()
    del library.items[first.sha256]
    (library.export / "2019/20190504_120003.jpg").write_bytes(b"fourth")
    fourth = library.add("d.jpg", b"fourth", "2019-05-04T12:00:03")
    library.change(second, taken_at="2019-05-04T12:00:03.7")
    outcome = library.run()
    assert [f.sha256 for f in outcome.failures] == [first.sha256, fourth.sha256]
    assert library.live["2019/20190504_120003.jpg"].sha256 == first.sha256
    (library.export / "2019/20190504_120003.jpg").unlink()
    assert library.run().failures == []
    assert library.live["2019/20190504_120003.jpg"].sha256 == fourth.sha256


def test_a_sidecar_that_somebody_changed_is_left_with_its_copy(library):
    _, _, third = three(library)
    library.run()
    (library.export / "2020/20200101_000000.cr2.xmp").write_bytes(b"developed")
    library.change(third, taken_at="2021-01-01T00:00:00")
    assert [failure.target for failure in library.run().failures] == ["2021/20210101_000000.cr2"]
    del library.items[third.sha256]
    assert len(library.run().failures) == 1
    assert {"2020/20200101_000000.cr2", "2020/20200101_000000.cr2.xmp"} <= library.names()


def test_an_original_that_changed_is_one_failure_among_good_copies(library):
    first, second, _ = three(library)
    Path(os.fsdecode(first.source)).write_bytes(b"First")
    Path(os.fsdecode(second.source)).unlink()
    outcome = library.run()
    assert outcome.copied == 1
    assert ["run 'mediaparser scan' again" in f.message for f in outcome.failures].count(True) == 1
    assert ["cannot be opened" in f.message for f in outcome.failures].count(True) == 1
    assert not any("jpg" in name for name in library.names())


def test_a_copy_that_is_gone_is_made_again(library):
    _, _, third = three(library)
    library.run()
    before = library.tree()
    (library.export / "2019/20190504_120003.jpg").unlink()
    library.run(library.plan(lost=["2019/20190504_120003.jpg"]))
    assert library.tree() == before
    (library.export / "2020/20200101_000000.cr2").unlink()
    library.change(third, taken_at="2021-01-01T00:00:00")
    library.run()
    assert {"2021/20210101_000000.cr2", "2021/20210101_000000.cr2.xmp"} <= library.names()
    assert not any(name.startswith("2020") for name in library.tree())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ToolError("ExifTool died"), "ExifTool died"),
        (ValueError("oops\x1b"), "a plugin failed: ValueError: oops"),
    ],
)
def test_a_plugin_that_fails_spoils_one_copy(library, error, words):
    class Broken:
        @hookimpl
        def finish_copy(self, item):
            if item.format == "jpeg":
                raise error

    library.plugins = (Broken(),)
    three(library)
    outcome = library.run()
    assert [words in failure.message for failure in outcome.failures] == [True]
    assert len(library.names()) == 3 and not (library.export / STAGING).exists()


class Scribe:
    """A finish_copy that gives the whole new file."""

    @hookimpl
    def finish_copy(self, copy: Path, item: ExportItem) -> Finished:
        return Finished("embedded", data=b"dated " + copy.read_bytes())


def test_a_plugin_may_give_the_whole_copy(library):
    library.plugins = (Scribe(),)
    for item in three(library):
        library.change(item, write_date="2019-05-04")
    assert library.run().copied == 3
    told = {receipt.written_sha256 for receipt in library.live.values()}
    assert told == {hashlib.sha256(b"dated " + word).hexdigest() for word in (b"first", b"second", b"third")}
    assert {data for data, _ in library.tree().values() if data} == {b"dated first", b"dated second", b"dated third"}


@pytest.mark.parametrize("plugin", [Scribe(), None])
def test_what_the_disk_does_not_keep_is_not_published(library, plugin, monkeypatch):
    """Every copy is another one when it is read back."""
    library.plugins = (plugin,) if plugin else ()
    if plugin is None:
        library.options = {"metadata": "none"}
    for item in three(library):
        library.change(item, write_date="2019-05-04")
    seal = disk.seal

    def fail(staged, *given):
        with staged.path.open("r+b") as file:
            file.write(b"X")
        return seal(staged, *given)

    monkeypatch.setattr(disk, "seal", fail)
    outcome = library.run()
    assert len(outcome.failures) == 3 and outcome.copied == 0 and not library.live and not library.names()
    assert all("does not read back as it was written; check the disk" in each.message for each in outcome.failures)


@pytest.mark.parametrize("metadata", ["copy", "none"])
def test_an_original_that_changed_is_no_copy_of_what_was_catalogued(library, metadata):
    library.options = {"metadata": metadata}
    for item in three(library):
        library.change(item, write_date="2019-05-04")
        path = Path(os.fsdecode(item.source))
        path.write_bytes(path.read_bytes()[::-1])
    outcome = library.run()
    assert ["has changed since it was scanned" in each.message for each in outcome.failures] == [True] * 3
    assert not library.live and not library.names()


def test_who_gives_up_writing_leaves_no_trace_of_it(library):
    """A sidecar means that the copy is the original, byte for byte, whatever was tried before."""

    class GivesUp:
        @hookimpl
        def finish_copy(self, copy, item):
            copy.write_bytes(b"half written")
            return Finished("sidecar", b"<xmp/>", "it was damaged")

    library.plugins = (GivesUp(),)
    three(library)
    library.run()
    assert sorted(data for data, _ in library.tree().values() if data) == [
        b"<xmp/>",
        b"<xmp/>",
        b"first",
        b"second",
        b"third",
    ]


def test_hard_links_are_never_written_into(library):
    library.options = {"link": "hardlink"}
    first, second, third = three(library)
    library.run()
    links = {name: (library.export / name).stat().st_nlink for name in library.names()}
    assert links == {
        "2019/20190504_120003.jpg": 2, "2019/20190504_120003_2.jpg": 1, "2020/20200101_000000.cr2": 1,
        "2020/20200101_000000.cr2.xmp": 1,
    }  # fmt: skip
    for item in (first, second, third):
        path = Path(os.fsdecode(item.source))
        assert hashlib.sha256(path.read_bytes()).hexdigest() == item.sha256
        assert path.stat().st_mtime_ns == item.mtime_ns


def test_it_stops_when_asked_and_goes_on_later(library):
    three(library)
    answers = iter([False, True])
    outcome = library.run(stop=lambda: next(answers))
    assert outcome.stopped and outcome.copied == 1 and len(library.names()) == 1
    done: list[PlanItem] = []
    assert library.run(progress=done.append).copied == 2
    assert len(done) == 2


# -- disks that refuse


def small_disk(folder: Path, size: str) -> Callable[[], object]:
    folder.mkdir(parents=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip("only root may mount a small disk")
    return lambda: subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("sizes_known", [True, False])
def test_a_full_disk_ends_the_run_with_one_line_and_nothing_half_done(library, sizes_known):
    umount = small_disk(library.export, "1m")
    try:
        for number in range(4):
            item = library.add(f"{number}.jpg", random.Random(number).randbytes(400_000), f"2019-05-04T12:00:0{number}")
            library.change(item, size=item.size if sizes_known else 0)
        with pytest.raises(
            StorageError, match=r"need 0.00 GB" if sizes_known else "the disk is full; make room"
        ) as caught:
            library.run()
        assert "\n" not in str(caught.value)
        assert len(library.names()) == len(library.live) == (0 if sizes_known else 2)
        assert not (library.export / STAGING).exists()
        for receipt in library.live.values():
            assert hashlib.sha256((library.export / receipt.target).read_bytes()).hexdigest() == receipt.written_sha256
    finally:
        umount()


def test_an_export_that_can_only_be_read_is_said_in_one_line(library):
    three(library)
    library.run()
    umount = small_disk(library.folder / "ro", "1m")
    try:
        subprocess.run(["mount", "-o", "remount,ro", str(library.folder / "ro")], check=True)
        library.options = {"path": str(library.folder / "ro")}
        with pytest.raises(StorageError, match=r"ro/?.*can only be read"):
            library.run()
    finally:
        umount()


# -- killed anywhere

_STEPS = ("link", "unlink", "replace", "rename", "rmdir", "mkdir", "fsync", "utime", "fchmod", "write")


def _dying(library: Library, at: int, rows: Iterable[PlanItem]) -> int:
    """Run in a child that kills itself before its *at*-th step on disk or catalog; how many steps it made."""
    log = library.folder / "steps"
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return int(log.read_text() or 0) if log.exists() else 0
    steps = 0

    def counted(function):
        def call(*arguments, **named):
            nonlocal steps
            steps += 1
            if steps == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **named)

        return call

    try:
        for name in _STEPS:
            setattr(os, name, counted(getattr(os, name)))
        kept = _Journal(library)
        library.run(list(rows), record=counted(kept.record), withdrawn=counted(kept.withdraw))
        log.write_text(str(steps))
    finally:
        os._exit(0)


class _Journal:
    """Receipts that outlive the process: one line each, as the catalog commits them."""

    def __init__(self, library: Library) -> None:
        self._path, self._library = library.folder / "journal", library

    def record(self, receipt: Receipt, instead_of: str | None) -> None:
        with self._path.open("a") as file:
            file.write(f"{(receipt, instead_of)!r}\n")

    def withdraw(self, target: str, at: str) -> None:
        with self._path.open("a") as file:
            file.write(f"{(None, target)!r}\n")

    def replay(self) -> None:
        for line in self._path.read_text().splitlines() if self._path.exists() else ():
            receipt, target = eval(line, {"Receipt": Receipt})
            if receipt:
                self._library.record(receipt, target)
            else:
                self._library.withdraw(target, "")
        self._path.unlink(missing_ok=True)


def test_killed_at_any_step_and_run_again_it_ends_in_the_same_tree(tmp_path, monkeypatch):
    """Copies, sidecars, a move, a copy written anew in place and elsewhere, a circle, a withdrawal."""
    monkeypatch.setattr(os, "fsync", lambda fd: None)  # what a killed process wrote is there all the same
    start = Library(tmp_path / "start")
    start.folder.mkdir()
    three(start)
    moved = start.add("d.cr2", b"fourth", "2018-01-01T00:00:00", write_date="2018-01-01T00:00:00")
    anew = start.add("e.jpg", b"fifth", "2018-02-01T00:00:00", write_tags=("a",))
    turning = [start.add(f"t{n}.jpg", b"turn%d" % n, f"2017-01-01T00:00:0{n}", write_date="x") for n in range(2)]
    gone = start.add("g.cr2", b"gone", "2016-01-01T00:00:00", write_tags=("z",))
    start.run()

    def change(library: Library) -> None:
        library.change(moved, taken_at="2018-01-01T00:00:09")
        library.change(anew, write_tags=("b",))
        for n, item in enumerate(turning):
            library.change(item, taken_at=f"2017-01-01T00:00:0{1 - n}", write_date="y")
        del library.items[gone.sha256]
        library.add("n.cr2", b"new", "2022-01-01T00:00:00", write_tags=("n",))
        library.add("m.jpg", b"new too", "2022-01-01T00:00:00")

    def copy(name: str) -> Library:
        shutil.copytree(start.folder, tmp_path / name, symlinks=True)
        made = replace(start, folder=tmp_path / name, items=dict(start.items), live=dict(start.live),
                       withdrawn=list(start.withdrawn))  # fmt: skip
        change(made)
        return made

    whole = copy("whole")
    actions = {row.action for row in whole.plan()}
    steps = _dying(whole, -1, whole.plan())
    _Journal(whole).replay()
    assert actions == {"copy", "move", "rewrite", "withdraw", "keep"} and steps > 60
    wanted, names = whole.tree(), {receipt.sha256: target for target, receipt in whole.live.items()}
    assert {row.action for row in whole.plan()} == {"keep"}
    for at in range(1, steps + 1):
        library = copy(f"killed-{at}")
        _dying(library, at, library.plan())
        _Journal(library).replay()
        outcome = library.run()
        assert not outcome.failures, f"killed before step {at}: {outcome.failures}"
        assert library.tree() == wanted, f"killed before step {at}"
        assert {receipt.sha256: target for target, receipt in library.live.items()} == names
        shutil.rmtree(library.folder)


# -- further files, and is it still what we wrote


def test_further_files_follow_what_plugins_want(library):
    settings = library.settings
    assert list(extras.publish_extras({"index.html": b"1", "a/b.m3u": b"2"}, {}, settings)) == [
        ("a/b.m3u", hashlib.sha256(b"2").hexdigest()),
        ("index.html", hashlib.sha256(b"1").hexdigest()),
    ]
    known = {"index.html": hashlib.sha256(b"1").hexdigest(), "a/b.m3u": hashlib.sha256(b"2").hexdigest()}
    assert list(extras.publish_extras({"index.html": b"1", "a/b.m3u": b"2"}, known, settings)) == []
    assert list(extras.publish_extras({"index.html": b"3"}, known, settings)) == [
        ("a/b.m3u", None),
        ("index.html", hashlib.sha256(b"3").hexdigest()),
    ]
    assert library.names() == {"index.html"}
    (library.export / "index.html").write_bytes(b"mine")
    failures = list(extras.publish_extras({"index.html": b"4", "../x": b"5"}, {"index.html": "0"}, settings))
    assert [type(failure) for failure in failures] == [export.Failure, export.Failure]
    assert (library.export / "index.html").read_bytes() == b"mine"


def test_one_flipped_bit_is_found_among_copies_sidecars_and_originals(library):
    items = three(library)
    library.run()
    receipts, root = list(library.live.values()), library.export
    originals = [(item.source, item.sha256) for item in items]
    assert list(verify.verify(receipts, root)) == list(verify.verify_originals(originals)) == []
    for name in sorted(library.names()):
        path = root / name
        data, status = path.read_bytes(), path.stat()
        path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert [(problem.path, problem.what) for problem in verify.verify(receipts, root)] == [(name, "changed")]
        path.write_bytes(data)
    (root / "2019/20190504_120003.jpg").unlink()
    (root / "2019/20190504_120003_2.jpg").unlink()
    os.mkfifo(root / "2019/20190504_120003_2.jpg")
    assert sorted(problem.what for problem in verify.verify(receipts, root)) == ["missing", "unreadable"]
    Path(os.fsdecode(originals[0][0])).write_bytes(b"f1rst")
    assert [problem.what for problem in verify.verify_originals(originals)] == ["changed"]
