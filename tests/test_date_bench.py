"""The bench that says how often dates are right must itself be right."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(BENCH))
import date_rules  # noqa: E402
import date_scores  # noqa: E402

NOON = datetime(2019, 5, 4, 12, 0, 3)


@pytest.mark.parametrize(
    ("taken_at", "precision", "outcome"),
    [
        ("2019-05-04T12:00:03", "second", "2 s"),
        ("2019-05-04T12:00:05.4", "second", "day"),
        ("2019-05-04T12:00:04.9", "second", "2 s"),
        ("2019-05-04T12:00", "minute", "2 s"),
        ("2019-05-04T11:00:03", "second", "day"),
        ("2019-05-03T23:59:59", "second", "wrong"),
        ("2019-05-04", "day", "covers"),
        ("2019-05", "month", "covers"),
        ("2018", "year", "wrong"),
        (None, None, "none"),
    ],
)
def test_a_date_is_worth_what_it_says(taken_at, precision, outcome):
    assert date_scores.outcome(taken_at, precision, NOON) == outcome


def row(**more):
    said = {"path": "DCIM/IMG_0001.JPG", "kind": "photo", "device": "canon", "gps": None, "lies": {}, "sidecar": False}
    return said | more


@pytest.mark.parametrize(
    ("about", "honest", "knowable"),
    [
        (row(), True, False),  # a camera without a zone
        (row(lies={"exif": "off"}), False, False),
        (row(lies={"exif": "off"}, sidecar=True), True, True),
        (row(device="iphone"), True, True),
        (row(gps=[1, 2], lies={"exif": "only the time of editing"}), True, True),
        (row(path="a/PXL_20210801_100000000.jpg", lies={"exif": "only the time of editing"}), True, True),
        (row(kind="screenshot", path="a/Screenshot_20210801-100000.png", lies={"exif": "absent"}), True, False),
        (row(kind="messenger", path="a/IMG-20210801-WA0001.jpg", lies={"exif": "stripped"}), False, False),
        (row(kind="scan", path="Scans/1985/scan0001.jpg", lies={"exif": "time of scanning"}), False, False),
    ],
)
def test_who_tells_the_truth_is_known_from_the_truth(about, honest, knowable):
    assert date_scores.honest(about) == (honest, knowable)


TAGS = {
    "SubSecCreateDate": "2011:01:01 10:00:00.25",
    "CreateDate": "2011:01:01 10:00:00",
    "DateTimeOriginal": "2010:01:01 10:00:00",
    "EXIF:CreateDate": "2011:01:01 10:00:00",
    "EXIF:DateTimeOriginal": "2010:01:01 10:00:00",
    "EXIF:ModifyDate": "2012:01:01 10:00:00",
}


@pytest.mark.parametrize(
    ("rule", "tags", "name", "year"),
    [
        ("phockup", TAGS, "a.jpg", 2011),
        ("phockup", {}, "IMG_20160915_123456.jpg", 2016),
        ("phockup", {"EXIF:ModifyDate": "2012:01:01 10:00:00"}, "a.jpg", None),
        ("elodie", TAGS, "a.jpg", 2010),
        ("elodie", {"EXIF:ModifyDate": "2012:01:01 10:00:00"}, "a.jpg", 2012),
        ("elodie", {}, "IMG_20160915_123456.jpg", 2024),  # the file system's
        ("elodie", {"QuickTime:CreateDate": "2013:01:01 10:00:00"}, "a.mov", 2013),
        ("immich", TAGS, "a.jpg", 2011),
        ("immich", {}, "IMG_20160915_123456.jpg", 2024),
        ("immich", {"DateTimeOriginal": "0000:00:00 00:00:00"}, "a.jpg", 2024),
    ],
)
def test_the_rules_of_others_ask_in_their_order(rule, tags, name, year):
    found = date_rules.RULES[rule](tags, name, datetime(2024, 1, 1))
    assert (found and found.year) == year


def test_any_program_can_be_scored_by_its_answers(tmp_path):
    files = [row(path=f"{n}.jpg", taken_utc="2019-05-04T10:00:03+00:00", utc_offset_minutes=120) for n in range(4)]
    (tmp_path / "truth.json").write_text(json.dumps({"files": files}))
    answers = {"0.jpg": "2019-05-04T12:00:03", "1.jpg": "2019-05-04T10:00:03", "2.jpg": "2018"}
    (tmp_path / "answers.json").write_text(json.dumps(answers))
    result = subprocess.run(
        [sys.executable, BENCH / "dates.py", tmp_path / "truth.json", tmp_path / "answers.json", "--json"],
        capture_output=True, text=True, check=True, env=os.environ,
    )  # fmt: skip
    assert json.loads(result.stdout)["all"] == {"files": 4, "2 s": 1, "day": 1, "covers": 0, "wrong": 1, "none": 1}
