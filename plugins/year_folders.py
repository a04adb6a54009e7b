"""Put each picture into a folder for its year, under the name that the settings ask for."""

from __future__ import annotations

from pathlib import PurePosixPath

from mediaparser_core.export.targets import fields_of, is_dated
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.names import fill
from mediaparser_core.records import ExportItem
from mediaparser_core.settings import Settings


@hookimpl(trylast=True)
def name_export(item: ExportItem, settings: Settings) -> PurePosixPath:
    """``export.name`` by wall time; ``export.undated`` for what has no date at all."""
    if is_dated(item):
        return fill(settings.export.name, fields_of(item))
    return fill(settings.export.undated, fields_of(item), key="export.undated")
