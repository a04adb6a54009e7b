"""``decide``, ``undo``, ``decisions``: what people say, kept for ever."""

from __future__ import annotations

from typing import TextIO

import click

from mediaparser_core.cli.session import Session, as_json
from mediaparser_core.errors import DecisionError

VERBS = ("keep", "discard", "set-date", "shift", "tag", "untag", "same", "different", "accept")


class _Words(click.Command):
    """A command whose words may begin with a minus: ``-1h`` is a value, not an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {name for parameter in self.get_params(ctx) for name in parameter.opts if name.startswith("-")}
        if "--" not in args:
            args = [*(word for word in args if word in own), "--", *(word for word in args if word not in own)]
        return super().parse_args(ctx, args)


@click.command(
    cls=_Words,
    help="""Record a decision. SUBJECT is a file, a SHA-256 (or its first digits), or group:N,\ndoubt:KEY, clock:N as 'review' shows them.

\b
  mediaparser decide set-date scan012.jpg 'summer 1994'
  mediaparser decide keep IMG_0001.JPG                 and discard, each by itself
  mediaparser decide accept group:3                    keep the suggested one, discard the others
  mediaparser decide accept IMG_0001.JPG               the suggested date is right
  mediaparser decide accept doubt:1f0c9a2e             … of all pictures in that question
  mediaparser decide accept doubt:1f0c9a2e --always    … and of those that come later with the same doubt
  mediaparser decide shift clock:1                     the clock was off as that question says (clock:1 0: it was not;
                                                       clock:1 trust: it was, and was right where nothing tells)
  mediaparser decide shift IMG_0001.JPG -1h            the clock of its camera was an hour fast
  mediaparser decide tag IMG_0001.JPG IMG_0002.JPG Lisbon
  mediaparser decide different IMG_0001.JPG IMG_0002.JPG
""",
)
@click.argument("verb", type=click.Choice(VERBS))
@click.argument("words", nargs=-1, required=True, metavar="SUBJECT... [VALUE]")
@click.option("--always", is_flag=True, help="Accepted dates: also for files that come later with the same doubt.")
@as_json
@click.pass_obj
def decide(session: Session, verb: str, words: tuple[str, ...], always: bool, as_json: bool) -> None:
    from mediaparser_core import review
    from mediaparser_core.pipeline import deciding

    with session.fresh_catalog():
        pass  # group numbers and suggestions must be those of now
    with session.catalog(writable=True) as catalog:
        decision = deciding.decide(catalog, session.settings, verb, words, always=always)
        number = catalog.decided.count()
    _settle(session)
    if as_json:
        session.print_json({"number": number, **review.portable(decision)})
    else:
        session.print(
            f"Decision {number}: {verb}, about {len(decision.subject)}{' and all that come later' if always else ''}. "
            f"Take it back with: mediaparser undo {number}"
        )


@click.command(
    help="""Take back the last decision, or the one with number N; that is itself a decision.

\b
  mediaparser undo
  mediaparser undo 12
"""
)
@click.argument("number", type=click.IntRange(min=1), required=False, metavar="[N]")
@as_json
@click.pass_obj
def undo(session: Session, number: int | None, as_json: bool) -> None:
    from mediaparser_core import review
    from mediaparser_core.pipeline import deciding

    if not session.settings.decisions_path.exists():  # an error, not a new library, where there is none
        raise DecisionError("there is no decision to undo")
    with session.catalog(writable=True) as catalog:
        decision = deciding.undo(catalog, number)
        own = catalog.decided.count()
    _settle(session)
    if as_json:
        session.print_json({"number": own, **review.portable(decision)})
    else:
        session.print(f"Undone (as decision {own}).")


def _settle(session: Session) -> None:
    """Let the catalog show the decision at once, unless a job is writing: then it does when that is done."""
    with session.fresh_catalog():
        pass


@click.group(help="The decisions as a whole: list them, carry them to another library.")
def decisions() -> None:
    """A group of commands."""


@decisions.command("list", help="Every decision with its number, oldest first.")
@as_json
@click.pass_obj
def list_decisions(session: Session, as_json: bool) -> None:
    from mediaparser_core import review

    with session.catalog() as catalog:
        rows = [{"number": number, **review.portable(each)} for number, each in catalog.decided.with_numbers()]
    if as_json:
        session.print_json(rows)
    else:
        numbers = {row["request_id"]: row["number"] for row in rows}  # "undo" is about another decision
        session.table(
            [row | {"subject": _some(row["subject"]), "about": numbers.get(row["undoes"])} for row in rows],
            ("number", "at", "actor", "verb", "about", "subject", "value"),
        )


def _some(subject: list[str]) -> str:
    shown = ", ".join(each[:12] for each in subject[:4])
    return shown if len(subject) <= 4 else f"{shown} and {len(subject) - 4} more"


@decisions.command(
    "export",
    help="""Write every decision to FILE as JSON Lines, keyed by content (- for standard output).

\b
  mediaparser decisions export decisions.jsonl
""",
)
@click.argument("file", type=click.File("w", encoding="utf-8", lazy=True))
@click.pass_obj
def export_decisions(session: Session, file: TextIO) -> None:
    from mediaparser_core.pipeline import deciding

    with session.catalog() as catalog:
        count = 0
        for line in deciding.export_lines(catalog):
            file.write(line + "\n")
            count += 1
    session.say(f"{count} decisions written")


@decisions.command(
    "import",
    help="""Add the decisions in FILE; those already known stay one decision.

\b
  mediaparser --library new-library decisions import decisions.jsonl
""",
)
@click.argument("file", type=click.File("r", encoding="utf-8"))
@as_json
@click.pass_obj
def import_decisions(session: Session, file: TextIO, as_json: bool) -> None:
    from mediaparser_core.pipeline import deciding

    with session.catalog(writable=True) as catalog:
        added, known = deciding.import_lines(catalog, file)
    if as_json:
        session.print_json({"added": added, "known": known})
    else:
        session.print(f"{added} decisions added, {known} were known.")


COMMANDS = (decide, undo, decisions)
