"""Matches and decisions → groups, each with the picture to keep, and with nobody in it who must not be discarded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pluggy

from mediaparser_core import group, review
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.looks import Looks
from mediaparser_core.catalog.matches import Matches
from mediaparser_core.errors import PluginError
from mediaparser_core.pipeline import matching
from mediaparser_core.pipeline.surroundings import SCENE
from mediaparser_core.records import Group, Look, Match
from mediaparser_core.settings import Settings


def refresh(catalog: Catalog, manager: pluggy.PluginManager, settings: Settings, state: review.State) -> list[Match]:
    """Store the groups, and whose metadata a keeper has a right to.

    What the groups were made of is the answer, for those who date one picture by another.
    """
    matches = matching.refresh(catalog, manager, settings)
    pictures = [match for match in matches if match.kind != SCENE]
    named = {sha for match in pictures for sha in (match.a, match.b)} | {sha for pair in state.same for sha in pair}
    looks = Looks(catalog).of(named)
    protected = _protected(manager, settings, looks)
    keeper = _Keeper(manager, settings, state, protected)
    made = group.group(looks, pictures, different=state.different, same=state.same, choose=keeper.choose)
    groups = [each for one in made if (each := _open_to_answers(one, state, protected)) is not None]
    catalog.derived.store_groups((each, review.is_settled(state, each.members)) for each in groups)
    Matches(catalog).carry(dict(_settled(groups, state)))
    return matches


class _Keeper:
    """Chooses the one to keep: whom a person kept before all others, then whom nobody may discard."""

    def __init__(
        self, manager: pluggy.PluginManager, settings: Settings, state: review.State, protected: frozenset[str]
    ) -> None:
        self._manager, self._settings = manager, settings
        self._state, self._protected = state, protected

    def choose(self, members: Sequence[Look]) -> tuple[str, str]:
        some = min((self._rank(look), look.sha256) for look in members)[0]
        best = [look for look in members if self._rank(look) == some]
        answer = self._manager.hook.choose_keeper(members=best, settings=self._settings)
        if answer is None:
            raise PluginError("no plugin answered choose_keeper; is 'best_quality' loaded?")
        sha, reason = answer
        return sha, reason

    def _rank(self, look: Look) -> int:
        kept = self._state.kept.get(look.sha256)
        return 0 if kept else 3 if kept is False else 1 if look.sha256 in self._protected else 2


def _protected(manager: pluggy.PluginManager, settings: Settings, looks: Sequence[Look]) -> frozenset[str]:
    answers = manager.hook.protect(members=looks, settings=settings)
    return frozenset(sha for answer in answers for sha in answer or ())


def _open_to_answers(made: Group, state: review.State, protected: frozenset[str]) -> Group | None:
    """*made* without those that nobody should be asked to discard: protected ones, and in a group that is still open
    those that a person wants to keep beside the keeper. ``None`` when nothing is left to ask."""
    spared = {sha for sha in made.members if sha in protected and state.kept.get(sha) is not False}
    if not review.is_settled(state, made.members):
        spared |= {sha for sha in made.members if state.kept.get(sha)}
    spared.discard(made.keeper)
    if not spared:
        return made
    stay = [place for place, sha in enumerate(made.members) if sha not in spared]
    if len(stay) < 2:
        return None
    notes = made.notes or ("",) * len(made.members)
    return replace(
        made,
        members=tuple(made.members[place] for place in stay),
        distances=tuple(made.distances[place] for place in stay),
        notes=tuple(notes[place] for place in stay),
    )


def _settled(groups: Iterable[Group], state: review.State) -> Iterable[tuple[str, list[str]]]:
    """``(keeper, the others)`` where a person settled that these are one picture: by leaving the others out, or in so
    many words."""
    for each in groups:
        if each.kind != group.SAME_KIND or not review.is_kept(state, each.keeper):
            continue
        others = [
            sha
            for sha in each.members
            if sha != each.keeper and (state.kept.get(sha) is False or frozenset((sha, each.keeper)) in state.same)
        ]
        if others:
            yield each.keeper, others
