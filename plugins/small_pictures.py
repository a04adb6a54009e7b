"""Open any picture safely and make one small upright copy of it, from which hashes and previews come.

A picture is decoded by the decoder of its sniffed format and no other, is never loaded when it is larger than
``PIXEL_LIMIT``, and is always loaded to its end, so that one that was cut off does not pass.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, BinaryIO

from mediaparser_core.names import clean_text
from mediaparser_plugins import native_jpeg
from mediaparser_plugins.colour_profiles import in_srgb

if TYPE_CHECKING:
    from PIL import Image

PIXEL_LIMIT = 400_000_000  # phones take 200 million; a worker may use 1.5 GiB
SHORT_SIDE = 256  # pixels the small copy keeps at least, as far as the picture has them …
LONG_SIDE = 8192  # … unless it would still be a very long strip
_AT_ONCE = 4 * 1024 * 1024  # bytes of a JPEG that Pillow gives its decoder at a time: with 64 KiB it copies more
_HEIC_THUMBNAIL = 200  # the short side that is enough of an embedded one: phones write 320 x 240
_PILLOW = {
    "jpeg": "JPEG", "png": "PNG", "avif": "AVIF", "webp": "WEBP", "tiff": "TIFF", "gif": "GIF", "bmp": "BMP",
    "jp2": "JPEG2000", "psd": "PSD",
}  # fmt: skip


class Undecodable(Exception):
    """This picture cannot be shown; the message says why in plain words, ``size`` how many pixels it claims."""

    def __init__(self, message: str, size: tuple[int, int] | None = None) -> None:
        super().__init__(message)
        self.size = size


def small_copy(
    file: BinaryIO,
    format: str,
    *,
    orientation: int | None = None,
    size: tuple[int, int] | None = None,
    short_side: int = SHORT_SIDE,
    native: bool = True,
) -> tuple[Image.Image, tuple[int, int]]:
    """A small RGB copy of the picture in *file* as it is displayed, and its width and height as stored.

    The copy's pixels are in the colour space of the picture; its profile, if any, is where Pillow keeps it, and beside it
    (``frames``) how many frames it has, "many" where counting them would mean reading them.
    *format* is a name from :mod:`mediaparser_core.formats`. *orientation* (1-8) is used where the picture has none of
    its own; *size* is what its header says, for decoders that would decode before they tell. It keeps at least
    *short_side* pixels on its short side, as far as it has them. Only the first frame is ever looked at. With *native*
    false, Pillow decodes what the optional scanner could have. Raises :class:`Undecodable`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd EXIF and the like: what matters ends in an exception
        try:
            if size is not None:
                _check(size)
            with _open(file, format) as image:
                size = _stored_size(image) if size is None else size
                _check(image.size)
                turn = _orientation(image, format) or orientation or 1
                _draft(image, short_side)
                decoded = (native_jpeg.decoded(image, file) if native else None) or _loaded(image)
                small = _turned(_rgb(_shrunk(decoded, short_side), image.info.get("icc_profile")), turn)
                small.info["frames"] = _frames(image)
                return small, size
        except Undecodable:
            raise
        except Exception as error:  # decoders raise anything on hostile files
            raise Undecodable(_in_words(error), size) from None


def _open(file: BinaryIO, format: str) -> Image.Image:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = PIXEL_LIMIT
    if format == "heic":
        from pillow_heif import HeifImageFile

        return HeifImageFile(file)
    if format == "jxl":
        try:
            from pillow_jxl.JpegXLImagePlugin import JXLImageFile
        except ImportError:
            raise Undecodable("JPEG XL support is not installed (pip install pillow-jxl-plugin)") from None
        return JXLImageFile(file)
    return Image.open(file, formats=[_PILLOW[format]])


def _frames(image: Image.Image) -> str:
    if image.format in ("PNG", "WEBP", "AVIF"):
        return str(getattr(image, "n_frames", 1))  # the header says so
    return "many" if image.format in ("GIF", "TIFF") and getattr(image, "is_animated", False) else "1"


def _check(size: tuple[int, int]) -> None:
    if size[0] * size[1] > PIXEL_LIMIT:
        limit = PIXEL_LIMIT // 1_000_000
        raise Undecodable(f"{size[0]} x {size[1]} pixels are more than the {limit} million that are opened", size)


