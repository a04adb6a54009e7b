"""A person's whole way through the explorer in a real Chromium, and what the databases say of it afterwards."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mediaparser_core import settings
from mediaparser_core.service.heartbeat import Heartbeat
from mediaparser_core.service.worker import Worker

MESSAGES = 84  # pictures of one question: more than are weighed while a person waits, so they are counted first
CAMERAS = 10
SLOW = "Maker|Slow|"  # a camera whose clock was a year behind


def exif(taken: str, model: str) -> Image.Exif:
    block = Image.Exif()
    block[0x10F], block[0x110] = "Maker", model
    block.get_ifd(0x8769).update({0x9003: taken, 0x9004: taken})
    return block


def household(folder: Path, paint: Callable[..., Image.Image]) -> None:
    """Something of everything that people are asked about."""

    def put(name: str, image: Image.Image, block: Image.Exif | None = None, quality: int = 85) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path, "JPEG", quality=quality, **({"exif": block} if block is not None else {}))
        os.utime(path, (1.6e9, 1.6e9))

    for number in range(MESSAGES):
        put(f"WhatsApp/IMG-2021{number % 12 + 1:02d}11-WA{number:04d}.jpg", paint(100 + number, (160, 120)))
    for number in range(1, CAMERAS + 1):
        put(
            f"Reset/party{number:02d}.jpg",
            paint(number, (240, 180)),
            exif(f"2008:01:01 00:{number:02d}:00", f"M{number}"),
        )
    for number in range(1, 5):
        whole = paint(40 + number, (640, 480))
        put(f"Camera/DSC_020{number}.jpg", whole, exif(f"2018:08:0{number} 10:00:00", "D90"), 95)
        put(f"Sent/small{number}.jpg", whole.resize((320, 240)), quality=80)
    for number in range(1, 6):  # two of them came back from a cloud that knew when and where they were taken
        name, at = f"P10{number}.jpg", datetime(2011, 5, 5, 9, number, tzinfo=UTC)
        put(f"Slow/{name}", paint(60 + number, (240, 180)), exif(f"2010:05:05 10:0{number}:00", "Slow"))
        if number < 3:
            album = folder / "Takeout/Google Photos/Photos from 2011"
            album.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / "Slow" / name, album / name)
            told = {"title": name, "photoTakenTime": {"timestamp": str(int(at.timestamp()))},
                    "geoData": {"latitude": 38.72, "longitude": -9.14, "altitude": 0.0}}  # fmt: skip
            (album / f"{name}.json").write_text(json.dumps(told))


@pytest.fixture
def library(tmp_path: Path, paint: Callable[..., Image.Image], run_program: Callable[..., Any]) -> Path:
    household(tmp_path / "photos", paint)
    run_program(tmp_path / "library", "run", tmp_path / "photos")
    return tmp_path / "library"


@pytest.fixture
def working(library: Path) -> Iterator[None]:
    """A worker whose jobs read each file again slowly enough to be watched."""
    script = (
        "import sys, time; from mediaparser_core.service import carrying, reading; from mediaparser_core import disk; "
        "reading._LOOK = 0.1; read = disk.hash_of; "
        "disk.hash_of = lambda path: (time.sleep(0.15), read(path))[1]; sys.exit(carrying.main())"
    )

    def start(number: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", script, str(library), str(number)],
                                stdin=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip

    chosen = settings.load(library, environ={}, options={"timezone": "Europe/Lisbon", "workers": 2})
    beat = Heartbeat(library, "worker")
    with beat, Worker(chosen, beat, start=start, delays=(0.3,)):
        yield


@pytest.fixture
def decided(asked: Callable[..., list[tuple]]) -> Callable[[], list[tuple]]:
    """What was decided so far: ``(verb, subject as a list, value)``."""

    def rows() -> list[tuple]:
        found = asked("select verb, subject, value from decisions order by id", database="decisions.db")
        return [(verb, json.loads(subject), value) for verb, subject, value in found]

    return rows


def until(told: Callable[[], Any], seconds: float = 30.0) -> Any:
    """The first true answer of ``told()``."""
    deadline = time.monotonic() + seconds
    while not (answer := told()):
        assert time.monotonic() < deadline, "nothing came of it"
        time.sleep(0.05)
    return answer


def go(page: Any, link: Any) -> None:
    """Follow a link, and wait until the page's scripts hear keys."""
    with page.expect_navigation(wait_until="load"):
        link.click()


