"""Put the chosen time on the wall where the picture was taken: local time, and the offset as far as anybody knows it.

Wall time is the product; an offset appears only where something says so, and the rule says what: the source itself, a
time in UTC beside a local one, the zone at its position, the same trip, the habit of a maker, or, with less confidence,
the household's zone. Where satellites or Google know the instant and the position, a camera's clock that shows another
time than the wall did is known to be off, and by how much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from mediaparser_core import dates, whereabouts, zones
from mediaparser_core.records import Evidence, Precision
from mediaparser_core.resolve.evidence import Word, from_phone
from mediaparser_core.resolve.kinds import KINDS
from mediaparser_core.settings import Settings

ZONE_CAPS: Final = {
    "local": 0.75,  # a maker known to write local time where UTC belongs
    "fits": 0.70,  # the household's zone, and the picture was taken where it may be kept
    "home": 0.55,  # the household's zone, and nothing else is known
    "sun": 0.45,  # the picture was taken far from home: the hours its longitude gives
}
"""The most confidence a date can have whose zone nobody states: its day may be wrong."""

_TWINS: Final = 2.0  # seconds between two notes of one moment: cameras round, names are made a little later
_SATELLITE_SLACK: Final = 180.0  # a fix may be some minutes old; far less than the distance between two zones
_START_OR_END: Final = 10.0  # a recorder notes when it started or when it stopped, give or take
_NEED_AN_OFFSET: Final = frozenset({"iptc", "xmp"})  # what writes them may have to invent one, and invents +00:00
_QUARTER: Final = 900.0  # seconds: clocks are set wrong by hours, days or zones, never by an odd time to the second
_DAY: Final = 86400.0
_FRESH_FIX: Final = 27 * 3600.0  # a satellite's date that is further off is that of a broken or a very old fix


@dataclass(frozen=True, slots=True)
class Answer:
    """The moment that stands, before anybody judges it; ``word`` is the claim that decided (``None``: a person)."""

    value: str
    precision: Precision
    offset: str | None = None
    utc: str | None = None
    word: Word | None = None
    rule: str = ""
    zone: str = ""  # how the offset is known, for people
    cap: float = 1.0
    off: float = 0.0  # seconds that the camera's clock lacked


def windows(word: Word, evidence: Evidence) -> zones.Windows:
    """How many seconds after its moment the UTC time of *word* may have been noted, as ranges."""
    if word.kind == "gps":
        return [(-_SATELLITE_SLACK, _SATELLITE_SLACK)]
    if word.kind in ("container", "scanned"):
        length = evidence.duration or 0.0
        return [(-_TWINS, _START_OR_END), (length - _START_OR_END, length + _START_OR_END)]
    return [(-_TWINS, _TWINS)]


def longitude(evidence: Evidence) -> float | None:
    """Degrees east, where the position is one: null island is what devices write that do not know."""
    north, east = evidence.latitude, evidence.longitude
    if north is None or east is None or (north == 0 and east == 0) or not -180 <= east <= 180:
        return None
    return east


def same_instant(word: Word, utc: str, evidence: Evidence) -> bool:
    """Whether the UTC time of *word* can be a note of the instant *utc*."""
    late = dates.difference(word.value, utc)
    return late is not None and any(
        low <= late <= high for low, high in zones.widened(windows(word, evidence), word.value, utc)
    )


def offset_between(local: Word, utc: Word, evidence: Evidence, settings: Settings) -> str | None:
    """The offset that makes two words one moment, unless it cannot be kept where the picture was taken."""
    home = zones.at_home(settings.timezone, utc.value)
    offset = zones.between(local.value, utc.value, windows(utc, evidence), prefer=home)
    if offset is None or offset == home:  # a traveller's camera may well show the time at home
        return offset
    return None if zones.fits(offset, longitude(evidence)) is False else offset


def place(word: Word, usable: Sequence[Word], evidence: Evidence, settings: Settings) -> Answer:
    """What *word* means on the wall, with all *usable* words (the best first) for witnesses of the zone."""
    rule = "sidecar" if word.claim.source.startswith("sidecar:") else KINDS[word.kind].rule
    rule += ", clock moved" if word.moved else ""
    answer = Answer(word.value, word.precision, word.offset, word.value if word.utc else None, word, rule)
    if not word.timed:
        return replace(answer, offset=None)
    if word.utc:
        return _beside_a_local_time(answer, word, usable, evidence, settings) or _alone(
            answer, word, usable, evidence, settings
        )
    if word.offset:
        return _stated(answer, word, usable, evidence, settings)
    if corrected := _corrected(answer, word, usable, evidence, settings):
        return corrected
    for other in usable:
        # the same time with its zone: also OffsetTime, which an edit would have moved together with ModifyDate
        if other.offset and not other.utc and abs(dates.difference(word.value, other.value) or 0.0) <= _TWINS:
            group = other.claim.source.removeprefix("sidecar:").partition(":")[0]
            if other.offset == "+00:00" and group in _NEED_AN_OFFSET and not _at_greenwich(word, evidence, settings):
                continue
            return _with_offset(answer, other.offset, other)
    for other in _witnesses(usable, utc=True):
        offset = offset_between(word, other, evidence, settings)
        if offset and not (other.kind == "container" and _written_local(word.value, offset, evidence, settings)):
            return _with_offset(answer, offset, other)
    return _surrounded(answer, evidence)


def _surrounded(answer: Answer, evidence: Evidence) -> Answer:
    """A wall time with the offset of its position or of its trip, where there is one."""
    here = whereabouts.on_the_wall(evidence, answer.value)
    if here is None or here.offset is None:
        return replace(answer, zone=here.says) if here else answer
    utc = dates.to_utc(answer.value, here.offset)
    return replace(answer, offset=here.offset, utc=utc, rule=f"{answer.rule}, {here.rule}", zone=here.says)


class Lacks(NamedTuple):
    """The ``seconds`` that a camera's clock lacked, the ``offset`` there, and whether people set clocks wrong by that."""

    seconds: float
    offset: str
    clean: bool


