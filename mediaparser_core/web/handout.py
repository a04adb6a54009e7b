"""Hand out an open source: one range, ETag, If-Range, HEAD, 304, 416; every answer with its safety headers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from mediaparser_core.web.answers import KEEP, Send
from mediaparser_core.web.doors import headers_of

Receive = Callable[[], Awaitable[dict[str, Any]]]

BLOCK = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
_SANDBOX = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"


class Readable(Protocol):
    """What :class:`~mediaparser_core.sources.Source` is to us: :meth:`read_at` may give fewer bytes than asked for."""

    size: int

    def read_at(self, offset: int, length: int) -> bytes: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Handout:
    """What is handed out: all bytes of the open *source* (closed afterwards) as *content_type*.

    ``etag`` is strong and unquoted; ``keep`` the cache-control; ``name`` makes it an attachment of that name.
    """

    source: Readable
    content_type: str
    etag: str
    keep: str
    name: str | None = None


def disposition(name: str) -> str:
    """``attachment`` with a name from outside, as RFC 6266 wants it: no quote, no line, no path gets through."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)[-150:] or "file"
    return (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name.encode('utf-8', 'replace')[-600:], safe='')}"
    )


def wanted_range(headers: Mapping[str, str], size: int, etag: str) -> tuple[int, int] | bool | None:
    """``(start, stop)`` of the bytes asked for, ``None`` for all of them, ``False`` when there are no such bytes.

    More than one range, or one that is not understood, is answered with everything, as RFC 9110 allows.
    """
    found = _RANGE.fullmatch(headers.get("range", "").strip())
    condition = headers.get("if-range", "").strip()
    if found is None or (condition and condition != f'"{etag}"') or found[1] == found[2] == "":
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        return (size - length, size) if length else False
    start, stop = int(found[1]), min(int(found[2]) + 1, size) if found[2] else size
    if start >= size:
        return False
    return (start, stop) if start < stop else None


def matches(headers: Mapping[str, str], etag: str) -> bool:
    """Whether the browser has these bytes already."""
    said = headers.get("if-none-match", "")
    return any(part.strip().removeprefix("W/") in (f'"{etag}"', "*") for part in said.split(","))


async def hand_out(
    handout: Handout, scope: Mapping[str, Any], receive: Receive, send: Send, closing: asyncio.Event
) -> None:
    """Answer the request with *handout*; nothing more is read once the browser has gone or the server is *closing*."""
    try:
        await _answer(handout, scope, receive, send, closing)
    finally:
        handout.source.close()


async def _answer(
    handout: Handout, scope: Mapping[str, Any], receive: Receive, send: Send, closing: asyncio.Event
) -> None:
    asked = headers_of(scope)
    common = {
        "etag": f'"{handout.etag}"', "accept-ranges": "bytes", "content-security-policy": _SANDBOX,
        KEEP.decode(): handout.keep, "cross-origin-resource-policy": "same-origin",
    }  # fmt: skip
    if matches(asked, handout.etag):
        await _start(send, 304, common)
        return
    span = wanted_range(asked, handout.source.size, handout.etag)
    if span is False:
        await _start(send, 416, common | {"content-range": f"bytes */{handout.source.size}", "content-length": "0"})
        return
    start, stop = span if isinstance(span, tuple) else (0, handout.source.size)
    headers = common | {"content-type": handout.content_type, "content-length": str(stop - start)}
    if handout.name is not None:
        headers["content-disposition"] = disposition(handout.name)
    if span is not None:
        headers["content-range"] = f"bytes {start}-{stop - 1}/{handout.source.size}"
    if scope["method"] == "HEAD":
        await _start(send, 206 if span else 200, headers)
        return
    first = await asyncio.to_thread(handout.source.read_at, start, min(BLOCK, stop - start))
    await _start(send, 206 if span else 200, headers, more=True)
    await _stream(handout.source, first, start, stop, receive, send, closing)


async def _start(send: Send, status: int, headers: Mapping[str, str], *, more: bool = False) -> None:
    raw = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    if not more:
        await send({"type": "http.response.body", "body": b""})


async def _stream(
    source: Readable, block: bytes, start: int, stop: int, receive: Receive, send: Send, closing: asyncio.Event
) -> None:
    gone = asyncio.ensure_future(_until_gone(receive))
    try:
        while True:
            start += len(block)
            more = start < stop and bool(block)
            await send({"type": "http.response.body", "body": block, "more_body": more})
            if not more or gone.done() or closing.is_set():
                break
            # a disk that fails now ends the connection short of its length, which browsers notice
            block = await asyncio.to_thread(source.read_at, start, min(BLOCK, stop - start))
    finally:
        gone.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
