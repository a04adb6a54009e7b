"""What the gallery asks: a page of pictures in order of time, how many there are in each month, what one can choose by.

Every question goes through ``tallies`` first: as they count by month, and as the ids of ``timeline`` are ranks in time, they
tell between which ids a page lies before any picture is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from mediaparser_core.catalog.wanted import Wanted, counted, narrow, where
from mediaparser_core.shorter import moment_shown

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

_SHA = "(select sha256 from contents where id = t.content)"
Key = tuple[str | None, str]  # moment in text and SHA-256: where a picture stands
_CHOICES = ("kind", "level", "placed", "state")
_MOST = 40  # values of one facet
_SPARSE = 20  # a picture in so many: from there on the index is quicker than walking along the time line
_NEAR = 3000  # places along the time line that are looked at before anything is counted


class Month(NamedTuple):
    """``month`` (``2019-05``, ``1994`` or empty), how many pictures it has, how many of them are wanted."""

    month: str
    total: int
    pictures: int


class Spot(NamedTuple):
    """One picture's place in the time line."""

    id: int
    sha256: str
    moment: str | None

    @property
    def key(self) -> Key:
        return self.moment, self.sha256


class Gallery:
    """Asks ``timeline`` and ``tallies``."""

    def __init__(self, catalog: Catalog) -> None:
        self._conn = catalog.db.conn

    def months(self, wanted: Wanted) -> list[Month]:
        """Every month of the library, the oldest first; what has no date comes before all others."""
        condition, more = where(wanted)
        if wanted.plain:
            source, values = "", [*more]
            question = f"select y.month, sum(y.pictures) as n from tallies y where {condition} group by y.month"
        else:
            source, values = counted(wanted)
            values += more
            question = f"select y.month, sum(y.n) as n from counted y where {condition} group by y.month"
        return self._by_month(dict(self._conn.execute(f"{source} {question}", values).fetchall()))

    def overview(self, wanted: Wanted) -> tuple[list[Month], dict[str, list[tuple[Any, int]]]]:
        """:meth:`months`, and values of ``kind, level, placed, state`` and ``camera`` with counts, the most first; what is
        chosen in one of them narrows the others down, not itself."""
        source, values = (
            ("with counted as (select *, pictures as n from choices)", []) if wanted.plain else counted(wanted)
        )
        parts, bound = [], list(values)
        facets = [*_CHOICES, "camera"] if wanted.plain else ["month", *_CHOICES, "camera"]
        for facet in facets:
            condition, more = where(wanted, without=facet)
            columns = "y.make, y.model" if facet == "camera" else f"y.{facet}, null"
            most = "" if facet == "month" else f" order by pictures desc limit {_MOST}"
            parts.append(
                f"select * from (select '{facet}', {columns}, sum(y.n) as pictures from counted y where {condition} "
                f"group by 2, 3{most})"
            )
            bound += more
        found: dict[str, list[tuple[Any, int]]] = {facet: [] for facet in facets}
        for facet, value, model, count in self._conn.execute(f"{source} {' union all '.join(parts)}", bound):
            found[facet].append((((value or "", model or "") if facet == "camera" else value), count))
        if wanted.plain:
            return self.months(wanted), found
        return self._by_month(dict(found.pop("month"))), found

    def _by_month(self, wanted: dict[str, int]) -> list[Month]:
        totals = self._conn.execute("select month, sum(pictures) from tallies group by month order by month")
        return [Month(month, total, wanted.get(month, 0)) for month, total in totals]

    def tags(self, limit: int) -> list[tuple[str, int]]:
        """The most used tags of the pictures that stay in the library."""
        return list(
            self._conn.execute("select tag, pictures from tag_counts order by pictures desc, tag limit ?", (limit,))
        )

    def page(
        self,
        wanted: Wanted,
        months: Sequence[Month],
        limit: int,
        *,
        after: Key | None = None,
        before: Key | None = None,
    ) -> list[Spot]:
        """*limit* pictures older than *after* (from the newest on without it), or the *limit* next ones newer than *before*;
        the newest first in any case. *months* is :meth:`months` of the same."""
        if before is not None:
            span = _newer(months, self._rank(before, months), limit)
        else:
            last = sum(month.total for month in months) + 1
            span = _older(months, last if after is None else self._rank(after, months, below=True), limit)
        return self._within(wanted, span, limit, newest=before is None)

    def neighbours(self, wanted: Wanted, key: Key) -> tuple[str | None, str | None]:
        """The next newer and the next older picture."""
        months: list[Month] = []
        found: list[str | None] = []
        row = self._conn.execute("select id from timeline where sha256 = ? and moment is ?", key[::-1]).fetchone()
        for newest in (False, True):
            near: list[Spot] = []
            if row is not None and wanted.words is None:  # most often it is close by
                low, high = (row[0] - _NEAR, row[0]) if newest else (row[0], row[0] + _NEAR)
                near = self._within(wanted, Span(low, high, None, None, _NEAR), 1, newest=newest)
            if not near:
                months = months or self.months(wanted)
                near = self.page(wanted, months, 1, after=key) if newest else self.page(wanted, months, 1, before=key)
            found.append(near[0].sha256 if near else None)
        return found[0], found[1]

    def key(self, sha256: str) -> Key | None:
        """Where a picture stands, or ``None`` when it is not in the time line."""
        row = self._conn.execute("select moment, sha256 from timeline where sha256 = ?", (sha256,)).fetchone()
        return (row[0], row[1]) if row else None

    # -- how

    def _rank(self, key: Key, months: Sequence[Month], *, below: bool = False) -> int:
        """The id at *key*; of a picture that is gone or was moved the id next to it, above it with *below*."""
        moment, sha = key
        row = self._conn.execute("select id, moment from timeline where sha256 = ?", (sha,)).fetchone()
        if row is not None and row[1] == moment:
            return int(row[0])
        first = sum(month.total for month in months if month.month < (moment or "")[:7])
        inside = next((month.total for month in months if month.month == (moment or "")[:7]), 0)
        older = self._conn.execute(
            "select count(*) from timeline where id > ? and id <= ? and (coalesce(moment, ''), sha256) <= (?, ?)",
            (first, first + inside, moment or "", sha),
        ).fetchone()[0]
        return first + int(older) + below

    def _within(self, wanted: Wanted, span: Span, limit: int, *, newest: bool) -> list[Spot]:
        """The first pictures in *span* from the newest or from the oldest on; the newest first in any case."""
        if span.high - span.low <= 1:
            return []
        source, values = _source(wanted, span)
        condition, more = where(wanted)
        order = "desc" if newest else "asc"
        rows = self._conn.execute(f"{source} and {condition} order by t.id {order} limit ?", (*values, *more, limit))
        return [Spot(*row) for row in rows][:: 1 if newest else -1]


