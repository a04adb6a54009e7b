"""Wanted items and published copies → what must be done, in an order in which it can be done.

Nothing here touches a file: a dry run shows exactly these rows, and an export carries out exactly these rows. Planning
again after half an export gives the other half.

A plan of a large library is never whole in memory: items, then the units that they make, then rows wait for their turn
where *turns* says, and names are given in one folder of the export after the other.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, NamedTuple

from mediaparser_core.export import targets
from mediaparser_core.export.turns import InMemory, MakeTurns, Turns
from mediaparser_core.export.wishes import signature
from mediaparser_core.names import fold, split_name
from mediaparser_core.packing import Packing
from mediaparser_core.records import ExportItem, PlanItem, Receipt
from mediaparser_core.settings import Settings

_ITEM, _RECEIPT = Packing(ExportItem), Packing(Receipt)


def plan(
    items: Iterable[ExportItem],
    receipts: Iterable[Receipt],
    name_of: targets.NameOf,
    *,
    settings: Settings,
    withdrawn: Iterable[Receipt] = (),
    taken: Collection[str] = (),
    lost: Collection[str] = (),
    turns: MakeTurns = InMemory,
) -> Iterator[PlanItem]:
    """What must be done, in the order in which it can be done, for *receipts* to become *items*; ``keep`` included.

    Of *items* each is another asset, and those of a bundle all say whose stem they share. *receipts* are our copies that
    are in the export now, *withdrawn* those that once were (a name given once is given again), *taken* the targets of
    copies that stay where they are whatever happens, *lost* the targets (or sidecars) that are no longer there. *name_of*
    answers with a path that need not be clean, unique or end in the right extension. Raises :class:`PluginError` when it
    has no answer.
    """
    moving: list[PlanItem] = []
    with turns() as rows:

        def put(row: PlanItem) -> None:
            rows.add(("1" if row.item else "0", row.target, "", ""), pack(row))

        wishes = _wishes(items, receipts, withdrawn, turns, lambda old: put(_withdrawal(old, "no longer wanted")))
        for wish, target in _named(_units(wishes, name_of, turns), taken):
            row, surplus = _row(wish.item, target, wish.live, settings, lost)
            put(row)
            for receipt in surplus:
                put(_withdrawal(receipt, "a second copy"))
            if row.previous and row.previous != row.target:
                moving.append(row)
        yield from _in_order(map(unpack, rows), moving)


def pack(row: PlanItem) -> bytes:
    """*row* as bytes, for this process alone."""
    item = _ITEM.pack(row.item) if row.item else None
    receipt = _RECEIPT.pack(row.receipt) if row.receipt else None
    return marshal.dumps((row.action, row.sha256, row.target, row.previous, row.reason, item, row.signature, receipt))


def unpack(told: bytes) -> PlanItem:
    """What :func:`pack` was given."""
    values: list[Any] = list(marshal.loads(told))  # noqa: S302 - this process wrote them, and nobody else sees them
    values[5] = _ITEM.unpack(values[5]) if values[5] else None
    values[7] = _RECEIPT.unpack(values[7]) if values[7] else None
    return PlanItem(*values)


class _Wish(NamedTuple):
    """An item with the receipts of its copies: those that are there, the oldest first; those that were, the newest first."""

    item: ExportItem
    live: Sequence[Receipt]
    given: Sequence[Receipt]

    def told(self) -> tuple[Any, ...]:
        live, given = (list(map(_RECEIPT.values, receipts)) for receipts in (self.live, self.given))
        return _ITEM.values(self.item), live, given

    @classmethod
    def of(cls, told: Sequence[Any]) -> _Wish:
        item, live, given = told
        return cls(ExportItem(*item), [Receipt(*each) for each in live], [Receipt(*each) for each in given])


def _wishes(
    items: Iterable[ExportItem],
    receipts: Iterable[Receipt],
    withdrawn: Iterable[Receipt],
    turns: MakeTurns,
    unwanted: Callable[[Receipt], object],
) -> Iterator[_Wish]:
    """Each of *items* with its receipts; *unwanted* is told of receipts that are no item's."""
    with turns() as assets:
        any_receipts = False
        for kind, some in (("live", receipts), ("once", withdrawn)):
            for receipt in some:
                any_receipts = True
                told = marshal.dumps((kind, _RECEIPT.values(receipt)))
                assets.add((receipt.sha256, kind, receipt.at, receipt.target), told)
        if not any_receipts:  # the first export of all
            yield from (_Wish(item, (), ()) for item in items)
            return
        for item in items:
            assets.add((item.sha256, "item", "", ""), marshal.dumps(("item", _ITEM.values(item))))
        for _, group in groupby(map(marshal.loads, assets), key=lambda told: told[1][0]):
            held: dict[str, list[Any]] = {"item": [], "live": [], "once": []}
            for kind, values in group:
                held[kind].append(ExportItem(*values) if kind == "item" else Receipt(*values))
            if held["item"]:
                yield _Wish(held["item"][-1], held["live"], held["once"][::-1])
            else:
                for receipt in held["live"]:
                    unwanted(receipt)


