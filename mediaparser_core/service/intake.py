"""From the inbox into the originals: a file leaves the inbox only after its copy was read back and is the same.

It leaves by being renamed into a private folder; only what then still is the file that was copied is removed there.
Whatever else has come under its name meanwhile goes back to where it was. So nothing is removed on the word of a name.
"""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from mediaparser_core import disk
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.arrivals import Arrival, Arrivals
from mediaparser_core.catalog.seen import path_text
from mediaparser_core.errors import SourceChanged, StorageError
from mediaparser_core.jobs import now
from mediaparser_core.records import Entry
from mediaparser_core.refusals import NameTaken, storing
from mediaparser_core.service import room
from mediaparser_core.service.originals import PLACE, Store, clean_way, same_folder
from mediaparser_core.settings import Settings
from mediaparser_core.sources import Unreadable, identity_of, open_input

TAKEN = ".taken"  # in the inbox: what has been copied, on its way out
_LONGEST = 180  # bytes of the name it has there


class Intake:
    """Takes files out of one inbox; one at a time, and one intake for each library.

    Raises ``StorageError`` when another one is at work, or when the disk refuses.
    """

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self._settings, self._catalog, self._arrivals = settings, catalog, Arrivals(catalog)
        self._inbox, self._leaving = settings.inbox_path, settings.inbox_path / TAKEN
        self._home, self._count = settings.originals_root, 0
        with storing(self._inbox):
            disk.make_folder(self._inbox, mode=0o700)
            self._held = disk.private_folder(self._leaving)
        try:
            self._store = Store(self._home)
        except BaseException:
            os.close(self._held)
            raise
        self._put_back_all()

    def close(self) -> None:
        if self._held >= 0:
            self._store.close()
            os.close(self._held)
            self._held = -1

    def opened_again(self) -> Intake:
        """An intake of the folders that are there now; this one is closed, whether that works or not."""
        self.close()
        return Intake(self._settings, self._catalog)

    def is_there(self) -> bool:
        """Whether inbox and store still are those that were opened."""
        return self._held >= 0 and same_folder(self._leaving, self._held) and self._store.is_there()

    @property
    def leaving(self) -> bytes:
        """The folder in the inbox that is ours."""
        return os.fsencode(self._leaving)

    def take(self, entry: Entry, sha256: str) -> Arrival | None:
        """Keep the file of *entry*, whose bytes are *sha256*, and take it out of the inbox.

        ``None`` when the same bytes came in under the same name before: then nothing is kept twice. Raises
        :class:`SourceChanged` when it is not what it was, ``ExportError``, :class:`StorageError`: then it is still
        there.
        """
        way = entry.path.removeprefix(os.fsencode(self._inbox).rstrip(b"/") + b"/")
        arrival = self._keep(entry, way, sha256)
        if arrival is not None:
            self._arrivals.record(arrival)
        self._leave(entry)
        self._arrivals.left(entry.path)
        return arrival

    def _keep(self, entry: Entry, way: bytes, sha256: str) -> Arrival | None:
        known = self._known(sha256)
        own = os.fsencode("/".join(["", os.fsdecode(PLACE), *clean_way(way)]))
        if any(path.endswith(own) for path in known):
            return None  # another name or folder would be another word about the picture; this one is known
        if not known and (problem := room.lacking(self._settings, self._home, entry.size)):
            raise StorageError(problem)
        source = known[0] if known else entry.path
        kept = self._store.keep(source, way, sha256, entry.mtime_ns, self._today(), ours=bool(known))
        return Arrival(
            os.fsencode(kept), sha256, entry.size, entry.mtime_ns, path_text(way), path_text(entry.root), now()
        )

    def _known(self, sha256: str) -> list[bytes]:
        """Where the store has these bytes, read again."""
        places = self._arrivals.places_of(sha256, os.fsencode(self._home))
        return [path for path in places if self._store.holds(path, sha256)]

    def _today(self) -> date:
        return datetime.now(ZoneInfo(self._settings.timezone)).date()

    def _leave(self, entry: Entry) -> None:
        """Out of the inbox with what was copied, and with nothing else."""
        self._count += 1
        name = entry.name.decode("utf-8", "replace").encode()[-_LONGEST:].decode("utf-8", "ignore")
        aside = self._leaving / f"{os.getpid()}-{self._count}~{name}"
        with storing(self._inbox):
            try:
                disk.rename_over(Path(os.fsdecode(entry.path)), aside)
            except FileNotFoundError:
                return  # whoever brought it has taken it away; we have the copy
        if _is_free(aside, entry):
            with storing(self._inbox):
                disk.remove(aside)
            return
        self._put_back(aside, os.fsdecode(entry.path))
        raise SourceChanged(f"{path_text(entry.path)} was replaced while it was taken in")

    def _put_back_all(self) -> None:
        """What a kill left on its way out: what we have the bytes of is removed, everything else goes back."""
        for name in sorted(os.listdir(self._held)):
            aside = self._leaving / name
            sha256 = disk.hash_of(aside) if _is_free(aside) else None
            if sha256 is not None and self._known(sha256):
                with storing(self._inbox):
                    disk.remove(aside)
            else:
                self._put_back(aside, str(self._inbox / (name.partition("~")[2] or name)))

    def _put_back(self, aside: Path, path: str) -> None:
        stem, dot, ending = path.rpartition(".") if "." in path.rpartition("/")[2] else (path, "", "")
        for number in range(1, 1000):
            place = path if number == 1 else f"{stem} ({number}){dot}{ending}"
            with storing(self._inbox), suppress(NameTaken):
                disk.rename_new(aside, Path(place))
                return


def _is_free(path: Path, entry: Entry | None = None) -> bool:
    """Whether nobody writes to the file at *path*, and it is that of *entry* (whose ctime changed with its name)."""
    try:
        fd, status = open_input(os.fsencode(path))
    except Unreadable:
        return False
    try:
        same = entry is None or identity_of(status)[:4] == (entry.device, entry.inode, entry.size, entry.mtime_ns)
        return same and not is_being_written(fd)
    finally:
        os.close(fd)


def is_being_written(fd: int) -> bool:
    """Whether some program has the file open for writing, where the system can tell: Linux, files of our own."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)  # is granted only while nobody writes
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    return False
