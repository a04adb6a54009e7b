"""How the date of a picture was chosen: every claim in plain words, on one axis of time."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple

from mediaparser_core.records import Evidence
from mediaparser_core.resolve.evidence import read
from mediaparser_core.resolve.kinds import KINDS
from mediaparser_core.settings import Settings
from mediaparser_core.web import words
from mediaparser_core.web.date_options import Option

MOST = 40  # claims on a page; hostile files make thousands
_LEAST_SPAN = 2.0  # days: less than that apart is one place on the axis
_WHOLE_SECONDS = 19  # characters of a moment without its fraction
_OTHERS: Final = {"icc": "the colour profile"}
_MOMENT = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?(?:T(\d\d)(?::(\d\d))?(?::(\d\d))?)?.*", re.ASCII)
_ZONE_TOLD: Final = {  # how the rule ends, and what that means
    "zone by position": "its position tells", "zone by neighbours": "pictures of the same trip tell",
    "zone by longitude": "only its longitude hints at it", "zone assumed": "assumed from where you live",
    "zone by gps:DateTime": "the satellites' time tells",
}  # fmt: skip


class Line(NamedTuple):
    """One claim: who says it, what the catalog calls that, to the letter, what became of it, in which file."""

    says: str
    source: str
    raw: str
    reason: str
    path: str


@dataclass(slots=True)
class Said:
    """Claims that name the same moment and count (or do not count) alike. ``x`` and ``width`` are per cent of the axis,
    ``x`` is ``None`` where nothing can be read; ``use`` is the value of a decision for it, empty where that holds already."""

    moment: str
    offset: str
    accepted: bool
    decides: bool
    use: str
    x: float | None = None
    width: float = 0.0
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Choosing:
    """What was said, the chosen moment on its axis, and the two ends of the axis in words."""

    said: list[Said]
    claims: int
    left_out: int
    x: float | None
    width: float
    begins: str
    ends: str


def choosing(
    row: Mapping[str, Any], claims: Sequence[Mapping[str, Any]], evidence: Evidence | None, heard: Mapping[str, Option],
    source: str | None, settings: Settings,
) -> Choosing:  # fmt: skip
    """*row* is the picture as it is now; *claims* and *evidence* have the same claims in the same order; *heard* is what
    each source means as wall time; *source* is the one that decided when the date was derived."""
    kinds = [word.kind for word in read(evidence, settings, date.today())] if evidence else []
    decided, taken = row["rule"] in ("decided", "standing"), (row["taken_at"] or "")[:_WHOLE_SECONDS]
    found: dict[tuple[str, bool], Said] = {}
    near: list[str] = [row["taken_at"] or ""]  # moments the axis is made for
    for at, claim in enumerate(claims[:MOST]):
        kind = kinds[at] if at < len(kinds) else ""
        option = heard.get(claim["source"])
        moment, offset = (option.moments.get(row["sha256"]) if option and claim["value"] else None) or (
            claim["value"] or "", claim["utc_offset"],
        )  # fmt: skip
        accepted, reads = bool(claim["accepted"]), _days(moment) is not None
        use = moment + (offset or "" if "T" in moment else "")
        said = found.setdefault(
            (moment[:_WHOLE_SECONDS] if reads else "", accepted),
            Said(moment if reads else "", offset or "", accepted, False,
                 use if reads and moment[:_WHOLE_SECONDS] != taken else ""),
        )  # fmt: skip
        decides = accepted and not decided and claim["source"] == source
        line = Line(
            _who(kind, claim["source"]), claim["source"], claim["raw"] or "", claim["reason"] or "", claim["path"] or ""
        )
        said.lines.insert(0 if decides else len(said.lines), line)
        said.decides = said.decides or decides
        if kind != "disk" and not claim["source"].startswith("icc:"):  # they would press all others together
            near.append(moment)
    if source and not decided and row["taken_at"] and not any(claim["source"] == source for claim in claims):
        # what decides is not in the file, but was found by comparing it with others
        found[row["taken_at"], True] = Said(row["taken_at"], row["utc_offset"] or "", True, True, "", lines=[
            Line(_who(source, source), source, "", "it dates the picture", "")])  # fmt: skip
    axis = _Axis.of(near)
    every = sorted(found.values(), key=lambda each: (not each.decides, not each.accepted, not each.moment, each.moment))
    for each in every:
        each.x, each.width = axis.place(each.moment)
    begins, ends = (_day(day) for day in (axis.low, axis.high))
    return Choosing(every, len(claims), max(0, len(claims) - MOST), *axis.place(row["taken_at"] or ""), begins, ends)


class _Axis(NamedTuple):
    """Days from the first to the last moment, drawn from 0 to 100."""

    low: float
    high: float

    @classmethod
    def of(cls, moments: Sequence[str]) -> _Axis:
        spans = [span for moment in moments if (span := _days(moment))]
        low, high = min((a for a, _ in spans), default=0.0), max((b for _, b in spans), default=0.0)
        return cls(low - _LEAST_SPAN, high + _LEAST_SPAN) if high - low < _LEAST_SPAN else cls(low, high)

    def place(self, moment: str) -> tuple[float | None, float]:
        """Where a moment begins and how wide it is; what lies beyond an end is put there."""
        span = _days(moment)
        if span is None:
            return None, 0.0
        x, end = (min(98.0, max(2.0, 2 + 96 * (day - self.low) / (self.high - self.low))) for day in span)
        return round(x, 2), round(end - x, 2)


def _who(kind: str, source: str) -> str:
    """Who says it, as people call it."""
    says = _OTHERS.get(source.partition(":")[0]) or (KINDS[kind].says if kind in KINDS else source)
    return says[:1].upper() + says[1:]


def zone_in_words(row: Mapping[str, Any]) -> str:
    """What is known about the time zone: "2 hours ahead of world time (UTC+02:00), its position tells"."""
    if not row["taken_at"] or "T" not in row["taken_at"]:
        return ""
    offset = row["utc_offset"]
    if not offset:
        return "Not known: this is what a clock on the wall showed."
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    apart = ", ".join(words.number(n, unit) for n, unit in ((hours, "hour"), (minutes, "minute")) if n)
    text = f"{apart} {'ahead of' if offset[0] == '+' else 'behind'} world time" if apart else "World time"
    how = next((says for ending, says in _ZONE_TOLD.items() if (row["rule"] or "").endswith(ending)), "")
    return f"{text} (UTC{offset})" + (f"; {how}" if how else "")


def _days(moment: str) -> tuple[float, float] | None:
    """The first and the last moment it can mean, in days."""
    found = _MOMENT.fullmatch(moment)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) if part else None for part in found.groups())
    if not year or (month is not None and not 1 <= month <= 12):
        return None
    try:
        start = (
            date(year, month or 1, day or 1).toordinal()
            + ((hour or 0) + (minute or 0) / 60 + (second or 0) / 3600) / 24
        )
    except ValueError:
        return None
    if month is None:
        return float(start), float(start + 365)
    if day is None:
        return float(start), float(start + calendar.monthrange(year, month)[1])
    return start, start if hour is not None else start + 1.0


def _day(day: float) -> str:
    try:
        return words.when(date.fromordinal(int(day)).isoformat())
    except (ValueError, OverflowError):
        return ""
