"""Ask the plugins which pictures match, about what is new only where they let us, and remember the answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence, Set

import pluggy

from mediaparser_core import plugins
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.looks import Laid
from mediaparser_core.catalog.matches import Matches
from mediaparser_core.jobs import now
from mediaparser_core.memory import keep_little
from mediaparser_core.records import Look, Match
from mediaparser_core.settings import Settings

VERSION = 2  # raise it when what a bundled plugin takes for a match has changed: everything is then compared again
STAGE = "match"


def refresh(catalog: Catalog, manager: pluggy.PluginManager, settings: Settings) -> list[Match]:
    """All matches there are now, sorted. The dates must be up to date: the clock tells one shot from two."""
    _compare(catalog, manager, settings)
    return Matches(catalog).all()


def again(catalog: Catalog, manager: pluggy.PluginManager, settings: Settings) -> tuple[list[Match], set[str] | None]:
    """All matches there are now, sorted, and who is another one than before or matches other ones; ``None``: anybody."""
    before = set(Matches(catalog).all())
    new = _compare(catalog, manager, settings)
    after = Matches(catalog).all()
    if new is None:
        return after, None
    return after, new.union(*((match.a, match.b) for match in before.symmetric_difference(after)))


def _compare(catalog: Catalog, manager: pluggy.PluginManager, settings: Settings) -> set[str] | None:
    """Compare what is new with all; which that was, and what is not there any more. ``None``: all with all."""
    keep_little()  # of the columns that are searched
    store = Matches(catalog)
    plugins_mark = _mark(manager, settings)
    if catalog.derived.stage(STAGE) != plugins_mark:
        store.forget_all()
    with Laid(catalog) as looks:
        changed, gone = looks.changed(), looks.gone()
        if not changed and not gone and store.any_compared():
            return set()
        # of more than half, the pairs among the others are the smaller part
        new = None if 2 * changed > len(looks) else looks.changes()
        if new is None:
            store.forget_all()
        else:
            store.forget(gone)
            store.forget_passing()
        for takes_new, about in ((True, new), (False, None)):
            if not takes_new or changed:
                store.store(_asked(catalog, manager, settings, looks, about, takes_new=takes_new), lasting=takes_new)
        looks.note_compared()
        catalog.derived.finish_stage(STAGE, plugins_mark, now())
    return None if new is None else new.union(gone)


def _asked(
    catalog: Catalog,
    manager: pluggy.PluginManager,
    settings: Settings,
    assets: Sequence[Look],
    new: Set[str] | None,
    *,
    takes_new: bool,
) -> Iterator[Match]:
    """What those plugins say that take *new*, or those that do not."""
    others = [each.plugin for each in manager.hook.match.get_hookimpls() if ("new" in each.argnames) is not takes_new]
    ask = manager.subset_hook_caller("match", remove_plugins=others)
    for answer in ask(assets=assets, settings=settings, new=new, sketches=catalog.sketches.of):
        yield from answer or ()


def _mark(manager: pluggy.PluginManager, settings: Settings) -> str:
    parts = [
        VERSION,
        settings.similar_distance,
        [(row["name"], row["version"]) for row in plugins.describe(manager) if "match" in row["hooks"]],
        sorted((name, sorted(table.items())) for name, table in settings.plugins.items()),
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()
