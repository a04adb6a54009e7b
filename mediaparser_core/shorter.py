"""Texts that follow from a number or from another text: what a compact table keeps of them, and the SQL that shows them.

A moment is kept as a number, and what a source wrote as the way it writes the moment that was read out of it. Whatever
does not come back letter by letter is kept as it is. The migrations use this module: a way of writing, once released,
keeps its number and its meaning.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_EPOCH, _SECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(seconds=1)
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,3}))?(Z)?", re.ASCII)
_FINE = 300_000_000_000  # numbers below are seconds since 1970; the others ((seconds, thousandths), digits, Z)


def moment(text: str | None) -> int | str | None:
    """``2019-05-04T12:00:03``, perhaps with up to three digits more and a ``Z``, as a number; any other text as it is."""
    found = _MOMENT.fullmatch(text) if text is not None else None
    if found is None:
        return text
    whole, digits, zulu = found[1], found[2] or "", found[3]
    try:
        seconds = (datetime.fromisoformat(whole).replace(tzinfo=UTC) - _EPOCH) // _SECOND
    except ValueError:
        return text
    if not digits and not zulu:
        return seconds
    number = ((seconds * 1000 + int(digits.ljust(3, "0"))) * 4 + len(digits)) * 2 + (zulu is not None)
    return number if number >= _FINE else text


def moment_shown(column: str) -> str:
    """SQL for the text of a :func:`moment` in *column*."""
    seconds, fine = (f"strftime('%Y-%m-%dT%H:%M:%S', {value}, 'unixepoch')" for value in (column, f"{column} / 8000"))
    digits = f"substr(printf('.%03d', {column} / 8 % 1000), 1, ({column} / 2 % 4) + ({column} / 2 % 4 > 0))"
    zulu = f"substr('Z', 1, {column} % 2)"
    return (
        f"cast(case typeof({column}) when 'integer' then case when {column} < {_FINE} then {seconds} "
        f"else {fine} || {digits} || {zulu} end else {column} end as text)"
    )


# Ways in which sources write a moment: by their number, how out of its text and the offset. 0 is the text itself, 4 has
# nanoseconds behind the moment, 7 is a text that is said often, by its number in ``words``.
TEXT, NANOSECONDS, OFTEN = 0, 4, 7
_WAYS: dict[int, tuple[Callable[[str, str], str], str]] = {
    1: (lambda value, _: _exif(value), "replace(substr({v}, 1, 10), '-', ':') || ' ' || substr({v}, 12)"),
    2: (lambda value, _: _exif(value) + "Z", "replace(substr({v}, 1, 10), '-', ':') || ' ' || substr({v}, 12) || 'Z'"),
    3: (
        lambda value, offset: _exif(value) + offset,
        "replace(substr({v}, 1, 10), '-', ':') || ' ' || substr({v}, 12) || {o}",
    ),
    5: (lambda value, _: str(moment(value)), "cast({n} as text)"),
    6: (lambda value, _: value, "{v}"),
    8: (lambda value, offset: value + offset, "{v} || {o}"),
    9: (lambda value, _: value + "Z", "{v} || 'Z'"),
}
_NANO = re.compile(r"(.{19})\.([0-9]{9})Z", re.ASCII)


def _exif(value: str) -> str:
    return f"{value[:10].replace('-', ':')} {value[11:]}"


def written(
    raw: str | None, value: str | None, offset: str | None, often: bool = False
) -> tuple[int, int | str | None]:
    """The way in which *raw* says *value* and *offset*, and what of it is kept besides.

    With *often* it is the text of a word, which the caller numbers: the way is then 7.
    """
    if raw is None or value is None or isinstance(moment(value), str):
        return (OFTEN, raw) if often and raw else (TEXT, raw)
    if (nano := _NANO.fullmatch(raw)) and nano[1] == value:
        return NANOSECONDS, int(nano[2])
    for way, (made, _) in _WAYS.items():
        if made(value, offset or "") == raw:
            return way, None
    return (OFTEN, raw) if often and raw else (TEXT, raw)


def written_shown(claim: str, saying: str) -> str:
    """SQL for what a claim's source wrote: of the row *claim* of ``_claims``, and its row of ``sayings``."""
    value = moment_shown(f"{claim}.value")
    told = {"v": value, "n": f"{claim}.value", "o": f"(select word from words where id = {saying}.utc_offset)"}
    ways = " ".join(f"when {way} then {sql.format(**told)}" for way, (_, sql) in _WAYS.items())
    return (
        f"cast(case {saying}.written when {TEXT} then {claim}.raw {ways} "
        f"when {NANOSECONDS} then {value} || printf('.%09dZ', {claim}.raw) "
        f"else (select word from words where id = {claim}.raw) end as text)"
    )
