"""Read a body that comes in chunks, a block at a time: cheroot's own reader holds a whole chunk, however large."""

from __future__ import annotations

import re
from typing import BinaryIO

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")
_LONGEST_LINE = 1024
_MOST_TRAILERS = 32
_BLOCK = 256 * 1024


class Chunks:
    """What WSGI calls ``wsgi.input``. ``closed`` once everything was read; raises ``ValueError`` when it is cut off or
    makes no sense."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._left, self.closed = stream, 0, False

    def read(self, size: int = -1) -> bytes:
        """Some bytes, at most *size*; none at the end."""
        if not self.closed and self._left == 0:
            self._begin()
        if self.closed or size == 0:
            return b""
        data = self._stream.read(min(size if size > 0 else _BLOCK, self._left, _BLOCK))
        if not data:
            raise ValueError("the body ended in the middle of a chunk")
        self._left -= len(data)
        if self._left == 0 and self._stream.read(2) != b"\r\n":
            raise ValueError("a chunk is longer than it says")
        return data

    def _begin(self) -> None:
        found = _SIZE.fullmatch(self._stream.readline(_LONGEST_LINE))
        if found is None:
            raise ValueError("a chunk does not say how long it is")
        self._left = int(found[1], 16)
        if self._left == 0:
            self._end()

    def _end(self) -> None:
        for _ in range(_MOST_TRAILERS):
            if self._stream.readline(_LONGEST_LINE) in (b"\r\n", b""):
                self.closed = True
                return
        raise ValueError("more trailers than anybody needs")
