"""Claim the date that the folders of a file say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from mediaparser_core.dates import folder_names, from_folder
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.names import clean_text
from mediaparser_core.records import Claim, Entry, Fact, Probe
from mediaparser_core.settings import Settings


@hookimpl
def register_probes(settings: Settings) -> Iterable[Probe]:
    return [Probe("folder_dates", version=1, needs="name", run=claims)]


def claims(entry: Entry) -> list[Fact]:
    """One claim, from the input's own name and the folders below it; none when they say nothing.

    A year beyond the next one is no year (Cyberpunk 2077): the one place where a name is read by today's calendar.
    """
    folders = folder_names(entry.root, entry.path)
    moment = from_folder(folders, date.today().year + 1)
    if moment is None:
        return []
    return [
        Claim("folder", clean_text("/".join(folders).strip("/")), moment.value, moment.utc_offset, moment.precision)
    ]
