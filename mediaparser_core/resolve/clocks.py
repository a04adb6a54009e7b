"""The clock detective: find out when a camera's clock was wrong, and by how much, from files whose time is known better.

A camera without a network shows what somebody set once, and forgets it with its battery. Where another clock speaks of
one of its pictures (satellites, Google, a copy that kept another date, a phone that stood beside it), the difference
says by how much the camera's clock lacked; and a clock that was an hour slow at noon was an hour slow all afternoon. So
the pictures of a camera are taken in *outings*, runs without a long pause whose counter goes on, and each outing is as
right or as wrong as the clocks that speak of it.

Nothing is ever moved by this: a :class:`Piece` is an offer that somebody may accept. A camera of which no other clock
speaks is left alone. Of one that was wrong often, the outings of which nobody speaks are *unchecked*.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Final, NamedTuple

from mediaparser_core.dates import as_datetime

PAUSE: Final = 12 * 3600.0  # seconds without a picture that end an outing
COUNTER_GAP: Final = 500  # numbers; two cameras of one model, or two cards, are that far apart
BRIDGE: Final = 60 * 86400.0  # seconds; an error found before and after outings holds for what lies between
TWINS: Final = 2.0  # seconds between two clocks that agree
DRIFT: Final = 60.0  # seconds that a clock may be off without anybody minding
SAME_MINUTE: Final = 90.0  # … when two people shot the same thing one after the other
QUARTER: Final = 900  # seconds: what people set wrong are hours, days and zones
ZONES: Final = 14 * 3600  # seconds; two zones are not further apart, nor morning and afternoon
YEARS: Final = 2 * 366 * 86400  # seconds that a copy or a phone beside it may speak of
OFTEN: Final = 0.05  # share of its outings at which a clock was off: what nobody checked is doubted then, for it may be
HALF_A_DAY: Final = 6 * 3600.0  # another day; being off by less counts half

# One word of these is enough where it differs by an exact number of quarters of an hour. Of the others (a copy may have
# been dated by anything, and scenes come again) two must agree, in hours or whole days, about different moments.
STRONG: Final = ("gps", "takeout")

_ERRORS: Final = {
    3600.0: "the change between summer and winter time",
    43200.0: "morning and afternoon mixed up",
    365 * 86400.0: "the wrong year",
    366 * 86400.0: "the wrong year",
}


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


@dataclass(frozen=True, slots=True)
class Piece:
    """From ``since`` until ``until`` (as the camera showed it) its clock lacked ``seconds``: ``files`` pictures.

    ``tellers`` counts who says so: of the pictures, how many are told by ``gps``, ``takeout``, ``copy``, ``scene``.
    Without any it is an outing that nobody checked, of a camera that is not to be trusted.
    """

    since: str
    until: str
    seconds: float
    files: int
    tellers: Mapping[str, int]

    @property
    def confidence(self) -> float:
        if not self.tellers:
            return 0.0
        strong = sum(self.tellers.get(name, 0) for name in STRONG)
        return 0.95 if self.tellers.get("gps") or strong > 2 else 0.9 if strong > 1 else 0.8

    @property
    def kind(self) -> str:
        """What may have happened, in a few words."""
        if not self.tellers:
            return "unchecked"
        seconds = abs(self.seconds)
        if self.since[4:10] == "-01-01" and seconds > 31 * 86400:
            return "the battery was empty and the clock began anew"
        is_zone = seconds <= ZONES and seconds % QUARTER == 0
        other = (
            "the wrong day" if seconds % 86400 == 0 else "the time of another zone" if is_zone else "a clock set wrong"
        )
        return _ERRORS.get(seconds, other)


@dataclass(frozen=True, slots=True)
class Findings:
    """``pieces`` that should be moved, and then those that are ``unchecked``; ``states`` has ``right``, ``off`` or
    ``unchecked`` by SHA-256, with the seconds of what is off."""

    pieces: tuple[Piece, ...] = ()
    states: Mapping[str, tuple[str, float]] = field(default_factory=dict)


@dataclass(slots=True)
class _Outing:
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


def inspect(readings: Iterable[Reading]) -> Findings:
    """What is known about one camera's clock. *readings* are all its pictures, in the order in which it showed them."""
    outings = [part for outing in _outings(readings) for part in _judged(outing)]
    _bridge(outings)
    pieces: list[Piece] = []
    for outing in _runs(outings):
        if outing.lacks and not outing.decided:
            piece = _piece(outing, outings)
            if piece is None:
                outing.torn = True
            else:
                pieces.append(piece)
    states = _states(outings, [(piece.since, piece.until) for piece in pieces])
    for outing in outings:
        if states.get(outing.readings[0].sha256, ("",))[0] == "unchecked":
            pieces.append(Piece(outing.since, outing.until, 0.0, len(outing.readings), {}))
    return Findings(tuple(pieces), states)


