"""Tables, triggers and views of the two databases, as numbered migrations that are never edited after a release.

``catalog.db`` holds what was seen, found, derived and done, and can be built again from the inputs; ``decisions.db``
holds what people decided, append-only. The columns named in docs/schema.md are public.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mediaparser_core import compact_tables, smaller_tables
from mediaparser_core.compact import NUMBERED, Compact, packed
from mediaparser_core.errors import CatalogTooNew
from mediaparser_core.ladder import Ladder, Opened
from mediaparser_core.shorter import OFTEN, moment, written

if TYPE_CHECKING:
    from sqlite_utils import Database

catalog = Ladder("mediaparser_catalog")
decisions = Ladder("mediaparser_decisions")


def _taken(db: Opened, migrations: Ladder) -> set[str]:
    """The names of the migrations that *db* has, also of those that only a newer program knows."""
    exists = "select 1 from sqlite_master where type = 'table' and name = '_sqlite_migrations'"
    if db.conn.execute(exists).fetchone() is None:
        return set()
    rows = db.conn.execute("select name from _sqlite_migrations where migration_set = ?", (migrations.name,))
    return {name for (name,) in rows}


def check(db: Opened, migrations: Ladder, where: str) -> None:
    """Raises :class:`CatalogTooNew` when *db* has migrations this version does not know."""
    if strangers := sorted(_taken(db, migrations) - set(migrations.names)):
        raise CatalogTooNew(
            f"{where} was written by a newer version of MediaParser (it has '{strangers[-1]}'); "
            "install that version to use it"
        )


def is_current(db: Opened, migrations: Ladder) -> bool:
    """Whether nothing is left to migrate."""
    return _taken(db, migrations) >= set(migrations.names)


def migrate(db: Opened, migrations: Ladder, where: str) -> None:
    """Bring *db* up to date, or raise :class:`CatalogTooNew`."""
    check(db, migrations, where)
    migrations.apply(db)


def _run(db: Database, script: str) -> None:
    """Statements separated by a line of their own ``--``; ``executescript`` would commit the migration's transaction."""
    for statement in script.split("\n--\n"):
        if statement.strip():
            db.execute(statement)


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
    _run(db, indexes)
    for statement in (table.view, *table.triggers()):
        db.execute(statement)


@catalog()
def m001_seen(db: Database) -> None:
    _run(
        db,
        """
create table roots (
    id integer primary key, path_bytes blob not null unique, path text not null, device integer,
    files integer, bytes integer, scanned_at text
)
--
create table files (
    id integer primary key, root text not null, path_bytes blob not null unique, path text not null, name text not null,
    size integer not null, mtime_ns integer not null, ctime_ns integer not null, inode integer not null,
    device integer not null, sha256 text, kind text, state text not null
        check (state in ('present', 'missing', 'skipped', 'troubled')),
    reason text, probed text, named text, seen_job integer, echo integer not null default 0
)
--
create index files_sha256 on files (sha256)
--
create index files_inode on files (inode, size)
--
create index files_state on files (state)
""",
    )


@catalog()
def m002_found(db: Database) -> None:
    _run(
        db,
        """
create table assets (
    sha256 text primary key, image_sha256 text, kind text not null check (kind in ('image', 'video')), format text not null,
    size integer not null, width integer, height integer, duration real, orientation integer,
    make text, model text, serial text, latitude real, longitude real, content_id text
) without rowid
--
create index assets_image on assets (image_sha256)
--
create table sidecars (sha256 text primary key, format text not null, size integer not null) without rowid
--
create table claims (
    id integer primary key, sha256 text not null, file_id integer references files (id), source text not null, raw text,
    value text, utc_offset text, precision text, accepted integer not null default 1, reason text,
    origin text not null default 'content' check (origin in ('content', 'name', 'sidecar')),
    usable integer not null default 1, remark text
)
--
create index claims_sha256 on claims (sha256)
--
create index claims_file on claims (file_id)
--
create table fingerprints (
    sha256 text not null, kind text not null, value text not null, primary key (sha256, kind)
) without rowid
--
create table found_tags (
    sha256 text not null, tag text not null, source text not null, file_id integer references files (id),
    origin text not null default 'content'
)
--
create index found_tags_sha256 on found_tags (sha256)
--
create index found_tags_file on found_tags (file_id)
--
create table places (
    sha256 text not null, latitude real not null, longitude real not null, source text not null,
    origin text not null default 'content'
)
--
create index places_sha256 on places (sha256)
--
create table links (sha256 text not null, kind text not null, key text not null)
--
create index links_sha256 on links (sha256)
--
create index links_key on links (kind, key)
--
create table notes (
    sha256 text not null, key text not null, value text not null, file_id integer references files (id),
    origin text not null default 'content'
)
--
create index notes_sha256 on notes (sha256)
--
create index notes_file on notes (file_id)
--
create table troubles (
    id integer primary key, file_id integer not null references files (id), probe text not null, message text not null,
    at text not null
)
--
create index troubles_file on troubles (file_id)
""",
    )


