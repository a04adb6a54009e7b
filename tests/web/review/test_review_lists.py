"""Clocks, troubles and the log of decisions."""

from __future__ import annotations

import html as markup
import json
import re
import sqlite3
from contextlib import closing

import pytest

CLOCKS, TROUBLES, DECISIONS = "/-/review/clocks", "/-/review/troubles", "/-/review/decisions"


def clock_fields(html: str) -> dict[str, str]:
    return {
        k: markup.unescape(v) for k, v in re.findall(r'name="(camera|stamp|request_id|piece)" value="([^"]*)"', html)
    }


def test_a_clock_that_was_wrong_is_put_right_with_one_decision(client, offered, decisions):
    html = client.get(CLOCKS).text
    assert "4 pictures 1 day later" in html and "the wrong day" in html
    assert "1 May 2010, 10:00" in html and "2 May 2010, 10:00" in html, "before and after"
    assert html.count('class="was" cx=') == 4 and html.count('class="will" cx=') == 4
    fields = clock_fields(html)
    for _ in range(2):
        assert client.post(CLOCKS, fields).json()["ok"]
    assert [row[:3] for row in decisions()] == [("shift", json.dumps([offered]), f"+86400 {fields['piece']}")]
    assert "No clock needs your word" in client.get(CLOCKS).text


def test_a_clock_that_was_right_is_left_alone(client, offered, decisions):
    fields = clock_fields(client.get(CLOCKS).text)
    piece = fields.pop("piece")
    assert client.post(CLOCKS, {**fields, "trust": "1"}).json()["ok"]
    assert decisions()[0][2] == f"+0 {piece}"
    assert "No clock needs your word" in client.get(CLOCKS).text


def test_without_an_offer_the_clock_page_is_calm(looking, asked):
    assert asked("select count(*) from clock_offers") == [(0,)]
    assert "No clock needs your word" in looking.get(CLOCKS).text


def test_what_is_asked_about_a_clock_is_not_asked_about_as_a_date(client, library, named, offered):
    with closing(sqlite3.connect(library / "catalog.db")) as conn:
        conn.execute("update dates set needs_review = 1 where sha256 = ?", (named("P102.jpg"),))
        conn.commit()
    assert client.get(f"/-/review/dates?of={named('P102.jpg')}").status_code == 404


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"camera": "a|b|c"}, 409), ({"stamp": "0"}, 409), ({"piece": "2001..2002"}, 400), ({"request_id": "-"}, 400)],
)
def test_another_offer_than_the_one_that_was_shown_is_refused(client, offered, decisions, fields, status):
    said = client.post(CLOCKS, {**clock_fields(client.get(CLOCKS).text), **fields})
    assert said.status_code == status and said.json()["error"]
    assert decisions() == []


def test_what_a_camera_calls_itself_is_never_markup(client, offered):
    html = client.get(CLOCKS).text
    assert "&lt;/script&gt;&lt;script&gt;alert(2)&lt;/script&gt;" in html and "<script>alert" not in html


def test_troubles_say_what_to_do(looking):
    html = looking.get(TROUBLES).text
    assert "2 files with a trouble" in html
    assert "There is nothing in these files" in html and "Look for another copy" in html
    assert "These files end too early" in html
    assert html.index("There is nothing") < html.index("These files end"), "what is lost comes first"
    link = markup.unescape(re.search(r'href="(/-/review/troubles/files\?[^"]+)"', html)[1])
    page = looking.get(link).text
    assert "empty.jpg" in page and "not in the library" in page
    assert "No file has this trouble any more" in looking.get(f"{TROUBLES}/files?probe=x&message=<b>").text


