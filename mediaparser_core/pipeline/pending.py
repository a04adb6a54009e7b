"""What the newest decisions change, worked out for the pictures they touch, before everything is derived again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import pluggy

from mediaparser_core import resolve, review
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.clocks import Clocks
from mediaparser_core.catalog.live import Live
from mediaparser_core.errors import PluginError
from mediaparser_core.pipeline import standing_answers
from mediaparser_core.records import Decision, Evidence, Resolution
from mediaparser_core.resolve import evidence
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
    """What people decided that the derived tables do not know.

    With *since*, ``touched`` is only what the decisions after the first *since* are about, and whatever shares a group
    with that. What is left to the next derive: regrouping look-alikes, and what a picture
    borrows from others.
    """
    live, decisions = Live(catalog), catalog.decided.all()
    state = review.fold(decisions)
    unknown = _with_bundles(live, _subjects(catalog, decisions[live.known() :]))
    touched = unknown
    if since is not None:
        touched = _with_bundles(live, _subjects(catalog, decisions[since:]))
        touched = _with_bundles(live, touched | live.groups_of(touched))
    due = touched & unknown
    cameras = _cameras(catalog, due) if state.shifts else {}
    dating = _Dating(manager, settings, state, cameras, today)
    dates = {sha: dating.date(found) for sha in due if (found := live.evidence(sha))}
    dates |= dating.by_rule(live, dates) if state.rules else {}
    tags = {sha: live.found_tags(sha) for sha in due}
    for members in live.bundles_of(due).values():
        primary = next((sha for sha, role in members if role == "primary"), "")
        own = {sha: dates[sha] for sha, _ in members if sha in dates}
        if primary and len(own) > 1:
            dates |= resolve.share(own, primary)
        if primary in tags:
            tags[primary] = tags[primary].union(*(tags.get(sha, ()) for sha, role in members if role == "version"))
    now = {sha: review.apply_tags(found, state, sha) for sha, found in tags.items()}
    return Pending(state, len(decisions), frozenset(touched), dates, now)


def _with_bundles(live: Live, assets: set[str]) -> set[str]:
    return assets.union(*({sha for sha, _ in members} for members in live.bundles_of(assets).values()))


def _subjects(catalog: Catalog, decisions: Iterable[Decision]) -> set[str]:
    """The assets that *decisions* are about; of a shifted clock, every picture of its camera."""
    named: set[str] = set()
    cameras: set[str] = set()
    for decision in decisions:  # an undo names what the other was about
        for subject in decision.subject:
            (cameras if "|" in subject else named).add(subject)
    if cameras:
        named |= {sha for sha, *camera in Clocks(catalog).camera_keys() if review.camera_key(*camera) in cameras}
    return named


def _cameras(catalog: Catalog, assets: Collection[str]) -> dict[str, str]:
    return {sha: review.camera_key(*camera) for sha, *camera in Clocks(catalog).camera_keys() if sha in assets}


@dataclass(frozen=True, slots=True)
class _Dating:
    """Dates one asset by the evidence and the witnesses in the catalog, as the next derive will."""

    manager: pluggy.PluginManager
    settings: Settings
    state: review.State
    cameras: Mapping[str, str]
    today: date

    def date(self, found: Evidence) -> Resolution:
        decided, offset = self.state.dates.get(found.sha256, (None, None))
        about = replace(found, decided=decided, decided_offset=offset, shift=self._shift(found))
        resolution: Resolution | None = self.manager.hook.resolve_date(
            evidence=about, settings=self.settings, today=self.today
        )
        if resolution is None:
            raise PluginError("no plugin answered resolve_date; is 'best_evidence' loaded?")
        return resolution

    def by_rule(self, live: Live, dates: Mapping[str, Resolution]) -> dict[str, Resolution]:
        """Those of *dates* whose doubt has a standing answer, as they are settled by it."""
        found = {sha: about for sha in dates if dates[sha].needs_review and (about := live.evidence(sha))}
        doubts = (standing_answers.doubt_of(sha, dates[sha], each.make, each.model) for sha, each in found.items())
        settled: dict[str, Resolution] = {}
        for sha, given in standing_answers.settled(self.state, filter(None, doubts)).items():
            taken = {**self.state.dates, sha: (given.moment, given.offset)}
            own = replace(self, state=replace(self.state, dates=taken)).date(found[sha])
            settled[sha] = replace(own, rule="standing", reason=given.reason)
        return settled

    def _shift(self, found: Evidence) -> float:
        camera = self.cameras.get(found.sha256, "")
        if camera not in self.state.shifts:
            return 0.0
        alone = replace(found, shift=0.0, witnesses=())
        own = (
            None if evidence.from_phone(found) else evidence.clock_word(evidence.read(alone, self.settings, self.today))
        )
        return review.shift_at(self.state, camera, own.value[:19] if own else None) or 0.0
