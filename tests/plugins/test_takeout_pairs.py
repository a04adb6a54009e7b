"""Pictures find their Takeout sidecars: every naming that was seen, and none that only looks like one."""

from __future__ import annotations

import hashlib
import random
import unicodedata

import pytest

from mediaparser_core.bundle import join
from mediaparser_core.names import fold
from mediaparser_core.records import Seen
from mediaparser_plugins import takeout
from mediaparser_plugins import takeout_names as names
from mediaparser_plugins.takeout_pairs import match

VIDEOS = (".mp4", ".mov", ".mp", ".mp~2", ".avi", ".cover")


def seen(name: str, number: int = 1, folder: str = "/t", **more) -> Seen:
    """A file of *folder*; its kind is what its name says. A sidecar has an empty title unless one is given."""
    low = name.lower()
    kind, format = "image", "heic" if low.endswith(".heic") else "jpeg"
    if low.endswith(".json"):
        kind, format = "sidecar", "json"
        more.setdefault("title", "")
    elif low.endswith(VIDEOS):
        kind, format = "video", "mp4"
    path = f"{folder}/{name}".encode("utf-8", "surrogateescape")
    return Seen(number, path, hashlib.sha256(b"%d" % number + path).hexdigest(), kind, format, **more)


def pairs(*names: str, titles: dict[str, str] | None = None) -> dict[str, list[str]]:
    """What each picture among *names*, all of one folder, was given."""
    titles = titles or {}
    files = [
        seen(name, number, **({"title": titles[name]} if name in titles else {}))
        for number, name in enumerate(names, 1)
    ]
    return {found.picture.name: sorted(s.name for s in found.sidecars) for found in match(files)}


