"""What was seen, found, derived, decided and done; what people look at, and the search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaparser_core.schema.steps import catalog, decisions, run

if TYPE_CHECKING:
    from sqlite_utils import Database


@catalog()
def m001_seen(db: Database) -> None:
    run(
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
    run(
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
    run(
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
    run(
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
    run(
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
    run(
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
    run(
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
