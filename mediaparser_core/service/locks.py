"""One of a kind: locks in the library that the kernel frees when their holder dies."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mediaparser_core import disk
from mediaparser_core.catalog import Catalog
from mediaparser_core.errors import LibraryBusy, StorageError
from mediaparser_core.refusals import storing

SERVE, WORKER, WATCH = "serve", "worker", "watch"
FOLDER = ".locks"
PATIENCE = 30.0  # seconds


def prepare(library: Path) -> None:
    """Make the library or bring it up to date; where several parts begin at once, one does it and the others wait.

    Raises ``CatalogError``, ``StorageError``.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with Catalog(library):
                return
        except LibraryBusy:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@contextmanager
def hold(library: Path, what: str) -> Iterator[None]:
    """Be the only *what* of this library. Raises :class:`LibraryBusy` at once when somebody else is."""
    folder = library / FOLDER
    with storing(folder):
        disk.make_folder(folder)
        try:
            held = disk.private_folder(folder / what)
        except StorageError:
            raise LibraryBusy(f"'mediaparser {what}' of {library} runs already, perhaps in another window") from None
    try:
        yield
    finally:
        os.close(held)
