"""The library behind a Datasette: which one it is, who reads and writes it, what is known about it now."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.explored import Explored, is_catalog
from mediaparser_core.settings import Settings
from mediaparser_core.settings import load as load_settings
from mediaparser_core.web.fresh import Fresh
from mediaparser_core.web.pool import Pool
from mediaparser_core.web.previews import Previews
from mediaparser_core.web.refresh import Refresher
from mediaparser_core.web.sessions import Sessions

if TYPE_CHECKING:
    from datasette.app import Datasette

T = TypeVar("T")

READERS, WRITERS = 4, 2
_NAME = "_mediaparser_explorer"


class Explorer:
    """One library, as the pages of one Datasette see it."""

    def __init__(self, library: Path, database: str) -> None:
        self.library = library
        self.database = (
            database  # what Datasette calls the catalog: "catalog", unless somebody named the file otherwise
        )
        self.readers = Pool(library, READERS, writable=False)
        self.writers = Pool(library, WRITERS, writable=True)
        self.refresher = Refresher(library)
        self.sessions = Sessions(library)
        self.previews = Previews()
        self._fresh: Fresh | None = None
        self._remembered: dict[str, tuple[float, Any]] = {}

    @cached_property
    def settings(self) -> Settings:
        return load_settings(self.library)

    @cached_property
    def closing(self) -> asyncio.Event:
        """Set when the server is asked to end: whatever streams must stop then."""
        return asyncio.Event()

    @property
    def needs_login(self) -> bool:
        """Whether the library has users; without any, only the person at this machine gets in."""
        return self.sessions.needs_login

    async def look(self, question: Callable[[Catalog], T]) -> T:
        """``question(catalog)``, the catalog open for reading only, in a reading thread."""
        return await self.readers.run(question)

    async def write(self, change: Callable[[Catalog], T]) -> T:
        """``change(catalog)`` with a writable library, in a writing thread; :class:`Busy` when it got no turn."""
        return await self.writers.run(change)

    async def fresh(self) -> Fresh:
        """Every decision folded, and which of them the derived tables do not know yet."""
        return await self.look(self.fresh_in)

    def fresh_in(self, catalog: Catalog) -> Fresh:
        """The same, in a thread that has the library open."""
        known = Explored(catalog).decisions_known()
        latest = self._fresh
        if latest is None or latest.known != known:
            latest = self._fresh = Fresh.of(catalog.decided.all(), known)
        return latest

    async def remember(self, name: str, question: Callable[[Catalog], T], seconds: float = 10.0) -> T:
        """``question(catalog)``, asked at most once in *seconds*: for sums over the whole library."""
        held = self._remembered.get(name)
        if held is None or held[0] < time.monotonic():
            held = self._remembered[name] = (time.monotonic() + seconds, await self.look(question))
        return held[1]  # type: ignore[no-any-return]

    def changed(self) -> None:
        """Somebody decided something: have the derived tables follow, in the background."""
        self.refresher.ask()

    def close(self) -> None:
        self.refresher.close()
        self.previews.close()
        self.readers.close()
        self.writers.close()


def explorer_of(datasette: Datasette | Any) -> Explorer | None:
    """The explorer of this Datasette, or ``None`` when none of its databases is one of our catalogs."""
    names, found = getattr(datasette, _NAME, ((), None))
    if found is None and names != tuple(datasette.databases):
        names = tuple(datasette.databases)
        for name, database in list(datasette.databases.items()):
            if database.path and is_catalog(Path(database.path)):
                found = Explorer(Path(os.path.abspath(database.path)).parent, name)
                break
        setattr(datasette, _NAME, (names, found))
    return found


def forget(datasette: Datasette | Any) -> None:
    """Close what :func:`explorer_of` made for this Datasette."""
    _, found = getattr(datasette, _NAME, ((), None))
    if found is not None:
        found.close()
        setattr(datasette, _NAME, ((), None))
