"""Change real small files at random and run the program over them: every mutant must be a row, no neighbour may be lost.

    python benchmarks/fuzz.py --mutants 10000 [--seed 1] [--batch 1000] [--keep FOLDER]

The files are made here; with ``MEDIAPARSER_SHARED`` those of its corpus up to 200 kB are mutated as well. The same seed
makes the same mutants from the same files. ``--keep`` names a folder for the batches that failed. Exit 1 when one did.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import plistlib
import random
import resource
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

LARGEST = 200_000  # bytes of a file that is mutated
EVERY = 25  # mutants between two neighbours
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:DateTimeOriginal="2019-05-04T12:00:03"/>'
    "</rdf:RDF></x:xmpmeta>"
)


def made() -> dict[str, bytes]:
    """A small file of every kind that can be made here, by name."""
    import av
    import pillow_heif
    from PIL import Image

    pillow_heif.register_heif_opener()
    picture = Image.radial_gradient("L").resize((160, 120)).convert("RGB")
    exif = Image.Exif()
    exif[0x10F], exif[0x110] = "Canon", "EOS 450D"
    exif.get_ifd(0x8769)[0x9003] = "2019:05:04 12:00:03"
    exif.get_ifd(0x8825)[1], exif.get_ifd(0x8825)[2] = "N", (38.0, 42.0, 0.0)
    files: dict[str, bytes] = {}
    for name, format in (("a.jpg", "JPEG"), ("a.png", "PNG"), ("a.webp", "WEBP"), ("a.tif", "TIFF"), ("a.heic", "HEIF"),
                         ("a.avif", "AVIF"), ("a.gif", "GIF"), ("a.bmp", "BMP")):  # fmt: skip
        buffer = io.BytesIO()
        picture.save(buffer, format, **({} if format in ("GIF", "BMP") else {"exif": exif.tobytes()}))
        files[name] = buffer.getvalue()
    for name, container, codec in (("a.mp4", "mp4", "mpeg4"), ("a.mov", "mov", "mpeg4"), ("a.avi", "avi", "mpeg4"),
                                   ("a.mkv", "matroska", "mpeg4"), ("a.mts", "mpegts", "mpeg2video"),
                                   ("a.mpg", "mpeg", "mpeg2video"), ("a.flv", "flv", "flv")):  # fmt: skip
        buffer = io.BytesIO()
        with av.open(buffer, "w", format=container) as output:
            stream = output.add_stream(codec, rate=25)
            stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
            for _ in range(5):
                output.mux(stream.encode(av.VideoFrame.from_image(picture.resize((160, 96)))))
            output.mux(stream.encode(None))
        files[name] = buffer.getvalue()
    files["a.jpg.xmp"] = XMP.encode()
    files["a.jpg.json"] = json.dumps({"title": "a.jpg", "photoTakenTime": {"timestamp": "1556971203"}}).encode()
    files["a.aae"] = plistlib.dumps({"adjustmentTimestamp": "2019"}, fmt=plistlib.FMT_BINARY)
    files["Photo Details.csv"] = b"imgName,fileChecksum,originalCreationDate\na.jpg,x,Saturday May 4,2019 1:00 PM GMT\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Takeout/Google Photos/a.jpg", files["a.jpg"])
        archive.writestr("Takeout/Google Photos/a.jpg.json", files["a.jpg.json"])
    files["takeout-20230720T065335Z-001.zip"] = buffer.getvalue()
    return files


def real() -> dict[str, bytes]:
    """The small files of the corpus that ``MEDIAPARSER_SHARED`` names."""
    corpus = Path(os.environ.get("MEDIAPARSER_SHARED") or "/nowhere", "corpus")
    paths = sorted(path for path in corpus.rglob("*") if path.is_file() and 0 < path.stat().st_size <= LARGEST)
    return {f"{number} {path.name}": path.read_bytes() for number, path in enumerate(paths)}


def mutate(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """*data* with a few changes; *other* is another file, for pieces of it."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(min(len(changed), rng.choice((64, 4096, 1 << 30))) or 1)
        length = rng.randrange(1, rng.choice((3, 64, 4096)))
        match rng.randrange(10):
            case 0:
                changed[at : at + 1] = bytes([(changed[at : at + 1] or b"\0")[0] ^ 1 << rng.randrange(8)])
            case 1:
                changed[at : at + 1] = rng.randbytes(1)
            case 2:
                number = rng.choice(NUMBERS)
                order, kind = rng.choice("<>"), rng.choice("BHI")
                changed[at : at + struct.calcsize(kind)] = struct.pack(
                    order + kind, number & (1 << 8 * struct.calcsize(kind)) - 1
                )
            case 3:
                del changed[at : at + length]
            case 4:
                changed[at:at] = rng.randbytes(length)
            case 5:
                changed[at:at] = changed[at : at + length] * rng.randrange(1, 9)
            case 6:
                changed[at : at + length] = bytes(len(changed[at : at + length]))
            case 7:
                begin = rng.randrange(len(other) or 1)
                changed[at : at + length] = other[begin : begin + length]
            case 8:
                del changed[at:]
            case 9:
                there = rng.randrange(len(changed) or 1)
                changed[at : at + length], changed[there : there + length] = (
                    changed[there : there + length],
                    changed[at : at + length],
                )
    return bytes(changed)


def names(rng: random.Random, number: int, name: str, all_names: list[str]) -> str:
    """What the mutant of the file *name* is called: mostly by its own kind, now and then by another's."""
    if rng.random() < 0.05:
        name = rng.choice(all_names)
    if name.endswith(".zip"):
        return f"{number:06d}/{name.rpartition(' ')[2]}"
    return f"{number:06d} {name}"


