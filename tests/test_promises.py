"""The promises that need force to prove: a tracer, a full disk, a killed program, a moved source."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

WRITES = re.compile(
    r"^\d+ +(?:(?:open|openat|openat2|creat)\(.*(?:O_WRONLY|O_RDWR|O_CREAT|O_TRUNC)"
    r"|(?:unlink|unlinkat|rename|renameat|renameat2|chmod|fchmodat|chown|lchown|fchownat|utime|utimes|utimensat|truncate"
    r"|mkdir|mkdirat|rmdir|link|linkat|mknod|mknodat|setxattr|lsetxattr|removexattr)\()"
)

CALLS = re.compile(r"^\d+ +(?:connect|sendto|sendmsg|sendmmsg)\(")


@pytest.fixture
def household(tmp_path, make_picture, exif) -> Path:
    folder = tmp_path / "originals"
    for number in range(8):
        taken = exif(f"2019:05:{number + 1:02d} 12:00:03", "+01:00", "Canon", "EOS 450D") if number % 2 else None
        make_picture(folder / f"album {number % 3}/IMG_{number:04d}.JPG", number, exif=taken)
    make_picture(folder / "phone/IMG_20200102_030405.jpg", 20)
    (folder / "phone/IMG_20200102_030405.jpg.json").write_text(
        json.dumps({"title": "IMG_20200102_030405.jpg", "photoTakenTime": {"timestamp": "1577934245"}})
    )
    return folder


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_no_call_that_could_write_ever_names_an_original_and_nobody_is_called(program, household, tmp_path):
    trace = tmp_path / "trace"
    subprocess.run(
        ["strace", "-f", "-qq", "-s", "4096", "-e", "trace=%file,%network", "-e", "signal=none", "-o", trace,
         sys.executable, "-m", "mediaparser_core", "--library", program.library, "run", household],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    lines = trace.read_text("utf-8", "replace").splitlines()
    about = [line for line in lines if str(household) in line]
    assert len(about) > 30  # it did look at them
    assert any("O_CREAT" in line and str(program.library) in line for line in lines)  # and it did write elsewhere
    assert [line for line in about if WRITES.match(line)] == []
    assert [line for line in lines if CALLS.match(line) and "AF_INET" in line] == []


def test_a_full_disk_is_one_clear_line_and_the_next_run_goes_on(program, household, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        env = {"MEDIAPARSER_EXPORT_PATH": str(disk / "export")}
        (disk / "ballast").write_bytes(bytes(960 << 10))
        result = program("run", household, code=1, env=env)
        assert len(result.stderr.strip().splitlines()[-1:]) == 1
        assert "Error:" in result.stderr and "Traceback" not in result.stderr
        assert not [path for path in (disk / "export").rglob("*.jpg")]
        (disk / "ballast").unlink()
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        program("run", household, env=env)
        assert len([path for path in (disk / "export").rglob("*.jpg")]) == 9
        assert not [path for path in (disk / "export").rglob("*partial*")]
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_library_on_a_full_disk_says_so(program, household, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        other = type(program)(disk / "library")
        result = other("run", household, code=1)
        assert "full" in result.stderr and "Traceback" not in result.stderr
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_read_only_disk_is_one_clear_line(program, household, tmp_path):
    program("run", household)
    if subprocess.run(["mount", "--bind", program.library, program.library], capture_output=True).returncode:
        pytest.skip("only root may mount")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", program.library], check=True)
        result = program("run", household, code=1)
        assert "read-only" in result.stderr.lower() or "cannot be" in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1
        assert program.json("report")["imbalance"] is None  # looking still works
    finally:
        subprocess.run(["umount", program.library], check=True)


@pytest.mark.parametrize("delay", [0.5, 1.0, 1.6])
def test_killed_at_any_time_and_run_again_it_ends_as_if_nothing_had_happened(program, household, tmp_path, delay):
    undisturbed = type(program)(tmp_path / "undisturbed")
    undisturbed("run", household)
    process = subprocess.Popen(
        [sys.executable, "-m", "mediaparser_core", "--library", program.library, "run", household, "--workers", "2"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, env=os.environ | {"TZ": "Europe/Lisbon"},
    )  # fmt: skip
    time.sleep(delay)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    program("run", household)
    assert program.tree() == undisturbed.tree()
    for sql in (
        "select path, sha256, state from files order by path",
        "select sha256, source, raw, value, accepted, reason from claims order by sha256, source, raw, value",
        "select sha256, taken_at, utc_offset, rule, confidence from dates order by sha256",
        "select end_state, path, reason from ledger order by path",
    ):
        assert program.rows(sql) == undisturbed.rows(sql)


def test_decisions_hold_when_the_pictures_move_and_when_what_was_derived_is_dropped(program, household):
    program("run", household)
    program("decide", "set-date", household / "album 0/IMG_0000.JPG", "12 May 1994")
    program("decide", "discard", household / "album 1/IMG_0004.JPG")
    wanted = program.rows("select sha256, taken_at, kept from library order by sha256")
    shutil.copytree(household, household.with_name("elsewhere"))
    shutil.rmtree(household / "album 0")
    program("run", household.with_name("elsewhere"))
    assert program.rows("select sha256, taken_at, kept from library order by sha256") == wanted
    import sqlite3

    with sqlite3.connect(program.library / "catalog.db") as conn:
        for table in ("members", "groups", "dates", "bundles", "tags", "standings", "stages"):
            conn.execute(f"delete from {table}")
    conn.close()
    program("export")
    assert program.rows("select sha256, taken_at, kept from library order by sha256") == wanted


def test_the_dry_run_names_every_action_of_the_run_in_its_order(program, household):
    program("run", household)
    program("decide", "set-date", household / "album 0/IMG_0000.JPG", "12 May 1994")
    program("decide", "discard", household / "album 1/IMG_0001.JPG")
    plan = program.json("plan")["plan"]
    before = program.tree()
    program("export")
    after = program.tree()
    gone = {row["previous"] or row["target"] for row in plan if row["action"] in ("withdraw", "move", "rewrite")}
    made = {row["target"] for row in plan if row["action"] in ("copy", "move", "rewrite")}
    assert {row["action"] for row in plan} >= {"withdraw"}
    assert (set(before) - gone) | made == set(after)
    stored = program.rows("select action, target from plan_items order by id")
    assert stored == [(row["action"], row["target"]) for row in plan]
    assert program.json("plan")["plan"] == []


def test_replaying_the_claims_gives_the_same_dates(program, household):
    program("run", household)
    dates = program.rows("select sha256, taken_at, utc_offset, rule, confidence, reason from dates order by sha256")
    import sqlite3

    with sqlite3.connect(program.library / "catalog.db") as conn:
        conn.execute("delete from stages")
        conn.execute("delete from dates")
        conn.execute("update claims set accepted = usable, reason = null")
    conn.close()
    shutil.rmtree(household)
    program("export")
    assert (
        program.rows("select sha256, taken_at, utc_offset, rule, confidence, reason from dates order by sha256")
        == dates
    )


def test_what_was_read_without_exiftool_is_read_again_when_it_is_there(program, tmp_path, exiftool_json):
    pytest.importorskip("PIL")
    from PIL import Image

    (tmp_path / "in").mkdir()
    Image.new("RGB", (200, 100), "red").save(tmp_path / "in/a.gif")
    program("run", tmp_path / "in", env={"MEDIAPARSER_EXIFTOOL": "no-such-exiftool"})
    assert program.json("run", tmp_path / "in")["changed"] == 1
    assert program.json("run", tmp_path / "in")["unchanged"] == 1


def test_a_clock_can_be_set_back_on_the_command_line(program, household):
    program("run", household)
    program("decide", "shift", household / "album 1/IMG_0001.JPG", "-1h")
    ((taken,),) = program.rows(
        "select d.taken_at from dates d join files f on f.sha256 = d.sha256 where f.name = 'IMG_0001.JPG'"
    )
    assert taken.startswith("2019-05-02T11:00:03")


def test_an_original_is_not_taken_for_its_own_copy_when_it_is_read_again(program, tmp_path, make_picture):
    """Same bytes, same name, and its date is in that name."""
    make_picture(tmp_path / "in/20190504_120003.png")
    env = {"MEDIAPARSER_EXPORT_NAME": "{year}/{name}", "MEDIAPARSER_EXPORT_METADATA": "none"}
    program("run", tmp_path / "in", env=env)
    assert list(program.tree()) == ["2019/20190504_120003.png"]
    program("run", tmp_path / "in", "--rehash", env=env)
    assert program.rows("select taken_at from dates") == [("2019-05-04T12:00:03",)]
    assert list(program.tree()) == ["2019/20190504_120003.png"]
