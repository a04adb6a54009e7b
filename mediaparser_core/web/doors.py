"""Who may knock: only our own pages may change something; and whether a request comes from this machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from mediaparser_core.listening import is_loopback

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def headers_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """The request's headers, names in lower case."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers") or ()}


def is_same_origin(headers: Mapping[str, str]) -> bool:
    """Whether an unsafe request comes from one of our own pages, or from a program that says it is at home here."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    if origin is None:
        # a token cannot be sent by somebody else's page, as long as no cookie comes with it
        return headers.get("authorization", "").lower().startswith("bearer ") and "cookie" not in headers
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return bool(parts.netloc) and parts.netloc.lower() == headers.get("host", "").lower()


def is_local(scope: Mapping[str, Any]) -> bool:
    """Whether the request was made on this machine, by nobody who stands in between."""
    if any(name in headers_of(scope) for name in _FORWARDED):
        return False
    client = scope.get("client")
    return client is None or is_loopback(str(client[0]))
