"""Pair what a camera and a phone shot of the same thing at about the same time: a witness for the camera's clock.

Two devices side by side give no copies: another lens, another step to the left. So only what is strikingly alike counts,
and what it is worth is for the clock detective to say: one pair is an accident, several with the same distance in time
are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Look, Match
from mediaparser_plugins import hamming
from mediaparser_plugins.lookalikes import is_flat

DISTANCE: Final = 8  # bits of 64
WIDE: Final = 72  # bits of 256
LONGEST: Final = 2 * 366 * 86400.0  # seconds; clocks that are off by more make no use of a phone
_PHONES: Final = re.compile(
    r"apple|google|huawei|honor|xiaomi|oneplus|oppo|vivo|realme|motorola|fairphone|hmd global|nothing|samsung",
    re.IGNORECASE,
)


@hookimpl
def match(assets: Sequence[Look]) -> Iterable[Match]:
    import numpy as np

    timed = [
        look for look in assets if look.kind == "image" and look.precision == "second" and look.make and look.model
    ]
    timed = [look for look in timed if look.phash is not None and look.phash256 is not None and not is_flat(look)]
    phones = [look for look in timed if _PHONES.match(look.make or "")]
    cameras = [look for look in timed if not _PHONES.match(look.make or "")]
    if not phones or not cameras:
        return []
    found = []
    near = hamming.chunks_between(_hashes(np, cameras), _hashes(np, phones), DISTANCE)
    for left, right, bits in near:
        for i, j, distance in zip(left.tolist(), right.tolist(), bits.tolist(), strict=True):
            one, other = cameras[i], phones[j]
            if ((one.phash256 or 0) ^ (other.phash256 or 0)).bit_count() <= WIDE:
                a, b = sorted((one.sha256, other.sha256))
                found.append(Match(a, b, "scene", float(distance), 0.5))
    return sorted(found, key=lambda each: (each.a, each.b))


def _hashes(np, looks):  # type: ignore[no-untyped-def]
    return np.array([look.phash for look in looks], dtype=np.uint64)
