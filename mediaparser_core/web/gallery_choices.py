"""The menus of the gallery: what one can filter by, with how many pictures that leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mediaparser_core.web.gallery_filters import KINDS, PLACES, STATES, Filters, camera_name
from mediaparser_core.web.words import LEVELS


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a menu: ``query`` is the gallery with it chosen, or without it when it is chosen already."""

    label: str
    count: int | None
    query: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One menu."""

    key: str
    title: str
    options: tuple[Option, ...]

    @property
    def chosen(self) -> bool:
        return any(option.chosen for option in self.options)


def choices(
    filters: Filters, facets: Mapping[str, Sequence[tuple[Any, int]]], tags: Sequence[tuple[str, int]]
) -> list[Choice]:
    """The menus for what *facets* found; one that offers nothing is left out."""
    counts = {facet: dict(values) for facet, values in facets.items()}
    placed = counts.get("placed", {})
    menus = [
        Choice("kind", "Kind", _plain(filters, "kind", KINDS, counts.get("kind", {}))),
        Choice("camera", "Camera", _cameras(filters, facets.get("camera", ()))),
        Choice("tag", "Tag", _tags(filters, tags)),
        Choice("level", "Date", _plain(filters, "level", LEVELS, counts.get("level", {}))),
        Choice("place", "Place", _plain(filters, "place", PLACES, {"yes": placed.get(1, 0), "no": placed.get(0, 0)})),
        Choice("state", "State", _plain(filters, "state", STATES, counts.get("state", {}), always=("all",))),
    ]  # fmt: skip
    return [menu for menu in menus if len(menu.options) > 1 or menu.chosen]


def _plain(
    filters: Filters, name: str, known: Mapping[str, str], counts: Mapping[Any, int], always: Sequence[str] = ()
) -> tuple[Option, ...]:
    found = []
    for value, label in known.items():
        chosen = getattr(filters, name) == value
        if counts.get(value) or chosen or (value in always and counts):
            query = filters.but(name, "" if chosen else value).query()
            found.append(Option(label.capitalize(), None if value in always else counts.get(value, 0), query, chosen))
    return tuple(found)


def _cameras(filters: Filters, found: Sequence[tuple[tuple[str, str], int]]) -> tuple[Option, ...]:
    here = None if filters.make is None else (filters.make, filters.model or "")
    if here is not None and here not in dict(found):
        found = [(here, 0), *found]
    return tuple(
        Option(
            camera_name(make, model).capitalize() if not (make or model) else camera_name(make, model),
            count,
            replace(filters, make=None, model=None).query()
            if (make, model) == here
            else replace(filters, make=make, model=model).query(),
            (make, model) == here,
        )
        for (make, model), count in found
    )


def _tags(filters: Filters, found: Sequence[tuple[str, int]]) -> tuple[Option, ...]:
    # how many of the other filters' pictures have a tag would have to be counted: a number that is not right is none
    alone, known = filters == Filters(), dict(found)

    def without_or_with(tag: str) -> str:
        others = tuple(each for each in filters.tags if each != tag)
        return replace(filters, tags=others if tag in filters.tags else (*others, tag)).query()

    every = [*(tag for tag in filters.tags if tag not in known), *known]
    return tuple(
        Option(tag, known.get(tag) if alone else None, without_or_with(tag), tag in filters.tags) for tag in every
    )
