"""Facets of library and assets from sums that were made beforehand: as quick with a million pictures as with ten."""

from datasette import hookimpl
from datasette.database import QueryInterrupted
from datasette.facets import Facet
from datasette.utils import path_with_added_args, path_with_removed_args

from mediaparser_core.catalog.facets import TABLES, counted, counted_row_by_row
from mediaparser_core.web import explorer_of


@hookimpl
def register_facet_classes():
    return [SummaryFacet]


class SummaryFacet(Facet):
    """Asked for in metadata.yml with ``- summary: COLUMN``; does nothing elsewhere."""

    type = "summary"

    async def facet_results(self):
        explorer, results, late = explorer_of(self.ds), [], []
        if explorer is None or self.database != explorer.database or self.table not in TABLES:
            return results, late
        configs = {config["config"].get("simple"): config for config in reversed(self.get_configs())}
        for column, config in reversed(configs.items()):
            if column in TABLES[self.table]:
                if late:  # what takes too long for one column does for the next
                    late.append(column)
                    continue
                try:
                    results.append(await self._result(column, config["source"]))
                except QueryInterrupted:
                    late.append(column)
        return results, late

    async def _result(self, column, source):
        pairs, size = self.get_querystring_pairs(), self.get_facet_size()
        filters = [pair for pair in pairs if not pair[0].startswith("_")]
        # a search or a condition in SQL is none of the filters, and changes what is counted
        others = any(name.startswith(("_search", "_where", "_filter", "_through")) for name, _ in pairs)
        sums = None if others else counted(column, filters, size + 1, self.table)
        sql, params = sums or (counted_row_by_row(column, self.sql, size + 1), self.params)
        limit = self.ds.setting("facet_time_limit_ms")
        rows = (await self.ds.execute(self.database, sql, params, truncate=False, custom_time_limit=limit)).rows
        return {
            "name": column,
            "type": "column",  # what it is for people; that it was summed beforehand is our business
            "hideable": source != "metadata",
            "toggle_url": self.ds.urls.path(path_with_removed_args(self.request, {"_facet_summary": column})),
            "results": [self._value(column, row, filters) for row in rows[:size]],
            "truncated": len(rows) > size,
        }

    def _value(self, column, row, filters):
        chosen = {name: value for name, value in filters if (name, value) in self._names(column, row["value"])}
        if chosen:
            path = path_with_removed_args(self.request, chosen)
        else:
            path = path_with_added_args(self.request, {column: row["value"]})
        return {
            "value": row["value"],
            "label": row["value"],
            "count": row["count"],
            "toggle_url": self.ds.absolute_url(self.request, self.ds.urls.path(path)),
            "selected": bool(chosen),
        }

    @staticmethod
    def _names(column, value):
        return ((column, str(value)), (f"{column}__exact", str(value)))
