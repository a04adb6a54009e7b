"""The date review: one cause, one question; answers by rule or in words; undo; what cannot be answered any more."""

from __future__ import annotations

import json
import re

import pytest

PAGE = "/-/review/dates"


def fields_of(html: str, form: str = "answers") -> dict[str, str]:
    """The hidden fields of a form of the page."""
    part = html[html.index(f'<form id="{form}"') if f'<form id="{form}"' in html else html.index(f'id="{form}"') :]
    part = part[: part.index("</form>")]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', part))


def options_of(html: str) -> dict[str, str]:
    """The answers that are offered: key → for how many pictures."""
    return dict(re.findall(r'name="option" value="([^"]+)" data-option="\d+" data-count="(\d+)"', html))


def question_of(client, sha: str) -> str:
    response = client.get(f"{PAGE}?of={sha}")
    assert response.status_code == 200, response.text[-800:]
    return response.text


def left(client) -> tuple[int, int]:
    """How many questions and pictures wait."""
    found = re.search(r"Question 1 of (\d+) · (\d+) pictures", client.get(PAGE).text)
    return int(found[1]), int(found[2])


def answer(client, html: str, key: str, **more):
    fields = {**fields_of(html), "option": key, "count": options_of(html).get(key, "0"), **more}
    return client.post(PAGE, fields), fields


def test_pictures_with_one_cause_are_one_question(looking, named):
    html = question_of(looking, named("party16.jpg"))
    assert "Are the dates of these 3 pictures right?" in html
    assert options_of(html) == {"suggested": "3", "file:mtime": "3"}
    assert "first hour of a year" in html
    questions, pictures = left(looking)
    assert questions == 19 and pictures - questions in (7, 8), (
        "three of one camera, four of a messenger, three or four of nobody"
    )
    assert "these 4 pictures" in looking.get(PAGE).text, "what settles most comes first"


def test_the_suggestion_is_accepted_for_all_with_the_count_that_was_shown(client, named, decisions):
    questions, pictures = left(client)
    html = question_of(client, named("party16.jpg"))
    said, _ = answer(client, html, "suggested")
    assert said.status_code == 200 and said.json()["ok"]
    verb, subject, value, _ = decisions()[-1]
    chosen = json.loads(value)["date"]
    assert verb == "accept" and len(json.loads(subject)) == 3 and set(chosen) == set(json.loads(subject))
    assert chosen[named("party17.jpg")] == "2008-01-01T00:17:00"
    gone = client.get(f"{PAGE}?question={fields_of(html)['question']}")
    assert gone.status_code == 404 and "This question is settled" in gone.text
    assert left(client) == (questions - 1, pictures - 3), "at once, before anything was derived anew"


def test_what_is_suggested_can_hold_for_what_comes_later(client, named, decisions):
    hint = question_of(client, named("nothing1.jpg"))
    assert 'name="always"' not in hint, "a hint dates nothing for good"
    refused, _ = answer(client, hint, "suggested", always="yes")
    assert refused.status_code == 400 and decisions() == []
    html = question_of(client, named("party16.jpg"))
    assert 'name="always"' in html
    for fields in ({"only": [named("party16.jpg")]}, {"option": "file:mtime"}):
        refused, _ = answer(client, html, "suggested", **{"always": "yes", **fields})
        assert refused.status_code == 400 and decisions() == []
    said, _ = answer(client, html, "suggested", always="yes")
    assert "and of pictures like these that come later" in said.json()["message"]
    value = json.loads(decisions()[-1][2])
    assert len(value["date"]) == 3 and "first hour of a year" in value["always"]["doubt"]


def test_an_answer_that_gives_all_pictures_one_moment_is_a_date(client, named, decisions):
    html = question_of(client, named("nothing1.jpg"))
    assert "When were these 3 pictures taken?" in html
    assert "only a hint" in html and 'class="option best' not in html, "a hint is nothing to accept blindly"
    said, _ = answer(client, html, "suggested")
    assert said.json()["ok"]
    html = question_of(client, named("party01.jpg"))
    said, _ = answer(client, html, "file:mtime")
    assert said.json()["ok"]
    assert decisions()[-1][0] == "set-date" and decisions()[-1][2].startswith("2020-09-13T")


