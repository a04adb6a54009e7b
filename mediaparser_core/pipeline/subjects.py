"""What a person names on the command line → the assets that are meant."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from mediaparser_core import archives
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.clocks import Clocks
from mediaparser_core.errors import DecisionError
from mediaparser_core.review import questions

_PREFIX = re.compile(r"[0-9a-f]{6,64}", re.ASCII)


def asset(catalog: Catalog, name: str, export: bytes) -> str:
    """The SHA-256 meant by *name*: a file, a copy in the folder *export*, a SHA-256 or at least six digits of one.

    Raises :class:`DecisionError` when it is none of these, or more than one.
    """
    if _PREFIX.fullmatch(name.lower()) and not os.path.lexists(name):
        matches = catalog.found.starting_with(name.lower())
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise DecisionError(f"{name} is the beginning of more than one SHA-256; give more digits")
        raise DecisionError(f"no picture or video here has a SHA-256 that begins with {name}")
    path = os.fsencode(name)
    inside = archives.split(path)  # the two slashes before a file in an archive must stay two
    outside = inside[0] if inside else path
    for place in (os.path.abspath(outside), os.path.realpath(outside)):
        candidate = archives.join(place, inside[1]) if inside else place
        known = catalog.seen.find(candidate)
        if known is not None:
            if known[1] is None or catalog.found.asset(known[1]) is None:
                raise DecisionError(f"{name} is in the ledger, but it is not a picture or video we could read")
            return known[1]
        sha = catalog.done.exported_at(candidate, export)
        if sha is not None:
            return sha
    raise DecisionError(f"{name} is not in the catalog; scan its folder first: mediaparser scan FOLDER")


def assets(catalog: Catalog, names: tuple[str, ...], export: bytes) -> list[str]:
    """All the assets meant by *names*; ``group:7`` means the members of that group as shown by ``review``, and
    ``doubt:1f0c9a2e`` all that is asked about in that question."""
    found: list[str] = []
    for name in names:
        if name.startswith("group:"):
            group = catalog.asked.group_members(_number(name))
            if group is None:
                raise DecisionError(f"there is no {name} now; see 'mediaparser review' for the groups there are")
            found += group[1]
        elif name.startswith("doubt:"):
            found += _doubted(catalog, name)
        else:
            found.append(asset(catalog, name, export))
    return list(dict.fromkeys(found))


def cause(catalog: Catalog, name: str) -> tuple[str, str]:
    """What the pictures of the question ``doubt:1f0c9a2e`` have in common: the doubt, and the camera if it is its clock."""
    shared = _doubt(catalog, name)["cause"]
    if shared is None:
        raise DecisionError(f"nothing dates the pictures of {name}: a hint can be accepted, but not for those to come")
    return shared["doubt"], shared["camera"]


def _doubted(catalog: Catalog, name: str) -> list[str]:
    return list(_doubt(catalog, name)["subject"])


def _doubt(catalog: Catalog, name: str) -> Mapping[str, Any]:
    rows = catalog.asked.questions()["dates"]
    asked = questions.questions(rows, (), (), Clocks(catalog).offers())
    for question in asked:
        if question["name"] == name:
            return question
    raise DecisionError(f"there is no {name} now; see 'mediaparser review --kind date' for the questions there are")


def clock(catalog: Catalog, name: str) -> Mapping[str, Any]:
    """The question ``clock:3``: its camera is the subject, what may be answered are the options."""
    for question in questions.questions((), (), (), Clocks(catalog).offers()):
        if question["name"] == name:
            return question
    raise DecisionError(f"there is no {name} now; see 'mediaparser review --kind clock' for the questions there are")


def _number(name: str) -> int:
    text = name.partition(":")[2]
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise DecisionError(f"'{name}' is not a group: say group:NUMBER")
    return int(text)