NAMINGS = [
    # picture, its sidecar
    ("IMG_2710.JPG", "IMG_2710.JPG.json"),
    ("IMG_2710.JPG", "IMG_2710.JPG.supplemental-metadata.json"),
    ("IMG_2710.JPG", "img_2710.jpg.json"),
    ("IMG_2710.jpeg", "IMG_2710.jpeg.supplemental-metada.json"),
    ("MVIMG_20191230_232926.jpg", "MVIMG_20191230_232926.jpg.supplemental-metadat.json"),
    ("Screenshot_20231027_123303_Facebook.jpg", "Screenshot_20231027_123303_Facebook.jpg.supple.json"),
    ("Screenshot_20231027_1233030_Facebook_x.jpg", "Screenshot_20231027_1233030_Facebook_x.jpg.s.json"),
    ("Screenshot_20231027_1233030_Facebook_xyz.jpg", "Screenshot_20231027_1233030_Facebook_xyz.jpg..json"),
    ("Screenshot_20231027_1233030_Facebook_xyz.jpg", "Screenshot_20231027_1233030_Facebook_xyz.jpg.json"),
    # longer than 51 and not cut
    ("Screenshot_20231027_1233030_Facebook_and_more.jpg", "Screenshot_20231027_1233030_Facebook_and_more.jpg.json"),
    (
        "Screenshot_20231027_123303_Facebook.jpg",
        "Screenshot_20231027_123303_Facebook.jpg.supplemental-metadata.json",
    ),
    # the picture's own name is cut, in its extension or before it
    ("05yqt21kruxwwlhhgrwrdyb6chhwszi9bqmzu16w0 2.jpg", "05yqt21kruxwwlhhgrwrdyb6chhwszi9bqmzu16w0 2.jp.json"),
    ("PXL_20230814_201154491.LONG_EXPOSURE-01.COVER.jpg", "PXL_20230814_201154491.LONG_EXPOSURE-01.COVER..json"),
    ("PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGINA.jpg", "PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGIN.json"),
    ("Screenshot_2024-08-31-00-53-48-647_com.snapchat.jpg", "Screenshot_2024-08-31-00-53-48-647_com.snapcha.json"),
    ("😀" * 20 + "abcdefg.jpg", "😀" * 20 + "abcdef.json"),  # 46 UTF-16 units
    ("😀" * 44 + "abc.jpg", "😀" * 44 + "ab.json"),  # 46 characters
    ("é" * 22 + "abcdefg.jpg", unicodedata.normalize("NFD", "é" * 22) + "ab.json"),  # 46 of the Mac's characters
    (unicodedata.normalize("NFD", "Schloß Gößweinstein im März.jpg"), "Schloß Gößweinstein im März.jpg.json"),
    # copies
    ("IMG_2710(1).HEIC", "IMG_2710.HEIC(1).json"),
    ("Scan35(1).jpg", "Scan35.jpg.supplemental-metadata(1).json"),
    ("CLIP0001(10).AVI", "CLIP0001.AVI.supplemental-metadata(10).json"),
    ("IMG_2367(1).HEIC", "IMG_2367.HEIC(1).supplemental-metadata.json"),
    ("IMG_2367(1).HEIC", "IMG_2367(1).HEIC.supplemental-metadata.json"),
    ("IMG_2367(1)(2).HEIC", "IMG_2367(1).HEIC(2).json"),
    ("Screenshot_20231027_123303_Facebook(1).jpg", "Screenshot_20231027_123303_Facebook.jpg.supple(1).json"),
    ("13039_327707840323_537645323_9470255_27214_n(1).jpg", "13039_327707840323_537645323_9470255_27214_n.j(1).json"),
    (
        "Backyard_ceremony_wedding_at_the_lake_of_Como_m(494).jpg",
        "Backyard_ceremony_wedding_at_the_lake_of_Como_(494).json",
    ),
    # the title has no extension
    ("2234089303984509579.jpg", "2234089303984509579.json"),
    ("2234089303984509579.jpg", "2234089303984509579.supplemental-metadata.json"),
    ("2234089303984509579(1).jpg", "2234089303984509579(1).json"),
    # edited copies
    ("IMG_2710-edited.JPG", "IMG_2710.JPG.json"),
    ("IMG_2710-edited.JPG", "IMG_2710.JPG.supplemental-metadata.json"),
    ("IMG_2710-edited.jpg", "IMG_2710.HEIC.json"),
    ("IMG_2710-EFFECTS.jpg", "IMG_2710.jpg.json"),
    ("IMG_2710-smile.jpg", "IMG_2710.jpg.json"),
    ("IMG_2710-mix.jpg", "IMG_2710.jpg.json"),
    ("IMG_2710-edytowane.jpg", "IMG_2710.jpg.json"),
    ("IMG_2710-bearbeitet.jpg", "IMG_2710.jpg.json"),
    ("IMG_2710-bewerkt.jpg", "IMG_2710.jpg.json"),
    ("IMG_2710-編集済み.jpg", "IMG_2710.jpg.json"),
    ("IMG_2710-modificato.jpg", "IMG_2710.jpg.json"),
    ("IMG_2710-modifié.jpg", "IMG_2710.jpg.json"),
    (unicodedata.normalize("NFD", "IMG_2710-modifié.jpg"), "IMG_2710.jpg.json"),
    ("IMG_2710-ha editado.jpg", "IMG_2710.jpg.json"),
    ("IMG_2710-editat.jpg", "IMG_2710.jpg.json"),
    ("IMG_2710-edited(1).jpg", "IMG_2710.jpg(1).json"),
    ("IMG_2710(1)-edited.jpg", "IMG_2710.jpg(1).json"),
    ("IMG-20230325-WA0122~2-edited.jpg", "IMG-20230325-WA0122~2.jpg.supplemental-metadat.json"),
    ("Screenshot_20231027_123303_Facebook-edited.jpg", "Screenshot_20231027_123303_Facebook.jpg.supple.json"),
    ("2234089303984509579-edited.jpg", "2234089303984509579.supplemental-metadata.json"),
    # … whose suffix is cut, or had no room at all
    ("123456789_123456789_123456789_123456789_ABCD-ed.jpg", "123456789_123456789_123456789_123456789_ABCD.j.json"),
    ("123456789_123456789_123456789_123456789_ABCDE-.jpg", "123456789_123456789_123456789_123456789_ABCDE..json"),
    ("123456789_123456789_123456789_123456789_A-編集済み.jpg", "123456789_123456789_123456789_123456789_A.jpg.json"),
    ("123456789_123456789_123456789_123456789_ABCDEFG(1).jpg", "123456789_123456789_123456789_123456789_ABCDEF.json"),
    # the moving part of a Live Photo or motion photo
    ("IMG_4573.MP4", "IMG_4573.HEIC.json"),
    ("IMG_4573.MOV", "IMG_4573.JPG.supplemental-metadata.json"),
    ("IMG_4573(1).MP4", "IMG_4573.HEIC(1).json"),
    ("20231227_152817.MP4", "20231227_152817.jpg.json"),
    ("PXL_20221228_185930354.MP", "PXL_20221228_185930354.MP.jpg.json"),
    ("PXL_20210102_221126856.MP~2", "PXL_20210102_221126856.MP~2.jpg.json"),
    ("PXL_20221228_185930354.MP.jpg", "PXL_20221228_185930354.MP.jpg.json"),
    ("IMG_0001.cover", "IMG_0001.cover.json"),
]


