"""Read and write tags with ExifTool so that no file name, no value and no file can do more than be read or written.

Files are given to ExifTool as links with made-up names in a private folder, values as HTML entities: nothing that came
from outside is ever part of an argument.
"""

from __future__ import annotations

import contextlib
import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from decimal import Decimal
from types import TracebackType

from mediaparser_core.errors import ToolError
from mediaparser_core.exiftool.process import ExifToolDied, ExifToolTimeout, Process, environment

__all__ = ["ExifTool", "ExifToolDied", "ExifToolTimeout", "find", "version"]

MEMORY = 512 * 1024 * 1024  # bytes of address space
BATCH = 100  # files per command
SECONDS = 10.0  # for a small file
READS = 50e6  # bytes per second, on a slow disk
WRITES = 5e6

_EXTENSION = re.compile(rb"\.([A-Za-z0-9]{1,10})\Z")
_MADE_NAME = re.compile(rb"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}\Z")
_TAG = re.compile(r"(?:[A-Za-z0-9_-]+:)*[A-Za-z0-9_-]+#?[+-]?\Z")
_PLAIN = re.compile(r"[^A-Za-z0-9 :.,/_-]|\A[ ]|[ ]\Z")

Answer = dict[str, object] | ToolError


def find(name: str) -> str | None:
    """The absolute path of the executable that the setting ``exiftool`` names; ``None`` when there is none."""
    found = shutil.which(name) if name else None
    return os.path.abspath(found) if found else None


def version(executable: str) -> str:
    """What *executable* says its version is. Raises :class:`ToolError` when it is not an ExifTool that works."""
    command, ours = [executable, "-config", "", "-ver"], environment(executable, "/")
    try:
        done = subprocess.run(command, capture_output=True, timeout=20, check=False, env=ours)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolError(f"{executable} cannot be run: {error}") from None
    words = done.stdout.decode("ascii", "replace").strip()
    if done.returncode or not re.fullmatch(r"\d+\.\d+", words):
        raise ToolError(f"{executable} is not an ExifTool that works: {done.stderr.decode('utf-8', 'replace')[:200]}")
    return words


