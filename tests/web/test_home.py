"""The first page: what is here, what is next, what runs; friendly while there is nothing."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

from mediaparser_core.catalog import Catalog


def test_an_empty_library_says_how_to_begin(tmp_path, make_client):
    html = make_client(tmp_path / "it's empty").get("/").text
    assert "Welcome." in html and "<table" not in html
    command = re.search(r'data-copy="([^"]+)"', html)[1]
    assert command.startswith("mediaparser --library &#39;") and command.endswith(
        " run ~/Pictures"
    )  # may be pasted as it is
    assert "Answer" not in re.sub(r"<h3>.*?</h3>", "", html)


def test_it_says_what_is_here_and_what_is_next(looking):
    html = looking.get("/").text
    pictures = looking.rows("select count(*) from assets where kind = 'image'")[0][0]
    assert f"{pictures} pictures and 1 video" in html
    hero = html[html.index('class="card hero"') : html.index("</section>", html.index('class="card hero"'))]
    assert re.search(r'href="/-/review/dates">Answer \d+ questions?</a>', hero)  # one large button
    assert hero.count("primary") == 1 and hero.count("<img") == 4
    for path in ("/-/review/groups?kind=similar", "/-/review/troubles", "/-/media/gallery", "/-/media/map", "/-/jobs"):
        assert f'href="{path}' in html


def test_nothing_waits_when_everything_is_answered(client):
    for (sha,) in client.rows("select sha256 from assets"):
        fields = {"verb": "set-date", "subject": sha, "value": "1999", "request_id": f"home-{sha[:20]}"}
        assert client.post("/-/review/decide", fields).json()["ok"]
        fields = {"verb": "keep", "subject": sha, "request_id": f"keep-{sha[:20]}"}
        assert client.post("/-/review/decide", fields).json()["ok"]
    html = client.get("/").text
    assert "/-/review/dates" not in re.sub(r"<nav.*?</nav>", "", html, flags=re.DOTALL)
    assert "Are these the same picture?" not in html


def test_a_job_that_runs_is_shown_and_watched(client, library):
    assert client.get("/-/media/now.json").json() == {"job": None}
    with Catalog(library) as catalog, catalog.transaction() as conn:
        conn.execute("insert into jobs (command, state, done, total, started_at) values ('scan', 'running', 1234, 5678, "
                     "'2026-11-21T00:00:00Z')")  # fmt: skip
    html = client.get("/").text
    assert "Reading pictures" in html and "1,234 of 5,678" in html and 'max="5678" value="1234"' in html
    assert client.get("/-/media/now.json").json()["job"]["done"] == 1234


def test_what_was_decided_elsewhere_counts_at_once(client, sha, asked):
    def waiting() -> int:
        return int(re.search(r'title="(\d+) things? to answer"', client.get("/").text)[1])

    before = waiting()
    fields = {"verb": "discard", "subject": sha("small of group"), "request_id": "elsewhere-1"}
    client.post("/-/review/decide", {**fields, "verb": "discard"})
    members = [row[0] for row in asked("select sha256 from members m join groups g using (group_id) where g.keeper = ?",
                                       sha("best of group"))]  # fmt: skip
    fields = {"verb": "accept", "subject": members, "keep": sha("best of group"), "request_id": "elsewhere-2"}
    assert client.post("/-/review/decide", fields).json()["ok"]
    assert waiting() == before - 1


def test_home_reads_only(client, library):
    with closing(sqlite3.connect(library / "catalog.db")) as conn:
        before = conn.execute("pragma data_version").fetchone()
        for path in ("/", "/-/review", "/-/media/now.json"):
            assert client.get(path).status_code == 200
            assert client.request("HEAD", path).status_code == 200
        assert conn.execute("pragma data_version").fetchone() == before
    assert client.post("/").status_code == 405


def test_a_clock_that_may_have_been_wrong_waits_as_well(client, library):
    before = int(re.search(r'title="(\d+) things? to answer"', client.get("/").text)[1])
    with closing(sqlite3.connect(library / "catalog.db")) as conn:
        conn.execute(
            "insert into clock_offers (question, camera, seconds, since, until, files, kind, evidence, confidence) values "
            "(1, 'Maker|Slow|', 86400, '2019-05-01T10:00:00', '2019-05-31T10:00:00', 5, 'the wrong day', 'it was slow', 0.95)"
        )
        conn.commit()
    html = client.get("/").text
    assert "Was this camera&#39;s clock wrong?" in html and "Maker Slow: 5 pictures." in html
    assert int(re.search(r'title="(\d+) things? to answer"', html)[1]) == before + 1
