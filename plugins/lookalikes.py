"""Pair pictures that are the same picture: resized, recompressed, converted, stripped, brightened, turned by a flag.

Candidates are all pairs whose 64-bit hashes are near (pHash within ``similar_distance``, or dHash); the 256-bit pHash
decides, because on pages of text and fixed cameras 64 bits are not enough. What pixels cannot tell (a small change and
the next frame of a burst are the same thing to them) the clock does: two files that each name a camera and a second,
and not the same one, are two pictures; the same hundredth of a second of one camera is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Look, Match
from mediaparser_core.settings import Settings
from mediaparser_plugins import hamming, shots

if TYPE_CHECKING:  # pragma: no cover - only for annotations
    import numpy as np
    from numpy.typing import NDArray

    Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]

DHASH_DISTANCE = 8  # bits: finds what a caption moved out of pHash's reach
SURE = 4.8  # bits of 256 for each bit of ``similar_distance``: 48 where that is 10
STRICT = 3.2  # 32 of 256: no two pages of text are that near, letters with little on them come to 40
FAR = 80  # bits of 256 above which unrelated pictures meet, whatever the setting says
SAME_SHAPE = 0.02  # width : height may differ that much by rounding
SMALL_CROP = 0.10  # … and that much by cropping, for a picture that is otherwise strictly the same
NEIGHBOURS = 100  # look-alikes kept for one picture: ten thousand frames of one webcam need no 50 million pairs


class Table(NamedTuple):
    """The looks that can be compared, sorted by SHA-256, one array a column."""

    looks: list[Look]
    phash: NDArray[np.uint64]
    dhash: NDArray[np.uint64]
    wide: NDArray[np.uint64]  # four words of the 256-bit pHash
    has: NDArray[np.bool_]  # columns: dhash, 256-bit pHash
    shape: NDArray[np.float64]  # width : height as displayed; not a number where unknown
    page: NDArray[np.bool_]  # of a screen
    duration: NDArray[np.float64]  # seconds; -1 for pictures
    camera: NDArray[np.int64]  # -1: unknown
    moment: NDArray[np.int64]  # microseconds; -1: not known to the second
    fraction: NDArray[np.bool_]
    bundle: NDArray[np.int64]  # -1: none


@hookimpl
def match(assets: Sequence[Look], settings: Settings) -> Iterable[Match]:
    import numpy as np

    table = tabulate(assets)
    if len(table.looks) < 2:
        return []
    nothing = np.empty(0, dtype=np.int64)
    near: list[Pairs] = [(nothing, nothing, nothing, nothing)]
    count = 0
    for pairs in _candidates(table, settings.similar_distance):
        near.append(_accepted(table, pairs, settings.similar_distance))
        count += len(near[-1][0])
        if count > 4 * hamming.CHUNK:  # so many are alike that they must be thinned out on the way
            near, count = [_nearest(near)], 0
    return [
        Match(table.looks[i].sha256, table.looks[j].sha256, "similar", float(bits), round(0.99 - 0.3 * wide / 48, 3))
        for i, j, bits, wide in zip(*(column.tolist() for column in _nearest(near)), strict=True)
    ]


def is_flat(look: Look) -> bool:
    """Whether the picture has too little in it to be recognised: one colour, a plain gradient, a black frame.

    pHash compares with the median, so half of its bits are set unless most coefficients are equal.
    """
    if look.flat or look.phash is None:
        return True
    wide = look.phash256
    return not (24 <= look.phash.bit_count() <= 40 and (wide is None or 96 <= wide.bit_count() <= 160))


def tabulate(assets: Sequence[Look]) -> Table:
    """The looks among *assets* that can be compared, as columns. Hashes that are not of their size count as missing."""
    import numpy as np

    looks = [look for look in assets if not is_flat(look) and _is(look.phash, 64)]
    looks = sorted((look for look in looks if look.kind == "image" or (look.duration or 0) > 0), key=_sha256)
    moments = [shots.moment(look) for look in looks]
    cameras: dict[tuple[str, str] | None, int] = {None: -1}
    wide = b"".join(_or_zero(look.phash256, 256).to_bytes(32, "big") for look in looks)
    return Table(
        looks=looks,
        phash=np.array([look.phash for look in looks], dtype=np.uint64),
        dhash=np.array([_or_zero(look.dhash, 64) for look in looks], dtype=np.uint64),
        wide=np.frombuffer(wide, dtype=">u8").astype(np.uint64).reshape(-1, 4),
        has=np.array([(_is(look.dhash, 64), _is(look.phash256, 256)) for look in looks], dtype=bool).reshape(-1, 2),
        shape=np.array([_shape(look) for look in looks], dtype=np.float64),
        page=np.array([shots.is_screenshot(look) for look in looks], dtype=bool),
        duration=np.array([look.duration if look.kind == "video" else -1.0 for look in looks], dtype=np.float64),
        camera=np.array([cameras.setdefault(shots.camera(look), len(cameras)) for look in looks], dtype=np.int64),
        moment=np.array([m.microseconds if m else -1 for m in moments], dtype=np.int64),
        fraction=np.array([bool(m and m.fraction) for m in moments], dtype=bool),
        bundle=np.array([-1 if look.bundle_id is None else look.bundle_id for look in looks], dtype=np.int64),
    )


def _candidates(table: Table, radius: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Pairs worth a closer look, some of them more than once."""
    import numpy as np

    for i, j, _ in hamming.chunks_within(table.phash, radius, most=NEIGHBOURS):
        yield i, j
    bits = np.bitwise_count(table.dhash)
    telling = np.flatnonzero(table.has[:, 0] & (bits >= 4) & (bits <= 60))  # a plain gradient says nothing
    for i, j, _ in hamming.chunks_within(table.dhash[telling], min(radius, DHASH_DISTANCE), most=NEIGHBOURS):
        yield telling[i], telling[j]
    timed = np.flatnonzero(table.fraction & (table.moment % 1_000_000 != 0))
    for i, j, _ in hamming.chunks_within(table.moment[timed].astype(np.uint64), 0, most=NEIGHBOURS):
        yield timed[i], timed[j]


