"""Sixty days of signs of life: kept thin, and told by the day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mediaparser_core.catalog.rows import select

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

SLOT = 600  # seconds: of beats older than a day one in each slot is enough to tell whether a service ran
SLOTS_A_DAY = 86400 // SLOT
_SLOT = f"cast(strftime('%s', at) as integer) / {SLOT}"
_UP = "state not in ('stopped', 'down', 'failed')"


class History:
    """Reads and thins ``heartbeats``, and counts what happened by the day."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._conn = catalog, catalog.db.conn

    def tidy(self, *, thin_before: str, gone_before: str) -> int:
        """Forget beats before *gone_before*; of those before *thin_before* keep one in ten minutes and each change."""
        with self._catalog.transaction() as conn:
            gone = conn.execute("delete from heartbeats where at < ?", (gone_before,)).rowcount
            gone += conn.execute(
                "delete from heartbeats where at < ?1 and id not in ("
                f"select min(id) from heartbeats where at < ?1 group by service, state, {_SLOT}) "
                "and id not in (select max(id) from heartbeats group by service)",
                (thin_before,),
            ).rowcount
        return gone

    def days(self, since: str) -> Iterator[tuple[str, str, float]]:
        """``(service, day, share)``: in which part of each day (UTC) a service was there, from 0 to 1."""
        rows = self._conn.execute(
            f"select service, substr(at, 1, 10) as day, count(distinct {_SLOT}) from heartbeats where at >= ? and {_UP} "
            "group by service, day order by service, day",
            (since,),
        )
        for service, day, slots in rows:
            yield service, day, min(slots / SLOTS_A_DAY, 1.0)

    def arrivals(self, since: str) -> dict[str, int]:
        """How many files came in through the inbox, by the day."""
        return dict(
            self._conn.execute(
                "select substr(arrived_at, 1, 10) as day, count(*) from arrivals where arrived_at >= ? group by day",
                (since,),
            )
        )

    def jobs(self, since: str) -> list[dict[str, Any]]:
        """How many jobs ended well and badly, by the day."""
        return select(
            self._conn,
            "select substr(started_at, 1, 10) as day, sum(state = 'done') as done, sum(state = 'failed') as failed from jobs "
            "where started_at >= ? group by day order by day",
            (since,),
        )

    def last_beats(self) -> list[tuple[str, str, str, str | None]]:
        """``(service, at, state, task)`` of each service's last word."""
        rows = self._conn.execute(
            "select service, at, state, task from heartbeats where id in (select max(id) from heartbeats group by service) "
            "order by service"
        )
        return list(rows)
