"""``run`` and ``scan``: read the inputs, and do the whole job."""

from __future__ import annotations

import click

from mediaparser_core.cli.session import Session, as_json

INPUTS = click.argument("inputs", nargs=-1, required=True, type=click.Path(), metavar="INPUT...")
WORKERS = click.option("--workers", type=click.IntRange(min=1), help="Processes that read files (default: the cores).")
EXECUTOR = click.option("--executor", metavar="NAME", help="Where files are read: local (default) or dask.")
SCHEDULER = click.option(
    "--scheduler", metavar="URL", help="The Dask scheduler (tcp://host:8786); means --executor dask."
)
REHASH = click.option("--rehash", is_flag=True, help="Read every file again, also those that look unchanged.")
RETRY = click.option(
    "--retry", is_flag=True, help="Ask once more for files that could not be read to the end, unchanged as they are."
)


def _where(workers: int | None, executor: str | None, scheduler: str | None) -> dict[str, object]:
    """The options that say who reads the files, as settings."""
    if scheduler and executor == "local":
        raise click.UsageError("--scheduler is for --executor dask")
    return {"workers": workers, "executor": executor or ("dask" if scheduler else None), "scheduler": scheduler}


@click.command(
    help="""Do the whole job: scan, date, pair, group, export, and say what waits for you.

INPUT is a folder or a file; it is only ever read. Run it again at any time: only what is new is done.

\b
  mediaparser run ~/Pictures
  mediaparser --library /mnt/nas/archive run /mnt/phone /mnt/old-disk --dry-run
"""
)
@INPUTS
@click.option("--dry-run", is_flag=True, help="Show what the export would do, and do not do it.")
@click.option("--no-export", is_flag=True, help="Stop when everything is dated and grouped.")
@WORKERS
@EXECUTOR
@SCHEDULER
@REHASH
@RETRY
@as_json
@click.pass_context
def run(
    context: click.Context,
    inputs: tuple[str, ...],
    dry_run: bool,
    no_export: bool,
    workers: int | None,
    executor: str | None,
    scheduler: str | None,
    rehash: bool,
    retry: bool,
    as_json: bool,
) -> None:
    from mediaparser_core.cli.summary import exit_code, print_plan, print_summary
    from mediaparser_core.pipeline import main_job

    session: Session = context.obj
    session.options |= _where(workers, executor, scheduler)
    with session.catalog(writable=True) as catalog:
        outcome = main_job.run(
            catalog,
            session.manager,
            session.settings,
            inputs,
            progress=session.progress,
            rehash=rehash,
            retry=retry,
            mode="dry-run" if dry_run else "no-export" if no_export else "export",
        )
        if as_json:
            session.print_json(outcome.summary | ({"plan": outcome.plan_rows} if dry_run else {}))
        else:
            if dry_run:
                print_plan(session, outcome.plan_rows)
            print_summary(session, outcome)
    context.exit(exit_code(outcome))


@click.command(
    help="""Read new and changed files into the catalog; nothing is exported.

Unchanged files (size, times, inode) are not read again, moved ones are recognised, vanished ones are marked missing.

\b
  mediaparser scan /mnt/photos
"""
)
@INPUTS
@WORKERS
@EXECUTOR
@SCHEDULER
@REHASH
@RETRY
@as_json
@click.pass_context
def scan(
    context: click.Context,
    inputs: tuple[str, ...],
    workers: int | None,
    executor: str | None,
    scheduler: str | None,
    rehash: bool,
    retry: bool,
    as_json: bool,
) -> None:
    from mediaparser_core.cli.summary import exit_code, print_summary
    from mediaparser_core.pipeline import main_job

    session: Session = context.obj
    session.options |= _where(workers, executor, scheduler)
    with session.catalog(writable=True) as catalog:
        outcome = main_job.run(
            catalog,
            session.manager,
            session.settings,
            inputs,
            progress=session.progress,
            rehash=rehash,
            retry=retry,
            mode="scan",
        )
        if as_json:
            session.print_json(outcome.summary)
        else:
            print_summary(session, outcome)
    context.exit(exit_code(outcome))


COMMANDS = (run, scan)
