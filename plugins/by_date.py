"""``/live/by-date``: a folder for each year, and in it one for each month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Shown, View


@hookimpl
def register_views() -> list[View]:
    return [View("by-date", "By date", folders)]


def folders(shown: Shown, today: date) -> Iterator[tuple[str, ...]]:
    """``2019/05``, ``2019/month unknown``, ``undated``."""
    moment = shown.taken_at
    if not moment:
        yield ("undated",)
    else:
        yield (moment[:4], moment[5:7] or "month unknown")
