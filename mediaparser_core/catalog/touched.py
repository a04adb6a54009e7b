"""Files that changed since everything derived was made, and those that could be one thing with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from mediaparser_core.catalog.fact_rows import of_origin
from mediaparser_core.catalog.partly import chosen
from mediaparser_core.names import fold
from mediaparser_core.part_names import set_of

if TYPE_CHECKING:
    from mediaparser_core.catalog.store import Catalog

_SEEN = "f.content > 0 and f.kind_number is not null and f.state_number in (0, 1) and f.echo = 0"


class Touched:
    """Reads and clears ``touched``. What asks for folders takes all that are one folder of one export for one."""

    def __init__(self, catalog: Catalog) -> None:
        self._conn, self._folder = catalog.db.conn, cache(set_of)

    def all(self) -> tuple[set[str], set[bytes]]:
        """The contents that came, went or changed, and the folders, as they are called, in which they did."""
        rows = self._conn.execute(
            "select n.sha256, d.path from touched t join contents n on n.id = t.content join _folders d on d.id = t.folder"
        ).fetchall()
        return {sha for sha, _ in rows}, {path[:-1] for _, path in rows}

    def count(self) -> int:
        return int(self._conn.execute("select count(*) from touched").fetchone()[0])

    def forget(self) -> None:
        self._conn.execute("delete from touched")

    # -- what could be one thing with them

    def one_folder(self, folders: Iterable[bytes]) -> set[bytes]:
        """*folders*, all that are one folder of one export as one."""
        return {self._folder(folder) for folder in folders}

    def folders_of(self, contents: Collection[str]) -> set[bytes]:
        """The folders in which *contents* lie."""
        with chosen(self._conn, contents) as some:
            rows = self._conn.execute(
                f"select distinct d.path from {some} c join contents n on n.sha256 = c.sha256 "
                f"join _files f on f.content = n.id join _folders d on d.id = f.folder where {_SEEN}"
            )
            return {self._folder(path[:-1]) for (path,) in rows}

    def inside(self, folders: Collection[bytes]) -> Iterator[tuple[int, str, str]]:
        """``(file id, content, kind)`` of every file in one of *folders*."""
        numbers = [
            number
            for number, path in self._conn.execute("select id, path from _folders")
            if self._folder(path[:-1]) in folders
        ]
        with chosen(self._conn, numbers, "folder integer") as some:
            yield from self._conn.execute(
                f"select f.id, n.sha256, f.kind from {some} c join _files f on f.folder = c.folder "
                f"join contents n on n.id = f.content where {_SEEN}"
            )

    def files_of(self, contents: Collection[str]) -> set[int]:
        """The numbers of all files with *contents*."""
        with chosen(self._conn, contents) as some:
            rows = self._conn.execute(
                f"select f.id from {some} c join contents n on n.sha256 = c.sha256 join _files f on f.content = n.id "
                f"where {_SEEN}"
            )
            return {number for (number,) in rows}

    def same_data(self, contents: Collection[str]) -> set[str]:
        """Pictures with the picture data of one of *contents*."""
        with chosen(self._conn, contents) as some:
            rows = self._conn.execute(
                "select n.sha256 from _assets a join contents n on n.id = a.content where a.image_sha256 in "
                f"(select o.image_sha256 from {some} c join contents m on m.sha256 = c.sha256 "
                "join _assets o on o.content = m.id where o.image_sha256 is not null)"
            )
            return {sha for (sha,) in rows}

    def same_identifier(self, contents: Collection[str]) -> set[str]:
        """Pictures and videos with the content identifier of one of *contents*, however it is spelled."""
        if not contents:
            return set()
        named = [
            (sha, fold(name))
            for sha, name in self._conn.execute(
                "select n.sha256, a.content_id from _assets a join contents n on n.id = a.content "
                "where a.content_id is not null"
            )
        ]
        wanted = {name for sha, name in named if sha in contents}
        return {sha for sha, name in named if name in wanted}

    def spoken_for(self, contents: Collection[str]) -> set[str]:
        """Those of *contents* of which a sidecar says something."""
        with chosen(self._conn, contents) as some:
            rows = self._conn.execute(
                " union ".join(
                    f"select c.sha256 from {some} c join contents n on n.sha256 = c.sha256 "
                    f"join _{table} t on t.content = n.id and {of_origin(table, 'sidecar')}"
                    for table in ("claims", "found_tags", "places")
                )
            )
            return {sha for (sha,) in rows}

    def any_list(self) -> bool:
        """Whether there is a sidecar that may speak of files in any folder."""
        return self._conn.execute("select 1 from sidecars where format = 'csv' limit 1").fetchone() is not None


def media_of(files: Iterable[tuple[int, str, str]]) -> set[str]:
    """The contents of pictures and videos among *files*."""
    return {sha for _, sha, kind in files if kind != "sidecar"}
