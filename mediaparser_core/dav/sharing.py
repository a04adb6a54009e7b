"""WsgiDAV as we use it: no middleware of its own but the resolver, no anonymous writes, no log of strangers' names."""

from __future__ import annotations

import logging
from io import RawIOBase

from wsgidav.dav_provider import DAVCollection, DAVNonCollection, DAVProvider
from wsgidav.error_printer import ErrorPrinter
from wsgidav.request_resolver import RequestResolver
from wsgidav.wsgidav_app import WsgiDAVApp

from mediaparser_core.dav.answers import Environ, Headers
from mediaparser_core.dav.nodes import Node, Opened, Tree, media_type

BLOCK = 256 * 1024  # bytes of a file that are sent at once; WsgiDAV's 8 KiB are six times slower

TREE = "mediaparser.tree"  # in the environ: what this request may see
OPENED = "mediaparser.opened"  # the file that is asked for


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
            return ReadOnlyFile(path, environ, opened.node, opened.file)
        tree: Tree = environ[TREE]
        node = tree.node(tuple(part for part in path.split("/") if part))
        if node is None:
            return None
        return ReadOnlyFolder(path, environ) if node.is_folder else ReadOnlyFile(path, environ, node, None)


class ReadOnlyFolder(DAVCollection):  # type: ignore[misc]
    """A folder: listed by us, so WsgiDAV has to know only that it is one."""

    def get_member_names(self) -> list[str]:
        return []

    def get_member(self, name: str) -> None:
        return None


class ReadOnlyFile(DAVNonCollection):  # type: ignore[misc]
    """A file that is open already."""

    def __init__(self, path: str, environ: Environ, node: Node, file: RawIOBase | None) -> None:
        super().__init__(path, environ)
        self._node, self._file = node, file

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

    def get_content(self) -> RawIOBase:
        if self._file is None:
            raise RuntimeError("nobody opened this file")
        return self._file

    def finalize_headers(self, environ: Environ, response_headers: Headers) -> None:
        response_headers.append(("Cache-Control", "private, no-cache"))  # ask again each time: a 304 costs nothing
