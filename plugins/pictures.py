"""What a picture is and what it looks like: size, perceptual hashes and a preview."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO

from mediaparser_core.errors import SettingsError
from mediaparser_core.formats import Format
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.media import Media
from mediaparser_core.records import Entry, Fact, Probe, Shape, Trouble
from mediaparser_core.settings import Settings
from mediaparser_plugins import looks, raw_previews
from mediaparser_plugins.cut_offs import is_cut_off
from mediaparser_plugins.picture_sizes import stored_size
from mediaparser_plugins.small_pictures import SHORT_SIDE, Undecodable, small_copy

if TYPE_CHECKING:
    from PIL import Image

NAME = "pictures"


@hookimpl
def register_probes(settings: Settings) -> Iterable[Probe]:
    native = settings.for_plugin("pictures").get("native", True)
    if not isinstance(native, bool):
        raise SettingsError(f"'plugins.pictures.native' must be true or false, not {native!r}")
    look = look_at_picture if native else functools.partial(look_at_picture, native=False)
    return [Probe(NAME, 3, "content", look, frozenset({"image"}))]


def look_at_picture(entry: Entry, media: Media, native: bool = True) -> list[Fact]:
    """Shape, ``phash``, ``dhash``, ``phash256``, ``turns``, ``parts`` and preview of one picture; RAW through its preview.

    Hashes and preview are those of the picture as it is displayed. The size is the one that is stored, before any
    rotation; of a RAW it is left to the metadata, for its preview is of another size. *native* as in
    :func:`mediaparser_plugins.small_pictures.small_copy`.
    """
    format = media.format
    if format is None:
        return []
    if format.raw:
        return [Shape("image", format.name), *_look_at_raw(media, format, native), *_what_is_missing(media)]
    size = stored_size(media, format.name)
    try:
        small, size = small_copy(media.cursor(), format.name, size=size, native=native)
    except Undecodable as error:
        missing = _what_is_missing(media)
        return [_shape(format.name, error.size or size), *(missing or [Trouble(NAME, str(error))])]
    return [_shape(format.name, size), *looks.facts(small), *_what_is_missing(media)]


def _shape(format: str, size: tuple[int, int] | None) -> Shape:
    return Shape("image", format, *(size or (None, None)))


def _what_is_missing(media: Media) -> list[Fact]:
    return [Trouble(NAME, "the picture is cut off before its end")] if is_cut_off(media) else []


@hookimpl(trylast=True)
def show(media: Media, side: int) -> bytes | None:
    if media.format is None or media.format.kind != "image":
        return None
    if media.format.raw:
        found = _raw_picture(media, media.format, side * 3 // 4)
    else:
        size = stored_size(media, media.format.name)
        found, _ = small_copy(media.cursor(), media.format.name, size=size, short_side=side * 3 // 4)
    return None if found is None else looks.jpeg(found, side)


def _look_at_raw(media: Media, format: Format, native: bool) -> list[Fact]:
    found = _raw_picture(media, format, SHORT_SIDE, native)
    return looks.facts(found) if found else [Trouble(NAME, "there is no preview in this RAW file that could be shown")]


def _raw_picture(media: Media, format: Format, short_side: int, native: bool = True) -> Image.Image | None:
    """The best preview in a RAW that can be decoded."""
    upright = raw_previews.orientation(media, format)
    candidates: list[tuple[str, BinaryIO]] = [
        ("jpeg", io.BytesIO(jpeg)) for jpeg in raw_previews.previews(media, format)
    ]
    if raw_previews.begins_with_thumbnail(media, format):
        candidates.append(("tiff", media.cursor()))
    for name, file in candidates:
        try:
            return small_copy(file, name, orientation=upright, short_side=short_side, native=native)[0]
        except Undecodable:
            continue
    return None
