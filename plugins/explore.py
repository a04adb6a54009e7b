"""The command ``explore``: the library in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mediaparser_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from mediaparser_core.cli.session import Session

HELP = """Look at the library in a browser, and answer its questions with buttons.

\b
  mediaparser explore --open
  mediaparser explore --port 8080

It listens on this machine only; other machines may come in once somebody has a password (mediaparser user add).
"""


@hookimpl
def register_commands(cli: click.Group) -> None:
    @cli.command("explore", help=HELP)
    @click.option("--host", help="The address to listen on.  [default: explore.host, 127.0.0.1]")
    @click.option(
        "--port", type=click.IntRange(0, 65535), help="The port; 0 takes a free one.  [default: explore.port, 8001]"
    )
    @click.option("--open", "open_browser", is_flag=True, help="Open the browser as well.")
    @click.pass_obj
    def explore(session: Session, host: str | None, port: int | None, open_browser: bool) -> None:
        from mediaparser_core.web import serving

        settings = session.settings

        def ready(address: str) -> None:
            session.print(f"MediaParser is at {address}")
            session.say("Press Ctrl-C to stop.")
            if open_browser:
                click.launch(address)

        serving.serve(
            settings,
            settings.explore.host if host is None else host,
            settings.explore.port if port is None else port,
            ready,
        )
