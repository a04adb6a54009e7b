"""Drivers for other programs that read or sort pictures: what each needs, how it is run fairly, and what it does.

None of their code is here. A program is given by its path: a checkout of its sources, or the Python of an environment
in which its package is installed. Each gets a home and an output folder of its own in every round, the same number of
processes where it can have more than one, and, where it moves or marks what it reads, a copy of the pictures.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rounds import Ran, Timing, program, run

MEDIA = frozenset({
    "jpg", "jpeg", "png", "heic", "heif", "tif", "tiff", "gif", "webp", "avif", "jxl", "dng", "cr2", "cr3", "nef", "arw",
    "rw2", "mp4", "mov", "m4v", "avi", "3gp",
})  # fmt: skip

# Each is run by the peer's own Python; it gets the folder of the pictures and the number of processes.
CZKAWKA = """
import sys, czkawka
finder = czkawka.ImageSimilarity()
finder.set_directories([sys.argv[1]])
finder.set_similarity(10)
print(len(finder.find_similar()))
"""
IMAGEDEDUP = """
import json, logging, resource, sys, time
from imagededup.methods import PHash
def processor():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
logging.disable(logging.CRITICAL)
cpu, wall = processor(), time.perf_counter()
hashes = PHash(verbose=False).encode_images(image_dir=sys.argv[1], recursive=True, num_enc_workers=int(sys.argv[2]))
wall = time.perf_counter() - wall
print(json.dumps({"files": len(hashes), "wall": wall, "cpu": processor() - cpu}))
"""
ORIGIN = """
import json, logging, os, sys
sys.path.insert(0, os.getcwd())
import config
for each in {config.Config, *config.config.values()}:
    each.SQLALCHEMY_ECHO, each.WORKER_THREADS = False, int(sys.argv[2])
from app import create_app, db, models, tasks
logging.disable(logging.CRITICAL)
tasks.ERROR_THRESHOLD = 1.0
with create_app().app_context():
    db.create_all()
    job = models.Job(job_type="import")
    for folder, _, names in os.walk(sys.argv[1]):
        for name in names:
            if name.rpartition(".")[2].lower() in sys.argv[3].split():
                path = os.path.join(folder, name)
                job.files.append(models.File(original_filename=name, original_path=path, storage_path=path))
    db.session.add(job)
    db.session.commit()
    number = job.id
