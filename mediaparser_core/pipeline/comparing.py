"""What the catalog knows of a tree, against what a walk meets in it: one folder at a time, and nothing is kept of
what has not changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.inside import DUE, MISSING, SKIPPED, TROUBLED, inside
from mediaparser_core.records import Status

_AT_ONCE = 1000  # files of one folder, before we look whether somebody wants us to stop


class Comparison:
    """Of one walk through *root*, which asks :meth:`due` (see ``Location.due``).

    *marks* are those of the probes of content and of names; *look* is called now and then, and may raise.
    ``unchanged`` files of ``size`` bytes need not be told; of these ``skipped`` and ``troubled``. ``remembered`` counts
    the files of the catalog that were compared, ``unmet`` are those among them that have not been met so far.
    """

    def __init__(self, catalog: Catalog, root: bytes, marks: tuple[str, str], look: Callable[[], object]) -> None:
        self._seen, self._conn = catalog.seen, catalog.db.conn
        self._root, self._look = root, look
        self._probed, self._named = marks
        self._not_entered = {root}
        self.unchanged = self.size = self.skipped = self.troubled = self.remembered = 0
        self.unmet: dict[bytes, None] = {}

    def due(self, folder: bytes, folders: Sequence[bytes], files: Iterable[Status]) -> list[Status]:
        """Those of *files* that are new or not as we know them."""
        met: list[Status] = []
        files = iter(files)
        while some := list(islice(files, _AT_ONCE)):
            met += some
            self._look()
        prefix = folder.rstrip(b"/") + b"/"
        self._not_entered.discard(folder)
        self._not_entered.update(prefix + name for name in folders)
        device = met[0][5] if met else 0
        known = inside(self._conn, folder, folders, probed=self._probed, named=self._named, device=device)
        if known == met:  # as almost always
            self.remembered += len(known)
            self._count(met)
            return []
        known = [status for status in known if status[5] != MISSING]
        return self._different(prefix, known, met)

    def _different(self, prefix: bytes, known: list[Status], met: list[Status]) -> list[Status]:
        by_name = {status[0]: status for status in known}
        self.remembered += len(known)
        due, same = [], []
        for status in {status[0]: status for status in met}.values():  # some disks list a name twice
            before = by_name.pop(status[0], None)
            if before is None or before[5] == DUE or before[1:5] != status[1:5]:
                due.append(status)
                continue
            same.append(status)
            self.skipped += before[5] == SKIPPED
            self.troubled += before[5] == TROUBLED
        self._count(same)
        self.unmet.update((prefix + name, None) for name in by_name)
        return due

    def _count(self, same: list[Status]) -> None:
        self.unchanged += len(same)
        self.size += sum(status[1] for status in same)

    def finish(self) -> None:
        """The walk is over: whoever did not ask has told everything, so that all we know counts as not met by us."""
        if self._root in self._not_entered:
            self.unmet = dict.fromkeys(self._seen.paths(self._root))
            self.remembered = len(self.unmet)
            self._not_entered.clear()
        elif (before := self._seen.at(self._root)) and before.state != "missing":
            self.unmet[self._root] = None  # it was a file once, or could not be read
            self.remembered += 1

    def out_of_reach(self) -> tuple[int, int]:
        """Files and bytes that we know in folders that the walk did not enter."""
        counts = [self._seen.count_inside(folder) for folder in self._not_entered]
        return sum(count for count, _ in counts), sum(size for _, size in counts)
