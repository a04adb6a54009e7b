"""Pair a RAW with its JPEG, and a camera's THM thumbnail with the file it shows.

People look at the rendered picture, so it is the primary and the RAW its negative. Only one RAW and one rendered image
of a stem in a folder are a pair: of two JPEGs beside a RAW nobody can say which one the camera made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from mediaparser_core.bundle import Named, far_apart, folders, name_of, say
from mediaparser_core.formats import FORMATS
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Bundle, Seen

STAYS_NEAR = True  # of files in other folders nothing is said but by their content, picture data or identifier


def is_raw(seen: Seen) -> bool:
    """Whether *seen* is a camera's undeveloped picture, by its content."""
    return seen.format in FORMATS and FORMATS[seen.format].raw


def is_thumbnail(named: Named) -> bool:
    """Whether *named* is the small JPEG that cameras lay beside a RAW, a video or an animation as ``.THM``."""
    return named.ext == ".thm" and named.seen.format == "jpeg"


@hookimpl
def bundle(files: Sequence[Seen]) -> list[Bundle]:
    found = []
    for folder in folders(files):
        by_stem: dict[str, list[Named]] = defaultdict(list)
        for seen in folder:
            if seen.kind != "sidecar":
                named = name_of(seen)
                by_stem[named.stem].append(named)
        for stem in by_stem.values():
            if len(stem) > 1:
                found += _pairs(stem)
    return found


def _pairs(stem: list[Named]) -> list[Bundle]:
    """What the files of one stem in one folder are to each other."""
    thumbnails = [named.seen for named in stem if is_thumbnail(named)]
    others = [named.seen for named in stem if not is_thumbnail(named)]
    raws = [seen for seen in others if is_raw(seen)]
    rendered = [seen for seen in others if seen.kind == "image" and not is_raw(seen)]
    videos = [seen for seen in others if seen.kind == "video"]
    found = []
    if len(raws) == len(rendered) == 1 and not far_apart(raws[0], rendered[0]):
        found.append(say("raw_pair", rendered[0], ("raw", raws[0])))
    shown = raws + videos or rendered  # a JPEG beside a CRW and a THM needs no thumbnail of its own
    if len(thumbnails) == len(shown) == 1:
        found.append(say("thumbnail", shown[0], ("thumbnail", thumbnails[0])))
    return found
