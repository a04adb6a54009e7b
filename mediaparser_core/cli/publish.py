"""``plan``, ``export``, ``verify``: the tree."""

from __future__ import annotations

import click

from mediaparser_core.cli.session import Session, as_json


def _export(context: click.Context, *, dry_run: bool, as_json: bool) -> None:
    from mediaparser_core.cli.summary import exit_code, print_plan, print_summary
    from mediaparser_core.pipeline import main_job

    session: Session = context.obj
    if not session.settings.catalog_path.exists():  # an error, not something to make
        with session.catalog():
            pass
    with session.catalog(writable=True) as catalog:
        outcome = main_job.export(
            catalog, session.manager, session.settings, progress=session.progress, dry_run=dry_run
        )
    if as_json:
        session.print_json(outcome.summary | ({"plan": outcome.plan_rows} if dry_run else {}))
    elif dry_run:
        print_plan(session, outcome.plan_rows)
    else:
        print_summary(session, outcome)
    context.exit(exit_code(outcome))


@click.command(help="Show what the next export would carry out (the same as 'export --dry-run').")
@as_json
@click.pass_context
def plan(context: click.Context, as_json: bool) -> None:
    _export(context, dry_run=True, as_json=as_json)


@click.command(
    help="""Make the export agree with the catalog and the decisions.

Copies are corrected, read back, compared and only then published; nothing is ever overwritten, and only what the
program itself made is moved or taken back. Run it again: it does nothing.

\b
  mediaparser export --dry-run
  mediaparser export
"""
)
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do not do it.")
@as_json
@click.pass_context
def export(context: click.Context, dry_run: bool, as_json: bool) -> None:
    _export(context, dry_run=dry_run, as_json=as_json)


@click.command(
    help="""Read every copy in the export again and compare it with the catalog; one flipped byte is found.

\b
  mediaparser verify
  mediaparser verify --originals      every input file as well
"""
)
@click.option("--originals", is_flag=True, help="Also read every input file again.")
@as_json
@click.pass_context
def verify(context: click.Context, originals: bool, as_json: bool) -> None:
    from mediaparser_core.pipeline import publish

    session: Session = context.obj
    with session.catalog() as catalog:
        checked, problems = publish.verified(catalog, session.settings, session.progress, originals=originals)
    if as_json:
        session.print_json({"checked": checked, "problems": problems})
    else:
        for problem in problems:
            session.print(f"{problem['path']}: {problem['problem']} — {problem['detail']}")
        session.print(f"{checked} files read, {len(problems)} problems.")
    context.exit(3 if problems else 0)


COMMANDS = (plan, export, verify)
