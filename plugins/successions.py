"""Say which pictures one camera took shortly one after the other."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Set
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from mediaparser_core.records import Look
from mediaparser_plugins import shots
from mediaparser_plugins import sketches as drawing
from mediaparser_plugins.look_tables import Texts, or_zero

if TYPE_CHECKING:  # pragma: no cover - only for annotations
    import numpy as np
    from numpy.typing import NDArray

    from mediaparser_plugins.sketches import Numbers

_AT_ONCE = 1024  # pairs

Sketches = Callable[[Iterable[str]], Mapping[str, bytes]]


class Shot(NamedTuple):
    """What matters of a picture here; a library may have millions."""

    moment: shots.Moment
    sha256: str
    phash: int
    turns: int | None
    bundle_id: int | None
    shape: tuple[int, int]  # as displayed


def following(
    assets: Iterable[Look], shortest: float, longest: float, new: Set[str] | None
) -> Iterator[tuple[Shot, Shot]]:
    """Every two pictures of one camera with *shortest* to *longest* seconds between them, the earlier one first.

    With *new*, those that have at least one of these SHA-256s. Whether two are a pair does not depend on others.
    """
    import numpy as np

    taken = _Taken.of(look for look in assets if _is_telling(look))
    order = taken.in_turn()
    camera, moment = taken.camera[order], taken.moment[order]
    # seconds may be counted whole, so that one more must be looked at
    last = _until(camera, moment, longest + 1)
    followed = last > np.arange(len(order)) + 1
    if new is not None:  # of most pictures neither they nor those that follow are new
        fresh = np.zeros(len(order), dtype=bool)
        fresh[taken.sha256.places(new)] = True
        count = np.cumsum(np.concatenate(([0], fresh[order])))
        followed &= count[last] > count[:-1]
    for place in np.flatnonzero(followed).tolist():
        one = taken.shot(int(order[place]))
        for row in order[place + 1 : last[place]].tolist():
            other = taken.shot(row)
            apart = shots.seconds_apart(one.moment, other.moment)
            if apart > longest:
                break
            wanted = new is None or one.sha256 in new or other.sha256 in new
            if wanted and apart >= shortest and (one.bundle_id is None or one.bundle_id != other.bundle_id):
                yield one, other


def close_by(assets: Iterable[Look], longest: float) -> Set[str]:
    """Pictures by a camera of which another one was taken within *longest* seconds, and perhaps a few more."""
    import numpy as np

    taken = _Taken.of(look for look in assets if look.kind == "image")
    order = taken.in_turn()
    last = _until(taken.camera[order], taken.moment[order], longest + 1)
    near = last > np.arange(len(order)) + 1
    near[1:] |= near[:-1]  # who comes next is near as well
    return {taken.sha256[row] for row in order[near].tolist()}


def drawn(
    pairs: Iterator[tuple[Shot, Shot]], sketches: Sketches
) -> Iterator[tuple[list[tuple[Shot, Shot]], Numbers, Numbers]]:
    """*pairs* some at a time, those of them whose sketches are both known."""
    while batch := list(islice(pairs, _AT_ONCE)):
        known = sketches(sorted({shot.sha256 for pair in batch for shot in pair}))
        batch = [pair for pair in batch if all(drawing.is_sketch(known.get(shot.sha256)) for shot in pair)]
        if batch:
            one, other = (drawing.numbers([known[pair[side].sha256] for pair in batch]) for side in (0, 1))
            yield batch, one, other


def _is_telling(look: Look) -> bool:
    return look.kind == "image" and not look.flat and look.phash is not None and bool(look.width and look.height)


def _until(camera: NDArray[np.int64], moment: NDArray[np.int64], seconds: float) -> NDArray[np.int64]:
    """For each picture, in the order of cameras and moments: the place of the first one that is too late, or another's."""
    import numpy as np

    found = np.empty(len(camera), dtype=np.int64)
    ends = np.flatnonzero(np.concatenate((camera[1:] != camera[:-1], [True]))) + 1 if len(camera) else found
    begin = 0
    for end in ends.tolist():
        own = moment[begin:end]
        found[begin:end] = begin + np.searchsorted(own, own + round(seconds * 1_000_000), side="right")
        begin = end
    return found


class _Taken(NamedTuple):
    """Pictures whose camera and second are known, one array a column."""

    sha256: Texts
    camera: NDArray[np.int64]
    moment: NDArray[np.int64]
    fraction: bytearray
    phash: array[int]
    turns: array[int]
    has_turns: bytearray
    bundle: array[int]
    shapes: array[int]

    @classmethod
    def of(cls, looks: Iterable[Look]) -> _Taken:
        import numpy as np

        cameras: dict[Hashable, int] = {}
        numbers = array("q")
        none = np.empty(0, dtype=np.int64)
        taken = cls(Texts(), none, none, bytearray(), array("Q"), array("Q"), bytearray(), array("q"), array("q"))
        for look in looks:
            camera, moment = shots.camera(look), shots.moment(look)
            if not camera or not moment:
                continue
            taken.sha256.append(look.sha256)
            numbers.extend((cameras.setdefault(camera, len(cameras)), moment.microseconds))
            taken.fraction.append(moment.fraction)
            taken.phash.append(or_zero(look.phash, 64))
            taken.turns.append(or_zero(look.turns, 64))
            taken.has_turns.append(look.turns is not None)
            taken.bundle.append(-1 if look.bundle_id is None else look.bundle_id)
            width, height = look.width or 0, look.height or 0
            taken.shapes.extend((width, height) if (look.orientation or 1) < 5 else (height, width))
        columns = np.frombuffer(numbers, dtype=np.int64).reshape(-1, 2)
        return taken._replace(camera=columns[:, 0].copy(), moment=columns[:, 1].copy())

    def in_turn(self) -> NDArray[np.int64]:
        """The rows by camera, then by moment, then by SHA-256."""
        import numpy as np

        by_name = self.sha256.order()
        rank = np.arange(len(self.camera))
        if by_name is not None:
            rank[by_name] = np.arange(len(by_name))
        return np.lexsort((rank, self.moment, self.camera))

    def shot(self, row: int) -> Shot:
        bundle = self.bundle[row]
        return Shot(
            shots.Moment(int(self.moment[row]), bool(self.fraction[row])), self.sha256[row], self.phash[row],
            self.turns[row] if self.has_turns[row] else None, None if bundle < 0 else bundle,
            (self.shapes[2 * row], self.shapes[2 * row + 1]),
        )  # fmt: skip
