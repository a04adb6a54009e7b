"""What must stay free on a disk, whatever comes in."""

from __future__ import annotations

import shutil
from pathlib import Path

from mediaparser_core.settings import Settings

_GB = 1_000_000_000


def lacking(settings: Settings, folder: Path, size: int) -> str | None:
    """Why *size* more bytes must not be written to *folder* (which may not be there yet), ``None`` when they may."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        left = shutil.disk_usage(folder).free - size
    except OSError as error:
        return f"{folder} cannot be used: {error.strerror or error}"
    if left < settings.inbox.free_gb * _GB:
        return f"the disk is nearly full: {settings.inbox.free_gb:g} GB must stay free; make room"
    return None
