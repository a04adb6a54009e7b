"""Whether a file ends before its own structure says it does: what decoders of thumbnails and first frames pass over."""

from __future__ import annotations

from collections.abc import Callable

from mediaparser_core.media import Media
from mediaparser_plugins import camera_containers, heif_items, iso_boxes
from mediaparser_plugins.identity_segments import jpeg_parts
from mediaparser_plugins.tiff_directories import directories

_ZEROS = 4096  # bytes of nothing at the end of a JPEG without an end: a copy that was never finished
_NOWHERE = 0xFFFFFFFF  # Panasonic's offset for "look elsewhere"


def is_cut_off(media: Media) -> bool:
    """True when data that *media* must have lies beyond its end, or was never written; False when nobody can tell."""
    if media.format is None:
        return False
    name = media.format.name
    check = _CHECKS.get(name) or (_raw_tiff if media.format.raw else None)
    try:
        return check is not None and check(media)
    except ValueError:
        return name in ("crw", "x3f")  # their directory is at the end, and it is not there


def _jpeg(media: Media) -> bool:
    tail = media.read_at(max(0, media.size - _ZEROS), _ZEROS)
    return len(tail) == _ZEROS and not any(tail) and not jpeg_parts(media).ended


def _heif(media: Media) -> bool:
    return any(offset + length > media.size for item in heif_items.items(media).items for offset, length in item.pieces)


def _riff(media: Media) -> bool:
    return int.from_bytes(media.head[4:8], "little") + 8 > media.size + 1  # the last padding byte may be missing


def _boxes(media: Media) -> bool:
    return not all(box.whole for box in iso_boxes.boxes(media) if box.kind in (b"mdat", b"jxlc", b"jxlp", b"jp2c"))


def _boxes_or_codestream(media: Media) -> bool:
    return media.head[:1] != b"\xff" and _boxes(media)


def _matroska(media: Media) -> bool:
    """The one Segment says how long it is, unless it was written to a pipe."""
    at = 4 + _length(media.head, 4)[1] + _length(media.head, 4)[0]
    if media.read_at(at, 4) != b"\x18\x53\x80\x67":
        return False
    size, width = _length(media.read_at(at + 4, 8), 0)
    return size != (1 << 7 * width) - 1 and at + 4 + width + size > media.size


def _length(data: bytes, at: int) -> tuple[int, int]:
    """An EBML number at *at*, and how many bytes it takes. Raises ValueError for none."""
    first = data[at : at + 1]
    if not first or not first[0]:
        raise ValueError("no EBML number")
    width = 9 - first[0].bit_length()
    return int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1), width


def _raw_tiff(media: Media) -> bool:
    pieces = [piece for directory in directories(media) for piece in directory.pieces()]
    return any(offset != _NOWHERE and offset + length > media.size for offset, length in pieces)


def _camera(media: Media) -> bool:
    return any(offset + length > media.size for _, offset, length in camera_containers.parts(media))


_CHECKS: dict[str, Callable[[Media], bool]] = {
    "jpeg": _jpeg,
    **dict.fromkeys(("heic", "avif"), _heif),
    **dict.fromkeys(("webp", "avi"), _riff),
    **dict.fromkeys(("mp4", "mov", "m4v", "3gp", "cr3"), _boxes),
    **dict.fromkeys(("jxl", "jp2"), _boxes_or_codestream),
    **dict.fromkeys(("mkv", "webm"), _matroska),
    **dict.fromkeys(("raf", "crw", "x3f"), _camera),
}
