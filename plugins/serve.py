"""The command ``serve``: explorer, drive, watcher and worker together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mediaparser_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaparser_core.cli.session import Session
    from mediaparser_core.service.supervisor import Part

HELP = """Run everything a household needs: pages, drive, inbox and the work behind them.

\b
  mediaparser serve
  mediaparser user add anna && mediaparser serve --host 0.0.0.0

A part that dies is started again; 'mediaparser status' tells how each of them is. Ctrl-C ends all of them.
"""


@hookimpl
def register_commands(cli: click.Group) -> None:
    @cli.command("serve", help=HELP)
    @click.option("--host", help="The address to listen on.  [default: explore.host and webdav.host, 127.0.0.1]")
    @click.option(
        "--port", type=click.IntRange(0, 65535), help="The explorer's port; 0 takes a free one.  [default: 8001]"
    )
    @click.option(
        "--drive-port", type=click.IntRange(0, 65535), help="The drive's port; 0 takes a free one.  [default: 8002]"
    )
    @click.option("--open", "open_browser", is_flag=True, help="Open the browser as well.")
    @click.pass_obj
    def serve(session: Session, host: str | None, port: int | None, drive_port: int | None, open_browser: bool) -> None:
        from mediaparser_core.service import addresses, locks
        from mediaparser_core.service.supervisor import Part, Supervisor
        from mediaparser_core.stopping import set_by_signals

        settings = session.settings
        locks.prepare(settings.library)  # before four processes want to
        explore_host = settings.explore.host if host is None else host
        drive_host = settings.webdav.host if host is None else host
        parts = [
            Part("explorer", ["explore", "--host", explore_host, "--port", _port(port, settings.explore.port)]),
            Part("webdav", ["webdav", "--host", drive_host, "--port", _port(drive_port, settings.webdav.port)]),
            Part("worker", ["worker"]),
            Part("watcher", ["watch", "--only-watch"]),
        ]
        supervisor = Supervisor(settings.library, parts, tell=session.say)

        def ready(running: Sequence[Part]) -> None:
            found = {part.service: part.address or "" for part in running}
            for line in addresses.in_words(found["explorer"], found["webdav"], explore_host):
                session.print(line)
            session.print(f"Inbox      {settings.inbox_path}")
            session.say("Press Ctrl-C to stop.")
            if open_browser:
                click.launch(found["explorer"])

        with set_by_signals(supervisor.stop):
            supervisor.run(ready)


def _port(given: int | None, setting: int) -> str:
    return str(setting if given is None else given)
