"""One file on its way to a Dask worker and back, and what Dask says of it in our words."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from mediaparser_core import archives, sources
from mediaparser_core.errors import MediaParserError, ToolError
from mediaparser_core.records import Entry, Report
from mediaparser_plugins.local_worker import WorkerDied

COARSE = 2_000_000_000  # nanoseconds: one and the same time as file systems on the way tell it
AGAIN = "what was read is kept; when the cluster is back, run the same command again"


@dataclass(slots=True, eq=False)
class Task:
    """What somebody waits for, and who has been asked in vain."""

    future: Future[Any]
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    passed_over: set[str] = field(default_factory=set)
    must_be_seen: bool = True
    answers: int = 0
    alone: bool = False  # somebody ended on it, or on another that went with it

    @property
    def entry(self) -> Entry | None:
        return self.args[0] if self.args and isinstance(self.args[0], Entry) else None

    @property
    def is_plain(self) -> bool:
        """Whether it may go to any worker, with others."""
        return not self.alone and not self.passed_over and self.must_be_seen


class Lost(ToolError):
    """Dask has let go of what we asked for: with its scheduler, or with a worker that ended before it gave its answer."""


def outcome(future: Future[Any]) -> Any:
    """Result or exception of a task of Dask, in our words."""
    if not future.done():
        return ToolError("a worker of the cluster does not answer")
    error = None if future.cancelled() else future.exception()
    if future.cancelled() or type(error).__name__ == "FutureCancelledError":
        return Lost(f"the connection to the Dask scheduler was lost; {AGAIN}")
    if error is None:
        return future.result()
    if type(error).__name__ == "KilledWorker":
        return WorkerDied(f"{error.args[2] + 1} Dask workers ended on this file")
    if isinstance(error, MediaParserError):
        return error
    return ToolError(f"a Dask worker cannot work for us: {type(error).__name__}: {error}")


def settle(task: Task, outcome: Any, *, failed: bool | None = None) -> None:
    with suppress(RuntimeError):  # somebody was faster
        if task.future.set_running_or_notify_cancel():
            if failed or (failed is None and isinstance(outcome, BaseException)):
                task.future.set_exception(outcome)
            else:
                task.future.set_result(outcome)


def adopt(report: Report, entry: Entry) -> Report | None:
    """*report* as if it had been read here; ``None`` when another file was read than the one that is here.

    Device and inode numbers are this machine's, for the next walk compares them.
    """
    seen = report.entry
    if seen.size == entry.size and abs(seen.mtime_ns - entry.mtime_ns) <= COARSE:
        return replace(report, entry=entry)
    with suppress(OSError):
        status = os.lstat(file(entry.path))
        if sources.bounded(status.st_mtime_ns) == entry.mtime_ns and status.st_ino == entry.inode:
            return None
    return replace(report, entry=replace(seen, inode=entry.inode, device=entry.device, there=None))


def file(path: bytes) -> bytes:
    inside = archives.split(path)
    return inside[0] if inside else path


def text(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")
