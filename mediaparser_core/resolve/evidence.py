"""Say what each claim is worth: its class (:mod:`~mediaparser_core.resolve.kinds`), whose clock it comes from, and why
it cannot count.

Claims of one *family* come from the same clock or were copied from each other (CreateDate, DateTimeOriginal, XMP and
IPTC of a file), so together they count once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from mediaparser_core import dates
from mediaparser_core.records import Claim, Evidence, Precision, Witness
from mediaparser_core.resolve.kinds import KINDS, classify
from mediaparser_core.settings import Settings

PHONE_CONFIDENCE: Final = 0.92
GUESS_CONFIDENCE: Final = 0.45
_GUESS_BEHIND: Final = 2.5  # ranks
DISK_SAYS: Final = "a file system's date is the time of some copy: it agrees with nobody and dates nothing"

_PHONES: Final = re.compile(
    r"apple|google|huawei|honor|xiaomi|oneplus|oppo|vivo|realme|motorola|fairphone|hmd global|nothing", re.IGNORECASE
)
_A_DAY: Final = 86400.0
_SLOT: Final = {"year": 4, "month": 7, "day": 10, "minute": 16, "second": 40}  # characters of a moment in text

_SCAN_FOLDER: Final = re.compile(
    r"(?<![^\W\d_])(scans?|scanned|scanner|scanning|slides?|dias?|negatives?|negative|digitali[sz]ed|eingescannt|escaneados?"
    r"|scansioni|numéris\w+)(?![^\W\d_])",
    re.IGNORECASE,
)
_SCAN_NAME: Final = re.compile(r"(scan|img_scan|epson|fastfoto)(?:ned)?(?![^\W\d_])", re.IGNORECASE)
_SCANNER: Final = re.compile(r"scan|perfection|fastfoto|opticfilm|noritsu|\bsp-?[123]000\b", re.IGNORECASE)


# Within a class: the tags in the order in which they are trusted, the finest first among equals.
_ORDER: Final = (
    "exif:DateTimeOriginal",
    "keys:CreationDate",
    "userdata:DateTimeOriginal",
    "xmp:DateTimeOriginal",
    "xmp:DateCreated",
    "iptc:DateCreated",
    "gps:DateTime",
    "takeout:photoTakenTime",
    "quicktime:CreateDate",
    "quicktime:MediaCreateDate",
    "quicktime:TrackCreateDate",
    "icloud:originalCreationDate",
    "exif:CreateDate",
    "xmp:CreateDate",
)
_WHOLE_SECONDS: Final = 19  # characters of a moment without its fraction
_FINENESS: Final = ("second", "minute", "day", "month", "year")


@dataclass(frozen=True, slots=True)
class Word:
    """A claim as a rule sees it: ``value`` is wall time, or UTC where ``utc`` says so; ``problem`` is why it is out."""

    claim: Claim
    kind: str
    family: str
    value: str
    precision: Precision
    offset: str | None
    utc: bool
    moved: bool = False
    problem: str | None = None
    most: float = 1.0  # the most confidence that its source leaves

    @property
    def timed(self) -> bool:
        """Whether it says a time of day."""
        return self.precision in ("second", "minute")

    @property
    def guessed(self) -> bool:
        """Whether somebody wrote that it is only about right."""
        return self.claim.reason == dates.GUESSED

    @property
    def began_anew(self) -> bool:
        """Whether a camera's clock shows the first hour of a year, as after a change of batteries."""
        return self.family == "embedded" and self.kind in ("capture", "digitized") and self.value[4:13] == "-01-01T00"


def read(evidence: Evidence, settings: Settings, today: date) -> list[Word]:
    """One word for each claim, in order, then those of witnesses that date the picture.

    ``evidence.shift`` is already added to what the camera's clock said.
    """
    words = [_word(claim, evidence.shift, settings.earliest_year, today) for claim in evidence.claims]
    words += [word for witness in evidence.witnesses if (word := _word_of(witness)) is not None]
    camera = {word.value[:_WHOLE_SECONDS] for word in words if word.family == "embedded" and not word.problem}
    made = min((day[:10] for day in camera), default=None)
    minutes = {word.value for word in words if word.kind == "capture" and word.precision == "minute"}
    takeout = any(word.kind == "takeout" and not word.problem for word in words)
    scan = looks_scanned(evidence) and not _dated_by_hand(words)
    for at, word in enumerate(words):
        if word.family == "sidecar" and word.value[:_WHOLE_SECONDS] in camera:
            words[at] = word = replace(word, family="embedded")  # a copy, not a second opinion
        if word.family == "embedded" and word.value[16:] == ":00" and word.value[:16] in minutes:
            # EXIF has no minutes without seconds; XMP beside it says what is known
            words[at] = word = replace(word, value=word.value[:16], precision="minute")
        if word.family == "folder" and takeout:
            words[at] = word = replace(word, family="takeout")  # "Photos from 2019" was made out of the same record
        if scan and word.family == "embedded" and word.kind in ("capture", "digitized", "container"):
            words[at] = replace(word, kind="scanned")
        elif word.family == "name" and word.kind == "scanned" and made and word.value[:10] < made:
            words[at] = replace(word, kind="name time" if word.timed else "name day")  # older than the scan: a person's
    return _with_kept(words)


