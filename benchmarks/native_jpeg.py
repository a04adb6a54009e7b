#!/usr/bin/env python3
"""Measure the optional native JPEG scanner against Pillow's decoder, and try to make it fail or differ.

    python benchmarks/native_jpeg.py measure PICTURES [--rounds 3] [--any-size]
    python benchmarks/native_jpeg.py fuzz [PICTURES] --mutants 100000 [--seed 1]

``measure`` decodes every JPEG at an eighth with both, in turns, in this process, and prints processor time a file; it
takes those of which the program would decode an eighth (2048 pixels on the short side), with ``--any-size`` all. ``fuzz``
changes small JPEGs of every kind, made here or from a folder (up to 100 kB), at random: where the scanner answers,
Pillow must give the same pixels and no error. The same seed makes the same mutants of the same files. Exit 1 for any
difference.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import statistics
import time
import warnings
from collections import Counter
from pathlib import Path

from PIL import Image

try:
    import mediaparser_jpeg
except ImportError:
    mediaparser_jpeg = None

LARGEST = 100_000  # bytes of a file that is mutated
PIECES = (
    b"\0",
    b"\xff",
    b"\xff\0",
    b"\xff\xff",
    b"\xff\xd0",
    b"\xff\xd7",
    b"\xff\xd9",
    b"\xff\xda",
    b"\x7f\xff",
    b"\x80\0",
)


def drafted(data: bytes, any_size: bool = True) -> Image.Image | None:
    """*data* opened by Pillow for an eighth; ``None`` where that is no question for the scanner."""
    try:
        image = Image.open(io.BytesIO(data), formats=["JPEG"])
        image.draft(image.mode, (1, 1) if any_size else (256, 256))
    except Exception:  # Pillow raises anything on broken files
        return None
    image.decodermaxblock = 4 << 20
    return image if image.decoderconfig == (8, 0) and image.mode in ("L", "RGB") else None


def loaded(image: Image.Image) -> bytes | str:
    """The pixels by Pillow, or what it complains of."""
    try:
        image.load()
    except Exception as error:
        return f"Pillow: {error}"
    return image.tobytes()


def scanned(data: bytes, image: Image.Image) -> bytes | int:
    found = mediaparser_jpeg.eighth(data, image.size, image.mode)
    if isinstance(found, int):
        return found
    return Image.frombytes(image.mode, image.size, bytes(found), "raw", "L" if image.mode == "L" else "RGBX").tobytes()


def measure(folder: Path, rounds: int, any_size: bool) -> int:
    both: list[tuple[float, float]] = []
    answers: Counter[str] = Counter()
    different = 0
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.read_bytes()[:3] != b"\xff\xd8\xff":
            continue
        data = path.read_bytes()
        pillow, native = [], []
        for _ in range(rounds):
            image = drafted(data, any_size)
            if image is None:
                break
            start = time.process_time()
            expected = loaded(image)
            middle = time.process_time()
            found = scanned(data, image)
            pillow.append(middle - start)
            native.append(time.process_time() - middle)
        if not pillow:
            answers["not decoded at an eighth"] += 1
            continue
        if isinstance(found, int):
            why = "which Pillow complains of, too" if isinstance(expected, str) else mediaparser_jpeg.REFUSALS[found]
            answers[f"refused: {why}"] += 1
            continue
        answers["answered"] += 1
        different += found != expected
        both.append((min(pillow), min(native)))
    for name, number in answers.most_common():
        print(f"{number:6}  {name}")
    if both:
        pillow_ms, native_ms = (1000 * statistics.fmean(column) for column in zip(*both, strict=True))
        print(
            f"Pillow {pillow_ms:.2f} ms, scanner {native_ms:.2f} ms a file, {pillow_ms / native_ms:.2f} times; ", end=""
        )
    print(f"{different} of {len(both)} differ; load {os.getloadavg()[0]:.1f}")
    return int(different > 0)


def made() -> list[bytes]:
    """Small JPEGs of every sampling, with and without restart markers, with common and best tables."""
    rng = random.Random(0)
    files = []
    for mode, save in (
        ("L", {}), ("L", {"restart_marker_blocks": 3}), ("RGB", {"subsampling": 0}), ("RGB", {"subsampling": 1}),
        ("RGB", {"subsampling": 2}), ("RGB", {"subsampling": 2, "restart_marker_blocks": 2}), ("RGB", {"progressive": True}),
        ("RGB", {"quality": 98}), ("RGB", {"quality": 20, "optimize": True}), ("RGB", {"subsampling": 1, "optimize": True}),
    ):  # fmt: skip
        noise = Image.frombytes("RGB", (24, 18), rng.randbytes(24 * 18 * 3)).resize((90, 70), Image.Resampling.BICUBIC)
        noise.convert(mode).save(buffer := io.BytesIO(), "JPEG", **save)
        files.append(buffer.getvalue())
    return files


def changed(data: bytes, rng: random.Random) -> bytes:
    new = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        at = rng.randrange(2, len(new))
        match rng.randrange(6):
            case 0:
                new[at] = rng.randrange(256)
            case 1:
                new[at] ^= 1 << rng.randrange(8)
            case 2:
                del new[at : at + rng.choice((1, 2, 3, 64))]
            case 3:
                new[at:at] = rng.choice(PIECES)
            case 4:
                piece = rng.choice(PIECES)
                new[at : at + len(piece)] = piece
            case _:
                other = rng.randrange(2, len(new))
                new[at:at] = new[other : other + rng.randrange(1, 80)]
        if len(new) < 10:
            break
    return bytes(new)


def fuzz(folder: Path | None, mutants: int, seed: int) -> int:
    rng = random.Random(seed)
    files = made()
    for path in sorted(folder.rglob("*")) if folder else ():
        if path.is_file() and path.stat().st_size <= LARGEST and (data := path.read_bytes())[:3] == b"\xff\xd8\xff":
            files.append(data)
    seen: Counter[str] = Counter()
    start = time.monotonic()
    for number in range(mutants):
        data = changed(files[number % len(files)], rng)
        image = drafted(data)
        if image is None or max(image.size) > 8000:
            seen["Pillow would not be asked"] += 1
            found = mediaparser_jpeg.eighth(data, (12, 9), "RGB")
        else:
            found = scanned(data, image)
            if isinstance(found, bytes):
                seen["answered"] += 1
                if (expected := loaded(image)) != found:
                    seen["DIFFERENT"] += 1
                    print(f"mutant {number} differs: {expected if isinstance(expected, str) else 'pixels'}")
            else:
                seen[f"refused: {mediaparser_jpeg.REFUSALS[found]}"] += 1
        seen["FAILED"] += found == -1
    for name, count in seen.most_common():
        print(f"{count:8}  {name}")
    print(f"{mutants} mutants of {len(files)} files, seed {seed}, {time.monotonic() - start:.0f} s")
    return int(seen["DIFFERENT"] + seen["FAILED"] > 0)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    what = options.add_subparsers(dest="what", required=True)
    measuring = what.add_parser("measure")
    measuring.add_argument("pictures", type=Path)
    measuring.add_argument("--rounds", type=int, default=3)
    measuring.add_argument("--any-size", action="store_true")
    fuzzing = what.add_parser("fuzz")
    fuzzing.add_argument("pictures", type=Path, nargs="?")
    fuzzing.add_argument("--mutants", type=int, default=100_000)
    fuzzing.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    if mediaparser_jpeg is None:
        raise SystemExit("the scanner is not installed: pip install ./native/jpeg_eighth")
    warnings.simplefilter("ignore")  # odd EXIF: what matters ends in an exception
    if chosen.what == "measure":
        return measure(chosen.pictures, chosen.rounds, chosen.any_size)
    return fuzz(chosen.pictures, chosen.mutants, chosen.seed)


if __name__ == "__main__":
    raise SystemExit(main())
