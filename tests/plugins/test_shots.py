"""Camera and moment tell one shot from two."""

from __future__ import annotations

import pytest

from mediaparser_core.records import Look
from mediaparser_plugins import shots


def look(**facts) -> Look:
    return Look("0" * 64, facts.pop("kind", "image"), facts.pop("format", "jpeg"), 4000, 3000, 1, **facts)


@pytest.mark.parametrize(
    ("taken_at", "precision", "known"),
    [
        ("2019-05-04T12:00:03", "second", True),
        ("2019-05-04T12:00:03.25", "second", True),
        ("0001-01-01T00:00:00", "second", True),
        ("2019-05-04T12:00", "minute", False),
        ("2019-05-04", "day", False),
        (None, None, False),
        ("2019-13-45T99:00:00", "second", False),  # a broken date is no date
        ("yesterday", "second", False),
    ],
)
def test_a_moment_is_known_only_to_the_second(taken_at, precision, known):
    assert (shots.moment(look(taken_at=taken_at, precision=precision)) is not None) is known


@pytest.mark.parametrize(
    ("one", "other", "two"),
    [
        ("12:00:03", "12:00:03", False),
        ("12:00:03", "12:00:04", True),
        ("12:00:03.25", "12:00:03.25", False),
        ("12:00:03.25", "12:00:03.250", False),
        ("12:00:03.25", "12:00:03.75", True),
        ("12:00:03.75", "12:00:03", False),  # the copy lost its sub-seconds
        ("12:00:03.75", "12:00:04", False),  # … and was rounded
        ("12:00:03.99", "12:00:05", True),
    ],
)
def test_two_moments_of_one_camera_are_two_shots(one, other, two):
    first, second = (shots.moment(look(taken_at=f"2019-05-04T{text}", precision="second")) for text in (one, other))
    assert shots.are_two_shots(first, second) is two
    assert shots.are_two_shots(second, first) is two


@pytest.mark.parametrize(
    ("facts", "screen"),
    [
        ({"format": "png"}, True),
        ({"format": "png", "make": "Apple", "model": "iPhone 12"}, False),
        ({"paths": ("/a/Screenshot_20240101-120000.jpg",)}, True),
        ({"paths": ("/a/Bildschirmfoto 2024-01-01.jpg",)}, True),
        ({"paths": ("/Screenshots of Rome/IMG_1.jpg",)}, False),
        ({"paths": ("/a/IMG_1.jpg",)}, False),
    ],
)
def test_a_screenshot_has_no_camera_and_the_format_or_name_of_one(facts, screen):
    assert shots.is_screenshot(look(**facts)) is screen


@pytest.mark.parametrize(
    ("make", "model", "camera"), [("Canon", "EOS", ("Canon", "EOS")), ("Canon", None, None), ("", "EOS", None)]
)
def test_a_camera_needs_maker_and_model(make, model, camera):
    assert shots.camera(look(make=make, model=model)) == camera
