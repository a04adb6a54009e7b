"""Keep each picture's own name, in a folder for its month; chosen by ``[plugins.original_names] enabled = true``."""

from __future__ import annotations

from pathlib import PurePosixPath

from mediaparser_core.export.targets import fields_of, is_dated
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.names import fill
from mediaparser_core.records import ExportItem
from mediaparser_core.settings import Settings


@hookimpl
def name_export(item: ExportItem, settings: Settings) -> PurePosixPath | None:
    """``2019/05/IMG_0001.jpg``; ``2019/IMG_0001.jpg`` when only the year is known, and no answer for the undated."""
    if settings.for_plugin("original_names").get("enabled") is not True or not is_dated(item):
        return None
    fields = fields_of(item)
    return fill("{year}/{name}" if fields["month"] == "XX" else "{year}/{month}/{name}", fields)
