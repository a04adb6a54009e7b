"""``webdav``: the drive, for every computer in the house."""

from __future__ import annotations

import faulthandler
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click

from mediaparser_core.hookspecs import hookimpl

BEAT = 20.0  # seconds between two heartbeats
LATEST = 3.5  # seconds after which we end, whatever a disk that does not answer holds up


@hookimpl
def register_commands(cli: click.Group) -> None:
    cli.add_command(webdav)


@click.command(
    help="""Serve the library as a WebDAV drive, until Ctrl-C.

\b
  /export/   the organized tree, read-only
  /live/     folders by date, camera, tag, place …, which follow every decision at once
  /inbox/    where new pictures are dropped (setting 'inbox.enabled', and only with a password)

How to connect it on Windows, macOS, Linux and phones: docs/deploy/drive.md.

\b
  mediaparser webdav
  mediaparser user add anna && mediaparser webdav --host 0.0.0.0
"""
)
@click.option("--host", help="Listen on this address (default: this computer alone).")
@click.option("--port", type=click.IntRange(0, 65535), help="Listen on this port (default: 8002; 0 takes a free one).")
@click.pass_obj
def webdav(session: Any, host: str | None, port: int | None) -> None:
    session.options |= {"webdav.host": host, "webdav.port": port}
    _stay_small()
    with _without_numpy():
        from mediaparser_core import accounts
        from mediaparser_core.dav.server import Drive
        from mediaparser_core.stopping import set_by_signals

    with set_by_signals(threading.Event()) as stopped:
        drive = Drive(session.settings, session.manager, accounts.load(session.settings.library), tell=session.say)
        with drive.running() as address:
            click.echo(f"{address}/")
            session.say("The drive is open; docs/deploy/drive.md tells how to connect it. Ctrl-C ends it.")
            heart = threading.Thread(target=_beat, args=(session.settings.library, address, stopped), daemon=True)
            heart.start()
            stopped.wait()
            _end_in_time()
        heart.join(LATEST)  # its last word is that we have ended


def _end_in_time() -> None:
    last = threading.Timer(LATEST, os._exit, [0])
    last.daemon = True
    last.start()
    with suppress(OSError, ValueError, RuntimeError, AttributeError):  # nowhere to write to
        faulthandler.dump_traceback_later(LATEST + 1, exit=True)  # when no thread can run; says where we hang


def _stay_small() -> None:
    """Have glibc give back what large blocks took: it keeps a heap for each thread, 30 MB after a busy minute."""
    from mediaparser_core import memory

    with suppress(OSError, AttributeError):  # other systems have another way, and no such call
        memory.limit_heap(pieces=192 * 1024, arenas=2)


@contextmanager
def _without_numpy() -> Iterator[None]:
    """Import without NumPy: sqlite-utils takes it along when it is there, 14 MB that nothing here uses."""
    missing = "numpy" not in sys.modules and "sqlite_utils" not in sys.modules
    if missing:
        sys.modules["numpy"] = None  # type: ignore[assignment]  # how Python spells "not installed"
    try:
        yield
    finally:
        if missing:
            del sys.modules["numpy"]


def _beat(library: Any, address: str, stopped: threading.Event) -> None:
    """Say now and then that we are there; a catalog that is missing or busy will hear it next time."""
    from mediaparser_core.catalog import Catalog
    from mediaparser_core.errors import MediaParserError
    from mediaparser_core.jobs import now

    ended = False
    while not ended:
        ended = stopped.is_set()
        if (library / "catalog.db").exists():
            with suppress(MediaParserError), Catalog(library) as catalog:
                catalog.done.beat("webdav", "stopped" if ended else "running", address, now())
        stopped.wait(BEAT)
