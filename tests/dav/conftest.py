"""What tests of the drive share: a real library of made pictures, a drive in a thread, a client that hides nothing.

``library``   a library of one's own, copied from one that is built once (see :data:`PICTURES`)
``drive``     ``drive(library, user=…, tell=…, **settings)`` starts a drive and gives a :class:`Client`; it is stopped
              afterwards. Settings are written with two underscores for the dot: ``inbox__enabled=True``
``decide``    ``decide(library, verb, name, value=None)`` records a decision about the picture called *name*
"""

from __future__ import annotations

import base64
import http.client
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageDraw

from mediaparser_core import accounts, plugins, review, settings
from mediaparser_core.catalog import Catalog
from mediaparser_core.dav.server import Drive
from mediaparser_core.jobs import now

PICTURES: dict[str, tuple[int, str | None, str | None, tuple[float, float] | None]] = {
    "Phone/IMG_20190504_120003.jpg": (1, "2019:05:04 12:00:03", "Pixel 7", (38.71, -9.14)),
    "Phone/IMG_20190611_093000.jpg": (2, "2019:06:11 09:30:00", "Pixel 7", None),
    "Camera/DSC_0100.jpg": (3, "2018:07:01 10:00:00", "EOS 5D", None),
    "Camera/DSC_0101.jpg": (4, "2018:07:01 10:00:00", "EOS 5D", None),
    "Sent/small.jpg": (5, "2018:07:02 11:00:00", None, None),
    "Sent/large.jpg": (5, "2018:07:02 11:00:00", None, None),
    "Scans/Summer 1994/scan001.jpg": (6, None, None, None),
    "Loose/unknown.jpg": (7, None, None, None),
}
PASSWORD = "correct horse battery"


