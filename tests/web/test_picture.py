"""The page of one picture: every claim and its fate, what one may decide, the way to its neighbours."""

from __future__ import annotations

import re
import time
from html import unescape
from html.parser import HTMLParser

import pytest

from mediaparser_core.records import Evidence
from mediaparser_core.settings import Settings
from mediaparser_core.web.picture_dates import choosing, zone_in_words

PAGE = "/-/media/picture/"


class Elements(HTMLParser):
    """Scripts, what listens, and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts, self.listening, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "script":
            self.scripts.append(values.get("src"))
        self.listening += [name for name in values if name.startswith("on") or name == "style"]

    def handle_data(self, data):
        self.words.append(data)


def words_of(client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.text
    return " ".join(" ".join(Elements(response.text).words).split())


def decide(client, verb: str, subject: str, value: str | None = None) -> None:
    fields = {"verb": verb, "subject": subject, "request_id": f"{verb}-{time.monotonic_ns()}"}
    answer = client.post("/-/review/decide", fields | ({"value": value} if value else {}))
    assert answer.json()["ok"], answer.text


# -- what is told ----------------------------------------------------------------------------------------------------------


def test_every_claim_is_there_with_its_fate(client, sha, asked):
    text = words_of(client, PAGE + sha("plain"))
    claims = asked("select source, accepted, reason from claims where sha256 = ?", sha("plain"))
    assert claims
    for source, accepted, reason in claims:
        assert source in text and reason in text
        assert ("does not count" in text) or accepted
    assert "decides" in text
    assert "The date of taking inside the file" in text


def test_copies_export_and_hash_are_told(client, sha, asked):
    text = words_of(client, PAGE + sha("plain"))
    for (path,) in asked("select path from files where sha256 = ?", sha("plain")):
        assert path in text
    assert asked("select target from receipts where sha256 = ?", sha("plain"))[0][0] in text
    assert sha("plain") in text
    assert "Copies" in text


def test_groups_and_place_are_told(client, sha):
    text = client.get(PAGE + sha("best of group")).text
    assert "Look-alikes" in text and sha("small of group") in text and "/-/review/groups?of=" in text
    place = client.get(PAGE + sha("place")).text
    assert "38.72230" in place and "world.svg" in place and re.search(r"gallery\?in=14/\d+/\d+", place)


def test_a_film_plays_with_the_original(client, sha):
    text = client.get(PAGE + sha("film")).text
    assert re.search(rf'<video controls[^>]* src="/-/media/original/{sha("film")}"', text)


def test_a_doubtful_date_can_be_confirmed_from_the_page(client, sha, asked):
    page = client.get(PAGE + sha("undated")).text
    form = re.search(r'<input type="hidden" name="verb" value="accept">.*?</form>', page, re.DOTALL)[0]
    stamp = re.search(r'name="stamp" value="([^"]+)"', form)[1]
    answer = client.post(
        "/-/review/decide", {"verb": "accept", "subject": sha("undated"), "stamp": stamp, "request_id": "right-it-1"}
    )
    assert answer.json()["ok"]
    text = words_of(client, PAGE + sha("undated"))
    assert "A person decided it." in text and "What was decided" in text
    assert "A person decided, so none of them counts any more." in text


def test_a_claim_that_lost_can_be_taken_at_its_word(client, sha, asked):
    page = client.get(PAGE + sha("scans", 1)).text
    forms = re.findall(r'<form class="take".*?</form>', page, re.DOTALL)
    assert forms
    value = unescape(re.search(r'name="value" value="([^"]+)"', forms[0])[1])
    decide(client, "set-date", sha("scans", 1), value)
    taken = asked("select value from decisions order by id desc limit 1", database="decisions.db")[0][0]
    assert taken.startswith(value[:10])


def test_decisions_show_at_once_and_can_be_undone(client, sha):
    decide(client, "tag", sha("plain"), "Harbour")
    decide(client, "discard", sha("plain"))
    decide(client, "set-date", sha("plain"), "summer 1994")
    text = words_of(client, PAGE + sha("plain"))
    assert "Harbour" in text and "Take it back into the library" in text and "1994" in text
    client.post("/-/review/undo", {"decision": "2", "request_id": "undo-it-12"})
    text = words_of(client, PAGE + sha("plain"))
    assert "Leave it out" in text and "taken back" in text


def test_somebody_who_may_only_look_gets_no_buttons(library, make_client, sha):
    from mediaparser_core.accounts import FILE_NAME, Accounts

    Accounts(library / FILE_NAME).add("guest", "a long password", ["look"])
    client = make_client(library)
    logged = client.request(
        "POST",
        "/-/login",
        data={"name": "guest", "password": "a long password"},
        headers={"origin": "http://localhost"},
    )
    cookie = logged.headers["set-cookie"].partition(";")[0]
    text = client.get(PAGE + sha("plain"), headers={"cookie": cookie}).text
    assert "Who says when" in text
    assert 'name="verb" value="set-date"' not in text and "Add a tag" not in text
    assert all("disabled" in button for button in re.findall(r"<button[^>]*>(?:Leave it out)[^<]*", text))


# -- its neighbours --------------------------------------------------------------------------------------------------------


def test_neighbours_are_those_of_the_filters(client, asked):
    films = asked(
        "select sha256 from library where kind = 'image' and model = 'NIKON D90' order by taken_at desc, sha256 desc"
    )
    middle = films[1][0]
    query = "?make=Google&model=NIKON+D90"
    page = unescape(client.get(PAGE + middle + query).text)
    newer = re.search(r'href="/-/media/picture/([0-9a-f]{64})(\?[^"]*)?" rel="prev"', page)
    assert newer[1] == films[0][0] and newer[2] == query
    assert re.search(r"/-/media/gallery\?make=Google&model=NIKON\+D90&at=" + middle, page)


def test_the_newest_has_nothing_newer(client, asked):
    every = asked(
        "select sha256 from library where state in ('exported', 'waiting') order by coalesce(taken_at, '') desc, sha256 desc"
    )
    page = client.get(PAGE + every[0][0]).text
    assert 'rel="prev"' not in page and f"{PAGE}{every[1][0]}" in page


# -- hostile and missing ---------------------------------------------------------------------------------------------------


def test_markup_in_names_and_cameras_stays_text(client, sha):
    decide(client, "tag", sha("markup"), '"><script>alert(9)</script>')
    response = client.get(PAGE + sha("markup"))
    found = Elements(response.text)
    assert all(src and src.startswith("/-/media/static/") for src in found.scripts) and found.listening == []
    text = "".join(found.words)
    assert "<img src=x onerror=alert(1)>" in text and "</script><script>alert(2)</script>" in text
    assert "unsafe" not in response.headers["content-security-policy"]


@pytest.mark.parametrize("address", ["0" * 64, "f" * 64])
def test_a_picture_that_is_not_there_is_a_calm_page(client, address):
    response = client.get(PAGE + address)
    assert response.status_code == 404
    assert "no such picture" in response.text


def test_a_picture_whose_file_is_gone_is_still_told(photos, make_client, library, sha):
    from pathlib import Path

    from tests.web.conftest import rows

    client = make_client(library)
    for (path,) in rows(library, "select path_bytes from files where sha256 = ?", sha("plain")):
        Path(path.decode()).unlink()
    assert client.get(PAGE + sha("plain")).status_code == 200


def test_odd_dates_in_the_catalog_break_nothing(client, library, sha):
    from mediaparser_core.catalog import Catalog

    with Catalog(library) as catalog, catalog.transaction() as conn:
        for value in ("0000-13-99", "99999-01", "<b>", "2019-02-30T25:61", None, "2019-05-04T12:00:03.5"):
            conn.execute(
                "insert into claims (sha256, source, raw, value, accepted, reason) values (?, 'plugin:x', ?, ?, 1, '<i>')",
                (sha("plain"), value, value),
            )
        conn.execute("update dates set taken_at = '12019-99-99' where sha256 = ?", (sha("plain"),))
    response = client.get(PAGE + sha("plain"))
    assert response.status_code == 200
    assert "<i>" not in response.text


# -- its parts -------------------------------------------------------------------------------------------------------------


def claim(source: str, value: str | None, accepted: bool = True) -> dict:
    return {
        "source": source,
        "raw": value,
        "value": value,
        "utc_offset": None,
        "accepted": accepted,
        "reason": "",
        "path": "",
    }


@pytest.fixture
def row():
    return {"sha256": "a" * 64, "taken_at": "2019-05-04T12:00:03", "rule": "embedded", "utc_offset": None}


def test_claims_that_agree_are_told_together_the_one_that_decides_first(row, tmp_path):
    claims = [
        claim("filename", "2019-05-04T12:00:03"), claim("exif:DateTimeOriginal", "2019-05-04T12:00:03"),
        claim("folder", "2011"), claim("exif:ModifyDate", "2019-05-04T12:00:03", accepted=False), claim("x", None, accepted=False),
    ]  # fmt: skip
    evidence = Evidence("a" * 64, "image", ())
    found = choosing(row, claims, evidence, {}, "exif:DateTimeOriginal", Settings(tmp_path))
    assert [[line.source for line in said.lines] for said in found.said] == [
        ["exif:DateTimeOriginal", "filename"], ["folder"], ["exif:ModifyDate"], ["x"],
    ]  # fmt: skip
    assert found.said[0].decides and not found.said[1].decides
    assert found.said[0].use == "" and found.said[1].use == "2011"
    assert found.said[1].x < found.said[0].x and found.said[1].width > found.said[0].width == 0
    assert found.said[3].x is None


def test_what_was_found_by_comparing_is_told_though_nobody_claims_it(row, tmp_path):
    found = choosing(
        row, [claim("file:mtime", "2026-01-01", accepted=False)], None, {}, "lookalike", Settings(tmp_path)
    )
    assert found.said[0].decides and found.said[0].lines[0].says == "The date of the same picture in another file"


def test_today_does_not_press_the_past_together(row, tmp_path):
    claims = [
        claim("exif:DateTimeOriginal", "2019-05-04T12:00:03"),
        claim("icc:ProfileDateTime", "1998-02-09", accepted=False),
    ]
    found = choosing(row, claims, Evidence("a" * 64, "image", ()), {}, None, Settings(tmp_path))
    assert found.said[0].x == pytest.approx(50, abs=1)
    assert found.said[1].x == 2  # beyond the end of the axis


def test_a_thousand_claims_are_cut(row, tmp_path):
    claims = [claim(f"plugin:{n}", f"{1000 + n}") for n in range(1000)]
    found = choosing(row, claims, None, {}, None, Settings(tmp_path))
    assert found.claims == 1000 and found.left_out == 960


@pytest.mark.parametrize(
    ("offset", "rule", "words"),
    [
        ("+02:00", "embedded, zone by position", "2 hours ahead of world time (UTC+02:00); its position tells"),
        ("-03:30", "embedded", "3 hours, 30 minutes behind world time (UTC-03:30)"),
        ("+00:00", "gps", "World time (UTC+00:00)"),
        (None, "embedded", "Not known: this is what a clock on the wall showed."),
    ],
)
def test_the_zone_is_told_in_words(row, offset, rule, words):
    assert zone_in_words(row | {"utc_offset": offset, "rule": rule}) == words
    assert zone_in_words(row | {"taken_at": "2019"}) == ""


# -- in a browser ----------------------------------------------------------------------------------------------------------


def test_keys_lead_to_neighbours_and_back(explorer, open_page, asked):
    every = [
        sha
        for (sha,) in asked(
            "select sha256 from library where state = 'exported' order by coalesce(taken_at, '') desc, sha256 desc"
        )
    ]
    page = open_page(f"{explorer.address}{PAGE}{every[2]}?kind=image", width=390)
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**{PAGE}{every[3]}?kind=image")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"**{PAGE}{every[2]}?kind=image")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.keyboard.press("Escape")
    page.wait_for_url("**/-/media/gallery?kind=image&at=*")


def test_a_date_is_typed_understood_set_and_undone(explorer, open_page, sha, asked):
    page = open_page(f"{explorer.address}{PAGE}{sha('undated')}", dark=True)
    page.keyboard.press("e")
    page.keyboard.type("summer 1994")
    page.locator("[data-understands]", has_text="1994").wait_for()
    page.keyboard.press("Enter")
    page.locator(".toast", has_text="Dated 1 picture").wait_for()
    assert asked("select verb, value from decisions", database="decisions.db") == [("set-date", "1994")]
    page.locator("h1", has_text="1994").wait_for()
    page.locator(".toast button").click()
    # the date is worked out again behind the page's back, on a busy machine a little later
    page.locator("h1", has_text="No date").wait_for(timeout=40_000)
    assert asked("select verb from decisions order by id", database="decisions.db") == [("set-date",), ("undo",)]


def test_a_film_can_be_watched(explorer, open_page, sha):
    page = open_page(f"{explorer.address}{PAGE}{sha('film')}", expect=("Failed to load",))
    state = "document.querySelector('video').readyState > 0 || document.querySelector('.note') !== null"
    for _ in range(60):
        if page.evaluate(state):
            break
        page.wait_for_timeout(50)
    # a browser without the codec says so instead of showing nothing
    assert page.evaluate(state)
