"""Print how far what we read agrees with ExifTool's truth, and what reading costs.

    python benchmarks/agreement.py FOLDER [--refused jpeg]

FOLDER holds files and, for the table of tags, a ``truth.json`` of what ExifTool says about them:
``{"files": {path: {"tags": {"Group1:Tag": value}}}}``, made by ``exiftool -json -G1 -a -n -api Struct=0
-api QuickTimeUTC=1`` with ``TZ=UTC``. With and without it, the facts of every file that our readers are sure of are
compared with those of the ExifTool that is installed. ``--refused`` lists what is left to ExifTool, and why.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

from mediaparser_core import exiftool
from mediaparser_core.errors import ToolError
from mediaparser_core.formats import Format
from mediaparser_core.media import Unreadable, read
from mediaparser_core.records import Entry
from mediaparser_plugins import native_tags
from mediaparser_plugins.metadata import WANTED
from mediaparser_plugins.tag_dates import DATES
from mediaparser_plugins.tag_facts import facts

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


def by_ourselves(folder: Path, paths: list[str]) -> tuple[dict[str, tuple[Format, Tags, str | None]], float]:
    """Format, tags and reason to doubt of every file our formats cover, and the processor seconds it took."""
    found, seconds = {}, 0.0
    for path in paths:
        status = (folder / path).lstat()
        try:
            with read(Entry(b"/", os.fsencode(folder / path), status.st_size, status.st_mtime_ns)) as media:
                if media.format and media.format.kind != "sidecar":
                    started = time.process_time()
                    reading = native_tags.read_all(media)
                    seconds += time.process_time() - started
                    found[path] = (media.format, reading.tags, reading.why)
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


def table(folder: Path, ours: Mapping[str, tuple[Format, Tags, str | None]], answers: Mapping[str, Tags]) -> list[str]:
    """Print the table of tags against ``truth.json``, and give the differences."""
    known = json.loads((folder / "truth.json").read_text("utf-8"))["files"]
    print("| what | files that have it | equal | equal without ExifTool | equal where we are sure |")
    print("|---|--:|--:|--:|--:|")
    odd: list[str] = []
    for name, keys in FIELDS.items():
        count = Counter[str]()
        for path, (_, tags, why) in ours.items():
            truth = known.get(path, {"tags": {}})["tags"]
            wanted = {key: value for key, value in truth.items() if key in keys}
            if wanted:
                sure = why is None
                final = tags if sure else answers.get(path, tags)
                wrong = [key for key, value in wanted.items() if not same(final.get(key), value)]
                alone = all(same(tags.get(key), value) for key, value in wanted.items())
                count.update(files=1, equal=not wrong, alone=alone, sure=sure, certain=sure and alone)
                odd += [f"{name}: {path}: {key}" for key in wrong]
        if count["files"]:
            shares = f"{count['equal'] / count['files']:.1%} | {count['alone'] / count['files']:.1%}"
            print(f"| {name} | {count['files']} | {shares} | {count['certain']} of {count['sure']} |")
    print()
    return odd


def refused(ours: Mapping[str, tuple[Format, Tags, str | None]], format_name: str) -> None:
    """Print why files of one format are left to ExifTool, the most frequent reason first."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for path, (format_, _, why) in ours.items():
        if why is not None and format_.name == format_name:
            reasons[why].append(path)
    for why, paths in sorted(reasons.items(), key=lambda item: -len(item[1])):
        print(f"{len(paths):5} {why}: {', '.join(paths[:3])}{', …' if len(paths) > 3 else ''}")


def main(folder: Path, format_name: str | None) -> None:
    paths = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    ours, seconds = by_ourselves(folder, paths)
    executable = exiftool.find("exiftool")
    answers, spent = by_exiftool(executable, folder, list(ours)) if executable else ({}, 0.0)
    print(f"{len(ours)} files; ExifTool {exiftool.version(executable) if executable else 'is missing'}\n")
    odd = table(folder, ours, answers) if (folder / "truth.json").exists() else []
    odd += [
        f"facts: {path}: {different}"
        for path, (format_, tags, why) in ours.items()
        if why is None and path in answers
        if (different := set(facts(tags, format_)) ^ set(facts(answers[path], format_)))
    ]
    formats = Counter(format_.name for format_, _, _ in ours.values())
    certain = Counter(format_.name for format_, _, why in ours.values() if why is None)
    print(f"sure without ExifTool: {certain.total()} of {formats.total()} files (", end="")
    print(", ".join(f"{name} {certain[name]} of {number}" for name, number in formats.most_common(8)) + ", …)")
    print(f"our own readers: {seconds / len(ours) * 1000:.2f} ms of processor a file")
    print(f"ExifTool: {spent / len(ours) * 1000:.1f} ms a file, in batches of {exiftool.BATCH}")
    print("\n".join(["\ndifferences:", *odd[:50]] if odd else ["\nno differences"]))
    if format_name:
        print(f"\nleft to ExifTool ({format_name}):")
        refused(ours, format_name)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("folder", type=Path, help="files, and perhaps truth.json: what ExifTool says of them")
    options.add_argument("--refused", metavar="FORMAT", help="say why files of this format (jpeg) are left to ExifTool")
    arguments = options.parse_args()
    main(arguments.folder, arguments.refused)
