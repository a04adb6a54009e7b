"""Wanted items and published copies → what must be done, in an order in which it can be done.

Nothing here touches a file: a dry run shows exactly these rows, and an export carries out exactly these rows. Planning
again after half an export gives the other half.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from mediaparser_core.export import targets
from mediaparser_core.export.wishes import signature
from mediaparser_core.names import fold
from mediaparser_core.records import ExportItem, PlanItem, Receipt
from mediaparser_core.settings import Settings


def plan(
    items: Iterable[ExportItem],
    receipts: Iterable[Receipt],
    name_of: targets.NameOf,
    *,
    settings: Settings,
    withdrawn: Iterable[Receipt] = (),
    taken: Collection[str] = (),
    lost: Collection[str] = (),
) -> list[PlanItem]:
    """What must be done, in the order in which it can be done, for *receipts* to become *items*; ``keep`` included.

    *receipts* are our copies that are in the export now, *withdrawn* those that once were (a name given once is given
    again), *taken* the targets of copies that stay where they are whatever happens, *lost* the targets (or sidecars)
    that are no longer there. *name_of* answers with a path that need not be clean, unique or end in the right
    extension. Raises :class:`PluginError` when it has no answer.
    """
    wanted = {item.sha256: item for item in items}
    live = _by_asset(receipts)
    given = _by_asset(withdrawn, newest_first=True)
    names = targets.give(wanted.values(), name_of, live, given, taken)
    rows, withdraw = [], []
    for sha, item in wanted.items():
        row, surplus = _row(item, names[sha], live.get(sha, []), settings, lost)
        rows.append(row)
        withdraw += [_withdrawal(receipt, "a second copy") for receipt in surplus]
    for sha, held in live.items():
        if sha not in wanted:
            withdraw += [_withdrawal(receipt, "no longer wanted") for receipt in held]
    return sorted(withdraw, key=lambda row: row.target) + _in_order(sorted(rows, key=lambda row: row.target))


def _by_asset(receipts: Iterable[Receipt], *, newest_first: bool = False) -> dict[str, list[Receipt]]:
    found: dict[str, list[Receipt]] = defaultdict(list)
    for receipt in sorted(receipts, key=lambda receipt: (receipt.at, receipt.target), reverse=newest_first):
        found[receipt.sha256].append(receipt)
    return dict(found)


def _row(
    item: ExportItem, target: str, held: Sequence[Receipt], settings: Settings, lost: Collection[str]
) -> tuple[PlanItem, list[Receipt]]:
    """What to do for *item*, and which of its receipts are too many."""
    wish = signature(item, settings)
    row = PlanItem("copy", item.sha256, target, reason="new", item=item, signature=wish)
    if not held:
        return row, []
    receipt = next((receipt for receipt in held if receipt.target == target), held[0])
    surplus = [each for each in held if each is not receipt]
    row = replace(row, previous=receipt.target, receipt=receipt)
    if receipt.target in lost or receipt.sidecar in lost:
        row = replace(row, reason="was missing from the export")
    elif receipt.signature != wish:
        row = replace(row, action="rewrite", reason="what it must say has changed")
    elif receipt.target != target:
        row = replace(row, action="move", reason="its name has changed")
    else:
        row = replace(row, action="keep", reason="is already right")
    return row, surplus


def _withdrawal(receipt: Receipt, reason: str) -> PlanItem:
    return PlanItem("withdraw", receipt.sha256, receipt.target, receipt.target, reason, receipt=receipt)


def _in_order(rows: Sequence[PlanItem]) -> list[PlanItem]:
    """*rows* such that a name is free before it is given again.

    After the clock of a camera was put right, each picture may want the name of the next. Where names go round in a
    circle, one copy is withdrawn first and made anew at its turn.
    """
    holders = {fold(row.previous): row for row in rows if row.previous and row.previous != row.target}
    done: set[str] = set()
    ordered: list[PlanItem] = []
    for row in rows:
        waiting: list[PlanItem] = []
        on_chain: set[str] = set()
        following: PlanItem | None = row
        while following and following.sha256 not in done:
            if following.sha256 in on_chain:
                receipt = following.receipt
                if receipt:
                    ordered.append(_withdrawal(receipt, "makes room: names go round in a circle"))
                fresh = replace(following, action="copy", previous=None, receipt=None, reason="made anew")
                waiting = [fresh if each is following else each for each in waiting]
                break
            waiting.append(following)
            on_chain.add(following.sha256)
            holder = holders.get(fold(following.target))
            following = holder if holder is not following else None
        ordered += reversed(waiting)
        done |= on_chain
    return ordered
