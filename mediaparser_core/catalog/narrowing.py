"""Conditions that change no row of the library a table shows, but let SQLite begin at an index instead of at every picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mediaparser_core.catalog.facets import COLUMNS

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

FEW = 30_000  # pictures that are quicker to fetch one by one than to find among all
Filters = Sequence[tuple[str, str]]


class Narrowing:
    """What can be said about a filtered page of ``library`` beforehand."""

    def __init__(self, catalog: Catalog) -> None:
        self._conn = catalog.db.conn

    def complete(self) -> bool:
        """Whether every picture is in the time line, and nothing is about to change that."""
        return bool(
            self._conn.execute(
                "select (select count(*) from _timeline) = (select count(*) from _assets) "
                "and not exists (select 1 from jobs where state = 'running')"
            ).fetchone()[0]
        )

    def conditions(self, filters: Filters, sort: str | None, *, complete: bool) -> tuple[list[str], dict[str, str]]:
        """More conditions, with their values, for a page with these *filters* in its address, sorted by column *sort*.

        *complete* says whether the time line is :meth:`complete`: only then it can be asked which pictures are meant.
        """
        names = {name.partition("__")[0] for name, _ in filters} | {sort}
        wheres = list[str]()
        if ("needs_review", "1") in filters or ("needs_review__exact", "1") in filters:
            wheres.append("needs_review = 1")  # an index on some rows is not used for a value that is bound
        if "taken_at" in names and complete:
            wheres.append("confidence >= 0")  # every picture has one: so the dates may come first
        alike, values = self._few(filters) if complete else ("", {})
        if alike:
            wheres.append(
                "sha256 in (select c.sha256 from tallies y cross join _timeline t on t.tally = y.id "
                f"cross join contents c on c.id = t.content where {alike})"
            )
        elif not names & {"taken_at", "needs_review", "sha256"}:
            # else SQLite goes through the index of dates, looks up each picture, and finds none of this camera for
            # the first ten years: of a million pictures, 20 seconds instead of a millisecond
            wheres.append("sha256 > ''")
        return wheres, values

    def _few(self, filters: Filters) -> tuple[str, dict[str, str]]:
        """A condition on the tallies ``y`` with its values, where few pictures are meant."""
        parts, values = list[str](), dict[str, str]()
        for number, (name, value) in enumerate(filters):
            if name.removesuffix("__exact") in COLUMNS:
                parts.append(f"y.{name.removesuffix('__exact')} = :mp_narrow_{number}")
                values[f"mp_narrow_{number}"] = value
        alike = " and ".join(parts)
        return (alike, values) if parts and self._count(alike, values) <= FEW else ("", {})

    def _count(self, alike: str, values: dict[str, str]) -> int:
        row = self._conn.execute(f"select coalesce(sum(pictures), 0) from choices y where {alike}", values).fetchone()
        return int(row[0])
