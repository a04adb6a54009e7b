"""Hold every claim against the answer, and say in plain words whether it agrees, copies or contradicts, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from mediaparser_core import dates, zones
from mediaparser_core.records import Evidence
from mediaparser_core.resolve.evidence import Word, preference
from mediaparser_core.resolve.kinds import KINDS
from mediaparser_core.resolve.wall import Answer, longitude, same_instant, windows
from mediaparser_core.settings import Settings

_TWINS: Final = 2.0  # seconds between two notes of one moment
_TRIP: Final = 31  # days that a folder named for its first day may go on
_SOON: Final = 5 * 365  # days
_GUESSED_WITHIN: Final = 5 * 366  # days by which a year may be wrong that somebody guessed
_ONE_DAY: Final = 86400.0
_WIDEST_ZONE: Final = 15 * 3600.0
_COPIES: Final = re.compile(
    r"back.?up|cop(y|ies)|export|import|takeout|archive|upload|download|restored?|old (laptop|phone|pc|disk)"
    r"|sicherung|kopie|sauvegarde|copia",
    re.IGNORECASE,
)
_STRENGTH: Final = {"second": "day", "minute": "day", "day": "day", "month": "month", "year": "year"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a word does to the answer. ``agrees`` and ``doubts`` name a weight of :mod:`~mediaparser_core.resolve`."""

    accepted: bool
    reason: str
    agrees: str | None = None
    doubts: str | None = None


def judge(word: Word, answer: Answer, evidence: Evidence, settings: Settings) -> Finding:
    """What becomes of *word* when *answer* stands."""
    if word.problem:
        return Finding(False, word.problem)
    if answer.word is not None and _identity(word) == _identity(answer.word):
        moved = ", moved because the camera's clock was off" if word.moved else ""
        return Finding(True, f"it dates the picture{moved}")
    if KINDS[word.kind].bound:
        return _bound(word, answer)
    if answer.word is not None and answer.word.moved and _says_unmoved(word, answer, evidence.shift):
        return Finding(True, "the same wrong clock: it says what the camera said before it was put right")
    if answer.off and _says_unmoved(word, answer, answer.off):
        doubts = "clock" if word.family == "embedded" else None
        return Finding(
            False, f"the camera's clock was {length(answer.off)} {'slow' if answer.off > 0 else 'fast'}", doubts=doubts
        )
    if word.began_anew and not _kin(word, answer) and abs(days_apart(word.value, answer.value)) > 1:
        return Finding(False, "the first hour of a year, as a camera shows whose clock was lost", doubts="clock")
    if word.utc:
        return _in_utc(word, answer, evidence, settings)
    if not word.timed or answer.precision not in ("second", "minute"):
        return _coarse(word, answer)
    return _local(word, answer)


def _identity(word: Word) -> tuple[str, str, str | None]:
    return word.claim.source, word.value, word.offset


def _kin(word: Word, answer: Answer) -> bool:
    """Whether the word comes from the same clock as the answer, so that agreeing proves nothing."""
    return answer.word is not None and word.family == answer.word.family


def _unless_kin(doubt: str, word: Word, answer: Answer) -> str | None:
    return None if _kin(word, answer) else doubt


def _agreeing(word: Word, answer: Answer, strength: str) -> Finding:
    if _kin(word, answer):
        return Finding(True, "the same date from the same clock: it counts once")
    return Finding(True, "agrees", agrees=strength)


def _says_unmoved(word: Word, answer: Answer, seconds: float) -> bool:
    """Whether a name or folder was made out of the camera's date before a person moved it."""
    before = dates.shift(answer.value, -seconds)
    if before is None or word.utc or word.moved or dates.covers(word.value, answer.value):
        return False
    apart = dates.difference(word.value, before)
    return abs(apart) <= _TWINS if apart is not None else dates.covers(word.value, before)


def length(seconds: float) -> str:
    """A time as people say it: ``1 hour``, ``365 days``, ``2 days 3 hours``."""
    rest, parts = round(abs(seconds)), []
    for name, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {name}{'s' if count > 1 else ''}")
    return " ".join(parts) or "nothing"


