"""What maps, trips, clocks and look-alikes add to claims. The household of these tests lives in Berlin."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from mediaparser_core import dates, zones
from mediaparser_core.records import Claim, Evidence, Witness
from mediaparser_core.resolve import resolve
from mediaparser_core.settings import Settings

TODAY = date(2024, 6, 1)
HOME = Settings(library=Path("/library"), timezone="Europe/Berlin")
CANON = {"make": "Canon", "model": "Canon EOS 450D"}
APPLE = {"make": "Apple", "model": "iPhone 12"}
GOPRO = {"make": "GoPro", "model": "HERO9 Black", "kind": "video"}
NOON, UTC_NOON = "2019-05-04T12:00:03", "2019-05-04T10:00:03"

IN_UTC = ("gps:", "takeout:", "quicktime:")


def claim(source: str, value: str, offset: str | None = None) -> Claim:
    offset = "+00:00" if source.startswith(IN_UTC) else offset
    return Claim(source, value, value, offset, dates.precision_of(value))


def taken(value: str, offset: str | None = None) -> Claim:
    return claim("exif:DateTimeOriginal", value, offset)


def gps(value: str) -> Claim:
    return claim("gps:DateTime", value)


def takeout(value: str) -> Claim:
    return claim("takeout:photoTakenTime", value)


def named(value: str, offset: str | None = None) -> Claim:
    return claim("filename", value, offset)


def zone(name: str) -> Witness:
    return Witness("zone", detail=name)


def trip(offset: str | None = None, zone: str = "") -> Witness:
    return Witness("trip", utc_offset=offset, detail=zone, of="f" * 64)


def alike(value: str, offset: str | None = None, confidence: float = 0.7, doubt: str = "") -> Witness:
    return Witness("lookalike", value, utc_offset=offset, confidence=confidence, detail=doubt, of="f" * 64)


def between(first: str, last: str) -> Witness:
    return Witness("between", first, last, of="f" * 64, confidence=0.35)


def clock(state: str, seconds: float = 0.0) -> Witness:
    return Witness("clock", detail=state, seconds=seconds)


def solve(claims, witnesses, **more):
    evidence = Evidence("0" * 64, more.pop("kind", "image"), tuple(claims), witnesses=tuple(witnesses), **more)
    return resolve(evidence, HOME, TODAY)


TOKYO, BERLIN, LISBON = zone("Asia/Tokyo"), zone("Europe/Berlin"), zone("Europe/Lisbon")

ANSWERS = [
    # wall time and a map
    ("the map tells the offset", [taken(NOON)], [BERLIN], CANON,
     NOON, "+02:00", "embedded, zone by position", "medium"),
    ("… in winter, too", [taken("2019-01-04T12:00:03")], [BERLIN], CANON,
     "2019-01-04T12:00:03", "+01:00", "embedded, zone by position", "medium"),
    ("the last second before clocks are put back", [taken("2019-10-27T01:59:59")], [BERLIN], CANON,
     "2019-10-27T01:59:59", "+02:00", "embedded, zone by position", "medium"),
    ("the hour that comes twice, and nobody knows which", [taken("2019-10-27T02:30:00")], [BERLIN], CANON,
     "2019-10-27T02:30:00", None, "embedded", "medium"),
    ("… the first time, as the satellites say", [taken("2019-10-27T02:30:00"), gps("2019-10-27T00:30:01")], [BERLIN], CANON,
     "2019-10-27T02:30:00", "+02:00", "embedded, zone by gps:DateTime", "high"),
    ("… the second time", [taken("2019-10-27T02:30:00"), gps("2019-10-27T01:30:01")], [BERLIN], APPLE,
     "2019-10-27T02:30:00", "+01:00", "embedded, zone by gps:DateTime", "high"),
    ("… as a name in UTC says", [taken("2019-10-27T02:30:00"), named("2019-10-27T01:30:00", "+00:00")], [BERLIN], APPLE,
     "2019-10-27T02:30:00", "+01:00", "embedded, zone by filename", "high"),
    ("the first second after it", [taken("2019-10-27T03:00:00")], [BERLIN], CANON,
     "2019-10-27T03:00:00", "+01:00", "embedded, zone by position", "medium"),
    ("an hour that clocks left out: this one was not put forward", [taken("2019-03-31T02:30:00")], [BERLIN], CANON,
     "2019-03-31T02:30:00", "+01:00", "embedded, zone by position", "medium"),
    ("its own offset comes first", [taken(NOON, "+09:00")], [BERLIN], APPLE,
     NOON, "+09:00", "embedded", "high"),
    # UTC and a map
    ("a UTC name", [named(UTC_NOON, "+00:00")], [TOKYO], {},
     "2019-05-04T19:00:03", "+09:00", "filename, zone by position", "medium"),
    ("Takeout", [takeout(UTC_NOON)], [LISBON], {},
     "2019-05-04T11:00:03", "+01:00", "takeout, zone by position", "medium"),
    ("the instant at which clocks are put back", [takeout("2019-10-27T01:00:00")], [BERLIN], {},
     "2019-10-27T02:00:00", "+01:00", "takeout, zone by position", "medium"),
    ("… and the second before", [takeout("2019-10-27T00:59:59")], [BERLIN], {},
     "2019-10-27T02:59:59", "+02:00", "takeout, zone by position", "medium"),
    ("a camera that writes local time into videos", [claim("quicktime:CreateDate", NOON)], [TOKYO], GOPRO,
     NOON, "+09:00", "quicktime, local time, zone by position", "medium"),
    # trips
    ("others of the trip know the offset", [taken(NOON)], [trip("+05:30")], CANON,
     NOON, "+05:30", "embedded, zone by neighbours", "medium"),
    ("others of the trip know the zone", [named(UTC_NOON, "+00:00")], [trip(zone="Asia/Tokyo")], {},
     "2019-05-04T19:00:03", "+09:00", "filename, zone by neighbours", "medium"),
    ("the map before the trip", [named(UTC_NOON, "+00:00")], [trip("+05:30"), TOKYO], {},
     "2019-05-04T19:00:03", "+09:00", "filename, zone by position", "medium"),
    ("the trip says which of two hours", [taken("2019-10-27T02:30:00")], [BERLIN, trip("+01:00")], CANON,
     "2019-10-27T02:30:00", "+01:00", "embedded, zone by neighbours", "medium"),
    ("a trip elsewhere does not", [taken("2019-10-27T02:30:00")], [BERLIN, trip("+09:00")], CANON,
     "2019-10-27T02:30:00", None, "embedded", "medium"),
    # the camera's clock against the place
    ("an hour slow: summer time was forgotten", [taken("2019-05-04T11:00:03.25"), gps("2019-05-04T10:00:10")], [BERLIN], CANON,
     "2019-05-04T12:00:03.25", "+02:00", "gps, zone by position", "medium"),
    ("a year slow, by Google's record", [taken("2018-05-04T12:00:03"), takeout(UTC_NOON)], [BERLIN], CANON,
     NOON, "+02:00", "takeout, zone by position", "medium"),
    ("the zone of home, far from home", [taken(NOON), gps(UTC_NOON)], [TOKYO], CANON,
     "2019-05-04T19:00:03", "+09:00", "gps, zone by position", "medium"),
    ("a phone near a border keeps the time of its network", [taken(NOON), gps(UTC_NOON)], [LISBON], APPLE,
     NOON, "+02:00", "embedded, zone by gps:DateTime", "high"),
    ("ten minutes are no mistake that people make", [taken("2019-05-04T11:50:03"), takeout(UTC_NOON)], [BERLIN], CANON,
     "2019-05-04T11:50:03", "+02:00", "embedded, zone by position", "medium"),
    ("an old fix of the satellites", [taken(NOON), gps("2019-03-01T10:00:03")], [BERLIN], CANON,
     NOON, "+02:00", "embedded, zone by position", "low"),
    ("a clock that began anew", [taken("2010-01-01T00:12:41"), takeout(UTC_NOON)], [BERLIN], CANON,
     NOON, "+02:00", "takeout, zone by position", "medium"),
    # the camera's clock, as other pictures show it
    ("it was right", [taken(NOON)], [clock("right")], CANON, NOON, None, "embedded", "high"),
    ("it was off", [taken(NOON)], [clock("off", 3600)], CANON, NOON, None, "embedded", "low"),
    ("nobody checked, and it often was off", [taken(NOON)], [clock("unchecked")], CANON, NOON, None, "embedded", "low"),
    ("its own proof is better", [taken("2019-05-04T11:00:03"), gps(UTC_NOON)], [clock("off", 3600), BERLIN], CANON,
     NOON, "+02:00", "gps, zone by position", "medium"),
    # look-alikes
    ("a copy without a date", [], [alike(NOON, "+02:00")], {}, NOON, "+02:00", "look-alike", "medium"),
    ("… of a picture whose clock was off", [], [alike(NOON, "+02:00", doubt="off")], {},
     NOON, "+02:00", "look-alike", "low"),
    ("… of a scan", [], [alike("1985")], {}, "1985", None, "look-alike", "medium"),
    ("a date of its own comes first", [taken(NOON)], [alike("2012-01-01T10:00:00")], CANON,
     NOON, None, "embedded", "low"),
    ("better than a later edit", [claim("exif:ModifyDate", "2020-01-01T10:00:00")], [alike(NOON)], CANON,
     NOON, None, "look-alike", "medium"),
    # neighbours
    ("between two of one day", [], [between("2019-05-04T10:00:00", "2019-05-04T18:00:00")], {},
     "2019-05-04", None, "neighbours", "low"),
    ("between two of one month", [], [between("2019-05-03T10:00:00", "2019-05-04T18:00:00")], {},
     "2019-05", None, "neighbours", "low"),
    ("across the end of a year nobody knows", [], [between("2018-12-31T10:00:00", "2019-01-01T18:00:00")], {},
     None, None, "none", "none"),
    ("finer than the folder's year", [claim("folder", "2019")], [between("2019-05-04T10:00:00", "2019-05-04T18:00:00")], {},
     "2019-05-04", None, "neighbours", "low"),
    ("better than a later edit, too", [claim("exif:ModifyDate", "2020-01-01T10:00:00")],
     [between("2019-05-04T10:00:00", "2019-05-04T18:00:00")], {},
     "2019-05-04", None, "neighbours", "low"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("claims", "witnesses", "about", "taken_at", "offset", "rule", "level"),
    [row[1:] for row in ANSWERS],
    ids=[row[0] for row in ANSWERS],
)
def test_witnesses_fill_what_claims_leave_open(claims, witnesses, about, taken_at, offset, rule, level):
    found = solve(claims, witnesses, **about)
    assert (found.taken_at, found.utc_offset, found.rule, found.level) == (taken_at, offset, rule, level)
    assert found.taken_utc == (dates.to_utc(taken_at, offset) if offset else None)
    assert [verdict.claim for verdict in found.verdicts] == claims
    assert found.needs_review is (level in ("low", "none"))


def test_a_clock_that_was_off_suggests_what_it_should_have_shown():
    found = solve([taken(NOON)], [clock("off", -43200)], **CANON)
    assert (found.taken_at, found.suggestion, found.needs_review) == (NOON, "2019-05-04T00:00:03", True)
    assert "clock was off" in found.reason


def test_a_clock_that_a_person_put_right_is_not_doubted_again():
    moved = solve([taken("2019-05-04T11:00:03")], [clock("off", 3600)], shift=3600.0, **CANON)
    assert (moved.taken_at, moved.rule, moved.level) == (NOON, "embedded, clock moved", "medium")


def test_what_the_wrong_clock_said_is_rejected_with_the_error():
    found = solve([taken("2019-05-04T11:00:03"), named("2019-05-04T11:00:03"), gps(UTC_NOON)], [BERLIN], **CANON)
    assert [verdict.accepted for verdict in found.verdicts] == [False, False, True]
    assert "1 hour slow" in found.verdicts[0].reason


def test_neighbours_months_apart_are_only_a_hint():
    found = solve([], [between("2018-12-31T10:00:00", "2019-01-01T18:00:00")])
    assert (found.taken_at, found.suggestion) == (None, "2018-12-31T10:00:00")


@pytest.mark.parametrize(
    ("source", "offset", "about", "found"),
    [
        ("iptc:DateCreated", "+02:00", CANON, "+02:00"),
        ("xmp:DateCreated", "+02:00", CANON, "+02:00"),
        ("iptc:DateCreated", "+00:00", CANON, None),  # IPTC must say something, and says this
        ("exif:ModifyDate", "+00:00", CANON, "+00:00"),
    ],
)
def test_another_note_of_the_same_time_lends_its_offset(source, offset, about, found):
    assert solve([taken(NOON), claim(source, NOON, offset)], [], **about).utc_offset == found


@pytest.mark.parametrize(
    ("name", "wall", "offsets"),
    [
        ("Europe/Berlin", "2019-05-04T12:00", ("+02:00",)),
        ("Europe/Berlin", "2019-10-27T02:00:00", ("+02:00", "+01:00")),
        ("Europe/Berlin", "2019-10-27T02:59:59.9", ("+02:00", "+01:00")),
        ("Europe/Berlin", "2019-10-27T03:00:00", ("+01:00",)),
        ("Europe/Berlin", "2019-03-31T02:00:00", ("+01:00",)),
        ("Europe/Berlin", "2019-03-31T03:00:00", ("+02:00",)),
        ("Australia/Lord_Howe", "2019-04-07T01:45:00", ("+11:00", "+10:30")),
        ("Asia/Kathmandu", "2019-05-04T12:00", ("+05:45",)),
        ("Europe/Berlin", "2019-05-04", ()),
        ("Nowhere/Land", "2019-05-04T12:00", ()),
        ("Europe/Berlin", "garbage", ()),
    ],
)
def test_a_wall_time_has_one_offset_or_two(name, wall, offsets):
    assert zones.on_the_wall(name, wall) == offsets


FOLD, GAP = "2019-10-27T02:30:00", "2019-03-31T02:30:00"
FIRST, SECOND = "2019-10-27T00:30:00", "2019-10-27T01:30:00"  # the two instants of FOLD, in UTC


def minutes(value: str) -> Claim:
    return claim("icloud:originalCreationDate", value[:16], "+00:00")


def film(value: str) -> Claim:
    return claim("quicktime:CreateDate", value)


@pytest.mark.parametrize(
    ("claims", "witnesses", "about", "taken_at", "offset"),
    [
        # autumn: the hour that comes twice, and who tells which one it was
        ([taken(FOLD)], [BERLIN], CANON, FOLD, None),
        ([taken(FOLD)], [trip(zone="Europe/Berlin")], CANON, FOLD, None),
        ([taken(FOLD, "+02:00")], [BERLIN], APPLE, FOLD, "+02:00"),
        ([taken(FOLD, "+01:00")], [BERLIN], APPLE, FOLD, "+01:00"),
        ([taken(FOLD), claim("exif:ModifyDate", FOLD, "+01:00")], [BERLIN], CANON, FOLD, "+01:00"),
        ([taken(FOLD), gps(FIRST)], [BERLIN], CANON, FOLD, "+02:00"),
        ([taken(FOLD), gps(SECOND)], [BERLIN], CANON, FOLD, "+01:00"),
        ([taken(FOLD), takeout(FIRST)], [BERLIN], CANON, FOLD, "+02:00"),
        ([taken(FOLD), takeout(SECOND)], [BERLIN], CANON, FOLD, "+01:00"),
        ([taken(FOLD), takeout(SECOND)], [], CANON, FOLD, "+01:00"),
        ([taken(FOLD), minutes(FIRST)], [BERLIN], CANON, FOLD, "+02:00"),
        ([taken(FOLD), minutes(SECOND)], [BERLIN], CANON, FOLD, "+01:00"),
        ([taken(FOLD), named(FIRST, "+00:00")], [BERLIN], APPLE, FOLD, "+02:00"),
        ([taken(FOLD), named(SECOND, "+00:00")], [BERLIN], APPLE, FOLD, "+01:00"),
        ([taken(FOLD)], [BERLIN, trip("+02:00")], CANON, FOLD, "+02:00"),
        ([taken(FOLD)], [BERLIN, trip("+01:00")], CANON, FOLD, "+01:00"),
        ([named(FOLD), film(FIRST)], [BERLIN], {"kind": "video"}, FOLD, "+02:00"),
        ([named(FOLD), film(SECOND)], [BERLIN], {"kind": "video"}, FOLD, "+01:00"),
        ([takeout(FIRST)], [BERLIN], {}, FOLD, "+02:00"),
        ([takeout(SECOND)], [BERLIN], {}, FOLD, "+01:00"),
        ([takeout(FIRST)], [], {}, FOLD, "+02:00"),  # the household's zone, at the instant
        ([takeout(SECOND)], [], {}, FOLD, "+01:00"),
        ([film(SECOND)], [BERLIN], APPLE | {"kind": "video"}, FOLD, "+01:00"),
        ([film(FOLD)], [BERLIN], GOPRO, FOLD, None),  # it writes what the wall shows, and the wall shows it twice
        # spring: an hour that no right clock shows
        ([taken(GAP)], [BERLIN], CANON, GAP, "+01:00"),  # it was not put forward yet
        ([taken(GAP, "+01:00")], [BERLIN], CANON, GAP, "+01:00"),
        ([taken(GAP), gps("2019-03-31T01:30:00")], [BERLIN], CANON, "2019-03-31T03:30:00", "+02:00"),  # an hour slow
        ([taken(GAP), takeout("2019-03-31T01:30:00")], [BERLIN], CANON, "2019-03-31T03:30:00", "+02:00"),
        ([taken(GAP), gps("2019-03-31T00:30:00")], [BERLIN], CANON, "2019-03-31T01:30:00", "+01:00"),  # an hour fast
        ([takeout("2019-03-31T00:59:59")], [BERLIN], {}, "2019-03-31T01:59:59", "+01:00"),
        ([takeout("2019-03-31T01:00:00")], [BERLIN], {}, "2019-03-31T03:00:00", "+02:00"),
        ([takeout("2019-03-31T01:00:00")], [], {}, "2019-03-31T03:00:00", "+02:00"),
        ([named("2019-03-31T00:59:59", "+00:00")], [BERLIN], {}, "2019-03-31T01:59:59", "+01:00"),
        ([film("2019-03-31T01:00:00")], [BERLIN], APPLE | {"kind": "video"}, "2019-03-31T03:00:00", "+02:00"),
        # half an hour of summer time, on Lord Howe
        ([takeout("2019-04-06T14:59:59")], [zone("Australia/Lord_Howe")], {}, "2019-04-07T01:59:59", "+11:00"),
        ([takeout("2019-04-06T15:00:00")], [zone("Australia/Lord_Howe")], {}, "2019-04-07T01:30:00", "+10:30"),
    ],
)
def test_both_edges_of_summer_time(claims, witnesses, about, taken_at, offset):
    found = solve(claims, witnesses, **about)
    assert (found.taken_at[: len(taken_at)], found.utc_offset) == (taken_at, offset)
