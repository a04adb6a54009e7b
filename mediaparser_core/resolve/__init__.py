"""Turn claims into one date, its confidence and its reason: class decides, independent agreement convinces.

How sure we are, in numbers (nothing else in the program judges):

* It starts with the confidence of the class that decides (the table in :mod:`~mediaparser_core.resolve.kinds`).
* Each independent family that agrees removes a share of the doubt that is left (``AGREES``); a family counts once.
* A zone that nobody states caps the result (``ZONE_CAPS`` in :mod:`~mediaparser_core.resolve.wall`).
* Each family that contradicts multiplies (``CONTRADICTS``), forbids the level ``high`` and asks for review.
* Levels: ``high`` from 0.9, ``medium`` from 0.6, ``low`` above 0, ``none`` undated. ``low``, ``none`` and every
  contradiction wait for review.

Everything depends on the arguments alone, and not on the order of the claims.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from mediaparser_core import dates, zones
from mediaparser_core.records import Evidence, Level, Precision, Resolution, Verdict
from mediaparser_core.resolve.evidence import (
    DISK_SAYS,
    PHONE_CONFIDENCE,
    Word,
    from_phone,
    preference,
    read,
)
from mediaparser_core.resolve.kinds import KINDS
from mediaparser_core.resolve.verdicts import Finding, days_apart, judge, scanned_soon, sentence
from mediaparser_core.resolve.wall import Answer, place
from mediaparser_core.settings import Settings
from mediaparser_core.whereabouts import witness

AGREES: Final = {
    "moment": 0.80,  # to the second, on another clock
    "instant": 0.60,  # a time in UTC, a real and plausible offset away
    "offset": 0.20,  # … an offset that neither position nor household confirms
    "day": 0.50,
    "folder day": 0.20,  # folders are often made out of the dates they seem to confirm
    "month": 0.15,
    "year": 0.10,
    "clock": 0.50,  # pictures of the same outing prove that the camera's clock was right
}
CONTRADICTS: Final = {
    "source": 0.60,  # another clock, or the file's name, says another day
    "copy": 0.75,  # two dates of taking inside one file, or in its sidecar
    "folder": 0.80,
    "bound": 0.70,  # it was received before it was taken
    "reset": 0.70,  # the first hour of a year: what a camera shows after its battery died
    "hours": 0.90,  # the same day or the next, hours apart: less sure, but no question
    "clock": 0.90,  # the camera's clock was off, and another clock and the position tell by how much: no question
    "off": 0.45,  # other pictures of the outing say that the camera's clock was off: asked once for all of them
    "unchecked": 0.65,  # the camera's clock was off often enough at other times: asked once a camera
}
_NO_QUESTION: Final = frozenset({"hours", "clock"})
MOST_WITH_DOUBT: Final = 0.85
SCAN_CONFIDENCE: Final = 0.65  # a folder's year for a picture that was scanned
_WHOLE_SECONDS: Final = 19  # characters of a moment without its fraction
FORCED_UNREADABLE: Final = 0.50  # the most when a person wanted another date and we cannot read it


def resolve(evidence: Evidence, settings: Settings, today: date) -> Resolution:
    """One date for one asset. Never raises, whatever the claims say; the module says how it is chosen."""
    words = read(evidence, settings, today)
    usable = sorted((word for word in words if not word.problem), key=preference)
    if evidence.decided:
        answer = _decided(evidence.decided, evidence.decided_offset)
        return _settled(answer, words, evidence, settings, "A person decided it.")
    note = ""
    if evidence.forced:
        forced = sorted((word for word in usable if word.family == "name"), key=_forced_first)
        if forced:
            answer = replace(place(forced[0], usable, evidence, settings), rule="forced")
            return _settled(answer, words, evidence, settings, "Its name says [FORCE]: the date in it outweighs all.")
        note = "Its name says [FORCE], but no date can be read from it. "
    chosen = _choose(usable)
    if chosen is None:
        return _undated(words, evidence, settings, note)
    answer = place(chosen, usable, evidence, settings)
    return _weighed(answer.word or chosen, answer, words, evidence, settings, note)


def level_of(confidence: float) -> Level:
    """The level that people see for a confidence between 0 and 1."""
    return "high" if confidence >= 0.9 else "medium" if confidence >= 0.6 else "low" if confidence > 0 else "none"


def _decided(value: str, offset: str | None) -> Answer:
    try:
        precision: Precision = dates.precision_of(value)
    except ValueError:  # an older program stored it; the person's word stands as it is
        return Answer(value, "second", offset, None, None, "decided")
    return Answer(value, precision, offset, dates.to_utc(value, offset) if offset else None, None, "decided")


def _forced_first(word: Word) -> tuple[object, ...]:
    return ("[force]" not in word.claim.raw.lower(), *preference(word))


def _choose(usable: Sequence[Word]) -> Word | None:
    """The word that dates the picture: the best class, or the finest word of other classes that says the same."""
    if not usable:
        return None
    best = usable[0]
    lost = best.began_anew
    if lost:  # anybody who says another day is believed rather than a clock that was lost
        others = (word for word in usable if word.family != "embedded" and not KINDS[word.kind].bound)
        best = next((word for word in others if abs(days_apart(word.value, best.value)) > 1), best)
    if KINDS[best.kind].bound or best.kind == "folder":
        bounds = [word for word in usable if KINDS[word.kind].bound and not (lost and word.family == "embedded")]
        folders = [word for word in usable if word.kind == "folder"]
        best = _bound_or_folder(bounds[0], folders[0]) if bounds and folders else best
    if best.timed or KINDS[best.kind].bound:
        return best
    finer = (word for word in usable if not word.utc and not KINDS[word.kind].bound and word.value != best.value)
    return next((word for word in finer if dates.covers(best.value, word.value)), best)


def _bound_or_folder(bound: Word, folder: Word) -> Word:
    """A folder before "no later than" is the better word; one around it is only coarser; one after it holds copies."""
    if dates.covers(folder.value, bound.value):
        return folder if bound.kind == "modified" else bound
    return folder if folder.value < bound.value else bound


# -- how sure ---------------------------------------------------------------------------------------------------------


def _weighed(
    chosen: Word, answer: Answer, words: Sequence[Word], evidence: Evidence, settings: Settings, note: str
) -> Resolution:
    """The answer with its confidence, once every word was heard."""
    findings = [judge(word, answer, evidence, settings) for word in words]
    agreeing, doubting = _heard(chosen, words, findings)
    confidence = min(KINDS[chosen.kind].confidence, chosen.most)
    if chosen.kind == "capture" and chosen.family == "embedded" and from_phone(evidence):
        confidence = PHONE_CONFIDENCE
    elif chosen.began_anew and not agreeing:
        doubting["reset"] = (CONTRADICTS["reset"], "reset")
    suggestion = _check_clock(chosen, answer, evidence, agreeing, doubting)
    scan = chosen.kind in ("folder", "name day") and any(
        word.kind == "scanned" and not word.problem and days_apart(word.value, answer.value) > 1 for word in words
    )
    if scan:
        answer, confidence = replace(answer, rule="scan"), min(SCAN_CONFIDENCE, chosen.most)
    for removed in sorted(agreeing.values()):
        confidence = 1 - (1 - confidence) * (1 - removed)
    confidence = min(confidence, answer.cap)
    for factor, _ in sorted(doubting.values()):
        confidence *= factor
    asked = (
        (scan and scanned_soon(words, answer))
        or bool(note)
        or any(name not in _NO_QUESTION for _, name in doubting.values())
    )
    confidence = round(min(confidence, MOST_WITH_DOUBT if asked else 1.0, FORCED_UNREADABLE if note else 1.0), 3)
    level = level_of(confidence)
    return Resolution(
        taken_at=answer.value,
        utc_offset=answer.offset,
        taken_utc=answer.utc if answer.offset else None,
        precision=answer.precision,
        source=chosen.claim.source,
        rule=answer.rule,
        confidence=confidence,
        level=level,
        needs_review=asked or level == "low",
        reason=note + sentence(chosen, answer.zone, words, agreeing, doubting, scan),
        verdicts=_verdicts(words, findings, evidence),
        suggestion=suggestion,
    )


def _check_clock(
    chosen: Word,
    answer: Answer,
    evidence: Evidence,
    agreeing: dict[str, float],
    doubting: dict[str, tuple[float, str]],
) -> str | None:
    """Weigh in what other pictures of the same camera say of its clock; what it should have shown, when it was off."""
    lender = witness(evidence, "lookalike")
    if chosen.kind == "lookalike" and lender and lender.detail in CONTRADICTS:  # the doubt comes with the date
        doubting["clock"] = (CONTRADICTS[lender.detail], lender.detail)
    clock = witness(evidence, "clock")
    if clock is None or chosen.family != "embedded" or chosen.moved or chosen.kind not in ("capture", "digitized"):
        return None
    if clock.detail == "right":
        agreeing["clock"] = AGREES["clock"]
    elif clock.detail in CONTRADICTS:
        doubting["clock"] = (CONTRADICTS[clock.detail], clock.detail)
    return dates.shift(answer.value, clock.seconds) if clock.detail == "off" else None


def _heard(
    chosen: Word, words: Sequence[Word], findings: Sequence[Finding]
) -> tuple[dict[str, float], dict[str, tuple[float, str]]]:
    """The share of doubt that each agreeing family removes; the factor of each contradicting family, and its kind."""
    agreeing: dict[str, float] = {}
    fineness: dict[str, int] = {chosen.family: _WHOLE_SECONDS}
    for word, finding in zip(words, findings, strict=True):
        if finding.agrees:
            agreeing[word.family] = max(AGREES[finding.agrees], agreeing.get(word.family, 0.0))
            fineness[word.family] = max(len(word.value), fineness.get(word.family, 0))
    confirmed = max(agreeing.values(), default=0.0) >= AGREES["day"]
    doubting: dict[str, tuple[float, str]] = {}
    for word, finding in zip(words, findings, strict=True):
        # a folder or name that agrees outweighs another copy's that does not, unless that one says more;
        # between two dates of taking in one file another clock may have decided
        outweighed = fineness.get(word.family, 0) >= min(len(word.value), _WHOLE_SECONDS)
        if finding.doubts and not (confirmed if finding.doubts == "copy" else outweighed):
            worst = (CONTRADICTS[finding.doubts], finding.doubts)
            doubting[word.family] = min(worst, doubting.get(word.family, worst))
    return {family: share for family, share in agreeing.items() if family not in doubting}, doubting


def _verdicts(words: Sequence[Word], findings: Sequence[Finding], evidence: Evidence) -> tuple[Verdict, ...]:
    """One for each claim; the words of witnesses, which come after them, are no claims."""
    heard = zip(words[: len(evidence.claims)], findings, strict=False)
    return tuple(Verdict(word.claim, finding.accepted, finding.reason) for word, finding in heard)


def _settled(answer: Answer, words: Sequence[Word], evidence: Evidence, settings: Settings, reason: str) -> Resolution:
    """What a person said stands: nothing weighs against it."""
    try:
        dates.precision_of(answer.value)
        findings = [judge(word, answer, evidence, settings) for word in words]
    except ValueError:
        findings = [Finding(False, word.problem or "a person decided otherwise") for word in words]
    source = answer.word.claim.source if answer.word else "person"
    verdicts = _verdicts(words, findings, evidence)
    return Resolution(
        answer.value, answer.offset, answer.utc if answer.offset else None, answer.precision, source, answer.rule,
        1.0, "high", False, reason, verdicts,
    )  # fmt: skip


def _undated(words: Sequence[Word], evidence: Evidence, settings: Settings, note: str) -> Resolution:
    """Nothing acceptable: no date, and for a hint what its neighbours or the file system say."""
    between = witness(evidence, "between")
    hints = [between.value] if between and between.value else []
    for word in words if not hints else ():
        if word.problem == DISK_SAYS and (home := zones.at_home(settings.timezone, word.value)):
            hints.append(dates.to_local(word.value, home) or word.value)
    rejected = any(word.kind != "disk" for word in words)
    reason = "Every date found had to be rejected" if rejected else "Nothing in it or around it says when it was taken"
    hint = "; the file system's date is only that of some copy" if hints else ""
    hint = "; its neighbours were taken months or years apart" if between else hint
    return Resolution(
        None, None, None, None, None, "none", 0.0, "none", True, f"{note}{reason}{hint}.",
        _verdicts(words, [Finding(False, word.problem or "") for word in words], evidence), min(hints, default=None),
    )  # fmt: skip


# -- files that are one thing -----------------------------------------------------------------------------------------


def share(resolutions: Mapping[str, Resolution], primary: str) -> Mapping[str, Resolution]:
    """One date for the members of a bundle (by SHA-256): the surest one, the *primary*'s on ties.

    A member that a person dated, or whose name forces a date, keeps its own. A doubt is asked once, about the primary;
    members that were surely taken on different days are a doubt themselves.
    """
    if len(resolutions) < 2:
        return dict(resolutions)
    decided = {sha for sha, own in resolutions.items() if own.rule in ("decided", "standing")}
    ranked = sorted(
        resolutions, key=lambda sha: (sha not in decided, -resolutions[sha].confidence, sha != primary, sha)
    )
    best = resolutions[ranked[0]]
    asked = primary if primary in resolutions else ranked[0]
    if best.taken_at is None:
        return {sha: replace(own, needs_review=sha == asked) for sha, own in resolutions.items()}
    apart = not decided and any(_on_another_day(best, other) for other in resolutions.values())
    shared: dict[str, Resolution] = {}
    for sha, own in resolutions.items():
        if own.rule in ("decided", "standing", "forced"):
            shared[sha] = own
            continue
        given = own
        if sha != ranked[0]:
            reason = f"It belongs to a picture that is dated like this: {best.reason}"
            given = replace(best, rule="bundle", reason=reason, verdicts=own.verdicts, suggestion=own.suggestion)
        if apart and sha == asked:
            given = replace(given, reason=f"{given.reason} But its parts say different days.")
        shared[sha] = replace(given, needs_review=sha == asked and (best.needs_review or apart))
    return shared


def _on_another_day(one: Resolution, other: Resolution) -> bool:
    """Whether two dates, both worth something, cannot be of one moment."""
    if not one.taken_at or not other.taken_at or other.confidence < 0.6 or one.confidence < 0.6:
        return False
    try:
        return abs(days_apart(one.taken_at, other.taken_at)) > 1
    except ValueError:
        return False
