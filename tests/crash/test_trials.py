"""The short form of ``trials.py``: one disturbed run of every kind, then a second one, then nothing is to be seen of it."""

from __future__ import annotations

import random
import re
import shutil
import subprocess

import pytest

from . import trials


@pytest.mark.parametrize("mode", trials.MODES)
def test_disturbed_and_run_again_it_is_as_if_nothing_had_happened(mode, folder, calm, tmp_path):
    if mode in trials.NEEDS_STRACE and shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    _, expected, seconds = calm
    assert trials.trial(mode, 7, tmp_path, expected, folder, seconds) == []


def test_the_comparison_notices_a_changed_byte_a_lost_row_and_a_lost_decision(calm, tmp_path):
    import sqlite3
    from contextlib import closing

    library, expected, _ = calm
    assert trials.differences(trials.told(library), expected) == []
    for number, (database, sql) in enumerate((
        ("catalog.db", "update files set reason = 'x' where id = 1"),
        ("catalog.db", "delete from claims where source = 'file:mtime'"),
        ("decisions.db", "insert into decisions (request_id, verb, subject, actor, at) values ('r', 'keep', '[\"a\"]', 'x', 'y')"),
    )):  # fmt: skip
        copy = shutil.copytree(library, tmp_path / str(number))
        with closing(sqlite3.connect(copy / database)) as conn:
            conn.execute(sql)
            conn.commit()
        assert trials.differences(trials.told(copy), expected), sql
    copy = shutil.copytree(library, tmp_path / "byte")
    picture = random.Random(1).choice(sorted((copy / "export").rglob("*.jpg")))
    data = bytearray(picture.read_bytes())
    data[-3] ^= 1
    picture.write_bytes(data)
    assert [part.partition(":")[0] for part in trials.differences(trials.told(copy), expected)] == ["export"]


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_copy_is_on_the_disk_before_it_has_its_name_and_the_name_before_it_is_told(folder, tmp_path):
    """The order in a trace: fsync of the bytes, the name, fsync of its folder, and only then the receipt is committed."""
    trace = tmp_path / "trace"
    trials.run(tmp_path / "library", "run", folder, "--no-export")
    subprocess.run(
        ["strace", "-f", "-qq", "-y", "-s", "300", "-e", "trace=fsync,fdatasync,link,linkat,rename,renameat2,pwrite64", "-e",
         "signal=none", "-o", trace, *trials.command(tmp_path / "library", "export")],
        check=True, capture_output=True, timeout=300, env=trials.environment(),
    )  # fmt: skip
    lines = trace.read_text("utf-8", "replace").splitlines()
    export = str(tmp_path / "library/export")
    names = [
        (number, found[1], found[2])
        for number, line in enumerate(lines)
        if (found := re.search(rf'(?:link|linkat|rename|renameat2)\(.*?"({re.escape(export)}/\.mediaparser-partial/[^"]+)".*"({re.escape(export)}/[^"]+)"', line))
    ]  # fmt: skip
    assert len(names) >= 12
    synced = {
        (number, found[1]) for number, line in enumerate(lines) if (found := re.search(r"fsync\(\d+<([^>]+)>", line))
    }
    commits = [number for number, line in enumerate(lines) if "catalog.db-wal" in line and "pwrite64" in line]
    for number, private, public in names:
        assert any(at < number and path == private for at, path in synced), (
            f"{public} had a name before its bytes were safe"
        )
        parent = public.rpartition("/")[0]
        after = min((at for at, path in synced if at > number and path == parent), default=None)
        assert after is not None, f"the name {public} is not on the disk"
    assert commits and max(commits) > names[-1][0]
