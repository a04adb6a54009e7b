"""The accuracy bench: make libraries whose true dates are known, date them with this program and by the rules of others.

    python benchmarks/date_bench.py --maker make_library.py --photos DIR --seeds 4,5,6 [--files 2000] [--work DIR] [--json]

MAKER is a script ``make_library.py OUT --photos DIR --files N --megapixels M --seed S`` that writes OUT/truth.json (see
benchmarks/dates.py). Libraries are kept in --work and used again. The household's zone is Europe/Lisbon, in which one in
six pictures was taken. What is measured, for each seed and over all:

- how many dates are right, by this program and by the rules in benchmarks/date_rules.py, and by the rule of the program
  that this one grew out of (the earliest date since 2000), on the same files;
- reliability: of the dates with a confidence of 0.9 and more, how many are right, and so on down;
- injected clock errors: found and sized, where another clock speaks of a picture of the same outing; offers on outings
  whose clock was right;
- questions: how many doubtful dates are settled by 30 answers per 10,000 files, by answering them on a copy;
- replay: whether the claims, witnesses and decisions in the catalog alone give the same dates.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import date_rules
import dates

from mediaparser_core import probe, review, settings
from mediaparser_core.catalog import Catalog
from mediaparser_core.pipeline import deciding, derive, explaining
from mediaparser_core.pipeline.dating import Dating
from mediaparser_plugins import earliest_date

ZONE = "Europe/Lisbon"
ANSWERS = 30 / 10_000  # questions a file
OUTING = 4 * 3600  # seconds without a shot that end an outing of the truth
COLUMNS = ("2 s", "day", "covers", "wrong, believed", "wrong, doubted", "none")
Row = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--maker", type=Path, required=True)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--seeds", default="4,5,6")
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--megapixels", type=float, default=0.3)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "mediaparser-date-bench")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    os.environ["TZ"] = ZONE
    seeds = [one_seed(options, int(seed)) for seed in options.seeds.split(",")]
    if options.json:
        print(json.dumps([{k: v for k, v in seed.items() if k != "rows"} for seed in seeds], indent=1))
    else:
        report(seeds)
    return 0


def one_seed(options: argparse.Namespace, seed: int) -> Row:
    """Everything that is measured on the library of one seed."""
    files = options.work / f"files-{options.files}-{seed}"
    if not (files / "truth.json").exists():
        maker = [sys.executable, str(options.maker), str(files), "--photos", str(options.photos)]
        made = ["--files", str(options.files), "--megapixels", str(options.megapixels), "--seed", str(seed)]
        subprocess.run([*maker, *made], check=True, stdout=sys.stderr)
    library = options.work / f"library-{options.files}-{seed}"
    command = [sys.executable, "-m", "mediaparser_core", "--quiet", "--library", str(library), "run", str(files)]
    subprocess.run([*command, "--no-export"], check=True, stdout=sys.stderr)
    ours = settings.load(library)
    with Catalog(library) as catalog, catalog.lock():
        derive.refresh(catalog, probe.configure(ours)[0], ours, force=True)  # a kept library, and rules that changed
    truth = files / "truth.json"
    rows = {"mediaparser": score(dates.joined(truth, library))}
    tags = date_rules.tags_of(files)
    paths = [row["path"] for row in dates.truths(truth)]
    for name, rule in date_rules.RULES.items():
        said = date_rules.answers(files, rule, tags, paths, ZONE)
        rows[name] = score((row, dates.as_date(said.get(row["path"]))) for row in dates.truths(truth))
    rows["earliest date"] = score(earliest(truth, library))
    found = {"seed": seed, "rows": rows, "clocks": clocks(truth, library), "replayed": replayed(library)}
    return found | {"questions": questions(truth, library, rows)}


def score(pairs: dates.Pairs) -> list[Row]:
    return [dates.scored(row, said) for row, said in pairs]


# -- the rule of the origin -------------------------------------------------------------------------------------------


def earliest(truth: Path, library: Path) -> dates.Pairs:
    """What the earliest date since 2000 would be, from the same claims."""
    ours = settings.load(library)
    rule = replace(ours, dates=replace(ours.dates, rule="earliest_date"))
    with Catalog(library, writable=False) as catalog:
        said = {}
        for evidence, _ in catalog.derived.evidence():
            found = earliest_date.resolve_date(replace(evidence, forced=False), rule, date.today())
            said[evidence.sha256] = found.taken_at if found else None
    for row, known in dates.joined(truth, library):
        yield row, dates.as_date(said[known["sha256"]])


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
    for row, said in dates.joined(truth, library):
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
    return outcomes(score(dates.joined(truth, copy)))


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


# -- the tables -------------------------------------------------------------------------------------------------------


def outcomes(rows: Iterable[Row]) -> Row:
    """The columns of the big table."""
    rows = list(rows)
    sure = [row for row in rows if row["level"] == "high"]
    likely = [row for row in rows if row["level"] == "medium"]
    honest = [row for row in rows if row["honest"]]
    is_a: Callable[[str], Callable[[Row], bool]] = lambda name: lambda row: row["outcome"] == name  # noqa: E731
    return {
        "files": len(rows),
        "2 s": sum(map(is_a("2 s"), rows)),
        "day": sum(row["outcome"] in ("2 s", "day") for row in rows),
        "covers": sum(map(is_a("covers"), rows)),
        "wrong, believed": sum(row["outcome"] == "wrong" and row["level"] in ("high", "medium") for row in rows),
        "wrong, doubted": sum(row["outcome"] == "wrong" and row["level"] == "low" for row in rows),
        "wrong, sure": sum(map(is_a("wrong"), sure)),
        "none": sum(map(is_a("none"), rows)),
        "high": len(sure), "medium": len(likely), "wrong, likely": sum(map(is_a("wrong"), likely)),
        "honest": len(honest), "honest 2 s": sum(map(is_a("2 s"), honest)),
        "knowable": sum(row["knowable"] for row in rows),
        "instant": sum(bool(row["utc"]) for row in rows if row["knowable"]),
    }  # fmt: skip


def report(seeds: Sequence[Row]) -> None:
    """Markdown tables over all seeds."""
    names = list(seeds[0]["rows"])
    together = {name: [row for seed in seeds for row in seed["rows"][name]] for name in names}
    print(f"Seeds {', '.join(str(seed['seed']) for seed in seeds)}: {len(together[names[0]])} files.\n")
    print(
        "| rule | right within 2 s | right day | true, but coarser | wrong day, believed | wrong day, marked as doubtful | undated |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|")
    for name in names:
        row = outcomes(together[name])
        cells = [share(row[key], row["files"]) for key in COLUMNS]
        print(f"| {name} | {' | '.join(cells)} |")
    after: Counter[str] = Counter()
    for seed in seeds:
        after.update(seed["questions"]["after the clock offers"])
    cells = [share(after[key], after["files"]) for key in COLUMNS]
    print(f"| mediaparser, clock offers accepted | {' | '.join(cells)} |")
    ours = outcomes(together["mediaparser"])
    print("\n| target | measured | goal |\n|---|--:|--:|")
    lines = [
        ("wrong day at level high", f"{ours['wrong, sure']} of {ours['high']}", "0"),
        ("wrong day at level medium", part(ours["wrong, likely"], ours["medium"]), "< 0.5 %"),
        ("right within 2 s where an honest source exists", part(ours["honest 2 s"], ours["honest"]), "≥ 99 %"),
        ("right instant where it is knowable", part(ours["instant"], ours["knowable"]), "≥ 98 %"),
    ]
    ticking: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    replay: Counter[str] = Counter()
    for seed in seeds:
        ticking.update(seed["clocks"])
        asked.update({key: value for key, value in seed["questions"].items() if isinstance(value, int)})
        replay.update(seed["replayed"])
    wrong = "offers on outings that were right"
    lines += [
        (
            "clock errors found and sized",
            part(ticking["found and sized"], ticking["errors with another clock"]),
            "≥ 95 %",
        ),
        (wrong, f"{ticking[wrong]} of {ticking['outings right']}", "0"),
        (f"doubtful dates settled by {asked['answers']} answers", part(asked["settled"], asked["doubtful"]), "≥ 90 %"),
        ("dates the same when replayed", part(replay["same"], replay["assets"]), "100 %"),
    ]
    for line in lines:
        print(f"| {' | '.join(line)} |")
    print(f"\nClock errors that no other clock can show: {ticking['errors nobody can see']}.")
    print("\n| confidence | files | said | right day | right within 2 s, or coarser and true |\n|---|--:|--:|--:|--:|")
    for row in dates.reliability(together["mediaparser"]):
        exact, right = share(row["right"], row["files"]), share(row["day right"], row["files"])
        print(f"| from {row['from']} | {row['files']} | {row['said']:.2f} | {right} | {exact} |")
    levels: dict[str, Counter[str]] = defaultdict(Counter)
    for row in together["mediaparser"]:
        levels[row["level"]][row["outcome"]] += 1
    print("\n| level | " + " | ".join(dates.OUTCOMES) + " |\n|---|" + "--:|" * len(dates.OUTCOMES))
    for level in dates.LEVELS:
        print(f"| {level} | " + " | ".join(str(levels[level][name]) for name in dates.OUTCOMES) + " |")


def share(count: int, of: int) -> str:
    return f"{100 * count / of:.1f} %" if of else "–"


def part(count: int, of: int) -> str:
    return f"{count} of {of} ({100 * count / of:.2f} %)" if of else "–"


if __name__ == "__main__":
    sys.exit(main())
