"""Keywords that a person wrote into a file's name between braces: ``beach {lisbon, family}.jpg``."""

from __future__ import annotations

from collections.abc import Iterable

from mediaparser_core.dates import name_tags
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.names import clean_text
from mediaparser_core.records import Entry, Fact, Probe, Tag
from mediaparser_core.settings import Settings


@hookimpl
def register_probes(settings: Settings) -> Iterable[Probe]:
    return [Probe("filename_tags", version=1, needs="name", run=tags)]


def tags(entry: Entry) -> list[Fact]:
    return [Tag(tag, "filename") for tag in name_tags(clean_text(entry.name))]
