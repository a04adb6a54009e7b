"""Read a date, its zone and its precision out of the texts that files and people write."""

from __future__ import annotations

import re
from dataclasses import replace

from mediaparser_core.dates.folders import folder_names, folder_span, from_folder
from mediaparser_core.dates.junk import junk_reason
from mediaparser_core.dates.moments import (
    Moment,
    as_datetime,
    build,
    covers,
    difference,
    format_offset,
    from_epoch,
    offset_at,
    offset_minutes,
    parse_offset,
    precision_of,
    shift,
    to_local,
    to_utc,
)
from mediaparser_core.dates.names import RECEIVED_PATTERNS, from_name
from mediaparser_core.dates.spans import GUESSED, is_about
from mediaparser_core.dates.texts import in_words
from mediaparser_core.dates.words import plain
from mediaparser_core.name_syntax import is_forced, name_tags, strip_name_syntax

__all__ = [
    "GUESSED",
    "RECEIVED_PATTERNS",
    "Moment",
    "as_datetime",
    "covers",
    "difference",
    "folder_names",
    "folder_span",
    "format_offset",
    "from_epoch",
    "from_folder",
    "from_name",
    "from_path",
    "is_about",
    "is_forced",
    "junk_reason",
    "name_tags",
    "offset_at",
    "offset_minutes",
    "parse_exif",
    "parse_offset",
    "parse_words",
    "precision_of",
    "shift",
    "strip_name_syntax",
    "to_local",
    "to_utc",
]

_OFFSET = r"\s*(?P<offset>Z|UTC|[+\u2212-]\d\d?(?::?\d\d)?)?(?:\s*DST)?"
_SEPARATED = re.compile(
    r"(?P<year>\d{4})(?:[:/.-] ?(?P<month>\d\d?)(?:[:/.-] ?(?P<day>\d\d?)"
    r"(?:(?:\s+|\s*T\s*)(?P<hour>\d\d?)[:.] ?(?P<minute>\d\d?)(?:[:.] ?(?P<second>\d\d?)(?:[.,](?P<fraction>\d+))?)?"
    + _OFFSET
    + r")?)?)?",
    re.ASCII | re.IGNORECASE,
)
_COMPACT = re.compile(  # IPTC, and ISO 8601 in its basic form
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
    r"(?:[T ]?(?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?" + _OFFSET + r")?",
    re.ASCII | re.IGNORECASE,
)
_BLANK_REST = re.compile(r"(?:(?<=\d)T)?[\s:.-]*$", re.ASCII)


def parse_exif(text: str, subsec: str | None = None, offset: str | None = None) -> Moment | None:
    """What an EXIF, XMP, IPTC or QuickTime date text says, as ExifTool prints it.

    *subsec* and *offset* are the tags beside it (SubSecTimeOriginal, OffsetTimeOriginal); what *text* itself says wins.
    A month or day of ``00`` means "not known" (IPTC says so) and leaves a year or a month. ``None`` for blanks, for
    anything impossible (30 February, 24:00, 61 seconds) and for everything that is no date; never an exception.
    """
    if not isinstance(text, str) or len(text) > 200:
        return None
    text = _BLANK_REST.sub("", text.split("\0", 1)[0].strip())
    found = _SEPARATED.fullmatch(text) or _COMPACT.fullmatch(text)
    if found is None:
        return None
    parts = [found[name] for name in ("year", "month", "day", "hour", "minute", "second")]
    for index in (1, 2):
        if parts[index] in {"0", "00"}:
            if any(int(part) for part in parts[index:] if part):
                return None
            parts[index:] = [None] * (6 - index)
    fraction = found["fraction"]
    if (
        fraction is None
        and isinstance(subsec, str)
        and (digits := re.fullmatch(r"\s*(\d{1,40})[\s\0]*", subsec, re.ASCII))
    ):
        fraction = digits[1]
    return build(*parts, fraction=fraction, offset=parse_offset(found["offset"] or offset), pattern="exif")


