"""Copies from the outside: what is asked, what is remembered for ever, what is carried over, what is never done."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageOps


def shrink(source: Path, target: Path, share: float = 0.5, **save) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(source) as image:
        ImageOps.scale(image, share).save(target, **save)
    return target


def names(question) -> set[str]:
    return {path.rsplit("/", 1)[-1] for path in question["paths"]}


def asked(program, kind="similar") -> list[set[str]]:
    return [names(question) for question in program.json("review", "--kind", kind)]


@pytest.fixture
def photos(tmp_path, make_picture) -> Path:
    """Three pictures, two of them with a smaller copy."""
    folder = tmp_path / "photos"
    for number in (1, 2, 3):
        make_picture(folder / f"big{number}.jpg", number + 40, (800, 600), quality=92)
    shrink(folder / "big1.jpg", folder / "small1.jpg", quality=80)
    shrink(folder / "big2.jpg", folder / "small2.jpg", quality=80)
    return folder


# -- memory


def test_different_and_keep_both_hold_whatever_is_scanned_later(program, photos):
    program("run", photos, "--no-export")
    assert sorted(map(sorted, asked(program))) == [["big1.jpg", "small1.jpg"], ["big2.jpg", "small2.jpg"]]
    program("decide", "different", photos / "big1.jpg", photos / "small1.jpg")
    program("decide", "keep", photos / "big2.jpg", photos / "small2.jpg")
    assert asked(program) == []
    shutil.copytree(photos, photos.parent / "backup")  # the same bytes, elsewhere
    program("run", photos.parent / "backup", "--no-export")
    assert asked(program) == []
    shrink(photos / "big2.jpg", photos / "later" / "tiny2.jpg", 0.25, quality=70)
    program("run", photos, "--no-export")
    assert asked(program) == [{"big2.jpg", "tiny2.jpg"}], "only what is new is asked about"
    (program.library / "catalog.db").unlink()
    program("run", photos, "--no-export")
    assert asked(program) == [{"big2.jpg", "tiny2.jpg"}], "the decisions need no catalog"


def test_our_own_copies_and_edited_metadata_never_come_back_as_new(program, photos, tmp_path):
    program("run", photos)
    groups, tree = len(asked(program)), program.tree()
    back = tmp_path / "back"
    shutil.copytree(program.library / "export", back)
    summary = program.json("run", photos, back)
    assert summary["copied"] == 0 and program.tree() == tree
    data, comment = (photos / "big3.jpg").read_bytes(), b"written into it later"
    segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
    (back / "titled.jpg").write_bytes(data[:2] + segment + data[2:])  # the same picture data
    summary = program.json("run", photos, back)
    assert summary["copied"] == summary["withdrawn"] <= 1, "one of the two versions is exported, never both"
    assert len(program.tree()) == len(tree) and len(asked(program)) == groups
    states = {
        path.rsplit("/", 2)[-2:][-1]: state
        for path, state in program.rows("select path, end_state from ledger where path like '%/back/%'")
    }
    assert {state for name, state in states.items() if name != "titled.jpg"} == {"duplicate"}, states


# -- the one to keep


def test_what_lies_in_a_master_folder_is_never_proposed_for_discarding(program, photos):
    sorted_ = photos / "sorted"
    sorted_.mkdir()
    for name in ("small1.jpg", "big2.jpg", "small2.jpg"):
        (photos / name).rename(sorted_ / name)
    program.library.mkdir(exist_ok=True)
    (program.library / "mediaparser.toml").write_text(
        f'[plugins.folder_priority]\nmaster = ["{sorted_.as_posix()}"]\n', encoding="utf-8"
    )
    program("run", photos)
    (question,) = program.json("review", "--kind", "similar")
    assert question["question"].count("small1.jpg") == 1, "of two in the master folder nobody is asked to drop one"
    assert "in the master folder" in question["reason"]
    said = program.json("rules", "accept", "--confidence", "0.5")
    assert (said["groups"], said["pictures"]) == (1, 1)
    left_out = {
        path.rsplit("/", 1)[-1] for (path,) in program.rows("select path from ledger where end_state = 'discarded'")
    }
    assert left_out == {"big1.jpg"}


def test_the_keeper_says_why_and_takes_over_what_the_others_know(program, tmp_path, make_picture, exif, exiftool_json):
    folder = tmp_path / "photos"
    best = make_picture(folder / "scan.jpg", 61, (1200, 900), quality=95)
    taken = exif("2011:07:09 16:20:11", "+02:00", "Canon", "EOS 450D")
    gps = taken.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (48.0, 8.0, 6.0), "E", (11.0, 34.0, 30.0)
    shrink(best, folder / "camera {Munich}.jpg", quality=85, exif=taken)
    program("run", folder, "--no-export")
    (question,) = program.json("review", "--kind", "similar")
    assert question["suggestion"] == program.json("explain", best)["asset"]["sha256"]
    assert "most pixels (1200 × 900)" in question["reason"]
    program("decide", "accept", f"group:{question['group_id']}")
    program("export")
    assert list(program.tree()) == ["2011/20110709_162011.jpg"]
    ((taken_at, tags),) = program.rows("select taken_at, tags from library where kept = 1")
    assert taken_at == "2011-07-09T16:20:11" and "Munich" in json.loads(tags)
    sources = program.rows("select source from tags where tag = 'Munich' and sha256 = ?", question["suggestion"])
    assert sources == [("copy:filename",)]
    ((latitude, source),) = program.rows(
        "select latitude, source from places where sha256 = ? and origin = 'copy'", question["suggestion"]
    )
    assert latitude == pytest.approx(48.135, abs=0.001) and source.startswith("copy:")
    (copy,) = exiftool_json(program.library / "export" / "2011/20110709_162011.jpg")
    assert any("2011:07:09 16:20:11" in str(value) for value in copy.values())
    program("undo")
    program("export")
    assert len(program.tree()) == 2, "undone, both are there as before"
    assert program.rows("select count(*) from places where origin = 'copy'") == [(0,)]


# -- one answer for many groups


def test_a_rule_is_counted_first_is_one_decision_and_can_be_taken_back(program, photos):
    program("run", photos)
    before = program.tree()
    counted = program.json("rules", "preview", "--kind", "similar", "--confidence", "0.95")
    size = (photos / "small1.jpg").stat().st_size + (photos / "small2.jpg").stat().st_size
    assert (counted["groups"], counted["pictures"], counted["bytes"]) == (2, 2, size)
    assert {row["keep"].rsplit("/", 1)[-1] for row in counted["sample"]} == {"big1.jpg", "big2.jpg"}
    assert program.rows("select count(*) from decisions", database="decisions.db") == [(0,)]
    assert "not 3" in program("rules", "accept", "--expect", "3", code=1).stderr
    text = program("rules", "preview", "--limit", "1").stdout
    assert "and 1 more group" in text and "rules accept --kind similar --confidence 0.95 --expect 2" in text
    said = program.json("rules", "accept", "--kind", "similar", "--confidence", "0.95", "--expect", "2")
    assert (said["groups"], said["pictures"], said["number"]) == (2, 2, 1)
    assert asked(program) == []
    assert program.json("export")["withdrawn"] == 2
    assert "nothing to do" in program("rules", "accept", code=1).stderr
    program("undo", "1")
    program("export")
    assert program.tree() == before
    assert len(asked(program)) == 2


def test_review_pages_through_the_groups_the_surest_first(program, photos, tmp_path):
    with Image.open(photos / "big3.jpg") as image:  # a crop is less sure than a smaller copy
        image.crop((0, 0, 768, 576)).save(photos / "small3.jpg", quality=90)
    program("run", photos, "--no-export")
    pages = [program.json("review", "--kind", "similar", "--limit", "1", "--page", page) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [1, 1, 1, 0]
    sure = [question["confidence"] for page in pages for question in page]
    assert sure == sorted(sure, reverse=True) and sure[0] > sure[-1]
    assert names(pages[2][0]) == {"big3.jpg", "small3.jpg"}
    text = program("review", "--kind", "similar", "--limit", "2").stdout
    assert "… and 1 more (--page 2 goes on" in text


def test_a_rule_leaves_alone_what_is_not_sure_or_was_spoken_of(program, photos):
    program("run", photos)
    assert program.json("rules", "preview", "--confidence", "1")["groups"] == 0
    assert program.json("rules", "preview", "--kind", "burst")["groups"] == 0
    program("decide", "keep", photos / "small1.jpg")
    counted = program.json("rules", "preview")
    assert [row["leave_out"][0].rsplit("/", 1)[-1] for row in counted["sample"]] == ["small2.jpg"]
    assert "belong together" in program("rules", "preview", "--kind", "panorama", code=1).stderr


# -- kinds


def test_bursts_retakes_panoramas_and_mirror_images_are_named_as_such(program, tmp_path, make_picture, exif):
    folder = tmp_path / "photos"
    folder.mkdir()

    def save(image: Image.Image, name: str, second: str, fraction: str = "00") -> None:
        block = exif(f"2015:05:04 12:{second}", make="Canon", model="EOS 450D")
        block.get_ifd(0x8769)[0x9291] = fraction
        image.save(folder / name, quality=92, exif=block)

    scene = Image.open(make_picture(tmp_path / "scene.png", 71, (800, 600)))
    for number in range(3):
        frame = scene.crop((8 * number, 0, 760 + 8 * number, 570))
        save(frame, f"burst{number}.jpg", "00:01", f"{10 + 30 * number}")
    other = Image.open(make_picture(tmp_path / "other.png", 72, (800, 600)))
    save(other.crop((0, 0, 760, 570)), "try1.jpg", "10:00")
    save(other.crop((20, 12, 780, 582)), "try2.jpg", "10:08")
    wide = Image.open(make_picture(tmp_path / "wide.png", 73, (1600, 600)))
    for number in range(3):
        save(wide.crop((360 * number, 0, 360 * number + 800, 600)), f"part{number}.jpg", f"20:{10 + 4 * number}")
    mirrored = Image.open(make_picture(folder / "portrait.jpg", 74, (800, 600), quality=92))
    ImageOps.mirror(mirrored).save(folder / "selfie.jpg", quality=88)
    program("run", folder, "--no-export")
    found: dict[str, list[set[str]]] = {}
    for kind, number in program.rows("select kind, group_id from groups order by group_id"):
        rows = program.rows(
            "select f.name from members m join files f on f.sha256 = m.sha256 where m.group_id = ?", number
        )
        found.setdefault(kind, []).append({name for (name,) in rows})
    assert found == {
        "burst": [{"burst0.jpg", "burst1.jpg", "burst2.jpg"}],
        "retake": [{"try1.jpg", "try2.jpg"}],
        "panorama": [{"part0.jpg", "part1.jpg", "part2.jpg"}],
        "mirrored": [{"portrait.jpg", "selfie.jpg"}],
    }
    assert [question["kind"] for question in program.json("review") if question["kind"] != "date"] == [
        "mirrored", "burst", "retake",
    ]  # fmt: skip
    assert asked(program, "retake") == [{"try1.jpg", "try2.jpg"}]


# -- bad input


def test_what_says_nothing_is_grouped_with_nothing(program, tmp_path, make_picture):
    folder = tmp_path / "photos"
    good = make_picture(folder / "good.jpg", 81, (800, 600), quality=92)
    for number, colour in enumerate(("navy", "black", "white")):
        for size in ((400, 300), (401, 300)):
            Image.new("RGB", size, colour).save(folder / f"one colour {number} {size[0]}.png")
    for number, colour in enumerate(("red", "blue")):
        Image.new("RGB", (1, 1), colour).save(folder / f"one pixel {number}.png")
    for number in range(3):  # a line of noise each
        line = Image.effect_noise((10_000, 1), 40 + number).convert("RGB")
        line.save(folder / f"line {number}.png")
        Image.linear_gradient("L").resize((600 + number, 400)).convert("RGB").save(folder / f"gradient {number}.jpg")
    for number, cut in enumerate((0.5, 0.6)):
        data = good.read_bytes()
        (folder / f"broken {number}.jpg").write_bytes(data[: int(len(data) * cut)])
    frames = [Image.open(make_picture(tmp_path / f"{n}.png", 90 + n, (320, 240))) for n in range(3)]
    frames[0].save(folder / "moving.gif", save_all=True, append_images=frames[1:])
    frames[0].save(folder / "still.png")  # its first frame, but no copy of it
    program("run", folder, "--no-export", code=3)
    grouped = {name for (name,) in program.rows("select f.name from members m join files f on f.sha256 = m.sha256")}
    assert grouped <= {"good.jpg", "broken 0.jpg", "broken 1.jpg"}, grouped
    reasons = dict(
        program.rows("select f.name, n.value from notes n join files f on f.sha256 = n.sha256 where n.key = 'texture'")
    )
    for name, reason in (
        ("one colour 0 400.png", "flat"), ("one pixel 0.png", "tiny"), ("line 0.png", "tiny"), ("gradient 1.jpg", "flat"),
    ):  # fmt: skip
        assert reasons[name] == reason, name
    troubled = {name for (name,) in program.rows("select f.name from troubles t join files f on f.id = t.file_id")}
    assert {"broken 0.jpg", "broken 1.jpg"} <= troubled


def test_pages_of_text_and_dark_frames_are_no_copies(program, tmp_path):
    import random

    folder = tmp_path / "photos"
    folder.mkdir()
    rng = random.Random(3)
    for number in range(8):
        page = Image.new("RGB", (620, 877), "white")
        draw = ImageDraw.Draw(page)
        for line in range(40):
            words = " ".join("".join(rng.choices("abcdefghilmnorstu", k=rng.randint(2, 9))) for _ in range(11))
            draw.text((50, 60 + 18 * line), words, fill="black", font_size=13)
        page.save(folder / f"page {number}.jpg", quality=85)
        dark = Image.effect_noise((640, 480), 8 + number).point(lambda value: max(0, value - 120))
        dark.convert("RGB").save(folder / f"night {number}.jpg", quality=85)
    program("run", folder, "--no-export")
    assert program.rows("select * from groups") == []
