"""Make a labelled set of pictures: copies that are one picture, and neighbours that are not.

    python benchmarks/duplicates_set.py PHOTOS OUT [--half tune|report] [--seed 1] [--most N]

PHOTOS is any folder of photographs that are all different; every other one belongs to the half on which rules may be
tuned, the rest to the half on which they are reported. Of each photograph OUT gets the original and one file for each of
``CHANGES``; beside them the hard negatives: bursts, two views of one scene, skies, black frames, documents, chats.
``truth.json`` says of each file its ``family`` (files of one family are one picture, all others are not) and its ``kind``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

SHORTEST = 300  # pixels: what is smaller is no photograph
WORDS = (
    "the of and to in is that for it was on are as with his they at be this from have or by one had not but what all"
)


@dataclass(frozen=True)
class Change:
    """One way in which a picture changes; ``run`` gets an upright RGB picture."""

    run: Callable[[Image.Image, random.Random], Image.Image]
    suffix: str = ".jpg"
    save: tuple[tuple[str, Any], ...] = (("quality", 90),)
    keeps: bool = False  # the metadata
    orientation: int = 1  # written into the metadata


def _scaled(share: float) -> Callable[[Image.Image, random.Random], Image.Image]:
    return lambda image, rng: ImageOps.scale(image, share)


def _within(side: int) -> Callable[[Image.Image, random.Random], Image.Image]:
    return lambda image, rng: ImageOps.contain(image, (side, side))


def _same(image: Image.Image, rng: random.Random) -> Image.Image:
    return image


def _brightness(factor: float) -> Callable[[Image.Image, random.Random], Image.Image]:
    return lambda image, rng: ImageEnhance.Brightness(image).enhance(factor)


def _edited(image: Image.Image, rng: random.Random) -> Image.Image:
    image = ImageEnhance.Contrast(image).enhance(1.15)
    return ImageEnhance.Color(image).enhance(1.3).filter(ImageFilter.UnsharpMask(2, 80))


def _cropped(share: float) -> Callable[[Image.Image, random.Random], Image.Image]:
    """Without *share* of its width and of its height, more on one side than on the other."""

    def crop(image: Image.Image, rng: random.Random) -> Image.Image:
        wide, high = round(image.width * (1 - share)), round(image.height * (1 - share))
        x, y = rng.randint(0, image.width - wide), rng.randint(0, image.height - high)
        return image.crop((x, y, x + wide, y + high))

    return crop


def _captioned(image: Image.Image, rng: random.Random) -> Image.Image:
    image = image.copy()
    draw, (wide, high) = ImageDraw.Draw(image), image.size
    top = high * 0.86
    draw.rectangle((0, top, wide, high), fill="black")
    draw.text((wide * 0.05, top + high * 0.03), _line(rng, 6), fill="white", font_size=high * 0.07)
    return image


def _stamped(image: Image.Image, rng: random.Random) -> Image.Image:
    image = image.copy()
    draw, (wide, high) = ImageDraw.Draw(image), image.size
    draw.text((wide * 0.6, high * 0.9), "12. 8. 2003", fill="#ff9020", font_size=high * 0.06)
    return image


def _bordered(image: Image.Image, rng: random.Random) -> Image.Image:
    return ImageOps.expand(image, round(min(image.size) * 0.05), rng.choice(["white", "black"]))


def _turned(turn: Image.Transpose) -> Callable[[Image.Image, random.Random], Image.Image]:
    return lambda image, rng: image.transpose(turn)


_Q = Image.Transpose
CHANGES: dict[str, Change] = {
    "resized to 1/2": Change(_scaled(0.5), keeps=True),
    "resized to 1/4": Change(_scaled(0.25)),
    "recompressed at 60": Change(_same, save=(("quality", 60),), keeps=True),
    "recompressed at 30": Change(_same, save=(("quality", 30),)),
    "converted to png": Change(_same, ".png", (("compress_level", 1),)),
    "converted to webp": Change(_same, ".webp", (("quality", 80),), keeps=True),
    "converted to heic": Change(_same, ".heic", (("quality", 60),), keeps=True),
    "through a messenger": Change(_within(1024), save=(("quality", 70),)),
    "turned by EXIF": Change(_turned(_Q.ROTATE_90), keeps=True, orientation=6),
    "brighter by 20 %": Change(_brightness(1.2), keeps=True),
    "darker by 20 %": Change(_brightness(0.8)),
    "edited lightly": Change(_edited, keeps=True),
    "black and white": Change(lambda image, rng: image.convert("L").convert("RGB")),
    "stamped with a date": Change(_stamped),
    "captioned": Change(_captioned),
    "cropped by 5 %": Change(_cropped(0.05)),
    "cropped by 10 %": Change(_cropped(0.10)),
    "with a border": Change(_bordered),
    "turned by pixels": Change(_turned(_Q.ROTATE_270)),
    "upside down": Change(_turned(_Q.ROTATE_180)),
    "mirrored": Change(_turned(_Q.FLIP_LEFT_RIGHT)),
}


def photographs(folder: Path) -> list[Path]:
    """The pictures in *folder* that can be decoded and are no icons, in the order of their names."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp", ".heic")):
        try:
            with Image.open(path) as image:
                if min(image.size) >= SHORTEST:
                    image.draft("RGB", (64, 64))
                    image.load()
                    found.append(path)
        except OSError:
            continue
    return found


