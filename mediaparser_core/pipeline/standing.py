"""Decisions and what copies say of each other → the tags of every asset, and whether it goes into the export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from mediaparser_core import bundle, review
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.matches import Matches
from mediaparser_core.catalog.partly import Partly
from mediaparser_core.records import Bundle

Standing = tuple[str, bool, bool, str | None, str | None]

# roles of files that travel with their primary's copy or are contained in it: what the ledger calls them, and why
ABSORBED = {
    "version": ("duplicate", "the same picture as {primary}; only the metadata differ"),
    "thumbnail": ("sidecar", "the thumbnail of {primary}"),
}


def refresh(catalog: Catalog, state: review.State, bundles: Sequence[Bundle]) -> None:
    """Make the tags and standings of all assets anew."""
    catalog.derived.store_tags(_all_tags(catalog, state, bundles))
    assets = (sha for sha, _ in catalog.derived.asset_kinds())
    keepers, own = catalog.derived.keepers(), catalog.done.exported_hashes()
    named = {bundle.primary(each).sha256 for each in bundles if any(part.role in ABSORBED for part in each.members)}
    named |= {keeper for _, keeper, members in keepers if not all(review.is_kept(state, sha) for sha in members)}
    firsts = catalog.derived.first_paths(named.union(own.values()))
    catalog.derived.store_standings(_standings(assets, state, bundles, keepers, firsts, own))


def _all_tags(
    catalog: Catalog, state: review.State, bundles: Sequence[Bundle]
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The tags of every asset. Those of which others speak, copies or people, are few, and worked out together."""
    carried = Matches(catalog).carried()
    versions = [each for each in bundles if any(member.role == "version" for member in each.members)]
    spoken_of = {member.sha256 for each in versions for member in each.members}
    spoken_of = spoken_of.union(carried, *carried.values(), state.tags_added, state.tags_removed)
    yield from _tags(catalog.derived.found_tags(spoken_of), state, versions, carried, None).items()
    for sha, named in catalog.derived.tagged():
        if sha not in spoken_of:
            yield sha, named


def tag_again(catalog: Catalog, state: review.State, about: Set[str]) -> None:
    """Make the tags of *about* anew."""
    partly = Partly(catalog)
    sources, edge = set(about), set(about)
    while edge:  # what their copies say, and the versions of those
        beside = {sha for others in partly.carried(edge).values() for sha in others} | partly.things(edge)
        edge = beside - sources
        sources |= edge
    found = catalog.derived.found_tags(sources)
    partly.store_tags(_tags(found, state, partly.bundles(sources), partly.carried(sources), about))


def stand_again(catalog: Catalog, state: review.State, about: Set[str]) -> None:
    """Work out the standings of *about* anew."""
    partly = Partly(catalog)
    bundles, keepers = partly.bundles(about), partly.keepers(about)
    named = {member.sha256 for each in bundles for member in each.members} | {keeper for _, keeper, _ in keepers}
    own = partly.exported_hashes(about)
    firsts = catalog.derived.first_paths({*about, *named, *own.values()})
    assets = partly.present(about)
    partly.store_standings(_standings(assets, state, bundles, keepers, firsts, own))


def _tags(
    found: dict[str, dict[str, str]],
    state: review.State,
    bundles: Iterable[Bundle],
    carried: Mapping[str, Iterable[str]],
    about: Set[str] | None,
) -> dict[str, dict[str, str]]:
    for each in bundles:  # what is said of one version of a picture is true of the picture
        primary = bundle.primary(each).sha256
        for member in each.members:
            if member.role == "version":
                for tag, source in found.get(member.sha256, {}).items():
                    found.setdefault(primary, {}).setdefault(tag, source)
    for keeper, others in carried.items():  # … and of one copy that a person settled to be the picture
        for other in others:
            for tag, source in found.get(other, {}).items():
                found.setdefault(keeper, {}).setdefault(tag, source if source.startswith("copy:") else f"copy:{source}")
    tags: dict[str, dict[str, str]] = {}
    for sha in {*found, *state.tags_added} if about is None else about:
        named = found.get(sha, {})
        tags[sha] = {tag: named.get(tag, "person") for tag in review.apply_tags(named, state, sha)}
    return tags


def _standings(
    assets: Iterable[str],
    state: review.State,
    bundles: Iterable[Bundle],
    keepers: Iterable[tuple[int, str, list[str]]],
    firsts: Mapping[str, str],
    own: Mapping[str, str],
) -> Iterable[Standing]:
    absorbed: dict[str, tuple[str, str]] = {}
    for each in bundles:
        primary = bundle.primary(each)
        for member in each.members:
            if member.role in ABSORBED and member.sha256 != primary.sha256:
                end_state, reason = ABSORBED[member.role]
                absorbed[member.sha256] = (end_state, reason.format(primary=firsts.get(primary.sha256, primary.sha256)))
    instead = {
        sha: keeper
        for _, keeper, members in keepers
        for sha in members
        if sha != keeper and review.is_kept(state, keeper)
    }
    for sha in assets:
        if not review.is_kept(state, sha):
            kept = firsts.get(instead.get(sha, ""))
            yield sha, False, False, "discarded", "left out by decision" + (f"; kept: {kept}" if kept else "")
        elif sha in own and own[sha] != sha:
            yield sha, True, False, "duplicate", f"our own copy of {firsts.get(own[sha], own[sha])}"
        elif sha in absorbed:
            yield sha, True, False, *absorbed[sha]
        else:
            yield sha, True, True, None, None
