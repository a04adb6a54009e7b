"""Dates, sizes and counts in words a person at home would use."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_MOMENT = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?)?)?([+-]\d\d:\d\d)?")
_IRREGULAR: Final = {"copy": "copies", "burst of pictures": "bursts of pictures", "is": "are", "waits": "wait"}


def when(moment: object, *, seconds: bool = False) -> str:
    """A moment in text as words: ``1994-07`` → July 1994, ``2019-05-04T12:00:03`` → 4 May 2019, 12:00."""
    if moment is None or moment == "":
        return "no date"
    found = _MOMENT.fullmatch(str(moment).strip())
    if found is None or (found[2] and not 1 <= int(found[2]) <= 12):
        return str(moment)
    year, month, day, hour, minute, second, _ = found.groups()
    text = year.lstrip("0") or "0"
    if month:
        text = f"{_MONTHS[int(month) - 1]} {text}"
    if day:
        text = f"{int(day)} {text}"
    if hour:
        text += f", {hour}:{minute}"
        if seconds and second:
            text += f":{second}"
    return text


def month(moment: str) -> str:
    """``2019-05`` (or anything longer) as *May 2019*."""
    return when(moment[:7])


def size(count: object) -> str:
    """Bytes as people say them: 4.2 MB."""
    number = float(count) if isinstance(count, (int, float)) else 0.0
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if number < 1000 or unit == "TB":
            return f"{number:.0f} {unit}" if unit == "bytes" or number >= 100 else f"{number:.1f} {unit}"
        number /= 1000
    raise AssertionError


def count(value: object) -> str:
    """12345 → 12,345."""
    return f"{value:,}" if isinstance(value, int) else str(value)


def number(value: int, what: str) -> str:
    """``number(1, "picture")`` → 1 picture, ``number(2, "copy")`` → 2 copies."""
    return f"{value:,} {what if value == 1 else plural(what)}"


def plural(what: str) -> str:
    return _IRREGULAR.get(what) or what + "s"


def ago(at: object, now: datetime | None = None) -> str:
    """How long ago an ISO time was: *just now*, *5 minutes ago*, *yesterday*."""
    try:
        then = datetime.fromisoformat(str(at).replace("Z", "+00:00"))
    except ValueError:
        return str(at)
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    seconds = ((now or datetime.now(UTC)) - then).total_seconds()
    if seconds < 60:
        return "just now"
    for unit, length, most in (("minute", 60, 3600), ("hour", 3600, 86400), ("day", 86400, 30 * 86400)):
        if seconds < most:
            return number(int(seconds // length), unit) + " ago"
    return when(then.date().isoformat())


def duration(seconds: object) -> str:
    """Seconds as 0:07 or 1:02:03."""
    if not isinstance(seconds, (int, float)) or not 0 <= seconds < 360000:
        return ""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def name(path: object) -> str:
    """The last part of a path."""
    return str(path or "").rpartition("/")[2] or "a file without a name"


def folder(path: object) -> str:
    """The folder of a path."""
    return str(path or "").rpartition("/")[0] or "/"


LEVELS: Final = {"high": "sure", "medium": "likely", "low": "doubtful", "none": "unknown"}


def level(value: object) -> str:
    """How sure a date is: sure, likely, doubtful, unknown."""
    return LEVELS.get(str(value), "unknown")
