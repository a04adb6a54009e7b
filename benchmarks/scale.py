#!/usr/bin/env python3
"""Measure what one decision costs in a large library, and what deriving everything costs.

    python benchmarks/scale.py [--assets 100000] [--work DIR] [--rounds 3]

The library is that of ``synthetic_catalog.py``: nobody's pictures, our own tables. Each decision is made and derived in
turns; deriving everything anew is measured once. The times have no start of Python in them; those of the processor mean
more on a busy machine.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rounds import machine, peak

from mediaparser_core import probe, review, settings
from mediaparser_core.catalog import Catalog
from mediaparser_core.jobs import now
from mediaparser_core.pipeline import derive


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--assets", type=int, default=100_000)
    options.add_argument("--work", type=Path)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    times: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory(dir=chosen.work) as folder:
        library = Path(folder) / "library"
        made = Path(__file__).with_name("synthetic_catalog.py")
        subprocess.run(
            [sys.executable, str(made), str(library), "--assets", str(chosen.assets)], check=True, capture_output=True
        )
        known = settings.load(library)
        manager = probe.configure(known)[0]
        with Catalog(library) as catalog, catalog.lock():

            def refresh(name: str, *, force: bool = False) -> None:
                wall, cpu = time.perf_counter(), time.process_time()
                derive.refresh(catalog, manager, known, force=force)
                times.setdefault(name, []).append((time.perf_counter() - wall, time.process_time() - cpu))

            refresh("everything derived anew", force=True)
            assets = [sha for sha, _ in catalog.derived.asset_kinds()]
            rng = random.Random(1)
            for _ in range(chosen.rounds):
                keepers = [(keeper, members) for _, keeper, members in catalog.derived.keepers() if len(members) == 2]
                keeper, members = rng.choice(keepers) if keepers else (assets[0], assets[:2])
                other = next(sha for sha in members if sha != keeper)
                for name, verb, subject, value in (
                    ("a tag", "tag", rng.sample(assets, 1), "Lisbon"),
                    ("a picture left out", "discard", rng.sample(assets, 1), None),
                    ("100 pictures left out", "discard", rng.sample(assets, 100), None),
                    ("a group answered", "accept", [keeper, other], review.accept_group(keeper, [other])),
                    ("a date", "set-date", rng.sample(assets, 1), "2011-05-04 10:00"),
                ):
                    catalog.decided.add([review.make(verb, subject, value, "somebody", now())])
                    refresh(name)
        size = sum(path.stat().st_size for path in library.glob("catalog.db*"))
    print(f"{chosen.assets} assets; {machine()}\n\n| what | s | processor s |\n|---|--:|--:|")
    for name, found in times.items():
        wall, cpu = (statistics.median(column) for column in zip(*found, strict=True))
        print(f"| {name} | {wall:.2f} | {cpu:.2f} |")
    print(f"\n{peak()}; catalog {size / chosen.assets / 100:.1f} MB per 10,000 assets")


if __name__ == "__main__":
    main()
