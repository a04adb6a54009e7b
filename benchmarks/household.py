#!/usr/bin/env python3
"""Measure ``mediaparser serve`` as a household feels it: start and end, pages while the drive is busy, from drop to export.

    python benchmarks/household.py [--pictures 20000] [--runs 5] [--folder DIR]

Over a made-up catalog of ``--pictures`` pictures it starts and ends the service ``--runs`` times; asks pages of the explorer
over one connection, idle and while eight clients list folders and read files from the drive as fast as they can, in turn;
lets forty clients stall; and drops a picture into the inbox, with the default settings (a file must hold still for five
seconds). Prints medians.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from webdav import RANGE, Asking, make_catalog, make_export

CLIENTS, STALLED, ROUNDS = 8, 40, 60
DROPPED = datetime(1990, 1, 1)  # before every picture of the made-up catalog


@contextmanager
def served(library: Path) -> Iterator[dict[str, float]]:
    """A running service: ``pictures`` and ``drive`` are ports, ``start`` and, afterwards, ``end`` are seconds."""
    command = [
        sys.executable,
        "-m",
        "mediaparser_core",
        "--library",
        str(library),
        "serve",
        "--port",
        "0",
        "--drive-port",
        "0",
    ]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                               env={**os.environ, "PYTHONUNBUFFERED": "1", "MEDIAPARSER_INBOX_FREE_GB": "0"})  # fmt: skip
    found: dict[str, float] = {}
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            if match := re.match(r"(Pictures|Drive) +(http\S+)", line):
                found[match[1].lower()] = urlsplit(match[2]).port or 0
            if line.startswith("Inbox"):
                break
        found["start"] = time.perf_counter() - began
        found |= {"work": processor_time(process.pid), "pid": process.pid}
        try:
            yield found
        finally:
            began = time.perf_counter()
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            found["end"] = time.perf_counter() - began


def processor_time(pid: int) -> float:
    """Seconds that a process and all below it have used, those that have ended included."""
    used, below, tick = {}, {}, os.sysconf("SC_CLK_TCK")
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        below.setdefault(int(words[1]), []).append(int(number))
        used[int(number)] = sum(map(int, words[11:15])) / tick
    total, waiting = 0.0, [pid]
    while waiting:
        each = waiting.pop()
        total += used.get(each, 0.0)
        waiting += below.get(each, [])
    return total


def pages(library: Path) -> dict[str, str]:
    """What is asked for: name → path."""
    import sqlite3

    conn = sqlite3.connect(library / "catalog.db")
    sha = conn.execute("select sha256 from dates order by taken_at limit 1 offset 500").fetchone()[0]
    conn.close()
    return {
        "home": "/",
        "gallery": "/-/media/gallery",
        "one picture": f"/-/media/picture/{sha}",
        "status": "/-/status",
    }


def times(port: int, paths: dict[str, str], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each answer, the pages in turn."""
    asking, found = Asking(port), {name: [] for name in paths}
    for path in paths.values():
        asking.ask("GET", path)
    for _ in range(rounds):
        for name, path in paths.items():
            _, took, status, _ = asking.ask("GET", path)
            assert status == 200, (path, status)
            found[name].append(1000 * took)
    asking.close()
    return found


def load(port: int) -> None:
    """Eight busy clients of the drive, until this process is ended; says when it begins."""

    def work() -> None:
        asking = Asking(port)
        while True:
            asking.ask("PROPFIND", "/export/few/", Depth="1")
            asking.ask("GET", "/export/big.mov", Range=RANGE)

    for _ in range(CLIENTS):
        threading.Thread(target=work, daemon=True).start()
    print("busy", flush=True)
    signal.pause()


@contextmanager
def busy(port: int) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, __file__, "--load", str(port)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield
    finally:
        process.kill()
        process.communicate()


def stalled(port: int) -> float:
    """Milliseconds of a listing while forty clients have fallen asleep in the middle of something."""
    sleeping = []
    for number in range(STALLED):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(
            b"GET /export/big.mov HTTP/1.1\r\nHost: localhost\r\n\r\n" if number % 2 else b"PROPFIND / HTTP/1.1\r\nHo"
        )
        sleeping.append(connection)
    time.sleep(0.5)
    asking = Asking(port)
    took = asking.ask("PROPFIND", "/export/few/", Depth="1")[1]
    for connection in (asking, *sleeping):
        connection.close()
    return 1000 * took


def drop(library: Path, number: int) -> float:
    """Seconds from the moment a picture lies in the inbox until its dated copy is in the export."""
    from PIL import Image

    moment = DROPPED + timedelta(days=number)
    noise = Image.frombytes("RGB", (800, 600), os.urandom(800 * 600 * 3))
    target = library / "export" / f"{moment:%Y}" / f"{moment:%Y%m%d_%H%M%S}.jpg"
    noise.save(library / "inbox" / f"IMG_{moment:%Y%m%d_%H%M%S}.jpg", "JPEG")
    began = time.perf_counter()
    while not target.exists():
        assert time.perf_counter() - began < 120, f"{target} did not come"
        time.sleep(0.02)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="keep what is served here, for the next run")
    parser.add_argument("--load", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load is not None:
        return load(options.load)
    with ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        library = folder / "library"
        make_export(library / "export", 200)
        make_catalog(library, options.pictures)
        report(library, options.runs)
    return None


def report(library: Path, runs: int) -> None:
    starts, works, ends, idle, under, asleep, drops, dropped = [], [], [], {}, {}, [], [], []
    for number in range(runs):
        with served(library) as found:
            drive, explorer = int(found["drive"]), int(found["pictures"])
            Asking(drive).ask("PROPFIND", "/export/few/", Depth="1")
            for into, near in ((idle, ExitStack()), (under, busy(drive))):
                with near:
                    for name, each in times(explorer, pages(library), ROUNDS // runs).items():
                        into.setdefault(name, []).extend(each)
            asleep.append(stalled(drive))
            before = processor_time(int(found["pid"]))
            drops.append(drop(library, int(time.time()) % 5000 + number))
            dropped.append(processor_time(int(found["pid"])) - before)
        starts.append(found["start"])
        works.append(found["work"])
        ends.append(found["end"])
    median = statistics.median
    print("| what | median | slowest |\n|---|---|---|")
    print(f"| from the command until every part answers, s | {median(starts):.2f} | {max(starts):.2f} |")
    print(f"| … processor time of it, s | {median(works):.2f} | {max(works):.2f} |")
    print(f"| from SIGTERM to the end, s | {median(ends):.2f} | {max(ends):.2f} |")
    for name in idle:
        print(f"| page '{name}', idle, ms | {median(idle[name]):.1f} | {max(idle[name]):.0f} |")
        print(f"| … while {CLIENTS} drive clients are busy, ms | {median(under[name]):.1f} | {max(under[name]):.0f} |")
    print(
        f"| a listing of 200 files while {STALLED} clients are stalled, ms | {median(asleep):.1f} | {max(asleep):.0f} |"
    )
    print(f"| from drop to dated export, s | {median(drops):.1f} | {max(drops):.1f} |")
    print(f"| … processor time of it, s | {median(dropped):.1f} | {max(dropped):.1f} |")
    print(f"\nLoad of the machine meanwhile (one, five, fifteen minutes): {os.getloadavg()}, cores: {os.cpu_count()}")


if __name__ == "__main__":
    main()
