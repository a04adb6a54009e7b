"""What the tag, trouble and decision pages ask of the two databases; nothing here writes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mediaparser_core.catalog.rows import BELOW, below, select
from mediaparser_core.catalog.search import match

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

_AT_ONCE = 500  # SQLite takes 999 values in a statement where it was built long ago
_ALL = (
    "from _dates d cross join _standings s on s.content = d.content cross join contents n on n.id = d.content "
    "where s.kept = 1 and d.taken_at is not null"
)
_LAST = "\U0010ffff"  # behind everything that begins like it


@dataclass(frozen=True, slots=True)
class Choice:
    """Which pictures: those for which everything given is true. ``folder`` has its folders below, ``month`` may be a year
    or a day, ``words`` are looked for, ``assets`` were picked one by one."""

    folder: str = ""
    month: str = ""
    tag: str = ""
    words: str = ""
    assets: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.folder or self.month or self.tag or self.words or self.assets)


class ReviewLists:
    """Choices of pictures and their tags, troubles by reason, decisions by number."""

    def __init__(self, catalog: Catalog) -> None:
        self._conn = catalog.db.conn
        self._decisions = None if catalog._decisions is None else catalog._decisions.conn

    # -- choosing pictures

    def chosen(self, choice: Choice, after: tuple[str, str] | None, limit: int) -> list[tuple[str, str]]:
        """``(moment, sha256)`` of chosen pictures that stay in the library, the newest first, beyond *after*; of all
        pictures only the dated ones."""
        where, values = _where(choice)
        moment = "coalesce(d.taken_at, '')"
        if choice.is_empty:  # straight along the index, whatever the planner thinks of a million rows
            moment, where = "d.taken_at", _ALL
        elif choice.month:
            moment = "d.taken_at"
        if after is not None:
            where += f" and ({moment}, n.sha256) < (?, ?)"
            values = [*values, *after]
        return self._conn.execute(
            f"select {moment}, n.sha256 {where} order by {moment} desc, n.sha256 desc limit ?", (*values, limit)
        ).fetchall()

    def tags_of(self, assets: Sequence[str], limit: int) -> list[tuple[str, int]]:
        """Tags of *assets* with how many have them, the most frequent first."""
        counts: Counter[str] = Counter()
        for start in range(0, len(assets), _AT_ONCE):
            batch = assets[start : start + _AT_ONCE]
            rows = self._conn.execute(f"select tag from tags where sha256 in ({', '.join('?' * len(batch))})", batch)
            counts.update(tag for (tag,) in rows)
        return sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:limit]

    def tags_like(self, beginning: str, limit: int) -> list[tuple[str, int]]:
        """Tags in use that have a word that begins so, whatever the case, the most frequent first."""
        escaped = beginning.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return self._conn.execute(
            "select tag, pictures from tag_counts where tag like ?1 escape '\\' or tag like ?2 escape '\\' "
            "order by tag like ?1 escape '\\' desc, pictures desc, tag limit ?3",
            (f"{escaped}%", f"% {escaped}%", limit),
        ).fetchall()

    def tagged(self, assets: Sequence[str], tag: str) -> set[str]:
        """Those of *assets* that have *tag*, as far as was derived."""
        found: set[str] = set()
        for start in range(0, len(assets), _AT_ONCE):
            batch = assets[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(batch))
            found |= {
                sha
                for (sha,) in self._conn.execute(
                    f"select sha256 from tags where sha256 in ({marks}) and tag = ?", (*batch, tag)
                )
            }
        return found

    def tags_by_asset(self, assets: Sequence[str]) -> dict[str, list[str]]:
        """The tags of each of *assets*, as far as was derived."""
        found: dict[str, list[str]] = {sha: [] for sha in assets}
        for start in range(0, len(assets), _AT_ONCE):
            batch = assets[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(batch))
            for sha, tag in self._conn.execute(
                f"select sha256, tag from tags where sha256 in ({marks}) order by sha256, tag", batch
            ):
                found[sha].append(tag)
        return found

    # -- troubles

    def troubles(self, limit: int) -> list[dict[str, Any]]:
        """Troubles of files that are still there, by probe and message: ``files`` and one ``path``, the most first."""
        return select(
            self._conn,
            "select t.probe, t.message, count(distinct t.file_id) as files, min(f.path) as path, max(t.at) as at, "
            "max(f.state = 'troubled') as lost, max(f.kind = 'sidecar') as beside from troubles t "
            "join files f on f.id = t.file_id where f.state <> 'missing' group by t.probe, t.message order by 3 desc, 1, 2 limit ?",
            (limit,),
        )

    def troubled_files(self, probe: str, message: str, after: int, limit: int) -> list[dict[str, Any]]:
        """Files with this trouble, by number beyond *after*."""
        return select(
            self._conn,
            "select f.id, f.path, f.name, f.sha256, f.size, f.state, exists (select 1 from assets a where a.sha256 = f.sha256) "
            "as shown from troubles t join files f on f.id = t.file_id "
            "where t.probe = ? and t.message = ? and f.state <> 'missing' and f.id > ? group by f.id order by f.id limit ?",
            (probe, message, after, limit),
        )

    # -- decisions

    def decisions(self, before: int | None, limit: int, verb: str = "", actor: str = "") -> list[dict[str, Any]]:
        """Decisions with numbers below *before*, the latest first; ``subject`` is JSON as it was stored."""
        if self._decisions is None:
            return []
        return select(
            self._decisions,
            "select id, request_id, verb, subject, value, actor, at, undoes from decisions where id < ? "
            "and (?2 = '' or verb = ?2) and (?3 = '' or actor = ?3) order by id desc limit ?4",
            (before if before is not None else 1 << 62, verb, actor, limit),
        )

    def taken_back(self) -> dict[str, int]:
        """By the name of a decision that does not stand: the number of the undo that took it back."""
        if self._decisions is None:
            return {}
        found: dict[str, int] = {}
        # an undo that was taken back itself counts for nothing; what takes it back comes after it
        for name, number, undoes in self._decisions.execute(
            "select request_id, id, undoes from decisions where verb = 'undo' order by id desc"
        ):
            if name not in found:
                found.setdefault(undoes, number)
        return found

    def number_of(self, request_id: str) -> int | None:
        """The number of the decision with this name."""
        if self._decisions is None:
            return None
        row = self._decisions.execute("select id from decisions where request_id = ?", (request_id,)).fetchone()
        return int(row[0]) if row else None

    def actors(self) -> list[str]:
        """Everybody who ever decided anything."""
        if self._decisions is None:
            return []
        return [
            actor for (actor,) in self._decisions.execute("select distinct actor from decisions order by 1 limit 50")
        ]


def _where(choice: Choice) -> tuple[str, list[object]]:
    """``from … where …`` over standings ``s`` and dates ``d``."""
    parts = ["s.kept = 1"]
    values: list[object] = []
    if choice.folder:
        folder = os.fsencode(choice.folder.rstrip("/"))
        parts.append(f"s.content in (select content from _files where {BELOW} and content > 0)")
        values += below(folder)
    if choice.month:
        parts.append("d.taken_at >= ? and d.taken_at < ?")
        values += [choice.month, choice.month + _LAST]
    if choice.tag:
        parts.append("s.content in (select g.content from _tags g join words w on w.id = g.tag where w.word = ?)")
        values.append(choice.tag)
    if choice.words:
        parts.append("s.content in (select f.rowid from search_fts f where search_fts match ?)")
        values.append(match(choice.words) or '""')
    if choice.assets:
        parts.append(f"n.sha256 in ({', '.join('?' * len(choice.assets))})")
        values += choice.assets
    return (
        "from _standings s join contents n on n.id = s.content left join _dates d on d.content = s.content "
        f"where {' and '.join(parts)}",
        values,
    )
