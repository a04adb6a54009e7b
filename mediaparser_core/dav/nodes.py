"""What the drive is made of: trees of nodes, and what a name may be."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from io import RawIOBase
from typing import NamedTuple, Protocol

from mediaparser_core import formats

Parts = tuple[str, ...]
"""A path inside a tree, name by name; empty for the tree itself."""

# hidden: dot files, ours among them. Never shown: what is not text, and controls, which end XML and confuse clients
_UNSERVABLE = re.compile(r"\.|.*[\x00-\x1f\x7f-\x9f/\ud800-\udfff\ufffe\uffff]", re.DOTALL)


class Node(NamedTuple):
    """A file or folder as it is listed; ``etag`` is strong, without its quotes, and empty for a folder."""

    name: str
    is_folder: bool
    size: int = 0
    mtime_ns: int = 0
    etag: str = ""


class Opened(NamedTuple):
    """A file, open: ``node`` is what the descriptor says, not what a listing said earlier."""

    node: Node
    file: RawIOBase


class Tree(Protocol):
    """Something that can be listed and read; names are exact, with NFC and NFD taken for the same where that helps."""

    def node(self, parts: Parts) -> Node | None:
        """What is at *parts*; ``None`` when nothing is, or nothing that may be served."""

    def members(self, parts: Parts) -> Iterator[Node]:
        """What is in the folder at *parts*, in no order; nothing when it is gone."""

    def open(self, parts: Parts) -> Opened | None:
        """The file at *parts*, to be closed by the caller; ``None`` when there is none."""


def is_servable(name: str) -> bool:
    """Whether a file or folder of this name takes part."""
    return bool(name) and not _UNSERVABLE.match(name)


def spellings(name: str) -> list[str]:
    """*name* as it was asked for, then composed and decomposed: macOS asks for NFD, nearly all others write NFC."""
    if name.isascii():
        return [name]
    return list(dict.fromkeys((name, unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name))))


def etag_of(inode: int, size: int, mtime_ns: int) -> str:
    """Changes whenever the bytes do: the file's number, size and time to the nanosecond."""
    return f"{inode:x}-{size:x}-{mtime_ns:x}"


def file_node(name: str, status: os.stat_result) -> Node:
    """The node of a file with this *status*."""
    size, mtime_ns = status.st_size, status.st_mtime_ns
    return Node(name, False, size, mtime_ns, f"{status.st_ino:x}-{size:x}-{mtime_ns:x}")


@cache
def _types() -> dict[str, str]:
    return {
        extension: format.mime
        for format in formats.FORMATS.values()
        if format.kind != "sidecar"
        for extension in (format.extension, *format.variants)
    } | {".jpeg": "image/jpeg", ".tiff": "image/tiff"}


def media_type(name: str) -> str:
    """The type of a picture or video by its extension; ``application/octet-stream`` for all else."""
    dot = name.rfind(".")
    return _types().get(name[dot:].lower(), "application/octet-stream") if dot > 0 else "application/octet-stream"


class Shares:
    """Several trees side by side, each in a folder of its own."""

    def __init__(self, trees: dict[str, Tree]) -> None:
        self._trees = trees

    def node(self, parts: Parts) -> Node | None:
        if not parts:
            return Node("", True)
        tree = self._trees.get(parts[0])
        found = tree.node(parts[1:]) if tree else None
        return found._replace(name=parts[0]) if found and len(parts) == 1 else found

    def members(self, parts: Parts) -> Iterator[Node]:
        if parts:
            tree = self._trees.get(parts[0])
            yield from tree.members(parts[1:]) if tree else ()
            return
        for name in self._trees:
            if node := self.node((name,)):
                yield node

    def open(self, parts: Parts) -> Opened | None:
        tree = self._trees.get(parts[0]) if parts else None
        return tree.open(parts[1:]) if tree else None
