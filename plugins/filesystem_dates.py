"""Claim the time of last change that the file system keeps: the weakest word there is, but always there."""

from __future__ import annotations

from collections.abc import Iterable

from mediaparser_core.dates import from_epoch
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Claim, Entry, Fact, Probe
from mediaparser_core.settings import Settings

REASON = "a copy or download may have set it"


@hookimpl
def register_probes(settings: Settings) -> Iterable[Probe]:
    return [Probe("filesystem_dates", version=1, needs="name", run=claims)]


def claims(entry: Entry) -> list[Fact]:
    """One claim in UTC to the second; none when the file system says something that is in no calendar."""
    seconds, nanoseconds = divmod(entry.mtime_ns, 1_000_000_000)
    moment = from_epoch(seconds)
    if moment is None:
        return []
    raw = f"{moment.value}.{nanoseconds:09d}Z"
    return [Claim("file:mtime", raw, moment.value, moment.utc_offset, moment.precision, reason=REASON)]