@pytest.mark.parametrize(("picture", "sidecar"), NAMINGS)
def test_a_picture_finds_its_sidecar(picture, sidecar):
    assert pairs(picture, sidecar) == {picture: [sidecar]}


@pytest.mark.parametrize(
    ("picture", "sidecar"),
    [
        ("PXL_20211013_220651958.jpg", "PXL_20211013_220651983.jpg.json"),
        ("PXL_20220405_090123741-modifié.jpg", "PXL_20220405_090123740.jpg.json"),
        ("DSC_0102(1).JPG", "DSC_0102.JPG(2).json"),
        ("DSC_0103.JPG", "DSC_0103.JPG(1).json"),
        ("DSC_0103.JPG", "DSC_0103.JPG.supplemental-metadata(1).json"),
        ("DSC_0104(1).JPG", "DSC_0104.JPG.json"),
        ("DSC_0104.JPG", "DSC_0104.PNG.json"),
        ("DSC_0104.JPG", "DSC_0104.JPG.supplemental-data.json"),
        ("DSC_0104.JPG", "DSC_0104.JPG.xmp.json"),
        ("IMG_2710-new.jpg", "IMG_2710.jpg.json"),
        ("IMG_2710-ed.jpg", "IMG_2710.jpg.json"),  # short enough for the whole word
        ("IMG_2710-edited.jpg", "IMG_2711.jpg.json"),
        ("IMG_2710.jpg", "IMG_2710.mp4.json"),
        ("IMG_4573.MP4", "IMG_4573.MOV.json"),
        (
            "Backyard_ceremony_wedding_at_the_lake_of_Como_m(185).jpg",
            "Backyard_ceremony_wedding_at_the_lake_of_Como_(494).json",
        ),
        (".jpg", ".json"),
        ("().jpg", "(1).json"),
    ],
)
def test_a_picture_gets_no_other_sidecar(picture, sidecar):
    assert pairs(picture, sidecar) == {}


@pytest.mark.parametrize("cut", range(len("supplemental-metadata") + 1))
@pytest.mark.parametrize("number", ["", "(3)"])
def test_the_new_suffix_may_be_cut_anywhere(cut, number):
    sidecar = f"IMG_1.jpg.{'supplemental-metadata'[:cut]}{number}.json"
    assert pairs(f"IMG_1{number}.jpg", sidecar) == {f"IMG_1{number}.jpg": [sidecar]}


def test_old_and_new_names_in_one_folder_are_both_taken():
    old, new = "IMG_1.jpg.json", "IMG_1.jpg.supplemental-metadata.json"
    assert pairs("IMG_1.jpg", old, new) == {"IMG_1.jpg": [old, new]}


def test_each_of_several_copies_has_its_own():
    names = ["IMG_1.JPG", "IMG_1(1).JPG", "IMG_1(2).JPG", "IMG_1.JPG.json", "IMG_1.JPG(1).json", "IMG_1.JPG(2).json"]
    assert pairs(*names) == {
        "IMG_1.JPG": ["IMG_1.JPG.json"],
        "IMG_1(1).JPG": ["IMG_1.JPG(1).json"],
        "IMG_1(2).JPG": ["IMG_1.JPG(2).json"],
    }


def test_the_full_name_beats_every_shorter_one():
    assert pairs("a.jpg", "a.jpg.png", "a.jpg.json") == {"a.jpg": ["a.jpg.json"]}
    assert pairs("foo.jpg", "foo.s.jpg", "foo.s.json") == {"foo.s.jpg": ["foo.s.json"]}
    assert pairs("IMG(1).jpg", "IMG(1).jpg.json", "IMG.jpg(1).json") == {"IMG(1).jpg": ["IMG(1).jpg.json"]}


def test_case_decides_between_two_pictures():
    assert pairs("a.jpg", "a.JPG", "a.jpg.json", "a.JPG.json") == {"a.jpg": ["a.jpg.json"], "a.JPG": ["a.JPG.json"]}
    assert pairs("a.jpg", "a.JPG", "a.jpg.json") == {"a.jpg": ["a.jpg.json"]}
    assert pairs("a.jpg", "a.JPG", "A.Jpg.json") == {}


