"""``run`` and ``scan``: read the inputs, and do the whole job."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from mediaparser_core.cli.session import Session, as_json

if TYPE_CHECKING:
    from mediaparser_core.pipeline.main_job import Mode

_OPTIONS = (
    click.argument("inputs", nargs=-1, required=True, type=click.Path(), metavar="INPUT..."),
    click.option("--workers", type=click.IntRange(min=1), help="Processes that read files (default: the cores)."),
    click.option("--executor", metavar="NAME", help="Where files are read: local (default) or dask."),
    click.option("--scheduler", metavar="URL", help="The Dask scheduler (tcp://host:8786); means --executor dask."),
    click.option("--rehash", is_flag=True, help="Read every file again, also those that look unchanged."),
    click.option(
        "--retry",
        is_flag=True,
        help="Ask once more for files that could not be read to the end, unchanged as they are.",
    ),
    as_json,
)


def _takes_inputs(command: Callable[..., None]) -> Callable[..., None]:
    """A command with the inputs and the options on how they are read."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command(
    help="""Do the whole job: scan, date, pair, group, export, and say what waits for you.

INPUT is a folder or a file; it is only ever read. Run it again at any time: only what is new is done.

\b
  mediaparser run ~/Pictures
  mediaparser --library /mnt/nas/archive run /mnt/phone /mnt/old-disk --dry-run
"""
)
@click.option("--dry-run", is_flag=True, help="Show what the export would do, and do not do it.")
@click.option("--no-export", is_flag=True, help="Stop when everything is dated and grouped.")
@_takes_inputs
@click.pass_context
def run(context: click.Context, /, *, dry_run: bool, no_export: bool, **chosen: Any) -> None:
    _do(context, "dry-run" if dry_run else "no-export" if no_export else "export", **chosen)


@click.command(
    help="""Read new and changed files into the catalog; nothing is exported.

Unchanged files (size, times, inode) are not read again, moved ones are recognised, vanished ones are marked missing.

\b
  mediaparser scan /mnt/photos
"""
)
@_takes_inputs
@click.pass_context
def scan(context: click.Context, /, **chosen: Any) -> None:
    _do(context, "scan", **chosen)


def _do(
    context: click.Context,
    mode: Mode,
    *,
    inputs: tuple[str, ...],
    workers: int | None,
    executor: str | None,
    scheduler: str | None,
    rehash: bool,
    retry: bool,
    as_json: bool,
) -> None:
    from mediaparser_core import plugins

    if "" in inputs:  # "$PHOTOS" that is not set: the current folder is not what was meant
        raise click.UsageError("INPUT is empty; name a folder (. is the one you are in)")
    if scheduler and executor == "local":
        raise click.UsageError("--scheduler is for --executor dask")
    session: Session = context.obj
    session.options |= {
        "workers": workers,
        "executor": executor or ("dask" if scheduler else None),
        "scheduler": scheduler,
    }
    # before anything else is loaded or opened: workers may be forked of a program with one thread only
    executor_to_come = plugins.executor(session.manager, session.settings)

    from mediaparser_core.cli.summary import exit_code, print_plan, print_summary
    from mediaparser_core.pipeline import main_job

    with session.catalog(writable=True) as catalog:
        outcome = main_job.run(
            catalog,
            session.manager,
            session.settings,
            inputs,
            progress=session.progress,
            rehash=rehash,
            retry=retry,
            mode=mode,
            executor=executor_to_come,
        )
        plan = outcome.plan_rows if mode == "dry-run" else None
        if as_json:
            session.print_json(outcome.summary | ({} if plan is None else {"plan": plan}))
        else:
            if plan is not None:
                print_plan(session, plan)
            print_summary(session, outcome)
    context.exit(exit_code(outcome))


COMMANDS = (run, scan)
