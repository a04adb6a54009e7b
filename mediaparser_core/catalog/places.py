"""What the map asks: squares with pictures in a window, counted before or out of the spots in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mediaparser_core.catalog.squares import BAND_LEVEL, CELL_LEVEL, SPOT_LEVEL, WORLD

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

_SIGHT = 8  # level of the squares by which the first view is chosen: 156 km at the equator


class Window(NamedTuple):
    """Spots from west to east and from north to south, all included; ``west`` may be greater than ``east``: across the
    date line."""

    west: int
    north: int
    east: int
    south: int


class Cell(NamedTuple):
    """One square with pictures: which, how many, the newest of them, and the spot in the middle of them all."""

    level: int
    x: int
    y: int
    pictures: int
    sha256: str
    mid_x: int
    mid_y: int


class Places:
    """Asks ``map_cells`` and ``map_spots``."""

    def __init__(self, catalog: Catalog) -> None:
        self._conn = catalog.db.conn

    def total(self) -> int:
        """How many of the pictures that stay in the library have a place."""
        row = self._conn.execute("select pictures from map_cells where level = 0").fetchone()
        return int(row[0]) if row else 0

    def extent(self) -> Window | None:
        """The smallest window with all pictures in it, in whole squares; ``None`` without any."""
        row = self._conn.execute(
            "select min(x), min(y), max(x), max(y) from map_cells where level = ?", (_SIGHT,)
        ).fetchone()
        if row is None or row[0] is None:
            return None
        shift = SPOT_LEVEL - _SIGHT
        west, north, east, south = row
        return Window(west << shift, north << shift, ((east + 1) << shift) - 1, ((south + 1) << shift) - 1)

    def cells(self, level: int, window: Window, limit: int) -> list[Cell]:
        """Squares of this level in *window*, those with the most pictures first."""
        if window.west > window.east:
            first = self.cells(level, window._replace(east=WORLD - 1), limit)
            both = first + self.cells(level, window._replace(west=0), limit)
            return sorted(both, key=lambda cell: -cell.pictures)[:limit]
        shift = SPOT_LEVEL - level
        if level <= CELL_LEVEL:
            source = (
                "select x, y, pictures, newest, mid_x, mid_y from map_cells where level = ? and y between ? and ? "
                "and x between ? and ?"
            )
            values = [level, window.north >> shift, window.south >> shift, window.west >> shift, window.east >> shift]
        else:
            band = SPOT_LEVEL - BAND_LEVEL
            rows = range(window.north >> band, (window.south >> band) + 1)
            if len(rows) > _MOST_BANDS:
                return []
            source = (
                f"select x >> {shift} as x, y >> {shift} as y, sum(pictures) as pictures, max(newest) as newest, "
                "sum(x * pictures) / sum(pictures) as mid_x, sum(y * pictures) / sum(pictures) as mid_y from map_spots "
                f"where band in ({', '.join('?' * len(rows))}) and x between ? and ? and y between ? and ? group by 1, 2"
            )
            values = [*rows, window.west, window.east, window.north, window.south]
        found = self._conn.execute(
            f"select ?, c.x, c.y, c.pictures, (select sha256 from contents where id = t.content), c.mid_x, c.mid_y from (select * from ({source}) order by pictures "
            "desc limit ?) c cross join _timeline t on t.id = c.newest order by c.pictures desc, c.x, c.y",
            (level, *values, limit),
        )
        return [Cell(*row) for row in found]


_MOST_BANDS = 400  # at the finest squares nobody's screen is that high
