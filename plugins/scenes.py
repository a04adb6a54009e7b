"""Pair what a camera and a phone shot of the same thing at about the same time: a witness for the camera's clock.

Two devices side by side give no copies: another lens, another step to the left. So only what is strikingly alike counts,
and what it is worth is for the clock detective to say: one pair is an accident, several with the same distance in time
are not.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from mediaparser_core.dates import as_datetime
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Look, Match
from mediaparser_core.resolve.evidence import is_phone
from mediaparser_plugins import hamming
from mediaparser_plugins.look_tables import Texts, is_flat, or_zero

if TYPE_CHECKING:  # pragma: no cover - only for annotations
    import numpy as np
    from numpy.typing import NDArray

DISTANCE: Final = 8  # bits of 64
WIDE: Final = 72  # bits of 256
LONGEST: Final = 2 * 366 * 86400.0  # seconds; of a clock that is off by more a phone beside it is no proof
CONFIDENCE: Final = 0.5  # a scene comes again: it takes several to mean anything
_BEGINNING: Final = datetime(1, 1, 1)


class Shots:
    """What is compared of the pictures of some devices, one behind the other."""

    def __init__(self) -> None:
        self.sha256, self.phash, self.moment, self.wide = Texts(), array("Q"), array("q"), bytearray()

    def append(self, look: Look, phash: int, wide: int, moment: int) -> None:
        self.sha256.append(look.sha256)
        self.phash.append(phash)
        self.moment.append(moment)
        self.wide += wide.to_bytes(32, "big")

    def hashes(self) -> NDArray[np.uint64]:
        import numpy as np

        return np.frombuffer(self.phash, dtype=np.uint64)

    def columns(self) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """Moments in microseconds, and the long hashes in four words each."""
        import numpy as np

        return np.frombuffer(self.moment, dtype=np.int64), np.frombuffer(self.wide, dtype=">u8").reshape(-1, 4)


@hookimpl
def match(assets: Sequence[Look]) -> Iterable[Match]:
    import numpy as np

    cameras, phones = Shots(), Shots()
    for look in assets:
        if (moment := _moment(look)) is not None and look.phash is not None and look.phash256 is not None:
            mine = phones if is_phone(look.make or "", look.model or "") else cameras
            mine.append(look, or_zero(look.phash, 64), or_zero(look.phash256, 256), moment)
    if not len(phones.sha256) or not len(cameras.sha256):
        return []
    found = []
    (shown, ours), (told, theirs) = cameras.columns(), phones.columns()
    for left, right, bits in hamming.chunks_between(cameras.hashes(), phones.hashes(), DISTANCE):
        near = np.abs(shown[left] - told[right]) <= LONGEST * 1_000_000
        near &= np.bitwise_count(ours[left] ^ theirs[right]).sum(axis=1) <= WIDE
        for i, j, distance in zip(*(column[near].tolist() for column in (left, right, bits)), strict=True):
            a, b = sorted((cameras.sha256[i], phones.sha256[j]))
            found.append(Match(a, b, "scene", float(distance), CONFIDENCE))
    return sorted(found, key=lambda each: (each.a, each.b))


def _moment(look: Look) -> int | None:
    """When it was taken, in microseconds, of a picture by a known device with enough in it to be recognised."""
    if look.kind != "image" or look.precision != "second" or not look.taken_at or not look.make or not look.model:
        return None
    if look.phash is None or look.phash256 is None or is_flat(look):
        return None
    try:
        since = as_datetime(look.taken_at) - _BEGINNING
    except ValueError:
        return None
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
