"""What a date is worth that some program gives a file, when the truth about that file is known.

A truth is a JSON file beside the files it describes, as a generator of test libraries writes it: ``{"files": [{"path",
"kind", "device", "taken_utc", "utc_offset_minutes", "lies", "gps", …}]}``, paths relative to its folder. A date is compared
as wall time: truth is ``taken_utc`` plus its offset.

``2 s``: the moment, within two seconds. ``day``: the day, but not the moment. ``covers``: a coarser date (a day, a
month, a year) that is true. ``wrong``: another day, or a coarser date that is not true. ``none``: undated.

``honest``: files of which some source tells the truth, as far as the truth says so: a camera's date that does not lie, a
sidecar, a name with a time. ``knowable``: files of which some honest source also tells the instant in UTC. ``kept``: files
of which only the file system's own date is honest.
"""

from __future__ import annotations

import json
import os
import re
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
_TIMED_NAME = re.compile(r"(PXL_|Screenshot_)?\d{8}[_-]\d{6}")
_SAYS_NOTHING = {"taken_at": None, "utc_offset": None, "taken_utc": None, "precision": None, "rule": "none",
                 "confidence": 0.0, "level": "none", "needs_review": True}  # fmt: skip


Row = dict[str, Any]
Pairs = Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]


def truths(truth: Path) -> list[dict[str, Any]]:
    """The rows of the truth, each with whether its sources are ``honest`` and its instant ``knowable``."""
    rows = json.loads(truth.read_text("utf-8"))["files"]
    for row in rows:
        row["sidecar"] = any(
            (truth.parent / (row["path"] + end)).exists() for end in (".json", ".supplemental-metadata.json")
        ) or bool(row["path"].startswith("Takeout/"))
        row["honest"], row["knowable"] = honest(row)
        row["kept"] = not row["honest"] and "mtime" not in row["lies"]
    return rows


def honest(row: Mapping[str, Any]) -> tuple[bool, bool]:
    """Whether any source of this file tells the truth about the moment, and about the instant in UTC."""
    name = row["path"].rsplit("/", 1)[-1]
    satellites = row["gps"] is not None and row["kind"] in ("photo", "video")
    camera = ("exif" not in row["lies"] and row["kind"] in ("photo", "video")) or satellites
    named = bool(_TIMED_NAME.match(name)) and row["kind"] in ("photo", "video", "screenshot")
    states_zone = row["device"] in ("iphone", "pixel") or row["gps"] is not None or row["kind"] == "video"
    knowable = row["sidecar"] or (camera and states_zone) or (named and name.startswith("PXL_"))
    return row["sidecar"] or camera or named, knowable


def joined(truth: Path, library: Path) -> Pairs:
    """Every file of the truth with its date in the catalog; files unknown to the catalog are left out, and counted."""
    path = library / "catalog.db" if library.is_dir() else library
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    db.row_factory = sqlite3.Row
    known = {
        os.path.realpath(row["path_bytes"]): row
        for row in db.execute(
            "select f.path_bytes, f.sha256, d.taken_at, d.utc_offset, d.taken_utc, d.precision, d.rule, d.confidence, "
            "d.level, d.needs_review from files f join dates d on d.sha256 = f.sha256"
        )
    }
    db.close()
    files = truths(truth)
    folder = os.fsencode(truth.absolute().parent)
    found = [(row, known.get(os.path.realpath(os.path.join(folder, os.fsencode(row["path"]))))) for row in files]
    if missing := sum(date is None for _, date in found):
        print(f"{missing} of {len(files)} files have no row in the catalog", file=sys.stderr)
    return [(row, dict(date)) for row, date in found if date is not None]


def from_answers(truth: Path, answers: Path) -> Pairs:
    """Every file of the truth with what another program says; what it does not name is undated."""
    said = json.loads(answers.read_text("utf-8"))
    return [(row, as_date(said.get(row["path"]))) for row in truths(truth)]


def as_date(moment: str | None) -> dict[str, Any]:
    """A wall time without any confidence, in the form of the catalog; such a program is always sure."""
    if moment is None:
        return dict(_SAYS_NOTHING)
    precision = {4: "year", 7: "month", 10: "day", 16: "minute"}.get(len(moment), "second")
    sure = {"rule": "answer", "confidence": 1.0, "level": "high", "needs_review": False}
    return _SAYS_NOTHING | {"taken_at": moment, "precision": precision} | sure


