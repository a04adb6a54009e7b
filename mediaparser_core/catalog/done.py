"""What the program did: plan, receipts, jobs, heartbeats."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING

from mediaparser_core.catalog.partly import chosen
from mediaparser_core.catalog.rows import numbered
from mediaparser_core.compact import hex_shown, packed
from mediaparser_core.records import PlanItem, Receipt
from mediaparser_core.shorter import moment

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

_WITHDRAW = "update _receipts set withdrawn_at = ? where target = ? and withdrawn_at is null"
_RECEIPT = "sha256, target, written_sha256, at, signature, sidecar, sidecar_sha256"


class Done:
    """Reads and writes ``plan_items``, ``receipts``, ``extras``, ``jobs`` and ``heartbeats``."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._conn = catalog, catalog.db.conn

    # -- the plan and its receipts

    def store_plan(self, items: Iterable[PlanItem]) -> None:
        with self._catalog.transaction() as conn:
            conn.execute("delete from _plan_items")
            conn.executemany(
                "insert into plan_items (sha256, target, action, previous, reason) values (?, ?, ?, ?, ?)",
                ((i.sha256, i.target, i.action, i.previous, i.reason) for i in items if i.action != "keep"),
            )

    def receipts(self) -> list[Receipt]:
        """The copies that are in the export now."""
        return list(self.live_receipts())

    def live_receipts(self) -> Iterator[Receipt]:
        """The same, one after the other."""
        for row in self._conn.execute(f"select {_RECEIPT} from receipts where withdrawn_at is null order by id"):
            yield Receipt(*row)

    def targets(self) -> list[str]:
        """Where the copies that are in the export now are, and the XMP documents beside them."""
        live = "from receipts where withdrawn_at is null"
        rows = self._conn.execute(
            f"select target {live} union all select sidecar {live} and sidecar is not null and sidecar <> ''"
        )
        return [target for (target,) in rows]

    def targets_of(self, assets: Collection[str]) -> set[str]:
        """Where the copies of *assets* are that are in the export now."""
        with chosen(self._conn, assets) as some:
            rows = self._conn.execute(
                f"select r.target from {some} c join receipts r on r.sha256 = c.sha256 where r.withdrawn_at is null"
            )
            return {target for (target,) in rows}

    def withdrawn(self) -> Iterator[Receipt]:
        """Copies we took back, newest last: a name that was given once is given again."""
        for row in self._conn.execute(
            f"select {_RECEIPT} from receipts where withdrawn_at is not null order by withdrawn_at, id"
        ):
            yield Receipt(*row)

    def publish(self, receipt: Receipt, instead_of: str | None = None) -> None:
        """A copy is in the export; *instead_of* is the target of the one it takes the place of."""
        with self._catalog.transaction() as conn:
            if instead_of is not None:
                conn.execute(_WITHDRAW, (receipt.at, instead_of))
            numbered(conn, "contents", (receipt.sha256,))
            conn.execute(
                "insert into _receipts (content, target, written_sha256, at, signature, sidecar, sidecar_sha256) "
                "values ((select id from contents where sha256 = ?), ?, ?, ?, ?, ?, ?)",
                (
                    receipt.sha256,
                    receipt.target,
                    packed(receipt.written_sha256) if receipt.written_sha256 != receipt.sha256 else None,
                    moment(receipt.at),
                    packed(receipt.signature),
                    receipt.sidecar,
                    packed(receipt.sidecar_sha256),
                ),
            )

    def withdraw(self, target: str, at: str) -> None:
        with self._catalog.transaction() as conn:
            conn.execute(_WITHDRAW, (at, target))

    def came_back(self) -> list[int]:
        """Which of the contents that we wrote were found again among the files."""
        return [
            number
            for (number,) in self._conn.execute(
                f"select distinct w.id from _receipts r join contents w on w.sha256 = {hex_shown('r.written_sha256')} "
                "where r.written_sha256 is not null and exists (select 1 from _files f where f.content = w.id) order by 1"
            )
        ]

    def exported_hashes(self) -> dict[str, str]:
        """Assets that are copies which we wrote → the asset it shows: our own output is recognised by it."""
        return dict(
            self._conn.execute(
                f"select w.sha256, n.sha256 from _receipts r join contents w on w.sha256 = {hex_shown('r.written_sha256')} "
                "join _assets a on a.content = w.id join contents n on n.id = r.content "
                "where r.written_sha256 is not null order by r.id"
            )
        )

    def exported_at(self, path: bytes, export: bytes) -> str | None:
        """The asset whose copy is at *path* below the folder *export*."""
        if not path.startswith(export + b"/"):
            return None
        target = path[len(export) + 1 :].decode("utf-8", "replace")
        row = self._conn.execute("select sha256 from live_receipts where target = ?", (target,)).fetchone()
        return row[0] if row else None

    def extras(self) -> dict[str, str]:
        """Further files plugins put into the export: target → hash."""
        return dict(self._conn.execute("select target, written_sha256 from extras"))

    def store_extra(self, target: str, written_sha256: str | None, at: str) -> None:
        with self._catalog.transaction() as conn:
            conn.execute("delete from extras where target = ?", (target,))
            if written_sha256 is not None:
                conn.execute("insert into extras values (?, ?, ?)", (target, written_sha256, at))

    # -- jobs

    def has_died(self) -> bool:
        """Whether a job ended without a word. The caller holds the library's lock, so that none can be running."""
        died = "select 1 from jobs where state in ('running', 'paused')"
        return self._conn.execute(died).fetchone() is not None

    def start_job(self, command: str, arguments: Iterable[str], at: str) -> int:
        with self._catalog.transaction() as conn:
            # whoever holds the library's lock is the only one: what still says "running" died
            conn.execute(
                "update jobs set state = 'interrupted', ended_at = ?, message = 'ended without a word' where state in "
                "('running', 'paused')",
                (at,),
            )
            cursor = conn.execute(
                "insert into jobs (command, arguments, state, started_at) values (?, ?, 'running', ?)",
                (command, json.dumps(list(arguments)), at),
            )
            return int(cursor.lastrowid or 0)

    def job_progress(self, job: int, *, done: int, total: int | None, failed: int, state: str) -> None:
        self._conn.execute(
            "update jobs set done = ?, total = ?, failed = ?, state = ? where id = ?", (done, total, failed, state, job)
        )

    def end_job(self, job: int, state: str, at: str, message: str | None, summary: dict[str, object]) -> None:
        with self._catalog.transaction() as conn:
            conn.execute(
                "update jobs set state = ?, ended_at = ?, message = ?, summary = ? where id = ?",
                (state, at, message, json.dumps(summary), job),
            )

    def wanted(self, job: int) -> str:
        """``run``, ``pause`` or ``cancel``: what somebody asked of the job."""
        row = self._conn.execute("select wanted from jobs where id = ?", (job,)).fetchone()
        return str(row[0]) if row else "cancel"

    def want(self, job: int, wanted: str) -> bool:
        """Ask a running job for something; ``False`` when no job of this number is running.

        One that is in a long transaction hears only that it should end, and ends before this can be written down.
        """
        if self._state(job) not in ("running", "paused"):
            return False
        with self._catalog.calling() if wanted == "cancel" else nullcontext(), self._catalog.transaction() as conn:
            cursor = conn.execute(
                "update jobs set wanted = ? where id = ? and state in ('running', 'paused')", (wanted, job)
            )
        return cursor.rowcount > 0 or (wanted == "cancel" and self._state(job) == "cancelled")

    def _state(self, job: int) -> str | None:
        row = self._conn.execute("select state from jobs where id = ?", (job,)).fetchone()
        return str(row[0]) if row else None

    def jobs(self, limit: int = 20) -> Iterator[dict[str, object]]:
        cursor = self._conn.execute(
            "select id, command, arguments, wanted, state, done, total, failed, started_at, ended_at, message, summary "
            "from jobs order by id desc limit ?",
            (limit,),
        )
        names = [column[0] for column in cursor.description]
        for row in cursor:
            job = dict(zip(names, row, strict=True))
            yield job | {key: json.loads(job[key]) if job[key] else None for key in ("arguments", "summary")}

    # -- heartbeats

    def beat(self, service: str, state: str, task: str | None, at: str) -> None:
        with self._catalog.transaction() as conn:
            conn.execute(
                "insert into heartbeats (service, at, state, task) values (?, ?, ?, ?)", (service, at, state, task)
            )

    def last_beats(self) -> list[tuple[str, str, str, str | None]]:
        """``(service, at, state, task)`` of each service's last word."""
        return list(
            self._conn.execute(
                "select service, at, state, task from heartbeats h where id = (select max(id) from heartbeats where "
                "service = h.service) order by service"
            )
        )
