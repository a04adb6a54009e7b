"""How many copies are found and how many innocents accused, and how long that takes for up to a million pictures.

    python benchmarks/duplicates.py quality PHOTOS [--half report] [--keep DIR] [--json]
    python benchmarks/duplicates.py scale [--sizes 10000,100000,1000000] [--limit 60] [--json]

``quality`` makes a labelled set out of the photographs in PHOTOS (see ``duplicates_set.py``), has the program look at it,
and compares the groups in its catalog with the truth. ``--half tune`` is for choosing thresholds, ``report`` for telling.
``scale`` searches random 64-bit hashes with planted copies, with our search and with those of others that are installed
here; each gets ``--limit`` seconds of the processor a size, and those that need longer are not asked for more.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import duplicates_set

ORDINARY = (
    "resized to 1/2", "resized to 1/4", "recompressed at 60", "recompressed at 30", "converted to png", "converted to webp",
    "converted to heic", "through a messenger", "turned by EXIF", "brighter by 20 %", "darker by 20 %",
)  # fmt: skip
LEVELS = (0.98, 0.95, 0.90, 0.85, 0.0)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    quality = commands.add_parser("quality")
    quality.add_argument("photos", type=Path)
    quality.add_argument("--half", choices=("tune", "report"), default="report")
    quality.add_argument("--seed", type=int, default=1)
    quality.add_argument("--most", type=int, default=0, help="photographs at most")
    quality.add_argument("--keep", type=Path, help="make the set here, or take the one that is here already")
    quality.add_argument("--peers", action="store_true", help="also plain rules on hashes, as others have them")
    quality.add_argument("--wrong", type=int, default=0, metavar="N", help="also list N wrong pairs, the surest first")
    scale = commands.add_parser("scale")
    scale.add_argument("--sizes", default="10000,100000")
    scale.add_argument("--limit", type=float, default=60.0, help="seconds of the processor for each method and size")
    scale.add_argument("--peers", help="a Python that has faiss-cpu, pybktree and imagededup")
    scale.add_argument("--only", default="", help="methods whose name has this in it")
    for each in (quality, scale):
        each.add_argument("--json", action="store_true", help="one JSON document instead of tables")
    options = parser.parse_args()
    if options.command == "scale":
        import duplicates_scale

        return duplicates_scale.main(options)
    with tempfile.TemporaryDirectory() as scratch:
        result = measure(options, Path(scratch))
    if options.json:
        print(json.dumps(result, indent=1, ensure_ascii=False))
    else:
        show(result)
        for row in result["wrong pairs"][: options.wrong]:
            print(*row, sep="  ")
    return 0


def measure(options: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    folder = options.keep or scratch / "set"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "truth.json").exists():
        from pillow_heif import register_heif_opener

        register_heif_opener()
        duplicates_set.make(options.photos, folder, half=options.half, seed=options.seed, most=options.most)
    truth = {row["path"]: row for row in json.loads((folder / "truth.json").read_text())["files"]}
    library = scratch / "library"
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "mediaparser_core", "--library", str(library), "--quiet", "run", str(folder), "--no-export"],
        check=False, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    seconds = time.perf_counter() - began
    found = groups_in(library, folder)
    told = {
        "pairs by confidence": by_confidence(truth, matches_in(library, folder)),
        "questions and rules": rules_over(truth, found),
    }
    result = {"half": options.half, "files": len(truth), "seconds": round(seconds, 1), **judged(truth, found), **told}
    if options.peers:
        result["rules"] = {name: judged(truth, made) for name, made in rules(library, folder)}
    return result


Groups = list[tuple[str, float, list[str]]]  # kind, confidence, paths: the keeper first


def groups_in(library: Path, folder: Path) -> Groups:
    """The groups of a catalog as paths below *folder*. Files of the same bytes are one."""
    db = sqlite3.connect(library / "catalog.db")
    first: dict[str, str] = {}
    for sha, path in db.execute("select sha256, path from files where sha256 is not null order by path"):
        first.setdefault(sha, os.path.relpath(path, os.path.realpath(folder)))
    made = []
    for number, kind, sure, keeper in db.execute("select group_id, kind, confidence, keeper from groups"):
        members = [sha for (sha,) in db.execute("select sha256 from members where group_id = ?", (number,))]
        made.append((kind, sure, [first[keeper], *(first[sha] for sha in members if sha != keeper)]))
    return made


def matches_in(library: Path, folder: Path) -> list[tuple[float, str, str]]:
    """Confidence and paths of every pair of copies."""
    db = sqlite3.connect(library / "catalog.db")
    first: dict[str, str] = {}
    for sha, path in db.execute("select sha256, path from files where sha256 is not null order by path"):
        first.setdefault(sha, os.path.relpath(path, os.path.realpath(folder)))
    rows = db.execute("select confidence, a, b from matches where kind = 'similar'")
    return [(sure, first[a], first[b]) for sure, a, b in rows]


def by_confidence(truth: Mapping[str, Mapping[str, Any]], pairs: list[tuple[float, str, str]]) -> dict[str, Any]:
    """How many pairs are at least so sure, and how many of them are wrong."""
    wrong = [(sure, truth[one]["family"] != truth[other]["family"]) for sure, one, other in pairs]
    return {
        str(level): [sum(sure >= level for sure, _ in wrong), sum(bad for sure, bad in wrong if sure >= level)]
        for level in LEVELS
    }


def rules_over(truth: Mapping[str, Mapping[str, Any]], found: Groups) -> dict[str, Any]:
    """What the rule "keep the suggested one" would leave out, and how much of that is not the same picture."""
    answer = {}
    for level in LEVELS:
        left_out = [
            (paths[0], path) for kind, sure, paths in found if kind == "similar" and sure >= level for path in paths[1:]
        ]
        bad = sum(truth[kept]["family"] != truth[path]["family"] for kept, path in left_out)
        answer[str(level)] = [len(left_out), bad]
    return answer


def judged(truth: Mapping[str, Mapping[str, Any]], found: Groups) -> dict[str, Any]:
    """Recall by kind of change, precision over all pairs of group mates, innocents by kind."""
    where = {path: number for number, (kind, _, paths) in enumerate(found) if kind == "similar" for path in paths}
    originals = {row["family"]: path for path, row in truth.items() if row["kind"] == "original"}
    mirrored = [
        {truth[path]["family"] for path in paths if truth[path]["kind"] == "mirrored"} & {truth[paths[0]]["family"]}
        for kind, _, paths in found
        if kind == "mirrored"
    ]
    named = set().union(*mirrored)
    recall: dict[str, list[bool]] = defaultdict(list)
    for path, row in truth.items():
        if row["kind"] == "mirrored":  # has to be called so, and asked about beside the best of the others
            recall["mirrored, named as such"].append(row["family"] in named)
        elif row["family"] in originals and row["kind"] != "original":
            recall[row["kind"]].append(path in where and where[path] == where.get(originals[row["family"]]))
    pairs: Counter[bool] = Counter()
    accused: Counter[str] = Counter()
    wrong = []
    for kind, sure, paths in found:
        if kind != "similar":
            continue
        for one, other in combinations(paths, 2):
            right = truth[one]["family"] == truth[other]["family"]
            pairs[right] += 1
            if not right:
                wrong.append((sure, one, other))
                accused.update({truth[one]["kind"], truth[other]["kind"]})
    sets = Counter(row["kind"] for row in truth.values())
    bursts = {path: number for number, (kind, _, paths) in enumerate(found) if kind == "burst" for path in paths}
    frames = [path for path, row in truth.items() if row["kind"] == "bursts"]
    return {
        "pairs": pairs.total(),
        "precision": _share(pairs),
        "recall": {kind: round(sum(hits) / len(hits), 4) for kind, hits in recall.items()},
        "recall of the ordinary": _mean([hit for kind in ORDINARY for hit in recall.get(kind, [])]),
        "innocents in groups": {
            kind: accused[kind] for kind in sets if kind not in recall and kind not in ("original", "mirrored")
        },
        "frames in bursts": _mean([path in bursts for path in frames]),
        "wrong pairs": sorted(wrong, reverse=True),
    }


def _share(counts: Counter[bool]) -> float | None:
    return round(counts[True] / counts.total(), 6) if counts.total() else None


def _mean(hits: list[bool]) -> float | None:
    return round(sum(hits) / len(hits), 4) if hits else None


def rules(library: Path, folder: Path) -> Iterable[tuple[str, Groups]]:
    """What plain rules on the same hashes make of the same pictures: all that is near is one group, as most tools do."""
    db = sqlite3.connect(library / "catalog.db")
    first: dict[str, str] = {}
    for sha, path in db.execute("select sha256, path from files where sha256 is not null order by path"):
        first.setdefault(sha, os.path.relpath(path, os.path.realpath(folder)))
    for name, kind, radius in (
        ("pHash within 10 bits", "phash", 10),
        ("pHash within 16 bits", "phash", 16),
        ("dHash within 8 bits", "dhash", 8),
    ):
        rows = db.execute("select sha256, value from fingerprints where kind = ?", (kind,))
        hashes = {first[sha]: int(value, 16) for sha, value in rows}
        yield name, _chained(hashes, radius)


def _chained(hashes: Mapping[str, int], radius: int) -> Groups:
    import numpy as np

    names = sorted(hashes)
    values = np.array([hashes[name] for name in names], dtype=np.uint64)
    head = list(range(len(names)))

    def top(place: int) -> int:
        while head[place] != place:
            head[place] = head[head[place]]
            place = head[place]
        return place

    for i in range(len(names)):
        for j in np.flatnonzero(np.bitwise_count(values[i + 1 :] ^ values[i]) <= radius) + i + 1:
            head[top(int(j))] = top(i)
    chained: dict[int, list[str]] = defaultdict(list)
    for place, name in enumerate(names):
        chained[top(place)].append(name)
    return [("similar", 1.0, members) for members in chained.values() if len(members) > 1]


def show(result: Mapping[str, Any]) -> None:
    print(f"{result['files']} files, half: {result['half']}, {result['seconds']} s for the whole run")
    columns = {"MediaParser": result, **result.get("rules", {})}
    print(f"\n{'':30}" + "".join(f"{name:>22}" for name in columns))
    for title in ("precision", "pairs", "recall of the ordinary", "frames in bursts"):
        print(f"{title:30}" + "".join(f"{columns[name][title] or 0:22}" for name in columns))
    for title in ("recall", "innocents in groups"):
        print(title)
        for kind in result[title]:
            print(f"  {kind:28}" + "".join(f"{columns[name][title][kind]:22}" for name in columns))
    for title in ("pairs by confidence", "questions and rules"):
        print(f"{title}: confidence at least, how many, how many wrong")
        for level, (count, bad) in result[title].items():
            print(f"  {level:28}{count:10}{bad:10}")


if __name__ == "__main__":
    sys.exit(main())
