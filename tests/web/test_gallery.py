"""The gallery: pages in the order of time, filters, what was just decided, keys and choosing many in a real browser."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import time
from contextlib import closing
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import parse_qs, quote

import pytest

from mediaparser_core import probe, settings
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.gallery import Gallery, Month
from mediaparser_core.catalog.squares import Square, degrees, is_place, read_square, spot
from mediaparser_core.catalog.summary import Summary
from mediaparser_core.catalog.wanted import Wanted
from mediaparser_core.jobs import now
from mediaparser_core.pipeline import derive
from mediaparser_core.web.gallery_bars import bars
from mediaparser_core.web.gallery_filters import Filters, camera_name

PAGE = "/-/media/gallery"
SHA = re.compile(r'data-sha="([0-9a-f]{64})"')
OLDER = re.compile(r'<nav class="pager" data-older.*?href="([^"]+)"', re.DOTALL)
NEWER = re.compile(r'<nav class="pager" data-newer.*?href="([^"]+)"', re.DOTALL)


def hidden(text: str) -> str:
    return text.replace("&amp;", "&")


class Elements(HTMLParser):
    """What a browser would make of a page: its scripts, its pictures, what listens."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts, self.pictures, self.listening = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "script":
            self.scripts.append(values.get("src"))
        if tag in ("img", "video", "image"):
            self.pictures.append(values.get("src") or values.get("href") or "")
        self.listening += [name for name in values if name.startswith("on") or name == "style"]


def harmless(text: str) -> None:
    """Nothing on the page comes from a name, a tag or an address."""
    found = Elements(text)
    assert found.scripts and all(src and src.startswith("/-/media/static/") for src in found.scripts)
    assert all(src.startswith("/-/media/") for src in found.pictures)
    assert found.listening == []


def shown(client, query: str = "") -> list[str]:
    """The pictures of a page and of all that follow it."""
    found, address = [], PAGE + query
    while address:
        response = client.get(address)
        assert response.status_code == 200, response.text
        found += SHA.findall(response.text)
        older = OLDER.search(response.text)
        address = PAGE + hidden(older[1]) if older else None
    return found


def in_order(asked, condition: str = "true") -> list[str]:
    rows = asked(
        f"select sha256 from library where state in ('exported', 'waiting') and {condition} "
        "order by coalesce(taken_at, '') desc, sha256 desc"
    )
    return [sha for (sha,) in rows]


# -- what is shown ---------------------------------------------------------------------------------------------------------


def test_every_picture_is_there_once_in_the_order_of_time(client, asked):
    assert shown(client) == in_order(asked)


@pytest.fixture
def crowd(library):
    """Five hundred more pictures: a month with many, undated ones, years of which only the year is known."""
    with Catalog(library) as catalog:
        with catalog.transaction() as conn:
            for number in range(500):
                sha = hashlib.sha256(b"%d" % number).hexdigest()
                moment = (f"2010-{1 + number // 3 % 3:02d}-15T12:00:00", f"{1950 + number % 40}", None)[number % 3]
                conn.execute("insert into assets (sha256, kind, format, size) values (?, 'image', 'jpeg', 1)", (sha,))
                conn.execute(
                    "insert into dates (sha256, taken_at, rule, confidence, level, needs_review, reason) "
                    "values (?, ?, '', 0, 'low', 0, '')",
                    (sha, moment),
                )
                conn.execute("insert into standings (sha256, kept, wanted) values (?, 1, 1)", (sha,))
                conn.execute(
                    "insert into files (root, path_bytes, path, name, size, mtime_ns, ctime_ns, inode, device, sha256, kind, "
                    "state) values ('/', ?, ?, 'x', 1, 0, 0, 0, 0, ?, 'image', 'present')",
                    (b"/x%d" % number, f"/x{number}", sha),
                )
        Summary(catalog).refresh()
        chosen = settings.load(library)  # it is derived: nobody shall find out that these pictures have no claims
        catalog.derived.finish_stage(
            derive.STAGE, derive.fingerprint(catalog, probe.configure(chosen)[0], chosen), now()
        )
    return library


