"""Derived rows of some assets: what one more decision changes, read and written without touching the others."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from mediaparser_core.catalog.given import add_standings, add_tags
from mediaparser_core.compact import hex_shown
from mediaparser_core.records import Bundle, Group, Look, Match, Member
from mediaparser_core.smaller_tables import wrote

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

_DATE = (
    "content, taken_at, utc_offset, taken_utc, precision, source, rule, confidence, level, needs_review, reason, "
    "suggestion"
)


def _among(some: str) -> str:
    return f"select n.id from {some} s join contents n on n.sha256 = s.sha256"


@contextmanager
def chosen(conn: sqlite3.Connection, some: Iterable[str | int], column: str = "sha256 text") -> Iterator[str]:
    """A temporary table of one column, by its name, for a statement about *some* assets or numbers, however many."""
    name = f"temp.chosen_{uuid.uuid4().hex}"
    conn.execute(f"create table {name} ({column} primary key) without rowid")
    conn.executemany(f"insert or ignore into {name} values (?)", ((each,) for each in some))
    try:
        yield name
    finally:
        conn.execute(f"drop table {name}")


class Partly:
    """Reads and writes derived rows of the assets that are named."""

    def __init__(self, catalog: Catalog) -> None:
        self._conn = catalog.db.conn

    # -- what belongs together

    def things(self, assets: Collection[str]) -> set[str]:
        """*assets* and every picture and video that is in a bundle with one of them."""
        with chosen(self._conn, assets) as some:
            rows = self._conn.execute(
                f"select distinct o.sha256 from {some} c join bundles b on b.sha256 = c.sha256 and b.role <> 'sidecar' "
                "join bundles o on o.bundle_id = b.bundle_id and o.role <> 'sidecar'"
            )
            return {*assets, *(sha for (sha,) in rows)}

    def matched(self, assets: Collection[str]) -> list[tuple[str, str]]:
        """The two ends of every match, scenes aside, that one of *assets* has."""
        with chosen(self._conn, assets) as some:
            return list(
                self._conn.execute(
                    f"select m.a, m.b from {some} c join matches m on m.a = c.sha256 where m.kind <> 'scene' union "
                    f"select m.a, m.b from {some} c join matches m on m.b = c.sha256 where m.kind <> 'scene'"
                )
            )

    def grouped(self, assets: Collection[str]) -> set[str]:
        """The members of every group that one of *assets* is in."""
        with chosen(self._conn, assets) as some:
            rows = self._conn.execute(
                f"select distinct o.sha256 from {some} c join members m on m.sha256 = c.sha256 "
                "join members o on o.group_id = m.group_id"
            )
            return {sha for (sha,) in rows}

    def matches(self, assets: Collection[str]) -> list[Match]:
        """The matches among *assets*, sorted; whoever matches one of them must be one of them."""
        with chosen(self._conn, assets) as some:
            return [
                Match(*row)
                for row in self._conn.execute(
                    "select m.a, m.b, m.kind, m.distance, m.confidence, m.reason, m.lesser "
                    f"from {some} c join matches m on m.a = c.sha256 order by m.a, m.b, m.kind"
                )
            ]

    def bundles(self, assets: Collection[str]) -> list[Bundle]:
        """The bundles that *assets* are in."""
        found: dict[int, tuple[str, list[Member]]] = {}
        with chosen(self._conn, assets) as some:
            for number, rule, *member in self._conn.execute(
                "select b.bundle_id, b.rule, b.file_id, b.sha256, b.role from bundles b where b.bundle_id in "
                f"(select o.bundle_id from {some} c join bundles o on o.sha256 = c.sha256) order by b.bundle_id, b.rowid"
            ):
                found.setdefault(number, (rule or "", []))[1].append(Member(*member))
        return [Bundle(rule, tuple(members)) for rule, members in found.values()]

    # -- groups

    def groups(self) -> list[tuple[Group, bool]]:
        """Every group that is stored, with whether people have settled it."""
        members: dict[int, list[tuple[str, float, str]]] = {}
        for number, *row in self._conn.execute("select group_id, sha256, distance, note from members"):
            members.setdefault(number, []).append(tuple(row))
        found = []
        for number, kind, confidence, keeper, settled, reason in self._conn.execute(
            "select group_id, kind, confidence, keeper, settled, reason from groups order by group_id"
        ):
            # in the order in which they were made: the keeper, then by distance
            rows = sorted(members.get(number, []), key=lambda row: (row[0] != keeper, row[1], row[0]))
            names, distances, notes = zip(*rows, strict=True)
            found.append((Group(kind, names, distances, keeper, confidence, reason, notes), bool(settled)))
        return found

    def store_groups(self, before: Sequence[tuple[Group, bool]], now: Sequence[tuple[Group, bool]]) -> None:
        """Replace *before*, as they are stored, by *now*: only what differs is written."""
        for number, (old, new) in enumerate(zip_longest(before, now), 1):
            if old == new:
                continue
            self._conn.execute("delete from members where group_id = ?", (number,))
            self._conn.execute("delete from groups where group_id = ?", (number,))
            if new is not None:
                self.add_group(number, *new)

    def add_group(self, number: int, group: Group, settled: bool) -> None:
        self._conn.execute(
            "insert into groups (group_id, kind, confidence, keeper, settled, reason) values (?, ?, ?, ?, ?, ?)",
            (number, group.kind, group.confidence, group.keeper, settled, group.reason),
        )
        notes = group.notes or ("",) * len(group.members)
        self._conn.executemany(
            "insert into members (group_id, sha256, distance, note) values (?, ?, ?, ?)",
            (
                (number, sha, distance, note)
                for sha, distance, note in zip(group.members, group.distances, notes, strict=True)
            ),
        )

    def keepers(self, assets: Collection[str]) -> list[tuple[int, str, list[str]]]:
        """``(group_id, keeper, members)`` of the groups that *assets* are in."""
        found: dict[int, tuple[str, list[str]]] = {}
        with chosen(self._conn, assets) as some:
            for number, keeper, sha in self._conn.execute(
                "select m.group_id, g.keeper, m.sha256 from members m join groups g on g.group_id = m.group_id "
                f"where m.group_id in (select o.group_id from {some} c join members o on o.sha256 = c.sha256) order by 1, 3"
            ):
                found.setdefault(number, (keeper, []))[1].append(sha)
        return [(number, keeper, members) for number, (keeper, members) in found.items()]

    def carried(self, assets: Collection[str]) -> dict[str, list[str]]:
        """keeper → the other copies of its picture, for the keepers among *assets* and those that lend one something."""
        found: dict[str, list[str]] = {}
        with chosen(self._conn, assets) as some:
            for keeper, other in self._conn.execute(
                f"select sha256, said_by from carried where sha256 in (select sha256 from {some}) or said_by in "
                f"(select sha256 from {some}) order by sha256, said_by"
            ):
                found.setdefault(keeper, []).append(other)
        return found

    def copied_places(self) -> list[tuple[Any, ...]]:
        """The positions that keepers were given by their copies."""
        return self._conn.execute(
            "select sha256, latitude, longitude, source from places where origin = 'copy' order by 1, 2, 3, 4"
        ).fetchall()

    # -- dates and witnesses

    def keep_own_dates(self, assets: Collection[str]) -> None:
        """Note the dates that *assets* have now as those of their own evidence, where none is noted yet."""
        with chosen(self._conn, assets) as some:
            self._conn.execute(
                f"insert or ignore into _own_dates ({_DATE}) select {_DATE} from _dates where content in ({_among(some)})"
            )

    def forget_own_dates(self, assets: Collection[str] | None = None) -> None:
        """Forget them, all or those of *assets*."""
        if assets is None:
            self._conn.execute("delete from _own_dates")
        else:
            self._conn.executemany("delete from own_dates where sha256 = ?", ((sha,) for sha in assets))

    def with_own_date(self, assets: Collection[str]) -> set[str]:
        """Those of *assets* in whose date others had a say."""
        with chosen(self._conn, assets) as some:
            rows = self._conn.execute(f"select o.sha256 from {some} c join own_dates o on o.sha256 = c.sha256")
            return {sha for (sha,) in rows}

    def own_looks(self, looks: Sequence[Look]) -> list[Look]:
        """*looks* with the dates of their own evidence."""
        with chosen(self._conn, (look.sha256 for look in looks)) as some:
            rows = self._conn.execute(
                f"select sha256, taken_at, precision from own_dates where sha256 in (select sha256 from {some})"
            )
            own = {sha: (taken_at, precision) for sha, taken_at, precision in rows}
        return [
            replace(look, taken_at=own[look.sha256][0], precision=own[look.sha256][1]) if look.sha256 in own else look
            for look in looks
        ]

    def back_to_own_dates(self) -> None:
        """Give everybody the date of its own evidence again; what they had is kept for :meth:`as_before`."""
        self._conn.execute("drop table if exists temp.had_dates")
        self._conn.execute(
            f"create temp table had_dates as select {_DATE} from _dates where content in (select content from _own_dates)"
        )
        self._conn.execute(f"insert or replace into _dates ({_DATE}) select {_DATE} from _own_dates")
        self._conn.execute("delete from _own_dates")

    def as_before(self, except_for: Collection[str]) -> None:
        """Give everybody of :meth:`back_to_own_dates` the date that it had, but not those of *except_for*."""
        with chosen(self._conn, except_for) as some:
            self._conn.execute(
                f"insert or replace into _dates ({_DATE}) select {_DATE} from temp.had_dates "
                f"where content not in ({_among(some)})"
            )
        self._conn.execute("drop table temp.had_dates")

    def forget_readings(self, assets: Iterable[str]) -> None:
        self._conn.executemany("delete from readings where sha256 = ?", ((sha,) for sha in assets))

    def spoken_of(self, assets: Collection[str]) -> set[str]:
        """Those of *assets* of which anything but a map of their own place speaks."""
        with chosen(self._conn, assets) as some:
            rows = self._conn.execute(
                f"select distinct w.sha256 from {some} c join witnesses w on w.sha256 = c.sha256 where w.kind <> 'zone'"
            )
            return {sha for (sha,) in rows}

    def with_reading(self, assets: Collection[str]) -> set[str]:
        """Those of *assets* whose camera's clock showed something."""
        with chosen(self._conn, assets) as some:
            return {
                sha
                for (sha,) in self._conn.execute(
                    f"select r.sha256 from {some} c join readings r on r.sha256 = c.sha256"
                )
            }

    # -- standings and tags

    def present(self, assets: Collection[str]) -> list[str]:
        """Those of *assets* that are there, sorted."""
        with chosen(self._conn, assets) as some:
            rows = self._conn.execute(f"select a.sha256 from {some} c join assets a on a.sha256 = c.sha256 order by 1")
            return [sha for (sha,) in rows]

    def beside(self, assets: Collection[str]) -> set[str]:
        """*assets*, what is in a bundle or a group with one of them, and the copies that we made of one of them: of all
        these it may be said where one of *assets* lies."""
        with chosen(self._conn, assets) as some:
            rows = self._conn.execute(
                f"select distinct w.sha256 from {some} c join contents n on n.sha256 = c.sha256 "
                "join _receipts r on r.content = n.id and r.written_sha256 is not null "
                f"join contents w on w.sha256 = {hex_shown('r.written_sha256')} join _assets a on a.content = w.id"
            )
            return {*(sha for (sha,) in rows), *self.things(assets), *self.grouped(assets)}

    def exported_hashes(self, assets: Collection[str]) -> dict[str, str]:
        """Those of *assets* that are copies which we wrote → the asset it shows."""
        with chosen(self._conn, assets) as some:
            return dict(
                self._conn.execute(
                    f"select w.sha256, n.sha256 from {some} c join contents w on w.sha256 = c.sha256 "
                    f"join _receipts r on {wrote('r', 'w')} join contents n on n.id = r.content order by r.id"
                )
            )

    def store_tags(self, tags: Mapping[str, Mapping[str, str]]) -> None:
        """Replace the tags of some assets."""
        self._conn.executemany(
            "delete from _tags where content = (select id from contents where sha256 = ?)", ((sha,) for sha in tags)
        )
        add_tags(self._conn, tags.items())

    def store_standings(self, rows: Iterable[tuple[str, bool, bool, str | None, str | None]]) -> None:
        add_standings(self._conn, rows)

    def tags(self, assets: Collection[str]) -> dict[str, dict[str, str]]:
        """asset → tag → source, as they are stored."""
        found: dict[str, dict[str, str]] = {}
        with chosen(self._conn, assets) as some:
            for sha, tag, source in self._conn.execute(
                f"select sha256, tag, source from tags where sha256 in (select sha256 from {some})"
            ):
                found.setdefault(sha, {})[tag] = source
        return found
