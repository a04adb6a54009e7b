#!/usr/bin/env python3
"""Measure reading pictures into a catalog against the least that any program must do, and against others.

    python benchmarks/ingest.py PICTURES [--work DIR] [--rounds 3] [--peer NAME=COMMAND …] [--profile]

The floor is what physics asks: each file read once, one SHA-256, one decode at an eighth of the size, one 64-bit hash,
in as many processes as ours. Then come ``mediaparser scan`` into an empty library (metadata, five hashes, the identity of
the picture, previews, the catalog), the same again over the unchanged folder, and ExifTool reading the same tags. A peer
is a command of yours in which ``{}`` is the folder. ``--profile`` prints the ten functions that take the most time in one
process.
"""

from __future__ import annotations

import argparse
import cProfile
import hashlib
import io
import os
import pstats
import shlex
import shutil
import subprocess
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from rounds import machine, peak, program, rounds, table

TAGS = (
    "-time:all",
    "-gps:all",
    "-Make",
    "-Model",
    "-SerialNumber",
    "-Orientation",
    "-ImageSize",
    "-Keywords",
    "-Subject",
)


def floor(path: str) -> str:
    """The least: read, SHA-256, scaled decode, hash."""
    import imagehash
    from PIL import Image

    with open(path, "rb") as file:
        data = file.read()
    digest = hashlib.sha256(data).hexdigest()
    image = Image.open(io.BytesIO(data))
    image.draft("L", (256, 256))
    return digest + str(imagehash.phash(image))


def in_processes(files: list[str], workers: int) -> None:
    with ProcessPoolExecutor(workers) as pool:
        list(pool.map(floor, files, chunksize=4))


def profile(files: list[str]) -> None:
    """The ten most expensive functions of the probes, in this process."""
    from mediaparser_core import probe, settings
    from mediaparser_core.records import Entry

    chosen = settings.load(Path("/nonexistent"))
    entries = [Entry(os.path.dirname(os.fsencode(path)), os.fsencode(path)) for path in files]
    probe.examine(entries[0], chosen)  # imports
    watch = cProfile.Profile()
    watch.enable()
    for entry in entries:
        probe.examine(entry, chosen)
    watch.disable()
    pstats.Stats(watch).sort_stats("tottime").print_stats(10)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("pictures", type=Path)
    options.add_argument("--work", type=Path)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND")
    options.add_argument("--profile", action="store_true")
    chosen = options.parse_args()
    files = sorted(str(path) for path in chosen.pictures.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))
    if chosen.profile:
        return profile(files[:100])
    with tempfile.TemporaryDirectory(dir=chosen.work) as folder:
        library = Path(folder) / "library"

        def scan(words: tuple[str, ...] = ()) -> None:
            program(
                "--library", str(library), "--quiet", "scan", *words, str(chosen.pictures),
                MEDIAPARSER_WORKERS=str(chosen.workers),
            )  # fmt: skip

        def first() -> None:
            shutil.rmtree(library, ignore_errors=True)
            scan()

        def peer(command: str) -> None:
            subprocess.run(
                [word.replace("{}", str(chosen.pictures)) for word in shlex.split(command)],
                check=True,
                capture_output=True,
            )

        candidates = {
            "floor: read, SHA-256, decode at 1/8, pHash": lambda: in_processes(files, chosen.workers),
            "`mediaparser scan`": first,
            "the same again, unchanged": scan,
        }
        if shutil.which("exiftool"):
            command = ["exiftool", "-r", "-json", "-n", "-G1", *TAGS, str(chosen.pictures)]
            candidates["ExifTool, the same tags alone"] = lambda: subprocess.run(
                command, check=False, capture_output=True
            )
        for each in chosen.peer:
            name, _, command_line = each.partition("=")
            candidates[name] = lambda words=command_line: peer(words)
        for path in files:  # into the cache
            Path(path).read_bytes()
        found = rounds(candidates, chosen.rounds)
        catalog = sum(path.stat().st_size for path in library.glob("catalog.db*"))
        previews = sum(path.stat().st_size for path in (library / "cache").rglob("*") if path.is_file())
    size = sum(os.stat(path).st_size for path in files)
    print(f"{len(files)} files, {size / 1e6:.0f} MB, {chosen.workers} workers; {machine()}\n")
    print(table(found, "floor: read, SHA-256, decode at 1/8, pHash", len(files)))
    print(
        f"\n{peak()}; catalog {catalog / len(files) / 100:.1f} MB per 10,000 files, "
        f"previews and sketches {previews / len(files) / 100:.0f} MB"
    )
    return None


if __name__ == "__main__":
    main()