_TYPED_OFFSET = re.compile(r"(?:(?<=\d:\d\d)|(?<=[ap]m)|(?<=\s))\s*(z|utc|gmt|(?:utc|gmt)?[+\u2212-]\d\d?(?::?\d\d)?)$")
_TYPED_TIME = re.compile(
    r"(?:[\s,t]|\sat\s|\sum\s|\s[aà]\s)\s*(?P<h>\d\d?)(?:[:.h](?P<mi>\d\d)(?::(?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?)?)?"
    r"\s?(?:uhr|h)?(?:(?P<half>[ap])\.?m\.?)?$"
)
_TYPED_DOTS = re.compile(r"(\d\d?)\.\s?(\d\d?)\.\s?(\d{4})")
_TYPED_SLASHES = re.compile(r"(\d\d?)([/-])(\d\d?)\2(\d{4})")
_LITTLE_WORD = re.compile(r"^(?:the|in|on|am|im|le|la|el|en|den|em|no)\s")


def parse_words(text: str) -> Moment | None:
    """What a person means by *text*: "summer 1994", "12 May 2019 5pm", "4.5.2019", "2019-05-04 12:00 +02:00".

    All of *text* must be understood. Between dots the day comes first; "4/5/2019" means two days and is refused, as is
    everything that does not exist. Never raises.
    """
    if not isinstance(text, str) or len(text) > 100:
        return None
    rest, offset = plain(text).strip(), None
    if found := _TYPED_OFFSET.search(rest):
        offset, rest = parse_offset(found[1]), rest[: found.start()].strip()
        if offset is None:
            return None
    if (typed := _typed_date(rest)) is not None:
        return replace(typed, utc_offset=offset or typed.utc_offset) if offset is None or ":" in typed.value else None
    found = _TYPED_TIME.search(rest)
    if found is None or not (found["mi"] or found["half"]):
        return None
    day, hour = _typed_date(rest[: found.start()].rstrip(" ,")), int(found["h"])
    if day is None or day.precision != "day" or (found["half"] and not 1 <= hour <= 12):
        return None
    if found["half"]:
        hour = hour % 12 + 12 * (found["half"] == "p")
    parts = (*day.value.split("-"), hour, found["mi"] or 0, found["s"])
    return build(*parts, fraction=found["f"], offset=offset, pattern="typed")


def _typed_date(text: str) -> Moment | None:
    if (moment := parse_exif(text.upper())) is not None:
        return replace(moment, pattern="typed")
    if found := _TYPED_DOTS.fullmatch(text):
        return build(found[3], found[2], found[1], pattern="typed")
    if found := _TYPED_SLASHES.fullmatch(text):
        readings = {build(found[4], *order, pattern="typed") for order in ((found[1], found[3]), (found[3], found[1]))}
        readings.discard(None)
        return readings.pop() if len(readings) == 1 else None
    return in_words(_LITTLE_WORD.sub("", text), whole=True)


def from_path(path: str, latest_year: int | None = None) -> dict[str, str | None]:
    """What a path says by its name, else by its folders: ``name`` (*path* itself), ``value``, ``precision``,
    ``utc_offset``, ``source`` (``"filename"``, ``"folder"`` or ``None``) and ``pattern``. Nothing is opened.

    ``value`` goes to the second, as scripts expect; what the name says beyond that is in ``subsecond``, as digits.
    """
    *folders, name = path.rstrip("/").split("/")
    folder = from_folder([part for part in folders if part], latest_year)
    moment = from_name(name, int(folder.value[:4]) if folder else None)
    source = "filename" if moment else "folder"
    moment = moment or folder
    value, _, subsecond = moment.value.partition(".") if moment else (None, "", "")
    return {
        "name": path,
        "value": value,
        "subsecond": subsecond or None,
        "precision": moment.precision if moment else None,
        "utc_offset": moment.utc_offset if moment else None,
        "source": source if moment else None,
        "pattern": moment.pattern if moment else None,
    }
