"""What is known in one folder, in the shape in which a walk tells what it meets: most often the two are equal."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from mediaparser_core.records import Status
from mediaparser_core.smaller_tables import STATES

# the last number of what ``inside`` gives
SKIPPED, TROUBLED, DUE, MISSING = -1, -2, -3, -4
_STATUS = f"""f.size, f.mtime_ns, f.ctime_ns, f.inode,
    case when f.state_number = {STATES.index("missing")} then {MISSING}
         when f.content > 0 and f.probed = (select id from words where word = ?1) and f.named = (select id from words where word = ?2) then
            case when f.state_number = {STATES.index("skipped")} then {SKIPPED}
                when f.state_number = {STATES.index("troubled")} or f.reason is not null then {TROUBLED} else ?3 end
         else {DUE} end"""
_IN = f"""
select f.base, {_STATUS} from _files f where f.folder = (select _folders.id from _folders where _folders.path = ?4) order by f.base
"""
_BELOW = f"""
select cast(substr(d.path, ?4) || f.base as blob), {_STATUS} from _folders d cross join _files f on f.folder = d.id
where d.path >= ?5 and d.path < ?6
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
    values = (probed, named, device if device < 2**63 else DUE)  # SQLite's integers end there
    found: list[Status] = conn.execute(_IN, (*values, prefix)).fetchall()
    low, further = prefix + b"\0", list[Status]()  # behind the folder itself
    for name in sorted(name + b"/" for name in folders):
        further += conn.execute(_BELOW, (*values, len(prefix) + 1, low, prefix + name))
        low = prefix + name[:-1] + b"0"  # follows the slash in ASCII
    further += conn.execute(_BELOW, (*values, len(prefix) + 1, low, prefix[:-1] + b"0"))
    return sorted(found + further) if further else found
