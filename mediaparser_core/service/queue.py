"""The line of the background worker: huey over a file in the library, or over Redis.

The rows of ``requests`` say what is to be done; the messages only bring a number to whoever does it, so a lost or
doubled one does no harm. They are JSON: huey's own pickles would run whatever somebody put into the file.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib import import_module
from typing import Any

from huey import Huey, PriorityRedisHuey, SqliteHuey
from huey.exceptions import HueyException
from huey.registry import Message
from huey.serializer import Serializer

from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.queue import Queue
from mediaparser_core.errors import MediaParserError, SettingsError
from mediaparser_core.jobs import now
from mediaparser_core.settings import Settings

NAME = "mediaparser"
FILE = "queue.db"

PRIORITIES = {"inbox": 50, "run": 40, "scan": 40, "export": 40, "backup": 30, "tidy": 20, "verify": 10}
"""What can be asked for, and what goes first: long reading makes way for everything else."""

NIGHT = "night"  # an argument: only as much as one night has time for


class Messages(Serializer):  # type: ignore[misc]
    """Messages of huey as JSON."""

    def _serialize(self, data: Any) -> bytes:
        if not isinstance(data, Message):
            return json.dumps(data).encode()
        fields = data._asdict()
        if fields["eta"] is not None:
            fields["eta"] = fields["eta"].isoformat()
        return json.dumps({name: value for name, value in fields.items() if value is not None}).encode()

    def _deserialize(self, data: bytes) -> Any:
        fields = json.loads(bytes(data))
        if not isinstance(fields, dict):
            return fields
        if "eta" in fields:
            fields["eta"] = datetime.fromisoformat(fields["eta"])
        return Message(**fields)


def open_line(settings: Settings) -> Huey:
    """The line of this library. Raises :class:`SettingsError` when Redis is asked for and cannot be used."""
    logging.getLogger("huey").setLevel(logging.CRITICAL)  # what matters is said in the rows
    common: dict[str, Any] = {"name": NAME, "results": False, "utc": True, "serializer": Messages()}
    if not settings.worker.redis:
        return SqliteHuey(filename=str(settings.library / FILE), fsync=False, **common)
    try:
        return PriorityRedisHuey(url=settings.worker.redis, **common)
    except (HueyException, ValueError) as error:
        raise SettingsError(f"'worker.redis': {error}") from None


def add_task(line: Huey, carry_out: Callable[[int], None]) -> Any:
    """The one task there is, as huey knows it: ``task(number)`` puts it into the line."""

    def deliver(number: int) -> None:  # defined here, for huey knows a task by its module
        carry_out(number)

    return line.task(name="carry_out")(deliver)


def _nowhere(number: int) -> None:
    """Carried out by the worker, never here."""


def _failures() -> tuple[type[Exception], ...]:
    """What a line can raise: SQLite, huey, the network, and Redis where its library is installed."""
    found = importlib.util.find_spec("redis")
    return (sqlite3.Error, OSError, HueyException) + (() if found is None else (import_module("redis").RedisError,))


class Line:
    """Ask for jobs; one line can be asked by many threads."""

    def __init__(self, settings: Settings) -> None:
        self._huey = open_line(settings)
        self._task = add_task(self._huey, _nowhere)

    def post(self, number: int, priority: int) -> None:
        """Bring the number of a waiting job to the worker. A line that is out of order only delays it."""
        try:
            self._huey.enqueue(self._task.s(number, priority=priority))
        except _failures():
            pass

    def close(self) -> None:
        if hasattr(self._huey.storage, "close"):
            self._huey.storage.close()


def ask(
    catalog: Catalog,
    line: Line,
    command: str,
    arguments: Sequence[str] = (),
    *,
    by: str,
    priority: int | None = None,
    request_id: str | None = None,
) -> tuple[int, bool]:
    """Have the worker do something: the number of the job, and whether it is a new one.

    Raises ``CatalogError`` and ``StorageError``; ``MediaParserError`` for a command it does not know.
    """
    if command not in PRIORITIES:
        raise MediaParserError(f"the worker knows {', '.join(PRIORITIES)}, and not '{command}'")
    chosen = PRIORITIES[command] if priority is None else priority
    number, new = Queue(catalog).ask(command, arguments, by=by, at=now(), priority=chosen, request_id=request_id)
    line.post(number, chosen)
    return number, new
