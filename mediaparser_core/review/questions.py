"""Make the review queue: everything that waits for a person, as few questions as possible.

Doubts that share a cause are one question: all that messengers brought, all scans in folders of years, all pictures of a
camera whose clock is not to be trusted stand or fall together, wherever they lie. (A page that asks folder by folder uses
the finer :func:`cause_of_doubt`.) The rows are those of the catalog (or anything with the same keys).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import groupby, takewhile
from typing import Any, Final

Row = Mapping[str, Any]
Question = dict[str, Any]

_SHOWN_PATHS: Final = 5
_LIKE: Final = {
    "similar": "the same picture",
    "mirrored": "one picture and its mirror image",
    "burst": "one moment",
    "retake": "one scene, taken again",
}
_LATER: Final = {"burst": 1, "retake": 2}  # copies are asked about first
_SHOWN_FOLDERS: Final = 5


def questions(
    dates: Iterable[Row], groups: Iterable[Row], troubles: Iterable[Row], clocks: Iterable[Row] = ()
) -> list[Question]:
    """Every open question: groups first, then clocks, doubtful dates and troubles, in each the one that settles most.

    *dates* have ``sha256, taken_at, utc_offset, rule, confidence, reason, suggestion, first_path`` (and ``make, model``);
    *groups* have ``group_id, kind, confidence, keeper, reason`` and ``members`` with ``sha256, first_path``; *troubles*
    have ``path, sha256, probe, message``; *clocks* are offers, ``question, camera, seconds, since, until, files, evidence,
    confidence, assets, paths``, those of one question together. A question has ``kind`` (``similar``, ``burst``,
    ``clock``, ``date``, ``trouble``), ``subject`` (SHA-256s; of a clock its camera's key), ``count``, ``question``,
    ``suggestion``, ``options`` (each a ``label``, a ``verb`` and its ``value``, ``None`` where whoever records the answer
    fills it in), ``confidence``, ``reason`` and a few ``paths``. What names it to ``decide`` is its ``name``. What is
    asked about a clock is not asked again as a date, nor is what leans on it (``leans_on``).
    """
    alike = sorted(
        (_group(row) for row in groups), key=lambda q: (_LATER.get(q["kind"], 0), -q["confidence"], q["subject"])
    )
    offers = [list(rows) for _, rows in groupby(clocks, key=lambda row: row["question"])]
    ticking = [_clock(rows) for rows in offers]
    asked = {sha for rows in offers for row in rows for sha in row["assets"]}
    rest = (row for row in dates if not {row["sha256"], row.get("leans_on")} & asked)
    doubts = [_date(rows) for rows in by_cause(rest, _asked)]
    broken = [_trouble(rows) for rows in by_cause(troubles, lambda row: (row["probe"], row["message"]))]
    return alike + [each for part in (ticking, doubts, broken) for each in sorted(part, key=_most_first)]


def by_cause(rows: Iterable[Row], cause: Callable[[Row], Hashable]) -> list[list[Row]]:
    """*rows* in lists of one ``cause(row)`` each, in the order in which the causes appear."""
    found: dict[Hashable, list[Row]] = {}
    for row in rows:
        found.setdefault(cause(row), []).append(row)
    return list(found.values())


def cause_of_doubt(row: Row) -> tuple[str, str, str]:
    """What doubtful dates have in common when one answer settles them all: folder, rule and reason."""
    return _folder(row["first_path"]), row["rule"], row["reason"]


def _asked(row: Row) -> tuple[str, str, bool]:
    """The cause, and whether there is any date to say yes to."""
    return *shared_cause(row), bool(row["taken_at"] or row["suggestion"])


def shared_cause(row: Row) -> tuple[str, str]:
    """What doubtful dates have in common, wherever they lie: the doubt itself, and the camera when it is about a clock.

    What else was heard (who agrees, who knows the zone) makes no other question of it.
    """
    parts = row["reason"].rstrip(".").split("; ")
    doubt = "; ".join(part for part in parts if part.startswith("but ")) or parts[0]
    return doubt, _camera(row.get("make"), row.get("model")) if "clock" in doubt else ""


def _camera(make: str | None, model: str | None) -> str:
    """A camera as people call it; most models begin with their maker."""
    first = (make or "").split(" ")[0]
    return model if model and model.lower().startswith(first.lower()) else " ".join(filter(None, (make, model)))


def key_of(cause: Hashable) -> str:
    """A short name for a cause that stays the same while the cause does."""
    return hashlib.sha256(repr(cause).encode("utf-8", "backslashreplace")).hexdigest()[:8]


def _most_first(question: Question) -> tuple[int, list[str], str]:
    return -question["count"], question["paths"], question["reason"]


def _folder(path: str | None) -> str:
    return (path or "").rpartition("/")[0]


def _name(path: str | None) -> str:
    return (path or "").rpartition("/")[2] or "a file without a name"


def _option(label: str, verb: str, value: str | None = None) -> dict[str, str | None]:
    return {"label": label, "verb": verb, "value": value}


def _question(kind: str, rows: Sequence[Row], key: str, **said: Any) -> Question:
    return {
        "kind": kind,
        "subject": list(dict.fromkeys(row["sha256"] for row in rows if row["sha256"])),
        "count": len(rows),
        "paths": [row[key] for row in rows[:_SHOWN_PATHS] if row[key]],
        **said,
    }


def _date(rows: Sequence[Row]) -> Question:
    """One cause of doubt about when pictures were taken."""
    moments = sorted(moment for row in rows if (moment := row["taken_at"] or row["suggestion"]))
    undated = not any(row["taken_at"] for row in rows)
    span = None if not moments else moments[0] if moments[0] == moments[-1] else f"{moments[0]} … {moments[-1]}"
    doubt, camera = shared_cause(rows[0])
    one = len(rows) == 1
    what = _name(rows[0]["first_path"]) if one else f"{len(rows)} files in {_common_folder(rows)}"
    what += f" by {camera}" if camera and not one else ""
    if undated:
        text = f"When was {what} taken?" if one else f"When were {what} taken?"
    else:
        text = f"Was {what} taken {span}?" if one else f"Are the dates of {what} right ({span})?"
    options = []
    if moments:
        sure = "yes, it is right" if one else "yes, they are right"
        options.append(_option("the file system's date is right" if undated else sure, "accept"))
    options.append(_option("no, it was another time", "set-date"))
    reasons = {row["reason"] for row in rows}
    reason = reasons.pop() if len(reasons) == 1 else f"{doubt[0].upper()}{doubt[1:]}."
    folders = Counter(_folder(row["first_path"]) for row in rows)
    said = _question(
        "date", rows, "first_path", question=text, suggestion=span, options=options,
        confidence=min(row["confidence"] for row in rows), reason=reason,
    )  # fmt: skip
    return said | {
        "name": f"doubt:{key_of(_asked(rows[0]))}",
        "cause": None if undated else {"doubt": doubt, "camera": camera},  # what can be answered for good
        "folders": [{"folder": folder, "count": count} for folder, count in folders.most_common(_SHOWN_FOLDERS)],
    }


def _common_folder(rows: Sequence[Row]) -> str:
    """The folder that holds all of *rows*."""
    first, last = (sorted(_folder(row["first_path"]).split("/") for row in rows)[at] for at in (0, -1))
    return (
        "/".join(one for one, other in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
        or "/"
    )


def _clock(rows: Sequence[Row]) -> Question:
    """The times at which one camera's clock was wrong, as far as other clocks show, and those of which nobody knows."""
    camera = _camera(*rows[0]["camera"].split("|")[:2])
    wrong, unknown = [row for row in rows if row["seconds"]], [row for row in rows if not row["seconds"]]
    put_right = ", ".join(f"{row['seconds']:+.12g} {row['since']}..{row['until']}" for row in wrong)
    trusted = ", ".join(f"+0 {row['since']}..{row['until']}" for row in unknown)
    denied = ", ".join(f"+0 {row['since']}..{row['until']}" for row in rows)
    options = [_option("no, its clock was right", "shift", denied)]
    if wrong:
        text = f"The clock of {camera} was wrong {_times(wrong)} ({_files(wrong)}): put it right?"
        text += f" Of {_files(unknown)} nothing tells." if unknown else ""
        options.insert(0, _option(f"yes, put {_files(wrong)} right", "shift", put_right))
        if unknown:
            options.insert(
                1, _option(f"… and trust it in the other {_files(unknown)}", "shift", f"{put_right}, {trusted}")
            )
    else:
        text = f"The clock of {camera} was often wrong; was it right in {_files(unknown)} of which nothing tells?"
        options = [_option("yes, it was right", "shift", trusted)]
    assets = [
        {"sha256": sha, "first_path": path}
        for row in wrong or rows
        for sha, path in zip(row["assets"], row["paths"], strict=False)
    ]
    said = _question(
        "clock", assets, "first_path", question=text, suggestion=options[0]["value"], options=options,
        confidence=min(row["confidence"] for row in rows),
        reason="; ".join(f"{row['since']} … {row['until']} ({row['files']}): {row['evidence']}" for row in wrong or rows) + ".",
    )  # fmt: skip
    count = len({sha for row in rows for sha in row["assets"]})
    return said | {"subject": [rows[0]["camera"]], "count": count, "name": f"clock:{rows[0]['question']}"}


def _times(rows: Sequence[Row]) -> str:
    return "once" if len(rows) == 1 else f"{len(rows)} times"


def _files(rows: Sequence[Row]) -> str:
    count = len({sha for row in rows for sha in row["assets"]})
    return "1 file" if count == 1 else f"{count} files"


def _group(row: Row) -> Question:
    """One group of look-alikes or one burst."""
    members = row["members"]
    keeper = next(
        (_name(member["first_path"]) for member in members if member["sha256"] == row["keeper"]), row["keeper"]
    )
    what = _LIKE.get(row["kind"], _LIKE["similar"])
    text = f"{len(members)} files look like {what}: is {keeper} the one to keep?"
    question = _question(
        row["kind"], members, "first_path", question=text, suggestion=row["keeper"],
        options=[
            _option(f"keep {keeper}, leave the other {len(members) - 1} out", "accept"),
            _option("keep all of them", "keep"),
            _option("they are different pictures", "different"),
        ],
        confidence=row["confidence"], reason=row["reason"],
    )  # fmt: skip
    return question | {"group_id": row["group_id"], "name": f"group:{row['group_id']}"}


def _trouble(rows: Sequence[Row]) -> Question:
    """Files that had the same trouble: there is nothing to decide, but somebody should know."""
    what = _name(rows[0]["path"]) if len(rows) == 1 else f"{len(rows)} files"
    return _question(
        "trouble", rows, "path", question=f"{what} could not be read in full: {rows[0]['message']}", suggestion=None,
        options=[], confidence=0.0, reason=f"{rows[0]['probe']}: {rows[0]['message']}", name=None,
    )  # fmt: skip
