"""The demo library is what it says: the same bytes every time, every kind of mess, and an honest truth."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import defaultdict
from datetime import datetime
from itertools import combinations
from pathlib import Path

import imagehash
import pytest
from PIL import Image, ImageOps

from mediaparser_core.group import group
from mediaparser_core.records import Look
from mediaparser_core.settings import Settings
from mediaparser_plugins import best_quality, bursts, lookalikes

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "demo_library.py"


def make(out: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(SCRIPT), str(out), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def libraries(tmp_path_factory) -> list[Path]:
    """The smallest demo library, made twice."""
    folder = tmp_path_factory.mktemp("demo")
    runs = [(folder / name, make(folder / name, "--files", "48", "--seed", "3")) for name in ("one", "two")]
    for _, run in runs:
        _, said = run.communicate(timeout=120)
        assert run.returncode == 0, said
    return [out for out, _ in runs]


@pytest.fixture(scope="module")
def library(libraries) -> Path:
    return libraries[0]


@pytest.fixture(scope="module")
def truth(library) -> list[dict]:
    return json.loads((library / "truth.json").read_text("utf-8"))["files"]


def picture_files(truth) -> list[dict]:
    return [row for row in truth if row["kind"] in ("photo", "screenshot") and row["change"] != "cut short"]


def test_the_same_arguments_give_the_same_library(libraries):
    one, two = (
        {
            path.relative_to(out): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in out.rglob("*")
            if path.is_file()
        }
        for out in libraries
    )
    assert one.keys() == two.keys()
    different = [path for path in one if one[path] != two[path] and path.name != "truth.json"]
    assert different == []


def test_truth_knows_every_file_and_nothing_else(library, truth):
    assert {row["path"] for row in truth} | {"truth.json"} == {
        str(path.relative_to(library)) for path in library.rglob("*") if path.is_file()
    }
    assert len(truth) == 48


def test_every_kind_of_mess_is_there(library, truth):
    kinds = {row["kind"] for row in truth}
    assert kinds == {"photo", "screenshot", "video", "sidecar", "other"}
    names = " ".join(row["path"] for row in truth)
    for sign in (
        "PXL_",
        "WhatsApp",
        "Takeout",
        "1987 Summer",
        "[FORCE]",
        "{oma,see}",
        "🎄",
        "ü",
        ".xmp",
        "Backup",
        ".txt",
    ):
        assert sign in names
    assert {row["change"] for row in truth} >= {
        "bytes",
        "resized",
        "recompressed",
        "messenger",
        "brightened",
        "cut short",
    }
    assert sum(not (library / row["path"]).stat().st_size for row in truth) == 1


def test_the_broken_picture_is_broken_and_the_others_are_not(library, truth):
    for row in picture_files(truth):
        with Image.open(library / row["path"]) as image:
            image.load()
    (broken,) = [row for row in truth if row["change"] == "cut short"]
    with Image.open(library / broken["path"]) as image, pytest.raises(OSError, match="truncated"):
        image.load()


def test_the_exif_says_the_truth_except_where_truth_says_it_lies(library, truth):
    checked = 0
    for row in picture_files(truth):
        with Image.open(library / row["path"]) as image:
            details = image.getexif().get_ifd(0x8769)
        if row["device"] is None:
            assert 0x9003 not in details
            continue
        said = datetime.strptime(details[0x9003], "%Y:%m:%d %H:%M:%S")
        taken = datetime.fromisoformat(row["taken"]).replace(microsecond=0)
        assert (said == taken) is ("exif" not in row["lies"]), row["path"]
        if 0x9011 in details:
            minutes = row["utc_offset_minutes"]
            assert details[0x9011] == f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
        checked += 1
    assert checked > 20


def test_the_modification_time_is_the_truth_except_where_truth_says_it_lies(library, truth):
    for row in truth:
        if row.get("taken_utc") and row["kind"] in ("photo", "video", "screenshot"):
            apart = (library / row["path"]).stat().st_mtime - datetime.fromisoformat(row["taken_utc"]).timestamp()
            assert (abs(apart) < 1) is ("mtime" not in row["lies"]), row["path"]


def test_the_cloud_keeps_its_dates_in_json(library, truth):
    sidecars = [row for row in truth if row["path"].endswith(".json")]
    assert len(sidecars) == 3
    for row in sidecars:
        words = json.loads((library / row["path"]).read_text("utf-8"))
        assert (library / row["path"]).with_name(words["title"]).exists()
        assert int(words["photoTakenTime"]["timestamp"]) == datetime.fromisoformat(row["taken_utc"]).timestamp()


def look(path: Path, row: dict) -> Look:
    image = Image.open(path)
    exif = image.getexif()
    details, upright = exif.get_ifd(0x8769), ImageOps.exif_transpose(image)
    small = upright.resize((upright.width // 2, upright.height // 2), Image.Resampling.BOX)
    phash, dhash, wide = (
        int(str(found), 16) for found in (imagehash.phash(small), imagehash.dhash(small), imagehash.phash(small, 16))
    )
    text = details.get(0x9003)
    taken_at = f"{text[:10].replace(':', '-')}T{text[11:]}.{details.get(0x9291, '')}".rstrip(".") if text else None
    return Look(
        hashlib.sha256(path.read_bytes()).hexdigest(), "image", "png" if path.suffix == ".png" else "jpeg", *image.size,
        path.stat().st_size, orientation=exif.get(0x112), make=exif.get(0x10F), model=exif.get(0x110),
        taken_at=taken_at, precision="second" if taken_at else None, claims=len(details), paths=(row["path"],),
        phash=phash, dhash=dhash, phash256=wide,
    )  # fmt: skip


def pairs(sets) -> set[frozenset[str]]:
    return {frozenset(pair) for members in sets for pair in combinations(sorted(members), 2)}


def test_copies_and_bursts_are_grouped_and_every_scene_is_told_from_every_other(library, truth):
    rows = {found.sha256: (found, row) for row in picture_files(truth) for found in [look(library / row["path"], row)]}
    expected: dict[str, dict[str, set[str]]] = {"near": defaultdict(set), "burst": defaultdict(set)}
    for sha256, (_, row) in rows.items():
        for label, sets in expected.items():
            if row[label]:
                sets[row[label]].add(sha256)
    looks = [found for found, _ in rows.values()]
    matches = [
        *lookalikes.match(looks, Settings(library=library), None, lambda names: {}),
        *bursts.match(looks, lambda names: {}),
    ]
    groups = group(looks, matches, different=set(), same=set(), choose=best_quality.choose_keeper)
    for label, kind in (("near", "similar"), ("burst", "burst")):
        found = pairs(made.members for made in groups if made.kind == kind)
        assert found == pairs(expected[label].values())
        assert found
    names = {sha256: row["path"] for sha256, (_, row) in rows.items()}
    kept = {names[made.keeper] for made in groups if made.kind == "similar"}
    assert not any(path.startswith(("WhatsApp", "Für Oma")) for path in kept)


@pytest.mark.parametrize(
    ("options", "message"),
    [(["--files", "3"], "at least 45"), (["--files", "many"], "invalid int"), ([], "not an empty folder")],
)
def test_what_cannot_be_made_is_said(tmp_path, options, message):
    (tmp_path / "something").write_bytes(b"")
    run = make(tmp_path, *options)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 2
    assert message in said
