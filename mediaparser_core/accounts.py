"""The users of a library: one file of names, roles and strong hashes, for the explorer and the drive alike."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import threading
import time
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mediaparser_core import disk
from mediaparser_core.errors import AccountError
from mediaparser_core.names import clean_text
from mediaparser_core.tries import Tries

FILE_NAME = "users.json"
ROLES = ("look", "decide", "drop")
"""``look``: see everything; ``decide``: answer questions; ``drop``: put files into the inbox."""

REMEMBERED = 300.0  # seconds for which a password that was right is not computed again
SHORTEST = 8  # characters of a password

_COST = (14, 8, 5)  # scrypt: log2 of N, r, p: 16 MiB and a quarter of a second, as OWASP asks for
_HASH = re.compile(r"scrypt\$(1[0-9]|20)\$([1-9]|1\d)\$([1-9]|1\d)\$([A-Za-z0-9+/=]{16,64})\$([A-Za-z0-9+/=]{24,128})")
_NAME = re.compile(r"[^\s:/\\\"]{1,64}")  # what Basic authentication can carry
_MOST_REMEMBERED = 1_000
_AT_ONCE = 2  # scrypt computations: more would only take memory, 16 MiB each


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who has a password, and what they may do."""

    name: str
    roles: frozenset[str]

    def may(self, role: str) -> bool:
        """Whether this user has *role*; who may decide may look."""
        return role in self.roles or (role == "look" and "decide" in self.roles)


class Accounts:
    """The users of one library; follows the file when another process changes it. Safe for threads."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock, self._scrypt = path, threading.Lock(), threading.Semaphore(_AT_ONCE)
        self._seen: tuple[int, ...] | None = None
        self._users: dict[str, tuple[str, frozenset[str]]] = {}  # name → hash, roles
        self._right: dict[bytes, float] = {}  # keyed digest of name and password → until when it is remembered
        self._key = secrets.token_bytes(32)
        self._tries = Tries()

    @property
    def empty(self) -> bool:
        """Whether nobody has a password. Raises :class:`AccountError` when the file cannot be read."""
        return not self._load()

    def users(self) -> list[User]:
        """Everybody, by name."""
        return [User(name, roles) for name, (_, roles) in sorted(self._load().items())]

    def add(self, name: str, password: str, roles: Iterable[str] = ("look",)) -> User:
        """Give *name* a password and roles, in place of those it had. Raises :class:`AccountError`."""
        granted = frozenset(roles)
        if clean_text(name, 80) != name or not _NAME.fullmatch(name):
            raise AccountError("a user's name is one word of at most 64 letters, without ':', '/' and quotes")
        if not SHORTEST <= len(password) <= 1024 or "\0" in password:
            raise AccountError(f"a password has at least {SHORTEST} characters; a few words are easy to remember")
        if not granted or not granted <= set(ROLES):
            raise AccountError(f"a user's roles are some of {', '.join(ROLES)}")
        users = dict(self._load())
        users[name] = (_hashed(password), granted)
        self._save(users)
        return User(name, granted)

    def remove(self, name: str) -> None:
        """Forget a user. Raises :class:`AccountError` when there is none of this name."""
        users = dict(self._load())
        if users.pop(name, None) is None:
            raise AccountError(f"there is no user '{clean_text(name, 80)}'")
        self._save(users)

    def verify(self, name: str, password: str, client: str = "") -> User | None:
        """The user, when the password is right. *client* is who asks (an address), for counting wrong guesses.

        A right password is remembered for five minutes, as a keyed digest; a wrong one always costs the full time, or
        is refused at once when there were too many: :meth:`wait` says for how long.
        """
        users = self._load()
        if "\0" in password:
            return None  # scrypt begins with an HMAC, to which a NUL at the end is nothing at all
        name, password = unicodedata.normalize("NFC", name), unicodedata.normalize("NFC", password)
        digest = hmac.digest(self._key, f"{name}\0{password}".encode("utf-8", "replace"), "sha256")
        stored, roles = users.get(name, (_NOBODY, frozenset()))
        if self._right.get(digest, 0.0) > time.monotonic() and name in users:
            return User(name, roles)
        if self.wait(name, client):
            return None
        with self._scrypt:
            right = _matches(password, stored) and name in users
        if not right:
            self._tries.failed(client, name)
            return None
        with self._lock:
            if len(self._right) >= _MOST_REMEMBERED:
                self._right.clear()
            self._right[digest] = time.monotonic() + REMEMBERED
        return User(name, roles)

    def wait(self, name: str, client: str = "") -> float:
        """Seconds until *client* may try a password of *name* again; 0 when it may now."""
        return self._tries.wait(client, name)

    def _load(self) -> dict[str, tuple[str, frozenset[str]]]:
        """The users, read again when the file has changed."""
        with self._lock:
            try:
                status = os.stat(self._path)
                seen = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
                if seen != self._seen:
                    self._users, self._seen = _read(self._path), seen
                    self._right.clear()  # a password may be another one now
            except FileNotFoundError:
                self._users, self._seen = {}, None
                self._right.clear()
            except OSError as error:
                raise AccountError(f"{self._path} cannot be read: {error.strerror}") from None
            return self._users

    def _save(self, users: dict[str, tuple[str, frozenset[str]]]) -> None:
        document = {
            "version": 1,
            "users": {name: {"password": stored, "roles": sorted(roles)} for name, (stored, roles) in users.items()},
        }
        text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        disk.write_bytes_atomically(self._path, text.encode(), mode=0o600)


def load(library: Path) -> Accounts:
    """The users of *library*. Raises :class:`AccountError` when their file is there and makes no sense."""
    accounts = Accounts(library / FILE_NAME)
    accounts.users()
    return accounts


def _read(path: Path) -> dict[str, tuple[str, frozenset[str]]]:
    try:
        document: Any = json.loads(path.read_bytes())
        users = {name: (row["password"], frozenset(row["roles"])) for name, row in document["users"].items()}
        if document["version"] != 1 or not all(
            _NAME.fullmatch(name) and _HASH.fullmatch(stored) and roles <= set(ROLES)
            for name, (stored, roles) in users.items()
        ):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # to go on as if there were no users would open the door
        raise AccountError(f"{path} is damaged; restore it, or remove it and add the users again") from None
    return users


def _hashed(password: str) -> str:
    salt = secrets.token_bytes(16)
    log_n, r, p = _COST
    derived = _scrypt(password, salt, log_n, r, p)
    return f"scrypt${log_n}${r}${p}${base64.b64encode(salt).decode()}${base64.b64encode(derived).decode()}"


def _matches(password: str, stored: str) -> bool:
    found = _HASH.fullmatch(stored)
    assert found is not None  # checked when it was read  # noqa: S101
    log_n, r, p = (int(found[number]) for number in (1, 2, 3))
    derived = _scrypt(password, base64.b64decode(found[4]), log_n, r, p)
    return hmac.compare_digest(derived, base64.b64decode(found[5]))


def _scrypt(password: str, salt: bytes, log_n: int, r: int, p: int) -> bytes:
    text = unicodedata.normalize("NFC", password).encode("utf-8", "replace")
    return hashlib.scrypt(text, salt=salt, n=2**log_n, r=r, p=p, maxmem=256 * 2**20, dklen=32)


# what a password is compared with when nobody has the name: a guess must cost the same, whoever is meant
_NOBODY = f"scrypt${_COST[0]}${_COST[1]}${_COST[2]}${'A' * 22}==${'A' * 43}="
