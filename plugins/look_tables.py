"""Lay out the looks of many pictures as columns of numbers, so that pairs of them can be judged a million at a time."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Hashable, Iterable, Sequence, Set
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple, overload

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

    sha256: Sequence[str]
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
    data: Indices  # number for the picture's data without metadata; -1: unknown
    films: list[str | None]  # of videos: what is known of their frames and sound


def tabulate(assets: Iterable[Look]) -> Table:
    """The looks among *assets* that can be compared, as columns. Hashes that are not of their size count as missing."""
    import numpy as np

    cameras, films = _Codes(-1), _Codes(0)
    shas = Texts()
    told: list[str | None] = []
    hashes, has, numbers, sizes = array("Q"), bytearray(), array("q"), array("d")
    wide, parts, flags = bytearray(), bytearray(), bytearray()
    for look in assets:
        if is_flat(look) or not _is(look.phash, 64) or (look.kind == "video" and not (look.duration or 0) > 0):
            continue
        moment = shots.moment(look)
        shas.append(look.sha256)
        told.append(look.film if look.kind == "video" else None)
        hashes.extend((or_zero(look.phash, 64), or_zero(look.dhash, 64), or_zero(look.turns, 64)))
        wide += or_zero(look.phash256, 256).to_bytes(32, "big")
        parts += or_zero(look.parts, 320).to_bytes(40, "big")
        has += bytes((_is(look.dhash, 64), _is(look.phash256, 256), _is(look.turns, 64), _is(look.parts, 320)))
        flags += bytes((shots.is_screenshot(look), look.kind == "video", bool(moment and moment.fraction)))
        sizes.extend((
            _shape(look), (look.width or 0) * (look.height or 0), (look.duration or 0) if look.kind == "video" else -1.0,
        ))  # fmt: skip
        numbers.extend((
            films(look.film if look.kind == "image" else None), cameras(shots.camera(look)),
            moment.microseconds if moment else -1, _number(look), -1 if look.bundle_id is None else look.bundle_id,
            _short(look.image_sha256),
        ))  # fmt: skip
    order = shas.order()

    def columns(values: array[int] | array[float] | bytearray, kind: str, count: int) -> NDArray[Any]:
        table = np.frombuffer(values, dtype=kind).reshape(-1, count)
        return table if order is None else table[order]

    small, whole = columns(hashes, "u8", 3).T.copy(), columns(numbers, "i8", 6).T.copy()
    measured, told_of = columns(sizes, "f8", 3).T.copy(), columns(flags, "?", 3).T.copy()
    return Table(
        sha256=shas if order is None else [shas[place] for place in order],
        phash=small[0], dhash=small[1], turns=small[2],
        parts=columns(parts, ">u8", 5).astype(np.uint64), wide=columns(wide, ">u8", 4).astype(np.uint64),
        has=columns(has, "?", 4),
        shape=measured[0], pixels=measured[1], duration=measured[2],
        page=told_of[0], video=told_of[1], fraction=told_of[2],
        film=whole[0], camera=whole[1], moment=whole[2], number=whole[3], bundle=whole[4], data=whole[5],
        films=told if order is None else [told[place] for place in order],
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


class Texts(Sequence[str]):
    """Many short texts, one behind the other: half the memory of a list of them."""

    def __init__(self) -> None:
        self._all, self._ends = bytearray(), array("Q", (0,))
        self._last, self._sorted = "", True

    def append(self, text: str) -> None:
        self._sorted &= self._last <= text
        self._last = text
        self._all += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._all))

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        return self._all[self._ends[place] : self._ends[place + 1]].decode("utf-8", "surrogatepass")

    def order(self) -> list[int] | None:
        """The places of the texts in sorted order; ``None`` where they are sorted already."""
        return None if self._sorted else sorted(range(len(self)), key=self.__getitem__)

    def places(self, texts: Set[str]) -> list[int]:
        """Where *texts* are, those that are there; no text is there twice."""
        if not self._sorted:
            return [place for place, text in enumerate(self) if text in texts]
        found = ((bisect_left(self, text), text) for text in texts)
        return [place for place, text in found if place < len(self) and self[place] == text]


def _short(text: str | None) -> int:
    """63 bits for a text; -1 for none."""
    return -1 if text is None else int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


class _Codes(dict[Hashable, int]):
    """A number for each text; *unknown* for none."""

    def __init__(self, unknown: int) -> None:
        super().__init__({None: unknown})

    def __call__(self, text: Hashable) -> int:
        return self.setdefault(text, len(self))


def _is(value: int | None, bits: int) -> bool:
    return value is not None and 0 <= value < 1 << bits


def or_zero(value: int | None, bits: int) -> int:
    """A hash, or 0 where there is none of so many *bits*."""
    return value if value is not None and _is(value, bits) else 0


def _number(look: Look) -> int:
    number = shots.number(look)
    return -1 if number is None else number


def _shape(look: Look) -> float:
    if not look.width or not look.height or look.width < 0 or look.height < 0:
        return float("nan")
    ratio = look.width / look.height
    return 1 / ratio if (look.orientation or 1) >= 5 else ratio
