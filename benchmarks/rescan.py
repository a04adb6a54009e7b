#!/usr/bin/env python3
"""Measure a second run over a tree in which nothing has changed against ``find -printf`` of the same tree.

    python benchmarks/rescan.py [--files 100000] [--work DIR] [--rounds 7] [--pictures [--run]]

The files are small sidecars (XMP), because the first run is not what is measured; a row about one is compared like one
about a picture. With ``--pictures`` they are tiny JPEGs, which takes minutes to read once; with ``--run`` they are
exported as well, and a second ``run`` is measured instead of a second ``scan``. Processor time means more than seconds.
"""

from __future__ import annotations

import argparse
import io
import random
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

from rounds import machine, peak, program, rounds

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="%d"/></rdf:RDF></x:xmpmeta>'
)


def picture(number: int) -> bytes:
    """A tiny JPEG that looks like no other, with a date."""
    from PIL import Image

    image = Image.frombytes("RGB", (8, 8), random.Random(number).randbytes(192)).resize((32, 24))
    exif, moment = Image.Exif(), time.gmtime(1_000_000_000 + 7000 * number)
    exif.get_ifd(0x8769)[0x9003] = time.strftime("%Y:%m:%d %H:%M:%S", moment)
    image.save(stream := io.BytesIO(), "JPEG", exif=exif)
    return stream.getvalue()


def make(folder: Path, files: int, *, pictures: bool) -> None:
    """*files* small files of distinct bytes, 250 to a folder; every twentieth folder lies six levels deeper."""
    for number in range(files):
        if number % 250 == 0:
            event = number // 250
            place = folder / f"{2000 + event // 25}" / f"{event:04d} somewhere"
            place = place.joinpath(*["deeper"] * (6 if event % 20 == 0 else 0))
            place.mkdir(parents=True)
        name, data = (".jpg", picture(number)) if pictures else (".xmp", XMP % number)
        (place / f"IMG_{number:06d}{name}").write_bytes(data)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--files", type=int, default=100_000)
    options.add_argument("--work", type=Path)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--pictures", action="store_true")
    options.add_argument("--run", action="store_true")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.work) as folder:
        tree, library, few = Path(folder) / "tree", Path(folder) / "library", Path(folder) / "few"
        make(tree, chosen.files, pictures=chosen.pictures)
        make(few, 10, pictures=chosen.pictures)
        command, link = ("run" if chosen.run else "scan"), {"MEDIAPARSER_EXPORT_LINK": "hardlink"}
        again = ["--library", str(library), "--quiet", command, str(tree)]
        start = ["--library", f"{library}-of-few", "--quiet", command, str(few)]
        for _ in range(2):  # the second puts down that nothing is due
            program(*again, **link)
            program(*start, **link)

        from mediaparser_core import jobs, probe, settings
        from mediaparser_core.catalog import Catalog
        from mediaparser_core.pipeline import main_job
        from mediaparser_core.pipeline.scan import Scan

        known = settings.load(library, environ=link)
        manager = probe.configure(known)[0]

        def find() -> None:
            subprocess.run(
                ["find", str(tree), "-type", "f", "-printf", r"%p\0%s\0%T@\0"], check=True, stdout=subprocess.DEVNULL
            )

        def compare() -> None:
            with Catalog(library) as catalog, jobs.run(catalog, command, [], progress=jobs.Silent()) as job:
                Scan(catalog, manager, known, job).run([bytes(tree)])

        def job() -> None:
            mode: main_job.Mode = "export" if chosen.run else "scan"
            with Catalog(library) as catalog:
                done = main_job.run(catalog, manager, known, [tree], progress=jobs.Silent(), mode=mode)
            assert done.summary["unchanged"] == chosen.files and done.imbalance is None, done

        found = rounds(
            {
                "`find -printf`": find,
                "walk and comparison": compare,
                f"the whole job of `{command}`: also derived, balanced, reported": job,
                f"`mediaparser {command}`, with the start of Python": lambda: program(*again, **link),
                f"`mediaparser {command}` of 10 files": lambda: program(*start, **link),
            },
            chosen.rounds,
        )
    print(f"{chosen.files} files; {machine()}\n")
    print("| what | processor s | × `find` | by the clock, s | × `find` |\n|---|--:|--:|--:|--:|")
    floor = found["`find -printf`"]
    for name, timing in found.items():
        cpu, wall = median(timing.cpu), median(timing.wall)
        print(f"| {name} | {cpu:.3f} | {cpu / median(floor.cpu):.2f} | {wall:.3f} | {wall / median(floor.wall):.2f} |")
    print(f"\n{peak()}")


if __name__ == "__main__":
    main()
