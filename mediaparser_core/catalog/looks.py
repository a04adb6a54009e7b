"""Every asset as those see it who compare pictures: read from the catalog as it is asked for, never all at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, overload

from mediaparser_core.catalog.by_place import ByPlace
from mediaparser_core.catalog.rows import grouped
from mediaparser_core.compact import hex_shown, packed
from mediaparser_core.packing import Packing
from mediaparser_core.records import Look
from mediaparser_core.shorter import moment_shown

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

_AT_ONCE = 500  # SQLite takes 999 values in a statement where it was built long ago
_HASHES = ("phash", "dhash", "phash256", "turns", "parts")
# what the camera's clock showed: a program that edits a picture changes the others
_CAPTURED = f"""(select substr(min(case w.word when 'exif:DateTimeOriginal' then 0 when 'keys:CreationDate' then 1 else 2 end
    || {moment_shown("c.value")}), 2) from _claims c join _sayings s on s.id = c.saying
    join words w on w.id = s.source where c.content = a.content and c.value is not null
    and s.origin = (select id from words where word = 'content')
    and w.word in ('exif:DateTimeOriginal', 'keys:CreationDate', 'quicktime:CreateDate'))"""
_OURS = "n.sha256 not in (select sha256 from own_copies)"
_FROM = "_assets a join contents n on n.id = a.content"
_IMAGE = hex_shown("a.image_sha256")
_CHANGED = """from temp.laid l join contents n on n.sha256 = l.sha256 left join _compared c on c.content = n.id
    where c.mark is not l.mark"""
_LOOK = Packing(Look)


class Looks(Sequence[Look]):
    """All assets but our own copies, by SHA-256. Each pass reads the catalog again, so none may write meanwhile."""

    def __init__(self, catalog: Catalog) -> None:
        self._conn = catalog.db.conn

    def __len__(self) -> int:
        return int(self._conn.execute(f"select count(*) from {_FROM} where {_OURS}").fetchone()[0])

    def __iter__(self) -> Iterator[Look]:
        return (look for look, _ in self.marked())

    @overload
    def __getitem__(self, index: int) -> Look: ...
    @overload
    def __getitem__(self, index: slice) -> list[Look]: ...
    def __getitem__(self, index: int | slice) -> Look | list[Look]:
        names = [sha for (sha,) in self._conn.execute(f"select n.sha256 from {_FROM} where {_OURS} order by n.sha256")]
        return self.of(names[index]) if isinstance(index, slice) else self.of([names[index]])[0]

    def of(self, assets: Iterable[str]) -> list[Look]:
        """The looks of some SHA-256s, sorted by them; those that are gone are left out."""
        wanted = sorted(set(assets))
        found: list[Look] = []
        for at in range(0, len(wanted), _AT_ONCE):
            found += [look for look, _ in self._read(wanted[at : at + _AT_ONCE])]
        return found

    def marked(self) -> Iterator[tuple[Look, str]]:
        """Each look with a short text that changes whenever a comparison with it could end differently."""
        return self._read(None)

    def _read(self, only: list[str] | None) -> Iterator[tuple[Look, str]]:
        values: list[str] = only or []
        some = "" if only is None else f" and {{}}.sha256 in ({', '.join('?' * len(values))})"
        hashes = grouped(
            self._conn.execute(
                f"select n.sha256, {', '.join(f'p.{name}' for name in _HASHES)} from _fingerprints p "
                f"join contents n on n.id = p.content where true{some.format('n')} order by n.sha256",
                values,
            )
        )
        paths = grouped(
            self._conn.execute(
                f"select f.sha256, f.path from files f where f.sha256 is not null{some.format('f')} "
                "order by f.sha256, f.path_bytes",
                values,
            )
        )
        notes = grouped(
            self._conn.execute(
                f"select n.sha256, n.key, n.value from notes n where n.key in ('texture', 'film'){some.format('n')} "
                "order by n.sha256, n.key, n.value",
                values,
            )
        )
        bursts = grouped(
            self._conn.execute(
                f"select l.sha256, l.key from links l where l.kind = 'burst_id'{some.format('l')} order by l.sha256, l.key",
                values,
            )
        )
        rows = self._conn.execute(
            "select n.sha256, a.kind, (select word from words where id = a.format), a.width, a.height, a.size, a.duration, a.orientation, "
            "(select word from words where id = a.make), (select word from words where id = a.model), d.taken_at, (select word from words where id = d.precision), (select count(*) from _claims c "
            "join _sayings s on s.id = c.saying where c.content = a.content and s.origin = (select id from words where word = 'content')), b.bundle_id, "
            # bundles are numbered anew each time; their first member stays
            "(select min(o.sha256) from bundles o where o.bundle_id = b.bundle_id), "
            f"{_IMAGE}, {_CAPTURED} from {_FROM} left join _dates d on d.content = a.content "
            "left join bundles b on b.rowid = (select min(rowid) from bundles y where y.sha256 = n.sha256) "
            f"where {_OURS}{some.format('n')} order by n.sha256",
            values,
        )
        for (sha, kind, format_, width, height, size, duration, orientation, make, model, taken_at, precision, claims,
             bundle_id, bundle_key, image, captured) in rows:  # fmt: skip
            kept = next(iter(hashes(sha)), (None,) * len(_HASHES))
            told = [value.hex() if isinstance(value, bytes) else value for value in kept]
            bits = [int(value, 16) if value else None for value in told]
            said = dict(notes(sha))
            burst_id = next((key for (key,) in bursts(sha)), None)
            look = Look(
                sha, kind, format_, width, height, size, duration, orientation, make, model, taken_at, precision, claims,
                tuple(path for (path,) in paths(sha)), bits[0], bits[1], bits[2], burst_id, bundle_id, "texture" in said,
                bits[3], bits[4], image, said.get("film"), captured,
            )  # fmt: skip
            matters = (
                kind, format_, width, height, size, claims, duration, orientation, make, model, taken_at, precision, look.paths,
                told, burst_id, bundle_key, said, image, captured,
            )  # fmt: skip
            yield look, hashlib.blake2b(repr(matters).encode("utf-8", "backslashreplace"), digest_size=8).hexdigest()


class Laid(ByPlace[Look]):
    """All looks as they are now, put together once and laid out in a temporary table, for those who go through them again
    and again: they wait on the disk, in no more memory for a million than for a thousand. It ends with the block."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._conn = catalog, catalog.db.conn

    def __enter__(self) -> Laid:
        self._conn.execute("drop table if exists temp.laid")
        self._conn.execute("create temp table laid (sha256 text primary key, mark blob, look blob) without rowid")
        self._conn.executemany(
            "insert into temp.laid (sha256, mark, look) values (?, ?, ?)",
            ((look.sha256, packed(mark), _LOOK.pack(look)) for look, mark in Looks(self._catalog).marked()),
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._conn.execute("drop table if exists temp.laid")

    def __len__(self) -> int:
        return int(self._conn.execute("select count(*) from temp.laid").fetchone()[0])

    def __iter__(self) -> Iterator[Look]:
        rows = self._conn.execute("select look from temp.laid order by sha256")
        return (_LOOK.unpack(values) for (values,) in rows)

    def _between(self, begin: int, end: int) -> list[Look]:
        rows = self._conn.execute("select look from temp.laid order by sha256 limit ? offset ?", (end - begin, begin))
        return [_LOOK.unpack(values) for (values,) in rows]

    def changed(self) -> int:
        """How many are new, or another than when they were compared last."""
        return int(self._conn.execute(f"select count(*) {_CHANGED}").fetchone()[0])

    def changes(self) -> set[str]:
        """Those that are new, or another than when they were compared last."""
        return {sha for (sha,) in self._conn.execute(f"select l.sha256 {_CHANGED}")}

    def gone(self) -> list[str]:
        """Those that were compared, and are not there any more or are another."""
        rows = self._conn.execute(
            "select n.sha256 from _compared c join contents n on n.id = c.content "
            "left join temp.laid l on l.sha256 = n.sha256 where l.mark is not c.mark"
        )
        return [sha for (sha,) in rows]

    def note_compared(self) -> None:
        """Remember how they were when they were compared: now."""
        self._conn.execute(f"insert or replace into _compared (content, mark) select n.id, l.mark {_CHANGED}")
