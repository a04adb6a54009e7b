"""A decision as a sentence: in the line at the foot of a page, in the log, on the page of a picture."""

from __future__ import annotations

import json

from mediaparser_core.errors import DecisionError
from mediaparser_core.records import Decision
from mediaparser_core.review.verbs import shifts_of, split_offset
from mediaparser_core.web import words
from mediaparser_core.web.date_options import span
from mediaparser_core.web.differences import lasts


def in_words(decision: Decision) -> str:
    """What was decided, as a person would say it: "Accepted the dates of 4 pictures: 15 July 2021 – 28 December 2022."."""
    count = words.number(len(decision.subject), "picture")
    value = decision.value or ""
    match decision.verb:
        case "accept":
            return _accepted(decision) or f"Accepted what was suggested for {count}."
        case "shift":
            return _clock(decision)
        case "keep":
            return f"Kept {count}."
        case "discard":
            return f"Left {count} out of the library."
        case "set-date":
            return f"Dated {count}: {words.when(value)}."
        case "tag":
            return f"Tagged {count} “{value}”."
        case "untag":
            return f"Took the tag “{value}” off {count}."
        case "same":
            return f"Said that {count} show the same."
        case "different":
            return f"Said that {count} are not the same."
        case _:
            return "Took it back."


def taken_back(decision: Decision) -> str:
    """The sentence for an undo of *decision*."""
    return "Put it back." if decision.verb == "undo" else f"Took back: {in_words(decision)}"


def _accepted(decision: Decision) -> str | None:
    try:
        document = json.loads(decision.value or "")
        if "date" in document:
            moments = sorted(split_offset(str(text))[0] for text in document["date"].values())
            many = len(moments) != 1
            what = f"the dates of {words.number(len(moments), 'picture')}" if many else "the date of 1 picture"
            later = ", and of pictures like these that come later" if document.get("always") else ""
            return f"Accepted {what}: {span(moments[0], moments[-1])}{later}."
        left_out = len(document["discard"])
    except (ValueError, RecursionError, KeyError, TypeError, IndexError, AttributeError):
        return None  # written by hand or by another program
    return f"Kept one picture of {left_out + 1}, left {'the other' if left_out == 1 else left_out} out."


def _clock(decision: Decision) -> str:
    """A word on a camera's clock; one of no seconds says that it was right."""
    cameras = " and ".join(" ".join(key.split("|")[:2]).strip() or "a camera" for key in decision.subject)
    try:
        shifts = shifts_of(decision.value or "")
    except DecisionError:
        return f"Set the clock of {cameras} right."
    moved = [shift for shift in shifts if shift.seconds]
    if not moved:
        return f"Said that the clock of {cameras} was right."
    how = {f"{lasts(abs(shift.seconds))} {'later' if shift.seconds > 0 else 'earlier'}" for shift in moved}
    return f"Set the clock of {cameras} right: {' and '.join(sorted(how))}."
