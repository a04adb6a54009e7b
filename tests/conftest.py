"""Fixtures everybody may use; nothing here needs a file we could not publish.

``MEDIAPARSER_SHARED`` may name a folder with ``corpus/``, ``photos/`` and ``tools/``: tests marked ``shared`` use it and
are skipped without it.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import hypothesis
import pytest
from PIL import Image, ImageDraw

from mediaparser_core.records import Entry

# A clock says nothing on a busy machine; in CI the same examples every time, so that a red build is nobody's bad luck.
hypothesis.settings.register_profile(
    "steady",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("steady")


def patience(seconds: float) -> float:
    """As long as what takes *seconds* where nobody else works may take now: as many times that as there are others who
    want each processor, or wait for the disk."""
    waiting = os.getloadavg()[0]
    if (now := Path("/proc/loadavg")).exists():  # the average lags behind by a minute
        waiting = max(waiting, float(now.read_text().split()[3].partition("/")[0]))
    return seconds * (1 + waiting / (os.cpu_count() or 1))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real files, or a skip."""
    folder = Path(os.environ.get("MEDIAPARSER_SHARED", "")).absolute()
    if not os.environ.get("MEDIAPARSER_SHARED") or not (folder / "corpus" / "truth.json").exists():
        pytest.skip("MEDIAPARSER_SHARED does not name the folder of real files")
    return folder


def picture(seed: int = 1, size: tuple[int, int] = (640, 480)) -> Image.Image:
    """A colourful picture that differs for every seed: sky, ground and shapes, as different hashes as photographs have."""
    rng = random.Random(seed)
    image = Image.new("RGB", size, tuple(rng.randrange(256) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        x, y = rng.randrange(size[0]), rng.randrange(size[1])
        w, h = rng.randrange(20, size[0] // 2), rng.randrange(20, size[1] // 2)
        colour = tuple(rng.randrange(256) for _ in range(3))
        (draw.ellipse if rng.random() < 0.5 else draw.rectangle)(
            (x - w // 2, y - h // 2, x + w // 2, y + h // 2), fill=colour
        )
    return image


@pytest.fixture
def make_picture():
    """``make_picture(path, seed=1, size=(640, 480), exif=None, **save)`` writes a real picture and returns its path."""

    def make(
        path: Path, seed: int = 1, size: tuple[int, int] = (640, 480), exif: Image.Exif | None = None, **save
    ) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        if exif is not None:
            save["exif"] = exif
        picture(seed, size).save(path, **save)
        return path

    return make


@pytest.fixture
def entry_of():
    """``entry_of(path)`` is the Entry a walk would give for *path*."""

    def make(path: Path, root: Path | None = None) -> Entry:
        status = path.lstat()
        return Entry(
            os.fsencode(root or path.parent),
            os.fsencode(path),
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns,
            status.st_ino,
            status.st_dev,
        )

    return make


class Program:
    """The program as a person runs it: a process of its own, its exit code, what it printed."""

    def __init__(self, library: Path) -> None:
        self.library = library

    def __call__(self, *arguments: object, code: int | None = 0, env: dict[str, str] | None = None, **more):
        result = subprocess.run(
            [sys.executable, "-m", "mediaparser_core", "--library", str(self.library), *map(str, arguments)],
            capture_output=True, text=True, timeout=120, env={**os.environ, "TZ": "Europe/Lisbon", **(env or {})}, **more,
        )  # fmt: skip
        assert code is None or result.returncode == code, (result.returncode, result.stdout, result.stderr)
        return result

    def json(self, *arguments: object, **more):
        return json.loads(self(*arguments, "--json", **more).stdout)

    def rows(self, sql: str, *values: object, database: str = "catalog.db") -> list[tuple]:
        with closing(sqlite3.connect(self.library / database)) as conn:
            return conn.execute(sql, values).fetchall()

    def tree(self) -> dict[str, str]:
        """Every file in the export with the hash of its bytes."""
        export = self.library / "export"
        return {
            str(path.relative_to(export)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(export.rglob("*"))
            if path.is_file()
        }


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """``program("run", folder)`` runs a command on a library of its own and checks its exit code."""
    return Program(tmp_path / "library")


@pytest.fixture
def exif():
    """``exif(taken, offset=None, make=None, model=None, modified=None)`` is an EXIF block for ``make_picture``."""

    def make(
        taken: str | None = None,
        offset: str | None = None,
        make: str | None = None,
        model: str | None = None,
        modified: str | None = None,
        orientation: int | None = None,
    ) -> Image.Exif:
        block = Image.Exif()
        for tag, value in ((0x10F, make), (0x110, model), (0x132, modified), (0x112, orientation)):
            if value is not None:
                block[tag] = value
        for tag, value in ((0x9003, taken), (0x9004, taken), (0x9011, offset), (0x9012, offset)):
            if value is not None:
                block.get_ifd(0x8769)[tag] = value
        return block

    return make


@pytest.fixture
def exiftool_json():
    """``exiftool_json(path…)``: what ExifTool, started afresh, says about files; a skip where it is not installed."""
    executable = shutil.which("exiftool")
    if executable is None:
        pytest.skip("ExifTool is not installed")

    def ask(*paths: Path) -> list[dict]:
        done = subprocess.run([executable, "-j", "-G", "-a", *map(str, paths)], capture_output=True, check=True)
        return json.loads(done.stdout)

    return ask