@dataclass
class Outcome:
    """What became of the mutants."""

    mutants: int = 0
    lost: list[str] = field(default_factory=list)  # mutants without a row or without a reason
    neighbours: int = 0
    lost_neighbours: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)  # runs that ended, touched a file or left an account unbalanced
    states: Counter[str] = field(default_factory=Counter)
    deaths: Counter[str] = field(default_factory=Counter)  # of workers, by reason
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        return not (self.lost or self.lost_neighbours or self.failures)


def neighbour(seed: int) -> bytes:
    """A small good picture, another one for every seed."""
    from PIL import Image

    small = Image.frombytes("RGB", (8, 6), random.Random(seed).randbytes(144))
    buffer = io.BytesIO()
    small.resize((96, 72), Image.Resampling.NEAREST).save(buffer, "JPEG")
    return buffer.getvalue()


def fuzz(mutants: int, seed: int, place: Path, *, batch: int = 1000, keep: Path | None = None,
         say: Callable[[str], object] = lambda line: None) -> Outcome:  # fmt: skip
    """Make *mutants* in batches below *place*, run the program over each batch, and look for every one of them."""
    files = made() | real()
    rng, outcome = random.Random(seed), Outcome()
    all_names = sorted(files)
    numbers = iter(range(mutants))
    while chunk := [number for _, number in zip(range(batch), numbers, strict=False)]:
        folder, library = place / f"{chunk[0]:06d}", place / f"{chunk[0]:06d} library"
        folder.mkdir()
        wanted: dict[bytes, str] = {}
        for number in chunk:
            name = rng.choice(all_names)
            data = mutate(files[name], files[rng.choice(all_names)], rng)
            path = folder / names(rng, number, name, all_names)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
            wanted[os.fsencode(path)] = name
            if number % EVERY == 0:
                path = folder / f"{number:06d} neighbour.jpg"
                path.write_bytes(neighbour(number))
                wanted[os.fsencode(path)] = ""
        good = _look(folder, library, wanted, outcome)
        if not good and keep is not None:
            shutil.copytree(folder, keep / folder.name, dirs_exist_ok=True)
        say(f"{outcome.mutants} mutants: {dict(outcome.states)}, {outcome.seconds:.0f} s")
        shutil.rmtree(folder)
        shutil.rmtree(library, ignore_errors=True)
    return outcome


def _look(folder: Path, library: Path, wanted: dict[bytes, str], outcome: Outcome) -> bool:
    before, problems = _state(folder), len(outcome.lost) + len(outcome.lost_neighbours) + len(outcome.failures)
    started = time.monotonic()
    command = [sys.executable, "-m", "mediaparser_core", "--library", str(library)]
    done = subprocess.run([*command, "run", str(folder), "--json"], capture_output=True, timeout=3600)
    outcome.seconds += time.monotonic() - started
    if done.returncode not in (0, 3):
        outcome.failures.append(
            f"{folder.name}: exit {done.returncode}: {done.stderr[-500:].decode('utf-8', 'replace')}"
        )
    if before != _state(folder):
        outcome.failures.append(f"{folder.name}: a file was touched")
    report = subprocess.run([*command, "report", "--json"], capture_output=True, timeout=600)
    if report.returncode not in (0, 3) or json.loads(report.stdout)["imbalance"]:
        outcome.failures.append(f"{folder.name}: the ledger does not balance")
    rows: dict[bytes, tuple[str, str | None, str | None]] = {}
    if (library / "catalog.db").exists():
        with closing(sqlite3.connect(library / "catalog.db")) as conn:
            rows = {row[0]: row[1:] for row in conn.execute("select path_bytes, state, reason, sha256 from files")}
    for path, name in wanted.items():
        state, reason, _ = rows.get(path, ("lost", None, None))
        if not name:
            outcome.neighbours += 1
            if (state, reason) != ("present", None):
                outcome.lost_neighbours.append(f"{os.fsdecode(path)}: {state} {reason}")
            continue
        outcome.mutants += 1
        outcome.states[state] += 1
        if state not in ("present", "troubled", "skipped") or (state != "present" and not reason):
            outcome.lost.append(f"{os.fsdecode(path)} of {name}: {state} {reason}")
        if reason and ("crashed" in reason or "stopped after" in reason or "worker" in reason):
            outcome.deaths[reason] += 1
    return len(outcome.lost) + len(outcome.lost_neighbours) + len(outcome.failures) == problems


def _state(folder: Path) -> dict[str, tuple[object, ...]]:
    def of(path: Path) -> Iterator[object]:
        status = path.lstat()
        yield from (status.st_mode, status.st_mtime_ns, status.st_ctime_ns)
        if path.is_file():
            yield hashlib.sha256(path.read_bytes()).hexdigest()

    return {str(path): tuple(of(path)) for path in sorted(folder.rglob("*"))}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--mutants", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=1000)
    parser.add_argument("--keep", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mediaparser-fuzz-") as place:
        outcome = fuzz(chosen.mutants, chosen.seed, Path(place), batch=chosen.batch, keep=chosen.keep,
                       say=lambda line: print(line, flush=True))  # fmt: skip
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(
        f"{outcome.mutants} mutants, {outcome.neighbours} neighbours, {outcome.seconds:.0f} s, largest process {largest} MiB"
    )
    print(f"states: {dict(outcome.states)}; given up by a worker: {dict(outcome.deaths)}")
    print(
        f"mutants lost: {len(outcome.lost)}, neighbours lost: {len(outcome.lost_neighbours)}, failures: {len(outcome.failures)}"
    )
    for line in (*outcome.lost, *outcome.lost_neighbours, *outcome.failures)[:50]:
        print(" ", line)
    return 0 if outcome.good else 1


if __name__ == "__main__":
    sys.exit(main())
