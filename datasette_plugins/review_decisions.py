"""The log of decisions: what was decided, by whom, when, about which pictures, and the way back."""

import json

from datasette import hookimpl

from mediaparser_core.catalog.review_lists import ReviewLists
from mediaparser_core.catalog.review_pages import ReviewPages
from mediaparser_core.records import Decision
from mediaparser_core.review.verbs import VERBS
from mediaparser_core.web import Call, Response, pages
from mediaparser_core.web.decision_words import in_words
from mediaparser_core.web.review_asks import whole_number

AT_ONCE = 40  # decisions on a page
PICTURES = 6  # thumbnails beside one
VERBS_IN_WORDS = {
    "accept": "accepted",
    "set-date": "dated",
    "keep": "kept",
    "discard": "left out",
    "tag": "tagged",
    "untag": "tag removed",
    "different": "told apart",
    "same": "joined",
    "shift": "clock set",
    "undo": "taken back",
}


@hookimpl
def register_routes(datasette):
    return pages(datasette, {r"/-/review/decisions": log})


async def log(call: Call) -> Response:
    verb, actor = call.args.get("verb") or "", call.args.get("actor") or ""
    before = whole_number(call.args.get("before"))
    verb = verb if verb in VERBS else ""

    def look(catalog):
        lists = ReviewLists(catalog)
        found = [_read(row) for row in lists.decisions(before, AT_ONCE + 1, verb, actor)]
        undone = lists.taken_back()
        wanted = {sha for row in found[:AT_ONCE] for sha in row["shown"]}
        pictures = {row["sha256"]: row for row in ReviewPages(catalog).rows(sorted(wanted))}
        names = {row["undoes"] for row in found if row["undoes"]}
        targets = {each.request_id: (number, in_words(each)) for number, each in _targets(catalog, names)}
        return found, undone, pictures, targets, lists.actors()

    found, undone, pictures, targets, actors = await call.look(look)
    rows = found[:AT_ONCE]
    for row in rows:
        row["rows"] = [call.fresh.row(pictures[sha]) for sha in row["shown"] if sha in pictures]
        row["undone_by"] = undone.get(row["request_id"])
        row["target"] = targets.get(row["undoes"])
    following = rows[-1]["id"] if len(found) > AT_ONCE else None
    return await call.page(
        "review_decisions.html", title="Decisions", here="review", rows=rows, following=following, verb=verb,
        actor_chosen=actor, actors=actors, verbs=VERBS_IN_WORDS, before=before,
    )  # fmt: skip


def _read(row):
    """A row with its subject read: ``count``, what it says in words, and the pictures to show."""
    subject = tuple(json.loads(row["subject"]))
    decision = Decision(row["request_id"], row["verb"], subject, row["value"], row["actor"], row["at"], row["undoes"])
    shown = [sha for sha in subject if "|" not in sha][:PICTURES]
    return {**row, "subject": subject, "words": in_words(decision), "shown": shown, "more": len(subject) - len(shown)}


def _targets(catalog, names):
    """The decisions that were taken back, with their numbers."""
    lists = ReviewLists(catalog)
    for name in names:
        number = lists.number_of(name)
        decision = None if number is None else catalog.decided.numbered(number)
        if decision is not None:
            yield number, decision
