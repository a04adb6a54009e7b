"""Is it still what we wrote? Read files again, past the cache, and compare them with the catalog."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mediaparser_core import disk
from mediaparser_core.errors import ExportError
from mediaparser_core.export.destination import path_in
from mediaparser_core.media import Unreadable
from mediaparser_core.names import escape_for_terminal
from mediaparser_core.records import Receipt


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that is not what it was: ``missing``, ``changed`` or ``unreadable``, and more in words."""

    path: str
    sha256: str
    what: Literal["missing", "changed", "unreadable"]
    detail: str


def verify(receipts: Iterable[Receipt], root: Path, progress: Callable[[], object] = lambda: None) -> Iterator[Problem]:
    """Read every export below *root* and its sidecar again, and say which are not what was written."""
    for receipt in receipts:
        for target, expected in ((receipt.target, receipt.written_sha256), (receipt.sidecar, receipt.sidecar_sha256)):
            if not target or not expected:
                continue
            try:
                path = path_in(root, target)
            except ExportError as error:
                yield Problem(target, receipt.sha256, "unreadable", str(error))
                continue
            if problem := _compare(path, target, receipt.sha256, expected):
                yield problem
        progress()


def verify_originals(
    rows: Iterable[tuple[bytes, str]], progress: Callable[[], object] = lambda: None
) -> Iterator[Problem]:
    """Read every input (path, SHA-256 when it was scanned) again, and say which are not what was catalogued."""
    for path, expected in rows:
        name = os.fsdecode(path)
        if problem := _compare(path, escape_for_terminal(name), expected, expected):
            yield problem
        progress()


def _compare(path: Path | bytes, shown: str, sha256: str, expected: str) -> Problem | None:
    try:
        found = disk.hash_of(path)
    except Unreadable as error:
        return Problem(shown, sha256, "unreadable", str(error))
    if found is None:
        return Problem(shown, sha256, "missing", "it is not there any more")
    if found != expected:
        return Problem(shown, sha256, "changed", f"its SHA-256 is {found}, it was {expected}")
    return None
