"""Seven ways in which a system refuses, at three kinds of work: one clear line, nothing lost, and the next run completes."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from . import trials

SQLITE = "pwrite64,write"


@pytest.fixture(scope="module")
def originals(tmp_path_factory) -> Path:
    return trials.household(tmp_path_factory.mktemp("few") / "in", 4)


@pytest.fixture(autouse=True)
def _without_exiftool(monkeypatch):
    monkeypatch.setenv("MEDIAPARSER_EXIFTOOL", "")  # what it does to faults is the trials' business; this is about ours


@pytest.fixture(scope="module")
def scanned(tmp_path_factory, originals) -> Path:
    """A library that was scanned, before anything was exported or decided."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDIAPARSER_EXIFTOOL", "")
        library = tmp_path_factory.mktemp("scanned") / "library"
        assert trials.run(library, "run", originals, "--no-export").returncode in (0, 3)
        return library


@pytest.fixture(scope="module")
def expected(tmp_path_factory, originals, scanned) -> dict:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDIAPARSER_EXIFTOOL", "")
        library = Path(shutil.copytree(scanned, tmp_path_factory.mktemp("expected") / "library"))
        assert trials.run(library, "run", originals).returncode in (0, 3)
        return trials.told(library)


def one_line(ended, *words: str) -> None:
    """It failed with one line that a person understands."""
    lines = [line for line in ended.said.splitlines() if line.startswith("Error")]
    assert ended.code == 1 and len(lines) == 1, (ended.code, ended.said)
    assert "Traceback" not in ended.said and "mistake in the program" not in ended.said, ended.said
    assert any(re.search(word, lines[0], re.IGNORECASE) for word in words), lines[0]


def completes(library: Path, originals: Path, expected: dict) -> None:
    again = trials.run(library, "run", originals)
    assert again.returncode in (0, 3), again.stderr
    assert trials.differences(trials.told(library), expected) == []


def decisions(library: Path) -> list[tuple]:
    with closing(sqlite3.connect(library / "decisions.db")) as conn:
        assert conn.execute("pragma integrity_check").fetchone() == ("ok",)
        return conn.execute("select verb, value from decisions").fetchall()


# -- scan ------------------------------------------------------------------------------------------------------------------


def test_scan_on_a_full_disk(originals, expected, tmp_path, disturb, mount):
    disk = tmp_path / "disk"
    disk.mkdir()
    with mount("-t", "tmpfs", "-o", "size=150k", "tmpfs", str(disk)):
        one_line(disturb(disk / "library", "scan", originals), "full")
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        completes(disk / "library", originals, expected)


@pytest.mark.parametrize(
    ("name", "fault", "words"),
    [
        ("EIO", f"{SQLITE},fsync,fdatasync:error=EIO:when=30+", ("error", "disk")),
        ("EXDEV", "rename,renameat,renameat2,link,linkat:error=EXDEV:when=1+", ("another disk",)),
        ("EACCES", "mkdir,mkdirat:error=EACCES:when=1+", ("permi",)),
    ],
)
def test_scan_when_the_librarys_disk_refuses(name, fault, words, originals, expected, tmp_path, disturb):
    library = tmp_path / "library"
    if name == "EIO":
        assert trials.run(library, "plan").returncode in (0, 1)
        ended = disturb(library, "scan", originals, inject=fault.replace("write,", ""))
    else:
        ended = disturb(library, "scan", originals, inject=fault)
    if ended.code not in (0, 3):  # it may have needed nothing of the kind
        one_line(ended, *words)
    completes(library, originals, expected)


@pytest.mark.parametrize("error", ["EIO", "EACCES"])
def test_scan_when_an_original_cannot_be_read(error, originals, expected, tmp_path, disturb):
    library, path = tmp_path / "library", originals / "album 1/IMG_0001.JPG"
    calls = "openat" if error == "EACCES" else "read,pread64"
    ended = disturb(library, "scan", originals, inject=f"{calls}:error={error}:when=1+", path=path)
    assert ended.code == 3 and "Traceback" not in ended.said
    with closing(sqlite3.connect(library / "catalog.db")) as conn:
        states = dict(conn.execute("select name, state from files"))
        (reason,) = conn.execute("select reason from files where name = 'IMG_0001.JPG'").fetchone()
    assert states.pop("IMG_0001.JPG") == "troubled" and reason
    assert "troubled" not in states.values()
    completes(library, originals, expected)


def test_scan_on_a_disk_that_can_only_be_read(originals, expected, scanned, tmp_path, disturb, mount):
    library = Path(shutil.copytree(scanned, tmp_path / "library"))
    with mount("--bind", str(library), str(library)):
        subprocess.run(["mount", "-o", "remount,ro,bind", library], check=True)
        one_line(disturb(library, "scan", originals), "read-only", "cannot be")
    completes(library, originals, expected)


def test_scan_with_too_few_descriptors(originals, expected, tmp_path, disturb):
    library = tmp_path / "library"
    ended = disturb(library, "scan", originals, files=12)
    if ended.code not in (0, 3):
        one_line(ended, "too many", "descriptors", "cannot be")
    completes(library, originals, expected)


