"""A JPEG at an eighth of its size, pixel for pixel what libjpeg-turbo decodes, from the DC coefficients alone.

It answers only for plain files without a fault (baseline, 8 bits, grey or YCbCr); everything else it refuses, and then
libjpeg is to be asked. The work is done in Rust, without Python's lock.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import io
import sys
from pathlib import Path

__version__ = "0.1.0"
_MEANING = 1  # of the library's function; another number is another library

REFUSALS = {
    -1: "a fault in the scanner itself",
    1: "another size than expected",
    2: "of another kind: progressive, several scans, RGB, CMYK, odd sampling",
    3: "the header does not hold together",
    4: "a table is missing or impossible",
    5: "the data is damaged or ends too early",
    6: "a marker is missing or misplaced",
    7: "values too large for 8 bits",
}


def eighth(data: bytes, size: tuple[int, int], mode: str) -> bytearray | int:
    """The pixels of *data*, row by row, or the number of a refusal (see ``REFUSALS``).

    *size* is width and height of the small picture (an eighth of the stored ones, rounded up), *mode* is ``L`` or ``RGB``:
    what another reader took from the header. A grey pixel is one byte, a coloured one four, of which the last is 255.
    Raises ``OSError`` where the library cannot be loaded.
    """
    channels = {"L": 1, "RGB": 4}[mode]
    pixels = bytearray(size[0] * size[1] * channels)
    if not pixels:
        return 1
    place = ctypes.byref(ctypes.c_char.from_buffer(pixels))
    answer = int(_library().mediaparser_jpeg_eighth(data, len(data), *size, channels, place, len(pixels)))
    return answer or pixels


def fault() -> str:
    """What is wrong with it on this machine, "" for nothing: four small pictures must come out as Pillow decodes them."""
    from PIL import Image

    for mode, save in (
        ("L", {}),
        ("RGB", {"subsampling": 0}),
        ("RGB", {"subsampling": 1}),
        ("RGB", {"subsampling": 2}),
    ):
        noise = hashlib.shake_128(mode.encode()).digest(100 * 75 * len(mode))
        Image.frombytes(mode, (100, 75), noise).save(file := io.BytesIO(), "JPEG", quality=75, **save)
        with Image.open(file, formats=["JPEG"]) as image:
            image.draft(mode, (12, 9))
            try:
                pixels = eighth(file.getvalue(), image.size, mode)
            except (OSError, AttributeError) as error:
                return f"its library cannot be loaded ({error})"
            if isinstance(pixels, int):
                return f"it does not decode a plain picture ({REFUSALS.get(pixels, pixels)})"
            small = Image.frombytes(mode, image.size, bytes(pixels), "raw", mode if mode == "L" else "RGBX")
            if small.tobytes() != image.tobytes():
                return "it gives other pixels than this machine's Pillow"
    return ""


@functools.cache
def _library() -> ctypes.CDLL:
    name = {"darwin": "libmediaparser_jpeg.dylib", "win32": "mediaparser_jpeg.dll"}.get(
        sys.platform, "libmediaparser_jpeg.so"
    )
    library = ctypes.CDLL(str(Path(__file__).with_name(name)))
    library.mediaparser_jpeg_version.restype = ctypes.c_uint32
    if library.mediaparser_jpeg_version() != _MEANING:
        raise OSError(f"{name} is of another version than mediaparser_jpeg {__version__}")
    decode = library.mediaparser_jpeg_eighth
    decode.restype = ctypes.c_int32
    decode.argtypes = [
        ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_size_t
    ]  # fmt: skip
    return library
