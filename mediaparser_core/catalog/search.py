"""Full-text search over names, folders, tags, cameras, places, titles and dates."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from mediaparser_core.catalog.partly import chosen
from mediaparser_core.catalog.rows import NAME, PATH, PATH_BYTES, select

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
_TERM = re.compile(r"[^\W_]+")
_MOST_WORDS = 12
_MANY = 1000  # new rows after which the index is merged into one piece, for fast questions
_WORDS = ("folders", "camera", "date")  # said often: the table has their numbers
_WORD = "(select word from words where id = {})"
_LONGEST = 4000  # characters of a column: a picture that lies in a thousand folders is found by the first of them

_MONTH = " ".join(f"when '{number:02d}' then '{name}'" for number, name in enumerate(_MONTHS, 1))
_WANTED = f"""
create temp table wanted_search as select a.content,
    substr(coalesce((select group_concat(name, ' ') from (select distinct {NAME} as name from _files f where f.content = a.content
        and f.state_number in (0, 1) order by {PATH_BYTES} limit 20)), ''), 1, {_LONGEST}) as names,
    substr(coalesce((select group_concat(substr(path, 1, length(path) - length(name)), ' ') from (select {PATH} as path,
        {NAME} as name from _files f where f.content = a.content and f.state_number in (0, 1) order by {PATH_BYTES}
        limit 10)), ''), 1, {_LONGEST}) as folders,
    substr(coalesce((select group_concat(word, ' ') from (select w.word from _tags t join words w on w.id = t.tag
        where t.content = a.content order by w.word limit 200)), ''), 1, {_LONGEST}) as tags,
    trim(coalesce((select word from words where id = a.make), '') || ' ' || coalesce((select word from words where id = a.model), ''))
        as camera,
    coalesce((select group_concat(value, ' ') from (select distinct n.value from _notes n join words k on k.id = n.key
        where n.content = a.content and k.word in ('place', 'location', 'city', 'state', 'country') order by k.word)), '') as place,
    substr(coalesce((select group_concat(value, ' ') from (select distinct n.value from _notes n join words k on k.id = n.key
        where n.content = a.content and k.word in ('title', 'description', 'takeout_album') order by k.word)), ''), 1, {_LONGEST})
        as words,
    coalesce(substr(d.taken_at, 1, 10) || ' ' || substr(d.taken_at, 1, 4)
        || case substr(d.taken_at, 6, 2) {_MONTH.replace("then '", "then ' ")} else '' end, '') as date
from _assets a {{}} left join _dates d on d.content = a.content
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
            return self._refresh(
                f"join contents n on n.id = a.content join {some} c on c.sha256 = n.sha256",
                f"join contents n on n.id = s.id join {some} c on c.sha256 = n.sha256",
            )

    def _refresh(self, some_assets: str, some_rows: str) -> int:
        names = ", ".join(COLUMNS)
        kept = [_WORD.format(f"s.{name}") if name in _WORDS else f"s.{name}" for name in COLUMNS]
        same = " and ".join(f"{was} = w.{column}" for was, column in zip(kept, COLUMNS, strict=True))
        given = [f"(select id from words where word = w.{name})" if name in _WORDS else f"w.{name}" for name in COLUMNS]
        new_rows = "from temp.wanted_search w where not exists (select 1 from _search s where s.id = w.content)"
        said = " union ".join(f"select {name} as said {new_rows}" for name in _WORDS)
        with self._catalog.transaction() as conn:
            for table in ("wanted_search", "stale_search", "new_search"):
                conn.execute(f"drop table if exists temp.{table}")
            conn.execute(_WANTED.format(some_assets))
            conn.execute("create unique index temp.wanted_search_content on wanted_search (content)")
            conn.execute(
                f"create temp table stale_search as select s.id from _search s {some_rows} "
                f"left join temp.wanted_search w on w.content = s.id where w.content is null or not ({same})"
            )
            stale = "id in (select id from temp.stale_search)"
            conn.execute(
                f"insert into search_fts (search_fts, rowid, {names}) select 'delete', id, {names} from search where {stale}"
            )
            gone = conn.execute(f"delete from _search where {stale}").rowcount
            conn.execute(f"create temp table new_search as select w.content as id {new_rows}")
            conn.execute(
                f"insert into words (word) select said from ({said}) where not exists (select 1 from words where word = said)"
            )
            new = conn.execute(
                f"insert into _search (id, {names}) select content, {', '.join(given)} {new_rows} order by content"
            ).rowcount
            conn.execute(
                f"insert into search_fts (rowid, {names}) select id, {names} from search "
                "where id in (select id from temp.new_search) order by id"
            )
            if new > _MANY:
                conn.execute("insert into search_fts (search_fts) values ('optimize')")
            for table in ("wanted_search", "stale_search", "new_search"):
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
    words = _TERM.findall(text)[:_MOST_WORDS]
    if not words:
        return None
    quoted = [f'"{word}"' for word in words]
    if not text.endswith((" ", '"')):
        quoted[-1] += "*"
    return " ".join(quoted)
