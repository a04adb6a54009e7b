"""Date each picture by the earliest date anybody claims, where ``dates.rule = "earliest_date"`` asks for it.

The rule of the program that this one grew out of: of all readable dates not before 2000, the file system's included,
the earliest wins. It is simple, and wrong whenever one source lies early. Years and months are no dates to it, people's
words (decisions and ``[FORCE]``) still come first, and nothing it dates is surer than ``medium``.
"""

from __future__ import annotations

from datetime import date

from mediaparser_core import dates, zones
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Claim, Evidence, Resolution, Verdict
from mediaparser_core.settings import Settings

EARLIEST_YEAR = 2000
CONFIDENCE = 0.6

_IN_UTC = ("gps:", "takeout:", "file:", "quicktime:", "matroska:", "asf:", "filename")


@hookimpl(tryfirst=True)
def resolve_date(evidence: Evidence, settings: Settings, today: date) -> Resolution | None:
    if settings.dates.rule != "earliest_date" or evidence.decided or evidence.forced:
        return None
    readings = [_reading(claim, settings, today) for claim in evidence.claims]
    acceptable = [
        (wall, claim.source, claim) for claim, (wall, _) in zip(evidence.claims, readings, strict=True) if wall
    ]
    if not acceptable:
        verdicts = tuple(
            Verdict(claim, False, problem or "") for claim, (_, problem) in zip(evidence.claims, readings, strict=True)
        )
        reason = f"No source gives a date since {EARLIEST_YEAR}."
        return Resolution(None, None, None, None, None, "none", 0.0, "none", True, reason, verdicts)
    wall, source, _ = min(acceptable, key=lambda each: each[:2])
    verdicts = tuple(
        Verdict(claim, value == wall, "the earliest date" if value == wall else problem or f"later than {source}")
        for claim, (value, problem) in zip(evidence.claims, readings, strict=True)
    )
    reason = "The earliest of all dates found, as the setting dates.rule asks."
    precision = dates.precision_of(wall)
    return Resolution(wall, None, None, precision, source, "earliest", CONFIDENCE, "medium", False, reason, verdicts)


def _reading(claim: Claim, settings: Settings, today: date) -> tuple[str | None, str | None]:
    """The wall time a claim stands for, or why it does not count."""
    earliest = max(EARLIEST_YEAR, settings.earliest_year)
    problem = dates.junk_reason(claim.value, claim.raw, claim.source, earliest, today)
    if problem or claim.value is None or not claim.accepted:
        return None, claim.reason or problem or "its source does not trust it"
    if dates.precision_of(claim.value) in ("year", "month"):
        return None, "no whole date"
    if claim.utc_offset == "+00:00" and claim.source.startswith(_IN_UTC):
        home = zones.at_home(settings.timezone, claim.value)
        return (dates.to_local(claim.value, home) if home else None) or claim.value, None
    return claim.value, None