def _with_kept(words: list[Word]) -> list[Word]:
    """*words*, the file system's date among them as evidence where a file that says only when it was edited is older."""
    if {word.kind for word in words if not word.problem} != {"modified"}:
        return words
    edited = min(dates.shift(word.value[:10] + "T00:00", -_A_DAY) or "" for word in words if not word.problem)
    return [
        replace(word, kind="kept", problem=None) if word.problem == DISK_SAYS and word.value < edited else word
        for word in words
    ]


def _word(claim: Claim, shift: float, earliest_year: int, today: date) -> Word:
    value = claim.value or ""
    try:
        precision = dates.precision_of(value)
    except ValueError:
        value, precision = "", "year"
    if claim.precision in _SLOT and len(value) > _SLOT[claim.precision]:
        value, precision = value[: _SLOT[claim.precision]], claim.precision  # it has more digits than it knows
    problem = dates.junk_reason(value or None, claim.raw, claim.source, earliest_year, today)
    if not claim.accepted:
        problem = claim.reason or problem or "its source does not trust it"
    timed = precision in ("second", "minute")
    kind, family, utc = classify(claim, timed)
    moved = None
    if shift and family == "embedded" and value and (moved := dates.shift(value, shift)):
        value = moved
    if kind == "disk" and not problem:
        problem = DISK_SAYS
    try:
        offset = dates.format_offset(dates.offset_minutes(claim.utc_offset)) if claim.utc_offset and timed else None
    except ValueError:
        offset = None
    most = GUESS_CONFIDENCE if claim.reason == dates.GUESSED else 1.0
    return Word(claim, kind, family, value, precision, offset, utc and timed, bool(moved), problem, most)


def _word_of(witness: Witness) -> Word | None:
    """What a witness says, in the same form as a claim; ``None`` when it says nothing about the day."""
    value = witness.value or ""
    if witness.kind == "between":
        value = common(value, witness.until or "")
    elif witness.kind != "lookalike":
        return None
    try:
        precision = dates.precision_of(value)
    except ValueError:
        return None
    claim = Claim(witness.kind, witness.of or "", value, witness.utc_offset, precision)
    return Word(claim, witness.kind, witness.kind, value, precision, witness.utc_offset, False, most=witness.confidence)


def common(first: str, last: str) -> str:
    """The finest day, month or year that two moments in text share; empty when they share none."""
    return next((first[:end] for end in (10, 7, 4) if first[:end] == last[:end] and len(first) >= end), "")


def clock_word(words: Iterable[Word]) -> Word | None:
    """What the camera's own clock showed when it took the picture, to the second, before anybody moved it.

    *words* of an evidence without a shift. ``None`` for scans, for times in UTC and for what is only a copy's.
    """
    own = (
        word
        for word in words
        if word.family == "embedded" and word.kind in ("capture", "digitized") and word.precision == "second"
        if not word.utc and not word.problem and not word.claim.source.startswith("sidecar:")
    )
    return min(own, key=preference, default=None)


def preference(word: Word) -> tuple[object, ...]:
    """Sorts the word that decides to the front; it leaves nothing to the order in which claims were found."""
    source = word.claim.source
    inner = source.removeprefix("sidecar:")
    order = _ORDER.index(inner) if inner in _ORDER else len(_ORDER)
    inside = word.family != "sidecar"  # what a person corrected beside a file beats what is inside
    fineness = _FINENESS.index(word.precision)
    rank = KINDS[word.kind].rank + (_GUESS_BEHIND if word.guessed else 0.0)
    return (rank, inside, order, fineness, word.value, word.offset or "", source, word.claim.raw)


def from_phone(evidence: Evidence) -> bool:
    """Whether a network sets the clock of the camera that took it."""
    return is_phone(evidence.make or "", evidence.model or "")


def is_phone(make: str, model: str) -> bool:
    """Whether a device of this make and model has a network."""
    return bool(_PHONES.match(make) or (make.lower() == "samsung" and model.startswith(("SM-", "GT-", "Galaxy"))))


def looks_scanned(evidence: Evidence) -> bool:
    """Whether the picture was made from paper or film, so that its camera date is the day of scanning."""
    if _SCANNER.search(evidence.model or "") or _SCANNER.search(evidence.make or ""):
        return True
    for path in evidence.paths:
        *folders, name = path.split("/")
        if _SCAN_NAME.match(name) or any(_SCAN_FOLDER.search(folder) for folder in folders):
            return True
    return False


def _dated_by_hand(words: Iterable[Word]) -> bool:
    """Whether the date of taking was set apart from the date of digitizing: somebody dated the scan."""
    good = [word for word in words if word.family == "embedded" and not word.problem]
    taken = min((word.value for word in good if word.kind == "capture"), default=None)
    made = min((word.value for word in good if word.kind == "digitized"), default=None)
    return taken is not None and made is not None and taken[:10] < made[:10]
