"""CSV for spreadsheets: a cell that a spreadsheet would take for a formula gets a quote mark before it."""

from __future__ import annotations

import csv
import io
import re

_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)


def harmless(cell: str) -> str:
    """*cell* as it may stand in a file that somebody opens with a spreadsheet; numbers stay numbers."""
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


class Cells:
    """Makes CSV harmless piece by piece; a row that is not all there yet waits for the next piece."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, piece: bytes, *, last: bool) -> bytes:
        """The rows that *piece* completes, as bytes."""
        held = self._rest + piece
        end = len(held) if last else _end_of_rows(held)
        self._rest = held[end:]
        text = held[:end].decode("utf-8", "replace")
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        for row in csv.reader(io.StringIO(text, newline="")):
            writer.writerow([harmless(cell) for cell in row])
        return out.getvalue().encode()


def _end_of_rows(data: bytes) -> int:
    """Where the last row ends that is all there: behind a line break outside of quotes."""
    end = data.rfind(b"\n") + 1
    is_open = data.count(b'"', 0, end) % 2 == 1
    while end and is_open:
        before = data.rfind(b"\n", 0, end - 1) + 1
        is_open ^= data.count(b'"', before, end) % 2 == 1
        end = before
    return end
