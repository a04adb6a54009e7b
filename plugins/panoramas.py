"""Pair the parts of a panorama: pictures of one camera, seconds apart, that show what lies side by side.

The right of the one is the left of the other (or its top the bottom), and the rest of both is new. Such pictures belong
together; nobody is asked to discard one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from typing import TYPE_CHECKING

from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Look, Match
from mediaparser_plugins import second_look, successions
from mediaparser_plugins import sketches as drawing

if TYPE_CHECKING:  # pragma: no cover - only for annotations
    from mediaparser_plugins.sketches import Numbers
    from mediaparser_plugins.successions import Shot, Sketches

SOONEST, LATEST = 0.3, 15.0  # seconds from one part to the next
SAME_VIEW = 12  # bits of pHash up to which the camera was not turned
LEAST, MOST, ASTRAY = 0.25, 0.88, 0.15  # of a side: how far the camera was turned, and how far it may stray across
STRETCHED = 0.12  # of a side: nobody zooms in a panorama
WORTH = 0.75  # correlation of the overlap from which a closer look is worth its time
COVER, ALIKE, EDGES, SURE = 0.7, 0.9, 0.8, 0.9  # of the overlap; nothing unrelated came near them
_CELLS = 20  # on a side of the grid on which the overlap is looked for
_BROAD = 2  # half waves, down and across: fewer are the shades of every sky over every ground


@hookimpl
def match(assets: Sequence[Look], new: Set[str] | None, sketches: Sketches) -> Iterable[Match]:
    pairs = (
        (one, other)
        for one, other in successions.following(assets, SOONEST, LATEST, new)
        if one.shape == other.shape and (one.phash ^ other.phash).bit_count() > SAME_VIEW
    )
    found = (match for drawn in successions.drawn(pairs, sketches) for match in _matches(*drawn))
    return sorted(found, key=lambda each: (each.a, each.b))


def _matches(pairs: Sequence[tuple[Shot, Shot]], one: Numbers, other: Numbers) -> Iterable[Match]:
    import numpy as np

    alike, left, top = _overlap(one, other)
    worth = np.flatnonzero(alike >= WORTH)
    if not len(worth):
        return
    seen = second_look.look_from(one[worth], other[worth], left[worth], top[worth])
    far, near = (pick(np.abs(seen.left), np.abs(seen.top)) for pick in (np.maximum, np.minimum))
    good = (far >= LEAST) & (far <= MOST) & (near <= ASTRAY)
    good &= (np.abs(seen.width - 1) <= STRETCHED) & (np.abs(seen.height - 1) <= STRETCHED)
    good &= (seen.cover >= COVER) & (seen.alike >= ALIKE) & (seen.edges >= EDGES)
    for place in np.flatnonzero(good).tolist():
        a, b = sorted(shot.sha256 for shot in pairs[worth[place]])
        share = 1 - float(far[place])
        sure = 0.95 if seen.edges[place] >= SURE else 0.85
        yield Match(
            a, b, "panorama", round(64 * (1 - share), 1), sure, f"side by side, {share:.0%} of both is the same"
        )


def _overlap(one: Numbers, other: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """How alike the overlap of each two is where it is most alike, and where the second one begins then."""
    import numpy as np

    a, b = _grid(one), _grid(other)
    best, left, top = np.full(len(a), -1.0), np.zeros(len(a)), np.zeros(len(a))
    stray = range(-2, 3)
    far = [step * way for step in range(4, round(MOST * _CELLS)) for way in (1, -1)]
    for x, y in {(x, y) for x in far for y in stray} | {(x, y) for x in stray for y in far}:
        here = a[:, max(0, y) : _CELLS + min(0, y), max(0, x) : _CELLS + min(0, x)]
        there = b[:, max(0, -y) : _CELLS + min(0, -y), max(0, -x) : _CELLS + min(0, -x)]
        here = here - here.mean(axis=(1, 2), keepdims=True)
        there = there - there.mean(axis=(1, 2), keepdims=True)
        spread = np.sqrt((here * here).sum(axis=(1, 2)) * (there * there).sum(axis=(1, 2)) + 1e-9)
        alike = (here * there).sum(axis=(1, 2)) / spread
        better = alike > best
        best[better], left[better], top[better] = alike[better], x / _CELLS, y / _CELLS
    return best, left, top


def _grid(found: Numbers) -> Numbers:
    """Brightness in cells, without the broadest shades."""
    import numpy as np

    waves = drawing.waves_at(((np.arange(_CELLS) + 0.5) / _CELLS)[None, :], drawing.WAVES)[0][0]
    down, across = np.mgrid[0 : drawing.WAVES, 0 : drawing.WAVES]
    return np.asarray(waves.T @ np.where(down + across < _BROAD, 0, found) @ waves)
