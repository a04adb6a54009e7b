"""The tables that the migration ``m016_smaller`` makes out of the compact ones: less text, fewer indexes.

A description is never changed after a release.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mediaparser_core import compact_tables
from mediaparser_core.compact import hex_shown, numbering
from mediaparser_core.shorter import moment_shown, written_shown

# A SHA-256 is kept as bytes and looked for as text: what is no hexadecimal text is kept as it is.
CONTENTS = """
create table contents (
    id integer primary key, hash,
    sha256 text generated always as (case typeof(hash) when 'blob' then lower(hex(hash)) else hash end) virtual
)
"""
CONTENTS_INDEX = "create unique index contents_sha256 on contents (sha256)"

# Rows of one SHA-256 lie together, by their place. ``columns`` are copied as they are.
TOGETHER = {
    "found_tags": """
sha256 content not null
place place not null
tag word not null
source word not null
file_id integer
origin word not null default 'content'
about text
primary key (sha256, place)
without rowid
""",
    "places": """
sha256 content not null
place place not null
latitude real not null
longitude real not null
source word not null
origin word not null default 'content'
about text
primary key (sha256, place)
without rowid
""",
    "links": """
sha256 content not null
place place not null
kind word not null
key text not null
primary key (sha256, place)
without rowid
""",
    "notes": """
sha256 content not null
place place not null
key word not null
value text not null
file_id integer
origin word not null default 'content'
about text
primary key (sha256, place)
without rowid
""",
    "witnesses": """
sha256 content not null
place place not null
kind word not null
value text
until text
utc_offset word
detail word not null default ''
seconds real not null default 0
said_by content
confidence real not null default 1
primary key (sha256, place)
without rowid
""",
}
NOTES_INDEX = "create index notes_about on _notes (content, about) where about is not null"

# The other time of a date and the time of a copy are kept as numbers; the first is looked for in order.
_DATE = """
sha256 content primary key
taken_at text
utc_offset word
taken_utc moment
precision word
source word
rule word not null
confidence real not null
level word not null
needs_review integer not null
reason word not null
suggestion text
"""
TIMED = {
    "dates": (
        _DATE,
        """
create index dates_taken_at on _dates (taken_at)
--
create index dates_review on _dates (confidence) where needs_review = 1
""",
    ),
    "own_dates": (_DATE, ""),
    "timeline": (
        """
id integer primary key
sha256 content not null unique
moment moment
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
    "receipts": (
        """
id integer primary key
sha256 content not null
target text not null
written_sha256 again
at moment not null
withdrawn_at text
signature hex not null default ''
sidecar text
sidecar_sha256 hex
""",
        """
create index receipts_sha256 on _receipts (content)
--
create index receipts_written on _receipts (substr(written_sha256, 1, 4)) where written_sha256 is not null
--
create unique index receipts_live_target on _receipts (target) where withdrawn_at is null
""",
    ),
}


def wrote(copy: str, content: str) -> str:
    """SQL for whether the row *copy* of ``_receipts`` is of other bytes than its original: of those of the row *content* of
    ``contents``. The index has the first four bytes."""
    begins = f"substr({copy}.written_sha256, 1, 4) in (substr({content}.hash, 1, 4), substr({content}.sha256, 1, 4))"
    return f"{begins} and {copy}.written_sha256 in ({content}.hash, {content}.sha256)"


