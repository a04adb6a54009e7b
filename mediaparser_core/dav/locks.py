"""Locks and dead properties of the inbox: in memory, and never more than a household needs."""

from __future__ import annotations

from typing import Any

from wsgidav.dav_error import DAVError
from wsgidav.lock_man.lock_storage import LockStorageDict
from wsgidav.prop_man.property_manager import PropertyManager

LONGEST = 3600.0  # seconds that a lock lasts; Finder and Explorer refresh theirs every few minutes
MOST = 1_000  # locks
_OWNER = 2048  # bytes that somebody may say about themselves

RESOURCES = 2_000  # files and folders with dead properties; the oldest are forgotten
_PROPERTIES = 100  # of one file
_VALUE = 8192  # bytes of one property

_NO_ROOM = 507


class Locks(LockStorageDict):  # type: ignore[misc]
    """Locks that end."""

    def create(self, path: str, lock: dict[str, Any]) -> dict[str, Any]:
        if len(lock.get("owner") or b"") > _OWNER:
            raise DAVError(413)
        if self._count() >= MOST:
            for token in [key for key in list(self._dict) if not key.startswith("URL2TOKEN:")]:
                self.get(token)  # drops those that have ended
            if self._count() >= MOST:
                raise DAVError(_NO_ROOM)
        lock["timeout"] = _shorter(lock.get("timeout"))
        return super().create(path, lock)  # type: ignore[no-any-return]

    def refresh(self, token: str, *, timeout: float) -> dict[str, Any]:
        return super().refresh(token, timeout=_shorter(timeout))  # type: ignore[no-any-return]

    def _count(self) -> int:
        return sum(not key.startswith("URL2TOKEN:") for key in list(self._dict))


def _shorter(timeout: float | None) -> float:
    return LONGEST if timeout is None or timeout < 0 else min(float(timeout), LONGEST)


class Properties(PropertyManager):  # type: ignore[misc]
    """Dead properties, as long as the server runs: what lies in the inbox soon leaves it."""

    def write_property(
        self, norm_url: str, name: str, property_value: Any, dry_run: bool = False, environ: Any = None
    ) -> None:
        known = (self._dict or {}).get(norm_url, {})
        if len(property_value) > _VALUE or (name not in known and len(known) >= _PROPERTIES):
            raise DAVError(_NO_ROOM)
        super().write_property(norm_url, name, property_value, dry_run, environ)
        while not dry_run and len(self._dict) > RESOURCES:
            del self._dict[next(iter(self._dict))]
