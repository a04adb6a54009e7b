"""``dates``, ``explain``, ``review``, ``report``, ``status``: look, and change nothing."""

from __future__ import annotations

from typing import Any

import click

from mediaparser_core.cli.session import Session, as_json


@click.command(
    help="""Say what names and folders alone tell about a date; no file is needed.

NAME is a file name or a path; - reads one name per line from standard input.

\b
  mediaparser dates PXL_20240509_100203123.jpg 'Summer 1994/scan0001.jpg'
  find . -type f | mediaparser dates -
"""
)
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@as_json
@click.pass_obj
def dates(session: Session, names: tuple[str, ...], as_json: bool) -> None:
    from mediaparser_core import dates as reading

    lines: list[str] = []
    for name in names:
        if name == "-":
            with click.open_file("-", encoding="utf-8", errors="surrogateescape") as stdin:
                lines += [line.rstrip("\n") for line in stdin]
        else:
            lines.append(name)
    rows = [reading.from_path(line) for line in lines]
    if as_json:
        session.print_json(rows)
    else:
        session.table(rows, ("name", "value", "precision", "utc_offset", "source", "pattern"))


@click.command(
    help="""Explain one picture: every claim on its date, which were rejected and why, the rule that chose.

FILE is the picture (or its copy in the export); a SHA-256 or its first digits do as well.

\b
  mediaparser explain ~/Pictures/IMG_0001.JPG
  mediaparser explain 3f9a1c --json
"""
)
@click.argument("file", metavar="FILE|SHA256")
@as_json
@click.pass_obj
def explain(session: Session, file: str, as_json: bool) -> None:
    import os

    from mediaparser_core.cli.case import print_case
    from mediaparser_core.pipeline import explaining, subjects

    with session.fresh_catalog() as catalog:
        sha256 = subjects.asset(catalog, file, os.fsencode(session.settings.export_path))
        case = explaining.explain(catalog, sha256)
    if as_json:
        session.print_json(case)
    else:
        print_case(session, case)


@click.command(
    help="""List what waits for a person: doubtful dates, groups of look-alikes, clock offers, troubles.

\b
  mediaparser review
  mediaparser review --kind similar --limit 5
  mediaparser review --kind similar --limit 5 --page 2
"""
)
@click.option(
    "--kind",
    type=click.Choice(["date", "similar", "mirrored", "burst", "retake", "clock", "trouble"]),
    help="Only questions of this kind.",
)
@click.option("--limit", type=click.IntRange(min=0), default=20, show_default=True, help="How many; 0 for all.")
@click.option("--page", type=click.IntRange(min=1), default=1, show_default=True, help="Which page of so many.")
@as_json
@click.pass_obj
def review(session: Session, kind: str | None, limit: int, page: int, as_json: bool) -> None:
    from mediaparser_core.pipeline import explaining

    with session.fresh_catalog() as catalog:
        questions = explaining.to_review(catalog, kind, 0)
    shown = questions[limit * (page - 1) :][: limit or None]
    if as_json:
        session.print_json(shown)
        return
    for question in shown:
        session.print(f"[{question['kind']}] {question['question']}")
        session.print(f"      {question['reason']}")
        for path in question["paths"]:
            session.print(f"      {path}")
        if question["options"]:
            session.print(f"      answer: {answer(question)}")
        if question["kind"] == "clock":
            for word, option in zip(
                ("trust", "0")[-len(question["options"]) + 1 :], question["options"][1:], strict=True
            ):
                session.print(f"          or: mediaparser decide shift {question['name']} {word}   ({option['label']})")
    if not questions:
        session.print("Nothing waits for you.")
    elif limit and len(questions) > limit * page:
        session.print(f"… and {len(questions) - limit * page} more (--page {page + 1} goes on, --limit 0 shows all)")


def answer(question: dict[str, Any]) -> str:
    """The command that accepts the suggestion."""
    about = (
        question["name"] if len(question["subject"]) > 1 or question["kind"] == "clock" else question["subject"][0][:12]
    )
    verb = question["options"][0]["verb"]
    value = " DATE" if verb == "set-date" else ""
    return f"mediaparser decide {verb} {about}{value}   ({question['options'][0]['label']})"


@click.command(
    help="""The ledger: where every input file ended and why; files and bytes must balance.

Exit 3 when they do not, or when files are in trouble.

\b
  mediaparser report
  mediaparser report --files | grep troubled
"""
)
@click.option("--files", is_flag=True, help="One line per file.")
@as_json
@click.pass_context
def report(context: click.Context, files: bool, as_json: bool) -> None:
    from mediaparser_core.pipeline import ledger

    session: Session = context.obj
    with session.fresh_catalog() as catalog:
        document = ledger.report(catalog)
    if as_json:
        session.print_json(document)
    elif files:
        session.table(document["files"], ("end_state", "size", "path", "reason"))
    else:
        rows: list[dict[str, Any]] = [{"end_state": state, **sums} for state, sums in document["totals"].items()]
        total = {key: sum(row[key] for row in rows) for key in ("files", "bytes")}
        session.table([*rows, {"end_state": "total", **total}], ("end_state", "files", "bytes"))
        session.print(document["imbalance"] or "The ledger balances.")
    troubled = document["totals"].get("troubled", {}).get("files", 0)
    context.exit(3 if document["imbalance"] or troubled else 0)


@click.command(
    help="""Health of each part, counts and disk space. Exit 1 when a part is down.

\b
  mediaparser status --json
  mediaparser status --service worker
"""
)
@click.option("--service", metavar="NAME", help="Only whether this part runs: exit 1 when it gives no sign of life.")
@as_json
@click.pass_context
def status(context: click.Context, service: str | None, as_json: bool) -> None:
    from mediaparser_core.pipeline import health

    session: Session = context.obj
    with session.catalog() as catalog:
        document = health.status(catalog, session.settings) if service is None else health.one(catalog, service)
    if as_json:
        session.print_json(document)
    else:
        for key, value in document.items():
            if key == "services":
                session.table(value, ("service", "state", "age_seconds", "task"))
            elif key == "ledger":
                session.table(
                    [{"ends_as": state, **sums} for state, sums in value.items()], ("ends_as", "files", "bytes")
                )
            elif key == "last_jobs":
                session.table(value, ("id", "command", "state", "done", "total", "failed", "started_at"))
            else:
                session.print(f"{key}: {value}")
    context.exit(0 if document["ok"] else 1)


COMMANDS = (dates, explain, review, report, status)
