"""Print how far what we read agrees with ExifTool's truth, and what reading costs.

    python benchmarks/agreement.py FOLDER

FOLDER holds files and a ``truth.json`` of what ExifTool says about them:
``{"files": {path: {"tags": {"Group1:Tag": value}}}}``, made by ``exiftool -json -G1 -a -n -api Struct=0
-api QuickTimeUTC=1`` with ``TZ=UTC``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from mediaparser_core import exiftool
from mediaparser_core.errors import ToolError
from mediaparser_core.media import Unreadable, read
from mediaparser_core.records import Entry
from mediaparser_plugins import native_tags
from mediaparser_plugins.metadata import WANTED
from mediaparser_plugins.tag_dates import DATES

Tags = Mapping[str, object]

FIELDS = {
    "dates": [key for tag in DATES for key in (tag.key, tag.time) if key],
    "offsets": [f"ExifIFD:OffsetTime{which}" for which in ("", "Original", "Digitized")],
    "sub-seconds": [f"ExifIFD:SubSecTime{which}" for which in ("", "Original", "Digitized")],
    "places": [f"{group}:GPS{axis}" for group in ("Composite", "XMP-exif") for axis in ("Latitude", "Longitude")],
    "orientation": ["IFD0:Orientation", "XMP-tiff:Orientation", "Composite:Rotation"],
    "keywords": [
        "IPTC:Keywords", "XMP-dc:Subject", "XMP-digiKam:TagsList", "XMP-lr:HierarchicalSubject", "IFD0:XPKeywords",
        "XMP-microsoft:LastKeywordXMP", "XMP-mediapro:CatalogSets", "UserData:Keywords",
    ],
    "camera": [f"{group}:{name}" for group in ("IFD0", "Keys", "UserData", "CanonRaw") for name in ("Make", "Model")],
    "identifiers": [
        "Apple:MediaGroupUUID", "Keys:ContentIdentifier", "XMP-xmpMM:DocumentID", "XMP-xmpMM:OriginalDocumentID",
    ],
}  # fmt: skip


def same(ours: object, truth: object) -> bool:
    """Whether two values are one: numbers to 1e-9, everything else to the letter, spaces at the ends apart."""
    if isinstance(ours, list) and isinstance(truth, list):
        return len(ours) == len(truth) and all(map(same, ours, truth))
    try:
        return math.isclose(float(str(ours)), float(str(truth)), rel_tol=0, abs_tol=1e-9)
    except ValueError:
        return str(ours).strip() == str(truth).strip()


def by_ourselves(folder: Path, paths: list[str]) -> tuple[dict[str, tuple[str, Tags, bool]], float]:
    """Format, tags and certainty of every file our formats cover, and the processor seconds it took."""
    found, seconds = {}, 0.0
    for path in paths:
        status = (folder / path).lstat()
        try:
            with read(Entry(b"/", os.fsencode(folder / path), status.st_size, status.st_mtime_ns)) as media:
                if media.format and media.format.kind != "sidecar":
                    started = time.process_time()
                    found[path] = (media.format.name, *native_tags.read(media))
                    seconds += time.process_time() - started
        except Unreadable:
            continue
    return found, seconds


def by_exiftool(executable: str, folder: Path, paths: list[str]) -> tuple[dict[str, Tags], float]:
    """What ExifTool says of every file through our driver, and the seconds it took."""
    with exiftool.ExifTool(executable) as tool:
        started = time.perf_counter()
        answers = tool.read([os.fsencode(folder / path) for path in paths], WANTED)
        seconds = time.perf_counter() - started
    return {
        path: answer for path, answer in zip(paths, answers, strict=True) if not isinstance(answer, ToolError)
    }, seconds


def main(folder: Path) -> None:
    known = json.loads((folder / "truth.json").read_text("utf-8"))["files"]
    ours, seconds = by_ourselves(folder, sorted(known))
    executable = exiftool.find("exiftool")
    answers, spent = by_exiftool(executable, folder, list(ours)) if executable else ({}, 0.0)
    print(f"{len(ours)} files; ExifTool {exiftool.version(executable) if executable else 'is missing'}\n")
    print("| what | files that have it | equal | equal without ExifTool | equal where we are sure |")
    print("|---|--:|--:|--:|--:|")
    odd: list[str] = []
    for name, keys in FIELDS.items():
        count = Counter[str]()
        for path, (_, tags, sure) in ours.items():
            wanted = {key: value for key, value in known[path]["tags"].items() if key in keys}
            if wanted:
                final = tags if sure else answers.get(path, tags)
                wrong = [key for key, value in wanted.items() if not same(final.get(key), value)]
                alone = all(same(tags.get(key), value) for key, value in wanted.items())
                count.update(files=1, equal=not wrong, alone=alone, sure=sure, certain=sure and alone)
                odd += [f"{name}: {path}: {key}" for key in wrong]
        shares = f"{count['equal'] / count['files']:.1%} | {count['alone'] / count['files']:.1%}"
        print(f"| {name} | {count['files']} | {shares} | {count['certain']} of {count['sure']} |")
    formats, certain = (
        Counter(name for name, _, _ in ours.values()),
        Counter(name for name, _, sure in ours.values() if sure),
    )
    print(f"\nsure without ExifTool: {certain.total()} of {formats.total()} files (", end="")
    print(", ".join(f"{name} {certain[name]} of {number}" for name, number in formats.most_common(8)) + ", …)")
    print(f"our own readers: {seconds / len(ours) * 1000:.2f} ms of processor a file")
    print(f"ExifTool: {spent / len(ours) * 1000:.1f} ms a file, in batches of {exiftool.BATCH}")
    print("\n".join(["\ndifferences:", *odd[:50]] if odd else ["\nno differences"]))


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("folder", type=Path, help="files, and truth.json: what ExifTool says of them")
    main(options.parse_args().folder)
