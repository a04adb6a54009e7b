"""Which pictures somebody wants to see, and how SQL says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mediaparser_core.catalog.squares import BAND_LEVEL, SPOT_LEVEL, Square
from mediaparser_core.catalog.summary import SHOWN


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pictures. ``camera`` is maker and model, empty where the file names none; ``state`` of ``None`` are those that
    stay in the library, ``"all"`` is every one; ``words`` is a query of :func:`mediaparser_core.catalog.search.match`."""

    kind: str | None = None
    level: str | None = None
    placed: bool | None = None
    state: str | None = None
    camera: tuple[str, str] | None = None
    tags: tuple[str, ...] = ()
    square: Square | None = None
    words: str | None = None

    @property
    def plain(self) -> bool:
        """Whether the tallies alone can tell."""
        return not (self.tags or self.square or self.words)


def counted(wanted: Wanted) -> tuple[str, list[object]]:
    """``counted``: tallies with ``n``, how many of them have the tags, lie in the square and have the words."""
    bound: list[object] = [*wanted.tags]
    if len(wanted.tags) == 1 and not wanted.square and not wanted.words:
        few = "select g.tally, count(*) as n from timeline_tags g where g.tag = ? group by g.tally"
    else:
        condition, bound = narrow(wanted, tags=wanted.tags)
        few = f"select t.tally, count(*) as n from _timeline t where {condition} group by t.tally"
    return (
        f"with counted as materialized (select y.*, f.n from ({few}) f cross join tallies y on y.id = f.tally)",
        bound,
    )


def narrow(wanted: Wanted, tags: Sequence[str] = ()) -> tuple[str, list[object]]:
    """What the tallies cannot tell, as a condition on ``timeline t``."""
    parts: list[str] = ["true"]
    values: list[object] = []
    if wanted.square is not None:
        band = SPOT_LEVEL - BAND_LEVEL
        (west, east), (north, south) = wanted.square.xs, wanted.square.ys
        parts.append("t.band between ? and ? and t.x between ? and ? and t.y between ? and ?")
        values += [north >> band, south >> band, west, east, north, south]
    if wanted.words is not None:
        parts.append("t.content in (select f.rowid from search_fts f where search_fts match ?)")
        values.append(wanted.words)
    for tag in tags:
        parts.append("t.id in (select id from timeline_tags where tag = ?)")
        values.append(tag)
    return " and ".join(parts), values


def where(wanted: Wanted, *, without: str | None = None) -> tuple[str, list[object]]:
    """What the tallies can tell, as a condition on ``y``."""
    parts: list[str] = ["true"]
    values: list[object] = []
    for facet, value in (("kind", wanted.kind), ("level", wanted.level), ("placed", wanted.placed)):
        if value is not None and facet != without:
            parts.append(f"y.{facet} = ?")
            values.append(int(value) if isinstance(value, bool) else value)
    if wanted.camera is not None and without != "camera":
        parts.append("coalesce(y.make, '') = ? and coalesce(y.model, '') = ?")
        values += wanted.camera
    if without != "state" and wanted.state != "all":
        states = SHOWN if wanted.state is None else (wanted.state,)
        parts.append(f"y.state in ({', '.join('?' * len(states))})")
        values += states
    return " and ".join(parts), values
