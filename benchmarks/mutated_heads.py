"""Change the heads of JPEGs at random, and compare what our readers make of them with what ExifTool makes of them.

    python benchmarks/mutated_heads.py FOLDER [--mutants 10000] [--seed 1]

Every JPEG in FOLDER is cut behind its head; one to three bytes or pieces of a mutant are changed, half of the time in
the notes of the camera's maker. Where our readers are sure, the facts must be those of the ExifTool that is installed.
Ends with 1 when they are not.
"""

from __future__ import annotations

import argparse
import os
import random
import struct
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from mediaparser_core import exiftool
from mediaparser_core.errors import ToolError
from mediaparser_core.media import Media
from mediaparser_core.records import Entry, Fact
from mediaparser_plugins import native_tags
from mediaparser_plugins.metadata import WANTED
from mediaparser_plugins.tag_facts import facts

LONGEST_HEAD = 100_000  # bytes


@dataclass
class Outcome:
    """How many mutants there were, of how many we were sure, and which of those ExifTool reads otherwise."""

    mutants: int = 0
    sure: int = 0
    different: list[tuple[str, set[Fact]]] = field(default_factory=list)


def head(data: bytes) -> tuple[bytes, list[tuple[int, int]]] | None:
    """A JPEG up to its picture, and the beginnings and ends of what may be changed; notes of makers count thrice."""
    at, places = 2, []
    while data[at : at + 1] == b"\xff" and len(data) > at + 4 and data[at + 1] != 0xDA:
        end = at + 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
        places.append((at, end))
        if data[at + 4 : at + 10] == b"Exif\0\0":
            places += [(at + 10, end)] + 3 * note(data, at + 10, end)
        at = end
    if not places or not at < len(data) or at > LONGEST_HEAD:
        return None
    return data[: at + 200] + b"\xff\xd9", places


def note(data: bytes, begin: int, end: int) -> list[tuple[int, int]]:
    """Where the notes of a maker are in the EXIF that begins and ends there."""
    order = ">" if data[begin : begin + 2] == b"MM" else "<"
    entry = data.find(struct.pack(order + "HH", 0x927C, 7), begin, end - 12)
    if entry < 0:
        return []
    length, offset = struct.unpack(order + "II", data[entry + 4 : entry + 12])
    return [(begin + offset, begin + offset + length)] if length > 4 and begin + offset + length <= end else []


def mutant(data: bytes, begin: int, end: int, rng: random.Random) -> bytes:
    """*data* with one to three changes between *begin* and *end*, most of them near the beginning."""
    broken = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        at = rng.randrange(begin, min(end, begin + rng.choice((16, 64, 400, 4000))))
        kind = rng.random()
        if kind < 0.4:
            broken[at] = rng.randrange(256)
        elif kind < 0.6:
            broken[at] = rng.choice((0, 1, 2, 3, 4, 7, 8, 13, 16, 255, 127, 32))
        elif kind < 0.8:
            broken[at] ^= 1 << rng.randrange(8)
        elif kind < 0.9:
            broken[at] = (broken[at] + rng.choice((1, -1, 2, -2, 12, -12))) % 256
        else:
            other = rng.randrange(begin, end)
            broken[at : at + 4] = broken[other : other + 4]
    return bytes(broken[: len(data)])


def look(data: bytes) -> tuple[str | None, set[Fact]]:
    """Why we are not sure of a JPEG, and the facts we see in it."""
    media = Media(Entry(b"/", b"/a.jpg"), -1, len(data), "", data[: 256 * 1024], data, False)
    if media.format is None:
        return "no JPEG", set()
    reading = native_tags.read_all(media)
    return reading.why, set(facts(reading.tags, media.format))


def compare(files: dict[str, bytes], tool: exiftool.ExifTool, folder: Path, outcome: Outcome) -> None:
    """Add to *outcome* what ExifTool says of *files*, which are written into *folder*."""
    ours = {name: look(data) for name, data in files.items()}
    sure = [name for name, (why, _) in ours.items() if why is None]
    paths = [folder / f"{number}.jpg" for number in range(len(sure))]
    for name, path in zip(sure, paths, strict=True):
        path.write_bytes(files[name])
    answers = tool.read([os.fsencode(path) for path in paths], WANTED)
    for name, answer in zip(sure, answers, strict=True):
        form = Media(Entry(b"/", b"/a.jpg"), -1, 3, "", b"\xff\xd8\xff", b"\xff\xd8\xff", False).format
        assert form is not None
        theirs = set() if isinstance(answer, ToolError) or "ExifTool:Error" in answer else set(facts(answer, form))
        if theirs != ours[name][1]:
            outcome.different.append((name, theirs ^ ours[name][1]))
    outcome.mutants += len(files)
    outcome.sure += len(sure)


def run(folder: Path, mutants: int, seed: int, executable: str) -> Outcome:
    """Make and compare *mutants* of the JPEGs below *folder*."""
    rng, outcome = random.Random(seed), Outcome()
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".thm", ".mpo"))
    heads = [(path, found) for path in paths if (found := head(path.read_bytes()))]
    with exiftool.ExifTool(executable) as tool, tempfile.TemporaryDirectory() as scratch:
        for start in range(0, mutants if heads else 0, 500):
            files = {}
            for number in range(start, min(mutants, start + 500)):
                path, (data, places) = rng.choice(heads)
                files[f"{path.relative_to(folder)}, mutant {number}"] = mutant(data, *rng.choice(places), rng)
            compare(files, tool, Path(scratch), outcome)
    return outcome


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--mutants", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    executable = exiftool.find("exiftool")
    if not executable:
        sys.exit("ExifTool is not installed")
    started = time.monotonic()
    outcome = run(asked.folder, asked.mutants, asked.seed, executable)
    print(
        f"{outcome.mutants} mutants, sure of {outcome.sure}, {len(outcome.different)} of them read otherwise by ExifTool; "
        f"{time.monotonic() - started:.0f} s"
    )
    for name, odd in outcome.different[:20]:
        print(f"{name}: {odd}")
    sys.exit(1 if outcome.different else 0)


if __name__ == "__main__":
    main()
