"""Keys do what the page says while a button or a tick box has the focus, and are letters where somebody writes."""

from __future__ import annotations

import pytest


@pytest.fixture
def tags(shown, open_page):
    page = open_page(shown.address + "/-/review/tags")
    page.locator('input[name="subject"]').first.check()
    return page


def focused(page) -> str:
    return page.evaluate("document.activeElement.getAttribute('name')")


def test_a_tick_box_does_not_swallow_keys(tags):
    assert focused(tags) == "subject"
    tags.keyboard.press("a")
    boxes = tags.locator('input[name="subject"]')
    tags.locator("[data-picked]", has_text=f"{boxes.count()} picked").wait_for()
    tags.keyboard.press("Escape")
    tags.locator("[data-picked]", has_text="none picked").wait_for()
    tags.keyboard.press("Space")  # what the browser does with a key in a tick box, it goes on doing
    tags.locator("[data-picked]", has_text="1 picked").wait_for()
    tags.keyboard.press("t")
    assert focused(tags) == "value"


def test_letters_are_letters_where_somebody_writes(tags):
    field = tags.locator('#tagging input[name="value"]')
    field.focus()
    tags.keyboard.type("at u/")
    assert field.input_value() == "at u/" and focused(tags) == "value"
    tags.keyboard.press("Escape")
    assert focused(tags) != "value"


def test_a_slider_keeps_its_arrows(shown, open_page):
    page = open_page(shown.address + "/-/review/groups/rule?kind=similar&confidence=0.9")
    slider = page.locator('input[type="range"]')
    slider.focus()
    before = slider.input_value()
    page.keyboard.press("ArrowLeft")
    assert float(slider.input_value()) < float(before)
    page.keyboard.press("/")
    assert focused(page) == "q"


def test_a_chosen_picture_is_found_again_on_the_page_of_tags(shown, open_page):
    page = open_page(shown.address + "/-/media/gallery")
    page.locator(".cell .check").first.wait_for(state="attached")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        page.keyboard.press("x")
    page.keyboard.press("t")
    with page.expect_navigation(wait_until="load"):
        page.get_by_role("link", name="More on the tags page").click()
    assert page.locator('input[name="subject"]').count() == 3
    assert page.locator("[data-picked]").inner_text() == "3 picked"
