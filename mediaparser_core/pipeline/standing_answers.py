"""Doubts that a person settled for good: those of files that came later are settled in the same way."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from mediaparser_core import review
from mediaparser_core.catalog.standing_answers import Doubtful
from mediaparser_core.records import Resolution
from mediaparser_core.review.questions import shared_cause


class Settled(NamedTuple):
    """The date that was suggested, and why it stands now."""

    moment: str
    offset: str | None
    reason: str


def settled(state: review.State, doubts: Iterable[Doubtful], about_clocks: Collection[str] = ()) -> dict[str, Settled]:
    """Those of *doubts* that have the cause of a standing answer, by asset.

    A person's word on the picture itself comes first; what is asked about a camera's clock is asked there.
    """
    found: dict[str, Settled] = {}
    for doubt in doubts:
        day = state.rules.get(shared_cause(doubt._asdict()))
        if day is not None and doubt.sha256 not in state.dates and doubt.sha256 not in about_clocks:
            reason = f"Settled by your rule of {day}, as it was suggested: {doubt.reason}"
            found[doubt.sha256] = Settled(doubt.moment, doubt.offset, reason)
    return found


def doubt_of(sha256: str, found: Resolution, make: str | None, model: str | None) -> Doubtful | None:
    """The doubt about a date, or ``None`` where there is none, or no date but a hint."""
    if not found.needs_review or found.taken_at is None:
        return None
    return Doubtful(sha256, found.reason, make, model, found.taken_at, found.utc_offset)
