"""One question about dates as a page shows it, and what a person's answer to it means."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from mediaparser_core import dates
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.review_pages import ReviewPages
from mediaparser_core.records import Decision
from mediaparser_core.review import accept_dates
from mediaparser_core.review.questions import shared_cause
from mediaparser_core.settings import Settings
from mediaparser_core.web import date_options, doubts, words
from mediaparser_core.web.date_options import SUGGESTED, Moment, Option
from mediaparser_core.web.deciding import stamp_for
from mediaparser_core.web.doubts import Book, Cause
from mediaparser_core.web.fresh import Fresh, stamp_of
from mediaparser_core.web.refusals import Gone, Stale, Unclear

SAMPLE = 80  # pictures whose evidence is weighed while a person waits; more than that are counted before they are dated
SHOWN = 60  # thumbnails on a page

_CURSOR = re.compile(r"(\d{1,9})-([0-9a-f]{16})", re.ASCII)
_TWO_WAYS = re.compile(r"\s*(\d{1,2})([/-])(\d{1,2})\2(\d{4})\b", re.ASCII)


@dataclass(frozen=True, slots=True)
class Question:
    """Pictures that one answer can date: ``members`` are those nobody answered for, ``stamp`` is all that is shown."""

    key: str
    reason: str
    members: tuple[str, ...]
    dated: bool
    stamp: str
    cursor: str = ""  # where the next question begins
    folders: tuple[tuple[str, int], ...] = ()  # with how many of the pictures, the fullest first
    folder: str = ""  # the only one that is asked about
    rest: int = 0  # pictures of the same cause in other folders

    @property
    def sampled(self) -> bool:
        return len(self.members) > SAMPLE


def of_cause(cause: Cause, fresh: Fresh, folder: str = "") -> Question:
    """The question of one cause, or of its pictures in *folder*; without members when everything in it is answered."""
    # a cause can be a hundred thousand pictures: what nobody has touched is not gone through again for each page
    closed = doubts.answered_in(cause, fresh.state)
    fullest = cause.fullest if not closed else _less(cause, closed)
    spans = (
        [(part.start, part.end) for part in cause.parts if part.folder == folder]
        if folder
        else [(0, len(cause.members))]
    )
    untouched = not closed and not folder
    members = cause.members if untouched else tuple(
        cause.members[at] for span in spans for at in range(*span) if at not in closed
    )  # fmt: skip
    return Question(
        cause.key, cause.reason, members, cause.dated, doubts.stamp(cause, members), cursor_of(cause), fullest,
        folder, len(cause.members) - len(closed) - len(members),
    )  # fmt: skip


def _less(cause: Cause, closed: set[int]) -> tuple[tuple[str, int], ...]:
    """The folders of *cause* with how many of its pictures are still open."""
    counts = dict(cause.fullest)
    for part in cause.parts:
        if gone := sum(at in closed for at in range(part.start, part.end)):
            counts[part.folder] -= gone
    return doubts.by_number(counts.items())


@dataclass(frozen=True, slots=True)
class Coming:
    """A question that comes later, in one line."""

    key: str
    count: int
    reason: str
    where: str


def coming(book: Book, question: Question, fresh: Fresh, limit: int) -> list[Coming]:
    """The questions behind this one."""
    answered = book.answered(fresh)
    return [
        Coming(
            cause.key,
            len(cause.members) - answered.get(book.places[cause.key], 0),
            cause.reason,
            words.name(cause.parts[0].folder) if len(cause.parts) == 1 else words.number(len(cause.parts), "folder"),
        )
        for cause in book.following(order_of(question.cursor), fresh, limit)
    ]


def of_decision(catalog: Catalog, number: int, decision: Decision, fresh: Fresh, cursor: str) -> Question:
    """The question that *decision* has answered, asked once more: for somebody who took the answer back."""
    rows = ReviewPages(catalog).rows(decision.subject)
    members = tuple(row["sha256"] for row in rows if fresh.state.kept.get(row["sha256"], True))
    if not members:
        raise Gone("The pictures of this question are not in the library any more.")
    folders = Counter(words.folder(row["first_path"]) for row in rows)
    reason = next((row["reason"] for row in rows if row["rule"] != "decided"), "") or "You took the answer back."
    stamp = stamp_of(number, [fresh.stamp(sha) for sha in members])
    return Question(f"again-{number}", reason, members, True, stamp, cursor, tuple(folders.most_common()))


def cursor_of(cause: Cause) -> str:
    return f"{len(cause.members)}-{cause.key}"


def order_of(cursor: str | None) -> tuple[int, str] | None:
    """The sort key that a cursor stands for, or ``None`` for the beginning."""
    found = _CURSOR.fullmatch(cursor or "")
    return (-int(found[1]), found[2]) if found else None


def suggestions(rows: Iterable[Mapping[str, Any]], fresh: Fresh) -> dict[str, Moment]:
    """What the catalog believes or dares only suggest; not a person's word that was taken back."""
    found: dict[str, Moment] = {}
    for row in rows:
        if row["rule"] == "decided" and row["sha256"] not in fresh.state.dates:
            continue
        if row["taken_at"]:
            found[row["sha256"]] = (row["taken_at"], row["utc_offset"])
        elif row["suggestion"]:
            found[row["sha256"]] = (row["suggestion"], None)
    return found


