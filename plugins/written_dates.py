"""Which tags say when a picture or a film was taken: whether they are right already, and what must be written.

A date coarser than a minute is never put into EXIF or QuickTime, which know only full dates and would have to invent
the rest; XMP says ``1994-07`` and means it. What contradicts such a date is removed from the copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mediaparser_core.dates import covers, offset_at, parse_exif, to_local, to_utc
from mediaparser_core.records import Claim

Assignments = list[tuple[str, str]]

_EXIF_TIMES = (
    ("ExifIFD:DateTimeOriginal", "ExifIFD:SubSecTimeOriginal", "ExifIFD:OffsetTimeOriginal"),
    ("ExifIFD:CreateDate", "ExifIFD:SubSecTimeDigitized", "ExifIFD:OffsetTimeDigitized"),
)
_TAKEN = (  # dates of the taking, each with what belongs to it
    _EXIF_TIMES[0],
    ("IFD0:DateTimeOriginal",),
    ("XMP-exif:DateTimeOriginal",),
    ("IPTC:DateCreated", "IPTC:TimeCreated"),
)
_XMP_TIMES = ("XMP-exif:DateTimeOriginal", "XMP-exif:DateTimeDigitized", "XMP-xmp:CreateDate")
_XMP_SOURCES = ("xmp:DateTimeOriginal", "xmp:DateCreated", "xmp:CreateDate")
_IPTC_TIMES = (
    ("IPTC:DateCreated", "IPTC:TimeCreated"),
    ("IPTC:DigitalCreationDate", "IPTC:DigitalCreationTime"),
)
_FILM_SOURCES = (
    "quicktime:CreateDate", "matroska:DateTimeOriginal", "asf:CreationDate", "riff:DateTimeOriginal",
    "h264:DateTimeOriginal",
)  # fmt: skip
_FILM_TIMES = (
    "QuickTime:CreateDate", "QuickTime:ModifyDate", "QuickTime:TrackCreateDate", "QuickTime:TrackModifyDate",
    "QuickTime:MediaCreateDate", "QuickTime:MediaModifyDate",
)  # fmt: skip
_UNSET = tuple((f"{tag}#", "0000:00:00 00:00:00") for tag in _FILM_TIMES)
_NEVER_SET = ("1904-01-01", "1970-01-01")  # where clocks begin to count: a film that says so says nothing
# 32 bits count seconds from 1904 to 2040; what lies before 1970 is taken for a count from 1970 by every reader
_FILM_BEGINS, _FILM_ENDS = "1970-01-02", "2040-02-06"


def picture_is_right(claims: Iterable[Claim], moment: str, offset: str | None, *, exif: bool) -> bool:
    """Whether what a picture says (*claims*) is *moment*, a moment in text, at *offset* where that is known.

    With *exif* the format holds EXIF, and that is what counts.
    """
    said = _by_source(claims)
    if not _is_full(moment):
        words = [
            said[source]
            for source in ("exif:DateTimeOriginal", *_XMP_SOURCES[:2], "iptc:DateCreated")
            if source in said
        ]
        return bool(words) and all(covers(moment, claim.value or "") for claim in words)
    sources = ("exif:DateTimeOriginal",) if exif else _XMP_SOURCES
    claim = next((said[source] for source in sources if source in said), None)
    return claim is not None and _says(claim, moment) and offset in (None, claim.utc_offset)


def picture_dates(tags: Mapping[str, object], moment: str, offset: str | None, *, exif: bool) -> Assignments:
    """What makes a picture with *tags* say *moment*; every other date of its taking that is there is put right, too."""
    xmp = _spaced(moment) + (offset or "" if "T" in moment else "")
    wanted = [("XMP-photoshop:DateCreated", xmp)]
    if not _is_full(moment):
        for tag, *parts in _TAKEN:
            if _contradicts(tags.get(tag), moment):
                wanted += [(each, "") for each in (tag, *parts) if each in tags]
        return wanted
    full, fraction = _full(moment), _fraction(moment)
    if exif:
        for time, subsec, zone in _EXIF_TIMES:
            wanted += [(time, full), (subsec, fraction), (zone, offset or "")]
        wanted += [("IFD0:DateTimeOriginal", "")] if "IFD0:DateTimeOriginal" in tags else []
    wanted += [(tag, xmp) for tag in _XMP_TIMES if tag in tags]
    for day, time in (
        ("IPTC:DateCreated", "IPTC:TimeCreated"),
        ("IPTC:DigitalCreationDate", "IPTC:DigitalCreationTime"),
    ):
        if day in tags or time in tags:  # IPTC has no time without a zone
            wanted += [(day, full[:10]), (time, f"{full[11:]}{offset}" if offset else "")]
    if "PNG:CreationTime" in tags:
        wanted.append(("PNG:CreationTime", full))
    return wanted


def film_is_right(claims: Iterable[Claim], moment: str, offset: str | None, zone: str) -> bool:
    """Whether what a film says is *moment*; without *offset* it was taken where the household's *zone* (IANA) is.

    A film that counts in UTC and has the right instant is right, even where nothing in it names the offset.
    """
    said = _by_source(claim for claim in claims if not (claim.value or "").startswith(_NEVER_SET))
    keys, created = said.get("keys:CreationDate"), next((said[name] for name in _FILM_SOURCES if name in said), None)
    if not _is_full(moment):
        words = [claim for claim in (keys, said.get("xmp:DateCreated"), created) if claim]
        return bool(words) and all(covers(moment, _on_the_wall(claim, moment, zone)) for claim in words)
    if keys:
        return _says(keys, moment, whole_seconds=True) and offset in (None, keys.utc_offset)
    if created and created.utc_offset:
        utc = to_utc(moment, offset or offset_at(zone, moment) or "+00:00")
        return utc is not None and _says(created, utc, whole_seconds=True)
    return created is not None and _says(created, moment, whole_seconds=True)


def film_dates(tags: Mapping[str, object], moment: str, offset: str | None, zone: str) -> Assignments:
    """What makes a film with *tags* say *moment*: QuickTime counts in UTC, Apple's key says wall time and offset."""
    if not _is_full(moment):
        created = parse_exif(str(tags.get("QuickTime:CreateDate", "")), None, "+00:00")
        claim = Claim("", "", created.value, "+00:00") if created and not created.value.startswith(_NEVER_SET) else None
        wanted = [("XMP-photoshop:DateCreated", _spaced(moment))]
        if claim and not covers(moment, _on_the_wall(claim, moment, zone)):
            wanted += _UNSET
        return wanted + ([("Keys:CreationDate", "")] if _contradicts(tags.get("Keys:CreationDate"), moment) else [])
    utc = to_utc(moment, offset or offset_at(zone, moment) or "+00:00") or moment
    wanted = [(tag, _full(utc)) for tag in _FILM_TIMES] if _FILM_BEGINS < utc < _FILM_ENDS else list(_UNSET)
    raw = "" if offset else "#"  # without it ExifTool adds an offset that nobody knows
    wanted.append((f"Keys:CreationDate{raw}", _full(moment) + (offset or "")))
    others = (f"UserData:DateTimeOriginal{raw}", f"ItemList:ContentCreateDate{raw}", "XMP-photoshop:DateCreated")
    present = [tag for tag in (*others, *_XMP_TIMES) if tag.rstrip("#") in tags]
    return wanted + [(tag, _full(moment) + (offset or "")) for tag in present]


