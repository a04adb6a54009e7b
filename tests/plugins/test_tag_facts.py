"""Tags become claims, a place, a camera, keywords: each tag with what belongs to it, and whatever it says."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mediaparser_core.formats import FORMATS
from mediaparser_core.records import Camera, Claim, Link, Place, Tag
from mediaparser_plugins.tag_dates import claims
from mediaparser_plugins.tag_facts import camera, facts, keywords, links, notes, orientation, place, shape


def only(tags: dict[str, object]) -> Claim:
    (claim,) = claims(tags)
    return claim


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"ExifIFD:DateTimeOriginal": "2019:05:04 12:00:03"}, "exif:DateTimeOriginal 2019-05-04T12:00:03 None second"),
        (
            {
                "ExifIFD:DateTimeOriginal": "2019:05:04 12:00:03",
                "ExifIFD:SubSecTimeOriginal": "023",
                "ExifIFD:OffsetTimeOriginal": "+02:00",
            },
            "exif:DateTimeOriginal 2019-05-04T12:00:03.023 +02:00 second",
        ),
        (  # the offset of the last change says nothing about the day the picture was taken
            {
                "ExifIFD:DateTimeOriginal": "2019:05:04 12:00:03",
                "ExifIFD:OffsetTime": "+02:00",
                "ExifIFD:OffsetTimeDigitized": "+03:00",
            },
            "exif:DateTimeOriginal 2019-05-04T12:00:03 None second",
        ),
        (
            {
                "ExifIFD:CreateDate": "2019:05:04 12:00:03",
                "ExifIFD:OffsetTimeDigitized": "+03:00",
                "ExifIFD:SubSecTimeDigitized": 5,
            },
            "exif:CreateDate 2019-05-04T12:00:03.5 +03:00 second",
        ),
        (
            {"IFD0:ModifyDate": "2019:05:04 12:00:03", "ExifIFD:OffsetTime": "-05:00"},
            "exif:ModifyDate 2019-05-04T12:00:03 -05:00 second",
        ),
        ({"IFD0:DateTimeOriginal": "1994:01:02 15:56:14"}, "exif:DateTimeOriginal 1994-01-02T15:56:14 None second"),
        ({"Composite:GPSDateTime": "2019:05:04 10:00:03.5Z"}, "gps:DateTime 2019-05-04T10:00:03.5 +00:00 second"),
        (
            {"XMP-exif:DateTimeOriginal": "2019:05:04 12:00+02:00"},
            "xmp:DateTimeOriginal 2019-05-04T12:00 +02:00 minute",
        ),
        ({"XMP-photoshop:DateCreated": "2019:05"}, "xmp:DateCreated 2019-05 None month"),
        ({"XMP-xmp:CreateDate": 1994}, "xmp:CreateDate 1994 None year"),
        ({"IPTC:DateCreated": "1994:07:00"}, "iptc:DateCreated 1994-07 None month"),
        (
            {"IPTC:DateCreated": "1994:07:23", "IPTC:TimeCreated": "17:05:09+02:00"},
            "iptc:DateCreated 1994-07-23T17:05:09 +02:00 second",
        ),
        ({"IPTC:DateCreated": "1994:07:23", "IPTC:TimeCreated": "noon"}, "iptc:DateCreated 1994-07-23 None day"),
        (
            {"QuickTime:CreateDate": "2015:12:12 08:59:26+00:00"},
            "quicktime:CreateDate 2015-12-12T08:59:26 +00:00 second",
        ),
        ({"QuickTime:CreateDate": "2015:12:12 08:59:26"}, "quicktime:CreateDate 2015-12-12T08:59:26 +00:00 second"),
        ({"Keys:CreationDate": "2020:04:17 10:03:47-06:00"}, "keys:CreationDate 2020-04-17T10:03:47 -06:00 second"),
        ({"RIFF:DateTimeOriginal": "2003:03:10 15:04:43"}, "riff:DateTimeOriginal 2003-03-10T15:04:43 None second"),
        ({"ASF:CreationDate": "2010:02:03 21:17:48Z"}, "asf:CreationDate 2010-02-03T21:17:48 +00:00 second"),
        ({"CanonRaw:DateTimeOriginal": "2003:11:10 17:39:26"}, "maker:CanonRaw 2003-11-10T17:39:26 None second"),
        ({"Pentax:Date": "2008:03:02", "Pentax:Time": "12:01:23"}, "maker:PentaxDate 2008-03-02T12:01:23 None second"),
        (
            {"Kodak:YearCreated": 1999, "Kodak:MonthDayCreated": "05:25", "Kodak:TimeCreated": "21:00:09.62"},
            "maker:KodakDate 1999-05-25T21:00:09.62 None second",
        ),
    ],
)
def test_a_date_is_read_with_what_belongs_to_it_and_nothing_else(tags, expected):
    claim = only(tags)
    assert f"{claim.source} {claim.value} {claim.utc_offset} {claim.precision}" == expected
    assert claim.accepted


def test_what_the_source_said_is_kept_to_the_letter():
    tags = {"ExifIFD:DateTimeOriginal": "2019:05:04 12:00:03", "ExifIFD:SubSecTimeOriginal": "023"}
    assert only(tags | {"ExifIFD:OffsetTimeOriginal": "Z "}).raw == "2019:05:04 12:00:03.023Z"


@pytest.mark.parametrize(
    "said",
    [
        "2019:02:30 12:00:00",
        "0000:00:00 00:00:00",
        "    :  :     :  :  ",
        "then",
        "\u0662\u0660\u0661\u0669",
        "9" * 9000,
    ],
)
def test_a_date_that_cannot_be_read_is_a_rejected_claim(said):
    claim = only({"ExifIFD:DateTimeOriginal": said})
    assert (claim.value, claim.accepted) == (None, False)
    assert claim.reason
    assert len(claim.raw) <= 200


@pytest.mark.parametrize(
    "key", ["XMP-xmp:MetadataDate", "XMP-xmpMM:HistoryWhen", "ICC-header:ProfileDateTime", "XMP-microsoft:DateAcquired"]
)
def test_what_dates_something_else_is_a_rejected_claim_with_its_date(key):
    claim = only({key: "1998:02:09 06:49:00"})
    assert (claim.value, claim.accepted) == ("1998-02-09T06:49:00", False)
    assert "dates" in claim.reason


def test_the_same_word_twice_is_one_claim_and_a_list_is_cut():
    tags = {"XMP-xmpMM:HistoryWhen": ["2022:08:24 21:15:28+02:00"] * 3 + [f"20{n:02d}:01:01" for n in range(50)]}
    assert len(claims(tags)) == 3


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ((Decimal("48.40837614651"), "-3.0905897935"), (48.40837615, -3.09058979)),
        ((0, 0), None),
        ((0, 12.5), (0.0, 12.5)),
        ((91, 12.5), None),
        (("undef", "inf"), None),
        (("1_0", "\u0661"), None),
        ((10, None), None),
    ],
)
def test_a_place_is_on_earth_and_not_at_its_zero(said, expected):
    found = place({"Composite:GPSLatitude": said[0], "Composite:GPSLongitude": said[1]})
    assert (found and (found.latitude, found.longitude)) == expected


def test_a_place_says_where_it_comes_from():
    composed = {"Composite:GPSLatitude": 1, "Composite:GPSLongitude": 2}
    written = {"XMP-exif:GPSLatitude": 3, "XMP-exif:GPSLongitude": 4}
    assert place(composed | {"GPS:GPSLatitude": 1} | written) == Place(1.0, 2.0, "exif")
    assert place(composed | {"Keys:GPSCoordinates": "1 2"}) == Place(1.0, 2.0, "quicktime")
    assert place({"UserData:GPSCoordinates": "32.0929 34.862 28.516"}) == Place(32.0929, 34.862, "quicktime")
    assert place(dict.fromkeys(composed, 0) | written) == Place(3.0, 4.0, "xmp")


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"IFD0:Make": "Canon", "IFD0:Model": "EOS 70D", "ExifIFD:SerialNumber": 42}, Camera("Canon", "EOS 70D", "42")),
        (
            {"IFD0:Make": "Canon", "Canon:SerialNumber": 0, "Canon:InternalSerialNumber": "X1"},
            Camera("Canon", None, "X1"),
        ),
        ({"Keys:Make": "Apple", "Keys:Model": "iPhone 6"}, Camera("Apple", "iPhone 6", None)),
        ({"H264:Make": 4113}, None),
        ({"IFD0:Make": "   "}, None),
        ({}, None),
    ],
)
def test_a_camera_is_named_as_the_file_names_it(tags, expected):
    assert camera(tags) == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"IPTC:Keywords": ["Rome", "holiday"], "XMP-dc:Subject": ["holiday", "Rome"]}, ["Rome", "holiday"]),
        ({"XMP-dc:Subject": "Marie", "XMP-lr:HierarchicalSubject": ["People|Marie"]}, ["Marie", "People"]),
        (
            {"XMP-digiKam:TagsList": ["fun/outdoors", "_Digikam_Internal_Tags_/Color Label None"]},
            ["fun", "outdoors"],
        ),
        ({"IFD0:XPKeywords": "a;b; c"}, ["a", "b", "c"]),
        ({"IPTC:Keywords": 2020, "XMP-dc:Subject": [Decimal("1.10"), True, None, ["x"]]}, ["2020", "1.10", "True"]),
        ({"IPTC:Keywords": ["", "  ", "a\x00b\nc"]}, ["ab c"]),
    ],
)
def test_a_keyword_counts_once_wherever_it_is_said(tags, expected):
    assert [tag.name for tag in keywords(tags)] == expected


def test_a_keyword_says_where_it_was_said_first():
    assert keywords({"IPTC:Keywords": "a", "XMP-dc:Subject": ["a", "b"]}) == [Tag("a", "iptc"), Tag("b", "xmp")]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"IFD0:Orientation": 6}, 6),
        ({"IFD0:Orientation": 0}, None),
        ({"IFD0:Orientation": "9"}, None),
        ({"IFD0:Orientation": 0, "XMP-tiff:Orientation": "3"}, 3),
        ({"XMP-tiff:Orientation": "Top-left"}, None),
        ({"Composite:Rotation": 90}, 6),
        ({"Composite:Rotation": 45}, None),
    ],
)
def test_an_orientation_is_one_of_eight(tags, expected):
    assert orientation(tags) == expected


def test_a_shape_is_believable_or_left_open():
    movie = shape({"Composite:ImageSize": "1920x1080", "QuickTime:Duration": 2.93666667}, FORMATS["mov"])
    assert (movie.kind, movie.width, movie.height, movie.duration) == ("video", 1920, 1080, 2.937)
    wild = shape({"Composite:ImageSize": "524288 -1", "QuickTime:Duration": 6.1e17}, FORMATS["mov"])
    assert (wild.width, wild.height, wild.duration) == (None, None, None)


def test_what_belongs_together_has_one_key():
    assert links({"Apple:MediaGroupUUID": "1ea799ff-8384"}) == links({"Keys:ContentIdentifier": "1EA799FF-8384"})
    assert links({"Apple:BurstUUID": "b-1"}) == [Link("burst_id", "B-1")]


def test_everything_about_a_hostile_file_stays_small_and_clean():
    wild = "\ud800\x00\x1b[31m" + "\U0001f600" * 100_000
    keys = ["IFD0:Make", "IFD0:Model", "IFD0:Software", "XMP-dc:Description", "XMP-dc:Title", "XMP-xmpMM:DocumentID"]
    tags: dict[str, object] = dict.fromkeys(keys, wild)
    tags |= {f"{group}:DateTimeOriginal": wild for group in ("ExifIFD", *(f"X{n}" * 99 for n in range(5000)))}
    tags |= {"IPTC:Keywords": [f"{n}{wild}" for n in range(5000)], "XMP-xmpMM:HistoryWhen": [wild] * 5000}
    found = facts(tags, FORMATS["jpeg"])
    whole = "".join(str(fact) for fact in found)
    assert len(whole.encode()) < 256 * 1024
    assert "\ud800" not in whole
    assert "\x1b" not in whole
    assert len(keywords(tags)) == 250


def test_nothing_said_is_nothing_but_a_shape():
    assert facts({}, FORMATS["jpeg"]) == [shape({}, FORMATS["jpeg"])]
    assert place({}) is None
    assert notes({"XMP-xmp:Rating": "(Binary data 0 bytes, use -b option to extract)"}) == []
