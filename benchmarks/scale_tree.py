#!/usr/bin/env python3
"""Make a tree of many small, distinct, real pictures: cameras, dates, places, bursts, copies, sidecars, some PNG and MP4.

    python benchmarks/scale_tree.py FOLDER [--files 100000] [--seed 1]

About 10 kB a picture, and about a minute for 100,000 of them on two cores. The same arguments give the same files.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import shutil
import struct
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

A_FOLDER = 250  # files; a folder is the work of one call
SIZE = (320, 240)
CAMERAS = (
    ("Canon", "Canon EOS 80D", "IMG_{:04d}.JPG"),
    ("NIKON CORPORATION", "NIKON D750", "DSC_{:04d}.JPG"),
    ("FUJIFILM", "X-T3", "DSCF{:04d}.JPG"),
    ("SONY", "ILCE-7M3", "DSC{:05d}.JPG"),
    ("Apple", "iPhone 12", "IMG_{:04d}.JPG"),
    ("Google", "Pixel 6", "PXL_{:%Y%m%d_%H%M%S}000.jpg"),
    ("samsung", "SM-G991B", "{:%Y%m%d_%H%M%S}.jpg"),
)
PHONES = frozenset({"Apple", "Google", "samsung"})
ASCII, SHORT, LONG, RATIONAL = 2, 3, 4, 5


def make_tree(folder: Path, files: int, seed: int = 1) -> None:
    """Make *files* files below *folder*, in folders of 250."""
    film = _film(seed)
    jobs = [(number, min(A_FOLDER, files - at)) for number, at in enumerate(range(0, files, A_FOLDER))]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(partial(_fill, folder, seed, film), jobs, chunksize=4))


def _fill(root: Path, seed: int, film: bytes | None, job: tuple[int, int]) -> None:
    """One folder: an event of a few days, shot with two devices."""
    number, files = job
    rng = random.Random(f"{seed}/{number}")
    at = datetime(2004, 1, 1, 9) + timedelta(days=rng.randrange(7500), minutes=rng.randrange(500))
    place = (rng.uniform(-50, 60), rng.uniform(-120, 150))
    devices = rng.sample(CAMERAS, 2)
    counters = [rng.randrange(1, 9000) for _ in devices]
    folder = root / f"{at:%Y}" / f"{at:%Y-%m-%d} event {number:04d}"
    folder.mkdir(parents=True, exist_ok=True)
    made: list[tuple[str, bytes]] = []

    def write(name: str, data: bytes, when: datetime) -> None:
        path = folder / name
        while path.exists():
            path = path.with_name(f"{path.stem}_1{path.suffix}")
        path.write_bytes(data)
        stamp = when.replace(tzinfo=UTC).timestamp()
        os.utime(path, (stamp, stamp))

    scene = None
    for index in range(files):
        chance = rng.random()
        burst = scene is not None and chance > 0.93
        at += timedelta(seconds=1 if burst else rng.expovariate(1 / 300) + 4)
        if made and chance < 0.04:  # the same bytes again
            name, data = rng.choice(made)
            write(f"copy of {name}", data, at)
        elif made and chance < 0.06:  # … as a messenger brings it
            write(f"IMG-{at:%Y%m%d}-WA{index:04d}.jpg", _again(rng.choice(made)[1]), at)
        elif made and chance < 0.08:
            write(f"{made[-1][0]}.json", _takeout(made[-1][0], at, place), at)
        elif made and chance < 0.09:
            write(f"{Path(made[-1][0]).stem}.xmp", _xmp(rng), at)
        elif chance < 0.10:
            write(f"Screenshot_{at:%Y%m%d-%H%M%S}.png", _png(rng), at)
        elif chance < 0.102 and film:
            write(f"MVI_{index:04d}.MP4", film + struct.pack(">I4s", 24, b"free") + rng.randbytes(16), at)
        else:
            which = rng.random() < 0.3
            make, model, pattern = devices[which]
            counters[which] = counters[which] % 9999 + 1
            scene = scene if burst and scene is not None else rng.randbytes(80)
            pixels = _pixels(scene, rng)
            name = pattern.format(at if ":%" in pattern else counters[which])
            gps = place if make in PHONES and rng.random() < 0.7 else None
            data = pixels[:2] + _exif(make, model, at, rng.randrange(100), gps) + pixels[2:]
            write(name, data, at)
            made = [*made[-20:], (name, data)]


# -- pictures ---------------------------------------------------------------------------------------------------------


@cache
def _grain() -> list[Any]:
    """A few textures, which make a picture as large as a small photograph."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(1)
    return [Image.fromarray(rng.integers(96, 160, (SIZE[1], SIZE[0], 3), dtype=np.uint8)) for _ in range(16)]


def _pixels(scene: bytes, rng: random.Random) -> bytes:
    """A JPEG of soft shapes that *scene* (80 bytes) chooses, and of grain that is another one each time."""
    from PIL import Image

    colours = bytes(scene[(3 * i + c * 7) % 80] for i in range(80) for c in range(3))
    shapes = Image.frombytes("RGB", (10, 8), colours).resize(SIZE, Image.Resampling.BICUBIC)
    picture = Image.blend(shapes, rng.choice(_grain()), 0.12 + rng.random() / 50)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def _again(jpeg: bytes) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(io.BytesIO(jpeg)) as picture:
        picture.resize((256, 192)).save(buffer, "JPEG", quality=60)
    return buffer.getvalue()


