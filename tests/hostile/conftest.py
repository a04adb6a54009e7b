"""The whole way of a file: walked, read in a worker, reported. A module of the test's own sits in the worker, too."""

from __future__ import annotations

import io
import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

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


class Family:
    """What the program made of a folder of CASES with good pictures between them; found out once for a whole module.

    A case is ``name → (content, state, words)``. *content* is the bytes, or a function of (path, a good JPEG) that gives
    them or makes something else there and gives ``None``. *words* is what the reason or a trouble must say (a regular
    expression), ``None`` for no trouble at all, ``...`` where both are right.
    """

    GOOD = (b"000 good.jpg", b"m good.jpg", b"zzz good.jpg", b"Z below/good.jpg")

    def __init__(self, folder: Path, library: Path, cases: dict, options: dict[str, str], export: bool) -> None:
        self.folder, self.library, self.cases, self.options = os.fsencode(folder), library, cases, options
        goods = dict(zip(self.GOOD, (_good(number) for number in range(len(self.GOOD))), strict=True))
        for name, data in goods.items():
            self._write(name, data)
        for number, (name, (content, *_)) in enumerate(cases.items()):
            path = self.folder + b"/" + name
            os.makedirs(os.path.dirname(path), exist_ok=True)
            made = content(path, _good(number + 9)) if callable(content) else content
            if made is not None:
                self._write(name, made)
        self.before = _state_of(folder)
        self.code, self.summary, self.errors = self.run(folder, options, "run" if export else "scan")
        self.after = _state_of(folder)
        with closing(sqlite3.connect(library / "catalog.db")) as conn:
            rows = conn.execute("select path_bytes, state, reason, id, sha256 from files").fetchall()
            self.rows = {path.removeprefix(self.folder + b"/"): rest for path, *rest in rows}
            self.troubles: dict[int, list[str]] = {}
            for file_id, message in conn.execute("select file_id, message from troubles"):
                self.troubles.setdefault(file_id, []).append(message)
            self.exports = dict(conn.execute("select sha256, export_path from library"))
            self.dates = conn.execute("select sha256, taken_at from dates where taken_at is not null").fetchall()
            self.ledger = {row[0]: row[1:] for row in conn.execute("select file_id, end_state, reason from ledger")}

    def _write(self, name: bytes, data: bytes) -> None:
        os.makedirs(os.path.dirname(self.folder + b"/" + name), exist_ok=True)
        with open(self.folder + b"/" + name, "xb") as file:
            file.write(data)

    def run(self, folder: Path, options: dict[str, str], command: str = "run") -> tuple[int, dict, str]:
        done = subprocess.run(
            [sys.executable, "-m", "mediaparser_core", "--library", self.library, command, folder, "--json"],
            capture_output=True, timeout=300, cwd=self.library.parent, env={**os.environ, "TZ": "Europe/Lisbon", **options},
        )  # fmt: skip
        assert done.returncode in (0, 3), done.stderr[-2000:]
        return done.returncode, json.loads(done.stdout), done.stderr.decode()

    def check(self, name: bytes) -> None:
        """Assert that the case *name* has become what its table says."""
        content, state, words = self.cases[name]
        found, reason, file_id, sha256 = self.rows[name]
        said = [reason] * (reason is not None) + self.troubles.get(file_id, [])
        assert found == state, (name, found, said)
        if words is None:
            assert said == [], name
        elif words is not ...:
            assert any(re.search(words, each) for each in said), (name, said)
        end_state, why = self.ledger[file_id]
        assert end_state and why, name
        assert not any(re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", each) for each in [*said, why]), (
            name,
            said,
            why,
        )
        if state == "present" and end_state == "exported":
            assert (self.library / "export" / self.exports[sha256]).is_file(), name

    def check_everything(self) -> None:
        """Assert what holds for every family: nobody is lost, nothing is touched, no date is out of this world."""
        assert self.before == self.after
        assert set(self.cases) <= set(self.rows)
        for name in self.GOOD:
            state, reason, file_id, _ = self.rows[name]
            assert (state, reason, self.troubles.get(file_id)) == ("present", None, None), name
        assert self.summary["seen"] == len(self.rows) == len(self.ledger)
        assert "Traceback" not in self.errors
        assert all("1826" <= taken <= f"{time.localtime().tm_year + 1}" for _, taken in self.dates)
        names = {name for _, below, files, _ in os.fwalk(os.path.dirname(self.folder)) for name in (*below, *files)}
        assert not [name for name in names if name.startswith(b"PWNED")]


def _good(seed: int) -> bytes:
    rng = random.Random(seed)
    small = Image.frombytes("RGB", (8, 6), rng.randbytes(8 * 6 * 3))
    buffer = io.BytesIO()
    small.resize((96, 72), Image.Resampling.NEAREST).save(buffer, "JPEG")
    return buffer.getvalue()


def _state_of(folder: Path) -> dict[bytes, tuple[object, ...]]:
    found: dict[bytes, tuple[object, ...]] = {}
    for where, below, files, fd in os.fwalk(os.fsencode(folder)):
        for name in (*below, *files):
            status = os.stat(name, dir_fd=fd, follow_symlinks=False)
            found[where + b"/" + name] = (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return found


@pytest.fixture(scope="module")
def family(request, tmp_path_factory) -> Family:
    """The module's CASES, run through the program once, and nothing else has happened, or each of its tests fails. The
    module may name OPTIONS (environment) and EXPORT."""
    place = tmp_path_factory.mktemp(request.module.__name__.rpartition("_")[2])
    folder = place / "in"
    folder.mkdir()
    options, export = getattr(request.module, "OPTIONS", {}), getattr(request.module, "EXPORT", True)
    found = Family(folder, place / "library", request.module.CASES, options, export)
    found.check_everything()
    return found