def _on_the_wall(claim: Claim, moment: str, zone: str) -> str:
    """What *claim* says in wall time: a UTC time as the household's clocks showed it, if that agrees with *moment*."""
    value = claim.value or ""
    if claim.utc_offset != "+00:00":
        return value
    local = to_local(value, offset_at(zone, value) or "+00:00") or value
    return local if covers(moment, local) else value


def _contradicts(value: object, moment: str) -> bool:
    """Whether a tag's *value* is a date outside of *moment*."""
    said = parse_exif(str(value)) if value is not None else None
    return said is not None and not covers(moment, said.value)


def _by_source(claims: Iterable[Claim]) -> dict[str, Claim]:
    found: dict[str, Claim] = {}
    for claim in claims:
        if claim.value:
            found.setdefault(claim.source, claim)
    return found


def _is_full(moment: str) -> bool:
    return "T" in moment


def _says(claim: Claim, moment: str, *, whole_seconds: bool = False) -> bool:
    """Whether *claim* is *moment*: to the second (or the minute), and to the fraction where one is known."""
    value, fraction = claim.value or "", _fraction(moment)
    if not value.startswith(moment[:19]):
        return False
    return whole_seconds or not fraction or _fraction(value).rstrip("0") == fraction.rstrip("0")


def _fraction(moment: str) -> str:
    return moment[20:]


def _spaced(moment: str) -> str:
    """*moment* as ExifTool writes dates."""
    day, _, time = moment.partition("T")
    return day.replace("-", ":") + (f" {time}" if time else "")


def _full(moment: str) -> str:
    """*moment* to the second; a minute begins at its first second."""
    return _spaced(moment)[:19] if len(moment) >= 19 else _spaced(moment) + ":00"
