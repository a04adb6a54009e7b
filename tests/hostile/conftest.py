"""The whole way of a file: walked, read in a worker, reported. A module of the test's own sits in the worker, too."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from mediaparser_core import pool, probe
from mediaparser_core.records import Location, Report
from mediaparser_core.settings import Settings
from mediaparser_plugins import folders, local_worker
from mediaparser_plugins.local_pool import executor

_MODULE = '''
"""A probe that does to its process what decoders have done to theirs, when a file's name says so."""
import os, sys, time
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Note, Probe

def run(entry, media):
    if b"abort" in entry.name:
        os.abort()
    if b"exit" in entry.name:
        sys.exit(9)
    if b"hang" in entry.name:
        time.sleep(600)
    if b"memory" in entry.name:
        return [Note("never", str(len(bytearray(1 << 32))))]
    if b"slow" in entry.name:
        time.sleep(0.5)
    return []

@hookimpl
def register_probes():
    return [Probe("hostile", 1, "content", run)]
'''


@pytest.fixture
def ingest(tmp_path, monkeypatch):
    """``ingest(folder, seconds=10)`` gives the Report of everything in it, by the bytes of its path below it."""
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "hostile_probe.py").write_text(_MODULE)
    monkeypatch.syspath_prepend(modules)
    monkeypatch.setattr(local_worker, "FIRST", 5.0)  # what hangs is found sooner

    def run(folder: Path, seconds: int = 10) -> dict[bytes, Report]:
        settings = Settings(
            library=tmp_path / "library",
            workers=2,
            plugins={"load": {"modules": ["hostile_probe"]}, "local_pool": {"seconds": seconds}},
        )
        root = os.fsencode(folder)
        reports: dict[bytes, Report] = {}
        with executor(settings) as workers:
            work = partial(probe.examine, settings=settings)
            for entry, result in pool.run(workers, work, folders.scan(Location(root)), in_flight=4):
                name = entry.path.removeprefix(root + b"/")
                assert name not in reports
                if not isinstance(result, Report):
                    result = Report(entry, "troubled", str(result))
                assert replace(result.entry, root=root).path == entry.path
                reports[name] = result
        return reports

    yield run
    probe._configured.cache_clear()
    sys.modules.pop("hostile_probe", None)


@pytest.fixture
def inbox(tmp_path) -> Path:
    """The folder that is read: nothing in it may change."""
    path = tmp_path / "inbox"
    path.mkdir()
    return path


@pytest.fixture
def snapshot():
    """``snapshot(folder)``: mode, size and times of everything in it, but for when it was read, by its path."""

    def take(folder: Path) -> dict[bytes, tuple[int, ...]]:
        found = {}
        for where, below, files, fd in os.fwalk(os.fsencode(folder)):
            for name in (*below, *files):
                status = os.stat(name, dir_fd=fd, follow_symlinks=False)
                found[where + b"/" + name] = (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        return found

    return take
