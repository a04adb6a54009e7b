"""Choosing pictures for a tag, and what adding or removing it would mean for them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from mediaparser_core import dates
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.review_lists import Choice, ReviewLists
from mediaparser_core.names import clean_text
from mediaparser_core.web.fresh import Fresh
from mediaparser_core.web.refusals import Stale, Unclear

MOST = 20_000  # pictures in one decision: it must fit into a row, and into somebody's head
PICKED = 400  # pictures that may be named one by one in an address
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LONGEST = 500


def choice_of(given: Mapping[str, str], picked: Sequence[str]) -> Choice:
    """What an address or a form says about the pictures it means; what makes no sense is left out."""
    month = clean_text(given.get("month", ""), limit=10)
    try:
        dates.precision_of(month)
    except ValueError:
        found = dates.parse_words(month)
        month = found.value[:10] if found else ""
    return Choice(
        folder=clean_text(given.get("folder", ""), limit=4000).rstrip("/"),
        month=month,
        tag=clean_text(given.get("tag", ""), limit=_LONGEST),
        words=clean_text(given.get("words", ""), limit=_LONGEST),
        assets=tuple(dict.fromkeys(sha for sha in picked if _SHA256.fullmatch(sha)))[:PICKED],
    )


def address_of(choice: Choice) -> str:
    """The query of an address that means the same pictures."""
    pairs = [(name, value) for name in ("words", "folder", "month", "tag") if (value := getattr(choice, name))]
    return urlencode([*pairs, *(("of", sha) for sha in choice.assets)])


def known_tags(catalog: Catalog, beginning: str, limit: int, fresh: Fresh) -> list[tuple[str, int]]:
    """Tags to complete *beginning* with, also those that were added a moment ago."""
    found = dict(ReviewLists(catalog).tags_like(beginning, limit))
    wanted = beginning.casefold()
    for decision in reversed(fresh.pending):
        tag = decision.value or ""
        if decision.verb == "tag" and tag not in found and tag.casefold().startswith(wanted):
            found[tag] = len(decision.subject)
    return list(found.items())[:limit]


@dataclass(frozen=True, slots=True)
class Tagging:
    """A decision to be: ``verb``, ``tag`` and the pictures it changes."""

    verb: str
    tag: str
    subject: tuple[str, ...]


def tagging(catalog: Catalog, form: Mapping[str, str], picked: Sequence[str], fresh: Fresh) -> Tagging:
    """What a form asks for: pictures ``picked`` one by one, or ``all`` that are chosen, as many as ``count`` says.

    Pictures that have the tag already (or do not have it) are left out. Raises :class:`Unclear`, :class:`Stale`.
    """
    verb, tag = form["verb"], clean_text(form["value"], limit=200)
    if verb not in ("tag", "untag"):
        raise Unclear("Tags can be added and removed.")
    if not tag:
        raise Unclear("Say which tag.")
    lists = ReviewLists(catalog)
    if form.get("all"):
        choice = choice_of(form, ())
        if choice.is_empty:
            raise Unclear("Choose pictures first.")
        subject = [sha for _, sha in lists.chosen(choice, None, MOST + 1)]
        if len(subject) > MOST:
            raise Unclear(f"Choose at most {MOST:,} pictures at once.")
        if form.get("count") != str(len(subject)):
            raise Stale("Other pictures are meant now than when the page was loaded. Look at the new number first.")
    else:
        subject = list(dict.fromkeys(picked))
        if not subject:
            raise Unclear("Choose at least one picture.")
        if len(subject) > MOST:
            raise Unclear(f"Choose at most {MOST:,} pictures at once.")
    have = lists.tagged(subject, tag)
    state = fresh.state
    have = {
        sha
        for sha in subject
        if tag in state.tags_added.get(sha, ()) or (sha in have and tag not in state.tags_removed.get(sha, ()))
    }
    changed = tuple(sha for sha in subject if (sha in have) == (verb == "untag"))
    if not changed:
        raise Unclear(f"Nothing to do: {'all' if verb == 'tag' else 'none'} of these pictures have “{tag}”.")
    return Tagging(verb, tag, changed)


def with_tags(rows: Sequence[Mapping[str, Any]], tags: Mapping[str, list[str]], fresh: Fresh) -> list[dict[str, Any]]:
    """Rows as they are now, with their tags."""
    return fresh.rows({**row, "tags": list(tags.get(row["sha256"], ()))} for row in rows)
