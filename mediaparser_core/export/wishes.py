"""What must be found in a published copy: the date, the keywords, its time in the file system."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

from mediaparser_core.dates import as_datetime, offset_at, offset_minutes, precision_of
from mediaparser_core.records import ExportItem
from mediaparser_core.settings import Settings

WRITER = 1  # raise it when the same wish is to be written differently: every copy with dates or tags is then made anew

_1970 = datetime(1970, 1, 1)


def asks(item: ExportItem, settings: Settings) -> bool:
    """Whether a date or keywords must be found in (or beside) the copy of *item*."""
    return settings.export.metadata != "none" and bool(item.write_date or item.write_tags)


def signature(item: ExportItem, settings: Settings) -> str:
    """A hash of what is asked for in the copy of *item*: when it changes, the copy is published anew.

    Names, places and the original's path are not part of it: when only they change, the copy moves.
    """
    wish: list[object] = [settings.export.link == "hardlink"]
    if asks(item, settings):
        zone = settings.timezone if item.kind == "video" and not item.write_offset else None  # movies count in UTC
        tags = sorted(set(item.write_tags))
        wish = [WRITER, settings.export.metadata, item.write_date, item.write_offset, tags, zone]
    return hashlib.sha256(json.dumps(wish).encode()).hexdigest()[:32]


def time_of(item: ExportItem, settings: Settings) -> int:
    """The modification time of the copy in nanoseconds since 1970: when the picture was taken, else the original's own.

    Wall time counts in the item's UTC offset, else in the household's zone; a day alone is noon, which stays on that
    day when somebody looks at it from another zone.
    """
    try:
        precision = precision_of(item.taken_at or "")
        if precision in ("year", "month"):
            return item.mtime_ns
        wall = as_datetime(item.taken_at or "") + timedelta(hours=12 if precision == "day" else 0)
        offset = item.utc_offset or offset_at(settings.timezone, wall.isoformat(timespec="seconds")) or "+00:00"
        since = wall - timedelta(minutes=offset_minutes(offset)) - _1970
    except (ValueError, OverflowError):
        return item.mtime_ns
    return (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1_000
