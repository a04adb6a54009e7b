"""The bar above the gallery: how many pictures each month has, as shares an SVG can draw at any width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mediaparser_core.catalog.gallery import Month
from mediaparser_core.web import words

HEIGHT = 44.0  # pixels of the highest bar
_LEAST = 3.0  # a month with one picture must still be seen beside one with ten thousand
_MOST_MONTHS = 720  # bars that still can be told apart on a desk; a longer time is shown by years
_LONG_GAP = 8  # years without a picture
_APART = 11.0  # per cent between two labels, for a phone's width


@dataclass(frozen=True, slots=True)
class Bar:
    """One month or year with pictures; ``x`` and ``width`` are per cent of the whole."""

    at: str
    title: str
    count: int
    x: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Label:
    """The name of a year below the bars, at ``x`` per cent."""

    text: str
    x: float


def bars(months: Sequence[Month]) -> tuple[list[Bar], list[Label]]:
    """Bars for all months that have wanted pictures, and a few years to find one's way by; undated ones are left out."""
    counts: dict[str, int] = {}
    for month in months:
        if month.pictures and month.month[:4].isdigit() and len(month.month) >= 4:
            counts[month.month] = month.pictures
    if not counts:
        return [], []
    axis = _axis({int(name[:4]) for name in counts})
    by_year = len(axis) * 12 > _MOST_MONTHS
    if by_year:
        years: dict[str, int] = {}
        for name, count in counts.items():
            years[name[:4]] = years.get(name[:4], 0) + count
        counts = years
    most, year_width = max(counts.values()), 100 / len(axis)
    width = year_width if by_year else year_width / 12
    found = []
    for name, count in counts.items():
        # pictures of which only the year is known stand in its first month
        x = axis[int(name[:4])] * year_width + (int(name[5:7]) - 1 if len(name) > 4 else 0) * width
        height = max(_LEAST, HEIGHT * float(count / most) ** 0.5)  # the root, so that small months show
        found.append(Bar(name, words.when(name), count, round(x, 3), round(width, 3), round(height, 1)))
    return found, _labels(axis, year_width)


def _axis(years: set[int]) -> dict[int, int]:
    """Where each year stands, counted from the first. A long time without pictures is as narrow as two years."""
    axis: dict[int, int] = {}
    place = -1
    for year in sorted(years):
        before = max(axis, default=year - 1)
        if year - before <= _LONG_GAP:
            for between in range(before + 1, year):
                place += 1
                axis[between] = place
        else:
            place += 2
            # two places without a year: keys that are no years keep them
            axis |= {-before: place - 1, -before - 1: place}
        place += 1
        axis[year] = place
    return axis


def _labels(axis: dict[int, int], year_width: float) -> list[Label]:
    """The last year, and as many before it as there is room for."""
    found: list[Label] = []
    for year, place in sorted(axis.items(), key=lambda each: -each[1]):
        x = place * year_width
        if year > 0 and (not found or found[-1].x - x >= _APART) and x <= 100 - _APART / 2:
            found.append(Label(str(year), round(x, 3)))
    return found[::-1]
