"""What a few new decisions change is, row for row, what everything derived anew would say."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from mediaparser_core import plugins, review, settings
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.standing_answers import StandingAnswers
from mediaparser_core.jobs import now
from mediaparser_core.pipeline import derive
from mediaparser_core.review.questions import shared_cause

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
LISBON, NAMES = (38.72, -9.14), ("abc", "abd", "xyz", "Lisbon")


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


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A scanned household: a trip with and without positions, copies with and without dates, a folder of scans."""
    folder = tmp_path_factory.mktemp("following")
    source, canon, phone = folder / "input", ("Canon", "EOS 5D"), ("Google", "Pixel 7")
    for number in range(6):
        picture(source / f"trip/IMG_{number:04d}.jpg", number, taken=f"2019:05:04 1{number}:00:03", camera=canon)
        picture(
            source / f"trip/PXL_20190504_1{number}0500.jpg", 10 + number, taken=f"2019:05:04 1{number}:05:00",
            camera=phone, place=(LISBON[0], LISBON[1] + number / 1000),
        )  # fmt: skip
    for number in (1, 2, 13):  # smaller copies that lost what they knew
        picture(source / f"sent/IMG-2019{number:04d}-WA0001.jpg", number, size=(160, 120))
    picture(source / "old/IMG_0003.jpg", 3, size=(320, 240), quality=80, place=LISBON)  # a copy that knows where
    picture(source / "again/IMG_0004.jpg", 4, size=(240, 180), taken="2019:05:04 15:00:03", camera=("Nikon", "D750"))
    for number in range(5):
        picture(source / f"Summer 1994/scan{number:03d}.jpg", 30 + number)
    picture(source / "dated/IMG_0100.jpg", 40, taken="2001:01:01 10:00:00", camera=canon)
    picture(source / "dated/IMG_0102.jpg", 41, taken="2001:01:02 10:00:00", camera=canon)
    picture(source / "dated/IMG_0101.jpg", 42)
    (source / "trip/IMG_0000.jpg.json").write_text(
        json.dumps({"title": "IMG_0000.jpg", "photoTakenTime": {"timestamp": "1556967603"}})
    )
    library = folder / "library"
    subprocess.run(
        [sys.executable, "-m", "mediaparser_core", "--library", str(library), "run", str(source)],
        check=True, capture_output=True, env={**os.environ, "TZ": "Europe/Lisbon"},
    )  # fmt: skip
    return library


@pytest.fixture
def world(built, tmp_path):
    library = shutil.copytree(built, tmp_path / "library")
    return library, settings.load(library, environ={}, options={"timezone": "Europe/Lisbon"}), plugins.load()


def rows(library):
    with closing(sqlite3.connect(library / "catalog.db")) as db:
        return {name: [row for row in db.execute(sql)] for name, sql in TABLES.items()}


def anew(world, tmp_path):
    """What the tables say after everything was derived anew, in a copy of the library."""
    library, chosen, manager = world
    shutil.rmtree(tmp_path / "anew", ignore_errors=True)
    copy = shutil.copytree(library, tmp_path / "anew")
    with Catalog(copy) as catalog, catalog.lock():
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


@pytest.mark.parametrize("seed", range(6))
def test_after_any_decisions_every_table_is_what_a_full_derive_makes(world, tmp_path, seed):
    library, chosen, manager = world
    rng = random.Random(seed)
    agrees(world, tmp_path)
    for _ in range(8):
        with Catalog(library) as catalog:
            made = [decision for _ in range(rng.choice([1, 1, 2])) if (decision := somebody(rng, catalog))]
            catalog.decided.add(made)
            with catalog.lock():
                derive.refresh(catalog, manager, chosen)
            assert derive.is_fresh(catalog, manager, chosen)
        agrees(world, tmp_path)


@pytest.mark.parametrize(
    ("plugin", "fresh"),
    [
        ("dask_pool", True),
        ("local_pool", True),
        ("folder_priority", False),
        ("original_names", False),
        ("nobody", False),
    ],
)
def test_only_settings_of_those_who_have_a_say_make_everything_anew(world, plugin, fresh):
    library, chosen, manager = world
    with Catalog(library) as catalog:
        with catalog.lock():
            derive.refresh(catalog, manager, chosen)
        other = replace(chosen, plugins={**chosen.plugins, plugin: {"key": 7}})
        assert derive.is_fresh(catalog, manager, chosen)
        assert derive.is_fresh(catalog, manager, other) is fresh


@pytest.mark.parametrize("seed", range(2))
def test_with_standing_answers_too(world, tmp_path, seed):
    library, chosen, manager = world
    rng = random.Random(100 + seed)
    with Catalog(library) as catalog:
        causes = sorted({shared_cause(each._asdict()) for each in StandingAnswers(catalog).doubts()})
        assert len(causes) > 1
        ((sha,),) = catalog.db.conn.execute("select sha256 from files where name = 'IMG_0100.jpg'")
        for cause in causes:
            value = review.accept_dates({sha: catalog.asked.suggested_date(sha)}, always=cause)
            catalog.decided.add([review.make("accept", [sha], value, "t", now())])
    for number in range(6):
        with Catalog(library) as catalog, catalog.lock():
            derive.refresh(catalog, manager, chosen)
            assert number or StandingAnswers(catalog).settled()
        agrees(world, tmp_path)
        with Catalog(library) as catalog:
            catalog.decided.add([decision] if (decision := somebody(rng, catalog)) else [])


def test_a_settled_copy_lends_its_place_and_takes_it_back(world, tmp_path):
    library, chosen, manager = world
    with Catalog(library) as catalog:
        keeper, other = (
            catalog.db.conn.execute("select sha256 from files where path like ?", (f"%{name}",)).fetchone()[0]
            for name in ("trip/IMG_0003.jpg", "old/IMG_0003.jpg")
        )
        answer = review.make("accept", [keeper, other], review.accept_group(keeper, [other]), "t", now())
        for decision in (answer, review.make("undo", answer.subject, answer.request_id, "t", now())):
            catalog.decided.add([decision])
            with catalog.lock():
                derive.refresh(catalog, manager, chosen)
            zones = catalog.db.conn.execute(
                "select detail from witnesses where kind = 'zone' and sha256 = ?", (keeper,)
            )
            assert zones.fetchall() == ([("Europe/Lisbon",)] if decision is answer else [])
            agrees(world, tmp_path)


def test_an_answer_leaves_everybody_elses_rows_alone(world):
    """One tag, one picture left out: nothing else is written."""
    library, chosen, manager = world
    with Catalog(library) as catalog:
        with catalog.lock():
            derive.refresh(catalog, manager, chosen)
        first = catalog.db.conn.execute("select sha256 from assets order by sha256 limit 1").fetchone()[0]
        for verb, value in (("tag", "abc"), ("discard", None)):
            catalog.decided.add([review.make(verb, [first], value, "t", now())])
            before = catalog.db.conn.total_changes
            with catalog.lock():
                derive.refresh(catalog, manager, chosen)
            assert 0 < catalog.db.conn.total_changes - before < 120


@pytest.mark.parametrize("seed", range(20))
def test_folding_some_more_decisions_is_folding_all(world, seed):
    library, _, _ = world
    rng, made = random.Random(seed), []
    with Catalog(library) as catalog:
        for _ in range(12):
            if decision := somebody(rng, catalog):
                catalog.decided.add([decision])
        made = catalog.decided.all()
    for known in range(len(made) + 1):
        assert review.fold_more(review.fold(made[:known]), made, made[known:]) == review.fold(made)
