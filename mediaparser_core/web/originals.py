"""Find an asset's bytes on the disk, by its SHA-256 and never by a path from outside."""

from __future__ import annotations

import os
from dataclasses import dataclass

from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.explored import Explored
from mediaparser_core.media import Unreadable, open_input
from mediaparser_core.settings import Settings

# everything else is handed out as application/octet-stream: no browser may take it for a page
TYPES = {
    "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp", "mp4": "video/mp4",
    "mov": "video/quicktime",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Original:
    """An open descriptor (the caller closes it) on bytes that are those of the asset, as far as size and time tell."""

    fd: int
    size: int
    name: str
    content_type: str


def open_original(catalog: Catalog, settings: Settings, sha256: str) -> Original | None:
    """The first of the asset's files that is still what was scanned, else its byte-identical copy in the export."""
    explored = Explored(catalog)
    asset = explored.media(sha256)
    if asset is None:
        return None
    kind = TYPES.get(asset["format"], "application/octet-stream")
    roots = explored.root_paths()
    for file in explored.files_of(sha256):
        path: bytes = file["path_bytes"]
        if not any(is_below(path, root) for root in roots):
            continue
        found = _open(path, file["size"], file["mtime_ns"])
        if found is not None:
            return Original(*found, file["name"], kind)
    export = os.fsencode(settings.export_path)
    for target in explored.copies_of(sha256):
        path = os.path.join(export, os.fsencode(target))
        found = _open(path, asset["size"], None) if is_below(path, export) else None
        if found is not None:
            return Original(*found, target.rpartition("/")[2], kind)
    return None


def is_below(path: bytes, root: bytes) -> bool:
    """Whether *path* lies in the folder *root* (or is it), also after every link on the way is followed."""
    folder, home = os.path.realpath(os.path.dirname(path)), os.path.realpath(root)
    if path == root:
        return folder == os.path.dirname(home)
    return path.startswith(root.rstrip(b"/") + b"/") and (folder == home or folder.startswith(home.rstrip(b"/") + b"/"))


def _open(path: bytes, size: int, mtime_ns: int | None) -> tuple[int, int] | None:
    try:
        fd, status = open_input(path)
    except (Unreadable, ValueError):
        return None
    if status.st_size != size or mtime_ns not in (None, status.st_mtime_ns):
        os.close(fd)  # it has changed since it was scanned: these are other bytes
        return None
    return fd, status.st_size
