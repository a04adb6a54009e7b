"""The still and the video of a Live Photo find each other, and two shots of one number do not."""

from __future__ import annotations

import json

import pytest

from mediaparser_core.records import Seen
from mediaparser_plugins import live_photos

DAY = "2020-04-17T"


def seen(number: int, path: str, format: str | None = None, **more) -> Seen:
    video = path.lower().endswith((".mov", ".mp4", ".mp", ".mp~2"))
    format = format or ("mov" if video else "heic" if path.lower().endswith("heic") else "jpeg")
    return Seen(
        number, path.encode(), more.pop("sha256", f"sha{number}"), "video" if video else "image", format, **more
    )


def still(path: str = "/a/IMG_1.HEIC", at: str | None = DAY + "10:03:48.064", **more) -> Seen:
    return seen(1, path, taken_at=at, **more)


def video(path: str = "/a/IMG_1.MOV", at: str | None = DAY + "10:03:47", duration: float | None = 2.9, **more) -> Seen:
    return seen(2, path, taken_at=at, duration=duration, **more)


def pairs(*files: Seen) -> list[tuple[str, int, int]]:
    return [(b.rule, b.members[0].file_id, b.members[1].file_id) for b in live_photos.bundle(files)]


@pytest.mark.parametrize(
    ("photo", "film"),
    [
        (still(), video()),
        (still("/a/img_1.heic"), video("/a/IMG_1.mov")),
        (still("/a/IMG_1.JPG"), video("/a/IMG_1.mp4")),
        (still("/a/IMG_1.HEIC"), video("/a/IMG_1_HEVC.MOV")),
        (still("/a/IMG_1.HEIC", format="jpeg"), video()),  # Google's compressed copies keep the name
        # QuickTime counts in UTC, EXIF in wall time: any offset that exists
        (still(at=DAY + "10:03:48"), video(at=DAY + "16:03:47")),  # Mexico
        (still(at=DAY + "21:33:50"), video(at=DAY + "16:03:47")),  # India
        (still(at=DAY + "21:48:50"), video(at=DAY + "16:03:47")),  # Nepal
        (still(at="2020-04-18T00:03:50"), video(at=DAY + "10:03:47")),  # Kiribati
        (still(at=DAY + "12:03"), video(at=DAY + "10:03:47")),
        # names that say it themselves
        (still("/a/PXL_20231118_035751175.MP.jpg", None), video("/a/PXL_20231118_035751175.MP", None)),
        (still("/a/PXL_20210102_221126856.MP~2.jpg", None), video("/a/PXL_20210102_221126856.MP~2", None, None)),
    ],
)
def test_a_still_and_its_video_pair_by_name(photo, film):
    assert pairs(photo, film) == [("live_photo_name", 1, 2)]
    assert pairs(film, photo) == [("live_photo_name", 1, 2)]


@pytest.mark.parametrize(
    ("photo", "film"),
    [
        (still(), video("/a/IMG_2.MOV")),
        (still(), video("/b/IMG_1.MOV")),
        (still(), video(duration=12.0)),
        (still(), video(duration=None)),
        (still(), video(at=None)),
        (still(at=None), video()),
        (still(at="2020-04-17"), video()),
        (still(at="2023-10-06T08:35:36.303"), video(at="2023-09-14T17:02:10")),  # the counter went round
        (still(at=DAY + "10:04:00"), video()),  # twelve seconds
        (still(at=DAY + "13:13:48"), video()),  # three hours and ten minutes are no time zone
        (still(at=DAY + "10:18:48"), video()),  # nor is a quarter of an hour
        (still(at=DAY + "16:03:48"), video(at=DAY + "01:03:47")),  # fifteen hours
        (still("/a/IMG_1.PNG", format="png"), video()),  # a screenshot
        (still(content_id="1EA799FF"), video(content_id="0000AAAA")),
        (still("/a/PXL_20231118_035751175.MP.jpg", None), video("/a/PXL_20231118_035751175.MP", None, 30.0)),
        (still(), video("/a/IMG_1.AVI.mov")),
    ],
)
def test_a_photo_and_a_video_of_one_name_that_are_no_pair(photo, film):
    assert pairs(photo, film) == []


def test_the_identifier_pairs_whatever_names_and_times_say():
    photo = still("/photos/a.jpg", None, content_id="1ea799ff-8384")
    film = video("/videos/b.mov", None, 9.0, content_id="1EA799FF-8384")
    assert pairs(film, photo) == [("live_photo_identifier", 1, 2)]


def test_each_folder_has_its_own_pair():
    files = [
        seen(1, "/a/IMG_1.HEIC", content_id="X", sha256="s"),
        seen(2, "/a/IMG_1.MOV", content_id="X", sha256="v"),
        seen(3, "/b/IMG_1.HEIC", content_id="X", sha256="s"),
        seen(4, "/b/IMG_1.MOV", content_id="X", sha256="v"),
        seen(5, "/c/IMG_1.HEIC", content_id="X", sha256="s"),
    ]
    assert pairs(*files) == [("live_photo_identifier", 1, 2), ("live_photo_identifier", 3, 4)]


def test_an_edited_live_photo_has_two_of_each_with_one_identifier():
    names = ["IMG_1.HEIC", "IMG_1.MOV", "IMG_E1.HEIC", "IMG_E1.MOV"]
    files = [seen(number, f"/a/{name}", content_id="X") for number, name in enumerate(names, 1)]
    assert pairs(*files) == [("live_photo_identifier", 1, 2), ("live_photo_identifier", 3, 4)]


def test_of_a_heic_and_its_jpeg_the_heic_is_the_still():
    files = [still(), seen(3, "/a/IMG_1.JPG", taken_at=DAY + "10:03:48"), video()]
    assert pairs(*files) == [("live_photo_name", 1, 2)]


def test_no_still_is_used_twice():
    files = [still(), video("/a/IMG_1_HEVC.MOV"), seen(3, "/a/IMG_1.MOV", taken_at=DAY + "10:03:47", duration=2.0)]
    assert pairs(*files) == [("live_photo_name", 1, 2)]


def test_a_crowd_with_one_identifier_is_not_guessed_at():
    files = [seen(number, f"/a/{number}.jpg", content_id="X") for number in range(1, 9)]
    assert pairs(*files, seen(9, "/b/9.mov", content_id="X"), seen(10, "/b/10.mov", content_id="")) == []


def test_the_pair_of_the_corpus(shared):
    folder = shared / "corpus" / "drewnoakes__digicam_corpus" / "Apple" / "iPhone XR"
    tags = json.loads((shared / "corpus" / "truth.json").read_text())["files"]

    def of(name: str, key: str) -> str:
        return tags[f"drewnoakes__digicam_corpus/Apple/iPhone XR/{name}"]["tags"][key]

    names = ["IMG_3589.HEIC", "IMG_3589.mov", "IMG_3579.HEIC"]
    identifiers = [of(names[0], "Apple:MediaGroupUUID"), of(names[1], "Keys:ContentIdentifier"), None]
    files = [
        seen(at, f"{folder}/{name}", content_id=i)
        for at, (name, i) in enumerate(zip(names, identifiers, strict=True), 1)
    ]
    assert pairs(*files) == [("live_photo_identifier", 1, 2)]
    without = [
        still(f"{folder}/IMG_3589.HEIC", DAY + "10:03:48.064"),
        video(f"{folder}/IMG_3589.mov", DAY + "16:03:47", 2.9),
    ]
    assert pairs(*without) == [("live_photo_name", 1, 2)]
