"""Claims and decisions → a date for every asset: first from what each says itself, then with what others say of it.

The first round hears an asset's own claims and the map. What comes out of it lends zones, dates and trust in clocks to
others; the second round resolves again those of which a neighbour speaks. Nobody lends what was borrowed, so there is
no third round. Every witness is stored, so the catalog alone gives the same dates again (:func:`replay`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import date
from typing import Any, Final

import pluggy

from mediaparser_core import bundle, resolve, review
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.clocks import Clocks
from mediaparser_core.catalog.matches import Matches
from mediaparser_core.catalog.partly import Partly
from mediaparser_core.catalog.rows import grouped
from mediaparser_core.catalog.standing_answers import StandingAnswers
from mediaparser_core.errors import PluginError
from mediaparser_core.pipeline import standing_answers, surroundings
from mediaparser_core.records import Bundle, Evidence, Match, Resolution
from mediaparser_core.resolve import evidence, neighbours
from mediaparser_core.resolve.wall import clock_lacks
from mediaparser_core.settings import Settings

AT_ONCE: Final = 1000  # dates stored at a time
_AT_ONCE_HEARD: Final = ("clock", "zone")  # kinds of witnesses that all are made anew each time: they are few, or cheap

ReadingRow = tuple[str, str, str, int | None, float | None, str | None, float | None]


class Dating:
    """Dates the assets of one catalog; ``first`` and ``second`` are called in this order, with the groups in between."""

    def __init__(
        self,
        catalog: Catalog,
        manager: pluggy.PluginManager,
        settings: Settings,
        state: review.State,
        bundles: Sequence[Bundle],
    ) -> None:
        self._catalog, self._clocks = catalog, Clocks(catalog)
        self._manager, self._settings, self._state = manager, settings, state
        self._today = date.today()
        self._bundles = _bundled(bundles)
        self._partly = Partly(catalog)
        self._ruled: dict[str, standing_answers.Settled] = {}

    def first(self) -> None:
        """Date everything by its own evidence, and note what each camera's clock showed."""
        self._clocks.forget()
        self._catalog.derived.forget_dates()
        self._partly.forget_own_dates()
        Matches(self._catalog).carry({})  # what copies lend comes after the groups
        surroundings.look_up_zones(self._clocks, self._manager)
        self._store(self._resolved(None, note=True))

    def second(self, matches: Iterable[Match]) -> None:
        """Let files speak of each other, and date again those that are spoken of."""
        visited = self._hear(matches)
        self._partly.keep_own_dates(visited)
        self._store(self._resolved(visited))
        self._follow_rules(None)

    def again(
        self,
        touched: Collection[str],
        settled: Set[str],
        regroup: Callable[[], tuple[list[Match], set[str] | None]],
        folders: Set[str] | None = None,
    ) -> set[str]:
        """Date everything again after something else is said about *touched*, by people or by what came or went in
        *folders*: as ``first`` and ``second`` would, but the own evidence of nobody else is weighed again, and only those
        are dated anew of which others speak differently, or who are in *settled* groups or were. Who that was is the
        answer. *regroup* answers with the matches, and who matches others than before (``None``: anybody).
        """
        before, ruled = self._clocks.neighbours(), StandingAnswers(self._catalog).settled()
        Matches(self._catalog).carry({})
        self._partly.back_to_own_dates()
        self._clocks.forget_neighbours()
        about = self._together(touched)
        self._partly.forget_readings(about)
        if folders is not None:
            surroundings.look_up_zones(self._clocks, self._manager, about)
        self._store(self._resolved(about, note=True))
        matches, rematched = regroup()
        if rematched is None:
            visited = self._hear(matches)
        else:
            visited = self._hear_again(matches, about | settled | rematched, folders or set(), before)
        self._partly.keep_own_dates(visited)
        after = self._clocks.neighbours()
        other = {sha for sha in before.keys() | after.keys() if before.get(sha) != after.get(sha)}
        due = self._together(about | settled | self._settled() | other | ruled)
        self._partly.as_before(except_for=due)
        self._store(self._resolved(due))
        self._follow_rules(None)
        return due

    def settle(self, due: Collection[str]) -> None:
        """Date *due* again, of which others speak as before, but which people settled, or no more, to be one picture.

        Whatever is in a bundle or in a settled group with one of *due* must be among them.
        """
        visited = self._together(self._partly.spoken_of(due) | self._settled()) & set(due)
        self._partly.keep_own_dates(visited)
        self._store(self._resolved(due))
        self._partly.forget_own_dates(set(due) - visited)
        self._follow_rules(set(due))

    def _follow_rules(self, only: Set[str] | None) -> None:
        """Settle the doubts that have a standing answer. It is the last word: no neighbour borrows such a date."""
        if not self._state.rules:
            return
        answers = StandingAnswers(self._catalog)
        doubts = (doubt for doubt in answers.doubts() if only is None or doubt.sha256 in only)
        self._ruled = standing_answers.settled(self._state, doubts, answers.about_clocks())
        due = self._together(self._ruled)
        self._partly.keep_own_dates(due)
        self._store(self._resolved(due))

    def _hear(self, matches: Iterable[Match]) -> set[str]:
        """Let files speak of each other; who is spoken of, and whoever shares a date with them."""
        surroundings.look_up_carried_zones(self._clocks, self._manager)
        surroundings.hear(self._clocks, _as_people_say(matches, self._state))
        return self._together(self._clocks.visited() | self._settled())

    def _hear_again(
        self,
        matches: Iterable[Match],
        changed: Set[str],
        folders: Set[str],
        before: Mapping[str, Set[tuple[Any, ...]]],
    ) -> set[str]:
        """The same, but nobody else speaks anew of those for whom nothing can have changed."""
        surroundings.look_up_carried_zones(self._clocks, self._manager)
        told = {
            sha: said for sha, rows in before.items() if (said := {row for row in rows if row[0] in _AT_ONCE_HEARD})
        }

        def listen() -> set[str]:
            now = self._clocks.neighbours()
            return {sha for sha in told.keys() | now.keys() if told.get(sha) != now.get(sha)}

        due = surroundings.hear_again(self._clocks, _as_people_say(matches, self._state), changed, folders, listen)
        self._clocks.hear_as_before(except_for=due)
        return self._together(self._clocks.visited() | self._settled())

    def _together(self, assets: Collection[str]) -> set[str]:
        """*assets* and whatever shares a date with one of them."""
        things = {self._bundles[sha] for sha in assets if sha in self._bundles}
        return {*assets, *(sha for sha, primary in self._bundles.items() if primary in things)}

    def replay(self) -> Iterator[tuple[str, Resolution]]:
        """Every asset's date from the claims, the witnesses and the decisions in the catalog; nothing is stored."""
        self._settled()
        if not self._state.rules:
            yield from self._replayed(None)
            return
        answers, found = StandingAnswers(self._catalog), dict(self._replayed(None))
        cameras = answers.cameras()
        doubts = (standing_answers.doubt_of(sha, own, *cameras[sha]) for sha, own in found.items())
        self._ruled = standing_answers.settled(self._state, filter(None, doubts), answers.about_clocks())
        found |= self._replayed(self._together(self._ruled))
        yield from found.items()

    def _replayed(self, only: Collection[str] | None) -> Iterator[tuple[str, Resolution]]:
        held: dict[str, Resolution] = {}
        for resolution, about, _ in self._resolved(only):
            if about.sha256 in self._bundles:
                held[about.sha256] = resolution
            else:
                yield about.sha256, resolution
        yield from self._shared(held).items()

    def _settled(self) -> set[str]:
        """Have copies that a person settled to be one picture share their date, as a bundle does; who they are."""
        found: set[str] = set()
        for keeper, others in Matches(self._catalog).carried().items():
            together = {keeper, *(other for other in others if other not in self._bundles)}
            primary = self._bundles.get(keeper, keeper)
            self._bundles |= dict.fromkeys(together, primary)
            found |= together
        return found

    # -- resolving

    def _resolved(
        self, only: Collection[str] | None, *, note: bool = False
    ) -> Iterator[tuple[Resolution, Evidence, list[int]]]:
        """The date, the evidence and the ids of its claims, for each asset; readings are noted on the way."""
        readings: list[ReadingRow] = []
        cameras = grouped(self._clocks.camera_keys() if note or self._state.shifts else ())
        for found, ids in self._catalog.derived.evidence(only):
            ruled = self._ruled.get(found.sha256)
            by_rule = (ruled.moment, ruled.offset) if ruled else (None, None)
            decided, offset = self._state.dates.get(found.sha256, by_rule)
            camera = next((review.camera_key(*names) for names in cameras(found.sha256)), "")
            shown = None
            if camera and (note or camera in self._state.shifts):
                shown = self._reading(found, camera)
            shift = review.shift_at(self._state, camera, shown[2] if shown else None)
            about = replace(found, decided=decided, decided_offset=offset, shift=shift or 0.0)
            resolution = self._manager.hook.resolve_date(evidence=about, settings=self._settings, today=self._today)
            if resolution is None:
                raise PluginError("no plugin answered resolve_date; is 'best_evidence' loaded?")
            if ruled:
                resolution = replace(resolution, rule="standing", reason=ruled.reason)
            if note and shown:
                readings.append((*shown, shift))
                if len(readings) >= AT_ONCE:
                    self._clocks.add_readings(readings)
                    readings.clear()
            yield resolution, about, ids
        self._clocks.add_readings(readings)

    def _reading(
        self, found: Evidence, camera: str
    ) -> tuple[str, str, str, int | None, float | None, str | None] | None:
        """What the camera's clock showed, and what another clock in the same file (or its sidecar) makes of it."""
        if evidence.from_phone(found):
            return None
        words = evidence.read(replace(found, shift=0.0, witnesses=()), self._settings, self._today)
        own = evidence.clock_word(words)
        if own is None:
            return None
        number = next(
            (number for path in found.paths if (number := neighbours.number_of(path.rpartition("/")[2])) is not None),
            None,
        )
        for other in sorted(
            (w for w in words if w.kind in ("gps", "takeout") and w.timed and not w.problem), key=evidence.preference
        ):
            told = clock_lacks(own, other, found, self._settings)
            if told is not None:
                return found.sha256, camera, own.value[:19], number, told.seconds, other.kind
        return found.sha256, camera, own.value[:19], number, None, None

    # -- storing

    def _store(self, found: Iterable[tuple[Resolution, Evidence, list[int]]]) -> None:
        batch: dict[str, Resolution] = {}
        claim_ids: dict[str, Sequence[int]] = {}
        held: dict[str, Resolution] = {}
        held_ids: dict[str, Sequence[int]] = {}
        for resolution, about, ids in found:
            if about.sha256 in self._bundles:
                held[about.sha256], held_ids[about.sha256] = resolution, ids
                continue
            batch[about.sha256], claim_ids[about.sha256] = resolution, ids
            if len(batch) >= AT_ONCE:
                self._catalog.derived.store_dates(batch, claim_ids)
                batch.clear()
                claim_ids.clear()
        self._catalog.derived.store_dates(batch, claim_ids)
        self._catalog.derived.store_dates(self._shared(held), held_ids)

    def _shared(self, held: Mapping[str, Resolution]) -> dict[str, Resolution]:
        """One date for each bundle."""
        things: dict[str, dict[str, Resolution]] = {}
        for sha, resolution in held.items():
            things.setdefault(self._bundles[sha], {})[sha] = resolution
        shared: dict[str, Resolution] = {}
        for primary, members in things.items():
            shared |= resolve.share(members, primary)
        return shared


def _as_people_say(matches: Iterable[Match], state: review.State) -> list[Match]:
    """*matches* without the pairs that somebody told apart, and with those that somebody said are the same."""
    told = [tuple(sorted(pair)) for pair in state.same - state.different]
    same = [Match(pair[0], pair[1], "similar", 0.0) for pair in sorted(told)]
    return [match for match in matches if frozenset((match.a, match.b)) not in state.different] + same


def _bundled(bundles: Iterable[Bundle]) -> dict[str, str]:
    """asset → the primary of its bundle, for pictures and videos that share a date."""
    found: dict[str, str] = {}
    for each in bundles:
        members = {member.sha256 for member in each.members if member.role != "sidecar"}
        if len(members) > 1:
            found |= dict.fromkeys(members, bundle.primary(each).sha256)
    return found
