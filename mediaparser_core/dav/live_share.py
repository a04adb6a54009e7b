"""The live folders as a tree: the exported copy where there is one, else the original, under the name of the export."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator

import pluggy

from mediaparser_core.archives import split
from mediaparser_core.catalog.shelf import Item
from mediaparser_core.dav.export_share import FolderTree
from mediaparser_core.dav.live_folders import Folder
from mediaparser_core.dav.live_index import LiveIndex
from mediaparser_core.dav.nodes import Node, Opened, Parts, etag_of, file_node
from mediaparser_core.dav.sharing import BLOCK
from mediaparser_core.errors import PluginError
from mediaparser_core.names import clean_part
from mediaparser_core.records import View
from mediaparser_core.settings import Settings
from mediaparser_core.sources import Source, Unreadable, open_below, open_source, root_of


def views_of(manager: pluggy.PluginManager, settings: Settings) -> list[View]:
    """The views of every plugin, by name. Raises :class:`PluginError` when a name is not clean or comes twice."""
    found: dict[str, View] = {}
    for batch in manager.hook.register_views(settings=settings):
        for view in batch or ():
            if not isinstance(view, View) or clean_part(view.name) != view.name:
                raise PluginError(f"register_views must give View records with clean names, not {view!r}")
            if view.name in found:
                raise PluginError(f"two plugins register a view called '{view.name}'")
            found[view.name] = view
    return [found[name] for name in sorted(found)]


class LiveTree:
    """Views at the top, below them what the index says; nothing is there that is not in the catalog."""

    def __init__(self, index: LiveIndex, names: list[str], export: FolderTree, root: bytes) -> None:
        self._index, self._names, self._export, self._root = index, names, export, root

    def node(self, parts: Parts) -> Node | None:
        if not parts:
            return Node("", True, 0, self._index.changed_ns)
        found = self._find(parts)
        if isinstance(found, Folder):
            return Node(parts[-1], True, 0, found.shelf.changed_ns)
        return self._listed(found) if found else None

    def members(self, parts: Parts) -> Iterator[Node]:
        if not parts:
            yield from (Node(name, True, 0, self._index.changed_ns) for name in self._names)
            return
        found = self._find(parts)
        if isinstance(found, Folder):
            yield from (Node(name, True, 0, found.shelf.changed_ns) for name in found.folders())
            for item in found.files():
                if node := self._listed(item):
                    yield node

    def open(self, parts: Parts) -> Opened | None:
        found = self._find(parts)
        if not isinstance(found, Item):
            return None
        target = self._index.ask(lambda live: live.target(found.sha256))
        opened = self._export.open(tuple(target.split("/"))) if target else None
        opened = opened or self._original(found.sha256)
        if opened is None:
            return None
        return Opened(opened.node._replace(name=found.name, mtime_ns=found.mtime_ns), opened.file)

    def _find(self, parts: Parts) -> Folder | Item | None:
        if not parts or parts[0] not in self._names:
            return None
        folder = Folder(self._index.shelf(), (parts[0],))
        for number, part in enumerate(parts[1:], 2):
            below = folder.into(part)
            if below is None:
                return folder.file(part) if number == len(parts) else None
            folder = below
        return folder

    def _listed(self, item: Item) -> Node | None:
        """*item* without opening it: an exported copy is looked at, of an original the catalog knows enough."""
        if item.target:
            try:
                status = os.lstat(self._root + b"/" + item.target.encode())
            except OSError:
                status = None
            if status and stat.S_ISREG(status.st_mode):
                etag = etag_of(status.st_ino, status.st_size, status.st_mtime_ns)
                return Node(item.name, False, status.st_size, item.mtime_ns, etag)
        return Node(item.name, False, item.size, item.mtime_ns, etag_of(item.inode % 2**64, item.size, item.stamp))

    def _original(self, sha256: str) -> Opened | None:
        """The first file that still looks as it did when these bytes were read from it, below a root that we know."""
        roots, originals = self._index.ask(lambda live: (live.roots(), live.originals(sha256)))
        for original in originals:
            root = root_of(original.path, roots)
            if root is None:
                continue
            opened = _reach(root, original.path)
            if opened and (opened.node.size, opened.node.mtime_ns) == (original.size, original.mtime_ns):
                return opened
            if opened:
                opened.file.close()
        return None


def _reach(root: bytes, path: bytes) -> Opened | None:
    """The file *path*, reached from *root* without a link on the way; or the member of an archive that it means."""
    name, inside = os.fsdecode(path.rpartition(b"/")[2]), split(path)
    try:
        fd, status = open_below(root, inside[0] if inside else path)
        if inside:
            os.close(fd)  # reached without a link, so it may be opened as the archive it is
            source = open_source(path)
            _, inode, size, mtime_ns, _ = source.identity()
            return Opened(Node(name, False, size, mtime_ns, etag_of(inode, size, mtime_ns)), _Reader(source))
    except (OSError, Unreadable):
        return None
    return Opened(file_node(name, status), os.fdopen(fd, "rb", buffering=0))


class _Reader(io.RawIOBase):
    """A source as a file that can be read from any place."""

    def __init__(self, source: Source) -> None:
        self._source, self._at = source, 0

    def read(self, size: int = -1) -> bytes:
        data = self._source.read_at(self._at, min(size if size >= 0 else BLOCK, self._source.size - self._at))
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset
        return offset

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()
