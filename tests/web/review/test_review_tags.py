"""Tags in bulk: choosing pictures, completion, exact counts, undo."""

from __future__ import annotations

import json
import re

import pytest
from datasette.plugins import pm

PAGE = "/-/review/tags"


@pytest.fixture
def folder(asked) -> str:
    return asked("select path from files where name = 'party16.jpg'")[0][0].rpartition("/")[0]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"words": "party"}, 18),
        ({"month": "2008-01"}, 19),
        ({"month": "May 2019"}, 3),
        ({"tag": "Burst"}, 3),
        ({"tag": "Burst", "month": "1999"}, 0),
        ({"words": "!!"}, 0),
        ({"tag": "<script>"}, 0),
    ],
)
def test_pictures_are_chosen_by_what_is_known_of_them(looking, query, count):
    html = looking.get(PAGE, params=query).text
    assert ("No pictures here" in html) if count == 0 else (f"{count} picture" in html)
    assert html.count('name="subject"') == count
    assert "<script>" not in html.replace('<script type="module"', "")


def test_pictures_are_chosen_by_folder_or_one_by_one(looking, folder, named):
    assert "18 pictures chosen" in looking.get(PAGE, params={"folder": folder + "/"}).text
    html = looking.get(f"{PAGE}?of={named('party01.jpg')}&of={named('party02.jpg')}&of=nonsense").text
    assert "2 pictures chosen" in html and html.count("checked") == 2


def test_picked_pictures_are_tagged_and_only_those_that_lack_the_tag(client, named, decisions):
    one, other = named("party01.jpg"), named("party02.jpg")
    said = client.post(PAGE, {"verb": "tag", "value": " Grandma ", "subject": [one], "request_id": "tag-request-1"})
    assert said.json()["message"] == "Tagged 1 picture “Grandma”."
    said = client.post(
        PAGE, {"verb": "tag", "value": "Grandma", "subject": [one, other], "request_id": "tag-request-2"}
    )
    assert json.loads(decisions()[-1][1]) == [other], "at once, before anything was derived anew"
    assert "Grandma" in client.get(PAGE, params={"words": "party"}).text
    said = client.post(
        PAGE, {"verb": "untag", "value": "Grandma", "subject": [one, other], "request_id": "tag-request-3"}
    )
    assert said.json()["ok"] and len(json.loads(decisions()[-1][1])) == 2


def test_all_that_are_chosen_are_tagged_as_many_as_the_page_said(client, folder, decisions):
    fields = {
        "verb": "tag",
        "value": "Party",
        "all": "1",
        "folder": folder,
        "count": "18",
        "request_id": "all-request-1",
    }
    wrong = client.post(PAGE, {**fields, "count": "17"})
    assert wrong.status_code == 409
    for _ in range(2):
        assert client.post(PAGE, fields).json()["message"] == "Tagged 18 pictures “Party”."
    assert len(decisions()) == 1


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"verb": "keep"}, 400),
        ({"value": "  "}, 400),
        ({"subject": []}, 400),
        ({"subject": ["f" * 64]}, 404),
        ({"subject": ["x"]}, 404),
        ({"all": "1"}, 400),
        ({"verb": "untag", "value": "nobody has it"}, 400),
        ({"request_id": "?"}, 400),
    ],
)
def test_what_makes_no_sense_is_refused_calmly(looking, named, fields, status):
    given = {"verb": "tag", "value": "x", "subject": [named("party01.jpg")], "request_id": "tag-request", **fields}
    said = looking.post(PAGE, given)
    assert said.status_code == status and said.json()["error"]


def test_tags_are_completed_with_how_often_they_are_used(client, named):
    def complete(text):
        return client.get(f"{PAGE}/words.json", params={"text": text}).json()["tags"]

    assert complete("bu") == [{"tag": "Burst", "pictures": 3}]
    assert complete("%") == [] and complete("zzz") == []
    client.post(PAGE, {"verb": "tag", "value": "Bunny", "subject": [named("party01.jpg")], "request_id": "tag-request"})
    assert {"tag": "Bunny", "pictures": 1} in complete("bu"), "also what was typed a moment ago"


def test_the_next_page_begins_where_this_one_ends(looking, monkeypatch):
    plugin = next(each for each in pm.get_plugins() if getattr(each, "PAGE", "") == PAGE)
    monkeypatch.setattr(plugin, "AT_ONCE", 10)
    seen: list[str] = []
    address: str | None = f"{PAGE}?words=party"
    while address:
        html = looking.get(address).text
        seen += re.findall(r'name="subject" value="([0-9a-f]{64})"', html)
        following = re.search(r'href="(\?[^"]*)" rel="next"', html)
        address = PAGE + following[1].replace("&amp;", "&") if following else None
    assert len(seen) == len(set(seen)) == 18
