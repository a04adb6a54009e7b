"""Every benchmark starts, and some of them run over a handful of files, so that they are ready when somebody measures."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

BENCH = Path(__file__).parents[1] / "benchmarks"
PARTS = {"duplicates_scale"}  # started by others, with arguments of their own
COMMANDS = sorted(
    path.stem for path in BENCH.glob("*.py") if "__main__" in path.read_text("utf-8") and path.stem not in PARTS
)
COPIER = """
import pathlib, shutil, sys
words = sys.argv[1:]
source, target = (words[words.index(name) + 1] for name in ("--source", "--destination")) if "import" in words else words[-2:]
assert ("-c" in words) == ("import" not in words)
for path in pathlib.Path(source).rglob("*.jpg"):
    pathlib.Path(target).mkdir(exist_ok=True)
    shutil.copy2(path, target)
    path.unlink() if "import" in words else None
"""


def run(name: str, *words: object, folder: Path | None = None) -> str:
    done = subprocess.run(
        [sys.executable, BENCH / f"{name}.py", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def pictures(tmp_path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(3):
        exif = Image.Exif()
        exif[0x0110] = "Camera"
        exif[0x0132] = f"2019:05:04 12:00:0{number}"
        exif.get_ifd(0x8769)[0x9003] = f"2019:05:04 12:00:0{number}"
        Image.effect_noise((320, 240), 40 + number).convert("RGB").save(folder / f"IMG_{number}.jpg", exif=exif)
    return folder


def cells(table: str) -> dict[str, list[str]]:
    """The rows of every table in *table*, by their first cell."""
    rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in table.splitlines() if line.startswith("| ")]
    return {row[0]: row[1:] for row in rows}


@pytest.mark.parametrize("name", COMMANDS)
def test_it_says_what_it_does(name, tmp_path):
    assert "usage:" in run(name, "--help", folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_page_lists_every_command_and_no_other():
    listed = set(re.findall(r"^\| `(\w+)\.py", (BENCH / "README.md").read_text("utf-8"), re.MULTILINE))
    assert listed == set(COMMANDS)


def test_reading_is_compared_with_the_floor_and_with_other_programs(pictures, tmp_path):
    before = {path: path.read_bytes() for path in pictures.iterdir()}
    for name in ("phockup", "elodie"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.py").write_text(COPIER)
    lists = f"{sys.executable} -c 'import os,sys;os.listdir(sys.argv[1])' {{}}"
    told = run(
        "ingest", pictures, "--rounds", 1, "--work", tmp_path, "--peer", f"lists them={lists}",
        "--phockup", tmp_path / "phockup", "--elodie", f"{tmp_path / 'elodie'},{sys.executable}",
    )  # fmt: skip
    rows = cells(told)
    assert {"`mediaparser scan`", "lists them"} <= set(rows) and any(name.startswith("floor") for name in rows)
    for name in ("`mediaparser run`", "phockup", "elodie (one thread)"):
        assert rows[name][1] == "3", told  # files that it copied
    assert [float(cell) >= 0 for cell in rows["phockup"][2:9]] == [True] * 7
    assert {path: path.read_bytes() for path in pictures.iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elodie", "phockup", "pictures"]


def test_a_peer_that_is_not_there_is_told_at_once(pictures, tmp_path):
    for words in (("--phockup", tmp_path / "nowhere"), ("--czkawka", tmp_path / "python")):
        with pytest.raises(AssertionError, match="no (folder|program) "):
            run("ingest", pictures, *words)


@pytest.mark.skipif(not shutil.which("exiftool"), reason="writes dates with ExifTool for comparison")
def test_copies_are_compared_with_cp(pictures, tmp_path):
    rows = cells(run("export", pictures, "--rounds", 1, "--work", tmp_path))
    assert {"`cp -a` and `sync`", "export, each copy read back", "export, every date written"} <= set(rows)


def test_a_second_run_is_compared_with_find(tmp_path):
    rows = cells(run("rescan", "--files", 100, "--rounds", 1, "--work", tmp_path))
    assert "`find -printf`" in rows and len(rows) >= 3
