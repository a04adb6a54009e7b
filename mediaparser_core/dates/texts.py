"""Dates as people and programs write them, in digits or in words, anywhere in a text.

Everything here reads *plain* text (:func:`mediaparser_core.dates.words.plain`): lower case, no accents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mediaparser_core.dates.moments import Moment, build, parse_offset
from mediaparser_core.dates.words import months, patterns

FIRST_YEAR, LAST_YEAR = 1826, 2100  # the first photograph; and no camera was yet seen in the next century

_YEAR = r"(?P<y>1[89]\d\d|20\d\d)"
_DATES = tuple(
    (pattern, re.compile(expression))
    for pattern, expression in (
        ("iso", rf"(?<!\d){_YEAR}(?P<sep>[-_. ])(?P<m>\d\d)(?P=sep)(?P<d>\d\d)(?!\d)"),
        ("iso", rf"(?<!\d){_YEAR}-(?P<m>\d\d?)-(?P<d>\d\d?)(?!\d)"),
        ("iso", rf"(?<!\d){_YEAR}\s?[年년]\s?(?P<m>\d\d?)\s?[月월]\s?(?P<d>\d\d?)\s?[日일]"),
        # six or nine more digits are a time; with any other number of them this is no date at all
        ("compact", r"(?<!\d)(?P<y>19\d\d|20\d\d)(?P<m>\d\d)(?P<d>\d\d)(?=\D|$|\d{6}(?:\d{3})?(?!\d))"),
        ("dashcam", r"(?<!\d)(?P<y>20\d\d)_(?P<m>\d\d)(?P<d>\d\d)(?=_\d{6}(?!\d))"),
    )
)
_YEAR_LAST = re.compile(rf"(?<![\d.])(?P<a>\d\d?)(?P<sep>[-_./ ])(?P<b>\d\d?)(?P=sep){_YEAR}(?!\d)")

_HALF = r"(?:(?P<before>[上下午]午|午[前後]|오[전후])\s?)?"
_REST = (
    r"(?:\.(?P<f>\d{1,9})(?!\d))?(?:[\s_]?(?P<after>[ap])\.?\s?m\b\.?)?"
    r"(?:\s?(?P<zone>z|utc|[+\u2212]\d\d[:.]?[0-5]\d|-\d\d:[0-5]\d)(?![^\W_]))?"
)
_GLUE = (
    r"(?:[-_. t,]{1,3}|\s-\s|[\s_-](?:[^\W\d]{1,5}(?:\(s\))?\.?[\s_-]){1,2})"  # marks, or a word or two: "at", "a las"
)
_TIMES = tuple(
    re.compile(expression + _REST)
    for expression in (
        r"(?:[-_ .t]|_-_)(?P<h>\d\d)(?P<mi>[0-5]\d)(?P<s>[0-5]\d|60)(?P<ms>\d{3})?(?!\d)",  # 120003, 120003250
        _GLUE + "?" + _HALF + r"(?P<h>\d\d?)(?P<ts>[-_.:; ])(?P<mi>[0-5]\d)(?P=ts)(?P<s>[0-5]\d|60)(?!\d)",  # 12.00.03
        _GLUE
        + "?"
        + _HALF
        + r"(?P<h>\d\d?)[h時时시]\s?(?P<mi>[0-5]\d)(?:\s?[m分분]\s?(?P<s>[0-5]\d))?(?!\d)[분分s秒초]?",
        # without seconds the marks must leave no doubt that this is a time
        r"[_-](?P<h>\d\d)(?P<ts>[-.:])(?P<mi>[0-5]\d)(?!\d|[-.:]\d)",
        r"(?:\s|,\s|\s-\s|t|[\s_][^\W\d]{1,3}\.?[\s_])" + _HALF + r"(?P<h>\d\d?)[.:](?P<mi>[0-5]\d)(?!\d|[-.:]\d)",
        r"t(?P<h>\d\d)(?P<mi>[0-5]\d)(?!\d)",
    )
)
_TIME_AT_ONCE = re.compile(r"(?P<h>\d\d)(?P<mi>[0-5]\d)(?P<s>[0-5]\d|60)(?P<ms>\d{3})?(?!\d)" + _REST)
_DASH_FRACTION = re.compile(r"[-_](\d{3})(?!\d)")

_LONE_YEAR = re.compile(rf"(?<![^\W_])(?<!\d[.,]){_YEAR}(?:[年년]|г\.?(?![^\W_])|(?![^\W_]|['’]\s?s\b|[.,]\d|\?))")
_NO_YEAR_AFTER = re.compile(
    r"(?:\d\s?[-–—/&+x×]|[#$€£°+=]|(?<![^\W_])(?:no|nr|num|number|before|after|until|vor|nach|bis|avant|apres))\.?[\s_]?$"
)
_NO_YEAR_BEFORE = re.compile(
    r"\s?[-–—/&+]\s?\d|[\s_]?(?:x|×|px|pixels?|dpi|mm|cm|km|kb|mb|gb|m|k|%|€|eur|euros?|usd|\$)(?![^\W_])"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A date and its place in the text: ``text[start:end]``."""

    moment: Moment
    start: int
    end: int