def _against(answer: Answer) -> str:
    return f"contradicted by {answer.word.claim.source}" if answer.word else "a person decided otherwise"


def days_apart(value: str, other: str) -> int:
    """Whole days between two intervals; 0 when they touch; positive when *value* is the later one."""
    first, last = _span(value)
    other_first, other_last = _span(other)
    if first > other_last:
        return first - other_last
    return last - other_first if last < other_first else 0


def _span(value: str) -> tuple[int, int]:
    """The first and the last day of *value*, counted from the year 1."""
    start = dates.as_datetime(value).date()
    if len(value) >= 10:
        return start.toordinal(), start.toordinal()
    following = start.replace(day=28) + timedelta(days=4) if len(value) == 7 and start.year < 9999 else None
    last = following.replace(day=1) - timedelta(days=1) if following else start.replace(month=12, day=31)
    return start.toordinal(), last.toordinal()


def scanned_soon(words: Sequence[Word], answer: Answer) -> bool:
    """Whether a scan was made so soon after the date of its folder that this may be the year of scanning."""
    made = [word.value for word in words if word.kind == "scanned" and not word.problem]
    return any(days_apart(day, answer.value) < _SOON for day in made)


def _bound(word: Word, answer: Answer) -> Finding:
    says = KINDS[word.kind].says
    if days_apart(word.value, answer.value) >= -1:  # a day's grace: zones, and parties that go on
        scan = word.kind == "scanned" and days_apart(word.value, answer.value) > 1
        return Finding(not scan, f"{says}, not of taking" if scan else f"{says}: not earlier than it was taken")
    if word.kind == "received":
        return Finding(False, f"it was received before this date; {_against(answer)}", doubts="bound")
    return Finding(False, f"{says} lies before this date, so some clock was wrong; {_against(answer)}")


def _coarse(word: Word, answer: Answer) -> Finding:
    coarser = min(word.value, answer.value, key=len)
    if word.guessed and abs(days_apart(word.value, answer.value)) <= _GUESSED_WITHIN:
        return Finding(True, "a guess, and not far from it")
    if dates.covers(word.value, answer.value) or dates.covers(answer.value, word.value):
        strength = _STRENGTH[dates.precision_of(coarser)]
        return _agreeing(word, answer, "folder day" if word.kind == "folder" and strength == "day" else strength)
    apart = days_apart(answer.value, word.value)
    if abs(apart) <= 1:
        return Finding(True, "a day off, as after midnight or in another zone")
    if word.kind in ("folder", "name day"):
        if 0 < apart <= _TRIP and word.precision == "day":
            return Finding(True, "the first day of some weeks that the date falls into")
        if apart < 0 and word.kind == "folder" and _COPIES.search(word.claim.raw):
            return Finding(False, "it says when copies were made, not when pictures were taken")
        return Finding(False, _against(answer), doubts="folder" if word.kind == "folder" else "source")
    return _other_day(word, answer)


def _other_day(word: Word, answer: Answer) -> Finding:
    """A local date of another day, not from a folder."""
    if word.kind == "digitized":
        return Finding(False, f"the time it was digitized or saved; {_against(answer)}")
    if word.kind == "capture" and answer.word is not None and answer.word.kind == "capture":
        return Finding(False, f"another date of taking; {_against(answer)}", doubts="copy")
    return Finding(False, _against(answer), doubts=_unless_kin("source", word, answer))


