"""Find every pair of 64-bit hashes that differ in few bits, without comparing all with all.

Multi-index hashing (Norouzi, Punjani, Fleet 2012): cut the 64 bits into pieces; two hashes within the radius agree
almost entirely in at least one piece, so only hashes with nearly the same piece are compared. Exact: no pair is missed.
With thresholds t that sum to ``radius - pieces + 1``, not every piece can differ in more than its t bits, for then the
total would exceed the radius.

Identical hashes are collapsed first (ten thousand black frames are one hash), and whatever grows with the number of
pairs is worked off in chunks, so memory stays bounded by the hashes and one chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, combinations, pairwise
from math import comb
from typing import TYPE_CHECKING

from mediaparser_plugins.side_by_side import side_by_side

if TYPE_CHECKING:  # pragma: no cover - only for annotations
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]
    Indices = NDArray[np.int64]
    Pairs = tuple[Indices, Indices, Indices]
    Meetings = Callable[[], Iterator[tuple[Indices, Indices]]]

BITS = 64
CHUNK = 1 << 16  # pairs at a time: the arrays of one chunk fit into the processor's caches and in any memory
_FEW = 1 << 20  # hashes in all the buckets near theirs: a table of 8 MB
PIECES = range(3, 9)  # three pieces have 22 bits: a table of 4 Mi buckets, 16 MB; two would need 16 GB


@dataclass(frozen=True, slots=True)
class Piece:
    """Some neighbouring bits of a hash, and in how many of them two hashes may differ to be compared."""

    shift: int
    width: int
    flips: int

    @property
    def mask(self) -> int:
        return (1 << self.width) - 1

    def masks(self) -> list[int]:
        """Every way to flip at most ``flips`` of its bits, fewest first; the first flips none."""
        chosen = chain.from_iterable(combinations(range(self.width), k) for k in range(self.flips + 1))
        return [sum(1 << bit for bit in bits) for bits in chosen]


def cut(count: int, radius: int) -> tuple[Piece, ...]:
    """The pieces with which *count* hashes are searched with the least work: probes plus expected comparisons.

    One piece of no width means that comparing all with all is the least work.
    """
    best: tuple[Piece, ...] = (Piece(0, 0, 0),)
    least = count / 2
    for pieces in PIECES:
        spare = radius - pieces + 1  # -1 flips: this piece need not be looked at
        flips = [spare // pieces + (place < spare % pieces) for place in range(pieces)]
        widths = [BITS // pieces + (place < BITS % pieces) for place in range(pieces)]
        work = sum(
            sum(comb(width, k) for k in range(flip + 1)) * (1 + count / 2**width) / 2
            for width, flip in zip(widths, flips, strict=True)
        )
        if work < least:
            shifts = [sum(widths[:place]) for place in range(pieces)]
            best, least = tuple(map(Piece, shifts, widths, flips)), work
    return best


def pairs_within(hashes: Hashes, radius: int) -> Pairs:
    """Indices i < j of every two *hashes* that differ in at most *radius* bits, and in how many, sorted by (i, j)."""
    return _gather(chunks_within(hashes, radius))


def pairs_between(new: Hashes, old: Hashes, radius: int) -> Pairs:
    """Index i into *new*, j into *old* and the distance of every pair within *radius* bits, sorted by (i, j)."""
    return _gather(chunks_between(new, old, radius))


def chunks_within(hashes: Hashes, radius: int, *, most: int | None = None) -> Iterator[Pairs]:
    """The pairs of :func:`pairs_within`, each once, in chunks of about a million and in no particular order.

    Where more than *most* hashes are identical, only *most* of them are paired with those of other hashes, and each with
    *most* of its own: their pairs grow with the square, and soon nobody wants to know them all.
    """
    import numpy as np

    unique, members = _collapse(hashes)
    yield from _twins(members, most)
    for left, right, distance in _search(unique, unique, radius, same=True):
        for i, j, d in _spread(members, left, members, right, distance, most):
            yield np.minimum(i, j), np.maximum(i, j), d


def chunks_between(new: Hashes, old: Hashes, radius: int, *, most: int | None = None) -> Iterator[Pairs]:
    """The pairs of :func:`pairs_between`, each once, in chunks of about a million and in no particular order.

    *most* is that of :func:`chunks_within`. A few *new* ones are compared with a million *old* ones in a moment.
    """
    few, few_members = _collapse(new)
    many, many_members = _collapse(old)
    for left, right, distance in _search(few, many, radius, same=False):
        yield from _spread(few_members, left, many_members, right, distance, most)


# -- identical hashes --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Members:
    """Which of the given hashes each distinct one stands for: ``order[start[u] : start[u + 1]]``."""

    order: Indices
    start: Indices


def _collapse(hashes: Hashes) -> tuple[Hashes, _Members]:
    import numpy as np

    hashes = np.ascontiguousarray(hashes, dtype=np.uint64)
    unique, inverse, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    order = np.argsort(inverse, kind="stable").astype(np.int64)
    return unique, _Members(order, np.concatenate(([0], np.cumsum(counts))).astype(np.int64))


def _twins(members: _Members, most: int | None) -> Iterator[Pairs]:
    """The pairs among the hashes that are identical."""
    import numpy as np

    place = np.arange(len(members.order), dtype=np.int64)
    end = np.repeat(members.start[1:], np.diff(members.start))
    for left, right in _expand(place, place + 1, end, most):
        yield members.order[left], members.order[right], np.zeros(len(left), dtype=np.int64)


def _spread(
    left: _Members, i: Indices, right: _Members, j: Indices, distance: Indices, most: int | None = None
) -> Iterator[Pairs]:
    """The pairs of distinct hashes as pairs of everything they stand for."""
    import numpy as np

    every = np.arange(len(i), dtype=np.int64)
    for pair, one in _expand(every, left.start[i], left.start[i + 1], most):
        other = j[pair]
        each = np.arange(len(pair), dtype=np.int64)
        for at, place in _expand(each, right.start[other], right.start[other + 1], most):
            yield left.order[one[at]], right.order[place], distance[pair[at]]


# -- distinct hashes ---------------------------------------------------------------------------------------------------


def _search(new: Hashes, old: Hashes, radius: int, *, same: bool) -> Iterator[Pairs]:
    """Pairs of distinct hashes within *radius*; with *same*, *new* is *old* and each unordered pair comes once."""
    pieces = cut(max(len(new), len(old)), radius)
    for number, piece in enumerate(pieces):
        if piece.flips >= 0:
            masks = piece.masks()
            if same:
                tasks = _among(new, piece, masks)
            elif len(new) * len(masks) <= max(len(old), _FEW):
                tasks = _spread_out(new, old, piece, masks)
            else:
                tasks = _sought(new, old, piece, masks)
            check = partial(_near, new, old, radius, pieces[:number])
            yield from side_by_side(partial(_checked, task, check) for task in tasks)


def _checked(task: Meetings, check: Callable[[Indices, Indices], Pairs]) -> Iterator[Pairs]:
    for left, right in task():
        found = check(left, right)
        if len(found[0]):
            yield found


def _near(new: Hashes, old: Hashes, radius: int, earlier: tuple[Piece, ...], left: Indices, right: Indices) -> Pairs:
    """Those of the pairs that are within *radius* and were not met in an *earlier* piece already."""
    import numpy as np

    differ = new[left] ^ old[right]
    distance = np.bitwise_count(differ)
    near = np.flatnonzero(distance <= radius)
    differ = differ[near]
    fresh = np.ones(len(near), dtype=bool)
    for piece in earlier:
        fresh &= np.bitwise_count((differ >> np.uint64(piece.shift)) & np.uint64(piece.mask)) > piece.flips
    near = near[fresh]
    return left[near], right[near], distance[near].astype(np.int64)


def _among(hashes: Hashes, piece: Piece, masks: list[int]) -> Iterator[Meetings]:
    """Hashes that meet each other in *piece*: each looks into the buckets next to its own."""
    import numpy as np

    order, keys = _sorted_by(hashes, piece)
    start = _starts(keys, piece)

    def meet(mask: int) -> Iterator[tuple[Indices, Indices]]:
        if mask:  # the other half of the buckets is met from the other side
            mine = np.flatnonzero(keys < (keys ^ mask))
            target = keys[mine] ^ mask
            first, last = start[target], start[target + 1]
        else:
            mine = np.arange(len(keys), dtype=np.int64)
            first, last = mine + 1, start[keys + 1]
        for left, right in _expand(mine, first, last):
            yield order[left], order[right]

    return (partial(meet, mask) for mask in masks)


def _sought(new: Hashes, old: Hashes, piece: Piece, masks: list[int]) -> Iterator[Meetings]:
    """*new* ones that look into the buckets of many *old* ones, and those next to them."""
    import numpy as np

    new_order, keys = _sorted_by(new, piece)
    old_order, old_keys = _sorted_by(old, piece)
    start, rows = _starts(old_keys, piece), np.arange(len(new), dtype=np.int64)

    def meet(mask: int) -> Iterator[tuple[Indices, Indices]]:
        target = keys ^ mask
        for left, right in _expand(rows, start[target], start[target + 1]):
            yield new_order[left], old_order[right]

    return (partial(meet, mask) for mask in masks)


def _spread_out(new: Hashes, old: Hashes, piece: Piece, masks: list[int]) -> Iterator[Meetings]:
    """A few *new* ones that lie in all buckets near theirs; every *old* one looks into its own bucket only."""
    import numpy as np

    keys = (_keys(new, piece)[:, None] ^ np.array(masks, dtype=np.int64)).ravel()
    order = np.argsort(keys, kind="stable")
    start, owner = _starts(keys[order], piece), order // len(masks)

    def meet(begin: int) -> Iterator[tuple[Indices, Indices]]:
        rows = np.arange(begin, min(begin + CHUNK, len(old)), dtype=np.int64)
        target = _keys(old[rows], piece)
        for right, left in _expand(rows, start[target], start[target + 1]):
            yield owner[left], right

    return (partial(meet, begin) for begin in range(0, len(old), CHUNK))


def _keys(hashes: Hashes, piece: Piece) -> Indices:
    import numpy as np

    return ((hashes >> np.uint64(piece.shift)) & np.uint64(piece.mask)).astype(np.int64)


def _sorted_by(hashes: Hashes, piece: Piece) -> tuple[Indices, Indices]:
    import numpy as np

    keys = _keys(hashes, piece)
    order = np.argsort(keys, kind="stable").astype(np.int64)
    return order, keys[order]


def _starts(keys: Indices, piece: Piece) -> Indices:
    """Where each bucket begins in sorted *keys*, and where the last one ends."""
    import numpy as np

    start: Indices = np.zeros((1 << piece.width) + 1, dtype=np.int32 if len(keys) < 1 << 31 else np.int64)
    step = min(1 << 18, 1 << piece.width)  # counted at a time
    edges = np.searchsorted(keys, np.arange(0, (1 << piece.width) + 1, step))
    for place, (low, high) in enumerate(pairwise(edges.tolist())):
        first = place * step
        counts = np.bincount(keys[low:high] - first, minlength=step)
        start[first + 1 : first + step + 1] = low + np.cumsum(counts)
    return start


def _expand(rows: Indices, first: Indices, last: Indices, most: int | None = None) -> Iterator[tuple[Indices, Indices]]:
    """Each of *rows* beside each number from its *first* up to its *last*, at most about ``CHUNK`` pairs at a time."""
    import numpy as np

    if most is not None:
        last = np.minimum(last, first + most)
    some = np.flatnonzero(last > first)
    rows, first, count = rows[some], first[some], (last - first)[some]
    done = np.cumsum(count)
    at = 0
    while at < len(rows):
        before = int(done[at - 1]) if at else 0
        to = max(at + 1, int(np.searchsorted(done, before + CHUNK, side="right")))
        part = count[at:to]
        total = int(done[to - 1]) - before
        # one running number over the whole chunk, moved to each row's first
        shift = np.repeat(first[at:to] - (done[at:to] - part - before), part)
        yield np.repeat(rows[at:to], part), np.arange(total, dtype=np.int64) + shift
        at = to


def _gather(chunks: Iterator[Pairs]) -> Pairs:
    import numpy as np

    parts = list(chunks)
    if not parts:
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing.copy(), nothing.copy()
    i, j, distance = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((j, i))
    return i[order], j[order], distance[order]
