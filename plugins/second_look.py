"""Lay one picture over another and say how they differ: the second, independent look at pictures with like hashes.

From two sketches it finds the part of the one picture that the other shows (stretched and moved, brighter or darker) by
least squares, first coarse, then fine, and with little weight on what does not fit: a caption, a date stamp. What is
left over then tells copies from neighbours. A copy that was cropped shows a part of the original and nothing else; the
next frame of a burst shows a part and something new at its edge, if only by a hundredth. That is measured to about a
thousandth of the picture's side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from mediaparser_plugins import sketches

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediaparser_plugins.sketches import Numbers

_STEPS = ((8, 12, 6), (14, 20, 5), (24, 32, 5))  # waves, places on each side, rounds: coarse to fine
_LAST_STEPS = ((16, 20, 3), (24, 28, 1))
_GREY = 10.0  # grey levels: what differs by more weighs less and less
_ROUND = 0.06  # of a side: the most that one round moves an edge
_BATCH = 256  # pairs at a time: what one round needs fits into the caches
_EDGE = 0.05  # of a side: near it a sketch of few waves is least exact
_PLACES = 32

TURNS = (  # mirrored first, then turned by so many quarters against the clock
    (False, 0), (False, 1), (False, 2), (False, 3), (True, 0), (True, 1), (True, 2), (True, 3),
)  # fmt: skip


class Verdict(NamedTuple):
    """How the second picture of each pair lies on the first; one number a pair in every column.

    The second one shows the first from ``left`` to ``left + width`` of its width, and so on. ``beyond``: by what share of
    a side each shows something that the other does not, the smaller of both (nothing: the one is a part of the other).
    ``off``: the larger of both (nothing: both show exactly the same). ``cover``: share of the places both show where they
    agree. ``alike`` and ``edges``: correlation of brightness and of its slopes, where what sticks out weighs little.
    """

    left: Numbers
    width: Numbers
    top: Numbers
    height: Numbers
    beyond: Numbers
    off: Numbers
    cover: Numbers
    alike: Numbers
    edges: Numbers


def look(one: Numbers, other: Numbers, close: NDArray[np.bool_] | None = None) -> Verdict:
    """Lay each of *other* over the same one of *one* (both as :func:`sketches.numbers` gives them).

    *close* marks those that are nearly the same already: they need no search for where they lie.
    """
    import numpy as np

    found = Verdict(*(np.empty(len(one)) for _ in Verdict._fields))
    close = np.zeros(len(one), dtype=bool) if close is None else close
    for some, steps in ((np.flatnonzero(~close), _STEPS), (np.flatnonzero(close), ())):
        for at in range(0, len(some), _BATCH):
            batch = some[at : at + _BATCH]
            seen = _look(one[batch], other[batch], _LAST_STEPS, lit=not steps)
            if steps:  # a caption may mislead the search; what lies where it is needs none
                sought = _look(one[batch], other[batch], steps)
                better = sought.cover > seen.cover
                seen = Verdict(*(np.where(better, new, old) for new, old in zip(sought, seen, strict=True)))
            for column, values in zip(found, seen, strict=True):
                column[batch] = values
    return found


def resemblance(one: Numbers, other: Numbers, waves: int = 12) -> Numbers:
    """Correlation of each two as they are, by their longest waves: cheap, and enough to refuse most strangers."""
    import numpy as np

    a, b = (np.where(_is_low(waves), each[:, :waves, :waves], 0).reshape(len(each), -1)[:, 1:] for each in (one, other))
    return (a * b).sum(axis=1) / np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1) + 1e-9)


def turned(found: Numbers, mirrored: bool, quarters: int) -> Numbers:
    """The numbers of the same pictures mirrored left to right, then turned by *quarters* against the clock."""
    import numpy as np

    sign = (-1.0) ** np.arange(found.shape[2])
    if mirrored:
        found = found * sign
    for _ in range(quarters):
        found = np.swapaxes(found, 1, 2) * sign[:, None]
    return found


def part(found: Numbers, left: float, top: float, share: float) -> Numbers:
    """The 8 longest waves each way of a part of each picture."""
    import numpy as np

    return np.asarray(sketches.cut(top, share) @ found @ sketches.cut(left, share).T)


def _is_low(waves: int) -> NDArray[np.bool_]:
    import numpy as np

    each = np.arange(waves)
    return each[:, None] + each < waves


def _look(one: Numbers, other: Numbers, steps: Sequence[tuple[int, int, int]], *, lit: bool = False) -> Verdict:
    import numpy as np

    place, light = _fit(one, other, steps, lit)
    width, left, height, top = place.T
    grid = np.tile((np.arange(_PLACES) + 0.5) / _PLACES, (len(one), 1))
    x, y = width[:, None] * grid + left[:, None], height[:, None] * grid + top[:, None]
    seen, seen_x, seen_y = _slopes(one, x, y)
    there, there_x, there_y = _slopes(other, grid, grid)
    # what is near the edge of either is not told exactly by so few waves
    inner = (np.abs(grid - 0.5) <= 0.5 - _EDGE), (np.abs(x - 0.5) <= 0.5 - _EDGE), (np.abs(y - 0.5) <= 0.5 - _EDGE)
    both = (inner[0] & inner[1])[:, None, :] & (inner[0] & inner[2])[:, :, None]
    seen = light[:, 0, None, None] * seen + light[:, 1, None, None]
    rest = there - seen
    weight = both / (1 + (rest / _GREY) ** 2) ** 2
    count = np.maximum(both.sum(axis=(1, 2)), 1)
    spread = np.sqrt(_mean(both, (there - _mean(both, there)[:, None, None]) ** 2))
    near = np.abs(rest) <= np.maximum(_GREY, spread / 4)[:, None, None]
    slope = seen_x * width[:, None, None], seen_y * height[:, None, None]
    edges = _correlation(
        np.concatenate((weight, weight), axis=1),
        np.concatenate((there_x, there_y), axis=1),
        np.concatenate(slope, axis=1),
    )
    new = np.maximum.reduce([-left, left + width - 1, -top, top + height - 1])
    lost = np.maximum.reduce([left / width, (1 - left - width) / width, top / height, (1 - top - height) / height])
    new, lost = np.maximum(new, 0), np.maximum(lost, 0)
    return Verdict(
        left=left, width=width, top=top, height=height, beyond=np.minimum(new, lost), off=np.maximum(new, lost),
        cover=(near & both).sum(axis=(1, 2)) / count, alike=_correlation(weight, there, seen), edges=edges,
    )  # fmt: skip


def _mean(weight: Numbers | NDArray[np.bool_], values: Numbers) -> Numbers:
    import numpy as np

    total = np.maximum(weight.sum(axis=(1, 2)), 1e-9)
    return np.asarray((weight * values).sum(axis=(1, 2)) / total)


def _correlation(weight: Numbers, one: Numbers, other: Numbers) -> Numbers:
    import numpy as np

    one, other = one - _mean(weight, one)[:, None, None], other - _mean(weight, other)[:, None, None]
    return np.asarray(_mean(weight, one * other) / np.sqrt(_mean(weight, one**2) * _mean(weight, other**2) + 1e-9))


def _slopes(found: Numbers, x: Numbers, y: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Brightness at every *x* of every *y*, and how fast it grows to the right and downwards."""
    import numpy as np

    count = found.shape[1]
    across, across_slope = sketches.waves_at(x, count)
    down, down_slope = sketches.waves_at(y, count)
    rows = np.swapaxes(down, 1, 2) @ found
    return rows @ across, rows @ across_slope, np.swapaxes(down_slope, 1, 2) @ found @ across


