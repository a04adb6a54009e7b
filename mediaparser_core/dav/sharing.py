"""WsgiDAV as we use it: no middleware of its own but the resolver, no anonymous writes, no log of strangers' names."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from io import FileIO, RawIOBase

from wsgidav.dav_provider import DAVCollection, DAVNonCollection, DAVProvider
from wsgidav.error_printer import ErrorPrinter
from wsgidav.request_resolver import RequestResolver
from wsgidav.wsgidav_app import WsgiDAVApp

from mediaparser_core.dav.answers import Environ, Headers
from mediaparser_core.dav.nodes import Node, Opened, Tree, media_type

BLOCK = 256 * 1024  # bytes of a file that are sent at once; WsgiDAV's 8 KiB are six times slower

TREE = "mediaparser.tree"  # in the environ: what this request may see
OPENED = "mediaparser.opened"  # the file that is asked for
OFFSET = "mediaparser.offset"  # from where on
SEND = "mediaparser.send"  # how the server sends a file without reading it


def make_app(shares: dict[str, DAVProvider], *, locks: object = None, properties: object = None) -> WsgiDAVApp:
    """The WSGI application that serves *shares*; only writable ones get *locks* and dead *properties*."""
    logging.getLogger("wsgidav").addHandler(logging.NullHandler())
    logging.getLogger("wsgidav").propagate = False
    app = WsgiDAVApp(
        {
            "provider_mapping": shares,
            "middleware_stack": [ErrorPrinter, RequestResolver],
            "block_size": BLOCK,
            "lock_storage": locks,
            "property_manager": properties,
            "mutable_live_props": [],
            "add_header_MS_Author_Via": True,
            "suppress_version_info": True,
            "http_authenticator": {"accept_basic": False, "accept_digest": False},  # the guard does that
            "hotfixes": {"emulate_win32_lastmod": True},
            "honor_mtime_header": True,
            "verbose": 1,
            "logging": {"enable": False},
        }
    )
    for provider in shares.values():
        if provider.is_readonly():
            provider.set_lock_manager(None)
            provider.set_prop_manager(None)
    return app


class ReadOnlyProvider(DAVProvider):  # type: ignore[misc]
    """Serves the tree that the guard has put into the environ."""

    def is_readonly(self) -> bool:
        return True

    def get_resource_inst(self, path: str, environ: Environ) -> DAVCollection | DAVNonCollection | None:
        opened: Opened | None = environ.get(OPENED)
        if opened is not None:
            return ReadOnlyFile(path, environ, opened.node)
        tree: Tree = environ[TREE]
        node = tree.node(tuple(part for part in path.split("/") if part))
        if node is None:
            return None
        return ReadOnlyFolder(path, environ) if node.is_folder else ReadOnlyFile(path, environ, node)


class _Elsewhere:
    """What WsgiDAV takes for the file: it notes from where on it is to be sent, and :class:`FileBody` sends it."""

    def __init__(self, environ: Environ) -> None:
        self._environ = environ

    def seek(self, offset: int) -> None:
        self._environ[OFFSET] = offset

    def read(self, size: int) -> bytes:
        return b""

    def close(self) -> None:
        """There is nothing to close."""


class FileBody:
    """*length* bytes of *file* from *offset* on; sent by the kernel where *send* (the server's) can have it do that.

    Raises ``ConnectionAbortedError`` when the file is shorter by now: the head has promised more.
    """

    def __init__(
        self, file: RawIOBase, offset: int, length: int, send: Callable[[RawIOBase, int, int], int] | None
    ) -> None:
        self._file, self._offset, self._left, self._send = file, offset, length, send

    def __iter__(self) -> Iterator[bytes]:
        if self._left and self._send is not None and isinstance(self._file, FileIO):
            self._left -= self._send(self._file, self._offset, self._left)
        elif self._left:
            self._file.seek(self._offset)
            while self._left and (block := self._file.read(min(BLOCK, self._left))):
                self._left -= len(block)
                yield block
        if self._left:
            raise ConnectionAbortedError("the file is shorter than it was")

    def close(self) -> None:
        self._file.close()


class ReadOnlyFolder(DAVCollection):  # type: ignore[misc]
    """A folder: listed by us, so WsgiDAV has to know only that it is one."""

    def get_member_names(self) -> list[str]:
        return []

    def get_member(self, name: str) -> None:
        return None


class ReadOnlyFile(DAVNonCollection):  # type: ignore[misc]
    """A file that is open already, or is only asked about."""

    def __init__(self, path: str, environ: Environ, node: Node) -> None:
        super().__init__(path, environ)
        self._node = node

    def get_content_length(self) -> int:
        return self._node.size

    def get_content_type(self) -> str:
        return media_type(self._node.name)

    def get_last_modified(self) -> int:
        return self._node.mtime_ns // 1_000_000_000

    def get_etag(self) -> str:
        return self._node.etag

    def support_etag(self) -> bool:
        return True

    def support_ranges(self) -> bool:
        return True

    def get_content(self) -> _Elsewhere:
        return _Elsewhere(self.environ)

    def finalize_headers(self, environ: Environ, response_headers: Headers) -> None:
        response_headers.append(("Cache-Control", "private, no-cache"))  # ask again each time: a 304 costs nothing
