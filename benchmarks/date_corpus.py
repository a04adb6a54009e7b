"""Date files of which nobody knows the truth: who dates how many, by what, and who believes what cannot be true."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import date_rules

from mediaparser_core.dates import junk_reason

YEARS = 1826  # when the first photograph was taken


def report(files: Path, library: Path, zone: str) -> None:
    """A table: of the pictures and videos below *files*, what each rule says.

    "By the file system": the date equals that of the file system to the second, and nothing else was asked. "Cannot be
    true": clocks at zero, the future, dates before photography.
    """
    with closing(sqlite3.connect(f"file:{library}/catalog.db?mode=ro", uri=True)) as db:
        ours = {
            str(Path(path).relative_to(files.resolve())): moment
            for path, moment in db.execute(
                "select f.path, d.taken_at from files f join dates d on d.sha256 = f.sha256 where f.state = 'present'"
            )
            if Path(path).is_relative_to(files.resolve())
        }
    tags = date_rules.tags_of(files)
    print("| rule | files | dated by what is in the file or its name | by the file system | undated | cannot be true |")
    print("|---|--:|--:|--:|--:|--:|")
    row("mediaparser", ours, {}, {})
    for name, rule in date_rules.RULES.items():
        said = date_rules.answers(files, rule, tags, ours, zone)
        row(name, said, fallbacks(files, zone, ours), ours)


def fallbacks(files: Path, zone: str, paths: dict[str, str | None]) -> dict[str, str]:
    """The file system's date of each, on the household's wall."""
    times = {path: datetime.fromtimestamp((files / path).stat().st_mtime, ZoneInfo(zone)) for path in paths}
    return {path: time.replace(tzinfo=None).isoformat(timespec="seconds") for path, time in times.items()}


def row(name: str, said: dict[str, str | None], disk: dict[str, str], ours: dict[str, str | None]) -> None:
    """One line of the table."""
    found: Counter[str] = Counter()
    for path, moment in said.items():
        by = "undated" if moment is None else "disk" if moment == disk.get(path) else "file"
        found[by] += 1
        found["junk"] += bool(
            by == "file" and junk_reason(moment, moment or "", "exif:DateTimeOriginal", YEARS, date.today())
        )
    print(f"| {name} | {len(said)} | {found['file']} | {found['disk']} | {found['undated']} | {found['junk']} |")