def _fit(one: Numbers, other: Numbers, steps: Sequence[tuple[int, int, int]], lit: bool) -> tuple[Numbers, Numbers]:
    """For each pair ``width, left, height, top`` of what *other* shows of *one*, and its contrast and brightness.

    Gauss-Newton steps, each pair by itself; four numbers of place and two of light are 6 unknowns a pair.
    """
    import numpy as np

    pairs = len(one)
    place, light = np.tile([1.0, 0.0, 1.0, 0.0], (pairs, 1)), np.tile([1.0, 0.0], (pairs, 1))
    if lit:  # they lie on each other, so their light can be compared at once
        a, b = (each.reshape(pairs, -1)[:, 1:] for each in (one, other))
        light[:, 0] = np.clip((a * b).sum(axis=1) / ((a * a).sum(axis=1) + 1e-9), 0.3, 3.0)
        light[:, 1] = other[:, 0, 0] - light[:, 0] * one[:, 0, 0]
    unit = np.array([1, 1, 1, 1, 1 / 64, 1])  # contrast counts in 64ths, so that all unknowns are of one size
    calm = np.eye(6) * [1e-3, 1e-3, 1e-3, 1e-3, 1e-4, 1e-4]
    for waves, places, rounds in steps:
        low = _is_low(waves)
        a, b = one[:, :waves, :waves] * low, other[:, :waves, :waves] * low
        grid = np.tile((np.arange(places) + 0.5) / places, (pairs, 1))
        target = _slopes(b, grid, grid)[0]
        for _ in range(rounds):
            x, y = place[:, 0:1] * grid + place[:, 1:2], place[:, 2:3] * grid + place[:, 3:4]
            seen, right, down = _slopes(a, x, y)
            contrast, bright = light[:, 0, None, None], light[:, 1, None, None]
            rest = target - (contrast * seen + bright)
            both = ((x >= 0) & (x <= 1))[:, None, :] & ((y >= 0) & (y <= 1))[:, :, None]
            weight = (both / (1 + (rest / _GREY) ** 2)).reshape(pairs, -1, 1)
            right, down = contrast * right, contrast * down
            columns = (right * grid[:, None, :], right, down * grid[:, :, None], down, seen / 64, np.ones_like(seen))
            slope = np.stack(columns, axis=-1).reshape(pairs, -1, 6)
            weighed = np.swapaxes(slope * weight, 1, 2)
            normal = weighed @ slope
            normal += calm * (np.trace(normal, axis1=1, axis2=2) / 6 + 1e-6)[:, None, None]
            step = np.linalg.solve(normal, weighed @ rest.reshape(pairs, -1, 1))[:, :, 0] * unit
            place += np.clip(step[:, :4], -_ROUND, _ROUND)
            light += step[:, 4:]
            np.clip(place[:, 0::2], 0.7, 1.4, out=place[:, 0::2])
            np.clip(place[:, 1::2], -0.4, 0.4, out=place[:, 1::2])
            np.clip(light[:, 0], 0.3, 3.0, out=light[:, 0])
    return place, light
