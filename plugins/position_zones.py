"""Say which time zone a position lies in, from boundaries that are installed with us: nothing is looked up online."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from mediaparser_core.hookspecs import hookimpl

if TYPE_CHECKING:  # pragma: no cover - only for annotations
    from timezonefinder import TimezoneFinder

# Two times are kept in Xinjiang; what networks give to phones there is Beijing's.
_KEPT: Final = {"Asia/Urumqi": "Asia/Shanghai", "Asia/Kashgar": "Asia/Shanghai"}


@hookimpl(trylast=True)
def zone_at(latitude: float, longitude: float) -> str | None:
    """The zone that is kept on land there. At sea there is none: a ship keeps the time that its captain likes."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    zone = _finder().timezone_at_land(lat=latitude, lng=longitude)
    return _KEPT.get(zone, zone) if zone else None


@cache
def _finder() -> TimezoneFinder:
    from timezonefinder import TimezoneFinder

    return TimezoneFinder()
