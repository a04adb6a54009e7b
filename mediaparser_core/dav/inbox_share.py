"""The inbox as a share that can be written to: for Finder, Explorer and phones, with locks they can believe in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from io import RawIOBase

from wsgidav.dav_error import HTTP_BAD_REQUEST, HTTP_CONFLICT, HTTP_FORBIDDEN, HTTP_NOT_FOUND, DAVError
from wsgidav.dav_provider import DAVCollection, DAVNonCollection, DAVProvider

from mediaparser_core.dav.answers import Environ
from mediaparser_core.dav.export_share import FolderTree
from mediaparser_core.dav.nodes import Node, Opened, Parts, is_servable, media_type
from mediaparser_core.dav.sharing import OPENED, ReadOnlyFile
from mediaparser_core.errors import ExportError, StorageError
from mediaparser_core.inbox import CutOff, Inbox, NoRoom, Upload

_NO_ROOM = 507
_NOT_WANTED = frozenset({"desktop.ini", "thumbs.db"})
_LONGEST = 255  # bytes of a name


class InboxProvider(DAVProvider):  # type: ignore[misc]
    """Serves *inbox*; what is hidden in it is not there."""

    def __init__(self, inbox: Inbox) -> None:
        super().__init__()
        self.inbox, self.tree = inbox, FolderTree(inbox.root)

    def is_readonly(self) -> bool:
        return False

    def get_resource_inst(self, path: str, environ: Environ) -> DAVCollection | DAVNonCollection | None:
        opened: Opened | None = environ.get(OPENED)
        if opened is not None:
            return ReadOnlyFile(path, environ, opened.node)
        parts = _parts(path)
        node = self.tree.node(parts)
        return self.resource(parts, node, environ) if node else None

    def resource(self, parts: Parts, node: Node, environ: Environ) -> InboxFolder | InboxFile:
        """*node* as WsgiDAV wants to see it, under the name that it has on the disk."""
        path = "/" + "/".join((*parts[:-1], node.name) if parts else ())
        return InboxFolder(path, environ, node) if node.is_folder else InboxFile(path, environ, node)


class _Resource:
    """What files and folders of the inbox share."""

    path: str
    provider: InboxProvider
    environ: Environ
    _node: Node

    @property
    def parts(self) -> Parts:
        return _parts(self.path)

    def get_last_modified(self) -> int:
        return self._node.mtime_ns // 1_000_000_000

    def get_creation_date(self) -> int:
        return self._node.mtime_ns // 1_000_000_000

    def support_recursive_move(self, dest_path: str) -> bool:
        return True

    def move_recursive(self, dest_path: str) -> list[object]:
        new = _writable(dest_path)
        with _told():
            self.provider.inbox.rename(self.parts, new)
        self.remove_all_locks(recursive=True)  # type: ignore[attr-defined]
        moved = self.provider.get_resource_inst(dest_path, self.environ)
        if moved is not None and (properties := self.provider.prop_manager):
            old = self.get_ref_url()  # type: ignore[attr-defined]
            properties.move_properties(old, moved.get_ref_url(), with_children=True, environ=self.environ)
        return []

    def set_last_modified(self, dest_path: str, time_stamp: int | str, *, dry_run: bool) -> bool:
        """What the sender knows of the file's age; Windows and rclone say it."""
        try:
            seconds = int(time_stamp) if isinstance(time_stamp, int) else parsedate_to_datetime(time_stamp).timestamp()
        except (ValueError, TypeError, OverflowError):
            raise DAVError(HTTP_CONFLICT) from None
        if not dry_run and not self._node.is_folder:
            with _told():
                self.provider.inbox.set_time(self.parts, int(seconds) * 1_000_000_000)
        return True

    def _forget(self) -> None:
        self.remove_all_properties(recursive=True)  # type: ignore[attr-defined]
        self.remove_all_locks(recursive=True)  # type: ignore[attr-defined]

    def _copy_properties(self, dest_path: str) -> None:
        copy = self.provider.get_resource_inst(dest_path, self.environ)
        if copy is not None and (properties := self.provider.prop_manager):
            properties.copy_properties(self.get_ref_url(), copy.get_ref_url(), self.environ)  # type: ignore[attr-defined]


