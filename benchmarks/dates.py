"""How many dates are right: compare a library's catalog with the truth about the files it was made from.

    python benchmarks/dates.py TRUTH_JSON LIBRARY [--json] [--wrong N]

TRUTH_JSON is written by a generator of test libraries beside the files it describes: ``{"files": [{"path", "kind",
"taken_utc", "utc_offset_minutes", "lies", …}]}``, paths relative to its folder. LIBRARY is a library folder (or a
``catalog.db``) whose inputs were those files. A date is compared as wall time: truth is ``taken_utc`` plus its offset.

``2 s``: the moment, within two seconds. ``day``: the day, but not the moment. ``covers``: a coarser date (a day, a
month, a year) that is true. ``wrong``: another day, or a coarser date that is not true. ``none``: undated.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

OUTCOMES = ("2 s", "day", "covers", "wrong", "none")
LEVELS = ("high", "medium", "low", "none")
BINS = (0.9, 0.8, 0.7, 0.6, 0.4, 0.2, 0.0)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("truth", type=Path)
    parser.add_argument("library", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of tables")
    parser.add_argument("--wrong", type=int, default=0, metavar="N", help="also list N wrong dates, the surest first")
    options = parser.parse_args()
    rows = [scored(row, date) for row, date in joined(options.truth, options.library)]
    if not rows:
        sys.exit("no file of that truth is in that catalog")
    result = summary(rows)
    if options.json:
        print(json.dumps(result, indent=1, ensure_ascii=False))
    else:
        show(result)
    wrong = sorted((row for row in rows if row["outcome"] == "wrong"), key=lambda row: -row["confidence"])
    for row in wrong[: options.wrong]:
        found = f"{row['confidence']:.2f} {row['rule']}: {row['taken_at']} for {row['truth']}"
        print(found, row["path"], row["lies"] or "", sep="  ")
    return 0


def joined(truth: Path, library: Path) -> Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Every file of the truth with its date in the catalog; files unknown to the catalog are left out, and counted."""
    path = library / "catalog.db" if library.is_dir() else library
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    db.row_factory = sqlite3.Row
    known = {
        os.path.realpath(row["path_bytes"]): row
        for row in db.execute(
            "select f.path_bytes, d.taken_at, d.utc_offset, d.taken_utc, d.precision, d.rule, d.confidence, d.level, "
            "d.needs_review from files f join dates d on d.sha256 = f.sha256"
        )
    }
    files = json.loads(truth.read_text("utf-8"))["files"]
    folder = os.fsencode(truth.absolute().parent)
    found = [(row, known.get(os.path.realpath(os.path.join(folder, os.fsencode(row["path"]))))) for row in files]
    if missing := sum(date is None for _, date in found):
        print(f"{missing} of {len(files)} files have no row in the catalog", file=sys.stderr)
    return [(row, dict(date)) for row, date in found if date is not None]


def scored(row: Mapping[str, Any], date: Mapping[str, Any]) -> dict[str, Any]:
    """One file: what is true, what the catalog says, and what that is worth."""
    instant = datetime.fromisoformat(row["taken_utc"]).replace(tzinfo=None)
    wall = instant + timedelta(minutes=row["utc_offset_minutes"])
    utc = date["taken_utc"] and abs((_moment(date["taken_utc"]) - instant).total_seconds()) <= 2
    said = {key: date[key] for key in ("taken_at", "precision", "rule", "confidence", "level", "needs_review")}
    return said | {
        "path": row["path"], "kind": row["kind"], "lies": row["lies"], "truth": wall.isoformat(), "utc": utc,
        "outcome": outcome(date["taken_at"], date["precision"], wall),
    }  # fmt: skip


def outcome(taken_at: str | None, precision: str | None, truth: datetime) -> str:
    """What the wall time *taken_at* is worth."""
    if taken_at is None:
        return "none"
    if precision in ("day", "month", "year"):
        return "covers" if truth.isoformat().startswith(taken_at) else "wrong"
    moment = _moment(taken_at)
    if abs((moment - truth).total_seconds()) <= (60 if precision == "minute" else 2):
        return "2 s"
    return "day" if moment.date() == truth.date() else "wrong"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text[:26].removesuffix("Z")).replace(tzinfo=None)


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Counts of outcomes: of all, by kind, by level, by rule, by confidence; and of instants in UTC."""
    stated = [row for row in rows if row["utc"] is not None]
    return {
        "all": _counts(rows),
        "by kind": {kind: _counts(r for r in rows if r["kind"] == kind) for kind in sorted({r["kind"] for r in rows})},
        "by level": {level: _counts(r for r in rows if r["level"] == level) for level in LEVELS},
        "by rule": {rule: _counts(r for r in rows if r["rule"] == rule) for rule in sorted({r["rule"] for r in rows})},
        "by confidence": {f"{low} …": _counts(r for r in rows if _bin(r["confidence"]) == low) for low in BINS},
        "to review": sum(bool(row["needs_review"]) for row in rows),
        "offset stated": len(stated),
        "instant right": sum(bool(row["utc"]) for row in stated),
    }


def _bin(confidence: float) -> float:
    return next(low for low in BINS if confidence >= low)


def _counts(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    found = Counter(row["outcome"] for row in rows)
    return {"files": found.total()} | {name: found[name] for name in OUTCOMES}


def show(result: Mapping[str, Any]) -> None:
    """The summary as tables."""
    for title in ("all", "by kind", "by level", "by rule", "by confidence"):
        print(f"\n{title:46}" + "".join(f"{name:>9}" for name in ("files", *OUTCOMES)))
        groups = {"": result["all"]} if title == "all" else result[title]
        for name, counts in groups.items():
            if counts["files"]:
                print(f"  {name:44}" + "".join(f"{counts[column]:9}" for column in ("files", *OUTCOMES)))
    print("\n" + ", ".join(f"{name} {result[name]}" for name in ("to review", "offset stated", "instant right")))


if __name__ == "__main__":
    sys.exit(main())
