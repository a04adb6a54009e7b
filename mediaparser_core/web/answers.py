"""Answers below the level of pages: a refusal in one line, and the header by which a view may be kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]

KEEP = b"mediaparser-keep"  # a view's own cache-control, which the guard puts in place of Datasette's
_POLICY = b"default-src 'none'; frame-ancestors 'none'; sandbox"


async def refuse(send: Send, status: int, text: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    """Answer with one line of plain text."""
    body = (text + "\n").encode()
    start = [
        (b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"), (b"content-security-policy", _POLICY), *headers,
    ]  # fmt: skip
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})
