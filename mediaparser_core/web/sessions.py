"""Who is there: the person at this machine while there are no users, else whoever logged in."""

from __future__ import annotations

import getpass
import hashlib
import hmac
import os
import time
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from mediaparser_core.names import clean_text
from mediaparser_core.web import doors

COOKIE = "mediaparser_session"
LASTS = 30 * 86400  # seconds until somebody has to log in again
ROLES = ("look", "decide", "drop")

Actor = dict[str, Any]


def users_file(library: Path) -> Path:
    """Where the users are; when it is there and not empty, everybody has to log in."""
    return library / "users.json"


def has_users(library: Path) -> bool:
    """Whether anybody was given a password."""
    return bool(_users(library))


def _users(library: Path) -> bytes:
    try:
        return users_file(library).read_bytes()
    except FileNotFoundError:
        return b""


def _serializer(library: Path) -> URLSafeSerializer:
    # the file is 0600 and full of salts: a key that lasts as long as nobody's password changes
    key = hmac.new(_users(library), b"mediaparser session", hashlib.sha256).digest()
    return URLSafeSerializer(key, salt="mediaparser-session")


def cookie_for(library: Path, name: str, role: str) -> str:
    """The value of the session cookie of somebody who has just shown a password."""
    return str(_serializer(library).dumps({"name": name, "role": role, "until": int(time.time()) + LASTS}))


def actor_of(library: Path, scope: Mapping[str, Any]) -> Actor | None:
    """Who sends this request: ``id``, ``name`` and ``role``; ``None`` for somebody we do not know."""
    if not has_users(library):
        return person_here() if doors.is_local(scope) else None
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(doors.headers_of(scope).get("cookie", ""))
    except CookieError:
        return None
    if COOKIE not in cookies:
        return None
    try:
        said = _serializer(library).loads(cookies[COOKIE].value)
    except BadSignature:
        return None
    if said["until"] < time.time():
        return None
    return {"id": said["name"], "name": said["name"], "role": said["role"]}


def person_here() -> Actor:
    """Whoever started the program and sits at this machine."""
    try:
        name = clean_text(getpass.getuser(), limit=80)
    except (OSError, KeyError):
        name = ""
    return {"id": name or f"user {os.getuid()}", "name": name or "you", "role": "decide"}
