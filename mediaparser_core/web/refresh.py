"""Make the derived tables follow the decisions, in a process of its own, as soon as nobody else writes.

``python -m mediaparser_core.web.refresh LIBRARY`` does it once: exit 0 when everything agrees, 75 when another command
works in the library.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

BUSY = 75  # EX_TEMPFAIL: try again later
QUIET = 1.0  # seconds without a decision before we begin: somebody who answers ten questions gets one refresh
AGAIN = 5.0  # seconds until the next try while a scan or an export is running


class Refresher:
    """One thread that waits, and at most one process that works."""

    def __init__(self, library: Path) -> None:
        self._library = library
        self._asked, self._closed = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self) -> None:
        """There is something new."""
        with self._lock:
            self._asked.set()
            if self._thread is None and not self._closed.is_set():
                self._thread = threading.Thread(target=self._work, name="refresh", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while not self._closed.is_set():
            self._asked.wait()
            while self._asked.is_set() and not self._closed.is_set():
                self._asked.clear()
                self._closed.wait(QUIET)
            if not self._closed.is_set() and self._refresh() == BUSY:
                self._closed.wait(AGAIN)
                self._asked.set()

    def _refresh(self) -> int:
        with self._lock:
            if self._closed.is_set():
                return 0
            self._process = subprocess.Popen(
                [sys.executable, "-m", "mediaparser_core.web.refresh", str(self._library)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        code = self._process.wait()
        self._process = None
        return code

    def close(self) -> None:
        """End the thread and the process; what the process had not committed is made again next time."""
        with self._lock:
            self._closed.set()
            self._asked.set()
            process = self._process
            if process is not None:
                process.terminate()
        if self._thread is not None:
            self._thread.join(5)


def main(library: Path) -> int:
    """Bring the derived tables of *library* up to date."""
    from mediaparser_core import probe, settings
    from mediaparser_core.catalog import Catalog
    from mediaparser_core.errors import LibraryBusy
    from mediaparser_core.pipeline import derive

    os.nice(5)  # pages come first
    chosen = settings.load(library)
    manager = probe.configure(chosen)[0]
    try:
        with Catalog(library) as catalog:
            if not derive.is_fresh(catalog, manager, chosen):
                with catalog.lock():
                    derive.refresh(catalog, manager, chosen)
    except LibraryBusy:
        return BUSY
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
