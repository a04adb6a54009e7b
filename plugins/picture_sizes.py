"""The size of a picture as stored, for formats whose decoder turns or decodes the picture before it tells."""

from __future__ import annotations

import struct

from mediaparser_core.media import Media
from mediaparser_plugins import heif_items, iso_boxes

_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}


def stored_size(media: Media, format: str) -> tuple[int, int] | None:
    """Width and height that the header of a HEIC, AVIF, WebP or JPEG XL states; ``None`` for others and broken ones."""
    try:
        if format in ("heic", "avif"):
            return heif_items.items(media).size
        if format == "webp":
            return _webp_size(media.head)
        return _jxl_size(_jxl_beginning(media)) if format == "jxl" else None
    except (ValueError, struct.error):
        return None


def _webp_size(head: bytes) -> tuple[int, int]:
    kind = head[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", head, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    wide, high = struct.unpack_from("<HH", head, 26)
    return wide & 0x3FFF, high & 0x3FFF


def _jxl_beginning(media: Media) -> bytes:
    if media.head[:2] == b"\xff\x0a":
        return media.head[2:32]
    for box in iso_boxes.boxes(media):
        if box.kind in (b"jxlc", b"jxlp"):  # jxlp has a number before its piece of the codestream
            return media.read_at(box.start + (6 if box.kind == b"jxlp" else 2), 30)
    raise ValueError("no codestream")


def _jxl_size(data: bytes) -> tuple[int, int]:
    """The SizeHeader that begins a JPEG XL codestream (ISO/IEC 18181-1), least significant bits first."""
    bits, at = int.from_bytes(data, "little"), 0

    def take(width: int) -> int:
        nonlocal at
        at += width
        return bits >> (at - width) & ((1 << width) - 1)

    small = take(1)

    def length() -> int:
        return (take(5) + 1) * 8 if small else take((9, 13, 18, 30)[take(2)]) + 1

    height = length()
    ratio = take(3)
    width = length() if ratio == 0 else height * _RATIOS[ratio][0] // _RATIOS[ratio][1]
    return width, height
