"""The last guard before the catalog: facts come out of it storable, whatever a plugin made of a hostile file."""

from __future__ import annotations

import functools
import math
import re
import types
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from mediaparser_core.names import clean_text
from mediaparser_core.records import Claim, Fact, Fingerprint, Link, Note, Place, Preview, Tag, Trouble

FACTS = 2_000  # a hostile text chunk can make 20,000 keywords
TEXT = 256 * 1024  # bytes of text in all facts of one file
MANY = 50  # a sidecar that speaks of many files may say so much more
FIELD = 2_000  # characters in one field
PREVIEW = 200_000  # bytes

_MOMENT = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)?)?)?")
_OFFSET = re.compile(r"[+-][0-9]{2}:[0-9]{2}(:[0-9]{2})?")
_HEX = re.compile(r"[0-9a-f]+")
_EXACT: dict[type, Callable[[Any], object]] = {
    str: str.__str__,
    int: int.__int__,
    float: float.__float__,
    bytes: bytes.__bytes__,
}


class _Unfit(Exception):
    """A value that cannot be stored."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a field of a fact may hold."""

    name: str
    kinds: frozenset[type]
    choices: tuple[str, ...]
    optional: bool


def clean_facts(facts: Iterable[object]) -> tuple[Fact, ...]:
    """*facts* as the catalog can store them, whatever a plugin made of a hostile file.

    Text loses lone surrogates and control characters and is cut to 2,000 characters; an optional field of a wrong kind
    (NaN, a number above 63 bits) is emptied; a fact that still makes no sense is left out, and so is what is beyond
    2,000 facts or 256 KiB of text, keywords first and claims next; where a sidecar speaks of many files, beyond 100,000
    and 12.5 MiB. A Trouble says how many were left out.
    """
    fit, left_out = [], 0
    for fact in facts:
        try:
            fit.append(_fit(fact))
        except _Unfit:
            left_out += 1
    of_many = [fact for fact in fit if getattr(fact, "about", None) is not None]
    if of_many:
        own = _so_many([fact for fact in fit if getattr(fact, "about", None) is None], FACTS, TEXT)
        kept = [*own, *_so_many(of_many, FACTS * MANY, TEXT * MANY)]
    else:
        kept = _so_many(fit, FACTS, TEXT)
    left_out += len(fit) - len(kept)
    fit = kept
    if left_out:
        fit.append(
            Trouble("facts", f"{left_out} facts were left out: more than is stored for one file, or not fit to be")
        )
    return tuple(fit)


def _so_many(facts: list[Fact], most: int, text: int) -> list[Fact]:
    """*facts* in their order, at most so many and with so many bytes of text."""
    weights = [_weight(fact) for fact in facts]
    if len(facts) <= most and sum(weights) <= text:
        return facts
    total, kept = 0, []
    for i in sorted(range(len(facts)), key=lambda i: _rank(facts[i]))[:most]:
        if total + weights[i] <= text:
            total += weights[i]
            kept.append(i)
    return [facts[i] for i in sorted(kept)]


def _rank(fact: Fact) -> int:
    """What there is but one or two of must not be crowded out by a flood of keywords."""
    return 1 if isinstance(fact, Claim) else 2 if isinstance(fact, (Tag, Note, Link)) else 0


@functools.cache
def _rules() -> dict[type, tuple[_Rule, ...]]:
    """What the fields of each kind of fact may hold, read off its annotations."""
    rules: dict[type, tuple[_Rule, ...]] = {}
    for kind in typing.get_args(Fact):
        hints = typing.get_type_hints(kind)
        rules[kind] = tuple(_rule(field.name, hints[field.name]) for field in fields(kind))
    return rules


def _rule(name: str, hint: object) -> _Rule:
    parts = [hint]
    while any(typing.get_origin(part) in (typing.Union, types.UnionType) for part in parts):
        parts = [inner for part in parts for inner in (typing.get_args(part) or (part,))]
    choices = tuple(c for part in parts if typing.get_origin(part) is typing.Literal for c in typing.get_args(part))
    kinds = frozenset(part for part in parts if isinstance(part, type))
    return _Rule(name, kinds - {type(None)}, choices, type(None) in kinds)


def _fit(fact: object) -> Fact:
    if type(fact) not in _rules():
        raise _Unfit
    changes: dict[str, object] = {}
    for rule in _rules()[type(fact)]:
        value = getattr(fact, rule.name)
        try:
            clean = _fit_value(value, rule)
        except _Unfit:
            if not rule.optional:
                raise
            clean = None
        if clean is not value:
            changes[rule.name] = clean
    found = typing.cast(Fact, fact)
    return _sensible(replace(found, **changes) if changes else found)  # type: ignore[arg-type]


def _fit_value(value: object, rule: _Rule) -> object:
    """*value* in exactly the right type: NumPy's floats and an XML parser's strings are only nearly so."""
    if value is None:
        if rule.optional:
            return None
    elif rule.choices:
        if isinstance(value, str) and value in rule.choices:
            return _exact(value, str)
    elif isinstance(value, str):
        if str in rule.kinds:
            return _exact(value, str) if len(value) <= FIELD and value.isprintable() else clean_text(value, FIELD)
    elif isinstance(value, bytes):
        if bytes in rule.kinds and 0 < len(value) <= PREVIEW:
            return _exact(value, bytes)
    elif isinstance(value, bool):
        if bool in rule.kinds:
            return value
    elif isinstance(value, int) and rule.kinds & {int, float}:
        if abs(value) < 2**63:
            return _exact(value, int)
    elif isinstance(value, float) and float in rule.kinds and math.isfinite(value):
        return _exact(value, float)
    raise _Unfit


def _exact(value: Any, kind: type) -> object:
    return value if type(value) is kind else _EXACT[kind](value)


def _sensible(fact: Fact) -> Fact:
    """What the types cannot say: degrees, dates, hex digits."""
    match fact:
        case Place() if not (-90 <= fact.latitude <= 90 and -180 <= fact.longitude <= 180):
            raise _Unfit
        case Tag() if not fact.name:
            raise _Unfit
        case Fingerprint() if not _HEX.fullmatch(fact.value):
            raise _Unfit
        case Claim():
            if fact.value is not None and not _MOMENT.fullmatch(fact.value):
                fact = replace(fact, value=None, accepted=False, reason=fact.reason or "not a date")
            if fact.utc_offset is not None and not _OFFSET.fullmatch(fact.utc_offset):
                fact = replace(fact, utc_offset=None)
    return fact


def _weight(fact: Fact) -> int:
    """Bytes of text in it; a preview has a limit of its own."""
    if isinstance(fact, Preview):
        return 0
    values = (getattr(fact, rule.name) for rule in _rules()[type(fact)])
    return sum(len(value.encode()) for value in values if isinstance(value, str))