def in_digits(text: str, start: int = 0) -> Found | None:
    """The first date in digits that exists, from *start* on; precision day, or a year.

    Between dots the day comes first. Between other marks a date that ends in its year counts only as far as both
    readings agree: 31-12-2019 is a day, 04-05-2019 only a year (pattern ``"ambiguous"``).
    """
    found: list[Found] = []
    for pattern, expression in _DATES:
        for match in expression.finditer(text, start):
            moment = build(match["y"], match["m"], match["d"], pattern=pattern)
            if moment and int(match["y"]) >= FIRST_YEAR:
                found.append(Found(moment, match.start(), match.end()))
                break
    for match in _YEAR_LAST.finditer(text, start):
        if moment := _year_last(match["a"], match["b"], match["y"], dotted=match["sep"] == "."):
            found.append(Found(moment, match.start(), match.end()))
            break
    return min(found, key=lambda one: (one.start, -one.end), default=None)


def _year_last(a: str, b: str, year: str, *, dotted: bool) -> Moment | None:
    day_first = build(year, b, a, pattern="day_first")
    if dotted or int(year) < FIRST_YEAR:
        return day_first if int(year) >= FIRST_YEAR else None
    month_first = build(year, a, b, pattern="month_first")
    if day_first and month_first and day_first.value != month_first.value:
        return build(year, pattern="ambiguous")
    return day_first or month_first


def with_time(found: Found, text: str, *, dash_fraction: bool = False) -> Moment:
    """The date *found* in *text* together with the time behind it, if there is one.

    *dash_fraction*: three digits behind a hyphen are milliseconds, not a counter (some programs are known to do so).
    """
    date = found.moment
    if date.precision != "day":
        return date
    times = (_TIME_AT_ONCE, *_TIMES) if date.pattern == "compact" else _TIMES
    for expression in times:
        match = expression.match(text, found.end)
        if match is None:
            continue
        part = match.groupdict()
        fraction = part.get("ms") or part["f"]
        if fraction is None and dash_fraction and (dash := _DASH_FRACTION.match(text, match.end())):
            fraction = dash[1]
        zone = part["zone"]
        moment = build(
            *date.value.split("-"),
            _hour(int(part["h"]), part.get("before"), part["after"]),
            part["mi"],
            part.get("s"),
            fraction=fraction,
            offset=parse_offset(zone.replace(".", ":")) if zone else None,
            pattern=date.pattern,
        )
        if moment:
            return moment
    return date


def _hour(hour: int, before: str | None, after: str | None) -> int:
    """The hour of 24; a word for the half of the day before it (Chinese, Japanese, Korean) or "am"/"pm" after it."""
    if hour > 12 or not (before or after):
        return hour
    afternoon = after == "p" or before in {"下午", "午後", "오후"}
    return hour % 12 + 12 * afternoon


def in_words(text: str, *, whole: bool = False) -> Moment | None:
    """The first date with the name of a month, or a season with its year: "12 may 2019", "mai 2019", "summer 1994".

    *whole*: only when nothing else is in *text*.
    """
    for name, expression in patterns():
        for match in filter(None, [expression.fullmatch(text)]) if whole else expression.finditer(text):
            year = int(match["y"])
            if not FIRST_YEAR <= year <= LAST_YEAR:
                continue
            if name in {"season", "months"}:
                return build(year, pattern="season" if name == "season" else "words")
            month = months()[match["m"]]
            moment = build(year, month, match["d"] if name == "date" else None, pattern="words")
            if moment:
                return moment
    return None


def lone_year(text: str) -> Found | None:
    """The only year in *text* that stands by itself and is no part of a range, a size, a decade or a number."""
    found = {match["y"]: match for match in _LONE_YEAR.finditer(text) if FIRST_YEAR <= int(match["y"]) <= LAST_YEAR}
    if len(found) != 1:
        return None
    match = next(iter(found.values()))
    if _NO_YEAR_AFTER.search(text[: match.start()]) or _NO_YEAR_BEFORE.match(text, match.end()):
        return None
    moment = build(match["y"], pattern="year")
    return Found(moment, match.start(), match.end()) if moment else None
