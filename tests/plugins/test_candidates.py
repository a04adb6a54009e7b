"""What is found piece by piece is what is found at once, and what is found by tables is what comparing all finds."""

from __future__ import annotations

import hashlib
import random
from itertools import combinations

import pytest

from mediaparser_core.records import Look
from mediaparser_plugins import candidates, look_tables

np = pytest.importorskip("numpy")


def balanced(rng: random.Random, bits: int) -> int:
    return sum(1 << bit for bit in rng.sample(range(bits), bits // 2))


def moved(rng: random.Random, value: int, bits: int, count: int) -> int:
    """*value* with as many bits set to 1 as to 0, so that it stays balanced."""
    ones = [bit for bit in range(bits) if value >> bit & 1]
    zeros = [bit for bit in range(bits) if not value >> bit & 1]
    return value ^ sum(1 << bit for bit in rng.sample(ones, count // 2) + rng.sample(zeros, count // 2))


def crowd(rng: random.Random, families: int, most: int) -> list[Look]:
    """Families of pictures that are like their first, by one of their hashes or by all."""
    looks = []
    for family in range(families):
        first = {"phash": balanced(rng, 64), "dhash": balanced(rng, 64), "turns": balanced(rng, 64)}
        wide, parts = balanced(rng, 256), [balanced(rng, 64) for _ in range(5)]
        for number in range(rng.randint(1, most)):
            way = rng.choice(["phash", "dhash", "turns", "part", "all"])
            bits = {
                kind: moved(rng, value, 64, rng.choice([0, 2, 4, 6])) if way in (kind, "all") else balanced(rng, 64)
                for kind, value in first.items()
            }
            if way == "part":
                bits["phash"] = moved(rng, parts[number % 5], 64, 4)
            looks.append(
                Look(
                    hashlib.sha256(f"{family} {number} {rng.random()}".encode()).hexdigest(), "image", "jpeg", 4000, 3000, 1,
                    phash256=moved(rng, wide, 256, rng.choice([0, 20, 60])), **bits,
                    parts=sum(part << (64 * place) for place, part in enumerate(parts)),
                )
            )  # fmt: skip
    return looks


def named(table: look_tables.Table, found: candidates.Candidates) -> dict[tuple[str, str], int]:
    return {
        (table.sha256[i], table.sha256[j]): ways
        for i, j, ways in zip(found.i.tolist(), found.j.tolist(), found.ways.tolist(), strict=True)
    }


def by_comparing_all(looks: list[Look], radius: int) -> set[tuple[str, str]]:
    near = set()
    for one, other in combinations(sorted(looks, key=lambda look: look.sha256), 2):
        bits = {kind: (getattr(one, kind) ^ getattr(other, kind)).bit_count() for kind in ("phash", "dhash", "turns")}
        wide = (one.phash256 ^ other.phash256).bit_count() <= candidates.FAR
        upright = wide and (bits["phash"] <= radius or bits["dhash"] <= min(radius, candidates.DHASH_DISTANCE))
        parts = any(
            ((whole.parts >> (64 * place) & (1 << 64) - 1) ^ piece.phash).bit_count() <= radius
            for whole, piece in ((one, other), (other, one))
            for place in range(5)
        )
        if upright or parts or bits["turns"] <= min(radius, candidates.TURNS_DISTANCE):
            near.add((one.sha256, other.sha256))
    return near


@pytest.mark.parametrize("radius", [0, 4, 8, 10])
def test_the_tables_find_what_comparing_all_with_all_finds(radius):
    looks = crowd(random.Random(radius), families=60, most=6)
    table = look_tables.tabulate(looks)
    assert set(named(table, candidates.find(table, radius))) == by_comparing_all(looks, radius)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_new_adds_exactly_the_pairs_that_were_missing(seed):
    rng = random.Random(seed)
    looks = crowd(rng, families=80, most=5)
    fresh = {look.sha256 for look in looks if rng.random() < 0.2}
    table = look_tables.tabulate(looks)
    old = look_tables.tabulate([look for look in looks if look.sha256 not in fresh])
    everything = named(table, candidates.find(table, 10))
    before = named(old, candidates.find(old, 10))
    new = np.array([sha in fresh for sha in table.sha256])
    added = named(table, candidates.find(table, 10, new))
    assert all(fresh & set(pair) for pair in added)
    assert before | added == everything


def test_more_than_a_hundred_of_one_hash_are_found_the_same_way_in_pieces(monkeypatch):
    monkeypatch.setattr(candidates, "NEIGHBOURS", 5)
    rng = random.Random(7)
    looks = crowd(rng, families=10, most=3)
    double = looks[0]
    looks += [Look(hashlib.sha256(b"%d" % n).hexdigest(), "image", "jpeg", 40, 30, 1, phash=double.phash, dhash=double.dhash,
                   phash256=double.phash256, turns=double.turns, parts=double.parts) for n in range(40)]  # fmt: skip
    fresh = {look.sha256 for look in looks[::4]}
    table = look_tables.tabulate(looks)
    everything = named(table, candidates.find(table, 10))
    assert len(everything) < 40 * 10
    added = named(table, candidates.find(table, 10, np.array([sha in fresh for sha in table.sha256])))
    assert {pair for pair in everything if fresh & set(pair)} <= set(added)