told = tasks.process_import_job.call_local(number)
print(json.dumps({"files": told["processed"] - told.get("errors", 0)}))
"""


@dataclass(frozen=True)
class Peer:
    """Another program, and what it does in a few words."""

    name: str
    does: str
    goal: float  # as many times as fast reading into a catalog wants to be
    run: Callable[[Path, Path, int], Ran]  # (pictures, an empty folder, processes)
    copies: bool = False  # it copies pictures, into "out" of that folder: compared with ``mediaparser run``, too
    marks: bool = False  # it changes what it reads: it gets pictures of its own
    checkout: Path | None = None  # it writes into its own folder: it gets one of its own


def media(folder: Path) -> list[Path]:
    """The pictures and videos in *folder*, by their names."""
    return sorted(path for path in folder.rglob("*") if path.suffix[1:].lower() in MEDIA and path.is_file())


def add_options(options: argparse.ArgumentParser) -> None:
    """The options that name peers."""
    words = "; CHECKOUT[,PYTHON]: its sources, and a Python that has what they import (else CHECKOUT/.venv's, or this)"
    options.add_argument("--phockup", metavar="PATH", help="ivandokov/phockup" + words)
    options.add_argument("--elodie", metavar="PATH", help="jmathai/elodie" + words)
    options.add_argument("--origin", metavar="PATH", help="Dabnabbit/MediaParser" + words)
    options.add_argument("--czkawka", metavar="PYTHON", help="a Python with the package czkawka")
    options.add_argument("--imagededup", metavar="PYTHON", help="a Python with the package imagededup")
    options.add_argument("--findimagedupes", action="store_true", help="the program of that name, if it is installed")


def chosen_peers(chosen: argparse.Namespace) -> list[Peer]:
    """The peers that the options name; ends the benchmark where one is not there."""
    found = []
    for name, make in (("origin", origin), ("phockup", phockup), ("elodie", elodie)):
        if given := getattr(chosen, name):
            found.append(make(*_checkout(given)))
    for name, make in (("czkawka", czkawka), ("imagededup", imagededup)):
        if given := getattr(chosen, name):
            found.append(make(_python(given)))
    if chosen.findimagedupes:
        found.append(findimagedupes(_python("findimagedupes")))
    return found


def origin(checkout: Path, python: str) -> Peer:
    def start(pictures: Path, room: Path, processes: int) -> Ran:
        return _told(run([python, "-c", ORIGIN, pictures, str(processes), " ".join(MEDIA)], room / "checkout"))

    return Peer("the origin's import job", "metadata, SHA-256, one hash, thumbnail, database, pairs", 8.0, start,
                checkout=checkout)  # fmt: skip


def phockup(checkout: Path, python: str) -> Peer:
    def start(pictures: Path, room: Path, processes: int) -> Ran:
        words = [python, "phockup.py", "-c", str(processes), "--quiet", pictures, room / "out"]
        return run(words, checkout, PYTHONDONTWRITEBYTECODE="1", HOME=str(room))

    return Peer("phockup", "dates by ExifTool, copies into folders", 2.0, start, copies=True)


def elodie(checkout: Path, python: str) -> Peer:
    def start(pictures: Path, room: Path, processes: int) -> Ran:
        (room / "home").mkdir()
        words = [python, "-W", "ignore", "elodie.py", "import", "--source", pictures, "--destination", room / "out"]
        return run(words, checkout, PYTHONDONTWRITEBYTECODE="1", HOME=str(room),
                   ELODIE_APPLICATION_DIRECTORY=str(room / "home"))  # fmt: skip

    return Peer("elodie (one thread)", "metadata by ExifTool, SHA-256, copies into folders, marks copies with their names",
                1.3, start, copies=True, marks=True)  # fmt: skip


def czkawka(python: str) -> Peer:
    def start(pictures: Path, room: Path, processes: int) -> Ran:
        home = {"HOME": str(room), "XDG_CACHE_HOME": str(room / "cache"), "RAYON_NUM_THREADS": str(processes)}
        return run([python, "-c", CZKAWKA, pictures], room, **home)

    return Peer("czkawka", "one hash of each picture, look-alikes", 3.0, start)


def imagededup(python: str) -> Peer:
    def start(pictures: Path, room: Path, processes: int) -> Ran:
        return _told(run([python, "-c", IMAGEDEDUP, pictures, str(processes)], room))

    return Peer("imagededup's encoder, without its start", "one hash of each picture", 4.0, start)


def findimagedupes(command: str) -> Peer:
    def start(pictures: Path, room: Path, processes: int) -> Ran:
        return run([command, "-q", "-R", "-f", room / "fingerprints", pictures], room, HOME=str(room))

    return Peer("findimagedupes (one thread)", "one hash of each picture, look-alikes", 4.0, start)


def candidates(
    peers: list[Peer], pictures: Path, work: Path, processes: int, counts: dict[str, str]
) -> tuple[dict[str, Callable[[], Ran]], dict[str, Callable[[], None]]]:
    """What to measure, and what to get ready before each: the peers, and ``mediaparser run`` if one of them copies. How
    many files each dealt with is put into *counts*."""
    room, own = work / "room", work / "pictures"

    def ready(peer: Peer | None = None) -> None:
        for folder in (room, own):
            shutil.rmtree(folder, ignore_errors=True)
        room.mkdir(parents=True)
        if peer and peer.marks:
            shutil.copytree(pictures, own, symlinks=True)
        if peer and peer.checkout:
            unwanted = shutil.ignore_patterns(".git", ".venv", "venv", "instance", "storage", "__pycache__")
            shutil.copytree(peer.checkout, room / "checkout", symlinks=True, ignore=unwanted)
        os.sync()

    def start(peer: Peer) -> Ran:
        done = peer.run(own if peer.marks else pictures, room, processes)
        counts[peer.name] = _count(done, room / "out" if peer.copies else None)
        if done.returncode:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            print(f"{peer.name} ended with {done.returncode}: {''.join(last)[:200]}", file=sys.stderr)
        return done

    def export() -> Ran:
        done = program("--library", str(room / "library"), "--quiet", "run", str(pictures),
                       MEDIAPARSER_WORKERS=str(processes), MEDIAPARSER_EXPORT_PATH=str(room / "out"))  # fmt: skip
        counts["`mediaparser run`"] = _count(done, room / "out")
        return done

    calls: dict[str, Callable[[], Ran]] = {}
    if any(peer.copies for peer in peers):
        calls["`mediaparser run`"] = export
    calls |= {peer.name: lambda peer=peer: start(peer) for peer in peers}  # type: ignore[misc]
    named = {peer.name: peer for peer in peers}
    return calls, {name: lambda name=name: ready(named.get(name)) for name in calls}  # type: ignore[misc]


def comparison(found: Mapping[str, Timing], peers: list[Peer], files: int, counts: Mapping[str, str]) -> str:
    """Rows of Markdown: our two commands and each peer, and how many times as fast as it ours are: by the time of
    processors, which other work on the machine hardly changes, and by the clock."""
    rows = [
        ("`mediaparser scan`", "metadata, two SHA-256, five hashes, preview, catalog"),
        (
            "`mediaparser run`",
            "the same; then groups, dates, and copies with dates written, each read back from the disk",
        ),
    ]
    base = [found.get(name) for name, _ in rows]
    lines = [
        "| what | does | files done | files/s | processor ms a file | MB | scan: × processor | × wall "
        "| run: × processor | × wall | goal |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, does, peer in [(*row, None) for row in rows] + [(each.name, each.does, each) for each in peers]:
        if not (timing := found.get(name)):
            continue
        wall, cpu = statistics.median(timing.wall), statistics.median(timing.cpu)
        cells = [name, does, counts.get(name, "–"), f"{files / wall:.1f}", f"{1000 * cpu / files:.1f}"]
        cells.append(str(max(timing.peak, default=0)))
        for number, ours in enumerate(base):
            fits = peer and ours and (peer.copies or number == 0)
            cells.append(f"{cpu / statistics.median(ours.cpu):.1f}" if fits and ours else "")
            cells.append(f"{wall / statistics.median(ours.wall):.1f}" if fits and ours else "")
        lines.append("| " + " | ".join([*cells, f"{peer.goal:g}" if peer else ""]) + " |")
    return "\n".join(lines)


def _count(done: Ran, out: Path | None) -> str:
    """How many files a program dealt with, as far as one can see."""
    if out:
        return str(len(media(out)))
    try:
        return str(json.loads(done.stdout.splitlines()[-1])["files"])
    except (IndexError, ValueError, KeyError, TypeError):
        return "–"


def _told(done: Ran) -> Ran:
    """With the times that the program printed, if it did."""
    try:
        told = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        return done
    return replace(done, wall=told.get("wall"), cpu=told.get("cpu"))


def _checkout(given: str) -> tuple[Path, str]:
    """A checkout and its Python out of ``CHECKOUT[,PYTHON]``."""
    path, _, python = given.partition(",")
    checkout = Path(path).resolve()
    if not checkout.is_dir():
        sys.exit(f"no folder {checkout}")
    own = [checkout / name / "bin" / "python" for name in (".venv", "venv")]
    return checkout, _python(python or next((str(each) for each in own if each.exists()), sys.executable))


def _python(given: str) -> str:
    found = shutil.which(given)
    if not found:
        sys.exit(f"no program {given}")
    return os.path.abspath(found)
