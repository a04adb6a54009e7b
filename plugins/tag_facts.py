"""Turn a file's tags, named as ExifTool names them (``ExifIFD:DateTimeOriginal``), into facts."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from mediaparser_core.formats import Format
from mediaparser_core.names import clean_text
from mediaparser_core.records import Camera, Fact, Kind, Link, Note, Place, Shape, Tag
from mediaparser_plugins.tag_dates import claims

Tags = Mapping[str, object]

LONGEST_KEYWORD = 150  # characters
MOST_KEYWORDS = 250
LONGEST_VIDEO = 30 * 24 * 3600.0  # seconds; more is a broken header

_FLAT_KEYWORDS = {
    "IPTC:Keywords": "iptc",
    "XMP-dc:Subject": "xmp",
    "UserData:Keywords": "quicktime",
    "ItemList:Keyword": "quicktime",
    "Keys:Keywords": "quicktime",
}
_DEEP_KEYWORDS = {  # one string says the whole branch: "People|Marie Curie"
    "XMP-digiKam:TagsList": "/",
    "XMP-lr:HierarchicalSubject": "|",
    "XMP-mediapro:CatalogSets": "|",
    "XMP-microsoft:LastKeywordXMP": "/",
}
_MAKES = ("IFD0", "Keys", "UserData", "CanonRaw", "CIFF", "SigmaRaw", "KyoceraRaw", "PhaseOne", "XMP-tiff")
_SERIALS = ("ExifIFD:SerialNumber", "IFD0:CameraSerialNumber", "XMP-exifEX:SerialNumber", "XMP-aux:SerialNumber")
_DURATIONS = tuple(f"{group}:Duration" for group in ("Composite", "QuickTime", "Matroska", "ASF", "RIFF", "M2TS"))
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_CONTAINED_PLACES = (":GPSCoordinates", ":LocationInformation")
_TURNS = {0: 1, 90: 6, 180: 3, 270: 8}  # degrees clockwise as an EXIF orientation
_NOTES = {
    "rating": ("XMP-xmp:Rating", "IFD0:Rating", "ExifIFD:Rating"),
    "software": ("IFD0:Software", "XMP-xmp:CreatorTool", "Keys:Software", "PNG:Software", "RIFF:Software"),
    "title": ("XMP-dc:Title", "IPTC:ObjectName", "PNG:Title", "UserData:Title", "Keys:Title", "ItemList:Title"),
    "description": (
        "XMP-dc:Description", "IPTC:Caption-Abstract", "IFD0:ImageDescription", "PNG:Description",
        "UserData:Description", "Keys:Description",
    ),
}  # fmt: skip


def facts(tags: Tags, format: Format) -> list[Fact]:
    """Everything *tags* say that the catalog keeps: claims, shape, place, camera, keywords, links and notes.

    *tags* come from ExifTool (``-G1 -n -api Struct=0 -api QuickTimeUTC=1``) or from our own readers; any value may be
    garbage. What comes out is clean text of bounded length: less than 256 KiB for any file.
    """
    found: list[Fact] = [*claims(tags), shape(tags, format)]
    found += [fact for fact in (place(tags), camera(tags)) if fact]
    found += [*keywords(tags), *links(tags), *notes(tags)]
    return found


def text(value: object, limit: int = 500) -> str:
    """One value as clean text; the first of a list; empty for nothing."""
    while isinstance(value, list):
        value = value[0] if value else None
    if value is None or (isinstance(value, str) and value.startswith("(Binary data ")):  # ExifTool's way to say no
        return ""
    return clean_text(value, limit)


def number(value: object) -> float | None:
    """One value as a finite number, else ``None``."""
    said = text(value, 60)
    if not _NUMBER.fullmatch(said):  # float() itself takes "1_0", "nan" and digits of every script
        return None
    result = float(said)
    return result if math.isfinite(result) else None


def shape(tags: Tags, format: Format) -> Shape:
    """What the tags know of the shape. Orientation is the tag's; a video's comes from its rotation."""
    size = [number(part) for part in text(tags.get("Composite:ImageSize"), 60).replace("x", " ").split()]
    if len(size) != 2 or not all(side and 0 < side < 1 << 18 for side in size):
        size = [None, None]
    width, height = (int(side) if side else None for side in size)
    kind: Kind = "video" if format.kind == "video" else "image"
    duration = next((value for key in _DURATIONS if (value := number(tags.get(key)))), None)
    if kind == "image" or (duration is not None and not 0 < duration < LONGEST_VIDEO):
        duration = None
    duration = None if duration is None else round(duration, 3)
    return Shape(kind, format.name, width, height, orientation(tags), duration)


def orientation(tags: Tags) -> int | None:
    """EXIF orientation 1-8, else what a container's rotation amounts to, else ``None``."""
    for key in ("IFD0:Orientation", "XMP-tiff:Orientation"):
        if (value := number(tags.get(key))) in range(1, 9):
            return int(value or 0)
    for key in ("Composite:Rotation", "CanonRaw:Rotation"):
        if (value := number(tags.get(key))) in _TURNS:
            return _TURNS[int(value or 0)]
    return None


