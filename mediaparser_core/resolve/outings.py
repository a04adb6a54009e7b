"""Cut a camera's pictures into outings, and hear what other clocks say of its clock at each of them.

An *outing* is a run of pictures without a long pause whose counter goes on. A clock that was an hour slow at noon was an
hour slow all afternoon, so each outing is as right or as wrong as the clocks that speak of it; unless they tell that
somebody put it right (or wrong) on the way.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final, NamedTuple

from mediaparser_core.dates import as_datetime

PAUSE: Final = 12 * 3600.0  # seconds without a picture that end an outing
COUNTER_GAP: Final = 500  # numbers; two cameras of one model, or two cards, are that far apart
TWINS: Final = 2.0  # seconds between two clocks that agree
DRIFT: Final = 60.0  # seconds that a clock may be off without anybody minding
SAME_MINUTE: Final = 90.0  # … when two people shot the same thing one after the other
QUARTER: Final = 900  # seconds: what people set wrong are hours, days and zones
ZONES: Final = 14 * 3600  # seconds; two zones are not further apart, nor morning and afternoon
YEARS: Final = 2 * 366 * 86400  # seconds that a copy or a phone beside it may speak of

# One word of these is enough where it differs by an exact number of quarters of an hour. Of the others (a copy may have
# been dated by anything, and scenes come again) two must agree, in hours or whole days, about different moments.
STRONG: Final = ("gps", "takeout")


class Reading(NamedTuple):
    """What the clock ``shown`` in one picture, its counter's number, and the seconds it ``lacks`` as another clock
    (``told_by``) tells. ``decided`` are the seconds that a person added."""

    sha256: str
    shown: str
    number: int | None = None
    lacks: float | None = None
    told_by: str | None = None
    decided: float | None = None

    @property
    def at(self) -> datetime:
        return as_datetime(self.shown)


@dataclass(slots=True)
class Outing:
    """``lacks`` is what all its words agree on; ``None`` while nobody spoke; ``torn`` when they contradict."""

    readings: list[Reading]
    lacks: float | None = None
    decided: bool = False
    torn: bool = False

    @property
    def since(self) -> str:
        return self.readings[0].shown

    @property
    def until(self) -> str:
        return self.readings[-1].shown


def outings_of(readings: Iterable[Reading]) -> list[Outing]:
    """The outings of one camera, each with what is known of its clock; those whose counters are far apart are two."""
    runs: list[list[Reading]] = []
    for reading in readings:
        if not runs or (reading.at - runs[-1][-1].at).total_seconds() > PAUSE:
            runs.append([])
        runs[-1].append(reading)
    return [part for run in runs for cut in _by_counter(run) for part in _judged(Outing(cut))]


def _by_counter(run: list[Reading]) -> list[list[Reading]]:
    numbers = sorted({reading.number for reading in run if reading.number is not None})
    ends = [low for low, high in pairwise(numbers) if high - low > COUNTER_GAP]
    if not ends:
        return [run]
    parts: dict[int | None, list[Reading]] = {}
    for reading in run:
        number = reading.number
        key = None if number is None else sum(number > end for end in ends)
        parts.setdefault(key, []).append(reading)
    return list(parts.values())


def _judged(outing: Outing) -> list[Outing]:
    """The outing with what its words agree on; cut in two where the clock was put right (or wrong) on the way."""
    decided = {reading.decided for reading in outing.readings if reading.decided is not None}
    if decided:  # a person's word stands; what it leaves out is looked at by itself
        said = [reading for reading in outing.readings if reading.decided is not None]
        rest = [reading for reading in outing.readings if reading.decided is None]
        lacks = max(decided, key=abs)
        return [Outing(said, lacks, decided=True), *(_judged(Outing(rest)) if rest else [])]
    words = _words(outing.readings)
    steps: list[tuple[int, int, float]] = []  # from which reading to which all words say the same
    for place, lacks in words:
        if steps and abs(steps[-1][2] - lacks) <= TWINS:
            steps[-1] = (steps[-1][0], place, steps[-1][2])
        else:
            steps.append((place, place, lacks))
    if len(steps) <= 1:
        outing.lacks = steps[0][2] if steps else None
        return [outing]
    if len({step[2] for step in steps}) < len(steps):  # it goes to and fro: no clock does
        outing.torn = True
        return [outing]
    parts, start = [], 0
    for (_, last, lacks), (first, _, _) in pairwise(steps):
        # people put a clock right in a break
        cut = max(range(last, first), key=lambda at: outing.readings[at + 1].at - outing.readings[at].at) + 1
        parts.append(Outing(outing.readings[start:cut], lacks))
        start = cut
    return [*parts, Outing(outing.readings[start:], steps[-1][2])]


def _words(readings: Sequence[Reading]) -> list[tuple[int, float]]:
    """Which readings (by place) another clock speaks of in earnest, and by how much it says the clock lacked."""
    told = [(at, each.lacks, each.told_by or "") for at, each in enumerate(readings) if each.lacks is not None]
    found = []
    strong = sorted(lacks for _, lacks, teller in told if teller in STRONG)
    weak: dict[float, list[int]] = {}
    for at, lacks, teller in told:
        exact = _as_people_err(lacks, SAME_MINUTE if teller == "scene" else TWINS)
        if teller not in STRONG:
            # a copy's date may have been made out of this very reading, so that it agrees says nothing
            if exact is not None and (exact or teller != "copy"):
                weak.setdefault(exact, []).append(at)
        elif abs(lacks) < DRIFT:
            found.append((at, 0.0))
        elif lacks % QUARTER == 0 or bisect_right(strong, lacks + TWINS) - bisect_left(strong, lacks - TWINS) > 1:
            found.append((at, lacks))
    for lacks, places in weak.items():  # two frames of a burst are one scene
        if apart(readings[places[0]].shown, readings[places[-1]].shown) >= DRIFT:
            found += [(at, lacks) for at in places]
    return sorted(found)


def _as_people_err(lacks: float, slack: float) -> float | None:
    """*lacks* as a number of half hours or of days, when it is one but for *slack* seconds."""
    for step, most in ((1800, ZONES), (86400, YEARS)):
        exact = round(lacks / step) * step
        if abs(lacks - exact) <= slack and abs(exact) <= most:
            return float(exact)
    return None


def apart(earlier: str, later: str) -> float:
    return (as_datetime(later) - as_datetime(earlier)).total_seconds()
