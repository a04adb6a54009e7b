"""Backups of both databases inside the library, with rotation, and how to put one back."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mediaparser_core import disk
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog import backups as copies
from mediaparser_core.catalog.history import History
from mediaparser_core.errors import CatalogError, InputError, LibraryBusy
from mediaparser_core.jobs import now
from mediaparser_core.refusals import storing
from mediaparser_core.service import locks
from mediaparser_core.settings import Settings

FOLDER = "backups"
WEEKS, MONTHS = 4, 6  # besides the days of the setting
NEWEST = 3  # stay whatever day they are of
KEPT_DAYS, THIN_AFTER_DAYS = 60, 1  # of heartbeats
_DATABASES = ("catalog", "decisions")
_STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"(catalog|decisions)-(\d{8}T\d{6}Z)\.db")


def make(settings: Settings, *, keep: str | None = None, only: Iterable[str] = _DATABASES) -> dict[str, Any]:
    """Copy both databases (or *only* these) as they are now, and let old copies go, but not *keep*: what was made and
    removed.

    Raises ``StorageError``, ``CatalogError``.
    """
    folder = settings.library / FOLDER
    stamp = _new_stamp(folder)
    made: dict[str, Any] = {"backup": stamp, "bytes": 0}
    with storing(folder):
        disk.make_folder(folder)
    for name in only:
        source = settings.library / f"{name}.db"
        if source.exists():
            made["bytes"] += _copy(source, folder / f"{name}-{stamp}.db")
    made["removed"] = _rotate(folder, settings.worker.backups, keep)
    return made


def _new_stamp(folder: Path) -> str:
    """The time, to the second; a later one where there is a backup of this second already."""
    moment, taken = datetime.now(UTC), set(stamps(folder))
    while moment.strftime(_STAMP) in taken:
        moment += timedelta(seconds=1)
    return moment.strftime(_STAMP)


def _copy(source: Path, target: Path) -> int:
    partial = target.with_name(f".{target.name}.partial")
    with storing(target):
        disk.remove(partial)  # of a backup that was killed
    try:
        copies.copy_out(source, partial)
        disk.seal(disk.Staged(partial, "", 0o600), time.time_ns())
        with storing(target):
            disk.rename_over(partial, target)
    except BaseException:
        with suppress(OSError):
            disk.remove(partial)
        raise
    return target.stat().st_size


def stamps(folder: Path) -> list[str]:
    """The backups there are, newest first."""
    if not folder.is_dir():
        return []
    return sorted({found[2] for path in folder.iterdir() if (found := _NAME.fullmatch(path.name))}, reverse=True)


def kept(found: Iterable[str], days: int) -> set[str]:
    """Which of these backups stay: the newest of each of the last *days* days, 4 weeks and 6 months that have one,
    and the last three."""
    stay: set[str] = set()
    newest_first = sorted(found, reverse=True)
    for most, period in ((days, "%Y%m%d"), (WEEKS, "%G-%V"), (MONTHS, "%Y%m")):
        seen: set[str] = set()
        for stamp in newest_first:
            key = datetime.strptime(stamp, _STAMP).strftime(period)
            if key not in seen and len(seen) < most:
                seen.add(key)
                stay.add(stamp)
    return stay | set(newest_first[:NEWEST])


def _rotate(folder: Path, days: int, keep: str | None) -> int:
    found = stamps(folder)
    gone = set(found) - kept(found, days) - {keep}
    with storing(folder):
        for stamp in gone:
            for name in _DATABASES:
                disk.remove(folder / f"{name}-{stamp}.db")
    return len(gone)


def restore(settings: Settings, stamp: str | None) -> str:
    """Put the backup *stamp* (the newest one, when ``None``) back in place of both databases; which one it was.

    What is there now and sound is backed up first. Without *stamp*, when one database is damaged or gone, the other one
    stays as it is: no decision is taken back because the catalog broke. Raises ``InputError`` when there is no such
    backup, ``CatalogError`` when it is damaged, ``LibraryBusy`` while anything serves or writes the library.
    """
    folder = settings.library / FOLDER
    found = stamps(folder)
    if not found or (stamp is not None and stamp not in found):
        named = f"no backup {stamp}" if stamp else "no backup"
        raise InputError(f"there is {named} in {folder}" + (f"; there are: {', '.join(found)}" if found else ""))
    whole = (each for each in found if all((folder / f"{name}-{each}.db").exists() for name in _DATABASES))
    chosen = stamp or next(whole, found[0])
    files = [(name, folder / f"{name}-{chosen}.db") for name in _DATABASES]
    for _, path in files:
        if path.exists() and (problem := copies.damage(path)):
            raise CatalogError(f"{path} is damaged: {problem}; choose another one")
    with ExitStack() as stack:
        for lock in (locks.SERVE, locks.WORKER, locks.WATCH):
            stack.enter_context(locks.hold(settings.library, lock))
        sound = [
            name
            for name in _DATABASES
            if (path := settings.library / f"{name}.db").exists() and copies.damage(path) is None
        ]
        if "catalog" in sound:
            catalog = stack.enter_context(Catalog(settings.library))
            stack.enter_context(catalog.lock())
            if serving := _alive(catalog):
                raise LibraryBusy(f"{' and '.join(serving)} of this library runs; stop it first, then restore")
        if sound:
            make(settings, keep=chosen, only=sound)
        for name, path in files:
            if path.exists() and not (stamp is None and sound == [name]):
                target = settings.library / f"{name}.db"
                if target.exists() and copies.damage(target):
                    _set_aside(target)
                copies.put_back(path, target)
    with Catalog(settings.library):
        pass  # brought up to date, if an older version made the backup
    return chosen


def _set_aside(database: Path) -> None:
    """A damaged database cannot be written into; it stays beside the new one, for whoever can still read it."""
    with storing(database):
        for ending in ("", "-wal", "-shm"):
            path = database.with_name(database.name + ending)
            if path.exists():
                disk.rename_over(path, database.with_name(f"{database.name}.damaged{ending}"))


def _alive(catalog: Catalog) -> list[str]:
    """Services that gave a sign of life in the last minute and a half and have not said good-bye."""
    limit = (datetime.now(UTC) - timedelta(seconds=90)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return [f"'{service}'" for service, at, state, _ in catalog.done.last_beats() if state != "stopped" and at >= limit]


def tidy(catalog: Catalog, settings: Settings) -> dict[str, Any]:
    """Let go of what nobody needs any more: heartbeats older than sixty days, most of those older than one."""
    today = datetime.fromisoformat(now().replace("Z", "+00:00"))

    def before(days: int) -> str:
        return (today - timedelta(days=days)).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    gone = History(catalog).tidy(thin_before=before(THIN_AFTER_DAYS), gone_before=before(KEPT_DAYS))
    return {"heartbeats_forgotten": gone}