@catalog()
def m003_derived(db: Database) -> None:
    _run(
        db,
        """
create table stages (name text primary key, fingerprint text not null, at text not null) without rowid
--
create table dates (
    sha256 text primary key, taken_at text, utc_offset text, taken_utc text, precision text, source text,
    rule text not null, confidence real not null, level text not null, needs_review integer not null, reason text not null,
    suggestion text
) without rowid
--
create index dates_taken_at on dates (taken_at)
--
create index dates_review on dates (confidence) where needs_review = 1
--
create table bundles (
    bundle_id integer not null, sha256 text not null, role text not null, file_id integer references files (id), rule text
)
--
create index bundles_sha256 on bundles (sha256)
--
create index bundles_id on bundles (bundle_id)
--
create index bundles_file on bundles (file_id)
--
create table groups (
    group_id integer primary key, kind text not null, confidence real not null, keeper text not null,
    settled integer not null default 0, reason text not null
)
--
create table members (
    group_id integer not null references groups (group_id), sha256 text not null, distance real not null,
    primary key (group_id, sha256)
) without rowid
--
create index members_sha256 on members (sha256)
--
create table tags (sha256 text not null, tag text not null, source text not null, primary key (sha256, tag)) without rowid
--
create index tags_tag on tags (tag)
--
create table standings (
    sha256 text primary key, kept integer not null, wanted integer not null, end_state text, reason text
) without rowid
""",
    )


@catalog()
def m004_done(db: Database) -> None:
    _run(
        db,
        """
create table plan_items (
    id integer primary key, sha256 text not null, target text not null, action text not null, previous text, reason text
)
--
create table receipts (
    id integer primary key, sha256 text not null, target text not null, written_sha256 text not null, at text not null,
    withdrawn_at text, signature text not null default '', sidecar text, sidecar_sha256 text
)
--
create index receipts_sha256 on receipts (sha256)
--
create index receipts_written on receipts (written_sha256)
--
create unique index receipts_live_target on receipts (target) where withdrawn_at is null
--
create table extras (target text primary key, written_sha256 text not null, at text not null) without rowid
--
create table jobs (
    id integer primary key, command text not null, arguments text, wanted text not null default 'run', state text not null,
    done integer not null default 0, total integer, failed integer not null default 0, started_at text not null,
    ended_at text, message text, summary text
)
--
create table heartbeats (id integer primary key, service text not null, at text not null, state text not null, task text)
--
create index heartbeats_service on heartbeats (service, at)
""",
    )


