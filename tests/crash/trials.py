"""Disturb a run in one of eight ways, run it again, and compare everything with a run that nobody disturbed.

    python tests/crash/trials.py --trials 200 [--seed 1] [--modes group,parent,…]

After each trial the catalog (but for times, numbers and inodes), the decisions, the export and the originals must be those
of the undisturbed run. Modes that need ``strace`` are left out where there is none. Exit 1 when a trial differs.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

MODES = ("group", "parent", "worker", "exiftool", "sigterm", "sigint", "failing call", "killing call")
NEEDS_STRACE = ("failing call", "killing call")
_WRITING = "pwrite64,fsync,fdatasync,rename,renameat2,link,linkat,unlink,mkdir,ftruncate,utimensat,fchmod"
_LEFT_OUT = ("jobs", "heartbeats", "requests", "plan_items", "stages", "checks", "_sqlite_migrations", "timeline", "timeline_tags",
             "map_cells", "map_spots", "contents", "words", "ledger")  # fmt: skip
_VOLATILE = {"id", "at", "seen_job", "inode", "device", "ctime_ns", "scanned_at", "bundle_id", "number", "root"}


def household(folder: Path, pictures: int = 14) -> Path:
    """A small family album: dated and undated pictures, copies, a sidecar, a broken file, a note."""
    from PIL import Image

    for number in range(pictures):
        small = Image.frombytes("RGB", (8, 6), random.Random(number).randbytes(144))
        exif = Image.Exif()
        if number % 3:
            exif.get_ifd(0x8769)[0x9003] = f"2019:05:{number % 28 + 1:02d} 12:00:03"
            exif[0x10F], exif[0x110] = "Canon", "EOS 450D"
        buffer = io.BytesIO()
        small.resize((160, 120), Image.Resampling.BICUBIC).save(buffer, "JPEG", exif=exif)
        name = f"IMG_2019{number % 12 + 1:02d}04_1200{number:02d}.jpg" if number % 3 == 2 else f"IMG_{number:04d}.JPG"
        path = folder / f"album {number % 3}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(buffer.getvalue())
    first = folder / "album 0/IMG_0000.JPG"
    (folder / "album 0/IMG_0000.JPG.json").write_text(
        json.dumps({"title": "IMG_0000.JPG", "photoTakenTime": {"timestamp": "1560000000"}})
    )
    (folder / "copy of the first.jpg").write_bytes(first.read_bytes())
    (folder / "half.jpg").write_bytes(first.read_bytes()[:999])
    (folder / "notes.txt").write_text("shopping")
    return folder


def command(library: Path, *words: str | Path) -> list[str]:
    return [sys.executable, "-m", "mediaparser_core", "--library", str(library), *map(str, words)]


def environment() -> dict[str, str]:
    return {**os.environ, "TZ": "Europe/Lisbon"}


def run(library: Path, *words: str | Path) -> subprocess.CompletedProcess[bytes]:
    """A command that nobody disturbs."""
    return subprocess.run(command(library, *words), capture_output=True, timeout=300, env=environment())


def told(library: Path) -> dict[str, object]:
    """Everything a library says, without what is different in every run: times of runs, row numbers, inodes."""
    found: dict[str, object] = {}
    with closing(sqlite3.connect(library / "catalog.db")) as conn:
        paths = dict(conn.execute("select id, path from files"))
        groups = {row[0]: row[1:] for row in conn.execute("select group_id, kind, keeper from groups")}
        tables = [
            row[0]
            for row in conn.execute(
                "select name from sqlite_master where type in ('table', 'view') and name not like '\\_%' escape '\\'"
            )
        ]
        for table in tables:
            if table in _LEFT_OUT or table.startswith(("search_fts", "sqlite_")):
                continue
            columns = [row[1] for row in conn.execute(f"pragma table_info('{table}')")]
            kept = [name for name in columns if name not in _VOLATILE]
            where = " where withdrawn_at is null" if table == "receipts" else ""
            rows = [
                dict(zip(kept, row, strict=True))
                for row in conn.execute(f"select {', '.join(kept)} from {table}{where}")
            ]
            for row in rows:
                if "file_id" in row:  # of two copies, the one that was read last spoke for their content
                    row["file_id"] = paths.get(row["file_id"]) if row.get("origin") != "content" else None
                if "group_id" in row:
                    row["group_id"] = groups.get(row["group_id"])
            found[table] = sorted(repr(row) for row in rows)
        found["ledger"] = sorted(map(repr, conn.execute("select path, size, end_state, reason from ledger")))
        found["intact"] = conn.execute("pragma integrity_check").fetchone()[0]
    with closing(sqlite3.connect(library / "decisions.db")) as conn:
        found["decisions"] = conn.execute("select verb, subject, value, actor from decisions order by id").fetchall()
    export = library / "export"
    found["export"] = {
        str(path.relative_to(export)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        if path.is_file() else "folder"
        for path in sorted(export.rglob("*"))
    }  # fmt: skip
    return found


def differences(one: dict[str, object], other: dict[str, object]) -> list[str]:
    """The parts in which two libraries are not the same, with an example each."""
    found = []
    for part in sorted(one.keys() | other.keys()):
        first, second = one.get(part), other.get(part)
        if first != second:
            a, b = (set(map(repr, side.items() if isinstance(side, dict) else side or ())) for side in (first, second))  # type: ignore[union-attr,call-overload]
            found.append(f"{part}: only here {sorted(a - b)[:2]}, only there {sorted(b - a)[:2]}")
    return found


def state_of(folder: Path) -> dict[str, object]:
    return {
        str(path): (path.stat().st_mtime_ns, path.stat().st_ctime_ns, path.stat().st_mode,
                    hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "")
        for path in sorted(folder.rglob("*"))
    }  # fmt: skip


# -- disturbing --------------------------------------------------------------------------------------------------------


def below(pid: int) -> list[tuple[int, str]]:
    """Every process that *pid* has started, by itself or through others, and its name."""
    parents: dict[int, list[tuple[int, str]]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                text = Path(entry.path, "stat").read_text()
                name, rest = text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 2 :].split()
                parents.setdefault(int(rest[1]), []).append((int(entry.name), name))
    found, waiting = [], [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += [child for child, _ in children]
    return found


def _kill_one(process: subprocess.Popen[bytes], wanted: Callable[[str], bool], rng: random.Random) -> bool:
    """SIGKILL for one of the processes below whose name is wanted, as soon as there is one."""
    while process.poll() is None:
        names = [pid for pid, name in below(process.pid) if wanted(name)]
        if names:
            with suppress(ProcessLookupError):
                os.kill(rng.choice(names), signal.SIGKILL)
            return True
        time.sleep(0.01)
    return False


def disturb(
    mode: str, library: Path, folder: Path, seconds: float, rng: random.Random, words: tuple[str, ...] = ("run",)
) -> str:
    """Run once, disturbed in this *mode* somewhere in the *seconds* a run takes; how it ended, in words."""
    started = command(library, *words, folder, "--workers", "2")
    if mode in NEEDS_STRACE:
        call = rng.choice(_WRITING.split(","))
        often = {
            "pwrite64": 120,
            "fsync": 40,
            "fdatasync": 12,
            "mkdir": 12,
            "utimensat": 20,
            "rename": 20,
            "unlink": 20,
        }
        number = rng.randrange(1, often.get(call, 20))
        what = "signal=KILL" if mode == "killing call" else f"error={rng.choice(('EIO', 'ENOSPC'))}"
        started = ["strace", "-f", "-qq", "--seccomp-bpf", "-e", f"trace={call}", "-e", "signal=none", "-o", "/dev/null",
                   "-e", f"inject={call}:{what}:when={number}", *started]  # fmt: skip
    process = subprocess.Popen(
        started, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(), start_new_session=True
    )
    happened = "-"
    if mode in NEEDS_STRACE:
        happened = f"{call} {number} {what}"
    else:
        time.sleep(seconds * rng.uniform(0.1, 1.0))
        if mode == "group":
            everybody = [process.pid, *(pid for pid, _ in below(process.pid))]
            for pid in everybody:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        elif mode == "parent":
            process.kill()
        elif mode in ("worker", "exiftool"):
            is_tool = mode == "exiftool"
            hit = _kill_one(process, lambda name: name.startswith(("exiftool", "perl")) == is_tool, rng)
            happened = "killed" if hit else "too late"
        else:
            process.send_signal(signal.SIGTERM if mode == "sigterm" else signal.SIGINT)
    _, said = process.communicate(timeout=120)
    text = said.decode("utf-8", "replace")
    if "Traceback" in text:
        return f"{happened}, exit {process.returncode}, a traceback: {text[-300:]}"
    return f"{happened}, exit {process.returncode}"


def trial(mode: str, number: int, place: Path, expected: dict[str, object], folder: Path, seconds: float) -> list[str]:
    """One trial; what is not as it should be, nothing when all is well."""
    library = place / f"{mode} {number}"
    rng = random.Random(f"{mode} {number}")
    before = state_of(folder)
    ended = disturb(mode, library, folder, seconds, rng)
    problems = ["a traceback" for _ in range("traceback" in ended)]
    again = run(library, "run", folder)
    if again.returncode not in (0, 3):
        problems.append(f"the next run ended with {again.returncode}: {again.stderr[-200:].decode()}")
    else:
        problems += differences(told(library), expected)
    if state_of(folder) != before:
        problems.append("an original was touched")
    if list((library / "export").rglob(".mediaparser-partial/*")):
        problems.append("something half-done was left")
    if not problems:
        shutil.rmtree(library, ignore_errors=True)
    return [f"{mode} {number} ({ended}): {problem}" for problem in problems]


def undisturbed(place: Path, folder: Path) -> tuple[dict[str, object], float]:
    """What a run comes to that nobody disturbs, and how many seconds it takes."""
    started = time.monotonic()
    done = run(place / "undisturbed", "run", folder)
    assert done.returncode in (0, 3), done.stderr
    return told(place / "undisturbed"), time.monotonic() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--modes", default=",".join(MODES))
    chosen = parser.parse_args()
    modes = [m for m in chosen.modes.split(",") if m not in NEEDS_STRACE or shutil.which("strace")]
    failed: list[str] = []
    same: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="mediaparser-trials-") as made:
        place = Path(made)
        folder = household(place / "in")
        expected, seconds = undisturbed(place, folder)
        print(f"undisturbed: {seconds:.1f} s", flush=True)
        for number in range(chosen.trials):
            mode = modes[number % len(modes)]
            problems = trial(mode, chosen.seed * 1_000_000 + number, place, expected, folder, seconds)
            same[mode] += not problems
            failed += problems
            for problem in problems:
                print(problem, flush=True)
    print(f"{sum(same.values())} of {chosen.trials} trials identical: {dict(same)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
