"""Read the JSON sidecars of a Google Photos export (Takeout), and say whose they are.

The sidecar is the only place where Google keeps what people changed there: dates, places, people, favourites. Its
``photoTakenTime`` counts in UTC and is as good as the camera's own date; ``creationTime`` is the upload and never the
capture. Names are in :mod:`~mediaparser_plugins.takeout_names`, pairing in :mod:`~mediaparser_plugins.takeout_pairs`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from mediaparser_core.bundle import in_folders, say
from mediaparser_core.dates import from_epoch
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.media import Media
from mediaparser_core.names import clean_text
from mediaparser_core.records import Bundle, Claim, Entry, Fact, Note, Place, Probe, Seen, Tag, Trouble
from mediaparser_plugins.folder_tags import tag_of
from mediaparser_plugins.takeout_pairs import match

STAYS_NEAR = True  # of files in other folders nothing is said but by their content, picture data or identifier
LARGEST = 2 * 1024 * 1024  # bytes; a sidecar has about one thousand
MOST_PEOPLE = 100
_ALBUM = {"title", "description", "access", "date", "location", "geoData", "enrichments", "sharedAlbumComments"}
_FLAGS = ("favorited", "archived", "trashed")
_EPOCH = re.compile(r"(-?\d{1,12})(?:\.\d*)?", re.ASCII)


@hookimpl
def register_probes() -> list[Probe]:
    return [Probe("takeout", 2, "content", read_sidecar, frozenset({"json"}))]


def read_sidecar(entry: Entry, media: Media) -> list[Fact]:
    """The facts of one JSON file; nothing for a JSON that is neither a picture's sidecar nor an album.

    A sidecar always has a ``title`` note, empty where Google wrote none: it marks the file as one.
    """
    if media.size > LARGEST or media.data is None:
        if b'"photoTakenTime"' in media.head:
            return [Trouble("takeout", f"a sidecar of {media.size:,} bytes is not read; they have one or two thousand")]
        return [Note("unread", "a JSON document too large for a sidecar")]
    try:
        document = json.loads(media.data, parse_int=_whole, parse_constant=lambda word: None)
    except RecursionError:
        return [Trouble("takeout", "the JSON is nested too deeply")]
    except ValueError as error:
        return [Trouble("takeout", f"not valid JSON: {clean_text(error, 200)}")]
    if not isinstance(document, dict):
        return []
    if not isinstance(document.get("photoTakenTime"), dict):
        album = _album_title(document)
        tag = tag_of(album)  # none for "Photos from 2019", which is no album
        return [Note("takeout_album", album), *([Tag(tag, "takeout")] if tag else [])] if album else []
    return [
        Note("title", clean_text(_text(document, "title"))),
        *_claims(document),
        *_place(document),
        *_people(document),
        *_notes(document),
    ]


def _whole(digits: str) -> int | None:
    return int(digits) if len(digits) <= 20 else None  # thousands of digits: an attack on int() and on SQLite


def _text(document: dict[str, Any], key: str) -> str:
    value = document.get(key)
    return value if isinstance(value, str) else ""


def _album_title(document: dict[str, Any]) -> str:
    """The title of an album, whatever its file is called: ``metadata.json``, ``Metadaten.json`` …."""
    inner = document.get("albumData")
    if isinstance(inner, dict):  # until about 2019
        document = inner
    return clean_text(_text(document, "title")) if _ALBUM.issuperset(document) else ""


def _claims(document: dict[str, Any]) -> Iterable[Claim]:
    taken, uploaded = _stamp(document, "photoTakenTime"), _stamp(document, "creationTime")
    if taken:
        reason = None
        if taken.value is None:
            reason = "not a moment that exists"
        elif taken.value.startswith("1970-01-01T00:00:00"):
            reason = "0 stands for no date"
        accepted = reason is None
        if accepted and uploaded and uploaded.value == taken.value:
            reason = "the same second as the upload: Google may have known no other date"
        yield replace(taken, accepted=accepted, reason=reason)
    if uploaded:
        yield replace(uploaded, accepted=False, reason="time of upload, not of capture")


def _stamp(document: dict[str, Any], key: str) -> Claim | None:
    """``{"timestamp": "1696573800"}``, seconds since 1970 in UTC, as a claim; ``None`` where nothing is said."""
    stamp = document.get(key)
    said = stamp.get("timestamp") if isinstance(stamp, dict) else None
    if said is None or isinstance(said, (bool, dict, list)):
        return None
    raw = clean_text(said, 100)
    found = _EPOCH.fullmatch(raw)
    moment = from_epoch(int(found[1])) if found else None
    if moment is None:
        return Claim(f"takeout:{key}", raw, None)
    return Claim(f"takeout:{key}", raw, moment.value, "+00:00", "second")


def _place(document: dict[str, Any]) -> Iterable[Place]:
    """Where Google shows the picture; what the camera wrote where Google shows nothing (0, 0)."""
    for key in ("geoData", "geoDataExif"):
        geo = document.get(key)
        if not isinstance(geo, dict):
            continue
        latitude, longitude = _degrees(geo.get("latitude"), 90), _degrees(geo.get("longitude"), 180)
        if latitude is not None and longitude is not None and (latitude or longitude):
            yield Place(latitude, longitude, "takeout")
            return


def _degrees(value: Any, most: int) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) and abs(value) <= most else None


def _people(document: dict[str, Any]) -> Iterable[Tag]:
    people = document.get("people")
    for person in people[:MOST_PEOPLE] if isinstance(people, list) else ():
        name = clean_text(_text(person, "name"), 100) if isinstance(person, dict) else ""
        if name:
            yield Tag(name, "takeout")


def _notes(document: dict[str, Any]) -> Iterable[Note]:
    if description := clean_text(_text(document, "description"), 2000):
        yield Note("description", description)
    yield from (Note(flag, "1") for flag in _FLAGS if document.get(flag) is True)
    origin = document.get("googlePhotosOrigin")
    if isinstance(origin, dict) and "fromPartnerSharing" in origin:
        yield Note("partner_share", "1")


@hookimpl
def bundle(files: Sequence[Seen]) -> list[Bundle]:
    found = []
    for folder in in_folders(files, {"json"}):
        for one in match(folder):
            sidecars = [("sidecar", sidecar) for sidecar in one.sidecars]
            if one.still is not None:
                found.append(say("takeout_live_photo", one.still, ("live_video", one.picture), *sidecars))
            elif sidecars:
                found.append(say("takeout", one.picture, *sidecars))
            found += (say("takeout", one.picture, ("sidecar", each), doubt=_doubt(each)) for each in one.doubted)
        for album in (seen for seen in folder if seen.format == "json" and seen.album and tag_of(seen.album)):
            found += (say("takeout_album", seen, ("sidecar", album)) for seen in folder if seen.kind != "sidecar")
    return found


def _doubt(sidecar: Seen) -> str:
    return f"its sidecar has the title of another picture beside it: {clean_text(sidecar.title, 100)}"
