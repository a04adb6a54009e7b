"""Read what a ZIP file says it holds, believing nothing: names, places, sizes, and why a member must not be read.

Nothing is ever unpacked to a name. A member is read in place, by :mod:`~mediaparser_core.inflating`; its path is that
of the archive, two slashes and its own name (``/in/takeout-001.zip//Takeout/a.jpg``). No walk makes two slashes, so
such a path can be told from every other, and below a file there can be no real path.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

SEPARATOR = b"//"
STORED, DEFLATED = 0, 8
MOST_MEMBERS = 500_000
LARGEST_DIRECTORY = 128 * 1024 * 1024  # bytes; a member takes about 150
BOMB_RATIO = 100  # pictures and films do not shrink; JSON shrinks to a tenth, a black scan to a thousandth …
BOMB_SIZE = 256 * 1024 * 1024  # … but then it is not as large as this
BOMB_TOTAL = 1024 * 1024 * 1024

_END, _END_64, _LOCATOR_64, _ENTRY, _SIGNATURE = b"PK\5\6", b"PK\6\6", b"PK\6\7", b"PK\1\2", b"PK\5\5"
_LONGEST_TAIL = 22 + 0xFFFF
_UNKNOWN, _UNKNOWN_SHORT = 0xFFFFFFFF, 0xFFFF
_UNIX, _DOS = (3, 19), (0, 10, 11)  # who wrote the entry: the meaning of its attributes, and of a backslash
_ENCRYPTED, _UTF8 = 0x1, 0x800
_ZIP64, _UNICODE_NAME = 0x0001, 0x7075

ReadAt = Callable[[int, int], bytes]


class BadArchive(Exception):
    """The archive as a whole cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file in an archive; bytes from *offset* (of its own header) to *end* may be its.

    ``name`` is unique in the archive and safe to show; ``mode`` is that of a Unix file, 0 where it is not known;
    ``problem`` says why it must not be read.
    """

    name: bytes
    offset: int
    end: int
    compressed: int
    size: int
    crc: int
    method: int
    mode: int = 0
    problem: str | None = None


def split(path: bytes) -> tuple[bytes, bytes] | None:
    """The archive and the name of the member *path* means; ``None`` for the path of an ordinary file."""
    at = path.find(SEPARATOR, 1)
    return (path[:at], path[at + len(SEPARATOR) :]) if at > 0 else None


def join(archive: bytes, member: bytes) -> bytes:
    """The path of *member* inside *archive*."""
    return archive + SEPARATOR + member


def own_name(member: bytes) -> bytes:
    """The name that the archive gives to *member*, without the number that tells it from another of that name."""
    return member.split(b"/", 2)[-1] if member.startswith(b"/") else member


def inode_of(archive_inode: int, mtime_ns: int, name: bytes) -> int:
    """A number for a member that follows its archive to another place, and changes when the archive is written to."""
    text = b"%d/%d/" % (archive_inode, mtime_ns)
    return int.from_bytes(hashlib.blake2b(text + name, digest_size=8).digest(), "big") >> 1


class Index:
    """What is needed to open each of *found* by its name, in some fifty bytes each: an export needs many archives."""

    _RECORD = struct.Struct("<QQQQQLB")

    def __init__(self, found: Iterable[Member]) -> None:
        self._records = [
            self._RECORD.pack(_hash(m.name), m.offset, m.end, m.compressed, m.size, m.crc, m.method)
            for m in found
            if not m.problem  # what must not be read is not found
        ]
        self._records.sort(key=self._hash_of)

    def get(self, name: bytes) -> Member | None:
        """The member called *name*."""
        wanted = _hash(name)
        at = bisect_left(self._records, wanted, key=self._hash_of)
        if at == len(self._records) or self._hash_of(self._records[at]) != wanted:
            return None
        return Member(name, *self._RECORD.unpack(self._records[at])[1:])

    @staticmethod
    def _hash_of(record: bytes) -> int:
        return int.from_bytes(record[:8], "little")


def _hash(name: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "little")


def members(read_at: ReadAt, size: int) -> list[Member]:
    """Every file in the archive of *size* bytes, in the order of its directory. Raises :class:`BadArchive`, OSError."""
    start, length, shift = _directory(read_at, size)
    data = read_at(start, length) if length <= LARGEST_DIRECTORY else b""
    if len(data) != length:
        raise BadArchive(f"its list of files has {length:,} bytes, more than is believed, or is not whole")
    found = list(islice(_entries(data, shift), MOST_MEMBERS + 1))
    if len(found) > MOST_MEMBERS:
        raise BadArchive(f"it lists more than {MOST_MEMBERS:,} files, more than is believed")
    return _named_once(_without_bombs(_bounded(found, start), size))


def _directory(read_at: ReadAt, size: int) -> tuple[int, int, int]:
    """Where the directory begins, its length, and how far everything is moved."""
    if size < 22:
        raise BadArchive("it is cut off: it has not even an end")
    tail_at = max(0, size - _LONGEST_TAIL)
    tail = read_at(tail_at, size - tail_at)
    at = len(tail)
    while (at := tail.rfind(_END, 0, at + 3)) >= 0:
        if at + 22 <= len(tail) and at + 22 + struct.unpack_from("<H", tail, at + 20)[0] <= len(tail):
            break
    if at < 0:
        raise BadArchive("it is cut off: the list of its files, at its end, is missing; download it again")
    disk, first_disk, _, count, length, start = struct.unpack_from("<4H2L", tail, at + 4)
    end = tail_at + at
    locator = read_at(end - 20, 20) if end >= 20 else b""
    if locator[:4] == _LOCATOR_64:
        for place in (struct.unpack_from("<Q", locator, 8)[0], end - 76):
            record = read_at(place, 56) if 0 <= place < size else b""
            if record[:4] == _END_64 and len(record) == 56:
                disk, first_disk, _, count, length, start = struct.unpack_from("<2L4Q", record, 16)
                end = place
                break
    if disk not in (0, _UNKNOWN_SHORT) or first_disk not in (0, _UNKNOWN_SHORT):
        raise BadArchive("it is one piece of a split archive; put the pieces together first")
    shift = end - length - start  # something may stand before the archive: a program that unpacks it
    if shift < 0 or (count and length < 46):
        raise BadArchive("it is cut off, or its list of files is not where it says")
    return start + shift, length, shift


def _entries(data: bytes, shift: int) -> Iterator[Member]:
    """The files listed in *data*, to its end: the number of entries has 16 bits and goes round in large archives."""
    at = 0
    while at < len(data) and data[at : at + 4] != _SIGNATURE:
        if data[at : at + 4] != _ENTRY or at + 46 > len(data):
            raise BadArchive("its list of files is damaged; download it again")
        host, flags, method, crc, compressed, size = struct.unpack_from("<xB2xHH4x3L", data, at + 4)
        name_length, extra_length, note_length, _, _, attributes, offset = struct.unpack_from("<5HLL", data, at + 28)
        raw = data[at + 46 : at + 46 + name_length]
        extra = data[at + 46 + name_length : at + 46 + name_length + extra_length]
        at += 46 + name_length + extra_length + note_length
        if at > len(data):
            raise BadArchive("its list of files is damaged; download it again")
        blocks = dict(_extra_blocks(extra))
        sizes = _wide([size, compressed, offset], blocks.get(_ZIP64, b""))
        mode = attributes >> 16 if host in _UNIX else 0
        if not sizes or max(sizes) >= 1 << 62:
            yield Member(_safe(raw)[0], 0, 0, 0, 0, crc, method, 0, "its size is not said, or not to be believed")
            continue
        size, compressed, offset = sizes
        name = _name(raw, flags, blocks.get(_UNICODE_NAME, b""), backslashes=host in _DOS)
        if name.endswith(b"/") and not size:
            continue  # a folder
        name, problem = _safe(name)
        if flags & _ENCRYPTED:
            problem = problem or "it is encrypted; unpack the archive with its password and scan that folder"
        elif method not in (STORED, DEFLATED):
            problem = problem or f"it is packed in a way (method {method}) that is not read here; unpack the archive"
        elif method == STORED and size != compressed:
            problem = problem or "the archive contradicts itself about its size"
        yield Member(name, offset + shift, 0, compressed, size, crc, method, mode, problem)


def _extra_blocks(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        yield kind, extra[at + 4 : at + 4 + length]
        at += 4 + length


def _wide(values: list[int], block: bytes) -> list[int] | None:
    """*values* with those that need 64 bits taken from the ZIP64 *block*; ``None`` where it does not say them."""
    at = 0
    for index, value in enumerate(values):
        if value == _UNKNOWN:
            if at + 8 > len(block):
                return None
            values[index] = struct.unpack_from("<Q", block, at)[0]
            at += 8
    return values


def _name(raw: bytes, flags: int, unicode_block: bytes, *, backslashes: bool) -> bytes:
    """The name in UTF-8; one in an old code page is read as everybody's unpacker reads it."""
    if not flags & _UTF8 and len(unicode_block) > 5 and unicode_block[1:5] == struct.pack("<L", zlib.crc32(raw)):
        raw = unicode_block[5:]
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        if not flags & _UTF8:
            raw = raw.decode("cp437").encode()
    return raw.replace(b"\\", b"/") if backslashes and b"/" not in raw else raw


