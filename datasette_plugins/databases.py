"""Open the two databases for reading only, the decisions beside the catalog."""

from datasette import hookimpl
from datasette.database import Database

from mediaparser_core.catalog.explored import KEYS, VIEWS, Explored, prepare_for_reading
from mediaparser_core.web import explorer_of
from mediaparser_core.web.explorer import forget

DECISIONS = "decisions"
MANY = 100_000  # pictures
COUNTED = 1_000  # rows that a headline then counts: 10,000 of a view take longer than its page


@hookimpl(tryfirst=True)
def startup(datasette):
    explorer = explorer_of(datasette)
    if explorer is None:
        return None
    beside = explorer.library / "decisions.db"
    if DECISIONS not in datasette.databases and beside.exists():
        datasette.add_database(Database(datasette, str(beside), is_mutable=True), name=DECISIONS)
    for name in (explorer.database, DECISIONS):
        if name in datasette.databases:
            datasette.databases[name].mode = "ro"  # not even Datasette's own write connection may write

    if explorer.database in datasette.databases:
        _with_keys(datasette.databases[explorer.database])

    async def schemas():
        await datasette.refresh_schemas(force=True)
        if await explorer.look(lambda catalog: Explored(catalog).has_more_than(MANY)):
            datasette.databases[explorer.database].count_limit = COUNTED

    return schemas


def _with_keys(database):
    """Let Datasette know the keys of our views and what refers to what: so each of their rows has a page, as before."""
    keys_of, all_of, ways_of = database.primary_keys, database.get_all_foreign_keys, database.foreign_keys_for_table

    def public(table):
        return table[1:] if table[1:] in VIEWS else table

    def shown(way):
        return way | {"other_table": public(way["other_table"])}

    async def primary_keys(table):
        return KEYS.get(table) or await keys_of(table)

    async def foreign_keys_for_table(table):
        return [shown(way) for way in await ways_of(f"_{table}" if table in VIEWS else table)]

    async def get_all_foreign_keys():
        found = {
            public(table): {side: [shown(way) for way in ways] for side, ways in sides.items()}
            for table, sides in (await all_of()).items()
        }
        return found | {f"_{table}": {"incoming": [], "outgoing": []} for table in VIEWS}

    database.primary_keys = primary_keys
    database.foreign_keys_for_table = foreign_keys_for_table
    database.get_all_foreign_keys = get_all_foreign_keys


@hookimpl
def prepare_connection(conn, database, datasette):
    explorer = explorer_of(datasette)
    if explorer is None:
        return
    if database == explorer.database:
        prepare_for_reading(conn, explorer.library / "decisions.db")
    elif database == DECISIONS:
        prepare_for_reading(conn)


@hookimpl
def shutdown(datasette):
    forget(datasette)