# Views must work with trusted_schema = off, which bars SQLite's JSON functions; tags hold no control characters.
@catalog()
def m005_views(db: Database) -> None:
    _run(
        db,
        """
create view own_copies as
select distinct written_sha256 as sha256 from receipts where written_sha256 <> sha256
--
create view live_receipts as select * from receipts where withdrawn_at is null
--
create view library as
select a.sha256, a.image_sha256, a.kind, a.format, a.size, a.width, a.height, a.duration, a.orientation,
    a.make, a.model, a.serial,
    coalesce(a.latitude, (select latitude from places p where p.sha256 = a.sha256 limit 1)) as latitude,
    coalesce(a.longitude, (select longitude from places p where p.sha256 = a.sha256 limit 1)) as longitude,
    a.content_id, d.taken_at, d.utc_offset, d.taken_utc, d.precision, d.source, d.rule, d.confidence, d.level,
    d.needs_review, d.reason,
    (select path from files f where f.sha256 = a.sha256 order by f.state <> 'present', f.echo, f.path_bytes limit 1) as first_path,
    (select count(*) from files f where f.sha256 = a.sha256 and f.state = 'present') as copies,
    (select '[' || coalesce(group_concat('"' || replace(replace(tag, '\\', '\\\\'), '"', '\\"') || '"'), '') || ']' from
        (select tag from tags t where t.sha256 = a.sha256 order by tag)) as tags,
    coalesce(s.kept, 1) as kept,
    (select target from receipts r where r.sha256 = a.sha256 and r.withdrawn_at is null limit 1) as export_path,
    case when s.kept = 0 then 'discarded'
         when s.wanted = 0 then s.end_state
         when exists (select 1 from receipts r where r.sha256 = a.sha256 and r.withdrawn_at is null) then 'exported'
         when not exists (select 1 from files f where f.sha256 = a.sha256 and f.state = 'present') then 'missing'
         else 'waiting' end as state
from assets a left join dates d on d.sha256 = a.sha256 left join standings s on s.sha256 = a.sha256
--
create view ledger as
select f.id as file_id, f.path, f.size,
    case when f.state <> 'present' then f.state
         when f.kind = 'sidecar' then 'sidecar'
         when s.kept = 0 then 'discarded'
         when s.wanted = 0 then s.end_state
         when f.id <> (select x.id from files x where x.sha256 = f.sha256 and x.state = 'present'
                       order by x.echo, x.path_bytes limit 1) then 'duplicate'
         when r.target is not null then 'exported'
         else 'waiting' end as end_state,
    case when f.state = 'missing' then
             coalesce(f.reason, 'not there any more') || coalesce('; kept in the export as ' || r.target, '')
         when f.state <> 'present' then f.reason
         when f.kind = 'sidecar' then coalesce(
             (select 'speaks of ' || g.path from bundles b join bundles o on o.bundle_id = b.bundle_id and o.role = 'primary'
              join files g on g.id = o.file_id where b.file_id = f.id and b.role = 'sidecar' limit 1),
             'belongs to no picture we know')
         when s.kept = 0 or s.wanted = 0 then s.reason
         when f.id <> (select x.id from files x where x.sha256 = f.sha256 and x.state = 'present'
                       order by x.echo, x.path_bytes limit 1) then 'the same bytes as ' || (select x.path from files x where x.sha256 = f.sha256 and x.state = 'present'
                   order by x.echo, x.path_bytes limit 1) || coalesce(', exported as ' || r.target, '')
         when r.target is not null then 'exported as ' || r.target
         else 'not exported yet' end as reason
from files f
left join standings s on s.sha256 = f.sha256
left join (select sha256, min(target) as target from receipts where withdrawn_at is null group by sha256) r
    on r.sha256 = f.sha256
""",
    )


# content="search" with double quotes: Datasette finds the index of a table by this very spelling. No triggers keep it:
# with trusted_schema = off a trigger may not write to a virtual table, so catalog/search.py does.
@catalog()
def m006_search(db: Database) -> None:
    _run(
        db,
        """
create table search (
    id integer primary key, sha256 text not null unique, names text not null, folders text not null, tags text not null,
    camera text not null, place text not null, words text not null, date text not null
)
--
create virtual table search_fts using fts5 (
    names, folders, tags, camera, place, words, date, tokenize='unicode61 remove_diacritics 2', prefix='2 3', content="search"
)
""",
    )


@decisions()
def m001_decisions(db: Database) -> None:
    _run(
        db,
        """
create table decisions (
    id integer primary key, request_id text not null unique, verb text not null, subject text not null, value text,
    actor text not null, at text not null, undoes text
)
--
create trigger decisions_refuse_update before update on decisions
begin select raise(abort, 'decisions are append-only'); end
--
create trigger decisions_refuse_delete before delete on decisions
begin select raise(abort, 'decisions are append-only'); end
--
create trigger decisions_refuse_replace before insert on decisions
when exists (select 1 from decisions where request_id = new.request_id or id = new.id)
begin select raise(abort, 'decisions are append-only'); end
""",
    )


# What comparing found. readings: what cameras' own clocks showed, and by how many seconds they lacked where another
# clock tells (``lacks``, ``told_by``). clock_offers: pieces of a camera's time line that should be moved.
@catalog()
def m007_witnesses(db: Database) -> None:
    _run(
        db,
        """
create table witnesses (
    sha256 text not null, kind text not null, value text, until text, utc_offset text, detail text not null default '',
    seconds real not null default 0, said_by text, confidence real not null default 1
)
--
create index witnesses_sha256 on witnesses (sha256)
--
create table readings (
    sha256 text primary key, camera text not null, reading text not null, number integer, lacks real, told_by text,
    decided real
) without rowid
--
create index readings_camera on readings (camera, reading)
--
create table clock_offers (
    id integer primary key, question integer not null, camera text not null, seconds real not null, since text not null,
    until text not null, files integer not null, kind text not null, evidence text not null, confidence real not null
)
--
create index clock_offers_camera on clock_offers (camera)
""",
    )


