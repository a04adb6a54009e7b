"""The keeper is chosen step by step, and the step that decided is the reason."""

from __future__ import annotations

import random

import pytest

from mediaparser_core.records import Look
from mediaparser_plugins import best_quality


def look(name: str, format: str = "jpeg", width: int = 4000, height: int = 3000, size: int = 100, **facts) -> Look:
    facts = {"paths": (f"/p/{name}",), "make": "Canon", "model": "R6"} | facts
    return Look(name, "image", format, width, height, size, **facts)


@pytest.mark.parametrize(
    ("better", "worse", "reason"),
    [
        (look("a"), look("b", width=1600, height=1200, size=900, claims=9), "most pixels (4000 × 3000)"),
        (look("a"), look("b", width=None, height=None), "most pixels (4000 × 3000)"),
        (look("a", "cr2"), look("b", "heic"), "the most original format (cr2)"),
        (look("a", "heic"), look("b", "tiff"), "the most original format (heic)"),
        (look("a", "tiff"), look("b", "jpeg"), "the most original format (tiff)"),
        (look("a", "jpeg"), look("b", "png", size=999), "the most original format (jpeg)"),
        (look("a", "png"), look("b", "webp"), "the most original format (png)"),
        (look("a", "webp"), look("b", "gif"), "the most original format (webp)"),
        (look("a"), look("b", make=None, model=None, paths=("/p/Screenshot_1.jpg",)), "not a screenshot"),
        (look("a", claims=5), look("b", claims=2, size=999), "the most complete metadata"),
        (look("a", size=200), look("b", size=100), "the largest file"),
        (
            look("b", paths=("/p/IMG_1.jpg",)),
            look("a", paths=("/p/IMG_1 (1).jpg",)),
            "not named like a copy",
        ),
        (
            look("a", paths=("/p/DSC_1.jpg",)),
            look("b", paths=("/p/DSC_1-edited.jpg",), size=999),
            "not named like a copy",
        ),
        (look("a", paths=("/p/x.jpg",)), look("b", paths=("/p/Kopie von x.jpg",), size=999), "not named like a copy"),
        (look("b", paths=("/p/1.jpg",)), look("a", paths=("/p/123.jpg",)), "alike in quality; the shortest path"),
        (look("a", paths=()), look("b", paths=()), "alike in quality; the shortest path"),
    ],
)
def test_the_first_difference_decides(better, worse, reason):
    assert best_quality.choose_keeper([better, worse]) == (better.sha256, reason)
    assert best_quality.choose_keeper([worse, better]) == (better.sha256, reason)


def test_the_order_of_the_members_does_not_matter():
    rng = random.Random(4)
    members = [look(f"{n:02d}", rng.choice(["jpeg", "png", "heic"]), claims=rng.randrange(3)) for n in range(30)]
    expected = best_quality.choose_keeper(members)
    for _ in range(10):
        rng.shuffle(members)
        assert best_quality.choose_keeper(members) == expected


def test_a_single_member_is_kept():
    assert best_quality.choose_keeper([look("a")])[0] == "a"
