"""Ask the optional scanner ``mediaparser_jpeg`` for a JPEG at an eighth of its size; it gives Pillow's own pixels, sooner.

It is asked where Pillow would decode at that scale, and answers where the file is plain and without a fault. Where it is
not installed, gives other pixels than this machine's Pillow, or does not answer, Pillow decodes as ever.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PIL import Image

    Decode = Callable[[bytes, tuple[int, int], str], bytearray | int]

_SCALE = (8, 0)  # of Pillow's JPEG decoder: an eighth, and no other draft mode


def decoded(image: Image.Image, file: BinaryIO) -> Image.Image | None:
    """What ``image.load()`` would make of *image*, which Pillow has opened from *file* and drafted; ``None``: ask Pillow."""
    if getattr(image, "decoderconfig", None) != _SCALE or image.mode not in ("L", "RGB"):
        return None
    if not isinstance(file, io.BytesIO):  # too large to be held in memory
        return None
    decode = scanner()
    pixels = decode(file.getvalue(), image.size, image.mode) if decode else 0
    if isinstance(pixels, int):
        return None
    from PIL import Image

    found = Image.frombytes(image.mode, image.size, pixels, "raw", "L" if image.mode == "L" else "RGBX")
    found.info = image.info
    return found


@functools.cache
def scanner() -> Decode | None:
    """The scanner's function where it is installed and gives Pillow's pixels; found out once in a process."""
    try:
        import mediaparser_jpeg
    except ImportError:
        return None
    return None if mediaparser_jpeg.fault() else mediaparser_jpeg.eighth
