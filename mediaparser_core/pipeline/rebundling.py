"""New files → only those bundles, and words of sidecars, that they change.

Of most files nobody needs to be asked: whether two are one thing depends on what lies in their folder (or the same
folder of another part of an export), on equal picture data and on equal identifiers. So the plugins see whole folders,
those with what changed and those with what is said to be one thing with it, until nothing else is said to be.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import NamedTuple

import pluggy

from mediaparser_core import bundle
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.partly import Partly
from mediaparser_core.catalog.seen import path_text
from mediaparser_core.catalog.touched import Touched, media_of
from mediaparser_core.records import Bundle

MOST = 4  # of all files one in so many may have to be looked at; beyond it all are,
FEW = 20_000  # unless there are fewer than these: a telephone puts all its pictures into one folder


class Arrived(NamedTuple):
    """What comes of new files: all bundles, the assets of which something else may be said than before, and the folders,
    as text with their last slash, in which something came, went or changed."""

    bundles: Sequence[Bundle]
    assets: Set[str]
    folders: Set[str]


def pairs_of(said: list[Bundle]) -> set[tuple[str, int, str, str, str]]:
    """Which sidecar speaks of which picture: ``(asset, file id of the sidecar, its sha256, about, doubt)``."""
    return {
        (member.sha256, sidecar.file_id, sidecar.sha256, sidecar.about or "", sidecar.doubt or "")
        for each in said
        for sidecar in each.members
        if sidecar.role == bundle.SIDECAR
        for member in each.members
        if member.role != bundle.SIDECAR
    }


def stays_near(catalog: Catalog, manager: pluggy.PluginManager) -> bool:
    """Whether all that is said of a file depends on no other files than those described above."""
    asked = manager.hook.bundle.get_hookimpls()
    return all(getattr(each.plugin, "STAYS_NEAR", False) for each in asked) and not Touched(catalog).any_list()


def again(catalog: Catalog, manager: pluggy.PluginManager) -> Arrived | None:
    """Make the bundles anew after files came, went or changed. ``None``, and nothing is changed, where too much would have
    to be looked at."""
    near = Touched(catalog)
    touched, where = near.all()
    changed = near.same_identifier(touched) | near.same_data(touched) | touched
    folders = near.folders_of(changed) | near.one_folder(where)
    seen = list(near.inside(folders))
    known = media_of(seen) | changed  # of which something else may be said than before
    most = max(catalog.found.count("files") // MOST, FEW)
    while True:
        if more := near.folders_of(known) - folders:
            folders |= more
            seen += near.inside(more)
        files = {number: sha for number, sha, _ in seen}
        inside = set(files.values())
        files_seen = files.keys() | near.files_of((near.same_identifier(inside) | near.same_data(known)) - inside)
        if len(files_seen) > most:
            return None
        answers = manager.hook.bundle(files=list(catalog.derived.seen_files(files_seen)))
        said = [each for batch in answers for each in batch or () if not known.isdisjoint(_media(each))]
        linked = Partly(catalog).things(known).union(*(_media(each) for each in said))
        if linked <= known:
            break
        known |= linked
    now, differ = _store(catalog, known, said)
    return Arrived(now, touched | differ, {path_text(folder + b"/") for folder in where})


def _store(catalog: Catalog, known: Set[str], said: list[Bundle]) -> tuple[list[Bundle], set[str]]:
    """Store what is *said* of those who are *known*, instead of what was; all bundles, and of whom something else is said."""
    before = catalog.derived.bundles()
    stay = [each for each in before if known.isdisjoint(_media(each))]
    go = [each for each in before if not known.isdisjoint(_media(each))]
    come = bundle.join(said)
    now = sorted(stay + come, key=lambda each: (each.members[0].file_id, each.members[0].sha256))
    catalog.derived.replace_bundles(before, now)
    pairs = pairs_of(said)
    about = {pair[0] for pair in pairs} | Touched(catalog).spoken_for(known)
    catalog.found.speak_through_sidecars(sorted(pairs), known)
    differ = [each for each in go if each not in come] + [each for each in come if each not in go]
    return now, about.union(*(_media(each) for each in differ))


def _media(each: Bundle) -> list[str]:
    return [member.sha256 for member in each.members if member.role != bundle.SIDECAR]
