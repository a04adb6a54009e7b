"""A camera whose clock was wrong: what is offered, how its pictures move, and what an answer means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from mediaparser_core import dates, review
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.review_clocks import ReviewClocks
from mediaparser_core.catalog.review_pages import ReviewPages
from mediaparser_core.web.differences import lasts
from mediaparser_core.web.fresh import Fresh, Row, stamp_of
from mediaparser_core.web.refusals import Stale, Unclear

SHOWN: Final = 5  # pictures of one piece
DOTS: Final = 120  # on one line of the strip
_WIDTH: Final = 1000.0  # of the strip, in its own units
_MARGIN: Final = 20.0
_NEAR: Final = 4 * 86400.0  # seconds: a wider strip has no room for other people's pictures


@dataclass(slots=True)
class Piece:
    """A part of a camera's life. ``moves`` says how its pictures move, dots are places on the strip (0 to 1000)."""

    since: str
    until: str
    seconds: float
    files: int
    kind: str
    evidence: str
    confidence: float
    pictures: list[tuple[Row, str, str]] = field(default_factory=list)  # row, what the clock showed, what it would be
    before: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"{self.since}..{self.until}"

    @property
    def moves(self) -> str:
        return f"{lasts(abs(self.seconds))} {'later' if self.seconds > 0 else 'earlier'}"

    def shift(self, seconds: float) -> str:
        """As a ``shift`` writes it."""
        return f"{seconds:+.12g} {self.key}"


@dataclass(frozen=True, slots=True)
class Camera:
    """One question. ``wrong`` should be moved, of ``unknown`` nobody can tell."""

    question: int
    key: str
    wrong: tuple[Piece, ...]
    unknown: tuple[Piece, ...]

    @property
    def name(self) -> str:
        make, model, serial = [*self.key.split("|"), "", ""][:3]
        named = model if model.lower().startswith(make.lower().split(" ")[0] or "\0") else f"{make} {model}".strip()
        return f"{named or 'A camera'}{f' (No. {serial})' if serial else ''}"

    @property
    def files(self) -> int:
        return sum(piece.files for piece in self.wrong)

    @property
    def unknown_files(self) -> int:
        return sum(piece.files for piece in self.unknown)

    @property
    def stamp(self) -> str:
        return stamp_of(self.key, [(piece.key, piece.seconds, piece.files) for piece in (*self.wrong, *self.unknown)])


def waiting(catalog: Catalog, after: int, limit: int, fresh: Fresh) -> list[Camera]:
    """The next cameras somebody should decide about."""
    found: list[Camera] = []
    while len(found) < limit:
        rows = ReviewClocks(catalog).offers(after, limit)
        if not rows:
            break
        after = rows[-1]["question"]
        found += [camera for camera in _cameras(rows) if not is_answered(camera, fresh)]
    return found[:limit]


def camera(catalog: Catalog, key: str, fresh: Fresh) -> Camera | None:
    """What is asked about this camera now, if anything."""
    found = next(iter(_cameras(ReviewClocks(catalog).offers_of(key))), None)
    return None if found is None or is_answered(found, fresh) else found


def _cameras(rows: Iterable[Mapping[str, Any]]) -> list[Camera]:
    found = []
    for question, group in groupby(rows, key=lambda row: row["question"]):
        offers = list(group)
        pieces = [
            Piece(*(row[name] for name in ("since", "until", "seconds", "files", "kind", "evidence", "confidence")))
            for row in offers
        ]
        found.append(
            Camera(
                question,
                offers[0]["camera"],
                tuple(piece for piece in pieces if piece.seconds),
                tuple(piece for piece in pieces if not piece.seconds),
            )
        )
    return found


def is_answered(camera: Camera, fresh: Fresh) -> bool:
    """Whether somebody has said a word about every piece that matters since the offers were made."""
    pieces = camera.wrong or camera.unknown
    return all(review.shift_at(fresh.state, camera.key, piece.since) is not None for piece in pieces)


def look_at(catalog: Catalog, camera: Camera, fresh: Fresh) -> None:
    """Give each piece its pictures and the dots of its strip."""
    clocks, pages = ReviewClocks(catalog), ReviewPages(catalog)
    for piece in camera.wrong or camera.unknown:
        readings = clocks.readings(camera.key, piece.since, piece.until)
        shown = dict(_spread(readings, SHOWN))
        piece.pictures = [
            (row, shown[row["sha256"]], dates.shift(shown[row["sha256"]], piece.seconds) or shown[row["sha256"]])
            for row in fresh.rows(pages.rows(shown))
        ]
        _draw(piece, [reading for _, reading in _spread(readings, DOTS)], clocks, camera.key)


def _spread(values: Sequence[Any], most: int) -> Sequence[Any]:
    """At most so many of them, from the first to the last, evenly."""
    if len(values) <= most:
        return values
    return [values[round(at * (len(values) - 1) / (most - 1))] for at in range(most)]


def _draw(piece: Piece, readings: Sequence[str], clocks: ReviewClocks, camera: str) -> None:
    moved = [dates.shift(reading, piece.seconds) or reading for reading in readings]
    moments = sorted([*readings, *moved])
    if not moments:
        return
    first, last = moments[0], moments[-1]
    wide = dates.difference(last, first) or 1.0
    if wide < _NEAR:
        edge = max(0.04 * wide, 1800.0)
        first, last = dates.shift(first, -edge) or first, dates.shift(last, edge) or last
        wide = dates.difference(last, first) or 1.0
        piece.others = [_place(moment, first, wide) for moment in clocks.others(camera, first, last, 2 * DOTS)]
    piece.before = [_place(moment, first, wide) for moment in readings]
    piece.after = [_place(moment, first, wide) for moment in moved]


def _place(moment: str, first: str, wide: float) -> float:
    return round(_MARGIN + (dates.difference(moment, first) or 0.0) / wide * (_WIDTH - 2 * _MARGIN), 1)


def answer(camera: Camera | None, stamp: str, chosen: Sequence[str], trusted: bool) -> str:
    """The value of the ``shift``: pieces *chosen* are moved, the others of ``wrong`` stay; unknown ones *trusted*
    count as right from now on. Raises :class:`Stale`, :class:`Unclear`."""
    if camera is None or camera.stamp != stamp:
        raise Stale("What is offered about this clock has changed since the page was loaded.")
    if not set(chosen) <= {piece.key for piece in camera.wrong}:
        raise Unclear("That part of the camera's life is not offered.")
    said = [piece.shift(piece.seconds if piece.key in chosen else 0) for piece in camera.wrong]
    said += [piece.shift(0) for piece in camera.unknown if trusted]
    if not said:
        raise Unclear("Nothing was said about the clock.")
    return ", ".join(said)
