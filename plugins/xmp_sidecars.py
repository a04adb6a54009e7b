"""Read XMP sidecars, and say which picture each ``photo.jpg.xmp``, ``photo.xmp`` and ``IMG_1234.AAE`` is about.

digiKam and darktable name the whole file (``photo.jpg.xmp``); Adobe and Capture One name the stem (``photo.xmp``) and
mean the RAW where there is one, because into a JPEG they write themselves. An AAE is the recipe of an edit on an Apple
device and says nothing about dates; it is only kept with its picture.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from mediaparser_core.bundle import Named, folders, name_of, say
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.media import Media
from mediaparser_core.names import clean_text
from mediaparser_core.records import Bundle, Claim, Entry, Fact, Place, Probe, Seen, Trouble
from mediaparser_plugins import tag_dates, tag_facts, xmp_tags
from mediaparser_plugins.live_photos import is_live
from mediaparser_plugins.raw_pairs import is_raw, is_thumbnail
from mediaparser_plugins.reading import Reading

STAYS_NEAR = True  # of files in other folders nothing is said but by their content, picture data or identifier
LARGEST = 8 * 1024 * 1024  # bytes
DEEPEST = 100  # elements inside each other; masks of a RAW developer reach fifteen
MOST_ELEMENTS = 200_000

MOST = 9  # files of one stem that are looked at: of two and more nobody can say which is meant

_SOURCES = {  # a sidecar's claims name the property, to tell exif:DateTimeOriginal from photoshop:DateCreated
    "xmp:DateTimeOriginal": "exif:DateTimeOriginal",
    "xmp:DateTimeDigitized": "exif:DateTimeDigitized",
    "xmp:GPSDateTime": "gps:DateTime",
}
_EXIF = "{http://ns.adobe.com/exif/1.0/}"
_DECLARATION = re.compile(rb"\s*<\?xml[^>]*\?>")
_CONTROLS = bytes({*range(32)} - {9, 10, 13})  # not allowed in XML, and met in keywords all the same
_EDITED = "time of editing, not of capture"


@hookimpl
def register_probes() -> list[Probe]:
    return [Probe("xmp_sidecars", 1, "content", read_sidecar, frozenset({"xmp"}))]


def read_sidecar(entry: Entry, media: Media) -> list[Fact]:
    """Dates, place, keywords and rating of one XMP file. A bad one is a :class:`Trouble`, and no more than that."""
    if media.size > LARGEST or media.data is None:
        return [Trouble("xmp_sidecars", f"an XMP sidecar of {media.size:,} bytes is not read")]
    document, gauge = _as_utf8(media.data), _Gauge()
    if problem := _problem(document, gauge):
        return [Trouble("xmp_sidecars", problem)]
    reading = Reading()
    xmp_tags.read(document, reading)
    facts: list[Fact] = [_of_sidecar(claim) for claim in tag_dates.claims(reading.tags)]
    if place := tag_facts.place(reading.tags):
        north, east = gauge.signs["GPSLatitude"], gauge.signs["GPSLongitude"]
        facts.append(Place(_signed(place.latitude, north), _signed(place.longitude, east), "sidecar"))
    facts += tag_facts.keywords(reading.tags)
    facts += [note for note in tag_facts.notes(reading.tags) if note.key in ("rating", "description")]
    return facts


def _of_sidecar(claim: Claim) -> Claim:
    """*claim* as a sidecar's word; when the metadata were edited is a fact, but no date of the picture."""
    source = f"sidecar:{_SOURCES.get(claim.source, claim.source)}"
    if claim.source == "xmp:ModifyDate" and claim.accepted:
        return replace(claim, source=source, accepted=False, reason=_EDITED)
    return replace(claim, source=source)


def _signed(degrees: float, sign: int) -> float:
    return -abs(degrees) if sign < 0 else degrees


