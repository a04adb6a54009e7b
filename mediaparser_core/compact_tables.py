"""The compact tables as they were described first: what the migration ``m015_compact`` makes of the tables before.

A description is never changed after a release; what became smaller later is described beside it.
"""

from __future__ import annotations

FILES = """
id integer primary key
root word not null
path_bytes blob not null unique
path path
name tail not null
size integer not null
mtime_ns integer not null
ctime_ns integer not null
inode integer not null
device integer not null
sha256 content
kind text
state text not null check (state in ('present', 'missing', 'skipped', 'troubled'))
reason word
probed word
named word
seen_job integer
echo integer not null default 0
"""
FILES_INDEXES = """
create index files_sha256_state on _files (content, state)
--
create index files_inode on _files (inode, size)
--
create index files_state on _files (state, content)
"""
COMPACT = {
    "assets": (
        """
sha256 content primary key
image_sha256 hex
kind text not null check (kind in ('image', 'video'))
format word not null
size integer not null
width integer
height integer
duration real
orientation integer
make word
model word
serial word
latitude real
longitude real
content_id text
""",
        """

""",
    ),
    "claims": (
        """
id integer primary key
sha256 content not null
file_id integer references _files (id)
source word not null
raw text
value text
utc_offset word
precision word
accepted integer not null default 1
reason word
origin word not null default 'content'
usable integer not null default 1
remark word
about text
""",
        """
create index claims_sha256 on _claims (content)
--
create index claims_file on _claims (file_id)
""",
    ),
    "fingerprints": (
        """
sha256 content not null
kind word not null
value hex not null
primary key (sha256, kind)
without rowid
""",
        """

""",
    ),
    "found_tags": (
        """
sha256 content not null
tag word not null
source word not null
file_id integer references _files (id)
origin word not null default 'content'
about text
""",
        """
create index found_tags_sha256 on _found_tags (content)
--
create index found_tags_file on _found_tags (file_id)
""",
    ),
    "places": (
        """
sha256 content not null
latitude real not null
longitude real not null
source word not null
origin word not null default 'content'
about text
""",
        """
create index places_sha256 on _places (content)
""",
    ),
    "links": (
        """
sha256 content not null
kind word not null
key text not null
""",
        """
create index links_sha256 on _links (content)
""",
    ),
    "notes": (
        """
sha256 content not null
key word not null
value text not null
file_id integer references _files (id)
origin word not null default 'content'
about text
""",
        """
create index notes_sha256 on _notes (content)
--
create index notes_file on _notes (file_id)
--
create index notes_about on _notes (content, about) where about is not null
""",
    ),
    "witnesses": (
        """
sha256 content not null
kind word not null
value text
until text
utc_offset word
detail word not null default ''
seconds real not null default 0
said_by content
confidence real not null default 1
""",
        """
create index witnesses_sha256 on _witnesses (content)
""",
    ),
    "dates": (
        """
sha256 content primary key
taken_at text
utc_offset word
taken_utc text
precision word
source word
rule word not null
confidence real not null
level word not null
needs_review integer not null
reason word not null
suggestion text
""",
        """
create index dates_taken_at on _dates (taken_at)
--
create index dates_review on _dates (confidence) where needs_review = 1
""",
    ),
    "own_dates": (
        """
sha256 content primary key
taken_at text
utc_offset word
taken_utc text
precision word
source word
rule word not null
confidence real not null
level word not null
needs_review integer not null
reason word not null
suggestion text
""",
        """

""",
    ),
    "standings": (
        """
sha256 content primary key
kept integer not null
wanted integer not null
end_state word
reason word
""",
        """

""",
    ),
    "tags": (
        """
sha256 content not null
tag named not null
source word not null
primary key (sha256, tag)
without rowid
""",
        """
create index tags_tag on _tags (tag)
""",
    ),
    "matches": (
        """
a content not null
b content not null
kind word not null
distance real not null
confidence real not null
reason word not null default ''
lesser content
lasting integer not null
primary key (a, b, kind)
without rowid
""",
        """
create index matches_b on _matches (b)
""",
    ),
    "compared": (
        """
sha256 content primary key
mark hex not null
""",
        """

""",
    ),
    "readings": (
        """
sha256 content primary key
camera named not null
reading text not null
number integer
lacks real
told_by word
decided real
""",
        """
create index readings_camera on _readings (camera, reading)
""",
    ),
    "timeline": (
        """
id integer primary key
sha256 content not null unique
moment text
tally integer not null
band integer
x integer
y integer
""",
        """
create index timeline_tally on _timeline (tally)
--
create index timeline_place on _timeline (band, x, y, tally) where band is not null
""",
    ),
    "plan_items": (
        """
id integer primary key
sha256 content not null
target text not null
action word not null
previous text
reason word
""",
        """

""",
    ),
    "receipts": (
        """
id integer primary key
sha256 content not null
target text not null
written_sha256 content not null
at text not null
withdrawn_at text
signature hex not null default ''
sidecar text
sidecar_sha256 hex
""",
        """
create index receipts_sha256 on _receipts (content)
--
create index receipts_written on _receipts (written_sha256)
--
create unique index receipts_live_target on _receipts (target) where withdrawn_at is null
""",
    ),
}
SEARCH = """
id integer primary key
sha256 content not null unique
names text not null
folders word not null
tags text not null
camera word not null
place text not null
words text not null
date word not null
"""

