"""Outings stand as lists of (time that the camera showed, counter, what it lacked, who says so)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mediaparser_core.catalog.clocks import in_words
from mediaparser_core.resolve.clocks import Piece, inspect
from mediaparser_core.resolve.outings import Reading

HOUR, DAY = 3600.0, 86400.0


def outing(
    start: str,
    count: int = 5,
    lacks: float | None = None,
    by: str = "takeout",
    *,
    at: tuple[int, ...] = (2,),
    number=1000,
):
    """*count* shots, a minute apart; the readings at the places *at* are told by another clock."""
    first = datetime.fromisoformat(start)
    return [
        Reading(
            f"{start}#{place}", (first + timedelta(minutes=place)).isoformat(), number + place,
            lacks if place in at else None, by if place in at and lacks is not None else None,
        )
        for place in range(count)
    ]  # fmt: skip


def look(*outings):
    """The findings, and the states of each outing as a set."""
    readings = sorted((reading for each in outings for reading in each), key=lambda r: (r.shown, r.sha256))
    found = inspect(readings)
    states = [{found.states.get(reading.sha256, (None, 0.0)) for reading in each} for each in outings]
    return found, states


def off(seconds):
    return {("off", seconds)}


RIGHT, UNKNOWN, UNCHECKED = {("right", 0.0)}, {(None, 0.0)}, {("unchecked", 0.0)}


@pytest.mark.parametrize(
    ("seconds", "kind"),
    [
        (HOUR, "the change between summer and winter time"),
        (-HOUR, "the change between summer and winter time"),
        (12 * HOUR, "morning and afternoon mixed up"),
        (-DAY, "the wrong day"),
        (365 * DAY, "the wrong year"),
        (-366 * DAY, "the wrong year"),
        (7 * HOUR, "the time of another zone"),
        (5.5 * HOUR, "the time of another zone"),
    ],
)
def test_one_picture_that_another_clock_knows_dates_its_outing(seconds, kind):
    found, states = look(outing("2012-07-02T10:00:00", 5, seconds))
    (piece,) = found.pieces
    assert states == [off(seconds)]
    assert (piece.since, piece.until) == ("2012-07-02T10:00:00", "2012-07-02T10:04:00")
    assert (piece.seconds, piece.files, piece.kind) == (seconds, 5, kind)


@pytest.mark.parametrize(
    ("lacks", "by", "at", "state"),
    [
        (0.0, "takeout", (2,), RIGHT),
        (12.0, "takeout", (2,), RIGHT),  # nobody minds twelve seconds
        (0.0, "gps", (0,), RIGHT),
        (3607.0, "takeout", (2,), UNKNOWN),  # no mistake that people make, and only one says so
        (421.0, "takeout", (0, 1), off(421.0)),
        (4000.0, "takeout", (0, 4), off(4000.0)),
        (HOUR, "copy", (2,), UNKNOWN),  # whoever dated the copy may be wrong
        (HOUR, "copy", (0, 4), off(HOUR)),
        (0.0, "copy", (0, 4), UNKNOWN),  # the copy's date may come from this very clock
        (HOUR + 40, "scene", (2,), UNKNOWN),
        (HOUR + 40, "scene", (0, 4), off(HOUR)),  # somebody stood beside it, half a minute later
        (-20.0, "scene", (0, 4), RIGHT),
        (HOUR + 400, "scene", (0, 4), UNKNOWN),
        (3 * 366 * DAY, "scene", (0, 4), UNKNOWN),  # the same view, years later
    ],
)
def test_strong_clocks_need_no_second_word_and_weak_ones_do(lacks, by, at, state):
    assert look(outing("2012-07-02T10:00:00", 5, lacks, by, at=at))[1] == [state]


def test_two_frames_of_a_burst_are_one_scene():
    burst = [Reading(str(n), "2012-07-02T10:00:00", n, HOUR, "scene") for n in range(4)]
    assert inspect(burst).pieces == ()


def test_an_outing_of_which_nobody_speaks_is_not_touched():
    found, states = look(outing("2012-07-02T10:00:00", 5), outing("2012-08-02T10:00:00", 5, 0.0))
    assert (found.pieces, states) == ((), [UNKNOWN, RIGHT])


def test_an_error_before_and_after_holds_for_what_lies_between_unless_that_is_long():
    outings = [
        outing("2012-07-02T10:00:00", 5, HOUR),
        outing("2012-07-20T10:00:00", 5),
        outing("2012-08-02T10:00:00", 5, HOUR),
        outing("2012-12-02T10:00:00", 5),
        outing("2013-03-02T10:00:00", 5, HOUR),
    ]
    found, states = look(*outings)
    assert states == [off(HOUR), off(HOUR), off(HOUR), UNCHECKED, off(HOUR)]
    assert [(p.since[:7], p.until[:7], p.files) for p in found.pieces if p.tellers] == [
        ("2012-07", "2012-08", 15),
        ("2013-03", "2013-03", 5),
    ]


def test_different_errors_are_different_pieces():
    outings = [
        outing("2012-07-02T10:00:00", 5, HOUR),
        outing("2012-07-20T10:00:00", 5),
        outing("2012-08-02T10:00:00", 5, DAY),
    ]
    found, states = look(*outings)
    assert states == [off(HOUR), UNCHECKED, off(DAY)]
    assert [p.seconds for p in found.pieces if p.tellers] == [HOUR, DAY]


def test_a_clock_that_was_put_right_on_the_way_is_cut_in_the_longest_break():
    morning = outing("2012-07-02T10:00:00", 6, HOUR)
    evening = outing("2012-07-02T15:00:00", 6, 0.0, number=1006)
    found, states = look(morning, evening)
    assert states == [off(HOUR), RIGHT]
    assert [(p.until, p.files) for p in found.pieces] == [("2012-07-02T10:05:00", 6)]


def test_clocks_that_contradict_each_other_prove_nothing():
    torn = [Reading(str(n), f"2012-07-02T10:0{n}:00", n, [HOUR, 0.0, HOUR, 0.0][n], "takeout") for n in range(4)]
    found = inspect(torn)
    assert not any(piece.tellers for piece in found.pieces)
    assert {state for state, _ in found.states.values()} == {"unchecked"}


def test_two_cameras_of_one_kind_are_told_apart_by_their_counters():
    ours = outing("2012-07-02T10:00:00", 5, HOUR, number=1000)
    theirs = outing("2012-07-02T10:00:30", 5, 0.0, number=7000)
    found, states = look(ours, theirs)
    assert not any(piece.tellers for piece in found.pieces)  # an interval would move theirs as well
    assert states == [UNCHECKED, RIGHT]


def test_of_a_camera_that_is_often_wrong_what_nobody_checked_is_doubted():
    fine = [outing(f"2012-0{month}-02T10:00:00", 5, 0.0) for month in range(1, 7)]
    silent, wrong = outing("2013-01-02T10:00:00", 5), outing("2012-09-02T10:00:00", 5, DAY)
    found, states = look(*fine, wrong, silent)
    assert states[-2:] == [off(DAY), UNCHECKED]
    assert [(p.kind, p.confidence, p.seconds) for p in found.pieces if not p.tellers] == [("unchecked", 0.0, 0.0)]


def test_one_error_in_a_long_life_casts_no_doubt():
    fine = [outing(f"20{year:02d}-0{month}-02T10:00:00", 5, 0.0) for year in range(5, 15) for month in range(1, 8)]
    silent, wrong = outing("2016-01-02T10:00:00", 5), outing("2015-09-02T10:00:00", 5, DAY)
    assert look(*fine, wrong, silent)[1][-2:] == [off(DAY), UNKNOWN]


def test_what_a_person_decided_is_not_offered_again_and_still_counts_against_the_clock():
    wrong = [reading._replace(decided=DAY) for reading in outing("2012-07-02T10:00:00", 5, DAY)]
    found, states = look(wrong, outing("2013-01-02T10:00:00", 5))
    assert not any(piece.tellers for piece in found.pieces)
    assert states == [UNKNOWN, UNCHECKED]


def test_a_person_who_left_out_a_part_is_asked_about_it():
    readings = outing("2012-07-02T10:00:00", 6, DAY, at=(1, 4))
    readings = [r._replace(decided=DAY) if place < 3 else r for place, r in enumerate(readings)]
    (piece,) = [piece for piece in inspect(readings).pieces if piece.tellers]
    assert (piece.since, piece.files) == ("2012-07-02T10:03:00", 3)


def test_a_clock_that_began_anew_after_its_battery_died():
    found, _ = look(outing("2010-01-01T00:10:00", 6, 140_000_123.0, at=(1, 4)))
    assert found.pieces[0].kind == "the battery was empty and the clock began anew"
    assert found.pieces[0].seconds == 140_000_123.0


def test_the_evidence_is_a_sentence():
    piece = Piece("2012-07-02T10:00:00", "2012-07-02T10:04:00", -DAY - HOUR, 5, {"takeout": 1, "gps": 2})
    assert in_words(piece) == (
        "its clock was 1 day 1 hour fast (a clock set wrong), by the satellites' time in 2 pictures and "
        "the time that Google Photos noted of 1 picture"
    )
