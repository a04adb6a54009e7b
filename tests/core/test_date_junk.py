"""Dates that are no evidence, each with a sentence that says why."""

from __future__ import annotations

from datetime import date

import pytest

from mediaparser_core.dates.junk import junk_reason

TODAY = date(2026, 6, 1)
TAKEN = "exif:DateTimeOriginal"

JUNK = [
    (None, "0000:00:00 00:00:00", TAKEN, "zeros"),
    (None, "    :  :     :  :  ", TAKEN, "blank"),
    (None, "", TAKEN, "blank"),
    (None, "2008:02:30 10:00:00", TAKEN, "not a date that exists"),
    ("garbage", "garbage", TAKEN, "not a date that exists"),
    ("0001-01-01T00:00:00", "0001:01:01 00:00:00", TAKEN, "0001-01-01"),
    ("1904-01-01T00:00:00", "1904:01:01 00:00:00", "quicktime:CreateDate", "QuickTime"),
    ("1904-01-01", "1904:01:01", "quicktime:CreateDate", "QuickTime"),
    ("1903-12-31T19:00:00", "1903:12:31 19:00:00", "quicktime:CreateDate", "QuickTime"),  # in New York
    ("1970-01-01T00:00:00", "1970:01:01 00:00:00", TAKEN, "1970-01-01"),
    ("1969-12-31T16:00:00", "1969:12:31 16:00:00", TAKEN, "1970-01-01"),
    ("1970-01-01T01:00:00.000", "1970:01:01 01:00:00", "file:mtime", "1970-01-01"),
    ("1970-01-01T00:00:00", "IMG_19700101_000000.jpg", "filename", "1970-01-01"),
    ("1980-01-01T00:00:00", "1980:01:01 00:00:00", TAKEN, "never set"),
    ("1980-01-01T05:13:20", "1980:01:01 05:13:20", TAKEN, "never set"),
    ("1980-01-01", "1980:01:01", "xmp:CreateDate", "never set"),
    ("1899-12-30T00:00:00", "", TAKEN, "spreadsheet"),
    ("1900-01-01T00:00:00", "", "iptc:DateCreated", "no date"),
    ("2002-12-08T12:00:00", "2002:12:08 12:00:00", TAKEN, "Android"),
    ("2026-06-03T00:00:00", "", TAKEN, "future"),
    ("2027", "2027", "folder", "future"),
    ("9999-12-31T23:59:59", "", TAKEN, "future"),
    ("1825-12-31", "", "xmp:DateCreated", "before 1826"),
    ("0111-05-04T12:00:00", "", "gps:DateTime", "GPS did not exist"),
    ("1979-05-04T12:00:00", "", "gps:DateTime", "GPS did not exist"),
    ("1980-01-06T00:00:00", "", "gps:DateTime", "GPS clocks"),
    ("1998-02-09T06:49:00", "1998:02:09 06:49:00", "icc:ProfileDateTime", "colour profile"),
    ("1998-02-09T06:49:00", "1998:02:09 06:49:00", "ICC-header:ProfileDateTime", "colour profile"),
    ("2019-05-04T12:00:00", "", "xmp:MetadataDate", "metadata"),
    ("2019-05-04T12:00:00", "", "XMP-xmp:MetadataDate", "metadata"),
    ("2019-05-04T12:00:00", "", "xmp:HistoryWhen", "editing"),
    ("2019-05-04T12:00:00", "", "xmp:xmpMM:History[1]:stEvt_when", "editing"),
    ("2019-05-04T12:00:00", "", "takeout:creationTime", "upload"),
    ("2019-05-04T12:00:00", "", "sidecar:takeout:creationTime", "upload"),
    ("2019-05-04T12:00:00", "", "maker:ManufactureDate", "making of the camera"),
]
EVIDENCE = [
    ("2019-05-04T12:00:00", TAKEN),
    ("2026-06-02T23:59:59", TAKEN),  # tomorrow, on the other side of the world
    ("2026", "folder"),
    ("1980-01-02T00:00:00", TAKEN),
    ("1980-01-01", "folder"),  # a person's word: somebody's New Year
    ("1970-01-01", "filename"),
    ("1970", "folder"),
    ("1970-01", "xmp:DateCreated"),
    ("1904", "folder"),
    ("1900-01-01", "folder"),
    ("2002-12-08T12:00:01", TAKEN),
    ("2000-01-01T00:00:00", TAKEN),  # many a camera's first day, but also a New Year's picture
    ("1985-05-04T12:00:00", "gps:DateTime"),
    ("2019-05-04T12:00:00", "takeout:photoTakenTime"),
    ("2019-05-04T12:00:00", "png:Creation Time"),
    ("2019-05-04T12:00:00", "png:CreationTime"),
    ("1826", "folder"),
]


@pytest.mark.parametrize(("value", "raw", "source", "word"), JUNK)
def test_junk_is_rejected_with_a_sentence(value, raw, source, word):
    reason = junk_reason(value, raw, source, 1826, TODAY)
    assert reason is not None and word in reason


@pytest.mark.parametrize(("value", "source"), EVIDENCE)
def test_evidence_is_kept(value, source):
    assert junk_reason(value, value, source, 1826, TODAY) is None


def test_the_earliest_year_is_a_setting():
    assert junk_reason("1950", "1950", "folder", 1826, TODAY) is None
    assert "before 1990" in junk_reason("1950", "1950", "folder", 1990, TODAY)


def test_the_corpus_loses_only_clocks_at_zero_and_tags_that_date_something_else(shared):
    """Every date in the truth: what is rejected is one of the known kinds of junk, and most of it is kept."""
    import json

    from mediaparser_core.dates import parse_exif

    kept, rejected = 0, set()
    for record in json.loads((shared / "corpus" / "truth.json").read_text())["files"].values():
        for tag, text in record["tags"].items():
            if not isinstance(text, str) or "Date" not in tag or (moment := parse_exif(text)) is None:
                continue
            if reason := junk_reason(moment.value, text, tag, 1826, date(2030, 1, 1)):
                rejected.add((tag.rpartition(":")[2], reason))
            else:
                kept += 1
    assert kept > 1500
    assert {tag for tag, _ in rejected} == {
        "ProfileDateTime", "MetadataDate", "ManufactureDate", "ManufactureDate1", "ManufactureDate2",
        "CreateDate", "ModifyDate", "TrackCreateDate", "TrackModifyDate", "MediaCreateDate", "MediaModifyDate",
    }  # fmt: skip
    assert all("QuickTime clocks" in reason for tag, reason in rejected if tag.endswith(("CreateDate", "ModifyDate")))
