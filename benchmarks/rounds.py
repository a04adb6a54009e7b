"""Measure candidates side by side: in turns, several rounds, the middle of each, and how they compare with one of them."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


@dataclass
class Timing:
    """Seconds by the clock on the wall, and of processors (this process and the children that have ended), a round each;
    MB of the largest process, where it is known."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Ran:
    """How a program ended, and the memory of the largest process in its tree, in MB. *wall* and *cpu* are seconds that it
    measured itself, without its start."""

    returncode: int
    stdout: str
    stderr: str
    peak: int
    wall: float | None = None
    cpu: float | None = None


def rounds(
    candidates: Mapping[str, Callable[[], object]],
    number: int = 3,
    clean: Callable[[], object] = int,
    prepare: Mapping[str, Callable[[], object]] | None = None,
) -> dict[str, Timing]:
    """Every candidate once a round, in turns; *clean* is called before each, and so is what *prepare* has for it. A
    candidate that returns a float has measured itself, in seconds."""
    found = {name: Timing() for name in candidates}
    for _ in range(number):
        for name, call in candidates.items():
            clean()
            (prepare or {}).get(name, int)()
            cpu, wall = _processor(), time.perf_counter()
            told = call()
            wall, cpu = time.perf_counter() - wall, _processor() - cpu
            if isinstance(told, float):
                wall = told
            if isinstance(told, Ran):
                wall, cpu = told.wall or wall, told.cpu or cpu
                found[name].peak.append(told.peak)
            found[name].wall.append(wall)
            found[name].cpu.append(cpu)
    return found


def run(words: Sequence[str | Path], folder: Path | None = None, **environment: str) -> Ran:
    """Run a program to its end, whatever that is; what it writes goes to a file, so that nothing waits for a reader."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=folder, env={**os.environ, **environment}
        )
        try:
            status, used = os.wait4(child.pid, 0)[1:]
        except BaseException:
            child.kill()
            raise
        child.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    return Ran(child.returncode, *texts, peak=used.ru_maxrss // 1024)


def table(found: Mapping[str, Timing], against: str, files: int) -> str:
    """Rows of Markdown: the middle of the rounds, files a second, and times the middle of *against*."""
    lines = ["| what | wall s | files/s | × wall | processor ms a file | × processor |", "|---|--:|--:|--:|--:|--:|"]
    floor = found[against]
    for name, timing in found.items():
        wall, cpu = statistics.median(timing.wall), statistics.median(timing.cpu)
        lines.append(
            f"| {name} | {wall:.3f} | {files / wall:.1f} | {wall / statistics.median(floor.wall):.2f} | "
            f"{1000 * cpu / files:.2f} | {cpu / (statistics.median(floor.cpu) or 1):.2f} |"
        )
    return "\n".join(lines)


def machine() -> str:
    """One line on what all this was measured with."""
    versions = [f"Python {platform.python_version()}"]
    for name in ("mediaparser", "pillow", "numpy"):
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    if tool := shutil.which("exiftool"):
        versions.append("ExifTool " + subprocess.run([tool, "-ver"], capture_output=True, text=True).stdout.strip())
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, {', '.join(versions)}; load {load}"


def peak() -> str:
    """The largest memory of this process and of any child that has ended, in MB."""
    own, child = (resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return f"peak memory: {own} MB here, {child} MB in the largest child"


def program(*words: str, **environment: str) -> Ran:
    """MediaParser's command line; ends the benchmark when it fails. Exit 3 (some files ended in trouble) is no failure."""
    done = run([sys.executable, "-m", "mediaparser_core", *words], **environment)
    if done.returncode not in (0, 3):
        sys.exit(f"mediaparser {' '.join(words)}: {done.stderr or done.stdout}")
    return done


def _processor() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
