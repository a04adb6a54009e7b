"""Read a request the strict way: its path, its body, its range and its conditions."""

from __future__ import annotations

import base64
import binascii
import io
import re
from email.utils import parsedate_to_datetime

from mediaparser_core.dav.answers import Environ, Refusal
from mediaparser_core.dav.nodes import Node, Parts

LARGEST_BODY = 64 * 1024  # bytes of any request that is no upload
DRAINED = 1024 * 1024  # bytes of an unwanted body that are read, so that the client sees the answer

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff]")
_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-0*[1-9]\d{0,17})", re.ASCII)
_LENGTH = re.compile(r"\d{1,18}", re.ASCII)
_ETAG = re.compile(r'(?:W/)?"([^"]*)"')
_BLOCK = 64 * 1024


def read_path(environ: Environ) -> Parts:
    """The names in the path of the request. Raises :class:`Refusal` for what is no clean path."""
    if environ.get("REQUEST_URI") == "*":
        return ()
    try:
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8")
    except UnicodeError:
        raise Refusal(400, "The address is not UTF-8.") from None
    if _CONTROLS.search(path):
        raise Refusal(400, "There are control characters in the address.")
    parts = tuple(path.strip("/").split("/")) if path.strip("/") else ()
    if "" in parts or "." in parts or ".." in parts:
        raise Refusal(400, "The address has empty parts or dots for folders.")
    return parts


def length_of(environ: Environ) -> int | None:
    """Bytes of the body; ``None`` when it comes in chunks. Raises :class:`Refusal` for a length that is none."""
    if environ.get("wsgi.input_terminated"):
        return None
    text = environ.get("CONTENT_LENGTH") or "0"
    if not _LENGTH.fullmatch(text):
        raise Refusal(400, "The length of the body is no number.")
    return int(text)


def take_body(environ: Environ) -> bytes:
    """The whole small body; *environ* can be read again afterwards. Raises :class:`Refusal` when it is not small."""
    length = length_of(environ)
    if length == 0:
        return b""
    if length is not None and length > LARGEST_BODY:
        raise Refusal(413, "The body of the request is too long.")
    body = _read(environ, LARGEST_BODY + 1 if length is None else length)
    if length is None and len(body) > LARGEST_BODY:
        raise Refusal(413, "The body of the request is too long.")
    if length is not None and len(body) < length:
        raise Refusal(400, "The body of the request ended too early.")
    environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "wsgi.input_terminated": False}
    return body


def drain(environ: Environ) -> bool:
    """Read what is left of a body that nobody wants; ``False`` when it is so long that the connection has to end."""
    stream = environ["wsgi.input"]
    left = DRAINED
    try:
        while left > 0:
            if getattr(stream, "remaining", 1) <= 0 or getattr(stream, "closed", False):
                return True
            block = stream.read(min(_BLOCK, left))
            if not block:
                return True
            left -= len(block)
    except (OSError, ValueError):
        return False
    return False


def _read(environ: Environ, size: int) -> bytes:
    held, left = [], size
    try:
        while left > 0 and (block := environ["wsgi.input"].read(min(_BLOCK, left))):
            held.append(block)
            left -= len(block)
    except (OSError, ValueError):
        raise Refusal(400, "The body of the request ended too early.") from None
    return b"".join(held)


def credentials(environ: Environ) -> tuple[str, str] | None:
    """Name and password of Basic authentication; ``None`` when there are none that can be read."""
    scheme, _, value = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "basic" or len(value) > 4096:
        return None
    try:
        name, mark, password = base64.b64decode(value.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return None
    return (name, password) if mark else None


def settle_conditions(environ: Environ, node: Node) -> bool:
    """Whether a GET or HEAD of *node* should be answered in full; ``False``: not modified.

    Leaves in *environ* one valid range or none, and no conditions. Raises :class:`Refusal` (412) as RFC 9110 says.
    """
    match, none_match = environ.pop("HTTP_IF_MATCH", None), environ.pop("HTTP_IF_NONE_MATCH", None)
    since, unmodified = environ.pop("HTTP_IF_MODIFIED_SINCE", None), environ.pop("HTTP_IF_UNMODIFIED_SINCE", None)
    if_range = environ.pop("HTTP_IF_RANGE", None)
    environ.pop("HTTP_IF", None)
    changed = node.mtime_ns // 1_000_000_000
    if match is not None:
        if not _is_named(match, node.etag):
            raise Refusal(412, "The file has changed.")
    elif unmodified is not None and (limit := _seconds(unmodified)) is not None and changed > limit:
        raise Refusal(412, "The file has changed.")
    if none_match is not None:
        if _is_named(none_match, node.etag):
            return False
    elif since is not None and (known := _seconds(since)) is not None and changed <= known:
        return False
    if not _one_range(environ.get("HTTP_RANGE", "")) or not _still(if_range, node.etag, changed):
        environ.pop("HTTP_RANGE", None)
    return True


def settle_time(environ: Environ) -> None:
    """Leave in *environ* the time that the sender of a file says it has (``X-OC-Mtime``) in whole seconds, or none."""
    text = environ.pop("HTTP_X_OC_MTIME", "").strip()
    if found := re.fullmatch(r"(\d{1,11})(\.\d{1,9})?", text, re.ASCII):
        environ["HTTP_X_OC_MTIME"] = found[1]


def _is_named(header: str, etag: str) -> bool:
    return header.strip() == "*" or etag in _ETAG.findall(header)


def _one_range(header: str) -> bool:
    found = _RANGE.fullmatch(header.strip())
    return bool(found) and not (found and found[2] and int(found[1]) > int(found[2]))


def _still(if_range: str | None, etag: str, changed: int) -> bool:
    """Whether If-Range names what the file is now."""
    if if_range is None:
        return True
    return if_range.strip() == f'"{etag}"' or _seconds(if_range) == changed


def _seconds(header: str) -> int | None:
    try:
        return int(parsedate_to_datetime(header).timestamp())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
