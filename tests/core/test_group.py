"""Groups do not chain, obey what people said, and are the same for every input order."""

from __future__ import annotations

import random
import time
from itertools import combinations, pairwise

import pytest

from mediaparser_core.errors import PluginError
from mediaparser_core.group import group
from mediaparser_core.records import Look, Match


def look(name: str, quality: int = 0) -> Look:
    return Look(name, "image", "jpeg", 100 + quality, 100, 1)


def match(a: str, b: str, distance: float = 2, confidence: float = 0.9, kind: str = "similar") -> Match:
    return Match(min(a, b), max(a, b), kind, distance, confidence)


def widest(members):
    best = max(members, key=lambda look: (look.width, look.sha256))
    return best.sha256, f"{best.width} wide"


def groups(looks, matches, different=(), same=()):
    return group(
        looks, matches, different={frozenset(d) for d in different}, same={frozenset(s) for s in same}, choose=widest
    )


def names(found) -> list[str]:
    """Groups as words: the keeper first, then the others in alphabetical order."""
    return sorted(made.keeper + "".join(sorted(set(made.members) - {made.keeper})) for made in found)


def looks_of(text: str) -> list[Look]:
    """One look a letter; a capital letter has the better quality, ``z`` better than ``y``."""
    return [look(letter, quality=ord(letter) if letter.islower() else 1000 + ord(letter)) for letter in text]


@pytest.mark.parametrize(
    ("letters", "edges", "expected"),
    [
        ("ab", [], []),
        ("ab", ["ab"], ["ba"]),
        ("abc", ["ab", "bc", "ac"], ["cab"]),
        ("Abc", ["Ab", "bc"], ["Ab"]),  # a chain: c does not match what is kept
        ("aBc", ["aB", "Bc"], ["Bac"]),  # both match what is kept
        ("abcde", ["ab", "bc", "cd", "de"], ["cbd"]),  # a and e are alone: they do not match what is kept
        ("aBCd", ["aB", "Cd"], ["Ba", "Cd"]),
    ],
)
def test_every_member_matches_the_keeper(letters, edges, expected):
    found = groups(looks_of(letters), [match(*edge) for edge in edges])
    assert names(found) == expected


def test_a_member_joins_the_centre_it_is_nearest_to():
    found = groups(looks_of("aXY"), [match("a", "X", 2), match("a", "Y", 1)])
    assert names(found) == ["Ya"]


def test_long_chains_never_join_strangers():
    looks = [look(f"{n:04d}", quality=n * 7 % 101) for n in range(400)]
    edges = {frozenset((one.sha256, other.sha256)) for one, other in pairwise(looks)}
    found = groups(looks, [match(*sorted(edge)) for edge in edges])
    assert len(found) > 100
    for made in found:
        assert all(frozenset((made.keeper, member)) in edges for member in made.members if member != made.keeper)


@pytest.mark.parametrize(
    ("different", "same", "expected"),
    [
        (["aB"], [], ["Bc"]),
        (["ac"], [], ["Ba"]),  # both match B, but were told apart: the nearer one stays
        (["aB", "Bc", "ac"], [], []),
        ([], ["ad"], ["Bacd"]),  # d matches nobody
        ([], ["de"], ["Bac", "ed"]),
        (["aB"], ["ad"], ["Bc", "da"]),
        (["dB"], ["ad"], ["Bc", "da"]),  # what is the same as a is not to meet B
        (["ad"], ["ad"], ["Bac"]),  # contradiction: apart wins
        ([], ["ad", "de"], ["Bacde"]),
        (["ae"], ["ad", "de"], ["Bacd"]),
        ([], ["ax"], ["Bac"]),  # somebody who is no longer there
    ],
)
def test_people_have_the_last_word(different, same, expected):
    found = groups(looks_of("aBcde"), [match("a", "B", 1), match("B", "c", 2)], different, same)
    assert names(found) == expected


def test_one_who_was_told_apart_joins_the_next_nearest():
    looks = looks_of("abXY")
    matches = [match("a", "X", 1), match("b", "X", 2), match("b", "Y", 3)]
    assert names(groups(looks, matches)) == ["Xab"]
    assert names(groups(looks, matches, different=["ab"])) == ["Xa", "Yb"]


def test_those_who_found_no_place_form_groups_of_their_own():
    looks = looks_of("abcX")
    matches = [match("a", "X", 1), match("b", "X", 2), match("c", "X", 3), match("b", "c", 1)]
    assert names(groups(looks, matches, different=["ab", "ac"])) == ["Xa", "cb"]


def test_a_group_says_how_far_how_sure_and_why():
    (made,) = groups(looks_of("aBc"), [match("a", "B", 4, 0.7), match("B", "c", 1, 0.95), match("a", "B", 9, 0.99)])
    assert made.members == ("B", "c", "a")
    assert made.distances == (0.0, 1.0, 4.0)
    assert made.keeper == "B"
    assert made.confidence == 0.7
    assert made.reason == "1166 wide"


