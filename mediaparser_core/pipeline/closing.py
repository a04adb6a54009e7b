"""What is said at the end of a run, and that the ledger balances: not worked out again while nothing has changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from mediaparser_core.catalog import Catalog
from mediaparser_core.jobs import now
from mediaparser_core.pipeline import explaining, ledger
from mediaparser_core.pipeline.batches import CLOSING
from mediaparser_core.pipeline.derive import STAGE


@dataclass(frozen=True, slots=True)
class Closing:
    """``levels`` of the dates → pictures, how many questions wait ``to_review``, and what does not add up."""

    levels: dict[str, int]
    to_review: int
    imbalance: str | None


def close(catalog: Catalog) -> Closing:
    """How things stand, with everything derived and exported."""
    mark = _mark(catalog)
    then, _, told = (catalog.derived.stage(CLOSING) or "").partition(" ")
    if then == mark:
        return Closing(**json.loads(told), imbalance=None)
    levels, to_review = catalog.asked.levels(), explaining.count_to_review(catalog)
    closing = Closing(levels, to_review, ledger.imbalance(catalog))
    if closing.imbalance is None:
        told = json.dumps({"levels": levels, "to_review": to_review})
        with catalog.transaction():
            catalog.derived.finish_stage(CLOSING, f"{mark} {told}", now())
    return closing


def _mark(catalog: Catalog) -> str:
    """Changes with whatever is derived, exported, decided, or was met by the last walks."""
    derived = catalog.derived
    parts = [derived.stage(STAGE), derived.export_mark(), catalog.decided.count(), catalog.seen.roots()]
    return hashlib.sha256(repr(parts).encode()).hexdigest()
