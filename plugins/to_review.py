"""``/live/to-review``: what waits for a person, gone the moment it is answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Shown, View


@hookimpl
def register_views() -> list[View]:
    return [View("to-review", "To review", folders)]


def folders(shown: Shown, today: date) -> Iterator[tuple[str, ...]]:
    """``dates`` for doubtful dates, ``look-alikes/group 3`` for each open group, by its number in ``review``."""
    if shown.needs_review:
        yield ("dates",)
    for number in shown.groups:
        yield ("look-alikes", f"group {number}")
