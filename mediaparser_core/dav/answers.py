"""How the drive answers: short words for refusals, and the headers that keep strangers' files from doing anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote

from mediaparser_core.dav.nodes import media_type

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

SAFE: Headers = [
    # what lies in a share may be anybody's HTML; cookies are shared by all ports of a host
    ("Content-Security-Policy", "sandbox; default-src 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
]

STATUS = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    408: "Request Timeout", 409: "Conflict", 411: "Length Required", 412: "Precondition Failed",
    413: "Content Too Large", 415: "Unsupported Media Type", 416: "Range Not Satisfiable", 421: "Misdirected Request",
    423: "Locked", 424: "Failed Dependency", 429: "Too Many Requests", 500: "Internal Server Error",
    501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 507: "Insufficient Storage",
}  # fmt: skip

_MULTISTATUS = ("Content-Type", "application/xml; charset=utf-8")
_FIRST = 128 * 1024  # bytes: an answer that fits is sent whole, with its length
_BLOCK = 64 * 1024


class Refusal(Exception):
    """Ends a request with this status and one line of words; nothing about the server is in it.

    ``condition`` names a precondition of RFC 4918, for clients that can make something of it.
    """

    def __init__(self, status: int, words: str, headers: Headers | None = None, condition: str = "") -> None:
        super().__init__(words)
        self.status, self.words, self.headers, self.condition = status, words, headers or [], condition

    def send(self, start_response: StartResponse) -> list[bytes]:
        """The whole answer."""
        if self.condition:
            body = f'<?xml version="1.0"?>\n<D:error xmlns:D="DAV:"><D:{self.condition}/></D:error>\n'.encode()
            kind = "application/xml; charset=utf-8"
        else:
            body, kind = f"{self.words}\n".encode(), "text/plain; charset=utf-8"
        headers = [("Content-Type", kind), ("Content-Length", str(len(body))), *SAFE, *self.headers]
        start_response(f"{self.status} {STATUS.get(self.status, 'Error')}", headers)
        return [body]


def multistatus(start_response: StartResponse, entries: Iterator[str]) -> Iterable[bytes]:
    """A 207 with *entries*, sent while they are made when they are many."""
    head = '<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:">\n'
    chunks = _chunks(head, entries)
    first = next(chunks)
    second = next(chunks, None)
    if second is None:
        start_response("207 Multi-Status", [_MULTISTATUS, ("Content-Length", str(len(first))), *SAFE])
        return [first]
    start_response("207 Multi-Status", [_MULTISTATUS, *SAFE])
    return _Streamed(first, second, chunks)


class _Streamed:
    """What is left of a stream after two blocks were looked at; closing it ends the maker."""

    def __init__(self, first: bytes, second: bytes, rest: Iterator[bytes]) -> None:
        self._seen, self._rest = [first, second], rest

    def __iter__(self) -> Iterator[bytes]:
        yield from self._seen
        yield from self._rest

    def close(self) -> None:
        self._rest.close()  # type: ignore[attr-defined]  # it is a generator


def _chunks(head: str, entries: Iterator[str]) -> Iterator[bytes]:
    held, size, limit = [head], len(head), _FIRST
    for entry in entries:
        held.append(entry)
        size += len(entry)
        if size >= limit:
            yield "".join(held).encode()
            held, size, limit = [], 0, _BLOCK
    held.append("</D:multistatus>\n")
    yield "".join(held).encode()


def disposition(name: str) -> Headers:
    """Pictures and videos may be looked at in a browser; everything else is only ever saved."""
    kind = media_type(name)
    if kind.startswith(("image/", "video/")) and kind != "image/svg+xml":
        return []
    return [("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name, safe='')}")]
