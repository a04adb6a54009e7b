"""An identity that changes of metadata leave alone: the SHA-256 of the picture or film data without the words about it.

So a copy whose date was corrected is still known as the picture it came from. Formats that ExifTool cannot write
(MKV, WMV, MPG, MTS …) have the hash of the whole file, and so has every file whose structure is broken.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator

from mediaparser_core.formats import FORMATS
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.media import BLOCK, Media
from mediaparser_core.records import Entry, Fact, Fingerprint, Probe
from mediaparser_core.settings import Settings
from mediaparser_plugins import identity_containers as containers
from mediaparser_plugins import identity_segments as segments
from mediaparser_plugins.identity_segments import Piece

_READERS: dict[str, Callable[[Media], Iterator[Piece]]] = {  # by family: the name begins what is hashed
    "jpeg": segments.jpeg,
    "png": segments.png,
    "gif": segments.gif,
    "webp": segments.webp,
    "avi": segments.avi,
    "psd": segments.psd,
    "bmp": segments.bmp,
    "tiff": containers.tiff,
    "camera": containers.camera,
    "heif": containers.heif,
    "film": containers.film,
    "jxl": containers.jxl,
    "jp2": containers.jp2,
}
_FAMILIES = {
    **{name: "tiff" for name, format in FORMATS.items() if format.raw},
    **dict.fromkeys(("raf", "crw", "x3f", "mrw"), "camera"),
    **dict.fromkeys(("mp4", "mov", "m4v", "3gp", "cr3"), "film"),
    **dict.fromkeys(("heic", "avif"), "heif"),
    **{name: name for name in _READERS if name in FORMATS},
}


@hookimpl
def register_probes(settings: Settings) -> Iterable[Probe]:
    return [Probe("identity", 1, "content", identify, frozenset({"image", "video"}))]


def identify(entry: Entry, media: Media) -> list[Fact]:
    """``image_sha256`` of one file."""
    return [Fingerprint("image_sha256", identity_of(media))]


def identity_of(media: Media) -> str:
    """SHA-256 (hex) of the format's family and the picture data; of the whole file where they cannot be told apart."""
    family = _FAMILIES.get(media.format.name) if media.format else None
    if family is None:
        return media.sha256
    try:
        return _hashed(media, family, _READERS[family](media))
    except (ValueError, IndexError, OverflowError, struct.error):
        return media.sha256


def _hashed(media: Media, family: str, pieces: Iterable[Piece]) -> str:
    """Raises ValueError when a piece lies outside the file, or when there is nothing at all."""
    digest, total = hashlib.sha256(family.encode() + b"\0"), 0
    for piece in pieces:
        if isinstance(piece, bytes):
            digest.update(piece)
            continue
        offset, length = piece
        if length < 0 or offset + length > media.size:
            raise ValueError("a piece outside the file")
        total += length
        if total > 4 * media.size + BLOCK:
            raise ValueError("the same bytes over and over")
        if media.data is not None:
            digest.update(memoryview(media.data)[offset : offset + length])  # without copying it
            continue
        for at in range(offset, offset + length, BLOCK):
            digest.update(media.read_at(at, min(BLOCK, offset + length - at)))
    if not total:
        raise ValueError("no data")
    return digest.hexdigest()
