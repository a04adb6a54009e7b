"""Moments in text: how fine they are, and what becomes of them in another zone."""

from __future__ import annotations

import math
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaparser_core.dates.moments import (
    as_datetime,
    build,
    covers,
    difference,
    format_offset,
    from_epoch,
    offset_at,
    offset_minutes,
    parse_offset,
    precision_of,
    shift,
    to_local,
    to_utc,
)

VALUES = [
    ("1994", "year", datetime(1994, 1, 1)),
    ("1994-07", "month", datetime(1994, 7, 1)),
    ("1994-07-23", "day", datetime(1994, 7, 23)),
    ("1994-07-23T17:05", "minute", datetime(1994, 7, 23, 17, 5)),
    ("1994-07-23T17:05:09", "second", datetime(1994, 7, 23, 17, 5, 9)),
    ("1994-07-23T17:05:09.250", "second", datetime(1994, 7, 23, 17, 5, 9, 250000)),
    ("1994-07-23T17:05:09.123456789", "second", datetime(1994, 7, 23, 17, 5, 9, 123456)),
    ("0001-01-01", "day", datetime(1, 1, 1)),
]


@pytest.mark.parametrize(("value", "precision", "start"), VALUES)
def test_a_value_says_no_more_than_is_known(value, precision, start):
    assert precision_of(value) == precision
    assert as_datetime(value) == start


@pytest.mark.parametrize(
    "text",
    [
        "",
        "94",
        "1994-7",
        "1994-13",
        "1994-02-30",
        "1994-07-23 17:05",
        "1994-07-23T24:00",
        "1994-07-23T17",
        "١٩٩٤",
        "0000",
    ],
)
def test_what_is_no_moment_raises_value_error(text):
    with pytest.raises(ValueError):
        precision_of(text)
    with pytest.raises(ValueError):
        as_datetime(text)


@pytest.mark.parametrize(
    ("parts", "value"),
    [
        ((2019,), "2019"),
        (("2019", "05", None, "12"), "2019-05"),
        ((2019, 5, 4, 12, 0), "2019-05-04T12:00"),
        ((2019, 5, 4, 12), None),  # an hour alone
        ((2019, 2, 30), None),
        ((2019, 5, 4, 24, 0), None),
        ((2019, 5, 4, 23, 59, 60), "2019-05-04T23:59:59"),  # a leap second
        ((2017, 1, 1, 5, 29, 60), "2017-01-01T05:29:59"),  # the same one in India
        ((2019, 5, 4, 23, 58, 60), None),
        ((2019, 5, 4, 23, 59, 61), None),
        ((0,), None),
        ((), None),
    ],
)
def test_a_moment_is_built_from_its_parts(parts, value):
    moment = build(*parts)
    assert (moment.value if moment else None) == value


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("+02:00", "+02:00"),
        ("+0200", "+02:00"),
        ("-05", "-05:00"),
        ("+5:30", "+05:30"),
        ("Z", "+00:00"),
        ("z", "+00:00"),
        ("UTC", "+00:00"),
        ("GMT+2", "+02:00"),
        ("UTC-03:30", "-03:30"),
        ("-00:00", "+00:00"),
        ("\u221203:00", "-03:00"),
        (" +01:00\0", "+01:00"),
        ("+14:00", "+14:00"),
        ("+14:15", None),
        ("+25:00", None),
        ("-12:60", None),
        ("02:00", None),
        ("CST", None),
        ("+٠٢:٠٠", None),
        ("+" + "1" * 5000, None),
        ("", None),
        (None, None),
    ],
)
def test_an_offset_is_normalised_or_refused(text, offset):
    assert parse_offset(text) == offset


def test_minutes_and_offsets_are_each_others_inverse():
    for minutes in range(-14 * 60, 14 * 60 + 1):
        assert offset_minutes(format_offset(minutes)) == minutes
    with pytest.raises(ValueError, match="not a UTC offset"):
        offset_minutes("noon")


@pytest.mark.parametrize(
    ("value", "offset", "utc"),
    [
        ("2019-05-04T12:00:03", "+02:00", "2019-05-04T10:00:03"),
        ("2019-05-04T12:00:03.250", "-05:30", "2019-05-04T17:30:03.250"),
        ("2019-05-04T00:30", "+01:00", "2019-05-03T23:30"),
        ("2019-05-04", "+02:00", None),
        ("2019", "+02:00", None),
        ("0001-01-01T00:00:00", "+02:00", None),
        ("9999-12-31T23:59:59", "-02:00", None),
        ("2019-05-04T12:00:03", "nonsense", None),
    ],
)
def test_wall_time_becomes_utc(value, offset, utc):
    assert to_utc(value, offset) == utc


