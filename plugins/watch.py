"""The command ``watch``: keep taking in what arrives in the inbox and in watched folders."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import click

from mediaparser_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from mediaparser_core.cli.session import Session

HELP = """Take in what arrives in the inbox and read what is new in watched folders, until Ctrl-C.

A file is taken when it holds still, is whole and can be decoded; what waits is listed with its reason on the page
/-/jobs. What came through the inbox is kept byte for byte in originals/. Watched folders ('watch.folders') are only
ever read.

\b
  mediaparser watch
"""


@hookimpl
def register_commands(cli: click.Group) -> None:
    @cli.command("watch", help=HELP)
    @click.option("--only-watch", is_flag=True, help="Leave scanning and exporting to 'mediaparser worker'.")
    @click.pass_obj
    def watch(session: Session, only_watch: bool) -> None:
        from contextlib import ExitStack

        from mediaparser_core.errors import LibraryBusy
        from mediaparser_core.service import locks
        from mediaparser_core.service.heartbeat import Heartbeat
        from mediaparser_core.service.queue import Line, ask
        from mediaparser_core.service.watching import BY, Watcher
        from mediaparser_core.stopping import set_by_signals

        settings = session.settings
        locks.prepare(settings.library)
        with ExitStack() as stack:
            stop = stack.enter_context(set_by_signals(threading.Event()))
            stack.enter_context(locks.hold(settings.library, locks.WATCH))
            beat = stack.enter_context(Heartbeat(settings.library, "watcher"))
            if not only_watch:
                try:
                    stack.enter_context(locks.hold(settings.library, locks.WORKER))
                except LibraryBusy:
                    session.say("a worker runs already; it gets the work")
                else:
                    from mediaparser_core.service.worker import Worker

                    work = stack.enter_context(Heartbeat(settings.library, "worker"))
                    stack.enter_context(Worker(settings, work))
            line = Line(settings)
            stack.callback(line.close)
            watcher = Watcher(
                settings,
                session.manager,
                ask=lambda catalog, command, arguments: ask(catalog, line, command, arguments, by=BY),
                beat=beat,
                stop=stop,
            )
            folders = ", ".join([str(settings.inbox_path), *settings.watch.folders])
            watcher.run(ready=lambda: session.print(f"Watching {folders}"))
