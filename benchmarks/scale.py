#!/usr/bin/env python3
"""Measure what a large library costs: the whole way of 100,000 files in memory and time, what one decision costs, and what
a few new files cost.

    python benchmarks/scale.py run [--files 10000 100000] [--work DIR] [--keep]
    python benchmarks/scale.py decisions [--assets 100000] [--work DIR] [--rounds 3]
    python benchmarks/scale.py arrivals [--assets 100000] [--work DIR] [--rounds 3] [--files 10]

``run`` makes a tree of small real pictures for each size (``scale_tree.py``), does what ``mediaparser run`` does with it,
and looks at the memory of all its processes five times a second. ``decisions`` works on the library of
``synthetic_catalog.py``: nobody's pictures, our own tables. Each decision is made and derived in turns; deriving everything
anew is measured once. ``arrivals`` lays some pictures into a folder of such a library, moves one and removes one, and
measures reading and deriving apart. The times have no start of Python in them; those of the processor mean more on a busy
machine.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pluggy
from process_memory import Part, watch
from rounds import machine, peak
from scale_tree import make_tree

from mediaparser_core import jobs, probe, review, settings
from mediaparser_core.catalog import Catalog
from mediaparser_core.pipeline import derive, main_job, scan

Times = dict[str, list[tuple[float, float]]]  # what → wall seconds and those of the processor, each time


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = options.add_subparsers(dest="command", required=True)
    whole = commands.add_parser("run", help="scan, derive and export trees of different sizes")
    whole.add_argument("--files", type=int, nargs="+", default=[10_000, 100_000])
    whole.add_argument("--work", type=Path, help="where the trees and libraries are made")
    whole.add_argument("--keep", action="store_true", help="leave them there, and take trees that are there already")
    few = commands.add_parser("decisions", help="decide something and derive what follows")
    new = commands.add_parser("arrivals", help="let some files come, move and go, and derive what follows")
    for each in (few, new):
        each.add_argument("--assets", type=int, default=100_000)
        each.add_argument("--work", type=Path)
        each.add_argument("--rounds", type=int, default=3)
    new.add_argument("--files", type=int, default=10)
    inside = commands.add_parser("inside")
    inside.add_argument("library", type=Path)
    inside.add_argument("tree", type=Path)
    chosen = options.parse_args()
    if chosen.command == "inside":
        run_inside(chosen.library, chosen.tree)
    elif chosen.command == "run":
        measure_runs(chosen.files, chosen.work, keep=chosen.keep)
    elif chosen.command == "arrivals":
        measure_arrivals(chosen.assets, chosen.work, chosen.rounds, chosen.files)
    else:
        measure_decisions(chosen.assets, chosen.work, chosen.rounds)


# -- the whole way ----------------------------------------------------------------------------------------------------


class Told(jobs.Silent):
    """Says on its standard output which part of the work begins."""

    def start(self, what: str, total: int | None) -> None:
        print("part", what, flush=True)

    def finish(self) -> None:
        print("part between", flush=True)


def run_inside(library: Path, tree: Path) -> None:
    """What ``mediaparser run`` does."""
    known = settings.load(library)
    manager = probe.configure(known)[0]
    with Catalog(known.library) as catalog:
        main_job.run(catalog, manager, known, [tree], progress=Told())


def measure_runs(sizes: list[int], work: Path | None, *, keep: bool) -> None:
    print(machine())
    print("\n| files | part | s | processor s | all processes, MB | the largest, MB | processes |")
    print("|--:|---|--:|--:|--:|--:|--:|")
    most: list[float] = []
    for files in sizes:
        with _room(work, files, keep=keep) as folder:
            tree, library = folder / "tree", folder / "library"
            if not tree.exists():
                make_tree(tree, files)
            parts = watch([sys.executable, __file__, "inside", str(library), str(tree)])
            size = sum(path.stat().st_size for path in library.glob("catalog.db*")) / 1e6
        for name, part in parts.items():
            print(_row(files, name, part), flush=True)
        most.append(max(part.together for part in parts.values()))
        wall, cpu = (sum(getattr(part, name) for part in parts.values()) for name in ("wall", "cpu"))
        print(f"| {files} | all | {wall:.1f} | {cpu:.1f} | {most[-1]:.0f} | | |")
        print(f"| {files} | catalog | | | {size / files * 10_000:.1f} MB per 10,000 files | | |", flush=True)
    if len(most) > 1:
        print(
            f"\nthe most memory grows by {most[-1] / most[0] - 1:.1%} from {sizes[0]} to {sizes[-1]} files; {machine()}"
        )


def _row(files: int, name: str, part: Part) -> str:
    memory = f"{part.together:.0f} | {part.largest:.0f} | {part.processes}"
    return f"| {files} | {name} | {part.wall:.1f} | {part.cpu:.1f} | {memory} |"


@contextlib.contextmanager
def _room(work: Path | None, files: int, *, keep: bool) -> Iterator[Path]:
    if keep and work:
        folder = work / str(files)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
    else:
        with tempfile.TemporaryDirectory(dir=work) as made:
            yield Path(made)


# -- decisions --------------------------------------------------------------------------------------------------------


def measure_decisions(count: int, work: Path | None, rounds: int) -> None:
    times: Times = {}
    with _synthetic(count, work) as (library, known, manager):
        with Catalog(library) as catalog, catalog.lock():

            def refresh(name: str, *, force: bool = False) -> None:
                with _timed(times, name):
                    derive.refresh(catalog, manager, known, force=force)

            refresh("everything derived anew", force=True)
            assets = [sha for sha, _ in catalog.derived.asset_kinds()]
            rng = random.Random(1)
            for _ in range(rounds):
                keepers = [(keeper, members) for _, keeper, members in catalog.derived.keepers() if len(members) == 2]
                keeper, members = rng.choice(keepers) if keepers else (assets[0], assets[:2])
                other = next(sha for sha in members if sha != keeper)
                for name, verb, subject, value in (
                    ("a tag", "tag", rng.sample(assets, 1), "Lisbon"),
                    ("a picture left out", "discard", rng.sample(assets, 1), None),
                    ("100 pictures left out", "discard", rng.sample(assets, 100), None),
                    ("a group answered", "accept", [keeper, other], review.accept_group(keeper, [other])),
                    ("a date", "set-date", rng.sample(assets, 1), "2011-05-04 10:00"),
                ):
                    catalog.decided.add([review.make(verb, subject, value, "somebody", jobs.now())])
                    refresh(name)
        _tell(times, count, library)


@contextlib.contextmanager
def _synthetic(count: int, work: Path | None) -> Iterator[tuple[Path, settings.Settings, pluggy.PluginManager]]:
    """A library of pictures that do not exist."""
    with tempfile.TemporaryDirectory(dir=work) as folder:
        library = Path(folder) / "library"
        made = Path(__file__).with_name("synthetic_catalog.py")
        subprocess.run(
            [sys.executable, str(made), str(library), "--assets", str(count)], check=True, capture_output=True
        )
        known = settings.load(library)
        yield library, known, probe.configure(known)[0]


@contextlib.contextmanager
def _timed(times: Times, name: str) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    times.setdefault(name, []).append((time.perf_counter() - wall, time.process_time() - cpu))


def _tell(times: Times, count: int, library: Path) -> None:
    size = sum(path.stat().st_size for path in library.glob("catalog.db*"))
    print(f"{count} assets; {machine()}\n\n| what | s | processor s |\n|---|--:|--:|")
    for name, found in times.items():
        wall, cpu = (statistics.median(column) for column in zip(*found, strict=True))
        print(f"| {name} | {wall:.2f} | {cpu:.2f} |")
    print(f"\n{peak()}; catalog {size / count / 100:.1f} MB per 10,000 assets")


# -- arrivals ---------------------------------------------------------------------------------------------------------


def measure_arrivals(count: int, work: Path | None, rounds: int, files: int) -> None:
    times: Times = {}
    with _synthetic(count, work) as (library, known, manager):
        inbox = library.parent / "inbox"
        inbox.mkdir()
        with Catalog(library) as catalog, catalog.lock():

            def arrive(name: str) -> None:
                with jobs.run(catalog, "scan", [str(inbox)], progress=jobs.Silent()) as job:
                    with _timed(times, f"{name}: read (without the workers' time)"):
                        scan.Scan(catalog, manager, known, job).run(scan.as_inputs([inbox]))
                    with _timed(times, f"{name}: derived"):
                        derive.refresh(catalog, manager, known)

            with _timed(times, "everything derived anew"):
                derive.refresh(catalog, manager, known, force=True)
            for number in range(rounds):
                new = [inbox / f"IMG_{number:03d}{place:04d}.JPG" for place in range(files)]
                for place, path in enumerate(new):
                    _photograph(path, seed=number * files + place)
                arrive(f"{files} new files")
                new[0].rename(inbox / f"renamed {number}.JPG")
                arrive("a file renamed")
                new[-1].unlink()
                arrive("a file gone")
        _tell(times, count, library)


def _photograph(path: Path, seed: int) -> None:
    from PIL import Image

    rng, exif = random.Random(seed), Image.Exif()
    exif[0x10F], exif[0x110] = "Apple", "iPhone 13"
    exif.get_ifd(0x8769)[0x9003] = f"2024:{1 + seed % 12:02d}:{1 + seed % 28:02d} 12:{seed % 60:02d}:05"
    image = Image.new("RGB", (32, 24))
    image.putdata([tuple(rng.randrange(256) for _ in range(3)) for _ in range(32 * 24)])
    image.resize((640, 480), Image.Resampling.BICUBIC).save(path, exif=exif, quality=85)


if __name__ == "__main__":
    main()
