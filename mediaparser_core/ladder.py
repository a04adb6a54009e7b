"""Numbered steps from one version of a database to the next.

The steps are taken by ``sqlite_utils``, which loads NumPy where it is installed: a library that is up to date, as it is
at almost every start of the program, must not wait for that.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

    Step = Callable[[Database], None]


@dataclass(frozen=True, slots=True)
class Opened:
    """A database with an open connection."""

    conn: sqlite3.Connection

    def close(self) -> None:
        self.conn.close()


class Ladder:
    """The steps of one database, in the order in which they are written down."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._steps: list[Step] = []

    def __call__(self) -> Callable[[Step], Step]:
        """A decorator: the function is the next step, and its name is that of the step."""

        def add(step: Step) -> Step:
            self._steps.append(step)
            return step

        return add

    @property
    def names(self) -> list[str]:
        return [step.__name__ for step in self._steps]

    def apply(self, db: Opened | Database) -> None:
        """Take the steps that were not taken yet, each in a transaction."""
        from sqlite_utils import Database
        from sqlite_utils.migrations import Migrations

        migrations = Migrations(self.name)
        for step in self._steps:
            migrations()(step)
        migrations.apply(Database(db.conn, execute_plugins=False))
