"""Open the two databases for reading only, the decisions beside the catalog."""

from datasette import hookimpl
from datasette.database import Database

from mediaparser_core.catalog.explored import Explored, prepare_for_reading
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

    async def schemas():
        await datasette.refresh_schemas(force=True)
        if await explorer.look(lambda catalog: Explored(catalog).has_more_than(MANY)):
            datasette.databases[explorer.database].count_limit = COUNTED

    return schemas


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
