"""What waits for a person, the most useful thing first, each with its door and a few pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.explored import Explored
from mediaparser_core.web import clock_review, group_review
from mediaparser_core.web.doubts import doubts_of
from mediaparser_core.web.fresh import Fresh, Row
from mediaparser_core.web.words import number

if TYPE_CHECKING:
    from mediaparser_core.web.explorer import Explorer

SHOWN = 4  # pictures beside a question
CAMERAS = 50  # counted; more would be a workshop


@dataclass(frozen=True, slots=True)
class Thing:
    """One kind of thing that waits: its ``question``, a sentence, the ``button`` and where it leads, some pictures."""

    kind: str
    count: int
    question: str
    text: str
    button: str
    path: str
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Everything that waits; ``total`` counts answers to give (troubles have none)."""

    things: tuple[Thing, ...] = ()

    @property
    def total(self) -> int:
        return sum(thing.count for thing in self.things if thing.kind != "trouble")


async def waiting(explorer: Explorer, fresh: Fresh) -> Waiting:
    """What waits in this library now."""
    book = await doubts_of(explorer).book()
    questions, pictures = book.left(fresh)
    first = book.following(None, fresh)
    about = [sha for sha in first[0].members if _is_open(fresh, sha)][:SHOWN] if first else []

    def look(catalog: Catalog) -> Waiting:
        rows = _rows(catalog, fresh)
        things = [_dates(questions, pictures, rows(about))] if questions else []
        for kind, count in group_review.waiting(catalog, fresh).items():
            group = group_review.next_open(catalog, kind, None, fresh) if count > 0 else None
            if group is not None:
                things.append(_groups(kind, count, rows(group["members"][:SHOWN])))
        if cameras := clock_review.waiting(catalog, 0, CAMERAS, fresh):
            things.append(_clocks(cameras, tuple(_moved(catalog, cameras[0], fresh))))
        if troubled := catalog.found.troubled_files():
            things.append(_troubles(troubled))
        return Waiting(tuple(things))

    return await explorer.look(look)


def _is_open(fresh: Fresh, sha: str) -> bool:
    return sha not in fresh.state.dates and fresh.state.kept.get(sha, True)


def _rows(catalog: Catalog, fresh: Fresh) -> Callable[[Sequence[str]], tuple[Row, ...]]:
    return lambda assets: tuple(fresh.rows(Explored(catalog).library_rows(assets)))


def _dates(questions: int, pictures: int, rows: tuple[Row, ...]) -> Thing:
    text = (
        f"{number(pictures, 'picture')} {'has' if pictures == 1 else 'have'} a date that may be wrong, or none at all."
    )
    if questions < pictures:
        text += f" {'One answer settles' if questions == 1 else f'{questions:,} answers settle'} them all."
    ask = "When was this taken?" if pictures == 1 else "When were these taken?"
    return Thing("date", questions, ask, text, f"Answer {number(questions, 'question')}", "/-/review/dates", rows)


def _groups(kind: str, count: int, rows: tuple[Row, ...]) -> Thing:
    one, many, _ = group_review.KINDS[kind]
    text = f"There {'is' if count == 1 else 'are'} {count:,} {one if count == 1 else many}. Nothing goes without your word."
    ask = "Which of these is the best?" if kind == "burst" else "Are these the same picture?"
    return Thing(kind, count, ask, text, "Compare them", f"/-/review/groups?kind={kind}", rows)


def _moved(catalog: Catalog, camera: clock_review.Camera, fresh: Fresh) -> list[Row]:
    """Some pictures of the first time a camera was wrong."""
    first = replace(camera, wrong=camera.wrong[:1], unknown=camera.unknown[:1])
    clock_review.look_at(catalog, first, fresh)
    return [row for piece in (first.wrong or first.unknown) for row, _, _ in piece.pictures][:SHOWN]


def _clocks(cameras: Sequence[clock_review.Camera], rows: tuple[Row, ...]) -> Thing:
    count = len(cameras)
    ask = "Was this camera's clock wrong?" if count == 1 else "Were these cameras' clocks wrong?"
    pictures = number(sum(camera.files or camera.unknown_files for camera in cameras), "picture")
    text = f"{cameras[0].name}: {pictures}." if count == 1 else f"{number(count, 'camera')}, {pictures}."
    return Thing("clock", count, ask, f"{text} Nothing moves without your word.", "Look at it" if count == 1 else "Look at them",
                 "/-/review/clocks", rows)  # fmt: skip


def _troubles(count: int) -> Thing:
    text = "They are untouched where they were. See what is wrong with them, and what can be done."
    return Thing(
        "trouble", count, f"{number(count, 'file')} could not be read in full", text, "See why", "/-/review/troubles"
    )
