"""How other programs date a file, as their documentation says: small functions over what ExifTool reads.

None of their code is here. Each takes ExifTool's tags (``-G1 -a -json``, QuickTime not converted), the file's name and its
modification time on the household's wall, and gives a wall time or ``None``; nothing states a zone or a confidence.

``phockup``: SubSecCreateDate, SubSecDateTimeOriginal, CreateDate, DateTimeOriginal, then a name like
``IMG_20160915_123456.jpg``; else the file is put away as unknown. ``elodie``: of a photo EXIF DateTimeOriginal, CreateDate,
ModifyDate; of a video QuickTime CreationDate, CreateDate, CreationDate-und-US, MediaCreateDate, H264 DateTimeOriginal; else
the file's own time. ``immich``: SubSecDateTimeOriginal, SubSecCreateDate, SubSecMediaCreateDate, DateTimeOriginal, CreateDate,
MediaCreateDate, CreationDate, DateTimeCreated, GPSDateTime; else the file's own time; never the name.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

Tags = Mapping[str, Any]
Rule = Callable[[Tags, str, datetime], datetime | None]

_NAME = re.compile(r".*[_-](\d{4})(\d{2})(\d{2})[_-]?(\d{2})(\d{2})(\d{2})")
_VIDEOS = (".mov", ".mp4", ".m4v", ".3gp", ".avi", ".mpg", ".mpeg", ".mts")


def phockup(tags: Tags, name: str, mtime: datetime) -> datetime | None:
    found = first(tags, ("SubSecCreateDate", "SubSecDateTimeOriginal", "CreateDate", "DateTimeOriginal"))
    if found is None and (match := _NAME.search(name)):
        found = _built(match.groups())
    return found


def elodie(tags: Tags, name: str, mtime: datetime) -> datetime | None:
    wanted: Iterable[str] = ("EXIF:DateTimeOriginal", "EXIF:CreateDate", "EXIF:ModifyDate")
    if name.lower().endswith(_VIDEOS):
        wanted = ("QuickTime:CreationDate", "QuickTime:CreateDate", "QuickTime:CreationDate-und-US",
                  "QuickTime:MediaCreateDate", "H264:DateTimeOriginal")  # fmt: skip
    return first(tags, wanted) or mtime


def immich(tags: Tags, name: str, mtime: datetime) -> datetime | None:
    wanted = ("SubSecDateTimeOriginal", "SubSecCreateDate", "SubSecMediaCreateDate", "DateTimeOriginal", "CreateDate",
              "MediaCreateDate", "CreationDate", "DateTimeCreated", "GPSDateTime")  # fmt: skip
    return first(tags, wanted) or mtime


RULES: Mapping[str, Rule] = {"phockup": phockup, "elodie": elodie, "immich": immich}


def first(tags: Tags, wanted: Iterable[str]) -> datetime | None:
    """The first readable date among *wanted* tags; a group before the colon is one of family 0, as both programs ask."""
    for tag in wanted:
        value = tags.get(tag)
        if isinstance(value, str) and (found := parsed(value)) is not None:
            return found
    return None


def parsed(text: str) -> datetime | None:
    match = re.match(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)", text)
    return _built(match.groups()) if match and not text.startswith("0000") else None


def _built(parts: Iterable[str | None]) -> datetime | None:
    try:
        return datetime(*(int(part or 0) for part in parts))
    except ValueError:
        return None


def tags_of(folder: Path) -> dict[str, dict[str, Any]]:
    """Relative path → tags of every file below *folder*, each by its name alone and by group 0 and name."""
    command = ["exiftool", "-r", "-json", "-G0", "-time:all", "-q", "-q", str(folder)]
    rows = json.loads(subprocess.run(command, capture_output=True, check=False).stdout or b"[]")
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        tags: dict[str, Any] = {}
        for key, value in row.items():
            group, _, tag = key.rpartition(":")
            if group != "File":
                tags[key] = value
                tags.setdefault(tag, value)
        found[str(Path(row["SourceFile"]).relative_to(folder))] = tags
    return found


def answers(
    folder: Path, rule: Rule, tags: Mapping[str, Tags], paths: Iterable[str], zone: str
) -> dict[str, str | None]:
    """Relative path → the wall time that *rule* gives."""
    found: dict[str, str | None] = {}
    for path in paths:
        file = folder / path
        mtime = datetime.fromtimestamp(file.stat().st_mtime, ZoneInfo(zone)).replace(tzinfo=None)
        moment = rule(tags.get(path, {}), file.name, mtime)
        found[path] = moment.isoformat(timespec="seconds") if moment else None
    return found
