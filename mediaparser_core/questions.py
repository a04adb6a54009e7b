"""Make the review queue: everything that waits for a person, as few questions as possible.

Doubts that share a cause are one question: the pictures of one folder that were dated by the same rule for the same
reason stand or fall together. The rows are those of the catalog (or anything with the same keys).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Final

Row = Mapping[str, Any]
Question = dict[str, Any]

_SHOWN_PATHS: Final = 5


def questions(dates: Iterable[Row], groups: Iterable[Row], troubles: Iterable[Row]) -> list[Question]:
    """Every open question: groups first, then doubtful dates, then troubles; in each the one that settles most first.

    *dates* have ``sha256, taken_at, utc_offset, rule, confidence, reason, suggestion, first_path``; *groups* have
    ``group_id, kind, confidence, keeper, reason`` and ``members`` with ``sha256, first_path``; *troubles* have
    ``path, sha256, probe, message``. A question has ``kind`` (``similar``, ``burst``, ``date``, ``trouble``),
    ``subject`` (SHA-256s), ``count``, ``question``, ``suggestion``, ``options`` (each a ``label``, a ``verb`` and its
    ``value``, ``None`` where whoever records the answer fills it in), ``confidence``, ``reason`` and a few ``paths``.
    """
    alike = sorted(
        (_group(row) for row in groups), key=lambda q: (q["kind"] == "burst", -q["confidence"], q["subject"])
    )
    doubts = [_date(rows) for rows in by_cause(dates, cause_of_doubt)]
    broken = [_trouble(rows) for rows in by_cause(troubles, lambda row: (row["probe"], row["message"]))]
    return alike + sorted(doubts, key=_most_first) + sorted(broken, key=_most_first)


def by_cause(rows: Iterable[Row], cause: Callable[[Row], Hashable]) -> list[list[Row]]:
    """*rows* in lists of one ``cause(row)`` each, in the order in which the causes appear."""
    found: dict[Hashable, list[Row]] = {}
    for row in rows:
        found.setdefault(cause(row), []).append(row)
    return list(found.values())


def cause_of_doubt(row: Row) -> tuple[str, str, str]:
    """What doubtful dates have in common when one answer settles them all: folder, rule and reason."""
    return _folder(row["first_path"]), row["rule"], row["reason"]


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
    what = (
        _name(rows[0]["first_path"])
        if len(rows) == 1
        else f"{len(rows)} files in {_folder(rows[0]['first_path']) or '/'}"
    )
    if undated:
        text = f"When was {what} taken?" if len(rows) == 1 else f"When were {what} taken?"
    else:
        text = f"Was {what} taken {span}?" if len(rows) == 1 else f"Are the dates of {what} right ({span})?"
    options = []
    if moments:
        hint = (
            "the file system's date is right"
            if undated
            else "yes, it is right"
            if len(rows) == 1
            else "yes, they are right"
        )
        options.append(_option(hint, "accept"))
    options.append(_option("no, it was another time", "set-date"))
    return _question(
        "date", rows, "first_path", question=text, suggestion=span, options=options,
        confidence=min(row["confidence"] for row in rows), reason=rows[0]["reason"],
    )  # fmt: skip


def _group(row: Row) -> Question:
    """One group of look-alikes or one burst."""
    members = row["members"]
    keeper = next(
        (_name(member["first_path"]) for member in members if member["sha256"] == row["keeper"]), row["keeper"]
    )
    burst = row["kind"] == "burst"
    text = (
        f"{len(members)} files look like {'one moment' if burst else 'the same picture'}: is {keeper} the one to keep?"
    )
    question = _question(
        row["kind"], members, "first_path", question=text, suggestion=row["keeper"],
        options=[
            _option(f"keep {keeper}, leave the other {len(members) - 1} out", "accept"),
            _option("keep all of them", "keep"),
            _option("they are different pictures", "different"),
        ],
        confidence=row["confidence"], reason=row["reason"],
    )  # fmt: skip
    return question | {"group_id": row["group_id"]}


def _trouble(rows: Sequence[Row]) -> Question:
    """Files that had the same trouble: there is nothing to decide, but somebody should know."""
    what = _name(rows[0]["path"]) if len(rows) == 1 else f"{len(rows)} files"
    return _question(
        "trouble", rows, "path", question=f"{what} could not be read in full: {rows[0]['message']}", suggestion=None,
        options=[], confidence=0.0, reason=f"{rows[0]['probe']}: {rows[0]['message']}",
    )  # fmt: skip
