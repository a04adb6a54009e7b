"""Make groups out of matches, without chaining, and suggest which member to keep.

Every group is a star: each member matches the group's *centre*, and the centre is the member worth keeping. So what a
person may discard is always alike to what stays, and a chain A~B~C~D never joins A and D by way of strangers. Centres
are those that ``choose`` prefers to all their neighbours not yet spoken for; each of the others joins the centre it is
nearest to. (Complete linkage would also ask the members to match each other, and would lose a captioned copy because it
does not match a cropped one.)

What people said comes first: assets that are the *same* are one node, *different* ones never share a group, and where
both were said of the same assets, *different* wins. Nothing depends on the order of the input.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise

from mediaparser_core.errors import PluginError
from mediaparser_core.records import Group, Look, Match

Choose = Callable[[Sequence[Look]], tuple[str, str]]
SAME_KIND = "similar"  # the kind of group that "these are the same" makes


def group(
    looks: Sequence[Look],
    matches: Iterable[Match],
    *,
    different: Set[frozenset[str]],
    same: Set[frozenset[str]],
    choose: Choose,
) -> list[Group]:
    """The groups among *looks*, one kind after the other; an asset is in at most one group of a kind.

    *different* and *same* are sets of SHA-256 that a person told apart or joined; *choose* names the SHA-256 to keep
    among some looks, and says why. ``members`` begins with the keeper, the others follow by distance to the centre.
    ``confidence`` is that of the least sure match. Raises :class:`PluginError` when *choose* names a stranger.
    """
    by_sha256 = {look.sha256: look for look in looks}
    apart: dict[str, set[str]] = defaultdict(set)
    for told in different:
        for sha256 in told:
            apart[sha256] |= told - {sha256}
    kinds: dict[str, list[Match]] = defaultdict(list)
    for match in matches:
        if match.a != match.b and match.a in by_sha256 and match.b in by_sha256:
            kinds[match.kind].append(match)
    groups: list[Group] = []
    for kind in sorted(kinds.keys() | {SAME_KIND}):
        sky = _Sky(by_sha256, apart, choose)
        if kind == SAME_KIND:
            sky.join(same)
        sky.connect(kinds[kind])
        groups += sorted((sky.describe(kind, star) for star in sky.stars()), key=lambda made: min(made.members))
    return groups


@dataclass(frozen=True, slots=True)
class _Star:
    """The name of the node in the middle, and how far and how surely each other node matches it."""

    centre: str
    others: dict[str, tuple[float, float]]  # distance, doubt (1 - confidence)


@dataclass(slots=True)
class _Sky:
    """The nodes of one kind and the matches between them. A node is some assets; it goes by the first one's SHA-256."""

    looks: Mapping[str, Look]
    apart: Mapping[str, set[str]]
    choose: Choose
    nodes: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by asset; whoever is not in here is alone
    near: dict[str, dict[str, tuple[float, float]]] = field(default_factory=lambda: defaultdict(dict))

    def join(self, same: Iterable[Set[str]]) -> None:
        """Make one node of assets that are the same, unless somebody in it would meet one that is different."""
        for one, other in sorted(pair for told in same for pair in pairwise(sorted(told & self.looks.keys()))):
            if self.nodes.get(one, one) != self.nodes.get(other, other) and self.node(other)[0] not in self.strangers(
                one
            ):
                together = tuple(sorted({*self.node(one), *self.node(other)}))
                self.nodes.update(dict.fromkeys(together, together))

    def connect(self, matches: Iterable[Match]) -> None:
        """Keep the nearest match between any two nodes that may meet."""
        for match in matches:
            one, other = self.node(match.a)[0], self.node(match.b)[0]
            if one != other and other not in self.strangers(one):
                edge = (match.distance, 1 - match.confidence)
                edge = min(edge, self.near[one].get(other, edge))
                self.near[one][other] = self.near[other][one] = edge

    def node(self, sha256: str) -> tuple[str, ...]:
        return self.nodes.get(sha256, (sha256,))

    def strangers(self, sha256: str) -> set[str]:
        """The nodes with an asset that was told apart from one in this node."""
        return {self.node(other)[0] for mine in self.node(sha256) for other in self.apart.get(mine, ())}

    def best(self, names: Iterable[str]) -> tuple[str, str]:
        """The asset to keep out of the nodes *names*, and why."""
        members = [self.looks[sha256] for name in sorted(names) for sha256 in self.node(name)]
        keeper, why = self.choose(members)
        if all(keeper != look.sha256 for look in members):
            raise PluginError(f"choose_keeper must name one of the members, not {keeper!r}")
        return keeper, why

    def stars(self) -> list[_Star]:
        """Each node that matches another one, or is several assets, in at most one star."""
        made: list[_Star] = []
        free = set(self.near)
        while True:
            stars = [star for star in self.stars_among(free) if star.others]
            if not stars:
                break
            made += stars
            for star in stars:
                free -= {star.centre, *star.others}
        lonely = {node[0] for node in self.nodes.values()} - {
            name for star in made for name in (star.centre, *star.others)
        }
        return made + [_Star(name, {}) for name in sorted(lonely)]

    def stars_among(self, free: Set[str]) -> list[_Star]:
        taken = self.take(free)
        stars = {name: _Star(name, {}) for name, centre in taken.items() if name == centre}
        wishes = sorted(
            (self.near[name][centre], name, centre)
            for name in taken.keys() - stars.keys()
            for centre in self.near[name].keys() & stars.keys()
            if centre == taken[name] or self.is_better(centre, name)
        )
        placed: set[str] = set()
        for edge, name, centre in wishes:
            # two that were told apart may both match the centre: the nearer one is in, the other asks elsewhere
            if name not in placed and self.strangers(name).isdisjoint(stars[centre].others):
                stars[centre].others[name] = edge
                placed.add(name)
        return list(stars.values())

    def take(self, free: Set[str]) -> dict[str, str]:
        """For each free node a centre that it matches and that is better; for a centre itself.

        A centre is better than all its free neighbours but those that better centres have taken.
        """
        taken: dict[str, str] = {}
        for start in sorted(free):
            climb = {start: None}  # from each node to its best neighbour, until there is no better one
            while climb:
                here = next(reversed(climb))
                if here in taken:
                    del climb[here]
                    continue
                around = [name for name in self.near[here] if name in free and name not in taken]
                best = self.node(self.best((here, *around))[0])[0]
                if best != here and best not in climb:  # in the climb already: "better" goes in a circle, end it here
                    climb[best] = None
                    continue
                taken.update(dict.fromkeys((here, *around), here))
        return taken

    def is_better(self, one: str, other: str) -> bool:
        return self.best((one, other))[0] in self.node(one)

    def describe(self, kind: str, star: _Star) -> Group:
        keeper, why = self.best((star.centre, *star.others))
        away = dict.fromkeys(self.node(star.centre), 0.0)
        away |= {sha256: distance for name, (distance, _) in star.others.items() for sha256 in self.node(name)}
        members = sorted(away, key=lambda sha256: (sha256 != keeper, away[sha256], sha256))
        return Group(
            kind=kind,
            members=tuple(members),
            distances=tuple(away[sha256] for sha256 in members),
            keeper=keeper,
            confidence=round(1 - max((doubt for _, doubt in star.others.values()), default=0.0), 6),
            reason=why,
        )
