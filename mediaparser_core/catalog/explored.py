"""What every page of the explorer asks: is this a catalog of ours, is that asset there, where are its bytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediaparser_core.catalog.rows import select

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

KNOWN = "decisions"  # the stage whose mark is the number of decisions that are derived
_LONGEST = 16 * 1024 * 1024  # bytes of one value; the longest that we store is a quarter of a megabyte
_AT_ONCE = 500  # SQLite takes 999 values in a statement where it was built long ago
# of the views that stand where tables were: by what a row is found
KEYS = {name: ["sha256"] for name in ("assets", "dates", "own_dates", "standings", "compared", "readings")}
KEYS |= {name: ["id"] for name in ("files", "claims", "receipts", "plan_items", "search", "timeline")}
VIEWS = (*KEYS, "fingerprints", "tags", "matches", "found_tags", "places", "links", "notes", "witnesses")
KEYS |= {
    "claims": ["sha256", "id"],
    "fingerprints": ["sha256", "kind"],
    "tags": ["sha256", "tag"],
    "matches": ["a", "b", "kind"],
}


def is_catalog(path: Path) -> bool:
    """Whether *path* is a catalog of ours; never creates or locks anything."""
    try:
        conn = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=1)
    except sqlite3.Error:
        return False
    try:
        row = conn.execute("select 1 from _sqlite_migrations where migration_set = 'mediaparser_catalog' limit 1")
        return row.fetchone() is not None
    except sqlite3.Error:
        return False
    finally:
        conn.close()


def prepare_for_reading(conn: sqlite3.Connection, decisions: Path | None = None) -> None:
    """Make a connection of Datasette's as careful as ours, with the *decisions* beside the catalog as ``decisions``."""
    conn.execute("pragma trusted_schema = off")
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)  # a question may be anybody's: none may fill the memory
    if decisions is not None and decisions.exists():
        try:
            # without mode=ro an attached database can be written to, even on a connection that only reads
            conn.execute("attach database ? as decisions", (f"{decisions.absolute().as_uri()}?mode=ro",))
        except sqlite3.OperationalError:
            pass  # the tables of the catalog are worth showing without them


