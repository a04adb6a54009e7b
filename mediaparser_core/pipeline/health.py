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
    services = []
    for service, at, state, task in catalog.done.last_beats():
        age = (datetime.now(UTC) - datetime.fromisoformat(at.replace("Z", "+00:00"))).total_seconds()
        down = state != "stopped" and age > DOWN_AFTER
        services.append(
            {"service": service, "state": "down" if down else state, "age_seconds": round(age, 1), "task": task}
        )
    disk = shutil.disk_usage(settings.library)
    return {
        "ok": all(service["state"] != "down" for service in services),
        "library": str(settings.library),
        "files": catalog.found.count("files"),
        "assets": catalog.found.count("assets"),
        "to_review": explaining.count_to_review(catalog),
        "ledger": ledger.totals(catalog),
        "disk_free": disk.free,
        "disk_total": disk.total,
        "services": services,
        "last_jobs": list(catalog.done.jobs(5)),
    }
