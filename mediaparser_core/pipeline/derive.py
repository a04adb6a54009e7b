"""Evidence and decisions → bundles, dates, groups, tags, standings; nothing is read but the catalog."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence

import pluggy

from mediaparser_core import bundle, plugins, review
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.clocks import Clocks
from mediaparser_core.catalog.explored import KNOWN
from mediaparser_core.catalog.laid_files import LaidFiles
from mediaparser_core.catalog.search import Search
from mediaparser_core.catalog.summary import Summary
from mediaparser_core.catalog.touched import Touched
from mediaparser_core.jobs import now
from mediaparser_core.memory import give_back
from mediaparser_core.pipeline import following, grouping, rebundling, standing
from mediaparser_core.pipeline.dating import Dating
from mediaparser_core.records import Bundle, Decision
from mediaparser_core.settings import Settings

VERSION = 7  # raise it when the rules of a room change: everything derived is then made anew
# whose settings count: those with a say in what is derived, and in the export, which is planned anew by the same mark
HOOKS = {"bundle", "resolve_date", "zone_at", "match", "protect", "choose_keeper",
         "name_export", "finish_copy", "export_extras"}  # fmt: skip
STAGE, GROUND, EXPORTS = "derive", "derive: evidence and rules", "derive: exports"
RULES = "derive: rules"  # as long as it is there, the catalog notes which files change
DECIDED = "derive: decisions"


def refresh(catalog: Catalog, manager: pluggy.PluginManager, settings: Settings, *, force: bool = False) -> bool:
    """Make everything derived agree with the evidence and the decisions, if it does not already.

    The caller holds the library's lock. ``True`` when there was anything to do.
    """
    ground = _ground(catalog, manager, settings)
    mark = _mark(catalog, ground)
    if not force and catalog.derived.stage(STAGE) == mark:
        return False
    rules = _rules(catalog, manager, settings)
    decisions = catalog.decided.all()
    state = review.fold(decisions)
    with catalog.transaction():  # readers see the old state until the new one is whole
        known = int(catalog.derived.stage(KNOWN) or 0)
        then = review.fold(decisions[:known]) if known < len(decisions) else state
        if (
            force
            or catalog.derived.stage(RULES) != rules
            or catalog.derived.stage(DECIDED) != _names(decisions[:known])
            or then.rules != state.rules  # a standing answer may settle anything, or nothing any more
            or not _follow(catalog, manager, settings, then, state)
        ):
            _all(catalog, manager, settings, state)
        elif catalog.derived.stage(EXPORTS) != catalog.derived.export_mark():
            Summary(catalog).refresh()  # the gallery tells what is exported from what waits
        Touched(catalog).forget()
        catalog.derived.finish_stage(STAGE, mark, now())
        catalog.derived.finish_stage(GROUND, ground, now())
        catalog.derived.finish_stage(RULES, rules, now())
        catalog.derived.finish_stage(EXPORTS, catalog.derived.export_mark(), now())
        catalog.derived.finish_stage(DECIDED, _names(decisions), now())
        # what pages must fold over these tables is what was decided after them
        catalog.derived.finish_stage(KNOWN, str(len(decisions)), now())
    return True


def follow_exports(catalog: Catalog, manager: pluggy.PluginManager, settings: Settings) -> None:
    """After an export: pages tell what is exported from what waits, and nothing else that is derived has changed."""
    with catalog.transaction():
        Summary(catalog).refresh()
        derived, ground = catalog.derived, _ground(catalog, manager, settings)
        derived.finish_stage(EXPORTS, derived.export_mark(), now())
        if derived.stage(GROUND) == ground and derived.stage(KNOWN) == str(catalog.decided.count()):
            derived.finish_stage(STAGE, _mark(catalog, ground), now())


def _all(catalog: Catalog, manager: pluggy.PluginManager, settings: Settings, state: review.State) -> None:
    bundles = _bundles(catalog, manager)
    dating = Dating(catalog, manager, settings, state, bundles)
    dating.first()
    dating.second(grouping.refresh(catalog, manager, settings, state))
    standing.refresh(catalog, state, bundles)
    Search(catalog).refresh()
    Summary(catalog).refresh()
    give_back(catalog.found.count("files"))  # planning and exporting have other needs


def _follow(
    catalog: Catalog, manager: pluggy.PluginManager, settings: Settings, then: review.State, state: review.State
) -> bool:
    """Change only what new decisions and changed files change; ``False``, and nothing is changed, where that is no
    shorter than making everything anew."""
    if not Touched(catalog).count():
        following.follow(catalog, manager, settings, then, state)
        return True
    if not rebundling.stays_near(catalog, manager):
        return False
    found = rebundling.again(catalog, manager)
    if found is None:
        return False
    following.follow(catalog, manager, settings, then, state, found)
    return True


def is_fresh(catalog: Catalog, manager: pluggy.PluginManager, settings: Settings) -> bool:
    """Whether what is derived agrees with the evidence and the decisions."""
    return catalog.derived.stage(STAGE) == fingerprint(catalog, manager, settings)


def fingerprint(catalog: Catalog, manager: pluggy.PluginManager, settings: Settings) -> str:
    """Changes whenever what is derived could change: evidence, decisions, exports, settings, plugins, our own rules."""
    return _mark(catalog, _ground(catalog, manager, settings))


def _mark(catalog: Catalog, ground: str) -> str:
    parts = [ground, catalog.decided.mark(), catalog.derived.export_mark()]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _names(decisions: Sequence[Decision]) -> str:
    """Changes with any of *decisions*: they only grow, but somebody may put an older ``decisions.db`` beside the catalog."""
    return hashlib.sha256(repr([each.request_id for each in decisions]).encode()).hexdigest()


def _ground(catalog: Catalog, manager: pluggy.PluginManager, settings: Settings) -> str:
    """Changes whenever more than some decisions and exports is new."""
    return hashlib.sha256(repr([_by_which(manager, settings), catalog.derived.evidence_mark()]).encode()).hexdigest()


def _rules(catalog: Catalog, manager: pluggy.PluginManager, settings: Settings) -> str:
    """Changes whenever more than some decisions, exports and files is new: programs, settings, which of our own copies
    have come back, and which cameras write a serial number that is none; all of it may change what is said of any file.
    """
    parts = [_by_which(manager, settings), catalog.done.came_back(), Clocks(catalog).without_number()]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _by_which(manager: pluggy.PluginManager, settings: Settings) -> list[object]:
    """Programs and settings that have a say in what is derived."""
    described = plugins.describe(manager)
    # where and how pictures are read or shown is no matter of what is derived from what was read
    aside = {row["name"] for row in described if row["hooks"] and not HOOKS & set(row["hooks"])}
    return [
        VERSION,
        [(row["name"], row["version"] or _edited(row["module"])) for row in described],
        settings.timezone,
        settings.earliest_year,
        settings.similar_distance,
        settings.dates,
        sorted((name, sorted(table.items())) for name, table in settings.plugins.items() if name not in aside),
    ]


def _edited(module: str) -> int:
    """When the file of a module that is in no package was changed: while somebody writes a plugin, it has no version."""
    try:
        return os.stat(getattr(sys.modules.get(module), "__file__", None) or "").st_mtime_ns
    except OSError:
        return 0


def _bundles(catalog: Catalog, manager: pluggy.PluginManager) -> list[Bundle]:
    with LaidFiles(catalog, catalog.derived.seen_files()) as files:
        said = [each for batch in manager.hook.bundle(files=files) for each in batch or ()]
    catalog.found.speak_through_sidecars(sorted(rebundling.pairs_of(said)))
    bundles = bundle.join(said)
    catalog.derived.store_bundles(bundles)
    return bundles
