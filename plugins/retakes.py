"""Pair pictures of one scene: the same camera took the same view again, too late for a burst."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from typing import TYPE_CHECKING

from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Look, Match
from mediaparser_plugins import bursts, second_look, shots, successions

if TYPE_CHECKING:  # pragma: no cover - only for annotations
    from mediaparser_plugins.sketches import Numbers
    from mediaparser_plugins.successions import Shot, Sketches

SOONEST, LATEST = bursts.GAP + 0.01, 20.0  # seconds: sooner is a burst, later is another time, not another try
MOVED = 0.25  # of a side: more is another view, or a part of a panorama
ALIKE, COVER, EDGES, SURE = 0.8, 0.6, 0.6, 0.8


@hookimpl
def match(assets: Sequence[Look], new: Set[str] | None, sketches: Sketches) -> Iterable[Match]:
    pairs = (
        (one, other)
        for one, other in successions.following(assets, SOONEST, LATEST, new)
        if one.shape == other.shape and bursts.bits_between(one.phash, other.phash) <= bursts.SAME_VIEW
    )
    found = (match for drawn in successions.drawn(pairs, sketches) for match in _matches(*drawn))
    return sorted(found, key=lambda each: (each.a, each.b))


def _matches(pairs: Sequence[tuple[Shot, Shot]], one: Numbers, other: Numbers) -> Iterable[Match]:
    import numpy as np

    seen = second_look.look(one, other)
    good = (seen.off <= MOVED) & (seen.alike >= ALIKE) & (seen.cover >= COVER) & (seen.edges >= EDGES)
    for place in np.flatnonzero(good).tolist():
        first, second = pairs[place]
        a, b = sorted((first.sha256, second.sha256))
        bits = bursts.bits_between(first.phash, second.phash)
        apart = shots.seconds_apart(first.moment, second.moment)
        sure = 0.85 if seen.edges[place] >= SURE else 0.75
        yield Match(a, b, "retake", bits, sure, f"the same scene, {apart:.0f} s apart")
