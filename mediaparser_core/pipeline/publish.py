"""Catalog and decisions → plan → export, and the check that it is still what we wrote."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pluggy

from mediaparser_core import export, formats
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.laid_plan import LaidPlan
from mediaparser_core.catalog.laid_turns import LaidTurns
from mediaparser_core.export import destination, extras, plan, verify
from mediaparser_core.jobs import Job, Progress, now
from mediaparser_core.memory import give_back
from mediaparser_core.pipeline import derive
from mediaparser_core.pipeline.batches import NOTHING_DUE
from mediaparser_core.records import ExportItem, PlanItem
from mediaparser_core.settings import Settings

VERSION = 1  # raise it when the same library would get other names or other contents: the plan is then made anew
COUNTS = ("planned", "copied", "moved", "withdrawn", "unchanged_exports", "failed")


def publish(
    catalog: Catalog, manager: pluggy.PluginManager, settings: Settings, job: Job, *, dry_run: bool
) -> tuple[list[dict[str, Any]], list[str]]:
    """Plan, and carry it out unless it is a *dry_run*: ``(rows of the plan, a line for each failure)``. A plan that is
    carried out has no rows to show: they may be a hundred thousand.

    Counts go into ``job.summary``. Where a plan found nothing to do, and neither the library nor the settings have
    changed since, only the names in the export are looked at. Raises ``StorageError``.
    """
    job.summary |= dict.fromkeys(COUNTS, 0)
    if (kept := _nothing_due(catalog, settings)) is not None:
        catalog.done.store_plan(())
        job.summary["unchanged_exports"] = kept
        failures = [] if dry_run else _extras(catalog, manager, settings)
        return [], _told(failures, job)
    with LaidPlan(catalog, make_plan(catalog, manager, settings)) as laid:
        count, kept, new = len(laid), laid.actions["keep"], laid.actions["copy"]
        give_back(count)
        catalog.done.store_plan(laid)
        job.summary["planned"], job.summary["unchanged_exports"] = count - kept, kept
        planned = rows(laid) if dry_run else []
        failures = [] if dry_run else apply(catalog, manager, settings, job, laid, count - kept)
    if kept == count or (kept + new == count and not dry_run and not failures):
        _settle(catalog, settings, count)
    return planned, _told(failures, job)


def _told(failures: Sequence[export.Failure], job: Job) -> list[str]:
    job.summary["failed"] = len(failures)
    return [f"{failure.target}: {failure.message}" for failure in failures]


def _nothing_due(catalog: Catalog, settings: Settings) -> int | None:
    """How many copies are in the export as they should be; ``None`` where a plan must be made to know it."""
    mark, _, kept = (catalog.derived.stage(NOTHING_DUE) or "").partition(" ")
    if mark != _mark(catalog, settings) or os.path.lexists(settings.export_path / destination.STAGING):
        return None
    return None if destination.lost(settings.export_path, catalog.done.targets()) else int(kept)


def _settle(catalog: Catalog, settings: Settings, kept: int) -> None:
    with catalog.transaction():
        catalog.derived.finish_stage(NOTHING_DUE, f"{_mark(catalog, settings)} {kept}", now())


def _mark(catalog: Catalog, settings: Settings) -> str:
    """Changes with everything a plan is made of, but for files, with which a scan forgets the stage."""
    derived = catalog.derived
    parts = [VERSION, derived.stage(derive.STAGE), derived.export_mark(), settings.export_path, settings.export]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def make_plan(catalog: Catalog, manager: pluggy.PluginManager, settings: Settings) -> Iterator[PlanItem]:
    """What the next export would carry out, ``keep`` rows included; stores and changes nothing."""
    out_of_reach = catalog.asked.unexportable()
    return plan.plan(
        map(_with_extension, catalog.asked.export_items()),
        (receipt for receipt in catalog.done.live_receipts() if receipt.sha256 not in out_of_reach),
        lambda item: manager.hook.name_export(item=item, settings=settings),
        settings=settings,
        withdrawn=catalog.done.withdrawn(),
        taken=catalog.done.targets_of(out_of_reach),
        lost=destination.lost(settings.export_path, catalog.done.targets()),
        turns=lambda: LaidTurns(catalog),
    )


def rows(items: Iterable[PlanItem]) -> list[dict[str, Any]]:
    """The plan for people and scripts: what would be done, without what stays."""
    return [
        {"action": i.action, "target": i.target, "previous": i.previous, "sha256": i.sha256, "reason": i.reason}
        for i in items
        if i.action != "keep"
    ]


def apply(
    catalog: Catalog, manager: pluggy.PluginManager, settings: Settings, job: Job, items: Sequence[PlanItem], due: int
) -> list[export.Failure]:
    """Carry out the plan, of which *due* rows are not kept; counts go into ``job.summary``. What failed is given.
    Raises ``StorageError``."""
    job.stage("Exporting", due)
    outcome = export.apply(
        items,
        settings,
        manager,
        record=catalog.done.publish,
        withdrawn=catalog.done.withdraw,
        now=now,
        stop=job.stop,
        progress=lambda item: job.step(),
        together=catalog.transaction,
    )
    job.summary |= {
        "copied": outcome.copied,
        "moved": outcome.moved + outcome.rewritten,
        "withdrawn": outcome.withdrawn,
    }
    job.finish_stage()
    if job.summary["copied"] or job.summary["withdrawn"]:
        derive.follow_exports(catalog, manager, settings)
    return [*outcome.failures, *_extras(catalog, manager, settings)]


def _extras(catalog: Catalog, manager: pluggy.PluginManager, settings: Settings) -> list[export.Failure]:
    """Further files that plugins want in the export; one that plugins no longer want is taken back."""
    if not manager.hook.export_extras.get_hookimpls() and not catalog.done.extras():
        return []
    wanted: dict[str, bytes] = {}
    exports = list(catalog.asked.library_rows())
    for answer in manager.hook.export_extras(exports=exports, settings=settings):
        wanted |= answer or {}
    failures = []
    for outcome in extras.publish_extras(wanted, catalog.done.extras(), settings):
        if isinstance(outcome, export.Failure):
            failures.append(outcome)
        else:
            catalog.done.store_extra(*outcome, now())
    return failures


def verified(
    catalog: Catalog, settings: Settings, progress: Progress, *, originals: bool
) -> tuple[int, list[dict[str, Any]]]:
    """Read every export (and, with *originals*, every input) again: how many, and which are not what they were."""
    receipts = catalog.done.receipts()
    inputs = list(catalog.seen.originals()) if originals else []
    progress.start("Verifying", len(receipts) + len(inputs))
    problems = [
        *verify.verify(receipts, settings.export_path, progress.advance),
        *verify.verify_originals(inputs, progress.advance),
    ]
    progress.finish()
    found = [{"path": p.path, "sha256": p.sha256, "problem": p.what, "detail": p.detail} for p in problems]
    return len(receipts) + len(inputs), found


def _with_extension(item: ExportItem) -> ExportItem:
    return replace(item, ext=formats.ext_of(formats.FORMATS[item.format], item.name.encode("utf-8", "replace")))
