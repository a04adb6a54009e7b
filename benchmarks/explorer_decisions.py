#!/usr/bin/env python3
"""Press a thousand buttons while a scan runs: how long each takes, whether one is lost, whether the next page shows it.

    python benchmarks/synthetic_catalog.py /tmp/million --thumbnails 3000
    python benchmarks/explorer_decisions.py /tmp/million [--decisions 1000] [--files 20000]

Works on the library it is given and adds decisions to it: give it one that was made for this. The files that are scanned
meanwhile are small pictures made in a folder of their own, which is removed at the end. Beside each decision the same row is
appended to an SQLite file of the same settings by itself, for the ratio.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import os
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

HEADERS = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
PICTURES = 200  # that look different; the other files differ from one of them in a comment


def make_files(folder: Path, count: int) -> None:
    """JPEG files of about 3 kB, each with bytes of its own."""
    from PIL import Image

    looks = []
    for number in range(min(PICTURES, count)):
        buffer = io.BytesIO()
        Image.effect_noise((64, 48), 20 + number).convert("RGB").save(buffer, "JPEG", quality=70)
        looks.append(buffer.getvalue())
    for number in range(count):
        comment = f"picture {number}".encode()
        look = looks[number % len(looks)]
        path = folder / f"{number // 1000:03d}" / f"IMG_{number:06d}.jpg"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(look[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + look[2:])


def raw_file(folder: Path) -> sqlite3.Connection:
    """A file with a table like that of the decisions, and the same care for power cuts."""
    conn = sqlite3.connect(folder / "raw.db", isolation_level=None)
    conn.execute("pragma journal_mode = wal")
    conn.execute("pragma synchronous = full")
    conn.execute(
        "create table decisions (id integer primary key, request_id text unique, verb text, subject text, at text)"
    )
    return conn


def processor(pid: int) -> float:
    """Seconds of processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def press(connection: http.client.HTTPConnection, address: str, sha: str, tag: str) -> None:
    """Tag one picture as the button on its page does."""
    fields = {"verb": "tag", "subject": sha, "value": tag, "request_id": uuid.uuid4().hex, "back": "/"}
    connection.request("POST", "/-/review/decide", urlencode(fields), {**HEADERS, "origin": address})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200 or not json.loads(body)["ok"]:
        raise SystemExit(f"a decision was answered with {answer.status}: {body[:300]!r}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("library", type=Path)
    options.add_argument("--decisions", type=int, default=1000)
    options.add_argument("--files", type=int, default=20_000)
    options.add_argument("--pause", type=float, default=0.05, help="Seconds between two, so that the scan gets on.")
    chosen = options.parse_args()
    with closing(sqlite3.connect(f"file:{chosen.library / 'catalog.db'}?mode=ro", uri=True)) as conn:
        step = max(1, conn.execute("select count(*) from timeline").fetchone()[0] // chosen.decisions)
        pictures = [
            sha
            for (sha,) in conn.execute("select sha256 from timeline where id % ? = 0 limit ?", (step, chosen.decisions))
        ]
    folder = Path(tempfile.mkdtemp(prefix="explorer-decisions-"))
    make_files(folder, chosen.files)
    program = [sys.executable, "-m", "mediaparser_core", "--library", str(chosen.library)]
    server = subprocess.Popen(
        [*program, "explore", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    scan = None
    try:
        assert server.stdout is not None
        address = server.stdout.readline().split()[-1].rstrip("/")
        scan = subprocess.Popen(
            [*program, "--quiet", "scan", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while not _scanned(chosen.library, folder):  # it has to be under way
            time.sleep(0.2)
        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=120)
        taken, pages, alone, unseen, during = [], [], [], 0, 0
        before = processor(server.pid)
        with closing(raw_file(folder)) as raw:
            for number, sha in enumerate(pictures):
                tag = f"Pressed {number} {uuid.uuid4().hex[:8]}"
                begun = time.perf_counter()
                press(connection, address, sha, tag)
                pressed = time.perf_counter()
                connection.request("GET", f"/-/media/picture/{sha}")
                unseen += tag.encode() not in connection.getresponse().read()
                shown = time.perf_counter()
                raw.execute(
                    "insert into decisions (request_id, verb, subject, at) values (?, 'tag', ?, ?)",
                    (tag, json.dumps([sha]), str(begun)),
                )
                alone.append(time.perf_counter() - shown)
                taken.append(pressed - begun)
                pages.append(shown - pressed)
                during += scan.poll() is None
                time.sleep(chosen.pause)
        used = (processor(server.pid) - before) / len(pictures)
        with closing(sqlite3.connect(f"file:{chosen.library / 'decisions.db'}?mode=ro", uri=True)) as conn:
            saved = conn.execute("select count(*) from decisions where value like 'Pressed %'").fetchone()[0]
        files = _scanned(chosen.library, folder)
        print(
            f"{len(pictures)} decisions, {during} of them while {files:,} of {chosen.files:,} files were scanned, load {os.getloadavg()[0]:.1f}\n"
        )
        print("| what | p50 ms | p95 ms | p99 ms | longest ms |\n|---|---|---|---|---|")
        for name, times in (
            ("a decision", taken),
            ("the next page, which shows it", pages),
            ("the row by itself", alone),
        ):
            cuts = statistics.quantiles(times, n=100)
            print(
                f"| {name} | {cuts[49] * 1000:.1f} | {cuts[94] * 1000:.1f} | {cuts[98] * 1000:.1f} | {max(times) * 1000:.0f} |"
            )
        print(
            f"\nratio of the decision to the row by itself: {statistics.median(taken) / statistics.median(alone):.1f}"
        )
        print(f"processor time of the server for a decision and a page: {used * 1000:.0f} ms")
        print(f"saved: {saved}, lost: {len(pictures) - saved}, not on the next page: {unseen}")
    finally:
        for process in (scan, server):
            if process is not None:
                process.send_signal(signal.SIGTERM)
                process.wait(60)
        shutil.rmtree(folder)


def _scanned(library: Path, folder: Path) -> int:
    with closing(sqlite3.connect(f"file:{library / 'catalog.db'}?mode=ro", uri=True, timeout=30)) as conn:
        return int(
            conn.execute("select count(*) from files where root = ? and sha256 is not null", (str(folder),)).fetchone()[
                0
            ]
        )


if __name__ == "__main__":
    main()
