"""Who may knock: the Host allow-list, same-origin, and whether a request comes from this machine."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def headers_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """The request's headers, names in lower case."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers") or ()}


def host_name(host: str | None) -> str:
    """The name in a Host header, without its port: ``[::1]:8001`` → ``::1``; empty when it is none."""
    if not host or len(host) > 300:
        return ""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


def allowed_names(extra: Iterable[str]) -> frozenset[str]:
    """What this machine is called: ``localhost``, its own name (also with ``.local``), and *extra* names."""
    own = socket.gethostname().lower()
    return frozenset({"localhost", own, f"{own}.local", *(name.strip().lower() for name in extra if name.strip())})


def is_allowed_host(host: str | None, names: frozenset[str]) -> bool:
    """Whether a request with this Host header is meant for us.

    A page that was tricked into our address (DNS rebinding) sends its own name; it can never send a bare IP address.
    """
    name = host_name(host)
    if name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


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


def is_loopback(address: str) -> bool:
    """Whether *address* (a name or an IP address) is this machine and nobody else's business."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False
