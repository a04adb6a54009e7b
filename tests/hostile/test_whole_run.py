"""The command a person types, on a folder that somebody wants it to fail on."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def command(tmp_path):
    """``command("run", folder)`` gives (exit code, the JSON on stdout, stderr)."""

    def run(*words: str | Path) -> tuple[int, dict, str]:
        start = [sys.executable, "-m", "mediaparser_core", "--library", tmp_path / "library"]
        done = subprocess.run([*start, *words, "--json"], capture_output=True, text=True, timeout=120, cwd=tmp_path)
        return done.returncode, json.loads(done.stdout), done.stderr

    return run


def test_the_run_goes_on_ends_with_three_and_the_ledger_balances(command, inbox, make_picture, snapshot):
    good = make_picture(inbox / "20190504_120003.jpg").read_bytes()
    make_picture(inbox / "c\n-if\nsystem('touch PWNED').jpg", seed=2)
    names = ["plain", "$(touch PWNED)", "-rf", "\udcff\udcfe"][: 3 if sys.platform == "darwin" else 4]
    for number, name in enumerate(names):
        (inbox / name).mkdir()
        (inbox / name / f"{name}.jpg").write_bytes(good + bytes([number]))
    (inbox / "copy.jpg").write_bytes(good)
    (inbox / "cut.jpg").write_bytes(good[:999])
    (inbox / "empty.jpg").touch()
    (inbox / "zeros.mp4").write_bytes(bytes(100_000))
    (inbox / "page.jpg").write_text("<html>not found</html>")
    (inbox / "notes.txt").write_text("shopping")
    (inbox / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    os.mkfifo(inbox / "fifo.jpg")
    (inbox / "zero.jpg").symlink_to("/dev/zero")
    (inbox / "loop").symlink_to(".")
    before = snapshot(inbox)

    code, summary, errors = command("run", inbox)
    assert (code, "Traceback" in errors) == (3, False)
    files = sum(1 for mode, *_ in before.values() if not stat.S_ISDIR(mode))
    assert summary["seen"] == summary["new"] == files == 12 + len(names)
    assert summary["skipped"] == 5
    assert summary["troubled"] == 4

    code, again, _ = command("run", inbox)
    assert (again["new"], again["changed"], again["copied"], again["unchanged"]) == (0, 0, 0, files)
    _, report, _ = command("report")
    assert report["imbalance"] is None
    assert sum(1 for file in report["files"] if file["end_state"] and file["reason"]) == files
    assert snapshot(inbox) == before
    assert not list(inbox.parent.rglob("PWNED"))
