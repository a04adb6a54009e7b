"""What tests of the household service share: made pictures, an inbox, real processes that are stopped afterwards."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mediaparser_core import probe, settings
from mediaparser_core.catalog import Catalog


class Silence:
    """A heartbeat nobody listens to."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def tell(self, state: str, task: str = "") -> None:
        self.said.append((state, task))


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """An empty library."""
    with Catalog(tmp_path / "library"):
        pass
    return tmp_path / "library"


@pytest.fixture
def chosen(library: Path) -> settings.Settings:
    """Its settings: files are settled at once, and any disk has room enough."""
    return settings.load(library, environ={}, options={"inbox.free_gb": 0, "timezone": "Europe/Lisbon", "workers": 2})


@pytest.fixture
def manager(chosen):
    return probe.configure(chosen)[0]


def rows(library: Path, sql: str, *values: object) -> list[tuple]:
    """What the catalog says."""
    with closing(sqlite3.connect(f"file:{library / 'catalog.db'}?mode=ro", uri=True, timeout=30)) as conn:
        return conn.execute(sql, values).fetchall()


def until(condition: Callable[[], object], seconds: float = 120.0, *, why: Callable[[], object] = lambda: "") -> object:
    """The first true answer of *condition*, asked again and again; a failed test after *seconds*."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} seconds; {why()}")


def exports(library: Path) -> set[str]:
    """The pictures in the export, while it may be written to: folders in it come and go."""
    root = library / "export"
    walked = os.walk(root)  # unlike rglob it minds no folder that has gone
    return {
        str((Path(top) / name).relative_to(root)) for top, _, names in walked for name in names if name.endswith(".jpg")
    }


def below(folder: Path) -> dict[str, bytes]:
    """Every file below *folder* with its bytes."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and not p.is_symlink()
    }


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A disk of *size* at *folder*; a skip where nobody may mount one."""
    folder.mkdir(parents=True, exist_ok=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@dataclass
class Running:
    """``mediaparser COMMAND`` in a process of its own; ``said`` and ``complained`` are its lines."""

    process: subprocess.Popen[str]
    library: Path
    said: list[str] = field(default_factory=list)
    complained: list[str] = field(default_factory=list)

    def stop(self, number: int = signal.SIGTERM, within: float = 60.0) -> tuple[int, float]:
        """Exit code, and the seconds it took."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(within), time.monotonic() - began
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()


@pytest.fixture
def start(library: Path) -> Iterator[Callable[..., Running]]:
    """``start("watch", env={…})`` over ``library``; returns when the first line was printed."""
    running = ExitStack()

    def begin(*arguments: str, env: dict[str, str] | None = None, over: Path | None = None, lines: int = 1) -> Running:
        process = subprocess.Popen(
            [sys.executable, "-m", "mediaparser_core", "--library", str(over or library), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "TZ": "Europe/Lisbon", **(env or {})},
        )  # fmt: skip
        found = Running(process, over or library)
        running.callback(found.stop)

        def read(stream, into):
            with stream:
                for line in stream:
                    into.append(line)

        for stream, into in ((process.stdout, found.said), (process.stderr, found.complained)):
            threading.Thread(target=read, args=(stream, into), daemon=True).start()
        until(lambda: len(found.said) >= lines or process.poll() is not None, why=lambda: found.complained)
        assert process.poll() is None, found.complained
        return found

    with running:
        yield begin
