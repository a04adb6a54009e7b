"""Which pictures matched which: remembered, so that only what is new has to be compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from mediaparser_core.catalog.rows import numbered, select
from mediaparser_core.records import Match

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog


_AT_ONCE = 500  # SQLite takes 999 values in a statement where it was built long ago


def _batches(assets: Sequence[str]) -> Iterator[Sequence[str]]:
    return (assets[at : at + _AT_ONCE] for at in range(0, len(assets), _AT_ONCE))


class Matches:
    """Reads and writes ``matches`` and ``compared``: all of it derived."""

    def __init__(self, catalog: Catalog) -> None:
        self._conn = catalog.db.conn

    def any_compared(self) -> bool:
        """Whether anything was ever compared with anything."""
        return self._conn.execute("select 1 from _compared limit 1").fetchone() is not None

    def forget_all(self) -> None:
        for table in ("_matches", "_compared"):
            self._conn.execute(f"delete from {table}")

    def forget(self, assets: Iterable[str]) -> None:
        """Drop every match with one of *assets*, and that they were compared."""
        names = [(sha,) for sha in assets]
        for column in ("a", "b"):
            self._conn.executemany(
                f"delete from _matches where {column} = (select id from contents where sha256 = ?)", names
            )
        self._conn.executemany(
            "delete from _compared where content = (select id from contents where sha256 = ?)", names
        )

    def forget_passing(self) -> None:
        """Drop the matches that are found anew each time."""
        self._conn.execute("delete from _matches where lasting = 0")

    def store(self, matches: Iterable[Match], *, lasting: bool) -> None:
        """Add *matches*; of two of one kind between the same assets the nearer one stays."""
        some = iter(matches)
        while batch := list(islice(some, _AT_ONCE)):
            self._store(batch, lasting)

    def _store(self, matches: Sequence[Match], lasting: bool) -> None:
        numbered(self._conn, "words", (word for m in matches for word in (m.kind, m.reason)))
        content, word = "(select id from contents where sha256 = ?)", "(select id from words where word = ?)"
        self._conn.executemany(
            "insert into _matches (a, b, kind, distance, confidence, reason, lesser, lasting) "
            f"values ({content}, {content}, {word}, ?, ?, {word}, {content}, ?) "
            "on conflict (a, b, kind) do update set distance = excluded.distance, confidence = excluded.confidence, "
            "reason = excluded.reason, lesser = excluded.lesser, lasting = excluded.lasting "
            "where (excluded.distance, -excluded.confidence) < (distance, -confidence)",
            ((m.a, m.b, m.kind, m.distance, m.confidence, m.reason, m.lesser, lasting) for m in matches),
        )

    def all(self) -> list[Match]:
        """Every match between assets that are there, sorted."""
        return [
            Match(*row)
            for row in self._conn.execute(
                "select a, b, kind, distance, confidence, reason, lesser from matches order by a, b, kind"
            )
        ]

    def of(self, sha256: str) -> list[dict[str, Any]]:
        """What matches one asset, the surest first."""
        return select(
            self._conn,
            "select case a when ?1 then b else a end as sha256, kind, distance, confidence, reason from matches "
            "where a = ?1 or b = ?1 order by confidence desc, distance, 1",
            (sha256,),
        )

    # -- many groups at once

    def open_groups(self, kind: str, confidence: float) -> Iterator[tuple[str, list[str]]]:
        """``(keeper, members)`` of every group of *kind* that nobody settled and that is at least so sure."""
        rows = self._conn.execute(
            "select g.group_id, g.keeper, m.sha256 from groups g join members m on m.group_id = g.group_id "
            "where g.settled = 0 and g.kind = ? and g.confidence >= ? order by g.group_id, m.distance, m.sha256",
            (kind, confidence),
        )
        for (_, keeper), members in groupby(rows, key=lambda row: row[:2]):
            yield keeper, [sha for _, _, sha in members]

    def paths(self, assets: Sequence[str]) -> dict[str, str]:
        """Where some assets are, for people."""
        found: dict[str, str] = {}
        for batch in _batches(assets):
            found |= dict(
                self._conn.execute(
                    f"select sha256, path from files where sha256 in ({', '.join('?' * len(batch))}) "
                    "order by state = 'present', path_bytes desc",
                    batch,
                )
            )
        return found

    def size(self, assets: Sequence[str]) -> int:
        """Bytes of some assets together."""
        return sum(
            self._conn.execute(
                f"select coalesce(sum(size), 0) from assets where sha256 in ({', '.join('?' * len(batch))})", batch
            ).fetchone()[0]
            for batch in _batches(assets)
        )

    # -- what was settled to be one picture

    def carry(self, sources: Mapping[str, Iterable[str]]) -> None:
        """Note whose metadata each keeper has a right to; replaces what was noted before."""
        self._conn.execute("delete from carried")
        self._conn.executemany(
            "insert into carried (sha256, said_by) values (?, ?)",
            ((keeper, other) for keeper, others in sorted(sources.items()) for other in sorted(others)),
        )
        self._conn.execute("delete from places where origin = 'copy'")
        self._conn.execute(
            "insert into places (sha256, latitude, longitude, source, origin) "
            "select c.sha256, p.latitude, p.longitude, 'copy:' || p.source, 'copy' from carried c "
            "join places p on p.sha256 = c.said_by and p.origin <> 'copy' "
            "where not exists (select 1 from places o where o.sha256 = c.sha256 and o.origin <> 'copy') "
            "order by c.sha256, c.said_by"
        )

    def carried(self) -> dict[str, list[str]]:
        """keeper → the other copies of its picture, as far as people settled it."""
        found: dict[str, list[str]] = {}
        for keeper, other in self._conn.execute("select sha256, said_by from carried order by sha256, said_by"):
            found.setdefault(keeper, []).append(other)
        return found
