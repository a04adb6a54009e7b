"""The organized tree as it is on the disk: regular files and folders, and never through a link."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mediaparser_core.dav.nodes import Node, Opened, Parts, file_node, is_servable, spellings
from mediaparser_core.sources import Unreadable, open_folder, open_input


class FolderTree:
    """The folder *root* and what is below it. Every step goes from one open folder to the next, so that nothing that
    is put in the way meanwhile can lead out of it."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def node(self, parts: Parts) -> Node | None:
        if not parts:
            with self._folder(()) as fd:
                return Node("", True, 0, os.fstat(fd).st_mtime_ns) if fd is not None else Node("", True)
        with self._folder(parts[:-1]) as fd:
            found = _look(fd, parts[-1]) if fd is not None else None
        if found is None:
            return None
        name, status = found
        return Node(name, True, 0, status.st_mtime_ns) if stat.S_ISDIR(status.st_mode) else file_node(name, status)

    def members(self, parts: Parts) -> Iterator[Node]:
        with self._folder(parts) as fd:
            if fd is None:
                return
            with os.scandir(fd) as entries:
                for entry in entries:
                    name = entry.name
                    if not is_servable(name):
                        continue
                    try:
                        status = entry.stat(follow_symlinks=False)
                    except OSError:
                        continue  # gone since the folder was read
                    if stat.S_ISREG(status.st_mode):
                        yield file_node(name, status)
                    elif stat.S_ISDIR(status.st_mode):
                        yield Node(name, True, 0, status.st_mtime_ns)

    def open(self, parts: Parts) -> Opened | None:
        if not parts:
            return None
        with self._folder(parts[:-1]) as folder:
            if folder is None:
                return None
            for name in spellings(parts[-1]):
                if not is_servable(name):
                    return None
                try:
                    fd, status = open_input(os.fsencode(name), folder)
                except Unreadable:
                    continue
                return Opened(file_node(name, status), os.fdopen(fd, "rb", buffering=0))
        return None

    @contextmanager
    def _folder(self, parts: Parts) -> Iterator[int | None]:
        """A descriptor of the folder at *parts*; ``None`` when there is none."""
        fd = _open(self._root)
        try:
            for part in parts:
                if fd is None:
                    break
                below = _step(fd, part)
                os.close(fd)
                fd = below
            yield fd
        finally:
            if fd is not None:
                os.close(fd)


def _open(path: str | Path, dir_fd: int | None = None) -> int | None:
    try:
        return open_folder(path, dir_fd)
    except OSError:
        return None


def _step(fd: int, part: str) -> int | None:
    for name in spellings(part):
        if is_servable(name) and (below := _open(name, fd)) is not None:
            return below
    return None


def _look(fd: int, part: str) -> tuple[str, os.stat_result] | None:
    """The name on the disk and the status of a file or folder in the open folder *fd*."""
    for name in spellings(part):
        try:
            status = os.lstat(name, dir_fd=fd) if is_servable(name) else None
        except OSError:
            continue
        if status and (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            return name, status
    return None
