"""Read dates out of folder names: the deepest folder that says something, made finer by those around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from mediaparser_core import archives
from mediaparser_core.dates.moments import Moment, build, covers
from mediaparser_core.dates.spans import Span, span_in
from mediaparser_core.dates.texts import FIRST_YEAR, LAST_YEAR, Found, in_digits, in_words, lone_year
from mediaparser_core.dates.words import months, plain
from mediaparser_core.part_names import is_part, without_zip

_LONGEST, _DEEPEST = 300, 64
_CAMERA_FOLDER = re.compile(r"^[1-9]\d\d[a-z_][a-z0-9_]{4}$")  # 100canon, 101_0504: numbered by the camera (DCF)
_APPLE_FOLDER = re.compile(r"^(?P<y>20\d\d)(?P<m>0[1-9]|1[0-2])_[_a-z]$")  # 202405__, an iPhone on a cable
_TO = r"\s?(?:[-–—&+~/]|(?<![^\W_])(?:to|bis|au|al|a|und|and|et|till|until)(?![^\W_])|_to_|--)\s?"
_LATER = re.compile(_TO + r"(?P<a>\d\d?)(?:[-_.](?P<b>\d\d?)(?!\d))?(?![\d:h]|[-_.]\d)")
_LATER_COMPACT = re.compile(_TO + r"(?P<a>\d\d)(?P<b>\d\d)(?!\d)")  # 20190504-0506
_EARLIER = re.compile(r"(?<!\d)(?P<d>\d\d?)[._-]?(?:(?P<m>\d\d?)[._-]?)?" + _TO + "$")
_MONTH = re.compile(r"(?<!\d)(?<!\d[-_.])(?P<y>(?:18|19|20)\d\d)[-_.](?P<m>0[1-9]|1[0-2])(?![-_.]?\d|[^\W_])")
_MONTH_FIRST = re.compile(r"^(?P<m>0?[1-9]|1[0-2])[-_./ ](?P<y>(?:19|20)\d\d)(?![\d-]|[^\W_])")
_MONTH_IN_CJK = re.compile(r"(?<!\d)(?P<y>(?:18|19|20)\d\d)\s?[年년]\s?(?P<m>0?[1-9]|1[0-2])\s?[月월](?!\s?\d)")
_SHORT_YEAR = re.compile(r"(?P<words>.*[^\W\d_])[\s._-]?(?:['’](?P<any>\d\d)|(?<=[\s._-])(?P<old>[3-9]\d))$")
_COMPACT_MONTH = re.compile(r"^(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?!\d)")
_MONTH_DAY = re.compile(r"^(?P<y>(?:19|20)\d\d)[-_](?P<m>\d\d)(?P<d>\d\d)(?!\d)")  # 2019_0504
_PART = re.compile(
    r"^(?:(?P<a>\d\d?)(?:(?P<sep>[-_. ])(?P<b>\d\d)\.?)?|(?P<a4>\d\d)(?P<b4>\d\d))(?=$|(?<=\d\d)[-_. ]+[^\W\d])"
)
_NUMBERED_WORD = re.compile(r"^(?:\d\d?[-_. ]{1,3})?(?P<word>[^\W\d_]+)\.?$")  # mai | 05 - mai
_NOT_A_YEAR_BEFORE = re.compile(  # products, streets and other things that are numbered
    r"(?<![^\W_])(?:iphone|galaxy|nokia|canon|nikon|eos|coolpix|powershot|finepix|sony|samsung|windows|win|office|photoshop"
    r"|model|version|iso|xbox|room|zimmer|apt|route|highway|street|st|road|rd|avenue|ave|blvd|lane|rue|via|calle|plaza)"
    r"[\s_.-]?$|(?:strasse|str\.|weg|gasse|platz|laan|straat)[\s_.-]?$"
)
_NOT_A_YEAR_AFTER = re.compile(
    r"[\s_]+(?:[^\W\d_]+[\s_.]+){0,3}(?:street|st|road|rd|avenue|ave|boulevard|blvd|drive|dr|lane|ln|court|square)\.?(?![^\W_])"
)


def folder_names(root: bytes, path: bytes) -> list[str]:
    """The own name of the input *root*, always the first, and the folders below it down to the file *path*, as text.

    Where the input is the file itself, its folder stands for the input. What is above an input says only where a disk
    is mounted. An archive is a folder, without its ``.zip``; the pieces in which Google and Apple hand out a library
    are left out, for their names only say when that was. Bytes that are not UTF-8 become replacement characters.
    """
    within = archives.split(path)
    outside, member = within or (path, b"")
    base = root.rstrip(b"/") if path != root else path.rpartition(b"/")[0]
    inside = outside.removeprefix(base + b"/").split(b"/") if outside.startswith(base + b"/") else []
    first = base.rpartition(b"/")[2]
    if within:
        first = without_zip(first) if outside == base else first
        inside = [*inside[:-1], *map(without_zip, inside[-1:]), *archives.own_name(member).split(b"/")]
    names = [part.decode("utf-8", "replace") for part in inside[:-1]]
    own = first.decode("utf-8", "replace")
    return ["" if is_part(own) else own, *(name for name in names if not is_part(name))]


def from_folder(parts: Sequence[str], latest_year: int | None = None) -> Moment | None:
    """What the folders *parts*, the outermost first, say about the pictures in the last of them.

    The deepest folder that says something decides; folders above it may only make it finer ("2019-05-04 Lisbon/2019")
    and lend their year and month to bare ones ("2019/05/04", "2019/May", "2019/05-04"). Several days become the month
    or year that covers them; several years and decades ("2019-2021", "1980s") say nothing, because no precision is that
    coarse (:func:`folder_span` has them). A year counts at the beginning or end of a name, in brackets or between
    dashes: "1994 Lisbon" and "Photos from 2019", but not "iPhone 2000 pics", "DCIM/100CANON" or "1887 Main Street".
    Years run from 1826 to *latest_year* (give the current one plus one; 2100 where the caller knows no better). Never
    raises.
    """
    return _read(tuple(parts[-_DEEPEST:]), latest_year or LAST_YEAR)[0]


def folder_span(parts: Sequence[str], latest_year: int | None = None) -> Span | None:
    """The span of years that the deepest of *parts* to say something speaks of, where that is no date."""
    moment, span = _read(tuple(parts[-_DEEPEST:]), latest_year or LAST_YEAR)
    return span if moment is None else None


@lru_cache(maxsize=1024)  # a folder has many files, and each asks
def _read(parts: tuple[str, ...], latest: int) -> tuple[Moment | None, Span | None]:
    context, span, parent = None, None, ""
    for part in parts:
        if is_part(part):
            continue
        text = plain(part[:_LONGEST]).strip()
        moment = _bare(text, context, parent) or _whole(text)
        if moment and FIRST_YEAR <= int(moment.value[:4]) <= latest and not _says_more(context, moment):
            context = moment
        elif moment is None and (found := span_in(text)) and found.first <= latest:
            span = found
            if context and found.alone and not found.first <= int(context.value[:4]) <= found.last:
                context = None  # "Scanned 2019/1980s": what is inside is not of 2019
        parent = text
    return context, span


def _says_more(known: Moment | None, moment: Moment) -> bool:
    return known is not None and covers(moment.value, known.value)


def _whole(text: str) -> Moment | None:
    """What one folder says by itself."""
    if _CAMERA_FOLDER.match(text):
        return None
    if found := _APPLE_FOLDER.match(text):
        return build(found["y"], found["m"], pattern="month")
    if (day := in_digits(text)) is not None:
        return _span(text, day)
    if found := _MONTH_DAY.match(text):
        return build(found["y"], found["m"], found["d"], pattern="compact")
    if (moment := in_words(text)) is not None:
        return moment
    if found := _MONTH.search(text) or _MONTH_FIRST.match(text) or _MONTH_IN_CJK.search(text):
        return build(found["y"], found["m"], pattern="month")
    if (found := _COMPACT_MONTH.match(text)) and not build("20" + text[:2], text[2:4], text[4:6]):
        return build(found["y"], found["m"], pattern="month")  # and no YYMMDD at the same time
    return _year(text) or _short_year(text)


def _span(text: str, first: Found) -> Moment | None:
    """The date *first*, or what covers it and a second one: "2019-05-04 - 08", "28.4.-2.5.2019", two whole dates."""
    dates = [first.moment]
    if (second := in_digits(text, first.end)) is not None:
        dates.append(second.moment)
    elif first.moment.precision == "day":
        year, month, _ = first.moment.value.split("-")
        later = _LATER.match(text, first.end)
        if first.moment.pattern == "compact":
            later = _LATER_COMPACT.match(text, first.end) or later
        if later and first.moment.pattern != "day_first":
            other = build(year, later["a"], later["b"]) if later["b"] else build(year, month, later["a"])
            dates += [other] if other and other.value > first.moment.value else []
        elif (earlier := _EARLIER.search(text[: first.start])) and first.moment.pattern == "day_first":
            other = build(year, earlier["m"] or month, earlier["d"])
            dates += [other] if other and other.value < first.moment.value else []
    return _cover(dates)


def _cover(dates: Sequence[Moment]) -> Moment | None:
    """The finest moment that covers all *dates*."""
    if len({date.value for date in dates}) == 1:
        return dates[0]
    for length in (7, 4):
        values = {date.value[:length] for date in dates}
        if len(values) == 1:
            return build(*values.pop().split("-"), pattern="range")
    return None


def _year(text: str) -> Moment | None:
    found = lone_year(text)
    if found is None:
        return None
    before, after = text[: found.start], text[found.end :]
    at_an_end = not before.strip(" _-([.,") or not after.strip(" _-)].,")
    apart = bool(re.search(r"(?:[(\[]|\s[-–—]\s)$", before)) and bool(re.match(r"[)\]]|\s[-–—]\s", after))
    if not (at_an_end or apart) or _NOT_A_YEAR_BEFORE.search(before) or _NOT_A_YEAR_AFTER.match(after):
        return None
    return found.moment


def _short_year(text: str) -> Moment | None:
    """ "mai 94" and "summer '04", but not "may 04", which is a day in May."""
    found = _SHORT_YEAR.match(text)
    if found is None:
        return None
    year = int(found["any"] or found["old"])
    century = 2000 if found["any"] and year < 30 else 1900
    return in_words(f"{found['words']} {century + year}", whole=True)


def _bare(text: str, context: Moment | None, parent: str) -> Moment | None:
    """A month, a day or both, in a folder whose year (and month) the folders above it said.

    A bare number counts only right inside a folder that is nothing but a date: "2019/05", not "Wedding 2019/05", where
    it is the fifth roll of film.
    """
    if context is None or context.precision not in {"year", "month"}:
        return None
    year, _, month = context.value.partition("-")
    word = _NUMBERED_WORD.match(text)
    if word and not month and (number := months().get(word["word"])):
        return build(year, number, pattern="month")
    found = _PART.match(text)
    if found is None or not _only_a_date(parent):
        return None
    first, second = found["a"] or found["a4"], found["b"] or found["b4"]
    if second is None:
        return build(year, month, first, pattern="nested") if month else build(year, first, pattern="nested")
    if found["sep"] == ".":
        first, second = second, first  # 04.05. is the fourth of May
    moment = build(year, first, second, pattern="nested")
    return moment if moment and (not month or covers(context.value, moment.value)) else None


def _only_a_date(text: str) -> bool:
    """ "2019", "2019-05", "05 - mai"."""
    word = _NUMBERED_WORD.match(text)
    return re.fullmatch(r"[\d._ -]+", text) is not None or (word is not None and word["word"] in months())
