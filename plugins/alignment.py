"""Lay one picture over another by least squares: where it lies, how large, how much brighter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mediaparser_plugins import sketches

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediaparser_plugins.sketches import Numbers

Steps = Sequence[tuple[int, int, int]]  # waves, places on each side, rounds

SEARCH: Steps = ((8, 12, 6), (14, 20, 5), (24, 32, 5))  # coarse to fine
REFINE: Steps = ((16, 20, 3), (24, 28, 1))  # for two that lie on each other already
GREY = 10.0  # grey levels: what differs by more weighs less and less
_ROUND = 0.06  # of a side: the most that one round moves an edge
_SIZES, _LIGHTS = (0.7, 1.4), (0.3, 3.0)


def fit(
    one: Numbers, other: Numbers, steps: Steps, *, start: Numbers | None = None, reach: float = 0.4, lit: bool = False
) -> tuple[Numbers, Numbers]:
    """For each pair ``width, left, height, top`` of what *other* shows of *one*, and its contrast and brightness.

    Gauss-Newton steps, each pair by itself; four numbers of place and two of light are 6 unknowns a pair. *start* is
    where to begin, *reach* how far an edge may move; *lit*: they lie on each other, so their light can be compared first.
    """
    import numpy as np

    pairs = len(one)
    place = np.tile([1.0, 0.0, 1.0, 0.0], (pairs, 1)) if start is None else start.copy()
    light = np.tile([1.0, 0.0], (pairs, 1))
    if lit:
        a, b = (each.reshape(pairs, -1)[:, 1:] for each in (one, other))
        light[:, 0] = np.clip((a * b).sum(axis=1) / ((a * a).sum(axis=1) + 1e-9), *_LIGHTS)
        light[:, 1] = other[:, 0, 0] - light[:, 0] * one[:, 0, 0]
    unit = np.array([1, 1, 1, 1, 1 / 64, 1])  # contrast counts in 64ths, so that all unknowns are of one size
    calm = np.eye(6) * [1e-3, 1e-3, 1e-3, 1e-3, 1e-4, 1e-4]
    for waves, places, rounds in steps:
        low = is_low(waves)
        a, b = one[:, :waves, :waves] * low, other[:, :waves, :waves] * low
        grid = np.tile((np.arange(places) + 0.5) / places, (pairs, 1))
        target = slopes(b, grid, grid)[0]
        for _ in range(rounds):
            x, y = place[:, 0:1] * grid + place[:, 1:2], place[:, 2:3] * grid + place[:, 3:4]
            seen, right, down = slopes(a, x, y)
            contrast, bright = light[:, 0, None, None], light[:, 1, None, None]
            rest = target - (contrast * seen + bright)
            both = ((x >= 0) & (x <= 1))[:, None, :] & ((y >= 0) & (y <= 1))[:, :, None]
            weight = (both / (1 + (rest / GREY) ** 2)).reshape(pairs, -1, 1)
            right, down = contrast * right, contrast * down
            columns = (right * grid[:, None, :], right, down * grid[:, :, None], down, seen / 64, np.ones_like(seen))
            slope = np.stack(columns, axis=-1).reshape(pairs, -1, 6)
            weighed = np.swapaxes(slope * weight, 1, 2)
            normal = weighed @ slope
            normal += calm * (np.trace(normal, axis1=1, axis2=2) / 6 + 1e-6)[:, None, None]
            step = np.linalg.solve(normal, weighed @ rest.reshape(pairs, -1, 1))[:, :, 0] * unit
            place += np.clip(step[:, :4], -_ROUND, _ROUND)
            light += step[:, 4:]
            np.clip(place[:, 0::2], *_SIZES, out=place[:, 0::2])
            np.clip(place[:, 1::2], -reach, reach, out=place[:, 1::2])
            np.clip(light[:, 0], *_LIGHTS, out=light[:, 0])
    return place, light


def slopes(found: Numbers, x: Numbers, y: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Brightness at every *x* of every *y*, and how fast it grows to the right and downwards."""
    import numpy as np

    count = found.shape[1]
    across, across_slope = sketches.waves_at(x, count)
    down, down_slope = sketches.waves_at(y, count)
    rows = np.swapaxes(down, 1, 2) @ found
    return rows @ across, rows @ across_slope, np.swapaxes(down_slope, 1, 2) @ found @ across


def is_low(waves: int) -> NDArray[np.bool_]:
    """Which of the first *waves* down and across are low enough together to be in a sketch of that size."""
    import numpy as np

    each = np.arange(waves)
    return each[:, None] + each < waves
