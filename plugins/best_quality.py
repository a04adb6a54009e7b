"""Suggest the picture worth keeping: most pixels, then the most original format, then the best documented."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from mediaparser_core import formats
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Look
from mediaparser_plugins import shots

# What comes out of a camera before what programs make of it; a format that is not here (a video, say) comes last.
ORIGINAL = ("heic", "tiff", "jpeg", "png", "webp", "avif", "jxl", "gif")


def _pixels(look: Look) -> int:
    return (look.width or 0) * (look.height or 0)


def _originality(look: Look) -> int:
    known = formats.FORMATS.get(look.format)
    if known and known.raw:
        return 1
    return -ORIGINAL.index(look.format) if look.format in ORIGINAL else -len(ORIGINAL)


# what people and programs add to the name of a copy: IMG_1-edited.jpg, "IMG_1 (2).jpg", "Kopie von IMG_1.jpg"
_COPIED = re.compile(
    r"\b(copy|kopie|copie|copia)\b|[-_ ~](edited|edit|bearbeitet|modifi.|editado|small|resized|web|print|kopie|copy)\b"
    r"|[ _]?\(\d{1,3}\)$|~\d{1,2}$",
    re.IGNORECASE,
)


def _is_original(look: Look) -> bool:
    """Whether one of its files is called as if nobody had copied it."""
    names = [path.rsplit("/", 1)[-1] for path in look.paths]
    return any(not _COPIED.search(name.rpartition(".")[0] or name) for name in names)


# Each step: what is compared (more is better), and the words for having more of it than anybody else.
STEPS: tuple[tuple[Callable[[Look], float], str], ...] = (
    (_pixels, "most pixels ({look.width} × {look.height})"),
    (lambda look: not shots.is_screenshot(look), "not a screenshot"),
    (_originality, "the most original format ({look.format})"),
    (lambda look: look.claims, "the most complete metadata"),
    (_is_original, "not named like a copy"),
    (lambda look: look.size, "the largest file"),
)


@hookimpl(trylast=True)
def choose_keeper(members: Sequence[Look]) -> tuple[str, str]:
    """The first step at which one is ahead of all others decides; if none is, the first path does."""
    left = list(members)
    for measure, words in STEPS:
        most = max(map(measure, left))
        left = [look for look in left if measure(look) == most]
        if len(left) == 1:
            return left[0].sha256, words.format(look=left[0])
    # "IMG_1.jpg" is the older name of "IMG_1 (1).jpg"
    best = min(left, key=lambda look: (min(((len(path), path) for path in look.paths), default=(0, "")), look.sha256))
    return best.sha256, "alike in quality; the shortest path"
