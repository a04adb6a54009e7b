"""A sketch tells the brightness everywhere; its hashes stand turning, mirroring and cutting out."""

from __future__ import annotations

import imagehash
import pytest
from PIL import Image

from mediaparser_plugins import sketches

np = pytest.importorskip("numpy")


@pytest.fixture
def drawn(make_picture, tmp_path):
    return Image.open(make_picture(tmp_path / "a.png", seed=3, size=(400, 300))).convert("RGB")


def distance(one: int, other: int) -> int:
    return (one ^ other).bit_count()


def test_a_sketch_has_one_size_and_is_recognised(drawn):
    coded = sketches.sketch(drawn).coded
    assert len(coded) == sketches.SIZE == 332
    assert sketches.is_sketch(coded)
    assert not any(map(sketches.is_sketch, (None, b"", coded[:-1])))


def test_brightness_can_be_read_anywhere(drawn):
    (found,) = sketches.numbers([sketches.sketch(drawn).coded])
    places = ((np.arange(8) + 0.5) / 8)[None, :]
    waves = sketches.waves_at(places, sketches.WAVES)[0][0]
    grey = np.asarray(drawn.convert("L").resize((8, 8), Image.Resampling.BOX), dtype=float)
    assert np.abs(waves.T @ found @ waves - grey).mean() < 12


@pytest.mark.parametrize("turn", list(Image.Transpose))
def test_turning_and_mirroring_leave_one_hash_as_it_is(drawn, turn):
    assert distance(sketches.sketch(drawn).turns, sketches.sketch(drawn.transpose(turn)).turns) <= 4


def test_other_pictures_have_another(drawn, make_picture, tmp_path):
    others = [Image.open(make_picture(tmp_path / f"{n}.png", seed=n)).convert("RGB") for n in range(10, 16)]
    assert min(distance(sketches.sketch(drawn).turns, sketches.sketch(other).turns) for other in others) > 10


def test_each_part_has_the_hash_it_would_have_if_it_were_cut_out(drawn):
    wide, high = drawn.size
    for (left, top, share), found in zip(sketches.PARTS, sketches.sketch(drawn).parts, strict=True):
        box = (round(left * wide), round(top * high), round((left + share) * wide), round((top + share) * high))
        assert distance(found, int(str(imagehash.phash(drawn.crop(box))), 16)) <= 6


def test_colours_are_those_of_the_cells():
    image = Image.new("RGB", (64, 64), "red")
    image.paste("gray", (0, 32, 64, 64))
    (found,) = sketches.colours([sketches.sketch(image).coded])
    assert found[1, 0].min() > 90
    assert abs(found[:, 3]).max() < 3


@pytest.mark.parametrize(
    ("image", "plain"),
    [
        (Image.new("RGB", (300, 200), "navy"), True),
        (Image.linear_gradient("L").resize((300, 200)).convert("RGB"), True),
        (Image.linear_gradient("L").rotate(90).resize((200, 300)).convert("RGB"), True),
        (Image.linear_gradient("L").rotate(30).crop((50, 50, 200, 200)).convert("RGB"), True),
        (Image.radial_gradient("L").resize((300, 200)).convert("RGB"), False),
    ],
)
def test_broad_shades_are_no_detail(image, plain):
    assert (sketches.sketch(image).detail < 4) is plain
