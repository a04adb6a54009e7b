#!/usr/bin/env python3
"""Measure the export against plain copying, and writing dates against ExifTool.

    python benchmarks/export.py PICTURES [--work DIR] [--rounds 3]

PICTURES is a folder of photographs; DIR should be on the same disk. In turns: ``cp -a`` and ``sync``; the same with every
copy put out of the cache and compared with ``cmp``; our export without metadata, of which every copy is read back from
the disk after it was put out of the cache; our export where few dates are missing, and where every date has to be
written; an export with nothing to do, which is the start of the program; one ExifTool call per file that writes the
same three dates, for a few files, as a share. What a candidate made is removed from disk and cache before the next one.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

from rounds import machine, peak, program, rounds, table

FEW = 20  # files for which one ExifTool call each is measured
DATES = ("-DateTimeOriginal=2011:11:11 11:11:11", "-CreateDate=2011:11:11 11:11:11", "-OffsetTimeOriginal=+01:00")

EXPORTS = {  # what: the library that is exported, and the setting
    "export, each copy read back": ("plain", "none"),
    "export, dates already right": ("plain", "copy"),
    "export, every date written": ("dated", "copy"),
}
NOTHING, LAST = "export with nothing to do", "export, every date written"


def compared(pictures: Path, copies: Path) -> None:
    """What plain tools need to know that the copies are on the disk as they should be."""
    for path in copies.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    subprocess.run(["diff", "-rq", pictures, copies], check=True)


def every_date(library: Path) -> None:
    """Decide another date for every picture."""
    from mediaparser_core import review
    from mediaparser_core.catalog import Catalog
    from mediaparser_core.jobs import now

    with Catalog(library) as catalog:
        found = [row[0] for row in catalog.db.conn.execute("select sha256 from assets order by sha256")]
        dates = [f"2011-11-{n // 3600 % 28 + 1:02}T{n // 60 % 24:02}:{n % 60:02}:11" for n in range(len(found))]
        catalog.decided.add(
            [review.make("set-date", [sha], date, "benchmark", now()) for sha, date in zip(found, dates, strict=True)]
        )


def writers(library: Path) -> str:
    """Who would write into how many of the copies that are exported."""
    with sqlite3.connect(library / "catalog.db") as catalog:
        ours, others = catalog.execute(
            "select count(*) filter (where written_sha256 <> sha256), count(*) filter (where sidecar is not null) "
            "from live_receipts"
        ).fetchone()
    return f"of those in which every date is written, {ours} by ourselves, {others} need ExifTool"


def export(scanned: Path | None, work: Path, metadata: str, **more: str) -> None:
    """A copy of the scanned library, exported; or once more what was exported in *work*."""
    if scanned:
        shutil.copytree(scanned, work / "library")
    program("--library", str(work / "library"), "--quiet", "export", MEDIAPARSER_EXPORT_METADATA=metadata,
            MEDIAPARSER_EXPORT_PATH=str(work / "export"), **more)  # fmt: skip


def calls(pictures: list[Path], work: Path) -> float:
    """One ExifTool process per file: the time of *FEW* of them, as if it had been all."""
    (work / "single").mkdir()
    copies = [Path(shutil.copy2(path, work / "single" / f"{n}{path.suffix}")) for n, path in enumerate(pictures[:FEW])]
    started = time.perf_counter()
    for copy in copies:
        subprocess.run(["exiftool", "-q", "-overwrite_original", *DATES, copy], check=True, capture_output=True)
    return (time.perf_counter() - started) * len(pictures) / len(copies)


def batch(pictures: list[Path], work: Path) -> float:
    """One ExifTool for all files."""
    (work / "batch").mkdir()
    for n, path in enumerate(pictures):
        shutil.copy2(path, work / "batch" / f"{n}{path.suffix}")
    os.sync()
    started = time.perf_counter()
    subprocess.run(["exiftool", "-q", "-overwrite_original", *DATES, work / "batch"], check=True, capture_output=True)
    os.sync()
    return time.perf_counter() - started


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("pictures", type=Path)
    options.add_argument("--work", type=Path)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.work) as folder:
        work, kept = Path(folder) / "round", Path(folder)
        program("--library", str(kept / "plain"), "--quiet", "scan", str(chosen.pictures))
        shutil.copytree(kept / "plain", kept / "dated")
        with sqlite3.connect(kept / "plain" / "catalog.db") as catalog:
            files, size = catalog.execute("select count(*), sum(size) from assets").fetchone()
        every_date(kept / "dated")
        program("--library", str(kept / "dated"), "plan")
        work.mkdir()
        export(kept / "dated", work, "copy", MEDIAPARSER_EXIFTOOL="")
        shares = writers(work / "library")
        shutil.rmtree(work)
        (kept / "done").mkdir()
        export(kept / "plain", kept / "done", "none")
        pictures = sorted(path for path in chosen.pictures.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))

        def copy() -> None:
            subprocess.run(["cp", "-a", str(chosen.pictures), str(work / "copy")], check=True)
            os.sync()

        def compare() -> None:
            copy()
            compared(chosen.pictures, work / "copy")

        def clean() -> None:
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir()
            os.sync()

        found = rounds(
            {
                "`cp -a` and `sync`": copy,
                "… and every copy compared, as it is on the disk": compare,
                **{
                    what: partial(export, kept / library, work, metadata)
                    for what, (library, metadata) in EXPORTS.items()
                },
                NOTHING: lambda: export(None, kept / "done", "none"),
                "one ExifTool for all, dates written in place": lambda: batch(pictures, work),
                "one ExifTool call per file (share)": lambda: calls(pictures, work),
            },
            chosen.rounds,
            clean,
        )
    print(f"{files} files, {size / 1e6:.0f} MB; {machine()}\n")
    calls_made = found["one ExifTool call per file (share)"]
    calls_made.cpu = [seconds * len(pictures) / min(FEW, len(pictures)) for seconds in calls_made.cpu]
    print(table(found, "`cp -a` and `sync`", files))
    wall = {what: median(timing.wall) for what, timing in found.items()}
    print(f"\nwithout the start of the program ({wall[NOTHING]:.2f} s), × `cp -a` and `sync`: ", end="")
    print("; ".join(f"{what} {(wall[what] - wall[NOTHING]) / wall['`cp -a` and `sync`']:.2f}" for what in EXPORTS))
    print(
        f"{shares}; one ExifTool call per file takes {wall['one ExifTool call per file (share)'] / wall[LAST]:.1f} times "
        f"as long as this export, and {median(calls_made.cpu) / median(found[LAST].cpu):.1f} times the processor"
    )
    print(f"\n{peak()}")


if __name__ == "__main__":
    main()
