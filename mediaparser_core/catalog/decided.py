"""What people decided: the append-only ``decisions``."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from mediaparser_core.errors import DecisionError
from mediaparser_core.ladder import Opened
from mediaparser_core.records import Decision

_COLUMNS = "request_id, verb, subject, value, actor, at, undoes"


class Decided:
    """Adds decisions and reads them; there is nothing else one can do to them."""

    def __init__(self, db: Opened | None) -> None:
        self._db = db  # None: a library that was opened for reading and has no decisions yet

    def add(self, decisions: Iterable[Decision]) -> int:
        """Append *decisions* in one transaction; those whose ``request_id`` is there already are one decision.

        The number of new ones. Raises :class:`DecisionError` when one undoes a decision that is not there.
        """
        if self._db is None:
            raise DecisionError("this library was opened for reading only")
        conn, added = self._db.conn, 0
        conn.execute("begin immediate")  # a deferred one would fail at once when somebody wrote in between
        try:
            for decision in decisions:
                if self._has(conn, decision.request_id):
                    continue
                if decision.undoes is not None and not self._has(conn, decision.undoes):
                    raise DecisionError(f"there is no decision {decision.undoes} to undo")
                conn.execute(
                    f"insert into decisions ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?)",
                    (
                        decision.request_id,
                        decision.verb,
                        json.dumps(decision.subject),
                        decision.value,
                        decision.actor,
                        decision.at,
                        decision.undoes,
                    ),
                )
                added += 1
        except BaseException:
            conn.rollback()
            raise
        conn.execute("commit")
        return added

    def all(self) -> list[Decision]:
        """Every decision, oldest first."""
        if self._db is None:
            return []
        rows = self._db.conn.execute(f"select {_COLUMNS} from decisions order by id")
        return [_decision(row) for row in rows]

    def numbered(self, number: int) -> Decision | None:
        """The decision with this number, as ``decisions`` shows them."""
        if self._db is None:
            return None
        row = self._db.conn.execute(f"select {_COLUMNS} from decisions where id = ?", (number,)).fetchone()
        return _decision(row) if row else None

    def with_numbers(self) -> list[tuple[int, Decision]]:
        """Every decision with its number, oldest first."""
        if self._db is None:
            return []
        rows = self._db.conn.execute(f"select id, {_COLUMNS} from decisions order by id")
        return [(row[0], _decision(row[1:])) for row in rows]

    def count(self) -> int:
        if self._db is None:
            return 0
        return int(self._db.conn.execute("select count(*) from decisions").fetchone()[0])

    def mark(self) -> str:
        """A text that changes with every new decision, and when other ones were put in their place."""
        if self._db is None:
            return ""
        last = self._db.conn.execute("select request_id from decisions order by id desc limit 1").fetchone()
        return f"{self.count()}/{last[0] if last else ''}"

    @staticmethod
    def _has(conn: sqlite3.Connection, request_id: str) -> bool:
        return bool(conn.execute("select 1 from decisions where request_id = ?", (request_id,)).fetchone())


def _decision(row: tuple[str, str, str, str | None, str, str, str | None]) -> Decision:
    request_id, verb, subject, value, actor, at, undoes = row
    return Decision(request_id, verb, tuple(json.loads(subject)), value, actor, at, undoes)
