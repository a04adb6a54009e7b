from __future__ import annotations

from itertools import pairwise

import pytest

from mediaparser_core.records import Witness
from mediaparser_core.resolve.neighbours import Dated, between, from_lookalikes, needs_help, number_of, trips

NOON = "2019-05-04T12:00:03"
PRECISION = {4: "year", 7: "month", 10: "day", 16: "minute"}


def dated(sha, taken_at=None, offset=None, utc=None, rule="embedded", confidence=0.86, **more):
    precision = PRECISION.get(len(taken_at), "second") if taken_at else None
    return Dated(sha, taken_at, precision, offset, utc, "none" if taken_at is None else rule, confidence, **more)


def local(sha, taken_at):
    return dated(sha, taken_at)


def guessed(sha, utc):
    """A time in UTC that was put on the wall of the household in Berlin."""
    return dated(sha, utc, "+02:00", utc, "filename, zone assumed")


def known(sha, taken_at, offset, utc, zone=None):
    return dated(sha, taken_at, offset, utc, "embedded, zone by gps:DateTime", zone=zone)


TOKYO = known("t", "2019-05-04T19:00:00", "+09:00", "2019-05-04T10:00:00")
TOKYO_MAP = TOKYO._replace(zone="Asia/Tokyo")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([local("a", "2019-05-04T20:00:00"), TOKYO], {"a": ("+09:00", "")}),
        ([local("a", "2019-05-04T20:00:00"), TOKYO_MAP], {"a": (None, "Asia/Tokyo")}),
        ([guessed("a", "2019-05-04T11:00:00"), TOKYO], {"a": ("+09:00", "")}),
        ([guessed("a", "2019-05-05T11:00:00"), TOKYO], {}),  # the next day they may have flown home
        ([local("a", "2019-05-04T20:00:00"), guessed("b", "2019-05-04T10:00:00")], {}),  # a guess lends nothing
        ([local("a", "2019-05-04"), TOKYO], {}),
        ([dated("a"), TOKYO], {}),
        ([dated("a", "2019-05-04T20:00:00", rule="look-alike"), TOKYO], {"a": ("+09:00", "")}),
        ([local("a", "2019-05-04T20:00:00"), TOKYO._replace(rule="bundle")], {}),
        ([TOKYO, TOKYO_MAP], {}),
    ],
)
def test_whoever_knows_its_zone_lends_it_to_others_within_hours(files, said):
    found = dict(trips(files))
    assert {sha: (w.utc_offset, w.detail) for sha, w in found.items()} == said
    assert all(w.kind == "trip" and w.of == "t" for w in found.values())


def test_between_two_zones_the_nearer_neighbour_is_asked_if_it_is_much_nearer():
    lisbon = known("l", "2019-05-04T08:00:00", "+01:00", "2019-05-04T07:00:00")
    berlin = known("b", "2019-05-04T14:00:00", "+02:00", "2019-05-04T12:00:00")
    files = [lisbon, berlin, local("early", "2019-05-04T08:30:00"), local("late", "2019-05-04T13:30:00")]
    found = dict(trips([*files, local("middle", "2019-05-04T11:00:00")]))
    assert {sha: witness.of for sha, witness in found.items()} == {"early": "l", "late": "b"}


def test_zones_are_compared_at_the_moment_in_question():
    """Two neighbours with offsets of summer and winter, in one zone, do not contradict each other."""
    before = known("s", "2019-10-27T01:00:00", "+02:00", "2019-10-26T23:00:00", zone="Europe/Berlin")
    after = known("w", "2019-10-27T05:00:00", "+01:00", "2019-10-27T04:00:00", zone="Europe/Berlin")
    assert dict(trips([before, after, local("a", "2019-10-27T03:30:00")]))["a"].detail == "Europe/Berlin"


# -- look-alikes ------------------------------------------------------------------------------------------------------

ORIGINAL = known("o", NOON, "+02:00", "2019-05-04T10:00:03")._replace(name="IMG_1233.JPG", camera="Canon|EOS|")


def copy(name="small.jpg", taken_at=None, rule="none"):
    return dated("c", taken_at, rule=rule, name=name)


@pytest.mark.parametrize(
    ("asset", "alike", "value", "confidence"),
    [
        (copy(), [(ORIGINAL, 0.95)], NOON, 0.70),
        (copy(), [(ORIGINAL, 0.85)], None, None),  # cropped: perhaps the next frame
        (copy("IMG_1233-edited.jpg"), [(ORIGINAL, 0.85)], NOON, 0.70),  # … but its name says whose copy it is
        (copy("img_1233 (2).jpg"), [(ORIGINAL, 0.85)], NOON, 0.70),
        (copy("IMG_9999.jpg"), [(ORIGINAL, 0.95)], None, None),  # another shot of the same
        (copy("IMG_1244-edited.jpg"), [(ORIGINAL, 0.85)], None, None),
        (copy(), [(ORIGINAL._replace(confidence=0.5), 0.95)], NOON, 0.50),
        (copy(), [(ORIGINAL._replace(rule="look-alike"), 0.95)], None, None),  # nobody lends what was borrowed
        (copy(), [(ORIGINAL._replace(rule="received"), 0.95)], None, None),
        (copy(taken_at="2019-05-10", rule="received"), [(ORIGINAL, 0.95)], NOON, 0.70),
        (copy(taken_at="2024-05-10", rule="received"), [(ORIGINAL, 0.95)], NOON, 0.30),  # years later
        (copy(taken_at="2019-05-05", rule="received"), [(ORIGINAL, 0.95)], NOON, 0.70),
        (copy(taken_at="2019-05-02", rule="received"), [(ORIGINAL, 0.95)], None, None),  # sent before it was taken
        (copy(taken_at="2020-01-01T10:00:00", rule="modified, zone assumed"), [(ORIGINAL, 0.95)], NOON, 0.70),
        (copy(), [(dated("o", "1985", rule="scan", confidence=0.65), 0.95)], "1985", 0.65),
        (copy(), [], None, None),
    ],
)
def test_a_copy_takes_the_date_of_the_picture_it_shows(asset, alike, value, confidence):
    found = from_lookalikes(asset, alike)
    assert (found and (found.kind, found.value, found.confidence)) == (value and ("lookalike", value, confidence))


