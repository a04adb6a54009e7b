"""Write date and keywords into copies with ExifTool, and read back whether they arrived and nothing else changed.

RAW files are never written into: they are what the sensor saw, makers' formats are not public, and a program that
develops them may refuse one that was touched; their XMP is put beside them. A copy that says all it must already is
left byte for byte as it is.
"""

from __future__ import annotations

import atexit
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from html import unescape
from pathlib import Path

from mediaparser_core import media
from mediaparser_core.errors import ExportError, StorageError, ToolError
from mediaparser_core.exiftool import ExifTool, ExifToolDied, find
from mediaparser_core.hookspecs import Finished, hookimpl
from mediaparser_core.media import BLOCK, Media
from mediaparser_core.names import clean_text
from mediaparser_core.records import Entry, ExportItem
from mediaparser_core.settings import Settings
from mediaparser_plugins import iso_boxes, jpeg_tags, jpeg_writer, native_tags
from mediaparser_plugins.identity import identity_of
from mediaparser_plugins.identity_segments import jpeg_parts
from mediaparser_plugins.reading import Reading, from_bytes
from mediaparser_plugins.tag_dates import claims
from mediaparser_plugins.tag_facts import LONGEST_KEYWORD, keywords
from mediaparser_plugins.written_dates import film_dates, film_is_right, picture_dates, picture_is_right
from mediaparser_plugins.xmp_writer import document, xmp_date

_EXIF = frozenset({"jpeg", "tiff", "png", "webp", "heic", "avif", "jp2", "jxl", "psd"})
_IPTC = frozenset({"jpeg", "tiff", "psd"})  # elsewhere it is not in the standard
_FILMS = frozenset({"mp4", "mov", "m4v", "3gp"})
WRITABLE = _EXIF | _FILMS | {"gif"}

_TAGS = (
    "time:all", "IPTC:all", "Photoshop:IPTCDigest", "IFD0:XPKeywords", "UserData:Keywords", "ItemList:Keyword",
    "Keys:Keywords", "XMP-dc:Subject", "XMP-digiKam:TagsList", "XMP-lr:HierarchicalSubject", "XMP-mediapro:CatalogSets",
    "XMP-microsoft:LastKeywordXMP",
)  # fmt: skip
_LARGE = ("-api", "LargeFileSupport=1")
_IPTC_KEYWORD = 64  # bytes


@hookimpl
def finish_copy(copy: Path, item: ExportItem, settings: Settings) -> Finished | None:
    """Answers for copies that are right already, and for every format that ExifTool writes."""
    if settings.export.metadata != "copy":
        return None
    with _reading(copy, hashed=False) as opened:
        tags, sure = native_tags.read(opened)
        if sure and _date_is_right(tags, item, settings) and not _missing(tags, item):
            return Finished("untouched", detail="says already what it must")
        made = _made_ourselves(opened, tags, item, settings) if sure and item.format == "jpeg" else None
    if made is not None:
        return Finished("embedded", detail="dates", data=made)
    executable = find(settings.exiftool)
    if executable and not sure:
        with _tool(executable) as tool:
            answer = tool.read([os.fsencode(copy)], _TAGS, _LARGE)[0]
        tags = tags if isinstance(answer, ToolError) else answer
    if _date_is_right(tags, item, settings) and not _missing(tags, item):
        return Finished("untouched", detail="says already what it must")
    if item.format not in WRITABLE:
        return None
    if executable is None:
        return _beside(item, "ExifTool is not installed")
    try:
        with _reading(copy) as opened:
            before = _unchanging(opened)
        with _tool(executable) as tool:
            return _write(tool, copy, item, settings, before)
    except ToolError as error:
        return _beside(item, _reason(error))


def _made_ourselves(opened: Media, tags: Mapping[str, object], item: ExportItem, settings: Settings) -> bytes | None:
    """The whole copy with its dates; ``None`` where none are missing, or ExifTool is needed.

    Dates alone, in the usual kind of JPEG, do not need it.
    """
    if not item.write_date or _missing(tags, item) or _date_is_right(tags, item, settings):
        return None
    wanted = _dates(tags, item, settings)
    made = jpeg_writer.rewritten(opened, wanted, xmp_date(item.write_date, item.write_offset))
    if made is None:
        return None
    after = Reading()
    jpeg_tags.read(from_bytes(made), len(made), after)
    changed = {tag for tag, _ in wanted}
    others = [{tag: value for tag, value in each.items() if tag not in changed} for each in (tags, after.tags)]
    if not after.sure or others[0] != others[1] or not _date_is_right(after.tags, item, settings):
        return None
    return made


def _write(tool: ExifTool, copy: Path, item: ExportItem, settings: Settings, before: str) -> Finished:
    """Raises :class:`ToolError` when ExifTool refuses or dies."""
    path = os.fsencode(copy)
    wanted = _wanted(_read(tool, path), item, settings)
    if not wanted:
        return Finished("untouched", detail="says already what it must")
    try:
        try:
            said = tool.write(path, wanted, _LARGE)
        except ExifToolDied as error:
            if not str(error).endswith("SIGKILL"):
                raise
            # from outside: that says nothing about the picture, and it may have been written to before or not
            wanted, said = _wanted(_read(tool, path), item, settings), "1 image files updated"
            if wanted:
                said = tool.write(path, wanted, _LARGE)
    except ToolError:
        free = os.statvfs(copy.parent)
        if (
            free.f_bavail * free.f_frsize < copy.stat().st_size
        ):  # it writes a second file before it takes the first's name
            raise StorageError(f"{copy.parent}: the disk is full; make room and run the same command again") from None
        raise
    tags = _read(tool, path)
    with _reading(copy) as opened:
        after = _unchanging(opened)
    if after != before:
        return _beside(item, "ExifTool would have changed more than the metadata")
    if not _date_is_right(tags, item, settings) or _missing(tags, item):
        return _beside(item, clean_text(f"what was written does not read back: {said}"))
    return Finished("embedded", detail=clean_text(said))


