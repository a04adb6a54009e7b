"""Find an asset's bytes on the disk, by its SHA-256 and never by a path from outside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from mediaparser_core import archives
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.explored import Explored
from mediaparser_core.records import Entry
from mediaparser_core.settings import Settings
from mediaparser_core.sources import OpenFile, Source, Unreadable, bounded, open_below, open_source, root_of

# everything else is handed out as application/octet-stream: no browser may take it for a page
TYPES = {
    "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp", "mp4": "video/mp4",
    "mov": "video/quicktime",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Original:
    """An open source (the caller closes it) of bytes that are those of the asset, as far as size and time tell."""

    source: Source
    name: str
    content_type: str


def entries_of(catalog: Catalog, sha256: str) -> Iterator[Entry]:
    """Where the asset was found, below folders that were scanned, the best place first."""
    explored = Explored(catalog)
    roots = explored.root_paths()
    for file in explored.files_of(sha256):
        path: bytes = file["path_bytes"]
        root = root_of(path, roots)
        if root is not None:
            yield Entry(root, path, file["size"], file["mtime_ns"])


def open_original(catalog: Catalog, settings: Settings, sha256: str) -> Original | None:
    """The first of the asset's files that is still what was scanned, else its byte-identical copy in the export."""
    explored = Explored(catalog)
    asset = explored.media(sha256)
    if asset is None:
        return None
    kind = TYPES.get(asset["format"], "application/octet-stream")
    for entry in entries_of(catalog, sha256):
        found = open_entry(entry)
        if found is not None:
            return Original(found, _name(entry.path), kind)
    export = os.fsencode(settings.export_path)
    for target in explored.copies_of(sha256):
        found = open_entry(Entry(export, os.path.join(export, os.fsencode(target)), asset["size"], -1))
        if found is not None:
            return Original(found, target.rpartition("/")[2], kind)
    return None


def open_entry(entry: Entry) -> Source | None:
    """What *entry* means, when it still has the size and time it says (-1: any time), reached without a link."""
    inside = archives.split(entry.path)
    try:
        fd, status = open_below(entry.root, inside[0] if inside else entry.path)
        if not inside:
            found: Source = OpenFile(fd, status)
        else:
            os.close(fd)  # reached without a link, so it may be opened as the archive it is
            found = open_source(entry.path)
    except (OSError, Unreadable, ValueError):
        return None
    if found.size != entry.size or entry.mtime_ns not in (-1, bounded(status.st_mtime_ns)):
        found.close()  # it has changed since it was scanned: these are other bytes
        return None
    return found


def _name(path: bytes) -> str:
    return path.rpartition(b"/")[2].decode("utf-8", "replace")