class ExifTool:
    """One ExifTool, started at the first use and again after every death; a context manager, not for two threads.

    *memory* is its limit in bytes. With *writing* it may create files, else the system refuses to let it.
    """

    def __init__(self, executable: str, *, memory: int = MEMORY, writing: bool = False) -> None:
        self.executable, self.memory, self.writing = executable, memory, writing
        self._process: Process | None = None
        self._links = 0

    def __enter__(self) -> ExifTool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The process that is running now; ``None`` before the first command."""
        return self._process.pid if self._process else None

    def close(self) -> None:
        """End the process; it starts again when there is more to do."""
        if self._process:
            self._process.close()
            self._process = None

    def read(
        self, paths: Sequence[bytes], tags: Sequence[str], options: Sequence[str] = (), *, seconds: float = SECONDS
    ) -> list[Answer]:
        """What *paths* say about *tags* (``"ExifIFD:DateTimeOriginal"``), one answer per path, in order.

        An answer is ``{"Group1:Tag": value}``, or the error that this one file caused; no file spoils another's. Values
        are text, ``int``, ``Decimal`` (so that the keyword 1.10 stays 1.10) or lists of these; QuickTime dates are UTC.
        *options* are further arguments such as ``"-fast2"``, *seconds* is the deadline for a small file.
        """
        batches = (paths[start : start + BATCH] for start in range(0, len(paths), BATCH))
        return [answer for batch in batches for answer in self._read_batch(batch, tags, options, seconds)]

    def write(
        self, path: bytes, assignments: Sequence[tuple[str, str]], options: Sequence[str] = (), *, seconds: float = 30.0
    ) -> str:
        """Change tags of the file *path* in place, and give what ExifTool says about it (one line or a few).

        *assignments* are ``(tag, value)``: ``("XMP-dc:Subject+", "a word")`` adds to a list, ``("IPTC:Keywords", "")``
        removes the tag; a value may be any text. The last part of *path* must be a made-up name (letters, digits,
        ``._-``), its folder may be called anything. *seconds* is the deadline for a small file.
        Raises :class:`ToolError` when nothing was written; the file then is what it was.
        """
        folder, _, name = path.rpartition(b"/")
        if not self.writing or not folder or not _MADE_NAME.match(name):
            raise ToolError(f"not a file ExifTool may write to: {os.fsdecode(path)!r}")
        arguments = ["-E", "-charset", "UTF8", "-overwrite_original", "-api", "QuickTimeUTC=1", *options]
        arguments += [_assignment(tag, value) for tag, value in assignments]
        process = self._running()
        try:
            link = self._link(process, folder, b"")
        except OSError as error:
            raise ToolError(f"no link can be made: {error.strerror}") from None
        file = f"{link}/{name.decode('ascii')}"
        try:
            out, err = process.run([*arguments, file], seconds + _size(path) / WRITES)
        except ToolError:
            with contextlib.suppress(OSError):  # a file of this name would stop every later write
                os.unlink(path + b"_exiftool_tmp")
            raise
        finally:
            _forget(process, link)
        message = "\n".join(line.strip() for line in f"{out}\n{err}".splitlines() if line.strip())
        message = html.unescape(message.replace(f" - {file}", ""))
        if not re.search(r"^1 image files (updated|unchanged)", message, re.MULTILINE):
            raise ToolError(message[:500] or "ExifTool wrote nothing and did not say why")
        return message[:2000]

    def _read_batch(
        self, paths: Sequence[bytes], tags: Sequence[str], options: Sequence[str], seconds: float
    ) -> list[Answer]:
        if len(paths) > 1:
            with contextlib.suppress(ToolError):  # one of them is to blame: we shall see which
                return self._read_together(paths, tags, options, seconds)
        return [self._read_alone(path, tags, options, seconds) for path in paths]

    def _read_together(
        self, paths: Sequence[bytes], tags: Sequence[str], options: Sequence[str], seconds: float
    ) -> list[Answer]:
        process = self._running()
        links: list[str | ToolError] = []
        for path in paths:
            try:
                links.append(self._link(process, path, path))
            except OSError as error:
                links.append(ToolError(f"no link can be made: {error.strerror}"))
        named = [link for link in links if isinstance(link, str)]
        arguments = ["-json", "-G1", "-a", "-n", "-api", "Struct=0", "-api", "QuickTimeUTC=1", *options]
        arguments += [*(f"-{tag}" for tag in tags), *named]
        try:
            out, err = process.run(arguments, seconds + sum(map(_size, paths)) / READS) if named else ("", "")
            rows = json.loads(out, parse_float=Decimal) if out.strip() else []
        except (ValueError, RecursionError):
            raise ToolError("ExifTool's answer cannot be read") from None
        finally:
            for link in named:
                _forget(process, link)
        found = {row.pop("SourceFile", None): row for row in rows if isinstance(row, dict)}
        return [
            link if isinstance(link, ToolError) else found.get(link) or ToolError(_about(link, err)) for link in links
        ]

    def _read_alone(self, path: bytes, tags: Sequence[str], options: Sequence[str], seconds: float) -> Answer:
        """A death counts against a file only in a fresh process: an old one may have died of what came before.

        SIGKILL comes from outside (a system without memory, a person), so the first one counts against nobody.
        """
        killed = False
        while True:
            fresh = self._process is None or not self._process.usable
            try:
                return self._read_together([path], tags, options, seconds)[0]
            except ExifToolDied as error:
                if fresh and (killed or not str(error).endswith("SIGKILL")):
                    return error
                killed = killed or fresh
            except ToolError as error:
                return error

    def _running(self) -> Process:
        if self._process and not self._process.usable:
            self.close()
        if self._process is None:
            self._process = Process(self.executable, self.memory, self.writing)
        return self._process

    def _link(self, process: Process, target: bytes, named: bytes) -> str:
        """A link to *target* whose name holds nothing but a number and an extension like that of *named*."""
        self._links += 1
        match = _EXTENSION.search(named)
        name = f"{self._links:06d}" + (f".{match[1].decode('ascii')}" if match else "")
        os.symlink(os.path.abspath(target), os.path.join(process.folder, name).encode())
        return f"../{name}"


def _forget(process: Process, link: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(os.path.join(process.folder, os.path.basename(link)))


def _assignment(tag: str, value: str) -> str:
    if not _TAG.match(tag):
        raise ToolError(f"not a tag: {tag!r}")
    # in an argument line a leading space, < $ @ and every line break mean something; as HTML entities (-E) none does
    text = value.encode("utf-8", "replace").decode().replace("\0", "")
    return f"-{tag}=" + _PLAIN.sub(lambda match: f"&#x{ord(match[0]):x};", text)


def _about(link: str, err: str) -> str:
    for line in err.splitlines():
        if line.endswith(f" - {link}"):
            return line.removesuffix(f" - {link}")
    return "ExifTool says nothing about it"


def _size(path: bytes) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:
        return 0
