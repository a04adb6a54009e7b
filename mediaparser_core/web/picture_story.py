"""Everything the page of one picture tells, read in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from mediaparser_core import review
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.explored import Explored
from mediaparser_core.catalog.gallery import Gallery
from mediaparser_core.catalog.picture import PictureCase
from mediaparser_core.catalog.review_pages import ReviewPages
from mediaparser_core.catalog.squares import CELL_LEVEL, SPOT_LEVEL, Square, is_place, spot
from mediaparser_core.settings import Settings
from mediaparser_core.web import date_options
from mediaparser_core.web.decision_words import in_words
from mediaparser_core.web.fresh import Fresh
from mediaparser_core.web.gallery_filters import Filters
from mediaparser_core.web.picture_dates import Choosing, choosing
from mediaparser_core.web.trouble_words import advice

FILES, TOGETHER, MEMBERS = 50, 24, 12  # shown of each
DRAWN = 16384  # units around the world in static/world.svg

ROLES: Final = {
    "primary": "the picture", "raw": "the raw file", "live_video": "the moving part", "enhanced": "an enhanced version",
    "edited": "an edited version", "back": "the back", "version": "another version", "thumbnail": "a thumbnail",
    "sidecar": "a file that speaks of it",
}  # fmt: skip
STATES: Final = {
    "exported": ("In the library and in the export", "good"), "waiting": ("In the library; the next export copies it", "info"),
    "discarded": ("Left out of the library", "bad"), "missing": ("Its file is not there any more", "doubt"),
    "duplicate": ("Another version of a picture that is in the export", ""), "sidecar": ("A thumbnail of another picture", ""),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where it was taken: degrees, the point on ``world.svg``, and the square around it for the gallery."""

    latitude: float
    longitude: float
    x: float
    y: float
    square: Square


@dataclass(frozen=True, slots=True)
class Told:
    """One decision about the picture; ``stands`` until somebody takes it back."""

    number: int
    text: str
    actor: str
    at: str
    stands: bool
    verb: str


@dataclass(frozen=True, slots=True)
class Story:
    """What the page shows."""

    row: dict[str, Any]
    choosing: Choosing
    suggestion: str | None
    files: list[dict[str, Any]]
    exports: list[dict[str, Any]]
    bundle: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    tags: list[tuple[str, str]]
    told: dict[str, str]
    troubles: list[tuple[str, str, str]]
    decisions: list[Told]
    place: Place | None
    newer: str | None
    older: str | None


def story(catalog: Catalog, fresh: Fresh, settings: Settings, sha256: str, filters: Filters) -> Story | None:
    """All about one asset, or ``None`` when there is no such."""
    rows = Explored(catalog).library_rows([sha256])
    if not rows:
        return None
    case, gallery = PictureCase(catalog), Gallery(catalog)
    row = fresh.row(rows[0])
    found = list(ReviewPages(catalog).evidence([sha256]))
    heard = date_options.heard(found, settings, date.today())
    claims = case.claims(sha256)
    key = gallery.key(sha256)
    newer, older = (None, None) if key is None or filters.unanswerable else gallery.neighbours(filters.wanted(), key)
    source = rows[0]["source"]
    return Story(
        row=row,
        choosing=choosing(row, claims, found[0][0] if found else None, heard, source, settings),
        suggestion=None if row["taken_at"] else case.suggestion(sha256),
        files=case.files(sha256, FILES),
        exports=case.exports(sha256, FILES),
        bundle=case.bundle(sha256, TOGETHER),
        groups=_groups(case, catalog, fresh, sha256),
        tags=_tags(row, case.tags(sha256)),
        told=case.told(sha256),
        troubles=[(each["probe"], each["message"], advice(each["probe"], each["message"]).do)
                  for each in case.troubles(sha256, FILES)],
        decisions=_decisions(case, sha256),
        place=_place(row),
        newer=newer,
        older=older,
    )  # fmt: skip


def _groups(case: PictureCase, catalog: Catalog, fresh: Fresh, sha256: str) -> list[dict[str, Any]]:
    found = case.groups(sha256, MEMBERS)
    for group in found:
        members = group["members"]
        group["rows"] = fresh.rows(ReviewPages(catalog).rows(members))
        group["settled"] = bool(group["settled"]) or fresh.settled(members)
    return found


def _tags(row: Mapping[str, Any], sources: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each tag as it is now, with where it comes from."""
    return [(tag, sources.get(tag, "person")) for tag in row["tags"]]


def _decisions(case: PictureCase, sha256: str) -> list[Told]:
    every = case.decisions(sha256)
    # an undo has the subject of what it takes back, so these are all that matter to each other
    standing = {decision.request_id for decision in review.standing(decision for _, decision in every)}
    return [
        Told(number, in_words(decision), decision.actor, decision.at, decision.request_id in standing, decision.verb)
        for number, decision in reversed(every)
        if sha256 in decision.subject
    ]


def _place(row: Mapping[str, Any]) -> Place | None:
    latitude, longitude = row["latitude"], row["longitude"]
    if not is_place(latitude, longitude):
        return None
    x, y = spot(latitude, longitude)
    scale, shift = DRAWN / (1 << SPOT_LEVEL), SPOT_LEVEL - CELL_LEVEL
    square = Square(CELL_LEVEL, x >> shift, y >> shift)
    return Place(latitude, longitude, round(x * scale, 2), round(y * scale, 2), square)
