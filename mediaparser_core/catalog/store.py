"""Open a library: two SQLite files, one writer, short transactions."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from types import TracebackType

from mediaparser_core import schema
from mediaparser_core.catalog.asked import Asked
from mediaparser_core.catalog.decided import Decided
from mediaparser_core.catalog.derived import Derived
from mediaparser_core.catalog.done import Done
from mediaparser_core.catalog.found import Found
from mediaparser_core.catalog.seen import Seen
from mediaparser_core.catalog.sketches import Sketches
from mediaparser_core.errors import CatalogError, LibraryBusy, StorageError
from mediaparser_core.ladder import Ladder, Opened

# Between two of our transactions a decision gets its turn (measured: 60 of 60): five milliseconds, or after a
# transaction of less than one as many times as long as it took, for a job that only notes how it fares would wait most of its time.
PAUSE, SHARE = 0.005, 5
BUSY_MS = 30_000
_MANY_PAGES = 1000  # of 4 kB
_STEPS = 20_000  # of SQLite's machine, about a millisecond
ADVICE = {
    "decisions.db": "put a backup back with 'mediaparser restore'",
    "catalog.db": "put a backup back with 'mediaparser restore', or move it away and run again: it is made anew",
}


def _connect(path: Path, *, writable: bool) -> sqlite3.Connection:
    """A connection with our pragmas; a read-only one also works where SQLite may not even write its WAL index."""
    modes = ["mode=rwc"] if writable else ["mode=ro", "mode=ro&immutable=1"]
    problem = None
    for mode in modes:
        try:
            conn = sqlite3.connect(f"{path.as_uri()}?{mode}", uri=True, timeout=BUSY_MS / 1000, isolation_level=None)
            conn.execute("pragma trusted_schema = off")
            conn.execute("pragma foreign_keys = on")
            conn.execute("pragma recursive_triggers = on")
            conn.execute("select count(*) from sqlite_master").fetchone()
            return conn
        except sqlite3.Error as error:
            problem = error
    if "malformed" in str(problem):
        raise damaged(path, str(problem))
    raise CatalogError(f"{path} cannot be opened: {problem}")


def damaged(path: Path, problem: str) -> CatalogError:
    """What is wrong with a database, and what to do about it."""
    return CatalogError(f"{path} is damaged ('{' '.join(problem.split())}'); {ADVICE[path.name]}")


def _give_back(conn: sqlite3.Connection) -> None:
    """After a migration that left many pages empty, make the file as small as what is in it."""
    if conn.execute("pragma freelist_count").fetchone()[0] > _MANY_PAGES:
        with suppress(sqlite3.OperationalError):  # without room for a second copy it stays as long as it was
            conn.execute("vacuum")


class Catalog:
    """A library, open. ``writable=False`` never creates or changes anything.

    Use as a context manager. Raises :class:`~mediaparser_core.errors.CatalogError` when the files cannot be opened,
    ``CatalogTooNew`` when a newer program wrote them.
    """

    def __init__(self, library: Path, *, writable: bool = True) -> None:
        self.library, self.writable = library, writable
        self._lock_fd: int | None = None
        if writable:
            try:
                library.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StorageError(f"the library {library} cannot be made: {error.strerror}") from None
            # a large library's temporary tables are large as well, and /tmp is memory on many machines
            os.environ.setdefault("SQLITE_TMPDIR", str(library))
        elif not (library / "catalog.db").exists():
            raise CatalogError(f"there is no catalog in {library} yet; run 'mediaparser run FOLDER' first")
        self.db = self._open("catalog.db", schema.catalog, "normal")
        self._decisions: Opened | None = None
        if writable or (library / "decisions.db").exists():
            # FULL: a decision that was confirmed survives a power cut
            self._decisions = self._open("decisions.db", schema.decisions, "full")

    def _open(self, name: str, migrations: Ladder, synchronous: str) -> Opened:
        path = self.library / name
        conn = _connect(path, writable=self.writable)
        db = Opened(conn)
        try:
            if self.writable:
                conn.execute("pragma journal_mode = wal")
                conn.execute(f"pragma synchronous = {synchronous}")
            schema.check(db, migrations, str(path))
            if not schema.is_current(db, migrations):
                if not self.writable:
                    raise CatalogError(
                        f"{path} is from an older version; run 'mediaparser export --dry-run' to bring it up"
                    )
                with self.lock():
                    schema.migrate(db, migrations, str(path))
                    _give_back(conn)
        except (sqlite3.Error, CatalogError) as error:
            conn.close()
            if isinstance(error, CatalogError):
                raise
            raise storage_error(self.library, error) from None
        return db

    @cached_property
    def seen(self) -> Seen:
        return Seen(self)

    @cached_property
    def found(self) -> Found:
        return Found(self)

    @cached_property
    def derived(self) -> Derived:
        return Derived(self)

    @cached_property
    def asked(self) -> Asked:
        return Asked(self)

    @cached_property
    def decided(self) -> Decided:
        return Decided(self._decisions)

    @cached_property
    def done(self) -> Done:
        return Done(self)

    @cached_property
    def sketches(self) -> Sketches:
        return Sketches(self.library / "cache", writable=self.writable)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the only writer of this library; the kernel frees the lock when the process dies.

        Nested use is one lock. Raises :class:`LibraryBusy` at once when another process has it.
        """
        if self._lock_fd is not None:
            yield
            return
        try:
            fd = os.open(self.library / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StorageError(f"the library {self.library} cannot be written to: {error.strerror}") from None
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(fd)
            raise LibraryBusy(
                f"another mediaparser command is working in {self.library}; wait for it, or see 'mediaparser jobs'"
            ) from None
        self._lock_fd = fd
        try:
            yield
        finally:
            self._lock_fd = None
            os.close(fd)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One short immediate transaction on the catalog; nested use joins the outer one."""
        conn = self.db.conn
        if conn.in_transaction:
            yield conn
            return
        try:
            conn.execute("begin immediate")
            began = time.monotonic()
            yield conn
            conn.execute("commit")
        except sqlite3.OperationalError as error:
            conn.rollback()
            raise storage_error(self.library, error) from error
        except BaseException:
            conn.rollback()
            raise
        time.sleep(min(PAUSE, SHARE * (time.monotonic() - began)))

    @contextmanager
    def stoppable(self, stop: Callable[[], bool]) -> Iterator[None]:
        """While the block runs, what it asks of the catalog fails with :class:`CatalogError` as soon as *stop* says so."""
        self.db.conn.set_progress_handler(stop, _STEPS)
        try:
            yield
        except sqlite3.OperationalError as error:
            raise storage_error(self.library, error) from error
        finally:
            self.db.conn.set_progress_handler(None, _STEPS)

    @contextmanager
    def calling(self) -> Iterator[None]:
        """While the block runs, a job in one long transaction, which nobody else can write into, hears :meth:`is_called`."""
        fd = os.open(self.library, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with suppress(OSError):  # a disk without locks: the job is asked when its transaction is over
                fcntl.flock(fd, fcntl.LOCK_SH)
            yield
        finally:
            os.close(fd)

    def is_called(self) -> bool:
        """Whether somebody is :meth:`calling` in another process."""
        try:
            fd = os.open(self.library, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        finally:
            os.close(fd)
        return False

    def size(self) -> int:
        """Bytes that the catalog's pages take on disk, the free ones with them."""
        (pages,), (size,) = (self.db.conn.execute(f"pragma {name}").fetchone() for name in ("page_count", "page_size"))
        return int(pages) * int(size)

    def close(self) -> None:
        if "sketches" in self.__dict__:
            self.sketches.close()
        for db in (self.db, self._decisions):
            if db is not None:
                db.close()

    def __enter__(self) -> Catalog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def storage_error(library: Path, error: sqlite3.Error) -> CatalogError | StorageError:
    """The clear line for what SQLite says: full and read-only disks are the disk's fault, the rest the catalog's."""
    text = str(error)
    if "full" in text:
        return StorageError(f"the disk of {library} is full; free some space and run the same command again")
    if "readonly" in text or "read-only" in text:
        return StorageError(f"the library {library} is read-only")
    if "I/O" in text:
        return StorageError(f"the disk of {library} reports an error: {text}")
    return CatalogError(f"the catalog in {library} failed: {text}")
