"""What is measured on a library besides its dates: the origin's rule, clocks, questions, and whether a replay agrees."""

from __future__ import annotations

import math
import re
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import date_scores
from date_scores import Pairs, Row, columns

from mediaparser_core import probe, review, settings
from mediaparser_core.catalog import Catalog
from mediaparser_core.pipeline import deciding, derive, explaining
from mediaparser_core.pipeline.dating import Dating
from mediaparser_plugins import earliest_date

ANSWERS = 30 / 10_000  # questions a file
OUTING = 4 * 3600  # seconds without a shot that end an outing of the truth


# -- the rule of the origin -------------------------------------------------------------------------------------------


def earliest(truth: Path, library: Path) -> Pairs:
    """What the earliest date since 2000 would be, from the same claims."""
    ours = settings.load(library)
    rule = replace(ours, dates=replace(ours.dates, rule="earliest_date"))
    with Catalog(library, writable=False) as catalog:
        said = {}
        for evidence, _ in catalog.derived.evidence():
            found = earliest_date.resolve_date(replace(evidence, forced=False), rule, date.today())
            said[evidence.sha256] = found.taken_at if found else None
    for row, known in date_scores.joined(truth, library):
        yield row, date_scores.as_date(said[known["sha256"]])


# -- clocks -----------------------------------------------------------------------------------------------------------


def clocks(truth: Path, library: Path) -> Row:
    """Outings of cameras without a network: those whose clock was wrong, found, sized; and offers on the others."""
    with closing(sqlite3.connect(f"file:{library}/catalog.db?mode=ro", uri=True)) as db:
        readings = dict(db.execute("select sha256, told_by from readings"))
        states = {sha: (state, by) for sha, state, by in db.execute(
            "select sha256, detail, seconds from witnesses where kind = 'clock'")}  # fmt: skip
    found: Counter[str] = Counter()
    for outing in outings(truth, library, readings):
        off, told = outing[0]["off"], any(readings[row["sha256"]] in ("gps", "takeout") for row in outing)
        said = [states.get(row["sha256"], ("", 0.0)) for row in outing]
        offered = sum(state == "off" for state, _ in said)
        if not off:
            found["outings right"] += 1
            found["offers on outings that were right"] += bool(offered)
        elif told:
            found["errors with another clock"] += 1
            found["found and sized"] += all(state == "off" and abs(by + off) <= 2 for state, by in said)
        else:
            found["errors nobody can see"] += 1
    return dict(found)


def outings(truth: Path, library: Path, readings: Mapping[str, Any]) -> list[list[Row]]:
    """The shots of each camera, cut where it paused or its error changed."""
    shots = []
    for row, said in date_scores.joined(truth, library):
        if said["sha256"] in readings and row["kind"] != "scan":
            off = re.match(r"camera clock off by (-?\d+) s", row["lies"].get("exif") or "")
            taken = datetime.fromisoformat(row["taken_utc"])
            shots.append(
                {"device": row["device"], "taken": taken, "off": int(off[1]) if off else 0, "sha256": said["sha256"]}
            )
    shots.sort(key=lambda shot: (shot["device"], shot["taken"]))
    found: list[list[Row]] = []
    for shot in shots:
        last = found[-1][-1] if found else None
        apart = last and (shot["taken"] - last["taken"]).total_seconds() > OUTING
        if last is None or apart or (last["device"], last["off"]) != (shot["device"], shot["off"]):
            found.append([])
        found[-1].append(shot)
    return found


# -- questions and replay ---------------------------------------------------------------------------------------------


def questions(truth: Path, library: Path, rows: Mapping[str, Sequence[Row]]) -> Row:
    """How many doubts are left once the first few questions are answered as suggested, on a copy of the library."""
    allowed = math.ceil(ANSWERS * len(rows["mediaparser"]))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "library"
        shutil.copytree(library, copy)
        ours = settings.load(copy)
        manager = probe.configure(ours)[0]
        with Catalog(copy) as catalog, catalog.lock():
            asked = [q for q in explaining.to_review(catalog, None, 0) if q["kind"] in ("clock", "date")]
            before = doubtful(catalog)
            for question in sorted(asked, key=lambda each: -each["count"])[:allowed]:
                if question["kind"] == "clock":
                    deciding.decide(catalog, ours, "shift", (question["name"], "trust"), actor="bench")
                else:
                    deciding.decide(catalog, ours, "accept", tuple(question["subject"]), actor="bench")
            derive.refresh(catalog, manager, ours)
            after = doubtful(catalog)
            clocks_only = after_clocks(truth, copy, ours, manager, catalog)
    left = len(before & after)
    return {"doubtful": len(before), "questions": len(asked), "answers": allowed, "settled": len(before) - left,
            "after the clock offers": clocks_only}  # fmt: skip


def after_clocks(truth: Path, copy: Path, ours: Any, manager: Any, catalog: Catalog) -> Row:
    """How many dates are right when all that was said is taken back, and only what is offered for clocks accepted."""
    for decision in catalog.decided.all():
        catalog.decided.add([review.make("undo", decision.subject, decision.request_id, "bench", decision.at)])
    derive.refresh(catalog, manager, ours)
    for question in explaining.to_review(catalog, "clock", 0):
        if question["options"][0]["label"].startswith("yes, put"):
            deciding.decide(catalog, ours, "shift", (question["name"],), actor="bench")
    derive.refresh(catalog, manager, ours)
    return columns(date_scores.scores(date_scores.joined(truth, copy)))


def doubtful(catalog: Catalog) -> set[str]:
    return {row["sha256"] for row in catalog.asked.questions()["dates"]}


def replayed(library: Path) -> Row:
    """Assets whose date comes out the same when it is resolved again from the catalog."""
    ours = settings.load(library)
    manager = probe.configure(ours)[0]
    with Catalog(library, writable=False) as catalog:
        same = total = 0
        dating = Dating(catalog, manager, ours, review.fold(catalog.decided.all()), catalog.derived.bundles())
        for sha, again in dating.replay():
            row = catalog.found.asset(sha)
            total += 1
            said = (again.taken_at, again.utc_offset, again.taken_utc, again.rule, again.confidence, again.reason)
            same += row is not None and said == tuple(
                row[key] for key in ("taken_at", "utc_offset", "taken_utc", "rule", "confidence", "reason")
            )
    return {"assets": total, "same": same}
