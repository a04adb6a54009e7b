"""Read ``.picasa.ini``: what Picasa knew of the pictures in a folder and never wrote into them.

Keywords, albums, names of people, stars, captions, places. The only date in it is the folder's, which Picasa took from
one of the pictures or from the day of copying: a claim that is rejected.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from mediaparser_core.bundle import folders, say
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.media import Media
from mediaparser_core.names import clean_text, fold
from mediaparser_core.records import Bundle, Claim, Entry, Fact, Note, Place, Probe, Seen, Tag, Trouble

STAYS_NEAR = True  # of files in other folders nothing is said but by their content, picture data or identifier
LARGEST = 4 * 1024 * 1024  # bytes; a picture takes about 300
MOST_SECTIONS = 50_000
MOST_TAGS = 64  # of one picture

_SECTION = re.compile(r"\[(.{1,300})\]")
_ALBUM = ".album:"
_OTHERS = ("picasa", "contacts", "contacts2", "encoding")
_FACE = re.compile(r"rect\d*\([0-9a-f]*\),([0-9a-f]{1,16})", re.IGNORECASE)
_LETTER = re.compile(r"&#(\d{2,6});")
_SPREADSHEET_DAY = datetime(1899, 12, 30)  # day 0 of Windows' own count of days
_FOLDER_DATE = "the folder's date in Picasa: that of one of its pictures, or of a copy"

Sections = Mapping[str, Mapping[str, str]]


@hookimpl
def register_probes() -> list[Probe]:
    return [Probe("picasa", 1, "content", read_ini, frozenset({"picasa"}))]


def read_ini(entry: Entry, media: Media) -> list[Fact]:
    """What it says of each picture that it names, and of the folder."""
    if media.size > LARGEST or media.data is None:
        return [Trouble("picasa", f"a list of {media.size:,} bytes is not read")]
    try:
        text = media.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = media.data.decode("cp1252", "replace")  # until 2008
    sections = _sections(text)
    people = {number: words.split(";")[0] for number, words in sections.get("contacts2", {}).items()}
    albums = {name[len(_ALBUM) :]: said.get("name", "") for name, said in sections.items() if name.startswith(_ALBUM)}
    facts: list[Fact] = [*_folder_date(sections.get("picasa", {}))]
    for name, said in sections.items():
        if not name.startswith(_ALBUM) and name not in _OTHERS:
            facts += _picture(name, said, people, albums)
    return facts


def _sections(text: str) -> dict[str, dict[str, str]]:
    """The sections by folded name; of two of one name, and of two keys, the first counts."""
    sections: dict[str, dict[str, str]] = {}
    here: dict[str, str] = {}
    for line in text.splitlines():
        line = line.strip()
        if found := _SECTION.fullmatch(line):
            if len(sections) >= MOST_SECTIONS:
                break
            here = sections.setdefault(fold(found[1]), {})
        elif "=" in line and not line.startswith((";", "#")):
            key, _, value = line.partition("=")
            if value.strip():
                here.setdefault(key.strip().lower(), value.strip())
    return sections


def _picture(
    name: str, said: Mapping[str, str], people: Mapping[str, str], albums: Mapping[str, str]
) -> Iterator[Fact]:
    yield Note("spoken_of", clean_text(name), name)
    words = [
        *said.get("keywords", "").split(","),
        *(albums.get(fold(token.strip()), "") for token in said.get("albums", "").split(",")),
        *(people.get(number.lower(), "") for number in _FACE.findall(said.get("faces", ""))),
    ]
    tags = dict.fromkeys(tag for word in words if (tag := clean_text(_LETTER.sub(_letter, word), 100)))
    yield from (Tag(tag, "picasa", name) for tag in list(tags)[:MOST_TAGS])
    if caption := clean_text(_LETTER.sub(_letter, said.get("caption", "")), 2000):
        yield Note("description", caption, name)
    yield from (
        Note(flag, "1", name) for key, flag in (("star", "favorited"), ("hidden", "hidden")) if said.get(key) == "yes"
    )
    if place := _place(said.get("geotag", "")):
        yield Place(*place, "picasa", name)


def _letter(found: re.Match[str]) -> str:
    number = int(found[1])
    return chr(number) if 32 <= number < 0xD800 or 0xDFFF < number < 0x110000 else ""


def _place(text: str) -> tuple[float, float] | None:
    try:
        north, east = (float(part) for part in text.split(","))
    except ValueError:
        return None
    fits = math.isfinite(north) and math.isfinite(east) and abs(north) <= 90 and abs(east) <= 180
    return (north, east) if fits and (north or east) else None


def _folder_date(said: Mapping[str, str]) -> Iterator[Claim]:
    """``date=40123.456``: days since the end of 1899."""
    raw = clean_text(said.get("date", ""), 40)
    if not raw:
        return
    try:
        moment = _SPREADSHEET_DAY + timedelta(days=float(raw))
    except (ValueError, OverflowError):
        yield Claim("picasa:date", raw, None, None, None, False, "not a moment that exists")
    else:
        yield Claim("picasa:date", raw, moment.date().isoformat(), None, "day", False, _FOLDER_DATE)


@hookimpl
def bundle(files: Sequence[Seen]) -> list[Bundle]:
    found = []
    for folder in folders(files, {"picasa"}):
        lists = [seen for seen in folder if seen.format == "picasa"]
        if not lists:
            continue
        pictures = [(fold(seen.name), seen) for seen in folder if seen.kind != "sidecar"]
        for seen in lists:
            named = frozenset(seen.about)
            found += [
                say("picasa", picture, ("sidecar", seen), about=name) for name, picture in pictures if name in named
            ]
    return found
