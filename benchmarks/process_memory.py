"""Watch a program and all that it starts: memory and processor time, a few times a second, by the parts of its work."""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.2  # seconds
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_KCMP = {"x86_64": 312, "aarch64": 272}  # Linux's number for the call that tells whether two processes share something


@dataclass
class Part:
    """Seconds by the clock and of processors; the most memory in MB: of all processes together (a page that several
    share is divided among them), and of the largest alone; how many processes there were then."""

    wall: float = 0.0
    cpu: float = 0.0
    together: float = 0.0
    largest: float = 0.0
    processes: int = 0


def watch(command: Sequence[str]) -> dict[str, Part]:
    """Run *command*, which prints ``part NAME`` as a line whenever another part of its work begins."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    parts: dict[str, Part] = {}
    now = ["start"]

    def listen() -> None:
        for line in process.stdout or ():
            word, _, name = line.strip().partition(" ")
            if word == "part":
                now[0] = name

    listener = threading.Thread(target=listen)
    listener.start()
    cpu, wall = 0.0, time.monotonic()
    while process.poll() is None:
        part = parts.setdefault(now[0], Part())
        family = _family(process.pid)
        together = sum(_proportional(pid) for pid in _with_own_memory(family))
        if together > part.together:
            part.together, part.processes = together, len(family)
        part.largest = max(part.largest, *(_resident(pid) for pid in family), 0.0)
        spent, at = sum(_spent(pid) for pid in family), time.monotonic()
        # a process that has ended counts with its parent as soon as that has asked for it
        part.cpu, cpu = part.cpu + max(0.0, spent - cpu), max(cpu, spent)
        part.wall, wall = part.wall + at - wall, at
        time.sleep(EVERY)
    listener.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return parts


def _family(first: int) -> list[int]:
    """*first*, its children, their children …"""
    found = [first]
    for pid in found:
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            found += [int(child) for child in _read(task).split()]
    return found


def _with_own_memory(family: list[int]) -> list[int]:
    """*family* without those that are being started: until a child has become another program it is in its parent's
    memory, all of which would count twice."""
    kcmp, memory = _KCMP.get(platform.machine()), 1
    if kcmp is None:
        return family
    ask, found = ctypes.CDLL(None).syscall, list[int]()
    for pid in family:
        if all(ask(kcmp, pid, other, memory, 0, 0) != 0 for other in found):
            found.append(pid)
    return found


def _proportional(pid: int) -> float:
    for line in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1000
    return 0.0


def _resident(pid: int) -> float:
    fields = _read(Path(f"/proc/{pid}/statm")).split()
    return int(fields[1]) * _PAGE / 1e6 if fields else 0.0


def _spent(pid: int) -> float:
    """Seconds of processors, with those of children that have ended."""
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / _TICK if fields else 0.0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has just ended
        return ""
