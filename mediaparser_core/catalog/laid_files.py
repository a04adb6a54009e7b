"""All files on their way past those who say what belongs together: they wait on the disk, and come folder by folder."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Set
from functools import cache
from typing import TYPE_CHECKING

from mediaparser_core.catalog.by_place import ByPlace
from mediaparser_core.packing import Packing
from mediaparser_core.part_names import set_of
from mediaparser_core.records import Seen

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

_SEEN = Packing(Seen)
_NOTHING: Set[str] = frozenset()


class LaidFiles(ByPlace[Seen]):
    """*files*, which come by their paths, in a temporary table until the block ends.

    In memory are the names of the folders, and the files of one of them at a time.
    """

    def __init__(self, catalog: Catalog, files: Iterable[Seen]) -> None:
        self._conn, self._files = catalog.db.conn, files
        self._count = 0
        self._folders: dict[bytes, array[int]] = {}  # where its files begin, where they end, where they go on …
        self._within: dict[bytes, set[str]] = {}  # the kinds and formats that it has

    def __enter__(self) -> LaidFiles:
        self._conn.execute("drop table if exists temp.laid_files")
        self._conn.execute(
            "create temp table laid_files (place integer primary key, kind text, format text, told blob)"
        )
        self._conn.executemany("insert into temp.laid_files values (?, ?, ?, ?)", self._rows())
        self._files = ()
        return self

    def _rows(self) -> Iterator[tuple[int, str, str, bytes]]:
        in_set = cache(set_of)
        runs: array[int] = array("q", (0, 0))
        for place, seen in enumerate(self._files):
            folder = in_set(seen.folder)
            if runs is not self._folders.get(folder) or runs[-1] != place:
                runs = self._folders.setdefault(folder, array("q"))
                runs.extend((place, place))
            runs[-1] = place + 1
            self._within.setdefault(folder, set()).update((seen.kind, seen.format))
            self._count = place + 1
            yield place, seen.kind, seen.format, _SEEN.pack(seen)

    def __exit__(self, *_: object) -> None:
        self._conn.execute("drop table if exists temp.laid_files")

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Seen]:
        rows = self._conn.execute("select told from temp.laid_files order by place")
        return (_SEEN.unpack(told) for (told,) in rows)

    def _between(self, begin: int, end: int) -> list[Seen]:
        rows = self._conn.execute(
            "select told from temp.laid_files where place >= ? and place < ? order by place", (begin, end)
        )
        return [_SEEN.unpack(told) for (told,) in rows]

    def in_folders(self, having: Set[str] = _NOTHING) -> Iterator[list[Seen]]:
        """As :func:`mediaparser_core.bundle.in_folders` says, without reading the other folders."""
        for folder in sorted(self._folders):
            if not having or not having.isdisjoint(self._within[folder]):
                runs = self._folders[folder]
                yield [seen for at in range(0, len(runs), 2) for seen in self._between(runs[at], runs[at + 1])]

    def of_kind(self, having: Set[str]) -> Iterator[Seen]:
        """As :func:`mediaparser_core.bundle.of_kind` says, without unpacking the others."""
        marks, words = ", ".join("?" * len(having)), sorted(having)
        rows = self._conn.execute(
            f"select told from temp.laid_files where kind in ({marks}) or format in ({marks}) order by place",
            (*words, *words),
        )
        return (_SEEN.unpack(told) for (told,) in rows)