# What the gallery and the map ask, worked out beforehand. timeline: every asset in order of time (its id is its place in
# it, the undated first). tallies: how many of them are alike in all that one can choose by; each asset names its tally.
# Places are counted on the Web Mercator square, 2**22 by 2**22 spots of at most 10 m. The present files of an asset were
# looked for among all present files: of two indexes on one column each, SQLite took the wrong one.
@catalog()
def m008_timeline(db: Database) -> None:
    _run(
        db,
        """
create table tallies (
    id integer primary key, month text not null, kind text not null, level text not null, placed integer not null,
    state text not null, make text, model text, pictures integer not null
)
--
create index tallies_month on tallies (month, pictures)
--
create table timeline (
    id integer primary key, sha256 text not null unique, moment text, tally integer not null, band integer, x integer, y integer
)
--
create index timeline_tally on timeline (tally)
--
create index timeline_place on timeline (band, x, y, tally) where band is not null
--
create table timeline_tags (
    tag text not null, id integer not null, tally integer not null, primary key (tag, id)
) without rowid
--
create table tag_counts (tag text primary key, pictures integer not null) without rowid
--
create table map_spots (
    band integer not null, x integer not null, y integer not null, pictures integer not null, newest integer not null,
    primary key (band, x, y)
) without rowid
--
create table map_cells (
    level integer not null, y integer not null, x integer not null, pictures integer not null, newest integer not null,
    mid_x integer not null, mid_y integer not null, primary key (level, y, x)
) without rowid
--
create index files_sha256_state on files (sha256, state)
--
drop index files_sha256
--
delete from stages where name = 'derive'
""",
    )


@catalog()
def m009_words_about_one_of_many(db: Database) -> None:
    _run(
        db,
        """
alter table claims add column about text
--
alter table found_tags add column about text
--
alter table places add column about text
--
alter table notes add column about text
--
create index notes_about on notes (sha256, about) where about is not null
""",
    )


# What the household service does. requests: a job that somebody asked for, its place in the line and who carries it out
# (``pulse`` counts up while its holder lives: no clock is trusted). arrivals: what came in through the inbox, and under
# which name. waiting: what was seen and is not taken yet, and why. checks: when a file was last read again.
@catalog()
def m010_service(db: Database) -> None:
    _run(
        db,
        """
create table requests (
    job integer primary key references jobs (id), asked_by text not null, asked_at text not null,
    priority integer not null, tries integer not null default 0, open integer not null default 1, not_before text,
    holder text, pulse integer not null default 0, doing text, request_id text unique
)
--
create index requests_open on requests (priority desc, job) where open = 1
--
create index heartbeats_latest on heartbeats (service, id)
--
create table arrivals (
    id integer primary key, path_bytes blob not null unique, path text not null, sha256 text not null, size integer not null,
    mtime_ns integer not null, came_as text not null, came_from text not null, arrived_at text not null
)
--
create index arrivals_sha256 on arrivals (sha256)
--
create index arrivals_came_as on arrivals (came_as, size)
--
create index arrivals_arrived_at on arrivals (arrived_at)
--
create table waiting (
    path_bytes blob primary key, path text not null, place text not null, size integer not null, state text not null,
    reason text not null, since text not null, anyway integer not null default 0
) without rowid
--
create table checks (
    kind text not null check (kind in ('export', 'original')), key text not null, at text not null, problem text,
    primary key (kind, key)
) without rowid
--
create index checks_problem on checks (at) where problem is not null
--
create index jobs_state on jobs (state)
""",
    )


# Tallies of all months together: what the gallery's filters offer, counted beforehand.
@catalog()
def m010_choices(db: Database) -> None:
    _run(
        db,
        """
create table choices (
    kind text not null, level text not null, placed integer not null, state text not null, make text, model text,
    pictures integer not null
)
--
delete from stages where name = 'derive'
""",
    )


# Which pictures matched which, and what each was like when it was compared; whose metadata a keeper has a right to since
# somebody settled that they are one picture. A member's note says what sets it apart from the keeper.
@catalog()
def m012_matches(db: Database) -> None:
    _run(
        db,
        """
create table matches (
    a text not null, b text not null, kind text not null, distance real not null, confidence real not null,
    reason text not null default '', lesser text, lasting integer not null, primary key (a, b, kind)
) without rowid
--
create index matches_b on matches (b)
--
create table compared (sha256 text primary key, mark text not null) without rowid
--
create table carried (
    sha256 text not null, said_by text not null, primary key (sha256, said_by)
) without rowid
--
alter table members add column note text not null default ''
--
delete from stages where name = 'derive'
""",
    )


