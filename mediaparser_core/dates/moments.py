"""The arithmetic of moments in text: "1994-07" is a month, and stays one until somebody knows better."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import takewhile
from zoneinfo import ZoneInfo

from mediaparser_core.records import Precision

_VALUE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?)?)?",
    re.ASCII,
)
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d)(?::?00)?)?", re.ASCII)
_PRECISIONS: tuple[Precision, ...] = ("year", "month", "day", "minute", "minute", "second")
_FURTHEST = 14 * 60  # minutes: Kiribati keeps UTC+14, and nobody keeps more
_SLOT = {"year": 4, "month": 7, "day": 10, "minute": 16, "second": 19}  # characters of a value at each precision


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment in text (see :mod:`~mediaparser_core.records`) with its precision.

    ``utc_offset`` is ``"+02:00"`` only where the text said so; ``pattern`` is the stable name of what was recognised
    (``"exif"``, ``"pxl"``, ``"season"`` …).
    """

    value: str
    precision: Precision
    utc_offset: str | None = None
    pattern: str = ""


def build(
    *parts: str | int | None, fraction: str | None = None, offset: str | None = None, pattern: str = ""
) -> Moment | None:
    """A :class:`Moment` from year, month, day, hour, minute and second, as fine as they go (``None`` ends them).

    ``None`` when there is no such day or no such time; an hour alone is no time.

    A leap second (``:60`` at the end of a quarter of an hour, where every zone's leap second falls) becomes ``:59``:
    no file format that we write knows a 61st second. *fraction* is the digits after the point; nine are kept.
    """
    known = [int(part) for part in takewhile(lambda part: part is not None, parts) if part is not None]
    if len(known) == 6 and known[5] == 60 and known[4] % 15 == 14:
        known[5] = 59
    if len(known) in {0, 4}:
        return None
    try:
        start = _start(known)
    except (ValueError, OverflowError):
        return None
    precision = _PRECISIONS[len(known) - 1]
    value = _text(start)[: _SLOT[precision]]
    if precision == "second" and fraction:
        value += f".{fraction[:9]}"
    return Moment(value, precision, offset, pattern)


def _start(parts: Sequence[int]) -> datetime:
    """The first instant of the interval with these *parts*. Raises ``ValueError`` or ``OverflowError``."""
    year, month, day = (*parts, 1, 1)[:3]
    hour, minute, second = (*parts[3:], 0, 0, 0)[:3]
    return datetime(year, month, day, hour, minute, second)


def _text(moment: datetime) -> str:
    return moment.replace(microsecond=0, tzinfo=None).isoformat()  # always four digits of year, unlike strftime


@lru_cache(1024)  # every rule asks about the same few moments of one picture
def _split(value: str) -> tuple[datetime, str, Precision]:
    """The start of *value*, its fraction with the point, its precision. Raises ``ValueError``."""
    found = _VALUE.fullmatch(value)
    if found is None:
        raise ValueError(f"not a moment: {value[:40]!r}")
    parts = [int(part) for part in found.groups()[:6] if part is not None]
    return _start(parts), f".{found[7]}" if found[7] else "", _PRECISIONS[len(parts) - 1]


def as_datetime(value: str) -> datetime:
    """The start of the interval that *value* names, naive; fractions are cut to microseconds. Raises ``ValueError``."""
    start, fraction, _ = _split(value)
    return start.replace(microsecond=int(fraction[1:7].ljust(6, "0"))) if fraction else start


def precision_of(value: str) -> Precision:
    """How fine *value* is. Raises ``ValueError`` when it is not a moment in text."""
    return _split(value)[2]


def covers(coarse: str, fine: str) -> bool:
    """Whether *fine* lies inside the interval *coarse* names: ``"1994-07"`` covers ``"1994-07-23"`` and itself."""
    return bool(coarse) and fine.startswith(coarse)  # parts have a fixed width, so text is enough


