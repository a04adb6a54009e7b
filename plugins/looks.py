"""What a small picture looks like: hashes that survive a new encoding, and a preview to show."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from mediaparser_core.records import Fact, Fingerprint, Note, Preview
from mediaparser_plugins.colour_profiles import in_srgb

if TYPE_CHECKING:
    from PIL import Image

PREVIEW_SIDE = 320  # pixels
_PREVIEW_QUALITY = 80
_FLAT = 3.0  # grey levels of standard deviation: below it the signs of a DCT are those of noise


def facts(image: Image.Image) -> list[Fact]:
    """Fingerprints and preview of *image*, which is upright, RGB, and some 256 to 512 pixels on its short side.

    ``phash`` and ``dhash`` (64 bits) and ``phash256`` (256 bits) are ImageHash's, bit for bit, of this picture;
    ``luma16`` is its brightness in 16 x 16 cells, row by row, a byte each; all as hex text. A ``texture`` note says
    ``flat`` where a picture has too little contrast for its hashes to mean anything.
    """
    import imagehash
    from PIL.Image import Resampling
    from PIL.ImageStat import Stat

    grey = image.convert("L")
    found: list[Fact] = [
        Fingerprint("phash", str(imagehash.phash(grey))),
        Fingerprint("dhash", str(imagehash.dhash(grey))),
        Fingerprint("phash256", str(imagehash.phash(grey, hash_size=16))),
        Fingerprint("luma16", grey.resize((16, 16), Resampling.BOX).tobytes().hex()),
    ]
    if Stat(grey.resize((32, 32), Resampling.BOX)).stddev[0] < _FLAT:
        found.append(Note("texture", "flat"))
    found.append(Preview(_preview(image)))
    return found


def _preview(image: Image.Image) -> bytes:
    from PIL.Image import Resampling

    wide, high = image.size
    scale = min(1.0, PREVIEW_SIDE / max(wide, high))
    small = image.resize((max(1, round(wide * scale)), max(1, round(high * scale))), Resampling.BICUBIC)
    small = in_srgb(small)
    small.info = {}  # else Pillow would carry comments and profiles over
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=_PREVIEW_QUALITY)
    return buffer.getvalue()