class InboxFolder(_Resource, DAVCollection):  # type: ignore[misc]
    """A folder of the inbox."""

    def __init__(self, path: str, environ: Environ, node: Node) -> None:
        super().__init__(path, environ)
        self._node = node

    def get_member_list(self) -> list[InboxFolder | InboxFile]:
        tree = self.provider.tree.members(self.parts)
        return [self.provider.resource((*self.parts, node.name), node, self.environ) for node in tree]

    def get_member_names(self) -> list[str]:
        return [node.name for node in self.provider.tree.members(self.parts)]

    def get_member(self, name: str) -> InboxFolder | InboxFile | None:
        found: InboxFolder | InboxFile | None = self.provider.get_resource_inst(f"{self.path}/{name}", self.environ)
        return found

    def get_etag(self) -> None:
        return None

    def support_etag(self) -> bool:
        return False

    def get_available_bytes(self) -> int:
        with _told():
            return self.provider.inbox.room()

    def get_used_bytes(self) -> int:
        return self.provider.inbox.used()

    def create_empty_resource(self, name: str) -> InboxFile:
        """For a PUT only the promise of a file; for a LOCK an empty file, which is what RFC 4918 wants."""
        parts = _writable(f"{self.path}/{name}")
        if self.environ["REQUEST_METHOD"] == "LOCK":
            with _told():
                upload = self.provider.inbox.receive(parts, expected=0)
                try:
                    upload.finish(replace=False)
                finally:
                    upload.abort()
        return InboxFile("/" + "/".join(parts), self.environ, Node(name, False))

    def create_collection(self, name: str) -> None:
        with _told():
            self.provider.inbox.make_folder(_writable(f"{self.path}/{name}"))

    def support_recursive_delete(self) -> bool:
        return False

    def delete(self) -> None:
        """Also what is in it, as far as we show it: a MOVE over a folder deletes that in one go."""
        if not self.parts:
            raise DAVError(HTTP_FORBIDDEN)
        for member in self.get_member_list():
            member.delete()
        with _told():
            self.provider.inbox.remove(self.parts)
        self._forget()

    def copy_move_single(self, dest_path: str, *, is_move: bool) -> None:
        parts = _writable(dest_path)
        if self.provider.tree.node(parts) is None:
            with _told():
                self.provider.inbox.make_folder(parts)
        self._copy_properties(dest_path)


class InboxFile(_Resource, DAVNonCollection):  # type: ignore[misc]
    """A file of the inbox, or one that is just coming."""

    def __init__(self, path: str, environ: Environ, node: Node) -> None:
        super().__init__(path, environ)
        self._node = node
        self._upload: Upload | None = None

    def get_content_length(self) -> int:
        return self._node.size

    def get_content_type(self) -> str:
        return media_type(self._node.name)

    def get_etag(self) -> str | None:
        return self._node.etag or None

    def support_etag(self) -> bool:
        return True

    def support_ranges(self) -> bool:
        return True

    def get_property_value(self, name: str) -> object:
        value = super().get_property_value(name)
        return f'"{value}"' if name == "{DAV:}getetag" else value  # as in the header

    def get_content(self) -> RawIOBase:
        opened = self.provider.tree.open(self.parts)
        if opened is None:
            raise DAVError(HTTP_NOT_FOUND)
        return opened.file

    def begin_write(self, *, content_type: str | None = None) -> _Sink:
        with _told():
            self._upload = self.provider.inbox.receive(_writable(self.path), expected=_announced(self.environ))
        return _Sink(self._upload)

    def end_write(self, *, with_errors: bool) -> None:
        if self._upload is not None:
            self._upload.abort()  # does nothing to one that is finished
        if not with_errors:
            self._node = self.provider.tree.node(self.parts) or self._node

    def delete(self) -> None:
        with _told():
            self.provider.inbox.remove(self.parts)
        self._forget()

    def copy_move_single(self, dest_path: str, *, is_move: bool) -> None:
        with _told():
            upload = self.provider.inbox.receive(_writable(dest_path), expected=self._node.size)
            try:
                with self.get_content() as file:
                    while block := file.read(1024 * 1024):
                        upload.write(block)
                upload.finish()
            finally:
                upload.abort()
            self.provider.inbox.set_time(_parts(dest_path), self._node.mtime_ns)
        self._copy_properties(dest_path)


class _Sink:
    """What WsgiDAV writes an upload into; closing it is what publishes the file."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload

    def write(self, data: bytes) -> None:
        with _told():
            self._upload.write(data)

    def close(self) -> None:
        with _told():
            self._upload.finish()


def _announced(environ: Environ) -> int | None:
    """How long the upload is to be; Finder says it in a header of its own when it sends chunks."""
    text = environ.get("HTTP_X_EXPECTED_ENTITY_LENGTH" if environ.get("wsgi.input_terminated") else "CONTENT_LENGTH")
    if text is None:
        return None if environ.get("wsgi.input_terminated") else 0
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise DAVError(HTTP_BAD_REQUEST)
    return int(text)


def _parts(path: str) -> Parts:
    return tuple(part for part in path.split("/") if part)


def _writable(path: str) -> Parts:
    """*path* as parts. Raises ``DAVError`` for names we would not show, and those that file managers litter with."""
    parts = _parts(path)
    if not parts or not all(is_servable(part) and len(part.encode()) <= _LONGEST for part in parts):
        raise DAVError(HTTP_FORBIDDEN)
    if parts[-1].casefold() in _NOT_WANTED or ".." in parts:
        raise DAVError(HTTP_FORBIDDEN)
    return parts


@contextmanager
def _told() -> Iterator[None]:
    """What the inbox says, as a status of HTTP."""
    try:
        yield
    except NoRoom:
        raise DAVError(_NO_ROOM) from None
    except CutOff:
        raise DAVError(HTTP_BAD_REQUEST) from None
    except StorageError:
        raise DAVError(_NO_ROOM) from None
    except ExportError:
        raise DAVError(HTTP_CONFLICT) from None
    except FileNotFoundError:
        raise DAVError(HTTP_NOT_FOUND) from None
