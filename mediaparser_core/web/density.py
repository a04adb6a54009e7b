"""Bars for how many pictures there are of each year, as numbers an SVG can draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 56
_LEAST = 2.0  # a year with one picture must still be seen beside one with ten thousand
_LABELS = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """One year: where its bar stands and how high it is (root of the count, so that small years show)."""

    year: str
    count: int
    x: float
    width: float
    height: float
    label: bool


def density(years: Sequence[tuple[str, int]], width: float = 1000.0) -> list[Bar]:
    """*years* with their counts as bars across *width*; empty years between them leave their gap (up to 150 years)."""
    counted = {int(year): count for year, count in years if year.isascii() and year.isdigit()}
    if not counted:
        return []
    first, last = min(counted), max(counted)
    every = range(first, last + 1) if last - first < 150 else sorted(counted)
    step = width / max(len(every), 12)
    most = max(counted.values())
    apart = max(1, -(-len(every) // _LABELS))
    return [
        Bar(
            f"{year:04d}",
            counted.get(year, 0),
            round(place * step, 2),
            round(step * 0.78, 2),
            round(max(_LEAST, HEIGHT * (counted[year] / most) ** 0.5), 2) if counted.get(year) else 0.0,
            (len(every) - 1 - place) % apart == 0,
        )
        for place, year in enumerate(every)
    ]
