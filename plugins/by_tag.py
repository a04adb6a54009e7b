"""``/live/by-tag``: a folder for each tag; a picture with three tags lies in three."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Shown, View


@hookimpl
def register_views() -> list[View]:
    return [View("by-tag", "By tag", folders)]


def folders(shown: Shown, today: date) -> Iterator[tuple[str, ...]]:
    """One folder a tag; the untagged are not part of it."""
    for tag in shown.tags:
        yield (tag,)
