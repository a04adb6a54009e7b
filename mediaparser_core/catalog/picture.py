"""What the page of one picture asks of the catalog; nothing here writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mediaparser_core.catalog.rows import PATH, select
from mediaparser_core.records import Decision

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

Row = dict[str, Any]
_TOLD = ("title", "description", "takeout_album", "place", "location", "city", "state", "country")


class PictureCase:
    """Everything that belongs to one asset, each question with an end: hostile files can say a thousand things."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._conn = catalog, catalog.db.conn

    def claims(self, sha256: str) -> list[Row]:
        """Every claim in the order of the catalog, with the file that makes it."""
        return self._catalog.found.claims_of(sha256)

    def suggestion(self, sha256: str) -> str | None:
        """A moment that is too weak to be used, but may be offered."""
        row = self._conn.execute("select suggestion from dates where sha256 = ?", (sha256,)).fetchone()
        return row[0] if row else None

    def files(self, sha256: str, limit: int) -> list[Row]:
        """Where its bytes are or were, the best place first."""
        return select(
            self._conn,
            "select path, name, size, state, reason, echo, mtime_ns / 1000000000 as changed from files where sha256 = ? "
            "order by state <> 'present', echo, path_bytes limit ?",
            (sha256, limit),
        )

    def exports(self, sha256: str, limit: int) -> list[Row]:
        """Our copies of it, those that are there first."""
        return select(
            self._conn,
            "select target, at, withdrawn_at, sidecar from receipts where sha256 = ? "
            "order by withdrawn_at is not null, id desc limit ?",
            (sha256, limit),
        )

    def bundle(self, sha256: str, limit: int) -> list[Row]:
        """The files that are one thing with it, the primary first; ``kind`` is empty for sidecars."""
        return select(
            self._conn,
            f"select b.role, b.rule, b.sha256, {PATH} as path, a.kind, a.duration from bundles b "
            "left join _files f on f.id = b.file_id left join contents n on n.sha256 = b.sha256 "
            "left join _assets a on a.content = n.id where b.bundle_id in (select bundle_id from bundles where sha256 = ?) "
            "order by b.role <> 'primary', b.role, 4 limit ?",
            (sha256, limit),
        )

    def groups(self, sha256: str, limit: int) -> list[Row]:
        """Groups it is in, each with ``size`` and its first *limit* ``members`` (the keeper first)."""
        found = select(
            self._conn,
            "select g.group_id, g.kind, g.confidence, g.keeper, g.settled, g.reason, "
            "(select count(*) from members o where o.group_id = g.group_id) as size "
            "from members m join groups g on g.group_id = m.group_id where m.sha256 = ? order by g.group_id limit 10",
            (sha256,),
        )
        for row in found:
            members = self._conn.execute(
                "select sha256 from members where group_id = ? order by sha256 <> ?, distance, sha256 limit ?",
                (row["group_id"], row["keeper"], limit),
            )
            row["members"] = [sha for (sha,) in members]
        return found

    def tags(self, sha256: str) -> dict[str, str]:
        """Tag → where it comes from."""
        return dict(self._conn.execute("select tag, source from tags where sha256 = ? order by tag", (sha256,)))

    def told(self, sha256: str) -> dict[str, str]:
        """Titles, descriptions, albums and names of places that files or sidecars tell."""
        marks = ", ".join("?" * len(_TOLD))
        rows = self._conn.execute(
            f"select key, min(value) from notes where sha256 = ? and key in ({marks}) group by key", (sha256, *_TOLD)
        )
        return dict(rows)

    def troubles(self, sha256: str, limit: int) -> list[Row]:
        """What went wrong with its files."""
        return select(
            self._conn,
            "select distinct t.probe, t.message from troubles t join files f on f.id = t.file_id where f.sha256 = ? limit ?",
            (sha256, limit),
        )

    def decisions(self, sha256: str) -> list[tuple[int, Decision]]:
        """Every decision that names it, with its number, the oldest first; an undo names what the other was about."""
        if self._catalog._decisions is None:
            return []
        rows = self._catalog._decisions.conn.execute(
            "select id, request_id, verb, subject, value, actor, at, undoes from decisions where instr(subject, ?) > 0 "
            "order by id",
            (sha256,),
        )
        return [
            (number, Decision(request_id, verb, tuple(json.loads(subject)), *rest))
            for number, request_id, verb, subject, *rest in rows
        ]
