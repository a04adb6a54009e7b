"""Say every few seconds that a service is alive, and what it is busy with."""

from __future__ import annotations

import threading
from pathlib import Path

from mediaparser_core.catalog import Catalog
from mediaparser_core.errors import MediaParserError
from mediaparser_core.jobs import now

BEAT = 15.0  # seconds between two signs of life
_SOONEST = 1.0  # seconds between two of them when the state changes


class Heartbeat:
    """A thread that beats for *service* while the block runs; its last word is ``stopped``."""

    def __init__(self, library: Path, service: str) -> None:
        self._library, self._service = library, service
        self._state, self._task = "running", ""
        self._news, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"heartbeat {service}", daemon=True)

    def tell(self, state: str, task: str = "") -> None:
        """What the service is doing now: said at once when it is something new."""
        if (state, task) != (self._state, self._task):
            self._state, self._task = state, task
            self._news.set()

    def _run(self) -> None:
        catalog: Catalog | None = None
        try:
            while not self._ended.is_set():
                self._news.clear()
                catalog = self._beat(catalog)
                if not self._ended.wait(_SOONEST):
                    self._news.wait(BEAT - _SOONEST)
            self._state, self._task = "stopped", ""
            catalog = self._beat(catalog)
        finally:
            if catalog is not None:
                catalog.close()

    def _beat(self, catalog: Catalog | None) -> Catalog | None:
        try:
            catalog = catalog or Catalog(self._library)
            catalog.done.beat(self._service, self._state, self._task or None, now())
        except MediaParserError:
            return catalog  # a full disk, a restore: there will be a next time
        return catalog

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._news.set()
        self._thread.join(5)
