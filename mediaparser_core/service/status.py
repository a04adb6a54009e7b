"""How everything is, as one document: for the status page, for dashboards, and the same words for both."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from typing import Any

from mediaparser_core import __version__
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.arrivals import Arrivals, Checks
from mediaparser_core.catalog.history import History
from mediaparser_core.catalog.queue import Queue
from mediaparser_core.jobs import now
from mediaparser_core.pipeline.health import DOWN_AFTER
from mediaparser_core.service import backups
from mediaparser_core.settings import Settings

LATE = 45.0  # seconds without a heartbeat: two were missed
DAYS = 60
NEARLY_FULL = 0.95  # of the disk
OLD_BACKUP = 3.0  # days
_BAD = ("down", "failed")


def services(catalog: Catalog, at: datetime | None = None) -> dict[str, dict[str, Any]]:
    """Each service that ever ran: ``state``, ``level`` (``good``, ``late``, ``bad``, ``off``), ``age_seconds``,
    ``task``."""
    moment = at or datetime.now(UTC)
    found = {}
    for service, said_at, state, task in History(catalog).last_beats():
        age = (moment - _moment(said_at)).total_seconds()
        if state == "stopped":
            level = "off"
        elif state in _BAD or age > DOWN_AFTER:
            state, level = "down", "bad"
        else:
            level = "good" if age <= LATE and state == "running" else "late"
        found[service] = {"state": state, "level": level, "age_seconds": round(age, 1), "task": task}
    return found


def document(catalog: Catalog, settings: Settings, *, to_review: int) -> dict[str, Any]:
    """The whole of ``/-/status.json``. Its keys stay as they are; new ones may come."""
    disk = shutil.disk_usage(settings.library)
    parts, queue, arrivals = services(catalog), Queue(catalog), Arrivals(catalog)
    waiting = arrivals.waiting()
    last = next(iter(queue.ended(1)), None)
    latest = next(iter(arrivals.latest(1)), None)
    stamps = backups.stamps(settings.library / backups.FOLDER)
    found: dict[str, Any] = {
        "version": __version__,
        "at": now(),
        "library": str(settings.library),
        "pictures": catalog.found.count("assets"),
        "files": catalog.found.count("files"),
        "to_review": to_review,
        "troubles": catalog.found.troubled_files(),
        "services": parts,
        "disk": {"free": disk.free, "total": disk.total, "used_percent": round(100 * (1 - disk.free / disk.total), 1)},
        "queue": queue.counts(),
        "inbox": {
            "waiting": sum(row["state"] not in ("ignored", "away") for row in waiting),
            "stuck": sum(row["state"] == "stuck" for row in waiting),
            "away": sum(row["state"] == "away" for row in waiting),
            "today": arrivals.count(now()[:10]),
        },
        "changed_copies": Checks(catalog).problems(),
        "last_backup": _iso(stamps[0]) if stamps else None,
        "last_job": last and {key: last[key] for key in ("id", "command", "state", "ended_at", "message")},
        "last_arrival": latest and {key: latest[key] for key in ("came_as", "arrived_at", "taken_at", "export_path")},
    }
    found["notes"] = _notes(found)
    bad = any(part["level"] == "bad" for part in parts.values())
    return {"ok": not bad, "state": "down" if bad else "attention" if found["notes"] else "ok", **found}


def _notes(found: dict[str, Any]) -> list[str]:
    """What somebody should look at, a sentence each."""
    notes = [
        f"The {name} is down: {part['task'] or 'it gives no sign of life'}."
        for name, part in found["services"].items()
        if part["level"] == "bad"
    ]
    if found["disk"]["used_percent"] > 100 * NEARLY_FULL:
        notes.append("The disk of the library is nearly full.")
    if found["inbox"]["stuck"]:
        notes.append("The inbox cannot be emptied: see what waits and why.")
    if found["inbox"]["away"]:
        notes.append("A watched folder is not there; nothing of it is lost, and it is read again when it comes back.")
    if found["changed_copies"]:
        notes.append("Some files are not what they were when they were written: run 'mediaparser verify'.")
    if found["last_backup"] and _moment(found["at"]) - _moment(found["last_backup"]) > timedelta(days=OLD_BACKUP):
        notes.append("The last backup is more than three days old.")
    return notes


def history(catalog: Catalog) -> dict[str, Any]:
    """The last sixty days, oldest first: ``days``, and for each service and for arrivals a number for each of them."""
    today = datetime.now(UTC).date()
    days = [(today - timedelta(days=ago)).isoformat() for ago in range(DAYS - 1, -1, -1)]
    told = History(catalog)
    shares: dict[str, dict[str, float]] = {}
    for service, day, share in told.days(days[0]):
        shares.setdefault(service, {})[day] = share
    arrived = told.arrivals(days[0])
    return {
        "days": days,
        "services": {service: [found.get(day, 0.0) for day in days] for service, found in sorted(shares.items())},
        "arrivals": [arrived.get(day, 0) for day in days],
    }


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _iso(stamp: str) -> str:
    return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
