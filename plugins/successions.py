"""Say which pictures one camera took shortly one after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Set
from itertools import islice
from typing import NamedTuple

from mediaparser_core.records import Look
from mediaparser_plugins import shots


class Shot(NamedTuple):
    """What matters of a picture here; a library may have millions."""

    moment: shots.Moment
    sha256: str
    phash: int
    turns: int | None
    bundle_id: int | None
    shape: tuple[int, int]  # as displayed


def following(
    assets: Iterable[Look], shortest: float, longest: float, new: Set[str] | None
) -> Iterator[tuple[Shot, Shot]]:
    """Every two pictures of one camera with *shortest* to *longest* seconds between them, the earlier one first.

    With *new*, those that have at least one of these SHA-256s. Whether two are a pair does not depend on others.
    """
    for taken in _by_camera(assets):
        taken.sort(key=lambda shot: (shot.moment.microseconds, shot.sha256))
        for place, one in enumerate(taken):
            for other in islice(taken, place + 1, None):
                apart = shots.seconds_apart(one.moment, other.moment)
                if apart > longest:
                    break
                wanted = new is None or one.sha256 in new or other.sha256 in new
                if wanted and apart >= shortest and (one.bundle_id is None or one.bundle_id != other.bundle_id):
                    yield one, other


def _by_camera(assets: Iterable[Look]) -> Iterable[list[Shot]]:
    sets: dict[Hashable, list[Shot]] = defaultdict(list)
    for look in assets:
        if look.kind != "image" or look.flat or look.phash is None or not look.width or not look.height:
            continue
        camera, moment = shots.camera(look), shots.moment(look)
        if camera and moment:
            shape = (look.width, look.height) if (look.orientation or 1) < 5 else (look.height, look.width)
            sets[camera].append(Shot(moment, look.sha256, look.phash, look.turns, look.bundle_id, shape))
    return sets.values()
