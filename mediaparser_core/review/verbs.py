"""Check what a person decided and write it the one way it is stored; carry it as JSON.

========== ============================ ==============================================================================
verb       subject                      value
========== ============================ ==============================================================================
keep       assets                       –
discard    assets                       –
set-date   assets                       a moment, stored as ``2019-05-04T12:00:03+02:00``, ``1994-07`` …
shift      cameras (:func:`camera_key`) seconds to add to its clock, stored as ``+3600``; typed as ``-1h``, ``+1d 2h`` …;
                                        for a part of its time line (what its clock showed) with the first and the last
                                        moment, ``-1h 2019-03-31..2019-05-04T12:00``; several parts with commas between
tag, untag assets                       one tag
same       two or more assets           –
different  two or more assets           –
accept     assets                       what was suggested, as :func:`accept_dates` or :func:`accept_group` write it;
                                        of dates perhaps with the cause for which it holds of later files, too
undo       (what the other was about)   the ``request_id`` taken back, stored in ``undoes``
========== ============================ ==============================================================================
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from mediaparser_core import dates
from mediaparser_core.errors import DecisionError
from mediaparser_core.names import clean_text
from mediaparser_core.records import Decision

VERBS: Final = ("keep", "discard", "set-date", "shift", "tag", "untag", "same", "different", "accept", "undo")

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHIFT = re.compile(r"\s*([+-]?)\s*((?:\d{1,10}(?:\.\d{1,3})?\s*[dhms]?\s*){1,8})", re.ASCII | re.IGNORECASE)
_SHIFT_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([dhms]?)", re.ASCII | re.IGNORECASE)
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST_SHIFT: Final = 100 * 366 * 86400  # nobody's clock is off by more than a century
_LONGEST_SHIFTS: Final = 100_000  # characters: a camera with a thousand mistakes in its life
_PAIRED_AT_ONCE: Final = 100  # assets in one same/different: the pairs grow with the square
_LONGEST_TAG: Final = 200
_LONGEST_LINE: Final = 200
_LONGEST_CAUSE: Final = 1000


def camera_key(make: str | None, model: str | None, serial: str | None) -> str:
    """The name of a camera in decisions, ``make|model|serial``; empty where the camera does not say."""
    return "|".join(clean_text(part or "", limit=100).replace("|", "/") for part in (make, model, serial))


def make(
    verb: str, subject: Sequence[str], value: str | None, actor: str, at: str, request_id: str | None = None
) -> Decision:
    """A decision that makes sense, its value written the one way it is stored.

    *at* is an ISO 8601 time; *request_id* names the decision for ever (a second one of that name is the same decision).
    Raises :class:`DecisionError` with what is wrong and what would be right.
    """
    if verb not in VERBS:
        raise DecisionError(f"there is no verb '{_shown(verb)}'; say one of {', '.join(VERBS)}")
    named = tuple(dict.fromkeys(_subject(verb, name) for name in subject))
    if not named and verb != "undo":
        raise DecisionError(f"'{verb}' needs to know what it is about: give at least one SHA-256")
    if verb in ("same", "different") and len(named) < 2:
        raise DecisionError(f"'{verb}' compares pictures: give at least two different ones")
    if verb in ("same", "different") and len(named) > _PAIRED_AT_ONCE:
        raise DecisionError(f"'{verb}' takes at most {_PAIRED_AT_ONCE} pictures at once, not {len(named)}")
    stored = None if verb == "undo" else _value(verb, value, named)
    if verb == "set-date" and stored is not None:
        _check_has_begun(stored, at)
    return Decision(
        request_id=_one_line(uuid.uuid4().hex if request_id is None else request_id, "request id"),
        verb=verb,
        subject=named,
        value=stored,
        actor=_one_line(actor, "actor"),
        at=_time(at),
        undoes=_one_line(value, "decision to undo") if verb == "undo" else None,
    )


def _shown(text: object) -> str:
    return clean_text(text, limit=80)


def _one_line(text: object, what: str) -> str:
    if not isinstance(text, str) or not text or clean_text(text, limit=_LONGEST_LINE) != text:
        raise DecisionError(f"the {what} must be one short line of text, not '{_shown(text)}'")
    return text


def _subject(verb: str, name: str) -> str:
    if not isinstance(name, str):
        raise DecisionError(f"'{verb}' is about text keys, not '{_shown(name)}'")
    if verb in ("shift", "undo") and name.count("|") == 2 and name != "||" and clean_text(name, limit=400) == name:
        return name
    if verb == "shift":
        raise DecisionError(f"'shift' is about a camera, 'make|model|serial', not '{_shown(name)}'")
    if not _SHA256.fullmatch(name.lower()):
        raise DecisionError(f"'{_shown(name)}' is not a SHA-256 (64 hexadecimal digits)")
    return name.lower()


def _time(at: str) -> str:
    try:
        datetime.fromisoformat(at)
    except (TypeError, ValueError):
        raise DecisionError(f"'{_shown(at)}' is not a time like 2024-05-01T10:00:00Z") from None
    return at


def _value(verb: str, value: str | None, subject: Sequence[str]) -> str | None:
    """The value as it is stored."""
    if verb == "set-date":
        return _date(value)
    if verb == "shift":
        return _shift(value)
    if verb in ("tag", "untag"):
        tag = clean_text("" if value is None else value, limit=_LONGEST_TAG)
        if not tag:
            raise DecisionError(f"'{verb}' needs a word to {verb} with")
        return tag
    if verb == "accept":
        return _accepted(value, subject)
    if value:
        raise DecisionError(f"'{verb}' takes no value, not '{_shown(value)}'")
    return None


def split_offset(text: str) -> tuple[str, str | None]:
    """``"2019-05-04T12:00:03+02:00"`` as moment and offset; the offset is ``None`` where there is none."""
    day, mark, time = text.partition("T")
    at = max(time.find("+"), time.find("-"))
    return (day + mark + time[:at], time[at:]) if at >= 0 else (text, None)


def _date(text: object) -> str:
    """Words as a moment with its offset; what is stored already stays as it is."""
    if isinstance(text, str):
        moment, offset = split_offset(text)
        try:
            dates.precision_of(moment)
            return moment + (dates.format_offset(dates.offset_minutes(offset)) if offset else "")
        except ValueError:
            found = dates.parse_words(text)
            if found is not None:
                return found.value + (found.utc_offset if found.utc_offset and "T" in found.value else "")
    raise DecisionError(f"'{_shown(text)}' is not a date; say '2019-05-04 12:00:03', '1994-07', 'summer 1994' …")


def _check_has_begun(value: str, at: str) -> None:
    """Nobody takes a picture tomorrow; but somewhere it is tomorrow already."""
    decided = datetime.fromisoformat(_time(at))
    today = decided.astimezone(UTC).replace(tzinfo=None) if decided.tzinfo else decided
    if dates.as_datetime(split_offset(value)[0]) > today + timedelta(days=1):
        raise DecisionError(f"'{_shown(value)}' is in the future; no picture was taken then")


@dataclass(frozen=True, slots=True)
class ClockShift:
    """Seconds to add to what a camera's clock showed from ``since`` until ``until`` (moments in text, both included;
    ``None``: from the beginning, for ever)."""

    seconds: float
    since: str | None = None
    until: str | None = None

    @property
    def unbounded(self) -> bool:
        return self.since is None and self.until is None

    def holds(self, reading: str) -> bool:
        """Whether it is about the time at which the clock showed *reading*."""
        if self.since is not None and reading < self.since:
            return False
        return self.until is None or reading <= self.until or dates.covers(self.until, reading)

    def __str__(self) -> str:
        span = "" if self.unbounded else f" {self.since or ''}..{self.until or ''}"
        return _signed(self.seconds) + span


def shifts_of(value: str) -> tuple[ClockShift, ...]:
    """What a stored ``shift`` says. Raises :class:`DecisionError` for what nobody stored."""
    return tuple(_piece(part) for part in value.split(","))


def _shift(text: str | None) -> str:
    if not isinstance(text, str) or len(text) > _LONGEST_SHIFTS:
        raise DecisionError(f"'{_shown(text)}' is not a shift; say '+3600', '-1h' or '+1d 2h'")
    pieces = shifts_of(text)
    if len(pieces) > 1 and any(piece.unbounded for piece in pieces):
        raise DecisionError("of several shifts each needs to say from when until when, like '-1h 2019-03..2019-05'")
    return ", ".join(str(piece) for piece in pieces)


def _piece(text: str) -> ClockShift:
    """One shift, with its interval where it has one."""
    words = text.split()
    if not words or ".." not in words[-1]:
        return ClockShift(_seconds(text))
    since, _, until = words[-1].partition("..")
    for moment in (since, until):
        try:
            dates.precision_of(moment or "1994")
        except ValueError:
            raise DecisionError(f"'{_shown(moment)}' is not a moment like 2019-05-04T12:00:03, 2019-05 …") from None
    if since and until and not (since <= until or dates.covers(until, since)):
        raise DecisionError(f"'{_shown(words[-1])}' ends before it begins")
    return ClockShift(_seconds(" ".join(words[:-1])), since or None, until or None)


def _seconds(text: str) -> float:
    match = _SHIFT.fullmatch(text) if isinstance(text, str) and len(text) <= 80 else None
    if match is None:
        raise DecisionError(f"'{_shown(text)}' is not a shift; say '+3600', '-1h' or '+1d 2h'")
    seconds = sum(float(number) * _SECONDS[unit.lower()] for number, unit in _SHIFT_PART.findall(match[2]))
    if seconds > _LONGEST_SHIFT:
        raise DecisionError(f"'{_shown(text)}' shifts by more than a century")
    return -seconds if match[1] == "-" else seconds


def _signed(seconds: float) -> str:
    number = f"{abs(seconds):.3f}".rstrip("0").rstrip(".")
    return ("-" if seconds < 0 else "+") + number


def _accepted(value: str | None, subject: Sequence[str]) -> str:
    try:
        document = json.loads(value or "")
    except (ValueError, RecursionError, TypeError):
        document = None
    about = set(subject)
    match document:
        case {"date": dict(given), **rest} if not rest and given and given.keys() <= about:
            return accept_dates({sha: split_offset(_date(text)) for sha, text in given.items()})
        case {"date": dict(given), "always": {"doubt": str(doubt), "camera": str(camera), **more}, **rest} if (
            not rest and not more and doubt and given and given.keys() <= about
        ):
            cause = clean_text(doubt, limit=_LONGEST_CAUSE), clean_text(camera, limit=_LONGEST_LINE)
            if cause == (doubt, camera):
                return accept_dates({sha: split_offset(_date(text)) for sha, text in given.items()}, always=cause)
        case {"keep": str(keep), "discard": list(discard), **rest} if not rest and keep in about:
            others = {sha for sha in discard if isinstance(sha, str)} & about - {keep}
            if discard and len(others) == len(discard):
                return accept_group(keep, others)
    raise DecisionError("'accept' records what was accepted: the dates, or the picture to keep and those to discard")


def accept_dates(chosen: Mapping[str, tuple[str, str | None]], *, always: tuple[str, str] | None = None) -> str:
    """The value of an ``accept`` of dates: for each asset a moment and its offset.

    With *always*, a cause of doubt (:func:`~mediaparser_core.review.questions.shared_cause`), what is suggested for that
    cause holds for files that come later, too. The cause is text, so that it means the same in another library.
    """
    document: dict[str, Any] = {"date": {sha: moment + (offset or "") for sha, (moment, offset) in chosen.items()}}
    if always is not None:
        document["always"] = {"doubt": always[0], "camera": always[1]}
    return _json(document)


def accept_group(keep: str, discard: Iterable[str]) -> str:
    """The value of an ``accept`` of a group: the asset that stays and those that go."""
    return _json({"discard": sorted(set(discard)), "keep": keep})


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"), sort_keys=True)


def portable(decision: Decision) -> dict[str, Any]:
    """A decision as a JSON object, for JSON Lines files."""
    return {
        "request_id": decision.request_id,
        "verb": decision.verb,
        "subject": list(decision.subject),
        "value": decision.value,
        "actor": decision.actor,
        "at": decision.at,
        "undoes": decision.undoes,
    }


def from_portable(document: Mapping[str, Any]) -> Decision:
    """The decision that :func:`portable` wrote. Raises :class:`DecisionError` for anything else."""
    match document:
        case {
            "request_id": str(request_id),
            "verb": str(verb),
            "subject": list(subject),
            "actor": str(actor),
            "at": str(at),
        }:
            value = document.get("undoes") if verb == "undo" else document.get("value")
            if value is None or isinstance(value, str):
                return make(verb, subject, value, actor, at, request_id)
    raise DecisionError(
        "this is not a decision: it needs request_id, verb, subject, actor and at, and text for a value"
    )
