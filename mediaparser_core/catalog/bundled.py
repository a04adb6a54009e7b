"""Bundles on their way into the catalog."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from mediaparser_core.records import Bundle


def add_bundles(conn: sqlite3.Connection, bundles: Iterable[tuple[int, Bundle]]) -> None:
    """Store bundles under their numbers."""
    conn.executemany(
        "insert into bundles (bundle_id, sha256, role, file_id, rule) values (?, ?, ?, ?, ?)",
        (
            (number, member.sha256, member.role, member.file_id, bundle.rule)
            for number, bundle in bundles
            for member in bundle.members
        ),
    )


def replace_bundles(conn: sqlite3.Connection, before: Sequence[Bundle], now: Sequence[Bundle]) -> None:
    """Store *now* instead of *before*, which are those that are stored: only what differs is written."""
    differ = [(number, new) for number, (old, new) in enumerate(zip_longest(before, now), 1) if old != new]
    conn.executemany("delete from bundles where bundle_id = ?", ((number,) for number, _ in differ))
    add_bundles(conn, ((number, new) for number, new in differ if new is not None))
