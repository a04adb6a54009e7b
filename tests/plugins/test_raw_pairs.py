"""A RAW and its JPEG are one picture; a THM is the thumbnail of what it lies beside."""

from __future__ import annotations

import pytest

from mediaparser_core.records import Seen
from mediaparser_plugins import raw_pairs

FORMATS = {"jpg": "jpeg", "jpeg": "jpeg", "thm": "jpeg", "tif": "tiff", "heic": "heic", "png": "png", "gif": "gif"}
VIDEOS = ("avi", "mp4", "mov", "mpg")


def seen(number: int, path: str, taken_at: str | None = None) -> Seen:
    ext = path.rpartition(".")[2].lower()
    kind = "video" if ext in VIDEOS else "sidecar" if ext == "xmp" else "image"
    return Seen(number, f"/{path}".encode(), str(number), kind, FORMATS.get(ext, ext), taken_at=taken_at)


def said(*paths: str) -> list[str]:
    """``"raw_pair: a.jpg raw=a.cr2"``: each bundle with the names of its members."""
    files = [seen(number, path) for number, path in enumerate(paths)]
    names = dict(enumerate(paths))
    return [
        f"{b.rule}: {names[b.members[0].file_id]} {b.members[1].role}={names[b.members[1].file_id]}"
        for b in raw_pairs.bundle(files)
    ]


@pytest.mark.parametrize(
    ("paths", "bundles"),
    [
        (["a/IMG_1.CR2", "a/IMG_1.JPG"], ["raw_pair: a/IMG_1.JPG raw=a/IMG_1.CR2"]),
        (["a/IMG_1.dng", "a/img_1.HEIC"], ["raw_pair: a/img_1.HEIC raw=a/IMG_1.dng"]),
        (["a/IMG_1.NEF", "a/IMG_1.tif"], ["raw_pair: a/IMG_1.tif raw=a/IMG_1.NEF"]),
        (["a/IMG_1.NEF", "a/IMG_1.jpg", "a/IMG_1.mov", "a/IMG_1.xmp"], ["raw_pair: a/IMG_1.jpg raw=a/IMG_1.NEF"]),
        (["a/IMG_1.CR2", "b/IMG_1.JPG"], []),
        (["a/IMG_1.CR2", "a/IMG_2.JPG"], []),
        (["a/IMG_1.CR2", "a/IMG_1.JPG", "a/IMG_1.HEIC"], []),  # which one did the camera make?
        (["a/IMG_1.CR2", "a/IMG_1.DNG", "a/IMG_1.JPG"], []),
        (["a/IMG_1.CR2", "a/IMG_1.mov"], []),
        (["a/IMG_1.CR2", "a/IMG_1.xmp"], []),
        (["a/IMG_1.JPG", "a/IMG_1.PNG"], []),
        (["a/CRW_1.CRW", "a/CRW_1.THM"], ["thumbnail: a/CRW_1.CRW thumbnail=a/CRW_1.THM"]),
        (["a/MVI_1.AVI", "a/MVI_1.THM"], ["thumbnail: a/MVI_1.AVI thumbnail=a/MVI_1.THM"]),
        (["a/MVC-1.GIF", "a/MVC-1.THM"], ["thumbnail: a/MVC-1.GIF thumbnail=a/MVC-1.THM"]),
        (
            ["a/C_1.CRW", "a/C_1.JPG", "a/C_1.THM"],
            ["raw_pair: a/C_1.JPG raw=a/C_1.CRW", "thumbnail: a/C_1.CRW thumbnail=a/C_1.THM"],
        ),
        (["a/MVI_1.THM"], []),
        (["a/MVI_1.AVI", "a/MVI_1.MP4", "a/MVI_1.THM"], []),
        (["a/MVI_1.AVI", "b/MVI_1.THM"], []),
    ],
)
def test_files_of_one_stem(paths, bundles):
    assert said(*paths) == bundles
    assert sorted(said(*reversed(paths))) == sorted(bundles)


@pytest.mark.parametrize(
    ("raw_at", "jpeg_at", "pair"),
    [
        ("2015-06-01T12:00:00", "2015-06-01T12:00:00", True),
        ("2015-06-01T12:00:00", "2015-06-01T14:00:00", True),  # one of them was put right
        ("2015-06-01T12:00:00", None, True),
        ("2015-06-01T12:00:00", "2018-03-01T09:00:00", False),  # the counter went round
    ],
)
def test_two_days_are_two_pictures(raw_at, jpeg_at, pair):
    files = [seen(1, "a/IMG_1.CR2", raw_at), seen(2, "a/IMG_1.JPG", jpeg_at)]
    assert bool(raw_pairs.bundle(files)) is pair


def test_the_thumbnails_of_the_corpus(shared):
    root = shared / "corpus" / "drewnoakes__digicam_corpus"
    paths = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
    thumbnails = [text.split("thumbnail=")[1] for text in said(*paths) if "thumbnail=" in text]
    assert thumbnails == [
        "Canon/PowerShot G2/CRW_0304.THM",
        "Sony/DSC-P5/100MSDCF/TXT00011.THM",
        "Sony/FD100/Untitled/MVC-006T.THM",
        "Sony/FD92/MY_PHOTO/MVC-179T.THM",
    ]  # the other six lie there without their film
