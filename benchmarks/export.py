#!/usr/bin/env python3
"""Measure the export against plain copying, and writing dates against ExifTool.

    python benchmarks/export.py PICTURES [--work DIR] [--rounds 3]

PICTURES is a folder of photographs; DIR should be on the same disk. In turns: ``cp -a`` and ``sync``; our export without
metadata, of which every copy is read back from the disk after it was put out of the cache; our export where every date
has to be written (each camera's clock is shifted by an hour); one ExifTool call per file that writes the same three
dates, for a few files, as a share. The start of Python (about 0.4 s each time) is part of our times.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

from rounds import machine, peak, program, rounds, table

FEW = 20  # files for which one ExifTool call each is measured
DATES = ("-DateTimeOriginal=2011:11:11 11:11:11", "-CreateDate=2011:11:11 11:11:11", "-OffsetTimeOriginal=+01:00")


def export(scanned: Path, work: Path, metadata: str) -> None:
    """A copy of the scanned library, exported."""
    shutil.copytree(scanned, work / "library")
    program("--library", str(work / "library"), "--quiet", "export", MEDIAPARSER_EXPORT_METADATA=metadata,
            MEDIAPARSER_EXPORT_PATH=str(work / "export"))  # fmt: skip


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
        shutil.copytree(kept / "plain", kept / "shifted")
        with sqlite3.connect(kept / "plain" / "catalog.db") as catalog:
            cameras = [row[0] for row in catalog.execute("select distinct camera from readings")]
            files = catalog.execute("select count(*) from assets").fetchone()[0]
            size = catalog.execute("select sum(size) from assets").fetchone()[0]
        for camera in cameras:
            program("--library", str(kept / "shifted"), "decide", "shift", camera, "+1h")
        pictures = sorted(path for path in chosen.pictures.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))

        def copy() -> None:
            subprocess.run(["cp", "-a", str(chosen.pictures), str(work / "copy")], check=True)
            os.sync()

        def clean() -> None:
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir()
            os.sync()

        found = rounds(
            {
                "`cp -a` and `sync`": copy,
                "export, each copy read back": lambda: export(kept / "plain", work, "none"),
                "export, dates already right": lambda: export(kept / "plain", work, "copy"),
                "export, every date written": lambda: export(kept / "shifted", work, "copy"),
                "one ExifTool for all, dates written in place": lambda: batch(pictures, work),
                "one ExifTool call per file (share)": lambda: calls(pictures, work),
            },
            chosen.rounds,
            clean,
        )
    print(f"{files} files, {size / 1e6:.0f} MB; {machine()}\n")
    print(table(found, "`cp -a` and `sync`", files))
    print(f"\n{peak()}")


if __name__ == "__main__":
    main()
