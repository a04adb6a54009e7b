"""The same tables in less room: numbers where people read text, views under the names they had."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mediaparser_core import compact_tables, smaller_tables
from mediaparser_core.compact import NUMBERED, Compact, packed
from mediaparser_core.schema.steps import catalog, run
from mediaparser_core.shorter import OFTEN, moment, written

if TYPE_CHECKING:
    from sqlite_utils import Database


# From here on a table keeps numbers where people read a SHA-256 or a word that is said often: compact.py.
@catalog()
def m015_compact(db: Database) -> None:
    for view in ("library", "ledger", "own_copies", "live_receipts"):
        db.execute(f"drop view {view}")
    run(db, NUMBERED)
    # in the order of SHA-256, in which most questions go through them
    run(db, "insert into contents (sha256) select sha256 from assets order by sha256")
    files = Compact("files", compact_tables.FILES)
    _copy(db, files)
    for name, (columns, indexes) in compact_tables.COMPACT.items():
        _compact(db, name, columns, indexes)
    run(db, compact_tables.REFERRING)
    _show(db, files, compact_tables.FILES_INDEXES)
    # made again from the rest
    run(db, "drop table search_fts\n--\ndelete from search")
    _compact(db, "search", compact_tables.SEARCH)
    run(db, compact_tables.SHOWN)


@catalog()
def m016_smaller(db: Database) -> None:
    small = {"files": (compact_tables.FILES, ""), **compact_tables.COMPACT}
    for view in ("library", "ledger", "own_copies", "live_receipts", "search", *small):
        db.execute(f"drop view {view}")
    for made in (packed, moment):
        db.conn.create_function(made.__name__, 1, made, deterministic=True)
    _renumber(db)
    made_anew = ("files", "claims", "fingerprints")
    for name, text in smaller_tables.TOGETHER.items():
        small[name] = (text, smaller_tables.NOTES_INDEX if name == "notes" else "")
        place = "row_number() over (partition by content order by rowid)"
        _again(db, Compact(name, text), {"place": place})
    for name, (text, indexes) in smaller_tables.TIMED.items():
        small[name] = (text, indexes)
        other = {column: f"moment({column})" for column in ("taken_utc", "at", "moment")}
        other["signature"] = "case typeof(signature) when 'text' then packed(signature) else signature end"
        other["written_sha256"] = (
            "case when written_sha256 <> content then (select hash from contents where id = written_sha256) end"
        )
        _again(db, Compact(name, text), other)
    for name, (text, indexes) in small.items():
        if name in smaller_tables.TOGETHER or name in smaller_tables.TIMED:
            run(db, indexes)
        if name not in made_anew:
            table = Compact(name, text, hashes="hash")
            for statement in (table.view, *table.triggers()):
                db.execute(statement)
    db.execute("alter table _fingerprints rename to _old_fingerprints")
    run(db, smaller_tables.FINGERPRINTS)
    run(db, smaller_tables.FINGERPRINTS_SHOWN)
    _say_once(db)
    run(db, smaller_tables.CLAIMS_SHOWN)
    run(db, "drop table search_fts\n--\nalter table _search rename to _old_search")
    run(db, smaller_tables.SEARCH)
    run(db, smaller_tables.SEARCH_AGAIN)
    _put_into_folders(db)
    _forget_copies(db, [Compact(name, text) for name, (text, _) in small.items() if name not in made_anew])
    for statement in smaller_tables.SHOWN:
        db.execute(statement)


def _renumber(db: Database) -> None:
    """The same numbers for the same SHA-256s, which are bytes from now on."""
    db.execute("alter table contents rename to old_contents")
    db.execute(smaller_tables.CONTENTS)
    db.execute("insert into contents (id, hash) select id, packed(sha256) from old_contents order by id")
    db.execute("drop table old_contents")
    db.execute(smaller_tables.CONTENTS_INDEX)


def _again(db: Database, table: Compact, other: dict[str, str]) -> None:
    """Make a compact *table* anew with the columns it had; of the *other* columns it has what is told."""
    names = [column.base for column in table.columns]
    db.execute(f"alter table _{table.name} rename to old_{table.name}")
    db.execute(table.table)
    values = ", ".join(other.get(name, name) for name in names)
    first = "content" if "content" in names else "rowid"
    db.execute(
        f"insert into _{table.name} ({', '.join(names)}) select {values} from old_{table.name} order by {first}, rowid"
    )
    db.execute(f"drop table old_{table.name}")


def _say_once(db: Database) -> None:
    """The same claims; each with its place among those of one content."""
    db.execute("alter table _claims rename to _old_claims")
    run(db, smaller_tables.CLAIMS)
    folders = "from _old_claims where source = (select id from words where word = 'folder') and raw <> ''"
    db.execute(f"insert or ignore into words (word) select distinct raw {folders} order by 1")
    often = dict(db.execute(f"select word, id from words where word in (select raw {folders})"))
    words = dict(db.execute("select id, word from words"))
    sayings: dict[tuple[int, ...], int] = {}

    def said() -> Iterator[tuple[object, ...]]:
        last = place = 0
        rows = db.execute(
            "select content, file_id, source, raw, value, utc_offset, precision, accepted, reason, origin, usable, remark, "
            "about from _old_claims order by content, id"
        )
        for (
            content,
            file_id,
            source,
            raw,
            value,
            offset,
            precision,
            accepted,
            reason,
            origin,
            usable,
            remark,
            about,
        ) in rows:
            last, place = content, place + 1 if content == last else 1
            way, kept = written(raw, value, words.get(offset), words[source] == "folder")
            saying = (source, offset or 0, precision or 0, origin, usable, remark or 0, way)
            number = sayings.setdefault(saying, len(sayings) + 1)
            if way == OFTEN:
                kept = often[raw]
            yield content, place, file_id, number, (reason or 0) * 2 + accepted, moment(value), kept, about

    marks = ", ".join("?" * 8)
    db.conn.executemany(f"insert into _claims values ({marks})", said())
    db.conn.executemany(
        f"insert into _sayings values ({marks})", ((number, *saying) for saying, number in sayings.items())
    )
    db.execute("drop table _old_claims")


def _put_into_folders(db: Database) -> None:
    """The same files, each under the number of its folder."""
    db.conn.create_function("folder_of", 1, lambda path: path[: path.rfind(b"/") + 1], deterministic=True)
    db.conn.create_function("base_of", 1, lambda path: path[path.rfind(b"/") + 1 :], deterministic=True)
    db.execute("alter table _files rename to old_files")
    run(db, smaller_tables.FILES)
    run(db, smaller_tables.FILES_AGAIN)
    run(db, compact_tables.REFERRING)  # what refers to files refers to these
    db.execute("drop table old_files")
    run(db, smaller_tables.FILES_INDEXES)
    run(db, smaller_tables.FILES_SHOWN)


def _forget_copies(db: Database, tables: Iterable[Compact]) -> None:
    """Drop the numbers of what only we wrote: receipts say it themselves now."""
    named = [f"select content from _{name}" for name in ("files", "claims", "fingerprints", "other_fingerprints")]
    named += [
        f"select {column.base} from _{table.name} where {column.base} is not null"
        for table in tables
        for column in table.columns
        if column.kind == "content"
    ]
    db.execute(f"delete from contents where id > 0 and id not in ({' union '.join(named)})")


_MATTERS = "content, folder, base, path, name, kind_number, state_number, probed, named, seen_job, echo"
_TOLD = (
    "select {0}.content, {0}.folder where {0}.content > 0 and exists (select 1 from stages where name = 'derive: rules') "
    "and not exists (select 1 from touched t where t.content = {0}.content and t.folder = {0}.folder)"
)


# Files that changed since everything derived was made, so that only what follows from them is made again. The rows are
# written by the database itself, in the transaction of the change, and taken away in that of the derive. As long as
# nothing is derived, everything is due anyway, and nobody takes notes; and that a picture is by another camera than it was
# is heard by so many that everything is due then.
@catalog()
def m017_touched(db: Database) -> None:
    run(
        db,
        """
