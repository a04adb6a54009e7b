"""Put an ``index.csv`` beside the exported pictures: one row each, ready for a spreadsheet."""

import csv
import io

from mediaparser_core.hookspecs import hookimpl

COLUMNS = ("export_path", "taken_at", "make", "model", "tags")


@hookimpl
def export_extras(exports):
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in exports:
        writer.writerow(harmless(row.get(column)) for column in COLUMNS)
    return {"index.csv": table.getvalue().encode("utf-8-sig")}  # the mark tells spreadsheets that it is UTF-8


def harmless(value):
    """Text from a picture must not become a formula in somebody's spreadsheet."""
    text = "" if value is None else str(value)
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
