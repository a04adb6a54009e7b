"""Pair what a camera and a phone shot of the same thing at about the same time: a witness for the camera's clock.

Two devices side by side give no copies: another lens, another step to the left. So only what is strikingly alike counts,
and what it is worth is for the clock detective to say: one pair is an accident, several with the same distance in time
are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from mediaparser_core.dates import difference
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Look, Match
from mediaparser_core.resolve.evidence import is_phone
from mediaparser_plugins import hamming
from mediaparser_plugins.lookalikes import is_flat

if TYPE_CHECKING:  # pragma: no cover - only for annotations
    import numpy as np
    from numpy.typing import NDArray

DISTANCE: Final = 8  # bits of 64
WIDE: Final = 72  # bits of 256
LONGEST: Final = 2 * 366 * 86400.0  # seconds; of a clock that is off by more a phone beside it is no proof
CONFIDENCE: Final = 0.5  # a scene comes again: it takes several to mean anything


class Shot(NamedTuple):
    """What is compared of one picture."""

    sha256: str
    taken_at: str
    phash: int
    wide: int


@hookimpl
def match(assets: Sequence[Look]) -> Iterable[Match]:
    cameras: list[Shot] = []
    phones: list[Shot] = []
    for look in assets:
        if shot := _shot(look):
            (phones if is_phone(look.make or "", look.model or "") else cameras).append(shot)
    if not phones or not cameras:
        return []
    found = []
    for left, right, bits in hamming.chunks_between(_hashes(cameras), _hashes(phones), DISTANCE):
        for i, j, distance in zip(left.tolist(), right.tolist(), bits.tolist(), strict=True):
            one, other = cameras[i], phones[j]
            apart = difference(one.taken_at, other.taken_at)
            if apart is not None and abs(apart) <= LONGEST and (one.wide ^ other.wide).bit_count() <= WIDE:
                a, b = sorted((one.sha256, other.sha256))
                found.append(Match(a, b, "scene", float(distance), CONFIDENCE))
    return sorted(found, key=lambda each: (each.a, each.b))


def _shot(look: Look) -> Shot | None:
    """A picture by a known device to the second, with enough in it to be recognised."""
    if look.kind != "image" or look.precision != "second" or not look.taken_at or not look.make or not look.model:
        return None
    if look.phash is None or look.phash256 is None or is_flat(look):
        return None
    return Shot(look.sha256, look.taken_at, look.phash, look.phash256)


def _hashes(shots: Sequence[Shot]) -> NDArray[np.uint64]:
    import numpy as np

    return np.array([shot.phash for shot in shots], dtype=np.uint64)
