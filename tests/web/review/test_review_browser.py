"""A person's way through the review in a real browser: keyboard only where it is promised."""

from __future__ import annotations

import json
import time
import urllib.parse
import urllib.request

import pytest


def wait_for(told, what, seconds: float = 30.0):
    """Ask ``told()`` until ``what`` is true of its answer."""
    until = time.monotonic() + seconds
    while not what(answer := told()):
        assert time.monotonic() < until, answer
        time.sleep(0.02)
    return answer


@pytest.fixture
def go(explorer, open_page):
    """``go(path)`` opens a page of the running explorer."""
    return lambda path, **more: open_page(explorer.address + path, **more)


@pytest.fixture
def somebody_else(explorer):
    """Somebody else who decides meanwhile."""

    def decide(verb: str, sha: str, value: str) -> None:
        fields = {"verb": verb, "subject": sha, "value": value, "request_id": f"other-{time.monotonic_ns()}"}
        request = urllib.request.Request(
            explorer.address + "/-/review/decide",
            urllib.parse.urlencode(fields).encode(),
            {"origin": explorer.address, "accept": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            assert json.load(answer)["ok"]

    return decide


def test_ten_date_questions_are_answered_with_the_keyboard_alone(go, decisions):
    page = go("/-/review/dates")
    for number in range(1, 11):
        before = page.locator(".question").get_attribute("data-key")
        if number == 3:  # the second answer instead of the suggested one
            page.keyboard.press("2")
            page.keyboard.press("Enter")
        elif number == 5:  # in words, seen as understood before it is sent
            page.keyboard.press("e")
            page.keyboard.type("summer 1994")
            page.get_by_text("1994 · only the year is kept").wait_for()
            page.keyboard.press("Enter")
        elif page.locator(".option.best").count():
            page.keyboard.press("Enter")
        else:
            page.keyboard.press("1")
            page.keyboard.press("Enter")
        page.wait_for_function("key => document.querySelector('.question').dataset.key !== key", arg=before)
    found = decisions()
    assert len(found) == 10
    assert {row[0] for row in found} == {"accept", "set-date"}
    assert found[4][:1] + found[4][2:3] == ("set-date", "1994")
    assert found[2][0] == "set-date" and found[2][2].startswith("2020-09-13T")
    assert "of 9 ·" in page.locator(".eyebrow").text_content()


def test_skip_undo_and_answer_again(go, decisions):
    page = go("/-/review/dates")
    first = page.locator(".question").get_attribute("data-key")
    page.keyboard.press("s")
    page.wait_for_function("key => document.querySelector('.question').dataset.key !== key", arg=first)
    second = page.locator(".question").get_attribute("data-key")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.wait_for_function("key => document.querySelector('.question').dataset.key !== key", arg=second)
    page.keyboard.press("u")
    page.get_by_text("Asked once more").wait_for()
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.wait_for_function("() => !document.querySelector('.question').dataset.key.startsWith('again')")
    assert [row[0] for row in decisions()] == ["accept", "undo", decisions()[-1][0]]
    page.go_back()
    page.go_back()
    page.get_by_text("Question").first.wait_for()


def test_an_answer_shows_what_it_would_mean_and_is_given_for_some_pictures_only(go, named, decisions):
    page = go(f"/-/review/dates?of={named('party16.jpg')}")
    line = page.locator(".pick .when").first
    assert line.inner_text() == "1 January 2008, 00:16"
    page.locator('[data-option="2"]').hover()
    page.locator(".pick .when.would").first.wait_for()
    assert line.inner_text().startswith("13 September 2020")
    page.locator(f'input[value="{named("party17.jpg")}"]').check()
    assert "the picture you picked" in page.locator("[data-picked]").inner_text()
    page.locator('input[name="value"]').fill("3 May 2011")
    page.get_by_role("button", name="Date 1 picture").click()
    page.get_by_text("Dated 1 picture: 3 May 2011.").wait_for()
    page.get_by_text("Are the dates of these 2 pictures right?").wait_for()
    assert json.loads(decisions()[-1][1]) == [named("party17.jpg")]


def test_a_stale_question_is_shown_as_it_is_now(go, named, decisions, somebody_else):
    page = go(f"/-/review/dates?of={named('party09.jpg')}", expect=("409", "404"))
    somebody_else("set-date", named("party09.jpg"), "1999")
    page.keyboard.press("Enter")
    page.get_by_text("This question has changed").wait_for()
    assert [row[0] for row in decisions()] == ["set-date"]


def test_three_groups_are_settled_and_one_answer_is_taken_back(go, decisions):
    page = go("/-/review/groups")

    def settled(number: int) -> None:
        wait_for(decisions, lambda rows: len(rows) == number)

    def next_after(press) -> None:
        before = page.locator(".compare").get_attribute("data-here")
        press()
        page.wait_for_function("here => document.querySelector('.compare').dataset.here !== here", arg=before)

    next_after(lambda: page.keyboard.press("Enter"))
    settled(1)
    next_after(lambda: page.keyboard.press("a"))
    settled(2)
    next_after(lambda: page.keyboard.press("n"))
    settled(3)
    assert [row[0] for row in decisions()] == ["accept", "keep", "different"]
    next_after(lambda: page.keyboard.press("u"))
    settled(4)
    assert decisions()[-1][0] == "undo"
    page.get_by_text("2 groups of look-alikes wait").wait_for()


def middles(page) -> list[list[float]]:
    """Which point of its picture each frame shows in its middle, as shares of the picture."""
    return page.evaluate(
        """() => [...document.querySelectorAll('[data-stage]')].map(stage => {
            const frame = stage.getBoundingClientRect(), image = stage.querySelector('img').getBoundingClientRect();
            const x = frame.x + frame.width / 2 - image.x, y = frame.y + frame.height / 2 - image.y;
            return [x / image.width, y / image.height];
        })"""
    )


def aligned(found: list[list[float]]) -> bool:
    return all(abs(x - found[0][0]) < 0.01 and abs(y - found[0][1]) < 0.01 for x, y in found)


def test_all_pictures_of_a_group_are_zoomed_at_the_same_place(go, named):
    page = go(f"/-/review/groups?of={named('smaller.jpg')}")
    stages = page.locator("[data-stage]")
    box = stages.first.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.5)
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.5)
    page.wait_for_timeout(100)
    found = middles(page)
    assert len(found) == 3 and aligned(found)
    assert found[0][0] > 0.6, "it followed the pointer to the right"
    sharp = page.locator(f'[data-original$="{named("DSC_0201.jpg")}"]')
    page.wait_for_function("stage => stage.dataset.sharp === 'yes'", arg=sharp.element_handle())
    assert "/-/media/original/" in sharp.locator("img").get_attribute("src")
    page.keyboard.press("Escape")
    page.wait_for_function("() => !document.querySelector('.stage.zoomed')")