def test_pages_join_without_a_gap_or_a_picture_twice(crowd, client, asked):
    assert shown(client) == in_order(asked)
    assert shown(client, "?level=low") == in_order(asked, "level = 'low'")


def test_one_can_go_back_page_by_page(crowd, client, asked):
    last = client.get(f"{PAGE}?at=1960").text
    found = [SHA.findall(last)]
    while newer := NEWER.search(last):
        last = client.get(PAGE + hidden(newer[1])).text
        found.insert(0, SHA.findall(last))
    every = [sha for page in found for sha in page]
    assert every == in_order(asked)[: len(every)]


@pytest.mark.parametrize(
    ("at", "moment"),
    [("2010-02", "2010-02-15T12:00:00"), ("2010", "2010-03-15T12:00:00"), ("1961-07", "1961"), ("none", None)],
)
def test_a_month_a_year_or_the_undated_are_jumped_to(crowd, client, asked, at, moment):
    first = SHA.findall(client.get(f"{PAGE}?at={at}").text)[0]
    assert asked("select taken_at from dates where sha256 = ?", first) == [(moment,)]


def test_a_page_can_begin_at_a_picture_and_knows_whether_there_are_newer_ones(crowd, client, asked):
    every = in_order(asked)
    page = client.get(f"{PAGE}?at={every[200]}").text
    assert SHA.findall(page)[0] == every[200]
    assert NEWER.search(page)
    assert not NEWER.search(client.get(f"{PAGE}?at={every[0]}").text)


@pytest.mark.parametrize("bad", ["after=%00", "after=W10", "before=xxxx", "at='", "at=9999-99", "year=x", "in=99/1/1", "kind=x",
                                 "level=%3Cb%3E", "tag=%ED%A0%80", "q=%22%22%22", "q=OR+AND+NOT", "make=%00"])  # fmt: skip
def test_an_address_that_makes_no_sense_is_a_calm_page(client, bad):
    response = client.get(f"{PAGE}?{bad}")
    assert response.status_code == 200
    assert "Pictures" in response.text


def test_a_cursor_of_a_picture_that_is_gone_still_leads_on(crowd, client, asked):
    page = client.get(PAGE).text
    following = PAGE + hidden(OLDER.search(page)[1])
    expected = SHA.findall(client.get(following).text)
    with Catalog(crowd) as catalog:
        with catalog.transaction() as conn:
            conn.execute("delete from assets where sha256 = ?", (SHA.findall(page)[-1],))
        Summary(catalog).refresh()
    assert SHA.findall(client.get(following).text) == expected


# -- filters ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("kind=video", "kind = 'video'"),
        ("make=Google&model=NIKON+D90", "model = 'NIKON D90'"),
        ("make=&model=", "make is null and model is null"),
        ("level=high", "level = 'high'"),
        ("place=yes", "latitude is not null"),
        ("place=no&kind=image", "latitude is null and kind = 'image'"),
        ("make=Google&model=Pixel+%3Cb%3E7%3C%2Fb%3E&place=no", "model like 'Pixel%' and latitude is null"),
        ("kind=video&place=yes", "false"),
    ],
)
def test_filters_are_ordinary_addresses(client, asked, query, condition):
    assert shown(client, f"?{query}") == in_order(asked, condition)


def test_the_same_filters_open_the_table(client, asked):
    page = client.get(f"{PAGE}?make=Google&model=NIKON+D90&kind=image").text
    table = hidden(re.search(r'href="([^"]*library\?[^"]*)"', page)[1])
    rows = client.get(table.replace("library?", "library.json?")).json()["rows"]
    assert {row["sha256"] for row in rows} == set(in_order(asked, "model = 'NIKON D90'"))


def test_what_was_left_out_is_a_filter_of_its_own(client, sha):
    client.post("/-/review/decide", {"verb": "discard", "subject": sha("plain"), "request_id": "leave-it-1"})
    assert sha("plain") not in shown(client)
    assert shown(client, "?state=discarded") == [sha("plain")]
    assert sha("plain") in shown(client, "?state=all")


