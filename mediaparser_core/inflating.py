"""Read one member of an archive, from its beginning or from anywhere, without ever holding or unpacking it.

A packed member can only be unpacked from its beginning. So that films larger than the memory can be read in jumps, the
state of the unpacking is kept every few megabytes on the first way through; a jump then costs one such stretch.
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

from mediaparser_core.archives import DEFLATED, Member, ReadAt

_CHUNK = 64 * 1024  # packed bytes given to zlib at once
_BLOCK = 1024 * 1024  # bytes unpacked at once while skipping
_STRETCH = 4 * 1024 * 1024  # bytes between two kept states …
_STATES = 200  # … and never more of them than this: each takes up to 110 KB


class Damaged(Exception):
    """The member is not what its archive says; the message says why."""


@dataclass(slots=True)
class _Place:
    """A state of unpacking: *at* bytes have come out, the next packed ones are at *packed* (from the member's data)."""

    at: int
    packed: int
    state: Any  # zlib has no public name for its type


class Inside:
    """The bytes of *member*: :meth:`read` goes on from the beginning and checks them, :meth:`read_at` jumps.

    Raises :class:`Damaged` and ``OSError``, here and while reading.
    """

    def __init__(self, read_at: ReadAt, member: Member) -> None:
        if member.problem:
            raise Damaged(member.problem)
        self.size = member.size
        self._file, self._member = read_at, member
        header = read_at(member.offset, 30)
        if header[:4] != b"PK\3\4" or len(header) != 30:
            raise Damaged("it is not where its archive says; download the archive again")
        name_length, extra_length = struct.unpack_from("<HH", header, 26)
        self._start = member.offset + 30 + name_length + extra_length
        if header[6] & 1 or self._start + member.compressed > member.end:
            raise Damaged("the archive contradicts itself about it; download the archive again")
        self._crc, self._done = 0, 0
        self._places: list[_Place] = []
        self._stretch = max(_STRETCH, member.size // _STATES)
        self._here = _Place(0, 0, zlib.decompressobj(-zlib.MAX_WBITS))

    def read(self, length: int) -> bytes:
        """The next bytes, up to *length*; ``b""`` only at the end, once all of them were right."""
        length = min(length, self.size - self._done)
        if length:
            data = self.read_at(self._done, length)
            if not data:
                raise Damaged(f"it ends after {self._done:,} of {self.size:,} bytes; download the archive again")
            self._crc = zlib.crc32(data, self._crc)
            self._done += len(data)
            return data
        if self._crc != self._member.crc:
            raise Damaged("its bytes are not those that were packed (wrong checksum); download the archive again")
        return b""

    def read_at(self, offset: int, length: int) -> bytes:
        """Up to *length* bytes from *offset*; fewer beyond the end, or where one stretch of unpacking ends."""
        length = min(length, self.size - offset)
        if offset < 0 or length <= 0:
            return b""
        if self._member.method != DEFLATED:
            return self._file(self._start + offset, length)
        self._go_to(offset)
        found = []
        while length > 0 and (data := self._unpack(length)):
            found.append(data)
            length -= len(data)
        return b"".join(found)

    def _go_to(self, offset: int) -> None:
        """Be at *offset* with the fewest bytes unpacked for nothing."""
        before = bisect_right(self._places, offset, key=lambda place: place.at)
        nearest = self._places[before - 1] if before else None
        start = nearest.at if nearest else 0
        if not start <= self._here.at <= offset:
            state = nearest.state.copy() if nearest else zlib.decompressobj(-zlib.MAX_WBITS)
            self._here = _Place(start, nearest.packed if nearest else 0, state)
        while self._here.at < offset:
            if not self._unpack(min(_BLOCK, offset - self._here.at)):
                raise Damaged("it cannot be unpacked a second time; was the archive written to?")

    def _unpack(self, most: int) -> bytes:
        """The next bytes, at most *most*; ``b""`` at the end of what was packed."""
        here = self._here
        while not here.state.eof:
            packed = here.state.unconsumed_tail
            if not packed:
                length = min(_CHUNK, self._member.compressed - here.packed)
                packed = self._file(self._start + here.packed, length) if length > 0 else b""
                here.packed += len(packed)
                if not packed:
                    return b""
            try:
                data: bytes = here.state.decompress(packed, most)
            except zlib.error as error:
                raise Damaged(f"it cannot be unpacked ({error}); download the archive again") from None
            if data:
                here.at += len(data)
                self._keep()
                return data
        return b""

    def _keep(self) -> None:
        """Keep the state of unpacking, where none is kept nearby."""
        last = self._places[-1].at if self._places else 0
        if self._here.at >= last + self._stretch:
            self._places.append(_Place(self._here.at, self._here.packed, self._here.state.copy()))
