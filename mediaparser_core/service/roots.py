"""Which folders may be scanned at somebody's word from a browser: configured ones, and those scanned before."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass

from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.queue import Queue
from mediaparser_core.catalog.seen import path_text
from mediaparser_core.errors import InputError
from mediaparser_core.settings import Settings


@dataclass(frozen=True, slots=True)
class Root:
    """A folder that may be scanned. ``key`` stands for it in a form: its name may be no text."""

    key: str
    path: bytes
    text: str
    files: int | None
    scanned_at: str | None
    there: bool


def known(catalog: Catalog, settings: Settings) -> list[Root]:
    """Every folder there is to choose from, by name; what came through the inbox is not chosen but always read."""
    scanned = {row["path_bytes"]: row for row in Queue(catalog).scanned_roots()}
    configured = (*settings.serve.roots, *settings.watch.folders)
    paths = {os.path.realpath(os.fsencode(os.path.expanduser(path))) for path in configured} | set(scanned)
    store, library = os.fsencode(settings.originals_root), os.path.realpath(os.fsencode(settings.library))
    found = []
    for path in sorted(paths):
        if path != store and not _is_below(path, library):
            row = scanned.get(path, {})
            found.append(
                Root(_key(path), path, path_text(path), row.get("files"), row.get("scanned_at"), os.path.lexists(path))
            )
    return found


def chosen(roots: Iterable[Root], wanted: Iterable[str]) -> list[str]:
    """The paths of what somebody wants scanned: keys of *roots*, or paths at or below one of them.

    Raises :class:`InputError` for anything else, also for a path that leads elsewhere through a link or ``..``.
    """
    roots = list(roots)
    keys = {root.key: root for root in roots}
    paths = []
    for each in wanted:
        path = keys[each].path if each in keys else _typed(each)
        if path is None or not any(_is_below(path, root.path) for root in roots):
            raise InputError("only folders that were scanned before, or are named in 'serve.roots', can be chosen")
        paths.append(os.fsdecode(path))
    if not paths:
        raise InputError("choose a folder first")
    return sorted(set(paths))


def _typed(text: str) -> bytes | None:
    """Where a path leads that somebody typed; ``None`` when it is none."""
    try:
        path = os.fsencode(text)
        return os.path.realpath(path) if path.startswith(b"/") else None
    except ValueError:  # NUL, or half a character
        return None


def _key(path: bytes) -> str:
    return hashlib.sha256(path).hexdigest()[:16]


def _is_below(path: bytes, root: bytes) -> bool:
    return path == root or path.startswith(root.rstrip(b"/") + b"/")