def _line(rng: random.Random, words: int) -> str:
    return " ".join(rng.choice(WORDS.split()) for _ in range(words)).capitalize()


def _exif(taken: str | None, fraction: int, camera: tuple[str, str] | None, orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[0x112] = orientation
    if camera:
        exif[0x10F], exif[0x110] = camera
    if taken:
        inner = exif.get_ifd(0x8769)
        inner[0x9003] = inner[0x9004] = taken
        inner[0x9291] = f"{fraction:02d}"
    return exif.tobytes()


def make_family(path: Path, out: Path, seed: int, scene: str | None) -> list[dict[str, Any]]:
    """The original photograph *path* and its copies, in a folder of their own."""
    rng, folder = random.Random(f"{seed}{path.name}"), out / "copies" / path.stem
    folder.mkdir(parents=True, exist_ok=True)
    with Image.open(path) as opened:
        metadata = opened.getexif()
        image = ImageOps.exif_transpose(opened).convert("RGB")
    original = folder / f"original{path.suffix.lower()}"
    original.write_bytes(path.read_bytes())
    rows = [_row(original, out, path.stem, "original", scene)]
    for name, change in CHANGES.items():
        target = folder / (name.replace(" ", "_").replace("/", "-").replace("_%", "") + change.suffix)
        save = dict(change.save)
        if change.keeps:
            metadata[0x112] = change.orientation
            save["exif"] = metadata.tobytes()
        change.run(image, rng).save(target, **save)
        rows.append(_row(target, out, path.stem, name, scene))
    return rows


def _row(path: Path, out: Path, family: str, kind: str, scene: str | None = None) -> dict[str, Any]:
    return {"path": path.relative_to(out).as_posix(), "family": family, "kind": kind, "scene": scene}


def make_neighbours(path: Path, out: Path, seed: int) -> list[dict[str, Any]]:
    """A burst of four frames with and one without metadata, and two views of one scene."""
    rng, rows = random.Random(f"{seed}{path.name}near"), []
    with Image.open(path) as opened:
        image = ImageOps.exif_transpose(opened).convert("RGB")
    taken = (
        f"2019:05:{rng.randint(1, 28):02d} {rng.randint(8, 20):02d}:{rng.randint(0, 59):02d}:{rng.randint(0, 50):02d}"
    )
    for number in range(6):
        told = number < 4
        frame = _frame(image, rng, zoom=0.94)
        target = out / ("bursts" if told else "bursts without metadata") / f"{path.stem}-{number}.jpg"
        exif = _exif(taken, 10 + 20 * number, ("Canon", "EOS 450D")) if told else _exif(None, 0, None)
        _save(frame, target, quality=90, exif=exif)
        rows.append(_row(target, out, f"{path.stem} frame {number}", target.parent.name))
    wide, high = image.size
    across = wide >= high
    for number in range(2):
        start = 0.34 * number
        box = (
            (start * wide, 0, (start + 0.66) * wide, high) if across else (0, start * high, wide, (start + 0.66) * high)
        )
        target = out / "two views" / f"{path.stem}-{number}.jpg"
        _save(_frame(image.crop(tuple(map(round, box))), rng, zoom=0.97), target, quality=90)
        rows.append(_row(target, out, f"{path.stem} view {number}", "two views"))
    return rows


def _frame(image: Image.Image, rng: random.Random, zoom: float) -> Image.Image:
    """What a hand-held camera sees: a little off, a little brighter, with grain of its own."""
    wide, high = image.width * zoom, image.height * zoom
    x, y = (image.width - wide) * rng.random(), (image.height - high) * rng.random()
    frame = image.resize(image.size, Image.Resampling.BICUBIC, box=(x, y, x + wide, y + high))
    frame = ImageEnhance.Brightness(frame).enhance(rng.uniform(0.97, 1.03))
    grain = Image.frombytes("L", image.size, rng.randbytes(image.width * image.height))
    return Image.blend(frame, Image.merge("RGB", (grain,) * 3), 0.04)


def _save(image: Image.Image, path: Path, **options: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)


def _sky(rng: random.Random) -> Image.Image:
    top, bottom = rng.choice(
        [("#3f8fd6", "#d5ecf8"), ("#8b98a6", "#dfe3e6"), ("#3c3a78", "#ff9a5c"), ("#070b1f", "#2c3563")]
    )
    image = ImageOps.colorize(Image.linear_gradient("L").resize((960, 720)), top, bottom)
    return Image.blend(image, Image.effect_noise((960, 720), 40).convert("RGB"), 0.03)


def _black(rng: random.Random) -> Image.Image:
    image = Image.effect_noise((960, 720), rng.uniform(2, 12)).point(lambda value: max(0, value - 120))
    return image.convert("RGB")


def _one_colour(rng: random.Random) -> Image.Image:
    return Image.new("RGB", (960, 720), tuple(rng.randrange(256) for _ in range(3)))


def _document(rng: random.Random) -> Image.Image:
    image = Image.new("RGB", (1240, 1754), "white")
    draw, y = ImageDraw.Draw(image), 150
    draw.text((120, y), _line(rng, 4), fill="black", font_size=44)
    y += 120
    for _ in range(rng.choice([12, 30, 36, 40])):
        draw.text((120, y), _line(rng, rng.choice([4, 13, 14, 15, 15])), fill="black", font_size=26)
        y += 36
    return ImageEnhance.Brightness(image).enhance(rng.uniform(0.95, 1))


def _chat(rng: random.Random) -> Image.Image:
    image = Image.new("RGB", (1080, 2340), "#e8e0d8")
    draw, y = ImageDraw.Draw(image), 220
    draw.rectangle((0, 0, 1080, 180), fill="#075e54")
    draw.text((150, 70), rng.choice(["Anna", "Family", "Work", "Tom"]), fill="white", font_size=52)
    while y < 2150:
        high, wide, mine = 80 + 50 * rng.randint(0, 3), rng.randint(300, 760), rng.random() < 0.5
        x = 1050 - wide if mine else 30
        draw.rounded_rectangle((x, y, x + wide, y + high), 24, fill="#dcf8c6" if mine else "white")
        draw.text((x + 24, y + 18), _line(rng, max(1, wide // 120)), fill="#303030", font_size=36)
        y += high + 30
    return image


SYNTHETIC: dict[str, tuple[Callable[[random.Random], Image.Image], str]] = {
    "skies": (_sky, ".jpg"),
    "black frames": (_black, ".jpg"),
    "one colour": (_one_colour, ".png"),
    "documents": (_document, ".jpg"),
    "chats": (_chat, ".png"),
}


def make_synthetic(kind: str, number: int, out: Path, seed: int) -> list[dict[str, Any]]:
    """One picture of a kind whose pictures all look alike and are all different."""
    draw, suffix = SYNTHETIC[kind]
    target = out / kind / f"{number:03d}{suffix}"
    _save(draw(random.Random(f"{seed}{kind}{number}")), target)
    return [_row(target, out, f"{kind} {number}", kind)]


def make(photos: Path, out: Path, *, half: str = "report", seed: int = 1, most: int = 0) -> list[dict[str, Any]]:
    """Fill *out* and write its ``truth.json``; the rows of that. *most*: photographs at most, 0 for all of the half."""
    chosen = photographs(photos)[0 if half == "tune" else 1 :: 2]
    chosen = chosen[: most or None]
    manifest = photos / "manifest.json"  # may say which two photographs show one scene
    scenes = {row["file"]: row.get("scene") for row in json.loads(manifest.read_text())} if manifest.exists() else {}
    seed = 2 * seed + (half == "tune")
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        # a frame of a burst is cut out of its photograph: that one is not in the set, for it would be a true crop of it
        near = set(chosen[2::3])
        tasks = [
            pool.submit(make_family, path, out, seed, scenes.get(path.name)) for path in chosen if path not in near
        ]
        tasks += [pool.submit(make_neighbours, path, out, seed) for path in sorted(near)]
        tasks += [pool.submit(make_synthetic, kind, n, out, seed) for kind in SYNTHETIC for n in range(30)]
        rows = [row for task in tasks for row in task.result()]
    (out / "truth.json").write_text(json.dumps({"half": half, "seed": seed, "files": rows}, indent=1))
    return rows


def main() -> int:
    from pillow_heif import register_heif_opener

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--half", choices=("tune", "report"), default="report")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=int, default=0, help="photographs at most")
    options = parser.parse_args()
    register_heif_opener()
    rows = make(options.photos, options.out, half=options.half, seed=options.seed, most=options.most)
    print(f"{len(rows)} files of {len({row['family'] for row in rows})} pictures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