def test_words_are_looked_for(client, sha, asked):
    assert set(shown(client, "?q=scan00")) == {sha("scans", number) for number in range(1, 9)}
    assert shown(client, "?q=nothinglikethis") == []


def test_the_menus_count_what_a_choice_would_leave(client, asked):
    page = client.get(PAGE).text
    for value, label in (("video", "Films"), ("image", "Photos")):
        expected = len(in_order(asked, f"kind = '{value}'"))
        assert re.search(rf'href="\?kind={value}"[^>]*><span>{label}</span><small>{expected}</small>', page)


# -- what was just decided -------------------------------------------------------------------------------------------------


def test_a_new_date_moves_a_picture_at_once(client, sha):
    today = date.today()
    decision = {"verb": "set-date", "subject": sha("undated"), "value": f"{today}", "request_id": "date-it-1"}
    client.post("/-/review/decide", decision)
    page = client.get(PAGE).text
    assert SHA.findall(page)[0] == sha("undated")
    assert f"{today:%B %Y}" in page
    tomorrow = decision | {"value": f"{today.year + 1}-12-31", "request_id": "date-it-2"}
    refused = client.post("/-/review/decide", tomorrow)
    assert refused.status_code == 400 and "is in the future" in refused.text


def test_a_new_tag_counts_at_once(client, sha):
    assert shown(client, "?tag=Lisbon") == []
    client.post(
        "/-/review/decide", {"verb": "tag", "subject": sha("place"), "value": "Lisbon", "request_id": "tag-it-12"}
    )
    assert shown(client, "?tag=Lisbon") == [sha("place")]
    client.post("/-/review/undo", {"decision": "1", "request_id": "undo-it-1"})
    assert shown(client, "?tag=Lisbon") == []


def test_decisions_show_on_every_page_of_many(crowd, client, asked):
    every = in_order(asked)
    moved, left = every[300], every[250]
    client.post(
        "/-/review/decide", {"verb": "set-date", "subject": moved, "value": "1955-06", "request_id": "date-it-2"}
    )
    client.post("/-/review/decide", {"verb": "discard", "subject": left, "request_id": "leave-it-2"})
    now = shown(client)
    assert sorted(now) == sorted(set(every) - {left})
    place = now.index(moved)
    assert asked("select taken_at from dates where sha256 = ?", now[place - 1])[0][0] > "1955-06"
    assert asked("select taken_at from dates where sha256 = ?", now[place + 1])[0][0] < "1955-06"


# -- hostile and empty -----------------------------------------------------------------------------------------------------


def test_markup_in_names_tags_and_cameras_stays_text(client, sha):
    client.post(
        "/-/review/decide",
        {"verb": "tag", "subject": sha("markup"), "value": "<script>alert(3)</script>", "request_id": "tag-it-13"},
    )
    for query in ("", "?tag=" + quote("<script>alert(3)</script>"), "?q=" + quote("<img src=x onerror=alert(4)>"),
                  "?make=" + quote('"><script>alert(5)</script>') + "&model=x"):  # fmt: skip
        harmless(client.get(PAGE + query).text)


