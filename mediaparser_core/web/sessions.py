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

from mediaparser_core.accounts import FILE_NAME, Accounts, User
from mediaparser_core.errors import AccountError
from mediaparser_core.names import clean_text
from mediaparser_core.web import doors

COOKIE = "mediaparser_session"
LASTS = 30 * 86400  # seconds until somebody has to log in again

Actor = dict[str, Any]


class Sessions:
    """The logins of one library: nothing is kept but the users' file, so they outlive a restart."""

    def __init__(self, library: Path) -> None:
        self._path = library / FILE_NAME
        self.accounts = Accounts(self._path)

    @property
    def needs_login(self) -> bool:
        """Whether anybody was given a password; a damaged file keeps the door shut."""
        try:
            return not self.accounts.empty
        except AccountError:
            return True

    def actor(self, scope: Mapping[str, Any]) -> Actor | None:
        """Who sends this request: ``id``, ``name``, ``roles``; ``None`` for somebody we do not know."""
        if not self.needs_login:
            return person_here() if doors.is_local(scope) else None
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load(doors.headers_of(scope).get("cookie", ""))
            said = self._serializer().loads(cookies[COOKIE].value)
        except (CookieError, KeyError, BadSignature, OSError):
            return None
        if said["until"] < time.time():
            return None
        return {"id": said["name"], "name": said["name"], "roles": said["roles"]}

    def cookie(self, user: User) -> str:
        """The session cookie's value for somebody who has just shown the right password."""
        until = int(time.time()) + LASTS
        return str(self._serializer().dumps({"name": user.name, "roles": sorted(user.roles), "until": until}))

    def _serializer(self) -> URLSafeSerializer:
        # the file is private and full of salts: a key that holds as long as nobody's password or role changes
        key = hmac.new(self._path.read_bytes(), b"mediaparser session", hashlib.sha256).digest()
        return URLSafeSerializer(key, salt=COOKIE)


def person_here() -> Actor:
    """Whoever started the program and sits at this machine."""
    try:
        name = clean_text(getpass.getuser(), limit=80)
    except (OSError, KeyError):
        name = ""
    return {"id": name or f"user {os.getuid()}", "name": name or "you", "roles": ["decide", "drop"]}
