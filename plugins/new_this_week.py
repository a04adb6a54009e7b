"""``/live/new-this-week``: what came into the library during the last seven days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Shown, View

_WEEK = timedelta(days=7)


@hookimpl
def register_views() -> list[View]:
    return [View("new-this-week", "New this week", folders)]


def folders(shown: Shown, today: date) -> Iterator[tuple[str, ...]]:
    """All in one folder; its day of arrival counts, not its date."""
    try:
        arrived = date.fromisoformat(shown.added or "")
    except ValueError:
        return
    if arrived > today - _WEEK:
        yield ()
