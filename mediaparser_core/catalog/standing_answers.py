"""What standing answers to doubtful dates ask of the catalog; nothing here writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog


class Doubtful(NamedTuple):
    """A date that waits for a person."""

    sha256: str
    reason: str
    make: str | None
    model: str | None
    moment: str
    offset: str | None


class StandingAnswers:
    """Reads doubtful dates, and those that a standing answer settled."""

    def __init__(self, catalog: Catalog) -> None:
        self._conn = catalog.db.conn

    def doubts(self) -> Iterator[Doubtful]:
        """Every doubtful date that we believe in, however little; a mere hint dates nothing for good."""
        rows = self._conn.execute(
            "select d.sha256, d.reason, a.make, a.model, d.taken_at, d.utc_offset from dates d join assets a on a.sha256 = d.sha256 "
            "where d.needs_review = 1 and d.taken_at is not null"
        )
        return (Doubtful(*row) for row in rows)

    def settled(self) -> set[str]:
        """The assets that a standing answer dated."""
        return {sha for (sha,) in self._conn.execute("select sha256 from dates where rule = 'standing'")}

    def about_clocks(self) -> set[str]:
        """The assets that are asked about as pictures of a camera whose clock was wrong."""
        rows = self._conn.execute(
            "select r.sha256 from readings r join clock_offers o on o.camera = r.camera "
            "and r.reading between o.since and o.until"
        )
        return {sha for (sha,) in rows}

    def cameras(self) -> dict[str, tuple[str | None, str | None]]:
        """The make and the model of every asset."""
        return {sha: (make, model) for sha, make, model in self._conn.execute("select sha256, make, model from assets")}
