"""Say which offset clocks had where a picture was taken, from its position on the map or from the same trip."""

from __future__ import annotations

from typing import Final, NamedTuple

from mediaparser_core import zones
from mediaparser_core.records import Evidence, Witness

TRIP_CAP: Final = 0.80  # a time in UTC that is put on the wall by what others of its trip say
CAME_TWICE: Final = "clocks were put back that hour, so it came twice"


class Here(NamedTuple):
    """An offset, how the rule calls its source, how people call it, and the most confidence a UTC time can have."""

    offset: str | None
    rule: str
    says: str
    cap: float = 1.0


def witness(evidence: Evidence, kind: str) -> Witness | None:
    """The first witness of this *kind*."""
    return next((each for each in evidence.witnesses if each.kind == kind), None)


def zone_of(evidence: Evidence) -> str | None:
    """The IANA zone at its position."""
    found = witness(evidence, "zone")
    return found.detail if found else None


def at_instant(evidence: Evidence, utc: str) -> Here | None:
    """The offset there at the instant *utc*: exact on both sides of every change of clocks."""
    zone, trip = zone_of(evidence), witness(evidence, "trip")
    if zone and (offset := zones.at_home(zone, utc)):
        return Here(offset, "zone by position", "its position tells the zone")
    if trip is None:
        return None
    offset = zones.at_home(trip.detail, utc) if trip.detail else trip.utc_offset
    return Here(offset, "zone by neighbours", "pictures of the same trip tell the zone", TRIP_CAP) if offset else None


def on_the_wall(evidence: Evidence, wall: str) -> Here | None:
    """The offset there when clocks showed *wall*; without an offset when that hour came twice and nobody knows which."""
    zone, trip = zone_of(evidence), witness(evidence, "trip")
    offsets = zones.on_the_wall(zone, wall) if zone else ()
    if len(offsets) == 1:
        return Here(offsets[0], "zone by position", "its position tells the zone")
    if trip is not None:
        others = (trip.utc_offset,) if trip.utc_offset else zones.on_the_wall(trip.detail, wall)
        if len(others) == 1 and (not offsets or others[0] in offsets):
            return Here(others[0], "zone by neighbours", "pictures of the same trip tell the zone")
        offsets = offsets or tuple(offset for offset in others if offset)
    return Here(None, "", CAME_TWICE) if offsets else None
