"""What comparing found, what pages count beforehand, the household service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaparser_core.schema.steps import catalog, run

if TYPE_CHECKING:
    from sqlite_utils import Database


# What comparing found. readings: what cameras' own clocks showed, and by how many seconds they lacked where another
# clock tells (``lacks``, ``told_by``). clock_offers: pieces of a camera's time line that should be moved.
@catalog()
def m007_witnesses(db: Database) -> None:
    run(
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
    run(
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
    run(
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
    run(
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
    run(
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
    run(
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
    run(
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
    run(
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
