"""What follows from the evidence and the decisions: bundles, dates, groups, tags, standings; rebuilt at will."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from mediaparser_core.catalog.bundled import add_bundles, replace_bundles
from mediaparser_core.catalog.given import add_standings, add_tags
from mediaparser_core.catalog.partly import Partly, chosen
from mediaparser_core.catalog.rows import CLAIMS, PATH_BYTES, TAKEN, grouped, numbered
from mediaparser_core.compact import hex_shown
from mediaparser_core.records import Bundle, Claim, Evidence, Group, Member, Resolution, Witness
from mediaparser_core.records import Seen as SeenFile
from mediaparser_core.shorter import moment, moment_shown
from mediaparser_core.smaller_tables import PLACES

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

_AT_ONCE = 500  # SQLite takes 999 values in a statement where it was built long ago
_NOTE = """(select value from _notes n where n.content = f.content and n.key = (select id from words where word = '{}')
    and n.origin = (select id from words where word = 'content') limit 1)"""
_DATE = "content, taken_at, utc_offset, taken_utc, precision, source, rule, confidence, level, needs_review, reason, suggestion"
_ID, _WORD = "(select id from contents where sha256 = ?)", "(select id from words where word = ?)"


class Derived:
    """Reads evidence in the shapes the rooms want, and replaces derived rows."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._conn = catalog, catalog.db.conn

    # -- is anything due?

    def evidence_mark(self) -> str:
        """A text that changes whenever evidence was added, moved or lost."""
        row = self._conn.execute(
            "select (select count(*) from _files), "
            "coalesce((select fingerprint from stages where name = 'seen'), "  # as Seen keeps it
            "(select max(seen_job) from _files where state_number = 0), 0), "
            "(select count(*) from _files where state_number = 0), (select count(*) from _assets), "
            # of what we wrote only that is evidence which was found again
            f"(select count(*) from _receipts r join contents n on n.sha256 = {hex_shown('r.written_sha256')} "
            "where r.written_sha256 is not null and exists (select 1 from _files f where f.content = n.id))"
        ).fetchone()
        return "/".join(str(value) for value in row)

    def export_mark(self) -> str:
        """A text that changes whenever something was exported or withdrawn."""
        row = self._conn.execute("select coalesce(max(id), 0), count(withdrawn_at) from _receipts").fetchone()
        return "/".join(str(value) for value in row)

    def stage(self, name: str) -> str | None:
        row = self._conn.execute("select fingerprint from stages where name = ?", (name,)).fetchone()
        return row[0] if row else None

    def finish_stage(self, name: str, fingerprint: str, at: str) -> None:
        self._conn.execute("insert or replace into stages values (?, ?, ?)", (name, fingerprint, at))

    def forget_stage(self, name: str) -> None:
        self._conn.execute("delete from stages where name = ?", (name,))

    # -- bundles

    def seen_files(self, only: Iterable[int] | None = None) -> Iterator[SeenFile]:
        """Every picture, video and sidecar, once a file, in path order, one after the other; of the files *only*, where
        some are given."""
        with chosen(self._conn, only or (), "id integer") as some:
            yield from self._seen_files("" if only is None else f"and f.id in (select id from {some})")

    def _seen_files(self, of_some: str) -> Iterator[SeenFile]:
        rows = self._conn.execute(
            f"select f.id, {PATH_BYTES}, n.sha256, f.kind, coalesce((select word from words where id = a.format), s.format, ''), "
            f"f.size, a.duration, a.content_id, {TAKEN}, {_NOTE.format('title')}, "
            f"{hex_shown('a.image_sha256')}, a.width, a.height, "
            "(select word from words where id = a.make), (select word from words where id = a.model), "
            "(select count(*) from _claims c join _sayings s on s.id = c.saying where c.content = f.content and s.usable "
            "and s.origin = (select id from words where word = 'content')), "
            f"(select group_concat(value, '|') from (select distinct {moment_shown('c.value')} as value from _claims c "
            "join _sayings s on s.id = c.saying join words w on w.id = s.source "
            "where c.content = f.content and s.origin = (select id from words where word = 'content') and "
            "w.word in ('exif:DateTimeOriginal', 'keys:CreationDate', 'quicktime:CreateDate') and c.value is not null "
            f"order by value)), {_NOTE.format('takeout_album')} "
            "from _files f join contents n on n.id = f.content left join _assets a on a.content = f.content "
            "left join sidecars s on s.sha256 = n.sha256 "
            "where f.content > 0 and f.kind is not null and f.state_number in (0, 1) and f.echo = 0 and n.sha256 not in "
            f"(select sha256 from own_copies) {of_some} order by 2"
        )
        about = self._spoken_of()
        for *values, album in rows:
            seen = SeenFile(*values)
            names = about.get(seen.sha256, ())
            yield replace(seen, about=names, album=album) if names or album else seen

    def _spoken_of(self) -> dict[str, tuple[str, ...]]:
        """sidecar of many files → what it calls them."""
        if self._conn.execute("select 1 from sidecars where format in ('csv', 'picasa') limit 1").fetchone() is None:
            return {}
        rows = self._conn.execute("select distinct sha256, about from notes where about is not null order by 1, 2")
        names = grouped(rows)
        of_many = self._conn.execute("select sha256 from sidecars where format in ('csv', 'picasa') order by sha256")
        return {sha: tuple(name for (name,) in names(sha)) for (sha,) in of_many}

    def store_bundles(self, bundles: Iterable[Bundle]) -> None:
        self._conn.execute("delete from bundles")
        add_bundles(self._conn, enumerate(bundles, 1))

    def replace_bundles(self, before: Sequence[Bundle], now: Sequence[Bundle]) -> None:
        """Store *now* instead of *before*, which are those that are stored."""
        replace_bundles(self._conn, before, now)

    def bundles(self) -> list[Bundle]:
        """The bundles that are stored, in their order."""
        members = grouped(
            self._conn.execute("select bundle_id, file_id, sha256, role from bundles order by bundle_id, rowid")
        )
        rules = self._conn.execute("select bundle_id, min(rule) from bundles group by bundle_id order by bundle_id")
        return [Bundle(rule or "", tuple(Member(*row) for row in members(number))) for number, rule in rules]

    # -- dates

    def evidence(self, only: Collection[str] | None = None) -> Iterator[tuple[Evidence, list[int]]]:
        """What a date rule may look at (decisions not folded in yet), and the ids of the claims, for every asset.

        By SHA-256; of the assets *only*, where some are given.
        """
        if only is None:
            yield from self._evidence("", ())
            return
        wanted = sorted(only)
        for at in range(0, len(wanted), _AT_ONCE):
            some = wanted[at : at + _AT_ONCE]
            yield from self._evidence(f" and sha256 in ({', '.join('?' * len(some))})", some)

    def _evidence(self, some: str, values: Sequence[str]) -> Iterator[tuple[Evidence, list[int]]]:
        claims = self._conn.execute(
            f"{CLAIMS} where true{some} order by n.sha256, c.place",
            values,
        )
        by_asset = grouped(claims)
        witnesses = grouped(
            self._conn.execute(
                "select sha256, kind, value, until, utc_offset, detail, seconds, said_by, confidence from witnesses "
                f"where true{some} order by sha256, kind, confidence desc, value, said_by",
                values,
            )
        )
        paths = grouped(
            self._conn.execute(
                "select sha256, path, state from files where sha256 is not null and +state in ('present', 'missing')"
                f"{some} order by sha256, path_bytes",
                values,
            )
        )
        forced = {
            sha
            for (sha,) in self._conn.execute(
                f"select distinct sha256 from notes where key = 'forced' and origin = 'name'{some}", values
            )
        }
        assets = self._conn.execute(
            "select a.sha256, a.kind, a.format, a.make, a.model, a.duration, "
            "coalesce(a.latitude, (select latitude from places p where p.sha256 = a.sha256 limit 1)), "
            "coalesce(a.longitude, (select longitude from places p where p.sha256 = a.sha256 limit 1)) "
            f"from assets a where true{some} order by a.sha256",
            values,
        )
        for sha, kind, format_, make, model, duration, latitude, longitude in assets:
            rows = by_asset(sha)
            yield (
                Evidence(
                    sha256=sha,
                    kind=kind,
                    claims=tuple(
                        # a reason the source itself gave is its opinion; what the rules thought last time is not evidence
                        Claim(source, raw, value, offset, precision, bool(usable), remark)
                        for _, source, raw, value, offset, precision, usable, remark in rows
                    ),
                    format=format_,
                    make=make,
                    model=model,
                    latitude=latitude,
                    longitude=longitude,
                    duration=duration,
                    paths=tuple(path for path, _ in paths(sha)),
                    forced=sha in forced,
                    witnesses=tuple(Witness(*row) for row in witnesses(sha)),
                ),
                [row[0] for row in rows],
            )

    def forget_dates(self) -> None:
        self._conn.execute("delete from _dates")

    def store_dates(self, resolutions: Mapping[str, Resolution], claim_ids: Mapping[str, Sequence[int]]) -> None:
        """Give assets their dates, instead of those that they had, and say on each claim what became of it."""
        said = (
            (
                r.utc_offset,
                r.precision,
                r.source,
                r.rule,
                r.level,
                r.reason,
                *(verdict.reason for verdict in r.verdicts),
            )
            for r in resolutions.values()
        )
        numbered(self._conn, "words", (word for words in said for word in words))
        numbered(self._conn, "contents", resolutions)
        self._conn.executemany(
            f"insert or replace into _dates ({_DATE}) values ({_ID}, ?, {_WORD}, ?, {_WORD}, {_WORD}, {_WORD}, ?, {_WORD}, ?, "
            f"{_WORD}, ?)",
            (
                (
                    sha, r.taken_at, r.utc_offset, moment(r.taken_utc), r.precision, r.source, r.rule, r.confidence, r.level,
                    r.needs_review, r.reason, r.suggestion,
                )
                for sha, r in resolutions.items()
            ),
        )  # fmt: skip
        self._conn.executemany(
            "update _claims set verdict = coalesce((select id from words where word = ?2), 0) * 2 + ?1 "
            f"where content = ?3 / {PLACES} and place = ?3 % {PLACES} "
            "and verdict <> coalesce((select id from words where word = ?2), 0) * 2 + ?1",
            (
                (verdict.accepted, verdict.reason, claim_id)
                for sha, r in resolutions.items()
                for verdict, claim_id in zip(r.verdicts, claim_ids[sha], strict=False)
            ),
        )

    # -- groups

    def store_groups(self, groups: Iterable[tuple[Group, bool]]) -> None:
        """Replace all groups; each comes with whether people have settled it."""
        self._conn.execute("delete from members")
        self._conn.execute("delete from groups")
        for number, (group, settled) in enumerate(groups, 1):
            Partly(self._catalog).add_group(number, group, settled)

    # -- tags and standings

    def found_tags(self, only: Collection[str] | None = None) -> dict[str, dict[str, str]]:
        """asset → tag → the first source that says it; of the assets *only*, where some are given."""
        if only is None:
            return dict(self.tagged())
        with chosen(self._conn, only) as some:
            return dict(self.tagged(f"join {some} c on c.sha256 = t.sha256 "))

    def tagged(self, of_some: str = "") -> Iterator[tuple[str, dict[str, str]]]:
        """The same, one asset after the other, by SHA-256."""
        rows = self._conn.execute(
            f"select t.sha256, t.tag, t.source from found_tags t join assets a on a.sha256 = t.sha256 {of_some}"
            "order by t.sha256, t.tag, t.source desc"
        )
        for sha, group in groupby(rows, key=itemgetter(0)):
            yield sha, {tag: source for _, tag, source in group}

    def store_tags(self, tags: Iterable[tuple[str, Mapping[str, str]]]) -> None:
        self._conn.execute("delete from _tags")
        add_tags(self._conn, tags)

    def store_standings(self, rows: Iterable[tuple[str, bool, bool, str | None, str | None]]) -> None:
        """``(sha256, kept, wanted in the export, end state when not wanted, reason)``."""
        self._conn.execute("delete from _standings")
        add_standings(self._conn, rows)

    def first_paths(self, only: Collection[str] | None = None) -> dict[str, str]:
        """asset → where it is, for people: the first of its present files (or of all)."""
        with chosen(self._conn, only or ()) as some:
            of_some = f"join {some} c on c.sha256 = f.sha256 " if only is not None else ""
            return dict(
                self._conn.execute(
                    f"select f.sha256, f.path from files f {of_some}where f.sha256 is not null order by f.sha256 desc, "
                    "f.state = 'present', f.path_bytes desc"
                )
            )

    def keepers(self) -> list[tuple[int, str, list[str]]]:
        """``(group_id, keeper, members)`` of every group."""
        members = grouped(self._conn.execute("select group_id, sha256 from members order by group_id, sha256"))
        return [
            (number, keeper, [sha for (sha,) in members(number)])
            for number, keeper in self._conn.execute("select group_id, keeper from groups order by group_id")
        ]

    def asset_kinds(self) -> Iterator[tuple[str, str]]:
        yield from self._conn.execute("select sha256, kind from assets order by sha256")