def answers(
    catalog: Catalog, question: Question, shown: Sequence[str], settings: Settings, fresh: Fresh
) -> list[Option]:
    """The possible answers, weighed for all its pictures, or for a :data:`SAMPLE` with some of those *shown*."""
    sample: Sequence[str] = question.members
    if question.sampled:
        half = SAMPLE // 2
        step = len(question.members) // half
        sample = list(dict.fromkeys([*shown[:half], *question.members[::step]]))[:SAMPLE]
    pages = ReviewPages(catalog)
    suggested = suggestions(pages.rows(sample), fresh)
    return date_options.options(pages.evidence(sample), suggested, settings, date.today())


def moments(catalog: Catalog, members: Sequence[str], key: str, settings: Settings, fresh: Fresh) -> dict[str, Moment]:
    """What the answer *key* means for each of *members*; those it cannot date are left out."""
    pages = ReviewPages(catalog)
    if key == SUGGESTED:
        return suggestions(pages.rows(members), fresh)
    option = date_options.heard(pages.evidence(members), settings, date.today()).get(key)
    return option.moments if option else {}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to be recorded: a verb, its subject and value, and the stamp of the subject as it was looked at."""

    verb: str
    subject: tuple[str, ...]
    value: str
    stamp: str


def answer(
    catalog: Catalog, question: Question, said: Mapping[str, str], only: Sequence[str], settings: Settings, fresh: Fresh
) -> Answer:
    """What *said* (``stamp``, ``option`` or ``value``, ``count``) decides about the question, or about *only* some.

    Raises :class:`Stale` when the page is not what it was, :class:`Unclear` when it makes no sense.
    """
    if said["stamp"] != question.stamp:
        raise Stale(STALE)
    chosen: Sequence[str] = question.members
    if only:
        chosen = [sha for sha in question.members if sha in set(only)]
        if len(chosen) != len(set(only)):
            raise Stale(STALE)
    if "value" in said:
        meant = dates.parse_words(said["value"])
        if meant is None:
            typed = said["value"][:60]
            raise Unclear(f"“{typed}” is not understood as a date. Say it like “12 May 2019 5pm” or “summer 1994”.")
        offset = meant.utc_offset if "T" in meant.value else None
        given: dict[str, Moment] = dict.fromkeys(chosen, (meant.value, offset))
    else:
        given = moments(catalog, chosen, said["option"], settings, fresh)
    if not given:
        raise Unclear("This answer has no date for any of the pictures.")
    # without scripts nothing says how many; what the page showed of a question that is not sampled is in the stamp
    unsaid = "count" not in said and "option" in said and not question.sampled
    if not only and not unsaid and said.get("count") != str(len(given)):
        raise Stale(f"This would date {words.number(len(given), 'picture')}, which is not what the page said.")
    values = set(given.values())
    stamp = stamp_for([fresh.stamp(sha) for sha in given])
    if said.get("always") and said.get("option") != SUGGESTED:
        raise Unclear("Only what is suggested can hold for pictures that come later.")
    if len(values) == 1 and said.get("option") != SUGGESTED:
        moment, offset = values.pop()
        return Answer("set-date", tuple(given), moment + (offset or ""), stamp)
    always = _cause(catalog, question, only) if said.get("always") else None
    return Answer("accept", tuple(given), accept_dates(given, always=always), stamp)


def _cause(catalog: Catalog, question: Question, only: Sequence[str]) -> tuple[str, str]:
    """What the pictures of *question* have in common, for an answer that holds for pictures that come later, too."""
    if only or question.folder or not question.dated or question.key.startswith("again-"):
        raise Unclear("Only what is suggested for all pictures of a question can hold for pictures that come later.")
    return shared_cause(ReviewPages(catalog).rows(question.members[:1])[0])


STALE = "This question has changed since the page was loaded. Load it again to see how it is now."


def understood(text: str, today: date) -> dict[str, Any]:
    """How *text* is understood as a date, for somebody who is still typing."""
    meant = dates.parse_words(text)
    if meant is None:
        return {"understood": False, "note": _why_not(text)}
    offset = meant.utc_offset if "T" in meant.value else None
    note = {"year": "only the year is kept", "month": "only the month is kept", "day": "no time of day is kept"}.get(
        meant.precision, f"in a zone of UTC{offset}" if offset else ""
    )
    if meant.value[:10] > today.isoformat()[: len(meant.value[:10])]:
        note = "that is in the future"
    return {
        "understood": True, "value": meant.value + (offset or ""), "precision": meant.precision, "note": note,
        "words": words.when(meant.value, seconds=True),
    }  # fmt: skip


def _why_not(text: str) -> str:
    if found := _TWO_WAYS.match(text):
        first, second = int(found[1]), int(found[3])
        if 1 <= first <= 12 and 1 <= second <= 12:
            return f"the {first}.{second}. or the {second}.{first}.? Write the month as a word"
    return "not a date yet" if text.strip() else ""
