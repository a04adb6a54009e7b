"""Where one picture lies on another is found to a thousandth of its side; neighbours show something new at the edge."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from mediaparser_plugins import second_look, sketches

np = pytest.importorskip("numpy")


@pytest.fixture
def drawn(make_picture, tmp_path):
    return Image.open(make_picture(tmp_path / "a.png", seed=5, size=(800, 600))).convert("RGB")


def look(one, other, *close):
    a, b = (sketches.numbers([sketches.sketch(image).coded]) for image in (one, other))
    return {name: float(values[0]) for name, values in second_look.look(a, b, *close)._asdict().items()}


def crop(image, left, top, right, bottom):
    wide, high = image.size
    return image.crop((round(left * wide), round(top * high), round(right * wide), round(bottom * high)))


@pytest.mark.parametrize("box", [(0.02, 0.05, 0.97, 1.0), (0, 0, 0.9, 0.92), (0.1, 0.04, 1, 0.95)])
def test_a_crop_shows_a_part_and_nothing_else(drawn, box):
    seen = look(drawn, crop(drawn, *box))
    assert seen["beyond"] <= 0.004
    assert (seen["left"], seen["top"]) == pytest.approx(box[:2], abs=0.006)
    assert seen["left"] + seen["width"] == pytest.approx(box[2], abs=0.006)
    assert seen["top"] + seen["height"] == pytest.approx(box[3], abs=0.006)
    assert min(seen["alike"], seen["edges"]) > 0.9
    back = look(crop(drawn, *box), drawn)  # from the other side
    assert back["beyond"] <= 0.004
    assert back["off"] == pytest.approx(seen["off"], abs=0.01)


def test_the_next_frame_shows_something_new(drawn):
    seen = look(crop(drawn, 0, 0, 0.96, 0.96), crop(drawn, 0.03, 0.02, 0.99, 0.98))
    assert seen["beyond"] == pytest.approx(0.031, abs=0.006)
    assert seen["edges"] > 0.9  # and is the same in all else


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image,
        lambda image: ImageOps.scale(image, 0.3),
        lambda image: ImageEnhance.Brightness(image).enhance(0.8),
        lambda image: ImageEnhance.Contrast(image).enhance(1.2),
        lambda image: image.convert("L").convert("RGB"),
    ],
)
@pytest.mark.parametrize("close", [True, False])
def test_the_same_lies_where_it_was(drawn, change, close):
    seen = look(drawn, change(drawn), np.array([close]))
    assert seen["off"] <= 0.008
    assert min(seen["alike"], seen["edges"]) > 0.97


def test_a_caption_does_not_mislead_the_search(drawn):
    captioned = drawn.copy()
    ImageDraw.Draw(captioned).rectangle((0, 510, 800, 600), fill="black")
    seen = look(drawn, captioned)
    assert seen["off"] <= 0.02
    assert seen["alike"] > 0.98
    assert 0.7 < seen["cover"] < 0.95


def test_strangers_agree_in_few_places(drawn, make_picture, tmp_path):
    for seed in range(20, 26):
        other = Image.open(make_picture(tmp_path / f"{seed}.png", seed=seed, size=(800, 600))).convert("RGB")
        seen = look(drawn, other)
        assert seen["edges"] < 0.7 or seen["cover"] < 0.6


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("quarters", range(4))
def test_numbers_are_turned_as_pictures_are(drawn, mirrored, quarters):
    image = ImageOps.mirror(drawn) if mirrored else drawn
    turned = image.rotate(90 * quarters, expand=True)
    made = second_look.turned(sketches.numbers([sketches.sketch(drawn).coded]), mirrored, quarters)
    found = sketches.numbers([sketches.sketch(turned).coded])
    assert float(second_look.resemblance(made, found, 24)[0]) > 0.999


def test_what_overlaps_in_part_is_laid_together(drawn):
    one, other = crop(drawn, 0, 0, 0.5, 1), crop(drawn, 0.25, 0, 0.75, 1)
    a, b = (sketches.numbers([sketches.sketch(image).coded]) for image in (one, other))
    seen = second_look.look_from(a, b, np.array([0.45]), np.array([0.03]))
    assert float(seen.left[0]) == pytest.approx(0.5, abs=0.02)
    assert float(seen.edges[0]) > 0.8
