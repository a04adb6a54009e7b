"""One household, two doors: who may come in, what the pages say about what waits, and workers on several machines."""

from __future__ import annotations

import base64
import http.client
import importlib.util
import json
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

import pytest

from mediaparser_core.catalog import Catalog
from mediaparser_core.service.queue import Line, ask
from mediaparser_core.service.worker import Worker

from ..conftest import patience
from .conftest import Silence, below, exports, rows, small_disk, until

PASSWORD = "correct horse battery"
ENV = {
    "MEDIAPARSER_INBOX_FREE_GB": "0",
    "MEDIAPARSER_INBOX_ENABLED": "true",
    "MEDIAPARSER_WATCH_STABLE_SECONDS": "0.6",
    "MEDIAPARSER_WATCH_RESCAN_SECONDS": "0.6",
}


def ask_for(address: str, method: str, path: str, user: str = "", password: str = PASSWORD, body=None, **headers):
    """Status, headers and body of one request."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    if user:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


@pytest.fixture
def household(library, start, program):
    """A served library with two users: anna may do everything, guest may look."""
    add = ("user", "add", "--password-stdin")
    program(*add, "anna", "--role", "decide", "--role", "drop", input=f"{PASSWORD}\n")
    program(*add, "guest", input=f"{PASSWORD}\n")
    running = start("serve", "--port", "0", "--drive-port", "0", env=ENV, lines=7)
    told = "".join(running.said)
    running.pictures = re.search(r"Pictures +(\S+)", told)[1].rstrip("/")
    running.drive = re.search(r"Drive +(\S+)", told)[1].rstrip("/")
    return running


def log_in(household, name: str, password: str = PASSWORD) -> tuple[int, str]:
    """The login page's answer and the session's cookie."""
    form = urlencode({"name": name, "password": password, "back": "/"})
    status, headers, _ = ask_for(
        household.pictures, "POST", "/-/login", body=form, Origin=household.pictures,
        **{"Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    return status, headers.get("set-cookie", "").partition(";")[0]


def test_one_login_opens_pages_and_drive_and_roles_hold_at_both(household, program):
    assert ask_for(household.pictures, "GET", "/-/status.json")[0] == 401
    assert ask_for(household.drive, "PROPFIND", "/export/", Depth="1")[0] == 401
    cookies = {name: log_in(household, name)[1] for name in ("anna", "guest")}
    assert log_in(household, "anna", "wrong horse battery")[0] == 401
    for name in cookies:
        assert ask_for(household.pictures, "GET", "/-/status", Cookie=cookies[name])[0] == 200
        assert ask_for(household.drive, "PROPFIND", "/export/", name, Depth="1")[0] == 207
        assert ask_for(household.drive, "PROPFIND", "/export/", name, "wrong horse battery", Depth="1")[0] == 401
        document = json.loads(
            ask_for(household.pictures, "GET", "/-/status.json", name)[2]
        )  # a dashboard, see homepage.md
        assert {"state", "pictures", "to_review", "notes"} <= set(document)
    assert ask_for(household.drive, "PUT", "/inbox/a.txt", "anna", body=b"x")[0] == 201
    assert ask_for(household.drive, "PUT", "/inbox/b.txt", "guest", body=b"x")[0] == 403
    drop, origin = "/-/drop/file?path=c.txt&size=1&modified=0", {"Origin": household.pictures}
    assert ask_for(household.pictures, "POST", drop, body=b"x", Cookie=cookies["anna"], **origin)[0] == 200
    assert ask_for(household.pictures, "POST", drop, body=b"x", Cookie=cookies["guest"], **origin)[0] == 403
    program("user", "remove", "guest")
    assert ask_for(household.pictures, "GET", "/-/status", Cookie=cookies["guest"])[0] == 401
    assert ask_for(household.drive, "PROPFIND", "/export/", "guest", Depth="1")[0] == 401


def test_guessing_is_slowed_down_at_both_doors(household):
    def guess(door):
        for number in range(20):
            status = door(f"guess number {number}")
            if status == 429:
                return number
        return None

    assert guess(lambda word: log_in(household, "anna", word)[0]) is not None
    assert log_in(household, "anna")[0] == 429  # also for the right one, until the time is over
    assert guess(lambda word: ask_for(household.drive, "OPTIONS", "/", "anna", word)[0]) is not None


def test_what_waits_and_why_is_on_the_page_and_in_the_status(library, household, make_picture, tmp_path):
    whole = make_picture(tmp_path / "a.jpg").read_bytes()
    (library / "inbox" / "half <b>.jpg").write_bytes(whole[:9000])
    (library / "inbox" / "film.mp4.part").write_bytes(b"downloading")
    until(lambda: rows(library, "select count(*) from waiting where state = 'unfinished'") == [(2,)])
    _, cookie = log_in(household, "anna")
    page = ask_for(household.pictures, "GET", "/-/jobs", Cookie=cookie)[2].decode()
    assert "half &lt;b&gt;.jpg" in page and "the picture is cut off before its end" in page and "film.mp4.part" in page
    assert json.loads(ask_for(household.pictures, "GET", "/-/status.json", "anna")[2])["inbox"]["waiting"] == 2
    until(
        lambda: (
            rows(library, "select task from heartbeats where service = 'watcher' order by id desc limit 1")
            == [("2 files wait",)]
        )
    )
    with open(library / "inbox" / "half <b>.jpg", "ab") as file:
        file.write(whole[9000:])
    until(lambda: rows(library, "select count(*) from waiting where state = 'unfinished'") == [(1,)])


def test_the_time_from_drop_to_dated_export(library, household, make_picture, tmp_path):
    """Over the drive, as a phone does it; half a minute is the limit, with five seconds of holding still by default."""
    data = make_picture(tmp_path / "a.jpg", seed=3).read_bytes()
    began = time.monotonic()
    assert ask_for(household.drive, "PUT", "/inbox/IMG_20190504_120003.jpg", "anna", body=data)[0] == 201
    until(lambda: "2019/20190504_120003.jpg" in exports(library))
    assert time.monotonic() - began < patience(30)


def test_an_upload_to_a_full_disk_leaves_nothing_and_room_is_used_again(library, start, program, tmp_path):
    program("user", "add", "anna", "--role", "drop", "--password-stdin", input=f"{PASSWORD}\n")
    with small_disk(tmp_path / "small", "2m") as small:
        env = ENV | {"MEDIAPARSER_INBOX_PATH": str(small / "inbox")}
        drive = start("webdav", "--port", "0", env=env).said[0].strip().rstrip("/")
        assert ask_for(drive, "PUT", "/inbox/large.mov", "anna", body=b"x" * 3_000_000)[0] == 507
        assert ask_for(drive, "PUT", "/inbox/one.mov", "anna", body=b"x" * 1_500_000)[0] == 201
        assert ask_for(drive, "PUT", "/inbox/two.mov", "anna", body=b"x" * 1_500_000)[0] == 507
        assert set(below(small / "inbox")) == {"one.mov"}
        (small / "inbox" / "one.mov").unlink()
        until(lambda: ask_for(drive, "PUT", "/inbox/two.mov", "anna", body=b"x" * 1_500_000)[0] == 201)


# -- the worker: too many failures, and a line in Redis


def test_a_job_in_which_too_much_fails_halts_and_is_not_tried_again(library, chosen, make_picture, tmp_path):
    """A dying disk: every second file costs its reader the life."""
    for number in range(40):
        make_picture(tmp_path / "dying disk" / f"{number:02}.jpg", seed=number, size=(120, 90))
    script = (
        "import sys; from mediaparser_core import pool; from mediaparser_core.service import carrying; run = pool.run; "
        "pool.run = lambda *a, **k: ((e, OSError('Input/output error') if n % 2 else r) for n, (e, r) in enumerate(run(*a, **k))); "
        "sys.exit(carrying.main())"
    )

    def start(number):
        arguments = [sys.executable, "-c", script, str(library), str(number)]
        return subprocess.Popen(arguments, stdin=subprocess.PIPE, stderr=subprocess.PIPE)

    line = Line(chosen)
    with Catalog(library) as catalog:
        number, _ = ask(catalog, line, "run", [str(tmp_path / "dying disk")], by="anna")
    with Worker(chosen, Silence(), start=start, delays=(0.1,)):
        until(
            lambda: rows(library, "select state, open from jobs join requests on job = id") == [("failed", 0)],
            why=lambda: rows(library, "select * from jobs"),
        )
    line.close()
    ((message, tries),) = rows(
        library, "select message, tries from jobs join requests on job = id where id = ?", number
    )
    assert "more than the error limit of 10%" in message and tries == 0
    read = rows(library, "select count(*) from files where sha256 is not null")[0][0]
    assert 0 < read < 40 and not (library / "export").exists()  # what was read is kept, and nothing is made of it yet


@contextmanager
def redis_server(folder):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", folder]
    process = subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL)
    try:

        def answers():
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return True
            return False

        until(answers, 20)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(
    not shutil.which("redis-server") or importlib.util.find_spec("redis") is None, reason="there is no Redis here"
)
def test_two_workers_share_a_line_in_redis(library, chosen, make_picture, tmp_path):
    for number in range(3):
        make_picture(tmp_path / f"{number}" / f"IMG_2019050{number + 1}_120003.jpg", seed=number)
    with redis_server(tmp_path) as address:
        shared = replace(chosen, worker=replace(chosen.worker, redis=address))
        line = Line(shared)
        with Worker(shared, Silence()), Worker(shared, Silence()), Catalog(library) as catalog:
            for number in range(3):
                ask(catalog, line, "run", [str(tmp_path / str(number))], by="anna")
            until(lambda: rows(library, "select state from jobs") == [("done",)] * 3, 60)
        line.close()
    assert not (library / "queue.db").exists() and len(list((library / "export").rglob("*.jpg"))) == 3
