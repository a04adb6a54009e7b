#!/usr/bin/env python3
"""Make a small, messy, honest household library to try MediaParser on.

    python benchmarks/demo_library.py OUT [--files 60] [--seed 1]

Nothing in it is anybody's: the pictures are painted (``demo_scenes.py``), the family is made up
(``demo_household.py``). The mess is real: a phone whose names count in UTC, a camera that knows no time zone and once
forgot the year, pictures a messenger stripped, a cloud export that keeps its dates in JSON, scans dated by the scanner,
backups of backups, resized copies, a burst, a file cut short. ``OUT/truth.json`` says of every file when it was really
taken, whose copy it is, and which of its sources lie. The same arguments give the same bytes (with the same versions of
Pillow and PyAV). Needs Pillow; the video needs PyAV and is left out without it.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from demo_household import CAMERAS, LEAST, PLACES, File, household
from demo_scenes import paint
from PIL import Image, ImageDraw, ImageEnhance, ImageOps
from PIL.TiffImagePlugin import IFDRational

LONG_AGO = datetime(2022, 4, 18, tzinfo=UTC)  # when files without a date were written


def exif_of(file: File, size: tuple[int, int]) -> Image.Exif:
    """What the device writes."""
    exif = Image.Exif()
    if file.device is None or file.taken is None:
        return exif
    maker, model, connected = CAMERAS[file.device]
    at = file.exif or file.taken
    text = f"{at:%Y:%m:%d %H:%M:%S}"
    exif.update({0x10F: maker, 0x110: model, 0x112: file.orientation, 0x132: text})
    exif.update({0x11A: IFDRational(72), 0x11B: IFDRational(72), 0x128: 2, 0x213: 1})
    details = exif.get_ifd(0x8769)
    details.update({0x9000: b"0232", 0x9003: text, 0x9004: text, 0xA000: b"0100", 0xA001: 1})
    details.update({0xA002: size[0], 0xA003: size[1]})
    if file.device != "scanner":
        fraction = f"{at.microsecond // 1000:03d}" if connected else f"{at.microsecond // 10_000:02d}"
        details.update({0x829D: IFDRational(28, 10), 0x8827: 200, 0x9209: 16, 0x920A: IFDRational(28)})
        details.update({0x9291: fraction, 0x9292: fraction})
    if connected:
        offset, utc = f"{at:%z}", at.astimezone(UTC)
        details.update(dict.fromkeys((0x9010, 0x9011, 0x9012), f"{offset[:3]}:{offset[3:5]}"))
        latitude, longitude = PLACES[file.place][:2]
        place = exif.get_ifd(0x8825)
        place.update({0: b"\2\3\0\0", 1: "NS"[latitude < 0], 2: degrees(latitude), 3: "EW"[longitude < 0]})
        place.update({4: degrees(longitude), 7: (utc.hour, utc.minute, utc.second), 29: f"{utc:%Y:%m:%d}"})
    return exif


def degrees(value: float) -> tuple[IFDRational, ...]:
    hundredths = round(abs(value) * 360_000)
    whole, rest = divmod(hundredths, 360_000)
    return IFDRational(whole), IFDRational(rest // 6000), IFDRational(rest % 6000, 100)


def picture_of(file: File, seed: int) -> Image.Image:
    """The picture as displayed."""
    name, hour = f"{seed}:{file.scene}:{file.number}", hour_of(file)
    wide, high = (900, 1200) if file.orientation == 6 else (1200, 900)
    if file.frame is None:
        return paint(file.scene, name, hour, (wide, high))
    rng = random.Random(f"{name}:{file.frame}")  # the hand moves a little from frame to frame
    left, top = rng.randrange(0, 80), rng.randrange(0, 60)
    return paint(file.scene, name, hour, (wide + 80, high + 60)).crop((left, top, left + wide, top + high))


def hour_of(file: File) -> str:
    """The light at the hour of taking."""
    if file.taken is None or file.scene in ("birthday", "christmas"):
        return "day"
    if file.taken.hour < 6 or file.taken.hour > 20:
        return "night"
    return "dawn" if file.taken.hour < 9 else "dusk" if file.taken.hour > 18 else "day"


def changed(image: Image.Image, change: str | None) -> tuple[Image.Image, int]:
    """*image* after what happened to it, and the JPEG quality it is saved with."""
    match change:
        case "faded":
            pale = Image.blend(ImageEnhance.Color(image).enhance(0.55), Image.new("RGB", image.size, "#e8c9a0"), 0.22)
            return ImageOps.expand(pale.resize((1080, 780)), 30, "#f4efe4"), 90
        case "messenger":
            return ImageOps.scale(image, 0.75), 62
        case "resized":
            return ImageOps.scale(image, 0.5), 82
        case "recompressed":
            return image, 70
        case "brightened":
            return ImageEnhance.Brightness(image).enhance(1.12), 88
    return image, 88


def write_screenshot(file: File, path: Path) -> None:
    """A page of a chat."""
    rng, bright = random.Random(f"chat {file.number}"), file.number % 2
    draw = ImageDraw.Draw(image := Image.new("RGB", (720, 1440), "#eae4dc" if bright else "#17212b"))
    draw.rectangle((0, 0, 720, 110), fill="#3c7a6a" if bright else "#242f3d")
    draw.ellipse((30, 25, 90, 85), fill="#f2b134")
    y = 150
    while y < 1330:
        mine, lines, wide = rng.random() < 0.45, rng.randint(1, 4), rng.randint(220, 480)
        left = 690 - wide if mine else 30
        draw.rounded_rectangle((left, y, left + wide, y + 34 + 32 * lines), 18, fill="#d7f3c6" if mine else "#ffffff")
        for line in range(lines):
            long = wide - 50 if line < lines - 1 else rng.randint(60, wide - 50)
            at = (left + 22, y + 22 + 32 * line, left + 22 + long, y + 36 + 32 * line)
            draw.rounded_rectangle(at, 6, fill="#9aa5ad")
        y += 34 + 32 * lines + rng.randint(16, 40)
    image.save(path, "PNG")


def write_video(file: File, path: Path, seed: int) -> None:
    """Three seconds of panning over the water, as a phone films it."""
    import av

    assert file.taken
    wide = paint(file.scene, f"{seed}:{file.scene}:{file.number}", hour_of(file), (960, 360))
    with av.open(str(path), "w") as container:
        container.metadata["creation_time"] = f"{file.taken.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000000Z}"
        stream = container.add_stream("mpeg4", rate=15)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 640, 360, "yuv420p", 1_500_000
        stream.codec_context.thread_count = 1  # the same bytes on every machine
        for n in range(45):
            frame = av.VideoFrame.from_image(wide.crop((n * 7, 0, n * 7 + 640, 360)))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def sidecar_of(file: File) -> bytes:
    """The XMP beside a camera's picture, or the JSON of a cloud export."""
    assert file.taken
    if file.path.endswith(".xmp"):
        items = "".join(f"<rdf:li>{tag}</rdf:li>" for tag in file.tags)
        return (
            '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
            ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
            ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="5">'
            f"<dc:subject><rdf:Bag>{items}</rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
            '<?xpacket end="w"?>'
        ).encode()
    seconds = int(file.taken.timestamp())
    latitude, longitude = PLACES[file.place][:2]
    words = {
        "title": file.path.rsplit("/", 1)[-1].partition(".jpg")[0] + ".jpg",
        "creationTime": {"timestamp": str(seconds + 90 * 86_400)},
        "photoTakenTime": {"timestamp": str(seconds)},
        "geoData": {"latitude": latitude, "longitude": longitude, "altitude": 0.0},
    }
    return json.dumps(words, indent=1).encode()


