"""Groups: the order of what was found does not matter, nobody who was told apart is together, nobody is in two."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from mediaparser_core.group import group
from mediaparser_core.records import Look, Match

NAMES = [f"{number:02d}" for number in range(9)]
PAIRS = st.lists(st.sampled_from(NAMES), min_size=2, max_size=2, unique=True).map(frozenset)


def matches() -> st.SearchStrategy[list[Match]]:
    one = st.builds(
        lambda pair, kind, distance, sure: Match(min(pair), max(pair), kind, distance, sure),
        PAIRS, st.sampled_from(["similar", "burst"]), st.integers(0, 9), st.sampled_from([0.5, 0.8, 0.99]),
    )  # fmt: skip
    return st.lists(one, max_size=14)


def looks() -> st.SearchStrategy[list[Look]]:
    widths = st.lists(st.integers(1, 4), min_size=len(NAMES), max_size=len(NAMES))
    return widths.map(lambda all: [Look(n, "image", "jpeg", w, 100, 1) for n, w in zip(NAMES, all, strict=True)])


def widest(members: Sequence[Look]) -> tuple[str, str]:
    best = max(members, key=lambda look: (look.width or 0, look.sha256))
    return best.sha256, "widest"


@given(looks(), matches(), st.sets(PAIRS, max_size=4), st.sets(PAIRS, max_size=2), st.randoms(use_true_random=False))
def test_any_order_gives_the_same_groups(looks, matches, different, same, rng):
    first = group(looks, matches, different=different, same=same, choose=widest)
    rng.shuffle(looks)
    rng.shuffle(matches)
    assert group(looks, matches, different=different, same=same, choose=widest) == first


@given(looks(), matches(), st.sets(PAIRS, max_size=6))
def test_the_rules_of_groups_hold(looks, matches, different):
    found = group(looks, matches, different=different, same=set(), choose=widest)
    for kind in ("similar", "burst"):
        members = [name for made in found if made.kind == kind for name in made.members]
        assert len(members) == len(set(members))
    for made in found:
        assert len(made.members) >= 2 and made.members[0] == made.keeper
        assert not any(pair <= set(made.members) for pair in different)
    for made in found:
        if made.kind == "similar":  # nobody is there by hearsay
            known = {frozenset((match.a, match.b)) for match in matches if match.kind == "similar"}
            assert all(frozenset((made.keeper, name)) in known for name in made.members[1:])


@given(looks(), matches())
def test_a_person_who_tells_everybody_apart_has_no_groups(looks, matches):
    everybody = {frozenset((a, b)) for a in NAMES for b in NAMES if a < b}
    assert group(looks, matches, different=everybody, same=set(), choose=widest) == []
