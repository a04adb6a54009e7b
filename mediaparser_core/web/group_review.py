"""Groups of look-alikes as a page shows them, and what a rule over many groups would do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.review_pages import ReviewPages
from mediaparser_core.errors import DecisionError
from mediaparser_core.group import ROWS
from mediaparser_core.pipeline import ruling
from mediaparser_core.pipeline.ruling import Rule
from mediaparser_core.web.deciding import stamp_for
from mediaparser_core.web.fresh import Fresh
from mediaparser_core.web.paging import cursor, read_cursor
from mediaparser_core.web.refusals import Gone, Unclear


class _Kinds(dict[str, tuple[str, str, str]]):
    """What a group of each kind is called: one, many, the question. Plugins may make kinds of their own."""

    def __missing__(self, kind: str) -> tuple[str, str, str]:
        return f"group of the kind “{kind}”", f"groups of the kind “{kind}”", "Which of these {} should stay?"


KINDS = _Kinds(
    {
        "similar": ("group of look-alikes", "groups of look-alikes", "Which of these {} should stay?"),
        "mirrored": ("pair of mirror images", "pairs of mirror images", "Mirrored: which of these {} should stay?"),
        "burst": ("burst", "bursts", "One moment, {} pictures: which should stay?"),
        "retake": ("scene taken again", "scenes taken again", "One scene, {} pictures: which should stay?"),
        "panorama": ("panorama in parts", "panoramas in parts", "{} pictures side by side: they belong together."),
    }
)

Group = dict[str, Any]


def ruled() -> list[str]:
    """The kinds for which there are rules: a panorama is kept whole."""
    return [kind for kind in KINDS if kind not in ROWS]


Beyond = tuple[float, str] | None


def cursor_of(group: Group) -> str:
    return cursor(group["confidence"], group["keeper"])


def beyond(text: str | None) -> Beyond:
    """Where a page goes on, or ``None`` for the beginning."""
    said = read_cursor(text, 2)
    if said is None or not isinstance(said[0], (int, float)) or not isinstance(said[1], str):
        return None
    return float(said[0]), said[1]


def next_open(catalog: Catalog, kind: str, after: Beyond, fresh: Fresh, *, backwards: bool = False) -> Group | None:
    """The next group of this kind that waits for somebody, with ``members``."""
    pages, limit = ReviewPages(catalog), 20
    while True:
        groups = pages.open_groups(kind, after, limit, backwards=backwards)
        for group in groups:
            if not fresh.settled(group["members"]):
                return group
        if len(groups) < limit:
            return None
        after, limit = (groups[-1]["confidence"], groups[-1]["keeper"]), limit * 10  # a rule may have settled many


def waiting(catalog: Catalog, fresh: Fresh) -> dict[str, int]:
    """How many groups wait, by kind."""
    pages = ReviewPages(catalog)
    touched = [sha for decision in fresh.pending for sha in decision.subject if "|" not in sha]
    counts = pages.group_counts()
    for kind in counts:
        settled = [group for group in pages.open_groups_with(kind, touched) if fresh.settled(group["members"])]
        counts[kind] -= len(settled)
    return counts


def known(catalog: Catalog, kind: str) -> str:
    """*kind*, when there are or may be groups of it. Raises :class:`Gone`."""
    if kind not in KINDS and kind not in ReviewPages(catalog).group_counts():
        raise Gone(f"There are no groups of the kind “{kind[:40]}”.")
    return kind


def with_picture(catalog: Catalog, sha256: str, kind: str | None) -> Group:
    """The group that a picture is in. Raises :class:`Gone`."""
    groups = [group for group in ReviewPages(catalog).groups_of(sha256) if kind in (None, group["kind"])]
    if not groups:
        raise Gone("Its pictures were grouped anew, or somebody said that they are different.",
                   title="This group is not there any more")  # fmt: skip
    return groups[0]


def stamp(fresh: Fresh, members: Sequence[str]) -> str:
    return stamp_for([fresh.stamp(sha) for sha in members])


def rule(catalog: Catalog, kind: str, confidence: float, fresh: Fresh) -> Rule:
    """What the rule would do now, also where the tables do not know the latest decisions. Raises :class:`Unclear`."""
    try:
        return ruling.preview(catalog, fresh.state, kind, confidence)
    except DecisionError as error:
        raise Unclear(f"{str(error)[0].upper()}{str(error)[1:]}.") from None


def confidence_of(text: str | None) -> float:
    """A share between 0 and 1. Raises :class:`Unclear`."""
    try:
        value = float(text or "")
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise Unclear("How sure the groups must be is a number between 0 and 1.")
    return value