def test_nothing_runs_but_our_own_modules(client):
    policy = client.get(PAGE).headers["content-security-policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    assert " style=" not in client.get(PAGE).text


def test_an_empty_library_is_friendly(tmp_path, make_client):
    text = make_client(tmp_path / "empty").get(PAGE).text
    assert "Your pictures will be here" in text
    assert "data-months" not in text


def test_the_page_reads_only(client):
    assert client.post(PAGE).status_code == 405


# -- its parts -------------------------------------------------------------------------------------------------------------


def test_questions_of_every_kind_agree_with_plain_sql(crowd):
    """Walking, index and counting beforehand are three ways to one answer."""
    with closing(sqlite3.connect(crowd / "catalog.db")) as conn:
        every = [row[0] for row in conn.execute(
            "select t.id from timeline t join tallies y on y.id = t.tally where y.state in ('exported', 'waiting') order by 1 desc")]  # fmt: skip
    with Catalog(crowd, writable=False) as catalog:
        gallery = Gallery(catalog)
        for wanted in (Wanted(), Wanted(level="low"), Wanted(kind="video"), Wanted(placed=True), Wanted(state="all")):
            months = gallery.months(wanted)
            found, after = [], None
            while page := gallery.page(wanted, months, 7, after=after):
                found, after = found + page, page[-1].key
            assert len(found) == sum(month.pictures for month in months)
            assert [spot.id for spot in found] == sorted((spot.id for spot in found), reverse=True)
            if wanted == Wanted():
                assert [spot.id for spot in found] == every
            for here, older in pairwise(found):
                assert gallery.neighbours(wanted, here.key)[1] == older.sha256
                assert gallery.neighbours(wanted, older.key)[0] == here.sha256
            assert gallery.neighbours(wanted, found[0].key)[0] is None


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(47.37, 8.54), (-33.86, 151.21), (0.0, -180.0), (84.9, 179.99), (-90.0, 180.0), (90, 0)]
)
def test_places_come_back_from_the_square(latitude, longitude):
    x, y = spot(latitude, longitude)
    found = degrees(x + 0.5, y + 0.5)
    clamped = max(-85.0511, min(85.0511, latitude))
    assert found[0] == pytest.approx(clamped, abs=1e-3)
    assert (found[1] - longitude) % 360 == pytest.approx(0, abs=1e-3) or (longitude - found[1]) % 360 == pytest.approx(
        0, abs=1e-3
    )
    assert Square(22, x, y).holds(latitude, longitude) and Square(0, 0, 0).holds(latitude, longitude)


@pytest.mark.parametrize("text", ["", "3/1", "23/0/0", "3/8/0", "3/-1/0", "a/b/c", "3/1/1/1", "٣/١/١", None])
def test_what_is_no_square_is_none(text):
    assert read_square(text) is None


@pytest.mark.parametrize("place", [(0, 0), (91, 0), (0, 181), (None, 1), ("1", 2), (float("nan"), 1)])
def test_what_is_no_place_is_not_put_on_the_map(place):
    assert not is_place(*place)


@pytest.mark.parametrize(
    ("make", "model", "name"),
    [
        ("Canon", "Canon EOS 450D", "Canon EOS 450D"), ("NIKON CORPORATION", "NIKON D70", "NIKON D70"),
        ("Apple", "iPhone 8", "Apple iPhone 8"), ("", "DSC-W55", "DSC-W55"), ("SONY", None, "SONY"), (None, None, "unknown camera"),
    ],
)  # fmt: skip
def test_a_camera_is_called_as_people_call_it(make, model, name):
    assert camera_name(make, model) == name


def test_bars_leave_out_long_times_without_pictures():
    found, labels = bars(
        [
            Month("", 3, 3),
            Month("1919-05", 1, 1),
            Month("2019-01", 100, 100),
            Month("2019-12", 4, 4),
            Month("2020", 9, 0),
        ]
    )
    assert [bar.at for bar in found] == ["1919-05", "2019-01", "2019-12"]
    assert all(0 <= bar.x <= 100 - bar.width + 0.01 for bar in found)
    assert found[0].height >= 3 and found[1].height == 44
    assert found[1].x - found[0].x < 75  # a century takes no more room than two years
    assert "2019" in {label.text for label in labels}


def test_an_address_says_its_filters_again():
    filters = Filters(kind="image", make="A&B", model="", tags=("x y", "ü"), square=Square(3, 1, 2), q="a b")
    from datasette.utils import MultiParams

    again = Filters.read(MultiParams(parse_qs(filters.query(), keep_blank_values=True)))
    assert again == filters


# -- in a browser ----------------------------------------------------------------------------------------------------------


