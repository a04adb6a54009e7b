"""What the live folders of the drive ask of the catalog; nothing here writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from mediaparser_core.catalog.rows import NAME
from mediaparser_core.records import Claim, Evidence, Receipt, Witness
from mediaparser_core.shorter import moment_shown
from mediaparser_core.smaller_tables import path_bytes, wrote

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

_AT_ONCE = 500
_DERIVED, KNOWN = "derive", "decisions"  # stages: what was derived, and how many decisions it knew
_MARK = "\x1f"  # between tags, which hold no control characters


class Row(NamedTuple):
    """One asset with everything that decides where it lies; ``leader`` is the primary of its bundle, or itself."""

    leader: str
    sha256: str
    kind: str
    format: str
    file: str | None  # name of the first file that is there; the next three are that file's, too
    mtime_ns: int
    size: int
    inode: int
    taken_at: str | None
    precision: str | None
    utc_offset: str | None
    level: str
    needs_review: int
    make: str | None
    model: str | None
    latitude: float | None
    longitude: float | None
    role: str
    bundle_id: int | None
    own_copy: int
    target: str | None  # of its copy in the export
    added: str | None
    tags: str | None

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(self.tags.split(_MARK)) if self.tags else ()


class Original(NamedTuple):
    """Where the bytes of an asset are, and what the file looked like when they were read."""

    path: bytes
    size: int
    mtime_ns: int
    inode: int


# "+x.state": of the two indexes that could serve, the one on state is the wrong one
_FIRST = f"""(select x.id from _files x where x.content = a.content and +x.state_number = 0
    order by x.echo, {path_bytes("x")} limit 1)"""

_ROWS = f"""
select coalesce((select p.sha256 from bundles p where p.bundle_id = b.bundle_id and p.role = 'primary' limit 1), n.sha256) as leader,
    n.sha256, a.kind, (select word from words where id = a.format), {NAME}, coalesce(f.mtime_ns, 0), coalesce(f.size, a.size), coalesce(f.inode, 0),
    d.taken_at, (select word from words where id = d.precision), (select word from words where id = d.utc_offset), coalesce((select word from words where id = d.level), 'none'),
    coalesce(d.needs_review, 0), (select word from words where id = a.make), (select word from words where id = a.model),
    coalesce(a.latitude, (select latitude from _places p where p.content = a.content limit 1)),
    coalesce(a.longitude, (select longitude from _places p where p.content = a.content limit 1)),
    coalesce(b.role, 'primary'), b.bundle_id,
    exists (select 1 from _receipts w where {wrote("w", "n")}),
    (select r.target from _receipts r where r.content = a.content and r.withdrawn_at is null order by r.id limit 1),
    coalesce((select min({moment_shown("r.at")}) from _receipts r where r.content = a.content),
        (select j.started_at from jobs j where j.id = f.seen_job)),
    (select group_concat(word, char(31)) from (select w.word from _tags t join words w on w.id = t.tag
        where t.content = a.content order by w.word))
