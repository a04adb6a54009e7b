#!/usr/bin/env python3
"""Measure a second run over a tree in which nothing has changed against ``find -printf`` of the same tree.

    python benchmarks/rescan.py [--files 100000] [--work DIR] [--rounds 5]

The files are empty pictures by name only: what is measured is the walk, and telling what is new from what is known.
The start of Python and the rest of the command (deriving, balancing) are not part of it, but shown beside it.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

from rounds import machine, peak, program, rounds, table


def make(folder: Path, files: int) -> None:
    """*files* small files of distinct bytes, 500 to a folder."""
    for number in range(files):
        if number % 500 == 0:
            place = folder / f"{2000 + number // 5000}" / f"{number // 500:04d}"
            place.mkdir(parents=True)
        (place / f"IMG_{number:06d}.txt").write_bytes(b"%d" % number)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--files", type=int, default=100_000)
    options.add_argument("--work", type=Path)
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.work) as folder:
        tree, library = Path(folder) / "tree", Path(folder) / "library"
        make(tree, chosen.files)
        program("--library", str(library), "--quiet", "scan", str(tree))

        from mediaparser_core import probe, settings
        from mediaparser_core.catalog import Catalog
        from mediaparser_core.pipeline.scan import as_inputs, check_inputs

        known = settings.load(library)
        manager = probe.configure(known)[0]

        def find() -> None:
            subprocess.run(
                ["find", str(tree), "-type", "f", "-printf", r"%p\0%s\0%T@\0"], check=True, stdout=subprocess.DEVNULL
            )

        def walk() -> float:
            """The scan's own part: walk, compare, mark as seen."""
            from mediaparser_core import jobs
            from mediaparser_core.pipeline.scan import Scan

            paths = as_inputs([str(tree)])
            check_inputs(paths, known)
            with (
                Catalog(library) as catalog,
                jobs.run(catalog, "scan", [], progress=jobs.Silent(), error_limit=1.0) as job,
            ):
                started = time.perf_counter()
                Scan(catalog, manager, known, job).run(paths)
                return time.perf_counter() - started

        found = rounds(
            {
                "`find -printf`": find,
                "walk and comparison of `mediaparser scan`": walk,
                "`mediaparser scan`, the whole command": lambda: program(
                    "--library", str(library), "--quiet", "scan", str(tree)
                ),
            },
            chosen.rounds,
        )
    print(f"{chosen.files} files; {machine()}\n")
    print(table(found, "`find -printf`", chosen.files))
    print(f"\n{peak()}")


if __name__ == "__main__":
    main()
