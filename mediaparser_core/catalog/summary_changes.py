"""The time line, the counts and the map after something changed about a few pictures, but not when they were taken."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mediaparser_core.catalog import squares
from mediaparser_core.catalog.partly import chosen
from mediaparser_core.catalog.summary import ASSETS, SHOWN, Summary, spot_of

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

_ALIKE = "month, kind, level, placed, state, make, model"
_SHOWN = f"tally in (select id from tallies where state in {SHOWN})"
_BAND = squares.SPOT_LEVEL - squares.BAND_LEVEL
_FINE = squares.SPOT_LEVEL - squares.CELL_LEVEL

Spot = tuple[int, int, int]  # band, x, y


class SummaryChanges:
    """Changes the rows of :class:`~mediaparser_core.catalog.summary.Summary` that speak of some pictures."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._conn = catalog, catalog.db.conn

    def follow(self, assets: Collection[str], tags_before: Mapping[str, Iterable[str]]) -> None:
        """Make the tables agree with what *assets* are now; *tags_before* are the tags that each of them had.

        A new kind of picture gets a new tally, the last of a kind takes it away. Where one has another moment, all after
        it move, and everything is made anew.
        """
        rows = self._rows(assets)
        before = self._before(assets)
        if rows.keys() != before.keys() or any(rows[sha][0] != before[sha][1] for sha in rows):
            Summary(self._catalog).refresh()
            return
        spots: set[Spot] = set()
        tags: set[str] = set()
        for sha, (_, spot, *alike) in rows.items():
            number, _, tally, *old = before[sha]
            now = self._tally(alike)
            if now != tally or tuple(old) != spot:
                self._conn.execute(
                    "update _timeline set tally = ?, band = ?, x = ?, y = ? where id = ?", (now, *spot, number)
                )
                self._conn.execute("update tallies set pictures = pictures + 1 where id = ?", (now,))
                self._conn.execute("update tallies set pictures = pictures - 1 where id = ?", (tally,))
                spots |= {each for each in (tuple(old), spot) if each[0] is not None}
            tags |= self._tag(sha, number, now, tags_before.get(sha, ()))
        self._conn.execute("delete from tallies where pictures = 0")
        self._conn.execute("delete from choices")
        Summary(self._catalog).choices()
        self._count(tags)
        self._place(spots)

    def _rows(self, assets: Collection[str]) -> dict[str, tuple[Any, ...]]:
        """asset → moment, spot, and what makes it alike to others."""
        found: dict[str, tuple[Any, ...]] = {}
        with chosen(self._conn, assets) as some:
            select = ASSETS.format(f"join {some} c on c.sha256 = n.sha256")
            for sha, moment, kind, level, make, model, latitude, longitude, state in self._conn.execute(select):
                spot = spot_of(latitude, longitude)
                placed = int(spot[0] is not None)
                found[sha] = (moment, spot, (moment or "")[:7], kind, level, placed, state, make, model)
        return found

    def _before(self, assets: Collection[str]) -> dict[str, tuple[Any, ...]]:
        with chosen(self._conn, assets) as some:
            rows = self._conn.execute(
                f"select t.sha256, t.id, t.moment, t.tally, t.band, t.x, t.y from {some} c join timeline t on t.sha256 = c.sha256"
            )
            return {sha: tuple(row) for sha, *row in rows}

    def _tally(self, alike: list[Any]) -> int:
        row = self._conn.execute(
            "select id from tallies where month = ? and kind = ? and level = ? and placed = ? and state = ? and make is ? "
            "and model is ?",
            alike,
        ).fetchone()
        if row is None:
            row = self._conn.execute(
                f"insert into tallies ({_ALIKE}, pictures) values (?, ?, ?, ?, ?, ?, ?, 0) returning id", alike
            ).fetchone()
        return int(row[0])

    def _tag(self, sha: str, number: int, tally: int, before: Iterable[str]) -> set[str]:
        """Put one picture under its tags; which tags it had or has."""
        now = [tag for (tag,) in self._conn.execute("select tag from tags where sha256 = ?", (sha,))]
        both = {*now, *before}
        self._conn.executemany(
            "delete from timeline_tags where tag = ? and id = ?", ((tag, number) for tag in sorted(both))
        )
        self._conn.executemany(
            "insert into timeline_tags (tag, id, tally) values (?, ?, ?)", ((tag, number, tally) for tag in now)
        )
        return both

    def _count(self, tags: Iterable[str]) -> None:
        for tag in sorted(tags):
            self._conn.execute("delete from tag_counts where tag = ?", (tag,))
            self._conn.execute(
                f"insert into tag_counts select tag, count(*) from timeline_tags where tag = ? and {_SHOWN} group by tag",
                (tag,),
            )

    def _place(self, spots: Iterable[Spot]) -> None:
        """Count these spots again, and the squares that hold them at each level."""
        cells: set[tuple[int, int]] = set()
        for band, x, y in sorted(spots):
            where = (band, x, y)
            self._conn.execute("delete from map_spots where band = ? and x = ? and y = ?", where)
            self._conn.execute(
                "insert into map_spots select band, x, y, count(*), max(id) from _timeline "
                f"where band = ? and x = ? and y = ? and {_SHOWN} group by band, x, y",
                where,
            )
            cells.add((y >> _FINE, x >> _FINE))
        for y, x in sorted(cells):
            first = y << _FINE
            self._conn.execute("delete from map_cells where level = ? and y = ? and x = ?", (squares.CELL_LEVEL, y, x))
            self._conn.execute(
                "insert into map_cells select ?1, ?2, ?3, sum(pictures), max(newest), sum(x * pictures) / sum(pictures), "
                "sum(y * pictures) / sum(pictures) from map_spots where band between ?4 and ?5 and y between ?6 and ?7 "
                "and x between ?8 and ?9 group by 1, 2, 3",
                (
                    squares.CELL_LEVEL, y, x, first >> _BAND, (first + (1 << _FINE) - 1) >> _BAND, first,
                    first + (1 << _FINE) - 1, x << _FINE, ((x + 1) << _FINE) - 1,
                ),
            )  # fmt: skip
        for level in range(squares.CELL_LEVEL - 1, -1, -1):
            cells = {(y >> 1, x >> 1) for y, x in cells}
            for y, x in sorted(cells):
                self._conn.execute("delete from map_cells where level = ? and y = ? and x = ?", (level, y, x))
                self._conn.execute(
                    "insert into map_cells select ?1, ?2, ?3, sum(pictures), max(newest), "
                    "sum(mid_x * pictures) / sum(pictures), sum(mid_y * pictures) / sum(pictures) from map_cells "
                    "where level = ?1 + 1 and y between ?2 * 2 and ?2 * 2 + 1 and x between ?3 * 2 and ?3 * 2 + 1 "
                    "group by 1, 2, 3",
                    (level, y, x),
                )
