"""Read the properties of an XMP packet that become facts, under the names ExifTool gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mediaparser_plugins.reading import Reading

if TYPE_CHECKING:  # pragma: no cover - only for annotations
    from xml.etree.ElementTree import Element

LONGEST = 8 * 1024 * 1024  # bytes of a packet
MOST_ITEMS = 1000  # of a list

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_ROOTS = (f"{_RDF}RDF", "{adobe:ns:meta/}xmpmeta", "{adobe:ns:meta/}xapmeta")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d:\d\d)(:\d\d)?\s*(\S*)", re.ASCII)
_YEAR_FIRST = re.compile(r"\d{4}", re.ASCII)
_DEGREES = re.compile(r"(\d+),(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?([NSEW])")

# URI of the namespace (without its last slash: some writers forget it) → its group, and property → (name, form)
_KNOWN: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    "http://ns.adobe.com/exif/1.0": ("exif", {
        "DateTimeOriginal": ("DateTimeOriginal", "date"), "DateTimeDigitized": ("DateTimeDigitized", "date"),
        "GPSTimeStamp": ("GPSDateTime", "date"), "GPSLatitude": ("GPSLatitude", "degrees"),
        "GPSLongitude": ("GPSLongitude", "degrees"),
    }),
    "http://ns.adobe.com/photoshop/1.0": ("photoshop", {"DateCreated": ("DateCreated", "date")}),
    "http://ns.adobe.com/xap/1.0": ("xmp", {
        "CreateDate": ("CreateDate", "date"), "ModifyDate": ("ModifyDate", "date"),
        "MetadataDate": ("MetadataDate", "date"), "Rating": ("Rating", "text"), "CreatorTool": ("CreatorTool", "text"),
    }),
    "http://ns.adobe.com/xap/1.0/mm": ("xmpMM", {
        "DocumentID": ("DocumentID", "text"), "OriginalDocumentID": ("OriginalDocumentID", "text"),
        "History": ("HistoryWhen", "when"),
    }),
    "http://ns.adobe.com/tiff/1.0": ("tiff", {
        "Orientation": ("Orientation", "text"), "Make": ("Make", "text"), "Model": ("Model", "text"),
        "DateTime": ("DateTime", "date"),
    }),
    "http://purl.org/dc/elements/1.1": ("dc", {
        "subject": ("Subject", "list"), "title": ("Title", "language"), "description": ("Description", "language"),
    }),
    "http://www.digikam.org/ns/1.0": ("digiKam", {"TagsList": ("TagsList", "list")}),
    "http://ns.adobe.com/lightroom/1.0": ("lr", {"hierarchicalSubject": ("HierarchicalSubject", "list")}),
    "http://ns.iview-multimedia.com/mediapro/1.0": ("mediapro", {"CatalogSets": ("CatalogSets", "list")}),
    "http://ns.microsoft.com/photo/1.0": ("microsoft", {
        "LastKeywordXMP": ("LastKeywordXMP", "list"), "DateAcquired": ("DateAcquired", "date"),
    }),
    "http://ns.google.com/photos/1.0/camera": ("GCamera", {
        "BurstID": ("BurstID", "text"), "MicroVideoOffset": ("MicroVideoOffset", "text"),
    }),
    "http://ns.google.com/photos/1.0/creations": ("GCreations", {"CameraBurstID": ("CameraBurstID", "text")}),
    "http://ns.google.com/photos/1.0/container": ("Container", {"Directory": ("DirectoryItemLength", "lengths")}),
    "http://cipa.jp/exif/1.0": ("exifEX", {"BodySerialNumber": ("SerialNumber", "text")}),
    "http://ns.adobe.com/exif/1.0/aux": ("aux", {"SerialNumber": ("SerialNumber", "text")}),
}  # fmt: skip


def read(packet: bytes, reading: Reading) -> None:
    """Read *packet* into *reading*. Entities and doctypes are refused, broken XML is a doubt, nothing raises."""
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    if len(packet) > LONGEST:
        return reading.doubt("an XMP packet of more than 8 MiB")
    if packet[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in packet[:16]:
        reading.doubt("XMP that is not UTF-8")
    try:
        root = ElementTree.fromstring(packet.rstrip(b"\0 \r\n\t"), forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        return reading.doubt(f"XMP that cannot be read: {error}")
    if root.tag not in _ROOTS:
        reading.doubt(f"XMP inside {str(root.tag)[:60]}")
    documents = [root] if root.tag == f"{_RDF}RDF" else root.findall(f"{_RDF}RDF")
    if len(documents) != 1:
        reading.doubt("XMP with more than one document, or none")
    for document in documents:
        for description in document:
            if description.tag == f"{_RDF}Description":
                _description(description, reading)
            else:
                reading.doubt("XMP with something else than descriptions")
    return None


def _description(description: Element, reading: Reading) -> None:
    for name, value in description.attrib.items():
        if known := _lookup(name, reading):
            key, form = known
            if form in ("list", "language", "when", "lengths"):
                reading.doubt(f"{key} is no list")
                form = "text"
            _put(key, form, value, reading)
    for child in description:
        if known := _lookup(child.tag, reading):
            _property(child, *known, reading)


def _lookup(name: object, reading: Reading) -> tuple[str, str] | None:
    if not isinstance(name, str):  # a comment
        return None
    uri, _, local = name[1:].partition("}")
    group, names = _KNOWN.get(uri.rstrip("/"), ("", {}))
    found = names.get(local)
    if not found and local.lower() in ("serialnumber", "internalserialnumber"):
        reading.doubt("XMP with a serial number in a namespace of its own")
    return (f"XMP-{group}:{found[0]}", found[1]) if found else None


def _property(element: Element, key: str, form: str, reading: Reading) -> None:
    if form in ("list", "language"):
        items = [item for box in element for item in box if item.tag == f"{_RDF}li"]
        if len(element) != 1 or len(items) > MOST_ITEMS or any(len(item) for item in items):
            reading.doubt(f"{key} is not one list of words")
        items = items[:MOST_ITEMS]
        if form == "language":
            items = [item for item in items if item.get(_LANGUAGE, "x-default").lower() == "x-default"]
        words = [item.text or "" for item in items]
        if not len(element) and element.text and element.text.strip():
            words = [element.text]
        if len(words) == 1 or (words and form == "language"):
            _put(key, "text", words[0], reading)
        elif words:
            reading.put(key, words)
    elif form in ("when", "lengths"):
        wanted, inner = ("}when", "date") if form == "when" else ("}Length", "text")
        found = [_converted(text, inner, reading) for text in _inside(element, wanted)][:MOST_ITEMS]
        if found:
            reading.put(key, found if len(found) > 1 else found[0])
    else:
        resource = element.get(f"{_RDF}resource")
        if len(element) or len(element.attrib) > bool(resource) or (resource and element.text):
            reading.doubt(f"{key} has a structure")
        _put(key, form, resource or next(_texts(element), ""), reading)


def _texts(element: Element) -> Iterator[str]:
    """Its own text, or the first of a list where one value was expected."""
    yield from (item.text for item in element.iter() if item.text and item.text.strip())


def _inside(element: Element, ending: str) -> Iterator[str]:
    """Every value of a field of the structures in a list, as attribute or as element, in order."""
    for item in element.iter():
        yield from (value for name, value in item.attrib.items() if name.endswith(ending))
        if isinstance(item.tag, str) and item.tag.endswith(ending):
            yield item.text or ""


def _put(key: str, form: str, value: str, reading: Reading) -> None:
    reading.put(key, _converted(value, form, reading))


def _converted(value: str, form: str, reading: Reading) -> object:
    if form == "date":
        if full := _DATE.fullmatch(value):
            year, month, day, minute, second, zone = full.groups()
            return f"{year}:{month}:{day} {minute}{second or ''}{zone}"
        return value.replace("-", ":") if _YEAR_FIRST.match(value) else value  # even in a zone: so does ExifTool
    if form == "degrees":
        found = _DEGREES.fullmatch(value)
        if not found:
            reading.doubt("an XMP coordinate in a form of its own")
            return value.strip()
        degrees = float(found[1]) + (float(found[2]) + float(found[3] or 0) / 60) / 60
        return -degrees if found[4] in "SW" else degrees
    return value
