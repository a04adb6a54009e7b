"""Be the child of a process that may be killed: nobody outlives whoever started it.

``python -m mediaparser_core.service.child ARGUMENTS…`` is ``mediaparser ARGUMENTS…``, with standard input as the line
to the parent: when it breaks, the child ends as if it had been asked to.
"""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import IO, Any

GRACE = 4.0  # seconds an orphan may take to end by itself


def follow_parent(line: int = 0) -> None:
    """End when the parent does; *line* is a descriptor whose other end only the parent holds."""
    ours = os.dup(line)  # whatever closes standard input must not look like a death
    threading.Thread(target=_wait, args=(ours,), name="parent", daemon=True).start()


def _wait(line: int) -> None:
    try:
        while os.read(line, 1):
            pass
    except OSError:
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)


def start(
    module: str, arguments: Sequence[str], *, out: int | IO[Any] | None = None, err: int | IO[Any] | None = None
) -> subprocess.Popen[bytes]:
    """``python -m MODULE ARGUMENTS…``, tied to this process; it does not get the terminal's Ctrl-C.

    *module* calls :func:`follow_parent`.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=out,
        stderr=err,
        start_new_session=True,
    )


def main() -> None:
    follow_parent()
    runpy.run_module("mediaparser_core", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
