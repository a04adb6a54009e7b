"""The main job from the outside: a messy folder in, an explained catalog and a verified, dated tree out."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from PIL import Image

SCAN_KEYS = {
    "job", "seen", "new", "changed", "unchanged", "missing", "skipped", "troubled", "assets", "seconds",
    "read_natively", "read_by_exiftool", "read_in_part",
}  # fmt: skip
EXPORT_KEYS = {"planned", "copied", "moved", "withdrawn", "unchanged_exports", "failed", "to_review"}


@pytest.fixture
def messy(tmp_path, make_picture, exif) -> Path:
    """A small household: a camera, a phone, a messenger, a backup, a sidecar, and files that are no pictures."""
    folder = tmp_path / "photos"
    taken = exif("2019:05:04 12:00:03", "+01:00", "Canon", "EOS 450D")
    make_picture(folder / "DCIM/100CANON/IMG_0001.JPG", 1, exif=taken)
    make_picture(folder / "phone/IMG_20200102_030405.jpg", 2)
    make_picture(folder / "WhatsApp Images/IMG-20210506-WA0001.jpg", 3, (320, 240))
    make_picture(folder / "Scans/scan0001.png", 4)
    make_picture(folder / "Lisbon/[FORCE] 2018-07-06 {sea,family}.jpg", 5, exif=exif("2022:01:01 00:00:01"))
    shutil.copy(folder / "DCIM/100CANON/IMG_0001.JPG", folder / "copy of IMG_0001.JPG")
    (folder / "notes.txt").write_text("not a picture")
    return folder


def snapshot(folder: Path) -> dict[str, tuple[str, int]]:
    """Bytes and modification time of everything in *folder*."""
    return {
        str(path.relative_to(folder)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_one_command_does_the_whole_job(program, messy):
    before = snapshot(messy)
    summary = program.json("run", messy)
    assert summary.keys() >= SCAN_KEYS | EXPORT_KEYS
    assert (summary["seen"], summary["new"], summary["skipped"], summary["troubled"]) == (7, 7, 1, 0)
    assert (summary["assets"], summary["copied"], summary["failed"]) == (5, 5, 0)
    assert set(program.tree()) == {
        "2019/20190504_120003.jpg",
        "2020/20200102_030405.jpg",
        "2021/20210506_IMG-20210506-WA0001.jpg",
        "2018/20180706_n2018-07-06.jpg",
        "undated/scan0001.png",
    }
    assert snapshot(messy) == before


def test_a_scan_says_who_read_the_metadata(program, messy):
    def read(summary):
        return [summary[key] for key in ("read_natively", "read_by_exiftool", "read_in_part")]

    Image.new("RGB", (64, 48)).save(messy / "drawing.bmp")  # nothing of our own reads its tags
    alone = {"MEDIAPARSER_EXIFTOOL": "/no/exiftool"}
    assert read(program.json("scan", messy, env=alone)) == [6, 0, 1]
    assert read(program.json("scan", messy, env=alone)) == [0, 0, 0]
    said = program("scan", messy, "--rehash", env=alone).stdout
    assert "Metadata of 7 files: 6 by our own readers, 0 (0.0%) by ExifTool, 1 only in part." in said
    if shutil.which("exiftool"):
        assert read(program.json("scan", messy)) == [0, 1, 0]  # what was read in part is due as soon as it is there


def test_a_copy_that_is_already_right_is_byte_for_byte_its_original(program, tmp_path, make_picture, exif):
    make_picture(tmp_path / "in/IMG_1.JPG", 1, exif=exif("2019:05:04 12:00:03", "+01:00"))
    program("run", tmp_path / "in")
    original = hashlib.sha256((tmp_path / "in/IMG_1.JPG").read_bytes()).hexdigest()
    assert program.tree() == {"2019/20190504_120003.jpg": original}


def test_the_second_run_changes_nothing(program, messy):
    program("run", messy)
    tree, claims = program.tree(), program.rows("select * from claims order by id")
    summary = program.json("run", messy)
    assert (summary["unchanged"], summary["new"], summary["changed"], summary["missing"]) == (7, 0, 0, 0)
    assert (summary["planned"], summary["copied"], summary["unchanged_exports"]) == (0, 0, 5)
    assert program.tree() == tree
    assert program.rows("select * from claims order by id") == claims


def test_the_dry_run_prints_exactly_what_the_run_does(program, messy):
    plan = program.json("run", messy, "--dry-run")["plan"]
    assert not (program.library / "export").exists()
    program("export")
    assert {row["target"] for row in plan} == set(program.tree())


def test_every_file_ends_in_one_state_with_a_reason(program, messy):
    program("run", messy)
    ledger = {Path(path).name: (state, reason) for path, state, reason in
              program.rows("select path, end_state, reason from ledger")}  # fmt: skip
    assert ledger["notes.txt"][0] == "skipped"
    assert ledger["IMG_0001.JPG"] == ("exported", "exported as 2019/20190504_120003.jpg")
    assert ledger["copy of IMG_0001.JPG"][0] == "duplicate"
    assert "2019/20190504_120003.jpg" in ledger["copy of IMG_0001.JPG"][1]
    report = program.json("report")
    assert report["imbalance"] is None
    assert sum(sums["files"] for sums in report["totals"].values()) == 7
    assert sum(sums["bytes"] for sums in report["totals"].values()) == sum(p.stat().st_size for p in messy.rglob("*.*"))


def test_forced_names_and_tags_of_the_origin_are_obeyed(program, messy):
    program("run", messy)
    ((taken, rule, tags),) = program.rows("select taken_at, rule, tags from library where first_path like '%[FORCE]%'")
    assert (taken, rule) == ("2018-07-06", "forced")
    assert json.loads(tags) == ["Lisbon", "family", "sea"]


def test_what_a_copy_must_say_is_found_in_it_by_exiftool(program, messy, exiftool_json):
    program("run", messy)
    (phone,) = exiftool_json(program.library / "export/2020/20200102_030405.jpg")
    assert phone["EXIF:DateTimeOriginal"] == "2020:01:02 03:04:05"
    assert phone["EXIF:CreateDate"] == "2020:01:02 03:04:05"
    (forced,) = exiftool_json(program.library / "export/2018/20180706_n2018-07-06.jpg")
    assert set(forced["IPTC:Keywords"]) == set(forced["XMP:Subject"]) == {"Lisbon", "family", "sea"}
    assert forced["XMP:DateCreated"] == "2018:07:06"


def test_a_decision_moves_our_copy_and_undo_restores_the_tree(program, messy):
    program("run", messy)
    before = program.tree()
    scan = messy / "Scans/scan0001.png"
    program("decide", "set-date", scan, "summer 1994")
    program("export")
    moved = program.tree()
    assert "1994/1994XXXX_scan0001.png" in moved
    assert "undated/scan0001.png" not in moved
    program("undo")
    program("export")
    assert program.tree() == before


def test_a_discarded_picture_leaves_the_export_and_stays_in_the_ledger(program, messy):
    program("run", messy)
    before = program.tree()
    original = messy / "DCIM/100CANON/IMG_0001.JPG"
    program("decide", "discard", original)
    summary = program.json("export")
    assert summary["withdrawn"] == 1
    assert set(before) - set(program.tree()) == {"2019/20190504_120003.jpg"}
    assert original.exists()
    states = program.rows("select end_state from ledger where path like '%IMG_0001.JPG'")
    assert states == [("discarded",), ("discarded",)]
    program("undo")
    program("export")
    assert program.tree() == before


def test_decisions_travel_to_a_new_library(program, messy, tmp_path):
    program("run", messy)
    program("decide", "set-date", messy / "Scans/scan0001.png", "12 May 1994")
    program("decide", "tag", messy / "Scans/scan0001.png", "Grandma")
    program("decisions", "export", tmp_path / "decisions.jsonl")
    other = type(program)(tmp_path / "other")
    assert other.json("decisions", "import", tmp_path / "decisions.jsonl", code=0) == {"added": 2, "known": 0}
    assert other.json("decisions", "import", tmp_path / "decisions.jsonl") == {"added": 0, "known": 2}
    other("run", messy)
    assert other.rows("select taken_at, tags from library where first_path like '%scan0001.png'") == [
        ("1994-05-12", '["Grandma"]')
    ]


def test_decisions_survive_a_deleted_catalog(program, messy):
    program("run", messy)
    program("decide", "set-date", messy / "Scans/scan0001.png", "1994")
    for name in ("catalog.db", "catalog.db-wal", "catalog.db-shm"):
        (program.library / name).unlink(missing_ok=True)
    shutil.rmtree(program.library / "export")
    program("run", messy)
    assert program.rows("select taken_at, rule from dates where taken_at = '1994'") == [("1994", "decided")]


def test_the_catalog_refuses_to_forget_a_decision(program, messy):
    import sqlite3

    program("run", messy)
    program("decide", "keep", messy / "Scans/scan0001.png")
    for statement in (
        "update decisions set verb = 'discard'",
        "delete from decisions",
        "insert or replace into decisions select * from decisions",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            program.rows(statement, database="decisions.db")


def test_a_moved_file_is_recognised_without_reading_it(program, messy):
    program("run", messy)
    tree = program.tree()
    (messy / "new place").mkdir()
    os.rename(messy / "phone/IMG_20200102_030405.jpg", messy / "new place/IMG_20200102_030405.jpg")
    summary = program.json("run", messy)
    assert (summary["changed"], summary["new"], summary["missing"]) == (1, 0, 0)
    assert program.rows("select count(*) from files") == [(7,)]
    assert {p.rpartition("/")[2] for p in program.tree()} == {p.rpartition("/")[2] for p in tree}


def test_a_vanished_file_is_missing_and_its_copy_stays(program, messy):
    program("run", messy)
    tree = program.tree()
    (messy / "phone/IMG_20200102_030405.jpg").unlink()
    summary = program.json("run", messy)
    assert summary["missing"] == 1
    assert program.rows("select state from files where name = 'IMG_20200102_030405.jpg'") == [("missing",)]
    assert program.tree() == tree
    program.json("report")


def test_a_disk_that_is_not_mounted_loses_nothing(program, messy):
    program("run", messy)
    away = messy.with_name("away")
    messy.rename(away)
    messy.mkdir()  # the mount point, empty
    error = program("run", messy, code=1)
    assert "is empty" in error.stderr
    assert program.rows("select distinct state from files where state = 'missing'") == []


def test_a_changed_file_is_read_again(program, messy, make_picture, exif):
    program("run", messy)
    make_picture(messy / "DCIM/100CANON/IMG_0001.JPG", 9, exif=exif("2001:02:03 04:05:06"))
    summary = program.json("run", messy)
    assert (summary["changed"], summary["unchanged"]) == (1, 6)
    assert {"2001/20010203_040506.jpg", "2019/20190504_120003.jpg"} <= set(
        program.tree()
    )  # the copy is still the old one


def test_our_own_export_never_comes_back_as_new(program, messy, tmp_path):
    program("run", messy)
    tree = program.tree()
    shutil.copytree(program.library / "export", tmp_path / "brought back")
    summary = program.json("run", tmp_path / "brought back")
    assert summary["copied"] == 0
    assert program.tree() == tree
    states = program.rows("select distinct end_state from ledger where path like '%brought back%'")
    assert states == [("duplicate",)]


def test_one_flipped_byte_is_found(program, messy):
    program("run", messy)
    assert program.json("verify")["problems"] == []
    copy = program.library / "export/2020/20200102_030405.jpg"
    data = bytearray(copy.read_bytes())
    data[len(data) // 2] ^= 1
    copy.write_bytes(data)
    result = program("verify", "--json", code=3)
    assert [row["path"] for row in json.loads(result.stdout)["problems"]] == ["2020/20200102_030405.jpg"]
    original = messy / "phone/IMG_20200102_030405.jpg"
    original.write_bytes(original.read_bytes()[:-1] + b"\0")
    result = program("verify", "--originals", "--json", code=3)
    assert {row["path"] for row in json.loads(result.stdout)["problems"]} == {"2020/20200102_030405.jpg", str(original)}


def test_somebody_elses_file_in_the_export_is_never_overwritten(program, messy):
    foreign = program.library / "export/2020/20200102_030405.jpg"
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"mine")
    program("run", messy, code=3)
    assert foreign.read_bytes() == b"mine"


def test_bad_files_end_as_rows_with_a_reason_and_the_run_goes_on(program, messy, tmp_path):
    whole = (messy / "phone/IMG_20200102_030405.jpg").read_bytes()
    bad = messy / "bad"
    bad.mkdir()
    (bad / "empty.jpg").touch()
    (bad / "zeros.jpg").write_bytes(bytes(5000))
    (bad / "cut.jpg").write_bytes(whole[: len(whole) // 3])
    (bad / "lying.heic").write_bytes(whole)
    (bad / "text.jpg").write_text("hello")
    (bad / "loop").symlink_to(bad)
    (bad / "link.jpg").symlink_to(messy / "phone/IMG_20200102_030405.jpg")
    os.mkfifo(bad / "pipe.jpg")
    Path(os.fsdecode(os.fsencode(bad) + b"/\xff\n-if\nsystem('touch PWNED').jpg")).write_bytes(whole + b"x")
    summary = program.json("run", messy, code=3)
    assert summary["seen"] == 7 + 9
    ledger = dict(program.rows("select replace(path, ?, ''), end_state || ': ' || reason from ledger", str(bad) + "/"))
    assert ledger["empty.jpg"] == "troubled: empty file"
    assert ledger["zeros.jpg"].startswith("troubled: contains only zeros")
    assert ledger["text.jpg"].startswith("troubled")
    assert ledger["pipe.jpg"].startswith("skipped") and "FIFO" in ledger["pipe.jpg"]
    assert ledger["loop"].startswith("skipped") and ledger["link.jpg"].startswith("skipped")
    assert ledger["lying.heic"].startswith(("exported", "duplicate"))  # it is the same JPEG
    assert [m for (m,) in program.rows(
        "select message from troubles t join files f on f.id = t.file_id where f.name = 'cut.jpg'")]  # fmt: skip
    assert program.rows("select end_state from ledger where path like '%touch PWNED%'") == [("exported",)]
    assert not list(tmp_path.rglob("PWNED")) and not Path("PWNED").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "/no/such/folder"), "/no/such/folder does not exist"),
        (("explain", "/no/such/file.jpg"), "run 'mediaparser run FOLDER' first"),
        (("export",), "there is no catalog"),
        (("undo",), "there is no decision to undo"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(program, arguments, words):
    result = program(*arguments, code=1)
    assert words in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.stderr


def test_an_empty_name_is_not_the_current_folder(program):
    assert "INPUT is empty" in program("run", "", code=2).stderr
    assert not program.library.exists()


def test_a_decision_is_taken_back_once(program, messy):
    program("run", messy)
    program("decide", "tag", messy / "phone/IMG_20200102_030405.jpg", "Lisbon")
    program("undo", "1")
    assert "decision 1 is taken back already" in program("undo", "1", code=1).stderr
    told = program("decisions", "list").stdout
    assert [line.split("\t")[3:5] for line in told.splitlines()] == [["tag", ""], ["undo", "1"]]


def test_what_came_through_the_inbox_is_found_again_when_the_catalog_is_lost(program, messy, make_picture):
    make_picture(program.library / "originals" / "2024/05/01/inbox" / "IMG_20240501_120000.jpg", 77)
    assert program.json("run", messy)["seen"] == 8
    assert program.json("run", messy)["seen"] == 7  # it is known by now
    for path in program.library.glob("catalog.db*"):
        path.unlink()
    assert program.json("run", messy)["seen"] == 8


def test_a_mistake_in_a_plugin_names_its_hook(program, messy, tmp_path):
    module = tmp_path / "modules" / "wrong_names.py"
    module.parent.mkdir()
    module.write_text(
        "from mediaparser_core.hookspecs import hookimpl\n@hookimpl\ndef name_export(item):\n    return [].pop()\n"
    )
    program.library.mkdir()
    (program.library / "mediaparser.toml").write_text('[plugins.load]\nmodules = ["wrong_names"]\n')
    path = {"PYTHONPATH": str(module.parent)}
    told = program("run", messy, code=1, env=path).stderr
    assert "pop from empty list — this is a mistake in wrong_names.name_export; 'mediaparser -v …' tells more" in told
    assert "Traceback" not in told and "Exception ignored" not in told
    assert "Traceback" in program("-v", "run", messy, code=1, env=path).stderr
    module.write_text(module.read_text().replace("[].pop()", "'mine/{}'.format(item.sha256[:8])"))
    program("run", messy, env=path)  # without a version it counts by its file's time
    assert all(name.startswith("mine/") for name in program.tree())


def test_ctrl_c_during_the_first_imports_is_no_traceback():
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent("""
            import sys
            class Interrupted:
                def find_spec(self, name, *rest):
                    if name == "mediaparser_core.cli":
                        raise KeyboardInterrupt
            sys.meta_path.insert(0, Interrupted())
            from mediaparser_core.__main__ import main
            main()
        """)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, "")


def test_a_read_only_library_is_one_clear_line(program, messy, tmp_path):
    program.library.write_text("a file where the library should be")
    result = program("run", messy, code=1)
    assert len(result.stderr.strip().splitlines()) == 1 and "library" in result.stderr


def test_a_catalog_from_a_newer_version_is_left_alone(program, messy):
    program("run", messy)
    import sqlite3

    with sqlite3.connect(program.library / "catalog.db") as conn:
        conn.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) values ('mediaparser_catalog', 'm999_later', '')"
        )
    conn.close()
    for command in (("run", messy), ("report",), ("review",)):
        result = program(*command, code=1)
        assert "newer version" in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1


def test_the_library_is_never_its_own_input(program, messy):
    program("run", messy)
    assert "inside the library" in program("run", program.library / "export", code=1).stderr
    inside = messy / "library"
    summary = type(program)(inside).json("run", messy)
    again = type(program)(inside).json("run", messy)
    assert summary["seen"] == again["seen"] == 7  # the walk does not enter the library


def test_without_exiftool_the_job_is_done_and_it_says_so(program, messy):
    env = {"MEDIAPARSER_EXIFTOOL": "no-such-exiftool"}
    result = program("run", messy, env=env)
    assert "ExifTool is not installed" in result.stderr
    assert "2019/20190504_120003.jpg" in program.tree()
    assert "2018/20180706_n2018-07-06.jpg.xmp" in program.tree()  # it has keywords
    assert "2020/20200102_030405.jpg.xmp" not in program.tree()  # its date is in it
    doctor = {row["name"]: row for row in program.json("doctor", env=env, code=None)}
    assert "install" in doctor["exiftool"]["advice"]


def test_explain_tells_the_whole_case(program, messy):
    program("run", messy)
    case = program.json("explain", messy / "phone/IMG_20200102_030405.jpg")
    assert case["asset"]["taken_at"] == "2020-01-02T03:04:05"
    by_source = {claim["source"]: claim for claim in case["claims"]}
    assert by_source["filename"]["accepted"] and not by_source["file:mtime"]["accepted"]
    assert all(claim["reason"] for claim in case["claims"])
    text = program("explain", case["asset"]["sha256"][:10]).stdout
    assert "filename" in text and "2020-01-02T03:04:05" in text


def test_similar_pictures_become_a_group_and_nothing_is_dropped(program, tmp_path, make_picture):
    big = make_picture(tmp_path / "in/big.jpg", 7, (1200, 900), quality=95)
    with Image.open(big) as image:
        image.resize((600, 450)).save(tmp_path / "in/small.jpg", quality=80)
    make_picture(tmp_path / "in/other.jpg", 8)
    summary = program.json("run", tmp_path / "in")
    assert summary["copied"] == 3
    (question,) = program.json("review", "--kind", "similar")
    assert len(question["subject"]) == 2
    program("decide", "accept", f"group:{question['group_id']}")
    assert program.json("export")["withdrawn"] == 1
    assert program.json("review", "--kind", "similar") == []
    assert (tmp_path / "in/small.jpg").exists()
    ((reason,),) = program.rows("select reason from ledger where end_state = 'discarded'")
    assert "big.jpg" in reason


def test_live_photo_and_raw_pairs_share_a_name(program, tmp_path, make_picture, exif):
    make_picture(tmp_path / "in/IMG_E0001.JPG", 3)
    make_picture(tmp_path / "in/IMG_0001.JPG", 2, exif=exif("2019:05:04 12:00:03"))
    program("run", tmp_path / "in")
    assert set(program.tree()) == {"2019/20190504_120003.jpg", "2019/20190504_120003_edited.jpg"}


def test_a_job_is_a_row_with_its_numbers(program, messy):
    program("run", messy)
    (job,) = program.json("jobs")
    assert (job["command"], job["state"]) == ("run", "done")
    assert job["summary"]["copied"] == 5
    assert "no job 1 is running" in program("jobs", "cancel", "1", code=1).stderr


def test_status_counts_and_is_healthy(program, messy):
    program("run", messy)
    status = program.json("status")
    assert status["ok"] and status["files"] == 7 and status["assets"] == 5


def test_hidden_settings_errors_are_named(program, messy):
    program.library.mkdir()
    (program.library / "mediaparser.toml").write_text("[export]\nnmae = 'x'\n")
    assert "there is no setting 'export.nmae'" in program("run", messy, code=1).stderr
