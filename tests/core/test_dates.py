"""Dates in metadata, dates that people type, and what a whole path says."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaparser_core.dates import as_datetime, from_path, parse_exif, parse_words, precision_of

TAGS = [
    ("2008:07:27 10:22:05", "2008-07-27T10:22:05", None),
    ("2008:07:27 10:22:05.25", "2008-07-27T10:22:05.25", None),
    ("2008:07:27 10:22:05.25+02:00", "2008-07-27T10:22:05.25", "+02:00"),
    ("2008:07:27 10:22:05-0700", "2008-07-27T10:22:05", "-07:00"),
    ("2008:07:27 10:22:05Z", "2008-07-27T10:22:05", "+00:00"),
    ("2008:07:27 10:22:05 +01:00", "2008-07-27T10:22:05", "+01:00"),
    ("2008:07:27 10:22:05-07:00 DST", "2008-07-27T10:22:05", "-07:00"),
    ("2008:07:27 10:22:05+99:00", "2008-07-27T10:22:05", None),
    ("2019-05-04T12:00:03Z", "2019-05-04T12:00:03", "+00:00"),
    ("2019-05-04T12:00:03.123456+02:00", "2019-05-04T12:00:03.123456", "+02:00"),
    ("2019-05-04T12:00+02:00", "2019-05-04T12:00", "+02:00"),
    ("20190504T120003+0200", "2019-05-04T12:00:03", "+02:00"),
    ("20190504", "2019-05-04", None),
    ("2008:07:27 10:22", "2008-07-27T10:22", None),
    ("2008:07:27", "2008-07-27", None),
    ("2008:07", "2008-07", None),
    ("2008", "2008", None),
    ("2008/07/27 10:22:05", "2008-07-27T10:22:05", None),
    ("2008.07.27 10.22.05", "2008-07-27T10:22:05", None),
    ("2008: 7:27 10: 2: 5", "2008-07-27T10:02:05", None),
    ("2008:07:27 10:22:05\0", "2008-07-27T10:22:05", None),
    ("2008:07:27 10:22:05\0\0garbage", "2008-07-27T10:22:05", None),
    ("  2008:07:27 10:22:05  ", "2008-07-27T10:22:05", None),
    ("2008:07:27   :  :  ", "2008-07-27", None),
    ("2008:07:      :  :  ", "2008-07", None),
    ("2008:07:00 00:00:00", "2008-07", None),  # 00 is "not known"
    ("2008:00:00 00:00:00", "2008", None),
    ("20080000", "2008", None),
    ("2016:12:31 23:59:60", "2016-12-31T23:59:59", None),
]
NO_TAGS = [
    "",
    "   ",
    "    :  :     :  :  ",
    "0000:00:00 00:00:00",
    "0000-00-00T00:00:00Z",
    "2008:02:30 10:00:00",
    "2008:13:01",
    "2008:00:04",
    "2008:07:00 10:22:05",
    "2008:07:27 24:00:00",
    "2008:07:27 10:60:00",
    "2008:07:27 23:59:61",
    "2008:07:27 10:22:70",
    "08:07:27",
    "10:22:05",
    "2008:07:27 10",
    "٢٠٠٨:٠٧:٢٧ ١٠:٢٢:٠٥",
    "200Ô-04-07T19:06:16-07:00",
    "0010:1998:19 30:52:42",
    "spring 1910",
    "06/05/08",
    "1" * 5000,
    "2008:" * 1000,
    "\udcff",
    "2008:07:27 10:22:05 junk",
    "-1",
    "123456789012",
    "nan",
    "\0",
]


@pytest.mark.parametrize(("text", "value", "offset"), TAGS)
def test_a_tag_is_read_as_exiftool_prints_it(text, value, offset):
    moment = parse_exif(text)
    assert moment is not None
    assert (moment.value, moment.utc_offset, moment.precision) == (value, offset, precision_of(value))


@pytest.mark.parametrize("text", NO_TAGS)
def test_what_is_no_date_is_none(text):
    assert parse_exif(text) is None


@pytest.mark.parametrize(
    ("subsec", "offset", "value", "zone"),
    [
        ("25", "+02:00", "2008-07-27T10:22:05.25", "+02:00"),
        (" 250 \0", None, "2008-07-27T10:22:05.250", None),
        ("1234567890123", None, "2008-07-27T10:22:05.123456789", None),
        ("", "", "2008-07-27T10:22:05", None),
        ("-1", "CEST", "2008-07-27T10:22:05", None),
        ("٢٥", "+٠٢:٠٠", "2008-07-27T10:22:05", None),
        ("9" * 5000, "+15:00", "2008-07-27T10:22:05", None),
    ],
)
def test_sub_seconds_and_offset_come_from_the_tags_beside(subsec, offset, value, zone):
    moment = parse_exif("2008:07:27 10:22:05", subsec, offset)
    assert (moment.value, moment.utc_offset) == (value, zone)


def test_what_the_text_itself_says_wins():
    moment = parse_exif("2008:07:27 10:22:05.5Z", "25", "+02:00")
    assert (moment.value, moment.utc_offset) == ("2008-07-27T10:22:05.5", "+00:00")
    assert parse_exif("2008:07:27", "25").value == "2008-07-27"


TYPED = [
    ("summer 1994", "1994", None),
    ("the summer of 1994", "1994", None),
    ("Été 1994", "1994", None),
    ("1994", "1994", None),
    ("1994-07", "1994-07", None),
    ("May 2019", "2019-05", None),
    ("Mai 2019", "2019-05", None),
    ("in May 2019", "2019-05", None),
    ("12 May 2019", "2019-05-12", None),
    ("12. Mai 2019", "2019-05-12", None),
    ("May 12, 2019", "2019-05-12", None),
    ("4.5.2019", "2019-05-04", None),
    ("04. 05. 2019", "2019-05-04", None),
    ("31/12/2019", "2019-12-31", None),
    ("12/31/2019", "2019-12-31", None),
    ("5/5/2019", "2019-05-05", None),
    ("2019-05-04", "2019-05-04", None),
    ("2019-05-04 12:00", "2019-05-04T12:00", None),
    ("2019-05-04 12:00:03", "2019-05-04T12:00:03", None),
    ("2019:05:04 12:00:03", "2019-05-04T12:00:03", None),
    ("2019-05-04T12:00:03.25Z", "2019-05-04T12:00:03.25", "+00:00"),
    ("2019-05-04 12:00 +02:00", "2019-05-04T12:00", "+02:00"),
    ("2019-05-04 12:00+02:00", "2019-05-04T12:00", "+02:00"),
    ("12 May 2019 5pm", "2019-05-12T17:00", None),
    ("12 May 2019 at 5:30 p.m.", "2019-05-12T17:30", None),
    ("12 May 2019 12am", "2019-05-12T00:00", None),
    ("12 May 2019 5pm UTC", "2019-05-12T17:00", "+00:00"),
    ("12 May 2019 17:05 -0330", "2019-05-12T17:05", "-03:30"),
    ("12. Mai 2019 17:30 Uhr", "2019-05-12T17:30", None),
    ("12 mai 2019 17h05", "2019-05-12T17:05", None),
    ("4.5.2019 12.30", "2019-05-04T12:30", None),
    ("May 12, 2019, 17:05:09", "2019-05-12T17:05:09", None),
]
NOT_TYPED = [
    "",
    "yesterday",
    "4/5/2019",
    "30 Feb 2019",
    "12 May 2019 25:00",
    "12 May 2019 13pm",
    "5pm",
    "12 May 2019 5",
    "1994 +02:00",
    "2019-05-04 12:00 +25:00",
    "2019-05-04 12:00 junk",
    "around May 2019",
    "May",
    "summer",
    "2019-2021",
    "1980s",
    "4 5 2019",
    "32.5.2019",
    "May 2019 5pm",
    "x" * 5000,
    "1" * 101,
    "\udcff",
]


@pytest.mark.parametrize(("text", "value", "offset"), TYPED)
def test_people_type_dates_in_many_ways(text, value, offset):
    moment = parse_words(text)
    assert moment is not None
    assert (moment.value, moment.utc_offset, moment.precision) == (value, offset, precision_of(value))


@pytest.mark.parametrize("text", NOT_TYPED)
def test_what_is_not_understood_is_refused(text):
    assert parse_words(text) is None


_BITS = [
    "2008",
    ":",
    "07",
    "27",
    " ",
    "T",
    "10",
    "22",
    ".",
    "5",
    "pm",
    "May",
    "summer",
    "+02:00",
    "Z",
    "٣",
    "\0",
    "\udcff",
    "-",
    "/",
]
_TEXT = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(_BITS), max_size=14).map("".join))


@given(_TEXT, st.one_of(st.none(), st.text(max_size=12)), st.one_of(st.none(), st.text(max_size=12)))
def test_no_text_raises_and_every_value_is_in_the_calendar(text, subsec, offset):
    for moment in (parse_exif(text, subsec, offset), parse_words(text)):
        if moment is not None:
            assert as_datetime(moment.value)
            assert moment.precision == precision_of(moment.value)


@pytest.mark.parametrize(
    ("path", "value", "source", "pattern"),
    [
        ("PXL_20240509_100203123.jpg", "2024-05-09T10:02:03", "filename", "pxl"),
        ("Summer 1994/scan0001.jpg", "1994", "folder", "season"),
        ("/photos/2019/IMG_1234.jpg", "2019", "folder", "year"),
        ("2019/190504-001.jpg", "2019-05-04", "filename", "two_digit_year"),
        ("2018/2019-05-04.jpg", "2019-05-04", "filename", "iso"),
        ("IMG_1234.jpg", None, None, None),
        ("", None, None, None),
    ],
)
def test_a_path_says_a_date_by_its_name_or_its_folders(path, value, source, pattern):
    row = from_path(path)
    assert (row["name"], row["value"], row["source"], row["pattern"]) == (path, value, source, pattern)
    assert row["precision"] == (precision_of(value) if value else None)
    assert row["utc_offset"] == ("+00:00" if pattern == "pxl" else None)
    assert json.dumps(row)


def test_every_whole_date_of_the_corpus_is_read(shared):
    """What ExifTool prints as a date and is not read is blank, zero, impossible, or was never a date."""
    unread = set()
    for record in json.loads((shared / "corpus" / "truth.json").read_text())["files"].values():
        for tag, text in record["tags"].items():
            name = tag.rpartition(":")[2]
            if (
                isinstance(text, str)
                and name.endswith(("Date", "DateTime", "DateTimeOriginal"))
                and parse_exif(text) is None
            ):
                unread.add(text)
    assert unread <= {
        "", " ", "0000:00:00 00:00:00", "    :  :     :  :  ", "0010:1998:19 30:52:42", "200Ô-04-07T19:06:16-07:00",
        "spring 1910", " 00:00:00Z", "2017:08:21 15:08:70",
    }  # fmt: skip