def test_a_date_in_plain_words_dates_all_or_only_those_that_were_picked(client, named, decisions):
    html = question_of(client, named("party16.jpg"))
    picked = [named("party16.jpg"), named("party18.jpg")]
    said = client.post(PAGE, {**fields_of(html, "typed"), "value": "summer 1994", "only": picked})
    assert said.json()["message"] == "Dated 2 pictures: 1994."
    verb, subject, value, _ = decisions()[-1]
    assert (verb, sorted(json.loads(subject)), value) == ("set-date", sorted(picked), "1994")
    rest = question_of(client, named("party17.jpg"))
    assert "Was this taken on 1 January 2008, 00:17?" in rest
    said = client.post(PAGE, {**fields_of(rest, "typed"), "value": "12 May 2019 5pm"})
    assert decisions()[-1][2] == "2019-05-12T17:00"


@pytest.mark.parametrize(
    ("text", "words", "note"),
    [
        ("summer 1994", "1994", "only the year is kept"),
        ("12 May 2019 5pm", "12 May 2019, 17:00", ""),
        ("24.12.1999", "24 December 1999", "no time of day is kept"),
        ("June 1987", "June 1987", "only the month is kept"),
        ("2019-05-04 12:00 +02:00", "4 May 2019, 12:00", "in a zone of UTC+02:00"),
        ("2049-03-01", "1 March 2049", "that is in the future"),
        ("4/5/2019", None, "the 4.5. or the 5.4.? Write the month as a word"),
        ("30 February 2019", None, "not a date yet"),
        ("", None, ""),
    ],
)
def test_what_is_typed_is_shown_as_it_is_understood(looking, text, words, note):
    meant = looking.get(f"{PAGE}/understood.json", params={"text": text}).json()
    assert (meant.get("words"), meant["note"], meant["understood"]) == (words, note, words is not None)


def test_the_same_request_twice_is_one_decision_and_one_answer(client, named, decisions):
    html = question_of(client, named("party02.jpg"))
    first, fields = answer(client, html, "suggested")
    again = client.post(PAGE, fields)
    assert again.status_code == 200
    assert again.json()["decision"] == first.json()["decision"] and not again.json()["new"]
    assert len(decisions()) == 1


def test_an_answer_to_a_page_that_is_not_so_any_more_is_refused(client, named, decisions):
    html = question_of(client, named("party03.jpg"))
    answer(client, html, "suggested")
    late, _ = answer(client, html, "file:mtime", request_id="another-request")
    assert late.status_code == 409 and late.json()["stale"]
    other = question_of(client, named("party16.jpg"))
    wrong, _ = answer(client, other, "suggested", count="2")
    assert wrong.status_code == 409 and "3 pictures" in wrong.json()["error"]
    wrong, _ = answer(client, other, "suggested", stamp="0" * 16)
    assert wrong.status_code == 409
    assert len(decisions()) == 1


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"value": "the other day", "option": None}, 400),
        ({"option": "nobody:says", "count": "0"}, 400),
        ({"request_id": "x"}, 400),
        ({"question": "again-999"}, 404),
        ({"question": "again-x"}, 400),
        ({"question": "0" * 16}, 409),
        ({"only": ["f" * 64]}, 409),
        ({"stamp": None}, 400),
    ],
)
def test_what_makes_no_sense_is_refused_calmly(looking, named, more, status):
    html = question_of(looking, named("party04.jpg"))
    given = {**fields_of(html), "option": "suggested", "count": "1", **more}
    said = looking.post(PAGE, {key: value for key, value in given.items() if value is not None})
    assert said.status_code == status and said.json()["ok"] is False and said.json()["error"]


@pytest.mark.parametrize(
    "query", ["again=7", "again=x", "question=zzz", "of=" + "e" * 64, "of=nonsense", "from=99999999"]
)
def test_a_question_that_is_not_there_is_a_calm_page(looking, query):
    response = looking.get(f"{PAGE}?{query}")
    assert response.status_code == (200 if query in ("from=99999999", "again=x") else 404)
    assert "Traceback" not in response.text and "MediaParser" in response.text


