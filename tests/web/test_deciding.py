"""Buttons become decisions: once each, by who may, in words, and none is lost while somebody else writes."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from mediaparser_core.records import Decision
from mediaparser_core.web.decision_words import in_words, taken_back

DECIDE, UNDO = "/-/review/decide", "/-/review/undo"
A, B = "a" * 64, "b" * 64


def decided(client):
    return client.rows("select id, verb, value, actor from decisions order by id", database="decisions.db")


def test_the_same_request_is_one_decision_and_one_answer(client, sha):
    fields = {"verb": "tag", "subject": sha("plain"), "value": "beach", "request_id": "twice-pressed"}
    first, second = client.post(DECIDE, fields).json(), client.post(DECIDE, fields).json()
    assert (first["new"], second["new"]) == (True, False)
    assert (
        first["decision"] == second["decision"] and first["message"] == second["message"] == "Tagged 1 picture “beach”."
    )
    assert len(decided(client)) == 1


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"verb": "drop table", "request_id": "x" * 8}, 400),
        ({"verb": "tag", "value": "x", "request_id": "short"}, 400),
        ({"verb": "tag", "value": "x", "request_id": "has spaces in it"}, 400),
        ({"verb": "tag", "value": "x"}, 400),
        ({"verb": "tag", "value": "", "request_id": "empty-tag"}, 400),
        ({"verb": "set-date", "value": "the day after never", "request_id": "no-date-1"}, 400),
        ({"verb": "set-date", "value": "2019-02-30", "request_id": "no-date-2"}, 400),
        ({"verb": "undo", "value": "1", "request_id": "undo-by-hand"}, 400),
        ({"verb": "tag", "value": "x", "request_id": "nobody-there", "subject": "0" * 64}, 404),
        ({"verb": "tag", "value": "x", "request_id": "no-picture", "subject": "../../etc/passwd"}, 404),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(looking, name_of, fields, status):
    said = looking.post(DECIDE, {"subject": name_of("plain"), **fields})
    assert said.status_code == status and said.json()["error"]
    assert decided(looking) == []


@pytest.mark.parametrize("number", ["0", "99", "x", "-1", "1e3", "9" * 30])
def test_what_was_never_decided_cannot_be_taken_back(looking, number):
    assert looking.post(UNDO, {"decision": number, "request_id": "never-decided"}).status_code in (400, 404)


def test_a_decision_is_taken_back_once_and_an_undo_too(client, sha):
    client.post(DECIDE, {"verb": "discard", "subject": sha("plain"), "request_id": "decision-1"})
    said = client.post(UNDO, {"decision": 1, "request_id": "undo-one-1"}).json()
    assert said["message"] == "Took back: Left 1 picture out of the library."
    assert client.post(UNDO, {"decision": 1, "request_id": "undo-one-2"}).status_code == 409
    assert client.post(UNDO, {"decision": 2, "request_id": "undo-two-1"}).json()["message"] == "Put it back."
    assert [verb for _, verb, *_ in decided(client)] == ["discard", "undo", "undo"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://evil.example"}, 403), ({"origin": "null"}, 403), ({"origin": ""}, 403),
        ({"sec-fetch-site": "cross-site"}, 403), ({"sec-fetch-site": "same-site"}, 403), ({"sec-fetch-site": "same-origin"}, 200),
    ],
)  # fmt: skip
def test_only_our_own_pages_may_decide(client, sha, headers, status):
    fields = {"verb": "tag", "subject": sha("plain"), "value": "x", "request_id": "whose-page"}
    assert client.post(DECIDE, fields, headers=headers).status_code == status
    assert len(decided(client)) == (status == 200)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", [DECIDE, UNDO, "/-/jobs/start", "/-/jobs/want", "/-/logout"])
def test_only_a_post_changes_anything(looking, method, path):
    answer = looking.request(method, path, headers={"origin": "http://localhost"})
    assert answer.status_code == 405
    assert decided(looking) == [] and looking.rows("select count(*) from jobs where state = 'waiting'") == [(0,)]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ('{"verb": "tag", "value": "x", "request_id": "json-body"}', "application/json", 404),
        ("[1, 2]", "application/json", 400), ("{" * 5000, "application/json", 400), ('{"a": {}}', "application/json", 400),
        ("verb=tag", "text/plain", 415), ("verb=tag", "multipart/form-data", 415), (b"verb=\xff", "application/x-www-form-urlencoded", 400),
    ],
)  # fmt: skip
def test_only_forms_and_json_are_read(looking, body, kind, status):
    headers = {"content-type": kind, "origin": "http://localhost", "accept": "application/json"}
    assert looking.request("POST", DECIDE, content=body, headers=headers).status_code in (status, 400)
    assert decided(looking) == []


def test_a_way_back_leads_nowhere_else(client, sha):
    for number, back in enumerate(
        ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)")
    ):
        fields = {
            "verb": "tag",
            "subject": sha("plain"),
            "value": f"t{number}",
            "request_id": f"way-back-{number}",
            "back": back,
        }
        answer = client.post(DECIDE, fields, json=False, follow_redirects=False)
        assert answer.status_code == 303 and answer.headers["location"].startswith("/?saved=")


def test_guests_and_strangers_decide_nothing(client, library, sha, log_in):
    fields = {"verb": "discard", "subject": sha("plain"), "request_id": "not-allowed"}
    guest = log_in(library, "guest", ("look",))
    assert client.post(DECIDE, fields, cookies=guest).status_code == 403
    assert client.post(DECIDE, fields).status_code == 401
    assert (
        client.post("/-/jobs/start", {"command": "export", "request_id": "guest-job"}, cookies=guest).status_code == 403
    )
    assert decided(client) == []
    anna = log_in(library, "Anna", ("decide",))
    assert client.post(DECIDE, fields, cookies=anna).json()["ok"]
    assert decided(client) == [(1, "discard", None, "Anna")]


def test_none_of_a_thousand_is_lost_while_a_scan_writes(client, library, sha):
    """Each is on the disk when it is answered, and the next page shows it."""
    stop, commits = threading.Event(), []

    def scan() -> None:  # as one writes: whole transactions, one after the other
        with closing(sqlite3.connect(library / "catalog.db", isolation_level=None, timeout=30)) as conn:
            while not stop.is_set():
                conn.execute("begin immediate")
                conn.executemany(
                    "insert into heartbeats (service, state, at) values ('scan', 'running', ?)", [("x",)] * 200
                )
                conn.execute("commit")
                commits.append(1)
                time.sleep(0.005)

    writing = threading.Thread(target=scan)
    writing.start()
    subject = sha("plain")
    try:

        def decide(number: int) -> bool:
            fields = {"verb": "tag", "subject": subject, "value": f"tag {number}", "request_id": f"thousand-{number}"}
            return client.post(DECIDE, fields).json()["ok"]

        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(decide, range(1000)))
        shown = client.get(f"/-/media/picture/{subject}").text
    finally:
        stop.set()
        writing.join()
    assert len(decided(client)) == 1000 and {value for _, _, value, _ in decided(client)} == {
        f"tag {n}" for n in range(1000)
    }
    assert all(f">tag {number}</a>" in shown for number in (0, 500, 999)) and len(commits) > 10


@pytest.mark.parametrize(
    ("verb", "subject", "value", "words"),
    [
        ("keep", (A, B), None, "Kept 2 pictures."),
        ("discard", (A,), None, "Left 1 picture out of the library."),
        ("set-date", (A, B), "1994-07", "Dated 2 pictures: July 1994."),
        ("tag", (A,), "<b>", "Tagged 1 picture “<b>”."),
        ("untag", (A,), "dog", "Took the tag “dog” off 1 picture."),
        ("same", (A, B), None, "Said that 2 pictures show the same."),
        ("different", (A, B), None, "Said that 2 pictures are not the same."),
        (
            "accept",
            (A,),
            json.dumps({"date": {A: "2019-05-04T12:00:03"}}),
            "Accepted the date of 1 picture: 4 May 2019, 12:00.",
        ),
        ("accept", (A, B), json.dumps({"keep": A, "discard": [B]}), "Kept one picture of 2, left the other out."),
        ("accept", (A,), "not json", "Accepted what was suggested for 1 picture."),
        ("accept", (A,), "[]", "Accepted what was suggested for 1 picture."),
        ("shift", ("Canon|EOS 450D|",), "+3600", "Set the clock of Canon EOS 450D right: 1 hour later."),
        ("shift", ("Canon|EOS 450D|",), "0", "Said that the clock of Canon EOS 450D was right."),
        ("shift", ("||",), "rubbish", "Set the clock of a camera right."),
    ],
)
def test_a_decision_is_a_sentence(verb, subject, value, words):
    decision = Decision("request", verb, subject, value, "anna", "2026-01-01T00:00:00Z", None)
    assert in_words(decision) == words
    assert taken_back(decision) == f"Took back: {words}"
