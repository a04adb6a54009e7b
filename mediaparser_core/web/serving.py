"""Run the explorer in this process: Datasette with our pages, a graceful end, an exit code."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediaparser_core.accounts import FILE_NAME, Accounts
from mediaparser_core.catalog import Catalog, described
from mediaparser_core.errors import InputError, MediaParserError
from mediaparser_core.jobs import now
from mediaparser_core.listening import check_address
from mediaparser_core.settings import Settings
from mediaparser_core.web.explorer import explorer_of
from mediaparser_core.web.refusals import Refusal

if TYPE_CHECKING:
    from datasette.app import Datasette

SERVICE = "explorer"
BEAT = 30.0  # seconds between two heartbeats
GRACE = 2  # seconds an answer may still take once we are asked to end


def pages_folder() -> Path:
    """The folder of our Datasette plugins, wherever the program is installed."""
    found = importlib.util.find_spec("mediaparser_datasette")
    if found is None or found.origin is None:
        raise MediaParserError("the explorer's pages are not installed; install MediaParser again")
    return Path(found.origin).resolve().parent


def build(library: Path, **more: Any) -> Datasette:
    """A Datasette over *library* (made when it is not there) with our pages, metadata and settings."""
    from datasette.utils import parse_metadata

    with Catalog(library):
        pass  # made, or brought up to date
    folder = pages_folder()
    return _quick_to_start()(
        [str(library / "catalog.db"), str(library / "decisions.db")],
        plugins_dir=str(folder),
        metadata=parse_metadata((folder / "metadata.yml").read_text("utf-8")),
        config=parse_metadata((folder / "datasette.yaml").read_text("utf-8")),
        **more,
    )


def _quick_to_start() -> type[Datasette]:
    """Datasette, but it stores descriptions in two writes instead of five hundred."""
    from datasette.app import Datasette

    class QuickDatasette(Datasette):  # type: ignore[misc]  # it has no types
        _resources: list[tuple[str, ...]] | None = None
        _columns: list[tuple[str, ...]] | None = None

        async def apply_metadata_json(self) -> None:
            self._resources, self._columns = [], []
            await super().apply_metadata_json()
            database = self.get_internal_database()
            for sql, rows in ((described.RESOURCES, self._resources), (described.COLUMNS, self._columns)):
                await database.execute_write_many(sql, rows)
            self._resources = self._columns = None

        async def set_resource_metadata(self, *row: str) -> None:
            if self._resources is None:
                await super().set_resource_metadata(*row)
            else:
                self._resources.append(row)

        async def set_column_metadata(self, *row: str) -> None:
            if self._columns is None:
                await super().set_column_metadata(*row)
            else:
                self._columns.append(row)

    return QuickDatasette


def listen(host: str, port: int) -> socket.socket:
    """A socket on this address; port 0 takes a free one. Raises ``InputError``."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.set_inheritable(False)
    except OSError as error:
        reason = "it is taken by another program" if error.errno == 98 else error.strerror or str(error)
        raise InputError(f"cannot listen on {host}, port {port}: {reason}; choose another one with --port") from None
    return listening


def serve(settings: Settings, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until a signal comes; *ready* is called with the address. Everything is closed and on the disk afterwards."""
    check_address(host, Accounts(settings.library / FILE_NAME), "the explorer", settings.explore.hosts)
    with listen(host, port) as listening:
        shown = "127.0.0.1" if host in ("0.0.0.0", "") else "[::1]" if host == "::" else host  # noqa: S104 - compared
        shown = f"[{shown}]" if ":" in shown and not shown.startswith("[") else shown
        address = f"http://{shown}:{listening.getsockname()[1]}/"
        asyncio.run(_serve(settings, listening, lambda: ready(address)))
    with Catalog(settings.library):
        pass  # the last one to close leaves no write-ahead log behind


async def _serve(settings: Settings, listening: socket.socket, ready: Callable[[], None]) -> None:
    import uvicorn

    datasette = build(settings.library)
    explorer = explorer_of(datasette)
    if explorer is None:
        raise MediaParserError(f"{settings.catalog_path} is not a catalog of MediaParser")
    explorer.settings = settings
    closing = explorer.closing

    class Server(uvicorn.Server):
        """uvicorn ends by raising the signal again; we end by returning."""

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self._end)
            try:
                yield
            finally:
                for number in (signal.SIGTERM, signal.SIGINT):
                    loop.remove_signal_handler(number)

        def _end(self) -> None:
            self.force_exit = self.should_exit  # asked twice: at once
            self.should_exit = True
            closing.set()  # streams watch this

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                ready()

    config = uvicorn.Config(
        datasette.app(), log_level="error", access_log=False, lifespan="on", timeout_graceful_shutdown=GRACE,
        proxy_headers=False, server_header=False, date_header=True, ws="none",
    )  # fmt: skip
    beating = asyncio.create_task(_beat(explorer.write, closing))
    explorer.changed()  # what was decided elsewhere since the last derive
    try:
        await Server(config).serve(sockets=[listening])
    finally:
        closing.set()
        beating.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await beating


async def _beat(write: Callable[..., Any], closing: asyncio.Event) -> None:
    """Say now and then that we are here."""
    while not closing.is_set():
        with contextlib.suppress(Refusal):
            await write(lambda catalog: catalog.done.beat(SERVICE, "running", None, now()))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(closing.wait(), BEAT)
    with contextlib.suppress(Refusal, RuntimeError):  # the threads may be gone already
        await write(lambda catalog: catalog.done.beat(SERVICE, "stopped", None, now()))
