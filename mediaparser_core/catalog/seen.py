"""Files as they were seen: roots and files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mediaparser_core.catalog.file_rows import CODED, KEPT, WORDS
from mediaparser_core.catalog.rows import AT, BELOW, at, below, numbered
from mediaparser_core.compact import packed
from mediaparser_core.records import Entry, Report, Shape
from mediaparser_core.smaller_tables import wrote

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog


@dataclass(frozen=True, slots=True)
class Known:
    """What the catalog remembers of one path."""

    file_id: int
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int
    sha256: str | None
    state: str
    kind: str | None
    reason: str | None
    probed: str | None
    named: str | None

    def same_as(self, entry: Entry) -> bool:
        """Nothing that the file system tells has changed (the device number may, after a restart)."""
        return (self.size, self.mtime_ns, self.ctime_ns, self.inode) == (
            entry.size,
            entry.mtime_ns,
            entry.ctime_ns,
            _signed(entry.inode),
        )


def path_text(path: bytes) -> str:
    """*path* for people: what is not UTF-8 is shown as ``\\xNN``."""
    return path.decode("utf-8", "backslashreplace").encode("utf-8", "backslashreplace").decode("utf-8")


_HERE = f"({AT} or {BELOW})"
_KNOWN = "id, size, mtime_ns, ctime_ns, inode, device, sha256, state, kind, reason, probed, named"


class Seen:
    """Reads and writes ``roots`` and ``files``."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._conn = catalog, catalog.db.conn
        self._marked: int | None = None

    def below(self, root: bytes) -> dict[bytes, Known]:
        """Every file we know at or below *root*, by its path."""
        rows = self._conn.execute(
            f"select path_bytes, {_KNOWN} from files where id in (select id from _files where {_HERE})",
            (*at(root), *below(root)),
        )
        return {path: Known(*rest) for path, *rest in rows}

    def at(self, path: bytes) -> Known | None:
        """What is known of the file at *path*."""
        row = self._conn.execute(
            f"select {_KNOWN} from files where id = (select id from _files where {AT})", at(path)
        ).fetchone()
        return Known(*row) if row else None

    def paths(self, root: bytes) -> list[bytes]:
        """Every path at or below *root*, without those of missing files."""
        rows = self._conn.execute(
            "select path_bytes from files where state <> 'missing' "
            f"and id in (select id from _files where {_HERE}) order by path_bytes",
            (*at(root), *below(root)),
        )
        return [path for (path,) in rows]

    def at_inode(self, inode: int, size: int) -> list[tuple[bytes, Known]]:
        """Files that once had this inode and size: where a moved file may have been."""
        rows = self._conn.execute(
            f"select path_bytes, {_KNOWN} from files where inode = ? and size = ? order by path_bytes", (inode, size)
        )
        return [(path, Known(*rest)) for path, *rest in rows]

    def store(self, report: Report, *, reason: str | None, job: int, probed: str, named: str) -> int:
        """Insert or update the file of *report*; its ``id``."""
        entry = report.entry
        echo = report.sha256 is not None and self.is_echo(report.sha256, entry)
        state = "troubled" if report.state == "changed" else report.state
        kind = next((f.kind for f in report.facts if isinstance(f, Shape)), None) if state == "present" else None
        if state == "present":
            self._mark(job)
        return self._upsert(
            entry,
            {
                "sha256": report.sha256,
                "kind": (kind or "sidecar") if state == "present" else None,
                "state": state,
                "reason": reason,
                # a file that changed while it was read must look new next time
                "probed": None if report.state == "changed" else probed,
                "named": named,
                "seen_job": job,
                "echo": echo,
            },
        )

    def _mark(self, job: int) -> None:
        """Keep the last job that changed a present file at hand: what is derived is due again."""
        if job != self._marked:
            self._conn.execute(
                "insert or replace into stages values ('seen', ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))", (str(job),)
            )
            self._marked = job

    def is_echo(self, sha256: str, entry: Entry) -> bool:
        """Whether this is a copy we published ourselves, brought back under the name we gave it.

        What was there before the copy is its original, also when both have one name and the same bytes.
        """
        same = "content = (select id from contents where sha256 = ?)"
        known = self._conn.execute(f"select echo from _files where {AT} and {same}", (*at(entry.path), sha256))
        if (row := known.fetchone()) is not None:
            return bool(row[0])
        name = path_text(entry.name)
        targets = self._conn.execute(
            f"select target from (select ? as hash, ? as sha256) n join _receipts r on {wrote('r', 'n')} union all "
            "select target from _receipts where content = (select id from contents where sha256 = ?) and written_sha256 is null",
            (packed(sha256), sha256, sha256),
        )
        return any(target.rpartition("/")[2] == name for (target,) in targets)

    def skip(self, entry: Entry, *, job: int) -> int:
        """Record something that is not read at all, with its reason."""
        return self._upsert(
            entry,
            {
                "sha256": None,
                "kind": None,
                "state": "skipped",
                "reason": entry.problem,
                "probed": "never",
                "named": None,
                "seen_job": job,
            },
        )

    def _upsert(self, entry: Entry, values: dict[str, object]) -> int:
        folder, base = at(entry.path)
        row: dict[str, Any] = {
            "root": path_text(entry.root),
            "folder": folder,
            "base": base,
            "path": path_text(entry.path),
            "name": path_text(entry.name),
            "size": entry.size,
            "mtime_ns": entry.mtime_ns,
            "ctime_ns": entry.ctime_ns,
            "inode": _signed(entry.inode),
            "device": _signed(entry.device),
            **{CODED.get(name, name): value for name, value in values.items()},
        }
        numbered(self._conn, "words", (row[name] for name in WORDS))
        numbered(self._conn, "contents", (row["sha256"],))
        numbered(self._conn, "_folders", (folder,))
        was = self._conn.execute(f"select id, content from _files where {AT}", (folder, base)).fetchone()
        columns = ["content" if name == "sha256" else name for name in row]
        marks = [KEPT.get(name, f":{name}") for name in row]
        updates = ", ".join(f"{c} = excluded.{c}" for c in columns if c not in ("folder", "base"))
        cursor = self._conn.execute(
            f"insert into _files ({', '.join(columns)}) values ({', '.join(marks)}) "
            f"on conflict (folder, base) do update set {updates} returning id, content",
            row,
        )
        file_id, content = cursor.fetchone()
        if was is not None and was[1] and was[1] != content:
            self._catalog.found.forget_names(file_id, was[1])
        return int(file_id)

    def move(self, file_id: int, entry: Entry, *, named: str, job: int) -> None:
        """The file *file_id* is now at another path; its bytes are the same."""
        self._mark(job)
        (was,) = self._conn.execute("select path_bytes from files where id = ?", (file_id,)).fetchone()
        self._forget_sums(was)
        folder, base = at(entry.path)
        row = {
            "root": path_text(entry.root),
            "folder": folder,
            "base": base,
            "path": path_text(entry.path),
            "name": path_text(entry.name),
            "ctime_ns": entry.ctime_ns,
            "device": _signed(entry.device),
            "state_number": "present",
            "reason": None,
            "named": named,
            "seen_job": job,
        }
        numbered(self._conn, "_folders", (folder,))
        numbered(self._conn, "words", (row["root"], named))  # type: ignore[arg-type]
        changes = ", ".join(f"{name} = {KEPT.get(name, f':{name}')}" for name in row)
        self._conn.execute(f"update _files set {changes} where id = :id", {**row, "id": file_id})

    def revive(self, file_ids: Iterable[int], job: int) -> None:
        """Files that were missing are there again, unchanged."""
        self._mark(job)
        self._conn.executemany(
            "update files set state = 'present', reason = null, seen_job = ? where id = ? and state = 'missing'",
            ((job, file_id) for file_id in file_ids),
        )

    def renumber(self, root: bytes, before: int, device: int) -> None:
        """The disk of *root* is called *device* now: after a restart, or plugged in again."""
        self._conn.execute(
            f"update _files set device = ? where device = ? and {BELOW}", (_signed(device), before, *below(root))
        )

    def rename_probed(self, file_id: int, named: str, job: int) -> None:
        self._mark(job)
        self._conn.execute("update files set named = ? where id = ?", (named, file_id))

    def mark_missing(self, file_ids: Sequence[int]) -> None:
        self._conn.executemany(
            "update files set state = 'missing', reason = 'not there any more' where id = ?", ((i,) for i in file_ids)
        )

    def forget(self, file_ids: Sequence[int]) -> None:
        """Rows of what was no file: nothing was found in them."""
        self._conn.executemany("delete from files where id = ? and sha256 is null", ((i,) for i in file_ids))

    def finish_root(self, root: bytes, device: int, files: int, size: int, at: str) -> None:
        """Remember how much the walk of *root* met: the ledger is balanced against it."""
        low, high = below(root)
        self._conn.execute("delete from roots where path_bytes >= ? and path_bytes < ?", (low, high))
        self._forget_sums(root)
        self._conn.execute(
            "insert into roots (path_bytes, path, device, files, bytes, scanned_at) values (?, ?, ?, ?, ?, ?) "
            "on conflict (path_bytes) do update set device = excluded.device, files = excluded.files, "
            "bytes = excluded.bytes, scanned_at = excluded.scanned_at",
            (root, path_text(root), _signed(device), files, size, at),
        )

    def _forget_sums(self, path: bytes) -> None:
        """What lies at *path* is changing: the sums of the roots above it are no longer those of their last walk."""
        self._conn.execute(
            "update roots set files = null, bytes = null where ?1 = path_bytes or "
            "substr(?1, 1, length(path_bytes) + 1) = cast(path_bytes || '/' as blob)",
            (path,),
        )

    def roots_device(self, root: bytes) -> int | None:
        """The device *root* was on when it was last walked."""
        row = self._conn.execute("select device from roots where path_bytes = ?", (root,)).fetchone()
        return row[0] if row else None

    def roots(self) -> list[tuple[bytes, int, int]]:
        """Each root with the number of files and bytes its last complete walk met, where that still is comparable."""
        return [
            (path, files, size)
            for path, files, size in self._conn.execute(
                "select path_bytes, files, bytes from roots where files is not null order by path_bytes"
            )
        ]

    def count_below(self, root: bytes) -> tuple[int, int]:
        """Files and bytes at or below *root*, without the missing ones."""
        row = self._conn.execute(
            f"select count(*), coalesce(sum(size), 0) from _files where state_number <> 1 and {_HERE}",
            (*at(root), *below(root)),
        ).fetchone()
        return int(row[0]), int(row[1])

    def count_inside(self, folder: bytes) -> tuple[int, int]:
        """The same of what is below *folder*, without what has its very path."""
        row = self._conn.execute(
            f"select count(*), coalesce(sum(size), 0) from _files where state_number <> 1 and {BELOW}",
            below(folder),
        ).fetchone()
        return int(row[0]), int(row[1])

    def find(self, path: bytes) -> tuple[int, str | None] | None:
        """``(file_id, sha256)`` of the file at *path*."""
        row = self._conn.execute(
            f"select id, sha256 from files where id = (select id from _files where {AT})", at(path)
        ).fetchone()
        return (row[0], row[1]) if row else None

    def originals(self) -> Iterator[tuple[bytes, str]]:
        """``(path, sha256)`` of every present file that has been read, for ``verify --originals``."""
        yield from self._conn.execute(
            "select path_bytes, sha256 from files where state = 'present' and sha256 is not null order by path_bytes"
        )


def _signed(number: int) -> int:
    """SQLite's integers end at 2**63-1; some network file systems count inodes beyond."""
    return number if number < 2**63 else number - 2**64
