"""Pair the frames of a burst: one camera, seconds apart, nearly the same view, and yet different pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Look, Match
from mediaparser_plugins import shots

GAP = 2.0  # seconds from one frame to the next, when they show the same view
HELD = 0.5  # seconds: nobody presses twice that fast, so it is one burst wherever the camera turned
PAUSE = 60.0  # seconds after which the same burst identifier means another burst
SAME_VIEW = 20  # bits of pHash: the hand moves, the view stays
SAME_PICTURE = 48  # bits of the 256-bit pHash up to which, if no clock says otherwise, it is a copy and not a frame
LONGEST = 100  # frames: beyond it is a film, and the number of pairs grows with the square
UNKNOWN = 64.0  # bits: the distance of a frame without a hash


@hookimpl
def match(assets: Sequence[Look]) -> Iterable[Match]:
    pictures = sorted((look for look in assets if look.kind == "image"), key=lambda look: look.sha256)
    moments = {look.sha256: moment for look in pictures if (moment := shots.moment(look))}
    runs = [(run, 0.95) for frames in _by_identifier(pictures) for run in _runs(frames, moments, PAUSE)]
    runs += [(run, 0.85) for frames in _by_camera(pictures, moments) for run in _runs(frames, moments, GAP, SAME_VIEW)]
    found: dict[tuple[str, str], Match] = {}
    for run, confidence in runs:
        for one, other in combinations(sorted(run, key=lambda look: look.sha256), 2):
            if _are_frames(one, other, moments):
                pair = (one.sha256, other.sha256)
                found.setdefault(pair, Match(*pair, "burst", _bits(one.phash, other.phash), confidence))
    return [found[pair] for pair in sorted(found)]


def _by_identifier(pictures: Iterable[Look]) -> Iterable[list[Look]]:
    """Pictures that carry the same burst identifier and come from the same camera."""
    sets: dict[Hashable, list[Look]] = defaultdict(list)
    for look in pictures:
        if look.burst_id:
            sets[look.burst_id, shots.camera(look)].append(look)
    return sets.values()


def _by_camera(pictures: Iterable[Look], moments: Mapping[str, shots.Moment]) -> Iterable[list[Look]]:
    """Pictures of one camera whose second is known; coarse dates say nothing here."""
    sets: dict[Hashable, list[Look]] = defaultdict(list)
    for look in pictures:
        if (camera := shots.camera(look)) and look.sha256 in moments:
            sets[camera].append(look)
    return sets.values()


def _runs(
    frames: Iterable[Look], moments: Mapping[str, shots.Moment], gap: float, same_view: float = UNKNOWN
) -> Iterator[list[Look]]:
    """*frames* in order of time, cut where one comes more than *gap* seconds after the one before, or where the view is
    no longer that of the first: compared with the first, a slow walk ends instead of chaining on."""

    def when(look: Look) -> tuple[bool, int, str]:
        moment = moments.get(look.sha256)
        return (moment is None, moment.microseconds if moment else 0, look.sha256)

    run: list[Look] = []
    for look in sorted(frames, key=when):
        if run:
            last, now = moments.get(run[-1].sha256), moments.get(look.sha256)
            apart = shots.seconds_apart(last, now) if last and now else 0.0
            held = bool(last and now and last.fraction and now.fraction and apart <= HELD)
            other_view = _bits(run[0].phash, look.phash) > same_view and not held
            if apart > gap or other_view or len(run) == LONGEST:
                yield run
                run = []
        run.append(look)
    yield run


def _are_frames(one: Look, other: Look, moments: Mapping[str, shots.Moment]) -> bool:
    """Whether two pictures of a run are two shots, not one shot twice."""
    if one.bundle_id is not None and one.bundle_id == other.bundle_id:
        return False
    first, second = moments.get(one.sha256), moments.get(other.sha256)
    if first and second:
        if shots.are_two_shots(first, second):
            return True
        if first.fraction and second.fraction:
            return False
    return _bits(one.phash256, other.phash256) > SAME_PICTURE


def _bits(one: int | None, other: int | None) -> float:
    return UNKNOWN if one is None or other is None else float((one ^ other).bit_count())
