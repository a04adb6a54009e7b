"""The main job: scan, derive, export, and balance the ledger."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal

import pluggy

from mediaparser_core import exiftool, jobs
from mediaparser_core.catalog import Catalog
from mediaparser_core.pipeline import derive, explaining, publish
from mediaparser_core.pipeline.closing import close
from mediaparser_core.pipeline.scan import Scan, as_inputs, check_inputs
from mediaparser_core.settings import Settings

Mode = Literal["export", "dry-run", "no-export", "scan"]


@dataclass(slots=True)
class Outcome:
    """How a run ended: the public ``summary``, and what is worth telling a person."""

    summary: dict[str, Any]
    plan_rows: list[dict[str, Any]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    imbalance: str | None = None
    levels: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def run(
    catalog: Catalog,
    manager: pluggy.PluginManager,
    settings: Settings,
    inputs: Sequence[str | os.PathLike[str]],
    *,
    progress: jobs.Progress,
    rehash: bool = False,
    retry: bool = False,
    mode: Mode = "export",
    executor: AbstractContextManager[Executor] | None = None,
) -> Outcome:
    """Bring the library up to date with *inputs*. *executor* is where files are read, else that of the settings.

    Raises ``InputError`` (missing or empty input), ``LibraryBusy``, ``StorageError``, ``Interrupted``.
    """
    paths = as_inputs(inputs)
    check_inputs(paths, settings)
    if (store := _forgotten(catalog, settings)) and store not in paths:
        paths.append(store)
    command = "scan" if mode == "scan" else "run"
    with jobs.run(
        catalog, command, [os.fsdecode(path) for path in paths], progress=progress, error_limit=settings.error_limit
    ) as job:
        outcome = Outcome(job.summary)
        if settings.exiftool and exiftool.find(settings.exiftool) is None:
            outcome.notes.append(
                "ExifTool is not installed: metadata is read by our own readers only. 'mediaparser doctor' tells more."
            )
        Scan(catalog, manager, settings, job, rehash=rehash, retry=retry, executor=executor).run(paths)
        job.stage("Deriving", None)
        with job.giving_up():
            derive.refresh(catalog, manager, settings)
        job.finish_stage()
        if mode in ("export", "dry-run"):
            outcome.plan_rows, outcome.failures = publish.publish(
                catalog, manager, settings, job, dry_run=mode == "dry-run"
            )
        closing = close(catalog)
        outcome.levels, outcome.imbalance = closing.levels, closing.imbalance
        job.summary["to_review"] = closing.to_review
    return outcome


def _forgotten(catalog: Catalog, settings: Settings) -> bytes | None:
    """The store of what came through the inbox, when the catalog does not know it: it was lost, and is made again."""
    store = os.fsencode(settings.originals_root)
    if any(path == store for path, _, _ in catalog.seen.roots()):
        return None
    try:
        has_years = any(name.isdigit() for name in os.listdir(store))
    except OSError:  # nothing ever came
        return None
    return store if has_years else None


def export(
    catalog: Catalog,
    manager: pluggy.PluginManager,
    settings: Settings,
    *,
    progress: jobs.Progress,
    dry_run: bool = False,
) -> Outcome:
    """Make the export agree with the catalog and the decisions. Raises ``StorageError``, ``Interrupted``."""
    with jobs.run(catalog, "plan" if dry_run else "export", [], progress=progress) as job:
        outcome = Outcome(job.summary)
        with job.giving_up():
            derive.refresh(catalog, manager, settings)
        outcome.plan_rows, outcome.failures = publish.publish(catalog, manager, settings, job, dry_run=dry_run)
        job.summary["to_review"] = explaining.count_to_review(catalog)
    return outcome
