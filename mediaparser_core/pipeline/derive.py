"""Evidence and decisions → bundles, dates, groups, tags, standings; nothing is read but the catalog."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pluggy

from mediaparser_core import bundle, plugins, review
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.explored import KNOWN
from mediaparser_core.catalog.matches import Matches
from mediaparser_core.catalog.search import Search
from mediaparser_core.catalog.summary import Summary
from mediaparser_core.jobs import now
from mediaparser_core.pipeline import grouping
from mediaparser_core.pipeline.dating import Dating
from mediaparser_core.records import Bundle
from mediaparser_core.settings import Settings

VERSION = 5  # raise it when the rules of a room change: everything derived is then made anew
STAGE = "derive"

# roles of files that travel with their primary's copy or are contained in it: what the ledger calls them, and why
ABSORBED = {
    "version": ("duplicate", "the same picture as {primary}; only the metadata differ"),
    "thumbnail": ("sidecar", "the thumbnail of {primary}"),
}


def refresh(catalog: Catalog, manager: pluggy.PluginManager, settings: Settings, *, force: bool = False) -> bool:
    """Make everything derived agree with the evidence and the decisions, if it does not already.

    The caller holds the library's lock. ``True`` when there was anything to do.
    """
    mark = fingerprint(catalog, manager, settings)
    if not force and catalog.derived.stage(STAGE) == mark:
        return False
    decisions = catalog.decided.all()
    state = review.fold(decisions)
    with catalog.transaction():  # readers see the old state until the new one is whole
        bundles = _bundles(catalog, manager)
        dating = Dating(catalog, manager, settings, state, bundles)
        dating.first()
        dating.second(grouping.refresh(catalog, manager, settings, state))
        _tags(catalog, state, bundles)
        _standings(catalog, state, bundles)
        Search(catalog).refresh()
        Summary(catalog).refresh()
        catalog.derived.finish_stage(STAGE, mark, now())
        # what pages must fold over these tables is what was decided after them
        catalog.derived.finish_stage(KNOWN, str(len(decisions)), now())
    return True


def is_fresh(catalog: Catalog, manager: pluggy.PluginManager, settings: Settings) -> bool:
    """Whether what is derived agrees with the evidence and the decisions."""
    return catalog.derived.stage(STAGE) == fingerprint(catalog, manager, settings)


def fingerprint(catalog: Catalog, manager: pluggy.PluginManager, settings: Settings) -> str:
    """Changes whenever what is derived could change: evidence, decisions, settings, plugins, our own rules."""
    parts = [
        VERSION,
        catalog.derived.evidence_mark(),
        catalog.decided.count(),
        [(row["name"], row["version"]) for row in plugins.describe(manager)],
        settings.timezone,
        settings.earliest_year,
        settings.similar_distance,
        settings.dates,
        sorted((name, sorted(table.items())) for name, table in settings.plugins.items()),
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _bundles(catalog: Catalog, manager: pluggy.PluginManager) -> list[Bundle]:
    said = [each for batch in manager.hook.bundle(files=catalog.derived.seen_files()) for each in batch or ()]
    pairs = {
        (member.sha256, sidecar.file_id, sidecar.sha256, sidecar.about or "", sidecar.doubt or "")
        for each in said
        for sidecar in each.members
        if sidecar.role == "sidecar"
        for member in each.members
        if member.role != "sidecar"
    }
    catalog.found.speak_through_sidecars(sorted(pairs))
    bundles = bundle.join(said)
    catalog.derived.store_bundles(bundles)
    return bundles


def _tags(catalog: Catalog, state: review.State, bundles: list[Bundle]) -> None:
    found = catalog.derived.found_tags()
    for each in bundles:  # what is said of one version of a picture is true of the picture
        primary = bundle.primary(each).sha256
        for member in each.members:
            if member.role == "version":
                for tag, source in found.get(member.sha256, {}).items():
                    found.setdefault(primary, {}).setdefault(tag, source)
    for keeper, others in (
        Matches(catalog).carried().items()
    ):  # … and of one copy that a person settled to be the picture
        for other in others:
            for tag, source in found.get(other, {}).items():
                found.setdefault(keeper, {}).setdefault(tag, source if source.startswith("copy:") else f"copy:{source}")
    tags: dict[str, dict[str, str]] = {}
    for sha in {*found, *state.tags_added}:
        named = found.get(sha, {})
        tags[sha] = {tag: named.get(tag, "person") for tag in review.apply_tags(named, state, sha)}
    catalog.derived.store_tags(tags)


def _standings(catalog: Catalog, state: review.State, bundles: list[Bundle]) -> None:
    absorbed: dict[str, tuple[str, str]] = {}
    firsts: Mapping[str, str] = catalog.derived.first_paths()
    for each in bundles:
        primary = bundle.primary(each)
        for member in each.members:
            if member.role in ABSORBED and member.sha256 != primary.sha256:
                end_state, reason = ABSORBED[member.role]
                absorbed[member.sha256] = (end_state, reason.format(primary=firsts.get(primary.sha256, primary.sha256)))
    own = catalog.done.exported_hashes()
    instead = {
        sha: keeper
        for _, keeper, members in catalog.derived.keepers()
        for sha in members
        if sha != keeper and review.is_kept(state, keeper)
    }
    rows: list[tuple[str, bool, bool, str | None, str | None]] = []
    for sha, _ in catalog.derived.asset_kinds():
        if not review.is_kept(state, sha):
            kept = firsts.get(instead.get(sha, ""))
            rows.append((sha, False, False, "discarded", "left out by decision" + (f"; kept: {kept}" if kept else "")))
        elif sha in own and own[sha] != sha:
            rows.append((sha, True, False, "duplicate", f"our own copy of {firsts.get(own[sha], own[sha])}"))
        elif sha in absorbed:
            rows.append((sha, True, False, *absorbed[sha]))
        else:
            rows.append((sha, True, True, None, None))
    catalog.derived.store_standings(rows)
