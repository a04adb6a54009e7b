"""What exports, people and reports ask of the catalog; nothing here writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from mediaparser_core.catalog.rows import NAME, PATH, PATH_BYTES, as_dicts, grouped, select
from mediaparser_core.records import ExportItem, Kind
from mediaparser_core.smaller_tables import path_bytes

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog


class Asked:
    """Answers questions about what was derived."""

    def __init__(self, catalog: Catalog) -> None:
        self._conn = catalog.db.conn

    def group_members(self, group_id: int) -> tuple[str, list[str]] | None:
        """``(keeper, members)`` of one group."""
        row = self._conn.execute("select keeper from groups where group_id = ?", (group_id,)).fetchone()
        if row is None:
            return None
        members = self._conn.execute(
            "select sha256 from members where group_id = ? order by distance, sha256", (group_id,)
        )
        return row[0], [sha for (sha,) in members]

    def export_items(self) -> Iterator[ExportItem]:
        """Every asset that should be in the export, with what its copy must say."""
        tags = grouped(self._conn.execute("select sha256, tag from tags order by sha256, tag"))
        rows = self._conn.execute(
            "select n.sha256, a.kind, (select word from words where id = a.format), "
            f"{NAME}, {PATH_BYTES}, f.mtime_ns, d.taken_at, "
            "(select word from words where id = d.precision), (select word from words where id = d.utc_offset), "
            "coalesce((select word from words where id = d.level), 'none'), (select word from words where id = a.make), "
            "(select word from words where id = a.model), a.size, b.role, b.bundle_id, "
            "(select sha256 from bundles p where p.bundle_id = b.bundle_id and p.role = 'primary' limit 1) "
            "from _assets a join contents n on n.id = a.content join _standings s on s.content = a.content and s.wanted = 1 "
            "join _files f on f.content = a.content and f.id = (select x.id from _files x where x.content = a.content "
            f"and x.state_number = 0 order by x.echo, {path_bytes('x')} limit 1) "
            "left join _dates d on d.content = a.content "
            "left join bundles b on b.rowid = (select min(rowid) from bundles y where y.sha256 = n.sha256) "
            "order by n.sha256"
        )
        shared: dict[str | None, str] = {}  # what many have in common is kept once
        same = shared.setdefault
        for (sha, kind, format_, name, path, mtime, taken, precision, offset, level, make, model, size, role, bundle,
             primary) in rows:  # fmt: skip
            named = tuple(tag for (tag,) in tags(sha))
            sure = level in ("high", "medium")
            kind, format_, precision, offset, level, make, model = (
                same(text, text) for text in (kind, format_, precision, offset, level, make, model)
            )
            yield ExportItem(
                sha256=sha, kind=cast("Kind", kind), format=format_, name=name, ext="", taken_at=taken,
                precision=precision, utc_offset=offset, level=level, make=make, model=model, tags=named,
                role=role or "primary", bundle_id=bundle, stem_of=primary, size=size, source=path,
                # a date we doubt names the file, but is not written into it as if it were known
                write_date=taken if sure else None, write_offset=offset if sure else None, write_tags=named,
                mtime_ns=mtime,
            )  # fmt: skip

    def unexportable(self) -> set[str]:
        """Assets in the export whose originals are all gone: their copies stay where they are."""
        rows = self._conn.execute(
            "select distinct r.sha256 from receipts r join standings s on s.sha256 = r.sha256 and s.wanted = 1 "
            "where r.withdrawn_at is null and not exists "
            "(select 1 from files f where f.sha256 = r.sha256 and f.state = 'present')"
        )
        return {sha for (sha,) in rows}

    # -- what people ask

    def questions(self) -> dict[str, list[dict[str, Any]]]:
        """Open groups and doubtful dates as rows; :mod:`mediaparser_core.review` makes questions of them."""
        dates = select(
            self._conn,
            "select d.*, l.first_path, coalesce(l.make, (select word from words where id = o.make)) as make, "
            "coalesce(l.model, (select word from words where id = o.model)) as model, "
            "(select sha256 from contents where id = w.said_by) as leans_on "
            "from dates d join library l on l.sha256 = d.sha256 join contents n on n.sha256 = d.sha256 "
            # who lent the date, and with it the doubt
            "left join _witnesses w on w.content = n.id and w.kind = (select id from words where word = 'lookalike') "
            "left join _assets o on o.content = w.said_by "
            "join standings s on s.sha256 = d.sha256 and s.wanted = 1 where d.needs_review = 1 "
            # a bundle has one date: it is asked for once
            "and not exists (select 1 from bundles b where b.sha256 = d.sha256 and b.role <> 'primary') "
            "order by d.confidence, d.sha256",
        )
        groups = select(self._conn, "select * from groups where settled = 0 order by confidence desc, group_id")
        for row in groups:
            row["members"] = select(
                self._conn,
                "select m.sha256, m.distance, l.first_path, l.width, l.height, l.size, l.format from members m "
                "join library l on l.sha256 = m.sha256 where m.group_id = ? order by m.distance, m.sha256",
                (row["group_id"],),
            )
        return {"dates": dates, "groups": groups}

    def suggested_date(self, sha256: str) -> tuple[str | None, str | None]:
        """``(moment, utc_offset)`` of what we believe, or of what we dare only suggest, for one asset."""
        row = self._conn.execute(
            "select coalesce(taken_at, suggestion), case when taken_at is not null then utc_offset end from dates "
            "where sha256 = ?",
            (sha256,),
        ).fetchone()
        return (row[0], row[1]) if row else (None, None)

    def case(self, sha256: str) -> dict[str, Any]:
        """Bundle, groups and exports of one asset, for ``explain``."""
        return {
            "bundle": select(
                self._conn,
                f"select b.role, b.rule, b.sha256, {PATH} as path from bundles b left join _files f on f.id = b.file_id "
                "where b.bundle_id in (select bundle_id from bundles where sha256 = ?) order by b.role <> 'primary', 4",
                (sha256,),
            ),
            "groups": select(
                self._conn,
                "select g.group_id, g.kind, g.confidence, g.keeper, g.settled, g.reason, m.distance, "
                "(select json_group_array(o.sha256) from members o where o.group_id = g.group_id) as members "
                "from members m join groups g on g.group_id = m.group_id where m.sha256 = ?",
                (sha256,),
            ),
            "files": select(
                self._conn, "select path, state, size from files where sha256 = ? order by path_bytes", (sha256,)
            ),
            "receipts": select(
                self._conn,
                "select target, written_sha256, at, withdrawn_at, sidecar from receipts where sha256 = ? order by id",
                (sha256,),
            ),
            "standing": select(self._conn, "select kept, wanted, reason from standings where sha256 = ?", (sha256,)),
        }

    def library_rows(self) -> Iterator[dict[str, Any]]:
        yield from as_dicts(
            self._conn.execute("select * from library where export_path is not null order by export_path")
        )

    def ledger(self) -> Iterator[dict[str, Any]]:
        yield from as_dicts(
            self._conn.execute("select l.* from ledger l join files f on f.id = l.file_id order by f.path_bytes")
        )

    def levels(self) -> dict[str, int]:
        return dict(
            self._conn.execute(
                "select (select word from words where id = d.level), count(*) from _dates d group by d.level"
            ).fetchall()
        )
