"""``jobs``: runs, their progress, and how to stop them."""

from __future__ import annotations

import click

from mediaparser_core.cli.session import Session, as_json


@click.group(
    invoke_without_command=True,
    help="""List the last runs with their progress; pause, resume or cancel one.

\b
  mediaparser jobs
  mediaparser jobs pause 4
""",
)
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
@as_json
@click.pass_context
def jobs(context: click.Context, limit: int, as_json: bool) -> None:
    if context.invoked_subcommand is not None:
        return
    session: Session = context.obj
    with session.catalog() as catalog:
        rows = list(catalog.done.jobs(limit))
    if as_json:
        session.print_json(rows)
    else:
        session.table(rows, ("id", "command", "state", "done", "total", "failed", "started_at", "ended_at", "message"))


def _asking(name: str, wanted: str, about: str) -> click.Command:
    @jobs.command(name, help=about)
    @click.argument("job", type=click.IntRange(min=1), metavar="ID")
    @click.pass_obj
    def ask(session: Session, job: int) -> None:
        from mediaparser_core.errors import CatalogError

        with session.catalog():
            pass
        with session.catalog(writable=True) as catalog:
            if not catalog.done.want(job, wanted):
                raise CatalogError(f"no job {job} is running; see 'mediaparser jobs'")
        session.say(f"asked job {job} to {name}")

    return ask


_asking("pause", "pause", "Ask a running job to wait.")
_asking("resume", "run", "Let a paused job go on.")
_asking("cancel", "cancel", "Ask a running job to end; what it did is kept, and running it again continues.")

COMMANDS = (jobs,)
