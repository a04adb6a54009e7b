"""The bar above the gallery: how many pictures each month has, as shares an SVG can draw at any width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mediaparser_core.catalog.gallery import Month
from mediaparser_core.web import words

HEIGHT = 44.0  # pixels of the highest bar
_LEAST = 3.0  # a month with one picture must still be seen beside one with ten thousand
_MOST_MONTHS = 420  # bars that still can be told apart on a desk; a longer time is shown by years
_LABELS = 9


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
    first, last = int(min(counts)[:4]), int(max(counts)[:4])
    by_year = (last - first + 1) * 12 > _MOST_MONTHS
    if by_year:
        years: dict[str, int] = {}
        for name, count in counts.items():
            years[name[:4]] = years.get(name[:4], 0) + count
        counts = years
    steps = (last - first + 1) * (1 if by_year else 12)
    most = max(counts.values())
    found = []
    for name, count in counts.items():
        # pictures of which only the year is known stand in its first month
        place = (int(name[:4]) - first) * (1 if by_year else 12) + (int(name[5:7]) - 1 if len(name) > 4 else 0)
        height = max(_LEAST, HEIGHT * float(count / most) ** 0.5)  # the root, so that small months show
        found.append(
            Bar(name, words.when(name), count, round(100 * place / steps, 3), round(100 / steps, 3), round(height, 1))
        )
    apart = -(-(last - first + 1) // _LABELS)
    shown = [year for year in range(first, last + 1) if (last - year) % apart == 0]
    span = last - first + 1
    return found, [Label(str(year), round(100 * (year - first) / span, 3)) for year in shown]
