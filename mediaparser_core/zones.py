"""Tie times in UTC to clocks on walls: the offset between two sources, and the zone to assume when nobody says.

A wall clock differs from UTC by an offset that some place on Earth really keeps. Two sources of one picture, one
local and one in UTC, that lie such an offset apart confirm each other and tell the zone; any other distance is a
contradiction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Final

from mediaparser_core.dates import as_datetime, difference, format_offset, offset_minutes, precision_of
from mediaparser_core.dates.moments import clock_in

# Minutes east of Greenwich that zones keep today, and three that were kept within the age of digital cameras
# (Venezuela -4:30, North Korea +8:30, Singapore +7:30 on old scans). Quarter hours nobody keeps are left out, so that a
# clock that runs ten minutes late is not taken for a zone.
REAL_OFFSETS: Final = tuple(
    sorted(
        [hour * 60 for hour in range(-12, 15)]
        + [-570, -270, -210, -150, 210, 270, 330, 345, 390, 450, 510, 525, 570, 630, 765, 825]
    )
)

# The widest distance between a zone and the sun (west China, Alaska in summer), in minutes.
_FROM_THE_SUN: Final = 210

# Who puts local time where QuickTime wants UTC. Cameras without a network know no zone; GoPro does since the HERO11.
_LOCAL_WRITERS: Final = re.compile(r"nikon|gopro|canon|fuji|olympus|om digital|pentax|ricoh|casio|kodak", re.IGNORECASE)
_KNOWS_ITS_ZONE: Final = re.compile(r"hero\s?(1[1-9]|[2-9]\d)", re.IGNORECASE)
_UTC_WRITERS: Final = re.compile(
    r"apple|google|samsung|sony|huawei|honor|xiaomi|oneplus|oppo|vivo|motorola|fairphone|nokia|hmd", re.IGNORECASE
)

Windows = Sequence[tuple[float, float]]
"""By how many seconds (from, to) a time in UTC may come after the moment it stands for."""


def writes_local_time(make: str | None, model: str | None) -> bool:
    """Whether videos of this camera carry local time in their UTC fields."""
    return bool(make and _LOCAL_WRITERS.search(make) and not _KNOWS_ITS_ZONE.search(model or ""))


def writes_utc(make: str | None) -> bool:
    """Whether videos of this maker are known to carry UTC."""
    return bool(make and _UTC_WRITERS.search(make))


def widened(windows: Windows, *values: str) -> Windows:
    """*windows* for values of which some are only known to the minute."""
    slack = 60.0 if any(precision_of(value) == "minute" for value in values) else 0.0
    return [(low - slack, high + slack) for low, high in windows] if slack else windows


def between(local: str, utc: str, windows: Windows, prefer: str | None = None) -> str | None:
    """The offset of the wall time *local* when *utc* is the same moment; ``None`` when no real offset fits.

    Of several that fit (a recording as long as a zone is wide) *prefer* wins, then the one that needs the least lag.
    """
    apart = difference(local, utc)
    if apart is None or abs(apart) > 16 * 3600:
        return None
    windows = widened(windows, local, utc)
    fitting = [
        (abs(lag), minutes)
        for minutes in REAL_OFFSETS
        for lag in (minutes * 60 - apart,)
        if any(low <= lag <= high for low, high in windows)
    ]
    if not fitting:
        return None
    offsets = [format_offset(minutes) for _, minutes in sorted(fitting)]
    return prefer if prefer in offsets else offsets[0]


def at_home(zone: str, utc: str) -> str | None:
    """The offset of the household's *zone* at the instant *utc*; ``None`` for coarse or impossible times."""
    try:
        if precision_of(utc) not in ("minute", "second"):
            return None
        offset = as_datetime(utc).replace(tzinfo=UTC).astimezone(clock_in(zone)).utcoffset()
    except (ValueError, OverflowError, LookupError, OSError):
        return None
    return None if offset is None else format_offset(round(offset.total_seconds() / 60))


def on_the_wall(zone: str, wall: str) -> tuple[str, ...]:
    """The offsets that clocks in the IANA *zone* may have had when they showed *wall*.

    Two of them in the hour that comes twice when clocks are put back, that of summer first. An hour that was left out
    when they were put forward is shown only by a clock that was not: the offset from before. None for coarse times.
    """
    try:
        if precision_of(wall) not in ("minute", "second"):
            return ()
        start, clock = as_datetime(wall), clock_in(zone)
        both = [start.replace(tzinfo=clock, fold=fold).utcoffset() for fold in (0, 1)]
    except (ValueError, OverflowError, LookupError, OSError):
        return ()
    offsets = [format_offset(round(offset.total_seconds() / 60)) for offset in both if offset is not None]
    came_twice = len(offsets) == 2 and (both[0] or timedelta()) > (both[1] or timedelta())
    return tuple(offsets) if came_twice else tuple(offsets[:1])


def fits(offset: str, longitude: float | None) -> bool | None:
    """Whether *offset* is kept anywhere near *longitude*; ``None`` when there is no position to ask."""
    if longitude is None:
        return None
    apart = (offset_minutes(offset) - longitude * 4) % 1440
    return min(apart, 1440 - apart) <= _FROM_THE_SUN


def assumed(utc: str, zone: str, longitude: float | None) -> tuple[str, bool] | None:
    """The offset to show *utc* with when nothing says, and whether the position supports it.

    The household's *zone*, unless the picture was taken where no such zone can be: then the hours the sun gives. (A
    zone looked up by position comes before both.) ``None`` when *utc* is no time of day.
    """
    home = at_home(zone, utc)
    if home is None:
        return None
    if longitude is not None and not fits(home, longitude):
        return format_offset(max(-720, min(840, round(longitude / 15) * 60))), False
    return home, longitude is not None
