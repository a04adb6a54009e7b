"""Look into the archives in which Google and Apple hand out a library, and into any archive that is itself an input.

Every file in them is listed like one in a folder, and read in place, never unpacked. Whoever walks the folders finds
the archives; this plugin stands around that walk. Other archives inside a folder stay what they are: one skipped file.
"""

from __future__ import annotations

import stat
from collections.abc import Generator, Iterator
from dataclasses import replace

from mediaparser_core import archives, part_names, sources
from mediaparser_core.archives import BadArchive, Member
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Entry, Location
from mediaparser_plugins import names_left_alone
from mediaparser_plugins.names_left_alone import folder_left_alone, left_alone

VERSION = f"1.{names_left_alone.VERSION}"  # raise it when another file is taken for an archive
_BEGINNINGS = (b"PK\3\4", b"PK\5\6", b"PK\7\x08")  # with files in it, without any, in pieces
_NO_TAR = "a part of an export as a tar archive, which cannot be read in place: unpack it, or order the export as .zip"

Walk = Iterator[Entry] | None


@hookimpl(wrapper=True)
def scan(location: Location) -> Generator[None, Walk, Walk]:
    """The entries of whoever walks *location*, and after each wanted archive what is in it.

    The archive itself becomes an entry with a problem that says so. One that cannot be read, encrypted and damaged
    members, bombs and names that lead elsewhere have a ``trouble``.
    """
    entries = yield
    return None if entries is None else _look_inside(location.path.rstrip(b"/"), entries)


def _look_inside(root: bytes, entries: Iterator[Entry]) -> Iterator[Entry]:
    for entry in entries:
        if entry.problem is None and _is_wanted(entry, root):
            yield from _list(entry)
        elif entry.problem is None and part_names.is_tar_part(entry.name):
            yield replace(entry, trouble=_NO_TAR)
        else:
            yield entry


def _is_wanted(entry: Entry, root: bytes) -> bool:
    stem = part_names.without_zip(entry.name)
    if entry.path != root and (stem == entry.name or not part_names.is_part(stem.decode("utf-8", "replace"))):
        return False
    try:
        source = sources.open_source(entry.path)
    except sources.Unreadable:
        return False  # whoever reads it will say why
    try:
        return source.read_at(0, 4) in _BEGINNINGS
    except OSError:
        return False
    finally:
        source.close()


def _list(archive: Entry) -> Iterator[Entry]:
    try:
        members, status = sources.list_archive(archive.path)
    except sources.Unreadable as error:
        yield replace(archive, trouble=str(error))
        return
    except BadArchive as error:
        yield replace(archive, trouble=f"the archive cannot be read: {error}")
        return
    yield replace(archive, problem=f"an archive (ZIP); the files in it are listed one by one: {len(members):,}")
    for member in members:
        device, inode, size, mtime_ns, ctime_ns = sources.member_identity(status, member.name, member.size)
        path = archives.join(archive.path, member.name)
        reason = _left_alone(member)
        trouble = None if reason else member.problem
        yield Entry(archive.root, path, size, mtime_ns, ctime_ns, inode, device, reason, trouble)


def _left_alone(member: Member) -> str | None:
    """Why *member* is nothing anybody wants: what a folder would say of it."""
    kind = stat.S_IFMT(member.mode)
    if kind not in (0, stat.S_IFREG):
        return sources.describe_mode(member.mode)
    *folders, name = member.name.split(b"/")
    return next((reason for folder in folders if (reason := folder_left_alone(folder))), None) or left_alone(name)