def test_a_name_without_extension_that_two_pictures_share_is_decided_by_the_title():
    assert pairs("IMG_1.jpg", "IMG_1.png", "IMG_1.json", titles={"IMG_1.json": "IMG_1"}) == {}
    assert pairs("IMG_1.jpg", "IMG_1.png", "IMG_1.json", titles={"IMG_1.json": "IMG_1.png"}) == {
        "IMG_1.png": ["IMG_1.json"]
    }
    assert pairs("IMG_1.jpg", "IMG_1.json", titles={"IMG_1.json": "IMG_1.png"}) == {}


def test_an_album_or_a_strangers_json_is_nobodys_sidecar():
    files = [seen("metadata.jpg", 1), seen("metadata.json", 2, title=None)]
    assert match(files) == []


@pytest.mark.parametrize(
    ("picture", "sidecar", "title"),
    [
        ("27_06_12 - 1.mov", "27_06_12 - 1.json", "27/06/12 - 1"),
        ("What_ No_.jpg", "What_ No.json", "What? No!.jpg"),
        ("Bär & Söhne.jpg", "Bar.json", "Bär & Söhne.jpg"),
    ],
)
def test_a_title_finds_its_picture_where_no_name_does(picture, sidecar, title):
    assert pairs(picture, "other.jpg", sidecar, titles={sidecar: title}) == {picture: [sidecar]}


def test_two_names_that_differ_only_where_the_sidecar_is_cut_are_told_apart_by_title():
    stem = "x" * 46
    titles = {f"{stem}.json": f"{stem}a.jpg", f"{stem}(1).json": f"{stem}b.jpg"}
    both = {f"{stem}a.jpg": [f"{stem}.json"], f"{stem}b.jpg": [f"{stem}(1).json"]}
    assert pairs(f"{stem}a.jpg", f"{stem}b.jpg", *titles, titles=titles) == both
    assert pairs(f"{stem}b.jpg", *titles, titles=titles) == {f"{stem}b.jpg": [f"{stem}(1).json"]}
    assert pairs(f"{stem}a.jpg", f"{stem}b.jpg", f"{stem}.json") == {}  # no title, no certainty


def test_a_numbered_picture_is_not_given_another_copys_sidecar_by_title():
    titles = {"IMG_1.JPG(2).json": "IMG_1.JPG"}
    assert pairs("IMG_1.JPG", "IMG_1(1).JPG", *titles, titles=titles) == {}


@pytest.mark.parametrize(
    ("still", "video", "shared"),
    [
        ({}, {}, True),
        ({}, {"duration": 2.9}, True),
        ({}, {"duration": 12.0}, False),
        ({"taken_at": "2022-05-01T12:00:03"}, {"taken_at": "2022-05-01T10:00:02", "duration": 2.9}, True),
        ({"taken_at": "2022-05-01T12:00:03"}, {"taken_at": "2022-09-01T10:00:02", "duration": 2.9}, False),
        ({"content_id": "A"}, {"content_id": "B"}, False),
    ],
)
def test_a_video_shares_the_stills_sidecar_unless_something_speaks_against_it(still, video, shared):
    files = [seen("IMG_1.HEIC", 1, **still), seen("IMG_1.MP4", 2, **video), seen("IMG_1.HEIC.json", 3)]
    assert [(found.picture.name, found.still) for found in match(files)] == [
        ("IMG_1.HEIC", None),
        *([("IMG_1.MP4", files[0])] if shared else []),
    ]


def test_a_video_with_its_own_sidecar_keeps_it():
    names = ("IMG_1.HEIC", "IMG_1.MP4", "IMG_1.HEIC.json", "IMG_1.MP4.json")
    assert pairs(*names) == {"IMG_1.HEIC": ["IMG_1.HEIC.json"], "IMG_1.MP4": ["IMG_1.MP4.json"]}


def test_a_video_beside_two_photos_of_its_name_is_left_alone():
    names = ("IMG_1.HEIC", "IMG_1.JPG", "IMG_1.MP4", "IMG_1.HEIC.json", "IMG_1.JPG.json")
    assert "IMG_1.MP4" not in pairs(*names)


# -- a whole export ----------------------------------------------------------------------------------------------------


