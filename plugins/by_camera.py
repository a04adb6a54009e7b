"""``/live/by-camera``: a folder for each camera that says its name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Shown, View


@hookimpl
def register_views() -> list[View]:
    return [View("by-camera", "By camera", folders)]


def folders(shown: Shown, today: date) -> Iterator[tuple[str, ...]]:
    """``NIKON D100``: maker and model, the maker once; ``unknown`` for what names no camera."""
    make, model = (shown.make or "").strip(), (shown.model or "").strip()
    brand = model.casefold().partition(" ")[0]
    named = model if brand and brand in make.casefold().split() else f"{make} {model}"
    yield (named.strip() or "unknown",)
