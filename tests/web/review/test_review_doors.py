"""Who may answer, and what happens when an answer cannot be saved."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from mediaparser_core.accounts import FILE_NAME, Accounts
from mediaparser_core.web.explorer import explorer_of
from mediaparser_core.web.sessions import COOKIE

PAGES = {
    "/-/review/dates": {"question": "x", "option": "suggested", "stamp": "x"},
    "/-/review/groups": {"subject": "x", "do": "all"},
    "/-/review/groups/rule": {"kind": "similar", "confidence": "0.5", "stamp": "x"},
    "/-/review/clocks": {"camera": "a|b|c", "stamp": "x"},
    "/-/review/tags": {"verb": "tag", "value": "x", "subject": "x"},
}


@pytest.fixture
def visit(client, library):
    """``visit(role)``: the cookie header of somebody with this role."""

    def make(*roles: str) -> dict[str, str]:
        user = Accounts(library / FILE_NAME).add("Zoë", "a long password", roles)
        return {"cookie": f"{COOKIE}={explorer_of(client.datasette).sessions.cookie(user)}"}

    return make


@pytest.mark.parametrize("path", PAGES)
def test_a_guest_may_look_but_not_decide(client, visit, decisions, path):
    cookie = visit("look")
    page = client.get(path, headers=cookie)
    assert page.status_code == 200
    said = client.post(path, {**PAGES[path], "request_id": "guest-request"}, headers=cookie)
    assert said.status_code == 403 and said.json()["error"]
    assert decisions() == []


def test_a_guest_sees_no_button_that_works(client, visit):
    cookie = visit("look")
    for path in ("/-/review/dates", "/-/review/groups", "/-/review/tags"):
        html = client.get(path, headers=cookie).text
        main = html[html.index("<main") : html.index("</main>")]
        buttons = [tag for tag in main.split("<button")[1:] if 'type="button"' not in tag.split(">")[0]]
        working = [tag.split(">")[0] for tag in buttons if "disabled" not in tag.split(">")[0]]
        assert [tag for tag in working if "name=" in tag or "primary" in tag] == [], path


@pytest.mark.parametrize("path", [*PAGES, "/-/review/troubles", "/-/review/decisions", "/-/review/tags/words.json"])
def test_a_stranger_gets_nowhere(client, visit, path):
    visit("look")
    page = client.get(path, follow_redirects=False)
    assert page.status_code in (302, 303, 401, 403) and "party01" not in page.text


def test_the_person_who_decides_is_in_the_log(client, visit, named, asked):
    cookie = visit("decide")
    fields = {"verb": "tag", "value": "x", "subject": [named("party01.jpg")], "request_id": "zoe-request"}
    assert client.post("/-/review/tags", fields, headers=cookie).json()["ok"]
    assert asked("select actor from decisions", database="decisions.db") == [("Zoë",)]
    assert "Zoë" in client.get("/-/review/decisions", headers=cookie).text


def test_a_busy_library_says_not_saved_and_the_same_request_saves_later(client, library, named, decisions, monkeypatch):
    from mediaparser_core.catalog import store

    monkeypatch.setattr(store, "BUSY_MS", 200)
    fields = {"verb": "tag", "value": "x", "subject": [named("party01.jpg")], "request_id": "busy-request"}
    with closing(sqlite3.connect(library / "decisions.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        said = client.post("/-/review/tags", fields)
        assert said.status_code == 503 and "Nothing was changed" in said.json()["error"]
        other.execute("rollback")
    assert decisions() == []
    assert client.post("/-/review/tags", fields).json()["ok"]
    assert len(decisions()) == 1
