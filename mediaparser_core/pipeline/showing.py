"""Catalog and decisions → every picture as the live folders show it, under the name that the next export gives it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import groupby
from pathlib import PurePosixPath
from typing import NamedTuple, cast

import pluggy

from mediaparser_core import formats, review
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.live import Live, Row
from mediaparser_core.export import targets
from mediaparser_core.export.wishes import time_of
from mediaparser_core.pipeline.pending import Pending
from mediaparser_core.pipeline.standing import ABSORBED
from mediaparser_core.records import ExportItem, Kind, Level, Precision, Receipt, Shown
from mediaparser_core.settings import Settings


class Exhibit(NamedTuple):
    """A picture to show. ``target`` is where its copy is in the export now; ``mtime_ns`` when it was taken; the rest is
    of the original file: bytes, modification time, inode."""

    shown: Shown
    target: str | None
    mtime_ns: int
    size: int
    stamp: int
    inode: int


def exhibits(
    catalog: Catalog,
    manager: pluggy.PluginManager,
    settings: Settings,
    pending: Pending,
    *,
    only: Collection[str] | None = None,
) -> Iterator[Exhibit]:
    """Every picture that the next export wants (of those in *only*), with what *pending* says folded in."""
    live = Live(catalog)
    groups = _groups(live, pending.state)

    def name_of(item: ExportItem) -> PurePosixPath | None:
        return manager.hook.name_export(item=item, settings=settings)  # type: ignore[no-any-return]

    settled: set[str] = set()
    waiting: list[tuple[Row, ExportItem]] = []
    for _, rows in groupby(live.rows(only), key=lambda row: row.leader):
        unit = [(row, _item(row, pending)) for row in rows if _is_wanted(row, pending.state)]
        if _are_right(unit, name_of):
            for row, item in unit:
                settled.add(row.target or "")
                yield _exhibit(row, item, row.target or "", pending, groups, settings)
        else:
            waiting += unit
    items = [item for row, item in waiting if row.file]
    if only is not None:
        wanted = (str(name_of(item)).removesuffix(item.ext) for item in items)
        settled |= live.targets_beginning(wanted) - {row.target for row, _ in waiting if row.target}
    names = _named(live, items, settled, name_of)
    for row, item in waiting:
        # an original that is gone is neither named nor moved: its copy stays where it is
        if target := names.get(item.sha256, row.target):
            yield _exhibit(row, item, target, pending, groups, settings)


def _are_right(unit: list[tuple[Row, ExportItem]], name_of: targets.NameOf) -> bool:
    """Whether the copies of what belongs together have the plain names they should have.

    Nearly all have, and then nothing more is to be worked out.
    """
    leader = next((item for row, item in unit if row.leader == row.sha256), None)
    if leader is None:
        return False
    stem = str(name_of(leader)).removesuffix(leader.ext)
    return all(
        row.target is not None
        and row.target.startswith(stem)
        and row.target.endswith(item.ext)
        and re.fullmatch(rf"(_{re.escape(row.role)}(_\d+)?)?", row.target[len(stem) : len(row.target) - len(item.ext)])
        and (item is not leader or row.target == stem + item.ext)
        for row, item in unit
    )


def _named(live: Live, items: list[ExportItem], settled: set[str], name_of: targets.NameOf) -> dict[str, str]:
    """The names that the next export gives to *items*."""
    now: dict[str, list[Receipt]] = {}
    once: dict[str, list[Receipt]] = {}
    for receipt, is_there in live.receipts_of(item.sha256 for item in items):
        (now if is_there else once).setdefault(receipt.sha256, []).append(receipt)
    newest_first = {sha: receipts[::-1] for sha, receipts in once.items()}
    return targets.give(items, name_of, now, newest_first, settled)


def _groups(live: Live, state: review.State) -> dict[str, list[int]]:
    """The open groups of each asset."""
    found: dict[str, list[int]] = {}
    for number, members in live.open_groups().items():
        apart = any(pair <= set(members) for pair in state.different)
        if not apart and not review.is_settled(state, members):
            for sha in members:
                found.setdefault(sha, []).append(number)
    return found


def _is_wanted(row: Row, state: review.State) -> bool:
    absorbed = row.role in ABSORBED and row.leader != row.sha256
    return review.is_kept(state, row.sha256) and not row.own_copy and not absorbed


def _item(row: Row, pending: Pending) -> ExportItem:
    date = pending.dates.get(row.sha256)
    name = row.file or row.sha256
    format_ = formats.FORMATS[row.format]
    return ExportItem(
        sha256=row.sha256, kind=cast("Kind", row.kind), format=row.format, name=name,
        ext=formats.ext_of(format_, name.encode("utf-8", "replace")),
        taken_at=date.taken_at if date else row.taken_at, precision=date.precision if date else row.precision,
        utc_offset=date.utc_offset if date else row.utc_offset, level=date.level if date else row.level,
        make=row.make, model=row.model, role=row.role, bundle_id=row.bundle_id, stem_of=row.leader,
        size=row.size, mtime_ns=row.mtime_ns,
    )  # fmt: skip


def _exhibit(
    row: Row, item: ExportItem, name: str, pending: Pending, groups: dict[str, list[int]], settings: Settings
) -> Exhibit:
    date = pending.dates.get(row.sha256)
    shown = Shown(
        sha256=row.sha256, kind=item.kind, format=row.format, name=name.rpartition("/")[2], taken_at=item.taken_at,
        precision=cast("Precision | None", item.precision), level=cast("Level", item.level),
        needs_review=date.needs_review if date else bool(row.needs_review), make=row.make, model=row.model,
        latitude=row.latitude, longitude=row.longitude, tags=pending.tags.get(row.sha256, row.words),
        groups=tuple(groups.get(row.sha256, ())), role=row.role, added=row.added[:10] if row.added else None,
    )  # fmt: skip
    return Exhibit(shown, row.target, time_of(item, settings), row.size, row.mtime_ns, row.inode)
