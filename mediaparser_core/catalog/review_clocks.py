"""What the clock page asks of the catalog: offers camera by camera, with the pictures they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mediaparser_core.catalog.rows import select

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog


class ReviewClocks:
    """Offers to put cameras' clocks right, as they were derived."""

    def __init__(self, catalog: Catalog) -> None:
        self._conn = catalog.db.conn

    def offers(self, after: int, limit: int) -> list[dict[str, Any]]:
        """The offers of the next *limit* questions (a camera each) beyond the question *after*, in order of time."""
        return select(
            self._conn,
            "select id, question, camera, seconds, since, until, files, kind, evidence, confidence from clock_offers "
            "where question in (select distinct question from clock_offers where question > ? order by question limit ?) "
            "order by question, since, id",
            (after, limit),
        )

    def offers_of(self, camera: str) -> list[dict[str, Any]]:
        """The offers for one camera, in order of time."""
        return select(
            self._conn,
            "select id, question, camera, seconds, since, until, files, kind, evidence, confidence from clock_offers "
            "where camera = ? order by question, since, id",
            (camera,),
        )

    def readings(self, camera: str, since: str, until: str) -> list[tuple[str, str]]:
        """``(sha256, what the clock showed)`` of the camera's pictures in this part of its life, in order."""
        return self._conn.execute(
            "select sha256, reading from readings where camera = ? and reading between ? and ? order by reading, sha256",
            (camera, since, until),
        ).fetchall()

    def others(self, camera: str, first: str, last: str, limit: int) -> list[str]:
        """When everybody else's pictures were taken, between two moments."""
        rows = self._conn.execute(
            "select d.taken_at from _dates d left join _readings r on r.content = d.content where d.taken_at between ? and ? "
            "and d.level in (select id from words where word in ('high', 'medium')) and length(d.taken_at) > 10 "
            "and (select word from words where id = r.camera) is not ? order by d.taken_at limit ?",
            (first, last, camera, limit),
        )
        return [moment for (moment,) in rows]
