"""A decision as a sentence, with more of what it says than the line at the foot of a page has room for."""

from __future__ import annotations

import json

from mediaparser_core.errors import DecisionError
from mediaparser_core.records import Decision
from mediaparser_core.review.verbs import shifts_of, split_offset
from mediaparser_core.web import words
from mediaparser_core.web.date_options import span
from mediaparser_core.web.deciding import in_words as in_short
from mediaparser_core.web.differences import lasts


def in_words(decision: Decision) -> str:
    """What was decided: "Accepted the dates of 4 pictures: 15 July 2021 – 28 December 2022."."""
    if decision.verb == "shift":
        return _clock(decision)
    if decision.verb != "accept":
        return in_short(decision)
    try:
        document = json.loads(decision.value or "")
    except (ValueError, RecursionError):
        return in_short(decision)
    if "date" in document:
        moments = sorted(split_offset(str(text))[0] for text in document["date"].values())
        what = "the date of 1 picture" if len(moments) == 1 else f"the dates of {words.number(len(moments), 'picture')}"
        return f"Accepted {what}: {span(moments[0], moments[-1])}."
    return f"Kept one picture of {len(document['discard']) + 1}, left {len(document['discard'])} out."


def _clock(decision: Decision) -> str:
    """A word on a camera's clock; one of no seconds says that it was right."""
    cameras = " and ".join(" ".join(key.split("|")[:2]).strip() for key in decision.subject)
    try:
        shifts = shifts_of(decision.value or "")
    except DecisionError:
        return in_short(decision)
    moved = [shift for shift in shifts if shift.seconds]
    if not moved:
        return f"Said that the clock of {cameras} was right."
    how = {f"{lasts(abs(shift.seconds))} {'later' if shift.seconds > 0 else 'earlier'}" for shift in moved}
    return f"Set the clock of {cameras} right: {' and '.join(sorted(how))}."
