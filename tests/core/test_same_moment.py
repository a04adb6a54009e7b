"""A photo and a video of one moment, each with what its maker writes, end within two seconds of each other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mediaparser_core import dates
from mediaparser_core.records import Claim, Evidence, Witness
from mediaparser_core.resolve import resolve
from mediaparser_core.settings import Settings

TODAY = date(2024, 6, 1)
HOME = Settings(library=Path("/library"), timezone="Europe/Lisbon")
PLACES = {
    "Europe/Lisbon": (38.72, -9.14),
    "Europe/Berlin": (52.52, 13.405),
    "America/New_York": (40.71, -74.0),
    "Asia/Kolkata": (28.61, 77.21),
    "Australia/Lord_Howe": (-31.55, 159.08),
}
MOMENTS = {  # in UTC
    "summer": datetime(2021, 7, 10, 10, 0, 3, tzinfo=UTC),
    "winter": datetime(2021, 1, 10, 23, 30, 3, tzinfo=UTC),
    "the last second of summer time in Europe": datetime(2021, 10, 31, 0, 59, 59, tzinfo=UTC),
    "the hour that comes twice": datetime(2021, 10, 31, 1, 20, 0, tzinfo=UTC),
    "the first second of summer time in Europe": datetime(2021, 3, 28, 1, 0, 0, tzinfo=UTC),
    "the hour that comes twice in New York": datetime(2021, 11, 7, 6, 30, 0, tzinfo=UTC),
}


def say(source: str, moment: datetime, offset: bool = False) -> Claim:
    """A claim of the wall time (or of UTC) in *moment*, with its offset where the source writes one."""
    value = moment.replace(tzinfo=None).isoformat()
    in_utc = source.startswith(("gps:", "quicktime:")) or moment.tzinfo is UTC
    minutes = moment.utcoffset() / timedelta(minutes=1)
    stated = "+00:00" if in_utc else dates.format_offset(round(minutes)) if offset else None
    return Claim(source, value, value, stated, "second")


def iphone(there: datetime, utc: datetime) -> tuple[list[Claim], list[Claim]]:
    photo = [say("exif:DateTimeOriginal", there, offset=True), say("gps:DateTime", utc)]
    return photo, [say("keys:CreationDate", there, offset=True), say("quicktime:CreateDate", utc)]


def pixel(there: datetime, utc: datetime) -> tuple[list[Claim], list[Claim]]:
    photo = [say("exif:DateTimeOriginal", there, offset=True), say("filename", utc)]
    return photo, [say("filename", utc), say("quicktime:CreateDate", utc + timedelta(seconds=12))]  # its end


def samsung(there: datetime, utc: datetime) -> tuple[list[Claim], list[Claim]]:
    photo = [say("exif:DateTimeOriginal", there), say("gps:DateTime", utc), say("filename", there)]
    return photo, [say("filename", there), say("quicktime:CreateDate", utc + timedelta(seconds=12))]


def sony(there: datetime, utc: datetime) -> tuple[list[Claim], list[Claim]]:
    """A camera whose videos count in UTC, as the book says."""
    return [say("exif:DateTimeOriginal", there)], [say("quicktime:CreateDate", utc)]


def nikon(there: datetime, utc: datetime) -> tuple[list[Claim], list[Claim]]:
    """A camera that writes local time where UTC belongs."""
    return [say("exif:DateTimeOriginal", there)], [say("quicktime:CreateDate", there.replace(tzinfo=UTC))]


MAKERS = {
    "Apple|iPhone 12": iphone,
    "Google|Pixel 6": pixel,
    "samsung|SM-G973F": samsung,
    "SONY|ILCE-6000": sony,
    "NIKON CORPORATION|NIKON Z 30": nikon,
    "GoPro|HERO9 Black": nikon,
    "GoPro|HERO11 Black": sony,
}


@pytest.mark.parametrize("camera", MAKERS)
@pytest.mark.parametrize("zone", PLACES)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_photo_and_a_video_of_one_moment_have_one_date(camera, zone, moment):
    utc = MOMENTS[moment]
    there = utc.astimezone(ZoneInfo(zone))
    make, model = camera.split("|")
    photo, video = MAKERS[camera](there, utc)
    found = [
        resolve(
            Evidence("0" * 64, kind, tuple(claims), make=make, model=model, latitude=PLACES[zone][0],
                     longitude=PLACES[zone][1], duration=12.0 if kind == "video" else None,
                     witnesses=(Witness("zone", detail=zone),)),
            HOME, TODAY,
        )
        for kind, claims in (("image", photo), ("video", video))
    ]  # fmt: skip
    wall = there.replace(tzinfo=None).isoformat()
    assert [abs(dates.difference(each.taken_at, wall)) <= 2 for each in found] == [True, True], found
    assert abs(dates.difference(found[0].taken_at, found[1].taken_at)) <= 2
    for each in found:
        assert each.taken_utc is None or abs(dates.difference(each.taken_utc, utc.isoformat()[:19])) <= 2
