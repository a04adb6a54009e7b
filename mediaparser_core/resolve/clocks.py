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

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from mediaparser_core.resolve.outings import QUARTER, SAME_MINUTE, STRONG, ZONES, Outing, Reading, apart, outings_of

BRIDGE: Final = 60 * 86400.0  # seconds; an error found before and after outings holds for what lies between
OFTEN: Final = 0.05  # share of its outings at which a clock was off: what nobody checked is doubted then, for it may be
HALF_A_DAY: Final = 6 * 3600.0  # another day; being off by less counts half

_ERRORS: Final = {
    3600.0: "the change between summer and winter time",
    43200.0: "morning and afternoon mixed up",
    365 * 86400.0: "the wrong year",
    366 * 86400.0: "the wrong year",
}


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


def inspect(readings: Iterable[Reading]) -> Findings:
    """What is known about one camera's clock. *readings* are all its pictures, in the order in which it showed them."""
    found = outings_of(readings)
    _bridge(found)
    pieces: list[Piece] = []
    for outing in _runs(found):
        if outing.lacks and not outing.decided:
            piece = _piece(outing, found)
            if piece is None:
                outing.torn = True
            else:
                pieces.append(piece)
    states = _states(found, [(piece.since, piece.until) for piece in pieces])
    for outing in found:
        if states.get(outing.readings[0].sha256, ("",))[0] == "unchecked":
            pieces.append(Piece(outing.since, outing.until, 0.0, len(outing.readings), {}))
    return Findings(tuple(pieces), states)


def _bridge(outings: Sequence[Outing]) -> None:
    """What lies between two outings with the same error, not too far apart, has it as well."""
    last: Outing | None = None
    silent: list[Outing] = []
    for outing in sorted(outings, key=lambda each: each.since):
        if outing.torn or outing.decided:
            last, silent = None, []
        elif outing.lacks is None:
            silent.append(outing)
        else:
            if last and last.lacks == outing.lacks and apart(last.until, outing.since) <= BRIDGE:
                for each in silent:
                    each.lacks = outing.lacks
            last, silent = outing, []


def _runs(outings: Sequence[Outing]) -> list[Outing]:
    """Outings that follow each other with the same error, as one; the readings of each stay in order."""
    runs: list[Outing] = []
    for outing in sorted(outings, key=lambda each: each.since):
        last = runs[-1] if runs else None
        alike = last and not (last.torn or outing.torn or last.decided or outing.decided) and last.lacks == outing.lacks
        if last and alike and outing.lacks is not None and apart(last.until, outing.since) <= BRIDGE:
            runs[-1] = Outing(sorted(last.readings + outing.readings, key=lambda each: each.shown), last.lacks)
        else:
            runs.append(Outing(outing.readings, outing.lacks, outing.decided, outing.torn))
    return runs


def _piece(run: Outing, outings: Sequence[Outing]) -> Piece | None:
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


def _states(outings: Sequence[Outing], offered: Sequence[tuple[str, str]]) -> dict[str, tuple[str, float]]:
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
