"""Bring a small picture into sRGB by the colour profile it carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

_LARGEST = 4 * 1024 * 1024  # bytes of a profile


def in_srgb(image: Image.Image) -> Image.Image:
    """*image* as RGB in sRGB; its profile is looked for where Pillow keeps it, and a nonsensical one is ignored."""
    profile = image.info.get("icc_profile")
    if profile and len(profile) <= _LARGEST and image.mode in ("RGB", "CMYK", "L", "LAB"):
        converted = _converted(image, profile)
        if converted is not None:
            return converted
    if image.mode == "LAB":
        image = image.getchannel(0)  # its lightness
    return image.convert("RGB")


def _converted(image: Image.Image, profile: bytes) -> Image.Image | None:
    import io

    from PIL import ImageCms

    if b"sRGB" in profile[:1024] or "sRGB".encode("utf-16-be") in profile[:1024]:
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except Exception:  # a profile that does not fit its picture is common, and colours a little off do no harm
        return None
