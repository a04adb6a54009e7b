"""What the date and group review ask of the catalog; nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from mediaparser_core.catalog.rows import PATH, PATH_BYTES, select
from mediaparser_core.records import Claim, Evidence, Witness

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

_AT_ONCE = 500  # SQLite takes 999 values in a statement where it was built long ago

# where it is, for people: as in the view library
_FIRST_PATH = f"(select {PATH} from _files f where f.content = %.content order by f.state_number > 0, f.echo, {PATH_BYTES} limit 1)"
_WORD = "(select word from words where id = {}) as {}"
_IN_WORDS = (
    "n.sha256, a.kind, a.size, a.width, a.height, a.orientation, a.duration, "
    + ", ".join(_WORD.format(f"a.{name}", name) for name in ("format", "make", "model", "serial"))
    + ", coalesce(a.latitude, (select latitude from _places p where p.content = a.content limit 1)) as latitude, "
    "d.taken_at, d.confidence, d.needs_review, d.suggestion, "
    + ", ".join(_WORD.format(f"d.{name}", name) for name in ("utc_offset", "precision", "level", "rule", "reason"))
    + ", coalesce(s.kept, 1) as kept, "
    + _FIRST_PATH.replace("%", "a")
    + " as first_path"
)
_OF_ASSETS = (
    "from contents n join _assets a on a.content = n.id left join _dates d on d.content = n.id "
    "left join _standings s on s.content = n.id"
)


class Doubt(NamedTuple):
    """A date that waits for a person, with what it has in common with others."""

    sha256: str
    path: str
    reason: str
    moment: str | None  # what we believe, or dare only suggest
    dated: bool
    make: str | None
    model: str | None

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0] or "/"


class ReviewPages:
    """Doubtful dates with their evidence; groups with their members."""

    def __init__(self, catalog: Catalog) -> None:
        self._conn = catalog.db.conn

    def derived_mark(self) -> str:
        """A text that changes whenever the derived tables were made anew."""
        row = self._conn.execute("select fingerprint || ' ' || at from stages where name = 'derive'").fetchone()
        return row[0] if row else ""

    def rows(self, assets: Iterable[str]) -> list[dict[str, Any]]:
        """What review pages say of *assets*, in their order; those that are gone are left out."""
        wanted = list(assets)
        found: dict[str, dict[str, Any]] = {}
        for batch in _batches(wanted):
            rows = select(self._conn, f"select {_IN_WORDS} {_OF_ASSETS} where n.sha256 in ({_marks(batch)})", batch)
            found |= {row["sha256"]: row for row in rows}
        return [found[sha] for sha in wanted if sha in found]

    # -- dates

    def doubts(self) -> Iterator[Doubt]:
        """Every date that waits for a person. A bundle has one date and is asked for once; what is asked about a camera's
        clock is not asked about as a date."""
        rows = self._conn.execute(
            f"select n.sha256, {_FIRST_PATH.replace('%', 'd')}, (select word from words where id = d.reason), "
            "coalesce(d.taken_at, d.suggestion), d.taken_at is not null, (select word from words where id = a.make), "
            "(select word from words where id = a.model) from _dates d indexed by dates_review join contents n on n.id = d.content "
            "join _standings s on s.content = d.content and s.wanted = 1 join _assets a on a.content = d.content "
            "where d.needs_review = 1 and not exists (select 1 from bundles b where b.sha256 = n.sha256 and b.role <> 'primary') "
            "and not exists (select 1 from _readings r join words w on w.id = r.camera join clock_offers o on o.camera = w.word "
            "and r.reading between o.since and o.until where r.content = d.content)"
        )
        for sha256, path, reason, moment, dated, make, model in rows:
            yield Doubt(sha256, path or "", reason, moment, bool(dated), make, model)

    def evidence(self, assets: Sequence[str]) -> Iterator[tuple[Evidence, dict[tuple[str, str], str]]]:
        """What a date rule may look at for each of *assets*, and why claims were rejected, by source and raw text."""
        for batch in _batches(assets):
            marks = _marks(batch)
            claims: dict[str, list[Claim]] = {}
            verdicts: dict[str, dict[tuple[str, str], str]] = {}
            for sha, source, raw, value, offset, precision, usable, remark, verdict in self._conn.execute(
                "select sha256, source, coalesce(raw, ''), value, utc_offset, precision, usable, remark, "
                "case when accepted then '' else reason end "
                f"from claims where sha256 in ({marks}) order by sha256, id",
                batch,
            ):
                claims.setdefault(sha, []).append(Claim(source, raw, value, offset, precision, bool(usable), remark))
                verdicts.setdefault(sha, {}).setdefault((source, raw), verdict or "")
            witnesses: dict[str, list[Witness]] = {}
            for sha, *said in self._conn.execute(
                "select sha256, kind, value, until, utc_offset, detail, seconds, said_by, confidence from witnesses "
                f"where sha256 in ({marks}) order by sha256, kind, confidence desc, value, said_by",
                batch,
            ):
                witnesses.setdefault(sha, []).append(Witness(*said))
            paths: dict[str, list[str]] = {}
            for sha, path in self._conn.execute(
                f"select sha256, path from files where sha256 in ({marks}) and +state in ('present', 'missing') "
                "order by sha256, path_bytes",
                batch,
            ):
                paths.setdefault(sha, []).append(path)
            for sha, kind, format_, make, model, duration, latitude, longitude in self._conn.execute(
                "select a.sha256, a.kind, a.format, a.make, a.model, a.duration, "
                "coalesce(a.latitude, (select latitude from places p where p.sha256 = a.sha256 limit 1)), "
                "coalesce(a.longitude, (select longitude from places p where p.sha256 = a.sha256 limit 1)) "
                f"from assets a where a.sha256 in ({marks})",
                batch,
            ):
                yield (
                    Evidence(
                        sha256=sha, kind=kind, claims=tuple(claims.get(sha, ())), format=format_, make=make, model=model,
                        latitude=latitude, longitude=longitude, duration=duration, paths=tuple(paths.get(sha, ())),
                        witnesses=tuple(witnesses.get(sha, ())),
                    ),
                    verdicts.get(sha, {}),
                )  # fmt: skip

    # -- groups

    def open_groups(
        self, kind: str, beyond: tuple[float, str] | None, limit: int, *, backwards: bool = False
    ) -> list[dict[str, Any]]:
        """Groups nobody had settled when they were made, the surest first, beyond *beyond* (confidence, keeper)."""
        where, order = "", "-confidence, keeper"
        values: tuple[object, ...] = ()
        if beyond is not None:
            where = f" and (-confidence, keeper) {'<' if backwards else '>'} (?, ?)"
            values = (-beyond[0], beyond[1])
        if backwards:
            order = "-confidence desc, keeper desc"
        return self._with_members(
            select(
                self._conn,
                f"select * from groups where settled = 0 and kind = ?{where} order by {order} limit ?",
                (kind, *values, limit),
            )
        )

    def groups_of(self, sha256: str) -> list[dict[str, Any]]:
        """The groups that have this asset, open ones first."""
        return self._with_members(
            select(
                self._conn,
                "select g.* from groups g join members m on m.group_id = g.group_id where m.sha256 = ? "
                "order by g.settled, g.kind desc, g.group_id",
                (sha256,),
            )
        )

    def _with_members(self, groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
        by_number = {group["group_id"]: group for group in groups}
        for group in groups:
            group["members"], group["distances"] = [], {}
        for batch in _batches(list(by_number)):
            rows = self._conn.execute(
                f"select group_id, sha256, distance from members where group_id in ({_marks(batch)}) "
                "order by group_id, distance, sha256",
                batch,
            )
            for number, sha, distance in rows:
                group = by_number[number]
                # the one to keep comes first, as everywhere
                group["members"].insert(0 if sha == group["keeper"] else len(group["members"]), sha)
                group["distances"][sha] = distance
        return groups

    def open_groups_with(self, kind: str, assets: Sequence[str]) -> list[dict[str, Any]]:
        """The groups of *kind* that nobody had settled when they were made and that have one of *assets*."""
        found: dict[int, dict[str, Any]] = {}
        for batch in _batches(assets):
            groups = select(
                self._conn,
                "select distinct g.* from members m join groups g on g.group_id = m.group_id "
                f"where m.sha256 in ({_marks(batch)}) and g.settled = 0 and g.kind = ?",
                (*batch, kind),
            )
            found |= {group["group_id"]: group for group in groups}
        return self._with_members(list(found.values()))

    def group_counts(self) -> dict[str, int]:
        """Groups nobody had settled when they were made, by kind."""
        return dict(self._conn.execute("select kind, count(*) from groups where settled = 0 group by kind").fetchall())

    def words_about(self, assets: Sequence[str]) -> dict[str, dict[str, Any]]:
        """How much each of *assets* says about itself: ``claims``, ``tags``, ``copies``, ``exported``."""
        found: dict[str, dict[str, Any]] = {}
        for batch in _batches(assets):
            rows = select(
                self._conn,
                "select a.sha256, "
                "(select count(*) from claims c where c.sha256 = a.sha256 and c.origin = 'content' and c.usable) as claims, "
                "(select count(*) from tags t where t.sha256 = a.sha256) as tags, "
                "(select count(*) from files f where f.sha256 = a.sha256 and f.state = 'present') as copies, "
                "exists (select 1 from live_receipts r where r.sha256 = a.sha256) as exported "
                f"from assets a where a.sha256 in ({_marks(batch)})",
                batch,
            )
            found |= {row.pop("sha256"): row for row in rows}
        return found


def _batches(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
