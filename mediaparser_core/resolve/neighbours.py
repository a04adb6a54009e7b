"""What files say about each other's time: the zone of a trip, the date of a look-alike, the order of a camera's numbers.

All of it is weaker than what a file says itself, so it only fills gaps; and whoever lends something has it from a source
of its own, never from another neighbour.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from mediaparser_core import zones
from mediaparser_core.dates import as_datetime, difference
from mediaparser_core.names import fold
from mediaparser_core.records import Witness
from mediaparser_core.resolve.evidence import is_phone

TRIP: Final = 12 * 3600.0  # seconds within which a device stays in its zone
SURE: Final = 0.89  # the confidence of a match from which two files are the same picture and not its neighbour
COUNTED: Final = 20  # numbers within which a camera's counter tells the order
BETWEEN: Final = 31 * 86400.0  # seconds; of a longer interval nobody has anything
MATES: Final = 5  # dated files that a folder needs to speak for the others
WEEK: Final = 7 * 86400.0  # seconds that their dates may be apart
COUNTER_CONFIDENCE: Final = 0.35
FOLDER_CONFIDENCE: Final = 0.30
LOOKALIKE_CONFIDENCE: Final = 0.70
UNLIKELY: Final = 0.30  # … of a picture that a messenger brought long after
SENT: Final = 60 * 86400.0  # seconds within which people send what they shot

_COUNTER: Final = re.compile(r"[A-Za-z_]{1,6}[-_]?(\d{4,7})(?!\d)", re.ASCII)
_GUESSED: Final = ("zone assumed", "zone by longitude", "zone by neighbours")
_BORROWED: Final = ("look-alike", "neighbours", "none", "file time", "modified", "received", "scanned")
_UNTIL: Final = ("file time", "received", "scanned", "modified")
_COPY_WORDS: Final = re.compile(
    r"([-_ ]*(edited|edit|copy|kopie|copie|small|resized|web|print)\d{0,4}|[- ]\d{1,3}| ?\(\d{1,3}\))+$", re.IGNORECASE
)


class Dated(NamedTuple):
    """One asset as the catalog dates it from its own evidence. ``zone`` is that of its position."""

    sha256: str
    taken_at: str | None
    precision: str | None
    utc_offset: str | None
    taken_utc: str | None
    rule: str
    confidence: float
    zone: str | None = None
    name: str = ""
    camera: str = ""


# -- trips ------------------------------------------------------------------------------------------------------------


def trips(together: Iterable[Dated]) -> Iterator[tuple[str, Witness]]:
    """``(asset, witness)`` for those of one device (or folder) that need a zone and have a neighbour who knows it."""
    lenders, needy = [], []
    for each in together:
        if not each.taken_at or each.precision not in ("second", "minute"):
            continue
        if needs_a_zone(each):
            needy.append(each)
        elif each.taken_utc and each.rule not in ("bundle", *_BORROWED):
            lenders.append(each)
    if not lenders or not needy:
        return
    by_utc = sorted((_seconds(each.taken_utc or ""), each.sha256, each) for each in lenders)
    by_wall = sorted((_seconds(each.taken_at or ""), each.sha256, each) for each in lenders)
    for each in needy:
        line, moment = (by_utc, each.taken_utc) if each.utc_offset else (by_wall, each.taken_at)
        lender = _nearest(line, moment or each.taken_at or "", in_utc=bool(each.utc_offset))
        if lender is not None:
            offset = None if lender.zone else lender.utc_offset
            yield each.sha256, Witness("trip", None, None, offset, lender.zone or "", of=lender.sha256)


def _seconds(moment: str) -> float:
    return (as_datetime(moment) - as_datetime("1970")).total_seconds()


def _nearest(line: Sequence[tuple[float, str, Dated]], moment: str, *, in_utc: bool) -> Dated | None:
    """The neighbour to ask; ``None`` where there is none, or one on each side and they keep different times."""
    at = _seconds(moment)
    place = bisect_left(line, (at, ""))
    around = [(abs(line[i][0] - at), line[i][2]) for i in (place - 1, place) if 0 <= i < len(line)]
    around = sorted(((apart, each) for apart, each in around if apart <= TRIP), key=lambda pair: pair[0])
    if not around:
        return None
    if len({_offset(each, moment, in_utc=in_utc) for _, each in around}) > 1 and around[0][0] * 3 > around[1][0]:
        return None
    return around[0][1]


def _offset(lender: Dated, moment: str, *, in_utc: bool) -> str | None:
    if not lender.zone:
        return lender.utc_offset
    if in_utc:
        return zones.at_home(lender.zone, moment)
    return next(iter(zones.on_the_wall(lender.zone, moment)), None)


# -- look-alikes ------------------------------------------------------------------------------------------------------


def needs_a_date(each: Dated) -> bool:
    """Whether its own evidence gives no date, or only the latest day it can have been taken on."""
    return each.taken_at is None or any(each.rule.startswith(rule) for rule in _UNTIL)


def needs_a_zone(each: Dated) -> bool:
    """Whether it knows a time of day, and only guesses where."""
    return each.precision in ("second", "minute") and (not each.utc_offset or _is_guess(each))


def needs_help(each: Dated) -> bool:
    return needs_a_date(each) or needs_a_zone(each)


def _is_guess(each: Dated) -> bool:
    return any(word in each.rule for word in _GUESSED)


def lends_its_date(each: Dated) -> bool:
    return bool(each.taken_at) and not any(each.rule.startswith(rule) for rule in _BORROWED)


def from_lookalikes(asset: Dated, alike: Sequence[tuple[Dated, float]]) -> Witness | None:
    """What the files that show the same picture as *asset* (each with the confidence of the match) say about its date,
    or about its zone where it knows the instant itself.

    Of several that disagree those that bear its name are asked; then, if they are of one day, it is that day.
    """
    lenders = [
        (each, sure)
        for each, sure in alike
        if lends_its_date(each) and not _counted_apart(asset.name, each) and not _taken_later(asset, each)
    ]
    kin = [(each, sure) for each, sure in lenders if _same_stem(asset.name, each.name)]
    sure = kin or [(each, match) for each, match in lenders if match >= SURE]
    if not needs_a_date(asset):
        zoned = [each for each, _ in sure if each.utc_offset and not _is_guess(each) and _same_instant(asset, each)]
        found = min(zoned, key=lambda each: (-each.confidence, each.sha256), default=None)
        return Witness("trip", None, None, found.utc_offset, of=found.sha256) if found else None
    if not sure:
        return None
    best = min(sure, key=lambda pair: (-pair[0].confidence, -pair[1], pair[0].taken_at or "", pair[0].sha256))[0]
    moments = sorted({each.taken_at or "" for each, _ in sure})
    most = min(LOOKALIKE_CONFIDENCE, best.confidence)
    if asset.rule.startswith("received") and not _sent_soon(best.taken_at or "", asset.taken_at or ""):
        most = min(most, UNLIKELY)
    if all(_agree(best.taken_at or "", moment) for moment in moments):
        return Witness("lookalike", best.taken_at, utc_offset=best.utc_offset, of=best.sha256, confidence=most)
    return Witness("between", moments[0], moments[-1], of=best.sha256, confidence=COUNTER_CONFIDENCE)


def _agree(one: str, other: str) -> bool:
    apart = difference(one, other)
    return abs(apart) <= 5 if apart is not None else one.startswith(other) or other.startswith(one)


def _taken_later(asset: Dated, lender: Dated) -> bool:
    """Whether *asset* was received days before *lender* was taken: they only look alike."""
    days = [each.taken_at or "" for each in (asset, lender)]
    if not asset.rule.startswith("received") or min(map(len, days)) < 10:
        return False
    return _seconds(days[1][:10]) - _seconds(days[0][:10]) > 86400.0


def _sent_soon(taken: str, received: str) -> bool:
    """Whether a picture was sent within weeks: years later somebody may have shot the same thing again."""
    if len(taken) < 10 or len(received) < 10:
        return False
    return -86400.0 <= _seconds(received[:10]) - _seconds(taken[:10]) <= SENT


def _counted_apart(name: str, lender: Dated) -> bool:
    """Whether a camera counted two numbers into their names, or one is by a phone that counts none: they are two shots,
    whatever they look like."""
    number, other = number_of(name), number_of(lender.name)
    if number is None:
        return False
    make, model, _ = (*lender.camera.split("|"), "", "", "")[:3]
    return number != other if other is not None else is_phone(make, model)


def _same_instant(one: Dated, other: Dated) -> bool:
    """Whether two dates of one picture are the same, in UTC where both have it, else on the wall."""
    both = (one.taken_utc, other.taken_utc) if one.utc_offset else (one.taken_at, other.taken_at)
    apart = difference(both[0] or "", both[1] or "")
    return apart is not None and abs(apart) <= 5


def _same_stem(one: str, other: str) -> bool:
    """Whether two names are those of a picture and its copy: ``IMG_1233.JPG`` and ``img_1233-edited.jpg``."""
    stems = [_COPY_WORDS.sub("", fold(name).rpartition(".")[0] or fold(name)) for name in (one, other)]
    return stems[0] == stems[1] and len(stems[0]) > 4 and any(letter.isdigit() for letter in stems[0])


# -- what lies between ------------------------------------------------------------------------------------------------


def number_of(name: str) -> int | None:
    """The number that a camera counted into a file's name: 1233 of ``IMG_1233.JPG``, ``DSC_1233 (2).JPG`` …"""
    found = _COUNTER.match(name)
    return int(found[1]) if found else None


