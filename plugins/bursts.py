"""Pair the frames of a burst: one camera, seconds apart, nearly the same view, and yet different pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Look, Match
from mediaparser_plugins import second_look, shots, successions
from mediaparser_plugins import sketches as drawing

GAP = 2.0  # seconds from one frame to the next, when they show the same view
HELD = 0.5  # seconds: nobody presses twice that fast, so it is one burst wherever the camera turned
COUNTED = 1.1  # seconds: the same, when the camera counted on by one
PAUSE = 60.0  # seconds after which the same burst identifier means another burst
SAME_VIEW = 20  # bits of pHash: the hand moves, the view stays
SAME_PICTURE = 48  # bits of the 256-bit pHash up to which, if no clock says otherwise, it is a copy and not a frame
LONGEST = 100  # frames: beyond it is a film, and the number of pairs grows with the square
UNKNOWN = 64.0  # bits: the distance of a frame without a hash
WORTH, COVER, EDGES = 0.5, 0.6, 0.6  # correlations and shares from which two sketches show one view, moved

Sketches = Callable[[Iterable[str]], Mapping[str, bytes]]


@hookimpl
def match(assets: Sequence[Look], sketches: Sketches) -> Iterable[Match]:
    close = successions.close_by(assets, GAP)  # of most pictures no other was taken within seconds
    pictures = [look for look in assets if look.kind == "image" and (look.burst_id or look.sha256 in close)]
    pictures.sort(key=lambda look: look.sha256)
    moments = {look.sha256: moment for look in pictures if (moment := shots.moment(look))}
    runs = [(run, 0.95) for frames in _by_identifier(pictures) for run in runs_of(frames, moments, PAUSE, anything)]
    spans = [span for frames in by_camera(pictures, moments) for span in runs_of(frames, moments, GAP, anything)]
    spans = [span for span in spans if len(span) > 1]
    same_view = Views(sketches(sorted(look.sha256 for span in spans for look in span)))
    runs += [(run, 0.85) for span in spans for run in runs_of(span, moments, GAP, same_view)]
    found: dict[tuple[str, str], Match] = {}
    for run, confidence in runs:
        for one, other in combinations(sorted(run, key=lambda look: look.sha256), 2):
            if are_frames(one, other, moments):
                pair = (one.sha256, other.sha256)
                found.setdefault(pair, Match(*pair, "burst", bits_between(one.phash, other.phash), confidence))
    return [found[pair] for pair in sorted(found)]


def _by_identifier(pictures: Iterable[Look]) -> Iterable[list[Look]]:
    """Pictures that carry the same burst identifier and come from the same camera."""
    sets: dict[Hashable, list[Look]] = defaultdict(list)
    for look in pictures:
        if look.burst_id:
            sets[look.burst_id, shots.camera(look)].append(look)
    return sets.values()


def by_camera(pictures: Iterable[Look], moments: Mapping[str, shots.Moment]) -> Iterable[list[Look]]:
    """Pictures of one camera whose second is known; coarse dates say nothing here."""
    sets: dict[Hashable, list[Look]] = defaultdict(list)
    for look in pictures:
        if (camera := shots.camera(look)) and look.sha256 in moments:
            sets[camera].append(look)
    return sets.values()


def runs_of(
    frames: Iterable[Look],
    moments: Mapping[str, shots.Moment],
    gap: float,
    same_view: Callable[[Look, Look], bool],
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
            precise = bool(last and now and last.fraction and now.fraction)
            held = precise and apart <= (COUNTED if _counts_on(run[-1], look) else HELD)
            if apart > gap or len(run) == LONGEST or not (held or same_view(run[0], look)):
                yield run
                run = []
        run.append(look)
    yield run


def anything(one: Look, other: Look) -> bool:
    return True


def _counts_on(one: Look, other: Look) -> bool:
    first, second = shots.number(one), shots.number(other)
    return first is not None and second is not None and second - first in (0, 1)


class Views:
    """Whether two frames show one view: by their hashes, which turning does not matter to, or by their sketches."""

    def __init__(self, known: Mapping[str, bytes]) -> None:
        self._known = known

    def __call__(self, one: Look, other: Look) -> bool:
        if min(bits_between(one.phash, other.phash), bits_between(one.turns, other.turns)) <= SAME_VIEW:
            return True
        first, second = self._known.get(one.sha256), self._known.get(other.sha256)
        if first is None or second is None or not (drawing.is_sketch(first) and drawing.is_sketch(second)):
            return one.phash is None or other.phash is None
        a, b = drawing.numbers([first]), drawing.numbers([second])
        ways = [second_look.turned(b, False, quarters) for quarters in range(4)]
        near = [float(second_look.resemblance(a, way)[0]) for way in ways]
        if max(near) < WORTH:
            return False
        seen = second_look.look(a, ways[near.index(max(near))])
        return bool(seen.cover[0] >= COVER and seen.edges[0] >= EDGES)


def are_frames(one: Look, other: Look, moments: Mapping[str, shots.Moment]) -> bool:
    """Whether two pictures of a run are two shots, not one shot twice."""
    if one.bundle_id is not None and one.bundle_id == other.bundle_id:
        return False
    first, second = moments.get(one.sha256), moments.get(other.sha256)
    if first and second:
        if shots.are_two_shots(first, second):
            return True
        if first.fraction and second.fraction:
            return False
    return bits_between(one.phash256, other.phash256) > SAME_PICTURE


def bits_between(one: int | None, other: int | None) -> float:
    return UNKNOWN if one is None or other is None else float((one ^ other).bit_count())
