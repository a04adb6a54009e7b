"""Recognise the dates that are no evidence: clocks at zero, blanks, the future, and tags that date something else."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from mediaparser_core.dates.moments import as_datetime, precision_of

_NEVER_TAKEN = {  # last word of a source, and what that tag dates instead of the picture
    "profiledatetime": "dates the colour profile, not the picture",
    "metadatadate": "dates the last change to the metadata",
    "historywhen": "dates a step of editing",
    "historychanged": "dates a step of editing",
    "creationtime": "dates the upload to Google Photos",
    "manufacturedate": "dates the making of the camera",
    "manufacturedate1": "dates the making of the camera",
    "manufacturedate2": "dates the making of the camera",
    "firmwaredate": "dates the camera's firmware",
    "expirationdate": "dates the end of a licence",
    "releasedate": "dates the publication",
    "releasetime": "dates the publication",
    "datesent": "dates a message",
}
_PEOPLE = ("filename", "folder")  # a name with a date and no time was typed, not counted by a clock
_EPOCHS = (  # first and last moment of what a clock at zero shows in any time zone
    ("1903-12-31T10", "1904-01-01T23:59:59.999999999", "1904-01-01 is where QuickTime clocks start counting"),
    ("1969-12-31T10", "1970-01-01T23:59:59.999999999", "1970-01-01 is where computer clocks start counting"),
    ("1980-01-01", "1980-01-01T23:59:59.999999999", "1980-01-01 is what a camera shows whose clock was never set"),
    ("1899-12-30T00:00", "1899-12-30T00:00:00.000000000", "1899-12-30 is where spreadsheet clocks start counting"),
    ("1900-01-01T00:00", "1900-01-01T00:00:00.000000000", "1900-01-01 at midnight stands for no date"),
    ("2002-12-08T12:00", "2002-12-08T12:00:00.999999999", "2002-12-08 12:00:00 is a fault of early Android phones"),
)


def junk_reason(value: str | None, raw: str, source: str, earliest_year: int, today: date) -> str | None:
    """Why a claim must be rejected, as a sentence for people; ``None`` when it may be evidence.

    *value* is the claim's moment (``None``: nobody could read *raw*), *today* the day on which we judge; a day more is
    granted for zones ahead of ours. Clocks at zero are looked for in what machines wrote: a folder or a file that a
    person called "1980-01-01" may well be of that day.
    """
    origin = source.lower().removeprefix("sidecar:")
    if never := _dates_something_else(origin):
        return f"{source.rpartition(':')[2]} {never}"
    if value is None:
        return _unreadable(raw)
    try:
        day, precision = as_datetime(value).date(), precision_of(value)
    except ValueError:
        return _unreadable(raw)
    if value.startswith("0001-01-01"):
        return "0001-01-01 stands for no date"
    if precision not in {"year", "month"} and not (origin.startswith(_PEOPLE) and precision == "day"):
        for first, last, reason in _EPOCHS:
            if first <= value <= last:
                return reason
    if "gps" in origin and (day.year < 1980 or value.startswith("1980-01-06T00:00:00")):
        return (
            f"GPS did not exist in {day.year}" if day.year < 1980 else "1980-01-06 is where GPS clocks start counting"
        )
    if day.year < earliest_year:
        return f"the year {day.year} is before {earliest_year}, the earliest year accepted"
    if day > today + timedelta(days=1):
        return f"{value[:10]} is in the future"
    return None


@lru_cache(256)
def _dates_something_else(origin: str) -> str | None:
    group, _, tag = origin.rpartition(":")
    tag = tag.replace(" ", "")
    if group.startswith("icc"):
        return _NEVER_TAKEN["profiledatetime"]
    if "history" in group and tag.endswith("when"):
        return _NEVER_TAKEN["historywhen"]
    if tag == "creationtime" and not group.startswith("takeout"):
        return None  # PNG text has one too, and there it is the real thing
    return _NEVER_TAKEN.get(tag)


def _unreadable(raw: str) -> str:
    letters = set(raw) - set(" :-/.T\0\t\r\nZ+")
    if not letters:
        return "the date is blank"
    if letters == {"0"}:
        return "the date is all zeros"
    return "not a date that exists"
