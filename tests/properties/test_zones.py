"""Zones: an offset that is found explains both clocks, and what a zone's clock showed leads back to the moment."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from mediaparser_core import zones
from mediaparser_core.dates import moments

WHEN = st.datetimes(datetime(1985, 1, 1), datetime(2035, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0).isoformat()
)
ZONES = st.sampled_from(
    ["Europe/Lisbon", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "America/Caracas",
     "Africa/Casablanca", "Antarctica/Troll", "UTC"]
)  # fmt: skip
NO_LAG = [(-2.0, 2.0)]


@given(WHEN, st.sampled_from(zones.REAL_OFFSETS))
def test_two_clocks_of_one_moment_tell_the_offset_between_them(utc, minutes):
    offset = moments.format_offset(minutes)
    local = moments.to_local(utc, offset)
    assert local is not None
    assert zones.between(local, utc, NO_LAG) == offset


@given(WHEN, st.integers(-900, 900))
def test_an_offset_that_nobody_keeps_is_a_contradiction(utc, minutes):
    local = moments.shift(utc, minutes * 60)
    assert local is not None
    found = zones.between(local, utc, NO_LAG)
    assert (found is None) == (minutes not in zones.REAL_OFFSETS)


@given(ZONES, WHEN)
def test_what_the_wall_showed_leads_back_to_the_moment(zone, utc):
    offset = zones.at_home(zone, utc)
    assert offset is not None
    wall = moments.to_local(utc, offset)
    assert wall is not None
    assert offset in zones.on_the_wall(zone, wall)


@given(ZONES, WHEN)
def test_the_offset_at_home_is_that_of_the_zone(zone, utc):
    expected = datetime.fromisoformat(utc).replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset()
    assert expected is not None
    assert zones.at_home(zone, utc) == moments.format_offset(round(expected.total_seconds() / 60))


@given(ZONES, st.text(max_size=12), st.text(max_size=12))
def test_nonsense_is_no_offset(zone, text, other):
    assert zones.at_home(zone, text) is None or moments.precision_of(text) in ("minute", "second")
    assert zones.at_home("/" + other, "2019-05-04T12:00:03") is None
    assert zones.between(text, other, NO_LAG) is None or moments.difference(text, other) is not None


@given(WHEN, ZONES, st.none() | st.floats(-180, 180))
def test_an_assumed_offset_fits_the_sun_or_says_that_it_does_not(utc, zone, longitude):
    found = zones.assumed(utc, zone, longitude)
    assert found is not None
    offset, supported = found
    if supported:
        assert zones.fits(offset, longitude)
    elif longitude is not None:
        assert not zones.fits(zones.at_home(zone, utc) or "", longitude)
