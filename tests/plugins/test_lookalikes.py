"""Copies of a picture are paired; innocent neighbours are not."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from pathlib import Path

import imagehash
import pytest
from PIL import Image, ImageEnhance, ImageOps

from mediaparser_core.records import Look
from mediaparser_core.settings import Settings
from mediaparser_plugins import candidates, lookalikes

NOBODY = {"make": None, "model": None}


def balanced(bits: int, seed: int) -> int:
    """A hash as pictures have them: half of the bits set."""
    return sum(1 << bit for bit in random.Random(seed).sample(range(bits), bits // 2))


def flipped(value: int, count: int) -> int:
    """*value* with *count* of its bits the other way round, as many to 0 as to 1."""
    ones = [bit for bit in range(value.bit_length()) if value >> bit & 1][: count // 2]
    zeros = [bit for bit in range(256) if not value >> bit & 1][: count - len(ones)]
    return value ^ sum(1 << bit for bit in ones + zeros)


BASE = Look(
    hashlib.sha256(b"base").hexdigest(), "image", "jpeg", 4000, 3000, 1_000_000,
    make="Canon", model="EOS 450D", phash=balanced(64, 1), dhash=balanced(64, 2), phash256=balanced(256, 3),
)  # fmt: skip


def another(number: int = 1, **facts) -> Look:
    return replace(BASE, sha256=hashlib.sha256(b"%d" % number).hexdigest(), **facts)


def settings(distance: int = 10) -> Settings:
    return Settings(library=Path("/library"), similar_distance=distance)


def matches(looks, distance: int = 10, new=None, sketches=None):
    known = sketches or {}
    return list(
        lookalikes.match(looks, settings(distance), new, lambda names: {n: known[n] for n in names if n in known})
    )


def paired(one: Look, other: Look, distance: int = 10) -> bool:
    return bool(matches([one, other], distance))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"phash256": flipped(BASE.phash256, 48)}, True),
        ({"phash256": flipped(BASE.phash256, 50)}, False),
        ({"phash": flipped(BASE.phash, 10)}, True),
        ({"phash": flipped(BASE.phash, 14)}, True),  # dHash still finds it
        ({"phash": flipped(BASE.phash, 14), "dhash": flipped(BASE.dhash, 10)}, False),
        ({"phash": None}, False),
        ({"width": 1024, "height": 768}, True),  # the same shape, smaller
        ({"width": 3000, "height": 4000, "orientation": 6}, True),  # turned by its EXIF flag
        ({"width": 3000, "height": 4000}, False),  # portrait is another picture
        ({"width": 3800, "height": 3000, "phash256": flipped(BASE.phash256, 32)}, True),  # a small crop, nearly equal
        ({"width": 3800, "height": 3000, "phash256": flipped(BASE.phash256, 34)}, False),
        ({"width": 4000, "height": 2250}, False),
        ({"width": None, "height": None}, True),
        ({"width": None, "height": None, "phash256": flipped(BASE.phash256, 40)}, False),
        ({"phash256": flipped(BASE.phash256, 48), **NOBODY}, True),  # a stripped copy
        ({"format": "png", "phash256": flipped(BASE.phash256, 32), **NOBODY}, True),
        ({"format": "png", "phash256": flipped(BASE.phash256, 40), **NOBODY}, False),  # pages on screens are all alike
        ({"phash256": None}, True),  # the small hashes stand in …
        ({"phash256": None, "dhash": flipped(BASE.dhash, 14)}, False),  # … when both are near
        ({"phash256": None, "dhash": None}, False),
        ({"kind": "video", "format": "mp4", "duration": 3.0}, False),  # a picture is no video
    ],
)
def test_what_counts_as_the_same_picture(changes, expected):
    assert paired(BASE, another(**changes)) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("2012-03-04T10:00:00", "2012-03-04T10:00:00", True),
        ("2012-03-04T10:00:00", "2012-03-04T10:00:01", False),  # the next frame of a fixed camera
        ("2012-03-04T10:00:00.90", "2012-03-04T10:00:01", True),  # the copy lost its sub-seconds and was rounded
        ("2012-03-04T10:00:00.90", "2012-03-04T10:00:02", False),
        ("2012-03-04T10:00:00.10", "2012-03-04T10:00:00.40", False),
        ("2012-03-04T10:00:00.10", "2012-03-04T10:00:00", True),
        ("2012-03-04T10:00:00", "2013-03-04T10:00:00", False),
    ],
)
def test_one_camera_at_two_moments_took_two_pictures(one, other, expected):
    first, second = replace(BASE, taken_at=one, precision="second"), another(taken_at=other, precision="second")
    assert paired(first, second) is expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"taken_at": "2012-03-04", "precision": "day"}, True),
        (
            {"taken_at": "2012-03-09T00:00:00", "precision": "second", **NOBODY},
            True,
        ),  # a messenger's copy names no camera
        ({"taken_at": "2012-03-09T00:00:00", "make": "Nikon", "model": "D90", "precision": "second"}, False),
        ({"taken_at": "2012-03-04T10:00:00", "make": "Nikon", "model": "D90", "precision": "second"}, True),
    ],
)
def test_only_two_cameras_with_two_seconds_are_a_veto(facts, expected):
    assert paired(replace(BASE, taken_at="2012-03-04T10:00:00", precision="second"), another(**facts)) is expected


@pytest.mark.parametrize(("bits", "expected"), [(32, True), (40, False)])
def test_two_files_without_a_camera_may_be_two_letters(bits, expected):
    assert paired(replace(BASE, **NOBODY), another(phash256=flipped(BASE.phash256, bits), **NOBODY)) is expected


def test_the_same_hundredth_of_a_second_of_one_camera_excuses_a_crop():
    cropped = {
        "phash256": flipped(BASE.phash256, 80),
        "phash": flipped(BASE.phash, 20),
        "dhash": flipped(BASE.dhash, 20),
    }
    at = {"taken_at": "2012-03-04T10:00:00.37", "precision": "second"}
    assert paired(replace(BASE, **at), another(**cropped, **at))
    assert not paired(BASE, another(**cropped))
    nought = at | {"taken_at": "2012-03-04T10:00:00.00"}  # what some cameras write for every picture
    assert not paired(replace(BASE, **nought), another(**cropped, **nought))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (100.0, 101.9, True),
        (100.0, 103.0, False),
        (2.0, 2.1, True),
        (2.0, 2.5, False),
        (None, None, False),
        (0, 0, False),
    ],
)
def test_videos_are_paired_with_videos_of_the_same_length(first, second, expected):
    video = {"kind": "video", "format": "mp4"}  # of a camera, without a date
    assert paired(replace(BASE, duration=first, **video), another(duration=second, **video)) is expected


@pytest.mark.parametrize("bundle_id", [0, 7])
def test_members_of_one_bundle_are_not_accused(bundle_id):
    assert not paired(replace(BASE, bundle_id=bundle_id), another(bundle_id=bundle_id))
    assert paired(replace(BASE, bundle_id=bundle_id), another(bundle_id=bundle_id + 1))


@pytest.mark.parametrize("phash", [0, 2**64 - 1, 1, 0x8000000000000000, 0x8080808080808080, -1, 2**70 - 1])
def test_flat_pictures_and_impossible_hashes_pair_with_nothing(phash):
    assert not paired(replace(BASE, phash=phash), another(phash=phash))


def test_what_was_found_flat_pairs_with_nothing():
    assert not paired(replace(BASE, flat=True), another(flat=True))


@pytest.mark.parametrize("wide", [0, 2**256 - 1, 2**300])
def test_a_flat_large_hash_is_no_witness(wide):
    assert not paired(replace(BASE, phash256=wide), another(phash256=wide))


@pytest.mark.parametrize(
    ("distance", "bits", "expected"), [(10, 40, True), (5, 24, True), (5, 40, False), (15, 70, True), (32, 96, False)]
)
def test_the_setting_moves_every_limit(distance, bits, expected):
    assert paired(BASE, another(phash256=flipped(BASE.phash256, bits)), distance) is expected


def test_pairs_are_named_by_content_whatever_the_order_and_nearer_ones_are_surer():
    looks = [another(n, phash256=flipped(BASE.phash256, 4 * n)) for n in range(6)]
    looks += [
        another(n, phash=balanced(64, n), dhash=balanced(64, n + 1), phash256=balanced(256, n)) for n in range(50, 90)
    ]
    expected = matches(looks)
    assert len(expected) == 15
    assert all(match.a < match.b and match.kind == "similar" for match in expected)
    random.Random(1).shuffle(looks)
    assert matches(looks) == expected
    first = another(0).sha256
    names = {another(n).sha256: n for n in range(1, 6)}
    sure = {names[other]: m.confidence for m in expected if first in (m.a, m.b) for other in {m.a, m.b} - {first}}
    assert [sure[n] for n in range(1, 6)] == sorted(sure.values(), reverse=True)
    assert 0.5 < sure[5] < sure[1] < 1


def test_a_thousand_pictures_that_all_look_alike_stay_a_bounded_number_of_pairs(monkeypatch):
    monkeypatch.setattr(candidates, "NEIGHBOURS", 20)
    looks = [another(n) for n in range(1000)]
    found = matches(looks)
    assert len(found) <= 20 * len(looks)
    assert {name for match in found for name in (match.a, match.b)} == {look.sha256 for look in looks}


def variants(path: Path) -> dict[str, Path]:
    """The changes a picture meets in a household."""
    image = Image.open(path).convert("RGB")
    turned = Image.Exif()
    turned[0x112] = 6
    made = {
        "recompressed": (image, {"quality": 60}),
        "small": (ImageOps.scale(image, 0.4), {"quality": 85}),
        "bright": (ImageEnhance.Brightness(image).enhance(1.15), {}),
        "grey": (image.convert("L"), {}),
        "turned by flag": (image.transpose(Image.Transpose.ROTATE_90), {"exif": turned}),
    }
    for name, (copy, options) in made.items():
        copy.save(path.parent / f"{name}.jpg", **options)
    return {name: path.parent / f"{name}.jpg" for name in made}


def look_at(path: Path) -> Look:
    image = Image.open(path)
    upright = ImageOps.exif_transpose(image)
    bits = [
        int(str(found), 16)
        for found in (imagehash.phash(upright), imagehash.dhash(upright), imagehash.phash(upright, 16))
    ]
    orientation = image.getexif().get(0x112)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Look(
        sha256, "image", "jpeg", *image.size, path.stat().st_size,
        orientation=orientation, paths=(str(path),), phash=bits[0], dhash=bits[1], phash256=bits[2],
    )  # fmt: skip


def test_real_copies_are_found_among_other_pictures_and_nothing_else(tmp_path, make_picture):
    original = make_picture(tmp_path / "one" / "original.jpg", seed=1, size=(1200, 900), quality=92)
    copies = variants(original)
    others = [make_picture(tmp_path / f"{seed}.jpg", seed=seed) for seed in range(2, 14)]
    looks = [look_at(path) for path in (original, *copies.values(), *others)]
    names = {look.sha256: Path(look.paths[0]).stem for look in looks}
    found = matches(looks)
    with_original = {names[m.a] for m in found} | {names[m.b] for m in found}
    assert with_original == {"original", *copies}
    assert len(found) == 15  # six that are one picture
