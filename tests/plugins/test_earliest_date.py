from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from mediaparser_core import dates
from mediaparser_core.records import Claim, Evidence
from mediaparser_core.settings import DateSettings, Settings
from mediaparser_plugins.earliest_date import resolve_date

TODAY = date(2024, 6, 1)
ASKED = Settings(library=Path("/library"), timezone="Europe/Berlin", dates=DateSettings(rule="earliest_date"))


def claim(source, value, offset=None, **more):
    return Claim(source, value or "", value, offset, dates.precision_of(value) if value else None, **more)


def case(*claims, **more):
    return Evidence("0" * 64, "image", claims, **more)


TAKEN = claim("exif:DateTimeOriginal", "2019-05-04T12:00:03")


@pytest.mark.parametrize(
    ("claims", "taken_at", "source"),
    [
        ([TAKEN, claim("exif:CreateDate", "2012-01-01T10:00:00")], "2012-01-01T10:00:00", "exif:CreateDate"),
        ([TAKEN, claim("file:mtime", "2010-06-01T10:00:00", "+00:00")], "2010-06-01T12:00:00", "file:mtime"),
        ([TAKEN, claim("filename", "2019-05-04")], "2019-05-04", "filename"),
        ([TAKEN, claim("folder", "2003")], "2019-05-04T12:00:03", "exif:DateTimeOriginal"),  # a year is no date to it
        ([TAKEN, claim("exif:CreateDate", "1999-12-31T10:00:00")], "2019-05-04T12:00:03", "exif:DateTimeOriginal"),
        ([TAKEN, claim("takeout:creationTime", "2001-01-01T10:00:00")], "2019-05-04T12:00:03", "exif:DateTimeOriginal"),
        (
            [TAKEN, replace(claim("notebook", "2001-01-01"), accepted=False)],
            "2019-05-04T12:00:03",
            "exif:DateTimeOriginal",
        ),
    ],
)
def test_the_earliest_acceptable_claim_wins(claims, taken_at, source):
    found = resolve_date(case(*claims), ASKED, TODAY)
    assert (found.taken_at, found.source, found.rule, found.level) == (taken_at, source, "earliest", "medium")
    assert [verdict.claim for verdict in found.verdicts] == claims
    assert sum(verdict.accepted for verdict in found.verdicts) == 1
    assert resolve_date(case(*reversed(claims)), ASKED, TODAY).taken_at == taken_at


def test_nothing_acceptable_is_undated():
    found = resolve_date(case(claim("folder", "1985"), claim("filename", None)), ASKED, TODAY)
    assert (found.taken_at, found.level, found.needs_review) == (None, "none", True)
    assert all(verdict.reason for verdict in found.verdicts)


@pytest.mark.parametrize(
    ("evidence", "settings"),
    [
        (case(TAKEN), replace(ASKED, dates=DateSettings())),
        (case(TAKEN, decided="1994"), ASKED),
        (case(TAKEN, forced=True), ASKED),
    ],
)
def test_it_is_silent_unless_asked_and_where_a_person_spoke(evidence, settings):
    assert resolve_date(evidence, settings, TODAY) is None
