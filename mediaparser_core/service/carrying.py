"""Carry out one job that was asked for, in a process of its own.

``python -m mediaparser_core.service.carrying LIBRARY NUMBER``: what a picture does to a decoder, or a full disk to a
job, does not reach the worker. How it ended is the exit code.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pluggy

from mediaparser_core import jobs, probe, settings
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.queue import Carried, Queue
from mediaparser_core.errors import (
    InputError,
    Interrupted,
    LibraryBusy,
    MediaParserError,
    StorageError,
    ToolError,
)
from mediaparser_core.pipeline import main_job
from mediaparser_core.service import backups, child, holding, reading
from mediaparser_core.service.queue import NIGHT
from mediaparser_core.settings import Settings

DONE, FAILED, TROUBLED, BUSY, AGAIN, ASIDE, CANCELLED, STOPPED = 0, 1, 3, 75, 76, 77, 78, 143
"""Exit codes. ``BUSY``: another command has the library. ``AGAIN``: the disk or a tool failed, it may work later.
``ASIDE``: something more urgent waits. ``STOPPED``: asked to end, to be continued."""


class Told:
    """A Progress that notes beside the job what it is busy with."""

    def __init__(self, queue: Queue, number: int) -> None:
        self._queue, self._number = queue, number

    def start(self, what: str, total: int | None) -> None:
        self._queue.doing(self._number, what)

    def advance(self, count: int = 1) -> None:
        """The job's own row counts."""

    def finish(self) -> None:
        """The next part says what it is."""


class Task:
    """What a job needs to be carried out."""

    def __init__(self, catalog: Catalog, chosen: Settings, number: int, arguments: list[str]) -> None:
        self.catalog, self.settings, self.number, self.arguments = catalog, chosen, number, arguments
        self.queue = Queue(catalog)
        self.progress = Told(self.queue, number)

    @property
    def manager(self) -> pluggy.PluginManager:
        return probe.configure(self.settings)[0]


def _run(task: Task) -> dict[str, Any]:
    """Scan folders and export; files that still arrive in them are left for the next time."""
    with holding.back(task.manager, task.catalog, task.settings):
        outcome = main_job.run(
            task.catalog, task.manager, task.settings, task.arguments, progress=task.progress, mode="export"
        )
    return outcome.summary


def _scan(task: Task) -> dict[str, Any]:
    with holding.back(task.manager, task.catalog, task.settings):
        outcome = main_job.run(
            task.catalog, task.manager, task.settings, task.arguments, progress=task.progress, mode="scan"
        )
    return outcome.summary


def _inbox(task: Task) -> dict[str, Any]:
    """Scan what came in, and export it."""
    store = [task.settings.originals_path]
    return main_job.run(task.catalog, task.manager, task.settings, store, progress=task.progress).summary


def _export(task: Task) -> dict[str, Any]:
    return main_job.export(task.catalog, task.manager, task.settings, progress=task.progress).summary


def _verify(task: Task) -> dict[str, Any]:
    """Read copies and originals again; a night's part only, when asked for it."""
    with _beside(task, "verify") as job:
        most = int(task.settings.worker.verify_gb * 1e9) if NIGHT in task.arguments else None
        reading.read_again(task.catalog, task.settings, job, task.queue, most=most)
    return job.summary


def _backup(task: Task) -> dict[str, Any]:
    with _beside(task, "backup") as job:
        job.summary |= backups.make(task.settings)
    return job.summary


def _tidy(task: Task) -> dict[str, Any]:
    with _beside(task, "tidy") as job:
        job.summary |= backups.tidy(task.catalog, task.settings)
    return job.summary


ALONE: dict[str, Callable[[Task], dict[str, Any]]] = {"run": _run, "scan": _scan, "inbox": _inbox, "export": _export}
BESIDE: dict[str, Callable[[Task], dict[str, Any]]] = {"verify": _verify, "backup": _backup, "tidy": _tidy}


@contextmanager
def _beside(task: Task, command: str) -> Iterator[jobs.Job]:
    """A job that only reads the library, so that others may write to it meanwhile."""
    catalog = task.catalog
    with jobs.stopped_by_signals() as stop:
        number = catalog.done.start_job(command, task.arguments, jobs.now())
        job = jobs.Job(catalog, number, stop, task.progress, 1.0)
        state, message = "failed", None
        try:
            yield job
            state = "done"
        except Interrupted as error:
            state, message = ("cancelled" if stop.reason == "cancelled" else "interrupted"), str(error)
            raise
        except reading.Aside:
            state = "interrupted"
            raise
        except BaseException as error:
            message = str(error) or type(error).__name__
            raise
        finally:
            catalog.done.end_job(number, state, jobs.now(), message, job.summary)


def carry_out(library: Path, number: int) -> int:
    """The exit code of the job with this number; what went wrong is a line on standard error."""
    chosen = settings.load(library)
    with Catalog(chosen.library) as catalog:
        row = Queue(catalog).job(number)
        if row is None:
            raise MediaParserError(f"there is no job {number}")
        command, alone = row["command"], row["command"] in ALONE
        catalog.done = Carried(catalog, number, alone=alone)
        carry = (ALONE | BESIDE).get(command)
        if carry is None:
            raise MediaParserError(f"nobody knows how to '{command}'")
        summary = carry(Task(catalog, chosen, number, row["arguments"] or []))
    return TROUBLED if summary.get("troubled") or summary.get("failed") or summary.get("problems") else DONE


def main() -> int:
    child.follow_parent()
    library, number = Path(sys.argv[1]), int(sys.argv[2])
    os.nice(5)  # pages and drives come first
    try:
        return carry_out(library, number)
    except reading.Aside:
        return ASIDE
    except Interrupted as error:
        return CANCELLED if str(error).startswith("cancelled") else STOPPED
    except LibraryBusy as error:
        return _say(error, BUSY)
    except (StorageError, InputError, ToolError) as error:
        return _say(error, AGAIN)
    except MediaParserError as error:
        return _say(error, FAILED)


def _say(error: MediaParserError, code: int) -> int:
    sys.stderr.write(f"{error}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
