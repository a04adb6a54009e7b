"""Frames of a burst are paired; copies of one frame and coarse dates are not."""

from __future__ import annotations

import random

import pytest

from mediaparser_core.records import Look
from mediaparser_plugins import bursts

VIEW = 0xF0F0F0F0F0F0F0F0
OTHER_VIEW = VIEW ^ 0x1FFFFFFF


def match(looks):
    return list(bursts.match(looks, lambda names: {}))


def frame(number: int, at: str | None, **facts) -> Look:
    facts = {"make": "Canon", "model": "R6", "precision": "second", "phash": VIEW} | facts
    wide = facts.pop("phash256", random.Random(number).getrandbits(256))
    taken_at = at and f"2020-07-01T{at}"
    return Look(f"{number:064x}", "image", "jpeg", 6000, 4000, 9, taken_at=taken_at, phash256=wide, **facts)


def pairs(*frames: Look) -> set[tuple[int, int]]:
    found = list(match(frames))
    assert all(match.kind == "burst" and match.a < match.b for match in found)
    return {(int(match.a, 16), int(match.b, 16)) for match in found}


@pytest.mark.parametrize(
    ("one", "other", "changes", "expected"),
    [
        ("10:00:00.10", "10:00:00.30", {}, True),
        ("10:00:00.10", "10:00:02.00", {}, True),
        ("10:00:00.10", "10:00:02.20", {}, False),  # too late
        ("10:00:00", "10:00:02", {}, True),
        ("10:00:00", "10:00:03", {}, False),
        ("10:00:00.10", "10:00:01.30", {"phash": OTHER_VIEW}, False),  # the photographer turned round
        ("10:00:00.10", "10:00:00.30", {"phash": OTHER_VIEW}, True),  # nobody presses twice that fast
        ("10:00:00", "10:00:00", {"phash": OTHER_VIEW}, False),
        ("10:00:00.10", "10:00:00.30", {"model": "R5"}, False),
        ("10:00:00.10", "10:00:00.30", {"model": None}, False),
        ("10:00:00.10", "10:00:00.10", {}, False),  # one shot, twice
        ("10:00:00", "10:00:00", {}, True),  # two different pictures of one second
        ("10:00:00", "10:00", {"precision": "minute"}, False),  # coarse dates say nothing
        ("10:00:00", None, {}, False),
    ],
)
def test_what_counts_as_a_burst(one, other, changes, expected):
    assert bool(pairs(frame(1, one), frame(2, other, **changes))) is expected


def test_a_copy_of_the_same_second_is_not_a_frame():
    assert pairs(frame(1, "10:00:00", phash256=5), frame(2, "10:00:00", phash256=6)) == set()


def test_a_long_burst_is_one_run_and_all_its_frames_are_pairs():
    frames = [frame(n, f"10:00:{n:02d}.50") for n in range(8)]
    expected = {(a, b) for a in range(8) for b in range(a + 1, 8)}
    assert pairs(*frames) == expected
    random.Random(2).shuffle(frames)
    assert pairs(*frames) == expected


def test_a_view_that_wanders_off_ends_the_run():
    looks = [VIEW ^ ((1 << 7 * n) - 1) for n in range(7)]  # each seven bits from the one before
    frames = [frame(n, f"10:00:{n:02d}.50", phash=phash) for n, phash in enumerate(looks)]
    found = pairs(*frames)
    assert (0, 2) in found
    assert (0, 3) not in found
    assert (3, 4) in found


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("10:00:00", "10:00:20", True),
        ("10:00:00", "10:05:00", False),  # the identifier came back for another burst
        (None, None, True),
        ("10:00:00", None, True),
    ],
)
def test_a_shared_burst_identifier_needs_no_other_sign(one, other, expected):
    facts = {"burst_id": "B1", "phash": None}
    assert bool(pairs(frame(1, one, **facts), frame(2, other, **facts))) is expected
    assert not pairs(frame(1, one, **facts), frame(2, other, **facts | {"burst_id": "B2"}))


def test_members_of_one_bundle_are_one_shot():
    assert pairs(frame(1, "10:00:00.1", bundle_id=3), frame(2, "10:00:00.2", bundle_id=3)) == set()


def test_videos_are_no_frames():
    clip = Look("f" * 64, "video", "mp4", 1920, 1080, 9, 3.0, None, "Canon", "R6", "2020-07-01T10:00:00.3", "second")
    assert pairs(frame(1, "10:00:00.1"), clip) == set()


def test_a_film_of_single_pictures_stays_a_bounded_number_of_pairs():
    frames = [frame(n, f"10:{n // 60:02d}:{n % 60:02d}.50") for n in range(450)]
    assert len(pairs(*frames)) <= 450 * bursts.LONGEST / 2
