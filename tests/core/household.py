"""A small household, what is derived of it, and whether that is what a full derive makes."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from mediaparser_core import review
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.matches import Matches
from mediaparser_core.jobs import now
from mediaparser_core.pipeline import derive, matching

from .drawn import drawn

# tables that are compared, and with what: the numbers of tallies and rows mean nothing by themselves
TABLES = {
    "dates": "select * from dates order by sha256",
    "own_dates": "select * from own_dates order by sha256",
    "claims": "select * from claims order by sha256, source, coalesce(raw, ''), origin, coalesce(file_id, 0)",
    "witnesses": "select * from witnesses order by 1, 2, 3, 4, 5, 6, 7, 8, 9",
    "readings": "select * from readings order by sha256",
    "clock_offers": "select * from clock_offers order by id",
    "bundles": "select * from bundles order by 1, 2, 3",
    "groups": "select * from groups order by group_id",
    "members": "select * from members order by 1, 2",
    "matches": "select * from matches order by 1, 2, 3",
    "carried": "select * from carried order by 1, 2",
    "places": "select * from places order by 1, 2, 3, 4",
    "tags": "select * from tags order by 1, 2",
    "standings": "select * from standings order by sha256",
    "search": "select sha256, names, folders, tags, camera, place, words, date from search order by sha256",
    "timeline": "select t.id, sha256, moment, band, x, y, month, kind, level, placed, state, make, model from timeline t "
    "join tallies y on y.id = t.tally order by t.id",
    "tallies": "select month, kind, level, placed, state, make, model, pictures from tallies order by 1, 2, 3, 4, 5, 6, 7",
    "choices": "select * from choices order by 1, 2, 3, 4, 5, 6",
    "timeline_tags": "select tag, g.id, month, kind, level, placed, state, make, model from timeline_tags g join tallies y "
    "on y.id = g.tally order by 1, 2",
    "tag_counts": "select * from tag_counts order by 1",
    "map_spots": "select * from map_spots order by 1, 2, 3",
    "map_cells": "select * from map_cells order by 1, 2, 3",
    "found by words": "select sha256 from search_fts f join search s on s.id = f.rowid where search_fts match 'ab*' order by 1",
}  # fmt: skip
NAMES = ("abc", "abd", "xyz", "Lisbon")  # of tags


def picture(path, seed, *, taken=None, camera=None, size=(320, 240), place=None, quality=90):
    image, exif = drawn(seed), Image.Exif()
    if camera:
        exif[0x10F], exif[0x110] = camera
    if taken:
        exif.get_ifd(0x8769)[0x9003] = taken
    if place:
        parts = [[IFDRational(int(abs(part) * 10000), 10000), IFDRational(0), IFDRational(0)] for part in place]
        exif.get_ifd(0x8825).update(
            {1: "N" if place[0] > 0 else "S", 2: parts[0], 3: "E" if place[1] > 0 else "W", 4: parts[1]}
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    image.resize(size).save(path, exif=exif, quality=quality)


def rows(library):
    with closing(sqlite3.connect(library / "catalog.db")) as db:
        return {name: [row for row in db.execute(sql)] for name, sql in TABLES.items()}


def anew(world, tmp_path):
    """What the tables say after everything was derived anew, in a copy of the library."""
    library, chosen, manager = world
    shutil.rmtree(tmp_path / "anew", ignore_errors=True)
    copy = shutil.copytree(library, tmp_path / "anew")
    with Catalog(copy) as catalog, catalog.lock():
        Matches(catalog).forget_all()  # all are compared with all
        catalog.derived.forget_stage(matching.STAGE)
        assert derive.refresh(catalog, manager, chosen, force=True)
    return rows(copy)


def agrees(world, tmp_path):
    ours, full = rows(world[0]), anew(world, tmp_path)
    for name, said in full.items():
        if name == "claims":  # the copies of what sidecars say are numbered anew
            said, ours[name] = [row[1:] for row in said], [row[1:] for row in ours[name]]
        assert ours[name] == said, name


def somebody(rng, catalog):
    """A decision as people make them, about some pictures or cameras."""
    assets = [sha for (sha,) in catalog.db.conn.execute("select sha256 from assets order by sha256")]
    keepers = list(catalog.derived.keepers())
    verb = rng.choice(
        [
            "keep",
            "discard",
            "discard",
            "tag",
            "untag",
            "set-date",
            "shift",
            "same",
            "different",
            "group",
            "group",
            "undo",
        ]
    )
    one = rng.sample(assets, rng.choice([1, 1, 2]))
    if verb == "undo":
        made = catalog.decided.all()
        if not made:
            return None
        target = rng.choice(made)
        return review.make("undo", target.subject, target.request_id, "t", now())
    if verb == "group":  # the question of a group, answered as it is suggested, or the other way round
        if not keepers:
            return None
        _, keeper, members = rng.choice(keepers)
        others = [sha for sha in members if sha != keeper]
        if rng.random() < 0.3:
            keeper, others[0] = others[0], keeper
        return review.make("accept", [keeper, *others], review.accept_group(keeper, others), "t", now())
    if verb == "set-date":
        value = rng.choice(["2019-05-04 12:30", "1994-07", "2001-01-01T12:00:00+01:00", "2019"])
        return review.make(verb, one, value, "t", now())
    if verb == "shift":
        value = rng.choice(["-1h", "+1d", "+2h 2019-05-04..2019-05-04", "0"])
        return review.make(verb, [rng.choice(["Canon|EOS 5D|", "Google|Pixel 7|", "Nikon|D750|"])], value, "t", now())
    if verb in ("tag", "untag"):
        return review.make(verb, one, rng.choice(NAMES), "t", now())
    if verb in ("same", "different"):
        of_group = rng.choice(keepers)[2] if keepers and rng.random() < 0.6 else rng.sample(assets, 2)
        return review.make(verb, of_group[:3], None, "t", now())
    return review.make(verb, one, None, "t", now())
