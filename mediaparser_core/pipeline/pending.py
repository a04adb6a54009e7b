"""What the newest decisions change, worked out for the pictures they touch, before everything is derived again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import pluggy

from mediaparser_core import resolve, review
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.live import Live
from mediaparser_core.errors import PluginError
from mediaparser_core.records import Decision, Resolution
from mediaparser_core.settings import Settings


@dataclass(frozen=True, slots=True)
class Pending:
    """``state`` folds every decision; ``touched`` are the assets that the newest ones are about, or their bundles;
    ``dates`` and ``tags`` are theirs as they are now."""

    state: review.State
    count: int  # decisions there are
    touched: frozenset[str] = frozenset()
    dates: Mapping[str, Resolution] = field(default_factory=dict)
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def pending(
    catalog: Catalog, manager: pluggy.PluginManager, settings: Settings, today: date, *, since: int | None = None
) -> Pending:
    """What the decisions after the first *since* change; by default those that the derived tables do not know.

    Regrouping look-alikes is the one thing left to the next derive.
    """
    live, decisions = Live(catalog), catalog.decided.all()
    state = review.fold(decisions)
    newest = decisions[live.known() if since is None else since :]
    if not newest:
        return Pending(state, len(decisions))
    named = _subjects(live, newest)
    bundles = live.bundles_of(named)
    touched = frozenset(named.union(*({sha for sha, _ in members} for members in bundles.values())))
    dates = {sha: found for sha in touched if (found := _date(live, manager, settings, state, sha, today))}
    tags = {sha: live.found_tags(sha) for sha in touched}
    for members in bundles.values():
        primary = next((sha for sha, role in members if role == "primary"), None)
        own = {sha: dates[sha] for sha, _ in members if sha in dates}
        if primary is not None:
            dates |= resolve.share(own, primary) if len(own) > 1 else {}
            tags.setdefault(primary, set()).update(*(tags[sha] for sha, role in members if role == "version"))
    return Pending(
        state, len(decisions), touched, dates, {sha: review.apply_tags(found, state, sha) for sha, found in tags.items()}
    )


def _subjects(live: Live, decisions: Iterable[Decision]) -> set[str]:
    """The assets that *decisions* are about; of a shifted clock, every picture of its camera."""
    named: set[str] = set()
    cameras: set[str] = set()
    for decision in decisions:  # an undo names what the other was about
        for subject in decision.subject:
            (cameras if "|" in subject else named).add(subject)
    if cameras:
        named |= {sha for sha, *camera in live.of_cameras() if review.camera_key(*camera) in cameras}
    return named


def _date(
    live: Live, manager: pluggy.PluginManager, settings: Settings, state: review.State, sha: str, today: date
) -> Resolution | None:
    evidence = live.evidence(sha)
    if evidence is None:
        return None
    decided, offset = state.dates.get(sha, (None, None))
    shift = state.shifts.get(review.camera_key(*live.camera(sha)), 0.0)
    evidence = replace(evidence, decided=decided, decided_offset=offset, shift=shift)
    resolution: Resolution | None = manager.hook.resolve_date(evidence=evidence, settings=settings, today=today)
    if resolution is None:
        raise PluginError("no plugin answered resolve_date; is 'best_evidence' loaded?")
    return resolution
