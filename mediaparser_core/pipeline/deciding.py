"""A person's words → decisions in ``decisions.db``."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Iterable, Iterator

from mediaparser_core import review
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.clocks import Clocks
from mediaparser_core.errors import DecisionError
from mediaparser_core.jobs import now
from mediaparser_core.pipeline import subjects
from mediaparser_core.records import Decision
from mediaparser_core.settings import Settings

WITH_VALUE = frozenset({"set-date", "shift", "tag", "untag"})  # their last word is the value


def decide(
    catalog: Catalog,
    settings: Settings,
    verb: str,
    words: tuple[str, ...],
    *,
    actor: str | None = None,
    always: bool = False,
) -> Decision:
    """Record what somebody said: *words* are the subjects and, for some verbs, the value at the end.

    *always*: what is accepted holds for files that come later with the same doubt, too.
    Raises :class:`DecisionError` when the words make no sense or name nothing we know.
    """
    value, export = None, os.fsencode(settings.export_path)
    if always and not (verb == "accept" and len(words) == 1 and words[0].startswith("doubt:")):
        raise DecisionError("--always goes with one question about dates: decide accept doubt:KEY --always")
    if verb == "shift" and words and words[0].startswith("clock:"):
        words = _offered(catalog, words)
    if verb in WITH_VALUE:
        if len(words) < 2:
            raise DecisionError(f"'{verb}' needs what it is about and a value, for example: {_EXAMPLES[verb]}")
        *names, value = words
        words = tuple(names)
    if verb == "shift":
        subject = list(dict.fromkeys(_camera(catalog, word, export) for word in words))
    else:
        subject = subjects.assets(catalog, words, export)
    if verb == "accept":
        value = _suggestion(catalog, words, subject, subjects.cause(catalog, words[0]) if always else None)
    decision = review.make(verb, subject, value, actor or person(), now())
    catalog.decided.add([decision])
    return decision


_EXAMPLES = {
    "set-date": "decide set-date scan012.jpg 'summer 1994'",
    "shift": "decide shift IMG_0001.JPG -1h",
    "tag": "decide tag IMG_0001.JPG Lisbon",
    "untag": "decide untag IMG_0001.JPG Lisbon",
}


def _offered(catalog: Catalog, words: tuple[str, ...]) -> tuple[str, ...]:
    """The camera of ``clock:3`` and the shifts that are offered; with ``trust`` also those of which nothing tells.

    A shift beside it, like 0, takes the place of each that is offered.
    """
    question = subjects.clock(catalog, words[0])
    values = [option["value"] for option in question["options"]]
    if len(words) == 1:
        return question["subject"][0], values[0]
    if len(words) > 2:
        raise DecisionError(f"say 'decide shift {words[0]}' to accept what is offered, or one shift instead, like 0")
    if words[1] == "trust":
        return question["subject"][0], values[1 if len(values) == 3 else 0]
    pieces = review.shifts_of(values[-1])
    return question["subject"][0], ", ".join(f"{words[1]} {piece.since}..{piece.until}" for piece in pieces)


def _camera(catalog: Catalog, name: str, export: bytes) -> str:
    """The camera meant by *name*: its key ``make|model|serial``, or a picture it took."""
    if name.count("|") == 2:
        return name
    sha256 = subjects.asset(catalog, name, export)
    if known := Clocks(catalog).camera_of(sha256):
        return known
    row = catalog.found.asset(sha256)
    key = review.camera_key(*(str(row[k]) if row[k] else None for k in ("make", "model", "serial"))) if row else "||"
    if key == "||":
        raise DecisionError(f"{name} does not say which camera took it, so its clock cannot be shifted; use set-date")
    return key


def _suggestion(catalog: Catalog, words: tuple[str, ...], subject: list[str], always: tuple[str, str] | None) -> str:
    """What is accepted, written out so that it holds when the suggestion has changed."""
    if len(words) == 1 and words[0].startswith("group:"):
        group = catalog.asked.group_members(int(words[0].partition(":")[2]))
        assert group is not None  # subjects.assets has found it  # noqa: S101
        keeper, members = group
        return review.accept_group(keeper, [sha for sha in members if sha != keeper])
    chosen: dict[str, tuple[str, str | None]] = {}
    for sha in subject:
        moment, offset = catalog.asked.suggested_date(sha)
        if moment is None:
            raise DecisionError(
                f"nothing is suggested for {sha[:12]}; say when it was: decide set-date {sha[:12]} 'May 2019'"
            )
        chosen[sha] = (moment, offset)
    return review.accept_dates(chosen, always=always)


def undo(catalog: Catalog, number: int | None, *, actor: str | None = None) -> Decision:
    """Take back the decision with this *number*, or the last one that still stands and is no undo."""
    numbered = dict(catalog.decided.with_numbers())
    standing = {decision.request_id for decision in review.standing(numbered.values())}
    if number is None:
        last = [decision for decision in numbered.values() if decision.request_id in standing]
        if not last:
            raise DecisionError("there is no decision to undo")
        target = last[-1]
    elif number in numbered:
        target = numbered[number]
        if target.verb != "undo" and target.request_id not in standing:
            raise DecisionError(f"decision {number} is taken back already; see 'mediaparser decisions list'")
    else:
        raise DecisionError(f"there is no decision {number}; see 'mediaparser decisions list'")
    decision = review.make("undo", target.subject, target.request_id, actor or person(), now())
    catalog.decided.add([decision])
    return decision


def export_lines(catalog: Catalog) -> Iterator[str]:
    """Every decision as a line of JSON."""
    for decision in catalog.decided.all():
        yield json.dumps(review.portable(decision), ensure_ascii=False, sort_keys=True)


def import_lines(catalog: Catalog, lines: Iterable[str]) -> tuple[int, int]:
    """Add the decisions of a JSON Lines file; ``(new, known before)``. All of them or, with an error, none."""
    decisions = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            document = json.loads(line)
        except (ValueError, RecursionError):
            raise DecisionError(f"line {number} is not JSON; nothing was imported") from None
        try:
            decisions.append(review.from_portable(document))
        except DecisionError as error:
            raise DecisionError(f"line {number}: {error}; nothing was imported") from None
    added = catalog.decided.add(decisions)
    return added, len(decisions) - added


def person() -> str:
    """Who is deciding, as the system knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"
