"""Parts of a panorama are paired with their neighbours; other scenes, and the same view, are not."""

from __future__ import annotations

import random
from dataclasses import replace

import imagehash
import pytest
from PIL import Image

from mediaparser_core.records import Look
from mediaparser_plugins import panoramas, sketches

np = pytest.importorskip("numpy")


class Roll:
    """Pictures of one camera, with their sketches."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}

    def take(self, image: Image.Image, second: float, **facts) -> Look:
        small = image.convert("RGB").resize((384, 288))
        drawn = sketches.sketch(small)
        sha256 = f"{len(self.known):064x}"
        self.known[sha256] = drawn.coded
        facts = {"make": "Canon", "model": "R6", "precision": "second", "width": 4000, "height": 3000} | facts
        return Look(
            sha256, "image", "jpeg", facts.pop("width"), facts.pop("height"), 9, taken_at=f"2020-07-01T10:00:{second:05.2f}",
            phash=int(str(imagehash.phash(small)), 16), turns=drawn.turns, **facts,
        )  # fmt: skip

    def pairs(self, looks, new=None) -> set[tuple[int, int]]:
        found = panoramas.match(looks, new, lambda names: {name: self.known[name] for name in names})
        assert all(match.kind == "panorama" and match.a < match.b and match.reason for match in found)
        return {(int(match.a, 16), int(match.b, 16)) for match in found}


@pytest.fixture
def wide(tmp_path, make_picture):
    """A view much wider than the camera sees."""
    return Image.open(make_picture(tmp_path / "wide.png", seed=5, size=(1600, 600)))


def part(wide: Image.Image, left: float) -> Image.Image:
    return wide.crop((round(left * 800), 0, round(left * 800) + 800, 600))


@pytest.mark.parametrize("overlap", [0.3, 0.5, 0.7])
def test_neighbours_are_paired_whichever_way_the_camera_turned(wide, overlap):
    for steps in ([0, 1 - overlap], [1 - overlap, 0]):
        roll = Roll()
        assert roll.pairs([roll.take(part(wide, at), 4 * n) for n, at in enumerate(steps)]) == {(0, 1)}


def test_upright_panoramas_count_as_well(wide):
    tall, roll = wide.rotate(90, expand=True), Roll()
    parts = [tall.crop((0, at, 600, at + 800)) for at in (0, 400)]
    assert roll.pairs([roll.take(each, n) for n, each in enumerate(parts)]) == {(0, 1)}


@pytest.mark.parametrize(
    "changes",
    [
        {"second": 16},  # much later
        {"second": 0.1},  # nobody turns that fast
        {"model": "R5"},
        {"model": None},
        {"width": 3000, "height": 4000},
        {"precision": "day"},
        {"flat": True},
    ],
)
def test_what_is_no_panorama(wide, changes):
    roll, changes = Roll(), {"second": 4.0} | changes
    second = changes.pop("second")
    precision = changes.pop("precision", "second")
    other = replace(roll.take(part(wide, 0.5), second, **changes), precision=precision)
    assert roll.pairs([roll.take(part(wide, 0), 0), other]) == set()


def test_members_of_one_bundle_are_no_panorama(wide):
    roll = Roll()
    assert roll.pairs([roll.take(part(wide, at), 8 * at, bundle_id=3) for at in (0, 0.5)]) == set()


def test_the_same_view_and_other_scenes_are_none(make_picture, tmp_path, wide):
    roll = Roll()
    assert roll.pairs([roll.take(part(wide, 0.0), n) for n in (0, 4)]) == set()
    others = [Image.open(make_picture(tmp_path / f"{n}.png", seed=n + 30)) for n in range(14)]
    assert roll.pairs([roll.take(each, n) for n, each in enumerate(others)]) == set()


def test_without_sketches_nothing_is_claimed(wide):
    roll = Roll()
    looks = [roll.take(part(wide, at), 8 * at) for at in (0, 0.5)]
    assert list(panoramas.match(looks, None, lambda names: {})) == []


def test_what_is_new_adds_exactly_the_pairs_that_were_missing(wide):
    roll = Roll()
    looks = [roll.take(part(wide, 0.33 * n), 3 * n) for n in range(4)]
    everything = roll.pairs(looks)
    assert {(0, 1), (1, 2), (2, 3)} <= everything
    random.Random(1).shuffle(looks)
    assert roll.pairs(looks) == everything
    for newcomer in looks:
        before = roll.pairs([look for look in looks if look is not newcomer])
        assert before | roll.pairs(looks, {newcomer.sha256}) == everything