@pytest.mark.parametrize("command", ["scan", "export", "decide"])
def test_interrupted_calls_are_made_again(command, originals, expected, scanned, tmp_path, disturb):
    """EINTR is no error: the call is made again, and nobody hears of it."""
    library = Path(shutil.copytree(scanned, tmp_path / "library"))
    words = {"scan": ("scan", originals, "--rehash"), "export": ("export",), "decide": ("decide", "tag", originals / "album 1/IMG_0001.JPG", "x")}[command]  # fmt: skip
    paths = [
        library / name
        for name in ("catalog.db", "catalog.db-wal", "decisions.db", "decisions.db-wal", ".lock", "export")
    ]
    paths.append(originals / "album 1/IMG_0001.JPG")
    ended = disturb(library, *words, inject="openat,pread64,pwrite64,read:error=EINTR:when=1+7", path=paths)
    assert ended.code in (0, 3), ended.said
    if command == "decide":
        assert decisions(library) == [("tag", "x")]
        assert trials.run(library, "undo").returncode == 0
        with closing(sqlite3.connect(library / "decisions.db")) as conn:
            assert conn.execute("select count(*) from decisions").fetchone() == (2,)
    else:
        completes(library, originals, expected)


# -- export ----------------------------------------------------------------------------------------------------------------


def test_export_on_a_full_disk(originals, expected, scanned, tmp_path, disturb, mount, monkeypatch):
    library = Path(shutil.copytree(scanned, tmp_path / "library"))
    (library / "export").mkdir()
    with mount("-t", "tmpfs", "-o", "size=12k", "tmpfs", str(library / "export")):
        one_line(disturb(library, "export"), "full")
        subprocess.run(["mount", "-o", "remount,size=64m", library / "export"], check=True)
        completes(library, originals, expected)


def test_export_to_a_disk_that_can_only_be_read(originals, expected, scanned, tmp_path, disturb, mount):
    library = Path(shutil.copytree(scanned, tmp_path / "library"))
    (library / "export").mkdir()
    with mount("-t", "tmpfs", "-o", "ro", "tmpfs", str(library / "export")):
        one_line(disturb(library, "export"), "only be read")
    completes(library, originals, expected)


def test_export_into_a_folder_that_is_another_disk(originals, expected, scanned, tmp_path, disturb, mount):
    """A year's folder is a mount: nothing can be renamed into it."""
    library = Path(shutil.copytree(scanned, tmp_path / "library"))
    (library / "export/2019").mkdir(parents=True)
    with mount("-t", "tmpfs", "tmpfs", str(library / "export/2019")):
        one_line(disturb(library, "export"), "another disk")
        assert not [path for path in (library / "export/2019").rglob("*") if path.is_file()]
    completes(library, originals, expected)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("fsync:error=EIO:when=3+", ("reports an error",)),
        ("mkdir,mkdirat:error=EACCES:when=1+", ("not permitted",)),
        ("link,linkat:error=EIO:when=2", ("reports an error",)),
    ],
)
def test_export_when_its_disk_refuses(fault, words, originals, expected, scanned, tmp_path, disturb):
    library = Path(shutil.copytree(scanned, tmp_path / "library"))
    one_line(disturb(library, "export", inject=fault), *words)
    completes(library, originals, expected)


@pytest.mark.parametrize("command", ["export", "decide"])
def test_with_too_few_descriptors(command, originals, expected, scanned, tmp_path, disturb):
    library = Path(shutil.copytree(scanned, tmp_path / "library"))
    words = ("export",) if command == "export" else ("decide", "tag", originals / "album 1/IMG_0001.JPG", "x")
    ended = disturb(library, *words, files=9)
    if ended.code not in (0, 3):
        one_line(ended, "too many", "descriptors", "cannot be", "unable to open")
        assert command != "decide" or decisions(library) == []
    elif command == "decide":
        assert decisions(library) == [("tag", "x")]
        return
    completes(library, originals, expected)


# -- decide ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "calls", "words"),
    [
        ("ENOSPC", "pwrite64,ftruncate,fallocate", ("full",)),
        ("EIO", "pwrite64,fsync,fdatasync", ("error",)),
        ("EACCES", "openat", ("cannot be opened", "permi", "unable to open", "read-only", "readonly")),
        ("EXDEV", "rename,link", ()),
    ],
)
def test_decide_when_the_disk_refuses(name, calls, words, originals, expected, scanned, tmp_path, disturb):
    library = Path(shutil.copytree(scanned, tmp_path / "library"))
    path = library / ("decisions.db" if name == "EACCES" else "decisions.db-wal")
    said = ("decide", "discard", originals / "album 1/IMG_0001.JPG")
    ended = disturb(library, *said, inject=f"{calls}:error={name}:when=1+", path=path)
    if words:
        one_line(ended, *words)
        assert decisions(library) == []
        assert trials.run(library, *said).returncode == 0
    else:
        assert ended.code == 0  # a decision is one file: nothing in it can cross to another disk
    assert decisions(library) == [("discard", None)]
    assert trials.run(library, "undo").returncode == 0
    again = trials.run(library, "run", originals)
    assert again.returncode in (0, 3)
    assert trials.differences(trials.told(library) | {"decisions": []}, expected) == []


def test_decide_on_a_disk_that_can_only_be_read(originals, scanned, tmp_path, disturb, mount):
    library = Path(shutil.copytree(scanned, tmp_path / "library"))
    said = ("decide", "discard", originals / "album 1/IMG_0001.JPG")
    with mount("--bind", str(library), str(library)):
        subprocess.run(["mount", "-o", "remount,ro,bind", library], check=True)
        one_line(disturb(library, *said), "read-only", "cannot be")
    assert decisions(library) == []
    assert trials.run(library, *said).returncode == 0
    assert decisions(library) == [("discard", None)]
