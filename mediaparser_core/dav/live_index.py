"""Keep the shelf of the live folders in step with the catalog: built in the background, corrected at each decision."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TypeVar

import pluggy

from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.live import Live
from mediaparser_core.catalog.shelf import Item, Shelf
from mediaparser_core.catalog.shelf import Path as FolderPath
from mediaparser_core.errors import CatalogError, MediaParserError
from mediaparser_core.names import clean_part
from mediaparser_core.pipeline.pending import pending
from mediaparser_core.pipeline.showing import Exhibit, exhibits
from mediaparser_core.records import View
from mediaparser_core.settings import Settings

T = TypeVar("T")

PATIENCE = 30.0  # seconds that a request waits for the very first shelf
REST = 5.0  # times the length of a build: for so long there is no other one
_BATCH = 500
_DEEPEST = 8  # folder names in an answer of a plugin


class LiveIndex:
    """The shelf as it is now. One thread has the catalog open and answers everything small; another one builds."""

    def __init__(
        self, settings: Settings, manager: pluggy.PluginManager, views: Sequence[View], tell: Callable[[str], None]
    ) -> None:
        self._settings, self._manager, self._views, self._tell = settings, manager, views, tell
        self._clerk = ThreadPoolExecutor(1, thread_name_prefix="live")
        self._catalog: Catalog | None = None
        self._files: tuple[object, ...] = ()
        self._versions: tuple[int, ...] = ()
        self._nothing = Shelf()
        self._shelf: Shelf | None = None
        self._former: Shelf | None = None  # somebody may still be reading it
        self._built: tuple[str, str] = ("", "")  # mark and day of the shelf
        self._decisions = 0  # how many are in it
        self._ready, self._wanted, self._closed = threading.Event(), threading.Event(), threading.Event()
        self._builder: threading.Thread | None = None

    def begin(self) -> None:
        """Have the first shelf built before anybody asks for it."""
        if self._settings.catalog_path.exists():
            self._clerk.submit(self._look)

    @property
    def changed_ns(self) -> int:
        """When the folders last changed, as far as is known without waiting."""
        return (self._shelf or self._nothing).changed_ns

    def ask(self, question: Callable[[Live], T]) -> T:
        """``question(live)`` in the thread that has the catalog open. Raises :class:`CatalogError`."""
        return self._in_the_clerks_thread(lambda: question(Live(self._open())))

    def shelf(self) -> Shelf:
        """The shelf, with every decision made until now; an empty one while there is no catalog.

        Raises :class:`CatalogError` when the catalog cannot be used.
        """
        if not self._settings.catalog_path.exists():
            return self._nothing
        shelf = self._in_the_clerks_thread(self._look)
        if shelf is None and self._ready.wait(PATIENCE):
            shelf = self._in_the_clerks_thread(self._look)
        if shelf is None:
            raise CatalogError("the live folders are not ready yet")
        return shelf

    def _in_the_clerks_thread(self, work: Callable[[], T]) -> T:
        try:
            return self._clerk.submit(work).result()
        except sqlite3.Error as error:
            raise CatalogError(f"the catalog cannot be read: {error}") from error

    def close(self) -> None:
        """End both threads."""
        self._closed.set()
        self._wanted.set()
        if self._builder is not None:
            self._builder.join(5)
        self._clerk.submit(self._let_go).result()
        self._clerk.shutdown()
        for shelf in (self._nothing, self._shelf, self._former):
            if shelf is not None:
                shelf.close()

    # -- in the clerk's thread

    def _open(self) -> Catalog:
        """The catalog, opened anew when somebody replaced its files."""
        files = tuple(_identity(path) for path in (self._settings.catalog_path, self._settings.decisions_path))
        if self._catalog is None or files != self._files:
            self._let_go()
            self._catalog, self._files, self._versions = Catalog(self._settings.library, writable=False), files, ()
        return self._catalog

    def _let_go(self) -> None:
        if self._catalog is not None:
            self._catalog.close()
            self._catalog = None

    def _look(self) -> Shelf | None:
        """The shelf after a glance at the databases; ``None`` while there is none."""
        catalog = self._open()
        live = Live(catalog)
        versions = (*live.versions(), date.today().toordinal())
        if versions != self._versions or self._shelf is None:
            if self._shelf is None or (live.mark(), date.today().isoformat()) != self._built:
                self._build_soon()
            if self._shelf is not None:
                self._correct(catalog, self._shelf)
            self._versions = versions
        return self._shelf

    def _correct(self, catalog: Catalog, shelf: Shelf) -> None:
        """Move what the newest decisions are about."""
        count, today = catalog.decided.count(), date.today()
        if count < self._decisions:  # another decisions.db
            self._built = ("", "")
            self._build_soon()
        elif count > self._decisions:
            news = pending(catalog, self._manager, self._settings, today, since=self._decisions)
            found = exhibits(catalog, self._manager, self._settings, news, only=news.touched)
            shelf.put(list(self._placed(found, today)), instead_of=news.touched)
            self._decisions = news.count

    # -- in the builder's thread

    def _build_soon(self) -> None:
        self._wanted.set()
        if self._builder is None:
            self._builder = threading.Thread(target=self._build_again_and_again, name="live-build", daemon=True)
            self._builder.start()

    def _build_again_and_again(self) -> None:
        while self._wanted.wait() and not self._closed.is_set():
            self._wanted.clear()
            started = time.monotonic()
            try:
                self._build()
            except (MediaParserError, sqlite3.Error) as error:
                self._tell(f"the live folders stay as they were: {error}")
            self._ready.set()
            if self._shelf is not None:
                self._closed.wait(REST * (time.monotonic() - started))

    def _build(self) -> None:
        today = date.today()
        with ExitStack() as until_shown:
            shelf = Shelf()
            until_shown.callback(shelf.close)
            with Catalog(self._settings.library, writable=False) as catalog:
                mark = Live(catalog).mark()
                news = pending(catalog, self._manager, self._settings, today)
                placed = self._placed(exhibits(catalog, self._manager, self._settings, news), today)
                while batch := list(islice(placed, _BATCH)):
                    if self._closed.is_set():
                        return
                    shelf.put(batch, grow=False)
            shelf.grow()

            def swap() -> None:
                if self._former is not None:
                    self._former.close()
                self._former, self._shelf = self._shelf, shelf
                # what was decided meanwhile is put right before anybody sees it
                self._built, self._decisions, self._versions = (mark, today.isoformat()), news.count, ()

            if self._closed.is_set():
                return  # after a build of minutes, the clerk may have gone
            self._clerk.submit(swap).result()
            until_shown.pop_all()

    def _placed(self, found: Iterator[Exhibit], today: date) -> Iterator[tuple[Item, list[FolderPath]]]:
        for each in found:
            shown = each.shown
            item = Item(shown.name, shown.sha256, each.target, each.size, each.stamp, each.inode, each.mtime_ns,
                        shown.taken_at or "")  # fmt: skip
            yield item, [folder for view in self._views for folder in self._folders(view, each, today)]

    def _folders(self, view: View, each: Exhibit, today: date) -> Iterator[FolderPath]:
        try:
            answers = list(view.folders(each.shown, today))
        except Exception as error:  # a stranger's view; the others must not suffer
            self._tell(f"the view '{view.name}' failed: {type(error).__name__}: {error}")
            return
        for folder in answers:
            yield (view.name, *(clean_part(str(part)) for part in folder[:_DEEPEST]))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
