"""Bars for how many pictures there are of each year, as numbers an SVG can draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 1000, 60
_LEAST = 3.0  # a year with one picture must still be seen beside one with ten thousand
_FEW = 8  # years across the page at least: three bars as wide as walls say nothing
_MANY = 150  # years that are drawn with their gaps; scans of paintings may go back further
_TICKS = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """One year: where its bar stands and how high it is (root of the count, so that small years show)."""

    year: str
    count: int
    x: float
    width: float
    height: float


def density(years: Sequence[tuple[str, int]]) -> list[Bar]:
    """*years* with their counts as bars across the width, years without a picture leaving their gap."""
    counted = {int(year): count for year, count in years if year.isascii() and year.isdigit()}
    if not counted:
        return []
    first, last = min(counted), max(counted)
    if last - first >= _MANY:
        every = sorted(counted)
    else:
        first = min(first, last - _FEW + 1)
        every = list(range(first, last + 1))
    step, most = WIDTH / len(every), max(counted.values())
    return [
        Bar(
            f"{year:04d}",
            counted.get(year, 0),
            round((place + 0.1) * step, 2),
            round(step * 0.8, 2),
            round(max(_LEAST, HEIGHT * (counted[year] / most) ** 0.5), 2) if counted.get(year) else 0.0,
        )
        for place, year in enumerate(every)
    ]


def ticks(bars: Sequence[Bar]) -> list[str]:
    """A few years at even distances, the first and the last among them."""
    if len(bars) < 2:
        return [bar.year for bar in bars]
    count = min(_TICKS, len(bars))
    return [bars[round(place * (len(bars) - 1) / (count - 1))].year for place in range(count)]
