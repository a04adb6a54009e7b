"""What a household's computer does at night, or as soon as it is on again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.queue import Queue
from mediaparser_core.service.queue import NIGHT

WORK: tuple[tuple[str, list[str]], ...] = (("backup", []), ("tidy", []), ("verify", [NIGHT]))
SOONEST, LATEST = timedelta(hours=20), timedelta(hours=30)


def due(catalog: Catalog, here: datetime, hour: int) -> list[tuple[str, list[str]]]:
    """``(command, arguments)`` of what should be asked for now; *here* is the time in the household's zone."""
    queue = Queue(catalog)
    last = queue.last_started([command for command, _ in WORK])
    first = queue.first_started()
    return [] if first is None else [work for work in WORK if is_due(last.get(work[0]), first, here, hour)]


def is_due(last: str | None, first: str, here: datetime, hour: int) -> bool:
    """Once a night at *hour*; where the computer slept, as soon as the last time is more than thirty hours ago.

    *last* is when it last began, *first* when the library's first job did.
    """
    age = here.astimezone(UTC) - datetime.fromisoformat((last or first).replace("Z", "+00:00"))
    return age >= LATEST or (here.hour == hour and (last is None or age >= SOONEST)) or age < -LATEST
