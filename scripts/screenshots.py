"""Take the pictures of docs/screens/: every page of the explorer, at desk and phone width, over the demo library.

python scripts/screenshots.py           all of them; needs Chromium and Playwright
python scripts/screenshots.py home map  only these pages

Nothing in the pictures is anybody's: benchmarks/demo_library.py paints the library they show.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from PIL import Image

from mediaparser_core.accounts import FILE_NAME, Accounts

TOP = Path(__file__).resolve().parent.parent
OUT = TOP / "docs" / "screens"
WORK = Path(tempfile.gettempdir()) / "demo"  # stands in some of the pictures
DESK, PHONE = (1440, 900), (390, 844)
DESK_SHOWN = (960, 600)  # what the pages of the documentation have room for
QUALITY = 62
MOST = 1_500_000  # bytes of all pictures together
PAGES = {
    "home": "/", "gallery": "/-/media/gallery", "picture": None, "review": "/-/review", "dates": "/-/review/dates",
    "look-alikes": "/-/review/groups?kind=similar", "bursts": "/-/review/groups?kind=burst",
    "rule": "/-/review/groups/rule?kind=similar&confidence=0.9", "clocks": "/-/review/clocks", "tags": "/-/review/tags",
    "troubles": "/-/review/troubles", "decisions": "/-/review/decisions", "map": "/-/media/map", "jobs": "/-/jobs",
    "status": "/-/status", "drop": "/-/drop", "tables": "/catalog/library",
}  # fmt: skip
OTHERS = {"first-look": "/", "login": "/-/login"}  # pages of other libraries: an empty one, one with users
DARK = ("gallery", "dates")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]


def program(library: Path, *arguments: object) -> None:
    line = [sys.executable, "-m", "mediaparser_core", "--library", str(library), *map(str, arguments)]
    code = subprocess.run(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT).returncode
    if code not in (0, 3):  # some files of the demo library are broken, as in every household
        raise SystemExit(f"{line} ended with {code}")


ENVIRONMENT = {**os.environ, "TZ": "Europe/Lisbon", "PYTHONUNBUFFERED": "1", "MEDIAPARSER_INBOX_FREE_GB": "0"}


@contextmanager
def running(library: Path, *arguments: str) -> Iterator[str]:
    """A service of the library while the block runs; the last word of its first line."""
    line = [sys.executable, "-m", "mediaparser_core", "--library", str(library), *arguments]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=ENVIRONMENT)
    try:
        yield (process.stdout.readline().split() or [""])[-1].rstrip("/") if process.stdout else ""
    finally:
        process.terminate()
        process.communicate()


def slow_clock(photos: Path) -> None:
    """Pictures of a camera that was a year behind; two of them came back from a cloud that knew better."""
    sys.path.insert(0, str(TOP / "benchmarks"))
    from demo_scenes import SCENES, paint

    album = photos / "Takeout" / "Google Photos" / "Photos from 2011"
    album.mkdir(parents=True, exist_ok=True)
    (photos / "Camera SD" / "Lisbon").mkdir(parents=True, exist_ok=True)
    for number, scene in enumerate(list(SCENES)[:5], 1):
        exif = Image.Exif()
        exif[0x10F], exif[0x110] = "OLYMPUS", "E-PL1"
        exif.get_ifd(0x8769).update(dict.fromkeys((0x9003, 0x9004), f"2010:05:05 10:0{number}:00"))
        path = photos / "Camera SD" / "Lisbon" / f"P505000{number}.JPG"
        paint(scene, f"clock {number}").save(path, "JPEG", quality=88, exif=exif)
        if number < 3:
            shutil.copy(path, album / path.name)
            at = datetime(2011, 5, 5, 9, number, tzinfo=UTC)
            told = {"title": path.name, "photoTakenTime": {"timestamp": str(int(at.timestamp()))},
                    "geoData": {"latitude": 38.7223, "longitude": -9.1393, "altitude": 0.0}}  # fmt: skip
            (album / f"{path.name}.json").write_text(json.dumps(told))


def post(address: str, path: str, **fields: object) -> None:
    body = urlencode({**fields, "request_id": f"screens-{time.monotonic_ns()}"}, doseq=True).encode()
    with urlopen(Request(address + path, body, {"origin": address, "accept": "application/json"})) as answer:
        if not json.load(answer)["ok"]:
            raise SystemExit(f"{path} was refused")


def live_in(address: str) -> None:
    """Some decisions and jobs, so that their pages are not empty."""
    with urlopen(f"{address}/catalog/library.json?_size=40&_sort_desc=taken_at&_shape=array") as answer:
        rows = json.load(answer)
    shas = [row["sha256"] for row in rows]
    decide = "/-/review/decide"
    post(address, decide, verb="tag", subject=shas[:6], value="autumn walk")
    post(address, decide, verb="set-date", subject=shas[20:22], value="summer 2021")
    post(address, decide, verb="discard", subject=shas[30])
    post(address, "/-/review/undo", decision=3)
    post(address, "/-/jobs/start", command="backup")
    post(address, "/-/jobs/start", command="export")
    time.sleep(12)  # the worker does both, and the tables follow the decisions


class Camera:
    """A browser that takes pictures of pages into :data:`OUT`."""

    def __init__(self, browser: Any, wanted: set[str]) -> None:
        self._browser, self._wanted = browser, wanted

    def take(self, address: str, name: str, path: str, *, dark: bool = False) -> None:
        if self._wanted and name not in self._wanted:
            return
        for device, size in (("desk", DESK), ("phone", PHONE)):
            page = self._browser.new_page(
                viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light"
            )
            page.goto(address + path)
            page.wait_for_timeout(700)  # thumbnails fade in, the map is drawn
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            if device == "desk":
                picture = picture.resize(DESK_SHOWN, Image.Resampling.LANCZOS)
            picture.save(OUT / f"{name}{'-dark' if dark else ''}-{device}.webp", quality=QUALITY, method=6)
            page.close()


def main() -> None:
    from playwright.sync_api import sync_playwright

    shutil.rmtree(WORK, ignore_errors=True)
    OUT.mkdir(parents=True, exist_ok=True)
    photos, library = WORK / "photos", WORK / "library"
    make = [sys.executable, str(TOP / "benchmarks" / "demo_library.py"), str(photos), "--files", "200"]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
    slow_clock(photos)
    program(library, "run", photos)
    Accounts(WORK / "shared" / FILE_NAME).add("anna", "only for the picture", ("decide",))
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        camera = Camera(browser, set(sys.argv[1:]))
        with running(WORK / "new", "explore", "--port", "0") as address:
            camera.take(address, "first-look", OTHERS["first-look"])
        with running(WORK / "shared", "explore", "--port", "0") as address:
            camera.take(address, "login", OTHERS["login"])
        with (
            running(library, "worker"),
            running(library, "watch"),
            running(library, "explore", "--port", "0") as address,
        ):
            live_in(address)
            page = browser.new_page()
            page.goto(f"{address}/-/media/gallery")
            picture = page.locator("a.tile").nth(8).get_attribute("href")
            page.close()
            for name, path in PAGES.items():
                camera.take(address, name, path or picture)
            for name in DARK:
                camera.take(address, name, PAGES[name] or "", dark=True)
        browser.close()
    shutil.rmtree(WORK)
    size = sum(path.stat().st_size for path in OUT.glob("*.webp"))
    print(f"{len(list(OUT.glob('*.webp')))} pictures, {size:,} bytes, in {OUT}")
    if size > MOST:
        raise SystemExit(f"that is more than {MOST:,} bytes")


if __name__ == "__main__":
    main()
