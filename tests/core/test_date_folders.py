"""Folder names: dates, seasons, ranges, nested parts, and names that only look like years."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaparser_core.dates.folders import folder_names, from_folder
from mediaparser_core.dates.moments import as_datetime, precision_of

SAYS = [
    ("2019", "2019", "year"),
    ("2019-05", "2019-05", "month"),
    ("2019_05 Lisbon", "2019-05", "month"),
    ("2019-05-04", "2019-05-04", "iso"),
    ("2019_05_04 Lisbon", "2019-05-04", "iso"),
    ("2019.05.04 Lisbon", "2019-05-04", "iso"),
    ("Lisbon 2019-05-04", "2019-05-04", "iso"),
    ("20190504", "2019-05-04", "compact"),
    ("20190504_Lisbon", "2019-05-04", "compact"),
    ("2019_0504", "2019-05-04", "compact"),
    ("04.05.2019 Rom", "2019-05-04", "day_first"),
    ("12-31-2019", "2019-12-31", "month_first"),
    ("04-05-2019", "2019", "ambiguous"),
    ("2019年5月4日", "2019-05-04", "iso"),
    ("201905", "2019-05", "month"),
    ("201905 Lisbon", "2019-05", "month"),
    ("05-2019", "2019-05", "month"),
    ("05.2019", "2019-05", "month"),
    ("202405__", "2024-05", "month"),  # an iPhone on a cable
    ("DCIM/202405_a", "2024-05", "month"),
    # words
    ("May 2019", "2019-05", "words"),
    ("Mai 2019", "2019-05", "words"),
    ("2019 mai", "2019-05", "words"),
    ("août 2017", "2017-08", "words"),
    ("AOU\u0302T 2017", "2017-08", "words"),
    ("Märzausflug 2019", "2019", "year"),
    ("März 2019", "2019-03", "words"),
    ("maio de 2019", "2019-05", "words"),
    ("октябрь 2019", "2019-10", "words"),
    ("4 de mayo de 2019", "2019-05-04", "words"),
    ("4. Mai 2019 Rom", "2019-05-04", "words"),
    ("1er août 2017", "2017-08-01", "words"),
    ("Rome, May 4th, 2019", "2019-05-04", "words"),
    ("Summer 1994", "1994", "season"),
    ("été 1994", "1994", "season"),
    ("verano de 1994", "1994", "season"),
    ("лето 1994", "1994", "season"),
    ("1994 Sommer", "1994", "season"),
    # years
    ("Photos from 2019", "2019", "year"),
    ("Fotos von 2019", "2019", "year"),
    ("Zdjęcia z 2019", "2019", "year"),
    ("1994 Lisbon", "1994", "year"),
    ("1994_Lisbon", "1994", "year"),
    ("Lisbon (1994)", "1994", "year"),
    ("Oma - 1965 - Dias", "1965", "year"),
    ("1826", "1826", "year"),
    ("٢٠١٩", "2019", "year"),
    # several days become what covers them
    ("1994-07-23 - 1994-07-30", "1994-07", "range"),
    ("1994-07-23 - 1994-08-02", "1994", "range"),
    ("2019-05-04 - 08 Lisbon", "2019-05", "range"),
    ("2019-05-28 - 06-02", "2019", "range"),
    ("2019-05-04_2019-05-08", "2019-05", "range"),
    ("04.-08.05.2019 Rom", "2019-05", "range"),
    ("28.04.-02.05.2019", "2019", "range"),
    ("28.4. - 2.5.2019", "2019", "range"),
    ("4-8 May 2019", "2019-05", "words"),
    ("May 4-8, 2019", "2019-05", "words"),
    ("28 April - 2 May 2019", "2019", "words"),
    ("20190504-0506 Rom", "2019-05", "range"),
    ("20190528-0602", "2019", "range"),
    ("20190504-06", "2019-05", "range"),
    ("2005 Jan-Mar", "2005", "words"),
    ("Jan - März 2005", "2005", "words"),
    ("2019-05-04 3 friends", "2019-05-04", "iso"),
    # in the words and scripts of others
    ("5.2019", "2019-05", "month"),
    ("2019年5月", "2019-05", "month"),
    ("2019년 5월 제주", "2019-05", "month"),
    ("2019年", "2019", "year"),
    ("1994г", "1994", "year"),
    ("1994 г.", "1994", "year"),
    ("Marts 2019", "2019-03", "words"),
    ("març 2019", "2019-03", "words"),
    ("2019 ožujak", "2019-03", "words"),
    ("مارس ٢٠١٩", "2019-03", "words"),
    ("מרץ 2019", "2019-03", "words"),
    ("मार्च 2019", "2019-03", "words"),
    ("2019夏天", "2019", "season"),
    ("Χειμώνας 1994", "1994", "season"),
    ("Mai 94", "1994-05", "words"),
    ("Sommer '94", "1994", "season"),
    ("summer '04", "2004", "season"),
    ("24 Dec '99", "1999-12-24", "words"),
    # the pieces of an export only say when it was made
    ("takeout-20230720T065335Z-001/Takeout/Google Photos/Photos from 2019", "2019", "year"),
    ("2019-05-04 - 3 friends", "2019-05-04", "iso"),
    ("2019-05-04-12-30-45", "2019-05-04", "iso"),
    # nested
    ("2019/05", "2019-05", "nested"),
    ("2019/5", "2019-05", "nested"),
    ("2019/05/04", "2019-05-04", "nested"),
    ("2019/05/04/raw", "2019-05-04", "nested"),
    ("2019/05 Lisbon", "2019-05", "nested"),
    ("2019/05-04", "2019-05-04", "nested"),
    ("2019/0504 Lisbon", "2019-05-04", "nested"),
    ("2019/04.05. Rom", "2019-05-04", "nested"),
    ("2019/May", "2019-05", "month"),
    ("2019/05 - Mai", "2019-05", "month"),
    ("2019/05_May/04", "2019-05-04", "nested"),
    ("Wedding 2019/May", "2019-05", "month"),
    ("Wedding 2019/05", "2019", "year"),  # the fifth roll of film
    ("2019/13", "2019", "year"),
    ("2019/112 x", "2019", "year"),
    ("2019/5 friends", "2019", "year"),
    ("2019/Lisbon/05", "2019", "year"),
    ("2019/02/30", "2019-02", "nested"),
    ("2019/Lisbon/edited", "2019", "year"),
    ("2019-05-04 Lisbon/2019", "2019-05-04", "iso"),  # the inner one agrees and knows less
    ("2019/2018-05 found later", "2018-05", "month"),  # the inner one knows better
    ("1990s/1994", "1994", "year"),
    ("1994/Hits of the 1980s", "1994", "year"),
    ("2019/Cyberpunk 2077", "2019", "year"),
    ("2019/2019-2021", "2019", "year"),
    ("1980s/1984/1980s", "1984", "year"),
    ("2019/80s party", "2019", "year"),
]
SAYS_NOTHING = """
    Lisbon
    1980s
    1980's
    1980er
    80s
    Scanned 2019/1980s
    2019/80er Jahre
    2019/1994-95
    May 04
    mai 04
    takeout-20230720T065335Z-001/Lisbon
    2019-2021
    2019 - 2021
    1990-1999
    1994 & 1995
    1994-95
    1994-95 Winter
    Winter 2019-2020
    1993-12-23 - 1994-01-02
    2019-12-31_2020-01-01 Silvester
    before 1950
    vor 1950
    1950?
    1825
    Cyberpunk 2077
    iPhone 2000 pics
    Nikon 2000
    Canon EOS 2000D
    Windows 2000
    1887 Main Street
    1950 Sunset Boulevard
    Musterstraße 1850
    Route 1966
    DCIM
    DCIM/100CANON
    DCIM/101_0504
    101MSDCF
    100_1994
    1080
    1920x1080
    2000 px
    200112
    190504
    Album 6-10-23
    Nokia 3110
    5
    05
    Mai
    Mai/04
    30.02.2019
    2019-02-30
    #1999
    12345
    20190504123
