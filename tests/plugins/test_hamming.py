"""The search finds exactly the pairs that comparing all with all finds."""

from __future__ import annotations

import numpy as np
import pytest

from mediaparser_plugins import hamming


def brute_force(new, old, radius, *, same):
    distance = np.bitwise_count(new[:, None] ^ old[None, :]).astype(int)
    if same:
        distance[np.tril_indices(len(new))] = 65
    i, j = np.nonzero(distance <= radius)
    return list(zip(i.tolist(), j.tolist(), distance[i, j].tolist(), strict=True))


def rows(pairs):
    return list(zip(*(column.tolist() for column in pairs), strict=True))


def family(seed: int, count: int, flips: int) -> np.ndarray:
    """Random hashes, a third of which have a relative some bits away, and a few repeated ones."""
    rng = np.random.default_rng(seed)
    hashes = rng.integers(0, 2**64, count, dtype=np.uint64)
    for place in rng.choice(count, count // 3, replace=False):
        bits = rng.choice(64, rng.integers(0, flips + 1), replace=False)
        hashes[place] = hashes[rng.integers(count)] ^ np.uint64(sum(1 << int(bit) for bit in bits))
    hashes[rng.choice(count, count // 20)] = hashes[0]
    return hashes


@pytest.mark.parametrize("radius", [0, 1, 2, 3, 5, 8, 10, 11, 12, 16])
@pytest.mark.parametrize("count", [300, 1500])
def test_no_pair_is_missed_and_none_is_invented(count, radius):
    hashes = family(radius, count, radius + 3)
    assert rows(hamming.pairs_within(hashes, radius)) == brute_force(hashes, hashes, radius, same=True)


@pytest.mark.parametrize("count", [10, 1_000, 20_000, 100_000, 1_000_000])
@pytest.mark.parametrize("radius", [0, 2, 4, 8, 10, 13])
def test_every_way_of_cutting_that_may_be_chosen_is_exact(count, radius, monkeypatch):
    pieces = hamming.cut(count, radius)  # what a library of this size gets, tried on one that can be checked
    monkeypatch.setattr(hamming, "cut", lambda count, radius: pieces)
    hashes = family(count, 400, radius + 2)
    assert rows(hamming.pairs_within(hashes, radius)) == brute_force(hashes, hashes, radius, same=True)


@pytest.mark.parametrize("count", [1_000, 100_000, 1_000_000])
def test_pieces_cover_every_bit_once_and_leave_no_room_for_a_missed_pair(count):
    for radius in range(33):
        pieces = hamming.cut(count, radius)
        if pieces[0].width == 0:
            continue  # everything is compared
        assert sum(piece.mask << piece.shift for piece in pieces) == 2**64 - 1
        assert sum(piece.flips + 1 for piece in pieces) > radius


@pytest.mark.parametrize("radius", [0, 3, 8, 10])
def test_new_hashes_are_compared_with_old_ones_only(radius):
    hashes = family(7, 1200, radius + 2)
    new, old = hashes[:150], hashes[150:]
    assert rows(hamming.pairs_between(new, old, radius)) == brute_force(new, old, radius, same=False)
    assert rows(hamming.pairs_between(old, new, radius)) == brute_force(old, new, radius, same=False)


def test_pairs_do_not_depend_on_how_the_work_is_cut_into_chunks(monkeypatch):
    hashes = family(3, 900, 9)
    whole = rows(hamming.pairs_within(hashes, 8))
    monkeypatch.setattr(hamming, "CHUNK", 7)
    assert rows(hamming.pairs_within(hashes, 8)) == whole


def test_a_thousand_identical_hashes_are_all_paired_in_bounded_chunks(monkeypatch):
    monkeypatch.setattr(hamming, "CHUNK", 10_000)
    hashes = np.zeros(1000, dtype=np.uint64)
    hashes[:400] = 1
    sizes = [len(i) for i, _, _ in hamming.chunks_within(hashes, 1)]
    assert sum(sizes) == 1000 * 999 // 2
    assert max(sizes) <= 10_000 + 1000


@pytest.mark.parametrize("hashes", [[], [0], [2**64 - 1]])
def test_fewer_than_two_hashes_have_no_pairs(hashes):
    few = np.array(hashes, dtype=np.uint64)
    assert rows(hamming.pairs_within(few, 64)) == []
    assert rows(hamming.pairs_between(few, np.empty(0, dtype=np.uint64), 64)) == []


def test_a_radius_of_all_bits_pairs_everything():
    hashes = np.array([0, 2**64 - 1, 5], dtype=np.uint64)
    assert rows(hamming.pairs_within(hashes, 64)) == [(0, 1, 64), (0, 2, 2), (1, 2, 62)]


def test_a_crowd_of_identical_hashes_is_paired_with_a_few_each_when_asked():
    hashes = np.array([7] * 500 + [7 ^ 1, 7 ^ 2], dtype=np.uint64)
    pairs = np.concatenate([np.stack((i, j)) for i, j, _ in hamming.chunks_within(hashes, 2, most=10)], axis=1)
    met = np.bincount(pairs.ravel(), minlength=len(hashes))
    assert met.min() >= 10  # nobody is left alone
    assert pairs.shape[1] <= 12 * len(hashes)