def _units(
    wishes: Iterable[_Wish], name_of: targets.NameOf, turns: MakeTurns
) -> Iterator[tuple[targets.Unit, list[_Wish]]]:
    """The units of all *wishes*, folder by folder, in the order in which they are given names."""
    with turns() as units, turns() as bundled:
        for wish in wishes:
            if wish.item.stem_of is None:
                _put_unit(units, wish.item.sha256, [wish], name_of)
            else:
                bundled.add((wish.item.stem_of, wish.item.sha256, "", ""), marshal.dumps(wish.told()))
        members = (_Wish.of(marshal.loads(told)) for told in bundled)  # noqa: S302 - this process wrote them
        for leader, group in groupby(members, key=lambda wish: str(wish.item.stem_of)):
            _put_unit(units, leader, list(group), name_of)
        for told in units:
            key, stem, of_unit = marshal.loads(told)  # noqa: S302 - this process wrote them
            some = [_Wish.of(each) for each in of_unit]
            yield targets.Unit(key, stem, tuple(wish.item for wish in some)), some


def _put_unit(units: Turns, leader: str, wishes: Sequence[_Wish], name_of: targets.NameOf) -> None:
    unit = targets.unit_of(leader, (wish.item for wish in wishes), name_of)
    units.add((unit.folder, *unit.key), marshal.dumps((unit.key, unit.stem, [wish.told() for wish in wishes])))


def _named(units: Iterable[tuple[targets.Unit, list[_Wish]]], taken: Collection[str]) -> Iterator[tuple[_Wish, str]]:
    """Each wish with the target of its item."""
    taken_in: dict[str, list[str]] = {}
    for target in taken:
        taken_in.setdefault(targets.folder_of(fold(split_name(target)[0])), []).append(target)
    for folder, group in groupby(units, key=lambda each: each[0].folder):
        some = list(group)
        wishes = [wish for _, members in some for wish in members]
        live = {wish.item.sha256: wish.live for wish in wishes if wish.live}
        given = {wish.item.sha256: wish.given for wish in wishes if wish.given}
        names = targets.give_units([unit for unit, _ in some], live, given, taken_in.get(folder, ()))
        yield from ((wish, names[wish.item.sha256]) for wish in wishes)


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


def _in_order(rows: Iterable[PlanItem], moving: Iterable[PlanItem]) -> Iterator[PlanItem]:
    """*rows* such that a name is free before it is given again; *moving* are those of them whose copies have another one.

    After the clock of a camera was put right, each picture may want the name of the next. Where names go round in a
    circle, one copy is withdrawn first and made anew at its turn.
    """
    holders = {fold(row.previous or ""): row for row in sorted(moving, key=lambda row: row.target)}
    done: set[str] = set()
    for row in rows:
        if row.item is None:
            yield row
            continue
        waiting: list[PlanItem] = []
        on_chain: set[str] = set()
        following: PlanItem | None = row
        while following and following.sha256 not in done:
            if following.sha256 in on_chain:
                receipt = following.receipt
                if receipt:
                    yield _withdrawal(receipt, "makes room: names go round in a circle")
                fresh = replace(following, action="copy", previous=None, receipt=None, reason="made anew")
                waiting = [fresh if each.sha256 == following.sha256 else each for each in waiting]
                break
            waiting.append(following)
            on_chain.add(following.sha256)
            holder = holders.get(fold(following.target)) if holders else None
            following = holder if holder and holder.sha256 != following.sha256 else None
        yield from reversed(waiting)
        if holders:
            done |= on_chain
