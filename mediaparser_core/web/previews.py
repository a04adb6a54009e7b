"""Larger previews than the thumbnails, made on demand and kept in the cache."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mediaparser_core.web.explorer import Explorer


async def larger(explorer: Explorer, sha256: str) -> Path | None:
    """The cached larger preview of an asset, made now when there is none; ``None`` when it cannot be made."""
    return None
