"""Ask the plugins which pictures match, about what is new only where they let us, and remember the answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import pluggy

from mediaparser_core import plugins
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.looks import Looks
from mediaparser_core.catalog.matches import Matches
from mediaparser_core.jobs import now
from mediaparser_core.records import Match
from mediaparser_core.settings import Settings

VERSION = 1  # raise it when what a bundled plugin takes for a match has changed: everything is then compared again
STAGE = "match"


def refresh(catalog: Catalog, manager: pluggy.PluginManager, settings: Settings) -> list[Match]:
    """All matches there are now, sorted. The dates must be up to date: the clock tells one shot from two."""
    looks, store = Looks(catalog), Matches(catalog)
    lasting = [impl.plugin for impl in manager.hook.match.get_hookimpls() if "new" in impl.argnames]
    passing = [impl.plugin for impl in manager.hook.match.get_hookimpls() if "new" not in impl.argnames]
    mark = _mark(manager, settings)
    if catalog.derived.stage(STAGE) != mark:
        store.forget_all()
        catalog.derived.finish_stage(STAGE, mark, now())
    before = store.compared()
    marks = {look.sha256: mark for look, mark in looks.marked()}
    changed = {sha: mark for sha, mark in marks.items() if before.get(sha) != mark}
    if changed or before.keys() - marks.keys():
        store.forget([sha for sha in before if marks.get(sha) != before[sha]])
        # of more than half, the pairs among the others are the smaller part
        new = None if 2 * len(changed) > len(marks) else changed.keys()
        if new is None:
            store.forget_all()
            changed = marks
        ask = manager.subset_hook_caller("match", remove_plugins=passing)
        found = (
            ask(assets=looks, settings=settings, new=new, sketches=catalog.sketches.of) if changed and lasting else []
        )
        store.store(_flat(found), lasting=True)
        store.compare(changed)
    store.forget_passing()
    ask = manager.subset_hook_caller("match", remove_plugins=lasting)
    found = ask(assets=looks, settings=settings, new=None, sketches=catalog.sketches.of) if passing else []
    store.store(_flat(found), lasting=False)
    return store.all()


def _mark(manager: pluggy.PluginManager, settings: Settings) -> str:
    parts = [
        VERSION,
        settings.similar_distance,
        [(row["name"], row["version"]) for row in plugins.describe(manager) if "match" in row["hooks"]],
        sorted((name, sorted(table.items())) for name, table in settings.plugins.items()),
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _flat(answers: Iterable[Iterable[Match] | None]) -> list[Match]:
    return [match for answer in answers for match in answer or ()]
