"""Give every wanted item a name in the export that no other has, stable between runs.

The names depend on what is wanted and on what was given before, never on the order in which things come in.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import PurePosixPath

from mediaparser_core.dates import precision_of, strip_name_syntax
from mediaparser_core.errors import PluginError
from mediaparser_core.names import LONGEST_PART, clean_part, cut, fold, split_name
from mediaparser_core.records import ExportItem, Receipt

NameOf = Callable[[ExportItem], PurePosixPath | None]
Held = Mapping[str, Sequence[Receipt]]  # by asset

_ROLES = ("primary", "raw", "live_video", "edited", "back")  # who gets the plain name first, inside a bundle
_ROOM = 24  # bytes kept free for "_live_video_2" and the like
_CAMERA = 60  # bytes of a camera's name


def fields_of(item: ExportItem) -> dict[str, str]:
    """What stands for each ``{field}`` of a template for *item*.

    What is not known is written with an ``X`` for each digit, as ISO 8601-2 does: a picture of July 1994 has the date
    ``199407XX`` and sorts behind those whose day is known, before August; nobody can take it for a full date. Where the
    time of day is not known, ``{time}`` is the file's own name instead, so that ``{date}_{time}`` keeps what little
    order there is: ``19940723_scan0012``, and ``19940723_n0012`` for a name that begins with a digit and could be read
    as a time. ``{name}`` is the file's own name with the extension of its content and without ``[FORCE]`` and
    ``{tags}``, ``{sha}`` the first 16 digits of its SHA-256.
    """
    taken = item.taken_at if is_dated(item) and item.taken_at else ""
    year, month, day = taken[:4] or "XXXX", taken[5:7] or "XX", taken[8:10] or "XX"
    stem = clean_part(strip_name_syntax(split_name(item.name)[0]))
    return {
        "year": year,
        "month": month,
        "day": day,
        "date": year + month + day,
        "time": taken[11:19].replace(":", "") or ("n" + stem if stem[0].isdigit() else stem),
        "stem": stem,
        "name": stem + item.ext,
        "ext": item.ext,
        "make": cut(item.make or "unknown", _CAMERA),
        "model": cut(item.model or "unknown", _CAMERA),
        "kind": item.kind,
        "sha": item.sha256[:16],
    }


def is_dated(item: ExportItem) -> bool:
    """Whether *item* has a moment that can be part of a name."""
    try:
        return item.taken_at is not None and bool(precision_of(item.taken_at))
    except ValueError:
        return False


def give(
    items: Iterable[ExportItem], name_of: NameOf, live: Held, given: Held, taken: Collection[str]
) -> dict[str, str]:
    """SHA-256 → target for each of *items*.

    *live* and *given* are the receipts of each asset, now and in former times, in order of preference; *taken* are
    targets that belong to somebody else. *name_of* answers with a path that need not be clean, unique or end in the
    right extension. Raises :class:`PluginError` when it has no answer.
    """
    together: dict[str, list[ExportItem]] = defaultdict(list)
    for item in items:
        together[item.stem_of or item.sha256].append(item)
    units = [unit_of(leader, members, name_of) for leader, members in together.items()]
    return give_units(sorted(units, key=lambda unit: unit.key), live, given, taken)


@dataclass(frozen=True, slots=True)
class Unit:
    """Items that are one thing and share the stem of their names; ``stem`` is the wanted one, with its folder."""

    key: tuple[str, str, str]  # folded stem, moment, leader: the order in which names are given
    stem: str
    members: tuple[ExportItem, ...]

    @property
    def folder(self) -> str:
        """The folder of all names that may be given to it, folded: no unit of another one can want them."""
        return folder_of(self.key[0])


def folder_of(folded: str) -> str:
    """The folder of a target or a stem that is folded already."""
    return folded.rpartition("/")[0]


def give_units(units: Sequence[Unit], live: Held, given: Held, taken: Collection[str]) -> dict[str, str]:
    """SHA-256 → target for the members of *units*, which are sorted by their keys and all there are of some folders."""
    return _Names(live, given, taken).give(units)


def _rank(item: ExportItem) -> tuple[int, str]:
    return (_ROLES.index(item.role) if item.role in _ROLES else len(_ROLES), item.sha256)


def unit_of(leader: str, items: Iterable[ExportItem], name_of: NameOf) -> Unit:
    """The unit of *items*, which share the stem of *leader*. Raises :class:`PluginError` when *name_of* has no answer."""
    members = sorted(items, key=lambda item: (item.sha256 != leader, *_rank(item)))
    stem = _wanted_stem(members[0], name_of)
    # of several pictures of one second, the sub-second decides, and then something that never changes
    return Unit((fold(stem), members[0].taken_at or "", leader), stem, tuple(members))


def _wanted_stem(item: ExportItem, name_of: NameOf) -> str:
    answer = name_of(item)
    if answer is None:
        raise PluginError(f"no plugin answered name_export for '{item.name}'; is 'year_folders' loaded?")
    parts = [clean_part(part) for part in PurePosixPath(answer).parts if part != "/"]
    if not parts:
        raise PluginError(f"name_export gave an empty path for '{item.name}'")
    stem = parts[-1][: -len(item.ext)] if item.ext and parts[-1].lower().endswith(item.ext.lower()) else parts[-1]
    parts[-1] = clean_part(cut(stem, LONGEST_PART - _ROOM - len(item.ext.encode())))
    return "/".join(parts)


class _Names:
    """Gives every unit a stem that no other has; what was given before comes first."""

    def __init__(self, live: Held, given: Held, taken: Collection[str]) -> None:
        self._live, self._given = live, given
        self._taken = {fold(split_name(target)[0]) for target in taken}
        self._first_free: dict[str, int] = {}

    def give(self, units: Sequence[Unit]) -> dict[str, str]:
        """SHA-256 → target. Two units never share a stem, so two pictures never look like a pair."""
        targets: dict[str, str] = {}
        waiting = list(units)
        for stems_of in (lambda unit: _held(unit, self._live), lambda unit: _held(unit, self._given), self._fresh):
            left = []
            for unit in waiting:
                names = next((names for stem in stems_of(unit) if (names := self._names(unit, stem))), None)
                if names:
                    self._taken |= {fold(_without(names[item.sha256], item)) for item in unit.members}
                    targets |= names
                else:
                    left.append(unit)
            waiting = left
        return targets

    def _fresh(self, unit: Unit) -> Iterator[str]:
        start = self._first_free.get(unit.key[0], 1)
        while fold(_numbered(unit.stem, start)) in self._taken:
            start += 1
        self._first_free[unit.key[0]] = start  # a thousand pictures of one name must not each try a thousand
        return (_numbered(unit.stem, number) for number in count(start))

    def _names(self, unit: Unit, stem: str) -> dict[str, str] | None:
        """The members' targets under *stem*: the name it has, else the plain one, else one with its role.

        ``None`` when another unit has one of the stems. The primary comes first, whoever has the plain name now.
        """
        names: dict[str, str] = {}
        used: set[str] = set()
        held = {item.sha256: self._names_held(item, stem) for item in unit.members}
        for item in sorted(unit.members, key=lambda item: (_rank(item)[0], not held[item.sha256], item.sha256)):
            fresh = (_numbered(f"{stem}_{_role(item)}", number) + item.ext for number in count(1))
            choices = chain(held[item.sha256], [stem + item.ext], fresh)
            names[item.sha256] = next(target for target in choices if fold(target) not in used)
            used.add(fold(names[item.sha256]))
        stems = {fold(_without(names[item.sha256], item)) for item in unit.members}
        return None if stems & self._taken else names

    def _names_held(self, item: ExportItem, stem: str) -> list[str]:
        found = []
        for receipt in (*self._live.get(item.sha256, ()), *self._given.get(item.sha256, ())):
            own = _without(receipt.target, item)
            if receipt.target == own + item.ext and (own == stem or _fits(own, f"{stem}_{_role(item)}")):
                found.append(receipt.target)
        return found


def _held(unit: Unit, receipts: Held) -> Iterator[str]:
    """The stems that members of *unit* were given and that are still right."""
    for item in unit.members:
        for receipt in receipts.get(item.sha256, ()):
            stem = _without(receipt.target, item)
            for shorter in (stem, re.sub(rf"_{_role(item)}(_\d+)?\Z", "", stem)):
                if _fits(shorter, unit.stem):
                    yield shorter


def _fits(stem: str, wanted: str) -> bool:
    """Whether *stem* is *wanted* or one of ``wanted_2``, ``wanted_3`` …"""
    stem, wanted = fold(stem), fold(wanted)
    rest = stem[len(wanted) :]
    return stem.startswith(wanted) and (not rest or re.fullmatch(r"_([2-9]|[1-9]\d+)", rest, re.ASCII) is not None)


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}_{number}"


def _role(item: ExportItem) -> str:
    return re.sub(r"[^a-z0-9_]", "", item.role.lower())[:16] or "other"


def _without(target: str, item: ExportItem) -> str:
    """*target* without its extension."""
    if item.ext and target.lower().endswith(item.ext.lower()):
        return target[: -len(item.ext)]
    return split_name(target)[0]
