"""What the gallery and the map need to be quick: the time line, counts of what is alike, counts by place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mediaparser_core import shorter
from mediaparser_core.catalog import squares

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

SHOWN = ("exported", "waiting")  # states of what people see when they look at their pictures

ASSETS = """
select n.sha256, d.taken_at, a.kind, coalesce((select word from words where id = d.level), 'none'), (select word from words where id = a.make), (select word from words where id = a.model),
    coalesce(a.latitude, (select latitude from _places p where p.content = a.content limit 1)),
    coalesce(a.longitude, (select longitude from _places p where p.content = a.content limit 1)),
    case when s.kept = 0 then 'discarded'
         when s.wanted = 0 then (select word from words where id = s.end_state)
         when exists (select 1 from _receipts r where r.content = a.content and r.withdrawn_at is null) then 'exported'
         when not exists (select 1 from _files f where f.content = a.content and f.state_number = 0) then 'missing'
         else 'waiting' end
from _assets a join contents n on n.id = a.content {} left join _dates d on d.content = a.content
left join _standings s on s.content = a.content
order by d.taken_at, n.sha256
"""


class Summary:
    """Keeps ``timeline``, ``tallies``, ``choices``, ``timeline_tags``, ``tag_counts``, ``map_spots`` and ``map_cells``."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._conn = catalog, catalog.db.conn

    def refresh(self) -> None:
        """Make them agree with assets, dates, tags, standings, places and receipts."""
        with self._catalog.transaction():
            for table in ("_timeline", "tallies", "choices", "timeline_tags", "tag_counts", "map_spots", "map_cells"):
                self._conn.execute(f"delete from {table}")
            self._timeline()
            self.choices()
            shown = f"tally in (select id from tallies where state in {SHOWN})"
            self._conn.execute(
                "insert into timeline_tags (tag, id, tally) select w.word, t.id, t.tally from _tags g join words w on w.id = g.tag "
                "join _timeline t on t.content = g.content order by 1, 2"
            )
            self._conn.execute(
                f"insert into tag_counts select tag, count(*) from timeline_tags where {shown} group by tag"
            )
            self._conn.execute(
                "insert into map_spots select band, x, y, count(*), max(id) from _timeline "
                f"where band is not null and {shown} group by band, x, y"
            )
            self._cells()

    def choices(self) -> None:
        """Fill the empty ``choices``."""
        self._conn.execute(
            "insert into choices select kind, level, placed, state, make, model, sum(pictures) from tallies group by 1, 2, 3, 4, 5, 6"
        )

    def _timeline(self) -> None:
        counts: dict[tuple[Any, ...], list[int]] = {}  # what is alike → its number, how many
        self._conn.executemany(
            "insert into _timeline (id, content, moment, tally, band, x, y) "
            "values (?, (select id from contents where sha256 = ?), ?, ?, ?, ?, ?)",
            _numbered(self._conn.execute(ASSETS.format("")), counts),
        )
        self._conn.executemany(
            "insert into tallies (id, month, kind, level, placed, state, make, model, pictures) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((number, *alike, pictures) for alike, (number, pictures) in counts.items()),
        )

    def _cells(self) -> None:
        # the finest squares out of the spots, each coarser level out of the one below
        fine = squares.SPOT_LEVEL - squares.CELL_LEVEL
        self._conn.execute(
            "insert into map_cells select ?1, y >> ?2, x >> ?2, sum(pictures), max(newest), "
            "sum(x * pictures) / sum(pictures), sum(y * pictures) / sum(pictures) from map_spots group by 2, 3",
            (squares.CELL_LEVEL, fine),
        )
        for level in range(squares.CELL_LEVEL - 1, -1, -1):
            self._conn.execute(
                "insert into map_cells select ?1, y >> 1, x >> 1, sum(pictures), max(newest), "
                "sum(mid_x * pictures) / sum(pictures), sum(mid_y * pictures) / sum(pictures) "
                "from map_cells where level = ?1 + 1 group by 2, 3",
                (level,),
            )


def _numbered(rows: Any, counts: dict[tuple[Any, ...], list[int]]) -> Iterator[tuple[Any, ...]]:
    """Rows of ``timeline`` in the order of time; counts in *counts* how many are alike on the way."""
    for number, (sha, moment, kind, level, make, model, latitude, longitude, state) in enumerate(rows, 1):
        spot = spot_of(latitude, longitude)
        alike = ((moment or "")[:7], kind, level, int(spot[0] is not None), state, make, model)
        tally = counts.setdefault(alike, [len(counts) + 1, 0])
        tally[1] += 1
        yield number, sha, shorter.moment(moment), tally[0], *spot


def spot_of(latitude: object, longitude: object) -> tuple[int, int, int] | tuple[None, None, None]:
    """``(band, x, y)`` of a place; nothing, three times, where there is none."""
    if not squares.is_place(latitude, longitude):
        return None, None, None
    x, y = squares.spot(latitude, longitude)  # type: ignore[arg-type]
    return y >> squares.SPOT_LEVEL - squares.BAND_LEVEL, x, y
