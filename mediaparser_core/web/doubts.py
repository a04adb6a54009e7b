"""The open questions about dates: doubts with one cause are one question, put together once for each derive.

A person who answers a hundred questions asks for this list a hundred times, so it is kept: the causes with their
pictures are made when the derived tables changed, and what people have answered since is taken off when they are shown.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.review_pages import Doubt, ReviewPages
from mediaparser_core.review import State
from mediaparser_core.review.questions import shared_cause
from mediaparser_core.web.explorer import Explorer
from mediaparser_core.web.fresh import Fresh, stamp_of

AT_ONCE = 0.2  # seconds: a list that takes longer to make is made beside the request, which gets the last one
_NAME = "_mediaparser_doubts"


class Part(NamedTuple):
    """The pictures of one folder: ``members[start:end]``."""

    folder: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cause:
    """Pictures whose dates are doubtful for one reason, folder by folder. ``order`` sorts those with most first.

    ``fullest`` has the folders with how many of the pictures, the fullest first; ``at`` the place of each picture.
    """

    key: str
    reason: str
    camera: str  # where the doubt is about its clock
    members: tuple[str, ...]
    parts: tuple[Part, ...]
    dated: bool  # whether we believe in a date, however little; else there is only a hint
    digest: str  # of the pictures and what was believed of them
    fullest: tuple[tuple[str, int], ...] = ()
    at: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)

    @property
    def order(self) -> tuple[int, str]:
        return -len(self.members), self.key


@dataclass(frozen=True, slots=True)
class Book:
    """All causes, the biggest first, as of one derive."""

    mark: str = ""
    causes: tuple[Cause, ...] = ()
    places: Mapping[str, int] = field(default_factory=dict)  # of causes by key
    whose: Mapping[str, int] = field(default_factory=dict)  # place of the cause by picture
    seconds: float = 0.0  # it took to make
    _answered: dict[tuple[int, int], Mapping[int, int]] = field(default_factory=dict)

    def cause(self, key: str) -> Cause | None:
        place = self.places.get(key)
        return None if place is None else self.causes[place]

    def cause_of(self, sha256: str) -> Cause | None:
        """The question this picture is part of."""
        place = self.whose.get(sha256)
        return None if place is None else self.causes[place]

    def following(self, order: tuple[int, str] | None, fresh: Fresh, limit: int = 1) -> list[Cause]:
        """The next causes in order that still have pictures to ask about."""
        answered, found = self.answered(fresh), []
        for place in range(self._place_after(order), len(self.causes)):
            cause = self.causes[place]
            if answered.get(place, 0) < len(cause.members):
                found.append(cause)
                if len(found) == limit:
                    break
        return found

    def left(self, fresh: Fresh) -> tuple[int, int]:
        """Questions and pictures that wait."""
        answered = self.answered(fresh)
        done = sum(count == len(self.causes[place].members) for place, count in answered.items())
        return len(self.causes) - done, len(self.whose) - sum(answered.values())

    def before(self, cause: Cause, fresh: Fresh) -> int:
        """How many open questions come before this one."""
        place, answered = self.places[cause.key], self.answered(fresh)
        done = sum(count == len(self.causes[at].members) for at, count in answered.items() if at < place)
        return place - done

    def answered(self, fresh: Fresh) -> Mapping[int, int]:
        """How many pictures of each cause need no answer any more, by place; places without any are left out."""
        if fresh.known not in self._answered:
            counts: dict[int, int] = {}
            for sha in self.whose.keys() & (fresh.state.dates.keys() | _gone(fresh.state)):
                counts[self.whose[sha]] = counts.get(self.whose[sha], 0) + 1
            self._answered.clear()
            self._answered[fresh.known] = counts
        return self._answered.get(fresh.known, {})

    def _place_after(self, order: tuple[int, str] | None) -> int:
        if order is None:
            return 0
        low, high = 0, len(self.causes)
        while low < high:
            middle = (low + high) // 2
            if self.causes[middle].order <= order:
                low = middle + 1
            else:
                high = middle
        return low


def _gone(state: State) -> set[str]:
    return {sha for sha, kept in state.kept.items() if not kept}


def answered_in(cause: Cause, state: State) -> set[int]:
    """The places of those pictures of *cause* that need no answer any more."""
    return {cause.at[sha] for sha in (*state.dates, *_gone(state)) if sha in cause.at}


def by_number(folders: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Folders with how many pictures, the fullest first, without the empty ones."""
    return tuple(sorted((each for each in folders if each[1]), key=lambda each: (-each[1], each[0])))


