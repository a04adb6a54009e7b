"""New decisions → only those derived rows that they change; the same rows that everything made anew would have.

Three roads, the shortest that is safe: a tag changes tags; keeping and leaving out change groups, and what a settled
group shares; a date, a clock, or a pair of which one could date the other is heard by neighbours, so that everybody is
asked again what they say of each other, and only those are dated anew of which something else is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Set

import pluggy

from mediaparser_core import review
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.clocks import Clocks
from mediaparser_core.catalog.matches import Matches
from mediaparser_core.catalog.partly import Partly
from mediaparser_core.catalog.search import Search
from mediaparser_core.catalog.summary import Summary
from mediaparser_core.catalog.summary_changes import SummaryChanges
from mediaparser_core.pipeline import grouping, matching, standing
from mediaparser_core.pipeline.dating import Dating
from mediaparser_core.pipeline.rebundling import Arrived
from mediaparser_core.records import Match
from mediaparser_core.resolve import neighbours
from mediaparser_core.settings import Settings


def follow(
    catalog: Catalog,
    manager: pluggy.PluginManager,
    settings: Settings,
    then: review.State,
    state: review.State,
    found: Arrived | None = None,
) -> None:
    """Make everything derived agree with *state*; it agrees with *then*, and nothing but decisions is new, and what was
    *found* in files, of which the bundles are stored."""
    dated = _different(then.dates, state.dates) | _of_cameras(catalog, _different(then.shifts, state.shifts))
    pairs = (then.same ^ state.same) | (then.different ^ state.different)
    tagged = _different(then.tags_added, state.tags_added) | _different(then.tags_removed, state.tags_removed)
    asked = _different(then.kept, state.kept).union(*pairs)
    carried = Matches(catalog).carried()
    if found is not None or dated or _could_date_each_other(catalog, pairs):
        _hear_again(catalog, manager, settings, state, dated, tagged, asked, carried, found)
        return
    partly = Partly(catalog)
    together: set[str] = set()
    moved: set[str] = set()
    if asked:
        places = partly.copied_places()
        together = grouping.again(catalog, manager, settings, state, asked)
        if partly.copied_places() != places:  # a keeper has a place now, or no more: its neighbours may know the zone
            _hear_again(catalog, manager, settings, state, set(), tagged, asked, carried)
            return
        moved = _moved(carried, Matches(catalog).carried())
        if moved:
            moved = _sharing(catalog, moved)
            Dating(catalog, manager, settings, state, partly.bundles(moved)).settle(moved)
    tags_before = partly.tags(tagged | moved | together)
    if tagged or moved:
        standing.tag_again(catalog, state, tagged | moved)
        Search(catalog).refresh(tagged | moved)
    standing.stand_again(catalog, state, together)
    SummaryChanges(catalog).follow(set(partly.present(tagged | moved | together)), tags_before)


def _hear_again(
    catalog: Catalog,
    manager: pluggy.PluginManager,
    settings: Settings,
    state: review.State,
    dated: Set[str],
    tagged: Set[str],
    asked: Set[str],
    carried: Mapping[str, list[str]],
    found: Arrived | None = None,
) -> None:
    """Date again who was *dated* or *found*, group again those and who was *asked* about, and whatever hears of it;
    *carried* is what copies lent each other before."""
    bundles = catalog.derived.bundles() if found is None else found.bundles
    arrived: Set[str] = frozenset() if found is None else found.assets
    regrouped, anybody = set(asked), False

    def regroup() -> tuple[list[Match], set[str] | None]:
        nonlocal anybody
        matches, other = matching.again(catalog, manager, settings)
        if other is None:
            anybody = True
            grouping.refresh(catalog, manager, settings, state, matches)
            return matches, None
        regrouped.update(grouping.again(catalog, manager, settings, state, other | asked, carried))
        return matches, other | asked

    dating = Dating(catalog, manager, settings, state, bundles)
    due = dating.again(dated | arrived, _moved(carried, {}), regroup, found and found.folders)
    tagged = due | tagged | _moved(carried, Matches(catalog).carried())
    if anybody:
        standing.refresh(catalog, state, bundles)
    else:
        standing.tag_again(catalog, state, tagged)
        standing.stand_again(catalog, state, Partly(catalog).beside(regrouped | arrived))
    Search(catalog).refresh(tagged)
    Summary(catalog).refresh()


def _different(then: Mapping[str, object], now: Mapping[str, object]) -> set[str]:
    return {key for key in then.keys() | now.keys() if then.get(key) != now.get(key)}


def _moved(then: Mapping[str, list[str]], now: Mapping[str, list[str]]) -> set[str]:
    """Everybody in a settled group that is another one now."""
    keepers = _different(then, now)
    return keepers.union(*(carried.get(keeper, ()) for keeper in keepers for carried in (then, now)))


def _sharing(catalog: Catalog, assets: set[str]) -> set[str]:
    """*assets* and whatever is in a bundle or a settled group with one of them."""
    partly, found = Partly(catalog), set(assets)
    while True:
        more = partly.things(found)
        for keeper, others in partly.carried(more).items():
            more |= {keeper, *others}
        if more == found:
            return found
        found = more


def _of_cameras(catalog: Catalog, cameras: set[str]) -> set[str]:
    """Every picture that one of *cameras* took."""
    if not cameras:
        return set()
    return {sha for sha, *names in Clocks(catalog).camera_keys() if review.camera_key(*names) in cameras}


def _could_date_each_other(catalog: Catalog, pairs: Set[frozenset[str]]) -> bool:
    """Whether in one of *pairs* somebody could speak of the other's date, zone or clock."""
    if not pairs:
        return False
    assets = set().union(*pairs)
    if any(neighbours.needs_help(each) for each in Clocks(catalog).dated(sorted(assets))):
        return True
    if Partly(catalog).with_own_date(assets):  # somebody had a say in it
        return True
    shown = Partly(catalog).with_reading(assets)
    return any(len(pair & shown) == 1 for pair in pairs)