def _in_utc(word: Word, answer: Answer, evidence: Evidence, settings: Settings) -> Finding:
    home = zones.at_home(settings.timezone, word.value) or "+00:00"
    if answer.precision not in ("second", "minute"):
        there = dates.to_local(word.value, home) or word.value
        if dates.covers(answer.value, there):
            return _agreeing(word, answer, _STRENGTH[answer.precision])
        if abs(days_apart(there, answer.value)) <= 1:
            return Finding(True, "a day off, as in another zone")
        return Finding(False, _against(answer), doubts=_unless_kin("source", word, answer))
    if answer.utc and same_instant(word, answer.utc, evidence):
        if answer.word is not None and answer.word.offset:
            return _agreeing(word, answer, "moment")
        sure = answer.offset in (None, home) or zones.fits(answer.offset or home, longitude(evidence))
        return _agreeing(word, answer, "instant" if sure else "offset")
    if word.kind == "container" and same_instant(word, answer.value, evidence):
        strength = None if _kin(word, answer) else "day"
        return Finding(True, "the same time, written in local time instead of UTC", agrees=strength)
    apart = dates.difference(answer.value, word.value)
    if apart is None or abs(apart) > _WIDEST_ZONE:
        if _kin(word, answer):
            return Finding(False, f"the time this file was written; {_against(answer)}")
        return Finding(False, _against(answer), doubts="source")
    if answer.utc is None and zones.between(answer.value, word.value, windows(word, evidence)):
        return Finding(False, "so far from UTC is no zone near the place of taking", doubts="source")
    return Finding(False, "hours away from it, and no zone explains them", doubts=_unless_kin("hours", word, answer))


def _local(word: Word, answer: Answer) -> Finding:
    apart = abs(dates.difference(word.value, answer.value) or 0.0)
    slack = 60.0 if "minute" in (word.precision, answer.precision) else _TWINS
    utc = dates.to_utc(word.value, word.offset) if word.offset else None
    instant = abs(dates.difference(utc, answer.utc) or 0.0) if utc and answer.utc else None
    if apart <= slack or (instant is not None and instant <= slack):
        return _agreeing(word, answer, "moment")
    if word.value[:10] == answer.value[:10]:
        return _agreeing(word, answer, "day")
    if apart <= _WIDEST_ZONE and any(abs(apart - minutes * 60) <= slack for minutes in zones.REAL_OFFSETS):
        return Finding(True, "the same moment on a clock of another zone", doubts=_unless_kin("hours", word, answer))
    if apart <= _ONE_DAY and not _kin(word, answer):
        return Finding(False, f"hours away from it; {_against(answer)}", doubts="hours")
    return _other_day(word, answer)


def sentence(
    chosen: Word,
    zone: str,
    words: Sequence[Word],
    agreeing: Mapping[str, float],
    doubting: Mapping[str, tuple[float, str]],
    scan: bool,
) -> str:
    """Why, for a household member. No dates or names in it: pictures with one reason are one question."""
    known = sorted((word for word in words if not word.problem), key=preference, reverse=True)
    says = {word.family: KINDS[word.kind].says for word in known}
    parts = [f"{KINDS[chosen.kind].says} decides"]
    if scan:
        parts = [f"{parts[0]}: the camera date of a scan is the time of scanning"]
    elif KINDS[chosen.kind].bound:
        parts = [f"only {KINDS[chosen.kind].says} is known; it was taken then or earlier"]
    if chosen.moved:
        parts.append("moved, because the camera's clock was off")
    if zone:
        parts.append(zone)
    if agreeing:
        verb = "agree" if len(agreeing) > 1 else "agrees"
        parts.append(f"{_listed([says.get(family, family) for family in agreeing])} {verb}")
    for family, (_, why) in sorted(doubting.items()):
        parts.append(_doubt(why, says.get(family, family)))
    text = "; ".join(parts)
    return text[0].upper() + text[1:] + "."


def _doubt(why: str, says: str) -> str:
    return {
        "copy": "but there are two dates of taking",
        "bound": "but it was received before that",
        "reset": "but it is the first hour of a year, as a camera shows whose clock was lost",
        "hours": f"{says} is hours away",
        "clock": "the camera's clock was off",
        "off": "but other pictures show that the camera's clock was off then",
        "unchecked": "but this camera's clock was often off, and nothing shows that it was right then",
    }.get(why, f"but {says} says otherwise")


def _listed(names: Sequence[str]) -> str:
    found = sorted(set(names))
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}"
