"""ImageHash's pHash and dHash of a picture, bit for bit, without what ImageHash loads and with less work.

ImageHash's cosine transform is SciPy's, which takes longer to import than a hundred hashes to compute. A product of
matrices gives the same numbers but for their last bits. These decide only where a number is as good as the median, as
in a drawing of straight lines: there ImageHash itself is asked. A picture of one colour is all in the first number.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from mediaparser_plugins.exact_scaling import scaled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

_SIDE, _LARGE_SIDE = 8, 16  # bits on each side of the hashes of 64 and of 256 bits
_PIXELS = 4  # on each side for a bit of a pHash
_ROUNDING = 1e-3  # far more than the two transforms can differ, and far less than neighbours in a photograph do


def hashes(grey: Image.Image) -> tuple[str, str, str]:
    """``phash``, ``dhash`` and ``phash(hash_size=16)`` of :mod:`imagehash` for *grey* (mode L), as hex text."""
    small, large, steps = scaled(
        grey, (_SIDE * _PIXELS,) * 2, (_LARGE_SIDE * _PIXELS,) * 2, (_SIDE + 1, _SIDE)
    )  # fmt: skip
    return _phash(small, _SIDE), as_hex(steps[:, 1:] > steps[:, :-1]), _phash(large, _LARGE_SIDE)


def phash(grey: Image.Image) -> str:
    """``imagehash.phash`` of *grey* (mode L), as hex text."""
    return _phash(scaled(grey, (_SIDE * _PIXELS,) * 2)[0], _SIDE)


def _phash(pixels: NDArray[np.uint8], side: int) -> str:
    waves = _waves(len(pixels), side)
    numbers = waves @ pixels @ waves.T
    below, above = middle(numbers)
    if above - below > _ROUNDING:
        return as_hex(numbers > (below + above) / 2)
    if pixels.min() == pixels.max():
        return f"{bool(pixels[0, 0]) << (side * side - 1):0{side * side // 4}x}"
    import imagehash
    from PIL import Image

    return str(imagehash.phash(Image.fromarray(pixels), hash_size=side))


def middle(values: NDArray[np.float64]) -> tuple[float, float]:
    """The two of an even number of *values* that their median lies between."""
    import numpy as np

    half = values.size // 2
    ordered = np.partition(values, (half - 1, half), axis=None)
    return float(ordered[half - 1]), float(ordered[half])


def as_hex(bits: NDArray[np.bool_]) -> str:
    """*bits*, a multiple of eight, as hex text, the first one the most significant."""
    import numpy as np

    return np.packbits(bits).tobytes().hex()


@functools.cache
def _waves(pixels: int, count: int) -> NDArray[np.float64]:
    """The first *count* rows of the cosine transform of *pixels* values, scaled as SciPy's is."""
    import numpy as np

    return 2 * np.cos(np.pi * np.arange(count)[:, None] * (np.arange(pixels) + 0.5) / pixels)
