"""Places on the Web Mercator square: degrees ↔ spots, and the squares that gather them at each level."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

SPOT_LEVEL = 22  # 2**22 spots around the world: 9.6 m at the equator, less elsewhere
BAND_LEVEL = 15  # spots are kept by bands of 128 rows, so that any window is a few short ranges
CELL_LEVEL = 14  # up to here squares are counted beforehand
WORLD = 1 << SPOT_LEVEL
_NORTHMOST = 85.05112877980659  # where the square ends
_SQUARE = re.compile(r"(\d{1,2})/(\d{1,8})/(\d{1,8})", re.ASCII)


def spot(latitude: float, longitude: float) -> tuple[int, int]:
    """``(x, y)`` of the spot that holds a place; what lies beyond the square is moved to its edge."""
    latitude = max(-_NORTHMOST, min(_NORTHMOST, latitude))
    x = (longitude + 180) / 360
    y = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2
    return int(x % 1 * WORLD) if x != 1 else WORLD - 1, max(0, min(WORLD - 1, int(y * WORLD)))


def degrees(x: float, y: float) -> tuple[float, float]:
    """``(latitude, longitude)`` of a point of the square, in spots."""
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / WORLD)))), x / WORLD * 360 - 180


def is_place(latitude: object, longitude: object) -> bool:
    """Whether these are degrees, and not the 0/0 of a receiver that had found nothing."""
    return (
        isinstance(latitude, (int, float))
        and isinstance(longitude, (int, float))
        and abs(latitude) <= 90
        and abs(longitude) <= 180
        and (latitude, longitude) != (0, 0)
    )


@dataclass(frozen=True, slots=True)
class Square:
    """One square of the grid: the world has 2**level of them each way."""

    level: int
    x: int
    y: int

    @property
    def shift(self) -> int:
        return SPOT_LEVEL - self.level

    @property
    def xs(self) -> tuple[int, int]:
        """The first and the last spot in it, from west to east."""
        return self.x << self.shift, ((self.x + 1) << self.shift) - 1

    @property
    def ys(self) -> tuple[int, int]:
        """The same from north to south."""
        return self.y << self.shift, ((self.y + 1) << self.shift) - 1

    def holds(self, latitude: object, longitude: object) -> bool:
        """Whether a place lies in it."""
        if not is_place(latitude, longitude):
            return False
        x, y = spot(float(latitude), float(longitude))  # type: ignore[arg-type]
        return (x >> self.shift, y >> self.shift) == (self.x, self.y)

    @property
    def middle(self) -> tuple[float, float]:
        """Latitude and longitude of its middle."""
        half = (1 << self.shift) / 2
        return degrees(self.xs[0] + half, self.ys[0] + half)

    def __str__(self) -> str:
        return f"{self.level}/{self.x}/{self.y}"


def read_square(text: str | None) -> Square | None:
    """``level/x/y`` as a square of the world, ``None`` for anything else."""
    found = _SQUARE.fullmatch(text or "")
    if found is None:
        return None
    level, x, y = map(int, found.groups())
    return Square(level, x, y) if level <= SPOT_LEVEL and max(x, y) < 1 << level else None