def is_open(sha256: str, state: State) -> bool:
    """Whether nobody has dated this picture or left it out."""
    return sha256 not in state.dates and state.kept.get(sha256, True)


def stamp(cause: Cause, members: Sequence[str]) -> str:
    """What a page shows of a question: which pictures are still asked about, and what was believed of them."""
    return stamp_of(cause.digest, len(cause.members) if len(members) == len(cause.members) else tuple(members))


def write(catalog: Catalog) -> Book:
    """Put the questions together."""
    began = time.monotonic()
    pages = ReviewPages(catalog)
    mark = pages.derived_mark()
    found: dict[tuple[str, str], list[Doubt]] = {}
    for doubt in pages.doubts():
        found.setdefault(shared_cause(doubt._asdict()), []).append(doubt)
    causes = tuple(sorted((_cause(*cause, doubts) for cause, doubts in found.items()), key=lambda cause: cause.order))
    return Book(
        mark,
        causes,
        {cause.key: place for place, cause in enumerate(causes)},
        {sha: place for place, cause in enumerate(causes) for sha in cause.members},
        time.monotonic() - began,
    )


def _cause(what: str, camera: str, doubts: list[Doubt]) -> Cause:
    doubts.sort(key=lambda doubt: (doubt.folder, doubt.path, doubt.sha256))
    digest, parts = hashlib.sha256(), list[Part]()
    for place, doubt in enumerate(doubts):
        digest.update(f"{doubt.sha256} {doubt.moment}\n".encode("utf-8", "backslashreplace"))
        if not parts or parts[-1].folder != doubt.folder:
            parts.append(Part(doubt.folder, place, place))
        parts[-1] = parts[-1]._replace(end=place + 1)
    reasons = {doubt.reason for doubt in doubts}
    doubted = what.removeprefix("but ")
    return Cause(
        key=stamp_of(what, camera),
        reason=reasons.pop() if len(reasons) == 1 else f"{doubted[:1].upper()}{doubted[1:]}.",
        camera=camera, members=tuple(doubt.sha256 for doubt in doubts), parts=tuple(parts),
        dated=any(doubt.dated for doubt in doubts), digest=digest.hexdigest()[:16],
        fullest=by_number((part.folder, part.end - part.start) for part in parts),
        at={doubt.sha256: place for place, doubt in enumerate(doubts)},
    )  # fmt: skip


class Doubts:
    """Keeps the latest :class:`Book` of one explorer."""

    def __init__(self, explorer: Explorer) -> None:
        self._explorer = explorer
        self._book: Book | None = None
        self._making: asyncio.Task[Book] | None = None

    async def book(self) -> Book:
        """The questions as they are, or, while a long list is being made anew, as they were a moment ago."""
        mark = await self._explorer.look(lambda catalog: ReviewPages(catalog).derived_mark())
        if self._book is not None and self._book.mark == mark:
            return self._book
        if self._making is None or self._making.done():
            self._making = asyncio.create_task(self._make())
        if self._book is not None and self._book.seconds > AT_ONCE:
            return self._book
        return await asyncio.shield(self._making)

    async def _make(self) -> Book:
        self._book = await self._explorer.look(write)
        return self._book


def doubts_of(explorer: Explorer | Any) -> Doubts:
    """The questions of this explorer, shared by all its pages."""
    found: Doubts | None = getattr(explorer, _NAME, None)
    if found is None:
        found = Doubts(explorer)
        setattr(explorer, _NAME, found)
    return found