def clock_lacks(word: Word, other: Word, evidence: Evidence, settings: Settings) -> Lacks | None:
    """By how much the camera's clock lacked when it noted *word*, as *other*, in UTC, tells; 0 seconds: it was right.

    ``None`` when that cannot be told. Without a position only whole days in the household's zone tell, for hours may
    be a journey.
    """
    zone = whereabouts.zone_of(evidence)
    offset = zones.at_home(zone or settings.timezone, other.value)
    apart = dates.difference(dates.to_local(other.value, offset) or "", word.value) if offset else None
    if apart is None or offset is None:
        return None
    if other.kind == "gps" and abs(apart) > _FRESH_FIX and not word.began_anew:
        return None
    step = _QUARTER if zone else _DAY
    exact = round(apart / step) * step
    clean = abs(apart - exact) <= (_SATELLITE_SLACK if other.kind == "gps" else _TWINS)
    if not zone and not (clean and exact):
        return None
    return Lacks(float(exact) if clean else apart, offset, clean)


def _corrected(
    answer: Answer, word: Word, usable: Sequence[Word], evidence: Evidence, settings: Settings
) -> Answer | None:
    """The time on the wall when instant and position are known and the camera's clock, without a network, was off."""
    if word.family != "embedded" or KINDS[word.kind].bound or word.moved or from_phone(evidence):
        return None
    for other in _witnesses(usable, utc=True):
        lacks = clock_lacks(word, other, evidence, settings) if other.kind in ("gps", "takeout") else None
        if lacks is None or not (lacks.clean or word.began_anew):
            continue
        wall = dates.shift(word.value, lacks.seconds)
        if not lacks.seconds or wall is None:
            return None
        here = "by position" if whereabouts.zone_of(evidence) else "assumed"
        return replace(
            answer, value=wall, offset=lacks.offset, utc=dates.to_utc(wall, lacks.offset), word=other, off=lacks.seconds,
            rule=f"{KINDS[other.kind].rule}, zone {here}", zone="the camera's clock was off",
            cap=1.0 if here == "by position" else ZONE_CAPS["home"],
        )  # fmt: skip
    return None


def _at_greenwich(word: Word, evidence: Evidence, settings: Settings) -> bool:
    """Whether clocks may have shown UTC where it was taken."""
    if zone := whereabouts.zone_of(evidence):
        return "+00:00" in zones.on_the_wall(zone, word.value)
    near = zones.fits("+00:00", longitude(evidence))
    return zones.at_home(settings.timezone, word.value) == "+00:00" if near is None else near


def _witnesses(usable: Sequence[Word], *, utc: bool) -> list[Word]:
    """The words that can tell a zone, those of the most exact clock first, the video's own (often its end) last."""

    def exactness(word: Word) -> tuple[bool, bool]:
        return word.kind == "container", word.kind not in ("gps", "name time")

    apt = (word for word in usable if word.timed and word.utc is utc and not KINDS[word.kind].bound)
    return sorted(apt, key=exactness)


def _written_local(value: str, offset: str, evidence: Evidence, settings: Settings) -> bool:
    """Whether a video whose UTC field equals the wall time comes from a camera that does not know UTC."""
    if offset != "+00:00" or zones.writes_utc(evidence.make):
        return False
    return zones.writes_local_time(evidence.make, evidence.model) or zones.at_home(settings.timezone, value) != offset


