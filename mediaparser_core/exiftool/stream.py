"""Let ExifTool read what has no name in the file system, a member of an archive: through its standard input.

A process of its own each time (about 0.15 s), inside the same limits as the one that stays; it can only read on, and
keeps what it has passed, so this is for small files.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from decimal import Decimal

from mediaparser_core.errors import ToolError
from mediaparser_core.exiftool import MEMORY, READS, SECONDS, Answer
from mediaparser_core.exiftool.process import OUTPUT, ExifToolTimeout, environment, limit

_BLOCK = 64 * 1024  # bytes: what a pipe takes at once
_FIXED = ("-json", "-G1", "-a", "-n", "-api", "Struct=0", "-api", "QuickTimeUTC=1")


def read_stream(
    executable: str, read_at: Callable[[int, int], bytes], size: int, tags: Sequence[str], *, seconds: float = SECONDS
) -> Answer:
    """What the *size* bytes that *read_at* gives say about *tags*, as :meth:`ExifTool.read` answers, or the error."""
    command = [executable, "-config", "", *_FIXED, *(f"-{tag}" for tag in tags), "-"]
    try:
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, cwd="/",
            env=environment(executable, "/"), start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        return ToolError(f"{executable} cannot be started: {error.strerror}")
    try:
        limit(child.pid, MEMORY, writing=False)
        out, err = _talk(child, read_at, size, time.monotonic() + seconds + size / READS)
        rows = json.loads(out, parse_float=Decimal) if out.strip() else []
    except ToolError as error:
        return error
    except (ValueError, RecursionError):
        return ToolError("ExifTool's answer cannot be read")
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe:
                pipe.close()
    if not rows or not isinstance(rows[0], dict):
        said = err.decode("utf-8", "replace").strip().splitlines()
        return ToolError(said[0][:500] if said else "ExifTool says nothing about it")
    rows[0].pop("SourceFile", None)
    return dict(rows[0])


def _talk(
    child: subprocess.Popen[bytes], read_at: Callable[[int, int], bytes], size: int, deadline: float
) -> tuple[bytes, bytes]:
    """Give *child* the bytes as it takes them, and collect what it says until it has said all."""
    assert child.stdin and child.stdout and child.stderr  # noqa: S101 - says so to mypy
    out, err, given, waiting_block = bytearray(), bytearray(), 0, memoryview(b"")
    with selectors.DefaultSelector() as waiting:
        waiting.register(child.stdin, selectors.EVENT_WRITE)
        waiting.register(child.stdout, selectors.EVENT_READ, out)
        waiting.register(child.stderr, selectors.EVENT_READ, err)
        for key in waiting.get_map().values():
            os.set_blocking(key.fd, False)
        while any(key.data is not None for key in waiting.get_map().values()):
            left = deadline - time.monotonic()
            if left <= 0 or len(out) + len(err) > OUTPUT:
                raise ExifToolTimeout("ExifTool took too long, or said too much, and was stopped")
            for key, _ in waiting.select(left):
                if key.data is not None:
                    if block := os.read(key.fd, 1 << 20):
                        key.data.extend(block)
                    else:
                        waiting.unregister(key.fileobj)
                    continue
                if not waiting_block and given < size:
                    waiting_block = memoryview(read_at(given, min(_BLOCK, size - given)))
                    given += len(waiting_block)
                try:
                    written = os.write(key.fd, waiting_block) if waiting_block else 0
                except BlockingIOError:
                    continue
                except BrokenPipeError:  # it has read enough
                    written, waiting_block = 0, memoryview(b"")
                    given = size
                waiting_block = waiting_block[written:]
                if not waiting_block and (given >= size or not written):
                    waiting.unregister(child.stdin)
                    child.stdin.close()
    return bytes(out), bytes(err)
