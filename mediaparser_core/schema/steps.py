"""What the steps have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaparser_core.ladder import Ladder

if TYPE_CHECKING:
    from sqlite_utils import Database

catalog = Ladder("mediaparser_catalog")
decisions = Ladder("mediaparser_decisions")


def run(db: Database, script: str) -> None:
    """Statements separated by a line of their own ``--``; ``executescript`` would commit the migration's transaction."""
    for statement in script.split("\n--\n"):
        if statement.strip():
            db.execute(statement)
