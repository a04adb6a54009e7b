"""Recognise the same picture with other metadata: an edited title, stripped tags, our own export come back.

Two files whose picture data are equal to the byte (``image_sha256``) are versions of one picture, unless their metadata
contradict each other: another capture time or another camera. Tiny pictures (icons, test images) are left alone, for
their pixels may be equal by chance.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from mediaparser_core.bundle import say
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Bundle, Seen

STAYS_NEAR = True  # of files in other folders nothing is said but by their content, picture data or identifier
SMALLEST = 128  # pixels of the longer side


@hookimpl
def bundle(files: Sequence[Seen]) -> Iterable[Bundle]:
    """Bundles of role ``version``; the version that says most about itself is the primary."""
    for places in _repeated(array("q", map(_number, files))):
        alike: dict[str, dict[str, Seen]] = defaultdict(dict)
        for seen in (files[place] for place in places):
            alike[seen.image_sha256 or ""].setdefault(seen.sha256, seen)
        for image in sorted(alike):
            if len(alike[image]) > 1:
                yield from _versions(alike[image].values())


def _versions(alike: Iterable[Seen]) -> Iterator[Bundle]:
    richest, *others = sorted(alike, key=lambda seen: (-seen.claims, -seen.size, seen.sha256))
    versions = [other for other in others if not _contradict(richest, other)]
    if versions:
        yield say("same picture, other metadata", richest, *(("version", other) for other in versions))


def _number(seen: Seen) -> int:
    """The beginning of what its picture data are known by, so that few others have it; -1 where they are not compared."""
    if not seen.image_sha256 or seen.image_sha256 == seen.sha256 or max(seen.width or 0, seen.height or 0) < SMALLEST:
        return -1
    return int.from_bytes(seen.image_sha256.encode()[:8], "big") >> 1


def _repeated(numbers: array[int]) -> Iterator[list[int]]:
    """The places of each number that is there more than once: most files have one of their own, and need no more."""
    order = sorted(range(len(numbers)), key=numbers.__getitem__)
    for number, places in groupby(order, key=numbers.__getitem__):
        if number >= 0 and len(together := list(places)) > 1:
            yield together


def _contradict(one: Seen, other: Seen) -> bool:
    """Whether both say something about the same thing, and not the same."""
    return any(
        mine and yours and mine != yours
        for mine, yours in ((one.captured, other.captured), (one.make, other.make), (one.model, other.model))
    )