def write(file: File, out: Path, seed: int, painted: dict[tuple[int, int | None], Image.Image]) -> None:
    """Make *file* under *out*; *painted* remembers the pictures that later files are copies of."""
    path = out / file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    if file.content is not None:
        path.write_bytes(file.content)
    elif file.kind == "sidecar":
        path.write_bytes(sidecar_of(file))
    elif file.kind == "screenshot":
        write_screenshot(file, path)
    elif file.kind == "video":
        write_video(file, path, seed)
    elif file.copy_of and file.change == "bytes":
        shutil.copyfile(out / file.copy_of, path)
    elif file.copy_of and file.change == "cut short":
        whole = (out / file.copy_of).read_bytes()
        path.write_bytes(whole[: len(whole) * 2 // 5])
    else:
        key = (file.number, file.frame)
        if key not in painted:
            painted[key] = picture_of(file, seed)
        image, quality = changed(painted[key], file.change)
        if file.orientation == 6 and file.device:  # phones store it lying on its side, a messenger turns it upright
            image = image.transpose(Image.Transpose.ROTATE_90)
        image.save(path, "JPEG", quality=quality, exif=exif_of(file, image.size))
    at = (file.mtime or file.taken or LONG_AGO).timestamp()
    os.utime(path, (at, at))


def truth_of(files: list[File]) -> list[dict[str, object]]:
    """One row a file, as benchmarks read it: files of one ``near`` show the same picture, those of one ``exact`` have
    the same bytes, those of one ``burst`` are its frames."""
    near = {file.copy_of for file in files if file.change != "cut short"}
    exact = {file.copy_of for file in files if file.change == "bytes"}
    rows = []
    for file in files:
        original = file.copy_of or file.path
        whole = file.kind == "photo" and file.change != "cut short"
        identical = file.path == original or file.change == "bytes"
        row: dict[str, object] = {"path": file.path, "kind": file.kind, "device": file.device}
        if file.taken:
            row["taken"] = file.taken.replace(tzinfo=None).isoformat(timespec="milliseconds")
            row["taken_utc"] = file.taken.astimezone(UTC).isoformat(timespec="milliseconds")
            row["utc_offset_minutes"] = int((file.taken.utcoffset() or timedelta()).total_seconds() // 60)
        row |= {
            "scene": f"{file.scene}{file.number}" if file.scene and file.kind != "sidecar" else None,
            "copy_of": file.copy_of,
            "change": file.change,
            "near": original if whole and original in near else None,
            "exact": original if whole and identical and original in exact else None,
            "burst": f"burst{file.number}" if file.frame is not None else None,
            "tags": list(file.tags),
            "lies": file.lies,
        }
        rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("out", type=Path, help="a folder that does not exist yet, or is empty")
    parser.add_argument("--files", type=int, default=60, help=f"how many files, at least {LEAST} (default: 60)")
    parser.add_argument("--seed", type=int, default=1, help="another number, other pictures")
    options = parser.parse_args()
    out: Path = options.out
    if options.files < LEAST:
        parser.error(f"--files must be at least {LEAST}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        parser.error(f"{out} is not an empty folder")
    files = household(options.files, options.seed)
    if importlib.util.find_spec("av") is None:
        files = [file for file in files if file.kind != "video"]
    painted: dict[tuple[int, int | None], Image.Image] = {}
    for file in files:
        write(file, out, options.seed, painted)
    truth = {"seed": options.seed, "files": truth_of(files)}
    (out / "truth.json").write_text(json.dumps(truth, indent=1, ensure_ascii=False), "utf-8")
    size = sum((out / file.path).stat().st_size for file in files)
    print(f"{len(files)} files, {size / 1e6:.0f} MB, in {out}; what is true about them is in {out / 'truth.json'}")


if __name__ == "__main__":
    main()