create table touched (
    content integer not null, folder integer not null, primary key (content, folder)
) without rowid
--
create trigger camera_changes before insert on _assets when exists (select 1 from _assets a where a.content = new.content
    and not (a.make is new.make and a.model is new.model and a.serial is new.serial))
begin delete from stages where name = 'derive: rules'; end
""",
    )
    for name, event, rows in (
        ("come", "insert", ("new",)),
        ("change", f"update of {_MATTERS}", ("old", "new")),
        ("go", "delete", ("old",)),
    ):
        noted = " ".join(f"insert into touched (content, folder) {_TOLD.format(row)};" for row in rows)
        db.execute(f"create trigger files_{name} after {event} on _files begin {noted} end")


def _compact(db: Database, name: str, columns: str, indexes: str = "") -> None:
    """Put a view over a compact table in the place of the table *name*, with the same rows."""
    table = Compact(name, columns)
    _copy(db, table)
    _show(db, table, indexes)


def _copy(db: Database, table: Compact) -> None:
    db.conn.create_function("packed", 1, packed, deterministic=True)
    for statement in (*table.numbering(), table.table, table.copy):
        db.execute(statement)


def _show(db: Database, table: Compact, indexes: str) -> None:
    db.execute(f"drop table {table.name}")
    run(db, indexes)
    for statement in (table.view, *table.triggers()):
        db.execute(statement)