def _stored_size(image: Image.Image) -> tuple[int, int]:
    tags = getattr(image, "tag_v2", None)  # Pillow turns TIFF pictures upright, and their size with them
    if image.format == "TIFF" and tags:
        return int(tags.get(256, image.width)), int(tags.get(257, image.height))
    return image.size


def _orientation(image: Image.Image, format: str) -> int | None:
    """How the decoded pixels must be turned: EXIF 1-8, ``None`` where the picture does not say."""
    if format in ("heic", "tiff") or (format == "jxl" and not getattr(image, "jpeg", False)):
        return 1  # the decoder has turned them already
    try:
        value = image.getexif().get(0x0112)
    except Exception:  # EXIF is the stranger's part of a picture, and not worth losing the picture for
        return None
    return value if isinstance(value, int) and 1 <= value <= 8 else None


def _draft(image: Image.Image, short_side: int) -> None:
    """Have it decoded at the smallest scale the format offers that still has *short_side*."""
    wide, high = image.size
    if image.format in ("JPEG", "MPO"):
        image.draft(image.mode, (short_side, short_side))
        image.decodermaxblock = _AT_ONCE  # type: ignore[attr-defined]
    elif image.format == "HEIF" and min(wide, high) > _HEIC_THUMBNAIL and short_side <= SHORT_SIDE:
        scale = _HEIC_THUMBNAIL / min(wide, high)
        image.draft(image.mode, (int(wide * scale), int(high * scale)))


def _loaded(image: Image.Image) -> Image.Image:
    image.load()  # all of it
    return image


def _shrunk(image: Image.Image, short_side: int) -> Image.Image:
    """*image* in a mode of eight bits that can be scaled, transparency laid on white, as small as *short_side* allows."""
    from PIL import Image

    if image.mode.startswith("I;16"):
        image = _eight_bits(image)
    if image.mode in ("PA", "RGBa") or ("transparency" in image.info and image.mode in ("P", "1", "L", "RGB")):
        image = image.convert("RGBA")
    elif image.mode in ("P", "1", "La"):
        image = image.convert("LA" if image.mode == "La" else "RGB")
    factor = max(min(image.size) // short_side, max(image.size) // LONG_SIDE)
    if factor > 1:
        image = image.reduce(factor)
    if image.mode in ("I", "F"):
        image = _eight_bits(image)
    if image.mode in ("RGBA", "LA"):
        opaque = Image.new("RGBA", image.size, "white")
        opaque.alpha_composite(image.convert("RGBA"))
        image = opaque.convert("RGB")
    return image


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 or 32 bits, or of floating point numbers, as grey of eight."""
    import numpy
    from PIL import Image

    values = numpy.asarray(image)
    if image.mode.startswith("I;16"):
        return Image.fromarray((values >> 8).astype(numpy.uint8))
    values = numpy.nan_to_num(values.astype(numpy.float32), posinf=0, neginf=0)
    low, high = float(values.min()), float(values.max())
    if low >= 0 and 255 < high <= 65535:
        low, high = 0.0, 65535.0  # 16 bits in a wider coat
    return Image.fromarray(((values - low) * (255 / ((high - low) or 1))).astype(numpy.uint8))


def _rgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """*image* as RGB; pixels that are RGB or grey stay what ImageHash would see, and keep their profile for later."""
    if image.mode in ("CMYK", "LAB"):
        image.info["icc_profile"] = profile
        return in_srgb(image)
    image = image.convert("RGB")
    image.info = {"icc_profile": profile}
    return image


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM, 5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90,
    }  # fmt: skip
    return image.transpose(turns[orientation]) if orientation in turns else image


def _in_words(error: Exception) -> str:
    """What happened, for somebody who does not know what a decoder is."""
    text, kind = str(error).lower(), type(error).__name__
    if kind == "DecompressionBombError":
        return f"the picture claims more pixels than the {PIXEL_LIMIT // 1_000_000} million that are opened"
    if isinstance(error, MemoryError) or "memory" in text:
        return "the picture needs more memory than a worker may use"
    if any(words in text for words in ("truncat", "unexpected end", "premature", "end of file")):
        return "the picture is cut off before its end"
    if "not identified by this driver" in text:
        return "the picture is coded in a way that cannot be decoded here"
    if kind == "UnidentifiedImageError" or text.startswith(("broken", "generic error", "decoder error")):
        return "the picture's structure is broken"
    return f"the picture cannot be decoded ({clean_text(error, 160) or kind})"
