"""Where the next page begins, as text in an address: the sort key of the last row, never an offset."""

from __future__ import annotations

import base64
import binascii
import json

Value = str | int | float | None

_LONGEST = 2000  # characters of a cursor; paths may be long


def cursor(*values: Value) -> str:
    """*values* of the last row's sort columns as text for ``?after=``."""
    document = json.dumps(list(values), separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")


def read_cursor(text: str | None, columns: int) -> tuple[Value, ...] | None:
    """What :func:`cursor` wrote, or ``None`` (the first page) for anything else."""
    if not text or len(text) > _LONGEST:
        return None
    try:
        document = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        return None
    if not isinstance(document, list) or len(document) != columns:
        return None
    if any(isinstance(value, bool) or not isinstance(value, (str, int, float, type(None))) for value in document):
        return None
    if any(isinstance(value, int) and abs(value) >= 1 << 63 for value in document):
        return None
    return tuple(document)
