"""What is known in one folder, in the shape in which a walk tells what it meets: most often the two are equal."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from mediaparser_core.records import Status

# the last number of what ``inside`` gives
SKIPPED, TROUBLED, DUE, MISSING = -1, -2, -3, -4
_INSIDE = f"""
select substr(path_bytes, ?1), size, mtime_ns, ctime_ns, inode,
    case when state = 'missing' then {MISSING}
         when content > 0 and probed = (select id from words where word = ?2) and named = (select id from words where word = ?3) then
            case when state = 'skipped' then {SKIPPED} when state = 'troubled' or reason is not null then {TROUBLED} else ?4 end
         else {DUE} end
from _files where path_bytes >= ?5 and path_bytes < ?6 order by path_bytes
"""


def inside(
    conn: sqlite3.Connection, folder: bytes, folders: Iterable[bytes], *, probed: str, named: str, device: int
) -> list[Status]:
    """What is known in *folder*, in order, without what is below one of *folders* in it.

    Names may have further slashes: of files in folders that are gone, or in archives. Where the last number is
    *device* the file is read by those probes and well, whatever its disk was called then; else it is one of
    ``SKIPPED`` and ``TROUBLED``, read by them as well, ``DUE``, and ``MISSING``.
    """
    prefix = folder.rstrip(b"/") + b"/"
    low, found = prefix, list[Status]()
    values = (len(prefix) + 1, probed, named, device if device < 2**63 else DUE)  # SQLite's integers end there
    for name in sorted(name + b"/" for name in folders):
        found += conn.execute(_INSIDE, (*values, low, prefix + name))
        low = prefix + name[:-1] + b"0"  # follows the slash in ASCII
    found += conn.execute(_INSIDE, (*values, low, prefix[:-1] + b"0"))
    return found
