"""One scene taken again is paired; bursts, other views and other cameras are not."""

from __future__ import annotations

from dataclasses import replace

import imagehash
import pytest
from PIL import Image, ImageEnhance

from mediaparser_core.records import Look
from mediaparser_plugins import retakes, sketches

np = pytest.importorskip("numpy")


def look_at(image: Image.Image, number: int, second: float, **facts) -> tuple[Look, bytes]:
    small = image.convert("RGB").resize((384, 288))
    drawn = sketches.sketch(small)
    facts = {"make": "Canon", "model": "R6", "precision": "second"} | facts
    look = Look(
        f"{number:064x}", "image", "jpeg", 4000, 3000, 9, taken_at=f"2020-07-01T10:00:{second:05.2f}",
        phash=int(str(imagehash.phash(small)), 16), turns=drawn.turns, **facts,
    )  # fmt: skip
    return look, drawn.coded


def matches(*taken: tuple[Look, bytes], new=None):
    known = {look.sha256: coded for look, coded in taken}
    return list(retakes.match([look for look, _ in taken], new, lambda names: {name: known[name] for name in names}))


@pytest.fixture
def scene(make_picture, tmp_path):
    return Image.open(make_picture(tmp_path / "scene.png", seed=8))


def again(scene: Image.Image) -> Image.Image:
    """The same view by another try: a step aside, a little brighter."""
    return ImageEnhance.Brightness(scene.crop((18, 10, 640, 477)).resize(scene.size)).enhance(1.04)


@pytest.mark.parametrize(
    ("second", "facts", "expected"),
    [
        (8.0, {}, True),
        (2.5, {}, True),
        (1.5, {}, False),  # a burst
        (25.0, {}, False),  # another time
        (8.0, {"model": "R5"}, False),
        (8.0, {"make": None}, False),
        (8.0, {"flat": True}, False),
    ],
)
def test_what_counts_as_another_try(scene, second, facts, expected):
    found = matches(look_at(scene, 1, 0), look_at(again(scene), 2, second, **facts))
    assert bool(found) is expected
    assert all(match.kind == "retake" and "s apart" in match.reason for match in found)


def test_another_scene_is_no_retake(scene, make_picture, tmp_path):
    others = [Image.open(make_picture(tmp_path / f"{n}.png", seed=n + 50)) for n in range(6)]
    assert matches(*(look_at(each, n, 3 * n) for n, each in enumerate([scene, *others]))) == []


def test_coarse_dates_say_nothing(scene):
    (one, drawn), (other, again_drawn) = look_at(scene, 1, 0), look_at(again(scene), 2, 8)
    assert matches((one, drawn), (replace(other, precision="minute"), again_drawn)) == []


def test_only_pairs_with_something_new_are_looked_at(scene):
    taken = [look_at(scene, 1, 0), look_at(again(scene), 2, 8), look_at(again(again(scene)), 3, 12)]
    everything = {(match.a, match.b) for match in matches(*taken)}
    assert len(everything) == 3
    last = taken[2][0].sha256
    assert {(match.a, match.b) for match in matches(*taken, new={last})} == {
        each for each in everything if last in each
    }