# The hashes that our own probes make have a column each.
KINDS = ("phash", "dhash", "phash256", "turns", "parts")
_CONTENT = "(select id from contents where sha256 = {}.sha256)"
_ARMS = [
    f"select n.sha256, '{kind}' as kind, {hex_shown(f'p.{kind}')} as value from _fingerprints p "
    f"join contents n on n.id = p.content where p.{kind} is not null"
    for kind in KINDS
]
_ARMS += [
    # where it is the one that the asset has it is kept there
    "select n.sha256, 'image_sha256' as kind, case typeof(p.image_sha256) when 'integer' then "
    f"(select {hex_shown('a.image_sha256')} from _assets a where a.content = p.content) "
    f"else {hex_shown('p.image_sha256')} end as value "
    "from _fingerprints p join contents n on n.id = p.content where p.image_sha256 is not null",
    "select n.sha256, (select word from words where id = p.kind) as kind, "
    f"{hex_shown('p.value')} as value from _other_fingerprints p join contents n on n.id = p.content",
]
_OURS = ", ".join(f"'{kind}'" for kind in (*KINDS, "image_sha256"))
_SAID = ", ".join(
    f"{kind} = case {{0}}.kind when '{kind}' then {{1}} else {kind} end" for kind in (*KINDS, "image_sha256")
)
_GIVEN = (
    f"insert into _fingerprints (content) select {_CONTENT.format('new')} where new.kind in ({_OURS}) "
    f"and not exists (select 1 from _fingerprints where content = {_CONTENT.format('new')}); "
    f"update _fingerprints set {_SAID.format('new', 'new.value')} where content = {_CONTENT.format('new')}; "
    "insert into _other_fingerprints (content, kind, value) "
    f"select {_CONTENT.format('new')}, (select id from words where word = new.kind), new.value where new.kind not in ({_OURS}); "
)
_TAKEN = (
    f"update _fingerprints set {_SAID.format('old', 'null')} where content = {_CONTENT.format('old')}; "
    f"delete from _other_fingerprints where content = {_CONTENT.format('old')} "
    "and kind = (select id from words where word = old.kind); "
)
_NUMBERS = numbering("contents", "sha256", "hash", ["new.sha256"])
_NUMBERS += numbering("words", "word", "word", [f"case when new.kind not in ({_OURS}) then new.kind end"])
FINGERPRINTS = f"""
create table _fingerprints (content integer primary key, {", ".join(KINDS)}, image_sha256)
--
create table _other_fingerprints (
    content integer not null, kind integer not null, value not null, primary key (content, kind)
) without rowid
--
insert into _fingerprints select o.content, {", ".join(f"max(case w.word when '{kind}' then o.value end)" for kind in KINDS)},
    max(case w.word when 'image_sha256' then case when o.value is a.image_sha256 then 1 else o.value end end)
from _old_fingerprints o join words w on w.id = o.kind left join _assets a on a.content = o.content
where w.word in ({_OURS}) group by o.content
--
insert into _other_fingerprints select o.content, o.kind, o.value from _old_fingerprints o join words w on w.id = o.kind
where w.word not in ({_OURS})
--
drop table _old_fingerprints
"""
FINGERPRINTS_SHOWN = f"""
create view fingerprints as {" union all ".join(_ARMS)}
--
create trigger fingerprints_insert instead of insert on fingerprints begin {_NUMBERS}{_GIVEN} end
--
create trigger fingerprints_update instead of update on fingerprints begin {_TAKEN}{_NUMBERS}{_GIVEN} end
--
create trigger fingerprints_delete instead of delete on fingerprints begin {_TAKEN} end
"""

# What many claims have in common is said once, in ``_sayings``; what became of a claim is the number of the reason, twice,
# and whether it was accepted. A claim's number tells of which content it is the how-manieth.
PLACES = 1 << 20
_WORD = "coalesce((select id from words where word = {}), 0)"
_SAYING = {
    "source": _WORD.format("new.source"),
    "utc_offset": _WORD.format("new.utc_offset"),
    "precision": _WORD.format("new.precision"),
    "origin": _WORD.format("coalesce(new.origin, 'content')"),
    "usable": "coalesce(new.usable, 1)",
    "remark": _WORD.format("new.remark"),
    "written": "0",
}
_SAYS = f"insert or ignore into _sayings ({', '.join(_SAYING)}) values ({', '.join(_SAYING.values())}); "
_CLAIM = {
    "content": _CONTENT.format("new"),
    "file_id": "new.file_id",
    "saying": f"(select id from _sayings where {' and '.join(f'{name} = {value}' for name, value in _SAYING.items())})",
    "verdict": f"{_WORD.format('new.reason')} * 2 + coalesce(new.accepted, 1)",
    "value": "cast(new.value as text)",
    "raw": "cast(new.raw as text)",
    "about": "new.about",
}
_PLACE = f"(select coalesce(max(place), 0) + 1 from _claims where content = {_CONTENT.format('new')})"
_THIS = f"content = old.id / {PLACES} and place = old.id % {PLACES}"
_NUMBERS = numbering("contents", "sha256", "hash", ["new.sha256"]) + numbering(
    "words",
    "word",
    "word",
    [
        "coalesce(new.origin, 'content')",
        *(f"new.{name}" for name in ("source", "utc_offset", "precision", "reason", "remark")),
    ],
)
CLAIMS = """
create table _sayings (
    id integer primary key, source integer not null, utc_offset integer not null, precision integer not null,
    origin integer not null, usable integer not null, remark integer not null, written integer not null,
    unique (source, utc_offset, precision, origin, usable, remark, written)
)
--
create table _claims (
    content integer not null, place integer not null, file_id integer, saying integer not null, verdict integer not null,
    value, raw, about text, primary key (content, place)
) without rowid
"""
CLAIMS_SHOWN = f"""
create view claims as select cast(_claims.content * {PLACES} + _claims.place as integer) as id, n.sha256, _claims.file_id,
    (select word from words where id = s.source) as source, {written_shown("_claims", "s")} as raw,
    {moment_shown("_claims.value")} as value, (select word from words where id = s.utc_offset) as utc_offset,
    (select word from words where id = s.precision) as precision, cast(_claims.verdict & 1 as integer) as accepted,
    (select word from words where id = _claims.verdict >> 1) as reason,
    (select word from words where id = s.origin) as origin, s.usable, (select word from words where id = s.remark) as remark,
    _claims.about
from _claims join contents n on n.id = _claims.content join _sayings s on s.id = _claims.saying
--
create trigger claims_insert instead of insert on claims begin {_NUMBERS}{_SAYS}
    insert into _claims (place, {", ".join(_CLAIM)}) values ({_PLACE}, {", ".join(_CLAIM.values())}); end
--
create trigger claims_update instead of update on claims begin {_NUMBERS}{_SAYS}
    update _claims set {", ".join(f"{name} = {value}" for name, value in _CLAIM.items())} where {_THIS}; end
--
create trigger claims_delete instead of delete on claims begin delete from _claims where {_THIS}; end
"""