@pytest.mark.parametrize(
    ("probe", "message", "words"),
    [
        ("read", "cannot be opened: Permission denied", "not allowed to read"),
        ("read", "cannot be read: Input/output error", "The disk or the network share"),
        ("worker", "took too long", "so long that the program gave up"),
        ("takeout", "not valid JSON: Expecting value", "cloud export"),
        ("xmp_sidecars", "no element found", "photo program"),
        ("content", "an HTML page, not the JPEG its name promises", "not what their names say"),
        ("metadata", "ExifTool says: File format error", "damaged or unusual"),
        ("somebody's plugin", "KeyError: 3", "could not make sense"),
    ],
)
def test_every_trouble_has_a_sentence_and_an_advice(probe, message, words):
    from mediaparser_core.web.trouble_words import advice

    said = advice(probe, message)
    assert words in said.means and said.do.endswith(".")


def test_messages_that_differ_in_numbers_are_one_reason():
    from mediaparser_core.web.trouble_words import by_reason

    rows = [
        {"probe": "takeout", "message": f"a sidecar of {n} bytes is not read", "files": 1, "path": "/x", "lost": 0}
        for n in ("3,000,000", "4,100,002")
    ]
    reasons = by_reason(rows)
    assert len(reasons) == 1 and reasons[0].files == 2


@pytest.fixture
def decided(client, named):
    """Three decisions, the second one taken back."""

    def say(path, **fields):
        said = client.post(path, fields).json()
        assert said["ok"], said
        return said["decision"]

    say("/-/review/decide", verb="tag", subject=named("party01.jpg"), value="<b>bold</b>", request_id="request-one")
    two = say(
        "/-/review/decide", verb="keep", subject=[named("party02.jpg"), named("party03.jpg")], request_id="request-two"
    )
    say("/-/review/undo", decision=two, request_id="request-undo")


def test_the_log_says_what_was_decided_when_and_by_whom(client, decided):
    html = client.get(DECISIONS).text
    assert "Took back: Kept 2 pictures." in html and "taken back by" in html
    assert "&lt;b&gt;bold&lt;/b&gt;" in html and "<b>bold" not in html
    assert html.index("Took back") < html.index("Kept 2 pictures.</b>") < html.index("Tagged 1 picture")
    assert html.count('name="decision" value="') == 2, "what is taken back needs no undo"
    assert html.count("/-/media/thumb/") == 3


def test_an_undo_can_be_undone_and_the_log_follows(client, decided):
    assert client.post("/-/review/undo", {"decision": 3, "request_id": "request-redo"}).json()["ok"]
    html = client.get(DECISIONS).text
    assert re.search(r'<li id="d3" class="gone', html) and not re.search(r'<li id="d2" class="gone', html)


def test_the_log_is_filtered_and_paged(client, decided, named):
    assert client.get(f"{DECISIONS}?verb=keep").text.count("<li id=") == 1
    assert "Nothing here" in client.get(f"{DECISIONS}?verb=shift").text
    assert client.get(f"{DECISIONS}?verb=nonsense").text.count("<li id=") == 3
    assert client.get(f"{DECISIONS}?before=2").text.count("<li id=") == 1
    for number in range(60):
        fields = {
            "verb": "tag",
            "subject": named("party05.jpg"),
            "value": f"t{number}",
            "request_id": f"request-{number}",
        }
        assert client.post("/-/review/decide", fields).json()["ok"]
    first = client.get(DECISIONS).text
    following = markup.unescape(re.search(r'href="(\?[^"]*before=[^"]*)"', first)[1])
    second = client.get(DECISIONS + following).text
    numbers = [int(n) for page in (first, second) for n in re.findall(r'<li id="d(\d+)"', page)]
    assert numbers == list(range(63, 0, -1))


def test_an_empty_log_is_friendly(looking):
    assert "Nothing was decided yet" in looking.get(DECISIONS).text


@pytest.mark.parametrize(
    "path", [CLOCKS, TROUBLES, DECISIONS, f"{TROUBLES}/files", "/-/review/tags", "/-/review/groups/rule"]
)
def test_looking_changes_nothing(looking, path):
    for method in ("GET", "HEAD"):
        response = looking.request(method, path)
        assert response.status_code == 200
        assert "'unsafe-inline'" not in response.headers["content-security-policy"]
        assert "no-store" in response.headers["cache-control"]
    assert looking.request("DELETE", path, headers={"origin": "http://localhost"}).status_code == 405
