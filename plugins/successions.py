"""Say which pictures one camera took shortly one after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Set
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from mediaparser_core.records import Look
from mediaparser_plugins import shots
from mediaparser_plugins import sketches as drawing

if TYPE_CHECKING:  # pragma: no cover - only for annotations
    from mediaparser_plugins.sketches import Numbers

_AT_ONCE = 1024  # pairs

Sketches = Callable[[Iterable[str]], Mapping[str, bytes]]


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


def drawn(
    pairs: Iterator[tuple[Shot, Shot]], sketches: Sketches
) -> Iterator[tuple[list[tuple[Shot, Shot]], Numbers, Numbers]]:
    """*pairs* some at a time, those of them whose sketches are both known."""
    while batch := list(islice(pairs, _AT_ONCE)):
        known = sketches(sorted({shot.sha256 for pair in batch for shot in pair}))
        batch = [pair for pair in batch if all(drawing.is_sketch(known.get(shot.sha256)) for shot in pair)]
        if batch:
            one, other = (drawing.numbers([known[pair[side].sha256] for pair in batch]) for side in (0, 1))
            yield batch, one, other


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
