"""What comparing files brings up: witnesses, readings of cameras' clocks, and offers to put those clocks right."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from mediaparser_core.catalog.fact_rows import next_place
from mediaparser_core.catalog.partly import chosen
from mediaparser_core.catalog.rows import as_dicts, select
from mediaparser_core.records import Witness
from mediaparser_core.resolve.clocks import Piece
from mediaparser_core.resolve.neighbours import Dated
from mediaparser_core.resolve.outings import Reading
from mediaparser_core.resolve.verdicts import length

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

_NAME = (
    "(select name from files f where f.sha256 = a.sha256 order by f.state <> 'present', f.echo, f.path_bytes limit 1)"
)
_ZONE = "(select detail from witnesses w where w.sha256 = a.sha256 and w.kind = 'zone' limit 1)"
_CAMERA = "coalesce(a.make, '') || '|' || coalesce(a.model, '') || '|' || coalesce(a.serial, '')"
_SAID = "kind, value, until, utc_offset, detail, seconds, said_by, confidence"
_WITNESS = f"sha256, {_SAID}"
_DATED = "d.sha256, d.taken_at, d.precision, d.utc_offset, d.taken_utc, d.rule, d.confidence, " + _ZONE
_UNNUMBERED = (
    "select make, model from assets where serial is not null group by make, model "
    "having count(distinct serial) > 3 and count(distinct serial) * 2 > count(*)"
)
_FOLDER = "substr(f.path, 1, length(f.path) - length(f.name))"

_TELLERS = {
    "gps": "the satellites' time in {}",
    "takeout": "the time that Google Photos noted of {}",
    "copy": "the dates of copies of {}",
    "scene": "a phone that shot the same as {}",
}


class Clocks:
    """Reads and writes ``witnesses``, ``readings`` and ``clock_offers``: all of it derived."""

    def __init__(self, catalog: Catalog) -> None:
        self._conn = catalog.db.conn

    def forget(self) -> None:
        for table in ("_witnesses", "_readings", "clock_offers"):
            self._conn.execute(f"delete from {table}")

    # -- witnesses

    def add_witnesses(self, found: Iterable[tuple[str, Witness]]) -> None:
        self._conn.executemany(
            "insert into witnesses (sha256, kind, value, until, utc_offset, detail, seconds, said_by, confidence) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (sha, w.kind, w.value, w.until, w.utc_offset, w.detail, w.seconds, w.of, w.confidence)
                for sha, w in found
            ),
        )

    def witnesses_of(self, sha256: str) -> list[dict[str, Any]]:
        """Every witness for one asset, with the path of the file that it is about, for ``explain``."""
        return select(
            self._conn,
            "select kind, value, until, utc_offset, detail, seconds, said_by, confidence, "
            "(select path from files f where f.sha256 = w.said_by order by f.state <> 'present', f.path_bytes limit 1) as path "
            "from witnesses w where sha256 = ? order by kind, confidence desc, value, said_by",
            (sha256,),
        )

    def visited(self, kind: str | None = None) -> set[str]:
        """The assets of which anything but a map speaks, or a witness of this *kind*."""
        rows = self._conn.execute(
            "select distinct sha256 from witnesses where kind <> 'zone' and (?1 is null or kind = ?1)", (kind,)
        )
        return {sha for (sha,) in rows}

    def positions(self, only: Collection[str] | None = None) -> Iterator[tuple[str, float, float]]:
        """``(sha256, latitude, longitude)`` of every asset that has a position, its own before that of a sidecar; of the
        assets *only*, where some are given."""
        with chosen(self._conn, only or ()) as some:
            of_some = "" if only is None else f" and c.sha256 in (select sha256 from {some})"
            yield from self._conn.execute(
                "select c.sha256, a.latitude, a.longitude from _assets a join contents c on c.id = a.content "
                f"where a.latitude is not null and a.longitude is not null{of_some} "
                "union all select c.sha256, p.latitude, p.longitude from _places p join _assets a on a.content = p.content "
                "join contents c on c.id = p.content where (a.latitude is null or a.longitude is null) "
                f"and p.place = (select min(place) from _places q where q.content = p.content){of_some}"
            )

    def forget_zones(self, assets: Iterable[str]) -> None:
        """Forget what the map says of the own places of *assets*."""
        self._conn.executemany(
            "delete from _witnesses where content = (select id from contents where sha256 = ?) "
            "and kind = (select id from words where word = 'zone') and said_by is null",
            ((sha,) for sha in assets),
        )

    def without_number(self) -> list[tuple[str | None, str | None]]:
        """``(make, model)`` of the cameras whose serial number is none, because it is another one in nearly every picture."""
        return list(self._conn.execute(f"{_UNNUMBERED} order by make, model"))

    def carried_positions(self) -> Iterator[tuple[str, float, float, str]]:
        """``(sha256, latitude, longitude, whose it is)`` of keepers that have the position of their copies."""
        yield from self._conn.execute(
            "select n.sha256, p.latitude, p.longitude, (select min(said_by) from carried c where c.sha256 = n.sha256) "
            "from _places p join contents n on n.id = p.content where p.origin = (select id from words where word = 'copy') "
            "and p.place = (select min(place) from _places q where q.content = p.content) order by n.sha256"
        )

    def neighbours(self) -> dict[str, set[tuple[Any, ...]]]:
        """asset → what neighbours say of it."""
        found: dict[str, set[tuple[Any, ...]]] = {}
        for sha, *row in self._conn.execute(
            f"select {_WITNESS} from witnesses where kind <> 'zone' or said_by is not null"
        ):
            found.setdefault(sha, set()).add(tuple(row))
        return found

    def forget_neighbours(self) -> None:
        """Forget all that files said of each other: only maps and each one's own clocks have spoken. What was said of
        dates and zones is kept for :meth:`hear_as_before`."""
        self._conn.execute("drop table if exists temp.had_witnesses")
        self._conn.execute(
            "create temp table had_witnesses as select * from _witnesses where kind in "
            "(select id from words where word in ('trip', 'lookalike', 'between'))"
        )
        self._conn.execute(
            "delete from _witnesses where kind is not (select id from words where word = 'zone') or said_by is not null"
        )
        self._conn.execute(
            "update _readings set lacks = null, told_by = null where told_by in "
            "(select id from words where word in ('copy', 'scene'))"
        )
        self._conn.execute("delete from clock_offers")

    def hear_as_before(self, except_for: Collection[str]) -> None:
        """Let neighbours say what they said before :meth:`forget_neighbours`, but not of those of *except_for*."""
        with chosen(self._conn, except_for) as some:
            self._conn.execute(
                f"insert into _witnesses (content, place, {_SAID}) select h.content, {next_place('witnesses', 'h.content')} + "
                f"row_number() over (partition by h.content order by h.place) - 1, {_SAID} from temp.had_witnesses h where "
                f"h.content not in (select n.id from {some} s join contents n on n.sha256 = s.sha256)"
            )

    # -- neighbours

    def by_device(self, only: Collection[str] | None = None) -> Iterator[Iterator[Dated]]:
        """Dated assets of one camera or phone after the other; of the cameras *only*, where some are given."""
        with chosen(self._conn, only or (), "camera text") as some:
            of_some = "" if only is None else f" and {_CAMERA} in (select camera from {some})"
            rows = self._conn.execute(
                f"select {_CAMERA} as camera, {_DATED} from assets a join dates d on d.sha256 = a.sha256 "
                f"where a.model is not null and d.taken_at is not null{of_some} order by camera, d.sha256"
            )
            for _, group in groupby(rows, key=lambda row: row[0]):
                yield (Dated(*row[1:]) for row in group)

    def by_folder(self, only: Collection[str] | None = None) -> Iterator[Iterator[Dated]]:
        """Assets of one folder after the other, a file each, by name; of the folders *only*, where some are given."""
        with chosen(self._conn, only or (), "folder text") as some:
            of_some = "" if only is None else f" and {_FOLDER} in (select folder from {some})"
            rows = self._conn.execute(
                f"select {_FOLDER} as folder, {_DATED}, f.name, {_CAMERA} from files f "
                "join assets a on a.sha256 = f.sha256 join dates d on d.sha256 = a.sha256 "
                f"where f.state in ('present', 'missing'){of_some} order by folder, f.name, f.id"
            )
            for _, group in groupby(rows, key=lambda row: row[0]):
                yield (Dated(*row[1:]) for row in group)

    def where(self, assets: Collection[str]) -> tuple[set[str], set[str]]:
        """The cameras with a model that took *assets*, and the folders in which they lie."""
        with chosen(self._conn, assets) as some:
            cameras = self._conn.execute(
                f"select distinct {_CAMERA} from {some} c join assets a on a.sha256 = c.sha256 where a.model is not null"
            )
            folders = self._conn.execute(
                f"select distinct {_FOLDER} from {some} c join files f on f.sha256 = c.sha256 "
                "where f.state in ('present', 'missing')"
            )
            return {name for (name,) in cameras}, {name for (name,) in folders}

    def dated(self, assets: Sequence[str]) -> Iterator[Dated]:
        """Each of *assets* with its date and name."""
        for start in range(0, len(assets), 500):
            batch = assets[start : start + 500]
            marks = ", ".join("?" * len(batch))
            rows = self._conn.execute(
                f"select {_DATED}, coalesce({_NAME}, ''), {_CAMERA} from assets a join dates d on d.sha256 = a.sha256 "
                f"where a.sha256 in ({marks})",
                batch,
            )
            yield from (Dated(*row) for row in rows)

    # -- clocks

    def camera_keys(self) -> Iterator[tuple[str, str | None, str | None, str | None]]:
        """``(sha256, make, model, serial)`` of every asset that names its camera, by SHA-256.

        A serial number that is another one in nearly every picture is none, and left out.
        """
        yield from self._conn.execute(
            f"with counted as ({_UNNUMBERED}) select a.sha256, a.make, a.model, case when c.model is null then a.serial end from assets a "
            "left join counted c on c.make is a.make and c.model is a.model "
            "where a.make is not null or a.model is not null order by a.sha256"
        )

    def camera_of(self, sha256: str) -> str | None:
        """The key under which the readings of this asset's camera are kept."""
        row = self._conn.execute("select camera from readings where sha256 = ?", (sha256,)).fetchone()
        return row[0] if row else None

    def add_readings(
        self, rows: Iterable[tuple[str, str, str, int | None, float | None, str | None, float | None]]
    ) -> None:
        """``(sha256, camera, reading, number, lacks, told by, decided)``."""
        self._conn.executemany(
            "insert into readings (sha256, camera, reading, number, lacks, told_by, decided) values (?, ?, ?, ?, ?, ?, ?)",
            rows,
        )

    def tell(self, rows: Iterable[tuple[float, str, str]]) -> None:
        """``(lacks, told by, sha256)`` for readings of which nobody has spoken yet."""
        self._conn.executemany("update readings set lacks = ?, told_by = ? where sha256 = ? and lacks is null", rows)

    def readings_of(self, assets: Sequence[str]) -> dict[str, str]:
        """asset → what its camera's clock showed."""
        found: dict[str, str] = {}
        for start in range(0, len(assets), 500):
            batch = assets[start : start + 500]
            marks = ", ".join("?" * len(batch))
            found |= dict(self._conn.execute(f"select sha256, reading from readings where sha256 in ({marks})", batch))
        return found

    def cameras(self) -> Iterator[tuple[str, Iterator[Reading]]]:
        """Each camera of which another clock speaks anywhere, with all its readings in the order of its own clock."""
        rows = self._conn.execute(
            "select camera, sha256, reading, number, lacks, told_by, decided from readings where camera in "
            "(select distinct camera from readings where lacks is not null) order by camera, reading, number, sha256"
        )
        for camera, group in groupby(rows, key=lambda row: row[0]):
            yield str(camera), (Reading(*row[1:]) for row in group)

    def add_offers(self, camera: str, pieces: Sequence[Piece]) -> None:
        """The *pieces* of one camera are one question."""
        question = self._conn.execute("select coalesce(max(question), 0) + 1 from clock_offers").fetchone()[0]
        self._conn.executemany(
            "insert into clock_offers (question, camera, seconds, since, until, files, kind, evidence, confidence) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (question, camera, p.seconds, p.since, p.until, p.files, p.kind, in_words(p), p.confidence)
                for p in pieces
            ),
        )

    def offers(self) -> list[dict[str, Any]]:
        """Every offer, with the ``assets`` it would move, in the order of the camera's clock, and ``paths`` of the first."""
        rows = list(as_dicts(self._conn.execute("select * from clock_offers order by question, since, id")))
        for row in rows:
            about = (row["camera"], row["since"], row["until"])
            row["assets"] = [
                sha
                for (sha,) in self._conn.execute(
                    "select sha256 from readings where camera = ? and reading between ? and ? order by reading, sha256",
                    about,
                )
            ]
            row["paths"] = [self._path(sha) for sha in row["assets"][:5]]
        return rows

    def _path(self, sha256: str) -> str | None:
        row = self._conn.execute(
            "select path from files where sha256 = ? order by state <> 'present', echo, path_bytes limit 1", (sha256,)
        ).fetchone()
        return row[0] if row else None


def in_words(piece: Piece) -> str:
    """The evidence for an offer, as a sentence."""
    if not piece.tellers:
        return "its clock was often off, and nothing shows that it was right then"
    said = [
        _TELLERS[name].format("1 picture" if count == 1 else f"{count} pictures")
        for name, count in sorted(piece.tellers.items())
        if name in _TELLERS
    ]
    fast = "slow" if piece.seconds > 0 else "fast"
    return f"its clock was {length(piece.seconds)} {fast} ({piece.kind}), by {' and '.join(said)}"
