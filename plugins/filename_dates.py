"""Claim the date that a file's name says; ``[FORCE]`` in the name makes it override everything."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from mediaparser_core.dates import GUESSED, RECEIVED_PATTERNS, folder_names, from_folder, from_name, is_about, is_forced
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.names import clean_text
from mediaparser_core.records import Claim, Entry, Fact, Note, Probe
from mediaparser_core.settings import Settings

_WORTH = {  # what a date is worth that is not the day of taking
    **dict.fromkeys(RECEIVED_PATTERNS, "received, not taken"),
    "picsart": "saved, not taken",
    "scan": "scanned, not taken",
    "two_digit_year": "the century is its folder's",
}


@hookimpl
def register_probes(settings: Settings) -> Iterable[Probe]:
    return [Probe("filename_dates", version=3, needs="name", run=claims)]


def claims(entry: Entry) -> list[Fact]:
    """The claim of the name, and whether it is forced (``"1"``, or ``"unreadable"`` when there is no date to force)."""
    name = entry.name.decode("utf-8", "replace")
    folder = from_folder(folder_names(entry.root, entry.path), date.today().year + 1)
    moment = from_name(name, int(folder.value[:4]) if folder else None)
    facts: list[Fact] = []
    if moment:
        raw = clean_text(name)
        worth = GUESSED if is_about(raw, moment.value) else _WORTH.get(moment.pattern)
        facts.append(Claim("filename", raw, moment.value, moment.utc_offset, moment.precision, reason=worth))
    if is_forced(name):
        facts.append(Note("forced", "1" if moment else "unreadable"))
    return facts
