"""Claim the date that the folders of a file say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from mediaparser_core.dates import GUESSED, folder_names, folder_span, from_folder, is_about
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.names import clean_text
from mediaparser_core.records import Claim, Entry, Fact, Probe
from mediaparser_core.settings import Settings


@hookimpl
def register_probes(settings: Settings) -> Iterable[Probe]:
    return [Probe("folder_dates", version=3, needs="name", run=claims)]


def claims(entry: Entry) -> list[Fact]:
    """One claim, from the input's own name and the folders below it; none when they say nothing.

    A year beyond the next one is no year (Cyberpunk 2077): the one place where a name is read by today's calendar.
    A span of years ("1980s") is a claim without a moment: it dates nothing, but whoever looks at the case shall see it.
    """
    folders, latest = folder_names(entry.root, entry.path), date.today().year + 1
    raw = clean_text("/".join(folders).strip("/"))
    if moment := from_folder(folders, latest):
        guess = GUESSED if is_about(raw, moment.value) else None
        return [Claim("folder", raw, moment.value, moment.utc_offset, moment.precision, reason=guess)]
    if span := folder_span(folders, latest):
        reason = f"from {span.first} to {span.last}: more than a year, and no date can say that"
        return [Claim("folder", raw, None, None, None, accepted=False, reason=reason)]
    return []