def _with_offset(answer: Answer, offset: str, witness: Word) -> Answer:
    return replace(
        answer,
        offset=offset,
        utc=dates.to_utc(answer.value, offset),
        rule=f"{answer.rule}, zone by {witness.claim.source}",
        zone=f"{KINDS[witness.kind].says} tells the zone",
    )


def _stated(answer: Answer, word: Word, usable: Sequence[Word], evidence: Evidence, settings: Settings) -> Answer:
    """A wall time with its own offset; "+00:00" may also be software that writes everything in UTC."""
    answer = replace(answer, utc=dates.to_utc(word.value, word.offset or ""), zone="it states its zone itself")
    if word.offset != "+00:00" or word.claim.source.startswith("exif:"):
        return answer
    for name in usable:
        if name.kind == "name time" and not name.utc:
            offset = offset_between(name, word, evidence, settings)
            if offset and (wall := dates.to_local(word.value, offset)):
                return answer if offset == "+00:00" else _with_offset(replace(answer, value=wall), offset, name)
    if word.claim.source.startswith("keys:") or _at_greenwich(word, evidence, settings):
        return answer
    return _alone(replace(answer, offset=None), word, usable, evidence, settings)  # "Z" far from Greenwich: UTC


def _beside_a_local_time(
    answer: Answer, word: Word, usable: Sequence[Word], evidence: Evidence, settings: Settings
) -> Answer | None:
    """A time in UTC next to a local one: together they are wall time and offset."""
    for local in _witnesses(usable, utc=False):
        offset = offset_between(local, word, evidence, settings)
        if offset is None:
            continue
        if local.family == "name" and word.kind == "container":
            # the name tells when the recording began, the video's clock perhaps when it ended
            rule = KINDS[local.kind].rule
            answer = replace(answer, value=local.value, precision=local.precision, word=local, rule=rule)
            if _written_local(local.value, offset, evidence, settings):
                return replace(answer, utc=None, offset=None, zone="the video's clock shows local time too")
            return _with_offset(answer, offset, word)
        if word.kind == "container" or local.precision != word.precision == "minute":
            answer = replace(answer, value=local.value, precision=local.precision)
        else:
            answer = replace(answer, value=dates.to_local(word.value, offset) or local.value)
        return _with_offset(answer, offset, local)
    return None


def _alone(answer: Answer, word: Word, usable: Sequence[Word], evidence: Evidence, settings: Settings) -> Answer:
    """A time in UTC and no local one: the habits of makers, then the household's zone."""
    others = _witnesses(usable, utc=True)
    exact = [other for other in others if other.kind != "container"]
    recorders = [other for other in others if other.kind == "container"]
    named = [other.value for other in exact if other.family == "name"] if recorders else []
    began = [value for value in named if same_instant(word, value, evidence)]
    confirmed = any(same_instant(recorder, other.value, evidence) for recorder in recorders for other in exact)
    if recorders and not confirmed:
        for recorder in recorders:
            for other in exact:
                if offset := offset_between(recorder, other, evidence, settings):
                    wall = recorder.value if word.kind == "container" else dates.to_local(word.value, offset)
                    witness = other if word.kind == "container" else recorder
                    return _with_offset(replace(answer, value=wall or recorder.value), offset, witness)
        if word.kind == "container" and zones.writes_local_time(evidence.make, evidence.model):
            habit = "cameras of this maker write local time into videos"
            rule = f"{answer.rule}, local time"
            return _surrounded(
                replace(answer, utc=None, offset=None, rule=rule, zone=habit, cap=ZONE_CAPS["local"]), evidence
            )
    utc = min(began, default=answer.value)
    here = whereabouts.at_instant(evidence, utc)
    if here and here.offset and (shown := dates.to_local(utc, here.offset)):
        rule = f"{answer.rule}, {here.rule}"
        return replace(answer, value=shown, offset=here.offset, utc=utc, rule=rule, zone=here.says, cap=here.cap)
    guess = zones.assumed(utc, settings.timezone, longitude(evidence))
    shown = dates.to_local(utc, guess[0]) if guess else None
    if guess is None or shown is None:
        return replace(answer, cap=ZONE_CAPS["sun"])
    home = guess[0] == zones.at_home(settings.timezone, utc)
    return replace(
        answer,
        value=shown,
        offset=guess[0],
        utc=utc,
        rule=answer.rule + (", zone assumed" if home else ", zone by longitude"),
        zone="the household's zone is assumed" if home else "only its longitude hints at its zone",
        cap=ZONE_CAPS["fits" if guess[1] else "home" if home else "sun"],
    )
