"""Catalog and decisions → plan → export, and the check that it is still what we wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pluggy

from mediaparser_core import export, formats
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.summary import Summary
from mediaparser_core.export import destination, extras, plan, verify
from mediaparser_core.jobs import Job, Progress, now
from mediaparser_core.pipeline.derive import EXPORTS
from mediaparser_core.records import ExportItem, PlanItem
from mediaparser_core.settings import Settings

COUNTS = ("planned", "copied", "moved", "withdrawn", "unchanged_exports", "failed")


def make_plan(catalog: Catalog, manager: pluggy.PluginManager, settings: Settings) -> list[PlanItem]:
    """What the next export would carry out, ``keep`` rows included; stores and changes nothing."""
    items = [_with_extension(item) for item in catalog.asked.export_items()]
    out_of_reach = catalog.asked.unexportable()
    live = catalog.done.receipts()
    targets = [target for receipt in live for target in (receipt.target, receipt.sidecar) if target]
    return plan.plan(
        items,
        [receipt for receipt in live if receipt.sha256 not in out_of_reach],
        lambda item: manager.hook.name_export(item=item, settings=settings),
        settings=settings,
        withdrawn=catalog.done.withdrawn(),
        taken={receipt.target for receipt in live if receipt.sha256 in out_of_reach},
        lost=destination.lost(settings.export_path, targets),
    )


def rows(items: Sequence[PlanItem]) -> list[dict[str, Any]]:
    """The plan for people and scripts: what would be done, without what stays."""
    return [
        {"action": i.action, "target": i.target, "previous": i.previous, "sha256": i.sha256, "reason": i.reason}
        for i in items
        if i.action != "keep"
    ]


def apply(
    catalog: Catalog, manager: pluggy.PluginManager, settings: Settings, job: Job, items: Sequence[PlanItem]
) -> list[str]:
    """Carry out the plan; counts go into ``job.summary``. What failed, a line each. Raises ``StorageError``."""
    job.stage("Exporting", sum(item.action != "keep" for item in items))
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
        Summary(catalog).refresh()  # the gallery tells what is exported from what waits
        catalog.derived.finish_stage(EXPORTS, catalog.derived.export_mark(), now())
    failures = [*outcome.failures, *_extras(catalog, manager, settings)]
    job.summary["failed"] = len(failures)
    return [f"{failure.target}: {failure.message}" for failure in failures]


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