from _assets a join contents n on n.id = a.content join _standings s on s.content = a.content
left join _files f on f.id = {_FIRST}
left join _dates d on d.content = a.content
left join bundles b on b.rowid = (select min(y.rowid) from bundles y where y.sha256 = n.sha256)
"""


class Live:
    """Reads what is shown, and notices when that may have changed."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._conn = catalog, catalog.db.conn
        self._decisions = None if catalog._decisions is None else catalog._decisions.conn

    # -- has anything changed?

    def versions(self) -> tuple[int, ...]:
        """Changes with every commit of anybody else to either database; costs microseconds."""
        conns = [conn for conn in (self._conn, self._decisions) if conn is not None]
        return tuple(int(conn.execute("pragma data_version").fetchone()[0]) for conn in conns)

    def mark(self) -> str:
        """Changes when something was derived or exported, and not with every heartbeat."""
        row = self._conn.execute(
            "select (select fingerprint || at from stages where name = ?), (select max(id) from receipts), "
            "(select count(*) from receipts where withdrawn_at is null)",
            (_DERIVED,),
        ).fetchone()
        return "/".join(str(value) for value in row)

    def known(self) -> int:
        """How many decisions the derived tables know."""
        row = self._conn.execute("select fingerprint from stages where name = ?", (KNOWN,)).fetchone()
        return int(row[0]) if row and row[0].isdigit() else 0

    # -- what is shown

    def rows(self, only: Collection[str] | None = None) -> Iterator[Row]:
        """Every asset that was derived (or those in *only*), the members of a bundle next to each other."""
        if only is None:
            yield from map(Row._make, self._conn.execute(f"{_ROWS} order by leader"))
            return
        found = [Row._make(row) for batch in _batches(only) for row in
                 self._conn.execute(f"{_ROWS} where n.sha256 in ({_marks(batch)})", batch)]  # fmt: skip
        yield from sorted(found, key=lambda row: row.leader)

    def open_groups(self) -> dict[int, list[str]]:
        """The members of every group that was not settled when it was derived."""
        found: dict[int, list[str]] = {}
        for number, sha in self._conn.execute(
            "select g.group_id, m.sha256 from groups g join members m on m.group_id = g.group_id where g.settled = 0"
        ):
            found.setdefault(number, []).append(sha)
        return found

    def receipts_of(self, assets: Iterable[str]) -> list[tuple[Receipt, bool]]:
        """Every copy ever made of *assets*, newest last, and whether it is still there."""
        return [
            (Receipt(*row[:-1]), row[-1] is None)
            for batch in _batches(assets)
            for row in self._conn.execute(
                "select sha256, target, written_sha256, at, signature, sidecar, sidecar_sha256, withdrawn_at from receipts "
                f"where sha256 in ({_marks(batch)}) order by id",
                batch,
            )
        ]

    def targets_beginning(self, stems: Iterable[str]) -> set[str]:
        """Where copies are in the export whose place begins with one of *stems*."""
        return {
            target
            for stem in set(stems)
            for (target,) in self._conn.execute(
                "select target from receipts where withdrawn_at is null and target >= ? and target < ?",
                (stem, stem + "\U0010ffff"),
            )
        }

    # -- what decisions touch

    def bundles_of(self, assets: Iterable[str]) -> dict[int, list[tuple[str, str]]]:
        """``{bundle: [(sha256, role)]}`` of every bundle that one of *assets* is in, without sidecars."""
        found: dict[int, list[tuple[str, str]]] = {}
        for batch in _batches(assets):
            for number, sha, role in self._conn.execute(
                "select bundle_id, sha256, role from bundles where role <> 'sidecar' and bundle_id in "
                f"(select bundle_id from bundles where sha256 in ({_marks(batch)}))",
                batch,
            ):
                found.setdefault(number, []).append((sha, role))
        return found

    def groups_of(self, assets: Iterable[str]) -> set[str]:
        """Everything that shares a group with one of *assets*."""
        return {
            sha
            for batch in _batches(assets)
            for (sha,) in self._conn.execute(
                f"select sha256 from members where group_id in (select group_id from members where sha256 in ({_marks(batch)}))",
                batch,
            )
        }

    def found_tags(self, sha256: str) -> set[str]:
        rows = self._conn.execute("select tag from found_tags where sha256 = ?", (sha256,))
        return {tag for (tag,) in rows}

    def evidence(self, sha256: str) -> Evidence | None:
        """What a date rule may look at for one asset, decisions not folded in: as ``Derived.evidence``, without a scan."""
        row = self._conn.execute(
            "select kind, format, make, model, duration, "
            "coalesce(latitude, (select latitude from places p where p.sha256 = a.sha256 limit 1)), "
            "coalesce(longitude, (select longitude from places p where p.sha256 = a.sha256 limit 1)), "
            "exists (select 1 from notes n where n.sha256 = a.sha256 and n.key = 'forced' and n.origin = 'name') "
            "from assets a where sha256 = ?",
            (sha256,),
        ).fetchone()
        if row is None:
            return None
        kind, format_, make, model, duration, latitude, longitude, forced = row
        claims = self._conn.execute(
            "select source, coalesce(raw, ''), value, utc_offset, precision, usable, remark from claims where sha256 = ? "
            "order by id",
            (sha256,),
        )
        paths = self._conn.execute(
            "select path from files where sha256 = ? and +state in ('present', 'missing') order by path_bytes",
            (sha256,),
        )
        witnesses = self._conn.execute(
            "select kind, value, until, utc_offset, detail, seconds, said_by, confidence from witnesses where sha256 = ? "
            "order by kind, confidence desc, value, said_by",
            (sha256,),
        )
        return Evidence(
            sha256=sha256, kind=kind,
            claims=tuple(
                Claim(source, raw, value, offset, precision, bool(usable), remark)
                for source, raw, value, offset, precision, usable, remark in claims
            ),
            format=format_, make=make, model=model, latitude=latitude, longitude=longitude, duration=duration,
            paths=tuple(path for (path,) in paths), forced=bool(forced),
            witnesses=tuple(Witness(*row) for row in witnesses),
        )  # fmt: skip

    # -- where the bytes are

    def target(self, sha256: str) -> str | None:
        """Where the copy of an asset is in the export."""
        row = self._conn.execute(
            "select target from receipts where sha256 = ? and withdrawn_at is null order by id limit 1", (sha256,)
        ).fetchone()
        return row[0] if row else None

    def originals(self, sha256: str) -> list[Original]:
        """The files that had the bytes of this asset when they were last read."""
        rows = self._conn.execute(
            "select path_bytes, size, mtime_ns, inode from files where sha256 = ? and +state = 'present' "
            "order by echo, path_bytes",
            (sha256,),
        )
        return [Original(*row) for row in rows]

    def roots(self) -> list[bytes]:
        """The inputs that were walked to their end."""
        return [root for (root,) in self._conn.execute("select path_bytes from roots")]


def _batches(values: Iterable[str]) -> Iterator[list[str]]:
    every = sorted(set(values))
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]


def _marks(batch: Sequence[str]) -> str:
    return ", ".join("?" * len(batch))