def moves_on(page: Any, place: str, mark: str, press: Callable[[], None]) -> None:
    """Press, and wait until the page shows another question."""
    before = page.locator(place).get_attribute(mark)
    press()
    page.wait_for_function(
        "([place, mark, before]) => document.querySelector(place)?.getAttribute(mark) !== before",
        arg=[place, mark, before],
    )


def test_a_person_goes_the_whole_way(explorer, open_page, working, decided, asked, tmp_path):
    untouched = {path: path.stat().st_mtime_ns for path in (tmp_path / "photos").rglob("*.jpg")}
    page = open_page(explorer.address + "/")
    answer_dates(page, decided)
    settle_groups(page, decided)
    tag_five(page, decided)
    put_a_clock_right(page, decided)
    watch_a_job(page, asked)
    see_what_was_decided(page, decided, asked)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "photos").rglob("*.jpg")} == untouched


def answer_dates(page: Any, decided: Callable[[], list[tuple]]) -> None:
    """Home says what is next; ten questions: a count first, buttons, keys, words, skip, undo."""
    assert page.locator("h1").inner_text() == f"{MESSAGES + 23} pictures"
    go(page, page.locator("a", has_text="Answer 11 questions"))
    page.get_by_text(f"Are the dates of these {MESSAGES} pictures right?").wait_for()

    def onward(press: Callable[[], None]) -> None:
        moves_on(page, ".question", "data-key", press)

    page.locator("[data-option='1']").click()  # more pictures than the page shows: first the exact count
    page.get_by_text(f"This dates {MESSAGES} pictures.").wait_for()
    onward(lambda: page.get_by_role("button", name=f"Date {MESSAGES} pictures").click())
    page.get_by_text(f"Accepted the dates of {MESSAGES} pictures:").wait_for()
    verb, subject, value = decided()[0]
    assert verb == "accept" and len(subject) == MESSAGES == len(json.loads(value)["date"])

    onward(lambda: page.keyboard.press("s"))  # skipped: nothing is written
    assert len(decided()) == 1
    for words, stored in (("summer 1994", "1994"), ("12 May 2019 5pm", "2019-05-12T17:00")):
        page.keyboard.press("e")
        page.keyboard.type(words)
        page.locator("[data-meaning].good").wait_for()  # how it is understood, before it is sent
        onward(lambda: page.keyboard.press("Enter"))
        assert decided()[-1][0] == "set-date" and decided()[-1][2] == stored
    onward(lambda: page.locator(".option").first.click())  # with the mouse
    onward(lambda: page.keyboard.press("u"))
    assert decided()[-1][0] == "undo"
    page.get_by_text("Asked once more").wait_for()
    while len(decided()) < 12:  # ten answers, an undo and the answer that was taken back
        onward(lambda: (page.keyboard.press("1"), page.keyboard.press("Enter")))
    assert [verb for verb, *_ in decided()].count("undo") == 1


def settle_groups(page: Any, decided: Callable[[], list[tuple]]) -> None:
    """Three groups, each in another way, and the last word taken back."""
    before = len(decided())
    go(page, page.get_by_role("link", name="Look-alikes"))
    page.get_by_text("4 groups of look-alikes wait").wait_for()

    def onward(key: str) -> None:
        moves_on(page, ".compare", "data-here", lambda: page.keyboard.press(key))

    for number, key in enumerate(("Enter", "a", "n"), 1):
        onward(key)
        assert len(decided()) == before + number
    page.get_by_text("1 group of look-alikes waits").wait_for()
    onward("u")
    page.get_by_text("2 groups of look-alikes wait").wait_for()
    assert [verb for verb, *_ in decided()[before:]] == ["accept", "keep", "different", "undo"]
    assert json.loads(decided()[before][2])["discard"]


