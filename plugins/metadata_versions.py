"""Recognise the same picture with other metadata: an edited title, stripped tags, our own export come back.

Two files whose picture data are equal to the byte (``image_sha256``) are versions of one picture, unless their metadata
contradict each other: another capture time or another camera. Tiny pictures (icons, test images) are left alone, for
their pixels may be equal by chance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from mediaparser_core.bundle import say
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Bundle, Seen

STAYS_NEAR = True  # of files in other folders nothing is said but by their content, picture data or identifier
SMALLEST = 128  # pixels of the longer side


@hookimpl
def bundle(files: Sequence[Seen]) -> Iterable[Bundle]:
    """Bundles of role ``version``; the version that says most about itself is the primary."""
    alike: dict[str, dict[str, Seen]] = defaultdict(dict)
    for seen in files:
        if (
            seen.image_sha256
            and seen.image_sha256 != seen.sha256
            and max(seen.width or 0, seen.height or 0) >= SMALLEST
        ):
            alike[seen.image_sha256].setdefault(seen.sha256, seen)
    for image in sorted(alike):
        if len(alike[image]) < 2:
            continue
        richest, *others = sorted(alike[image].values(), key=lambda seen: (-seen.claims, -seen.size, seen.sha256))
        versions = [other for other in others if not _contradict(richest, other)]
        if versions:
            yield say("same picture, other metadata", richest, *(("version", other) for other in versions))


def _contradict(one: Seen, other: Seen) -> bool:
    """Whether both say something about the same thing, and not the same."""
    return any(
        mine and yours and mine != yours
        for mine, yours in ((one.captured, other.captured), (one.make, other.make), (one.model, other.model))
    )
