"""``/live/by-level``: pictures by how sure their date is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Shown, View


@hookimpl
def register_views() -> list[View]:
    return [View("by-level", "By how sure the date is", folders)]


def folders(shown: Shown, today: date) -> Iterator[tuple[str, ...]]:
    """``high``, ``medium``, ``low``, ``none``."""
    yield (shown.level,)
