"""Evidence as it was found: assets, claims, fingerprints, tags, places, links, notes, troubles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from mediaparser_core.catalog.fact_rows import ID, INSERTS, WORD, next_place, of_origin, word_id
from mediaparser_core.catalog.rows import as_dicts, numbered, select
from mediaparser_core.compact import packed
from mediaparser_core.records import (
    Camera,
    Claim,
    Fact,
    Fingerprint,
    Link,
    Note,
    Place,
    Report,
    Shape,
    Tag,
    Trouble,
)
from mediaparser_core.shorter import OFTEN, moment, written
from mediaparser_core.smaller_tables import KINDS

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

_BY_CONTENT = ("claims", "found_tags", "places", "notes")
_CONTENT = "content = (select id from contents where sha256 = ?)"
_BY_NAME = ("claims", "found_tags", "notes")


class Found:
    """Stores what probes stated, and gives it back."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._conn = catalog, catalog.db.conn

    def store(self, report: Report, file_id: int, at: str) -> None:
        """Everything in *report*; what an earlier look at the same bytes stated is replaced."""
        self._conn.execute("delete from troubles where file_id = ?", (file_id,))
        facts = list(report.facts)
        troubles = [fact for fact in (*facts, *report.name_facts) if isinstance(fact, Trouble)]
        if report.state == "troubled" and not troubles:
            troubles.append(Trouble("read", report.reason or "cannot be read"))
        self._conn.executemany(
            "insert into troubles (file_id, probe, message, at) values (?, ?, ?, ?)",
            [(file_id, t.probe, t.message, at) for t in troubles],
        )
        self.store_name_facts(file_id, report.sha256, report.name_facts)
        if report.sha256 is None or report.state != "present":
            return
        shapes = [fact for fact in facts if isinstance(fact, Shape)]
        if shapes:
            self._store_asset(report, shapes)
        else:
            self._conn.execute(
                "insert or replace into sidecars (sha256, format, size) values (?, ?, ?)",
                (report.sha256, report.format, report.entry.size),
            )
        for table in _BY_CONTENT:
            self._conn.execute(
                f"delete from _{table} where {_CONTENT} and {of_origin(table, 'content')}", (report.sha256,)
            )
        for table in ("fingerprints", "other_fingerprints", "links"):
            self._conn.execute(f"delete from _{table} where {_CONTENT}", (report.sha256,))
        self._insert(report.sha256, file_id, "content", facts, report.image_sha256 if shapes else None)

    def _store_asset(self, report: Report, shapes: list[Shape]) -> None:
        facts = report.facts
        place = next((f for f in facts if isinstance(f, Place)), None)
        cameras = [f for f in facts if isinstance(f, Camera)]
        make, model, serial = (
            _last(getattr(camera, name) for camera in cameras) for name in ("make", "model", "serial")
        )
        numbered(self._conn, "contents", (report.sha256,))
        numbered(self._conn, "words", (shapes[0].format, make, model, serial))
        self._conn.execute(
            "insert or replace into _assets (content, image_sha256, kind, format, size, width, height, duration, orientation, "
            f"make, model, serial, latitude, longitude, content_id) values ({ID}, ?, ?, {WORD}, ?, ?, ?, ?, ?, {WORD}, "
            f"{WORD}, {WORD}, ?, ?, ?)",
            (
                report.sha256,
                packed(report.image_sha256),
                shapes[0].kind,
                shapes[0].format,
                report.entry.size,
                _last(shape.width for shape in shapes),
                _last(shape.height for shape in shapes),
                _last(shape.duration for shape in shapes),
                _last(shape.orientation for shape in shapes),
                make,
                model,
                serial,
                place.latitude if place else None,
                place.longitude if place else None,
                next((f.key for f in facts if isinstance(f, Link) and f.kind == "content_id"), None),
            ),
        )

    def store_name_facts(self, file_id: int, sha256: str | None, facts: Iterable[Fact]) -> None:
        """What the name and folders of one file say; replaces what they said before."""
        if sha256 is not None:
            self._forget_names(file_id, _CONTENT, sha256)
            self._insert(sha256, file_id, "name", facts)

    def forget_names(self, file_id: int, content: int) -> None:
        """Drop what the name of a file said of the *content*, by its number, that it had."""
        self._forget_names(file_id, "content = ?", content)

    def _forget_names(self, file_id: int, condition: str, value: object) -> None:
        for table in _BY_NAME:
            self._conn.execute(
                f"delete from _{table} where {condition} and file_id = ? and {of_origin(table, 'name')}",
                (value, file_id),
            )

    def _insert(
        self, sha256: str, file_id: int | None, origin: str, facts: Iterable[Fact], image_sha256: str | None = None
    ) -> None:
        rows: dict[str, list[tuple[object, ...]]] = {name: [] for name in INSERTS}
        hashes: dict[str, str | bytes | int | None] = {}
        words: list[str | None] = [origin]
        for fact in facts:
            match fact:
                case Claim():
                    way, raw = written(fact.raw, fact.value, fact.utc_offset, fact.source == "folder")
                    said = (fact.source, fact.utc_offset, fact.precision, origin, fact.accepted, fact.reason, way)
                    rows["sayings"].append(said)
                    rows["claims"].append((sha256, *said, file_id, moment(fact.value), raw, fact.about))
                    words += (fact.source, fact.utc_offset, fact.precision, fact.reason)
                    words += (fact.raw,) if way == OFTEN else ()
                case Fingerprint() if fact.kind in KINDS:
                    hashes[fact.kind] = packed(fact.value)
                case Fingerprint(kind="image_sha256"):
                    hashes[fact.kind] = 1 if fact.value == image_sha256 else packed(fact.value)
                case Fingerprint():
                    rows["other_fingerprints"].append((sha256, fact.kind, packed(fact.value)))
                    words.append(fact.kind)
                case Tag():
                    rows["found_tags"].append((sha256, fact.name, fact.source, file_id, origin, fact.about))
                    words += (fact.name, fact.source)
                case Place():
                    rows["places"].append((sha256, fact.latitude, fact.longitude, fact.source, origin, fact.about))
                    words.append(fact.source)
                case Link():
                    rows["links"].append((sha256, fact.kind, fact.key))
                    words.append(fact.kind)
                case Note():
                    rows["notes"].append((sha256, fact.key, fact.value, file_id, origin, fact.about))
                    words.append(fact.key)
        if hashes:
            rows["fingerprints"].append((sha256, *(hashes.get(kind) for kind in (*KINDS, "image_sha256"))))
        numbered(self._conn, "contents", (sha256,))
        numbered(self._conn, "words", words)
        for table, values in rows.items():
            if values:
                self._conn.executemany(INSERTS[table], values)

    def speak_through_sidecars(
        self, pairs: Iterable[tuple[str, int, str, str, str]], about: Iterable[str] | None = None
    ) -> None:
        """Give each asset of *pairs* its sidecar's words: ``(asset, file id of the sidecar, its sha256, about, doubt)``.

        *about* is what a sidecar of many files calls the asset; what it says of others is left out. With a *doubt* its
        claims are rejected with that reason, and nothing else of it counts. Replaces all earlier words, or those
        *about* some assets: the copies are derived, the sidecar's own rows are what was found.
        """
        names = None if about is None else [(sha,) for sha in about]
        for table in ("claims", "found_tags", "places"):
            gone = f"delete from _{table} where {of_origin(table, 'sidecar')}"
            if names is None:
                self._conn.execute(gone)
            else:
                self._conn.executemany(f"{gone} and {_CONTENT}", names)
        pairs = list(pairs)
        trusted = [pair for pair in pairs if not pair[4]]
        if not pairs:
            return
        numbered(self._conn, "words", ["sidecar", *(doubt for *_, doubt in pairs)])
        numbered(self._conn, "contents", (sha for sha, *_ in pairs))
        asset, sidecar = "(select id from contents where sha256 = ?1)", "(select id from words where word = 'sidecar')"
        said = "where content = (select id from contents where sha256 = ?3) and (about is null or about = ?4) and "
        usable = "s.usable and ?5 = ''"
        remark = "case when s.usable and ?5 <> '' then (select id from words where word = ?5) else s.remark end"
        claims = f"from _claims c join _sayings s on s.id = c.saying {said} s.origin = {word_id('content')}"
        self._conn.executemany(
            "insert or ignore into _sayings (source, utc_offset, precision, origin, usable, remark, written) "
            f"select s.source, s.utc_offset, s.precision, {sidecar}, {usable}, {remark}, s.written {claims} and ?1 = ?1 and ?2 = ?2",
            pairs,
        )
        self._conn.executemany(
            "insert into _claims (content, place, file_id, saying, verdict, value, raw) "
            f"select {asset}, {next_place('claims', asset)} + row_number() over (order by c.place) - 1, ?2, t.id, "
            f"({remark}) * 2 + ({usable}), c.value, c.raw from _claims c join _sayings s on s.id = c.saying "
            "join _sayings t on t.source = s.source and t.utc_offset = s.utc_offset and t.precision = s.precision and "
            f"t.origin = {sidecar} and t.usable = ({usable}) and t.remark = ({remark}) and t.written = s.written "
            f"{said} s.origin = {word_id('content')}",
            pairs,
        )
        self._conn.executemany(
            "insert into _found_tags (content, place, tag, source, file_id, origin) "
            f"select {asset}, {next_place('found_tags', asset)} + row_number() over (order by place) - 1, tag, source, ?2, "
            f"{sidecar} from _found_tags {said} origin = {word_id('content')} and ?5 = ''",
            trusted,
        )
        self._conn.executemany(
            "insert into _places (content, place, latitude, longitude, source, origin) "
            f"select {asset}, {next_place('places', asset)} + row_number() over (order by place) - 1, latitude, longitude, "
            f"source, {sidecar} from _places {said} origin = {word_id('content')} and ?2 = ?2 and ?5 = ''",
            trusted,
        )

    def asset(self, sha256: str) -> dict[str, Any] | None:
        """The row of ``library`` for one asset."""
        return next(as_dicts(self._conn.execute("select * from library where sha256 = ?", (sha256,))), None)

    def starting_with(self, prefix: str) -> list[str]:
        """Assets whose SHA-256 begins with *prefix* (two at most: enough to tell that it is ambiguous)."""
        rows = self._conn.execute(
            "select sha256 from assets where sha256 >= ? and sha256 < ? limit 2", (prefix, prefix + "g")
        )
        return [sha for (sha,) in rows]

    def claims_of(self, sha256: str) -> list[dict[str, Any]]:
        """Every claim on one asset, in the order of the catalog, with the path of the file that makes it."""
        return select(
            self._conn,
            "select c.source, c.raw, c.value, c.utc_offset, c.precision, c.accepted, c.reason, c.origin, "
            "(select path from files f where f.id = c.file_id) as path from claims c where c.sha256 = ? order by c.id",
            (sha256,),
        )

    def troubles(self, limit: int | None = None) -> Iterator[dict[str, Any]]:
        yield from as_dicts(
            self._conn.execute(
                "select t.file_id, f.path, f.sha256, f.state, t.probe, t.message from troubles t join files f on f.id = t.file_id "
                "where f.state <> 'missing' order by f.path_bytes, t.id limit ?",
                (-1 if limit is None else limit,),
            )
        )

    def troubles_of(self, sha256: str) -> list[tuple[str, str]]:
        return list(
            self._conn.execute(
                "select distinct t.probe, t.message from troubles t join files f on f.id = t.file_id where f.sha256 = ?",
                (sha256,),
            )
        )

    def read_in_part(self) -> frozenset[str]:
        """What was read without ExifTool although it should have been asked."""
        rows = self._conn.execute(
            "select sha256 from notes where key = 'metadata_reader' and value = 'native, unsure' and origin = 'content'"
        )
        return frozenset(sha for (sha,) in rows)

    def count(self, table: str) -> int:
        """Rows of one of our tables."""
        if table not in {"files", "assets", "claims", "troubles", "sidecars"}:
            raise ValueError(table)
        if table in {"files", "assets", "claims"}:
            table = f"_{table}"
        return int(self._conn.execute(f"select count(*) from {table}").fetchone()[0])

    def troubled_files(self) -> int:
        return int(
            self._conn.execute(
                "select count(distinct t.file_id) from troubles t join _files f on f.id = t.file_id where f.state_number <> 1"
            ).fetchone()[0]
        )


def _last(values: Iterable[Any]) -> Any:
    """The last value that says something: a decoder's word comes after the header's."""
    found = None
    for value in values:
        found = found if value is None else value
    return found