# What each asset's own evidence gave, for those whose date others had a say in: a new decision begins from there.
@catalog()
def m013_own_dates(db: Database) -> None:
    _run(
        db,
        """
create table own_dates (
    sha256 text primary key, taken_at text, utc_offset text, taken_utc text, precision text, source text,
    rule text not null, confidence real not null, level text not null, needs_review integer not null, reason text not null,
    suggestion text
) without rowid
--
delete from stages where name = 'derive'
""",
    )


# The same ledger, but what a page of it shows is asked for those rows only: all receipts were grouped first.
@catalog()
def m014_ledger(db: Database) -> None:
    _run(
        db,
        """
drop view ledger
--
create view ledger as
select f.id as file_id, f.path, f.size,
    case when f.state <> 'present' then f.state
         when f.kind = 'sidecar' then 'sidecar'
         when s.kept = 0 then 'discarded'
         when s.wanted = 0 then s.end_state
         when f.id <> (select x.id from files x where x.sha256 = f.sha256 and x.state = 'present'
                       order by x.echo, x.path_bytes limit 1) then 'duplicate'
         when exists (select 1 from receipts r where r.sha256 = f.sha256 and r.withdrawn_at is null) then 'exported'
         else 'waiting' end as end_state,
    case when f.state = 'missing' then
             coalesce(f.reason, 'not there any more') || coalesce('; kept in the export as ' ||
             (select min(target) from receipts r where r.sha256 = f.sha256 and r.withdrawn_at is null), '')
         when f.state <> 'present' then f.reason
         when f.kind = 'sidecar' then coalesce(
             (select 'speaks of ' || g.path from bundles b join bundles o on o.bundle_id = b.bundle_id and o.role = 'primary'
              join files g on g.id = o.file_id where b.file_id = f.id and b.role = 'sidecar' limit 1),
             'belongs to no picture we know')
         when s.kept = 0 or s.wanted = 0 then s.reason
         when f.id <> (select x.id from files x where x.sha256 = f.sha256 and x.state = 'present'
                       order by x.echo, x.path_bytes limit 1) then 'the same bytes as ' ||
             (select x.path from files x where x.sha256 = f.sha256 and x.state = 'present'
              order by x.echo, x.path_bytes limit 1) || coalesce(', exported as ' ||
             (select min(target) from receipts r where r.sha256 = f.sha256 and r.withdrawn_at is null), '')
         else coalesce('exported as ' ||
             (select min(target) from receipts r where r.sha256 = f.sha256 and r.withdrawn_at is null), 'not exported yet')
         end as reason
from files f left join standings s on s.sha256 = f.sha256
""",
    )


# From here on a table keeps numbers where people read a SHA-256 or a word that is said often: compact.py.
@catalog()
def m015_compact(db: Database) -> None:
    for view in ("library", "ledger", "own_copies", "live_receipts"):
        db.execute(f"drop view {view}")
    _run(db, NUMBERED)
    # in the order of SHA-256, in which most questions go through them
    _run(db, "insert into contents (sha256) select sha256 from assets order by sha256")
    files = Compact("files", compact_tables.FILES)
    _copy(db, files)
    for name, (columns, indexes) in compact_tables.COMPACT.items():
        _compact(db, name, columns, indexes)
    _run(db, compact_tables.REFERRING)
    _show(db, files, compact_tables.FILES_INDEXES)
    # made again from the rest
    _run(db, "drop table search_fts\n--\ndelete from search")
    _compact(db, "search", compact_tables.SEARCH)
    _run(db, compact_tables.SHOWN)


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
            _run(db, indexes)
        if name not in made_anew:
            table = Compact(name, text, hashes="hash")
            for statement in (table.view, *table.triggers()):
                db.execute(statement)
    db.execute("alter table _fingerprints rename to _old_fingerprints")
    _run(db, smaller_tables.FINGERPRINTS)
    _run(db, smaller_tables.FINGERPRINTS_SHOWN)
    _say_once(db)
    _run(db, smaller_tables.CLAIMS_SHOWN)
    _run(db, "drop table search_fts\n--\nalter table _search rename to _old_search")
    _run(db, smaller_tables.SEARCH)
    _run(db, smaller_tables.SEARCH_AGAIN)
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
    _run(db, smaller_tables.CLAIMS)
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
    _run(db, smaller_tables.FILES)
    _run(db, smaller_tables.FILES_AGAIN)
    _run(db, compact_tables.REFERRING)  # what refers to files refers to these
    db.execute("drop table old_files")
    _run(db, smaller_tables.FILES_INDEXES)
    _run(db, smaller_tables.FILES_SHOWN)


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
    _run(
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