@lru_cache(256)
def parse_offset(text: str | None) -> str | None:
    """A UTC offset as ``"+02:00"``: from ``+02:00``, ``+0200``, ``-05``, ``+5:30``, ``Z``, ``UTC``, ``GMT+2``.

    ``None`` for anything else, and beyond ±14:00, where no place on Earth is.
    """
    if not text or len(text) > 40:
        return None
    text = re.sub(r"[\s\0]+", "", text).upper().replace("\u2212", "-")
    if text in {"Z", "UTC", "GMT"}:
        return "+00:00"
    found = _OFFSET.fullmatch(text)
    if found is None:
        return None
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return format_offset(-minutes if found[1] == "-" else minutes) if minutes <= _FURTHEST else None


def offset_minutes(text: str) -> int:
    """Minutes east of Greenwich. Raises ``ValueError`` when *text* is not an offset."""
    offset = parse_offset(text)
    if offset is None:
        raise ValueError(f"not a UTC offset: {text[:40]!r}")
    return (-1 if offset[0] == "-" else 1) * (int(offset[1:3]) * 60 + int(offset[4:6]))


def format_offset(minutes: int) -> str:
    """``"+05:30"`` from minutes east of Greenwich."""
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def shift(value: str, seconds: float) -> str | None:
    """*value* moved by *seconds*, as precise as before.

    ``None`` where that makes no sense: a year or a month, a day by anything but whole days, out of the calendar.
    """
    try:
        start, fraction, precision = _split(value)
        if precision in {"year", "month"} or (precision == "day" and seconds % 86400):
            return None
        whole = int(seconds // 1)
        if precision == "second" and seconds != whole:
            moved = as_datetime(value) + timedelta(seconds=seconds)
            digits = max(3, len(fraction) - 1)
            return _text(moved) + f".{moved.microsecond:06d}".ljust(digits + 1, "0")[: digits + 1]
        return _text(start + timedelta(seconds=whole))[: _SLOT[precision]] + fraction
    except (ValueError, OverflowError):
        return None


def to_utc(value: str, offset: str) -> str | None:
    """The wall time *value* at *offset*, in UTC; ``None`` when it is coarser than a minute or leaves the calendar."""
    return _across(value, offset, -60)


def to_local(value: str, offset: str) -> str | None:
    """The UTC time *value* as the wall clock at *offset* shows it; ``None`` as in :func:`to_utc`."""
    return _across(value, offset, 60)


def _across(value: str, offset: str, seconds_a_minute: int) -> str | None:
    try:
        if precision_of(value) not in {"minute", "second"}:
            return None
        return shift(value, offset_minutes(offset) * seconds_a_minute)
    except ValueError:
        return None


def difference(a: str, b: str) -> float | None:
    """Seconds from *b* to *a* (positive when *a* is later); ``None`` when either is coarser than a minute."""
    try:
        if not {precision_of(a), precision_of(b)} <= {"minute", "second"}:
            return None
        return (as_datetime(a) - as_datetime(b)).total_seconds()
    except ValueError:
        return None


@lru_cache(256)
def clock_in(zone: str) -> ZoneInfo:
    """The IANA *zone*, read from the disk once: Python remembers eight. Raises as ``ZoneInfo`` does."""
    return ZoneInfo(zone)


def offset_at(zone: str, value: str) -> str | None:
    """The UTC offset in the IANA *zone* when its clocks showed *value*; ``None`` for an unknown zone.

    A wall time that happened twice (clocks put back) is taken as the first of the two, that is, summer time; one that
    never happened (clocks put forward) gets the offset from before the change. Both are PEP 495's ``fold=0``. A day
    has an offset only when it is the same at both its ends; months and years have none. Local mean times, before the
    zones, are rounded to the minute.
    """
    try:
        start, _, precision = _split(value)
        if precision in {"year", "month"}:
            return None
        clock = clock_in(zone)
        before = start.replace(tzinfo=clock).utcoffset()
        after = (start + timedelta(hours=24 if precision == "day" else 0)).replace(tzinfo=clock).utcoffset()
    except (ValueError, OverflowError, LookupError, OSError):
        return None
    return None if before is None or before != after else format_offset(round(before.total_seconds() / 60))


def from_epoch(seconds: float, pattern: str = "epoch", digits: int = 0) -> Moment | None:
    """Seconds since 1970 as a UTC moment with *digits* of fraction; ``None`` when they leave the calendar."""
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return None
    fraction = f".{moment.microsecond:06d}"[: digits + 1] if digits else ""
    return Moment(_text(moment) + fraction, "second", "+00:00", pattern)
