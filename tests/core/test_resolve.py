"""Claims stand beside the date they must give. The household of these tests lives in Berlin, on 1 June 2024."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mediaparser_core import dates
from mediaparser_core.records import Claim, Evidence, Resolution, Witness
from mediaparser_core.resolve import AGREES, level_of, resolve, share
from mediaparser_core.resolve.kinds import KINDS
from mediaparser_core.settings import Settings

TODAY = date(2024, 6, 1)
HOME = Settings(library=Path("/library"), timezone="Europe/Berlin")

CANON = {"make": "Canon", "model": "Canon EOS 450D"}
NIKON = {"make": "NIKON CORPORATION", "model": "NIKON Z 30", "kind": "video"}
GOPRO = {"make": "GoPro", "model": "HERO9 Black"}
GOPRO11 = {"make": "GoPro", "model": "HERO11 Black"}
EPSON = {"make": "EPSON", "model": "Perfection V600"}
APPLE = {"make": "Apple", "model": "iPhone 12"}
SAMSUNG = {"make": "samsung", "model": "SM-G973F"}
PIXEL = {"make": "Google", "model": "Pixel 6"}
BERLIN = {"latitude": 52.5, "longitude": 13.4}
LISBON = {"latitude": 38.7, "longitude": -9.1}
DELHI = {"latitude": 28.6, "longitude": 77.2}
TOKYO = {"latitude": 35.7, "longitude": 139.7}

IN_UTC = ("gps:", "takeout:", "file:", "quicktime:", "matroska:")


def claim(source: str, value: str | None, offset: str | None = None, **more) -> Claim:
    """A claim as the probes make it: sources that count in UTC say so."""
    if offset is None and source.startswith(IN_UTC):
        offset = "+00:00"
    more.setdefault("raw", value or "")
    return Claim(source, value=value, utc_offset=offset, precision=dates.precision_of(value) if value else None, **more)


def taken(value: str, offset: str | None = None) -> Claim:
    return claim("exif:DateTimeOriginal", value, offset)


def digitized(value: str) -> Claim:
    return claim("exif:CreateDate", value)


def modified(value: str, offset: str | None = None) -> Claim:
    return claim("exif:ModifyDate", value, offset)


def key(value: str, offset: str) -> Claim:
    return claim("keys:CreationDate", value, offset)


def gps(value: str) -> Claim:
    return claim("gps:DateTime", value)


def takeout(value: str) -> Claim:
    return claim("takeout:photoTakenTime", value)


def movie(value: str) -> Claim:
    return claim("quicktime:CreateDate", value)


def named(value: str, offset: str | None = None, raw: str = "") -> Claim:
    return claim("filename", value, offset, raw=raw or value)


def received(value: str) -> Claim:
    return claim("filename", value, reason="received, not taken")


def icloud(value: str) -> Claim:
    return claim("icloud:originalCreationDate", value, "+00:00")


def guess(source: str, value: str) -> Claim:
    return claim(source, value, reason=dates.GUESSED)


def folder(value: str, raw: str = "") -> Claim:
    return claim("folder", value, raw=raw or value)


def mtime(value: str) -> Claim:
    return claim("file:mtime", value)


def case(*claims: Claim, kind: str = "image", **more) -> Evidence:
    return Evidence("0" * 64, kind, claims, **more)


def solve(*claims: Claim, settings: Settings = HOME, **more) -> Resolution:
    return resolve(case(*claims, **more), settings, TODAY)


NOON = "2019-05-04T12:00:03"  # summer time in Berlin: 10:00:03 UTC
UTC_NOON = "2019-05-04T10:00:03"

ANSWERS = [
    # the camera's own word
    ("a camera alone", [taken(NOON)], CANON, NOON, None, "embedded", "medium", False),
    ("a phone alone: the network sets its clock", [taken(NOON)], APPLE, NOON, None, "embedded", "high", False),
    ("it states its zone", [taken(NOON, "+05:30")], APPLE, NOON, "+05:30", "embedded", "high", False),
    ("copies in one file prove nothing",
     [taken(NOON), digitized(NOON), claim("xmp:DateCreated", NOON), claim("iptc:DateCreated", NOON), modified(NOON)],
     CANON,
     NOON, None, "embedded", "medium", False),
    ("never the earliest: digitized before taken",
     [taken(NOON), digitized("2002-01-02T08:00:00")], CANON,
     NOON, None, "embedded", "medium", False),
    ("a day in IPTC is made finer by a camera date inside it",
     [claim("iptc:DateCreated", "2019-05-04"), digitized(NOON)], CANON,
     NOON, None, "digitized", "medium", False),
    ("two dates of taking in one file",
     [taken(NOON), claim("xmp:DateTimeOriginal", "2016-01-01T08:00:00")], CANON,
     NOON, None, "embedded", "medium", True),
    ("two dates of taking, and another clock decides",
     [taken(NOON), claim("xmp:DateCreated", "2016-01-01T08:00:00"), gps(UTC_NOON)], CANON | BERLIN,
     NOON, "+02:00", "embedded, zone by gps:DateTime", "high", False),
    ("the first hour of a year",
     [taken("2010-01-01T00:04:11")], CANON,
     "2010-01-01T00:04:11", None, "embedded", "medium", True),
    ("the first hour of a year, and the name agrees",
     [taken("2010-01-01T00:04:11"), named("2010-01-01T00:04:11")], CANON,
     "2010-01-01T00:04:11", None, "embedded", "high", False),
    ("the first hour of a year, and a folder of another",
     [taken("2008-01-01T00:02:11"), digitized("2008-01-01T00:02:11"), folder("2012-06-16")], CANON,
     "2012-06-16", None, "folder", "low", True),
    ("… which that clock's third stamp does not bound",
     [taken("2008-01-01T00:02:11"), modified("2008-01-01T00:02:11"), folder("2012-06-16")], CANON,
     "2012-06-16", None, "folder", "low", True),
    ("the first hour of a year, and a name of another",
     [taken("2008-01-01T00:02:11"), named("2012-06-16T14:30:07")], CANON,
     "2012-06-16T14:30:07", None, "filename", "medium", False),
    ("only digitized", [digitized(NOON)], CANON, NOON, None, "digitized", "medium", False),
    ("only edited: an upper bound", [modified(NOON)], CANON, NOON, None, "modified", "low", True),
    ("a sidecar corrects the file",
     [taken("2009-01-01T10:00:00"), claim("sidecar:exif:DateTimeOriginal", NOON)], CANON,
     NOON, None, "sidecar", "medium", True),
    ("a sidecar that copies the file",
     [taken("2019-05-04T12:00:03.25"), claim("sidecar:xmp:DateTimeOriginal", NOON)], CANON,
     "2019-05-04T12:00:03.25", None, "embedded", "medium", False),
    ("another stamp of the same second knows the zone",
     [taken(NOON), modified(NOON, "-04:00")], CANON,
     NOON, "-04:00", "embedded, zone by exif:ModifyDate", "medium", False),
    ("a stamp of a later edit does not",
     [taken(NOON), modified("2020-01-01T10:00:00", "-05:00")], CANON,
     NOON, None, "embedded", "medium", False),
    ("sub-seconds stay",
     [taken("2019-05-04T12:00:03.25")], CANON,
     "2019-05-04T12:00:03.25", None, "embedded", "medium", False),
    ("digits that the source does not vouch for are cut",
     [Claim("notebook", "4 May", "2019-05-04T00:00:00", None, "day")], {},
     "2019-05-04", None, "plugin", "medium", False),
    # names
    ("the name says the same second", [taken(NOON), named(NOON)], CANON, NOON, None, "embedded", "high", False),
    ("the name says the same day", [taken(NOON), named("2019-05-04")], CANON, NOON, None, "embedded", "high", False),
    ("the name says another day",
     [taken(NOON), named("2021-08-01T09:00:00")], CANON,
     NOON, None, "embedded", "low", True),
    ("the name was written in another zone, after midnight",
     [taken("2019-05-04T23:30:00"), named("2019-05-05T05:30:00")], CANON,
     "2019-05-04T23:30:00", None, "embedded", "medium", False),
    ("a screenshot", [named(NOON), mtime("2023-01-01T00:00:00")], {}, NOON, None, "filename", "medium", False),
    ("a day in the name is a day, not midnight",
     [named("2019-05-04")], {},
     "2019-05-04", None, "filename", "medium", False),
    ("a month in the name", [named("2019-05")], {}, "2019-05", None, "filename", "medium", False),
    ("a day in the name, the time in the file",
     [named("2019-05-04"), digitized(NOON)], {},
     NOON, None, "digitized", "medium", False),
    # iCloud's list: to the minute, in UTC
    ("iCloud alone", [icloud("2019-05-04T10:00")], {},
     "2019-05-04T12:00", "+02:00", "icloud, zone assumed", "low", True),
    ("iCloud tells the zone", [taken(NOON), icloud("2019-05-04T10:00")], CANON | BERLIN,
     NOON, "+02:00", "embedded, zone by icloud:originalCreationDate", "high", False),
    ("iCloud and a local name: the name is finer", [named(NOON), icloud("2019-05-04T10:00")], {},
     NOON, "+02:00", "icloud, zone by filename", "high", False),
    ("iCloud against the file", [taken("2016-01-01T08:00:00"), icloud("2019-05-04T10:00")], CANON,
     "2016-01-01T08:00:00", None, "embedded", "low", True),
    # a guess is a year, but worth less
    ("about a year, in the folder", [guess("folder", "1975")], {}, "1975", None, "folder", "low", True),
    ("about a year, in the name", [guess("filename", "1975")], {}, "1975", None, "filename", "low", True),
    ("the folder knows better than a guess in the name", [guess("filename", "1975"), folder("1977")], {},
     "1977", None, "folder", "medium", False),
    ("a guess does not contradict what is near it", [taken("1977-05-04T12:00:03"), guess("folder", "1975")], CANON,
     "1977-05-04T12:00:03", None, "embedded", "medium", False),
    ("… but it does what is far from it", [taken(NOON), guess("folder", "1975")], CANON,
     NOON, None, "embedded", "medium", True),
    ("a scan of about that year",
     [taken(NOON), guess("folder", "1975")], CANON | {"paths": ("/in/Scans/ca 1975/scan0004.jpg",)},
     "1975", None, "scan", "low", True),
    # the file system's date that outlived an edit
    ("edited, but the file system says an older date", [modified("2020-01-01T10:00:00"), mtime(UTC_NOON)], CANON,
     NOON, "+02:00", "file time, zone assumed", "low", True),
    ("… the oldest of several", [modified("2020-01-01T10:00:00"), mtime("2019-08-01T00:00:00"), mtime(UTC_NOON)], CANON,
     NOON, "+02:00", "file time, zone assumed", "low", True),
    ("the file system says the day of the edit", [modified("2020-01-01T10:00:00"), mtime("2020-01-01T09:00:00")], CANON,
     "2020-01-01T10:00:00", None, "modified", "low", True),
    ("the file system says a later day", [modified("2020-01-01T10:00:00"), mtime("2021-01-01T09:00:00")], CANON,
     "2020-01-01T10:00:00", None, "modified", "low", True),
    ("the file system's clock was at zero", [modified("2020-01-01T10:00:00"), mtime("1980-01-01T00:00:00")], CANON,
     "2020-01-01T10:00:00", None, "modified", "low", True),
    ("anything better leaves the file system out",
     [modified("2020-01-01T10:00:00"), mtime(UTC_NOON), folder("2018")], CANON,
     "2018", None, "folder", "medium", False),
    # messengers
    ("received alone is a day at the latest",
     [received("2019-05-04")], {},
     "2019-05-04", None, "received", "low", True),
    ("received after it was taken",
     [received("2019-05-20"), taken(NOON)], CANON,
     NOON, None, "embedded", "medium", False),
    ("received before it was taken",
     [received("2017-01-01"), taken(NOON)], CANON,
     NOON, None, "embedded", "medium", True),
    ("received, in the folder of that year",
     [received("2019-05-04"), folder("2019")], {},
     "2019-05-04", None, "received", "low", True),
    ("received, but the folder is much older",
     [received("2019-05-04"), folder("1985")], {},
     "1985", None, "folder", "medium", False),
    ("received, and a folder of later copies",
     [received("2019-05-04"), folder("2022")], {},
     "2019-05-04", None, "received", "low", True),
    # folders
    ("the folder's year agrees", [taken(NOON), folder("2019")], CANON, NOON, None, "embedded", "medium", False),
    ("the folder says another year", [taken(NOON), folder("1985")], CANON, NOON, None, "embedded", "medium", True),
    ("a folder of copies says when copies were made",
     [taken(NOON), folder("2022", "backup 2022")], CANON,
     NOON, None, "embedded", "medium", False),
    ("one copy in the right folder, another in a wrong one",
     [taken(NOON), folder("2019-05-04"), folder("1985")], CANON,
     NOON, None, "embedded", "medium", False),
    ("after midnight of the folder's day",
     [taken("2019-05-05T01:30:00"), folder("2019-05-04")], CANON,
     "2019-05-05T01:30:00", None, "embedded", "medium", False),
    ("the third week of a trip",
     [taken("2019-05-24T01:30:00"), folder("2019-05-04")], CANON,
     "2019-05-24T01:30:00", None, "embedded", "medium", False),
    ("a folder alone says a year", [folder("1994")], {}, "1994", None, "folder", "medium", False),
    ("a folder's year before the last edit",
     [folder("1994"), modified(NOON)], {},
     "1994", None, "folder", "medium", False),
    ("a folder's year around the last edit",
     [folder("2019"), modified(NOON)], {},
     "2019", None, "folder", "medium", False),
    ("edited before the folder's year: it holds copies",
     [folder("2022"), modified(NOON)], {},
     NOON, None, "modified", "low", True),
    # scans
    ("a scan in its year's folder",
     [taken(NOON), digitized(NOON), folder("1985")], CANON | {"paths": ("/in/Scans/1985/scan0004.jpg",)},
     "1985", None, "scan", "medium", False),
    ("a scan by its name",
     [taken(NOON), folder("1985")], CANON | {"paths": ("/in/1985/scan0004.jpg",)},
     "1985", None, "scan", "medium", False),
    ("a scanner's model", [taken(NOON), folder("1985-07")], EPSON, "1985-07", None, "scan", "medium", False),
    ("a folder that may be named for the year of scanning",
     [taken(NOON), folder("2018")], EPSON,
     "2018", None, "scan", "medium", True),
    ("a scan nobody dated",
     [taken(NOON)], CANON | {"paths": ("/in/Scans/scan0004.jpg",)},
     NOON, None, "scanned", "low", True),
    ("a scanner program's name", [claim("filename", "2019-05-04", reason="scanned, not taken")], {},
     "2019-05-04", None, "scanned", "low", True),
    ("a scan whose name is older than the scan",
     [claim("filename", "1985-07", reason="scanned, not taken"), taken(NOON)],
     CANON | {"paths": ("/in/scan 1985-07.jpg",)},
     "1985-07", None, "scan", "medium", False),
    ("a scan dated by hand",
     [taken("1985-07-14T00:00:00"), digitized(NOON)], {"paths": ("/in/Scans/a.jpg",)},
     "1985-07-14T00:00:00", None, "embedded", "medium", False),
    ("Scandinavia is no scan",
     [taken(NOON), folder("1985")], CANON | {"paths": ("/in/Scandinavia/scandinavia.jpg",)},
     NOON, None, "embedded", "medium", True),
    # a local time beside one in UTC
    ("GPS tells the zone",
     [taken(NOON), gps("2019-05-04T10:00:01")], CANON | BERLIN,
     NOON, "+02:00", "embedded, zone by gps:DateTime", "high", False),
    ("GPS tells a half-hour zone",
     [taken(NOON), gps("2019-05-04T06:29:40")], CANON | DELHI,
     NOON, "+05:30", "embedded, zone by gps:DateTime", "high", False),
    ("a GPS clock ten minutes away is no zone",
     [taken(NOON), gps("2019-05-04T10:10:03")], CANON | BERLIN,
     NOON, None, "embedded", "medium", False),
    ("twelve hours off in Lisbon is no zone, but AM for PM",
     [taken(NOON), gps("2019-05-04T00:00:03")], CANON | LISBON,
     NOON, None, "embedded", "low", True),
    ("a traveller's camera shows the time at home",
     [taken(NOON), gps(UTC_NOON)], CANON | TOKYO,
     NOON, "+02:00", "embedded, zone by gps:DateTime", "high", False),
    ("a GPS date of another year",
     [taken(NOON), gps("2004-09-17T10:00:03")], CANON,
     NOON, None, "embedded", "low", True),
    ("its own zone beats the one GPS would give",
     [taken(NOON, "+02:00"), gps("2019-05-04T11:00:03")], CANON,
     NOON, "+02:00", "embedded", "medium", False),
    ("Takeout tells the household's zone",
     [taken(NOON), takeout(UTC_NOON)], CANON,
     NOON, "+02:00", "embedded, zone by takeout:photoTakenTime", "high", False),
    ("Takeout tells a zone that nobody confirms",
     [taken(NOON), takeout("2019-05-04T03:00:03")], CANON,
     NOON, "+09:00", "embedded, zone by takeout:photoTakenTime", "medium", False),
    ("Takeout says another year to the second, and its folder says it again",
     [taken("2018-05-04T12:00:03"), takeout(UTC_NOON), folder("2019", "Photos from 2019")], CANON,
     NOON, "+02:00", "takeout, zone assumed", "low", True),
    ("Takeout says another day to the second of the year that its folder says",
     [taken("2019-05-02T12:00:03"), takeout(UTC_NOON), folder("2019", "Photos from 2019")], CANON,
     NOON, "+02:00", "takeout, zone assumed", "low", True),
    ("Takeout says anything else",
     [taken("2019-05-02T08:41:57"), takeout(UTC_NOON)], CANON | BERLIN,
     "2019-05-02T08:41:57", None, "embedded", "low", True),
    ("Takeout knew nothing but the upload",
     [claim("takeout:photoTakenTime", UTC_NOON, reason="the same second as the upload: Google may …"), folder("2009")], {},
     "2009", None, "folder", "medium", False),
    ("the upload was later than the picture",
     [claim("takeout:photoTakenTime", UTC_NOON, reason="the same second as the upload: …"), taken("2012-05-02T08:41:57")],
     CANON,
     "2012-05-02T08:41:57", None, "embedded", "medium", False),
    ("Google knew the upload only, and nobody else anything",
     [claim("takeout:photoTakenTime", UTC_NOON, reason="the same second as the upload: …")], {},
     NOON, "+02:00", "received, zone assumed", "low", True),
    ("a UTC name tells the zone",
     [taken(NOON), named("2019-05-04T10:00:03.123", "+00:00")], PIXEL,
     NOON, "+02:00", "embedded, zone by filename", "high", False),
    ("Takeout and a local name",
     [takeout(UTC_NOON), named(NOON)], {},
     NOON, "+02:00", "takeout, zone by filename", "high", False),
    ("minutes are enough",
     [taken("2019-05-04T12:00"), gps("2019-05-04T10:00:40")], CANON | BERLIN,
     "2019-05-04T12:00", "+02:00", "embedded, zone by gps:DateTime", "high", False),
    ("XMP in UTC beside a local name",
     [claim("xmp:DateTimeOriginal", UTC_NOON, "+00:00"), named(NOON)], {},
     NOON, "+02:00", "embedded, zone by filename", "high", False),
    # UTC alone
    ("a UTC name alone, in summer",
     [named(UTC_NOON, "+00:00")], {},
     NOON, "+02:00", "filename, zone assumed", "low", True),
    ("a UTC name alone, in winter",
     [named("2019-01-04T23:30:00", "+00:00")], {},
     "2019-01-05T00:30:00", "+01:00", "filename, zone assumed", "low", True),
    ("Takeout alone", [takeout(UTC_NOON)], {}, NOON, "+02:00", "takeout, zone assumed", "low", True),
    ("Takeout alone, near home",
     [takeout(UTC_NOON)], BERLIN,
     NOON, "+02:00", "takeout, zone assumed", "medium", False),
    ("Takeout alone, far from home",
     [takeout(UTC_NOON)], TOKYO,
     "2019-05-04T19:00:03", "+09:00", "takeout, zone by longitude", "low", True),
    ("null island is no position",
     [takeout(UTC_NOON)], {"latitude": 0.0, "longitude": 0.0},
     NOON, "+02:00", "takeout, zone assumed", "low", True),
    ("a satellite's time alone", [gps(UTC_NOON)], BERLIN, NOON, "+02:00", "gps, zone assumed", "medium", False),
    # videos
    ("a local name and a UTC clock",
     [named(NOON), movie(UTC_NOON)], SAMSUNG,
     NOON, "+02:00", "filename, zone by quicktime:CreateDate", "high", False),
    ("the clock noted the end of the recording",
     [named(NOON), movie("2019-05-04T10:01:33")], SAMSUNG | {"duration": 90.0},
     NOON, "+02:00", "filename, zone by quicktime:CreateDate", "high", False),
    ("an hour of recording is not taken for a zone",
     [named(NOON), movie("2019-05-04T11:00:03")], SAMSUNG | {"duration": 3600.0},
     NOON, "+02:00", "filename, zone by quicktime:CreateDate", "high", False),
    ("its clock and its name say the same local time",
     [named(NOON), movie(NOON)], GOPRO,
     NOON, None, "filename", "high", False),
    ("a phone in Lisbon in winter: local time is UTC",
     [named("2019-01-04T12:00:03"), movie("2019-01-04T12:00:03")], SAMSUNG,
     "2019-01-04T12:00:03", "+00:00", "filename, zone by quicktime:CreateDate", "medium", False),
    ("a maker that writes local time", [movie(NOON)], NIKON, NOON, None, "quicktime, local time", "medium", False),
    ("a GoPro that knows its zone",
     [movie(UTC_NOON)], GOPRO11,
     NOON, "+02:00", "quicktime, zone assumed", "low", True),
    ("nobody knows whose video", [movie(UTC_NOON)], {}, NOON, "+02:00", "quicktime, zone assumed", "low", True),
    ("an iPhone's key, in its own zone",
     [key("2019-07-24T11:25:40", "+03:00"), movie("2019-07-24T08:25:57")], APPLE,
     "2019-07-24T11:25:40", "+03:00", "embedded", "high", False),
    ("an iPhone's key outlives an export",
     [key(NOON, "+02:00"), movie("2022-12-12T08:59:26")], APPLE,
     NOON, "+02:00", "embedded", "high", False),
    ("Takeout shows that the camera wrote local time",
     [movie(NOON), takeout(UTC_NOON)], {"make": "Acme"},
     NOON, "+02:00", "takeout, zone by quicktime:CreateDate", "medium", False),
    ("a UTC name knows the start",
     [named("2022-08-31T00:31:37.144", "+00:00"), movie("2022-08-31T00:32:06")], PIXEL | {"duration": 28.5},
     "2022-08-31T02:31:37.144", "+02:00", "quicktime, zone assumed", "low", True),
    ("only edited, in UTC",
     [claim("quicktime:ModifyDate", UTC_NOON)], {},
     NOON, "+02:00", "modified, zone assumed", "low", True),
    ("a thermal camera that writes Z",
     [claim("userdata:DateTimeOriginal", UTC_NOON, "+00:00"), movie(UTC_NOON)], {},
     NOON, "+02:00", "embedded, zone assumed", "low", True),
    ("an iPhone in London in winter", [key("2019-01-04T12:00:03", "+00:00"), movie("2019-01-04T12:00:03")], APPLE,
     "2019-01-04T12:00:03", "+00:00", "embedded", "high", False),
    ("XMP in Iceland", [claim("xmp:DateTimeOriginal", UTC_NOON, "+00:00")], {"latitude": 64.1, "longitude": -21.9},
     UTC_NOON, "+00:00", "embedded", "medium", False),
    ("Matroska counts in UTC",
     [claim("matroska:DateUTC", UTC_NOON), named(NOON)], {},
     NOON, "+02:00", "filename, zone by matroska:DateUTC", "high", False),
    ("RIFF counts in local time",
     [claim("riff:DateTimeOriginal", NOON)], CANON,
     NOON, None, "embedded", "medium", False),
    # anybody else
    ("a plugin nobody knows",
     [claim("notebook:page 12", "1994-07-23")], {},
     "1994-07-23", None, "plugin", "medium", False),
    ("a plugin against the file",
     [claim("notebook:page 12", "1994-07-23"), taken(NOON)], CANON,
     NOON, None, "embedded", "low", True),
    # nothing
    ("nothing at all", [], {}, None, None, "none", "none", True),
    ("only the file system", [mtime(UTC_NOON)], {}, None, None, "none", "none", True),
    ("only junk",
     [taken("1970-01-01T00:00:00"), taken("2031-01-01T10:00:00")], CANON,
     None, None, "none", "none", True),
    ("junk leaves the rest to speak",
     [taken("1970-01-01T00:00:00"), named(NOON)], CANON,
     NOON, None, "filename", "medium", False),
    ("nobody can read it",
     [claim("exif:DateTimeOriginal", None, raw="????")], CANON,
     None, None, "none", "none", True),
    ("its source does not trust it",
     [replace(taken(NOON), accepted=False, reason="a reset clock")], CANON,
     None, None, "none", "none", True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("claims", "about", "taken_at", "offset", "rule", "level", "review"),
    [row[1:] for row in ANSWERS],
    ids=[row[0] for row in ANSWERS],
)
def test_claims_give_one_explained_date(claims, about, taken_at, offset, rule, level, review):
    found = solve(*claims, **about)
    assert (found.taken_at, found.utc_offset, found.rule) == (taken_at, offset, rule)
    assert (found.level, found.needs_review) == (level, review)
    assert found.precision == (dates.precision_of(taken_at) if taken_at else None)
    assert found.taken_utc == (dates.to_utc(taken_at, offset) if offset else None)
    assert found.reason.endswith(".")


@pytest.mark.parametrize(
    ("claims", "about", "accepted", "why"),
    [
        ([taken(NOON), digitized(NOON)], CANON, [True, True], ["it dates the picture", "it counts once"]),
        ([taken(NOON), named("2021-08-01")], CANON, [True, False], ["dates", "contradicted by exif:DateTimeOriginal"]),
        ([taken(NOON), mtime(NOON)], CANON, [True, False], ["dates", "agrees with nobody"]),
        ([taken(NOON), received("2019-05-20")], CANON, [True, True], ["dates", "not earlier than it was taken"]),
        ([taken(NOON), modified("2020-01-01T10:00:00")], CANON, [True, True], ["dates", "last edited"]),
        ([taken(NOON), taken("1970-01-01T00:00:00")], CANON, [True, False], ["dates", "1970-01-01"]),
        ([taken(NOON), folder("1985")], {"paths": ("/Scans/1985/1.jpg",)}, [False, True], ["scanning", "dates"]),
        ([named(NOON), movie(NOON)], GOPRO, [True, True], ["dates", "local time instead of UTC"]),
        ([taken(NOON), gps("2019-05-04T00:00:03")], LISBON, [True, False], ["dates", "no zone near the place"]),
        ([taken(NOON), folder("2022", "backup")], CANON, [True, False], ["dates", "when copies were made"]),
        ([taken(NOON), digitized("2020-01-01T10:00:00")], CANON, [True, False], ["dates", "digitized or saved"]),
        ([movie("2022-12-12T08:59:26"), key(NOON, "+02:00")], APPLE, [False, True], ["this file was written", "dates"]),
    ],
)
def test_every_claim_hears_what_became_of_it(claims, about, accepted, why):
    verdicts = solve(*claims, **about).verdicts
    assert [verdict.claim for verdict in verdicts] == claims
    assert [verdict.accepted for verdict in verdicts] == accepted
    assert all(words in verdict.reason for words, verdict in zip(why, verdicts, strict=True)), verdicts


def test_correlated_sources_count_once_and_independent_ones_convince():
    alone = solve(taken(NOON), **CANON).confidence
    copies = solve(taken(NOON), digitized(NOON), claim("xmp:CreateDate", NOON), mtime(UTC_NOON), **CANON).confidence
    twice = solve(taken(NOON), named("2019-05-04"), named(NOON), **CANON).confidence
    both = solve(taken(NOON), named(NOON), takeout(UTC_NOON), **CANON).confidence
    assert copies == alone == KINDS["capture"].confidence
    assert (
        twice
        == solve(taken(NOON), named(NOON), **CANON).confidence
        == round(1 - (1 - alone) * (1 - AGREES["moment"]), 3)
    )
    assert alone < twice < both <= 1


def test_the_file_system_date_is_offered_in_the_households_time_and_never_used():
    found = solve(mtime(UTC_NOON), mtime("2020-01-01T00:00:00"))
    assert (found.taken_at, found.confidence, found.suggestion) == (None, 0.0, NOON)
    assert not any(verdict.accepted for verdict in found.verdicts)


def test_the_reason_is_a_sentence_without_dates_so_that_equal_doubts_are_one_question():
    found = solve(takeout(UTC_NOON))
    other = solve(takeout("2011-12-24T18:00:00"))
    assert found.reason == other.reason == "The time that Google Photos noted decides; the household's zone is assumed."


# -- people -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decided", "offset", "utc", "precision"),
    [
        ("1994-07", None, None, "month"),
        (NOON, "+02:00", UTC_NOON, "second"),
        ("1850", None, None, "year"),
    ],
)
def test_a_persons_word_is_final(decided, offset, utc, precision):
    found = solve(taken("2012-01-01T10:00:00"), mtime(NOON), decided=decided, decided_offset=offset, forced=True)
    assert (found.taken_at, found.utc_offset, found.taken_utc, found.precision) == (decided, offset, utc, precision)
    assert (found.rule, found.level, found.confidence, found.needs_review) == ("decided", "high", 1.0, False)
    assert len(found.verdicts) == 2
    assert not found.verdicts[0].accepted


@pytest.mark.parametrize(
    ("claims", "answer"),
    [
        ([taken(NOON), named("1994-07-23", raw="1994-07-23 [FORCE].jpg")], "1994-07-23"),
        ([taken(NOON), named("2001", raw="b.jpg"), named("1994", raw="1994 [force].jpg")], "1994"),
        ([taken(NOON), received("1994-07-23")], "1994-07-23"),
        ([named(UTC_NOON, "+00:00")], NOON),
    ],
)
def test_a_forced_name_overrides_everything(claims, answer):
    found = solve(*claims, forced=True, **CANON)
    assert (found.taken_at, found.rule, found.confidence, found.needs_review) == (answer, "forced", 1.0, False)


def test_a_forced_name_that_cannot_be_read_is_asked_about():
    found = solve(taken(NOON), claim("filename", None, raw="[FORCE]holiday.jpg"), forced=True, **APPLE)
    assert (found.taken_at, found.level, found.needs_review) == (NOON, "low", True)
    assert "[FORCE]" in found.reason
    assert "[FORCE]" in solve(forced=True).reason


def test_an_accepted_shift_moves_what_the_cameras_clock_said_and_nothing_else():
    claims = [taken("2019-05-04T11:00:03"), digitized("2019-05-04T11:00:03"), gps(UTC_NOON)]
    found = solve(*claims, shift=3600.0, **CANON, **BERLIN)
    assert (found.taken_at, found.utc_offset) == (NOON, "+02:00")
    assert found.rule == "embedded, clock moved, zone by gps:DateTime"
    assert "clock was off" in found.reason
    assert found.verdicts[0].claim.value == "2019-05-04T11:00:03"


def test_a_name_made_by_the_wrong_clock_does_not_ask_again():
    found = solve(taken("2018-05-04T12:00:03"), named("2018-05-04"), folder("2018"), shift=365 * 86400.0, **CANON)
    assert (found.taken_at, found.needs_review) == (NOON, False)
    assert all(verdict.accepted for verdict in found.verdicts)


# -- files that are one thing -----------------------------------------------------------------------------------------


def test_a_bundle_has_the_date_of_its_surest_member():
    still = solve(taken(NOON), named(NOON), **APPLE)
    video = solve(movie("2019-05-04T10:00:04"), kind="video")
    shared = share({"still": still, "video": video}, "still")
    assert shared["still"] == still
    assert (shared["video"].taken_at, shared["video"].utc_offset) == (NOON, None)
    assert (shared["video"].rule, shared["video"].needs_review) == ("bundle", False)
    assert shared["video"].verdicts == video.verdicts


def test_a_doubt_about_a_bundle_is_asked_once_about_its_primary():
    raw, jpeg = solve(modified(NOON)), solve(received("2019-05-01"))
    shared = share({"raw": raw, "jpeg": jpeg}, "raw")
    assert {sha: r.taken_at for sha, r in shared.items()} == {"raw": "2019-05-01", "jpeg": "2019-05-01"}
    assert {sha: r.needs_review for sha, r in shared.items()} == {"raw": True, "jpeg": False}


def test_the_primary_decides_when_both_are_equally_sure():
    still, video = solve(taken(NOON), **CANON), solve(taken("2019-05-04T12:00:05"), **CANON)
    shared = share({"a": video, "b": still}, "b")
    assert {r.taken_at for r in shared.values()} == {NOON}
    assert not any(r.needs_review for r in shared.values())


def test_what_a_person_said_of_one_member_holds_for_the_others_but_not_over_another_word():
    own = solve(taken(NOON), **APPLE)
    decided = solve(taken(NOON), decided="1994-07", **APPLE)
    forced = solve(named("1993-01-01"), forced=True)
    shared = share({"a": own, "b": decided, "c": forced}, "a")
    assert {sha: r.taken_at for sha, r in shared.items()} == {"a": "1994-07", "b": "1994-07", "c": "1993-01-01"}
    assert (shared["b"], shared["c"]) == (decided, forced)


def test_undated_members_stay_undated_and_are_asked_about_once():
    shared = share({"a": solve(mtime(UTC_NOON)), "b": solve()}, "a")
    assert {sha: (r.taken_at, r.needs_review) for sha, r in shared.items()} == {"a": (None, True), "b": (None, False)}
    assert shared["a"].suggestion == NOON


def test_a_decision_outweighs_a_forced_name_in_the_same_bundle():
    forced, decided = solve(named("1993-01-01"), forced=True), solve(decided="1994")
    shared = share({"a": forced, "b": decided, "c": solve(taken(NOON))}, "a")
    assert shared["c"].taken_at == "1994"


def test_members_surely_taken_on_different_days_are_a_question():
    shared = share({"a": solve(taken(NOON), **APPLE), "b": solve(taken("2012-01-05T10:00:00"), **CANON)}, "a")
    assert {sha: r.needs_review for sha, r in shared.items()} == {"a": True, "b": False}
    assert "different days" in shared["a"].reason


def test_a_bundle_of_one_or_none_is_left_alone():
    alone = solve(received("2019-05-01"))
    assert share({"a": alone}, "a") == {"a": alone}
    assert share({}, "a") == {}


# -- whatever comes ---------------------------------------------------------------------------------------------------

SOURCES = """
    exif:DateTimeOriginal exif:CreateDate exif:ModifyDate gps:DateTime xmp:DateCreated xmp:MetadataDate iptc:DateCreated
    quicktime:CreateDate quicktime:ModifyDate keys:CreationDate sidecar:exif:DateTimeOriginal takeout:photoTakenTime
    takeout:creationTime filename folder file:mtime icc:ProfileDateTime notebook :
