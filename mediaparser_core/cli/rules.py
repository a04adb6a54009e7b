"""``rules``: one answer for many groups, counted before it is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from mediaparser_core.cli.session import Session, as_json

if TYPE_CHECKING:
    from mediaparser_core.catalog import Catalog
    from mediaparser_core.pipeline.ruling import Rule


@click.group(help="Answer many groups at once: keep the suggested picture in all that are sure enough.")
def rules() -> None:
    """A group of commands."""


def _which(command: Callable[..., Any]) -> Callable[..., Any]:
    command = click.option(
        "--confidence", type=click.FloatRange(0, 1), default=0.95, show_default=True, help="How sure they must be."
    )(command)
    return click.option(
        "--kind", default="similar", show_default=True, help="Which groups: similar, mirrored, burst …"
    )(command)


@rules.command(
    help="""Count what the rule would do; nothing is decided. Groups anybody has said a word about stay as they are.

\b
  mediaparser rules preview
  mediaparser rules preview --kind burst --confidence 0.9 --limit 0
  mediaparser rules preview --kind date                 doubtful dates: what accepting them for good would settle
"""
)
@_which
@click.option("--limit", type=click.IntRange(min=0), default=10, show_default=True, help="Groups to show; 0 for all.")
@as_json
@click.pass_obj
def preview(session: Session, kind: str, confidence: float, limit: int, as_json: bool) -> None:
    from mediaparser_core import review
    from mediaparser_core.pipeline import ruling

    if kind == "date":
        _preview_dates(session, limit, as_json)
        return
    with session.fresh_catalog() as catalog:
        rule = ruling.preview(catalog, review.fold(catalog.decided.all()), kind, confidence)
        shown = _named(catalog, rule, limit)
    if as_json:
        session.print_json({**_counts(rule), "sample": shown})
        return
    for row in shown:
        session.print(f"keep       {row['keep']}")
        for path in row["leave_out"]:
            session.print(f"leave out  {path}")
        session.print()
    if len(shown) < len(rule.groups):
        session.print(f"… and {len(rule.groups) - len(shown)} more groups (--limit 0 shows all)")
    session.print(_in_words(rule))
    if rule.groups:
        expect = len(rule.discard)
        session.print(f"To do it: mediaparser rules accept --kind {kind} --confidence {confidence:g} --expect {expect}")


@rules.command(
    help="""Record the rule as one decision; 'mediaparser undo' takes it back. No file is touched.

\b
  mediaparser rules accept --kind similar --confidence 0.95
"""
)
@_which
@click.option("--expect", type=click.IntRange(min=0), help="Only if exactly so many pictures are left out.")
@as_json
@click.pass_obj
def accept(session: Session, kind: str, confidence: float, expect: int | None, as_json: bool) -> None:
    from mediaparser_core.pipeline import ruling

    with session.fresh_catalog():
        pass  # the groups must be those of now
    with session.catalog(writable=True) as catalog:
        rule, _ = ruling.accept(catalog, kind, confidence, expected=expect)
        number = catalog.decided.count()
    with session.fresh_catalog():
        pass  # let the catalog show it at once
    if as_json:
        session.print_json({"number": number, **_counts(rule)})
    else:
        session.print(_in_words(rule))
        session.print(f"Decision {number}. Take it back with: mediaparser undo {number}")


def _preview_dates(session: Session, limit: int, as_json: bool) -> None:
    """The questions about dates that can be answered for good, and the answers that stand."""
    from mediaparser_core import review
    from mediaparser_core.pipeline import explaining

    with session.fresh_catalog() as catalog:
        made = review.fold(catalog.decided.all()).rules
        asked = [row for row in explaining.to_review(catalog, "date", 0) if row["cause"]]
    standing = [{"doubt": doubt, "camera": camera, "since": day} for (doubt, camera), day in made.items()]
    if as_json:
        shown = [{key: row[key] for key in ("name", "cause", "count", "suggestion")} for row in asked[: limit or None]]
        session.print_json({"standing": standing, "questions": len(asked), "sample": shown})
        return
    for rule in standing:
        session.print(f"stands since {rule['since']}: {' '.join(filter(None, (rule['doubt'], rule['camera'])))}")
    for row in asked[: limit or None]:
        what = " ".join(filter(None, (row["cause"]["doubt"], row["cause"]["camera"])))
        session.print(f"{row['count']} file{'' if row['count'] == 1 else 's'}: {what}")
        session.print(f"  To do it: mediaparser decide accept {row['name']} --always")
    if limit and len(asked) > limit:
        session.print(f"… and {len(asked) - limit} more questions (--limit 0 shows all)")


def _counts(rule: Rule) -> dict[str, Any]:
    return {
        "kind": rule.kind, "confidence": rule.confidence, "groups": len(rule.groups),
        "pictures": len(rule.discard), "bytes": rule.size,
    }  # fmt: skip


def _named(catalog: Catalog, rule: Rule, limit: int) -> list[dict[str, Any]]:
    from mediaparser_core.catalog.matches import Matches

    some = rule.groups[: limit or None]
    paths = Matches(catalog).paths([sha for keeper, others in some for sha in (keeper, *others)])
    return [
        {"keep": paths.get(keeper, keeper), "leave_out": [paths.get(sha, sha) for sha in others]}
        for keeper, others in some
    ]


def _in_words(rule: Rule) -> str:
    groups, pictures = len(rule.groups), len(rule.discard)
    many = f"{groups} group{'' if groups == 1 else 's'} of kind {rule.kind}"
    return f"{many}: {pictures} file{'' if pictures == 1 else 's'} left out, {rule.size:,} bytes"


COMMANDS = (rules,)
