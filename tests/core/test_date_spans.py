"""Several years in words and digits: spans, and what only looks like one."""

from __future__ import annotations

import pytest

from mediaparser_core.dates import folder_span
from mediaparser_core.dates.spans import Span, is_about, span_in
from mediaparser_core.dates.words import plain


@pytest.mark.parametrize(
    ("text", "first", "last", "alone"),
    [
        ("1980s", 1980, 1989, True),
        ("1980's", 1980, 1989, True),
        ("1880s", 1880, 1889, True),
        ("2000s", 2000, 2009, True),
        ("80s", 1980, 1989, True),
        ("the 80s", 1980, 1989, True),
        ("early 1980s", 1980, 1989, True),
        ("1980s scans", 1980, 1989, True),
        ("1980s Lisbon", 1980, 1989, False),
        ("Hits of the 1980s", 1980, 1989, False),
        ("The Eighties", 1980, 1989, True),
        ("1980er", 1980, 1989, True),
        ("80er Jahre", 1980, 1989, True),
        ("die Achtziger", 1980, 1989, True),
        ("années 80", 1980, 1989, True),
        ("Les années 1980", 1980, 1989, True),
        ("anni '80", 1980, 1989, True),
        ("anni ottanta", 1980, 1989, True),
        ("años 80", 1980, 1989, True),
        ("jaren 80", 1980, 1989, True),
        ("80-tal", 1980, 1989, True),
        ("1980-luku", 1980, 1989, True),
        ("lata 80", 1980, 1989, True),
        ("1980-е годы", 1980, 1989, True),
        ("1994-95", 1994, 1995, True),
        ("Winter 1994/95", 1994, 1995, False),
        ("1999-00", 1999, 2000, True),
        ("2019 - 2021", 2019, 2021, True),
        ("1998 bis 2003", 1998, 2003, True),
        ("1990–1999 Oma", 1990, 1999, False),
        ("1994_to_1996", 1994, 1996, True),
    ],
)
def test_spans(text, first, last, alone):
    assert span_in(plain(text)) == Span(first, last, alone)


@pytest.mark.parametrize(
    "text",
    ["", "1980", "20s", "10s", "100er", "1080", "1994-07", "1994-07-23", "1995-1994", "1994-1994", "1920x1080",
     "trente", "2019-2021-2023", "IMG_1234", "1993-12-23 - 1994-01-02", "80", "1985s", "19801s"],
)  # fmt: skip
def test_what_is_no_span(text):
    assert span_in(plain(text)) is None


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        (["photos", "1980s"], Span(1980, 1989, True)),
        (["Scanned 2019", "1980s", "Lisbon"], Span(1980, 1989, True)),
        (["1980s", "1994-95"], Span(1994, 1995, True)),
        (["1980s", "1984"], None),  # a date says more
        (["2190s"], None),
        (["Lisbon"], None),
    ],
)
def test_the_deepest_folder_that_says_something_decides(folders, expected):
    assert folder_span(folders, 2027) == expected


@pytest.mark.parametrize(
    ("text", "value", "about"),
    [
        ("ca 1975", "1975", True),
        ("Ca. 1975 Oma", "1975", True),
        ("Oma circa 1975", "1975", True),
        ("c. 1975", "1975", True),
        ("~1975", "1975", True),
        ("about_1975_garden.jpg", "1975", True),
        ("Garten um 1975.jpg", "1975", True),
        ("vers 1975", "1975", True),
        ("około 1975", "1975", True),
        ("ca. summer 1975", "1975", True),
        ("ca. Juli 1975", "1975-07", True),
        ("ca 1974/Oma 1975", "1975", False),
        ("Chicago 1975", "1975", False),
        ("Sumatra 1975", "1975", False),
        ("1975 ca", "1975", False),
        ("all about 1975s", "1975", True),
        ("ca 19751", "1975", False),
        ("ca 1975-07-23", "1975-07-23", False),  # who knows the day knows the year
        ("Rome 1975", "1975", False),
    ],
)
def test_a_year_may_be_a_guess(text, value, about):
    assert is_about(text, value) is about
