"""Several at once: one writes, the others wait or are told so in one line, and the end is as one after the other."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from mediaparser_core import review
from mediaparser_core.catalog import Catalog
from mediaparser_core.jobs import now

from . import trials

POSTS = int(os.environ.get("MEDIAPARSER_POSTS", "200"))


def start(library: Path, *words: str | Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        trials.command(library, *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=trials.environment()
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [(("run",), ("run",)), (("scan",), ("export",)), (("export",), ("export",)), (("run",), ("export",)), (("scan",), ("scan",))],
)  # fmt: skip
def test_two_at_once_end_as_one_after_the_other(one, other, folder, calm, tmp_path):
    library = tmp_path / "library"
    if one[0] == "export":
        trials.run(library, "scan", folder)
    both = []
    for words in (one, other):
        both.append(start(library, *words, *([folder] if words[0] != "export" else [])))
        time.sleep(0.2 if words is one else 0)
    ends = [(process, process.communicate(timeout=300)[1].decode()) for process in both]
    for process, text in ends:
        assert process.returncode in (0, 1, 3) and "Traceback" not in text and "mistake" not in text, text
        if process.returncode == 1:
            lines = [line for line in text.strip().splitlines() if line.startswith("Error")]
            assert len(lines) == 1 and ("another mediaparser command" in text or "there is no catalog" in text), text
    assert any(process.returncode != 1 for process in both)
    trials.run(library, "run", folder)
    assert trials.differences(trials.told(library), calm[1]) == []


def test_no_decision_is_lost_while_a_scan_writes(folder, tmp_path):
    """Each is on the disk when it is answered, in the order it was given, while one scan follows the other."""
    library = tmp_path / "library"
    trials.run(library, "run", folder)
    with closing(sqlite3.connect(library / "catalog.db")) as conn:
        shas = [sha for (sha,) in conn.execute("select sha256 from assets order by sha256")]
    over = threading.Event()
    scans = []

    def scan() -> None:
        while not over.is_set():
            scans.append(trials.run(library, "scan", folder, "--rehash").returncode)

    thread = threading.Thread(target=scan)
    thread.start()
    slowest = 0.0
    try:
        for number in range(POSTS):
            began = time.monotonic()
            with Catalog(library) as catalog:
                said = review.make(
                    "tag", [shas[number % len(shas)]], f"word {number}", "somebody", now(), f"post {number}"
                )
                assert catalog.decided.add([said]) == 1
            slowest = max(slowest, time.monotonic() - began)
            if number % 10 == 0:
                time.sleep(0.02)
    finally:
        over.set()
        thread.join()
    assert set(scans) <= {0, 3}
    with closing(sqlite3.connect(library / "decisions.db")) as conn:
        kept = conn.execute("select request_id from decisions order by id").fetchall()
    assert kept == [(f"post {number}",) for number in range(POSTS)]
    assert slowest < 30
    trials.run(library, "export")
    with closing(sqlite3.connect(library / "catalog.db")) as conn:
        told = {tag for (tag,) in conn.execute("select tag from tags")}
    assert {f"word {number}" for number in range(POSTS)} <= told


def test_a_scan_beside_the_watcher_gives_the_same_library(folder, calm, tmp_path):
    library = tmp_path / "library"
    watcher = start(library, "watch", folder)
    try:
        time.sleep(1)
        for _ in range(3):
            again = trials.run(library, "scan", folder)
            text = again.stderr.decode()
            assert again.returncode in (0, 1, 3) and "Traceback" not in text, text
            assert again.returncode != 1 or "another mediaparser command" in text
    finally:
        watcher.send_signal(signal.SIGTERM)
        _, said = watcher.communicate(timeout=60)
    assert "Traceback" not in said.decode()
    assert trials.run(library, "run", folder).returncode in (0, 3)
    assert trials.differences(trials.told(library), calm[1]) == []


def test_looking_waits_for_nobody(folder, tmp_path):
    """``report`` while a run is going on answers with what is known."""
    library = tmp_path / "library"
    trials.run(library, "scan", folder)
    process = start(library, "run", folder, "--rehash")
    try:
        looks = [trials.run(library, "report", "--json") for _ in range(3)]
    finally:
        process.communicate(timeout=300)
    for look in looks:
        assert look.returncode in (0, 3), look.stderr
        assert json.loads(look.stdout)["files"]
