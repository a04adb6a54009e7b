#!/usr/bin/env python3
"""Make a catalog of a million pictures that do not exist, to measure pages and questions on.

    python benchmarks/synthetic_catalog.py LIBRARY [--assets 1000000] [--seed 1] [--thumbnails 0]

The tables are those of the program's own migrations; the rows are a made-up household's: pictures grow in number over
thirty years, cameras come and go, most places lie around one home and in some forty holidays, one in ten files is a copy,
each picture has three claims on its date and one or two tags. What the program derives for its pages (search, time line,
map) is derived by the program itself. The same arguments give the same catalog. ``--thumbnails N`` paints N small pictures
into the cache, for measuring how fast they are handed out.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import random
import sqlite3
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from mediaparser_core import disk, probe, settings
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.explored import KNOWN
from mediaparser_core.catalog.search import Search
from mediaparser_core.catalog.summary import Summary
from mediaparser_core.compact import packed
from mediaparser_core.jobs import now
from mediaparser_core.pipeline import derive
from mediaparser_core.shorter import moment, written

CAMERAS = [  # maker, model, first and last year, how much it is used
    ("Canon", "Canon PowerShot A70", 1999, 2005, 4), ("NIKON CORPORATION", "NIKON D70", 2003, 2010, 6),
    ("SONY", "DSC-W55", 2005, 2011, 3), ("Canon", "Canon EOS 450D", 2007, 2016, 6), ("Panasonic", "DMC-TZ7", 2008, 2014, 4),
    ("Apple", "iPhone 4", 2010, 2013, 8), ("samsung", "GT-I9300", 2011, 2015, 5), ("Apple", "iPhone 5s", 2013, 2017, 9),
    ("GoPro", "HERO4 Silver", 2014, 2019, 2), ("OnePlus", "ONEPLUS A3003", 2015, 2019, 6), ("Apple", "iPhone 8", 2017, 2022, 9),
    ("FUJIFILM", "X-T20", 2016, 2025, 4), ("DJI", "FC2103", 2018, 2023, 1), ("Google", "Pixel 4a", 2019, 2024, 8),
    ("Apple", "iPhone 13", 2021, 2026, 10), ("Google", "Pixel 8", 2023, 2026, 9), ("EPSON", "Perfection V600", 2009, 2024, 1),
    (None, None, 1996, 2026, 4),
]  # fmt: skip
TAGS = [f"{word} {number}" for number in range(1, 21) for word in (
    "Family", "Garden", "Birthday", "Beach", "Mountains", "School", "Dog", "Cat", "Wedding", "Christmas", "Hike", "Boat",
    "Museum", "Snow", "Friends", "Food", "Sunset", "Concert", "Bike", "Harbour",
)]  # fmt: skip
HOME = (47.37, 8.54)
LEVELS = ("high",) * 55 + ("medium",) * 33 + ("low",) * 9 + ("none",) * 3
BATCH = 20_000

COLUMNS = {
    "files": "id, root, path_bytes, path, name, size, mtime_ns, ctime_ns, inode, device, sha256, kind, state, probed, seen_job",
    "assets": "sha256, image_sha256, kind, format, size, width, height, duration, orientation, make, model, latitude, longitude",
    "claims": "sha256, file_id, source, raw, value, utc_offset, precision, accepted, reason, usable",
    "dates": "sha256, taken_at, utc_offset, taken_utc, precision, source, rule, confidence, level, needs_review, reason, suggestion",
    "found_tags": "sha256, tag, source, file_id",
    "tags": "sha256, tag, source",
    "fingerprints": "sha256, kind, value",
    "standings": "sha256, kept, wanted, end_state, reason",
    "receipts": "sha256, target, written_sha256, at, signature",
    "bundles": "bundle_id, sha256, role, file_id, rule",
    "groups": "group_id, kind, confidence, keeper, settled, reason",
    "members": "group_id, sha256, distance",
    "troubles": "file_id, probe, message, at",
}  # fmt: skip
REASONS = {
    "high": "The date of taking inside the file decides; the satellites' time inside the file agrees.",
    "medium": "The date of taking inside the file decides.",
    "low": "Only the time it was last edited is known; it was taken then or earlier.",
    "none": "Nothing in it or around it says when it was taken.",
}
Rows = dict[str, list[tuple[object, ...]]]


class Household:
    """Answers with rows, one asset after the other; the order is that of the hashes, as tables are kept."""

    def __init__(self, assets: int, seed: int) -> None:
        self.random, self.files = random.Random(seed), 0
        self.groups = self.bundles = 0
        self.hashes = sorted(hashlib.sha256(f"{seed}/{number}".encode()).hexdigest() for number in range(assets))
        self.holidays = [
            (self.random.uniform(-45, 65), self.random.uniform(-120, 150), self.random.uniform(1998, 2026))
            for _ in range(40)
        ]
        self.spare: list[tuple[str, int]] = []  # the picture before, for groups and bundles

    def rows(self) -> Iterator[Rows]:
        batch: Rows = {table: [] for table in COLUMNS}
        for number, sha in enumerate(self.hashes):
            self._asset(number, sha, batch)
            if number % BATCH == BATCH - 1:
                yield batch
                batch = {table: [] for table in COLUMNS}
        yield batch

    def _asset(self, number: int, sha: str, out: Rows) -> None:
        rng = self.random
        year = 2026 - 30 * (1 - rng.random() ** 0.45)  # ever more pictures, as it is
        moment = datetime(1996, 1, 1) + timedelta(seconds=(year - 1996) * 31_556_952)
        moment = moment.replace(hour=min(23, max(6, int(rng.gauss(14, 4)))), microsecond=0)
        cameras = [camera for camera in CAMERAS if camera[2] <= moment.year <= camera[3]]
        make, model, *_ = rng.choices(cameras, [camera[4] for camera in cameras])[0]
        video = model is not None and rng.random() < 0.06
        level = rng.choice(LEVELS)
        place = (
            self._place(year)
            if make in ("Apple", "Google", "samsung", "OnePlus", "DJI") and rng.random() < 0.8
            else (None, None)
        )
        width, height = (
            rng.choice(((4032, 3024), (3024, 4032), (3264, 2448), (6000, 4000))) if not video else (1920, 1080)
        )
        size = rng.randrange(1_500_000, 6_000_000) * (12 if video else 1)
        out["assets"].append((
            sha, sha, "video" if video else "image", "mov" if video else "jpeg", size, width, height,
            rng.uniform(3, 90) if video else None, 1, make, model, *place,
        ))  # fmt: skip
        first = self._files(sha, size, moment, video, number, out)
        text = moment.isoformat()
        self._dates(sha, first, text, level, out)
        tags = {rng.choice(TAGS[: 20 + int(380 * rng.random() ** 3)]) for _ in range(rng.choice((0, 1, 1, 2, 2)))}
        for tag in sorted(tags):
            out["tags"].append((sha, tag, "xmp"))
            out["found_tags"].append((sha, tag, "xmp", first))
        out["fingerprints"].append((sha, "phash", f"{rng.getrandbits(64):016x}"))
        self._standing(sha, first, moment, number, out)
        self._together(sha, first, out)

    def _place(self, year: float) -> tuple[float, float]:
        rng = self.random
        away = [place for place in self.holidays if abs(place[2] - year) < 0.04]
        if away:
            latitude, longitude, _ = rng.choice(away)
            spread = 0.15
        else:
            (latitude, longitude), spread = HOME, rng.choice((0.0004, 0.01, 0.08))
        return round(rng.gauss(latitude, spread), 6), round(rng.gauss(longitude, spread), 6)

    def _files(self, sha: str, size: int, moment: datetime, video: bool, number: int, out: Rows) -> int:
        first = self.files + 1
        stamp = int((moment - datetime(1970, 1, 1)).total_seconds()) * 10**9
        for copy in range(2 if self.random.random() < 0.1 else 1):
            self.files += 1
            root = "/photos" if copy == 0 else "/photos/old backup"
            name = f"IMG_{number % 10000:04d}.{'MOV' if video else 'JPG'}"
            path = f"{root}/{moment:%Y}/{moment:%Y-%m} {self.random.choice(TAGS)}/{number // 10000:03d}/{name}"
            out["files"].append((
                self.files, root, path.encode(), path, name, size, stamp, stamp, self.files, 1, sha,
                "video" if video else "image", "present", "1", 1,
            ))  # fmt: skip
            if self.random.random() < 0.001:
                out["troubles"].append(
                    (self.files, "pictures", "the last tenth of the file is missing", "2026-11-01T00:00:00Z")
                )
        return first

    def _dates(self, sha: str, file: int, text: str, level: str, out: Rows) -> None:
        sure, known = level in ("high", "medium"), level != "none"
        for source, reason, accepted in (
            ("exif:DateTimeOriginal", "it dates the picture", sure),
            ("exif:ModifyDate", "the time it was last edited: not earlier than it was taken", known),
            ("file:mtime", "a file system's date is the time of some copy", False),
        ):
            value = text if accepted else "2012-05-04T10:11:12"
            out["claims"].append(
                (sha, file, source, value.replace("T", " "), value, None, "second", accepted, reason, 1)
            )
        out["dates"].append((
            sha, text if known else None, "+02:00" if level == "high" else None, None, "second" if known else None,
            "exif:DateTimeOriginal" if sure else None, "embedded" if sure else "modified" if known else "none",
            {"high": 0.97, "medium": 0.8, "low": 0.4, "none": 0.0}[level], level, int(not sure), REASONS[level],
            None if known else text[:4],
        ))  # fmt: skip

    def _standing(self, sha: str, file: int, moment: datetime, number: int, out: Rows) -> None:
        rng = self.random
        if rng.random() < 0.02:
            out["standings"].append((sha, 0, 0, "discarded", "left out by decision"))
            return
        if rng.random() < 0.02:
            out["standings"].append((sha, 1, 0, "duplicate", "the same picture; only the metadata differ"))
            return
        out["standings"].append((sha, 1, 1, None, None))
        if rng.random() < 0.95:
            target = f"{moment:%Y}/{moment:%Y%m%d_%H%M%S}_{number}.jpg"
            out["receipts"].append((sha, target, sha, "2026-11-01T00:00:00Z", ""))

    def _together(self, sha: str, file: int, out: Rows) -> None:
        self.spare.append((sha, file))
        if len(self.spare) < 40:
            return
        (a, _), (b, _), (c, still), (d, film) = self.spare[:4]
        self.spare.clear()
        self.groups += 1
        self.bundles += 1
        out["groups"].append((self.groups, "similar", 0.9, a, 0, "the larger one"))
        out["members"] += [(self.groups, a, 0), (self.groups, b, 4)]
        out["bundles"] += [
            (self.bundles, c, "primary", still, "live_photos"),
            (self.bundles, d, "live_video", film, "live_photos"),
        ]


def fill(conn: sqlite3.Connection, household: Household) -> None:
    """All rows; indexes are taken away before and made again after, which is many times faster."""
    marks = ", ".join("?" * len(COLUMNS))
    indexes = conn.execute(
        f"select name, sql from sqlite_master where type = 'index' and sql is not null and tbl_name in ({marks})",
        [f"_{table}" for table in COLUMNS],
    ).fetchall()
    for name, _ in indexes:
        conn.execute(f"drop index {name}")
    conn.execute("begin")
    conn.executemany("insert into contents (hash) values (?)", ((packed(sha),) for sha in household.hashes))
    for rows in household.rows():
        for table, columns in COLUMNS.items():
            values = ", ".join("?" * len(columns.split(",")))
            conn.executemany(f"insert into {table} ({columns}) values ({values})", rows[table])
    shorten(conn)
    conn.execute(
        "insert into roots (path_bytes, path, device, scanned_at) values (?, '/photos', 1, ?)", (b"/photos", now())
    )
    conn.execute("commit")
    for _, sql in indexes:
        conn.execute(sql)
    conn.execute("vacuum")  # what became smaller left room


def shorten(conn: sqlite3.Connection) -> None:
    """Rows that came in through the views become as small as those that the program stores."""
    for made in (packed, moment):
        conn.create_function(made.__name__, 1, made)
    for place, name in enumerate(("way", "kept")):
        conn.create_function(name, 3, lambda raw, value, offset, place=place: written(raw, value, offset)[place])
    for table, column in (("fingerprints", "phash"), ("assets", "image_sha256"), ("receipts", "signature")):
        conn.execute(f"update _{table} set {column} = packed({column})")
    for table, column in (("dates", "taken_utc"), ("receipts", "at")):
        conn.execute(f"update _{table} set {column} = moment({column})")
    same = ("source", "utc_offset", "precision", "origin", "usable", "remark")
    said = "_claims.raw, _claims.value, (select word from words where id = s.utc_offset)"
    conn.execute(
        f"insert or ignore into _sayings ({', '.join(same)}, written) select distinct {', '.join(f's.{name}' for name in same)}, "
        f"way({said}) from _claims join _sayings s on s.id = _claims.saying"
    )
    alike = " and ".join(f"t.{name} = s.{name}" for name in same)
    conn.execute(
        f"update _claims set (saying, raw) = (select t.id, kept({said}) from _sayings s join _sayings t on {alike} "
        f"and t.written = way({said}) where s.id = _claims.saying), value = moment(value)"
    )


def paint(library: Path, hashes: list[str]) -> None:
    """A thumbnail of about 12 kB for each of *hashes*, as a scan leaves them."""
    from PIL import Image

    noise = Image.effect_noise((320, 240), 60)
    for number, sha in enumerate(hashes):
        buffer = io.BytesIO()
        shade = tuple((number * step) % 256 for step in (37, 71, 113))
        Image.merge("RGB", [noise.point(lambda v, s=s: (v + s) % 256) for s in shade]).save(buffer, "JPEG", quality=60)
        disk.write_preview(library / "cache", sha, buffer.getvalue())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("library", type=Path)
    options.add_argument("--assets", type=int, default=1_000_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--thumbnails", type=int, default=0)
    chosen = options.parse_args()
    if (chosen.library / "catalog.db").exists():
        options.error(f"{chosen.library} has a catalog already")
    started = time.perf_counter()

    def done(what: str) -> None:
        print(f"{what:12} {time.perf_counter() - started:7.1f} s")

    household = Household(chosen.assets, chosen.seed)
    with Catalog(chosen.library) as catalog:
        conn = catalog.db.conn
        for pragma in ("synchronous = off", "cache_size = -600000", "temp_store = memory", "foreign_keys = off"):
            conn.execute(f"pragma {pragma}")
        fill(conn, household)
        done("rows")
        Summary(catalog).refresh()
        done("time line")
        Search(catalog).refresh()
        done("search")
        known = settings.load(chosen.library)
        # the derived tables are what they are: no page shall start to derive a million pictures that do not exist
        catalog.derived.finish_stage(derive.STAGE, derive.fingerprint(catalog, probe.configure(known)[0], known), now())
        catalog.derived.finish_stage(KNOWN, "0", now())
        conn.execute("pragma wal_checkpoint(truncate)")
    paint(chosen.library, household.hashes[: chosen.thumbnails])
    done("all")


if __name__ == "__main__":
    main()
