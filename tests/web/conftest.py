"""What tests of the explorer share: a real library of made pictures, a client, a running explorer, a real browser.

``library``          a library of one's own, copied from one that is built once (see :data:`NAMES`)
``client``           ``client.get(path)``, ``client.post(path, fields)`` against Datasette in this process, as the person here
``looking``          the same for all tests that change nothing: made once, so it costs nothing
``explorer``         ``explorer.address`` of a running ``mediaparser explore`` over ``library``; ``start_explorer(library, …)``
``shown``            a running one for all tests that only look: started once
``browser_page``     a page in Chromium; a console error, a dialog or an off-site request fails the test
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image, ImageDraw

MARKUP = "<img src=x onerror=alert(1)>\"'&.jpg"
NAMES = {
    "plain": "Phone/IMG_20190504_120003.jpg",
    "place": "Phone/IMG_20190611_093000.jpg",
    "same second": "Phone/IMG_20190504_120003_2.jpg",
    "best of group": "Camera/DSC_0100.jpg",
    "small of group": "Sent/small.jpg",
    "smaller of group": "Sent/smaller.jpg",
    "other group": "Camera/DSC_0200.jpg",
    "other group small": "Sent/lake.jpg",
    "markup": f"Odd/{MARKUP}",
    "film": "Phone/VID_20190701_101500.mp4",
    "scans": "Scans/Summer 1994/scan{:03d}.jpg",
    "undated": "Loose/unknown{}.jpg",
    "broken": "Loose/broken.jpg",
}
_MODEL = "Pixel <b>7</b>"


def scene(seed: int, size: tuple[int, int] = (480, 360)) -> Image.Image:
    """A picture that looks like no other seed's, and like itself in any size."""
    rng = __import__("random").Random(seed)
    image = Image.new("RGB", size, tuple(rng.randrange(40, 240) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(26):
        x, y, w, h = (rng.random() * part for part in (size[0], size[1], size[0] / 2, size[1] / 2))
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape((x - w / 2, y - h / 2, x + w / 2, y + h / 2), fill=tuple(rng.randrange(256) for _ in range(3)))
    return image


def _exif(taken: str | None, model: str | None = None, place: tuple[float, float] | None = None) -> Image.Exif:
    block = Image.Exif()
    if model:
        block[0x10F], block[0x110] = "Google", model
    if taken:
        block.get_ifd(0x8769).update({0x9003: taken, 0x9004: taken, 0x9011: "+02:00"})
    if place:
        parts = [(abs(value) // 1, abs(value) % 1 * 60 // 1, abs(value) % 1 * 60 % 1 * 60) for value in place]
        block.get_ifd(0x8825).update({1: "NS"[place[0] < 0], 2: parts[0], 3: "EW"[place[1] < 0], 4: parts[1]})
    return block


def _paint(folder: Path) -> None:
    def put(name: str, image: Image.Image, exif: Image.Exif | None = None, quality: int = 88) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path, "JPEG", quality=quality, **({"exif": exif} if exif is not None else {}))

    put(NAMES["plain"], scene(1), _exif("2019:05:04 12:00:03", _MODEL))
    put(NAMES["same second"], scene(2), _exif("2019:05:04 12:00:03", _MODEL))
    put(NAMES["place"], scene(3), _exif("2019:06:11 09:30:00", _MODEL, (38.7223, -9.1393)))
    put("Phone/IMG_20190612_180000.jpg", scene(4), _exif("2019:06:12 18:00:00", _MODEL, (-33.8568, 151.2153)))
    put(NAMES["best of group"], scene(10, (960, 720)), _exif("2018:08:01 10:00:00", "NIKON D90"), 95)
    put(NAMES["small of group"], scene(10, (960, 720)).resize((480, 360)), quality=80)
    put(NAMES["smaller of group"], scene(10, (960, 720)).resize((320, 240)), quality=70)
    put(NAMES["other group"], scene(11, (960, 720)), _exif("2018:08:02 11:00:00", "NIKON D90"), 95)
    put(NAMES["other group small"], scene(11, (960, 720)).resize((400, 300)), quality=75)
    put(NAMES["markup"], scene(20), _exif("2017:01:02 03:04:05", "</script><script>alert(2)</script>"))
    for number in range(1, 9):
        put(NAMES["scans"].format(number), scene(30 + number), _exif("2021:03:05 20:00:00", "ScanJet"))
    for number in range(1, 6):
        put(NAMES["undated"].format(number), scene(50 + number))
        os.utime(folder / NAMES["undated"].format(number), (1.6e9, 1.6e9))
    put("Duplicates/again.jpg", scene(1), _exif("2019:05:04 12:00:03", _MODEL))
    whole = (folder / NAMES["plain"]).read_bytes()
    (folder / NAMES["broken"]).write_bytes(whole[: len(whole) // 3])
    (folder / "Phone/IMG_20190504_120003.jpg.txt").write_text("not a picture")
    _film(folder / NAMES["film"])


def _film(path: Path) -> None:
    import av

    with av.open(str(path), "w") as container:
        container.metadata["creation_time"] = "2019-07-01T08:15:00.000000Z"
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(20):
            frame = av.VideoFrame.from_image(scene(70, (320, 240)).rotate(number * 3))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def program(library: Path, *arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    """``mediaparser --library LIBRARY ARGUMENTS``."""
    done = subprocess.run(
        [sys.executable, "-m", "mediaparser_core", "--library", str(library), *map(str, arguments)],
        capture_output=True, text=True, timeout=120, env={**os.environ, "TZ": "Europe/Lisbon"},
    )  # fmt: skip
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``photos`` and the ``library`` made of it; for looking only."""
    folder = tmp_path_factory.mktemp("explorer")
    _paint(folder / "photos")
    program(folder / "library", "run", folder / "photos", code=3)  # one file is broken, on purpose
    return folder


@pytest.fixture
def library(built: Path, tmp_path: Path) -> Path:
    """A library of one's own; its originals are shared with all others and must not be touched."""
    return Path(shutil.copytree(built / "library", tmp_path / "library"))


@pytest.fixture
def photos(built: Path, library: Path, tmp_path: Path) -> Path:
    """Originals of one's own for ``library``: they may be moved, broken and removed."""
    copied = Path(shutil.copytree(built / "photos", tmp_path / "photos"))
    with closing(sqlite3.connect(library / "catalog.db")) as conn:
        was, now = os.fsencode(built / "photos"), os.fsencode(copied)
        for table in ("roots", "files"):
            rows = conn.execute(f"select id, path_bytes from {table}").fetchall()
            for number, path in rows:
                conn.execute(f"update {table} set path_bytes = ? where id = ?", (path.replace(was, now, 1), number))
        conn.commit()
    return copied


def rows(library: Path, sql: str, *values: object, database: str = "catalog.db") -> list[tuple]:
    """What one of the databases says."""
    with closing(sqlite3.connect(f"file:{library / database}?mode=ro", uri=True)) as conn:
        return conn.execute(sql, values).fetchall()


@pytest.fixture
def asked(library: Path) -> Callable[..., list[tuple]]:
    """``asked(sql, *values, database="catalog.db")``."""
    return lambda sql, *values, **more: rows(library, sql, *values, **more)


@pytest.fixture
def sha(library: Path) -> Callable[[str], str]:
    """``sha("plain")``: the SHA-256 of one of :data:`NAMES` (with ``number`` where there are several)."""

    def find(name: str, number: int = 1) -> str:
        path = NAMES[name].format(number) if "{" in NAMES[name] else NAMES[name]
        found = rows(library, "select sha256 from files where path like ?", "%/" + path.replace("%", "\\%"))
        assert found, name
        return found[0][0]

    return find


@pytest.fixture
def name_of(built: Path) -> Callable[..., str]:
    """``sha`` for tests that only look: the SHA-256 of one of :data:`NAMES` in the library that ``looking`` shows."""

    def find(name: str, number: int = 1) -> str:
        path = NAMES[name].format(number) if "{" in NAMES[name] else NAMES[name]
        return hashlib.sha256((built / "photos" / path).read_bytes()).hexdigest()

    return find


@pytest.fixture
def names() -> dict[str, str]:
    """:data:`NAMES`: where the made pictures lie below ``photos``."""
    return NAMES


@pytest.fixture
def paint() -> Callable[..., Image.Image]:
    """``paint(seed, size=(480, 360))``: see :func:`scene`."""
    return scene


@pytest.fixture
def run_program() -> Callable[..., subprocess.CompletedProcess[str]]:
    """``run_program(library, *arguments, code=0)``: see :func:`program`."""
    return program


# -- Datasette in this process -----------------------------------------------------------------------------------------


class Client:
    """Datasette over one library, asked without a network; closed by its fixture."""

    def __init__(self, library: Path, datasette: Any = None, **more: Any) -> None:
        from mediaparser_core.web import serving

        self._loop = asyncio.new_event_loop()  # in a thread of its own: Playwright has one running in this thread
        self._thread = threading.Thread(target=self._loop.run_forever, name="client")
        self._thread.start()
        self.library, self.datasette = library, datasette or serving.build(library, **more)

    def run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)

    def get(self, path: str, **more: Any) -> Any:
        return self.run(self.datasette.client.get(path, **more))

    def request(self, method: str, path: str, **more: Any) -> Any:
        return self.run(self.datasette.client.request(method, path, **more))

    def post(self, path: str, fields: dict[str, Any] | None = None, *, json: bool = True, **more: Any) -> Any:
        """As one of our pages would send it; ``json=False`` asks like a form without scripts."""
        headers = {"origin": "http://localhost", "accept": "application/json" if json else "text/html"}
        return self.run(
            self.datasette.client.post(path, data=fields or {}, headers={**headers, **more.pop("headers", {})}, **more)
        )

    def rows(self, sql: str, *values: object, database: str = "catalog.db") -> list[tuple]:
        return rows(self.library, sql, *values, database=database)

    def close(self) -> None:
        try:
            self.run(self.datasette.invoke_shutdown())
            self.run(self._loop.shutdown_default_executor())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()


@pytest.fixture
def make_client() -> Iterator[Callable[..., Client]]:
    """``make_client(library, **datasette_options)``."""
    with contextlib.ExitStack() as stack:

        def make(library: Path, **more: Any) -> Client:
            client = Client(library, **more)
            stack.callback(client.close)
            return client

        yield make


@pytest.fixture(scope="session")
def looking(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One client for all tests that only look: nothing may be decided with it."""
    copied = shutil.copytree(built / "library", tmp_path_factory.mktemp("looking") / "library")
    client = Client(Path(copied))
    yield client
    client.close()


@pytest.fixture
def client(library: Path, make_client: Callable[..., Client]) -> Client:
    return make_client(library)


@pytest.fixture
def log_in() -> Callable[..., dict[str, str]]:
    """``log_in(library, name, roles)`` adds a user and gives the cookies of somebody who has logged in as them."""

    def make(library: Path, name: str = "anna", roles: tuple[str, ...] = ("decide",)) -> dict[str, str]:
        from mediaparser_core.web.sessions import COOKIE, Sessions

        sessions = Sessions(library)
        return {COOKIE: sessions.cookie(sessions.accounts.add(name, "correct horse", roles))}

    return make


@pytest.fixture
def make_datasette(tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """``make_datasette(files)``: a client of plain Datasette with our plugins folder and nothing else of ours."""
    from datasette.app import Datasette

    from mediaparser_core.web import serving

    with contextlib.ExitStack() as stack:

        def make(files: list[Path]) -> Client:
            client = Client(tmp_path, Datasette([str(file) for file in files], plugins_dir=str(serving.pages_folder())))
            stack.callback(client.close)
            return client

        yield make


# -- a process of its own ------------------------------------------------------------------------------------------------


@dataclass
class Running:
    """``mediaparser explore`` at ``address`` (without a slash at the end)."""

    address: str
    process: subprocess.Popen[str]
    library: Path
    said: list[str] = field(default_factory=list)  # on stderr

    def __post_init__(self) -> None:
        self._listener = threading.Thread(target=lambda: self.said.extend(self.process.stderr))
        self._listener.start()

    def close(self) -> None:
        try:
            self.stop()
        finally:
            self._listener.join()
            self.process.stdout.close()
            self.process.stderr.close()

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Exit code and the seconds it took."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(60), time.monotonic() - began
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()


def _start(library: Path, *options: str) -> Running:
    process = subprocess.Popen(
        [sys.executable, "-m", "mediaparser_core", "--library", str(library), "explore", "--port", "0", *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    line = process.stdout.readline()
    if not line.startswith("MediaParser is at http"):
        process.kill()
        raise AssertionError((line, process.communicate()[1]))
    return Running(line.split()[-1].rstrip("/"), process, library)


@pytest.fixture
def start_explorer() -> Iterator[Callable[..., Running]]:
    """``start_explorer(library, *options)`` on a free port; stopped at the end of the test."""
    with contextlib.ExitStack() as stack:

        def start(library: Path, *options: str) -> Running:
            running = _start(library, *options)
            stack.callback(running.close)
            return running

        yield start


@pytest.fixture(scope="session")
def shown(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One running explorer for all tests that only look at it in a browser: nothing may be decided there."""
    running = _start(Path(shutil.copytree(built / "library", tmp_path_factory.mktemp("shown") / "library")))
    yield running
    running.close()


@pytest.fixture
def explorer(library: Path, start_explorer: Callable[..., Running]) -> Running:
    return start_explorer(library)


# -- a real browser ------------------------------------------------------------------------------------------------------

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium without a window; a skip where it is not installed."""
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """``open_page(address, width=1280, height=900, dark=False, expect=())``: a page whose complaints fail the test.

    *expect* has parts of console messages that are meant to come (a 409 is logged by the browser itself).
    """
    watched: list[tuple[Any, list[str], tuple[str, ...]]] = []

    def make(
        address: str, *, width: int = 1280, height: int = 900, dark: bool = False, expect: tuple[str, ...] = (), **more
    ):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", **more
        )
        page, complaints, home = context.new_page(), [], urlsplit(address).netloc
        page.set_default_timeout(30_000)  # of a busy machine

        def route(route: Any) -> None:
            if urlsplit(route.request.url).netloc in (home, ""):
                route.continue_()
            else:
                complaints.append(f"off-site: {route.request.url}")
                route.abort()

        def dialog(opened: Any) -> None:
            complaints.append(f"dialog: {opened.message}")
            opened.dismiss()

        context.route("**/*", route)
        page.on("dialog", dialog)
        page.on("console", lambda said: complaints.append(f"console: {said.text}") if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        watched.append((context, complaints, expect))
        page.goto(address)
        return page

    yield make
    problems = []
    for context, complaints, expect in watched:
        context.close()
        problems += [text for text in complaints if not any(part in text for part in expect)]
    assert problems == []


@pytest.fixture
def browser_page(explorer: Running, open_page: Callable[..., Any]) -> Any:
    """The home page of a running explorer at desk width."""
    return open_page(explorer.address + "/")
