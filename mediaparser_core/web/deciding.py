"""What a person pressed → one decision, checked against what the page showed, appended once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mediaparser_core import review
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.explored import Explored
from mediaparser_core.errors import DecisionError
from mediaparser_core.jobs import now
from mediaparser_core.records import Decision
from mediaparser_core.web.decision_words import in_words, taken_back
from mediaparser_core.web.fresh import stamp_of
from mediaparser_core.web.refusals import Gone, Stale, Unclear

if TYPE_CHECKING:
    from mediaparser_core.web.explorer import Explorer

__all__ = ["Saved", "Wish", "decide", "in_words", "stamp_of", "undo"]

_REQUEST_ID = re.compile(r"[0-9A-Za-z_.:-]{8,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants recorded; ``stamp`` is what the page showed of the subject, ``keep`` the keeper of a group."""

    verb: str
    subject: tuple[str, ...]
    value: str | None
    actor: str
    request_id: str
    stamp: str | None = None
    keep: str | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """A decision that is on the disk; ``new`` is false when the same request had been saved before."""

    number: int
    decision: Decision
    message: str
    new: bool


def decide(catalog: Catalog, explorer: Explorer, wish: Wish) -> Saved:
    """Append what *wish* says. Raises ``DecisionError``, :class:`Unclear`, :class:`Gone`, :class:`Stale`."""
    if (before := _before(catalog, wish.request_id)) is not None:
        return before
    subject = tuple(dict.fromkeys(wish.subject))
    if wish.verb == "undo":
        raise Unclear("Take a decision back with its undo button.")
    if wish.verb != "shift" and (lost := Explored(catalog).missing(subject)) is not None:
        raise Gone(f"There is no picture {lost[:12]} in this library any more.")
    if wish.stamp is not None:
        fresh = explorer.fresh_in(catalog)
        if wish.stamp != stamp_for([fresh.stamp(sha) for sha in subject]):
            raise Stale(
                "Somebody has decided about this since the page was loaded. Load it again to see how it is now."
            )
    value = _accepted(catalog, wish, subject) if wish.verb == "accept" else wish.value
    return _add(catalog, review.make(wish.verb, subject, value, wish.actor, now(), wish.request_id))


def stamp_for(stamps: Sequence[str]) -> str:
    """The stamp a form carries: that of its one picture, or of all of them together."""
    return stamps[0] if len(stamps) == 1 else stamp_of(*stamps)


def undo(catalog: Catalog, number: int, actor: str, request_id: str) -> Saved:
    """Append an undo of decision *number*. Raises :class:`Gone`, :class:`Stale` when it is taken back already."""
    if (before := _before(catalog, request_id)) is not None:
        return before
    target = catalog.decided.numbered(number)
    if target is None:
        raise Gone(f"There is no decision {number}.")
    every = catalog.decided.all()
    if not _stands(every, target):
        raise Stale("This decision has been taken back already.")
    saved = _add(catalog, review.make("undo", target.subject, target.request_id, actor, now(), request_id))
    return replace(saved, message=taken_back(target))


def _stands(every: Sequence[Decision], target: Decision) -> bool:
    """Whether nobody took *target* back; an undo stands while what it took back does not."""
    standing = {decision.request_id for decision in review.standing(every)}
    if target.verb == "undo":
        return target.undoes not in standing
    return target.request_id in standing


def _before(catalog: Catalog, request_id: str) -> Saved | None:
    if not _REQUEST_ID.fullmatch(request_id):
        raise Unclear("The request has no proper 'request_id'.")
    number = Explored(catalog).decision_number(request_id)
    decision = None if number is None else catalog.decided.numbered(number)
    return None if number is None or decision is None else Saved(number, decision, in_words(decision), False)


def _add(catalog: Catalog, decision: Decision) -> Saved:
    added = catalog.decided.add([decision])
    number = Explored(catalog).decision_number(decision.request_id)
    assert number is not None  # it was added, or had been before  # noqa: S101
    return Saved(number, decision, in_words(decision), bool(added))


def _accepted(catalog: Catalog, wish: Wish, subject: Sequence[str]) -> str | None:
    """What is accepted, written out so that it holds when the suggestion has changed."""
    if wish.value:
        return wish.value
    if wish.keep is not None:
        if wish.keep not in subject:
            raise Unclear("The picture to keep is not one of the group.")
        return review.accept_group(wish.keep, [sha for sha in subject if sha != wish.keep])
    chosen: dict[str, tuple[str, str | None]] = {}
    for sha in subject:
        moment, offset = catalog.asked.suggested_date(sha)
        if moment is None:
            raise DecisionError("nothing is suggested for one of these pictures; say when it was taken instead")
        chosen[sha] = (moment, offset)
    return review.accept_dates(chosen)
