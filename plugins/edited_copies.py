"""Keep an edited copy with the original beside it: IMG_E1234, -edited in many languages, ~2.

An edited copy is a picture of its own and stays one; it shares its original's date. Only copies that a phone or Google
made by its own rule count, in the folder of the original: what a person calls ``-new`` may be anything.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from mediaparser_core.bundle import Named, far_apart, folders, name_of, say
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Bundle, Seen
from mediaparser_plugins.raw_pairs import is_raw
from mediaparser_plugins.takeout_names import original, split_extension

STAYS_NEAR = True  # of files in other folders nothing is said but by their content, picture data or identifier
_APPLE = re.compile(r"(img_)e(\d{4}.*)", re.ASCII | re.DOTALL)  # names are folded
_ANDROID = re.compile(r"(.+)~[2-9]", re.DOTALL)  # Google's and Samsung's cameras; the first copy is ~2
MOST = 8  # files of one stem that are looked at


@hookimpl
def bundle(files: Sequence[Seen]) -> list[Bundle]:
    found = []
    for folder in folders(files):
        by_stem: dict[str, list[Named]] = defaultdict(list)
        named = [name_of(seen) for seen in folder if seen.kind != "sidecar"]
        for one in named:
            by_stem[one.stem].append(one)
        for copy in named:
            source = _original(copy, by_stem)
            if source is None:
                continue
            if is_raw(source.seen):  # the copy is the only picture there is to look at
                found.append(say("edited_copy", copy.seen, ("raw", source.seen)))
            else:
                found.append(say("edited_copy", source.seen, ("edited", copy.seen)))
    return found


def stems_of_original(copy: Named) -> Iterable[str]:
    """The folded stems that the original of *copy* may have; none when its name is not that of a copy."""
    if apple := _APPLE.fullmatch(copy.stem):
        yield apple[1] + apple[2]
    if android := _ANDROID.fullmatch(copy.stem):
        yield android[1]
    if (google := original(copy.name)) is not None:
        yield split_extension(google)[0]


def _original(copy: Named, by_stem: dict[str, list[Named]]) -> Named | None:
    """The one file beside *copy* that it was made of; ``None`` when there is none, or no way to choose."""
    for stem in stems_of_original(copy):
        there = [
            one
            for one in by_stem.get(stem, ())[:MOST]
            if one.seen.kind == copy.seen.kind and one.ext != ".thm" and not far_apart(one.seen, copy.seen)
        ]
        alike = [one for one in there if one.ext == copy.ext]
        rendered = [one for one in there if not is_raw(one.seen)]
        for choice in (alike, rendered, there):
            if len(choice) == 1:
                return choice[0]
    return None
