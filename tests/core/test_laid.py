"""Files to bundle and plans to make wait on the disk: nothing is kept of a picture that is nobody's, and all is the same."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from mediaparser_core import plugins
from mediaparser_core.bundle import folders, in_folders, of_kind
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.laid_files import LaidFiles
from mediaparser_core.catalog.laid_plan import LaidPlan
from mediaparser_core.catalog.laid_turns import LaidTurns
from mediaparser_core.export.plan import plan
from mediaparser_core.records import ExportItem, Receipt, Seen
from mediaparser_core.settings import Settings
from mediaparser_plugins import metadata_versions

FEW, MANY = 1_000, 6_000
SETTINGS = Settings(library=Path("/library"), timezone="Europe/Lisbon")
PATHS = """/a/x.jpg /a/x.xmp /b/Takeout-1/p.jpg /b/Takeout-1/p.jpg.json /b/Takeout-2/p.jpg /b/Takeout-2/q.mov
/b/p.jpg /c//d.zip//in/e.jpg /c/e/f.jpg /c/e/f.jpg.json /c/e.jpg /z.ini /\udcffbad/x.heic"""


@pytest.fixture
def catalog(tmp_path):
    with Catalog(tmp_path / "library") as opened:
        yield opened


def peak_of(work, *rest) -> int:
    tracemalloc.start(1)
    try:
        work(*rest)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# -- bundling


def camera_files(count: int) -> Iterator[Seen]:
    for number in range(count):
        path = f"/photos/{number // 100:05d}/IMG_{number:06d}.JPG".encode()
        moment = f"2019-05-04T12:{number // 60 % 60:02d}:{number % 60:02d}"
        yield Seen(
            number, path, f"{number:064x}", "image", "jpeg", 5_000_000, None, None, moment, None, f"{number:08x}".ljust(64, "0"), 4000,
            3000, "Canon", "EOS", 9, moment,
        )  # fmt: skip


def mixed_files() -> list[Seen]:
    kinds = {"jpg": ("image", "jpeg"), "heic": ("image", "heic"), "mov": ("video", "mov"), "ini": ("sidecar", "picasa")}
    found = []
    for number, path in enumerate(sorted(path.encode("utf-8", "surrogateescape") for path in PATHS.split())):
        ext = path.rpartition(b".")[2].decode()
        kind, format_ = kinds.get(ext, ("sidecar", ext))
        # the two pieces of an export hold one picture twice
        found.append(Seen(number, path, path.rpartition(b"/")[2].hex(), kind, format_, about=("x.jpg",)))
    return found


def test_files_come_back_folder_by_folder_as_from_a_list(catalog):
    files = mixed_files()
    with LaidFiles(catalog, files) as laid:
        assert list(laid) == files == list(laid)
        assert (len(laid), laid[2], laid[-1], laid[1:7:2]) == (len(files), files[2], files[-1], files[1:7:2])
        for having in (set(), {"json"}, {"video"}, {"xmp", "heic"}, {"csv"}):
            assert list(in_folders(laid, having)) == list(in_folders(files, having))
            assert list(folders(laid, having, {3, 5})) == list(folders(files, having, {3, 5}))
        assert len(list(folders(laid))) < len({seen.folder for seen in files})
        assert [seen.format for seen in of_kind(laid, {"json", "video"})] == [
            seen.format for seen in of_kind(files, {"json", "video"})
        ]


def test_bundling_keeps_little_of_each_picture_that_is_alone(catalog):
    manager = plugins.load()

    def bundle(count: int) -> None:
        with LaidFiles(catalog, camera_files(count)) as laid:
            assert [each for batch in manager.hook.bundle(files=laid) for each in batch or ()] == []

    bundle(10)  # what is loaded once is no memory of a picture
    few, many = peak_of(bundle, FEW), peak_of(bundle, MANY)
    assert (many - few) / (MANY - FEW) < 150, f"{few} and {many} bytes"  # 81 when this was written; 670 from a list


@pytest.mark.parametrize("seed", range(3))
def test_versions_of_one_picture_are_found_wherever_they_lie(seed):
    rng = random.Random(seed)
    like = Seen(0, b"", "", "image", "jpeg", width=4000, height=3000)
    files = [
        replace(like, file_id=number, path=b"/%d.jpg" % number, sha256=f"file {number // 2}", image_sha256=image)
        for number, image in enumerate(rng.choice(["same but", "same bit", "another", None]) for _ in range(30))
    ]
    said = {frozenset(member.sha256 for member in bundle.members) for bundle in metadata_versions.bundle(files)}
    alike = {image: {seen.sha256 for seen in files if seen.image_sha256 == image} for image in ("same but", "same bit")}
    assert {frozenset(alike["same but"]), frozenset(alike["same bit"])} <= said


# -- planning


def wanted(count: int) -> Iterator[ExportItem]:
    for number in range(count):
        moment = f"{1950 + number % 70}-05-04T12:{number // 60 % 60:02d}:{number % 60:02d}"
        yield ExportItem(
            f"{number:064x}", "image", "jpeg", f"IMG_{number}.JPG", ".jpg", moment, "second", None, "high",
            size=5_000_000, source=b"/photos/2019/IMG_%d.JPG" % number, write_date=moment,
        )  # fmt: skip


def name_of(item: ExportItem) -> PurePosixPath:
    moment = item.taken_at or ""
    return PurePosixPath(moment[:4], f"{moment[:10]}.jpg")


def test_a_plan_needs_little_memory_for_each_picture(catalog):
    copies = [Receipt(f"{number:064x}", f"1900/{number}.jpg", "written", "2020") for number in range(50)]

    def make(count: int) -> None:
        rows = plan(wanted(count), copies, name_of, settings=SETTINGS, turns=lambda: LaidTurns(catalog))
        with LaidPlan(catalog, rows) as laid:
            assert (len(laid), laid.actions["rewrite"]) == (count, 50)

    make(60)
    few, many = peak_of(make, FEW), peak_of(make, MANY)
    # the units of one folder at a time: a seventieth of all
    assert (many - few) / (MANY - FEW) < 150, f"{few} and {many} bytes"  # 28 when this was written; 920 in lists


def test_a_plan_is_the_same_wherever_its_rows_wait(catalog):
    items = [
        replace(item, stem_of=f"{number // 3 * 3:064x}", role=("primary", "raw", "edited")[number % 3])
        for number, item in enumerate(wanted(40))
    ]
    held = [Receipt(item.sha256, f"{item.sha256[-2:]}.jpg", "written", "2020") for item in items[5:20]]
    held += [Receipt("gone", "2000/gone.jpg", "written", "2020"), replace(held[0], target="1955/second.jpg")]
    more = {"settings": SETTINGS, "withdrawn": held[:3], "taken": ["1950/1950-05-04.jpg"], "lost": ["07.jpg"]}
    rows = list(plan(items, held, name_of, **more))
    assert list(plan(items[::-1], held[::-1], name_of, turns=lambda: LaidTurns(catalog), **more)) == rows
    assert {row.action for row in rows} == {"copy", "rewrite", "withdraw"}
