"""Read the date in the header of a colour profile: never a picture's, but a claim all the same."""

from __future__ import annotations

import struct

from mediaparser_plugins.reading import Reading


def read(data: bytes, reading: Reading, *, again: bool = False) -> None:
    """Read the profile *data*; *again* allows a second one, as pictures with a map of gains have."""
    length, count = struct.unpack(">I124xI", data[:132]) if len(data) >= 132 else (0, 0)
    if data[36:40] != b"acsp" or length != len(data) or not 0 < count <= 100 or 132 + 12 * count > length:
        return reading.doubt("a broken colour profile")
    date = "{:04d}:{:02d}:{:02d} {:02d}:{:02d}:{:02d}".format(*struct.unpack(">6H", data[24:36]))
    key = "ICC-header:ProfileDateTime"
    if again and key in reading.tags:
        key = "ICC-header2:ProfileDateTime"
        if key in reading.tags:
            return None
    reading.put(key, date)
    return None