def between(folder: Iterable[Dated]) -> Iterator[tuple[str, Witness]]:
    """``(asset, witness)`` for the files of one folder that need a date and whose neighbours have one."""
    files = list(folder)
    needy = [each for each in files if each.taken_at is None or each.rule.startswith("modified")]
    known = [
        each for each in files if lends_its_date(each) and each.confidence >= 0.6 and len(each.taken_at or "") >= 10
    ]
    if not needy or not known:
        return
    series: dict[str, list[tuple[int, str, Dated]]] = defaultdict(list)
    for each in known:
        if (number := number_of(each.name)) is not None:
            series[_prefix(each.name)].append((number, each.sha256, each))
    for line in series.values():
        line.sort(key=lambda row: row[:2])
    spoken = _of_folder(files, known)
    for each in needy:
        number = number_of(each.name)
        found = _of_counter(series.get(_prefix(each.name), []), number) if number is not None else None
        found = found or spoken
        if found is not None:
            yield each.sha256, found


def _prefix(name: str) -> str:
    return re.split(r"\d", fold(name), maxsplit=1)[0]


def _of_counter(line: Sequence[tuple[int, str, Dated]], number: int) -> Witness | None:
    """The pictures counted before and after, if they are near, in order, and of one camera."""
    place = bisect_left(line, (number, ""))
    if not 0 < place < len(line):
        return None
    (low, _, before), (high, _, after) = line[place - 1], line[place]
    if number - low > COUNTED or high - number > COUNTED or before.camera != after.camera:
        return None
    return _interval(before, after, BETWEEN, COUNTER_CONFIDENCE)


def _of_folder(files: Sequence[Dated], known: Sequence[Dated]) -> Witness | None:
    """The first and the last of a folder in which nearly all is of one week."""
    if len(known) < MATES or len(known) * 2 < len(files):
        return None
    ordered = sorted(known, key=lambda each: each.taken_at or "")
    return _interval(ordered[0], ordered[-1], WEEK, FOLDER_CONFIDENCE)


def _interval(first: Dated, last: Dated, longest: float, confidence: float) -> Witness | None:
    if not first.taken_at or not last.taken_at or first.taken_at > last.taken_at:
        return None
    if _seconds(last.taken_at) - _seconds(first.taken_at) > longest:
        return None
    return Witness("between", first.taken_at, last.taken_at, of=first.sha256, confidence=confidence)
