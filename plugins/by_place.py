"""``/live/by-place``: a folder for each degree of latitude and longitude, and in it one for each tenth of a degree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Shown, View


@hookimpl
def register_views() -> list[View]:
    return [View("by-place", "By place", folders)]


def folders(shown: Shown, today: date) -> Iterator[tuple[str, ...]]:
    """``38N 9W/38.7N 9.1W``, about eleven kilometres a side; what has no place is not part of it."""
    if shown.latitude is None or shown.longitude is None:
        return
    tenths = round(shown.latitude * 10), round(shown.longitude * 10)
    (north, east), letters = tenths, ("NS", "EW")
    whole = (f"{abs(n) // 10}{pair[n < 0]}" for n, pair in zip((north, east), letters, strict=True))
    fine = (f"{abs(n) / 10:.1f}{pair[n < 0]}" for n, pair in zip((north, east), letters, strict=True))
    yield (" ".join(whole), " ".join(fine))