def export(rng: random.Random, titles: list[str], *, new: bool) -> tuple[list[Seen], dict[str, str]]:
    """What Google would write for *titles* into one folder, and which picture has which sidecar."""
    used: set[str] = set()
    files, truth = [], {}

    def free(first: str, last: str) -> tuple[str, str]:
        """*first* + *last*, or with the lowest free number between them."""
        number = 0
        while fold(name := first + (f"({number})" if number else "") + last) in used:
            number += 1
        used.add(fold(name))
        return name, f"({number})" if number else ""

    for title in titles:
        stem, dot, ext = title.rpartition(".")
        ext = dot + ext
        clean = "".join("_" if letter in '/\\:*?"<>|&%' else letter for letter in stem)
        name, number = free(clean[: 51 - len(ext)], ext)
        whole = clean + ext + (".supplemental-metadata" if new else "")
        sidecar = whole[:46] + number + ".json"
        if fold(sidecar) in used:
            sidecar, _ = free(whole[:46], ".json")
        used.add(fold(sidecar))
        truth[name] = sidecar
        files += [seen(name, len(files) + 1), seen(sidecar, len(files) + 2, title=title)]
        edited = (clean + "-edited")[: 51 - len(ext)] + number + ext
        if rng.random() < 0.2 and len(clean) < 44 and fold(edited) not in used:
            used.add(fold(edited))
            truth[edited] = sidecar
            files.append(seen(edited, len(files) + 1))
        elif rng.random() < 0.2 and ext == ".HEIC":
            video = name.removesuffix(ext) + ".MP4"
            truth[video] = sidecar
            files.append(seen(video, len(files) + 1, duration=2.5))
    return files, truth


@pytest.mark.parametrize("seed", range(20))
def test_every_picture_of_a_generated_export_finds_its_own_sidecar(seed):
    rng = random.Random(seed)
    words = [
        "IMG_1234",
        "Fête",
        "à la plage",
        "été/hiver",
        "東京タワー",
        "photo?",
        "x" * 20,
        "original_1d4caa6f",
        "2019",
    ]
    titles = [
        "_".join(rng.choices(words, k=rng.randint(1, 6)))[: rng.randint(6, 70)]
        + rng.choice([".jpg", ".HEIC", ".png", ".jpeg"])
        for _ in range(80)
    ]
    files, truth = export(rng, titles, new=seed % 2 == 0)
    rng.shuffle(files)
    found = {one.picture.name: [s.name for s in one.sidecars] for one in match(files)}
    wrong = {name: (found[name], truth[name]) for name in found if found[name] != [truth[name]]}
    assert wrong == {}
    stems = [one.name.rpartition(".")[0] for one in files if one.kind == "image"]
    unsure = {name for name in truth if name.endswith(".MP4") and stems.count(name.removesuffix(".MP4")) > 1}
    assert set(truth) - set(found) <= unsure  # of a HEIC and a JPEG of one name, nobody can say which is the Live Photo


def test_equal_pictures_in_the_year_folder_and_in_an_album_are_one_bundle_with_both_sidecars():
    def files(folder, number, said):
        one, beside = seen("a.jpg", number, folder), seen("a.jpg.json", number + 1, folder)
        return [
            Seen(one.file_id, one.path, "same", "image", "jpeg"),
            Seen(beside.file_id, beside.path, said, "sidecar", "json", title="a.jpg"),
        ]

    year, album = files("/G/Photos from 2023", 1, "json1"), files("/G/Lisbon", 3, "json2")
    (bundle,) = join(takeout.bundle([*year, *album]))
    assert [(m.sha256, m.role) for m in bundle.members] == [
        ("same", "primary"),
        ("json1", "sidecar"),
        ("json2", "sidecar"),
    ]


def test_the_parts_of_one_export_are_one_folder():
    first = seen("a.jpg", 1, "/in/takeout-20230720T065335Z-001/Takeout/Google Photos/Photos from 2022")
    second = seen("a.jpg.json", 2, "/in/takeout-20230720T065335Z-002/Takeout/Google Photos/Photos from 2022")
    other = seen("a.jpg.json", 3, "/in/takeout-20240101T000000Z-002/Takeout/Google Photos/Photos from 2022")
    (bundle,) = takeout.bundle([other, second, first])
    assert [m.file_id for m in bundle.members] == [1, 2]


