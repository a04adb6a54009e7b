"""How many dates are right, and how sure they were: this program, and the rules of others, on the same files.

    python benchmarks/dates.py --maker make_library.py --photos DIR [--seeds 4,5,6] [--files 2000] [--work DIR] [--json]
    python benchmarks/dates.py TRUTH_JSON LIBRARY [--json] [--wrong N]
    python benchmarks/dates.py TRUTH_JSON ANSWERS.json
    python benchmarks/dates.py --corpus DIR [--work DIR]

The first makes libraries whose true dates are known and measures everything. MAKER is a script ``make_library.py OUT
--photos DIR --files N --megapixels M --seed S`` that writes OUT/truth.json (see benchmarks/date_scores.py). Libraries are
kept in --work and used again. The household's zone is Europe/Lisbon, in which one in six pictures was taken. Measured are:

- how many dates are right, by this program, by the rules in benchmarks/date_rules.py, and by the rule of the program that
  this one grew out of (the earliest date since 2000), on the same files;
- reliability: of the dates with a confidence of 0.9 and more, how many are right, and so on down;
- injected clock errors: found and sized, where another clock speaks of a picture of the same outing; offers on outings
  whose clock was right;
- questions: how many doubtful dates are settled by 30 answers per 10,000 files, by answering them on a copy;
- replay: whether the claims, witnesses and decisions in the catalog alone give the same dates.

The second scores any library that has a truth; LIBRARY is a library folder or a ``catalog.db`` whose inputs were those
files. The third scores any other program: ANSWERS.json is what it says, ``{path: wall time or null}``. The fourth counts,
on files whose truth nobody knows, who dates how many of them, by what, and with what cannot be true.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import date_corpus
import date_measures
import date_rules
import date_scores
import date_tables
from date_scores import Row, scores

from mediaparser_core import probe, settings
from mediaparser_core.catalog import Catalog
from mediaparser_core.pipeline import derive

ZONE = "Europe/Lisbon"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("truth", type=Path, nargs="?")
    parser.add_argument("library", type=Path, nargs="?")
    parser.add_argument("--maker", type=Path)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--seeds", default="4,5,6")
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--megapixels", type=float, default=0.3)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "mediaparser-date-bench")
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of tables")
    parser.add_argument("--wrong", type=int, default=0, metavar="N", help="also list N wrong dates, the surest first")
    options = parser.parse_args()
    os.environ["TZ"] = ZONE
    if options.corpus:
        date_corpus.report(options.corpus, dated(options.corpus, options.work / "library-corpus"), ZONE)
    elif options.maker and options.photos:
        seeds = [one_seed(options, int(seed)) for seed in options.seeds.split(",")]
        if options.json:
            print(json.dumps([{k: v for k, v in seed.items() if k != "rows"} for seed in seeds], indent=1))
        else:
            date_tables.report(seeds)
    elif options.truth and options.library:
        one_library(options)
    else:
        parser.error("say --maker and --photos, or a truth and a library, or --corpus")
    return 0


def one_library(options: argparse.Namespace) -> None:
    """Score a library, or the answers of another program, that is there already."""
    pairs = date_scores.from_answers if options.library.suffix == ".json" else date_scores.joined
    rows = scores(pairs(options.truth, options.library))
    if not rows:
        sys.exit("no file of that truth is in that catalog")
    result = date_scores.summary(rows)
    if options.json:
        print(json.dumps(result, indent=1, ensure_ascii=False))
    else:
        date_tables.show(result)
    wrong = sorted((row for row in rows if row["outcome"] == "wrong"), key=lambda row: -row["confidence"])
    for row in wrong[: options.wrong]:
        found = f"{row['confidence']:.2f} {row['rule']}: {row['taken_at']} for {row['truth']}"
        print(found, row["path"], row["lies"] or "", sep="  ")


def dated(files: Path, library: Path) -> Path:
    """*library*, with *files* read into it and dated by today's rules."""
    command = [sys.executable, "-m", "mediaparser_core", "--quiet", "--library", str(library), "run", str(files)]
    subprocess.run([*command, "--no-export"], check=False, stdout=sys.stderr)
    ours = settings.load(library)
    with Catalog(library) as catalog, catalog.lock():
        derive.refresh(catalog, probe.configure(ours)[0], ours, force=True)  # a kept library, and rules that changed
    return library


def one_seed(options: argparse.Namespace, seed: int) -> Row:
    """Everything that is measured on the library of one seed."""
    files = options.work / f"files-{options.files}-{seed}"
    if not (files / "truth.json").exists():
        maker = [sys.executable, str(options.maker), str(files), "--photos", str(options.photos)]
        made = ["--files", str(options.files), "--megapixels", str(options.megapixels), "--seed", str(seed)]
        subprocess.run([*maker, *made], check=True, stdout=sys.stderr)
    library = dated(files, options.work / f"library-{options.files}-{seed}")
    truth = files / "truth.json"
    rows = {"mediaparser": scores(date_scores.joined(truth, library))}
    tags = date_rules.tags_of(files)
    known = date_scores.truths(truth)
    for name, rule in date_rules.RULES.items():
        said = date_rules.answers(files, rule, tags, [row["path"] for row in known], ZONE)
        rows[name] = scores((row, date_scores.as_date(said.get(row["path"]))) for row in known)
    rows["earliest date"] = scores(date_measures.earliest(truth, library))
    found = {"seed": seed, "rows": rows, "clocks": date_measures.clocks(truth, library)}
    found |= {"replayed": date_measures.replayed(library)}
    return found | {"questions": date_measures.questions(truth, library, rows)}


if __name__ == "__main__":
    sys.exit(main())
