"""How long finding every pair takes: our search and those of others, each in a process of its own.

Used by ``duplicates.py scale``. The hashes are random with planted copies: every tenth is another one with up to eight
of its 64 bits turned. Every method is asked for all pairs within eight bits, and says how many it found.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

RADIUS = 8
NEW = 1000
SEED = 1
BATCH = 10_000


def hashes(count: int) -> np.ndarray:
    rng = np.random.default_rng(SEED)
    found = rng.integers(0, 2**64, count, dtype=np.uint64)
    copies = count // 10
    place = rng.permutation(count)
    turned = np.zeros(copies, dtype=np.uint64)
    for _ in range(RADIUS):  # the same bit twice turns it back: up to eight, not always eight
        turned ^= np.where(
            rng.random(copies) < 0.6, np.uint64(1) << rng.integers(0, 64, copies).astype(np.uint64), np.uint64(0)
        )
    found[place[:copies]] = found[place[copies : 2 * copies]] ^ turned
    return found


# -- each method: how many pairs it found -----------------------------------------------------------------------------


def ours(found: np.ndarray) -> int:
    from mediaparser_plugins import hamming

    return sum(len(i) for i, _, _ in hamming.chunks_within(found, RADIUS))


def ours_new(found: np.ndarray) -> int:
    from mediaparser_plugins import hamming

    return sum(len(i) for i, _, _ in hamming.chunks_between(found[:NEW], found[NEW:], RADIUS))


def numpy_brute(found: np.ndarray) -> int:
    total = 0
    for at in range(0, len(found), 256):
        block = found[at : at + 256]
        near = np.bitwise_count(block[:, None] ^ found[None, at:]) <= RADIUS
        total += int(near.sum()) - len(block) - int(near[:, : len(block)].sum() - len(block)) // 2
    return total


def faiss_flat(found: np.ndarray) -> int:
    import faiss

    rows = found.view(np.uint8).reshape(-1, 8)
    index = faiss.IndexBinaryFlat(64)
    index.add(rows)
    total = 0
    for at in range(0, len(rows), BATCH):
        total += int(index.range_search(rows[at : at + BATCH], RADIUS + 1)[0][-1])
    return (total - len(rows)) // 2


def bk_tree(found: np.ndarray) -> int:
    import pybktree

    values = found.tolist()
    tree = pybktree.BKTree(lambda a, b: (a ^ b).bit_count(), values)
    return (sum(len(tree.find(value, RADIUS)) for value in values) - len(values)) // 2


def imagededup_search(method: str) -> Callable[[np.ndarray], int]:
    def search(found: np.ndarray) -> int:
        from imagededup.methods import PHash

        named = {str(n): f"{value:016x}" for n, value in enumerate(found.tolist())}
        pairs = PHash(verbose=False).find_duplicates(
            encoding_map=named, max_distance_threshold=RADIUS, search_method=method, num_dist_workers=0
        )
        return sum(len(others) for others in pairs.values()) // 2

    return search


def all_pairs(found: np.ndarray) -> int:
    """Every pair of hexadecimal texts in plain Python, as in the program that ours grew out of."""
    texts = [f"{value:016x}" for value in found.tolist()]
    return sum(
        bin(int(one, 16) ^ int(other, 16)).count("1") <= RADIUS
        for place, one in enumerate(texts)
        for other in texts[place + 1 :]
    )


def grouping(library: Library) -> int:
    """Everything after the hashes: candidates, the second look at each, groups with a keeper; the number of groups."""
    from mediaparser_core import group
    from mediaparser_core.settings import Settings
    from mediaparser_plugins import best_quality, lookalikes

    began = time.perf_counter()
    matches = list(lookalikes.match(library, Settings(library=Path("/library")), None, library.sketches))
    middle = time.perf_counter()
    named = {sha for match in matches for sha in (match.a, match.b)}
    made = group.group(
        [library[int(sha[:16], 16)] for sha in sorted(named)], matches, different=set(), same=set(),
        choose=best_quality.choose_keeper,
    )  # fmt: skip
    print(f"matches {middle - began:.1f} s, groups {time.perf_counter() - middle:.1f} s", file=sys.stderr)
    return len(made)


class Library(Sequence[Any]):
    """A million pictures, made as they are asked for, as the catalog gives them."""

    def __init__(self, found: np.ndarray) -> None:
        from PIL import Image

        from mediaparser_plugins import sketches

        rng = np.random.default_rng(SEED + 1)
        count = len(found)
        near = hashes_and_sources(count)
        self._source = near
        # hashes of pictures have half of their bits set; so have these, but for the few that were turned
        self._phash = balanced(rng, count)
        self._wide = np.stack([balanced(rng, count) for _ in range(4)], axis=1)
        self._dhash, self._turns = balanced(rng, count), balanced(rng, count)
        self._parts = np.stack([balanced(rng, count) for _ in range(5)], axis=1)
        for copy, source in near.items():
            flip = np.uint64(0b1001 << (copy % 60))
            for column in (self._phash, self._dhash, self._turns, self._parts, self._wide):
                column[copy] = column[source]
            self._phash[copy] ^= flip
            self._wide[copy, copy % 4] ^= flip
        noise = (Image.effect_noise((96, 72), 60).resize((384, 288)) for _ in range(2000))
        self._drawn = [sketches.sketch(each.convert("RGB")).coded for each in noise]

    def __len__(self) -> int:
        return len(self._phash)

    def __getitem__(self, place: int) -> Any:  # type: ignore[override]
        from mediaparser_core.records import Look

        wide = 0
        for word in self._wide[place].tolist():
            wide = wide << 64 | word
        parts = 0
        for word in self._parts[place].tolist():
            parts = parts << 64 | word
        return Look(
            f"{place:016x}" + "0" * 48, "image", "jpeg", 4000 if place not in self._source else 2000,
            3000 if place not in self._source else 1500, 3_000_000, make="Canon", model="EOS 450D", claims=3,
            paths=(f"/photos/{place}.jpg",), phash=int(self._phash[place]), dhash=int(self._dhash[place]),
            phash256=wide, turns=int(self._turns[place]), parts=parts,
        )  # fmt: skip

    def __iter__(self) -> Iterator[Any]:
        return (self[place] for place in range(len(self)))

    def sketches(self, names: Iterable[str]) -> Mapping[str, bytes]:
        found = {}
        for name in names:
            place = int(name[:16], 16)
            found[name] = self._drawn[self._source.get(place, place) % len(self._drawn)]
        return found


def hashes_and_sources(count: int) -> dict[int, int]:
    """Which picture is a copy of which."""
    place = np.random.default_rng(SEED).permutation(count)[: count // 5].tolist()
    return dict(zip(place[: count // 10], place[count // 10 : 2 * (count // 10)], strict=True))


def balanced(rng: np.random.Generator, count: int) -> np.ndarray:
    """Random hashes with 28 to 36 bits set."""
    found = rng.integers(0, 2**64, count, dtype=np.uint64)
    while len(odd := np.flatnonzero(np.abs(np.bitwise_count(found).astype(int) - 32) > 4)):
        found[odd] = rng.integers(0, 2**64, len(odd), dtype=np.uint64)
    return found


METHODS: dict[str, tuple[str, Callable[[Any], int]]] = {
    "MediaParser: every pair": ("", ours),
    f"MediaParser: {NEW:,} new ones into the rest": ("", ours_new),
    "MediaParser: whole grouping, with the second look": ("", grouping),
    "NumPy, all with all": ("", numpy_brute),
    "FAISS, brute force": ("faiss", faiss_flat),
    "BK-tree (pybktree)": ("pybktree", bk_tree),
    "imagededup, brute force in Cython": ("imagededup", imagededup_search("brute_force_cython")),
    "imagededup, BK-tree": ("imagededup", imagededup_search("bktree")),
    "the origin: all pairs in Python": ("", all_pairs),
}


def main(options: argparse.Namespace) -> int:
    """Every method at every size, as far as it gets."""
    rows: list[dict[str, Any]] = []
    given_up: set[str] = set()
    for size in (int(size) for size in options.sizes.split(",")):
        for name, (needs, _) in METHODS.items():
            if options.only.lower() in name.lower() and name not in given_up:
                row = {"method": name, "hashes": size, **_run(name, size, needs, options)}
                if "note" in row:
                    given_up.add(name)
                rows.append(row)
                if not options.json:
                    said = (
                        row.get("note")
                        or f"{row['seconds']:9.3f} s {row['cpu']:9.3f} s of the processor {row['peak_mb']:7} MB {row['found']:12,} found"
                    )
                    print(f"{size:>10,}  {name:48} {said}", flush=True)
    if options.json:
        print(json.dumps({"radius": RADIUS, "load": os.getloadavg()[0], "rows": rows}, indent=1))
    return 0


def _run(name: str, size: int, needs: str, options: argparse.Namespace) -> dict[str, Any]:
    python = options.peers if needs and options.peers else sys.executable
    try:
        done = subprocess.run(
            [python, __file__, name, str(size), str(round(options.limit))], capture_output=True, text=True,
            timeout=20 * options.limit, env={**os.environ, "CUDA_VISIBLE_DEVICES": ""}, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"note": "not measured: the machine was too busy"}
    if done.returncode == -signal.SIGXCPU:
        return {"note": f"more than {options.limit:.0f} s of the processor"}
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        return {"note": f"not measured: {last[:90]}"}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if done.stderr.strip() and name.startswith("MediaParser"):
        found["parts"] = done.stderr.strip()
    return found


def one(name: str, size: int, limit: int) -> None:
    """What a process of its own does, for *limit* seconds of the processor at most."""
    found = hashes(size)
    if METHODS[name][0]:
        __import__(METHODS[name][0])  # PyTorch alone takes seconds; that is not the search
    if name.startswith("imagededup"):
        import imagededup.methods  # noqa: F401
    given = Library(found) if METHODS[name][1] is grouping else found
    ready = math.ceil(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (ready + limit, ready + limit + 5))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, worked = time.perf_counter(), time.process_time()
    count = METHODS[name][1](given)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                "seconds": round(seconds, 3),
                "cpu": round(cpu, 3),
                "peak_mb": peak // 1024,
                "data_mb": before // 1024,
                "found": count,
            }
        )
    )


if __name__ == "__main__":
    one(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
