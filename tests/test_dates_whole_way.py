"""Dates on their whole way: from files through doubts, offers, decisions and their undoing to the same dates again."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest
from PIL import Image

from mediaparser_core import probe, review, settings
from mediaparser_core.catalog import Catalog
from mediaparser_core.pipeline import deciding
from mediaparser_core.pipeline.dating import Dating

LISBON = {"latitude": 38.7223, "longitude": -9.1393, "altitude": 0.0}
CANON = {"make": "Canon", "model": "Canon EOS 450D"}


def takeout(path, moment: datetime, place: dict | None = None) -> None:
    stamp = {"timestamp": str(int(moment.timestamp()))}
    later = {"timestamp": str(int(moment.timestamp()) + 9_000_000)}
    said = {"title": path.name, "photoTakenTime": stamp, "creationTime": later, "geoData": place or {}}
    path.with_name(path.name + ".json").write_text(json.dumps(said))


@pytest.fixture
def household(tmp_path, make_picture, exif):
    """A camera an hour slow that one sidecar gives away, a copy and a numbered file without a date, what messengers
    brought, a time in UTC beside a trip that knows its zone, an edited file, and a guess."""
    folder = tmp_path / "in"
    for n in range(6):
        taken = exif(f"2012:07:02 10:{n:02d}:00", **CANON)
        make_picture(folder / f"DCIM/100CANON/IMG_{1000 + n}.JPG", n, exif=taken)
    takeout(folder / "DCIM/100CANON/IMG_1003.JPG", datetime(2012, 7, 2, 10, 3, tzinfo=UTC), LISBON)
    make_picture(folder / "DCIM/101CANON/IMG_2000.JPG", 20, exif=exif("2013:05:01 12:00:00", **CANON))
    make_picture(folder / "DCIM/101CANON/IMG_2001.JPG", 21)
    make_picture(folder / "DCIM/101CANON/IMG_2002.JPG", 22, exif=exif("2013:05:01 12:20:00", **CANON))
    with Image.open(folder / "DCIM/100CANON/IMG_1002.JPG") as full:
        full.resize((320, 240), Image.Resampling.LANCZOS).save(folder / "small.jpg", quality=85)
    for n in range(3):
        make_picture(folder / f"WhatsApp/IMG-2021071{n}-WA000{n}.jpg", 30 + n)
    phone = exif("2021:08:01 19:00:00", "+09:00", "Google", "Pixel 6")
    make_picture(folder / "PXL_20210801_100000000.jpg", 40, exif=phone)
    make_picture(folder / "PXL_20210801_101500000.jpg", 41, exif=exif(make="Google", model="Pixel 6"))
    edited = make_picture(folder / "edited.jpg", 50, exif=exif(modified="2020:01:01 10:00:00", **CANON))
    os.utime(edited, (datetime(2015, 3, 4, 5, 6, 7, tzinfo=UTC).timestamp(),) * 2)
    make_picture(folder / "ca 1975/Oma.jpg", 60)
    return folder


def dates_of(program) -> dict[str, str | None]:
    return dict(
        program.rows(
            "select f.name, d.taken_at from files f join dates d on d.sha256 = f.sha256 where f.name like '%.%'"
        )
    )


def test_a_wrong_clock_is_offered_accepted_as_one_and_taken_back(program, household):
    program("run", household, "--no-export")
    before = dates_of(program)
    assert before["IMG_1003.JPG"] == "2012-07-02T11:03:00"  # Google and the place know
    assert before["IMG_1005.JPG"] == "2012-07-02T10:05:00"  # and nobody moves the others
    (question,) = [q for q in program.json("review", "--kind", "clock") if q["kind"] == "clock"]
    assert question["options"][0]["label"] == "yes, put 6 files right"  # and of 2 nothing tells
    assert "the change between summer and winter time" in question["reason"]
    assert "1 picture" in question["reason"]
    program("decide", "shift", question["name"])
    after = dates_of(program)
    assert [after[f"IMG_100{n}.JPG"] for n in range(6)] == [f"2012-07-02T11:0{n}:00" for n in range(6)]
    assert after["IMG_2000.JPG"] == before["IMG_2000.JPG"]
    (left,) = program.json("review", "--kind", "clock")
    assert (left["count"], left["options"][0]["label"]) == (2, "yes, it was right")
    program("undo")
    assert dates_of(program) == before
    assert [q["name"] for q in program.json("review", "--kind", "clock")] == [question["name"]]


def test_an_answer_for_all_settles_what_it_counted_and_is_taken_back(program, household):
    program("run", household, "--no-export")
    asked = {q["name"]: q for q in program.json("review", "--kind", "date")}
    (messengers,) = [q for q in asked.values() if "received" in q["reason"]]
    assert messengers["count"] == len(messengers["subject"]) == 3
    before = program.rows("select sha256, taken_at, level, needs_review from dates order by sha256")
    program("decide", "accept", messengers["name"])
    settled = program.rows("select sha256 from dates where rule = 'decided' order by sha256")
    assert [sha for (sha,) in settled] == sorted(messengers["subject"])
    assert messengers["name"] not in {q["name"] for q in program.json("review", "--kind", "date")}
    program("undo")
    assert program.rows("select sha256, taken_at, level, needs_review from dates order by sha256") == before


def test_whoever_borrows_a_date_says_so_and_the_case_alone_gives_it_again(program, household):
    program("run", household, "--no-export")
    rules = dict(program.rows("select f.name, d.rule from files f join dates d on d.sha256 = f.sha256"))
    found = dates_of(program)
    assert (rules["small.jpg"], found["small.jpg"]) == ("look-alike", found["IMG_1002.JPG"])
    assert (rules["IMG_2001.JPG"], found["IMG_2001.JPG"]) == ("neighbours", "2013-05-01")
    assert (rules["edited.jpg"], found["edited.jpg"]) == ("file time, zone assumed", "2015-03-04T05:06:07")
    assert found["PXL_20210801_101500000.jpg"] == "2021-08-01T19:15:00.000"
    assert rules["PXL_20210801_101500000.jpg"] == "filename, zone by neighbours"
    assert (rules["Oma.jpg"], found["Oma.jpg"]) == ("folder", "1975")
    assert {kind for (kind,) in program.rows("select distinct kind from witnesses")} == {
        "zone", "clock", "lookalike", "between", "trip"}  # fmt: skip
    assert replayed(program) == stored(program)
    (question,) = program.json("review", "--kind", "clock")
    program("decide", "shift", question["name"])
    program("decide", "set-date", household / "ca 1975/Oma.jpg", "summer 1974")
    assert replayed(program) == stored(program)
    kept = stored(program)
    with closing(sqlite3.connect(program.library / "catalog.db")) as conn, conn:  # everything derived is derived again
        for table in ("stages", "dates", "witnesses", "readings", "clock_offers"):
            conn.execute(f"delete from {table}")
    shutil.rmtree(household)
    program("export", code=None)  # of originals that are gone nothing can be copied, but all is derived
    assert stored(program) == kept


def test_an_answer_for_good_settles_what_comes_later_and_is_taken_back(program, household, make_picture, tmp_path):
    def asked():
        return {q["name"]: sorted(q["subject"]) for q in program.json("review", "--kind", "date")}

    program("run", household, "--no-export")
    (messengers,) = [q for q in program.json("review", "--kind", "date") if "received" in q["reason"]]
    counts = {each["name"]: each["count"] for each in program.json("rules", "preview", "--kind", "date")["sample"]}
    assert counts[messengers["name"]] == 3
    for wrong in (["decide", "accept", household / "edited.jpg"], ["decide", "set-date", messengers["name"], "1994"]):
        program(*wrong, "--always", code=1)
    before = asked()
    program("decide", "accept", messengers["name"], "--always")
    others = {name: subject for name, subject in before.items() if name != messengers["name"]}
    assert asked() == others

    for n in range(2):
        make_picture(tmp_path / "more" / f"IMG-2022031{n}-WA000{n}.jpg", 70 + n)
    program("run", tmp_path / "more", "--no-export")
    assert asked() == others
    ruled = program.rows("select taken_at, level, reason from dates where rule = 'standing' order by taken_at")
    assert [row[:2] for row in ruled] == [("2022-03-10", "high"), ("2022-03-11", "high")]
    assert "ettled by your rule of 20" in program("explain", tmp_path / "more/IMG-20220310-WA0000.jpg").stdout
    assert [row["doubt"] for row in program.json("rules", "preview", "--kind", "date")["standing"]]
    assert replayed(program) == stored(program)

    settled = stored(program)
    program(
        "decide", "set-date", tmp_path / "more/IMG-20220310-WA0000.jpg", "1994"
    )  # a word on the picture comes first
    assert dates_of(program)["IMG-20220310-WA0000.jpg"] == "1994"
    assert program.rows("select taken_at from dates where rule = 'standing'") == [("2022-03-11",)]
    assert replayed(program) == stored(program)
    program("undo")
    assert stored(program) == settled

    number = next(row["number"] for row in program.json("decisions", "list") if row["verb"] == "accept")
    program("undo", str(number))
    assert {name: len(subject) for name, subject in asked().items()} == {name: len(s) for name, s in before.items()} | {
        messengers["name"]: 5
    }
    assert replayed(program) == stored(program)


COLUMNS = ("taken_at", "utc_offset", "taken_utc", "precision", "rule", "confidence", "needs_review", "reason")


def stored(program) -> dict[str, tuple]:
    rows = program.rows(f"select sha256, {', '.join(COLUMNS)} from dates")
    return {sha: (*values[:6], bool(values[6]), values[7]) for sha, *values in rows}


def replayed(program) -> dict[str, tuple]:
    """What the claims, witnesses and decisions in the catalog give, without a look at any file."""
    ours = settings.load(program.library)
    with Catalog(program.library, writable=False) as catalog:
        state = review.fold(catalog.decided.all())
        dating = Dating(catalog, probe.configure(ours)[0], ours, state, catalog.derived.bundles())
        return {sha: tuple(getattr(found, name) for name in COLUMNS) for sha, found in dating.replay()}


PRECISE = {  # what a person says, and what must come back
    "1994": ("1994", "year"),
    "July 1994": ("1994-07", "month"),
    "23 July 1994": ("1994-07-23", "day"),
    "1994-07-23 17:05": ("1994-07-23T17:05", "minute"),
    "1994-07-23 17:05:09": ("1994-07-23T17:05:09", "second"),
    "summer 1994": ("1994", "year"),
}


@pytest.mark.parametrize(("how", "ending"), [("copy", "jpg"), ("copy", "png"), ("sidecar", "jpg")])
def test_what_is_written_is_read_back_as_precisely_as_it_was_known(program, tmp_path, make_picture, how, ending):
    for n in range(len(PRECISE)):
        make_picture(tmp_path / f"in/p{n}.{ending}", n, (96, 64))
    env = {"MEDIAPARSER_EXPORT_METADATA": how}
    program("run", tmp_path / "in", "--no-export", env=env)
    with Catalog(program.library) as catalog:
        for n, said in enumerate(PRECISE):
            about = (str(tmp_path / f"in/p{n}.{ending}"), said)
            deciding.decide(catalog, settings.load(program.library), "set-date", about)
    program("export", env=env)
    copies = dict(program.rows("select f.name, r.target from receipts r join files f on f.sha256 = r.sha256"))
    (tmp_path / "moved").mkdir()
    for n, (value, _) in enumerate(PRECISE.values()):
        target = program.library / "export" / copies[f"p{n}.{ending}"]
        day = value[:10].replace("-", "").ljust(8, "X")
        assert target.name.startswith(day)  # 1994XXXX: nobody takes it for a day
        for beside in (target, target.with_name(target.name + ".xmp")):
            if beside.exists():
                shutil.copy2(beside, tmp_path / "moved" / f"q{n}{beside.name[len(target.stem) :]}")
    again = type(program)(tmp_path / "again")
    again("run", tmp_path / "moved", "--no-export")
    found = again.rows("select f.name, d.taken_at, d.precision, d.utc_offset from files f join dates d using (sha256)")
    assert {name: (value, precision) for name, value, precision, _ in found} == {
        f"q{n}.{ending}": said for n, said in enumerate(PRECISE.values())
    }
    assert {offset for *_, offset in found} == {None}
