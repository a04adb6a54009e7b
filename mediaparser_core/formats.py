"""What a file is, by its first bytes: the formats we know, their kind and their usual extension."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Format:
    """A format: short lower-case ``name``, ``kind``, usual ``extension`` with its dot, media type."""

    name: str
    kind: Literal["image", "video", "sidecar"]
    extension: str
    mime: str
    raw: bool = False


FORMATS: dict[str, Format] = {
    f.name: f
    for f in (
        Format("jpeg", "image", ".jpg", "image/jpeg"),
        Format("png", "image", ".png", "image/png"),
    )
}


def sniff(head: bytes, name: bytes) -> Format | None:
    """The format of a file that begins with *head*; *name* only decides between formats with the same beginning."""
    if head.startswith(b"\xff\xd8\xff"):
        return FORMATS["jpeg"]
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FORMATS["png"]
    return None