def test_what_people_joined_is_certain():
    (made,) = groups(looks_of("ab"), [], same=["ab"])
    assert (made.kind, made.confidence, made.distances) == ("similar", 1.0, (0.0, 0.0))


def test_kinds_are_grouped_apart():
    found = groups(looks_of("aBc"), [match("a", "B"), match("B", "c", kind="burst")])
    assert [(made.kind, made.members) for made in found] == [("burst", ("B", "c")), ("similar", ("B", "a"))]


def test_matches_of_strangers_and_of_one_with_itself_are_ignored():
    assert groups(looks_of("ab"), [match("a", "x"), match("b", "b")]) == []


def test_a_keeper_from_outside_is_a_plugin_error():
    with pytest.raises(PluginError, match="one of the members"):
        group(looks_of("ab"), [match("a", "b")], different=set(), same=set(), choose=lambda members: ("x", "because"))


def test_a_choice_that_goes_in_circles_still_ends():
    beats = {("a", "b"): "a", ("b", "c"): "b", ("a", "c"): "c"}

    def circular(members):
        ordered = tuple(sorted(look.sha256 for look in members))
        return beats.get(ordered, ordered[0]), "rock, paper, scissors"

    edges = [match("a", "b"), match("b", "c")]
    found = group(looks_of("abc"), edges, different=set(), same=set(), choose=circular)
    assert len(found) == 1


@pytest.mark.parametrize("seed", range(8))
def test_ten_shuffled_orders_give_the_same_groups_and_all_rules_hold(seed):
    rng = random.Random(seed)
    looks = [look(f"{n:02d}", quality=rng.randrange(4)) for n in range(40)]
    everybody = [one.sha256 for one in looks]
    matches = [
        match(*pair, rng.randrange(5), 0.5 + rng.random() / 2)
        for pair in combinations(everybody, 2)
        if rng.random() < 0.12
    ]
    matches += [match(*rng.sample(everybody, 2), kind="burst") for _ in range(30)]
    different = {frozenset(rng.sample(everybody, 2)) for _ in range(15)}
    same = {frozenset(rng.sample(everybody, 2)) for _ in range(6)}
    expected = group(looks, matches, different=different, same=same, choose=widest)
    for _ in range(10):
        rng.shuffle(looks)
        rng.shuffle(matches)
        assert group(looks, matches, different=different, same=same, choose=widest) == expected

    for kind in ("similar", "burst"):
        members = [member for made in expected if made.kind == kind for member in made.members]
        assert len(members) == len(set(members))
    for made in expected:
        assert len(made.members) >= 2
        assert not any(pair <= set(made.members) for pair in different)
    joined = [pair for pair in same if any(pair <= set(made.members) for made in expected if made.kind == "similar")]
    assert len(joined) >= len(same) - 1  # all but what the others make a contradiction


def test_a_crowd_that_all_looks_alike_is_grouped_in_good_time():
    looks = [look(f"{n:05d}", quality=n) for n in range(3000)]
    matches = [match(looks[n].sha256, looks[(n + step) % 3000].sha256) for n in range(3000) for step in range(1, 20)]
    found = groups(looks, matches)
    assert sum(len(made.members) for made in found) > 2900


@pytest.mark.parametrize(
    ("edges", "different", "expected"),
    [
        (["ab", "bc", "cd"], [], ["dabc"]),  # neighbour to neighbour: the ends have nothing in common
        (["ab", "cd"], [], ["ba", "dc"]),
        (["ab", "bc", "cd"], ["bc"], ["ba", "dc"]),
        (["ab", "bc", "ca"], ["ab"], ["cb"]),
        (["ab", "bc"], ["ac"], ["ba"]),
    ],
)
def test_a_panorama_is_a_row(edges, different, expected):
    matches = [match(*edge, kind="panorama", distance=n) for n, edge in enumerate(edges)]
    for shuffled in range(10):
        random.Random(shuffled).shuffle(matches)
        assert names(groups(looks_of("abcd"), matches, different)) == expected


def test_the_best_of_some_copies_stands_for_all_before_a_mirror_image():
    copies = [match(*edge) for edge in ("ab", "ac", "bc")]
    mirrored = [match(one, "m", kind="mirrored") for one in "abc"]
    found = groups(looks_of("abcm"), copies + mirrored)
    assert [(made.kind, names([made])) for made in found] == [("mirrored", ["mc"]), ("similar", ["cab"])]
    told = groups(looks_of("abcm"), copies + mirrored[2:], different=["cm"])
    assert [made.kind for made in told] == ["similar"]


def test_many_small_groups_take_time_in_proportion():
    def seconds(pairs: int) -> float:
        looks = [look(f"{number:06d}") for number in range(2 * pairs)]
        matches = [match(f"{number:06d}", f"{number + pairs:06d}") for number in range(pairs)]
        began = time.process_time()
        assert len(groups(looks, matches)) == pairs
        return time.process_time() - began

    small = min(seconds(1000) for _ in range(3))
    assert seconds(16_000) < 100 * small  # in proportion it is 16 times; comparing all with all, 256 times
