#!/usr/bin/env python3
"""Measure reading pictures into a catalog against the least that any program must do, and against others.

    python benchmarks/ingest.py PICTURES [--work DIR] [--rounds 3] [--profile]
    python benchmarks/ingest.py PICTURES --origin CHECKOUT --phockup CHECKOUT --elodie CHECKOUT --czkawka PYTHON \\
        --imagededup PYTHON --findimagedupes [--peer NAME=COMMAND …]

The floor is what physics asks: each file read once, one SHA-256, one grey decode at an eighth of the size, in as
many processes as ours. Then come ``mediaparser scan`` into an empty library (metadata, five hashes, the identity of
the picture, previews, the catalog), the same again over the unchanged folder, and ExifTool reading the same tags. Other
programs are named by options that say where they are (``peers.py`` says how each is run); those that copy pictures are
compared with ``mediaparser run``. ``--peer`` is any other command, in which ``{}`` is the folder. ``--profile`` prints the
ten functions that take the most time in one process.
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
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import peers
from rounds import Ran, machine, peak, program, rounds, run, table

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


def floor(path: str) -> tuple[str, object]:
    """The least: read, SHA-256, one grey decode at an eighth; the first two for what Pillow by itself does not decode."""
    from PIL import Image

    with open(path, "rb") as file:
        data = file.read()
    digest = hashlib.sha256(data).hexdigest()
    try:
        image = Image.open(io.BytesIO(data))
        image.draft("L", (image.width // 8, image.height // 8))
        image.load()
        return digest, image.size
    except OSError:
        return digest, None


def in_processes(files: list[str], workers: int) -> None:
    with ProcessPoolExecutor(workers) as pool:
        list(pool.map(floor, files, chunksize=4))


def profile(files: list[str]) -> None:
    """The ten most expensive functions of the probes, in this process."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in our workers; NumPy reads it when it is imported
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
    peers.add_options(options)
    chosen = options.parse_args()
    others = peers.chosen_peers(chosen)
    pictures: Path = chosen.pictures.resolve()
    files = [str(path) for path in peers.media(pictures)]
    if not files:
        raise SystemExit(f"no pictures in {pictures}")
    if chosen.profile:
        return profile(files[:100])
    with tempfile.TemporaryDirectory(dir=chosen.work) as folder:
        library = Path(folder) / "library"

        def scan() -> Ran:
            words = ("--library", str(library), "--quiet", "scan", str(pictures))
            return program(*words, MEDIAPARSER_WORKERS=str(chosen.workers))

        def first() -> Ran:
            shutil.rmtree(library, ignore_errors=True)
            return scan()

        def peer(command: str) -> Ran:
            return run([word.replace("{}", str(pictures)) for word in shlex.split(command)])

        candidates = {
            "floor: read, SHA-256, decode at 1/8": lambda: in_processes(files, chosen.workers),
            "`mediaparser scan`": first,
            "the same again, unchanged": scan,
        }
        if shutil.which("exiftool"):
            command = ["exiftool", "-r", "-json", "-n", "-G1", *TAGS, str(pictures)]
            candidates["ExifTool, the same tags alone"] = lambda: run(command)
        for each in chosen.peer:
            name, _, command_line = each.partition("=")
            candidates[name] = lambda words=command_line: peer(words)
        counts: dict[str, str] = {}
        calls, prepare = peers.candidates(others, pictures, Path(folder) / "peers", chosen.workers, counts)
        for path in files:  # into the cache
            Path(path).read_bytes()
        found = rounds(candidates | calls, chosen.rounds, prepare=prepare)
        catalog = sum(path.stat().st_size for path in library.glob("catalog.db*"))
        previews = sum(path.stat().st_size for path in (library / "cache").rglob("*") if path.is_file())
    size = sum(os.stat(path).st_size for path in files)
    print(f"{len(files)} files, {size / 1e6:.0f} MB, {chosen.workers} workers; {machine()}\n")
    plain = {name: timing for name, timing in found.items() if name in candidates}
    print(table(plain, "floor: read, SHA-256, decode at 1/8", len(files)))
    if others:
        print("\n" + peers.comparison(found, others, len(files), counts))
    print(
        f"\n{peak()}; catalog {catalog / len(files) / 100:.1f} MB per 10,000 files, "
        f"previews and sketches {previews / len(files) / 100:.0f} MB"
    )
    return None


if __name__ == "__main__":
    main()