def until(question, seconds: float = 5) -> None:
    """Wait until *question* is answered with yes (the page's policy forbids Playwright to wait inside it)."""
    end = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def gallery(crowd, start_explorer, open_page):
    """``gallery(query, **more)``: a browser page over a crowded library."""
    running = start_explorer(crowd)
    return lambda query="", **more: open_page(running.address + PAGE + query, **more)


def test_older_pictures_come_while_one_scrolls(gallery, asked):
    page = gallery()
    for _ in range(40):
        page.mouse.wheel(0, 6000)
        page.wait_for_timeout(60)
        if page.locator("[data-older]").count() == 0:
            break
    found = page.locator(".cell").evaluate_all("cells => cells.map(cell => cell.dataset.sha)")
    assert found == in_order(asked)
    months = page.locator(".month").evaluate_all("all => all.map(each => each.dataset.month)")
    assert len(months) == len(set(months))  # parts of a month were joined


def test_arrows_move_enter_opens_and_back_returns_to_the_picture(gallery, asked):
    every = in_order(asked)
    page = gallery("?at=2010-02")
    page.keyboard.press("ArrowRight")
    focused = "document.activeElement.closest('.cell')?.dataset.sha"
    first = page.evaluate(focused)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    there = page.evaluate(focused)
    assert every.index(there) > every.index(first) + 1
    page.keyboard.press("ArrowUp")
    assert page.evaluate(focused) == every[every.index(first) + 1]
    page.keyboard.press("Enter")
    page.wait_for_url("**/-/media/picture/**")
    page.go_back()
    until(lambda: page.evaluate(focused) == every[every.index(first) + 1])


def test_the_bar_of_months_is_walked_by_arrows(gallery):
    page = gallery()
    page.locator("[data-months] a[tabindex='0']").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    chosen = page.evaluate("document.activeElement.dataset.at")
    assert page.locator(".flag").is_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**at={chosen}*")
    assert page.locator(".month").first.get_attribute("data-month").startswith(chosen)


def test_many_are_chosen_left_out_and_brought_back(gallery, asked):
    page = gallery()
    cells = page.locator(".cell")
    cells.nth(1).hover()
    cells.nth(1).locator(".check").click()
    cells.nth(4).locator(".tile").click(modifiers=["Shift"])
    assert page.locator(".cell[data-picked]").count() == 4
    page.locator("[data-do=discard]").click()
    page.locator(".toast").wait_for()
    subject = asked("select subject from decisions where verb = 'discard'", database="decisions.db")
    assert len(subject) == 1 and subject[0][0].count('"') == 8
    assert not cells.nth(1).is_visible()
    page.locator(".toast button").click()
    page.locator(".toast", has_text="Took back: Left").wait_for()
    assert cells.nth(1).is_visible()
    assert asked("select count(*) from decisions where verb = 'undo'", database="decisions.db") == [(1,)]


def test_many_are_tagged_by_keys_alone(gallery, asked):
    page = gallery("?kind=image")
    for key in ("ArrowRight", "x", "ArrowRight", "x", "t"):
        page.keyboard.press(key)
    page.keyboard.type("Family <b>")
    page.keyboard.press("Enter")
    page.locator(".toast").wait_for()
    assert asked("select value from decisions where verb = 'tag'", database="decisions.db") == [("Family <b>",)]
    page.keyboard.press("x")
    page.keyboard.press("Escape")
    assert page.locator(".cell[data-picked]").count() == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(gallery, width):
    page = gallery(width=width, dark=width == 390)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator(".pick summary").first.click()
    menu = page.locator(".pick[open] .menu").bounding_box()
    assert menu["x"] >= 0 and menu["x"] + menu["width"] <= width


def test_without_scripts_there_is_a_plain_link(crowd, start_explorer, open_page, asked):
    page = open_page(start_explorer(crowd).address + PAGE, java_script_enabled=False)
    page.locator("[data-older] a").click()
    assert page.locator(".cell").first.get_attribute("data-sha") == in_order(asked)[96]
