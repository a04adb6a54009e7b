"""Larger previews than the thumbnails, made when somebody looks, in a worker that is shut in, and kept in the cache."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mediaparser_core import disk, probe
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.explored import Explored
from mediaparser_core.errors import MediaParserError, StorageError
from mediaparser_core.records import Entry
from mediaparser_core.settings import Settings
from mediaparser_core.web.originals import entries_of, open_entry

if TYPE_CHECKING:
    from mediaparser_core.web.explorer import Explorer

SIDE = 1600  # pixels: enough for a screen, a tenth of the bytes of an original
LARGEST = 512 * 1024 * 1024  # bytes of an original that is read for it
WORKERS = 2
_MOST_FAILURES = 10_000


class Previews:
    """Makes each preview once, however many ask for it, and does not try again what cannot be done."""

    def __init__(self) -> None:
        self._making: dict[str, asyncio.Task[Path | None]] = {}
        self._failed: set[str] = set()
        self._lock = threading.Lock()
        self._context: AbstractContextManager[Executor] | None = None
        self._executor: Executor | None = None
        self._closed = False

    async def larger(self, explorer: Explorer, sha256: str) -> Path | None:
        """The cached larger preview of an asset, made now when there is none; ``None`` when it cannot be made."""
        path = disk.preview_path(_cache(explorer.settings), sha256)
        if sha256 in self._failed or await asyncio.to_thread(path.exists):
            return None if sha256 in self._failed else path
        task = self._making.get(sha256)
        if task is None:
            task = self._making[sha256] = asyncio.create_task(self._make(explorer, sha256))
            task.add_done_callback(lambda _: self._making.pop(sha256, None))
        return await asyncio.shield(task)  # somebody who leaves must not take it from the others

    async def _make(self, explorer: Explorer, sha256: str) -> Path | None:
        settings = explorer.settings
        entry = await explorer.look(lambda catalog: _readable(catalog, sha256))
        if entry is None:
            return None  # not a picture, or not there now: its disk may come back
        try:
            future = await asyncio.to_thread(self._submit, entry, settings, sha256)
            jpeg = await asyncio.wrap_future(future)
        except (MediaParserError, RuntimeError, BrokenExecutor, asyncio.CancelledError):
            jpeg = None
        except Exception:  # a picture that cannot be decoded has its trouble in the catalog already
            jpeg = None
        if jpeg is None:
            if len(self._failed) < _MOST_FAILURES:
                self._failed.add(sha256)
            return None
        try:
            return await asyncio.to_thread(disk.write_preview, _cache(settings), sha256, jpeg)
        except StorageError:
            return None  # a full disk: the thumbnail is there

    def _submit(self, entry: Entry, settings: Settings, sha256: str) -> Future[bytes | None]:
        with self._lock:
            if self._closed:
                raise RuntimeError("the explorer is being closed")
            if self._executor is None:
                few = replace(settings, workers=WORKERS, executor="local")
                self._context = probe.configure(settings)[0].hook.executor(settings=few)
                assert self._context is not None  # there is always the local pool  # noqa: S101
                self._executor = self._context.__enter__()
            return self._executor.submit(probe.show, entry, settings, SIDE, sha256)

    def close(self) -> None:
        """End the workers; what they were doing is done again when somebody looks again."""
        with self._lock:
            self._closed, executor, context = True, self._executor, self._context
            self._executor = self._context = None
        if executor is not None and context is not None:
            executor.shutdown(wait=False, cancel_futures=True)
            with suppress(RuntimeError):
                context.__exit__(None, None, None)


def _cache(settings: Settings) -> Path:
    return settings.cache_path / "large"


def _readable(catalog: Catalog, sha256: str) -> Entry | None:
    asset = Explored(catalog).media(sha256)
    if asset is None or asset["kind"] != "image" or asset["size"] > LARGEST:
        return None
    for entry in entries_of(catalog, sha256):
        found = open_entry(entry)
        if found is not None:
            found.close()
            return entry
    return None
