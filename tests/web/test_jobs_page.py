"""Jobs: what runs is seen live, and only what is configured can be asked for."""

from __future__ import annotations

import http.client
import json
import os
import time
from urllib.parse import urlsplit

import pytest

from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.queue import Queue
from mediaparser_core.service.pace import Pace
from mediaparser_core.web import job_words

PAGE = "/-/jobs"


def asked_for(client):
    sql = "select command, arguments, wanted, state, asked_by from jobs join requests on job = id order by id"
    return client.rows(sql)


@pytest.fixture
def running(library):
    """``running(**columns)``: the number of a job that is under way."""

    def make(command="scan", *, state="running", done=250, total=1000, failed=3, wanted="run") -> int:
        with Catalog(library) as catalog, catalog.transaction() as conn:
            row = (command, '["/photos/<b>2019</b>"]', wanted, state, done, total, failed, "2026-11-21T00:00:00Z")
            return conn.execute("insert into jobs (command, arguments, wanted, state, done, total, failed, started_at) values "
                                "(?, ?, ?, ?, ?, ?, ?, ?)", row).lastrowid  # fmt: skip

    return make


# -- asking for jobs


@pytest.mark.parametrize("command", ["export", "verify", "backup"])
def test_a_job_is_a_row_for_the_worker_and_the_same_press_is_the_same_job(client, command):
    fields = {"command": command, "request_id": "press-once"}
    first, again = client.post(f"{PAGE}/start", fields).json(), client.post(f"{PAGE}/start", fields).json()
    assert first["ok"] and again["message"] == "It waits already." and first["job"] == again["job"]
    who = client.rows("select asked_by from requests")[0][0]
    assert asked_for(client) == [(command, "[]", "run", "waiting", who)] and who
    html = client.get(PAGE).text
    assert job_words.COMMANDS[command] in html and "waits" in html and "1 job is under way." in html


def test_folders_that_were_scanned_are_offered_and_chosen_by_their_key(client, built):
    html = client.get(PAGE).text
    assert str(built / "photos") in html
    key = html.split('name="folder" value="')[1].split('"')[0]
    for command in ("run", "scan"):
        assert client.post(
            f"{PAGE}/start", {"command": command, "folder": key, "request_id": f"look-{command}"}
        ).json()["ok"]
    assert [(row[0], json.loads(row[1])) for row in asked_for(client)] == [
        ("run", [str(built / "photos")]), ("scan", [str(built / "photos")])
    ]  # fmt: skip


def test_a_folder_of_the_settings_is_offered_before_it_was_ever_read(library, make_client, tmp_path):
    (tmp_path / "new").mkdir()
    (library / "mediaparser.toml").write_text(f'[serve]\nroots = ["{tmp_path / "new"}"]\n')
    client = make_client(library)
    html = client.get(PAGE).text
    assert str(tmp_path / "new") in html and "not read yet" in html
    below = {"command": "scan", "folder": str(tmp_path / "new" / "2019"), "request_id": "below-a-root"}
    assert client.post(f"{PAGE}/start", below).json()["ok"]


@pytest.mark.parametrize(
    "folder",
    ["/", "/etc", "{photos}/../..", "{photos}-other", "{photos}/../library", "photos", "", "file://{photos}", "{link}", "-rf",
     "{photos}\0", "\0x", "https://evil.example/", "{photos}/../photos/../../../../etc"],
)  # fmt: skip
def test_no_path_can_be_typed_that_is_not_below_a_configured_folder(client, built, tmp_path, folder):
    (tmp_path / "link").symlink_to("/etc")
    text = folder.format(photos=built / "photos", link=tmp_path / "link")
    said = client.post(f"{PAGE}/start", {"command": "scan", "folder": text, "request_id": "any-path"})
    assert said.status_code == 400 and said.json()["error"].endswith(".")
    assert asked_for(client) == []


def test_a_link_below_a_folder_leads_nowhere_else(client, photos, tmp_path):
    (photos / "elsewhere").symlink_to("/etc")
    said = client.post(
        f"{PAGE}/start", {"command": "scan", "folder": str(photos / "elsewhere"), "request_id": "by-a-link"}
    )
    assert said.status_code == 400 and asked_for(client) == []


@pytest.mark.parametrize("command", ["tidy", "inbox", "rm -rf /", "", "webdav"])
def test_nothing_else_can_be_started(looking, command):
    said = looking.post(f"{PAGE}/start", {"command": command, "request_id": "odd-command"})
    assert said.status_code == 400 and looking.rows("select count(*) from requests") == [(0,)]


# -- what becomes of them


def test_pause_go_on_and_cancel_are_wishes_for_the_worker(client, running):
    number = running()
    for want, words in (("pause", "It will pause"), ("run", "It goes on"), ("cancel", "It is being cancelled")):
        said = client.post(f"{PAGE}/want", {"job": number, "want": want})
        assert said.json()["message"].startswith(words)
        assert client.rows("select wanted from jobs where id = ?", number) == [(want,)]


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"job": "1", "want": "pause"}, 409), ({"job": "99", "want": "pause"}, 409), ({"job": "x", "want": "pause"}, 400),
     ({"job": "1", "want": "explode"}, 400), ({"job": "9" * 30, "want": "run"}, 400), ({"want": "run"}, 400)],
)  # fmt: skip
def test_a_job_that_is_over_or_none_is_told_calmly(looking, fields, status):
    assert looking.post(f"{PAGE}/want", fields).status_code == status


