"""A plan on its way: its rows wait in a temporary table, and are in memory only when it is their turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mediaparser_core.catalog.by_place import ByPlace
from mediaparser_core.catalog.laid_turns import aside
from mediaparser_core.export.plan import pack, unpack
from mediaparser_core.records import PlanItem

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

_AT_ONCE = 200


class LaidPlan(ByPlace[PlanItem]):
    """The *rows* of a plan, in their order, until the block ends. ``actions`` are how many rows there are of each action."""

    def __init__(self, catalog: Catalog, rows: Iterable[PlanItem]) -> None:
        self._conn, self._rows = catalog.db.conn, rows
        self._count = 0
        self.actions: Counter[str] = Counter()

    def __enter__(self) -> LaidPlan:
        with aside(self._conn):
            self._conn.execute("drop table if exists temp.laid_plan")
            self._conn.execute("create temp table laid_plan (place integer primary key, told blob)")
            self._conn.executemany(
                "insert into temp.laid_plan (place, told) values (?, ?)", enumerate(map(self._told, self._rows))
            )
        self._rows = ()
        self._count = self.actions.total()
        return self

    def _told(self, row: PlanItem) -> bytes:
        self.actions[row.action] += 1
        return pack(row)

    def __exit__(self, *_: object) -> None:
        self._conn.execute("drop table if exists temp.laid_plan")

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[PlanItem]:
        # some at a time: nothing is left open while others write
        for begin in range(0, self._count, _AT_ONCE):
            yield from self._between(begin, begin + _AT_ONCE)

    def _between(self, begin: int, end: int) -> list[PlanItem]:
        rows = self._conn.execute(
            "select told from temp.laid_plan where place >= ? and place < ? order by place", (begin, end)
        )
        return [unpack(told) for (told,) in rows.fetchall()]