class Span(NamedTuple):
    """A page lies between these ids (both excluded) and months; in all it has at least so many wanted pictures."""

    low: int
    high: int
    first: str | None
    last: str | None
    pictures: int

    @property
    def dense(self) -> bool:
        """Whether walking along the time line meets enough wanted pictures."""
        return self.high - self.low <= _SPARSE * self.pictures


def _older(months: Sequence[Month], high: int, limit: int) -> Span:
    """Where the next *limit* pictures below *high* are, or all there are."""
    first, found, newest, oldest, top = sum(month.total for month in months), 0, None, None, high
    for month in reversed(months):
        last, first = first, first - month.total
        if first + 1 >= high or not month.pictures:
            continue
        if newest is None:
            newest, top = month.month, min(high, last + 1)
        oldest = month.month
        # of the month in which the page begins an unknown part is past
        found += month.pictures if last < high else 0
        if found >= limit:
            return Span(first, top, oldest, newest, found)
    return Span(0 if oldest is None else first, top if oldest is not None else 0, oldest, newest, max(found, 1))


def _newer(months: Sequence[Month], low: int, limit: int) -> Span:
    """Where the next *limit* pictures above *low* are, or all there are."""
    last, found, newest, oldest, bottom = 0, 0, None, None, low
    for month in months:
        first, last = last, last + month.total
        if last <= low or not month.pictures:
            continue
        if oldest is None:
            oldest, bottom = month.month, max(low, first)
        newest = month.month
        found += month.pictures if first >= low else 0
        if found >= limit:
            return Span(bottom, last + 1, oldest, newest, found)
    return Span(bottom, last + 1 if oldest is not None else 0, oldest, newest, max(found, 1))


def _source(wanted: Wanted, span: Span) -> tuple[str, list[object]]:
    """Where to look for pictures in *span*: the tables in the order in which they are the quickest."""
    head, between = f"select t.id, {_SHA}, {moment_shown('t.moment')}", "t.id > ? and t.id < ?"
    ids: list[object] = [span.low, span.high]
    condition, bound = narrow(wanted)
    if wanted.tags:
        first, *others = wanted.tags
        also = " and exists (select 1 from timeline_tags o where o.tag = ? and o.id = g.id)" * len(others)
        return (
            f"{head} from timeline_tags g cross join _timeline t on t.id = g.id cross join tallies y on y.id = g.tally "
            f"where g.tag = ? and g.id > ? and g.id < ?{also} and {condition}",
            [first, *ids, *others, *bound],
        )
    if span.dense:
        return (
            f"{head} from _timeline t not indexed cross join tallies y on y.id = t.tally where {between} and {condition}",
            [*ids, *bound],
        )
    if wanted.plain:
        return (
            f"{head} from tallies y cross join _timeline t on t.tally = y.id and {between} where y.month between ? and ?",
            [*ids, span.first, span.last],
        )
    return (
        f"{head} from _timeline t cross join tallies y on y.id = t.tally where {condition} and +t.id > ? and +t.id < ?",
        [*bound, *ids],
    )