def _as_utf8(data: bytes) -> bytes:
    """A document in UTF-16 (Photoshop can) or with broken letters as UTF-8 that a parser takes."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = _DECLARATION.sub(b"", data.decode("utf-16", "replace").encode("utf-8", "replace"), count=1)
    elif not _DECLARATION.match(data):  # a declaration may name another encoding
        data = data.decode("utf-8", "replace").encode()
    return data.translate(None, _CONTROLS).strip()


def _problem(document: bytes, gauge: _Gauge) -> str | None:
    """Why *document* must not become a tree in memory: doctype, entities, depth, size, or no XML at all."""
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    parser = ElementTree.DefusedXMLParser(target=gauge, forbid_dtd=True)
    try:
        parser.feed(document)
        parser.close()
    except _TooMuch as error:
        return str(error)
    except DefusedXmlException:
        return "XMP with a document type or entities is not read"
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        return f"not valid XML: {clean_text(error, 200)}"
    return None


class _TooMuch(Exception):
    """A document beyond our limits."""


class _Gauge:
    """Measures a document while it is parsed, and keeps nothing of it but the two signs of a place.

    Apple writes degrees without a sign, and the hemisphere (``GPSLongitudeRef``) beside them.
    """

    def __init__(self) -> None:
        self.signs = {"GPSLatitude": 1, "GPSLongitude": 1}
        self._depth = self._elements = 0
        self._open = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > DEEPEST:
            raise _TooMuch(f"XMP nested more than {DEEPEST} deep")
        if self._elements > MOST_ELEMENTS:
            raise _TooMuch(f"XMP with more than {MOST_ELEMENTS:,} elements")
        self._open = tag
        for name, value in attributes.items():
            self._hemisphere(name, value)

    def data(self, text: str) -> None:
        self._hemisphere(self._open, text)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._open = ""

    def close(self) -> None:
        """Nothing is left to do."""

    def _hemisphere(self, name: str, value: str) -> None:
        said_of = name.removeprefix(_EXIF).removesuffix("Ref")
        if said_of in self.signs and name.endswith("Ref") and value.strip().upper() in ("S", "W"):
            self.signs[said_of] = -1


@hookimpl
def bundle(files: Sequence[Seen]) -> list[Bundle]:
    found: list[Bundle] = []
    for folder in folders(files, {"xmp", "aae"}):
        sidecars = [name_of(seen) for seen in folder if seen.format in ("xmp", "aae") and seen.kind == "sidecar"]
        if not sidecars:
            continue
        by_name: dict[str, list[Named]] = defaultdict(list)
        by_stem: dict[str, list[Named]] = defaultdict(list)
        for named in (name_of(seen) for seen in folder if seen.kind != "sidecar"):
            by_name[named.name].append(named)
            by_stem[named.stem].append(named)
        for sidecar in sidecars:
            whole = by_name.get(sidecar.stem, []) if sidecar.seen.format == "xmp" else []
            same_stem = [named for named in by_stem.get(sidecar.stem, ())[:MOST] if not is_thumbnail(named)]
            picture = whole[0] if len(whole) == 1 else _of_stem(same_stem, sidecar) if not whole else None
            if picture is None and sidecar.seen.format == "xmp" and not whole:
                doubt = f"its sidecar may be that of any of {len(same_stem)} files called so"
                found += (say("xmp_sidecar", each.seen, ("sidecar", sidecar.seen), doubt=doubt) for each in same_stem)
            if picture is not None:
                rule = "xmp_sidecar" if sidecar.seen.format == "xmp" else "aae_sidecar"
                found.append(say(rule, picture.seen, ("sidecar", sidecar.seen)))
    return found


def _of_stem(candidates: Sequence[Named], sidecar: Named) -> Named | None:
    """Which of several files of one stem a sidecar means; ``None`` where nobody can say.

    An XMP means the RAW, an AAE the rendered picture; the video of a Live Photo is not counted.
    """
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    images = [named for named in candidates if named.seen.kind == "image"]
    raws = [named for named in images if is_raw(named.seen)]
    if sidecar.seen.format == "xmp" and raws:
        return raws[0] if len(raws) == 1 else None
    images = [named for named in images if not is_raw(named.seen)] or raws
    videos = [named for named in candidates if named.seen.kind == "video"]
    if len(images) != 1:
        return None
    still = images[0]
    live = all(is_live(still, video) or _same_identifier(still, video) for video in videos)
    return still if live or sidecar.seen.format == "aae" else None


def _same_identifier(one: Named, other: Named) -> bool:
    return bool(one.seen.content_id) and one.seen.content_id == other.seen.content_id
