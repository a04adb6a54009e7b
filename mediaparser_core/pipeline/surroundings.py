"""Have maps and neighbours speak: zones by position, clocks that other clocks speak of, trips, look-alikes, numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from typing import Final

import pluggy

from mediaparser_core.catalog.clocks import Clocks
from mediaparser_core.dates import difference
from mediaparser_core.records import Match, Witness
from mediaparser_core.resolve import clocks, neighbours
from mediaparser_core.resolve.neighbours import Dated
from mediaparser_core.resolve.outings import Reading

AT_ONCE: Final = 1000
SCENE: Final = "scene"  # the kind of match that makes no group
_SURE_ENOUGH: Final = 0.75  # the confidence of a copy's date that speaks against a camera's clock


def look_up_zones(store: Clocks, manager: pluggy.PluginManager, only: Collection[str] | None = None) -> None:
    """A witness for each asset with a position on land; for the assets *only*, where some are given."""
    if only is not None:
        store.forget_zones(only)
    _look_up(store, manager, ((*row, None) for row in store.positions(only)))


def look_up_carried_zones(store: Clocks, manager: pluggy.PluginManager) -> None:
    """A witness for each that was given the position of its copy."""
    _look_up(store, manager, list(store.carried_positions()))


def _look_up(
    store: Clocks, manager: pluggy.PluginManager, positions: Iterable[tuple[str, float, float, str | None]]
) -> None:
    found: list[tuple[str, Witness]] = []
    for sha, latitude, longitude, whose in positions:
        if latitude == 0 and longitude == 0:
            continue  # what devices write that do not know
        zone = manager.hook.zone_at(latitude=latitude, longitude=longitude)
        if zone:
            found.append((sha, Witness("zone", detail=str(zone), of=whose)))
        if len(found) >= AT_ONCE:
            store.add_witnesses(found)
            found.clear()
    store.add_witnesses(found)


def hear(store: Clocks, matches: Iterable[Match]) -> None:
    """Every witness but the maps. Needs the dates, zones and readings of the first round in the catalog."""
    alike, doubted = _hear_clocks(store, matches)
    found = _lookalikes(store, alike, doubted)
    store.add_witnesses(found)
    known = store.visited("trip")
    for together in (store.by_device(), store.by_folder()):
        _ask(store, neighbours.trips, together, known)
    _ask(store, neighbours.between, store.by_folder(), _dated_by(found))


def hear_again(
    store: Clocks,
    matches: Iterable[Match],
    changed: Set[str],
    folders: Set[str],
    listen: Callable[[], Set[str]],
) -> set[str]:
    """Every witness but the maps: the clocks', and of dates and zones those for whom something may have changed; who
    that was is the answer.

    That something is new of *changed*, or came or went in *folders*, is heard by those who look like one of them, were
    taken with its camera, or lie beside it, if they lack a date or a zone. *listen* says of whom the clocks, or the
    maps of their copies, speak differently.
    """
    alike, doubted = _hear_clocks(store, matches)
    new = {*changed, *listen()}
    due = new.union(*((match.a, match.b) for match in alike if match.a in new or match.b in new))
    cameras, around = store.where(due)
    around |= folders
    for together in (store.by_device(cameras), store.by_folder(around)):
        due |= {each.sha256 for group in together for each in group if neighbours.needs_help(each)}
    # of each of them all that speak: the first one that knows something is believed
    cameras, around = store.where(due)
    found = _lookalikes(store, alike, doubted)
    store.add_witnesses(pair for pair in found if pair[0] in due)
    known = {sha for sha, witness in found if witness.kind == "trip"}
    for together in (store.by_device(cameras), store.by_folder(around)):
        _ask(store, neighbours.trips, together, known, due)
    _ask(store, neighbours.between, store.by_folder(around), _dated_by(found), due)
    return due


def _hear_clocks(store: Clocks, matches: Iterable[Match]) -> tuple[list[Match], dict[str, str]]:
    """The pairs that look alike; what is doubted about the clock of which assets."""
    scenes, alike = [], []
    for match in matches:
        if match.kind == SCENE:
            scenes.append(match)
        elif match.kind == "similar":
            alike.append(match)
    store.tell(_told_by_others(store, alike, scenes))
    return alike, _inspect_clocks(store)


# -- clocks -----------------------------------------------------------------------------------------------------------


def _told_by_others(store: Clocks, alike: Sequence[Match], scenes: Sequence[Match]) -> Iterator[tuple[float, str, str]]:
    """What copies and phones beside it say of a camera's clock, where nothing in the file itself did."""
    for matches, teller in ((alike, "copy"), (scenes, SCENE)):
        shown = store.readings_of(sorted({sha for match in matches for sha in (match.a, match.b)}))
        pairs = [
            (own, other)
            for match in matches
            if teller == SCENE or match.confidence >= neighbours.SURE
            for own, other in ((match.a, match.b), (match.b, match.a))
            if own in shown and other not in shown
        ]
        dates = {each.sha256: each for each in store.dated(sorted({other for _, other in pairs}))}
        for own, other in sorted(pairs):
            each = dates.get(other)
            if each is None or each.confidence < _SURE_ENOUGH or each.precision != "second" or not each.taken_at:
                continue
            lacks = difference(each.taken_at, shown[own])
            if lacks is not None and neighbours.lends_its_date(each):
                yield lacks, teller, own


