"""Make groups out of matches, without chaining, and suggest which member to keep.

Every group is a star: each member matches the one worth keeping, or else most of the others. So what a person may
discard is always alike to what stays, and a chain A~B~C~D never joins A and D by way of strangers. A star begins where
the most and the surest matches come together; of all that are there and match at least half of the others, ``choose``
names the one to keep, but never one that was made of another (cropped, framed); whoever matches that one joins.
(Complete linkage would also ask the members to match each other, and would lose a captioned copy because it does not
match a cropped one.)

Only what lies side by side is a row: of a panorama the first picture and the last have nothing in common, and nobody is
asked to discard any of it.

What people said comes first: assets that are the *same* are one node, *different* ones never share a group, and where
both were said of the same assets, *different* wins. Nothing depends on the order of the input.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from mediaparser_core.errors import PluginError
from mediaparser_core.records import Group, Look, Match

Choose = Callable[[Sequence[Look]], tuple[str, str]]
SAME_KIND = "similar"  # the kind of group that "these are the same" makes
ROWS = frozenset({"panorama"})  # the kinds whose members match their neighbours only
ONE_FOR_ALL = ROWS | {"mirrored"}  # … in which the best of some copies stands for all: a mirror image matches them all
_ODD = 0.03  # of confidence
_WITNESSES, _INDIRECT = 3, 0.1  # how many members must match somebody that the centre does not; how unsure that is
_UNIT = 1000  # confidence counts in whole thousandths: sums of floats would depend on their order


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
    among some looks, and says why. ``members`` begins with the keeper, the others follow by distance to it.
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
    for kind in sorted(kinds.keys() | {SAME_KIND}, key=lambda kind: (kind != SAME_KIND, kind)):
        sky = _Sky(by_sha256, apart, choose)
        if kind == SAME_KIND:
            sky.join(same)
        sky.connect(_among_the_best(kinds[kind], groups, apart) if kind in ONE_FOR_ALL else kinds[kind])
        stars = sky.rows() if kind in ROWS else sky.stars()
        groups += sorted((sky.describe(kind, star) for star in stars), key=lambda made: min(made.members))
    return sorted(groups, key=lambda made: made.kind)


def _among_the_best(
    matches: Iterable[Match], copies: Iterable[Group], apart: Mapping[str, set[str]]
) -> Iterable[Match]:
    """*matches* with the one to keep in the place of each of its *copies*."""
    best = {sha: made.keeper for made in copies if made.kind == SAME_KIND for sha in made.members}
    for match in matches:
        one, other = best.get(match.a, match.a), best.get(match.b, match.b)
        if one != other and match.b not in apart.get(match.a, ()):
            lesser = None if match.lesser is None else best.get(match.lesser, match.lesser)
            yield replace(match, a=min(one, other), b=max(one, other), lesser=lesser)


class _Edge(NamedTuple):
    """The nearest match between two nodes; ``lesser`` is the node that was made of the other, if either was."""

    distance: float
    doubt: float  # 1 - confidence
    reason: str
    lesser: str | None

    @property
    def nearness(self) -> tuple[float, float]:
        return self.doubt, self.distance


@dataclass(frozen=True, slots=True)
class _Star:
    """The name of the node in the middle, and the others with their matches."""

    centre: str
    others: dict[str, _Edge]


@dataclass(slots=True)
class _Sky:
    """The nodes of one kind and the matches between them. A node is some assets; it goes by the first one's SHA-256."""

    looks: Mapping[str, Look]
    apart: Mapping[str, set[str]]
    choose: Choose
    nodes: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by asset; whoever is not in here is alone
    near: dict[str, dict[str, _Edge]] = field(default_factory=lambda: defaultdict(dict))

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
                lesser = None if match.lesser is None else self.node(match.lesser)[0]
                edge = _Edge(match.distance, 1 - match.confidence, match.reason, lesser)
                known = self.near[one].get(other, edge)
                nearest = min(edge, known, key=lambda each: (*each[:3], each.lesser or ""))
                self.near[one][other] = self.near[other][one] = nearest

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

    def rows(self) -> list[_Star]:
        """Whoever can be reached from neighbour to neighbour, the best one in the middle."""
        row = {name: {name} for name in self.near}
        pairs = {
            (edge.nearness, min(name, other), max(name, other))
            for name, near in self.near.items()
            for other, edge in near.items()
        }
        for _, one, other in sorted(pairs):
            if row[one] is not row[other] and not any(self.strangers(name) & row[other] for name in row[one]):
                row[one] |= row[other]
                row |= dict.fromkeys(row[other], row[one])
        made = []
        for names in {id(each): each for each in row.values()}.values():
            if len(names) > 1:
                centre = self.node(self.best(names)[0])[0]
                nearest = {
                    name: min(
                        (edge for other, edge in self.near[name].items() if other in names), key=lambda e: e.nearness
                    )
                    for name in names - {centre}
                }
                made.append(_Star(centre, nearest))
        return made

    def stars(self) -> list[_Star]:
        """Each node that matches another one, or is several assets, in at most one star."""
        stars = self._gather()
        self._settle(stars)
        made = [star for star in stars.values() if star.others]
        placed = {name for star in made for name in (star.centre, *star.others)}
        lonely = {node[0] for node in self.nodes.values()} - placed
        return made + [_Star(name, {}) for name in sorted(lonely)]

    def _gather(self) -> dict[str, _Star]:
        """Stars by their centres, the one with the most and surest matches first; who is left alone is one, too."""
        weight = {
            name: sum(round(_UNIT * (1 - edge.doubt)) for edge in edges.values()) for name, edges in self.near.items()
        }
        heap = [(-score, name) for name, score in weight.items()]
        heapq.heapify(heap)
        stars: dict[str, _Star] = {}
        while heap:
            score, seed = heapq.heappop(heap)
            if seed not in weight:
                continue
            if -score != weight[seed]:  # some of its neighbours have found a place since
                heapq.heappush(heap, (-weight[seed], seed))
                continue
            around = [name for name in self.near[seed] if name in weight]
            star = _Star(self._centre([seed, *around]) if around else seed, {})
            for name in sorted(self.near[star.centre], key=lambda name: (self.near[star.centre][name].nearness, name)):
                # two that were told apart may both match the centre: the nearer one is in, the other asks elsewhere
                if name in weight and self.strangers(name).isdisjoint(star.others):
                    star.others[name] = self.near[star.centre][name]
            self._take_in(star, weight.keys())
            for name in (star.centre, *star.others):
                del weight[name]
                for other, edge in self.near[name].items():
                    if other in weight:
                        weight[other] -= round(_UNIT * (1 - edge.doubt))
            stars[star.centre] = star
        return stars

    def _centre(self, names: Sequence[str]) -> str:
        """Whom to keep of *names*: of those that match half of the others and were not made of one of them.

        Somebody whose surest match is less sure than those of the others is the odd one out: turned, say.
        """
        edges = {name: [self.near[name][other] for other in names if other in self.near[name]] for name in names}
        surest = min(edge.doubt for each in edges.values() for edge in each)
        known = [name for name, each in edges.items() if 2 * len(each) >= len(names) - 1]
        level = [name for name in known if min(edge.doubt for edge in edges[name]) <= surest + _ODD] or known
        whole = [name for name in level if not any(edge.lesser == name for edge in edges[name])]
        return self.node(self.best(whole or level)[0])[0]

    def _take_in(self, star: _Star, waiting: Set[str]) -> None:
        """Add those that match most of a star, although not its centre: at least three, and half of it."""
        support: dict[str, list[_Edge]] = defaultdict(list)
        members = {star.centre, *star.others}
        for name in (star.centre, *star.others):
            for other, edge in self.near[name].items():
                if other in waiting and other not in members:
                    support[other].append(edge)
        size = 1 + len(star.others)
        for name in sorted(support):
            edges = support[name]
            if (
                len(edges) >= _WITNESSES
                and 2 * len(edges) >= size
                and self.strangers(name).isdisjoint({star.centre, *star.others})
            ):
                nearest = min(edges, key=lambda edge: edge.nearness)
                doubt = max(nearest.doubt, _INDIRECT)
                star.others[name] = _Edge(nearest.distance, doubt, "like most of the others", None)

    def _settle(self, stars: Mapping[str, _Star]) -> None:
        """Let everybody go to the centre that it is nearest to, if that is worth keeping before itself."""
        home = {name: star.centre for star in stars.values() for name in star.others}
        for name in sorted(home):
            here = stars[home[name]].others[name].nearness
            choices = sorted((edge.nearness, other) for other, edge in self.near[name].items() if other in stars)
            for nearness, centre in choices:
                if nearness >= here:
                    break
                if self._is_better(centre, name) and self.strangers(name).isdisjoint(stars[centre].others):
                    del stars[home[name]].others[name]
                    stars[centre].others[name] = self.near[name][centre]
                    break

    def _is_better(self, one: str, other: str) -> bool:
        lesser = self.near[one][other].lesser
        return lesser != one and (lesser == other or self.best((one, other))[0] in self.node(one))

    def describe(self, kind: str, star: _Star) -> Group:
        keeper, _ = self.best([star.centre])
        whole = [name for name, edge in star.others.items() if edge.lesser != name]
        best, why = self.best([star.centre, *whole])
        if best != keeper:  # worth more in itself, but it matches too few of the others
            why = "matches all the others"
        away = dict.fromkeys(self.node(star.centre), (0.0, ""))
        away |= {sha: (edge.distance, edge.reason) for name, edge in star.others.items() for sha in self.node(name)}
        members = sorted(away, key=lambda sha256: (sha256 != keeper, away[sha256][0], sha256))
        return Group(
            kind=kind,
            members=tuple(members),
            distances=tuple(away[sha256][0] for sha256 in members),
            keeper=keeper,
            confidence=round(1 - max((edge.doubt for edge in star.others.values()), default=0.0), 6),
            reason=why,
            notes=tuple(away[sha256][1] for sha256 in members),
        )
