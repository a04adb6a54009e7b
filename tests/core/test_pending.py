"""What the newest decisions change is the same as what everything derived again would say."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date

import pytest
from PIL import Image

from mediaparser_core import plugins, review, settings
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.live import Live
from mediaparser_core.catalog.standing_answers import StandingAnswers
from mediaparser_core.jobs import now
from mediaparser_core.pipeline import derive
from mediaparser_core.pipeline.pending import pending
from mediaparser_core.pipeline.showing import exhibits
from mediaparser_core.review.questions import shared_cause

from .drawn import drawn


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """An exported library with an edited copy, look-alikes, a sidecar, a scan without a date, and two of one second."""
    folder = tmp_path_factory.mktemp("pending")
    pictures = [
        ("a/IMG_0001.jpg", 1, "2019:05:04 12:00:03", "Canon", "EOS 5D", (640, 480)),
        ("a/IMG_0002.jpg", 2, "2019:05:04 12:00:03", "Canon", "EOS 5D", (640, 480)),
        ("a/IMG_0002-edited.jpg", 2, None, None, None, (320, 240)),
        ("b/IMG_0003.jpg", 3, "2018:01:01 00:00:00", "Nikon", "D750", (640, 480)),
        ("b/small/IMG_0003.jpg", 3, None, None, None, (320, 240)),
        ("Summer 1994/scan.jpg", 4, None, None, None, (640, 480)),
        ("odd.jpg", 5, None, None, None, (640, 480)),
    ]
    for name, seed, taken, make, model, size in pictures:
        image, exif = drawn(seed), Image.Exif()
        if taken:
            exif[0x10F], exif[0x110] = make, model
            exif.get_ifd(0x8769)[0x9003] = taken
        path = folder / "input" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image.resize(size).save(path, exif=exif)
    sidecar = {"title": "odd.jpg", "photoTakenTime": {"timestamp": "1500000000"}}
    (folder / "input" / "odd.jpg.json").write_text(json.dumps(sidecar))
    subprocess.run(
        [sys.executable, "-m", "mediaparser_core", "--library", str(folder / "library"), "run", str(folder / "input")],
        check=True, capture_output=True, env={**os.environ, "TZ": "Europe/Lisbon"},
    )  # fmt: skip
    return folder / "library"


@pytest.fixture
def world(built, tmp_path):
    library = shutil.copytree(built, tmp_path / "library")
    return library, settings.load(library, environ={}, options={"timezone": "Europe/Lisbon"}), plugins.load()


def shown(catalog, manager, chosen):
    found = exhibits(catalog, manager, chosen, pending(catalog, manager, chosen, date.today()))
    return {each.shown.sha256: each._replace(target=None) for each in found}


def sha(library, name):
    with closing(sqlite3.connect(library / "catalog.db")) as conn:
        return conn.execute("select sha256 from files where name = ? order by path", (name,)).fetchone()[0]


def test_one_assets_evidence_is_what_the_whole_reading_gives(world):
    library, _, _ = world
    with Catalog(library, writable=False) as catalog:
        everything = {found.sha256: found for found, _ in catalog.derived.evidence()}
        assert everything
        assert {name: Live(catalog).evidence(name) for name in everything} == everything
        assert Live(catalog).evidence("0" * 64) is None


def test_what_is_shown_is_what_is_exported(world):
    library, chosen, manager = world
    with Catalog(library, writable=False) as catalog:
        targets = {receipt.sha256: receipt.target for receipt in catalog.done.receipts()}
        found = list(exhibits(catalog, manager, chosen, pending(catalog, manager, chosen, date.today())))
    assert {each.shown.sha256: each.target for each in found} == targets
    assert {each.shown.sha256: each.shown.name for each in found} == {
        sha: target.rpartition("/")[2] for sha, target in targets.items()
    }
    exported = {path.name: path for path in (library / "export").rglob("*.jpg")}
    for each in found:
        assert exported[each.shown.name].stat().st_mtime_ns == each.mtime_ns


def test_a_standing_answer_holds_for_what_is_decided_next(world):
    library, chosen, manager = world
    with Catalog(library) as catalog:
        ((about, _),) = {
            (each.sha256, each.reason) for each in StandingAnswers(catalog).doubts() if "hour" in each.reason
        }
        cause = next(shared_cause(each._asdict()) for each in StandingAnswers(catalog).doubts() if each.sha256 == about)
        value = review.accept_dates({sha(library, "IMG_0001.jpg"): ("2019-05-04", None)}, always=cause)
        catalog.decided.add([review.make("accept", [sha(library, "IMG_0001.jpg")], value, "t", now())])
        with catalog.lock():
            derive.refresh(catalog, manager, chosen)
        assert about in StandingAnswers(catalog).settled()
        catalog.decided.add([review.make("tag", [about], "x", "t", now())])
        at_once = pending(catalog, manager, chosen, date.today()).dates[about]
        assert (at_once.rule, at_once.level, at_once.needs_review) == ("standing", "high", False)
        with catalog.lock():
            derive.refresh(catalog, manager, chosen)
        row = catalog.db.conn.execute("select taken_at, reason, rule from dates where sha256 = ?", (about,)).fetchone()
        assert tuple(row) == (at_once.taken_at, at_once.reason, at_once.rule)


@pytest.mark.parametrize(
    "decisions",
    [
        [("set-date", ["IMG_0001.jpg"], "1999-12-31 23:00")],
        [("set-date", ["IMG_0002.jpg"], "May 2001")],
        [("set-date", ["scan.jpg"], "1994-07-02"), ("set-date", ["scan.jpg"], "1995")],
        [("discard", ["IMG_0001.jpg"], None)],
        [("discard", ["IMG_0001.jpg"], None), ("keep", ["IMG_0001.jpg"], None)],
        [("tag", ["odd.jpg", "scan.jpg"], "Lisbon"), ("untag", ["scan.jpg"], "Summer 1994")],
        [("shift", ["Canon|EOS 5D|"], "-1h")],
        [("shift", ["Canon|EOS 5D|"], "+1d"), ("set-date", ["IMG_0001.jpg"], "2019")],
        [("set-date", ["IMG_0001.jpg"], "1999"), ("undo", 0, None)],
        [("shift", ["Nikon|D750|"], "+1d"), ("undo", 0, None), ("tag", ["IMG_0003.jpg"], "x")],
        [("set-date", ["scan.jpg"], "2019-05-04 12:00:03")],  # the name is taken
    ],
)
def test_decisions_show_at_once_what_deriving_will_show(world, decisions):
    library, chosen, manager = world
    with Catalog(library) as catalog:
        made = []
        for verb, about, value in decisions:
            if verb == "undo":
                decision = review.make("undo", made[about].subject, made[about].request_id, "t", now())
            else:
                subject = about if verb == "shift" else [sha(library, name) for name in about]
                decision = review.make(verb, subject, value, "t", now())
            catalog.decided.add([decision])
            made.append(decision)
        at_once = shown(catalog, manager, chosen)
        assert pending(catalog, manager, chosen, date.today()).touched
        with catalog.lock():
            assert derive.refresh(catalog, manager, chosen)
        assert not pending(catalog, manager, chosen, date.today()).touched
        later = shown(catalog, manager, chosen)
    assert at_once == later


def test_only_what_is_new_is_worked_out_again(world):
    library, chosen, manager = world
    with Catalog(library) as catalog:
        for name in ("IMG_0001.jpg", "scan.jpg"):
            catalog.decided.add([review.make("tag", [sha(library, name)], "x", "t", now())])
        both = pending(catalog, manager, chosen, date.today())
        last = pending(catalog, manager, chosen, date.today(), since=1)
        assert {sha(library, "IMG_0001.jpg"), sha(library, "scan.jpg")} <= both.touched
        assert last.touched == {sha(library, "scan.jpg")}
        found = list(exhibits(catalog, manager, chosen, last, only=last.touched))
    assert ["x" in each.shown.tags for each in found] == [True]