def _paint(folder: Path) -> None:
    for name, (seed, taken, model, place) in PICTURES.items():
        rng = random.Random(seed)
        image = Image.new("RGB", (480, 360), tuple(rng.randrange(256) for _ in range(3)))
        draw = ImageDraw.Draw(image)
        for _ in range(30):
            x, y, w, h = rng.randrange(400), rng.randrange(300), rng.randrange(20, 200), rng.randrange(20, 200)
            draw.rectangle((x, y, x + w, y + h), fill=tuple(rng.randrange(256) for _ in range(3)))
        if name.endswith("small.jpg"):
            image = image.resize((240, 180))
        exif = Image.Exif()
        if model:
            exif[0x10F], exif[0x110] = "Maker", model
        if taken:
            exif.get_ifd(0x8769).update({0x9003: taken, 0x9004: taken, 0x9011: "+01:00"})
        if place:
            parts = [(abs(value) // 1, abs(value) % 1 * 60 // 1, abs(value) % 1 * 60 % 1 * 60) for value in place]
            exif.get_ifd(0x8825).update({1: "N", 2: parts[0], 3: "W", 4: parts[1]})
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path, exif=exif, quality=90)
        os.utime(path, (1_500_000_000, 1_500_000_000))


def _run(library: Path, *arguments: object, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mediaparser_core", "--library", str(library), *map(str, arguments)],
        capture_output=True, text=True, timeout=60, env={**os.environ, "TZ": "Europe/Lisbon"}, **more,
    )  # fmt: skip


@pytest.fixture(scope="session")
def run() -> Callable[..., subprocess.CompletedProcess[str]]:
    """``run(library, "export")`` runs the program in a process of its own."""
    return _run


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Path:
    """A library with :data:`PICTURES`, exported; not to be changed."""
    folder = tmp_path_factory.mktemp("drive")
    _paint(folder / "input")
    done = _run(folder / "library", "run", folder / "input")
    assert done.returncode == 0, done.stderr
    return folder / "library"


@pytest.fixture
def library(built: Path, tmp_path: Path) -> Path:
    shutil.copytree(built, tmp_path / "library")
    return tmp_path / "library"


@pytest.fixture(scope="session")
def originals(built: Path) -> Path:
    """The folder that was scanned."""
    return built.parent / "input"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Client:
    """Sends requests to one drive as they are, over one connection."""

    host: str
    port: int
    user: str | None = None
    told: list[str] = field(default_factory=list)
    _connection: http.client.HTTPConnection | None = None

    @property
    def address(self) -> str:
        return f"http://{self.host}:{self.port}"

    def ask(self, method: str, path: str = "/", body: bytes | None = None, **headers: str) -> Answer:
        """One request; header names with underscores for dashes, *path* is sent as it is."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.user and "Authorization" not in given:
            given["Authorization"] = "Basic " + base64.b64encode(f"{self.user}:{PASSWORD}".encode()).decode()
        idle = self._connection is not None
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
        try:
            self._connection.request(method, path, body, given)
            answer = self._connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        except (ConnectionResetError, BrokenPipeError):  # also http.client's RemoteDisconnected
            self.close()
            if not idle:
                raise
            return self.ask(method, path, body, **headers)  # the server ends a connection that was idle for long
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", quote(path), **headers)

    def propfind(self, path: str, depth: str = "1", body: bytes | None = None) -> ElementTree.Element:
        answer = self.ask("PROPFIND", quote(path), body, Depth=depth)
        assert answer.status == 207, (answer.status, answer.text)
        return ElementTree.fromstring(answer.body)

    def names(self, path: str) -> list[str]:
        """What is in the folder *path*, folders with a slash behind them."""
        hrefs = [unquote(each.text or "") for each in self.propfind(path).iter("{DAV:}href")]
        return sorted(re.sub(r".*/(?=.)", "", href) for href in hrefs[1:])

    def properties(self, path: str) -> dict[str, str]:
        """What is said of one file or folder."""
        found = self.propfind(path, "0").find(".//{DAV:}prop")
        assert found is not None
        return {each.tag.removeprefix("{DAV:}"): each.text or "" for each in found}

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@pytest.fixture(scope="session")
def manager():
    return plugins.load()


def _start(stack: ExitStack, manager, library: Path, user: str | None, roles: tuple[str, ...], more: dict) -> Client:
    options = {"timezone": "Europe/Lisbon", "webdav.port": 0}
    options |= {name.replace("__", "."): value for name, value in more.items()}
    users = accounts.load(library)
    if user:
        users.add(user, PASSWORD, roles)
    told: list[str] = []
    server = Drive(settings.load(library, environ={}, options=options), manager, users, tell=told.append)
    host, port = stack.enter_context(server.running()).removeprefix("http://").split(":")
    client = Client(host, int(port), user, told)
    stack.callback(client.close)
    return client


@pytest.fixture
def drive(manager, monkeypatch) -> Iterator[Callable[..., Client]]:
    monkeypatch.setattr(accounts, "_COST", (10, 8, 1))  # what passwords cost is tested elsewhere
    monkeypatch.setattr(accounts, "_NOBODY", accounts._NOBODY.replace("$14$8$5$", "$10$8$1$"))
    with ExitStack() as stack:

        def start(library: Path, user: str | None = None, roles: tuple[str, ...] = ("look", "drop"), **more) -> Client:
            return _start(stack, manager, library, user, roles, more)

        yield start


def _bare(library: Path) -> Path:
    export = library / "export"
    (export / "2019").mkdir(parents=True)
    (export / "2019" / "a.jpg").write_bytes(b"0123456789" * 100)
    (export / "2019" / "b.mov").write_bytes(b"film")
    os.utime(export / "2019" / "a.jpg", (1_500_000_000, 1_500_000_000))
    return library


@pytest.fixture
def flat_export(tmp_path: Path) -> Path:
    """A library that is nothing but an export folder with two files."""
    return _bare(tmp_path / "bare")


@pytest.fixture(scope="session")
def standing(manager, tmp_path_factory) -> Iterator[Client]:
    """A drive over such a library, for tests that change nothing."""
    with ExitStack() as stack:
        library = _bare(tmp_path_factory.mktemp("standing") / "bare")
        staging = library / "export" / ".mediaparser-partial"
        staging.mkdir()
        (staging / "x").write_text("half a copy")
        (library / "users.json.bak").write_text("secret")
        yield _start(stack, manager, library, "anna", ("look",), {"webdav__hosts": "photos.home, nas"})


@pytest.fixture
def decide() -> Callable[..., Any]:
    def record(library: Path, verb: str, name: str | list[str], value: str | None = None) -> Any:
        with Catalog(library) as catalog:
            names = [name] if isinstance(name, str) else name
            subject = [_sha(library, each) for each in names] if verb not in ("undo", "shift") else names
            decision = review.make(verb, subject, value, "test", now())
            catalog.decided.add([decision])
        return decision

    return record


def _sha(library: Path, name: str) -> str:
    with closing(sqlite3.connect(library / "catalog.db")) as conn:
        return str(conn.execute("select sha256 from files where name = ?", (name,)).fetchone()[0])
