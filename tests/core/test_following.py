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

from mediaparser_core import plugins, review, settings
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.standing_answers import StandingAnswers
from mediaparser_core.jobs import now
from mediaparser_core.pipeline import derive
from mediaparser_core.review.questions import shared_cause

from .household import agrees, picture, somebody

LISBON = (38.72, -9.14)


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


@pytest.mark.parametrize("since", [None, "tag", "two"])
def test_an_older_decisions_db_that_was_put_back_is_followed(world, tmp_path, since):
    """However many decisions came after it: what was decided in between is forgotten."""
    library, chosen, manager = world
    older = tmp_path / "decisions.db"
    with Catalog(library) as catalog:
        assets = [sha for (sha,) in catalog.db.conn.execute("select sha256 from assets order by sha256 limit 4")]
        catalog.decided.add([review.make("discard", assets[:1], None, "t", now())])
        with closing(sqlite3.connect(library / "decisions.db")) as db, closing(sqlite3.connect(older)) as copy:
            db.backup(copy)
        catalog.decided.add([review.make("discard", assets[1:2], None, "t", now())])
        with catalog.lock():
            derive.refresh(catalog, manager, chosen)
    shutil.copyfile(older, library / "decisions.db")
    with Catalog(library) as catalog:
        other = {None: [], "tag": assets[2:3], "two": assets[2:4]}[since]
        catalog.decided.add([review.make("tag", [sha], "abc", "t", now()) for sha in other])
        assert not derive.is_fresh(catalog, manager, chosen)
        with catalog.lock():
            derive.refresh(catalog, manager, chosen)
        gone = catalog.db.conn.execute("select sha256 from standings where kept = 0").fetchall()
    assert gone == [(assets[0],)]
    agrees(world, tmp_path)
