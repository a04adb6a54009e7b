"""What came in through the inbox, what waits there and why, and what was read again when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mediaparser_core.catalog.rows import AT, at, select
from mediaparser_core.catalog.seen import path_text

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

_BECAME = ("kind", "duration", "taken_at", "utc_offset", "level", "reason", "export_path", "first_path", "state")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that came in: its place among the originals, and the name (with folders) it came under."""

    path: bytes
    sha256: str
    size: int
    mtime_ns: int
    came_as: str
    came_from: str
    at: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that is not taken yet.

    ``place`` is ``inbox`` or the watched folder; ``state`` is ``arriving`` (it still changes), ``unfinished``,
    ``unknown`` (no picture, video or sidecar), ``stuck`` (the disk does not let us) or ``away`` (a folder that is not
    there). ``since`` is when this was first so.
    """

    path: bytes
    place: str
    size: int
    state: str
    reason: str
    since: str


class Arrivals:
    """Reads and writes ``arrivals`` and ``waiting``."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._conn = catalog, catalog.db.conn

    # -- what came in

    def record(self, arrival: Arrival) -> None:
        with self._catalog.transaction() as conn:
            conn.execute(
                "insert or ignore into arrivals (path_bytes, path, sha256, size, mtime_ns, came_as, came_from, arrived_at) "
                "values (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    arrival.path, path_text(arrival.path), arrival.sha256, arrival.size, arrival.mtime_ns, arrival.came_as,
                    arrival.came_from, arrival.at,
                ),
            )  # fmt: skip

    def places_of(self, sha256: str, store: bytes) -> list[bytes]:
        """Where in the folder *store* these bytes have been put before."""
        low, high = store.rstrip(b"/") + b"/", store.rstrip(b"/") + b"0"
        rows = self._conn.execute(
            "select path_bytes from arrivals where sha256 = ?1 and path_bytes >= ?2 and path_bytes < ?3 union "
            "select path_bytes from files where sha256 = ?1 and path_bytes >= ?2 and path_bytes < ?3 order by 1",
            (sha256, low, high),
        )
        return [path for (path,) in rows]

    def came(self, came_as: str, size: int, mtime_ns: int) -> bool:
        """Whether a file of this name, size and time has come in before."""
        return (
            self._conn.execute(
                "select 1 from arrivals where came_as = ? and size = ? and mtime_ns = ? limit 1",
                (came_as, size, mtime_ns),
            ).fetchone()
            is not None
        )

    def latest(self, limit: int) -> list[dict[str, Any]]:
        """The last arrivals, newest first, with what has become of them."""
        rows = select(
            self._conn,
            "select came_as, came_from, arrived_at, size, sha256, path, path_bytes from arrivals order by id desc limit ?",
            (limit,),
        )
        for row in rows:
            state = self._conn.execute(f"select state from _files where {AT}", at(row.pop("path_bytes"))).fetchone()
            row["file_state"] = state[0] if state else None
        # joined to the right side of a left join, the whole library would be put together first
        wanted = [row["sha256"] for row in rows] or [""]
        known = {
            row["sha256"]: row
            for row in select(
                self._conn,
                f"select sha256, {', '.join(_BECAME)} from library where sha256 in ({', '.join('?' * len(wanted))})",
                wanted,
            )
        }
        return [row | {name: known.get(row["sha256"], {}).get(name) for name in _BECAME} for row in rows]

    def count(self, since: str) -> int:
        """How many came in since then."""
        (count,) = self._conn.execute("select count(*) from arrivals where arrived_at >= ?", (since,)).fetchone()
        return int(count)

    # -- what waits

    def waiting(self, limit: int = -1) -> list[dict[str, Any]]:
        return select(
            self._conn,
            "select path_bytes, path, place, size, state, reason, since, anyway from waiting order by since, path limit ?",
            (limit,),
        )

    def count_waiting(self) -> int:
        row = self._conn.execute("select count(*) from waiting where state not in ('ignored', 'away')").fetchone()
        return int(row[0])

    def mark(self) -> str:
        """Changes when anything that waits does, or when something comes in."""
        row = self._conn.execute(
            "select (select count(*) from waiting), (select max(since) from waiting), (select total(anyway + length(reason)) from "
            "waiting), (select max(id) from arrivals)"
        ).fetchone()
        return " ".join(map(str, row))

    def replace_waiting(self, place: str, rows: Iterable[Waiting]) -> None:
        """What waits at *place*, all of it; one that waited before keeps the time since when, and what was said of it."""
        wanted = {row.path: row for row in rows}
        known: Mapping[bytes, tuple[int, str, str]] = {
            path: tuple(rest)
            for path, *rest in self._conn.execute(
                "select path_bytes, size, state, reason from waiting where place = ?", (place,)
            )
        }
        gone = [path for path in known if path not in wanted]
        new = [row for path, row in wanted.items() if known.get(path) != (row.size, row.state, row.reason)]
        if not gone and not new:
            return
        with self._catalog.transaction() as conn:
            conn.executemany("delete from waiting where path_bytes = ?", ((path,) for path in gone))
            conn.executemany(
                "insert into waiting (path_bytes, path, place, size, state, reason, since) values (?, ?, ?, ?, ?, ?, ?) "
                "on conflict (path_bytes) do update set place = excluded.place, size = excluded.size, state = excluded.state, "
                "reason = excluded.reason, anyway = case when size = excluded.size then anyway else 0 end, "
                "since = case when state = excluded.state then since else excluded.since end",
                [(r.path, path_text(r.path), r.place, r.size, r.state, r.reason, r.since) for r in new],
            )

    def left(self, path: bytes) -> None:
        """It does not wait any more."""
        with self._catalog.transaction() as conn:
            conn.execute("delete from waiting where path_bytes = ?", (path,))

    def take_anyway(self, path: bytes) -> bool:
        """A person says that this one is whole enough; ``False`` when it does not wait."""
        with self._catalog.transaction() as conn:
            return conn.execute("update waiting set anyway = 1 where path_bytes = ?", (path,)).rowcount > 0

    def taken_anyway(self, place: str) -> frozenset[bytes]:
        return frozenset(
            path
            for (path,) in self._conn.execute("select path_bytes from waiting where place = ? and anyway = 1", (place,))
        )