@given(
    st.datetimes(datetime(1826, 1, 1), datetime(2100, 1, 1)),
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from(["", ".2", ".25", ".250", ".123456789"]),
)
def test_there_and_back_is_the_same_moment(moment, minutes, fraction):
    offset = format_offset(minutes)
    for value in (moment.isoformat()[:19] + fraction, moment.isoformat()[:16]):
        assert to_utc(to_local(value, offset), offset) == value
        assert to_local(to_utc(value, offset), offset) == value
        assert difference(to_local(value, offset), value) == minutes * 60


@pytest.mark.parametrize(
    ("value", "seconds", "moved"),
    [
        ("2019-05-04T12:00:03", 3600, "2019-05-04T13:00:03"),
        ("2019-05-04T12:00:03.25", -4, "2019-05-04T11:59:59.25"),
        ("2019-05-04T12:00:03", 0.5, "2019-05-04T12:00:03.500"),
        ("2019-05-04T12:00:03.250", 0.75, "2019-05-04T12:00:04.000"),
        ("2019-05-04T12:00", 90, "2019-05-04T12:01"),
        ("2019-05-04", 86400, "2019-05-05"),
        ("2019-05-04", 3600, None),
        ("2019-05", 86400, None),
        ("2019", 1e9, None),
        ("2019-05-04T12:00:03", 1e300, None),
        ("2019-05-04T12:00:03", math.nan, None),
        ("2019-05-04T12:00:03", math.inf, None),
        ("9999-12-31T23:59:59", 1, None),
        ("nonsense", 1, None),
    ],
)
def test_a_shift_keeps_the_precision(value, seconds, moved):
    assert shift(value, seconds) == moved


def test_a_difference_is_later_minus_earlier():
    assert difference("2019-05-04T12:00:03.5", "2019-05-04T12:00") == 3.5
    assert difference("2019-05-04T12:00", "2019-05-04T13:00") == -3600
    assert difference("2019-05-04", "2019-05-04T13:00") is None
    assert difference("x", "2019-05-04T13:00") is None


def test_a_coarse_moment_covers_what_lies_in_it():
    assert covers("1994", "1994-07-23T17:05:09.250")
    assert covers("1994-07", "1994-07")
    assert not covers("1994-07-23", "1994-07")
    assert not covers("1994", "1995-01")
    assert not covers("", "1994")


@pytest.mark.parametrize(
    ("zone", "value", "offset"),
    [
        ("Europe/Berlin", "2019-07-01T12:00", "+02:00"),
        ("Europe/Berlin", "2019-10-27T02:30:00", "+02:00"),  # happened twice: the first time
        ("Europe/Berlin", "2019-03-31T02:30:00", "+01:00"),  # never happened: as before the change
        ("Europe/Berlin", "2019-07-01", "+02:00"),
        ("Europe/Berlin", "2019-03-31", None),  # not the same all day
        ("Europe/Berlin", "2019-07", None),
        ("Asia/Kolkata", "2019-07-01T12:00", "+05:30"),
        ("UTC", "9999-12-31", None),  # has no next day
        ("Nowhere/At_All", "2019-07-01T12:00", None),
        ("../../etc/passwd", "2019-07-01T12:00", None),
        ("Europe", "2019-07-01T12:00", None),
        ("\0", "2019-07-01T12:00", None),
        ("", "2019-07-01T12:00", None),
        ("UTC", "soon", None),
    ],
)
def test_a_zone_has_an_offset_at_a_moment(zone, value, offset):
    assert offset_at(zone, value) == offset


def test_seconds_since_1970_are_utc():
    moment = from_epoch(1554379203)
    assert (moment.value, moment.utc_offset, moment.precision) == ("2019-04-04T12:00:03", "+00:00", "second")
    assert from_epoch(1554379203.123, digits=3).value == "2019-04-04T12:00:03.123"
    assert from_epoch(-1).value == "1969-12-31T23:59:59"
    assert [from_epoch(x) for x in (1e18, -1e18, math.inf, math.nan)] == [None] * 4
