"""Show how far a long run is."""

from __future__ import annotations

import sys
import time

from mediaparser_core.jobs import Progress, Silent

LINE_SECONDS = 10.0  # between two lines where there is no terminal


def progress(*, quiet: bool) -> Progress:
    """What fits the place: a bar, a line now and then, or nothing."""
    if quiet:
        return Silent()
    return Bar() if sys.stderr.isatty() else Lines()


class Lines:
    """A plain line when a stage ends, and now and then before."""

    def __init__(self) -> None:
        self._what: str | None = None
        self._total: int | None = None
        self._count, self._started, self._told = 0, 0.0, 0.0

    def start(self, what: str, total: int | None) -> None:
        self.finish()
        self._what, self._total, self._count = what, total, 0
        self._started = self._told = time.monotonic()

    def advance(self, count: int = 1) -> None:
        self._count += count
        if time.monotonic() - self._told >= LINE_SECONDS:
            self._told = time.monotonic()
            self._tell()

    def finish(self) -> None:
        if self._what is not None and self._count:
            self._tell()
        self._what = None

    def _tell(self) -> None:
        seconds = max(time.monotonic() - self._started, 1e-6)
        of = f" of {self._total}" if self._total is not None else ""
        sys.stderr.write(f"{self._what}: {self._count}{of}, {self._count / seconds:.0f} per second\n")
        sys.stderr.flush()


class Bar:
    """rich's bar with rate and remaining time."""

    def __init__(self) -> None:
        self._live: object | None = None

    def start(self, what: str, total: int | None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self.finish()
        bar = Progress(
            TextColumn("{task.description:>10}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        bar.start()
        self._live, self._task = bar, bar.add_task(what, total=total, rate="")
        self._count, self._started = 0, time.monotonic()

    def advance(self, count: int = 1) -> None:
        if self._live is None:
            return
        self._count += count
        rate = self._count / max(time.monotonic() - self._started, 1e-6)
        self._live.update(self._task, advance=count, rate=f"{rate:.0f}/s")  # type: ignore[attr-defined]

    def finish(self) -> None:
        if self._live is not None:
            self._live.stop()  # type: ignore[attr-defined]
            self._live = None
