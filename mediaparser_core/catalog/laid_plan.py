"""A plan on its way: its rows wait in a temporary table, and are in memory only when it is their turn."""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

from mediaparser_core.packing import Packing
from mediaparser_core.records import ExportItem, PlanItem, Receipt

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

_AT_ONCE = 200
_ITEM, _RECEIPT = Packing(ExportItem), Packing(Receipt)


class LaidPlan(Sequence[PlanItem]):
    """The *rows* of a plan, in their order, until the block ends. Each time they are asked for they are made anew: they
    are equal, but not the same objects."""

    def __init__(self, catalog: Catalog, rows: Iterable[PlanItem]) -> None:
        self._catalog, self._conn, self._rows = catalog, catalog.db.conn, rows
        self._count = 0

    def __enter__(self) -> LaidPlan:
        with self._catalog.transaction():
            self._conn.execute("drop table if exists temp.laid_plan")
            self._conn.execute("create temp table laid_plan (place integer primary key, told blob)")
            self._conn.executemany(
                "insert into temp.laid_plan (place, told) values (?, ?)", enumerate(map(_told, self._rows))
            )
        self._rows = ()
        self._count = int(self._conn.execute("select count(*) from temp.laid_plan").fetchone()[0])
        return self

    def __exit__(self, *_: object) -> None:
        self._conn.execute("drop table if exists temp.laid_plan")

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[PlanItem]:
        # some at a time: nothing is left open while others write
        for begin in range(0, self._count, _AT_ONCE):
            yield from self._between(begin, begin + _AT_ONCE)

    @overload
    def __getitem__(self, index: int) -> PlanItem: ...
    @overload
    def __getitem__(self, index: slice) -> list[PlanItem]: ...
    def __getitem__(self, index: int | slice) -> PlanItem | list[PlanItem]:
        places = range(self._count)[index]
        if isinstance(places, int):
            return self._between(places, places + 1)[0]
        return [self._between(place, place + 1)[0] for place in places]

    def _between(self, begin: int, end: int) -> list[PlanItem]:
        rows = self._conn.execute(
            "select told from temp.laid_plan where place >= ? and place < ? order by place", (begin, end)
        )
        return [_row(told) for (told,) in rows.fetchall()]


def _told(row: PlanItem) -> bytes:
    item = _ITEM.pack(row.item) if row.item else None
    receipt = _RECEIPT.pack(row.receipt) if row.receipt else None
    return marshal.dumps((row.action, row.sha256, row.target, row.previous, row.reason, item, row.signature, receipt))


def _row(told: bytes) -> PlanItem:
    values: list[Any] = list(marshal.loads(told))  # noqa: S302 - this process wrote them, into a table that nobody else sees
    values[5] = _ITEM.unpack(values[5]) if values[5] else None
    values[7] = _RECEIPT.unpack(values[7]) if values[7] else None
    return PlanItem(*values)
