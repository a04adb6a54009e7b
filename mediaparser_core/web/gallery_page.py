"""One page of the gallery: what the catalog says, with the decisions it does not know yet folded in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.explored import Explored
from mediaparser_core.catalog.gallery import Gallery, Key, Month
from mediaparser_core.web import words
from mediaparser_core.web.fresh import Fresh
from mediaparser_core.web.gallery_filters import Filters
from mediaparser_core.web.paging import cursor, read_cursor

AT_ONCE = 96  # pictures on a page: it fills whole rows of 2, 3, 4, 6 and 8
_MOST_PENDING = 3000  # pictures decided about since the last derive that are looked at one by one
_SHA = re.compile(r"[0-9a-f]{64}")
_MONTH = re.compile(r"\d{1,6}(-\d\d)?", re.ASCII)
_AFTER_ALL = "~"  # sorts behind every digit, dash and letter of a moment or a hash


@dataclass(frozen=True, slots=True)
class Start:
    """Where a page begins: below ``after`` or above ``before``; the newest picture without either."""

    after: Key | None = None
    before: Key | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """Rows as they are now, the newest first, and the cursors of what comes before and behind them."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    newer: str | None = None
    older: str | None = None

    def by_month(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """``(month, rows)``; of what has no date the month is empty."""
        return [(month, list(rows)) for month, rows in groupby(self.rows, lambda row: (row["taken_at"] or "")[:7])]


def start_of(catalog: Catalog, args: Mapping[str, str | None]) -> Start:
    """What ``after``, ``before`` (cursors) or ``at`` (``2019-05``, ``1994``, ``none`` or a picture) in an address say."""
    for name in ("after", "before"):
        found = read_cursor(args.get(name), 2)
        if found is not None and isinstance(found[1], str) and isinstance(found[0], (str, type(None))):
            key = (found[0], found[1])
            return Start(after=key) if name == "after" else Start(before=key)
    at = args.get("at") or args.get("year") or ""
    if _SHA.fullmatch(at) and (key_of := Gallery(catalog).key(at)) is not None:
        return Start(after=(key_of[0], at + _AFTER_ALL))
    if at == "none":
        return Start(after=(None, _AFTER_ALL))
    if _MONTH.fullmatch(at):
        return Start(after=(at + _AFTER_ALL, ""))
    return Start()


def page_of(
    catalog: Catalog, fresh: Fresh, filters: Filters, months: Sequence[Month], start: Start, limit: int = AT_ONCE
) -> Shown:
    """At most *limit* pictures from *start* on."""
    gallery, wanted = Gallery(catalog), filters.wanted()
    spots = gallery.page(wanted, months, limit + 1, after=start.after, before=start.before)
    more = len(spots) > limit
    spots = spots[:limit] if start.before is None else spots[-limit:]
    # between these the page lies, also for what was moved here by a decision
    top = _sortable(spots[0].key if start.before is not None and more else start.after)
    bottom = _sortable(start.before if start.before is not None else spots[-1].key if more else None)
    rows = fresh.rows(Explored(catalog).library_rows(spot.sha256 for spot in spots))
    if fresh.pending:
        rows = _folded(catalog, fresh, filters, rows, top, bottom, closed=start.before is None)
    newer, older = None, None
    if start.before is not None:
        newer = cursor(*spots[0].key) if more else None
        older = cursor(*(spots[-1].key if spots else start.before))
    else:
        older = cursor(*spots[-1].key) if more else None
        first = spots[0].key if spots else start.after
        if start.after is not None and first is not None and gallery.page(wanted, months, 1, before=first):
            newer = cursor(*first)
    return Shown(rows, newer, older)


def _folded(
    catalog: Catalog, fresh: Fresh, filters: Filters, rows: list[dict[str, Any]], top: Any, bottom: Any, *, closed: bool
) -> list[dict[str, Any]]:
    """*rows* without those that are elsewhere by now, with those that are here by now."""
    touched = {sha for decision in fresh.pending for sha in decision.subject}
    kept = [row for row in rows if row["sha256"] not in touched or filters.holds(row)]
    if len(touched) <= _MOST_PENDING and not filters.q:
        here = {row["sha256"] for row in rows}
        others = Explored(catalog).library_rows(sorted(touched - here))
        kept += [row for row in fresh.rows(others) if filters.holds(row)]
        kept = [row for row in kept if row["sha256"] not in touched or _is_between(_key_of(row), top, bottom, closed)]
    return sorted(kept, key=_key_of, reverse=True)


def _is_between(key: Any, top: Any, bottom: Any, closed: bool) -> bool:
    """Whether *key* lies on the page; the last picture of the page belongs to it, the one before its first does not."""
    below = top is None or (key < top if closed else key <= top)
    above = bottom is None or (key >= bottom if closed else key > bottom)
    return below and above


def _key_of(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["taken_at"] or "", row["sha256"]


def _sortable(key: Key | None) -> tuple[str, str] | None:
    return None if key is None else (key[0] or "", key[1])


def month_titles(month: str) -> tuple[str, str]:
    """The heading above the pictures of a month, and a short one for a narrow column."""
    if not month:
        return "No date", "No date"
    title = words.when(month)
    name, _, year = title.rpartition(" ")
    return title, f"{name[:3]} {year}".strip()
