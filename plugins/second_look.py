"""Lay one picture over another and say how they differ: the second, independent look at pictures with like hashes.

From two sketches it finds the part of the one picture that the other shows (stretched and moved, brighter or darker) by
least squares, first coarse, then fine, and with little weight on what does not fit: a caption, a date stamp. What is
left over then tells copies from neighbours. A copy that was cropped shows a part of the original and nothing else; the
next frame of a burst shows a part and something new at its edge, if only by a hundredth. That is measured to about a
thousandth of the picture's side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mediaparser_plugins import alignment, sketches

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediaparser_plugins.sketches import Numbers

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
    for some, steps in ((np.flatnonzero(~close), alignment.SEARCH), (np.flatnonzero(close), ())):
        for at in range(0, len(some), _BATCH):
            batch = some[at : at + _BATCH]
            seen = _look(one[batch], other[batch], alignment.REFINE, lit=not steps)
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

    a, b = (
        np.where(alignment.is_low(waves), each[:, :waves, :waves], 0).reshape(len(each), -1)[:, 1:]
        for each in (one, other)
    )
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


def look_from(one: Numbers, other: Numbers, left: Numbers, top: Numbers) -> Verdict:
    """The same, for pictures of one size that overlap in part: *left* and *top* say about where the second begins."""
    import numpy as np

    start = np.column_stack((np.ones(len(one)), left, np.ones(len(one)), top))
    return _look(one, other, alignment.SEARCH[1:], start=start, reach=0.9)


def _look(
    one: Numbers,
    other: Numbers,
    steps: alignment.Steps,
    *,
    lit: bool = False,
    start: Numbers | None = None,
    reach: float = 0.4,
) -> Verdict:
    import numpy as np

    place, light = alignment.fit(one, other, steps, start=start, reach=reach, lit=lit)
    width, left, height, top = place.T
    grid = np.tile((np.arange(_PLACES) + 0.5) / _PLACES, (len(one), 1))
    x, y = width[:, None] * grid + left[:, None], height[:, None] * grid + top[:, None]
    seen, seen_x, seen_y = alignment.slopes(one, x, y)
    there, there_x, there_y = alignment.slopes(other, grid, grid)
    # what is near the edge of either is not told exactly by so few waves
    inner = (np.abs(grid - 0.5) <= 0.5 - _EDGE), (np.abs(x - 0.5) <= 0.5 - _EDGE), (np.abs(y - 0.5) <= 0.5 - _EDGE)
    both = (inner[0] & inner[1])[:, None, :] & (inner[0] & inner[2])[:, :, None]
    seen = light[:, 0, None, None] * seen + light[:, 1, None, None]
    rest = there - seen
    weight = both / (1 + (rest / alignment.GREY) ** 2) ** 2
    count = np.maximum(both.sum(axis=(1, 2)), 1)
    spread = np.sqrt(_mean(both, (there - _mean(both, there)[:, None, None]) ** 2))
    near = np.abs(rest) <= np.maximum(alignment.GREY, spread / 4)[:, None, None]
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
