"""Set dates in an XMP packet and leave every other byte of it as it is; what is out of the ordinary is refused.

A date that is there is replaced where it is. One that is not becomes an attribute of the first description. What the
packet grows by comes out of the white space that is kept at its end for this, as long as there is some.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

NAMES = {
    "XMP-photoshop:DateCreated": "photoshop:DateCreated", "XMP-exif:DateTimeOriginal": "exif:DateTimeOriginal",
    "XMP-exif:DateTimeDigitized": "exif:DateTimeDigitized", "XMP-xmp:CreateDate": "xmp:CreateDate",
}  # fmt: skip
"""ExifTool's names of the dates that can be set → their names in a packet."""

_SPACES = {
    "photoshop": "http://ns.adobe.com/photoshop/1.0/", "exif": "http://ns.adobe.com/exif/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/", "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}  # fmt: skip
_TAG = re.compile(r"<(/?)([\w.:-]+)((?:\s+[\w.:-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*)\s*(/?)>")
_ATTRIBUTE = re.compile(r"([\w.:-]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_INSTRUCTION = re.compile(r"<\?.*?\?>", re.DOTALL)
_ROOM = re.compile(r"([ \t\r\n]*)(<\?xpacket end=[\"'][rw][\"']\?>\s*)\Z")
_MOST = 20_000  # tags


@dataclass(slots=True)
class _Tag:
    """A start tag: its *name*, where its attributes begin and end, and how deep it is."""

    name: str
    start: int
    end: int
    depth: int
    closed: bool


def dated(packet: bytes, dates: Mapping[str, str]) -> bytes:
    """*packet* with *dates*: name as in :data:`NAMES` → date as XMP writes it. Raises ``ValueError``."""
    text = packet.decode("utf-8")
    for name, date in dates.items():
        text = _with(text, name, date)
    return _fitted(text, len(packet))


def _with(text: str, name: str, date: str) -> str:
    if not re.fullmatch(r"[\dT:.+-]+", date):
        raise ValueError("not a date")
    tags = _tags(text)
    places = []
    for tag in tags:
        if tag.name == name:
            end = text.find("<", tag.end)
            if tag.closed or tag.depth != tags[_description(tags)].depth + 1 or _attributes(text, tag):
                raise ValueError(f"{name} is no simple property")
            if not text.startswith(f"</{name}>", end):
                raise ValueError(f"{name} has a structure")
            places.append((text.index(">", tag.end) + 1, end))
        for found in _ATTRIBUTE.finditer(text, tag.start, tag.end):
            if found[1] == name:
                if tag.name != "rdf:Description" or tag.depth != tags[_description(tags)].depth:
                    raise ValueError(f"{name} is no simple property")
                places.append((found.start(2) + 1, found.end(2) - 1))
    if len(places) > 1:
        raise ValueError(f"{name} twice")
    if places:
        start, end = places[0]
        return text[:start] + date + text[end:]
    first = tags[_description(tags)]
    prefix = name.partition(":")[0]
    bound = any(f"xmlns:{prefix}" in _attributes(text, tag) for tag in _above(tags, first))
    space = "" if bound else f' xmlns:{prefix}="{_SPACES[prefix]}"'
    return f'{text[: first.end]}{space} {name}="{date}"{text[first.end :]}'


def _tags(text: str) -> list[_Tag]:
    """Every start tag of *text*, when it is one plain document whose prefixes mean what they usually do."""
    found: list[_Tag] = []
    at, depth = 0, 0
    while (at := text.find("<", at)) >= 0:
        if instruction := _INSTRUCTION.match(text, at):
            at = instruction.end()
            continue
        tag = _TAG.match(text, at)
        if tag is None or len(found) > _MOST:
            raise ValueError("something else than tags")
        at = tag.end()
        if tag[1]:
            depth -= 1
            continue
        found.append(_Tag(tag[2], tag.start(3), tag.end(3), depth, bool(tag[4])))
        depth += not tag[4]
        for name, space in _attributes(text, found[-1]).items():
            prefix = name.removeprefix("xmlns:") if name.startswith("xmlns") else None
            known = _SPACES.get(prefix or "")
            if prefix is not None and (space in _SPACES.values() or known) and space != known:
                raise ValueError("prefixes of its own")
    if depth:
        raise ValueError("a tag is not closed")
    return found


def _description(tags: list[_Tag]) -> int:
    """The place of the first description of the only document."""
    documents = [number for number, tag in enumerate(tags) if tag.name == "rdf:RDF"]
    if len(documents) != 1 or len(tags) == documents[0] + 1:
        raise ValueError("no document, or more than one")
    first = tags[documents[0] + 1]
    if first.name != "rdf:Description" or first.depth != tags[documents[0]].depth + 1:
        raise ValueError("no description")
    return documents[0] + 1


def _above(tags: list[_Tag], tag: _Tag) -> list[_Tag]:
    """*tag* and those that it is in."""
    found, depth = [tag], tag.depth
    for each in reversed(tags[: tags.index(tag)]):
        if each.depth < depth:
            found.append(each)
            depth = each.depth
    return found


def _attributes(text: str, tag: _Tag) -> dict[str, str]:
    return {found[1]: found[2][1:-1] for found in _ATTRIBUTE.finditer(text, tag.start, tag.end)}


def _fitted(text: str, size: int) -> bytes:
    """*text* in *size* bytes, where the white space at its end is enough, else as it is."""
    made = text.encode("utf-8")
    room = _ROOM.search(text)
    more = len(made) - size
    if room is None or more == 0 or len(room[1]) <= more:
        return made
    kept = room[1][more:] if more > 0 else " " * -more + room[1]
    return f"{text[: room.start()]}{kept}{room[2]}".encode()
