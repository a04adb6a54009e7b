"""The family of the demo library, and which files it has made, copied and lost track of over the years."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

LEAST = 45  # files: fewer would leave out a part of the mess
PLACES = {  # latitude, longitude, zone, what there is to see
    "Lissabon": (38.6979, -9.4215, "Europe/Lisbon", ("sea", "beach", "city")),
    "Berlin": (52.5208, 13.4095, "Europe/Berlin", ("city", "garden", "forest")),
    "Müggelsee": (52.4381, 13.6489, "Europe/Berlin", ("sea", "forest", "beach")),
    "Alpen": (47.4211, 10.9853, "Europe/Berlin", ("mountains", "snow", "forest")),
    "Zuhause": (52.4003, 13.0591, "Europe/Berlin", ("garden", "birthday", "christmas")),
    "New York": (40.7061, -73.9969, "America/New_York", ("city", "sea", "forest")),
}
CAMERAS = {  # maker, model, writes place and offset
    "canon": ("Canon", "Canon EOS 450D", False),
    "iphone": ("Apple", "iPhone 12", True),
    "pixel": ("Google", "Pixel 7", True),
    "scanner": ("EPSON", "Perfection V600", False),
}
IN_UTC = {"filename": "UTC, not local time"}
SCANNED = {"exif": "time of scanning", "mtime": "time of scanning"}
RESET = {"exif": "the camera had lost its clock", "mtime": "the camera had lost its clock"}
RECEIVED = {"filename": "day received", "mtime": "time received", "exif": "stripped"}
DOWNLOADED = {"exif": "stripped", "mtime": "time of download"}
COPIED = {"mtime": "time of copying"}


@dataclass(frozen=True)
class File:
    """One file to be made: what it shows, when it was taken, and what its sources will say."""

    path: str
    taken: datetime | None  # with its zone; None: not a picture
    kind: str = "photo"  # photo, screenshot, video, sidecar, other
    place: str = "Zuhause"
    scene: str = ""
    number: int = 0  # the same number, the same picture
    device: str | None = None  # whose EXIF it carries
    exif: datetime | None = None  # what the EXIF says, where that is not the truth
    mtime: datetime | None = None
    orientation: int = 1
    frame: int | None = None  # of a burst
    copy_of: str | None = None
    change: str | None = None
    tags: tuple[str, ...] = ()
    lies: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None


def household(files: int, seed: int) -> list[File]:
    """*files* files: the mess first, days out with camera and phones for the rest."""
    mess = [*_scans(), *_camera(), *_iphone(), *_pixel(), *_cloud(), *_sorted()]
    mess += [*_messages(mess), *_screenshots(), *_copies(mess)]
    mess.append(File("Camera SD/Notizen.txt", None, "other", content=b"Akku laden! Speicherkarte ist fast voll.\n"))
    return mess + list(_days_out(files - len(mess), seed))


def _shot(number: int, path: str, place: str, taken: str, scene: str, device: str | None = None, **more: Any) -> File:
    at = datetime.fromisoformat(taken).replace(tzinfo=ZoneInfo(PLACES[place][2]))
    return File(path, at, place=place, scene=scene, number=number, device=device, **more)


def _copy(of: File, path: str, change: str, **more: Any) -> File:
    return replace(of, path=path, copy_of=of.path, change=change, **more)


def _find(files: list[File], name: str) -> File:
    return next(file for file in files if file.path.endswith(name))


def _scans() -> Iterator[File]:
    first = datetime(2021, 2, 14, 11, 3, tzinfo=UTC)
    prints = [
        ("1987 Summer/scan0001.jpg", "1987-07-18T11:00", "beach", ()),
        ("1987 Summer/scan0002.jpg", "1987-07-26T16:30", "garden", ()),
        ("1987 Summer/scan0003.jpg", "1987-08-02T14:00", "sea", ()),
        ("[FORCE] 1991-08-03 Oma am Müggelsee {oma,see}.jpg", "1991-08-03T12:00", "forest", ("oma", "see")),
    ]
    for n, (name, taken, scene, tags) in enumerate(prints):
        at = first + timedelta(minutes=4 * n)
        more = {"exif": at, "mtime": at, "lies": SCANNED, "change": "faded", "tags": tags}
        yield _shot(10 + n, f"Scans/{name}", "Müggelsee", taken, scene, "scanner", **more)


def _camera() -> Iterator[File]:
    """A camera without zone or place; at the wedding it began to count anew."""
    folder = "Camera SD/DCIM/100CANON"
    for n, scene in enumerate(("sea", "beach", "city", "sea", "beach")):
        taken = f"2010-08-{12 + n // 3}T{9 + 4 * (n % 3):02d}:1{n}:2{n}.{n}40"
        yield _shot(20 + n, f"{folder}/IMG_{2101 + n}.JPG", "Lissabon", taken, scene, "canon")
    tags = ("Urlaub", "Lissabon")
    yield _shot(22, f"{folder}/IMG_2103.xmp", "Lissabon", "2010-08-12T17:12:22", "city", kind="sidecar", tags=tags)
    for n, scene in enumerate(("birthday", "garden", "city"), 1):
        at = datetime(2008, 1, 1, 0, 2 * n, 11, tzinfo=UTC)
        path, taken = f"Camera SD/Hochzeit Anna & Jonas 2012-06-16/IMG_{n:04d}.JPG", f"2012-06-16T{12 + 2 * n}:30:07"
        yield _shot(25 + n, path, "Berlin", taken, scene, "canon", exif=at, mtime=at, lies=RESET)


def _iphone() -> Iterator[File]:
    folder = "iPhone von Zoë/2021-07"
    for n, scene in enumerate(("mountains", "forest", "mountains", "garden")):
        taken = f"2021-07-1{4 + n // 2}T{10 + 5 * (n % 2)}:0{n}:3{n}.{310 + 77 * n}"
        turned = 6 if n == 1 else 1
        yield _shot(30 + n, f"{folder}/IMG_{412 + n:04d}.JPG", "Alpen", taken, scene, "iphone", orientation=turned)
    for n in range(4):
        taken = f"2021-07-24T15:20:41.{100 + 180 * n}"
        yield _shot(35, f"{folder}/IMG_{417 + n:04d}.JPG", "Müggelsee", taken, "beach", "iphone", frame=n)
    yield File(f"{folder}/IMG_0421.JPG", None, "other", content=b"")


def _pixel() -> Iterator[File]:
    """A phone whose names count in UTC."""
    shots = [
        ("New York", "2022-10-08T19:40:12.512", "city"),
        ("New York", "2022-10-09T10:05:47.098", "sea"),
        ("Zuhause", "2022-12-24T18:15:02.441", "christmas"),
        ("Alpen", "2023-01-02T11:30:55.207", "snow"),
    ]
    for n, (place, taken, scene) in enumerate(shots):
        yield _named_in_utc(_shot(40 + n, ".jpg", place, taken, scene, "pixel"))
    yield _named_in_utc(_shot(45, ".mp4", "Müggelsee", "2023-07-15T18:30:05", "sea", kind="video"))


def _named_in_utc(file: File) -> File:
    assert file.taken
    stamp = f"{file.taken.astimezone(UTC):%Y%m%d_%H%M%S%f}"[:-3]
    return replace(file, path=f"Pixel 7/DCIM/Camera/PXL_{stamp}{file.path}", lies=IN_UTC)


def _cloud() -> Iterator[File]:
    """What came back from the cloud: pictures without dates, and the dates in JSON beside them."""
    folder, download = "Takeout/Google Fotos/Photos from 2016", datetime(2024, 11, 3, 10, 12, tzinfo=UTC)
    pictures = [
        ("Geburtstag Zoë.jpg", "2016-05-21T15:04:09", "birthday", ".json"),
        ("P1020304.jpg", "2016-09-03T11:22:33", "forest", ".json"),
        ("IMG_4711.jpg", "2016-12-26T13:37:00", "snow", ".supplemental-metadata.json"),
    ]
    for n, (name, taken, scene, suffix) in enumerate(pictures):
        picture = _shot(50 + n, f"{folder}/{name}", "Zuhause", taken, scene, mtime=download, lies=DOWNLOADED)
        yield picture
        yield replace(picture, path=picture.path + suffix, kind="sidecar", lies={})


def _sorted() -> Iterator[File]:
    path = "Sortiert/2016 Weihnachten 🎄/2016-12-24 Bescherung {weihnachten,familie}.jpg"
    tags, at = ("weihnachten", "familie"), datetime(2017, 1, 7, 20, tzinfo=UTC)
    lies = {"mtime": "time of sorting", "exif": "stripped"}
    yield _shot(60, path, "Zuhause", "2016-12-24T18:00:00", "christmas", mtime=at, tags=tags, lies=lies)


def _messages(files: list[File]) -> Iterator[File]:
    """The messenger's copies: smaller, without EXIF, named for the day they came."""
    pixels = [file for file in files if file.device == "pixel"]
    for n, of in enumerate((_find(files, "IMG_0412.JPG"), _find(files, "IMG_0413.JPG"), pixels[0], pixels[2])):
        assert of.taken
        at = of.taken + timedelta(days=1 + n, hours=2)
        path = f"WhatsApp/WhatsApp Images/IMG-{at:%Y%m%d}-WA{n + 3:04d}.jpg"
        yield _copy(of, path, "messenger", device=None, mtime=at, lies=RECEIVED)


