"""Read the names in a store of originals from where they began: below the day on which they came in.

In ``originals/2026/11/21/inbox/Summer 1994/scan.jpg`` the first three folders say when the file came, not when it was
taken. A store is known by its folder ``.arriving``, whose files are copies that are not whole yet.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator
from dataclasses import replace

from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Entry, Location

ARRIVING = b".arriving"

_DAY = re.compile(rb"\d{4}/\d\d/\d\d/(?:[0-9a-f]{16}/)?inbox(?=/)")

Walk = Iterator[Entry] | None


@hookimpl(wrapper=True, tryfirst=True)
def scan(location: Location) -> Generator[None, Walk, Walk]:
    """The entries of whoever walks *location*; those of a store begin at the inbox they came through."""
    entries = yield
    root = location.path.rstrip(b"/")
    if entries is None or not os.path.isdir(root + b"/" + ARRIVING):
        return entries
    return _begin_at_inbox(root, entries)


def _begin_at_inbox(root: bytes, entries: Iterator[Entry]) -> Iterator[Entry]:
    for entry in entries:
        way = entry.path.removeprefix(root + b"/")
        if way.startswith(ARRIVING + b"/"):
            continue
        day = _DAY.match(way)
        yield replace(entry, root=root + b"/" + day[0]) if day else entry
