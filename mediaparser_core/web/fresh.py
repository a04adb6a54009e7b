"""Rows as they are now: decisions the derived tables do not know yet, folded over what the catalog says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mediaparser_core import dates, review
from mediaparser_core.records import Decision

Row = dict[str, Any]


def stamp_of(*parts: object) -> str:
    """A short text that changes when any of *parts* does: what a page showed, to notice when it is no longer so."""
    return hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Fresh:
    """``state`` folds every decision, ``then`` those that were known when the tables were derived."""

    state: review.State
    then: review.State
    pending: tuple[Decision, ...]
    known: tuple[int, int]  # how many decisions there are, how many of them are derived

    @classmethod
    def of(cls, decisions: Sequence[Decision], known: tuple[int, int]) -> Fresh:
        pending = tuple(decisions[known[1] :])
        then = review.fold(decisions[: known[1]])
        return cls(review.fold_more(then, decisions, pending), then, pending, known)

    def rows(self, rows: Iterable[Mapping[str, Any]]) -> list[Row]:
        """Each row as :meth:`row` has it."""
        return [self.row(row) for row in rows]

    def row(self, row: Mapping[str, Any]) -> Row:
        """*row* (any columns of ``library``, ``sha256`` among them) as it is now.

        Adds ``stamp`` and ``pending``: true when something about it still has to be worked out.
        """
        now = dict(row)
        sha = str(now["sha256"])
        now["pending"] = self._date(now, sha)
        self._standing(now, sha)
        self._tags(now, sha)
        now["stamp"] = self.stamp(sha)
        return now

    def stamp(self, sha: str) -> str:
        """What people have said about this picture so far, as a stamp."""
        return stamp_of(
            self.state.kept.get(sha),
            self.state.dates.get(sha),
            sorted(self.state.tags_added.get(sha, ())),
            sorted(self.state.tags_removed.get(sha, ())),
        )

    def decided_date(self, sha: str) -> tuple[str, str | None] | None:
        """Moment and offset a person gave, or ``None``."""
        return self.state.dates.get(sha)

    def settled(self, members: Iterable[str]) -> bool:
        """Whether a group waits for nobody any more: answered, or some of its members said to be different."""
        found = list(members)
        return review.is_settled(self.state, found) or any(
            frozenset((a, b)) in self.state.different for i, a in enumerate(found) for b in found[i + 1 :]
        )

    def _date(self, now: Row, sha: str) -> bool:
        """Put in a decided date; true when a date was taken back or a clock shifted and the old one still shows."""
        chosen, before = self.state.dates.get(sha), self.then.dates.get(sha)
        if chosen is not None:
            moment, offset = chosen
            said = {
                "taken_at": moment, "utc_offset": offset, "precision": _precision(moment), "confidence": 1.0,
                "level": "high", "needs_review": 0, "rule": "decided", "reason": "A person decided it.",
            }  # fmt: skip
            now.update({key: value for key, value in said.items() if key in now})
            return False
        if self.state.shifts != self.then.shifts:
            key = review.camera_key(now.get("make"), now.get("model"), now.get("serial"))
            if self.state.shifts.get(key) != self.then.shifts.get(key):
                return True
        return before is not None

    def _standing(self, now: Row, sha: str) -> None:
        kept = review.is_kept(self.state, sha)
        if "kept" in now:
            now["kept"] = int(kept)
        if "state" in now and not kept:
            now["state"] = "discarded"
        elif "state" in now and now["state"] == "discarded":
            now["state"] = "waiting"

    def _tags(self, now: Row, sha: str) -> None:
        """``tags`` becomes a list of words."""
        if "tags" not in now:
            return
        tags = now["tags"]
        words = set(json.loads(tags) if isinstance(tags, str) and tags else tags or ())
        added, removed = self.state.tags_added.get(sha, frozenset()), self.state.tags_removed.get(sha, frozenset())
        words -= self.then.tags_added.get(sha, frozenset()) - added
        words |= self.then.tags_removed.get(sha, frozenset()) - removed
        now["tags"] = sorted((words | added) - removed)


def _precision(moment: str) -> str | None:
    try:
        return dates.precision_of(moment)
    except ValueError:
        return None
