"""Scale a grey picture down to several sizes, to the very pixels that Pillow gives, in a third of its time.

Pillow's LANCZOS walks over the whole picture once for each of the sizes that hashes need. It works with whole numbers,
and sums of products of whole numbers are the same in floating point, in any order, as long as they stay below 2**53:
here products of matrices make them. The weights are made as Pillow makes them; the first picture in each process is
compared with Pillow's own work, and where a version of it should work in another way, it does the work.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    Numbers = NDArray[np.float64]
    Pixels = NDArray[np.uint8]

_SMALLEST = 200  # pixels of the short side; below it there is nothing to gain
_UPRIGHT = 1.5  # height by width: Pillow begins with the columns in pictures that are much higher than wide
_LOBES = 3.0
_BITS = 22  # of a weight, behind the point
_TOGETHER = 8  # places that are worked out in one go: their windows overlap, and more would bring more zeros
_UNSURE = 1e-6  # a weight so near to the middle of two whole numbers depends on the last bit of a sine


def scaled(grey: Image.Image, *sizes: tuple[int, int]) -> list[Pixels]:
    """The pixels of ``grey.resize(size, LANCZOS)`` for each of *sizes* (width, height); *grey* has mode L."""
    if min(grey.size) < _SMALLEST or grey.height > _UPRIGHT * grey.width or not _agrees():
        return [_pillow(grey, size) for size in sizes]
    return _by_matrices(grey, sizes)


def _pillow(grey: Image.Image, size: tuple[int, int]) -> Pixels:
    import numpy as np
    from PIL.Image import Resampling

    return np.asarray(grey.resize(size, Resampling.LANCZOS))


@functools.cache
def _agrees() -> bool:
    """Whether this Pillow, with this NumPy, gives what we do."""
    import numpy as np
    from PIL import Image

    steps = np.arange(_SMALLEST * 307, dtype=np.uint64).reshape(_SMALLEST, 307)
    noise = Image.fromarray((steps * steps * 40503 >> 7).astype(np.uint8))
    return bool((_by_matrices(noise, ((64, 64),))[0] == _pillow(noise, (64, 64))).all())


def _by_matrices(grey: Image.Image, sizes: tuple[tuple[int, int], ...]) -> list[Pixels]:
    import numpy as np

    columns = np.asarray(grey).astype(np.float64).T
    found = []
    for wide, high in sizes:
        narrow = _weighed(_weights(grey.width, wide), columns)
        found.append(_weighed(_weights(grey.height, high), narrow.T).astype(np.uint8))
    return found


def _weighed(weights: tuple[tuple[int, Numbers], ...], lines: Numbers) -> Numbers:
    """Sums of *lines* by *weights*, rounded and cut to bytes as Pillow does; one row for each new line."""
    import numpy as np

    sums = np.concatenate([block @ lines[start : start + block.shape[1]] for start, block in weights])
    sums += 1 << (_BITS - 1)
    sums *= 0.5**_BITS
    np.floor(sums, out=sums)
    return np.clip(sums, 0, 255, out=sums)


@functools.lru_cache(maxsize=256)
def _weights(before: int, after: int) -> tuple[tuple[int, Numbers], ...]:
    """What *after* places take of *before*, in blocks of neighbours: where their window starts, and a row for each."""
    import numpy as np

    scale = before / after
    stretch = max(scale, 1.0)
    reach = _LOBES * stretch
    centres = (np.arange(after) + 0.5) * scale
    first = np.maximum((centres - reach + 0.5).astype(np.int64), 0)
    last = np.minimum((centres + reach + 0.5).astype(np.int64), before)
    blocks = []
    for at in range(0, after, _TOGETHER):
        some = slice(at, at + _TOGETHER)
        start, end = int(first[some].min()), int(last[some].max())
        places = np.arange(start, end)
        inside = (places >= first[some, None]) & (places < last[some, None])
        found = np.where(inside, _lanczos((places - centres[some, None] + 0.5) * (1.0 / stretch)), 0.0)
        found *= (1 << _BITS) / found.sum(axis=1, keepdims=True)
        for row in np.nonzero((np.abs(np.abs(found) % 1 - 0.5) < _UNSURE).any(axis=1))[0]:
            place = at + int(row)
            found[row, inside[row]] = _to_the_last_bit(int(first[place]), int(last[place]), centres[place], stretch)
        blocks.append((start, np.trunc(found + np.copysign(0.5, found))))
    return tuple(blocks)


def _lanczos(x: Numbers) -> Numbers:
    import numpy as np

    return np.where((x >= -_LOBES) & (x < _LOBES), np.sinc(x) * np.sinc(x / _LOBES), 0.0)


def _to_the_last_bit(first: int, last: int, centre: float, stretch: float) -> list[float]:
    """The weights of one place with the sine of the C library, added up from left to right, as Pillow does."""

    def sinc(x: float) -> float:
        return math.sin(x * math.pi) / (x * math.pi) if x else 1.0

    places = [(place - centre + 0.5) * (1.0 / stretch) for place in range(first, last)]
    found = [sinc(x) * sinc(x / _LOBES) if -_LOBES <= x < _LOBES else 0.0 for x in places]
    total = 0.0
    for weight in found:
        total += weight
    return [weight / total * (1 << _BITS) for weight in found]
