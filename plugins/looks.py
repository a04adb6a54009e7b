"""What a small picture looks like: hashes that survive a new encoding, and a preview to show."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from mediaparser_core.records import Fact, Fingerprint, Note, Preview
from mediaparser_plugins import picture_hashes, sketches
from mediaparser_plugins.colour_profiles import in_srgb

if TYPE_CHECKING:
    from PIL import Image

PREVIEW_SIDE = 320  # pixels
_PREVIEW_QUALITY = 80
_FLAT = 3.0  # grey levels of standard deviation: below it the signs of a DCT are those of noise
_PLAIN = 4.0  # … of what is left without the broadest shades: skies have less than 3, photographs more than 10
_ROUGH = 4 * _PLAIN  # … with so much of it a picture is not flat either, and need not be asked
_TINY = 16  # pixels of the shorter side: icons and lines are no pictures that could be told apart


def facts(image: Image.Image) -> list[Fact]:
    """Fingerprints and preview of *image*, which is upright, RGB, and some 256 to 512 pixels on its short side.

    ``phash`` and ``dhash`` (64 bits) and ``phash256`` (256 bits) are ImageHash's, bit for bit, of this picture;
    ``turns`` (64 bits) stays when it is turned or mirrored, ``parts`` are the pHashes of five parts of it, one behind
    the other; all as hex text. A ``texture`` note says ``flat`` or ``tiny`` where hashes mean nothing, a ``film`` note
    how many frames a picture that moves has.
    """
    grey = image.convert("L")
    phash, dhash, phash256 = picture_hashes.hashes(grey)
    drawn = sketches.sketch(image, grey)
    found: list[Fact] = [
        Fingerprint("phash", phash),
        Fingerprint("dhash", dhash),
        Fingerprint("phash256", phash256),
        Fingerprint("turns", f"{drawn.turns:016x}"),
        Fingerprint("parts", "".join(f"{part:016x}" for part in drawn.parts)),
    ]
    if min(image.size) < _TINY:
        found.append(Note("texture", "tiny"))
    elif drawn.detail < _PLAIN or (drawn.detail < _ROUGH and _is_flat(grey)):
        found.append(Note("texture", "flat"))
    if (frames := image.info.get("frames", "1")) != "1":
        found.append(Note("film", f"{frames} frames"))
    found.append(Preview(jpeg(image, PREVIEW_SIDE), drawn.coded))
    return found


def _is_flat(grey: Image.Image) -> bool:
    from PIL.Image import Resampling
    from PIL.ImageStat import Stat

    return Stat(grey.resize((32, 32), Resampling.BOX)).stddev[0] < _FLAT


def jpeg(image: Image.Image, side: int) -> bytes:
    """*image* as a JPEG in sRGB, at most *side* pixels on its long side, with nothing in it but the picture."""
    from PIL.Image import Resampling

    wide, high = image.size
    scale = min(1.0, side / max(wide, high))
    small = image.resize((max(1, round(wide * scale)), max(1, round(high * scale))), Resampling.HAMMING)
    small = in_srgb(small)
    small.info = {}  # else Pillow would carry comments and profiles over
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=_PREVIEW_QUALITY)
    return buffer.getvalue()