def _inspect_clocks(store: Clocks) -> dict[str, str]:
    """Offers and witnesses for every camera; what is doubted about the clock of which assets."""
    doubted: dict[str, str] = {}
    for camera, readings in list_of(store.cameras()):
        found = clocks.inspect(readings)
        store.add_offers(camera, found.pieces)
        store.add_witnesses(
            (sha, Witness("clock", detail=state, seconds=seconds)) for sha, (state, seconds) in found.states.items()
        )
        doubted |= {sha: state for sha, (state, _) in found.states.items() if state != "right"}
    return doubted


def list_of(cameras: Iterable[tuple[str, Iterator[Reading]]]) -> Iterator[tuple[str, list[Reading]]]:
    """One camera's readings at a time, read to the end before anything is written."""
    for camera, readings in cameras:
        yield camera, list(readings)


# -- neighbours -------------------------------------------------------------------------------------------------------


def _lookalikes(store: Clocks, alike: Sequence[Match], doubted: Mapping[str, str]) -> list[tuple[str, Witness]]:
    """Witnesses for what has no date or no zone of its own and shows the same as something that has."""
    matched = sorted({sha for match in alike for sha in (match.a, match.b)})
    needy = {each.sha256: each for each in store.dated(matched) if neighbours.needs_help(each)}
    partners: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for match in alike:
        for own, other in ((match.a, match.b), (match.b, match.a)):
            if own in needy:
                partners[own].append((other, match.confidence))
    lenders = {each.sha256: each for each in store.dated(sorted({o for found in partners.values() for o, _ in found}))}
    found = []
    for sha, others in partners.items():
        pairs = [(lenders[other], sure) for other, sure in others if other in lenders]
        witness = neighbours.from_lookalikes(needy[sha], pairs)
        if witness is not None:
            found.append((sha, replace(witness, detail=doubted.get(witness.of or "", witness.detail))))
    return found


def _dated_by(found: Iterable[tuple[str, Witness]]) -> set[str]:
    """Who got a date from somebody that shows the same."""
    return {sha for sha, witness in found if witness.kind == "lookalike"}


def _ask(
    store: Clocks,
    say: Callable[[Iterable[Dated]], Iterable[tuple[str, Witness]]],
    together: Iterable[Iterable[Dated]],
    known: set[str],
    only: Set[str] | None = None,
) -> None:
    """What those who are *together* say of each other, unless it is *known* already; of *only* some."""
    for group in together:
        found = [(sha, witness) for sha, witness in say(group) if sha not in known and (only is None or sha in only)]
        known.update(sha for sha, _ in found)
        store.add_witnesses(found)