def tag_five(page: Any, decided: Callable[[], list[tuple]]) -> None:
    """Chosen in the gallery with the keyboard, tagged on the page of tags."""
    go(page, page.locator("nav.tabs").get_by_role("link", name="Pictures"))
    page.locator(".cell .check").first.wait_for(state="attached")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
        page.keyboard.press("x")
    page.locator("[data-picked-bar]").get_by_text("5 pictures").wait_for()
    page.keyboard.press("t")
    go(page, page.get_by_role("link", name="More on the tags page"))
    page.locator("[data-picked]", has_text="5 picked").wait_for()
    page.keyboard.press("t")
    page.keyboard.type("Grandma’s 80th")
    page.keyboard.press("Enter")
    page.get_by_text("Tagged 5 pictures “Grandma’s 80th”.").wait_for()
    verb, subject, value = decided()[-1]
    assert (verb, len(subject), value) == ("tag", 5, "Grandma’s 80th")


def put_a_clock_right(page: Any, decided: Callable[[], list[tuple]]) -> None:
    go(page, page.get_by_role("link", name="Clocks"))
    page.get_by_role("button", name="Put it right").click()
    page.get_by_text("Set the clock of Maker Slow right: 1 year later.").wait_for()
    verb, subject, value = decided()[-1]
    assert (verb, subject) == ("shift", [SLOW]) and value.startswith("+31536000 ")
    page.get_by_text("No clock needs your word").wait_for()


def watch_a_job(page: Any, asked: Callable[..., list[tuple]]) -> None:
    """A long job is asked for, watched, paused, goes on and is cancelled."""
    go(page, page.locator("nav.tabs").get_by_role("link", name="Jobs"))
    page.get_by_role("button", name="Read every file again").click()
    card = page.locator("#live .job")
    card.locator("[data-state]", has_text="runs").wait_for(timeout=30_000)

    def job() -> tuple[str, int, int]:
        return asked("select state, done, total from jobs where command = 'verify'")[0]

    until(lambda: job()[1] > 2)
    page.wait_for_function("() => Number(document.querySelector('#live progress').value) > 2")  # without loading again
    assert re.fullmatch(r"[\d,]+ of [\d,]+", card.locator("[data-counted]").inner_text())
    card.get_by_role("button", name="Pause").click()
    card.locator("[data-state]", has_text="paused").wait_for(timeout=30_000)
    held = job()[1]
    assert job()[0] == "paused"
    card.get_by_role("button", name="Go on").click()
    until(lambda: job()[1] > held)
    card.get_by_role("button", name="Cancel").click()
    page.get_by_text("Nothing is under way.").wait_for(timeout=30_000)
    page.locator("#ended li", has_text="cancelled").wait_for()
    state, done, total = job()
    assert state == "cancelled" and done < total


def see_what_was_decided(page: Any, decided: Callable[[], list[tuple]], asked: Callable[..., list[tuple]]) -> None:
    """The log has all of it, and the tables follow by themselves."""
    page.locator("details.more summary").click()
    go(page, page.get_by_role("link", name="What was decided"))
    assert page.locator(".log li").count() == len(decided())
    page.locator(".log li").first.get_by_role("button", name="Undo").click()
    page.get_by_text("Took back: Set the clock of Maker Slow right").wait_for()
    assert decided()[-1][0] == "undo"
    until(lambda: asked("select count(*) from tags where tag = 'Grandma’s 80th'") == [(5,)])
    until(lambda: asked("select count(*) from dates where rule = 'decided'")[0][0] >= MESSAGES + 8)