def _outings(readings: Iterable[Reading]) -> list[_Outing]:
    """Runs without a long pause, and apart from each other those whose counters are far apart."""
    runs: list[list[Reading]] = []
    for reading in readings:
        if not runs or (reading.at - runs[-1][-1].at).total_seconds() > PAUSE:
            runs.append([])
        runs[-1].append(reading)
    return [_Outing(part) for run in runs for part in _by_counter(run)]


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


def _judged(outing: _Outing) -> list[_Outing]:
    """The outing with what its words agree on; cut in two where the clock was put right (or wrong) on the way."""
    decided = {reading.decided for reading in outing.readings if reading.decided is not None}
    if decided:  # a person's word stands; what it leaves out is looked at by itself
        said = [reading for reading in outing.readings if reading.decided is not None]
        rest = [reading for reading in outing.readings if reading.decided is None]
        lacks = max(decided, key=abs)
        return [_Outing(said, lacks, decided=True), *(_judged(_Outing(rest)) if rest else [])]
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
        parts.append(_Outing(outing.readings[start:cut], lacks))
        start = cut
    return [*parts, _Outing(outing.readings[start:], steps[-1][2])]


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
        if _apart(readings[places[0]].shown, readings[places[-1]].shown) >= DRIFT:
            found += [(at, lacks) for at in places]
    return sorted(found)


def _as_people_err(lacks: float, slack: float) -> float | None:
    """*lacks* as a number of half hours or of days, when it is one but for *slack* seconds."""
    for step, most in ((1800, ZONES), (86400, YEARS)):
        exact = round(lacks / step) * step
        if abs(lacks - exact) <= slack and abs(exact) <= most:
            return float(exact)
    return None


def _bridge(outings: Sequence[_Outing]) -> None:
    """What lies between two outings with the same error, not too far apart, has it as well."""
    last: _Outing | None = None
    silent: list[_Outing] = []
    for outing in sorted(outings, key=lambda each: each.since):
        if outing.torn or outing.decided:
            last, silent = None, []
        elif outing.lacks is None:
            silent.append(outing)
        else:
            if last and last.lacks == outing.lacks and _apart(last.until, outing.since) <= BRIDGE:
                for each in silent:
                    each.lacks = outing.lacks
            last, silent = outing, []


def _apart(earlier: str, later: str) -> float:
    return (as_datetime(later) - as_datetime(earlier)).total_seconds()


def _runs(outings: Sequence[_Outing]) -> list[_Outing]:
    """Outings that follow each other with the same error, as one; the readings of each stay in order."""
    runs: list[_Outing] = []
    for outing in sorted(outings, key=lambda each: each.since):
        last = runs[-1] if runs else None
        alike = last and not (last.torn or outing.torn or last.decided or outing.decided) and last.lacks == outing.lacks
        if last and alike and outing.lacks is not None and _apart(last.until, outing.since) <= BRIDGE:
            runs[-1] = _Outing(sorted(last.readings + outing.readings, key=lambda each: each.shown), last.lacks)
        else:
            runs.append(_Outing(outing.readings, outing.lacks, outing.decided, outing.torn))
    return runs


def _piece(run: _Outing, outings: Sequence[_Outing]) -> Piece | None:
    """The offer for *run*; ``None`` when other pictures of its days are known to be right, or may be."""
    inside = {reading.sha256 for reading in run.readings}
    for other in outings:
        if other.since > run.until or other.until < run.since:
            continue
        if any(r.sha256 not in inside and run.since <= r.shown <= run.until for r in other.readings):
            return None
    tellers = Counter(
        reading.told_by
        for reading in run.readings
        if reading.told_by and reading.lacks is not None and abs(reading.lacks - (run.lacks or 0.0)) <= SAME_MINUTE
    )
    return Piece(run.since, run.until, run.lacks or 0.0, len(run.readings), tellers)


def _states(outings: Sequence[_Outing], offered: Sequence[tuple[str, str]]) -> dict[str, tuple[str, float]]:
    known = [outing for outing in outings if outing.lacks is not None]
    off = [abs(outing.lacks) for outing in known if outing.lacks]
    weight = sum(1.0 if seconds >= HALF_A_DAY else 0.5 for seconds in off)
    often = bool(off) and (weight + 0.5) / (len(known) + 1) > OFTEN
    found: dict[str, tuple[str, float]] = {}
    for outing in outings:
        lacks = outing.lacks
        if outing.decided:
            continue
        if lacks == 0 and not outing.torn:
            state = "right"
        elif lacks and any(since <= outing.since and outing.until <= until for since, until in offered):
            state = "off"
        elif often or outing.torn or lacks:
            state = "unchecked"
        else:
            continue
        found |= {reading.sha256: (state, (lacks or 0.0) if state == "off" else 0.0) for reading in outing.readings}
    return found