def _safe(name: bytes) -> tuple[bytes, str | None]:
    """*name* as part of a path that leads nowhere else, and why its file is not to be trusted."""
    parts = name.split(b"/")
    if b"\0" in name:
        problem = "its name holds a NUL"
    elif b".." in parts:
        problem = "its name leads out of the archive (../)"
    elif not name.strip(b"/") or name.startswith(b"/") or (name[1:3] in (b":/", b":\\") and name[:1].isalpha()):
        problem = "its name is an absolute path, or none at all"
    elif b"" in parts or b"." in parts:
        problem = None
    else:
        return name, None
    plain = (part.replace(b"\0", b"\\0") for part in parts if part not in (b"", b"."))
    return b"/".join(b"\\.\\." if part == b".." else part for part in plain) or b"unnamed", problem


def _bounded(found: list[Member], directory: int) -> list[Member]:
    """Where each member must end: at the next one. What shares bytes with another was made to deceive."""
    starts = sorted({member.offset for member in found if not member.problem and member.offset < directory})
    starts.append(directory)
    counts = Counter(member.offset for member in found)
    bounded = []
    for member in found:
        end = starts[min(bisect_right(starts, member.offset), len(starts) - 1)]
        problem = member.problem
        if not problem and member.offset + 30 + member.compressed > directory:
            problem = "it lies beyond the end of the archive, which is cut off or damaged; download it again"
        elif not problem and (member.offset + 30 + member.compressed > end or counts[member.offset] > 1):
            problem = "it shares its bytes with another file: the archive was made to deceive"
        bounded.append(replace(member, end=end, problem=problem))
    return bounded


def _without_bombs(found: list[Member], size: int) -> list[Member]:
    total = sum(member.size for member in found if not member.problem)
    whole = total > BOMB_TOTAL and total > BOMB_RATIO * size

    def is_bomb(member: Member) -> bool:
        return (whole or member.size > BOMB_SIZE) and member.size > BOMB_RATIO * max(member.compressed, 1)

    return [
        replace(member, problem=f"it would grow from {member.compressed:,} to {member.size:,} bytes: a bomb")
        if not member.problem and is_bomb(member)
        else member
        for member in found
    ]


def _named_once(found: list[Member]) -> list[Member]:
    """Of several members of one name each is kept: as ``/2/name``, which no safe name can be."""
    seen: Counter[bytes] = Counter()
    named = []
    for member in found:
        seen[member.name] += 1
        number = seen[member.name]
        named.append(member if number == 1 else replace(member, name=b"/%d/%s" % (number, member.name)))
    return named
