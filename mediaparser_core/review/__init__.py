"""Fold people's decisions over suggestions into the present state.

A decision never changes; a later one outweighs it, and ``undo`` takes one back (an undo of an undo restores it). The
fold reads nothing but decisions, so any copy of them gives the same state. The verbs are in
:mod:`~mediaparser_core.review.verbs`, what waits for an answer in :mod:`~mediaparser_core.review.questions`.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from mediaparser_core.records import Decision
from mediaparser_core.review.verbs import (
    VERBS,
    ClockShift,
    accept_dates,
    accept_group,
    camera_key,
    from_portable,
    make,
    portable,
    shifts_of,
    split_offset,
)

__all__ = [
    "VERBS",
    "ClockShift",
    "State",
    "accept_dates",
    "accept_group",
    "apply_tags",
    "camera_key",
    "fold",
    "fold_more",
    "from_portable",
    "is_kept",
    "is_settled",
    "make",
    "portable",
    "shift_at",
    "shifts_of",
    "split_offset",
    "standing",
]

Pair = frozenset[str]


@dataclass(frozen=True, slots=True)
class State:
    """What people's decisions amount to. Assets are named by SHA-256.

    ``kept`` has ``True`` for kept and ``False`` for discarded assets, nothing for the rest. ``dates`` holds a moment in
    text with its offset. ``shifts`` are what people said of a camera's clock, by camera key, a later word behind an
    earlier one (:func:`shift_at` says which one counts). ``accepted`` holds the members of every group
    whose suggestion was accepted. ``rules`` are the causes of doubt about dates (doubt and camera) for which what is
    suggested holds for ever, with the day on which somebody said so.
    """

    kept: Mapping[str, bool] = field(default_factory=dict)
    dates: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    tags_added: Mapping[str, frozenset[str]] = field(default_factory=dict)
    tags_removed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    same: frozenset[Pair] = frozenset()
    different: frozenset[Pair] = frozenset()
    shifts: Mapping[str, tuple[ClockShift, ...]] = field(default_factory=dict)
    accepted: frozenset[frozenset[str]] = frozenset()
    rules: Mapping[tuple[str, str], str] = field(default_factory=dict)


def standing(decisions: Iterable[Decision]) -> list[Decision]:
    """The *decisions* that nobody took back, in their order, each once; undos themselves are left out."""
    by_id: dict[str, Decision] = {}
    for decision in decisions:
        by_id.setdefault(decision.request_id, decision)
    undone_by: dict[str, int] = dict.fromkeys(by_id, 0)
    for decision in by_id.values():
        if decision.undoes in undone_by:
            undone_by[decision.undoes] += 1
    # An undo counts once all that might undo it are known; a ring of undos (somebody wrote it by hand) never does.
    stands: dict[str, bool] = {}
    ready = [name for name, undos in undone_by.items() if undos == 0]
    while ready:
        decision = by_id[ready.pop()]
        alive = stands.setdefault(decision.request_id, True)
        if decision.undoes in undone_by:
            if alive:
                stands[decision.undoes] = False
            undone_by[decision.undoes] -= 1
            if undone_by[decision.undoes] == 0:
                ready.append(decision.undoes)
    return [decision for name, decision in by_id.items() if stands.get(name, False) and decision.verb != "undo"]


def fold(decisions: Iterable[Decision]) -> State:
    """What *decisions* (oldest first) amount to now; of two words on the same thing the later one counts."""
    return _fold(State(), standing(decisions))


def fold_more(state: State, decisions: Sequence[Decision], new: Sequence[Decision]) -> State:
    """What *decisions* amount to, of which the last ones are *new*, and the others amount to *state*."""
    if any(decision.undoes for decision in new):
        return fold(decisions)
    if len({decision.request_id for decision in decisions}) < len(decisions):  # a second one of a name does not count
        return fold(decisions)
    return _fold(state, new)


def _fold(state: State, decisions: Iterable[Decision]) -> State:
    kept: dict[str, bool] = dict(state.kept)
    taken: dict[str, tuple[str, str | None]] = dict(state.dates)
    tags: dict[str, dict[str, bool]] = {}
    for words, added in ((state.tags_added, True), (state.tags_removed, False)):
        for sha, named in words.items():
            tags.setdefault(sha, {}).update(dict.fromkeys(named, added))
    pairs: dict[Pair, bool] = dict.fromkeys(state.same, True) | dict.fromkeys(state.different, False)
    shifts: dict[str, tuple[ClockShift, ...]] = dict(state.shifts)
    accepted: set[frozenset[str]] = set(state.accepted)
    rules: dict[tuple[str, str], str] = dict(state.rules)
    for decision in decisions:
        value = decision.value or ""
        match decision.verb:
            case "keep" | "discard":
                kept |= dict.fromkeys(decision.subject, decision.verb == "keep")
            case "set-date":
                taken |= dict.fromkeys(decision.subject, split_offset(value))
            case "shift":
                pieces = shifts_of(value)
                for camera in decision.subject:  # a word on its whole life leaves nothing of what was said before
                    shifts[camera] = pieces if pieces[0].unbounded else shifts.get(camera, ()) + pieces
            case "tag" | "untag":
                for sha in decision.subject:
                    tags.setdefault(sha, {})[value] = decision.verb == "tag"
            case "same" | "different":
                for pair in combinations(decision.subject, 2):
                    pairs[frozenset(pair)] = decision.verb == "same"
            case "accept":
                document = json.loads(value)
                if "date" in document:
                    taken |= {sha: split_offset(text) for sha, text in document["date"].items()}
                    if cause := document.get("always"):
                        rules[cause["doubt"], cause["camera"]] = decision.at[:10]
                else:
                    kept |= {document["keep"]: True} | dict.fromkeys(document["discard"], False)
                    accepted.add(frozenset([document["keep"], *document["discard"]]))
    return State(
        kept=kept,
        dates=taken,
        tags_added=_where(tags, True),
        tags_removed=_where(tags, False),
        same=frozenset(pair for pair, same in pairs.items() if same),
        different=frozenset(pair for pair, same in pairs.items() if not same),
        shifts=shifts,
        accepted=frozenset(accepted),
        rules=rules,
    )


def _where(tags: Mapping[str, Mapping[str, bool]], added: bool) -> dict[str, frozenset[str]]:
    chosen = {sha: frozenset(tag for tag, was in words.items() if was is added) for sha, words in tags.items()}
    return {sha: words for sha, words in chosen.items() if words}


def shift_at(state: State, camera: str, reading: str | None) -> float | None:
    """The seconds to add to *reading*, which this camera's clock showed; ``None`` where nobody said anything.

    What showed no reading can only be meant by a word on the camera's whole life.
    """
    for shift in reversed(state.shifts.get(camera, ())):
        if shift.unbounded or (reading is not None and shift.holds(reading)):
            return shift.seconds
    return None


def is_kept(state: State, sha: str) -> bool:
    """Whether the asset stays in the library: everything does that nobody discarded."""
    return state.kept.get(sha, True)


def is_settled(state: State, members: Iterable[str]) -> bool:
    """Whether a group needs no more answers: every member was kept or discarded, or all but one were discarded."""
    words = [state.kept.get(sha) for sha in members]
    undecided = words.count(None)
    return undecided == 0 or (undecided == 1 and True not in words)


def apply_tags(found: Iterable[str], state: State, sha: str) -> tuple[str, ...]:
    """The tags of an asset: those *found* and those people added, without those people removed; NFC, sorted."""
    words = {unicodedata.normalize("NFC", tag) for tag in found}
    return tuple(sorted((words | state.tags_added.get(sha, frozenset())) - state.tags_removed.get(sha, frozenset())))
