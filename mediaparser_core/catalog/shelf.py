"""Which picture lies in which live folder: a private, temporary database that is gone with the process."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from mediaparser_core.names import fold

Path = tuple[str, ...]

_SCHEMA = """
create table shown (id integer primary key, sha256 text not null unique, name text not null, target text, size integer not null,
    stamp integer not null, inode integer not null, mtime_ns integer not null, taken text not null);
create table placed (folder integer not null, key text not null, shown integer not null, name text, primary key (folder, key))
    without rowid;
create index placed_shown on placed (shown);
"""
_ITEM = "coalesce(p.name, s.name), s.sha256, s.target, s.size, s.stamp, s.inode, s.mtime_ns, s.taken"
_LAST = "\U0010ffff"


class Item(NamedTuple):
    """A picture in a folder. ``target`` is where its copy is in the export, if there is one; ``size``, ``stamp`` (time in
    nanoseconds) and ``inode`` are the original's; ``mtime_ns`` is when it was taken, ``taken`` the same in text."""

    name: str
    sha256: str
    target: str | None
    size: int
    stamp: int
    inode: int
    mtime_ns: int
    taken: str


class Span(NamedTuple):
    """A part of a folder: pictures whose ``taken`` begins with *text* in its first *length* characters, whose keys are
    between *first* and *last*."""

    length: int = 0
    text: str = ""
    first: str = ""
    last: str = _LAST


class Shelf:
    """Folders by path, and the pictures in each. Safe for threads; a name is given once in a folder."""

    def __init__(self) -> None:
        self._conn = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._conn.executescript(_SCHEMA)
        self._lock = threading.RLock()
        self._folders: dict[Path, int] = {}  # by folded path
        self._counts: dict[int, int] = {}
        self._below: dict[Path, dict[str, str]] = {}  # folded path → folded name → name, of folders that hold something
        self._names: dict[Path, Path] = {}  # folded path → path as it is shown
        self.remembered: dict[object, Any] = {}  # what was worked out from the shelf as it is, for those who look often
        self.changed_ns = time.time_ns()

    def put(
        self, items: Iterable[tuple[Item, Iterable[Path]]], instead_of: Iterable[str] = (), *, grow: bool = True
    ) -> None:
        """Place *items* in their folders, after taking out those *instead_of*; without *grow*, :meth:`grow` follows."""
        insert = "insert into shown (name, sha256, target, size, stamp, inode, mtime_ns, taken) values (?, ?, ?, ?, ?, ?, ?, ?)"
        with self._lock:
            self._conn.execute("begin")
            for sha in instead_of:
                self._take_out(sha)
            for item, folders in items:
                shown, key = int(self._conn.execute(insert, item).lastrowid or 0), fold(item.name)
                for folder in {self._folder(folder) for folder in folders}:
                    self._place(folder, key, shown, item)
            self._conn.execute("commit")
            if grow:
                self.grow()

    def _place(self, folder: int, key: str, shown: int, item: Item) -> None:
        insert = "insert into placed (folder, key, shown, name) values (?, ?, ?, ?)"
        try:
            self._conn.execute(insert, (folder, key, shown, None))
        except sqlite3.IntegrityError:  # the same name, from another folder of the export
            stem, dot, extension = item.name.rpartition(".")
            name = f"{stem}_{item.sha256[:16]}.{extension}" if dot else f"{item.name}_{item.sha256[:16]}"
            self._conn.execute(insert, (folder, fold(name), shown, name))
        self._counts[folder] = self._counts.get(folder, 0) + 1

    def _take_out(self, sha256: str) -> None:
        row = self._conn.execute("delete from shown where sha256 = ? returning id", (sha256,)).fetchone()
        if row is not None:
            for (folder,) in self._conn.execute("delete from placed where shown = ? returning folder", row).fetchall():
                self._counts[folder] -= 1

    def _folder(self, path: Path) -> int:
        key = tuple(fold(part) for part in path)
        if key not in self._folders:
            self._folders[key] = len(self._folders)
            for length in range(1, len(path) + 1):
                self._names.setdefault(key[:length], path[:length])
        return self._folders[key]

    def grow(self) -> None:
        """See which folders hold something now, and those above them."""
        with self._lock:
            self.remembered = {}  # a new one: who is just working something out puts it into the old one
            self._below = {}
            self._climb()
            self.changed_ns = time.time_ns()

    def _climb(self) -> None:
        for key, number in self._folders.items():
            if self._counts.get(number):
                for length in range(len(key), 0, -1):
                    siblings = self._below.setdefault(key[: length - 1], {})
                    if key[length - 1] in siblings:
                        break
                    siblings[key[length - 1]] = self._names[key[:length]][-1]

    # -- looking

    def below(self, path: Path) -> list[str]:
        """The names of the folders in the folder *path*, sorted."""
        with self._lock:
            key = _key(path)
            known: list[str] | None = self.remembered.get(key)
            if known is None:
                known = self.remembered[key] = sorted(self._below.get(key, {}).values())
            return known

    def count(self, path: Path) -> int:
        """How many pictures lie in the folder *path* itself."""
        with self._lock:
            return self._counts.get(self._folders.get(_key(path), -1), 0)

    def files(self, path: Path, span: Span) -> list[Item]:
        """The pictures in *span* of the folder *path*, by name."""
        with self._lock:
            rows = self._conn.execute(
                f"select {_ITEM} from placed p join shown s on s.id = p.shown {_WITHIN} order by p.key",
                self._values(path, span),
            )
            return [Item._make(row) for row in rows]

    def find(self, path: Path, span: Span, name: str) -> Item | None:
        """The picture called *name* in *span* of the folder *path*."""
        with self._lock:
            row = self._conn.execute(
                f"select {_ITEM} from placed p join shown s on s.id = p.shown {_WITHIN} and p.key = ?",
                (*self._values(path, span), fold(name)),
            ).fetchone()
        return Item._make(row) if row else None

    def parts(self, path: Path, span: Span, length: int) -> list[tuple[str, int]]:
        """The first *length* characters of ``taken`` in *span*, each with how many pictures share them."""
        with self._lock:
            known: list[tuple[str, int]] | None = self.remembered.get((path, span, length))
            if known is None:
                rows = self._conn.execute(
                    "select substr(s.taken, 1, ?), count(*) from placed p join shown s on s.id = p.shown "
                    f"{_WITHIN} group by 1 order by 1",
                    (length, *self._values(path, span)),
                )
                known = self.remembered[path, span, length] = list(rows)
        return known

    def keys(self, path: Path, span: Span, every: int) -> Iterator[tuple[str, str]]:
        """First and last key of each *every* pictures in *span*, by name."""
        with self._lock:
            rows = self._conn.execute(
                f"select p.key from placed p join shown s on s.id = p.shown {_WITHIN} order by p.key",
                self._values(path, span),
            ).fetchall()
        for start in range(0, len(rows), every):
            chunk = rows[start : start + every]
            yield chunk[0][0], chunk[-1][0]

    def _values(self, path: Path, span: Span) -> tuple[object, ...]:
        return self._folders.get(_key(path), -1), span.first, span.last, span.length, span.text

    def close(self) -> None:
        with self._lock:
            self._conn.close()


_WITHIN = "where p.folder = ? and p.key >= ? and p.key <= ? and substr(s.taken, 1, ?) = ?"


def _key(path: Path) -> Path:
    return tuple(fold(part) for part in path)