def place(tags: Tags) -> Place | None:
    """Where the picture was taken; ``None`` for nothing, for 0,0 and for what is not on Earth."""
    composed = "exif"
    if "GPS:GPSLatitude" not in tags and any(key.endswith(_CONTAINED_PLACES) for key in tags):
        composed = "quicktime"
    for source, latitude, longitude in (
        (composed, tags.get("Composite:GPSLatitude"), tags.get("Composite:GPSLongitude")),
        ("xmp", tags.get("XMP-exif:GPSLatitude"), tags.get("XMP-exif:GPSLongitude")),
        ("quicktime", *_coordinates(tags.get("Keys:GPSCoordinates"))),
        ("quicktime", *_coordinates(tags.get("UserData:GPSCoordinates"))),
    ):
        north, east = number(latitude), number(longitude)
        if north is None or east is None or (north == 0 and east == 0) or abs(north) > 90 or abs(east) > 180:
            continue
        return Place(round(north, 8), round(east, 8), source)  # 8 decimals are a millimetre
    return None


def _coordinates(value: object) -> tuple[object, object]:
    parts = text(value, 100).split()
    return (parts[0], parts[1]) if len(parts) >= 2 else (None, None)


def camera(tags: Tags) -> Camera | None:
    """Maker, model and serial number of the camera; ``None`` when nothing is said."""
    make = next((word for group in _MAKES if (word := _word(tags.get(f"{group}:Make")))), None)
    model = next((word for group in _MAKES if (word := _word(tags.get(f"{group}:Model")))), None)
    make = make or _word(tags.get("Keys:AndroidMake")) or _word(tags.get("Keys:AndroidManufacturer"))
    model = model or _word(tags.get("Keys:AndroidModel"))
    keys = [*_SERIALS, *sorted(key for key in tags if key.endswith((":SerialNumber", ":InternalSerialNumber")))]
    serials = (text(tags.get(key), 64) for key in sorted(keys, key=lambda key: key.endswith(":InternalSerialNumber")))
    serial = next((word for word in serials if word.strip("0 ?-")), None)
    return Camera(make, model, serial) if make or model or serial else None


def _word(value: object) -> str | None:
    return None if isinstance(value, int) else text(value, 100) or None


def keywords(tags: Tags) -> list[Tag]:
    """Every keyword once, whatever the number of places that say it.

    A branch (``People|Marie Curie``) counts as its parts, as photo managers themselves write it into the flat lists.
    """
    found: dict[str, Tag] = {}
    for word, source in _words(tags):
        clean = clean_text(word, LONGEST_KEYWORD)
        if clean and len(found) < MOST_KEYWORDS:
            found.setdefault(clean.casefold(), Tag(clean, source))
    return list(found.values())


def _words(tags: Tags) -> Iterator[tuple[object, str]]:
    for key, source in _FLAT_KEYWORDS.items():
        yield from ((word, source) for word in _items(tags.get(key)))
    for value in _items(tags.get("IFD0:XPKeywords")):
        yield from ((word, "exif") for word in re.split("[;,]", str(value)))
    for key, separator in _DEEP_KEYWORDS.items():
        for branch in _items(tags.get(key)):
            parts = str(branch).split(separator)
            if not parts[0].startswith("_Digikam_"):  # its own book-keeping: colour labels, pick labels
                yield from ((part, "xmp") for part in parts)


def _items(value: object) -> list[object]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items[: 4 * MOST_KEYWORDS] if isinstance(item, (str, int, float, Decimal))]


def links(tags: Tags) -> list[Link]:
    """Identifiers that tie this file to others, in upper case where writers disagree about the case."""
    wanted = (
        ("content_id", ("Apple:ContentIdentifier", "Apple:MediaGroupUUID", "Keys:ContentIdentifier")),
        ("burst_id", ("Apple:BurstUUID", "XMP-GCamera:BurstID", "XMP-GCreations:CameraBurstID")),
        ("document_id", ("XMP-xmpMM:OriginalDocumentID", "XMP-xmpMM:DocumentID")),
    )
    found = []
    for kind, keys in wanted:
        key = next((word for name in keys if (word := text(tags.get(name), 100))), None)
        if key:
            found.append(Link(kind, key if kind == "document_id" else key.upper()))
    return found


def notes(tags: Tags) -> list[Note]:
    """Rating, software, title and description, the first place that has one."""
    found = []
    for name, keys in _NOTES.items():
        limit = 2000 if name == "description" else 200
        if said := next((word for key in keys if (word := text(tags.get(key), limit))), None):
            found.append(Note(name, said))
    return found
