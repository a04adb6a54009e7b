"""Fixtures everybody may use; nothing here needs a file we could not publish.

``MEDIAPARSER_SHARED`` may name a folder with ``corpus/``, ``photos/`` and ``tools/``: tests marked ``shared`` use it and
are skipped without it.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from mediaparser_core.records import Entry


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
        (draw.ellipse if rng.random() < 0.5 else draw.rectangle)((x - w // 2, y - h // 2, x + w // 2, y + h // 2), fill=colour)
    return image


@pytest.fixture
def make_picture():
    """``make_picture(path, seed=1, size=(640, 480), exif=None, **save)`` writes a real picture and returns its path."""

    def make(path: Path, seed: int = 1, size: tuple[int, int] = (640, 480), exif: Image.Exif | None = None, **save) -> Path:
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
            os.fsencode(root or path.parent), os.fsencode(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns,
            status.st_ino, status.st_dev,
        )

    return make
