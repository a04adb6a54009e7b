"""An edited copy goes with the original beside it."""

from __future__ import annotations

import unicodedata

import pytest

from mediaparser_core.records import Seen
from mediaparser_plugins import edited_copies


def seen(number: int, path: str, taken_at: str | None = None) -> Seen:
    ext = path.rpartition(".")[2].lower()
    format = {"jpg": "jpeg", "jpeg": "jpeg"}.get(ext, ext)
    return Seen(
        number,
        f"/{path}".encode(),
        str(number),
        "video" if ext in ("mov", "mp4") else "image",
        format,
        taken_at=taken_at,
    )


def said(*paths: str) -> list[str]:
    files = [seen(number, path) for number, path in enumerate(paths)]
    return [
        f"{paths[b.members[0].file_id]} {b.members[1].role}={paths[b.members[1].file_id]}"
        for b in edited_copies.bundle(files)
    ]


LONG = "123456789_123456789_123456789_123456789_ABCD"


@pytest.mark.parametrize(
    ("original", "copy"),
    [
        ("a/IMG_1234.HEIC", "a/IMG_E1234.HEIC"),
        ("a/IMG_1234.HEIC", "a/IMG_E1234.JPG"),
        ("a/IMG_1234.MOV", "a/IMG_E1234.MOV"),
        ("a/img_1234.jpg", "a/IMG_E1234.jpg"),
        ("a/x.jpg", "a/x-edited.jpg"),
        ("a/x.HEIC", "a/x-edited.jpg"),
        ("a/x.jpg", "a/x-EFFECTS.jpg"),
        ("a/x.jpg", "a/x-bearbeitet.jpg"),
        ("a/x.jpg", "a/x-modifié.jpg"),
        ("a/x.jpg", unicodedata.normalize("NFD", "a/x-modifié.jpg")),
        ("a/x.jpg", "a/x-ha editado.jpg"),
        ("a/x.jpg", "a/x-編集済み.jpg"),
        ("a/x(1).jpg", "a/x-edited(1).jpg"),
        ("a/x(1).jpg", "a/x(1)-edited.jpg"),
        (f"a/{LONG}.jpg", f"a/{LONG}-ed.jpg"),
        ("a/PXL_20210102_221126856.jpg", "a/PXL_20210102_221126856~2.jpg"),
        ("a/PXL_20210102_221126856.MP.jpg", "a/PXL_20210102_221126856.MP~2.jpg"),
        ("a/20200101_120000.jpg", "a/20200101_120000~3.jpg"),
        ("a/20200101_120000.mp4", "a/20200101_120000~2.mp4"),
    ],
)
def test_a_copy_finds_its_original(original, copy):
    assert said(original, copy) == [f"{original} edited={copy}"]
    assert said(copy, original) == [f"{original} edited={copy}"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a/IMG_1234.HEIC", "b/IMG_E1234.HEIC"),
        ("a/IMG_1234.HEIC", "a/IMG_E1235.HEIC"),
        ("a/IMG_1234.HEIC", "a/IMG_E1234.MOV"),
        ("a/x.jpg", "a/x-edited3.jpg"),
        ("a/x.jpg", "a/x-new.jpg"),
        ("a/x.jpg", "a/x-ed.jpg"),
        ("a/x.jpg", "a/x~1.jpg"),
        ("a/x.jpg", "a/x~backup.jpg"),
        ("a/x.jpg", "a/x(1)-edited.jpg"),
        ("a/x.jpg", "a/y-edited.jpg"),
        ("a/x.jpg", "a/x edited.jpg"),
    ],
)
def test_what_only_looks_like_a_copy(one, other):
    assert said(one, other) == []


@pytest.mark.parametrize(
    ("paths", "bundles"),
    [
        (["x-edited.jpg", "x.HEIC", "x.jpg"], ["x.jpg edited=x-edited.jpg"]),  # the same extension first
        (["x-edited.jpg", "x.HEIC", "x.DNG"], ["x.HEIC edited=x-edited.jpg"]),  # then what people look at
        (["x-edited.jpg", "x.HEIC", "x.png"], []),
        (["IMG_E1234.JPG", "IMG_1234.DNG"], ["IMG_E1234.JPG raw=IMG_1234.DNG"]),  # nothing else to look at
        (["x.jpg", "x~2.jpg", "x~2-edited.jpg"], ["x~2.jpg edited=x~2-edited.jpg", "x.jpg edited=x~2.jpg"]),
        (["x.jpg", "x-edited.jpg", "x-mix.jpg"], ["x.jpg edited=x-edited.jpg", "x.jpg edited=x-mix.jpg"]),
    ],
)
def test_the_original_among_several(paths, bundles):
    assert said(*paths) == bundles


def test_a_copy_of_another_year_is_no_copy():
    files = [seen(1, "a/IMG_1234.HEIC", "2018-05-01T10:00:00"), seen(2, "a/IMG_E1234.HEIC", "2021-05-01T10:00:00")]
    assert edited_copies.bundle(files) == []