""".split()  # noqa: SIM905 - words are easier to read than quotes
MOMENTS = """
    2019 2019-05 2019-05-04 2019-05-04T12:00 2019-05-04T12:00:03 2019-05-04T10:00:03.5 2019-05-04T10:01:33 2018-05-04
    1985 2012-01-01T00:00:00 2019-12-31T23:59:59 0001-01-01T00:00:00 9999-12-31T23:59:59 0000 2019-13 2019-02-30
    1970-01-01 ٢٠١٩
""".split()  # noqa: SIM905
ANY_MOMENT = st.sampled_from(MOMENTS) | st.datetimes().map(lambda moment: moment.isoformat())
CLAIMS = st.lists(
    st.builds(
        Claim,
        source=st.sampled_from(SOURCES) | st.text(max_size=12),
        raw=st.text(max_size=12),
        value=st.none() | ANY_MOMENT | st.text(max_size=20),
        utc_offset=st.sampled_from([None, None, "+00:00", "+02:00", "-12:00", "+99:99", "Z", "x"]),
        precision=st.sampled_from([None, "second", "minute", "day", "month", "year"]),
        accepted=st.booleans(),
        reason=st.sampled_from([None, "received, not taken"]),
    ),
    max_size=7,
)
NEAR = """
    2019-05-04T12:00:03 2019-05-04T12:00:03.5 2019-05-04T10:00:03 2019-05-04T10:01:33 2019-05-04T00:00:03
    2019-05-05T00:30:00 2018-05-04T12:00:03 2019-05-04T12:00 2019-05-04 2019-05 2019 1985 2022-01-01T00:20:00
