"""A library with something of everything that people are asked about; all other fixtures stay those of the explorer.

Sixteen cameras forgot their date (a question each, one of them with three pictures), a messenger brought four pictures,
three say nothing; four came in several sizes, three frames are a burst; with ``offered`` a clock was a day slow.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

MARKUP = "<img src=x onerror=alert(1)>\"'&.jpg"
SCRIPT = "</script><script>alert(2)</script>"


def scene(seed: int, size: tuple[int, int] = (480, 360)) -> Image.Image:
    """A picture that looks like no other seed's."""
    rng = random.Random(seed)
    image = Image.new("RGB", size, tuple(rng.randrange(60, 220) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(28):
        x, y, w, h = (rng.random() * part for part in (size[0], size[1], size[0] / 2, size[1] / 2))
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape((x - w / 2, y - h / 2, x + w / 2, y + h / 2), fill=tuple(rng.randrange(256) for _ in range(3)))
    return image


def exif(taken: str | None, model: str = "", *, fraction: str = "") -> Image.Exif:
    block = Image.Exif()
    if model:
        block[0x10F], block[0x110] = "Maker", model
    if taken:
        block.get_ifd(0x8769).update({0x9003: taken, 0x9004: taken})
    if fraction:
        block.get_ifd(0x8769).update({0x9291: fraction, 0x9292: fraction})
    return block


def paint(folder: Path) -> None:
    def put(name: str, image: Image.Image, block: Image.Exif | None = None, quality: int = 88) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path, "JPEG", quality=quality, **({"exif": block} if block is not None else {}))
        os.utime(path, (1.6e9, 1.6e9))

    for number in range(1, 17):
        put(f"Reset/party{number:02d}.jpg", scene(number), exif(f"2008:01:01 00:{number:02d}:00", f"Model {number}"))
    for number in (17, 18):
        put(f"Reset/party{number}.jpg", scene(number), exif(f"2008:01:01 00:{number}:00", "Model 16"))
    for number in range(1, 5):
        put(f"WhatsApp/IMG-202107{number:02d}-WA000{number}.jpg", scene(20 + number))
    for number in range(1, 4):
        put(f"Loose/nothing{number}.jpg", scene(30 + number))
    for number in range(1, 5):
        whole = scene(40 + number, (960, 720))
        put(f"Camera/DSC_020{number}.jpg", whole, exif(f"2018:08:0{number} 10:00:00", "D90"), 95)
        put(f"Sent/small{number}.jpg", whole.resize((480, 360)), quality=80)
        if number == 1:
            put("Sent/smaller.jpg", whole.resize((320, 240)), quality=75)
    for number in range(3):
        wide = scene(50, (700, 520)).crop((number * 9, number * 4, number * 9 + 480, number * 4 + 360))
        put(f"Burst/DSC_030{number}.jpg", wide, exif("2019:05:04 12:00:03", "D90", fraction=f"{10 + 20 * number}"))
    for number in range(1, 5):
        put(f"Slow/P10{number}.jpg", scene(60 + number), exif(f"2010:05:0{number} 10:00:00", SCRIPT))
    put(f"Odd/{MARKUP}", scene(70), exif("2008:01:01 00:30:00", SCRIPT + "2"))
    put("Loose/broken.jpg", scene(71), exif("2015:01:02 03:04:05", "D90"))
    whole = (folder / "Loose/broken.jpg").read_bytes()
    (folder / "Loose/broken.jpg").write_bytes(whole[: len(whole) // 3])
    (folder / "Loose/empty.jpg").write_bytes(b"")


@pytest.fixture(scope="session")
def run_program() -> Callable[..., None]:
    """``run_program(library, *arguments)``: the program as a person runs it; a trouble is no failure."""

    def run(library: Path, *arguments: object) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "mediaparser_core", "--library", str(library), *map(str, arguments)],
            capture_output=True, text=True, timeout=120, env={**os.environ, "TZ": "Europe/Lisbon"},
        )  # fmt: skip
        assert done.returncode in (0, 3), (done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, run_program: Callable[..., None]) -> Path:
    """A folder with ``photos`` and the ``library`` made of it; for looking only."""
    folder = tmp_path_factory.mktemp("review")
    paint(folder / "photos")
    run_program(folder / "library", "run", folder / "photos")
    return folder


@pytest.fixture(scope="session")
def looked_at(built: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Any]:
    """One client for all who only look: most tests do, and starting one takes longer than looking."""
    shared = request.config.pluginmanager.get_plugin(str(Path(__file__).parent.parent / "conftest.py"))
    library = Path(shutil.copytree(built / "library", tmp_path_factory.mktemp("looked_at") / "library"))
    client = shared.Client(library)
    yield client
    client.close()


@pytest.fixture
def looking(looked_at: Any) -> Iterator[Any]:
    """A client like ``client`` for a test that must not decide anything; that it did not is checked afterwards."""
    yield looked_at
    with closing(sqlite3.connect(looked_at.library / "decisions.db")) as conn:
        assert conn.execute("select verb, subject, value from decisions").fetchall() == []


@pytest.fixture
def named(asked: Callable[..., list[tuple]]) -> Callable[[str], str]:
    """``named("party01.jpg")``: the SHA-256 of a picture."""

    def find(name: str) -> str:
        rows = asked("select sha256 from files where name = ?", name)
        assert rows, name
        return rows[0][0]

    return find


@pytest.fixture
def decisions(asked: Callable[..., list[tuple]]) -> Callable[[], list[tuple]]:
    """What was decided so far: ``(verb, subject, value, undoes)``."""
    return lambda: asked("select verb, subject, value, undoes from decisions order by id", database="decisions.db")


@pytest.fixture
def offered(library: Path) -> str:
    """The key of a camera whose clock was a day slow in May 2010 (finding that out has tests of its own)."""
    camera = f"Maker|{SCRIPT}|"
    with closing(sqlite3.connect(library / "catalog.db")) as conn:
        conn.execute("delete from clock_offers")
        conn.execute("delete from readings")
        conn.execute(
            "insert into readings (sha256, camera, reading) select a.sha256, ?, d.taken_at from assets a "
            "join dates d on d.sha256 = a.sha256 where a.model = ?",
            (camera, SCRIPT),
        )
        conn.execute(
            "insert into clock_offers (question, camera, seconds, since, until, files, kind, evidence, confidence) "
            "select 1, ?, 86400, '2010-05-01T10:00:00', '2010-05-04T10:00:00', 4, 'the wrong day', 'it was slow', 0.95",
            (camera,),
        )
        conn.commit()
    return camera
