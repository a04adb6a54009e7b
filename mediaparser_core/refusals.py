"""What a disk says when it refuses, in words for people."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mediaparser_core.errors import ExportError, StorageError
from mediaparser_core.names import escape_for_terminal

_REFUSALS = {  # the disk's words → a person's
    errno.ENOSPC: "the disk is full; make room and run the same command again",
    errno.EDQUOT: "your quota on this disk is used up; make room and run the same command again",
    errno.EROFS: "the disk can only be read; mount it writable and run the same command again",
    errno.EIO: "the disk reports an error; check it before you trust it with anything",
    errno.EXDEV: "it reaches into another disk; remove the link or the mount inside it",
    errno.EACCES: "writing is not permitted; check owner and permissions",
    errno.EPERM: "writing is not permitted; check owner and permissions",
    errno.EMFILE: "too many files are open; raise the limit ('ulimit -n') and run the same command again",
    errno.ENOENT: "it is not there any more; is the disk still mounted?",
    errno.ENOTDIR: "there is a file where a folder should be",
    errno.EEXIST: "there is a file where a folder should be",
}
_ONE_FILE_ONLY = {  # what one name or one size can cause, while the next file may well be written
    errno.EFBIG: "the file is too large for this disk",
    errno.ENAMETOOLONG: "the name is too long for this disk",
    errno.EINVAL: "this disk does not take the name",
    errno.EILSEQ: "this disk does not take the name",
    errno.EISDIR: "there is a folder of this name",
    errno.ENOTDIR: "there is a file where a folder should be",
    errno.EEXIST: "there is a file where a folder should be",
    errno.ELOOP: "there is a link in the way",
}


class NameTaken(ExportError):
    """Something that is not ours has the name already."""

    def __init__(self, path: Path) -> None:
        shown = escape_for_terminal(str(path))
        super().__init__(f"{shown} is already there and not ours; move it away and export again")


@contextmanager
def storing(path: Path, *, one_file: bool = False) -> Iterator[None]:
    """Turn the errors of a disk into one clear line about *path*.

    Raises :class:`StorageError` when nothing more can be written; with *one_file*, :class:`ExportError` for what only
    this file's name or size can have caused.
    """
    try:
        yield
    except OSError as error:
        shown, number = escape_for_terminal(str(path)), error.errno or 0
        if one_file and number in _ONE_FILE_ONLY:
            raise ExportError(f"{shown}: {_ONE_FILE_ONLY[number]}") from error
        raise StorageError(f"{shown}: {_REFUSALS.get(number) or error.strerror or error}") from error