def _wanted(tags: Mapping[str, object], item: ExportItem, settings: Settings) -> list[tuple[str, str]]:
    """What must be written so that a copy with these *tags* says what it must."""
    wanted: list[tuple[str, str]] = []
    if item.write_date and not _date_is_right(tags, item, settings):
        wanted += _dates(tags, item, settings)
    return wanted + _keywords(tags, item)


def _reason(error: ToolError) -> str:
    """Why ExifTool refused, without its counting."""
    lines = [line for line in str(error).splitlines() if " image files " not in line and " due to errors" not in line]
    return clean_text(unescape("ExifTool: " + "; ".join(lines or [str(error)])))


def _beside(item: ExportItem, why: str) -> Finished:
    return Finished("sidecar", document(item), why)


def _read(tool: ExifTool, path: bytes) -> Mapping[str, object]:
    answer = tool.read([path], _TAGS, _LARGE)[0]
    if isinstance(answer, ToolError):
        raise answer
    return answer


@contextmanager
def _tool(executable: str) -> Iterator[ExifTool]:
    """An ExifTool for this thread alone; there are as many as threads ask at once, and they end when the process does."""
    idle = _idle(os.getpid(), executable)
    try:
        tool = idle.pop()
    except IndexError:
        tool = ExifTool(executable, writing=True)
        atexit.register(tool.close)
    try:
        yield tool
    finally:
        idle.append(tool)


@cache
def _idle(pid: int, executable: str) -> list[ExifTool]:
    """This process's own (*pid* keeps a fork from using its parent's)."""
    return []


# -- what must not change ----------------------------------------------------------------------------------------------


@contextmanager
def _reading(copy: Path, *, hashed: bool = True) -> Iterator[Media]:
    path = os.fsencode(copy)
    try:
        with media.read(Entry(os.fsencode(copy.parent), path), hashed=hashed) as opened:
            yield opened
    except media.Unreadable as error:
        raise ExportError(f"{copy} {error}") from None


def _unchanging(opened: Media) -> str:
    """A hash of all that a change of metadata must leave alone: the picture, and a motion photo's film behind it."""
    parts: list[tuple[int, int]] = []
    if opened.format and opened.format.name == "jpeg":
        with suppress(ValueError):
            start = jpeg_parts(opened).data[0]
            parts.append((start, opened.size - start))
    elif opened.format and opened.format.name in ("heic", "avif"):
        with suppress(ValueError):
            parts += [(box.start, box.end - box.start) for box in iso_boxes.boxes(opened) if box.kind == b"mpvd"]
    digest = hashlib.sha256(identity_of(opened).encode())
    for start, length in parts:
        for at in range(start, start + length, BLOCK):
            digest.update(opened.read_at(at, min(BLOCK, start + length - at)))
    return digest.hexdigest()


# -- what it says ------------------------------------------------------------------------------------------------------


def _date_is_right(tags: Mapping[str, object], item: ExportItem, settings: Settings) -> bool:
    if not item.write_date:
        return True
    said = claims(tags)
    if item.format in _FILMS:
        return film_is_right(said, item.write_date, item.write_offset, settings.timezone)
    return picture_is_right(said, item.write_date, item.write_offset, exif=item.format not in ("gif", *_FILMS))


def _dates(tags: Mapping[str, object], item: ExportItem, settings: Settings) -> list[tuple[str, str]]:
    moment = item.write_date or ""
    if item.format in _FILMS:
        return film_dates(tags, moment, item.write_offset, settings.timezone)
    return picture_dates(tags, moment, item.write_offset, exif=item.format in _EXIF)


def _missing(tags: Mapping[str, object], item: ExportItem) -> list[str]:
    """The wanted keywords that are nowhere in *tags*, each once."""
    there = {tag.name.casefold() for tag in keywords(tags)}
    wanted = {clean.casefold(): clean for tag in item.write_tags if (clean := clean_text(tag, LONGEST_KEYWORD))}
    return [clean for folded, clean in wanted.items() if folded not in there]


def _keywords(tags: Mapping[str, object], item: ExportItem) -> list[tuple[str, str]]:
    """Only ever adds: what else is in a copy was put there by somebody."""
    missing = _missing(tags, item)
    wanted = [("XMP-dc:Subject+", tag) for tag in missing]
    if not missing or item.format not in _IPTC:
        return wanted
    has_iptc = any(key.startswith("IPTC:") for key in tags)
    unicode = not has_iptc or str(tags.get("IPTC:CodedCharacterSet")) in ("UTF8", "\x1b%G")
    fitting = [tag for tag in missing if len(tag.encode()) <= _IPTC_KEYWORD and (unicode or _is_latin(tag))]
    wanted += [("IPTC:Keywords+", tag) for tag in fitting]
    if fitting and not has_iptc:
        wanted.append(("IPTC:CodedCharacterSet", "UTF8"))
    if "Photoshop:IPTCDigest" in tags:
        wanted.append(("Photoshop:IPTCDigest", "new"))  # else readers that follow the MWG think IPTC is out of date
    return wanted


def _is_latin(text: str) -> bool:
    """Whether IPTC without a character set can say it."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True
