"""Read what is vaguer than a year: spans like "1980s", "the eighties", "1994-95", "2019 - 2021", and "ca. 1975".

No date of ours is coarser than a year, so a span never becomes one; it says what somebody knew. A year that somebody
only guessed is a year, but worth less. Everything here reads
*plain* text (:func:`mediaparser_core.dates.words.plain`): lower case, no accents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mediaparser_core.dates.words import plain

GUESSED = "about then: a guess"
"""Why a claim is worth less than one of a year that somebody knew."""

_CENTURY = 1900  # of "the 80s"; of the 00s, 10s and 20s nobody can say which
_NAMES = {
    30: "thirties dreissiger trente trenta treinta trinta dertig",
    40: "forties vierziger quarante quaranta cuarenta quarenta veertig",
    50: "fifties funfziger cinquante cinquanta cincuenta cinquenta vijftig",
    60: "sixties sechziger soixante sessanta sesenta sessenta zestig",
    70: "seventies siebziger settanta setenta zeventig",
    80: "eighties achtziger ottanta ochenta oitenta tachtig",
    90: "nineties neunziger novanta noventa negentig",
}
_NAMED = {word: decade for decade, words in _NAMES.items() for word in words.split()}
_ONLY_DECADES = sorted(word for word in _NAMED if word.endswith(("ies", "iger")))  # the others are numbers, too
_ENDING = (
    r"(?:['’]?s|er(?:[\s_-]?jahren?)?|['’]?erne|['’]?ere|[\s-]?tal(?:et)?|[\s-]?luku|[\s-]?luvu\w*|-?е(?:\s?годы)?"
    r"|-?[иы]е)"
)
_BEFORE = (
    r"(?:anni|annees|anos|decada de(?: los)?|(?:de )?jaren|lata|roky|leta|decennie(?: des)?|les annees|gli anni"
    r"|los anos|os anos|rokov|годы)\s?['’]?"
)
_DECADE = (
    r"(?:(?P<long>(?:1[89]|20)\d0)" + _ENDING + r"|['’]?(?P<short>[3-9]0)" + _ENDING + r"|" + _BEFORE
    + r"(?:(?P<long2>(?:1[89]|20)\d0)|(?P<short2>[3-9]0)|(?P<word2>" + "|".join(sorted(_NAMED)) + r"))"
    + r"|(?P<word>" + "|".join(_ONLY_DECADES) + r"))"
)  # fmt: skip
_RANGE = (
    r"(?P<from>(?:1[89]|20)\d\d)\s?(?:[-–—/&+~]|to|till|until|bis|au|al|a|und|and|et)\s?(?P<to>(?:1[89]|20)\d\d|\d\d)"
)
_ALONE = re.compile(
    r"(?:(?:the|die|les|le|gli|los|os|de|in|in den|early|late|mid|anfang|ende|mitte|debut|fin)\s)*"
    rf"(?:{_DECADE}|{_RANGE})(?:\s(?:photos?|fotos?|bilder|scans?|dias?|slides?|negati\w+|album\w*|jahre))?"
)
_SOMEWHERE = re.compile(rf"(?<![^\W_])(?<!\d[.,-])(?:{_DECADE}|{_RANGE})(?![^\W_]|[-.]\d)")

_ABOUT = (
    r"(?<![^\W_])(?:ca|cca|circa|c\.|~|≈|approx|approximately|about|around|roughly|probably|perhaps|maybe|etwa|ungefahr"
    r"|vermutlich|um|vers|environ|peut-etre|verso|forse|hacia|quiza|quizas|cerca de|alrededor de|por volta de|talvez|rond"
    r"|omstreeks|ongeveer|omkring|okolo|około|noin|около|примерно)\.?[\s_]{0,3}(?:[^\W\d_]{3,12}[\s_.]{1,3})?"
)


@dataclass(frozen=True, slots=True)
class Span:
    """From the first day of the year *first* to the last of *last*; *alone*: there is nothing else in the text."""

    first: int
    last: int
    alone: bool


def span_in(text: str) -> Span | None:
    """The span of years that *text* speaks of; ``None`` when it speaks of none, or backwards."""
    alone = _ALONE.fullmatch(text.replace("_", " "))
    found = alone or _SOMEWHERE.search(text)
    if found is None:
        return None
    part = found.groupdict()
    if part["from"]:
        first, end = int(part["from"]), part["to"]
        last = int(end) if len(end) == 4 else first + (int(end) - first) % 100
        if len(end) == 2 and int(end) <= 12 and last != first + 1:
            return None  # a month
        return Span(first, last, alone is not None) if first < last <= first + 100 else None
    long, short, word = (part.get(name) or part[f"{name}2"] for name in ("long", "short", "word"))
    first = int(long) if long else _CENTURY + (int(short) if short else _NAMED[word])
    return Span(first, first + 9, alone is not None)


def is_about(text: str, value: str) -> bool:
    """Whether *text*, from which the year or month *value* was read, says that it is a guess: "ca. 1975 Oma"."""
    return len(value) <= len("1975-07") and re.search(_ABOUT + value[:4] + r"(?!\d)", plain(text)) is not None
