"""Print what was measured about dates as tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import date_scores
from date_scores import Row, columns

COLUMNS = ("2 s", "day", "covers", "wrong, believed", "wrong, doubted", "none")


def show(result: Mapping[str, Any]) -> None:
    """The summary as tables."""
    for title in ("all", "honest", "by kind", "by level", "by rule", "by confidence"):
        print(f"\n{title:46}" + "".join(f"{name:>9}" for name in ("files", *date_scores.OUTCOMES)))
        groups = {"": result[title]} if title in ("all", "honest") else result[title]
        for name, row in groups.items():
            if row["files"]:
                print(f"  {name:44}" + "".join(f"{row[column]:9}" for column in ("files", *date_scores.OUTCOMES)))
    print("\nconfidence        files     said   day right")
    for row in result["reliability"]:
        print(f"  from {row['from']:4} {row['files']:11} {row['said']:8.2f} {row['day right'] / row['files']:11.3f}")
    names = ("to review", "offset stated", "instant right", "instant knowable", "knowable instant right")
    print("\n" + ", ".join(f"{name} {result[name]}" for name in names))


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
        row = columns(together[name])
        cells = [share(row[key], row["files"]) for key in COLUMNS]
        print(f"| {name} | {' | '.join(cells)} |")
    after: Counter[str] = Counter()
    for seed in seeds:
        after.update(seed["questions"]["after the clock offers"])
    cells = [share(after[key], after["files"]) for key in COLUMNS]
    print(f"| mediaparser, clock offers accepted | {' | '.join(cells)} |")
    ours = columns(together["mediaparser"])
    print("\n| target | measured | goal |\n|---|--:|--:|")
    lines = [
        ("wrong day at level high", f"{ours['wrong, sure']} of {ours['high']}", "0"),
        ("wrong day at level medium", part(ours["wrong, likely"], ours["medium"]), "< 0.5 %"),
        ("right within 2 s where an honest source exists", part(ours["honest 2 s"], ours["honest"]), "≥ 99 %"),
        ("right instant where it is knowable", part(ours["instant"], ours["knowable"]), "≥ 98 %"),
        ("… where only the file system's date is honest", part(ours["kept instant"], ours["kept"]), "–"),
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
    for row in date_scores.reliability(together["mediaparser"]):
        exact, right = share(row["right"], row["files"]), share(row["day right"], row["files"])
        print(f"| from {row['from']} | {row['files']} | {row['said']:.2f} | {right} | {exact} |")
    levels: dict[str, Counter[str]] = defaultdict(Counter)
    for row in together["mediaparser"]:
        levels[row["level"]][row["outcome"]] += 1
    print("\n| level | " + " | ".join(date_scores.OUTCOMES) + " |\n|---|" + "--:|" * len(date_scores.OUTCOMES))
    for level in date_scores.LEVELS:
        print(f"| {level} | " + " | ".join(str(levels[level][name]) for name in date_scores.OUTCOMES) + " |")


def share(count: int, of: int) -> str:
    return f"{100 * count / of:.1f} %" if of else "–"


def part(count: int, of: int) -> str:
    return f"{count} of {of} ({100 * count / of:.2f} %)" if of else "–"