""".split()  # noqa: SIM905
RELATED_CLAIMS = st.lists(
    st.builds(
        lambda source, value, offset, raw, reason: claim(source, value, offset, raw=raw, reason=reason),
        st.sampled_from(SOURCES[:-2] + ["filename"] * 3 + ["folder"] * 2),
        st.sampled_from(NEAR),
        st.sampled_from([None, None, "+00:00", "+02:00"]),
        st.sampled_from(["a", "b", "[FORCE]", "backup"]),
        st.sampled_from([None, None, None, "received, not taken", "scanned, not taken"]),
    ),
    max_size=6,
)
CASES = st.builds(
    Evidence,
    sha256=st.just("0" * 64),
    kind=st.sampled_from(["image", "video"]),
    claims=(CLAIMS | RELATED_CLAIMS).map(tuple),
    make=st.sampled_from([None, "Apple", "NIKON", "\0"]),
    model=st.none() | st.text(max_size=8),
    latitude=st.none() | st.floats(-90, 90),
    longitude=st.none() | st.sampled_from([13.0, 139.0]) | st.floats(),
    duration=st.sampled_from([None, 90.0, 3600.0]) | st.floats(0, 1e6),
    paths=st.lists(st.sampled_from(["/Scans/a.jpg", "/b/c.jpg", "scan1"]), max_size=2).map(tuple),
    forced=st.booleans(),
    decided=st.sampled_from([None, None, "1994-07", "not a date"]),
    decided_offset=st.sampled_from([None, "+01:00", "x"]),
    shift=st.sampled_from([0.0, 0.0, 3600.0, -86400.0, 0.5, 1e12]),
    witnesses=st.lists(
        st.builds(
            Witness,
            kind=st.sampled_from(["zone", "trip", "lookalike", "between", "clock", "?"]),
            value=st.none() | st.sampled_from(NEAR + MOMENTS),
            until=st.none() | st.sampled_from(NEAR + MOMENTS),
            utc_offset=st.sampled_from([None, "+02:00"]),
            detail=st.sampled_from(["", "Asia/Tokyo", "Europe/Berlin", "Nowhere/Land", "right", "off", "unchecked"]),
            seconds=st.sampled_from([0.0, 3600.0, -1e12]),
            confidence=st.floats(0.1, 1),
        ),
        max_size=3,
    ).map(tuple),
)


@given(CASES, st.sampled_from(["Europe/Berlin", "Pacific/Kiritimati", "UTC"]))
@hypothesis_settings(max_examples=300, deadline=None)
def test_whatever_is_claimed_there_is_one_consistent_answer(evidence, zone):
    settings = replace(HOME, timezone=zone)
    found = resolve(evidence, settings, TODAY)
    assert tuple(verdict.claim for verdict in found.verdicts) == evidence.claims
    assert all(verdict.reason for verdict in found.verdicts)
    assert 0 <= found.confidence <= 1
    assert found.level == level_of(found.confidence)
    assert found.needs_review or found.level in ("high", "medium")
    assert (found.taken_at is None) == (found.level == "none") == (found.precision is None)
    if found.taken_at and not evidence.decided:
        assert found.precision == dates.precision_of(found.taken_at)
        assert evidence.witnesses or any(verdict.accepted for verdict in found.verdicts)
        if found.utc_offset and found.taken_utc:
            assert dates.to_local(found.taken_utc, found.utc_offset) == found.taken_at


@given(CASES, st.randoms(use_true_random=False))
@hypothesis_settings(max_examples=300, deadline=None)
def test_replaying_and_reordering_claims_give_the_same_date(evidence, random):
    found = resolve(evidence, HOME, TODAY)
    assert resolve(evidence, HOME, TODAY) == found
    shuffled = list(evidence.claims)
    random.shuffle(shuffled)
    again = resolve(replace(evidence, claims=tuple(shuffled)), HOME, TODAY)
    assert replace(again, verdicts=()) == replace(found, verdicts=())
    assert sorted(map(repr, again.verdicts)) == sorted(map(repr, found.verdicts))
