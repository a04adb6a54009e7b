"""Tables, triggers and views of the two databases, as numbered migrations that are never edited after a release.

``catalog.db`` holds what was seen, found, derived and done, and can be built again from the inputs; ``decisions.db``
holds what people decided, append-only. The columns named in docs/schema.md are public.
"""

from __future__ import annotations

from mediaparser_core.errors import CatalogTooNew
from mediaparser_core.ladder import Ladder, Opened
from mediaparser_core.schema import first, later, smaller  # noqa: F401 - their steps, in this order
from mediaparser_core.schema.steps import catalog, decisions

__all__ = ["catalog", "check", "decisions", "is_current", "migrate"]


def _taken(db: Opened, migrations: Ladder) -> set[str]:
    """The names of the migrations that *db* has, also of those that only a newer program knows."""
    exists = "select 1 from sqlite_master where type = 'table' and name = '_sqlite_migrations'"
    if db.conn.execute(exists).fetchone() is None:
        return set()
    rows = db.conn.execute("select name from _sqlite_migrations where migration_set = ?", (migrations.name,))
    return {name for (name,) in rows}


def check(db: Opened, migrations: Ladder, where: str) -> None:
    """Raises :class:`CatalogTooNew` when *db* has migrations this version does not know."""
    if strangers := sorted(_taken(db, migrations) - set(migrations.names)):
        raise CatalogTooNew(
            f"{where} was written by a newer version of MediaParser (it has '{strangers[-1]}'); "
            "install that version to use it"
        )


def is_current(db: Opened, migrations: Ladder) -> bool:
    """Whether nothing is left to migrate."""
    return _taken(db, migrations) >= set(migrations.names)


def migrate(db: Opened, migrations: Ladder, where: str) -> None:
    """Bring *db* up to date, or raise :class:`CatalogTooNew`."""
    check(db, migrations, where)
    migrations.apply(db)