# A row of ``search`` has the number of its content. No index of beginnings: it made up more than half of the whole, and
# questions were not quicker with it.
SEARCH = """
create table _search (
    id integer primary key, names text not null, folders integer not null, tags text not null, camera integer not null,
    place text not null, words text not null, date integer not null
)
--
create view search as select _search.id, n.sha256, _search.names,
    (select word from words where id = _search.folders) as folders, _search.tags,
    (select word from words where id = _search.camera) as camera, _search.place, _search.words,
    (select word from words where id = _search.date) as date
from _search join contents n on n.id = _search.id
--
create virtual table search_fts using fts5 (
    names, folders, tags, camera, place, words, date, tokenize='unicode61 remove_diacritics 2', content="search",
    content_rowid="id"
)
"""
_SEARCHED = "names, folders, tags, camera, place, words, date"
SEARCH_AGAIN = f"""
insert into _search (id, {_SEARCHED}) select content, {_SEARCHED} from _old_search order by content
--
drop table _old_search
--
insert into search_fts (search_fts) values ('rebuild')
"""

# A file is kept under the number of its folder, with the bytes of its name. One word says its state, one its kind.
STATES = ("present", "missing", "skipped", "troubled")
MEDIA = ("image", "video", "sidecar")


def path_bytes(file: str) -> str:
    """SQL for the path of a row of ``_files``, as bytes."""
    return f"cast((select _folders.path from _folders where _folders.id = {file}.folder) || {file}.base as blob)"


def path_text(file: str) -> str:
    """SQL for its path as people read it."""
    return f"coalesce({file}.path, cast({path_bytes(file)} as text))"


def name_text(file: str) -> str:
    """SQL for its name as people read it, of which the length is kept."""
    base = f"coalesce({file}.path, cast({file}.base as text))"
    return f"case typeof({file}.name) when 'integer' then substr({base}, -{file}.name) else {file}.name end"


def _case(value: str, answers: Sequence[tuple[object, object]], other: str) -> str:
    return f"case {value} {' '.join(f'when {when!r} then {then!r}' for when, then in answers)} else {other} end"


def state_number(state: str) -> str:
    """SQL for the number of the word *state*."""
    return _case(state, [(word, number) for number, word in enumerate(STATES)], "null")


def kind_number(kind: str) -> str:
    """SQL for the number of the word *kind*; any other is kept as it is."""
    return _case(kind, [(word, number) for number, word in enumerate(MEDIA)], kind)


