"""A position and the zone that is kept there."""

from __future__ import annotations

import pytest

from mediaparser_core import zones
from mediaparser_plugins.position_zones import zone_at


@pytest.mark.parametrize(
    ("latitude", "longitude", "wall", "offset"),
    [
        (38.7223, -9.1393, "2019-07-01T12:00", "+01:00"),  # Lisbon in summer
        (38.7223, -9.1393, "2019-01-01T12:00", "+00:00"),
        (42.24, -8.72, "2019-01-01T12:00", "+01:00"),  # Vigo keeps Madrid's time
        (52.52, 13.405, "2019-07-01T12:00", "+02:00"),
        (40.7128, -74.006, "2019-01-01T12:00", "-05:00"),
        (33.4484, -112.074, "2019-07-01T12:00", "-07:00"),  # Phoenix knows no summer time
        (36.15, -109.55, "2019-07-01T12:00", "-06:00"),  # but the Navajo around it do
        (28.6139, 77.209, "2019-07-01T12:00", "+05:30"),
        (27.7172, 85.324, "2019-07-01T12:00", "+05:45"),
        (39.4704, 75.9897, "2019-07-01T12:00", "+08:00"),  # phones in Kashgar show Beijing's time
        (-33.8688, 151.2093, "2019-01-01T12:00", "+11:00"),  # summer, in the south
        (-31.55, 159.08, "2019-01-01T12:00", "+11:00"),  # Lord Howe: half an hour of summer time
        (-31.55, 159.08, "2019-07-01T12:00", "+10:30"),
        (-43.95, -176.55, "2019-07-01T12:00", "+12:45"),  # Chatham
        (1.87, -157.43, "2019-07-01T12:00", "+14:00"),  # Kiritimati, east of the date line on the clock
        (-13.83, -171.77, "2011-12-29T12:00", "-10:00"),  # Samoa before it changed sides
        (-13.83, -171.77, "2011-12-31T12:00", "+14:00"),
        (8.98, -79.52, "2019-07-01T12:00", "-05:00"),
        (64.15, -21.94, "2019-07-01T12:00", "+00:00"),
        (10.48, -66.9, "2010-07-01T12:00", "-04:30"),  # Venezuela, from 2007 to 2016
        (55.75, 37.62, "2012-07-01T12:00", "+04:00"),  # Moscow, when it kept summer time all year
    ],
)
def test_a_place_keeps_its_time(latitude, longitude, wall, offset):
    zone = zone_at(latitude, longitude)
    assert zone is not None
    assert zones.on_the_wall(zone, wall) == (offset,)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(0.0, -30.0), (45.0, -40.0), (-60.0, 100.0), (91.0, 0.0), (0.0, 181.0), (float("nan"), 0.0), (float("inf"), 9.0)],
)
def test_at_sea_and_off_the_map_there_is_none(latitude, longitude):
    assert zone_at(latitude, longitude) is None