def test_look_alikes_that_disagree_leave_an_interval():
    later = ORIGINAL._replace(sha256="p", taken_at="2019-05-06T09:00:00", name="holiday.jpg")
    found = from_lookalikes(copy(), [(ORIGINAL, 0.95), (later, 0.95)])
    assert (found.kind, found.value, found.until) == ("between", NOON, "2019-05-06T09:00:00")
    burst = ORIGINAL._replace(sha256="q", taken_at="2019-05-04T12:00:05")
    assert from_lookalikes(copy(), [(ORIGINAL, 0.95), (burst, 0.95)]).value == NOON


def test_a_phone_counts_nothing_so_a_counted_copy_is_not_its():
    phone = ORIGINAL._replace(name="20190504_120003.jpg", camera="samsung|SM-G973F|")
    renamed = ORIGINAL._replace(name="2019-05-04 12.00.03.jpg")
    assert from_lookalikes(copy("IMG_1233-edited.jpg"), [(phone, 0.95)]) is None
    assert from_lookalikes(copy("IMG_1233-edited.jpg"), [(renamed, 0.95)]).value == NOON


def test_a_copy_that_knows_the_instant_borrows_the_zone():
    pixel = dated(
        "c", "2019-05-04T11:00:03", "+01:00", "2019-05-04T10:00:03", "filename, zone assumed", name="PXL_1.jpg"
    )
    found = from_lookalikes(pixel, [(ORIGINAL, 0.95)])
    assert (found.kind, found.utc_offset) == ("trip", "+02:00")
    elsewhere = pixel._replace(taken_utc="2019-05-04T10:30:03")
    assert from_lookalikes(elsewhere, [(ORIGINAL, 0.95)]) is None
    assert needs_help(pixel)
    assert not needs_help(ORIGINAL)


# -- counters and folders ---------------------------------------------------------------------------------------------


def shot(number, taken_at=None, camera="Canon|EOS|", **more):
    return dated(f"s{number}", taken_at, name=f"IMG_{number:04d}.JPG", camera=camera, **more)


MORNING, EVENING = "2019-05-04T08:00:00", "2019-05-04T20:00:00"


@pytest.mark.parametrize(
    ("files", "span"),
    [
        ([shot(1233, MORNING), shot(1234), shot(1235, EVENING)], (MORNING, EVENING)),
        ([shot(1220, MORNING), shot(1234), shot(1250, EVENING)], (MORNING, EVENING)),
        ([shot(1233, EVENING), shot(1234), shot(1235, MORNING)], None),  # the counter went round
        ([shot(1200, MORNING), shot(1234), shot(1235, EVENING)], None),  # too many between
        ([shot(1233, "2019-01-04T08:00:00"), shot(1234), shot(1235, EVENING)], None),
        ([shot(1233, MORNING), shot(1234), shot(1235, EVENING, "Nikon|D90|")], None),
        ([shot(1234), shot(1235, EVENING)], None),
        ([shot(1233, MORNING), shot(1235, EVENING, confidence=0.4), shot(1234)], None),
        (
            [shot(1233, MORNING), shot(1234, "2020-01-01T08:00:00", rule="modified"), shot(1235, EVENING)],
            (MORNING, EVENING),
        ),
    ],
)
def test_a_counter_tells_between_which_pictures_another_was_taken(files, span):
    found = dict(between(files))
    assert {sha: (w.value, w.until) for sha, w in found.items()} == ({"s1234": span} if span else {})
    assert all(w == Witness("between", *span, of=w.of, confidence=0.35) for w in found.values())


@pytest.mark.parametrize(("days", "said"), [(range(1, 7), True), (range(1, 5), False), (range(1, 28, 4), False)])
def test_a_folder_of_one_week_speaks_for_what_lies_in_it(days, said):
    files = [dated(f"m{day}", f"2019-05-{day:02d}T10:00:00", name=f"{day}.jpg") for day in days]
    found = dict(between([*files, dated("x", name="what.jpg")]))
    assert bool(found) is said
    assert all(first.taken_at < last.taken_at for first, last in pairwise(files))
    if said:
        assert (found["x"].value, found["x"].until) == ("2019-05-01T10:00:00", "2019-05-06T10:00:00")


def test_a_folder_of_mostly_unknown_files_says_nothing():
    files = [dated(f"m{day}", f"2019-05-{day:02d}T10:00:00") for day in range(1, 7)]
    assert dict(between(files + [dated(f"x{n}") for n in range(7)])) == {}


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("IMG_1233.JPG", 1233),
        ("DSC_0012-edited5.jpg", 12),
        ("DSCF0396 (46).JPG", 396),
        ("P1020304.JPG", 1020304),
        ("_MG_4711.CR2", 4711),
        ("IMG_20190504_120003.jpg", None),
        ("PXL_20190504_120003123.jpg", None),
        ("IMG-20190504-WA0012.jpg", None),
        ("Lisbon 2019.jpg", None),
        ("٣٣٣٣.jpg", None),
    ],
)
def test_a_cameras_counter_is_known_by_its_place_in_the_name(name, number):
    assert number_of(name) == number