def test_undecodable_names_pair_too():
    picture = Seen(1, b"/t/caf\xe9.jpg", "1", "image", "jpeg")
    sidecar = Seen(2, b"/t/caf\xe9.jpg.json", "2", "sidecar", "json", title="")
    assert [found.sidecars for found in match([picture, sidecar])] == [[sidecar]]


@pytest.mark.parametrize("word", names.EDITED)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_edited_copies_share_the_sidecar_of_their_original_in_every_language(word, form):
    copy = unicodedata.normalize(form, f"IMG_2710-{word}.jpg")
    for sidecar in ("IMG_2710.jpg.json", "IMG_2710.jpg.supplemental-metadata.json"):
        assert pairs("IMG_2710.jpg", copy, sidecar) == {"IMG_2710.jpg": [sidecar], copy: [sidecar]}
    assert pairs(copy, "IMG_2711.jpg.json") == {}


@pytest.mark.parametrize("seed", range(6))
def test_an_export_in_parts_is_paired_as_if_it_were_one(seed):
    rng = random.Random(seed)
    titles = [f"{rng.choice(['IMG', 'Fête', '東京', 'x' * 30])}_{rng.randrange(900)}.jpg" for _ in range(60)]
    files, truth = export(rng, titles, new=seed % 2 == 0)
    stamp = "takeout-20230720T065335Z"
    parts = [f"/a/{stamp}-001.zip//", f"/b/{stamp}-002.zip//", f"/a/{stamp}-003/", f"/a/{stamp}-002 (1).zip//"]
    spread = [
        Seen(one.file_id, (rng.choice(parts) + "Takeout/Google Photos/Photos from 2022/" + one.name).encode(),
             one.sha256, one.kind, one.format, duration=one.duration, title=one.title)
        for one in files
    ]  # fmt: skip
    name_of = {one.file_id: one.name for one in files}
    found = {
        name_of[bundle.members[0].file_id]: [name_of[m.file_id] for m in bundle.members if m.role == "sidecar"]
        for bundle in takeout.bundle(spread)
    }
    pictures = {name for name in truth if not name.endswith(".MP4")}
    assert {name: found.get(name) for name in pictures} == {name: [truth[name]] for name in pictures}


@pytest.mark.parametrize(
    ("title", "doubted"),
    [
        ("IMG_1.jpg", False),
        ("IMG_2.jpg", True),  # a picture beside it
        ("IMG_3.jpg", False),  # no picture that we know: renamed at home
        ("IMG_1.HEIC", False),  # converted
        ("", False),
    ],
)
def test_a_sidecar_that_says_it_is_anothers_is_nobodys(title, doubted):
    titles = {"IMG_1.jpg.json": title, "IMG_2.jpg.json": "IMG_2.jpg"}
    listed = ["IMG_1.jpg", "IMG_1.HEIC", "IMG_1-edited.jpg", "IMG_2.jpg", *titles]
    files = [seen(name, number, **({"title": titles[name]} if name in titles else {}))
             for number, name in enumerate(listed, 1)]  # fmt: skip
    found = {one.picture.name: one for one in match(files)}
    assert [s.name for s in found["IMG_1.jpg"].sidecars] == ([] if doubted else ["IMG_1.jpg.json"])
    assert [s.name for s in found["IMG_1.jpg"].doubted] == (["IMG_1.jpg.json"] if doubted else [])
    assert ("IMG_1-edited.jpg" in found) == (not doubted)
    assert [s.name for s in found["IMG_2.jpg"].sidecars] == ["IMG_2.jpg.json"]
    reasons = {bundle.members[1].doubt for bundle in takeout.bundle(files) if len(bundle.members) > 1}
    assert reasons == (
        {None, "its sidecar has the title of another picture beside it: IMG_2.jpg"} if doubted else {None}
    )


def test_numbered_and_clipped_pictures_keep_sidecars_with_the_title_of_their_first():
    stem = "x" * 47
    titles = {"IMG_1.jpg.json": "IMG_1.jpg", "IMG_1.jpg(1).json": "IMG_1.jpg", f"{stem}.jpg.json": f"{stem}abc.jpg"}
    listed = ["IMG_1.jpg", "IMG_1(1).jpg", f"{stem}.jpg", f"{stem}abc.jpg", *titles]
    files = [seen(name, number, **({"title": titles[name]} if name in titles else {}))
             for number, name in enumerate(listed, 1)]  # fmt: skip
    assert not any(one.doubted for one in match(files))