# What refers to files refers to the compact ones.
REFERRING = """
create table new_troubles (
    id integer primary key, file_id integer not null references _files (id), probe text not null, message text not null,
    at text not null
)
--
insert into new_troubles select * from troubles
--
drop table troubles
--
alter table new_troubles rename to troubles
--
create index troubles_file on troubles (file_id)
--
create table new_bundles (
    bundle_id integer not null, sha256 text not null, role text not null, file_id integer references _files (id), rule text
)
--
insert into new_bundles select * from bundles order by rowid
--
drop table bundles
--
alter table new_bundles rename to bundles
--
create index bundles_sha256 on bundles (sha256)
--
create index bundles_id on bundles (bundle_id)
--
create index bundles_file on bundles (file_id)
"""
# content="search" with double quotes: see m006_search. The views go by numbers, which is quicker than by SHA-256.
SHOWN = """
create virtual table search_fts using fts5 (
    names, folders, tags, camera, place, words, date, tokenize='unicode61 remove_diacritics 2', prefix='2 3', content="search",
    content_rowid="id"
)
--
delete from stages where name = 'derive'
--
create view own_copies as
select distinct c.sha256 from _receipts r join contents c on c.id = r.written_sha256 where r.written_sha256 <> r.content
--
create view live_receipts as select * from receipts where withdrawn_at is null
--
create view library as
select c.sha256, case typeof(a.image_sha256) when 'blob' then lower(hex(a.image_sha256)) else a.image_sha256 end as image_sha256,
    a.kind, (select word from words where id = a.format) as format, a.size, a.width, a.height, a.duration, a.orientation,
    (select word from words where id = a.make) as make, (select word from words where id = a.model) as model,
    (select word from words where id = a.serial) as serial,
    coalesce(a.latitude, (select latitude from _places p where p.content = a.content limit 1)) as latitude,
    coalesce(a.longitude, (select longitude from _places p where p.content = a.content limit 1)) as longitude,
    a.content_id, d.taken_at, (select word from words where id = d.utc_offset) as utc_offset, d.taken_utc,
    (select word from words where id = d.precision) as precision, (select word from words where id = d.source) as source,
    (select word from words where id = d.rule) as rule, d.confidence, (select word from words where id = d.level) as level,
    d.needs_review, (select word from words where id = d.reason) as reason,
    (select coalesce(f.path, cast(f.path_bytes as text)) from _files f where f.content = a.content
        order by f.state <> 'present', f.echo, f.path_bytes limit 1) as first_path,
    (select count(*) from _files f where f.content = a.content and f.state = 'present') as copies,
    (select '[' || coalesce(group_concat('"' || replace(replace(word, '\\', '\\\\'), '"', '\\"') || '"'), '') || ']' from
        (select w.word from _tags t join words w on w.id = t.tag where t.content = a.content order by w.word)) as tags,
    coalesce(s.kept, 1) as kept,
    (select target from _receipts r where r.content = a.content and r.withdrawn_at is null limit 1) as export_path,
    case when s.kept = 0 then 'discarded'
         when s.wanted = 0 then (select word from words where id = s.end_state)
         when exists (select 1 from _receipts r where r.content = a.content and r.withdrawn_at is null) then 'exported'
         when not exists (select 1 from _files f where f.content = a.content and f.state = 'present') then 'missing'
         else 'waiting' end as state
from _assets a join contents c on c.id = a.content left join _dates d on d.content = a.content
left join _standings s on s.content = a.content
--
create view ledger as
select f.id as file_id, coalesce(f.path, cast(f.path_bytes as text)) as path, f.size,
    case when f.state <> 'present' then f.state
         when f.kind = 'sidecar' then 'sidecar'
         when s.kept = 0 then 'discarded'
         when s.wanted = 0 then (select word from words where id = s.end_state)
         when f.id <> (select x.id from _files x where x.content = f.content and x.state = 'present'
                       order by x.echo, x.path_bytes limit 1) then 'duplicate'
         when exists (select 1 from _receipts r where r.content = f.content and r.withdrawn_at is null) then 'exported'
         else 'waiting' end as end_state,
    case when f.state = 'missing' then
             coalesce((select word from words where id = f.reason), 'not there any more') || coalesce('; kept in the export as ' ||
             (select min(target) from _receipts r where r.content = f.content and r.withdrawn_at is null), '')
         when f.state <> 'present' then (select word from words where id = f.reason)
         when f.kind = 'sidecar' then coalesce(
             (select 'speaks of ' || coalesce(g.path, cast(g.path_bytes as text)) from bundles b
              join bundles o on o.bundle_id = b.bundle_id and o.role = 'primary'
              join _files g on g.id = o.file_id where b.file_id = f.id and b.role = 'sidecar' limit 1),
             'belongs to no picture we know')
         when s.kept = 0 or s.wanted = 0 then (select word from words where id = s.reason)
         when f.id <> (select x.id from _files x where x.content = f.content and x.state = 'present'
                       order by x.echo, x.path_bytes limit 1) then 'the same bytes as ' ||
             (select coalesce(x.path, cast(x.path_bytes as text)) from _files x where x.content = f.content and x.state = 'present'
              order by x.echo, x.path_bytes limit 1) || coalesce(', exported as ' ||
             (select min(target) from _receipts r where r.content = f.content and r.withdrawn_at is null), '')
         else coalesce('exported as ' ||
             (select min(target) from _receipts r where r.content = f.content and r.withdrawn_at is null), 'not exported yet')
         end as reason
from _files f left join _standings s on s.content = f.content
"""
