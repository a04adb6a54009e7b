"""Keep the questions of metadata.yml as stored queries: Datasette 1.0 takes queries from its configuration only."""

from datasette import hookimpl

from mediaparser_core.web import explorer_of

FIELDS = ("title", "description")


@hookimpl
def startup(datasette):
    explorer = explorer_of(datasette)
    if explorer is None:
        return None
    said = (datasette._metadata_local.get("databases") or {}).get(explorer.database) or {}

    async def store():
        for name, query in (said.get("queries") or {}).items():
            words = {field: query[field] for field in FIELDS if field in query}
            await datasette.add_query(
                explorer.database, name, query["sql"], parameters=query.get("params"), is_trusted=True, **words
            )

    return store