def test_two_fingers_zoom_all_pictures_and_one_finger_moves_them(go, named):
    page = go(f"/-/review/groups?of={named('smaller.jpg')}", width=390, height=844, has_touch=True, is_mobile=True)
    box = page.locator("[data-stage]").first.bounding_box()
    touch = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def touches(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": px, "y": py, "id": number} for number, (px, py) in enumerate(points)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    touches("touchStart", (x - 20, y), (x + 20, y))
    for step in range(1, 6):
        touches("touchMove", (x - 20 - 8 * step, y), (x + 20 + 8 * step, y))
    touches("touchEnd")
    page.wait_for_function("() => document.querySelectorAll('.stage.zoomed').length === 3")
    before = middles(page)
    assert aligned(before)
    touches("touchStart", (x, y))
    for step in range(1, 6):
        touches("touchMove", (x - 8 * step, y))
    touches("touchEnd")
    after = middles(page)
    assert aligned(after) and after[0][0] > before[0][0] + 0.05


def test_a_rule_counts_while_its_slider_moves(go, decisions):
    page = go("/-/review/groups/rule?kind=similar&confidence=1")
    page.get_by_text("No group is that sure.").wait_for()
    page.locator('input[type="range"]').fill("0.5")
    page.get_by_role("button", name="Leave 5 pictures out").click()
    page.get_by_text("Left 5 pictures out of the library.").wait_for()
    assert len(decisions()) == 1


def test_five_pictures_are_tagged_with_completion(go, decisions):
    page = go("/-/review/tags?words=party")
    boxes = page.locator('input[name="subject"]')
    boxes.first.check()
    page.keyboard.down("Shift")
    boxes.nth(4).click()
    page.keyboard.up("Shift")
    assert page.locator("[data-picked]").inner_text() == "5 picked"
    page.keyboard.press("t")
    page.keyboard.type("Bur")
    page.locator("#completions li").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator('#tagging input[name="value"]').input_value() == "Burst"
    page.keyboard.press("Enter")
    page.get_by_text("Tagged 5 pictures “Burst”.").wait_for()
    verb, subject, value, _ = decisions()[-1]
    assert (verb, value, len(json.loads(subject))) == ("tag", "Burst", 5)
    assert page.locator(".its-tags i", has_text="Burst").count() == 5
    page.locator("h1").click()
    page.keyboard.press("u")
    page.get_by_text("Took back: Tagged 5 pictures “Burst”.").wait_for()
    assert page.locator(".its-tags i", has_text="Burst").count() == 0


def test_a_clock_is_put_right_and_the_log_takes_it_back(go, offered, decisions):
    page = go("/-/review/clocks")
    page.get_by_role("button", name="Put it right").click()
    wait_for(decisions, len)
    page.get_by_text("No clock needs your word").wait_for()
    page.goto(page.url.split("/-/")[0] + "/-/review/decisions")
    page.get_by_role("button", name="Undo").first.click()
    wait_for(decisions, lambda rows: len(rows) == 2)
    page.get_by_text("taken back by").wait_for()


def test_every_page_fits_its_screen_without_a_complaint(go, offered, named):
    page = go("/-/review/dates", dark=True)
    home = page.url.split("/-/")[0]
    for path in (
        "/-/review/dates", f"/-/review/dates?of={named('party01.jpg')}", "/-/review/dates?after=1-ffffffffffffffff",
        "/-/review/groups", "/-/review/groups?kind=burst", "/-/review/groups/rule", "/-/review/clocks",
        "/-/review/tags", "/-/review/troubles", "/-/review/decisions",
    ):  # fmt: skip
        page.goto(home + path)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 844})
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, (path, width, wide)
            assert page.locator("h1, h2").first.is_visible()
