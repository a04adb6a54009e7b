"""Full-text search over names, folders, tags, cameras, places, titles and dates."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from mediaparser_core.catalog.partly import chosen
from mediaparser_core.catalog.rows import select

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

COLUMNS = ("names", "folders", "tags", "camera", "place", "words", "date")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 12
_MANY = 1000  # new rows after which the index is merged into one piece, for fast questions
_LONGEST = 4000  # characters of a column: a picture that lies in a thousand folders is found by the first of them

_MONTH = " ".join(f"when '{number:02d}' then '{name}'" for number, name in enumerate(_MONTHS, 1))
_WANTED = f"""
create temp table wanted_search as select a.sha256,
    substr(coalesce((select group_concat(name, ' ') from (select distinct f.name from files f where f.sha256 = a.sha256
        and f.state in ('present', 'missing') order by f.path_bytes limit 20)), ''), 1, {_LONGEST}) as names,
    substr(coalesce((select group_concat(substr(path, 1, length(path) - length(name)), ' ') from (select f.path, f.name from
        files f where f.sha256 = a.sha256 and f.state in ('present', 'missing') order by f.path_bytes limit 10)), ''), 1,
        {_LONGEST}) as folders,
    substr(coalesce((select group_concat(tag, ' ') from (select tag from tags t where t.sha256 = a.sha256 order by tag
        limit 200)), ''), 1, {_LONGEST}) as tags,
    trim(coalesce(a.make, '') || ' ' || coalesce(a.model, '')) as camera,
    coalesce((select group_concat(value, ' ') from (select distinct n.value from notes n where n.sha256 = a.sha256
        and n.key in ('place', 'location', 'city', 'state', 'country') order by n.key)), '') as place,
    substr(coalesce((select group_concat(value, ' ') from (select distinct n.value from notes n where n.sha256 = a.sha256
        and n.key in ('title', 'description', 'takeout_album') order by n.key)), ''), 1, {_LONGEST}) as words,
    coalesce(substr(d.taken_at, 1, 10) || ' ' || substr(d.taken_at, 1, 4)
        || case substr(d.taken_at, 6, 2) {_MONTH.replace("then '", "then ' ")} else '' end, '') as date
from assets a {{}} left join dates d on d.sha256 = a.sha256
"""


class Search:
    """Keeps the ``search`` table like the tables it is made from, and asks it."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._conn = catalog, catalog.db.conn

    def refresh(self, only: Collection[str] | None = None) -> int:
        """Make the index agree with files, tags, dates and notes, of all assets or *only* some: only rows that differ
        are written; how many."""
        if only is None:
            return self._refresh("", "")
        with chosen(self._conn, only) as some:
            return self._refresh(f"join {some} c on c.sha256 = a.sha256", f"join {some} c on c.sha256 = s.sha256")

    def _refresh(self, some_assets: str, some_rows: str) -> int:
        names = ", ".join(COLUMNS)
        same = " and ".join(f"s.{column} = w.{column}" for column in COLUMNS)
        with self._catalog.transaction() as conn:
            for table in ("wanted_search", "stale_search"):
                conn.execute(f"drop table if exists temp.{table}")
            conn.execute(_WANTED.format(some_assets))
            conn.execute("create unique index temp.wanted_search_sha256 on wanted_search (sha256)")
            conn.execute(
                f"create temp table stale_search as select s.id from search s {some_rows} "
                f"left join temp.wanted_search w on w.sha256 = s.sha256 where w.sha256 is null or not ({same})"
            )
            stale = "id in (select id from temp.stale_search)"
            conn.execute(
                f"insert into search_fts (search_fts, rowid, {names}) select 'delete', id, {names} from search where {stale}"
            )
            gone = conn.execute(f"delete from search where {stale}").rowcount
            top = conn.execute("select coalesce(max(id), 0) from search").fetchone()[0]
            new = conn.execute(
                f"insert into search (id, sha256, {names}) select ? + row_number() over (order by sha256), sha256, {names} "
                "from temp.wanted_search w where not exists (select 1 from search s where s.sha256 = w.sha256) order by sha256",
                (top,),
            ).rowcount
            conn.execute(
                f"insert into search_fts (rowid, {names}) select id, {names} from search where id > ? order by id",
                (top,),
            )
            if new > _MANY:
                conn.execute("insert into search_fts (search_fts) values ('optimize')")
            for table in ("wanted_search", "stale_search"):
                conn.execute(f"drop table temp.{table}")
            return int(max(gone, new))

    def find(self, text: str, limit: int = 200, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
        """Rows of ``library`` that have all words of *text* (the last one may be a beginning), best first; and how many
        there are, counted up to 10,000."""
        query = match(text)
        if query is None:
            return [], 0
        numbers = self._conn.execute(
            "select s.sha256 from search_fts f join search s on s.id = f.rowid where search_fts match ? "
            "order by f.rank, s.sha256 limit ? offset ?",
            (query, limit, offset),
        ).fetchall()
        total = self._conn.execute(
            "select count(*) from (select 1 from search_fts where search_fts match ? limit 10001)", (query,)
        ).fetchone()[0]
        marks = ", ".join("?" * len(numbers))
        wanted = [sha for (sha,) in numbers]
        rows = {
            row["sha256"]: row for row in select(self._conn, f"select * from library where sha256 in ({marks})", wanted)
        }
        return [rows[sha] for sha in wanted if sha in rows], int(total)


def match(text: str) -> str | None:
    """What a person typed as an FTS5 query: quoted words, none of them an operator; ``None`` when there is no word."""
    words = _WORD.findall(text)[:_MOST_WORDS]
    if not words:
        return None
    quoted = [f'"{word}"' for word in words]
    if not text.endswith((" ", '"')):
        quoted[-1] += "*"
    return " ".join(quoted)