FILES = f"""
create table _folders (id integer primary key, path blob not null unique)
--
create table _states (id integer primary key, word text not null unique)
--
insert into _states (id, word) values {", ".join(map(repr, enumerate(STATES)))}
--
create table _files (
    id integer primary key, root integer not null, folder integer not null, base blob not null, path text, name not null,
    size integer not null, mtime_ns integer not null, ctime_ns integer not null, inode integer not null,
    device integer not null, content integer not null, kind_number, state_number integer not null, reason integer,
    probed integer, named integer, seen_job integer, echo integer not null default 0,
    kind text generated always as ({_case("kind_number", list(enumerate(MEDIA)), "kind_number")}) virtual,
    state text generated always as ({_case("state_number", list(enumerate(STATES)), "null")}) virtual,
    unique (folder, base)
)
"""
_SAME = "id, root, path, size, mtime_ns, ctime_ns, inode, device, content, reason, probed, named, seen_job, echo"
# one asks for a word, by the numbers: an index of a column that is made up is read beside its table
FILES_INDEXES = """
create index files_sha256_state on _files (content, state_number)
--
create index files_inode on _files (inode, size)
--
create index files_state on _files (state_number, content)
"""
FILES_AGAIN = f"""
insert into _folders (path) select distinct folder_of(path_bytes) from old_files order by 1
--
insert into _files ({_SAME}, name, folder, base, kind_number, state_number) select {_SAME},
    case when typeof(name) = 'integer' and path is null and name > length(cast(base_of(path_bytes) as text))
        then substr(cast(path_bytes as text), -name) else name end,
    (select _folders.id from _folders where _folders.path = folder_of(path_bytes)), base_of(path_bytes),
    {kind_number("kind")}, {state_number("state")} from old_files order by id
"""
_FOLDER = "rtrim(cast(new.path_bytes as text), replace(cast(new.path_bytes as text), '/', ''))"
_END = "substr(new.path, -length(new.name))"
_FILE = {
    "root": "(select id from words where word = new.root)",
    "folder": f"(select id from _folders where _folders.path = cast({_FOLDER} as blob))",
    "base": f"cast(substr(cast(new.path_bytes as blob), length(cast({_FOLDER} as blob)) + 1) as blob)",
    "path": "nullif(new.path, cast(new.path_bytes as text))",
    "name": f"case when new.name = {_END} and instr(new.name, '/') = 0 then length(new.name) else new.name end",
    **{name: f"new.{name}" for name in ("size", "mtime_ns", "ctime_ns", "inode", "device", "seen_job")},
    "content": "coalesce((select id from contents where sha256 = new.sha256), 0)",
    "kind_number": kind_number("new.kind"),
    "state_number": state_number("new.state"),
    **{name: f"(select id from words where word = new.{name})" for name in ("reason", "probed", "named")},
    "echo": "coalesce(new.echo, 0)",
}
_NUMBERS = (
    numbering("contents", "sha256", "hash", ["new.sha256"])
    + numbering("words", "word", "word", [f"new.{name}" for name in ("root", "reason", "probed", "named")])
    + numbering("_folders", "path", "path", [f"cast({_FOLDER} as blob)"])
)
FILES_SHOWN = f"""
create view files as select _files.id, (select word from words where id = _files.root) as root,
    {path_bytes("_files")} as path_bytes, {path_text("_files")} as path, {name_text("_files")} as name,
    _files.size, _files.mtime_ns, _files.ctime_ns, _files.inode, _files.device, n.sha256, _files.kind, _states.word as state,
    (select word from words where id = _files.reason) as reason, (select word from words where id = _files.probed) as probed,
    (select word from words where id = _files.named) as named, _files.seen_job, _files.echo
from _files join contents n on n.id = _files.content join _states on _states.id = _files.state_number
--
create trigger files_insert instead of insert on files begin {_NUMBERS}
    insert into _files (id, {", ".join(_FILE)}) values (new.id, {", ".join(_FILE.values())}); end
--
create trigger files_update instead of update on files begin {_NUMBERS}
    update _files set id = new.id, {", ".join(f"{name} = {value}" for name, value in _FILE.items())} where id = old.id; end
--
create trigger files_delete instead of delete on files begin delete from _files where id = old.id; end
"""

SHOWN = [
    re.sub(r"\b([fgx])\.path_bytes\b", lambda found: path_bytes(found[1]), statement)
    .replace("d.taken_utc", f"{moment_shown('d.taken_utc')} as taken_utc")
    .replace("state = 'present'", "state_number = 0")
    .replace("state <> 'present'", "state_number > 0")
    for statement in compact_tables.SHOWN.split("\n--\n")
    if statement.startswith(("create view library", "create view ledger", "create view live_receipts"))
]
SHOWN.append(
    f"create view own_copies as select distinct cast({hex_shown('written_sha256')} as text) as sha256 from _receipts "
    "where written_sha256 is not null"
)
