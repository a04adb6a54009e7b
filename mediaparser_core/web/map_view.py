"""The map as numbers: windows asked for in degrees, squares answered in degrees, and where tiles come from."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mediaparser_core.catalog.places import Cell, Window
from mediaparser_core.catalog.squares import SPOT_LEVEL, Square, degrees, spot
from mediaparser_core.settings import Settings

FINEST = SPOT_LEVEL - 1  # squares of 19 m
MOST = 1500  # squares in one answer
_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9A-Fa-f:]+\](:\d{1,5})?")
_UNSAFE = re.compile(r"[\s\"'<>;,\\]")


@dataclass(frozen=True, slots=True)
class Tiles:
    """Where the pictures behind the map come from: an address with ``{z}``, ``{x}`` and ``{y}``, empty for none.

    ``policy`` is what the content policy must allow for it, ``folder`` the folder we hand them out of ourselves.
    """

    address: str = ""
    policy: str = ""
    folder: Path | None = None


def tiles_of(settings: Settings) -> Tiles:
    """What the setting ``explore.tiles`` means: a server's address, a folder of ``z/x/y.png``, or nothing."""
    text = settings.explore.tiles.strip()
    if not text:
        return Tiles()
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
        return Tiles("/-/media/tile/{z}/{x}/{y}", "", settings.library / text)
    try:
        parts = urlsplit(text)
    except ValueError:
        return Tiles()
    complete = all(name in text for name in ("{z}", "{x}", "{y}"))
    if (
        parts.scheme not in ("http", "https")
        or not _HOST.fullmatch(parts.netloc)
        or not complete
        or _UNSAFE.search(text)
    ):
        return Tiles()
    return Tiles(text, f"{parts.scheme}://{parts.netloc}")


def tile_paths(tiles: Tiles, zoom: int, x: int, y: int) -> list[bytes]:
    """The files that may be the tile."""
    if tiles.folder is None or zoom > SPOT_LEVEL or max(x, y) >= 1 << zoom:
        return []
    stem = os.path.join(os.fsencode(tiles.folder), b"%d" % zoom, b"%d" % x, b"%d" % y)
    return [stem + ending for ending in (b".png", b".jpg", b".jpeg", b".webp")]


def read_window(text: str | None) -> Window | None:
    """``west,south,east,north`` in degrees; longitudes may run on beyond the date line."""
    found = _numbers(text, 4)
    if found is None:
        return None
    west, south, east, north = found
    if east <= west or north <= south:
        return None
    top, bottom = spot(north, 0)[1], spot(south, 0)[1]
    if east - west >= 360:
        return Window(0, top, (1 << SPOT_LEVEL) - 1, bottom)
    return Window(spot(0, _around(west))[0], top, spot(0, _around(east))[0], bottom)


def read_view(text: str | None) -> tuple[float, float, float] | None:
    """``latitude,longitude,zoom`` of an address."""
    found = _numbers(text, 3)
    if found is None or abs(found[0]) > 90 or abs(found[1]) > 180:
        return None
    return found[0], found[1], max(0.0, min(19.0, found[2]))


def sight(extent: Window | None) -> list[float]:
    """West, north, east and south of all pictures as shares of the world's square; the inhabited world without any."""
    if extent is None:
        return [0.02, 0.2, 0.98, 0.7]
    return [round(edge / (1 << SPOT_LEVEL), 7) for edge in extent]


def as_row(cell: Cell) -> dict[str, Any]:
    """A square for a script or a template: its name for the gallery, its count, its picture, the middle of its pictures."""
    latitude, longitude = degrees(cell.mid_x + 0.5, cell.mid_y + 0.5)
    return {
        "in": str(Square(cell.level, cell.x, cell.y)), "pictures": cell.pictures, "sha256": cell.sha256,
        "latitude": round(latitude, 6), "longitude": round(longitude, 6),
    }  # fmt: skip


def _around(longitude: float) -> float:
    return (longitude + 180) % 360 - 180


def _numbers(text: str | None, count: int) -> tuple[float, ...] | None:
    parts = (text or "")[:200].split(",")
    try:
        found = tuple(float(part) for part in parts)
    except ValueError:
        return None
    return found if len(found) == count and all(map(math.isfinite, found)) else None
