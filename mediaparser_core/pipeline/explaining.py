"""Everything the catalog knows about one picture, as one document."""

from __future__ import annotations

from typing import Any

from mediaparser_core import review
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.clocks import Clocks
from mediaparser_core.review import questions


def explain(catalog: Catalog, sha256: str) -> dict[str, Any]:
    """The whole case of one asset: every claim and its fate, the rule, bundle, groups, exports, decisions."""
    decisions = [
        {"number": number, **review.portable(decision)}
        for number, decision in catalog.decided.with_numbers()
        if sha256 in decision.subject
    ]
    return {
        "asset": catalog.found.asset(sha256),
        "claims": catalog.found.claims_of(sha256),
        "witnesses": Clocks(catalog).witnesses_of(sha256),
        "troubles": [{"probe": probe, "message": message} for probe, message in catalog.found.troubles_of(sha256)],
        "decisions": decisions,
        **catalog.asked.case(sha256),
    }


def to_review(catalog: Catalog, kind: str | None, limit: int) -> list[dict[str, Any]]:
    """What waits for a person, the surest first: ``similar``, ``burst``, ``clock``, ``date``, ``trouble``."""
    rows = catalog.asked.questions()
    waiting = questions.questions(rows["dates"], rows["groups"], catalog.found.troubles(), Clocks(catalog).offers())
    return [question for question in waiting if kind in (None, question["kind"])][: limit or None]


def count_to_review(catalog: Catalog) -> int:
    """How many questions wait for an answer; troubles have none."""
    rows = catalog.asked.questions()
    return len(questions.questions(rows["dates"], rows["groups"], (), Clocks(catalog).offers()))