def scored(row: Mapping[str, Any], date: Mapping[str, Any]) -> dict[str, Any]:
    """One file: what is true, what was said, and what that is worth."""
    instant = datetime.fromisoformat(row["taken_utc"]).replace(tzinfo=None)
    wall = instant + timedelta(minutes=row["utc_offset_minutes"])
    utc = date["taken_utc"] and abs((_moment(date["taken_utc"]) - instant).total_seconds()) <= 2
    said = {key: date[key] for key in ("taken_at", "precision", "rule", "confidence", "level", "needs_review")}
    return said | {
        "path": row["path"], "kind": row["kind"], "lies": row["lies"], "truth": wall.isoformat(), "utc": utc,
        "honest": row["honest"], "knowable": row["knowable"], "kept": row["kept"], "sha256": date.get("sha256"),
        "outcome": outcome(date["taken_at"], date["precision"], wall),
    }  # fmt: skip


def scores(pairs: Pairs) -> list[Row]:
    """Every file of *pairs*, scored."""
    return [scored(row, said) for row, said in pairs]


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
    knowable = [row for row in rows if row["knowable"]]
    return {
        "all": counts(rows),
        "by kind": {kind: counts(r for r in rows if r["kind"] == kind) for kind in sorted({r["kind"] for r in rows})},
        "by level": {level: counts(r for r in rows if r["level"] == level) for level in LEVELS},
        "by rule": {rule: counts(r for r in rows if r["rule"] == rule) for rule in sorted({r["rule"] for r in rows})},
        "by confidence": {f"{low} …": counts(r for r in rows if _bin(r["confidence"]) == low) for low in BINS},
        "honest": counts(row for row in rows if row["honest"]),
        "reliability": reliability(rows),
        "to review": sum(bool(row["needs_review"]) for row in rows),
        "offset stated": len(stated),
        "instant right": sum(bool(row["utc"]) for row in stated),
        "instant knowable": len(knowable),
        "knowable instant right": sum(bool(row["utc"]) for row in knowable),
    }


def reliability(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """For each range of confidence: how many dates, their mean confidence, and the share whose day (year …) is right."""
    found = []
    dated = [row for row in rows if row["taken_at"]]
    for low in BINS:
        part = [row for row in dated if _bin(row["confidence"]) == low]
        if part:
            right = sum(row["outcome"] in ("2 s", "day", "covers") for row in part)
            exact = sum(row["outcome"] in ("2 s", "covers") for row in part)
            said = sum(row["confidence"] for row in part) / len(part)
            found.append({"from": low, "files": len(part), "said": round(said, 3), "day right": right, "right": exact})
    return found


def _bin(confidence: float) -> float:
    return next(low for low in BINS if confidence >= low)


def counts(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Files by outcome."""
    found = Counter(row["outcome"] for row in rows)
    return {"files": found.total()} | {name: found[name] for name in OUTCOMES}


def are(rows: Iterable[Mapping[str, Any]], outcome: str) -> int:
    """How many of *rows* have this outcome."""
    return sum(row["outcome"] == outcome for row in rows)


def columns(rows: Iterable[Row]) -> Row:
    """What the tables of several libraries are made of."""
    rows = list(rows)
    sure = [row for row in rows if row["level"] == "high"]
    likely = [row for row in rows if row["level"] == "medium"]
    honest = [row for row in rows if row["honest"]]
    return {
        "files": len(rows),
        "2 s": are(rows, "2 s"),
        "day": sum(row["outcome"] in ("2 s", "day") for row in rows),
        "covers": are(rows, "covers"),
        "wrong, believed": sum(row["outcome"] == "wrong" and row["level"] in ("high", "medium") for row in rows),
        "wrong, doubted": sum(row["outcome"] == "wrong" and row["level"] == "low" for row in rows),
        "wrong, sure": are(sure, "wrong"),
        "none": are(rows, "none"),
        "high": len(sure), "medium": len(likely), "wrong, likely": are(likely, "wrong"),
        "honest": len(honest), "honest 2 s": are(honest, "2 s"),
        "knowable": sum(row["knowable"] for row in rows),
        "instant": sum(bool(row["utc"]) for row in rows if row["knowable"]),
        "kept": sum(row["kept"] for row in rows),
        "kept instant": sum(bool(row["utc"]) or row["outcome"] == "2 s" for row in rows if row["kept"]),
    }  # fmt: skip