class Explored:
    """Small questions about single assets and the two databases."""

    def __init__(self, catalog: Catalog) -> None:
        self._conn = catalog.db.conn
        self._decisions = None if catalog._decisions is None else catalog._decisions.conn

    # -- decisions

    def decisions_known(self) -> tuple[int, int]:
        """How many decisions there are, and how many of them the derived tables know."""
        total = 0
        if self._decisions is not None:
            total = self._decisions.execute("select count(*) from decisions").fetchone()[0]
        row = self._conn.execute("select fingerprint from stages where name = ?", (KNOWN,)).fetchone()
        return int(total), min(int(row[0]), int(total)) if row and row[0].isdigit() else 0

    def decision_number(self, request_id: str) -> int | None:
        """The number of the decision with this name."""
        if self._decisions is None:
            return None
        row = self._decisions.execute("select id from decisions where request_id = ?", (request_id,)).fetchone()
        return int(row[0]) if row else None

    # -- assets

    def missing(self, assets: Iterable[str]) -> str | None:
        """The first of *assets* that the catalog does not have."""
        wanted = list(assets)
        for batch in _batches(wanted):
            rows = self._conn.execute(f"select sha256 from assets where sha256 in ({_marks(batch)})", batch)
            found = {sha for (sha,) in rows}
            for sha in batch:
                if sha not in found:
                    return sha
        return None

    def has_more_than(self, pictures: int) -> bool:
        """Whether there are more than so many pictures; never counts further than that."""
        row = self._conn.execute("select count(*) from (select 1 from _assets limit ?)", (pictures + 1,)).fetchone()
        return int(row[0]) > pictures

    def library_rows(self, assets: Iterable[str]) -> list[dict[str, Any]]:
        """The rows of ``library`` for *assets*, in their order; those that are gone are left out."""
        wanted = list(assets)
        found: dict[str, dict[str, Any]] = {}
        for batch in _batches(wanted):
            rows = select(self._conn, f"select * from library where sha256 in ({_marks(batch)})", batch)
            found |= {row["sha256"]: row for row in rows}
        return [found[sha] for sha in wanted if sha in found]

    def media(self, sha256: str) -> dict[str, Any] | None:
        """``kind``, ``format``, ``size`` of one asset, for the route that hands out its bytes."""
        rows = select(self._conn, "select kind, format, size, duration from assets where sha256 = ?", (sha256,))
        return rows[0] if rows else None

    def files_of(self, sha256: str) -> list[dict[str, Any]]:
        """Where its bytes are, the best place first: ``path_bytes, name, size, mtime_ns, root`` of present files."""
        return select(
            self._conn,
            "select path_bytes, name, size, mtime_ns, root from files where sha256 = ? and state = 'present' "
            "order by echo, path_bytes",
            (sha256,),
        )

    def copies_of(self, sha256: str) -> list[str]:
        """Targets of the byte-identical copies of this asset in the export."""
        rows = self._conn.execute(
            "select target from live_receipts where sha256 = ?1 and written_sha256 = ?1 order by target", (sha256,)
        )
        return [target for (target,) in rows]

    def root_paths(self) -> list[bytes]:
        """Every folder that was ever scanned, as bytes."""
        return [path for (path,) in self._conn.execute("select path_bytes from roots")]

    # -- the home page

    def sums(self) -> dict[str, Any]:
        """What is there, out of sums that were made beforehand: ``images``, ``videos``, ``cameras``, ``places``,
        ``exported``, ``first`` and ``last`` moment. Before the first derive they are counted."""
        row = select(
            self._conn,
            "select coalesce(sum(pictures) filter (where kind = 'image'), 0) as images, "
            "coalesce(sum(pictures) filter (where kind = 'video'), 0) as videos, "
            "coalesce(sum(pictures) filter (where placed), 0) as places, "
            "coalesce(sum(pictures) filter (where state = 'exported'), 0) as exported, "
            "(select count(*) from (select distinct make, model from choices where model is not null)) as cameras, "
            "(select min(month) from tallies where month <> '' and level in ('high', 'medium')) as first, "
            "(select max(month) from tallies where level in ('high', 'medium')) as last from choices",
        )[0]
        if not row["images"] + row["videos"]:
            row |= select(
                self._conn,
                "select count(*) filter (where kind = 'image') as images, count(*) filter (where kind = 'video') as videos from _assets",
            )[0]
        return row

    def weight(self) -> dict[str, int]:
        """What can only be summed up row by row: ``bytes``, ``files``, ``missing``."""
        row = select(self._conn, "select coalesce(sum(size), 0) as bytes from _assets")[0]
        counts = dict(
            self._conn.execute(
                "select s.word, (select count(*) from _files where state_number = s.id) from _states s"
            ).fetchall()
        )
        return row | {"files": sum(counts.values()), "missing": counts.get("missing", 0)}

    def years(self) -> list[tuple[str, int]]:
        """Pictures by year, oldest first; undated ones are left out."""
        return list(
            self._conn.execute(
                "select substr(month, 1, 4) as year, sum(pictures) from tallies where month <> '' group by 1 order by 1"
            )
        )

    def latest(self, limit: int) -> list[dict[str, Any]]:
        """The newest pictures that stay in the library, for a strip of thumbnails."""
        return select(
            self._conn,
            "select t.sha256, a.kind, a.duration, d.taken_at, d.utc_offset, d.precision, d.level from timeline t "
            "join tallies y on y.id = t.tally and y.state in ('exported', 'waiting') join assets a on a.sha256 = t.sha256 "
            "join dates d on d.sha256 = t.sha256 where t.moment is not null order by t.id desc limit ?",
            (limit,),
        )


def _batches(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
