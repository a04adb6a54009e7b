from __future__ import annotations

import pytest

from mediaparser_core import zones

EXACT = [(-2.0, 2.0)]


@pytest.mark.parametrize(
    ("local", "utc", "windows", "offset"),
    [
        ("2019-05-04T12:00:03", "2019-05-04T10:00:03", EXACT, "+02:00"),
        ("2019-05-04T12:00:03", "2019-05-04T10:00:05", EXACT, "+02:00"),
        ("2019-05-04T12:00:03", "2019-05-04T10:00:06", EXACT, None),
        ("2019-05-05T00:15:00", "2019-05-04T18:30:00", EXACT, "+05:45"),
        ("2019-05-04T12:00:00", "2019-05-04T11:45:00", EXACT, None),  # nobody keeps a quarter of an hour
        ("2019-05-04T23:00:00", "2019-05-05T11:00:00", EXACT, "-12:00"),
        ("2019-05-05T00:00:00", "2019-05-04T10:00:00", EXACT, "+14:00"),
        ("2019-05-05T01:00:00", "2019-05-04T10:00:00", EXACT, None),  # UTC+15 is nowhere
        ("2019-05-04T12:00", "2019-05-04T10:00:59", EXACT, "+02:00"),
        ("2019-05-04", "2019-05-04T10:00:59", EXACT, None),
        ("2019-05-04T12:00:03", "2019-05-04T10:20:03", [(-2, 10), (1190, 1210)], "+02:00"),  # the end of 20 minutes
        ("9999-12-31T23:59:59", "0001-01-01T00:00:00", EXACT, None),
    ],
)
def test_two_times_of_one_moment_tell_the_zone(local, utc, windows, offset):
    assert zones.between(local, utc, windows) == offset


def test_of_two_zones_that_fit_a_long_recording_the_preferred_one_wins():
    windows = [(-2.0, 10.0), (3590.0, 3610.0)]
    assert zones.between("2019-05-04T12:00:03", "2019-05-04T11:00:03", windows) == "+01:00"
    assert zones.between("2019-05-04T12:00:03", "2019-05-04T11:00:03", windows, prefer="+02:00") == "+02:00"
    assert zones.between("2019-05-04T12:00:03", "2019-05-04T11:00:03", windows, prefer="+05:00") == "+01:00"


@pytest.mark.parametrize(
    ("zone", "utc", "offset"),
    [
        ("Europe/Berlin", "2019-03-31T00:59:59", "+01:00"),  # the last second of winter
        ("Europe/Berlin", "2019-03-31T01:00:00", "+02:00"),
        ("Europe/Berlin", "2019-10-27T00:59:59", "+02:00"),
        ("Europe/Berlin", "2019-10-27T01:00:00", "+01:00"),
        ("Pacific/Kiritimati", "2019-05-04T12:00:00", "+14:00"),
        ("Pacific/Kiritimati", "9999-12-31T23:59:59", None),
        ("Europe/Berlin", "2019-05-04", None),
        ("Nowhere/Land", "2019-05-04T12:00:00", None),
    ],
)
def test_the_households_offset_is_taken_at_the_instant(zone, utc, offset):
    assert zones.at_home(zone, utc) == offset


@pytest.mark.parametrize(
    ("offset", "longitude", "fits"),
    [
        ("+02:00", 13.4, True),
        ("+02:00", -9.3, True),  # Vigo keeps Madrid's summer time
        ("+08:00", 74.0, True),  # and Kashgar Beijing's
        ("+14:00", -157.4, True),  # Kiritimati, across the date line
        ("+12:00", -9.1, False),
        ("-05:00", 139.7, False),
        ("+02:00", None, None),
    ],
)
def test_a_zone_must_be_kept_near_the_place(offset, longitude, fits):
    assert zones.fits(offset, longitude) is fits


@pytest.mark.parametrize(
    ("make", "model", "local", "utc"),
    [
        ("NIKON CORPORATION", "NIKON Z 30", True, False),
        ("GoPro", "HERO9 Black", True, False),
        ("GoPro", "HERO12 Black", False, False),
        ("Apple", "iPhone 12", False, True),
        ("NIKON CORPORATION", "NIKON Z50_2", True, False),
        ("GoPro", "HERO8 Black", True, False),
        ("GoPro", "HERO10 Black", True, False),
        ("GoPro", "HERO11 Black Mini", False, False),  # it states its zone
        ("GoPro", "HERO13 Black", False, False),
        ("Canon", "Canon EOS R6", True, False),
        ("FUJIFILM", "X-T5", True, False),
        ("OLYMPUS CORPORATION", "E-M1MarkII", True, False),
        ("OM Digital Solutions", "OM-1", True, False),
        ("RICOH IMAGING COMPANY, LTD.", "PENTAX K-3 Mark III", True, False),
        ("CASIO COMPUTER CO.,LTD.", "EX-Z850", True, False),
        ("EASTMAN KODAK COMPANY", "KODAK Z1012 IS", True, False),
        ("Google", "Pixel 6", False, True),
        ("samsung", "SM-G973F", False, True),
        ("SONY", "ILCE-6000", False, True),
        ("HUAWEI", "VOG-L29", False, True),
        ("Xiaomi", "Mi 9", False, True),
        ("Acme", "Cam 3", False, False),
        ("", "", False, False),
        (None, None, False, False),
    ],
)
def test_makers_have_habits(make, model, local, utc):
    assert (zones.writes_local_time(make, model), zones.writes_utc(make)) == (local, utc)
