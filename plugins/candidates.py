"""Find the pairs of pictures that are worth a second look, by hashes that are near: exactly, and without all pairs.

Four ways lead to a pair. Their pHashes are near (or their dHashes, which a caption moves less); the hashes that no turning
changes are near; one's pHash is near that of a part of the other, as if it had been cut out; or nothing of all that, but
camera and moment, or the data of the picture, are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from mediaparser_plugins import hamming
from mediaparser_plugins.look_tables import Table, far_in_bits, may_be_one

if TYPE_CHECKING:  # pragma: no cover - only for annotations
    import numpy as np
    from numpy.typing import NDArray

    from mediaparser_plugins.look_tables import Flags, Indices

UPRIGHT, TURNED, PART, SAME = 1, 2, 4, 8  # what speaks for a pair; several may

DHASH_DISTANCE = 8  # bits: finds what a caption moved out of pHash's reach
TURNS_DISTANCE = 6  # … turned copies are within 4
FAR = 104  # bits of 256: a captioned copy is within 88; unrelated pictures with near hashes begin at about 100
CROPPED = 0.15  # width : height may differ that much, as a logarithm, where a tenth was cut off on one side
CROWD = 100_000  # pictures: the parts of more are compared less generously, for strangers grow with the square
CROWDED_DISTANCE = 8
MOST = 1 << 22  # pairs that wait to be thinned out
NEIGHBOURS = 100  # pairs kept for one picture: ten thousand frames of one webcam need no 50 million


class Candidates(NamedTuple):
    """Pairs of rows of a table, *i* before *j*, each once; how far they are in bits; what speaks for them."""

    i: Indices
    j: Indices
    phash: Indices
    wide: Indices
    ways: Indices


def find(table: Table, radius: int, new: Flags | None = None) -> Candidates:
    """All pairs worth a look; with *new*, those that have at least one of these."""
    import numpy as np

    nothing = np.empty(0, dtype=np.int64)
    found = [Candidates(*[nothing] * 5)]
    count = 0
    for way, i, j in _ways(table, radius, _crowds(table, new)):
        low, high = np.minimum(i, j), np.maximum(i, j)
        phash, wide = far_in_bits(table, low, high)
        good = may_be_one(table, low, high)
        if way == UPRIGHT:
            good &= wide <= FAR
        elif way == PART:
            with np.errstate(invalid="ignore"):
                good &= ~(np.abs(np.log(table.shape[low] / table.shape[high])) > CROPPED)
        ways = np.full(len(low), way, dtype=np.int64)
        found.append(Candidates(*(column[good] for column in (low, high, phash, wide, ways))))
        count += len(found[-1].i)
        if count > MOST:  # so many are alike that they must be thinned out on the way
            found, count = [_nearest(found)], 0
    return _nearest(found)


def _crowds(table: Table, new: Flags | None) -> Flags | None:
    """*new*, with all of whatever has one hash in common with very many others and with a new one.

    Of such a crowd everybody keeps the next few only; who they are can change with each one that comes.
    """
    import numpy as np

    if new is None:
        return None
    for hashes in (table.phash, table.dhash, table.turns):
        _, place, count = np.unique(hashes, return_inverse=True, return_counts=True)
        crowded = (count > NEIGHBOURS) & (np.bincount(place, weights=new) > 0)
        new = new | crowded[place]
    return new


def _ways(table: Table, radius: int, new: Flags | None) -> Iterator[tuple[int, Indices, Indices]]:
    import numpy as np

    everything = np.ones(len(table.phash), dtype=bool)
    bits = np.bitwise_count(table.dhash)
    telling = table.has[:, 0] & (bits >= 4) & (bits <= 60)  # a plain gradient says nothing
    timed = table.fraction & (table.moment % 1_000_000 != 0) & (table.camera >= 0)
    few = min(radius, CROWDED_DISTANCE) if len(everything) > CROWD else radius
    for way, values, some, within in (
        (UPRIGHT, table.phash, everything, few),
        (UPRIGHT, table.dhash, telling, min(radius, DHASH_DISTANCE)),
        (TURNED, table.turns, table.has[:, 2], min(radius, TURNS_DISTANCE)),
        (SAME, table.moment.astype(np.uint64), timed, 0),
        (SAME, np.maximum(table.data, 0).astype(np.uint64), table.data >= 0, 0),
    ):
        for i, j in _among(values, some, within, new):
            yield way, i, j
    for place in range(table.parts.shape[1]):
        for i, j in _across(table.parts[:, place], table.phash, table.has[:, 3], few, new):
            yield PART, i, j


def _among(
    values: NDArray[np.uint64], some: Flags, radius: int, new: Flags | None
) -> Iterator[tuple[Indices, Indices]]:
    """Pairs of rows among *some* whose *values* are near."""
    import numpy as np

    rows = np.flatnonzero(some if new is None else some & new)
    for i, j, _ in hamming.chunks_within(values[rows], radius, most=NEIGHBOURS):
        yield rows[i], rows[j]
    if new is not None:
        old = np.flatnonzero(some & ~new)
        for i, j, _ in hamming.chunks_between(values[rows], values[old], radius, most=NEIGHBOURS):
            yield rows[i], old[j]


def _across(
    values: NDArray[np.uint64], others: NDArray[np.uint64], some: Flags, radius: int, new: Flags | None
) -> Iterator[tuple[Indices, Indices]]:
    """Pairs of rows among *some* where one's *values* are near the other's *others*."""
    import numpy as np

    every = np.flatnonzero(some)
    searches = [(every, every)]
    if new is not None:
        fresh, old = np.flatnonzero(some & new), np.flatnonzero(some & ~new)
        searches = [(fresh, every), (old, fresh)]
    for left, right in searches:
        one, other = (left, right) if len(left) <= len(right) else (right, left)
        a, b = (values, others) if one is left else (others, values)
        for i, j, _ in hamming.chunks_between(a[one], b[other], radius, most=NEIGHBOURS):
            apart = one[i] != other[j]
            yield one[i][apart], other[j][apart]


def _nearest(parts: list[Candidates]) -> Candidates:
    """Each pair once, with all that speaks for it; those that are among the nearest ``NEIGHBOURS`` of either picture."""
    import numpy as np

    i, j, phash, wide, ways = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((j, i))
    i, j, phash, wide, ways = i[order], j[order], phash[order], wide[order], ways[order]
    if not len(i):
        return Candidates(i, j, phash, wide, ways)
    first = np.flatnonzero(np.concatenate(([True], (i[1:] != i[:-1]) | (j[1:] != j[:-1]))))
    ways = np.bitwise_or.reduceat(ways, first)
    i, j, phash, wide = i[first], j[first], phash[first], wide[first]
    mine, theirs = np.concatenate((i, j)), np.concatenate((j, i))
    # among the equally near everybody keeps the next ones in the circle, so that not all keep the same few
    order = np.lexsort(((theirs - mine) % (mine.max() + 1), np.concatenate((wide, wide)), mine))
    rank = np.arange(len(order)) - np.searchsorted(mine[order], mine[order], side="left")
    keep = np.zeros(len(i), dtype=bool)
    keep[order[rank < NEIGHBOURS] % len(i)] = True
    return Candidates(i[keep], j[keep], phash[keep], wide[keep], ways[keep])
