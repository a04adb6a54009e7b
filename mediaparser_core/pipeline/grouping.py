"""Matches and decisions → groups, each with the picture to keep, and with nobody in it who must not be discarded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

import pluggy

from mediaparser_core import group, review
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.looks import Looks
from mediaparser_core.catalog.matches import Matches
from mediaparser_core.catalog.partly import Partly
from mediaparser_core.errors import PluginError
from mediaparser_core.pipeline import matching
from mediaparser_core.pipeline.surroundings import SCENE
from mediaparser_core.records import Group, Look, Match
from mediaparser_core.settings import Settings

_LOOSER = frozenset({"retake", "panorama"})  # than "burst"


def refresh(
    catalog: Catalog,
    manager: pluggy.PluginManager,
    settings: Settings,
    state: review.State,
    matches: list[Match] | None = None,
) -> list[Match]:
    """Store the groups, and whose metadata a keeper has a right to.

    What the groups were made of is the answer, for those who date one picture by another.
    """
    if matches is None:
        matches = matching.refresh(catalog, manager, settings)
    pictures = _pictures(matches)
    looks = Looks(catalog).of(_named(pictures, state.same))
    groups = _made(manager, settings, state, looks, pictures)
    catalog.derived.store_groups((each, _is_settled(state, each)) for each in groups)
    Matches(catalog).carry(dict(_settled(groups, state)))
    return matches


def again(
    catalog: Catalog,
    manager: pluggy.PluginManager,
    settings: Settings,
    state: review.State,
    about: Set[str],
    carried: Mapping[str, list[str]] | None = None,
) -> set[str]:
    """Store the groups after something was said about *about*, or they match other ones; who may be in another group
    now. *carried* is what copies lent each other before, where it is not stored any more."""
    partly = Partly(catalog)
    if carried is None:
        carried = Matches(catalog).carried()
    beside: dict[str, set[str]] = defaultdict(set)
    for pair in state.same:
        for sha in pair:
            beside[sha] |= pair
    together, edge = set(about), set(about)
    while edge:
        ends = {sha for pair in partly.matched(edge) for sha in pair}
        edge = (ends | partly.grouped(edge)).union(*(beside[sha] for sha in edge if sha in beside)) - together
        together |= edge
    pictures = _pictures(partly.matches(together))
    same = frozenset(pair for pair in state.same if pair <= together)
    looks = partly.own_looks(Looks(catalog).of(_named(pictures, same)))
    groups = _made(manager, settings, replace(state, same=same), looks, pictures)
    before = partly.groups()
    now = [(each, settled) for each, settled in before if together.isdisjoint(each.members)]
    now += [(each, _is_settled(state, each)) for each in groups]
    partly.store_groups(before, sorted(now, key=lambda one: _place(one[0])))
    stay = {keeper: others for keeper, others in carried.items() if keeper not in together}
    Matches(catalog).carry(stay | dict(_settled(groups, state)))
    return together


def _pictures(matches: Iterable[Match]) -> list[Match]:
    """*matches* without the scenes, and without what is looser than a burst between two pictures of one burst."""
    pictures = [match for match in matches if match.kind != SCENE]
    bursts = {(match.a, match.b) for match in pictures if match.kind == "burst"}
    return [match for match in pictures if match.kind not in _LOOSER or (match.a, match.b) not in bursts]


def _named(pictures: Iterable[Match], same: Iterable[Set[str]]) -> set[str]:
    return {sha for match in pictures for sha in (match.a, match.b)} | {sha for pair in same for sha in pair}


def _made(
    manager: pluggy.PluginManager,
    settings: Settings,
    state: review.State,
    looks: Sequence[Look],
    pictures: Iterable[Match],
) -> list[Group]:
    """The groups that people are asked about, in the order of their numbers."""
    protected = _protected(manager, settings, looks)
    keeper = _Keeper(manager, settings, state, protected)
    made = group.group(looks, pictures, different=state.different, same=state.same, choose=keeper.choose)
    return sorted((each for one in made if (each := _open_to_answers(one, state, protected)) is not None), key=_place)


def _is_settled(state: review.State, made: Group) -> bool:
    """Whether nobody needs to be asked: about a panorama nobody is, for all of it stays."""
    return made.kind in group.ROWS or review.is_settled(state, made.members)


def _place(made: Group) -> tuple[str, str]:
    return made.kind, min(made.members)


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
