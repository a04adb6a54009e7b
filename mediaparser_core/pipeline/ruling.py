"""One answer for many groups: "keep the suggested one in all that are so sure", counted first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from mediaparser_core import group, review
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.matches import Matches
from mediaparser_core.errors import DecisionError
from mediaparser_core.jobs import now
from mediaparser_core.pipeline.deciding import person
from mediaparser_core.records import Decision


@dataclass(frozen=True, slots=True)
class Rule:
    """Keep the suggested picture in all groups of one kind that are at least so sure."""

    kind: str
    confidence: float
    groups: tuple[tuple[str, tuple[str, ...]], ...]  # the one to keep, those that would be left out
    size: int  # bytes that would be left out

    @property
    def discard(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(sha for _, others in self.groups for sha in others))

    @property
    def stamp(self) -> str:
        """The count, as a text that another count does not have."""
        return f"{len(self.groups)}/{len(self.discard)}"


def preview(catalog: Catalog, state: review.State, kind: str, confidence: float) -> Rule:
    """What the rule would do now. Groups about which anybody has said a word are left to people.

    *state* folds the decisions up to now, those included that the tables do not know yet. Raises
    :class:`DecisionError` for a kind whose groups are kept whole.
    """
    if kind == "date":
        raise DecisionError("dates are accepted for good question by question: decide accept doubt:KEY --always")
    if kind in group.ROWS:
        raise DecisionError(f"the pictures of a {kind} belong together: there is no rule that leaves some of them out")
    matches = Matches(catalog)
    found = []
    for keeper, members in matches.open_groups(kind, confidence):
        others = tuple(sha for sha in members if sha != keeper)
        if others and not _spoken_of(state, members):
            found.append((keeper, others))
    rule = Rule(kind, confidence, tuple(found), 0)
    return Rule(kind, confidence, tuple(found), matches.size(rule.discard))


def accept(
    catalog: Catalog, kind: str, confidence: float, *, expected: int | None = None, actor: str | None = None
) -> tuple[Rule, Decision]:
    """Record one decision for all groups that :func:`preview` counts.

    *expected*: how many pictures somebody agreed to leave out. Raises :class:`DecisionError` when it is another number
    now, or nothing at all.
    """
    rule = preview(catalog, review.fold(catalog.decided.all()), kind, confidence)
    if not rule.groups:
        raise DecisionError(f"no open group of kind '{kind}' is that sure: there is nothing to do")
    if expected is not None and expected != len(rule.discard):
        raise DecisionError(f"it would leave {len(rule.discard)} out now, not {expected}: look at the preview again")
    decision = review.make("discard", rule.discard, None, actor or person(), now())
    catalog.decided.add([decision])
    return rule, decision


def _spoken_of(state: review.State, members: Sequence[str]) -> bool:
    return any(sha in state.kept for sha in members) or any(
        frozenset(pair) in state.different for pair in combinations(members, 2)
    )
