"""Describe how bright a picture is where, in 332 bytes: enough to compare two pictures a second time, part by part.

A sketch is the low end of a cosine transform: 300 numbers of one byte each, from which the brightness at any place of
the picture can be worked out, so a part of one picture can be laid over the whole of another. Behind them come 32 bytes
of colour, the blue and red difference in 4 x 4 cells. Two hashes follow from the same numbers: one that stays when a
picture is turned or mirrored, and one for each of five parts, which meet the hash of a picture cut out there.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediaparser_plugins.picture_hashes import middle

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    Numbers = NDArray[np.float64]

WAVES = 24  # half waves across the picture, at most; across and down together they are fewer than that
NUMBERS = WAVES * (WAVES + 1) // 2
COLOUR = 4  # cells of colour on each side
SIZE = NUMBERS + 2 * COLOUR * COLOUR  # bytes
_SIDE = 64  # pixels from which the numbers are taken
_MOST = 256.0  # grey levels: what the byte 127 stands for; small numbers are finer, as their square roots
_BROAD = 3  # powers of across and down together: fewer make the shades of skies and walls
_PART, _CORNER = 0.90, 0.92  # shares of the sides: the part in the middle, those in the corners

PARTS: tuple[tuple[float, float, float], ...] = (  # left, top, share of width and height
    ((1 - _PART) / 2, (1 - _PART) / 2, _PART),
    (0.0, 0.0, _CORNER),
    (1 - _CORNER, 0.0, _CORNER),
    (0.0, 1 - _CORNER, _CORNER),
    (1 - _CORNER, 1 - _CORNER, _CORNER),
)


@dataclass(frozen=True, slots=True)
class Sketch:
    """``coded`` is the sketch itself, ``turns`` and ``parts`` are hashes of 64 bits each."""

    coded: bytes
    turns: int  # the same, but for a few bits, whichever way the picture is turned or mirrored
    parts: tuple[int, ...]  # the pHash of each of ``PARTS``, as if it had been cut out
    detail: float  # grey levels of standard deviation, without the broadest shades


def sketch(image: Image.Image, grey: Image.Image | None = None) -> Sketch:
    """The sketch of *image*, which is upright and RGB; *grey* is the same in mode L, where somebody has it."""
    import numpy as np
    from PIL.Image import Resampling

    grey = grey or image.convert("L")
    light = np.asarray(grey.resize((_SIDE, _SIDE), Resampling.BOX), dtype=np.float64)
    waves = _waves(_SIDE, WAVES)
    block = waves @ light @ waves.T
    low = block[_low()]
    coded = np.sign(low) * np.rint(127 * np.sqrt(np.minimum(np.abs(low) / _MOST, 1)))
    # turning exchanges and negates the waves across and down, but those of even number are never negated
    down, across = _even()
    parts = [_hash(cut(top, share) @ block @ cut(left, share).T) for left, top, share in PARTS]
    finer = (waves @ _without_shades(light) @ waves.T)[_low()]
    return Sketch(
        coded=coded.astype(np.int8).tobytes() + _colour(image),
        turns=_hash(block[down, across] + block[across, down]),
        parts=tuple(parts),
        detail=float(np.sqrt((finer**2).sum()) / 2),
    )


def _without_shades(grey: Numbers) -> Numbers:
    """*grey* without the slope or the bowl that fits it best: an even gradient leaves nothing."""
    powers = _powers(len(grey))
    shades = powers.T @ grey @ powers
    for down in range(_BROAD):
        shades[down, _BROAD - down :] = 0
    return grey - powers @ shades @ powers.T


def _colour(image: Image.Image) -> bytes:
    import numpy as np
    from PIL.Image import Resampling

    small = (
        image.resize((4 * COLOUR, 4 * COLOUR), Resampling.BOX).convert("YCbCr").resize((COLOUR, COLOUR), Resampling.BOX)
    )
    return np.moveaxis(np.asarray(small)[:, :, 1:], 2, 0).tobytes()


def _hash(values: Numbers) -> int:
    """Which of 64 *values* are above their median."""
    import numpy as np

    below, above = middle(values)
    return int.from_bytes(np.packbits(values > (below + above) / 2).tobytes(), "big")


def numbers(sketches: Sequence[bytes]) -> Numbers:
    """The numbers of some *sketches*, one a row and column of waves down and across: ``(len(sketches), 24, 24)``."""
    import numpy as np

    coded = np.frombuffer(b"".join(each[:NUMBERS] for each in sketches), dtype=np.int8).reshape(-1, NUMBERS) / 127
    found = np.zeros((len(coded), WAVES, WAVES))
    found[:, *_low()] = np.sign(coded) * coded**2 * _MOST
    return found


def colours(sketches: Sequence[bytes]) -> Numbers:
    """Blue and red difference of some *sketches*, grey being 0: ``(len(sketches), 2, 4, 4)``."""
    import numpy as np

    coded = np.frombuffer(b"".join(each[NUMBERS:SIZE] for each in sketches), dtype=np.uint8)
    return coded.reshape(-1, 2, COLOUR, COLOUR) - 128.0  # type: ignore[return-value]


def is_sketch(value: bytes | None) -> bool:
    return value is not None and len(value) == SIZE


def waves_at(places: Numbers, count: int) -> tuple[Numbers, Numbers]:
    """The first *count* waves at *places* (shares of a side, one row a picture), and how steep they are there."""
    import numpy as np

    speed = np.arange(count)[:, None] * np.pi
    angle = speed * places[:, None, :]
    return np.cos(angle), -speed * np.sin(angle)  # type: ignore[return-value]


@functools.cache
def _waves(side: int, count: int) -> Numbers:
    """What gives the numbers of *side* pixels: their sums with each wave, so that the waves add up to the pixels."""
    import numpy as np

    found = np.cos(np.pi * np.arange(count)[:, None] * (np.arange(side) + 0.5) / side) * (2 / side)
    found[0] /= 2
    return found


@functools.cache
def _powers(side: int) -> Numbers:
    """The first ``_BROAD`` powers of *side* places, made independent of each other."""
    import numpy as np

    return np.linalg.qr(np.vander(np.linspace(-1, 1, side), _BROAD, increasing=True))[0]


@functools.cache
def _low() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Waves down and across of each number."""
    import numpy as np

    down, across = np.mgrid[0:WAVES, 0:WAVES]
    kept = down + across < WAVES
    return down[kept], across[kept]


@functools.cache
def _even() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The 64 longest waves, but for the flat one, that are even down and across, each pair once."""
    import numpy as np

    pairs = [(down, across) for down in range(0, WAVES, 2) for across in range(down, WAVES, 2)]
    pairs = sorted(pairs, key=lambda pair: (sum(pair), pair))[1:65]
    return np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])


@functools.cache
def cut(start: float, share: float) -> Numbers:
    """What makes the first 8 numbers of a part out of those of the whole, in one direction."""
    import numpy as np

    places = (start + share * (np.arange(32) + 0.5) / 32)[None, :]
    return np.asarray(_waves(32, 8) @ waves_at(places, WAVES)[0][0].T)
