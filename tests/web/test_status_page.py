"""How everything is: for people with colours and words, for dashboards as JSON."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from mediaparser_core.accounts import FILE_NAME, Accounts
from mediaparser_core.catalog import Catalog

PAGE, JSON = "/-/status", "/-/status.json"


def beat(library, service, state="running", *, ago=0.0, task=None):
    at = datetime.now(UTC) - timedelta(seconds=ago)
    with Catalog(library) as catalog:
        catalog.done.beat(service, state, task, at.isoformat(timespec="milliseconds").replace("+00:00", "Z"))


def basic(name, password):
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def test_the_document_has_what_dashboards_are_promised(looking):
    answer = looking.get(JSON)
    assert (
        answer.headers["content-type"].startswith("application/json") and "no-store" in answer.headers["cache-control"]
    )
    found = answer.json()
    assert {"ok", "state", "version", "at", "pictures", "files", "to_review", "troubles", "services", "disk", "queue", "inbox",
            "last_backup", "last_job", "last_arrival", "notes"} <= set(found)  # fmt: skip
    assert found["pictures"] == looking.rows("select count(*) from assets")[0][0]
    assert found["troubles"] == 1 and found["to_review"] > 0
    assert set(found["queue"]) >= {"running", "paused", "waiting"} and 0 < found["disk"]["used_percent"] <= 100
    assert found["last_job"]["command"] == "run" and found["last_job"]["state"] == "done"


@pytest.mark.parametrize(
    ("state", "ago", "level", "verdict"),
    [
        ("running", 0, "good", "ok"), ("running", 60, "late", "ok"), ("running", 86400, "bad", "down"),
        ("down", 0, "bad", "down"), ("stopped", 86400, "off", "ok"), ("waiting for disk", 0, "late", "ok"),
    ],
)  # fmt: skip
def test_a_heartbeat_has_the_colour_of_its_age(client, library, state, ago, level, verdict):
    beat(library, "worker", state, ago=ago, task="<b>busy</b>")
    found = client.get(JSON).json()
    assert found["services"]["worker"]["level"] == level
    assert (found["state"], found["ok"]) == (verdict, verdict != "down")
    html = client.get(PAGE).text
    assert f'class="lamp {level}"' in html and "<b>busy</b>" not in html
    assert ("Something is down." in html) == (verdict == "down")


def test_the_page_says_what_is_here_and_what_came_in(looking):
    html = looking.get(PAGE).text
    for words in (
        "Everything is well.",
        "pictures and videos",
        "questions for you",
        "files in trouble",
        "Services",
        "Disk",
    ):
        assert words in html
    assert "just now" in html and str(looking.library) in html


def test_an_empty_library_is_well(tmp_path, make_client):
    client = make_client(tmp_path / "empty")
    found = client.get(JSON).json()
    assert found["ok"] and found["pictures"] == 0 and found["last_job"] is None and found["last_arrival"] is None
    assert "No service has run yet" in client.get(PAGE).text


def test_sixty_days_are_drawn(client, library):
    beat(library, "watcher")
    html = client.get(PAGE).text
    history = html[html.index('aria-label="Inbox in the last sixty days"') :]
    assert history[: history.index("</svg>")].count("<rect") == 60


def test_a_dashboard_logs_in_with_each_request_and_only_here(library, make_client):
    Accounts(library / FILE_NAME).add("dash", "board password", ("look",))
    client = make_client(library)
    assert client.get(JSON).status_code == 401
    assert client.get(JSON, headers=basic("dash", "wrong")).status_code == 401
    assert client.get(JSON, headers={"authorization": "Basic !!!"}).status_code == 401
    good = basic("dash", "board password")
    answer = client.get(JSON, headers=good)
    assert answer.status_code == 200 and json.loads(answer.text)["ok"] is True and "set-cookie" not in answer.headers
    for path in (PAGE, "/", "/-/media/gallery"):
        assert client.get(path, headers={**good, "accept": "*/*"}, follow_redirects=False).status_code == 401


def test_looking_writes_nothing(client, library):
    before = client.rows("select count(*), max(id) from heartbeats")
    for path in (PAGE, JSON):
        assert client.get(path).status_code == 200
        assert client.post(path).status_code == 405
    assert client.rows("select count(*), max(id) from heartbeats") == before
