"""Facets of the library out of sums that are there already: a million rows need not be counted for a list of cameras."""

from __future__ import annotations

from collections.abc import Iterable

COLUMNS = ("kind", "level", "state", "make", "model")
TABLES = {"library": COLUMNS, "assets": ("kind", "make", "model")}  # what of it each table has; both have every picture
_PLACED = {"latitude__notnull": 1, "latitude__isnull": 0, "longitude__notnull": 1, "longitude__isnull": 0}


def counted(
    column: str, filters: Iterable[tuple[str, str]], limit: int, table: str = "library"
) -> tuple[str, list[object]] | None:
    """SQL and values for ``value, count`` of *column* of *table*, the most frequent first.

    *filters* are those in a table's address. ``None`` when one of them asks for what the sums do not know.
    """
    columns = TABLES[table]
    if column not in columns:
        return None
    wheres, values = [f"{column} is not null"], list[object]()
    for name, value in filters:
        plain = name.removesuffix("__exact")
        if plain in columns:
            wheres.append(f"{plain} = ?")
            values.append(value)
        elif name in _PLACED and table == "library":  # assets have the places inside the files only
            wheres.append("placed = ?")
            values.append(_PLACED[name])
        else:
            return None
    sql = (
        f"select {column} as value, sum(pictures) as count from choices where {' and '.join(wheres)} "
        f"group by {column} order by count desc, value limit ?"
    )
    return sql, [*values, limit]


def counted_row_by_row(column: str, rows: str, limit: int) -> str:
    """The same by counting the rows of the query *rows*."""
    quoted = '"' + column.replace('"', '""') + '"'
    return (
        f"select {quoted} as value, count(*) as count from ({rows}) where {quoted} is not null group by {quoted} "
        f"order by count desc, value limit {int(limit)}"
    )
