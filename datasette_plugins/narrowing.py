"""Let filtered pages of the library begin at an index: a view cannot have one of its own."""

from datasette import hookimpl
from datasette.filters import FilterArguments

from mediaparser_core.catalog.narrowing import Narrowing
from mediaparser_core.web import explorer_of

CHECKED = 10.0  # seconds that we believe that every picture is in the time line


@hookimpl
def filters_from_request(request, database, table, datasette):
    explorer = explorer_of(datasette)
    if explorer is None or database != explorer.database or table != "library":
        return None
    filters = [pair for pair in _pairs(request.args) if not pair[0].startswith("_")]
    sort = request.args.get("_sort") or request.args.get("_sort_desc")

    async def narrow():
        complete = await explorer.remember("complete", lambda catalog: Narrowing(catalog).complete(), CHECKED)
        wheres, values = await explorer.look(
            lambda catalog: Narrowing(catalog).conditions(filters, sort, complete=complete)
        )
        return FilterArguments(wheres, values) if wheres else None

    return narrow


def _pairs(args):
    return [(name, value) for name in args for value in args.getlist(name)]