def test_one_who_may_look_sees_jobs_and_no_buttons_that_work(client, library, running, log_in):
    number = running()
    guest = log_in(library, "guest", ("look",))
    html = client.get(PAGE, cookies=guest).text
    assert "Reading pictures" in html and "Start something" not in html
    assert client.post(f"{PAGE}/want", {"job": number, "want": "cancel"}, cookies=guest).status_code == 403
    assert client.rows("select wanted from jobs where id = ?", number) == [("run",)]


# -- live


def events(address: str):
    """The jobs stream of a running explorer, one document after the other."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    connection.request("GET", f"{PAGE}/stream")
    answer = connection.getresponse()
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["x-accel-buffering"] == "no" and answer.headers["cache-control"] == "no-store"
    try:
        while line := answer.readline():
            if line.startswith(b"data: "):
                yield json.loads(line[6:])
    finally:
        answer.close()
        connection.close()


def test_progress_rate_time_left_and_errors_come_by_themselves(explorer, library, running):
    number = running(done=100, total=100_000)
    seen, stream = [], events(explorer.address)
    began = time.monotonic()
    with Catalog(library) as catalog:
        for news in stream:
            (job,) = news["live"]
            seen.append(job)
            if job["left"] or time.monotonic() - began > 25:
                break
            with catalog.transaction() as conn:
                conn.execute("update jobs set done = done + 100, failed = 7 where id = ?", (number,))
    stream.close()
    first, last = seen[0], seen[-1]
    assert first["title"] == "Reading pictures" and first["counted"].endswith(" of 100,000")
    assert last["done"] > first["done"] and last["failed"] == "7 errors"
    assert last["rate"].endswith(" a second") and last["left"].startswith("about ")


def test_the_page_follows_a_job_to_its_end(explorer, library, running, open_page):
    number = running(done=10, total=100)
    page = open_page(explorer.address + PAGE)
    card = page.locator("#live .job")
    assert card.locator("[data-about]").inner_text() == "/photos/<b>2019</b>"
    with Catalog(library) as catalog:
        with catalog.transaction() as conn:
            conn.execute("update jobs set done = 60, failed = 1 where id = ?", (number,))
        card.get_by_text("60 of 100").wait_for()
        card.get_by_text("1 error").wait_for()
        card.get_by_role("button", name="Pause").click()
        page.get_by_text("It will pause in a moment.").wait_for()
        assert Queue(catalog).live()[0]["wanted"] == "pause"
        with catalog.transaction() as conn:
            conn.execute("update jobs set state = 'failed', message = '<b>no disk</b>', ended_at = ? where id = ?",
                         ("2026-11-21T00:10:00Z", number))  # fmt: skip
    page.get_by_text("Nothing is under way.").wait_for()
    page.locator("#ended li", has_text="<b>no disk</b>").wait_for()


def test_nobody_else_may_listen(client, library, log_in):
    log_in(library, "anna", ("decide",))
    assert client.get(f"{PAGE}/stream", headers={"accept": "text/event-stream"}).status_code == 401


def test_what_waits_in_the_inbox_is_told_with_its_reason(client, library):
    name = "<img src=x onerror=alert(1)>.jpg"
    path = os.fsencode(library / "inbox" / name)
    with Catalog(library) as catalog, catalog.transaction() as conn:
        columns = {row[1] for row in conn.execute("pragma table_info(waiting)")}
        assert {"path_bytes", "state", "reason"} <= columns
        given = {"path_bytes": path, "path": path.decode(), "size": 5, "mtime_ns": 1, "state": "unfinished", "reason": "it is cut short",
                 "since": "2026-11-21T00:00:00Z", "place": "inbox"}  # fmt: skip
        known = {key: value for key, value in given.items() if key in columns}
        conn.execute(
            f"insert into waiting ({', '.join(known)}) values ({', '.join('?' * len(known))})", tuple(known.values())
        )
    html = client.get(PAGE).text
    assert "it is cut short" in html and "<img src=x" not in html and "Take it anyway" in html
    key = html.split('name="file" value="')[1].split('"')[0]
    assert client.post(f"{PAGE}/take", {"file": key}).json()["ok"]
    assert client.post(f"{PAGE}/take", {"file": "0" * 24}).status_code == 409


@pytest.mark.parametrize(
    ("rate", "left", "words"),
    [
        (None, None, ("", "")), (52.4, 3.0, ("52 a second", "a few seconds left")), (1.0, 61, ("1 a second", "about 60 seconds left")),
        (0.5, 1800, ("30 a minute", "about 30 minutes left")), (0.001, 9000, ("4 an hour", "about 2 hours left")),
        (5.0, 60 * 86400, ("5 a second", "")),
    ],
)  # fmt: skip
def test_rate_and_time_left_are_words(rate, left, words):
    job = {"id": 1, "command": "scan", "arguments": [], "state": "running", "wanted": "run", "done": 5, "total": 10, "failed": 0,
           "doing": "", "message": None, "asked_by": None}  # fmt: skip
    told = job_words.live(job, Pace(rate, left))
    assert (told["rate"], told["left"]) == words
