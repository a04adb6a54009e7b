"""Notice at once that something changed in a folder, where the system tells; everything else is found by looking."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType

from mediaparser_core.settings import Settings


class Notices:
    """Events of the inbox and of the watched folders, while the block runs.

    ``problem`` says why some are only looked at now and then: a network share, or the system's limit of watches.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._something = threading.Event()
        self.problem: str | None = None

    def __enter__(self) -> Notices:
        from watchdog.events import FileSystemEvent, FileSystemEventHandler
        from watchdog.observers import Observer

        something = self._something

        class Handler(FileSystemEventHandler):
            def on_any_event(self, event: FileSystemEvent) -> None:
                if event.event_type not in ("opened", "closed_no_write"):  # our own reading
                    something.set()

        self._observer, self._handler = Observer(), Handler()
        self._observer.daemon = True
        self._observer.start()
        self._watch(self._settings.inbox_path)
        # to watch a large share takes minutes, and one that hangs would hang us
        threading.Thread(target=self._watch_folders, name="watches", daemon=True).start()
        return self

    def _watch_folders(self) -> None:
        for folder in map(Path, self._settings.watch.folders):
            self._watch(folder)
            self._something.set()  # what came after the last look and before this made no event

    def _watch(self, folder: Path) -> None:
        try:
            if folder.is_dir():
                self._observer.schedule(self._handler, os.fspath(folder), recursive=True)
        except OSError as error:
            seconds = self._settings.watch.rescan_seconds
            self.problem = f"{folder} is looked at every {seconds:g} s only: {error.strerror or error}"

    def forget(self) -> None:
        """What was noticed so far is being looked at."""
        self._something.clear()

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Until something is noticed, *seconds* are over or *stop* is set."""
        until = seconds
        while until > 0 and not stop.is_set() and not self._something.wait(min(until, 0.25)):
            until -= 0.25
        if self._something.is_set():
            stop.wait(0.2)  # one copy makes many events

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._observer.stop()
        self._observer.join(2)