"""


@pytest.mark.parametrize(("path", "value", "pattern"), SAYS)
def test_folders_say_a_date(path, value, pattern):
    moment = from_folder(path.split("/"), 2027)
    assert moment is not None
    assert (moment.value, moment.pattern, moment.precision) == (value, pattern, precision_of(value))


@pytest.mark.parametrize("path", ["", "/", *(line.strip() for line in SAYS_NOTHING.strip().splitlines())])
def test_folders_that_say_nothing(path):
    assert from_folder(path.split("/"), 2027) is None


def test_the_latest_year_is_the_callers():
    assert from_folder(["2030"]).value == "2030"
    assert from_folder(["2030"], 2027) is None
    assert from_folder(["2028", "Lisbon"], 2028).value == "2028"


def test_no_folders_say_nothing():
    assert from_folder([]) is None


@pytest.mark.parametrize(
    ("root", "path", "names"),
    [
        (b"/home/anna/Photos 2019", b"/home/anna/Photos 2019/Lisbon/a.jpg", ["Photos 2019", "Lisbon"]),
        (b"/home/anna/Photos/", b"/home/anna/Photos/a.jpg", ["Photos"]),
        (b"/", b"/Lisbon/a.jpg", ["", "Lisbon"]),
        (b"/p/a.jpg", b"/p/a.jpg", ["p"]),  # the input is the file
        (b"/p", b"/p/L\xffsbon/a.jpg", ["p", "L\ufffdsbon"]),
        (b"/p", b"/elsewhere/a.jpg", ["p"]),
        (b"", b"", [""]),
    ],
)
def test_folders_of_a_file_begin_at_the_input(root, path, names):
    assert folder_names(root, path) == names


_BITS = [
    "2019",
    "05",
    "-",
    "04",
    " ",
    ".",
    "Mai",
    "May",
    "summer",
    "to",
    "1980s",
    "٣",
    "\udcff",
    "'s",
    "Street",
    "_",
    "&",
]


@given(
    st.lists(st.one_of(st.text(max_size=30), st.lists(st.sampled_from(_BITS), max_size=8).map("".join)), max_size=5),
    st.sampled_from([None, 2027]),
)
def test_no_folder_raises_and_every_value_is_in_the_calendar(parts, latest):
    moment = from_folder(parts, latest)
    if moment is not None:
        assert as_datetime(moment.value)
        assert moment.precision == precision_of(moment.value)
        assert moment.pattern
        assert 1826 <= int(moment.value[:4]) <= (latest or 2100)


@pytest.mark.parametrize("bit", ["1", "-", "2019-05-04 ", "a ", "( ", "٣", "mai ", "mai - "])
def test_folders_of_any_length_take_no_time(bit):
    from_folder([bit * 5000] * 200)


def test_folders_of_the_corpus_are_read_as_a_person_would(shared):
    folders = {path.parent.relative_to(shared / "corpus") for path in (shared / "corpus").rglob("*") if path.is_file()}
    read = {str(folder): moment.value for folder in folders if (moment := from_folder(folder.parts, 2027))}
    assert {(folder.rpartition("/")[2], value) for folder, value in read.items()} == {
        ("Photos from 2023", "2023"),
        ("Photos from 2025", "2025"),
        ("2023-10-06", "2023-10-06"),
    }
