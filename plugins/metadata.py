"""Read what cameras, phones and people wrote into a file: natively where that is certain, else by ExifTool."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterable
from functools import cache, partial

from mediaparser_core import archives
from mediaparser_core.errors import SettingsError, ToolError
from mediaparser_core.exiftool import Answer, ExifTool, find
from mediaparser_core.exiftool.stream import read_stream
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.media import Media
from mediaparser_core.records import Entry, Fact, Link, Note, Probe, Trouble
from mediaparser_core.settings import Settings
from mediaparser_plugins import native_tags
from mediaparser_plugins.tag_facts import facts, number, text

SECONDS = 5.0  # for a small file: less than a worker has, so that what ExifTool does to a file is told by us

WANTED = (
    "time:all", "Orientation", "Rotation", "ImageSize", "Duration", "Make", "Model", "AndroidMake", "AndroidModel",
    "AndroidManufacturer", "SerialNumber", "CameraSerialNumber", "InternalSerialNumber", "GPSLatitude", "GPSLongitude",
    "GPSCoordinates", "LocationInformation", "Keywords", "Keyword", "Subject", "TagsList", "HierarchicalSubject",
    "XPKeywords", "LastKeywordXMP", "CatalogSets", "ContentIdentifier", "MediaGroupUUID", "BurstUUID", "BurstID",
    "CameraBurstID", "DocumentID", "OriginalDocumentID", "MicroVideoOffset",
    "DirectoryItemLength", "ContainerDirectoryItemLength", "Rating", "Software", "CreatorTool", "Title", "ObjectName",
    "Description", "ImageDescription", "Caption-Abstract", "YearCreated", "MonthDayCreated", "TimeCreated", "Error",
)  # fmt: skip
"""Every tag that becomes a fact, as arguments for ExifTool."""


@hookimpl
def register_probes(settings: Settings) -> Iterable[Probe]:
    # "auto" (the default), "exiftool" (ask it always) or "native" (never ask it)
    reader = settings.for_plugin("metadata").get("reader", "auto")
    if reader not in ("auto", "exiftool", "native"):
        raise SettingsError(f"'plugins.metadata.reader' must be one of auto, exiftool, native, not {reader!r}")
    executable = None if reader == "native" else find(settings.exiftool)
    return [Probe("metadata", 1, "content", partial(run, executable=executable, always=reader == "exiftool"))]


def run(entry: Entry, media: Media, *, executable: str | None, always: bool = False) -> list[Fact]:
    """The facts in the tags of *media*. *executable* is ExifTool's, or ``None``; *always* asks it first."""
    if media.format is None:
        return []
    tags: dict[str, object] = {}
    sure, found = False, list[Fact]()
    if not (always and executable):
        tags, sure = native_tags.read(media)
    reader = "native" if sure else "native, unsure"
    answer = _ask(executable, media) if executable and not sure else None
    if answer is not None:
        if isinstance(answer, ToolError):
            found.append(Trouble("metadata", str(answer)))
            tags = tags or native_tags.read(media)[0]
        else:
            reader, tags = "exiftool", answer
    if error := text(tags.get("ExifTool:Error")):
        found.append(Trouble("metadata", f"ExifTool says: {error}"))
    found += facts(tags, media.format)
    if offset := motion_photo(media, tags):
        found.append(Link("motion_photo", str(offset)))
    return [*found, Note("metadata_reader", reader)]


def _ask(executable: str, media: Media) -> Answer | None:
    """ExifTool's answer; ``None`` for a member of an archive that is too large to be given to it in one go."""
    if archives.split(media.path) is None:
        return running(os.getpid(), executable).read([media.path], WANTED, seconds=SECONDS)[0]
    if media.data is None:
        return None
    return read_stream(executable, media.read_at, media.size, WANTED, seconds=SECONDS)


@cache
def running(pid: int, executable: str) -> ExifTool:
    """This process's own ExifTool (*pid* keeps a fork from using its parent's); it ends when the process does."""
    tool = ExifTool(executable)
    atexit.register(tool.close)
    return tool


def motion_photo(media: Media, tags: dict[str, object]) -> int | None:
    """Where the video of a motion photo begins, in bytes from the start; ``None`` when there is none.

    What the tags say counts only when a video is there: trailers move when a picture is edited.
    """
    if media.format is None or media.format.kind != "image":
        return None
    said: list[object] = [tags.get("XMP-GCamera:MicroVideoOffset")]
    for key, value in tags.items():
        if key.startswith("XMP-") and key.endswith("DirectoryItemLength"):  # its group depends on ExifTool's version
            said += value[-3:] if isinstance(value, list) else [value]
    for value in said:
        length = number(value)
        if length and 8 < length < media.size and media.read_at(media.size - int(length), 8)[4:] == b"ftyp":
            return media.size - int(length)
    if media.data is not None and media.data[-4:] == b"SEFT":  # Samsung's trailer
        at = media.data.rfind(b"MotionPhoto_Data")
        if at >= 0 and media.data[at + 20 : at + 24] == b"ftyp":
            return at + 16
    return None