def _png(rng: random.Random) -> bytes:
    from PIL import Image

    picture = Image.new("RGB", (360, 640), (250, 250, 250))
    for line in range(40, 600, 24):
        picture.paste(tuple(rng.randbytes(3)), (20, line, 20 + rng.randrange(60, 320), line + 14))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _film(seed: int) -> bytes | None:
    """Half a second of video, where ffmpeg is there."""
    if shutil.which("ffmpeg") is None:
        return None
    words = f"-f lavfi -i testsrc=size=160x120:rate=10:duration=0.5 -c:v mpeg4 -metadata creation_time=2015-0{1 + seed % 9}-01T10:00:00Z"
    options = "-bitexact -f mp4 -movflags +frag_keyframe+empty_moov pipe:1"
    done = subprocess.run(["ffmpeg", "-v", "error", *words.split(), *options.split()], capture_output=True, check=True)
    return done.stdout


# -- what is written beside the pixels --------------------------------------------------------------------------------


def _exif(make: str, model: str, at: datetime, hundredths: int, place: tuple[float, float] | None) -> bytes:
    """An APP1 segment as a camera writes it, big endian."""
    moment = f"{at:%Y:%m:%d %H:%M:%S}"
    exif = {
        0x9003: (ASCII, moment),
        0x9004: (ASCII, moment),
        0x9291: (ASCII, f"{hundredths:02d}"),
        0xA002: (LONG, SIZE[0]),
        0xA003: (LONG, SIZE[1]),
    }
    if make in PHONES:
        exif |= {0x9011: (ASCII, "+00:00")}
    main = {0x010F: (ASCII, make), 0x0110: (ASCII, model), 0x0112: (SHORT, 1), 0x0132: (ASCII, moment)}
    gps: dict[int, tuple[int, Any]] = {}
    if place:
        north, east = place
        gps = {
            1: (ASCII, "N" if north >= 0 else "S"), 2: (RATIONAL, _degrees(north)),
            3: (ASCII, "E" if east >= 0 else "W"), 4: (RATIONAL, _degrees(east)),
        }  # fmt: skip
    # the directories follow each other, and each its values: their lengths are known before their places
    names = {**main, 0x8769: (LONG, 0), **({0x8825: (LONG, 0)} if gps else {})}
    start = 8 + len(_directory(names, 0))
    second = start + len(_directory(exif, 0))
    names[0x8769] = (LONG, start)
    if gps:
        names[0x8825] = (LONG, second)
    body = (
        b"MM\0*\0\0\0\x08" + _directory(names, 8) + _directory(exif, start) + (_directory(gps, second) if gps else b"")
    )
    return b"\xff\xe1" + struct.pack(">H", len(body) + 8) + b"Exif\0\0" + body


def _degrees(value: float) -> list[tuple[int, int]]:
    seconds = abs(value) * 3600
    return [(int(seconds // 3600), 1), (int(seconds // 60 % 60), 1), (int(seconds % 60 * 100), 100)]


def _directory(entries: dict[int, tuple[int, Any]], at: int) -> bytes:
    """A directory that begins at *at*, with its values behind it."""
    table, values = [], b""
    behind = at + 2 + 12 * len(entries) + 4
    for tag, (kind, value) in sorted(entries.items()):
        if kind == ASCII:
            data, count = value.encode() + b"\0", len(value) + 1
        elif kind == RATIONAL:
            data, count = b"".join(struct.pack(">II", *pair) for pair in value), len(value)
        else:
            data, count = struct.pack(">H" if kind == SHORT else ">I", value), 1
        if len(data) > 4:
            table.append(struct.pack(">HHII", tag, kind, count, behind + len(values)))
            values += data + b"\0" * (len(data) % 2)
        else:
            table.append(struct.pack(">HHI", tag, kind, count) + data.ljust(4, b"\0"))
    return struct.pack(">H", len(entries)) + b"".join(table) + b"\0\0\0\0" + values


def _takeout(name: str, at: datetime, place: tuple[float, float]) -> bytes:
    taken = {"timestamp": str(int(at.replace(tzinfo=UTC).timestamp())), "formatted": f"{at:%d.%m.%Y, %H:%M:%S} UTC"}
    where = {"latitude": place[0], "longitude": place[1], "altitude": 0.0}
    return json.dumps({"title": name, "description": "", "photoTakenTime": taken, "geoData": where}, indent=2).encode()


def _xmp(rng: random.Random) -> bytes:
    tag = rng.choice(("family", "mountains", "birthday", "Lisbon", "garden"))
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag>'
        f"<rdf:li>{tag}</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--files", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    if chosen.folder.exists() and any(chosen.folder.iterdir()):
        sys.exit(f"{chosen.folder} is not empty")
    make_tree(chosen.folder, chosen.files, chosen.seed)


if __name__ == "__main__":
    main()
