"""The probe of folder names: only the input's own name and what is below it."""

from __future__ import annotations

from datetime import date

import pytest

from mediaparser_core.records import Claim, Entry
from mediaparser_core.settings import Settings
from mediaparser_plugins import folder_dates


@pytest.mark.parametrize(
    ("root", "path", "raw", "value", "precision"),
    [
        (b"/home/photos", b"2019/05/04/a.jpg", "photos/2019/05/04", "2019-05-04", "day"),
        (b"/home/Summer 1994", b"scan0001.jpg", "Summer 1994", "1994", "year"),
        (b"/home/2019", b"Lisbon/a.jpg", "2019/Lisbon", "2019", "year"),
        (b"/2018/photos", b"a.jpg", None, None, None),  # above the input: where a disk is mounted
        (b"/home/photos", b"Lisbon/a.jpg", None, None, None),
        (b"/home/x.zip", b"/Summer 1994/a.jpg", "x/Summer 1994", "1994", "year"),
        (b"/home", b"Summer 1994.zip//a.jpg", "home/Summer 1994", "1994", "year"),
        (b"/home", b"takeout-20190504T120000Z-001.zip//Takeout/Google Photos/Lisbon/a.jpg", None, None, None),
        (b"/home/photos", b"M\xffrz 2019/a.jpg", "photos/M\ufffdrz 2019", "2019", "year"),
        (b"", b"Mai 2019/a.jpg", "Mai 2019", "2019-05", "month"),
    ],
)
def test_folders_are_one_claim(root, path, raw, value, precision):
    expected = [Claim("folder", raw, value, None, precision)] if value else []
    assert folder_dates.claims(Entry(root, root + b"/" + path)) == expected


@pytest.mark.parametrize(("folder", "reason"), [("ca. 1975", "about then: a guess"), ("1975", None)])
def test_a_guess_is_marked_as_one(folder, reason):
    (claim,) = folder_dates.claims(Entry(b"/photos", f"/photos/{folder}/a.jpg".encode()))
    assert (claim.value, claim.accepted, claim.reason) == ("1975", True, reason)


def test_a_span_of_years_is_seen_and_dates_nothing():
    (claim,) = folder_dates.claims(Entry(b"/photos", b"/photos/Scanned 2019/1980s/a.jpg"))
    assert (claim.source, claim.raw, claim.value, claim.accepted) == (
        "folder",
        "photos/Scanned 2019/1980s",
        None,
        False,
    )
    assert claim.reason == "from 1980 to 1989: more than a year, and no date can say that"


def test_a_year_that_has_not_come_is_no_year():
    year = date.today().year
    for shown, claims in ((year + 1, 1), (year + 2, 0)):
        entry = Entry(b"/photos", f"/photos/Lisbon {shown}/a.jpg".encode())
        assert len(folder_dates.claims(entry)) == claims


def test_the_probe_needs_no_byte(tmp_path):
    (probe,) = folder_dates.register_probes(Settings(tmp_path))
    assert (probe.name, probe.needs, probe.run) == ("folder_dates", "name", folder_dates.claims)