def test_looking_changes_nothing_and_needs_no_more_than_looking(looking):
    for path in (PAGE, f"{PAGE}?after=3-{'f' * 16}", f"{PAGE}/understood.json?text=x"):
        for method in ("GET", "HEAD"):
            assert looking.request(method, path).status_code == 200
        assert looking.request("PUT", path, headers={"origin": "http://localhost"}).status_code == 405


def test_another_site_cannot_answer(looking, named):
    html = question_of(looking, named("party05.jpg"))
    fields = {**fields_of(html), "option": "suggested", "count": "1"}
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        assert looking.post(PAGE, fields, headers=headers).status_code == 403


def test_an_answer_that_was_taken_back_can_be_given_again(client, named, decisions):
    html = question_of(client, named("party06.jpg"))
    said, _ = answer(client, html, "suggested")
    number = said.json()["decision"]
    assert client.post("/-/review/undo", {"decision": number, "request_id": "undo-request-1"}).json()["ok"]
    again = client.get(f"{PAGE}?again={number}")
    assert again.status_code == 200 and "Asked once more" in again.text
    said, _ = answer(client, again.text, "file:mtime")
    assert said.json()["ok"] and decisions()[-1][0] == "set-date"
    assert [row[0] for row in decisions()] == ["accept", "undo", "set-date"]


def test_without_scripts_a_form_leads_to_the_next_question(client, named):
    html = question_of(client, named("party07.jpg"))
    fields = {**fields_of(html), "option": "suggested", "count": "1"}
    response = client.post(PAGE, fields, json=False, follow_redirects=False)
    assert response.status_code == 303
    assert response.headers["location"].startswith(f"{PAGE}?after=1-") and "saved=1" in response.headers["location"]
    shown = client.get(response.headers["location"])
    assert "Accepted the date of 1 picture" in shown.text and "/-/review/undo" in shown.text


def test_a_question_can_be_narrowed_to_one_folder(looking, asked, named):
    folder = asked("select path from files where name = 'party16.jpg'")[0][0].rpartition("/")[0]
    html = looking.get(PAGE, params={"of": named("party16.jpg"), "folder": folder}).text
    assert f"Only in {folder}" in html and fields_of(html)["folder"] == folder
    nothing = looking.get(PAGE, params={"of": named("party16.jpg"), "folder": "/elsewhere"})
    assert nothing.status_code == 404


def test_going_through_all_questions_ends_in_a_friendly_place(looking):
    questions, pictures = left(looking)
    end = looking.get(f"{PAGE}?after=1-{'f' * 16}").text
    assert "You have been through all questions" in end and f"{questions} questions about {pictures} pictures" in end


def test_what_files_say_about_themselves_is_never_markup(looking, named):
    html = question_of(looking, named("<img src=x onerror=alert(1)>\"'&.jpg"))
    assert "<img src=x" not in html and "&lt;img src=x onerror=alert(1)&gt;" in html
    assert "<script>alert" not in html
    response = looking.get(PAGE, params={"of": named("party08.jpg"), "folder": "<script>alert(3)</script>"})
    assert "<script>alert" not in response.text


def test_big_questions_are_counted_before_they_are_answered(client, named, monkeypatch):
    from mediaparser_core.web import date_questions

    monkeypatch.setattr(date_questions, "SAMPLE", 2)
    html = question_of(client, named("party16.jpg"))
    assert "for example" in html and options_of(html) == {}
    link = re.search(r'href="(\?question=[^"]+option=suggested)"', html)[1].replace("&amp;", "&")
    counted = client.get(PAGE + link).text
    assert "This dates <strong>3 pictures</strong>" in counted
    fields = fields_of(counted)
    assert (fields["option"], fields["count"]) == ("suggested", "3")
    assert client.post(PAGE, fields).json()["message"].startswith("Accepted the dates of 3 pictures: ")