class Checks:
    """Which copies and originals were read again, when, and what was wrong."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._conn = catalog, catalog.db.conn

    def due(self, before: str) -> list[tuple[str, str, int]]:
        """``(kind, key, bytes)`` of everything not read again since then, the longest ago first.

        The key of an export is its target, that of an original the number of its file.
        """
        return list(
            self._conn.execute(
                "select kind, key, size from ("
                "select 'export' as kind, r.target as key, coalesce(a.size, 0) as size, c.at as at, 0 as place from _receipts r "
                "left join _assets a on a.content = r.content left join checks c on c.kind = 'export' and c.key = r.target "
                "where r.withdrawn_at is null "
                "union all "
                "select 'original', cast(f.id as text), f.size, c.at, 1 from _files f "
                "left join checks c on c.kind = 'original' and c.key = cast(f.id as text) "
                "where f.state_number = 0 and f.content > 0"
                ") where at is null or at < ? order by at is not null, at, place, key",
                (before,),
            )
        )

    def original(self, key: str) -> tuple[bytes, str] | None:
        """Path and SHA-256 of the original with this key, if it still is to be there."""
        row = self._conn.execute(
            "select path_bytes, sha256 from files where id = ? and state = 'present' and sha256 is not null",
            (int(key),),
        ).fetchone()
        return (row[0], row[1]) if row else None

    def record(self, rows: Iterable[tuple[str, str, str, str | None]]) -> None:
        """``(kind, key, at, problem)`` of what was read again."""
        with self._catalog.transaction() as conn:
            conn.executemany("insert or replace into checks (kind, key, at, problem) values (?, ?, ?, ?)", rows)

    def problems(self) -> int:
        return int(self._conn.execute("select count(*) from checks where problem is not null").fetchone()[0])

    def forget_gone(self) -> None:
        """Nobody needs to know about what is not there any more."""
        with self._catalog.transaction() as conn:
            conn.execute(
                "delete from checks where (kind = 'export' and key not in (select target from live_receipts)) or "
                "(kind = 'original' and cast(key as integer) not in (select id from files where state = 'present'))"
            )
