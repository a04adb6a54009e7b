"""Which files have vanished, and which are only out of reach.

Nothing is inferred from a folder or an archive that could not be read, from a disk that is not mounted, or from another
disk that is mounted in its place (safety rule 7).
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from mediaparser_core import archives, sources
from mediaparser_core.catalog.seen import Known
from mediaparser_core.records import Entry

_UNREAD = "folder cannot be read"  # how the walk begins to say so


def vanished(
    root: bytes,
    known: Mapping[bytes, Known],
    entries: Mapping[bytes, Entry],
    device_before: int | None,
    others: int = 0,
) -> list[int]:
    """The ids of *known* files below *root* that are gone, given the *entries* of a complete walk.

    It met so many *others* that are known as well and are not among *known*.
    """
    gone = {path: before for path, before in known.items() if path not in entries and before.state != "missing"}
    if not gone or not (entries or others):
        return []
    try:
        device = os.lstat(root).st_dev
    except OSError:
        return []
    if device_before is not None and device != device_before and len(gone) * 2 > len(known) + others:
        return []  # most of it is away and the disk is another one: it is not there, not deleted
    unreadable = [path for path, entry in entries.items() if (entry.problem or "").startswith(_UNREAD)]
    looked_into = {inside[0] for path in entries if (inside := archives.split(path))}
    devices: dict[bytes, int | None] = {}
    found = []
    for path, before in gone.items():
        if any(path.startswith(folder + b"/") for folder in unreadable):
            continue
        inside = archives.split(path)
        if inside and inside[0] not in looked_into and (inside[0] in entries or sources.exists(inside[0])):
            continue  # the archive is there; this time it could not be read, or nobody asked for what is in it
        was_own_disk = device_before is not None and before.device != device_before
        folder_device = _device_of(path.rsplit(b"/", 1)[0], root, devices)
        if was_own_disk and folder_device == device:
            continue  # it was on a disk mounted inside the input, and that disk is not mounted now
        found.append(before.file_id)
    return found


def read_at_last(unmet: Mapping[bytes, Known]) -> set[int]:
    """The ids of folders that could not be read once and are not in the way now; they were never files."""
    return {
        before.file_id
        for before in unmet.values()
        if before.state == "skipped" and (before.reason or "").startswith(_UNREAD)
    }


def _device_of(folder: bytes, root: bytes, devices: dict[bytes, int | None]) -> int | None:
    """The device of *folder*, or of the nearest folder above it that still exists (not above *root*)."""
    while True:
        if folder in devices:
            return devices[folder]
        try:
            devices[folder] = os.lstat(folder).st_dev
        except OSError:
            if len(folder) <= len(root):
                devices[folder] = None
            else:
                folder = folder.rsplit(b"/", 1)[0]
                continue
        return devices[folder]
