"""The commands ``worker``, ``backup`` and ``restore``: what works in the background, and what it keeps safe."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import click

from mediaparser_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from mediaparser_core.cli.session import Session

WORKER = """Do what the explorer and the watcher ask for, one job after the other, and the nightly work.

Nightly: copies of both databases (in backups/), a part of all files read again, old signs of life forgotten. Pause,
resume and cancel jobs on the page /-/jobs or with 'mediaparser jobs'. 'mediaparser serve' runs a worker already.

\b
  mediaparser worker
"""
BACKUP = """Copy both databases into backups/, also while they are in use.

\b
  mediaparser backup
"""
RESTORE = """Put a backup of both databases back; what is there now is backed up first.

Without STAMP the newest one; --list shows which there are. Nothing may be running in the library.

\b
  mediaparser restore --list
  mediaparser restore 20261121T030000Z
"""


@hookimpl
def register_commands(cli: click.Group) -> None:
    cli.add_command(click.Command("worker", callback=click.pass_obj(work), help=WORKER))
    cli.add_command(click.Command("backup", callback=click.pass_obj(back_up), help=BACKUP))

    @cli.command("restore", help=RESTORE)
    @click.argument("stamp", required=False)
    @click.option("--list", "only_list", is_flag=True, help="Only list the backups there are.")
    @click.pass_obj
    def restore(session: Session, stamp: str | None, only_list: bool) -> None:
        from mediaparser_core.service import backups

        if only_list:
            for each in backups.stamps(session.settings.library / backups.FOLDER):
                session.print(each)
            return
        session.print(f"Put back: the backup of {backups.restore(session.settings, stamp)}.")


def work(session: Session) -> None:
    from mediaparser_core.service import locks
    from mediaparser_core.service.heartbeat import Heartbeat
    from mediaparser_core.service.worker import Worker
    from mediaparser_core.stopping import set_by_signals

    settings = session.settings
    locks.prepare(settings.library)
    beat = Heartbeat(settings.library, "worker")
    with (
        set_by_signals(threading.Event()) as stop,
        locks.hold(settings.library, locks.WORKER),
        beat,
        Worker(settings, beat),
    ):
        session.print("The worker waits for jobs.")
        stop.wait()


def back_up(session: Session) -> None:
    from mediaparser_core.errors import CatalogError
    from mediaparser_core.service import backups

    settings = session.settings
    if not settings.catalog_path.exists() and not settings.decisions_path.exists():
        raise CatalogError(f"there is no library in {settings.library}: nothing was backed up; see --library")
    made = backups.make(settings)
    session.print(f"Backup {made['backup']} made: {made['bytes']:,} bytes; {made['removed']} old ones removed.")
