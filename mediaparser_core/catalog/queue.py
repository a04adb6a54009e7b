"""Jobs that were asked for: who waits, who carries one out, what becomes of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mediaparser_core.catalog.done import Done
from mediaparser_core.catalog.rows import select

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

_COLUMNS = (
    "j.id, j.command, j.arguments, j.wanted, j.state, j.done, j.total, j.failed, j.started_at, j.ended_at, j.message, "
    "j.summary, r.asked_by, r.asked_at, r.priority, r.tries, r.open, r.not_before, r.doing"
)
_RUNNING = ("running", "paused")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that is to be carried out; *tries* counts those that failed."""

    number: int
    command: str
    arguments: list[str]
    wanted: str
    tries: int


class Queue:
    """Reads and writes ``requests``, and the rows of ``jobs`` beside them.

    A request is *open* until its job is done, failed for good or cancelled. While its job waits, ``jobs.state`` is
    ``waiting``. ``holder`` is who carries it out, and ``pulse`` counts up as long as that one lives.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._conn = catalog, catalog.db.conn

    # -- asking

    def ask(
        self, command: str, arguments: Sequence[str], *, by: str, at: str, priority: int, request_id: str | None = None
    ) -> tuple[int, bool]:
        """The number of the job, and whether it is new: the same thing that already waits is not asked for twice, and
        neither is the same request."""
        words = json.dumps(list(arguments))
        with self._catalog.transaction() as conn:
            row = conn.execute("select job from requests where request_id = ?", (request_id,)).fetchone()
            if row:
                return int(row[0]), False
            row = conn.execute(
                "select j.id from jobs j join requests r on r.job = j.id where r.open = 1 and j.state = 'waiting' "
                "and r.holder is null and j.wanted = 'run' and j.command = ? and j.arguments = ?",
                (command, words),
            ).fetchone()
            if row:
                conn.execute("update requests set priority = max(priority, ?) where job = ?", (priority, row[0]))
                return int(row[0]), False
            cursor = conn.execute(
                "insert into jobs (command, arguments, state, started_at) values (?, ?, 'waiting', ?)",
                (command, words, at),
            )
            number = int(cursor.lastrowid or 0)
            conn.execute(
                "insert into requests (job, asked_by, asked_at, priority, request_id) values (?, ?, ?, ?, ?)",
                (number, by, at, priority, request_id),
            )
        return number, True

    def want(self, number: int, wanted: str, at: str) -> bool:
        """Ask for ``run``, ``pause`` or ``cancel``; a job that only waits is cancelled at once. ``False``: it has ended."""
        with self._catalog.transaction() as conn:
            if (
                wanted == "cancel"
                and conn.execute(
                    "update jobs set state = 'cancelled', wanted = 'cancel', ended_at = ?, message = 'cancelled before it began' "
                    "where id = ? and state = 'waiting' and (select holder from requests where job = id) is null",
                    (at, number),
                ).rowcount
            ):
                conn.execute("update requests set open = 0 where job = ?", (number,))
                return True
            states = ("waiting", *_RUNNING)
            cursor = conn.execute(
                f"update jobs set wanted = ? where id = ? and state in ({', '.join('?' * len(states))})",
                (wanted, number, *states),
            )
        return cursor.rowcount > 0

    # -- carrying out

    def claim(self, number: int, holder: str) -> Asked | None:
        """Be the one who carries this out; ``None`` when nobody has to, or somebody else does."""
        with self._catalog.transaction() as conn:
            row = conn.execute(
                "update requests set holder = ?1, pulse = pulse + 1, not_before = null where job = ?2 and open = 1 "
                "and holder is null and (select state from jobs where id = ?2) = 'waiting' returning tries",
                (holder, number),
            ).fetchall()
            if not row:
                return None
            command, arguments, wanted = conn.execute(
                "select command, arguments, wanted from jobs where id = ?", (number,)
            ).fetchone()
        return Asked(number, command, json.loads(arguments or "[]"), wanted, int(row[0][0]))

    def pulse(self, holder: str) -> None:
        """A sign of life of whoever carries something out."""
        with self._catalog.transaction() as conn:
            conn.execute("update requests set pulse = pulse + 1 where holder = ? and open = 1", (holder,))

    def doing(self, number: int, what: str | None) -> None:
        """What the job is busy with, in a word."""
        with self._catalog.transaction() as conn:
            conn.execute("update requests set doing = ? where job = ?", (what, number))

    def finish(self, number: int, state: str, at: str, message: str | None) -> None:
        """It is over, for good. Where the job has already said how it ended, that stands."""
        with self._catalog.transaction() as conn:
            conn.execute("update requests set open = 0, holder = null, doing = null where job = ?", (number,))
            conn.execute(
                "update jobs set state = ?, ended_at = ?, message = ? where id = ? and (state in ('waiting', 'running', 'paused') "
                "or ended_at is null)",
                (state, at, message, number),
            )

    def again(self, number: int, *, not_before: str | None, message: str | None, failed: bool) -> None:
        """It waits again: somebody was in the way, it was interrupted, or it may work the next time.

        A job that has said that it is done, or cancelled, before whoever carried it out could say so, is over.
        """
        with self._catalog.transaction() as conn:
            conn.execute(
                "update requests set holder = null, doing = null, not_before = ?, tries = tries + ?, "
                "open = (select state not in ('done', 'cancelled') from jobs where id = job) where job = ? and open = 1",
                (not_before, int(failed), number),
            )
            conn.execute(
                "update jobs set state = 'waiting', ended_at = null, message = ? where id = ? "
                "and (select open from requests where job = id) = 1",
                (message, number),
            )

    def held(self) -> list[tuple[int, str, int]]:
        """``(job, holder, pulse)`` of everything that somebody carries out, or did when they died."""
        return list(
            self._conn.execute(
                "select job, holder, pulse from requests where open = 1 and holder is not null order by job"
            )
        )

    def ready(self, at: str) -> list[tuple[int, int]]:
        """``(job, priority)`` of everything that could begin now, the most urgent first."""
        return list(
            self._conn.execute(
                "select r.job, r.priority from requests r join jobs j on j.id = r.job where r.open = 1 and j.state = 'waiting' "
                "and r.holder is null and (r.not_before is null or r.not_before <= ?) order by r.priority desc, r.job",
                (at,),
            )
        )

    def is_more_urgent_waiting(self, number: int, at: str) -> bool:
        """Whether something waits that should go before the job *number*."""
        row = self._conn.execute("select priority from requests where job = ?", (number,)).fetchone()
        return row is not None and any(priority > row[0] for job, priority in self.ready(at) if job != number)

    # -- looking

    def counts(self) -> dict[str, int]:
        """How many jobs wait, run and are paused."""
        states = ("waiting", *_RUNNING)
        found = dict(
            self._conn.execute(
                f"select state, count(*) from jobs where state in ({', '.join('?' * len(states))}) group by state",
                states,
            )
        )
        return {state: int(found.get(state, 0)) for state in states}

    def live(self) -> list[dict[str, Any]]:
        """Jobs that run or wait, in the order in which they come."""
        return self._rows(
            "where j.state in ('running', 'paused', 'waiting') order by j.state = 'waiting', r.priority desc, j.id"
        )

    def ended(self, limit: int) -> list[dict[str, Any]]:
        """The last jobs that are over, newest first."""
        return self._rows("where j.state not in ('running', 'paused', 'waiting') order by j.id desc limit ?", (limit,))

    def job(self, number: int) -> dict[str, Any] | None:
        return next(iter(self._rows("where j.id = ?", (number,))), None)

    def last_started(self, commands: Iterable[str]) -> dict[str, str]:
        """When a job of each command last was begun or asked for."""
        wanted = list(commands)
        return dict(
            self._conn.execute(
                f"select command, max(started_at) from jobs where command in ({', '.join('?' * len(wanted))}) "
                "and state <> 'cancelled' group by command",
                wanted,
            )
        )

    def first_started(self) -> str | None:
        """When the library's first job began."""
        row = self._conn.execute("select started_at from jobs order by id limit 1").fetchone()
        return str(row[0]) if row else None

    def scanned_roots(self) -> list[dict[str, Any]]:
        """The folders that were scanned before: ``path_bytes``, ``path``, ``files``, ``scanned_at``."""
        return select(self._conn, "select path_bytes, path, files, scanned_at from roots order by path_bytes")

    def _rows(self, rest: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        rows = select(self._conn, f"select {_COLUMNS} from jobs j left join requests r on r.job = j.id {rest}", values)
        return [
            row | {key: json.loads(row[key]) if row[key] else None for key in ("arguments", "summary")} for row in rows
        ]


class Carried(Done):
    """What is done while a request is carried out: its job is the row that waited, not a new one.

    *alone* is a job that writes, with the library's lock: whatever else says that it runs has died.
    """

    def __init__(self, catalog: Catalog, number: int, *, alone: bool) -> None:
        super().__init__(catalog)
        self._number, self._alone = number, alone

    def start_job(self, command: str, arguments: Iterable[str], at: str) -> int:
        with self._catalog.transaction() as conn:
            if self._alone:
                conn.execute(
                    "update jobs set state = 'interrupted', ended_at = ?, message = 'ended without a word' where state in "
                    "('running', 'paused') and id <> ? and id not in (select job from requests where holder is not null)",
                    (at, self._number),
                )
            conn.execute(
                "update jobs set state = 'running', started_at = ?, ended_at = null, message = null, done = 0, total = null, "
                "failed = 0 where id = ?",
                (at, self._number),
            )
        return self._number
