"""The duplicate review: side by side, one keyed answer each, rules that are counted before they are carried out."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing

import pytest

PAGE = "/-/review/groups"


def fields_of(html: str) -> list[tuple[str, str]]:
    part = html[html.index('<form id="doing"') :]
    return re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', part[: part.index("</form>")])


def do(client, html: str, what: str, **more):
    fields: dict[str, object] = {"subject": []}
    for name, value in fields_of(html):
        if name == "subject":
            fields["subject"].append(value)
        else:
            fields[name] = value.replace("&amp;", "&")
    return client.post(PAGE, {**fields, "do": what, **more})


def group_of(client, sha: str) -> str:
    response = client.get(f"{PAGE}?of={sha}")
    assert response.status_code == 200, response.text[-500:]
    return response.text


def test_the_surest_group_comes_first_with_its_differences_in_words(looking, named):
    html = looking.get(PAGE).text
    assert "4 groups of look-alikes wait" in html
    html = group_of(looking, named("smaller.jpg"))
    assert "Which of these 3 should stay?" in html
    for words in (
        "most pixels",
        "a quarter of the pixels",
        "11 % of the pixels",
        "no camera named",
        "smaller file",
        "suggested",
    ):
        assert words in html, words
    assert html.index(named("DSC_0201.jpg")) < html.index(named("small1.jpg")), "the one to keep comes first"


def test_keeping_one_leaves_the_others_out(client, named, decisions):
    html = group_of(client, named("smaller.jpg"))
    said = do(client, html, f"only:{named('DSC_0201.jpg')}")
    assert said.json()["ok"], said.text
    verb, _, value, _ = decisions()[-1]
    assert verb == "accept" and json.loads(value)["keep"] == named("DSC_0201.jpg")
    assert set(json.loads(value)["discard"]) == {named("small1.jpg"), named("smaller.jpg")}
    assert "3 groups of look-alikes wait" in client.get(PAGE).text, "at once, before anything was derived anew"
    assert "settled" in group_of(client, named("smaller.jpg"))


def test_keeping_all_settles_a_group(client, named, decisions):
    html = group_of(client, named("small2.jpg"))
    assert do(client, html, "all").json()["message"] == "Kept 2 pictures."
    assert "3 groups of look-alikes wait" in client.get(PAGE).text


def test_different_pictures_are_never_asked_about_again(client, named, decisions, library, run_program):
    html = group_of(client, named("small3.jpg"))
    assert do(client, html, "different").json()["ok"]
    assert "3 groups of look-alikes wait" in client.get(PAGE).text
    run_program(library, "export")
    gone = client.get(f"{PAGE}?of={named('small3.jpg')}")
    assert gone.status_code == 404 and "This group is not there any more" in gone.text


def test_single_pictures_are_left_out_and_taken_in_again(client, named, decisions):
    small = named("smaller.jpg")
    html = group_of(client, small)
    assert do(client, html, f"out:{small}").json()["ok"]
    html = group_of(client, small)
    assert "left out" in html and f'value="in:{small}"' in html
    assert "4 groups of look-alikes wait" in client.get(PAGE).text
    assert do(client, html, "all").json()["message"] == "Kept 2 pictures."
    assert [row[0] for row in decisions()] == ["discard", "keep"]
    assert small not in json.loads(decisions()[-1][1]), "what was left out stays out"


def test_a_burst_is_a_group_of_its_own_kind(looking, named):
    html = looking.get(f"{PAGE}?kind=burst").text
    assert "One moment, 3 pictures" in html and "1 burst waits" in html
    assert named("DSC_0301.jpg") in html


def test_next_and_back_walk_through_the_groups(looking):
    seen, address = [], PAGE
    for _ in range(5):
        html = looking.get(address).text
        if "data-next" not in html:
            break
        seen.append(re.search(r'name="do" value="only:([0-9a-f]{64})"', html)[1])
        back = re.search(r'data-previous="([^"]+)"', html)[1].replace("&amp;", "&")
        address = re.search(r'data-next="([^"]+)"', html)[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 4
    assert "You have been through all of them" in html
    assert seen[2] in looking.get(back).text


def test_a_page_that_is_not_so_any_more_is_refused(client, named, decisions):
    html = group_of(client, named("smaller.jpg"))
    do(client, html, f"out:{named('smaller.jpg')}")
    for what in (f"only:{named('small1.jpg')}", "all", "different", f"out:{named('small1.jpg')}"):
        late = do(client, html, what, request_id=f"late-request-{len(what)}")
        assert late.status_code == 409, what
    assert len(decisions()) == 1


def test_the_same_request_twice_is_one_decision(client, named, decisions):
    html = group_of(client, named("small2.jpg"))
    for what in ("all", "all"):
        assert do(client, html, what).status_code == 200
    html = group_of(client, named("small3.jpg"))
    for _ in range(2):
        assert do(client, html, f"out:{named('small3.jpg')}").status_code == 200
    assert [row[0] for row in decisions()] == ["keep", "discard"]


@pytest.mark.parametrize(
    ("what", "more", "status"),
    [
        ("dance", {}, 400),
        ("only:" + "f" * 64, {}, 400),
        ("out:" + "f" * 64, {}, 400),
        ("all", {"request_id": "!"}, 400),
        ("different", {"subject": ["f" * 64, "e" * 64], "stamp": "x"}, 404),
    ],
)
def test_what_makes_no_sense_is_refused_calmly(looking, named, what, more, status):
    said = do(looking, group_of(looking, named("small2.jpg")), what, **more)
    assert said.status_code == status and said.json()["error"]


@pytest.mark.parametrize("query", ["kind=nonsense", "of=" + "f" * 64, "of=<script>", "kind=rm%20-rf&of=x"])
def test_a_group_that_is_not_there_is_a_calm_page(looking, query):
    response = looking.get(f"{PAGE}?{query}")
    assert response.status_code == 404 and "<script>" not in response.text.replace('<script type="module"', "")


@pytest.mark.parametrize(
    "query", ["after=garbage", "before=garbage", "after=WyJ4Iiwy", "kind=similar&after=W251bGwsbnVsbF0"]
)
def test_a_cursor_of_nobody_is_the_beginning(looking, query):
    assert "4 groups of look-alikes wait" in looking.get(f"{PAGE}?{query}").text


def test_a_kind_of_group_that_a_plugin_made_can_be_reviewed_as_well(client, library, named):
    with closing(sqlite3.connect(library / "catalog.db")) as conn:
        conn.execute("update groups set kind = 'same <scene>' where keeper = ?", (named("DSC_0202.jpg"),))
        conn.commit()
    page = client.get(PAGE, params={"kind": "same <scene>"})
    assert page.status_code == 200 and "1 group of the kind “same &lt;scene&gt;”" in page.text
    assert "same <scene>" not in page.text
    assert client.get("/-/review").status_code == 200
    assert client.get(f"{PAGE}/rule", params={"kind": "same <scene>", "confidence": "0.1"}).status_code == 200


# -- rules


def test_a_rule_is_counted_first_and_is_one_decision(client, named, decisions):
    counted = client.get(f"{PAGE}/rule?kind=similar&confidence=0.5", headers={"accept": "application/json"}).json()
    assert (counted["groups"], counted["pictures"]) == (4, 5) and counted["bytes"] > 0
    page = client.get(f"{PAGE}/rule?kind=similar&confidence=0.5").text
    assert "Leave 5 pictures out" in page
    fields = {"kind": "similar", "confidence": "0.5", "stamp": counted["stamp"], "request_id": "rule-request"}
    for _ in range(2):
        assert client.post(f"{PAGE}/rule", fields).json()["message"] == "Left 5 pictures out of the library."
    assert len(decisions()) == 1 and decisions()[0][0] == "discard"
    assert "No groups of look-alikes wait for you" in client.get(PAGE).text
    assert client.post("/-/review/undo", {"decision": 1, "request_id": "undo-the-rule"}).json()["ok"]
    assert "4 groups of look-alikes wait" in client.get(PAGE).text


def test_a_rule_leaves_groups_alone_that_somebody_has_spoken_about(client, named):
    html = group_of(client, named("smaller.jpg"))
    do(client, html, f"in:{named('smaller.jpg')}")
    counted = client.get(f"{PAGE}/rule?kind=similar&confidence=0.5", headers={"accept": "application/json"}).json()
    assert (counted["groups"], counted["pictures"]) == (3, 3)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"stamp": "4/4"}, 409),
        ({"confidence": "1"}, 409),
        ({"confidence": "2"}, 400),
        ({"confidence": "nan"}, 400),
        ({"kind": "nonsense"}, 409),
    ],
)
def test_a_rule_whose_count_is_not_the_one_that_was_shown_is_refused(looking, fields, status):
    given = {"kind": "similar", "confidence": "0.5", "stamp": "4/5", "request_id": "rule-request", **fields}
    assert looking.post(f"{PAGE}/rule", given).status_code == status


def test_a_panorama_is_kept_whole_and_no_rule_is_offered_for_it(looking):
    response = looking.get(f"{PAGE}/rule?kind=panorama&confidence=0.5")
    assert response.status_code == 400 and "belong together" in response.text
    assert 'value="panorama"' not in looking.get(f"{PAGE}/rule?kind=similar").text
    assert 'value="mirrored"' in looking.get(f"{PAGE}/rule?kind=similar").text
