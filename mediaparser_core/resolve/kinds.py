"""Know the classes of evidence: what decides before what, how much each is worth, and to which one a claim belongs.

The class decides which claim dates a picture, never which date is the earliest:

============ ==== ========== =========================================================================================
class        rank confidence what it is
============ ==== ========== =========================================================================================
capture        1     0.86    when the camera says the shutter opened: DateTimeOriginal, Keys CreationDate, XMP or IPTC
                             DateCreated, an XMP sidecar (0.92 from a phone: the network sets its clock)
gps            2     0.80    the satellites' clock, in UTC
takeout        2     0.75    Google's photoTakenTime, in UTC
icloud         2     0.75    iCloud's originalCreationDate, to the minute, in UTC
container      2     0.75    a video's own clock (QuickTime, Matroska, WMV), in UTC by the book
name time      3     0.85    a day and a time in the file's name
digitized      4     0.70    CreateDate & co: when the file was made; of a scan that is the wrong day
lookalike      5     0.70    the date of the same picture in another file
plugin         6     0.65    any source this table does not know: what somebody's plugin found
name day       7     0.65    a day, a month or a year in the file's name
received       8     0.25    a messenger's name: the day it arrived, so the latest day it was taken
folder         9     0.60    a date in a folder's name ("ca 1975" there, or in the file's name, ranks behind and counts less)
between       10     0.35    the dates of the files before and after it
kept          11     0.45    the file system's date where it is older than the last edit that the file knows of, and
                             nothing else dates it: whoever edited it kept the time that was there before
scanned       12     0.35    a camera date in a scan: when it was scanned, so the latest it was taken
modified      13     0.20    ModifyDate: when it was last edited, so the latest it was taken
disk           –     –       the file system's date: agrees with nobody, dates nothing
============ ==== ========== =========================================================================================
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from mediaparser_core.records import Claim


class Kind(NamedTuple):
    """A class of evidence: a lower rank decides; ``says`` names it to people; ``bound``: only "no later than"."""

    rank: int
    confidence: float
    rule: str
    says: str
    bound: bool = False


KINDS: Final = {
    "capture": Kind(1, 0.86, "embedded", "the date of taking inside the file"),
    "gps": Kind(2, 0.80, "gps", "the satellites' time inside the file"),
    "takeout": Kind(2, 0.75, "takeout", "the time that Google Photos noted"),
    "icloud": Kind(2, 0.75, "icloud", "the time that iCloud Photos noted"),
    "container": Kind(2, 0.75, "quicktime", "the video's own clock"),
    "name time": Kind(3, 0.85, "filename", "the time in the file's name"),
    "digitized": Kind(4, 0.70, "digitized", "the date of digitizing inside the file"),
    "lookalike": Kind(5, 0.70, "look-alike", "the date of the same picture in another file"),
    "plugin": Kind(6, 0.65, "plugin", "what a plugin found"),
    "name day": Kind(7, 0.65, "filename", "the date in the file's name"),
    "received": Kind(8, 0.25, "received", "the day it was received or saved", bound=True),
    "folder": Kind(9, 0.60, "folder", "the date in the folder's name"),
    "between": Kind(10, 0.35, "neighbours", "the dates of the files before and after it"),
    "kept": Kind(11, 0.45, "file time", "the file's own time, which is older than its last edit,"),
    "scanned": Kind(12, 0.35, "scanned", "the time of scanning", bound=True),
    "modified": Kind(13, 0.20, "modified", "the time it was last edited", bound=True),
    "disk": Kind(14, 0.0, "none", "the file system's date", bound=True),
}
_EMBEDDED: Final = frozenset(
    "exif xmp iptc png riff quicktime keys userdata itemlist matroska asf h264 maker".split()  # noqa: SIM905
)
_CONTAINERS: Final = frozenset({"quicktime", "matroska", "asf"})
_OWN_CLASS: Final = frozenset({"gps", "takeout", "icloud", "folder"})
_COUNTS_IN_UTC: Final = frozenset({"gps", "takeout", "icloud", "file"})
_MAY_COUNT_IN_UTC: Final = frozenset({"filename"}) | _CONTAINERS
_CAPTURE: Final = ("DateTimeOriginal", "CreationDate", "ContentCreateDate", "DateCreated", "DateTimeCreated")
_DIGITIZED: Final = re.compile(r"creat|digit|encod|original|dateutc", re.IGNORECASE)


def classify(claim: Claim, timed: bool) -> tuple[str, str, bool]:
    """The class of *claim*, its family, and whether it counts in UTC."""
    inner = claim.source.removeprefix("sidecar:")
    group, _, tag = inner.partition(":")
    utc = group in _COUNTS_IN_UTC or (group in _MAY_COUNT_IN_UTC and claim.utc_offset in ("+00:00", "Z"))
    if group == "takeout" and (claim.reason or "").startswith("the same second as the upload"):
        return "received", "takeout", utc
    if group == "file":
        return "disk", "disk", utc
    if group in _OWN_CLASS:
        return group, group, utc
    if group == "filename":
        return _class_of_name(claim, timed), "name", utc
    if group not in _EMBEDDED:
        return "plugin", f"plugin:{group}", False
    if tag.startswith("GPS"):
        return "gps", "gps", True
    family = "sidecar" if inner != claim.source else "embedded"
    if utc and _DIGITIZED.search(tag):
        return "container", family, True
    if tag in _CAPTURE and group not in ("asf", "itemlist"):  # an iTunes date is that of the film's release
        return "capture", family, False
    made = group == "maker" or _DIGITIZED.search(tag)  # a maker's own note is the camera's, whatever it is called
    return ("digitized", family, False) if made else ("modified", family, utc)


def _class_of_name(claim: Claim, timed: bool) -> str:
    """The class of a date in a file's name: programs that name what they receive, save or scan say when they did."""
    worth = claim.reason or ""
    if worth.endswith("not taken"):
        return "scanned" if worth.startswith("scanned") else "received"
    return "name time" if timed else "name day"
