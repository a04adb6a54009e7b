#!/usr/bin/env python3
"""Measure two Dask workers of one process each against two processes of this machine, in turns, in one run.

    python benchmarks/cluster.py PICTURES [--work DIR] [--rounds 3]

Scheduler, workers and the program share one machine, so what Dask costs is paid by the same cores: on machines of their
own it can only be less. A folder with a single picture is scanned both ways as well: what that takes is the start, and
the rest is the speed of a long run. Processor time is that of the program and of the whole cluster.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from rounds import machine, program

CLUSTER = "distributed.cli.dask_"


def start(folder: Path, module: str, *words: str) -> subprocess.Popen[bytes]:
    with (folder / f"{module}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", CLUSTER + module, "--no-dashboard", "--scheduler-file", "cluster.json", *words],
            cwd=folder, stdout=log, stderr=log,
        )  # fmt: skip


def processor(programs: list[subprocess.Popen[bytes]]) -> float:
    """Seconds of all processes of the cluster so far, and of our own children that have ended."""
    spent = sum(os.times()[2:4])
    for each in programs:
        for process in (root := psutil.Process(each.pid), *root.children(recursive=True)):
            spent += sum(process.cpu_times()[:4])
    return spent


def shut_in(programs: list[subprocess.Popen[bytes]]) -> bool:
    """Whether processes of the last scan are still there."""
    below = [p for each in programs for p in psutil.Process(each.pid).children(recursive=True)]
    return any("mediaparser-worker-" in p.cwd() for p in below if p.status() != psutil.STATUS_ZOMBIE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.work, prefix="cluster-") as name:
        folder = Path(name)
        programs = [start(folder, "scheduler", "--host", "127.0.0.1", "--port", "0")]
        try:
            programs += [start(folder, "worker", "--nthreads", "1", "--local-directory", f"w{n}") for n in range(2)]
            measure(folder, given.pictures, given.rounds, programs)
        finally:
            for each in reversed(programs):
                each.terminate()
            for each in programs:
                each.wait(30)


def measure(folder: Path, pictures: Path, number: int, programs: list[subprocess.Popen[bytes]]) -> None:
    while not (folder / "cluster.json").exists():
        time.sleep(0.1)
    address = json.loads((folder / "cluster.json").read_text())["address"]
    (folder / "one").mkdir()
    shutil.copy2(next(path for path in sorted(pictures.rglob("*")) if path.is_file()), folder / "one")
    ways = {"2 local processes": ["--workers", "2"], "2 Dask workers": ["--scheduler", address]}
    wall: dict[tuple[str, str], list[float]] = {}
    cpu: dict[tuple[str, str], list[float]] = {}
    files = 0
    for turn in range(number + 1):  # the first is for warm caches
        for way, words in ways.items():
            for what in (folder / "one", pictures):
                shutil.rmtree(folder / "library", ignore_errors=True)
                before, clock = processor(programs), time.perf_counter()
                done = program("--library", str(folder / "library"), "scan", str(what), *words, "--json")
                seconds = time.perf_counter() - clock
                while shut_in(programs):
                    time.sleep(0.1)
                if turn:
                    key = (way, "one" if what.name == "one" else "all")
                    wall.setdefault(key, []).append(seconds)
                    cpu.setdefault(key, []).append(processor(programs) - before)
                    files = json.loads(done.stdout)["seen"] if key[1] == "all" else files
    print(f"{machine()}\n{files} files, {number} rounds in turns, medians\n")
    print("| what | start s | all s | files/s after the start | processor ms a file |\n|---|--:|--:|--:|--:|")
    rates = {}
    for way in ways:
        one, every = (statistics.median(wall[way, what]) for what in ("one", "all"))
        spent = statistics.median(cpu[way, "all"]) - statistics.median(cpu[way, "one"])
        rates[way] = (files - 1) / (every - one)
        print(f"| {way} | {one:.2f} | {every:.2f} | {rates[way]:.1f} | {1000 * spent / files:.1f} |")
    home, dask = ways
    print(f"\nspeed of Dask against local: {rates[dask] / rates[home]:.2f} after the start, ", end="")
    print(f"{statistics.median(wall[home, 'all']) / statistics.median(wall[dask, 'all']):.2f} with it")


if __name__ == "__main__":
    main()
