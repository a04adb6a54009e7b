"""Date each picture by its best evidence; the earliest date is not the best one."""

from __future__ import annotations

from datetime import date

from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Evidence, Resolution
from mediaparser_core.resolve import resolve
from mediaparser_core.settings import Settings


@hookimpl(trylast=True)
def resolve_date(evidence: Evidence, settings: Settings, today: date) -> Resolution:
    return resolve(evidence, settings, today)
