"""The drive as a server: in a process of its own, as somebody's child, or in a thread."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import RawIOBase
from typing import Any

import pluggy
from cheroot import wsgi

from mediaparser_core.accounts import Accounts
from mediaparser_core.dav.answers import Application, Headers
from mediaparser_core.dav.chunks import Chunks
from mediaparser_core.dav.export_share import FolderTree
from mediaparser_core.dav.guard import INBOX, Guard
from mediaparser_core.dav.inbox_share import InboxProvider
from mediaparser_core.dav.live_index import LiveIndex
from mediaparser_core.dav.live_share import LiveTree, views_of
from mediaparser_core.dav.locks import Locks, Properties
from mediaparser_core.dav.nodes import Tree
from mediaparser_core.dav.sharing import SEND, ReadOnlyProvider, make_app
from mediaparser_core.errors import MediaParserError
from mediaparser_core.inbox import Inbox
from mediaparser_core.listening import check_address, names_of
from mediaparser_core.settings import Settings

THREADS = 48  # a client that stalls holds one; with ten, a dozen sleeping laptops stop the drive
TIMEOUT = 10  # seconds without a byte, then the client has gone
LARGEST_HEAD = 64 * 1024  # bytes of a request before its body
SHUTDOWN = 3  # seconds for all of it
GRACE = 1.5  # seconds that requests may still take when the server is asked to stop
KEPT = 500  # connections between two requests; they hold no thread
_QUEUE = 128


class Drive:
    """The WebDAV server of one library.

    ``start`` binds and answers, ``stop`` ends it within three seconds whatever its clients do. Raises
    :class:`~mediaparser_core.errors.SettingsError` when others could reach it and there is no user.
    """

    def __init__(
        self,
        settings: Settings,
        manager: pluggy.PluginManager,
        accounts: Accounts,
        *,
        tell: Callable[[str], None] = lambda line: None,
    ) -> None:
        host, port = settings.webdav.host, settings.webdav.port
        check_address(host, accounts, "the drive", settings.webdav.hosts)
        export, views = FolderTree(settings.export_path), views_of(manager, settings)
        self._index = LiveIndex(settings, manager, views, tell)
        live = LiveTree(self._index, [view.name for view in views], export, os.fsencode(settings.export_path))
        trees: dict[str, Tree] = {"export": export, "live": live}
        inbox = _inbox(settings)
        guard = Guard(_application(inbox), trees, accounts, names_of(host, settings.webdav.hosts),
                      inbox=FolderTree(inbox.root) if inbox else None, tell=tell)  # fmt: skip
        self._server = _Server((host, port), guard, numthreads=THREADS, server_name="MediaParser",
                               request_queue_size=_QUEUE, timeout=TIMEOUT, shutdown_timeout=SHUTDOWN)  # fmt: skip
        self._server.tell = tell
        self._server.max_request_header_size = LARGEST_HEAD
        self._server.gateway = _Gateway
        self._server.keep_alive_conn_limit = KEPT
        self._server.expiration_interval = 0.1  # seconds until it notices that it should stop
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens; the port is known once it has started."""
        host, port = self._server.bind_addr[:2]
        return str(host), int(port)

    def start(self) -> None:
        """Listen, and answer in threads. Raises :class:`MediaParserError` when the address cannot be used."""
        try:
            self._server.prepare()
        except OSError as error:
            host, port = self.address
            raise MediaParserError(
                f"the drive cannot listen on {host} port {port}: {error.strerror or 'in use, or not our address'}"
            ) from None
        self._thread = threading.Thread(target=self._server.serve, name="drive", daemon=True)
        self._thread.start()
        self._index.begin()

    def stop(self) -> None:
        """End: requests get a moment to finish, then their connections are cut."""
        threads = list(self._server.requests._threads)
        cut = threading.Timer(GRACE, _cut, [threads])
        cut.start()
        try:
            self._server.stop()
        finally:
            cut.cancel()
        if self._thread is not None:
            self._thread.join(GRACE)
        self._index.close()

    @contextmanager
    def running(self) -> Iterator[str]:
        """Its address, such as ``http://127.0.0.1:40123``, while the block runs."""
        try:
            self.start()
            host, port = self.address
            yield f"http://{f'[{host}]' if ':' in host else host}:{port}"
        finally:
            self.stop()


def _inbox(settings: Settings) -> Inbox | None:
    if not settings.inbox.enabled:
        return None
    quota, floor = (int(size * 1_000_000_000) for size in (settings.inbox.quota_gb, settings.inbox.free_gb))
    inbox = Inbox(settings.inbox_path, quota=quota, floor=floor)
    inbox.prepare()
    return inbox


def _application(inbox: Inbox | None) -> Application:
    """WsgiDAV with the read-only shares, and the inbox when there is one."""
    if inbox is None:
        app: Application = make_app({"/": ReadOnlyProvider()})
    else:
        shares = {"/": ReadOnlyProvider(), f"/{INBOX}": InboxProvider(inbox)}
        app = make_app(shares, locks=Locks(), properties=Properties())
    return app


def _cut(threads: list[Any]) -> None:
    """cheroot waits for a client that reads slowly until it has read everything."""
    for thread in threads:
        connection = thread.conn
        if connection is not None:
            with suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)


class _Server(wsgi.Server):
    """cheroot without its own words on the terminal."""

    tell: Callable[[str], None]

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        if level >= 30:  # what clients do wrong is their business
            self.tell(f"drive: {msg}")


class _Gateway(wsgi.Gateway_10):
    """Three things that cheroot does not do: bodies in chunks a block at a time, files sent by the kernel, and an end of
    the connection when the answer says so (it would first read the rest of a refused upload, all of it)."""

    def get_environ(self) -> Any:
        environ = super().get_environ()  # type: ignore[no-untyped-call]
        if self.req.chunked_read:
            environ["wsgi.input"] = Chunks(self.req.conn.rfile)
        environ[SEND] = self._send
        return environ

    def start_response(self, status: str, headers: Headers, exc_info: Any = None) -> Any:
        if ("Connection", "close") in headers:
            self.req.close_connection = True
        return super().start_response(status, headers, exc_info)

    def _send(self, file: RawIOBase, offset: int, count: int) -> int:
        """Bytes of *file* that were sent, as many as asked for unless it is shorter. Raises ``OSError``.

        The kernel waits for the client, not we: woken after each block, a busy machine took five times as long.
        """
        self.req.ensure_headers_sent()
        sock = self.req.conn.socket
        if not hasattr(os, "sendfile"):
            return int(sock.sendfile(file, offset, count))
        before, sent = sock.gettimeout(), 0
        quarter = TIMEOUT * 250_000  # Linux waits up to four times: for what it has read ahead, too
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", *divmod(quarter, 1_000_000)))
        sock.setblocking(True)
        try:
            while sent < count and (more := os.sendfile(sock.fileno(), file.fileno(), offset + sent, count - sent)):
                sent += more
        except BlockingIOError:
            raise TimeoutError("the client has gone") from None
        finally:
            sock.settimeout(before)
        return sent
