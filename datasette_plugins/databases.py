"""Open the two databases for reading only, the decisions beside the catalog."""

from datasette import hookimpl
from datasette.database import Database

from mediaparser_core.catalog.explored import prepare_for_reading
from mediaparser_core.web import explorer_of
from mediaparser_core.web.explorer import forget

DECISIONS = "decisions"


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

    return schemas


@hookimpl
def prepare_connection(conn, database, datasette):
    explorer = explorer_of(datasette)
    if explorer is None or database != explorer.database:
        return
    prepare_for_reading(conn, explorer.library / "decisions.db")


@hookimpl
def shutdown(datasette):
    forget(datasette)
