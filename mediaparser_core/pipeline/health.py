"""How the library and its services are."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import Any

from mediaparser_core.catalog import Catalog
from mediaparser_core.pipeline import explaining, ledger
from mediaparser_core.settings import Settings

DOWN_AFTER = 90.0  # seconds without a heartbeat


def status(catalog: Catalog, settings: Settings) -> dict[str, Any]:
    """Counts, disk space, services with their heartbeats, the last jobs; ``ok`` is false when a part is down."""
    services = _services(catalog)
    disk = shutil.disk_usage(settings.library)
    files, size = catalog.found.count("files"), catalog.size()
    return {
        "ok": all(service["state"] != "down" for service in services),
        "library": str(settings.library),
        "files": files,
        "assets": catalog.found.count("assets"),
        "to_review": explaining.count_to_review(catalog),
        "ledger": ledger.totals(catalog),
        "catalog_bytes": size,
        "catalog_mb_per_10000_files": round(size / 100 / files, 1) if files else None,
        "disk_free": disk.free,
        "disk_total": disk.total,
        "services": services,
        "last_jobs": list(catalog.done.jobs(5)),
    }


def one(catalog: Catalog, name: str) -> dict[str, Any]:
    """Whether the service *name* runs: one row in ``services``, or none where it never did; ``ok`` is false unless it
    gives signs of life."""
    found = [row for row in _services(catalog) if row["service"] == name]
    return {"ok": any(row["state"] in ("running", "waiting") for row in found), "services": found}


def _services(catalog: Catalog) -> list[dict[str, Any]]:
    rows = []
    for service, at, state, task in catalog.done.last_beats():
        age = (datetime.now(UTC) - datetime.fromisoformat(at.replace("Z", "+00:00"))).total_seconds()
        down = state != "stopped" and age > DOWN_AFTER
        rows.append(
            {"service": service, "state": "down" if down else state, "age_seconds": round(age, 1), "task": task}
        )
    return rows
