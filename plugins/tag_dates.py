"""Say which tags are dates, which sub-seconds and offset belong to each, and what each is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mediaparser_core.dates import parse_exif
from mediaparser_core.names import clean_text
from mediaparser_core.records import Claim

LONGEST = 120  # characters of a date that are kept to the letter
MOST = 100  # claims of one file

_UTC = "+00:00"
_PROFILE = "dates the colour profile, not the picture"
_EDITED = "dates a change of the metadata, not the picture"
_COPIED = "dates the copying to a computer"


@dataclass(frozen=True, slots=True)
class DateTag:
    """One source of dates: its ``key``, and the keys of the time, the sub-seconds and the offset that belong to it.

    ``zone`` is what the format counts in by its own rules; ``reason`` says why it never dates a picture.
    """

    source: str
    key: str
    time: str | None = None
    subsec: str | None = None
    offset: str | None = None
    zone: str | None = None
    reason: str | None = None


# OffsetTimeOriginal belongs to DateTimeOriginal, OffsetTimeDigitized to CreateDate, and OffsetTime to ModifyDate alone:
# after an edit on the other side of a clock change it is wrong for the day the picture was taken.
_EXIF = (
    DateTag(
        "exif:DateTimeOriginal", "ExifIFD:DateTimeOriginal",
        subsec="ExifIFD:SubSecTimeOriginal", offset="ExifIFD:OffsetTimeOriginal",
    ),
    DateTag("exif:DateTimeOriginal", "IFD0:DateTimeOriginal"),
    DateTag(
        "exif:CreateDate", "ExifIFD:CreateDate",
        subsec="ExifIFD:SubSecTimeDigitized", offset="ExifIFD:OffsetTimeDigitized",
    ),
    DateTag("exif:ModifyDate", "IFD0:ModifyDate", subsec="ExifIFD:SubSecTime", offset="ExifIFD:OffsetTime"),
    DateTag("gps:DateTime", "Composite:GPSDateTime", zone=_UTC),
)  # fmt: skip
_TEXT_BLOCKS = (
    DateTag("xmp:DateTimeOriginal", "XMP-exif:DateTimeOriginal"),
    DateTag("xmp:DateTimeDigitized", "XMP-exif:DateTimeDigitized"),
    DateTag("xmp:DateCreated", "XMP-photoshop:DateCreated"),
    DateTag("xmp:CreateDate", "XMP-xmp:CreateDate"),
    DateTag("xmp:ModifyDate", "XMP-xmp:ModifyDate"),
    DateTag("xmp:ModifyDate", "XMP-tiff:DateTime"),
    DateTag("xmp:GPSDateTime", "XMP-exif:GPSDateTime"),
    DateTag("iptc:DateCreated", "IPTC:DateCreated", "IPTC:TimeCreated"),
    DateTag("iptc:DateCreated", "IPTC2:DateCreated", "IPTC2:TimeCreated"),
    DateTag("iptc:DigitalCreationDate", "IPTC:DigitalCreationDate", "IPTC:DigitalCreationTime"),
    DateTag("png:CreationTime", "PNG:CreationTime"),
    DateTag("png:CreateDate", "PNG:CreateDate"),
    DateTag("png:ModifyDate", "PNG:ModifyDate", zone=_UTC),
)
_CONTAINERS = (
    DateTag("keys:CreationDate", "Keys:CreationDate"),
    DateTag("userdata:DateTimeOriginal", "UserData:DateTimeOriginal"),
    DateTag("userdata:ContentCreateDate", "UserData:ContentCreateDate"),
    DateTag("itemlist:ContentCreateDate", "ItemList:ContentCreateDate"),
    DateTag("quicktime:CreateDate", "QuickTime:CreateDate", zone=_UTC),
    DateTag("quicktime:MediaCreateDate", "Track1:MediaCreateDate", zone=_UTC),
    DateTag("quicktime:TrackCreateDate", "Track1:TrackCreateDate", zone=_UTC),
    DateTag("quicktime:ModifyDate", "QuickTime:ModifyDate", zone=_UTC),
    DateTag("riff:DateTimeOriginal", "RIFF:DateTimeOriginal"),
    DateTag("riff:DateCreated", "RIFF:DateCreated"),
    DateTag("asf:CreationDate", "ASF:CreationDate", zone=_UTC),
    DateTag("matroska:DateTimeOriginal", "Matroska:DateTimeOriginal", zone=_UTC),
    DateTag("h264:DateTimeOriginal", "H264:DateTimeOriginal"),
)
_MAKERS = (
    DateTag("maker:RicohDate", "Ricoh:RicohDate"),
    DateTag("maker:MinoltaDate", "Minolta:MinoltaDate", "Minolta:MinoltaTime"),
    DateTag("maker:PentaxDate", "Pentax:Date", "Pentax:Time"),
    DateTag("maker:KodakDate", "Kodak:DateCreated", "Kodak:TimeCreated"),  # the date is put together below
    DateTag("maker:SonyDateTime", "Sony:SonyDateTime"),
    DateTag("maker:SamsungTimeStamp", "Samsung:TimeStamp"),
    DateTag("maker:NintendoTimeStamp", "Nintendo:TimeStamp"),
    DateTag("maker:PanasonicTimeStamp", "Panasonic:TimeStamp"),
)
_NEVER = (
    DateTag("xmp:MetadataDate", "XMP-xmp:MetadataDate", reason=_EDITED),
    DateTag("xmp:HistoryWhen", "XMP-xmpMM:HistoryWhen", reason="dates a step of editing"),
    DateTag("xmp:DateAcquired", "XMP-microsoft:DateAcquired", reason=_COPIED),
    DateTag("icc:ProfileDateTime", "ICC-header:ProfileDateTime", reason=_PROFILE),
    DateTag("icc:ProfileDateTime", "ICC-header2:ProfileDateTime", reason=_PROFILE),
)
DATES = _EXIF + _TEXT_BLOCKS + _CONTAINERS + _MAKERS + _NEVER
_NAMED = {tag.key for tag in DATES}


def claims(tags: Mapping[str, object]) -> list[Claim]:
    """Every word on a date that *tags* contain, junk included, in order of :data:`DATES`; never two alike."""
    if "Kodak:YearCreated" in tags and "Kodak:MonthDayCreated" in tags:
        tags = {**tags, "Kodak:DateCreated": f"{tags['Kodak:YearCreated']}:{tags['Kodak:MonthDayCreated']}"}
    found: dict[tuple[str, str | None, str | None, str], Claim] = {}
    others = sorted(key for key in tags if key.endswith(":DateTimeOriginal") and _is_maker(key))
    makers = [DateTag(f"maker:{clean_text(key.partition(':')[0], 40)}", key) for key in others]
    for tag in (*DATES, *makers):
        value = tags.get(tag.key)
        for item in value[:5] if isinstance(value, list) else [value]:
            claim = _claim(tag, item, tags)
            if claim and len(found) < MOST:
                found.setdefault((claim.source, claim.value, claim.utc_offset, claim.value or claim.raw), claim)
    return list(found.values())


def _is_maker(key: str) -> bool:
    return key not in _NAMED and not key.startswith(("Composite:", "XMP", "XML", "JSON", "File:", "System:"))


def _part(tags: Mapping[str, object], key: str | None) -> str:
    value = tags.get(key) if key else None
    return "" if value is None or isinstance(value, (list, dict)) else clean_text(value, LONGEST)


def _claim(tag: DateTag, value: object, tags: Mapping[str, object]) -> Claim | None:
    if value is None or isinstance(value, (dict, list)):
        return None
    said = clean_text(value, LONGEST)
    if not said:
        return None
    time, subsec, offset = _part(tags, tag.time), _part(tags, tag.subsec), _part(tags, tag.offset)
    whole = f"{said} {time}" if time else said
    moment = parse_exif(whole, subsec or None, offset or tag.zone)
    if moment is None and time:
        moment = parse_exif(said)  # the time is broken, the day still stands
    raw = whole + (f".{subsec}" if subsec else "") + offset
    if moment is None:
        reason = tag.reason or ("the date is blank" if not raw.strip(" :0") else "not a date that can be read")
        return Claim(tag.source, raw, None, None, None, False, reason)
    return Claim(tag.source, raw, moment.value, moment.utc_offset, moment.precision, tag.reason is None, tag.reason)