def _accepted(table: Table, pairs: tuple[NDArray[np.int64], NDArray[np.int64]], radius: int) -> Pairs:
    """Of the candidate *pairs* those that are the same picture, with their distances in bits of 64 and of 256."""
    import numpy as np

    i, j = pairs
    phash = np.bitwise_count(table.phash[i] ^ table.phash[j]).astype(np.int64)
    dhash = np.bitwise_count(table.dhash[i] ^ table.dhash[j]).astype(np.int64)
    wide = np.bitwise_count(table.wide[i] ^ table.wide[j]).sum(axis=1, dtype=np.int64)
    # a picture without its 256-bit hash: both small ones must be near, each bit of theirs counts for four
    known = table.has[i] & table.has[j]
    wide = np.where(known[:, 1], wide, 4 * np.where(known[:, 0], np.maximum(phash, dhash), 64))
    one_shot, two_shots = _what_the_clock_says(table, i, j)
    wide = np.where(one_shot, wide // 2, wide)  # a crop or a caption then: what differs counts half

    with np.errstate(invalid="ignore"):
        stretch = np.abs(np.log(table.shape[i] / table.shape[j]))
    # without a camera on either side it may be two pages: they are all alike to the small hashes
    strict = table.page[i] | table.page[j] | ((table.camera[i] < 0) & (table.camera[j] < 0))
    strict |= ~((stretch <= SAME_SHAPE) | one_shot)
    right = wide <= np.minimum(FAR, np.floor(np.where(strict, STRICT, SURE) * radius))
    right &= ~(stretch > SMALL_CROP)
    right &= (table.bundle[i] != table.bundle[j]) | (table.bundle[i] < 0)

    long, short = np.maximum(table.duration[i], table.duration[j]), np.minimum(table.duration[i], table.duration[j])
    # a re-encoded video may gain or lose a frame or two; pictures have -1 and are never within that of a video
    right &= (long - short <= np.maximum(0.02 * long, 0.2)) & ((long < 0) == (short < 0))

    right &= ~two_shots
    return i[right], j[right], phash[right], wide[right]


def _what_the_clock_says(
    table: Table, i: NDArray[np.int64], j: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which pairs are one shot for sure, by camera and moment, and which are two; the others may be either."""
    import numpy as np

    one, other = table.moment[i], table.moment[j]
    told = (table.camera[i] >= 0) & (table.camera[j] >= 0) & (one >= 0) & (other >= 0)
    precise = table.fraction[i] & table.fraction[j]
    slack = (table.fraction[i] != table.fraction[j]).astype(np.int64)
    # two cameras at two moments are two shots all the more; two at the same moment: some tool may have renamed one
    two = told & np.where(precise, one != other, np.abs(one // 1_000_000 - other // 1_000_000) > slack)  # are_two_shots
    # a fraction of nought is what some cameras always write
    same = told & precise & (one == other) & (table.camera[i] == table.camera[j]) & (one % 1_000_000 != 0)
    return same, two


def _nearest(parts: Sequence[Pairs]) -> Pairs:
    """The pairs that are among the nearest ``NEIGHBOURS`` of either picture, sorted."""
    import numpy as np

    i, j, bits, wide = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((j, i))
    i, j, bits, wide = i[order], j[order], bits[order], wide[order]
    once = np.ones(len(i), dtype=bool)
    once[1:] = (i[1:] != i[:-1]) | (j[1:] != j[:-1])
    i, j, bits, wide = i[once], j[once], bits[once], wide[once]
    keep = np.zeros(len(i), dtype=bool)
    mine, theirs = np.concatenate((i, j)), np.concatenate((j, i))
    # among the equally near everybody keeps the next ones in the circle, so that not all keep the same few
    order = np.lexsort(((theirs - mine) % (mine.max(initial=0) + 1), np.concatenate((wide, wide)), mine))
    rank = np.arange(len(order)) - np.searchsorted(mine[order], mine[order], side="left")
    keep[order[rank < NEIGHBOURS] % max(len(i), 1)] = True
    return i[keep], j[keep], bits[keep], wide[keep]


def _is(value: int | None, bits: int) -> bool:
    return value is not None and 0 <= value < 1 << bits


def _or_zero(value: int | None, bits: int) -> int:
    return value if value is not None and _is(value, bits) else 0


def _sha256(look: Look) -> str:
    return look.sha256


def _shape(look: Look) -> float:
    if not look.width or not look.height or look.width < 0 or look.height < 0:
        return float("nan")
    ratio = look.width / look.height
    return 1 / ratio if (look.orientation or 1) >= 5 else ratio
