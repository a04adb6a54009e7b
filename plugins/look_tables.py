"""Lay out the looks of many pictures as columns of numbers, so that pairs of them can be judged a million at a time."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from mediaparser_core.records import Look
from mediaparser_plugins import shots

if TYPE_CHECKING:  # pragma: no cover - only for annotations
    import numpy as np
    from numpy.typing import NDArray

    Indices = NDArray[np.int64]
    Flags = NDArray[np.bool_]

DRIFT = 1_000_000  # microseconds: what a copy loses that was rounded to a second
COUNTED = 50  # numbers of a camera's counter that belong to one second, at most


class Table(NamedTuple):
    """The looks that can be compared, sorted by SHA-256, one array a column. Codes are equal where the texts are."""

    sha256: list[str]
    phash: NDArray[np.uint64]
    dhash: NDArray[np.uint64]
    turns: NDArray[np.uint64]
    parts: NDArray[np.uint64]  # five a row
    wide: NDArray[np.uint64]  # four words of the 256-bit pHash
    has: Flags  # columns: dhash, 256-bit pHash, turns, parts
    shape: NDArray[np.float64]  # width : height as displayed; not a number where unknown
    pixels: NDArray[np.float64]  # width x height; 0 where unknown
    page: Flags  # of a screen
    video: Flags
    duration: NDArray[np.float64]  # seconds; -1 for pictures
    film: Indices  # code of what is known of its frames; 0 for one that does not move
    camera: Indices  # code; -1: unknown
    moment: Indices  # microseconds; -1: not known to the second
    fraction: Flags
    number: Indices  # of the camera's counter; -1: unknown
    bundle: Indices  # -1: none
    data: Indices  # code of the picture's data without metadata; -1: unknown
    films: list[str | None]  # of videos: what is known of their frames and sound


def tabulate(assets: Iterable[Look]) -> Table:
    """The looks among *assets* that can be compared, as columns. Hashes that are not of their size count as missing."""
    import numpy as np

    cameras, films, datas = _Codes(-1), _Codes(0), _Codes(-1)
    shas: list[str] = []
    told: list[str | None] = []
    bits: list[tuple[int, int, int]] = []
    wide, parts = bytearray(), bytearray()
    rows: list[tuple[object, ...]] = []
    for look in assets:
        if is_flat(look) or not _is(look.phash, 64) or (look.kind == "video" and not (look.duration or 0) > 0):
            continue
        moment = shots.moment(look)
        shas.append(look.sha256)
        told.append(look.film if look.kind == "video" else None)
        bits.append((_or_zero(look.phash, 64), _or_zero(look.dhash, 64), _or_zero(look.turns, 64)))
        wide += _or_zero(look.phash256, 256).to_bytes(32, "big")
        parts += _or_zero(look.parts, 320).to_bytes(40, "big")
        rows.append((
            _is(look.dhash, 64), _is(look.phash256, 256), _is(look.turns, 64), _is(look.parts, 320),
            _shape(look), (look.width or 0) * (look.height or 0), shots.is_screenshot(look), look.kind == "video",
            look.duration if look.kind == "video" else -1.0, films(look.film if look.kind == "image" else None),
            cameras(shots.camera(look)), moment.microseconds if moment else -1, bool(moment and moment.fraction),
            _number(look), -1 if look.bundle_id is None else look.bundle_id, datas(look.image_sha256),
        ))  # fmt: skip
    order = sorted(range(len(shas)), key=shas.__getitem__)
    columns = list(zip(*(rows[place] for place in order), strict=True)) or [()] * 16
    hashes = np.array([bits[place] for place in order], dtype=np.uint64).reshape(-1, 3)
    return Table(
        sha256=[shas[place] for place in order],
        phash=hashes[:, 0].copy(), dhash=hashes[:, 1].copy(), turns=hashes[:, 2].copy(),
        parts=np.frombuffer(bytes(parts), dtype=">u8").astype(np.uint64).reshape(-1, 5)[order],
        wide=np.frombuffer(bytes(wide), dtype=">u8").astype(np.uint64).reshape(-1, 4)[order],
        has=np.array(columns[:4], dtype=bool).reshape(4, -1).T,
        shape=np.array(columns[4], dtype=np.float64), pixels=np.array(columns[5], dtype=np.float64),
        page=np.array(columns[6], dtype=bool), video=np.array(columns[7], dtype=bool),
        duration=np.array(columns[8], dtype=np.float64), film=np.array(columns[9], dtype=np.int64),
        camera=np.array(columns[10], dtype=np.int64), moment=np.array(columns[11], dtype=np.int64),
        fraction=np.array(columns[12], dtype=bool), number=np.array(columns[13], dtype=np.int64),
        bundle=np.array(columns[14], dtype=np.int64), data=np.array(columns[15], dtype=np.int64),
        films=[told[place] for place in order],
    )  # fmt: skip


def is_flat(look: Look) -> bool:
    """Whether the picture has too little in it to be recognised: one colour, a plain gradient, a black frame.

    pHash compares with the median, so half of its bits are set unless most coefficients are equal.
    """
    if look.flat or look.phash is None:
        return True
    wide = look.phash256
    return not (24 <= look.phash.bit_count() <= 40 and (wide is None or 96 <= wide.bit_count() <= 160))


def far_in_bits(table: Table, i: Indices, j: Indices) -> tuple[Indices, Indices]:
    """How far pairs are from each other, in bits of 64 and in bits of 256."""
    import numpy as np

    phash = np.bitwise_count(table.phash[i] ^ table.phash[j]).astype(np.int64)
    dhash = np.bitwise_count(table.dhash[i] ^ table.dhash[j]).astype(np.int64)
    wide = np.bitwise_count(table.wide[i] ^ table.wide[j]).sum(axis=1, dtype=np.int64)
    # a picture without its 256-bit hash: both small ones must be near, each bit of theirs counts for four
    known = table.has[i] & table.has[j]
    return phash, np.where(known[:, 1], wide, 4 * np.where(known[:, 0], np.maximum(phash, dhash), 64))


def may_be_one(table: Table, i: Indices, j: Indices) -> Flags:
    """Which pairs may be one picture as far as everything but their looks goes."""
    import numpy as np

    fits = (table.bundle[i] != table.bundle[j]) | (table.bundle[i] < 0)
    long, short = np.maximum(table.duration[i], table.duration[j]), np.minimum(table.duration[i], table.duration[j])
    # a re-encoded video may gain or lose a frame or two; pictures have -1 and are never within that of a video
    fits &= (long - short <= np.maximum(0.02 * long, 0.2)) & (table.video[i] == table.video[j])
    fits &= table.film[i] == table.film[j]
    return np.asarray(fits & ((table.data[i] == table.data[j]) & (table.data[i] >= 0) | ~clock_says(table, i, j)[1]))


def clock_says(table: Table, i: Indices, j: Indices) -> tuple[Flags, Flags]:
    """Which pairs are one shot for sure, by camera and moment, and which are two; the others may be either."""
    import numpy as np

    one, other = table.moment[i], table.moment[j]
    same_camera = (table.camera[i] == table.camera[j]) & (table.camera[i] >= 0)
    told = (table.camera[i] >= 0) & (table.camera[j] >= 0) & (one >= 0) & (other >= 0)
    precise = table.fraction[i] & table.fraction[j]
    slack = (table.fraction[i] != table.fraction[j]).astype(np.int64)
    seconds = np.abs(one // DRIFT - other // DRIFT)
    # two cameras at two moments are two shots all the more; two at the same moment: some tool may have renamed one
    two = told & np.where(precise, one != other, seconds > slack)  # as shots.are_two_shots
    # a fraction of nought is what some cameras always write
    same = told & precise & (one == other) & same_camera & (one % DRIFT != 0)
    # two shots within one second, as far as the clock goes: the camera counts them
    apart = np.abs(table.number[i] - table.number[j])
    counted = (table.number[i] >= 0) & (table.number[j] >= 0) & (apart > 0) & (apart <= COUNTED)
    two |= told & same_camera & ~precise & (seconds <= slack) & counted & (table.pixels[i] == table.pixels[j])
    return same, two


class _Codes(dict[Hashable, int]):
    """A number for each text; *unknown* for none."""

    def __init__(self, unknown: int) -> None:
        super().__init__({None: unknown})

    def __call__(self, text: Hashable) -> int:
        return self.setdefault(text, len(self))


def _is(value: int | None, bits: int) -> bool:
    return value is not None and 0 <= value < 1 << bits


def _or_zero(value: int | None, bits: int) -> int:
    return value if value is not None and _is(value, bits) else 0


def _number(look: Look) -> int:
    number = shots.number(look)
    return -1 if number is None else number


def _shape(look: Look) -> float:
    if not look.width or not look.height or look.width < 0 or look.height < 0:
        return float("nan")
    ratio = look.width / look.height
    return 1 / ratio if (look.orientation or 1) >= 5 else ratio