def _screenshots() -> Iterator[File]:
    for n, text in enumerate(("2023-11-05T09:12:44", "2023-11-19T21:03:10")):
        shot = _shot(n, "", "Berlin", text, "", kind="screenshot")
        yield replace(shot, path=f"Screenshots/Screenshot_{shot.taken:%Y%m%d-%H%M%S}.png", lies={"exif": "absent"})


def _copies(files: list[File]) -> Iterator[File]:
    """Backups of backups, a file cut short by a full disk, small ones for grandmother, one made brighter."""
    at = datetime(2022, 4, 18, 16, 45, tzinfo=UTC)
    copies = [
        ("/IMG_2101.JPG", "Backup 2022/Kamera/IMG_2101.JPG", "bytes"),
        ("/IMG_2102.JPG", "Backup 2022/Kamera/IMG_2102 (1).JPG", "bytes"),
        ("familie}.jpg", "Backup 2022/alter Laptop/Bilder/Kopie von Bescherung.jpg", "bytes"),
        ("/IMG_2104.JPG", "Backup 2022/Kamera/IMG_2104.JPG", "cut short"),
        ("/IMG_2102.JPG", "Für Oma/IMG_2102 klein.jpg", "resized"),
        ("/IMG_0414.JPG", "Für Oma/Wanderung.jpg", "recompressed"),
        ("/IMG_0412.JPG", "iPhone von Zoë/2021-07/IMG_E0412.JPG", "brightened"),
    ]
    for of, path, change in copies:
        original = _find(files, of)
        yield _copy(original, path, change, mtime=at, lies=original.lies | COPIED)


def _days_out(number: int, seed: int) -> Iterator[File]:
    """*number* more pictures, a few a day."""
    rng, roll = random.Random(seed), 2200
    years = {"canon": (2009, 2016), "iphone": (2020, 2021), "pixel": (2022, 2024)}
    while number > 0:
        device, place = rng.choice(sorted(years)), rng.choice(sorted(PLACES))
        day = datetime(rng.randint(*years[device]), rng.randint(1, 12), rng.randint(1, 28), rng.randint(7, 17))
        for _ in range(min(rng.randint(3, 6), number)):
            number, roll = number - 1, roll + 1
            day += timedelta(minutes=rng.randint(4, 70), seconds=rng.randint(0, 59))
            taken = day.replace(microsecond=rng.randrange(10, 990) * 1000)
            names = {
                "canon": f"Camera SD/DCIM/101CANON/IMG_{roll}.JPG",
                "iphone": f"iPhone von Zoë/{taken:%Y-%m}/IMG_{roll - 1000}.JPG",
                "pixel": ".jpg",
            }
            shot = _shot(roll, names[device], place, taken.isoformat(), rng.choice(PLACES[place][3]), device)
            yield _named_in_utc(shot) if device == "pixel" else shot
