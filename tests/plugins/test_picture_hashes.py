"""Hashes and scaled pictures are those of ImageHash and Pillow, bit for bit."""

from __future__ import annotations

import imagehash
import numpy as np
import pytest
from PIL import Image

from mediaparser_plugins import exact_scaling, picture_hashes

SIZES = [
    (500, 374),
    (374, 500),
    (512, 512),
    (257, 300),
    (200, 300),
    (4000, 257),
    (256, 1900),
    (60, 40),
    (1, 1),
    (33, 7),
]
KINDS = ["noise", "black and white", "shades", "mirrored", "one colour", "an even slope", "a square"]


def drawn(kind: str, size: tuple[int, int], seed: int = 0) -> Image.Image:
    dice, (wide, high) = np.random.default_rng(seed), size
    made = {
        "noise": lambda: dice.integers(0, 256, (high, wide)),
        "black and white": lambda: dice.integers(0, 2, (high, wide)) * 255,
        "shades": lambda: np.clip(np.cumsum(dice.normal(0, 3, (high, wide)), axis=1) + 128, 0, 255),
        "mirrored": lambda: np.minimum(*(each(dice.integers(0, 256, (high, wide))) for each in (np.flipud, np.fliplr))),
        "one colour": lambda: np.full((high, wide), dice.integers(0, 256)),
        "an even slope": lambda: np.tile(np.linspace(0, 255, wide), (high, 1)),
        "a square": lambda: np.pad(
            np.full((high - high // 2, wide - wide // 2), 200), ((0, high // 2), (0, wide // 2))
        ),
    }[kind]()
    if kind == "mirrored":
        made = np.maximum(made, np.fliplr(made))
    return Image.fromarray(made.astype(np.uint8))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", SIZES)
def test_hashes_are_those_of_imagehash(kind: str, size: tuple[int, int]) -> None:
    grey = drawn(kind, size)
    wanted = imagehash.phash(grey), imagehash.dhash(grey), imagehash.phash(grey, hash_size=16)
    assert picture_hashes.hashes(grey) == tuple(map(str, wanted))
    assert picture_hashes.phash(grey) == str(wanted[0])


@pytest.mark.parametrize("side", [8, 16])
def test_each_picture_of_one_colour_has_the_hash_of_imagehash(side: int) -> None:
    for shade in range(256):
        pixels = np.full((4 * side, 4 * side), shade, np.uint8)
        assert picture_hashes._phash(pixels, side) == str(imagehash.phash(Image.fromarray(pixels), hash_size=side))


def test_scaling_by_matrices_gives_pillows_pixels() -> None:
    assert exact_scaling._agrees()
    dice = np.random.default_rng(3)
    for seed in range(40):
        wide = int(dice.integers(200, 700))
        size = wide, int(dice.integers(200, int(1.5 * wide) + 1))
        grey = drawn(KINDS[seed % 3], size, seed)
        made = exact_scaling.scaled(grey, (32, 32), (64, 64), (9, 8))
        for wanted, found in zip([(32, 32), (64, 64), (9, 8)], made, strict=True):
            assert (found == np.asarray(grey.resize(wanted, Image.Resampling.LANCZOS))).all(), (size, wanted)


def test_a_weight_on_the_edge_is_worked_out_as_pillow_does() -> None:
    """The slow way gives the same weights as the quick one wherever that is sure of them."""
    ((start, quick),) = exact_scaling._weights(374, 8)
    scale = 374 / 8
    for place, row in enumerate(quick):
        centre = (place + 0.5) * scale
        first, last = max(int(centre - 3 * scale + 0.5), 0), min(int(centre + 3 * scale + 0.5), 374)
        slow = exact_scaling._to_the_last_bit(first, last, centre, scale)
        assert [int(w + (0.5 if w >= 0 else -0.5)) for w in slow] == list(row[first - start : last - start])


def test_another_pillow_does_the_work_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact_scaling, "_agrees", lambda: False)
    monkeypatch.setattr(exact_scaling, "_by_matrices", lambda *_: pytest.fail("Pillow was to be asked"))
    grey = drawn("noise", (500, 374))
    assert picture_hashes.phash(grey) == str(imagehash.phash(grey))
