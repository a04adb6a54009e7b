"""Traps of the platform, each with its number in our notes on Datasette, so that none is walked into again.

4 (built-in writes) is in test_permissions.py, 9 (restore under a running server) in tests/service/test_backups.py and in
test_databases.py, 10 (Host) in test_guard.py and tests/dav/test_guard.py, 26 (strict policy in a real browser) in
conftest.py, whose ``open_page`` fails each test that uses it on a console error, a dialog or an off-site request.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ..conftest import patience

ROOT = Path(__file__).resolve().parents[2]
LARGE = {"assets", "files", "claims", "dates", "timeline", "timeline_tags", "receipts", "tags", "found_tags", "search",
         "standings", "fingerprints", "map_spots", "places"}  # fmt: skip


# 1
def test_the_search_index_is_one_that_datasette_finds(looking):
    """An FTS table whose content is named with single quotes is overlooked: no search box, and every row is a hit."""
    assert looking.get("/catalog/search.json?_search=zzznone&_shape=array").json() == []
    assert looking.get("/catalog/search.json?_search=IMG_20190611&_shape=array").json()
    assert 'type="search"' in looking.get("/catalog/search").text


# 2


@pytest.fixture(scope="module")
def household(tmp_path_factory):
    """A catalog of 4,000 pictures that do not exist, its statistics gathered: they change SQLite's plans."""
    library = tmp_path_factory.mktemp("household") / "library"
    subprocess.run(
        [sys.executable, str(ROOT / "benchmarks/synthetic_catalog.py"), str(library), "--assets", "4000"],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    with closing(sqlite3.connect(library / "catalog.db")) as conn:
        conn.execute("analyze")
    return library


@pytest.fixture
def questions(household, make_client):
    """``questions(path)``: every question the page *path* asks the catalog."""
    from mediaparser_core.web import explorer_of
    from mediaparser_core.web.pool import Pool

    client, said = make_client(household), []
    client.get("/-/static/app.css")
    explorer = explorer_of(client.datasette)
    explorer.readers.close()
    explorer.readers = Pool(household, 1, writable=False)  # one thread: what it is asked is all that is asked
    client.run(explorer.look(lambda catalog: catalog.db.conn.set_trace_callback(said.append)))

    def ask(path):
        said.clear()
        assert client.get(path).status_code == 200, path
        return [sql for sql in said if sql.lower().lstrip().startswith(("select", "with"))]

    return ask


ALIAS = re.compile(
    r"\b(?:from|join)\s+(\w+)(?:\s+as)?(?:\s+(?!on\b|where\b|join\b|left\b|cross\b|not\b|order\b|group\b)(\w+))?", re.I
)


def scanned(conn, sql):
    """Large tables that SQLite would read from end to end for *sql*."""
    views = " ".join(text for (text,) in conn.execute("select sql from sqlite_master where type = 'view'"))
    own, of_views = ({alias or table: table for table, alias in ALIAS.findall(text)} for text in (sql, views))
    whole, parts = set(), re.findall(r"\)\s+(\w+)", sql)  # what is asked of a question in brackets is no table
    for *_, step in conn.execute(f"explain query plan {sql}"):
        found = re.match(r"SCAN (\w+)(?! VIRTUAL)(?!.*(?:dates_review|troubles_file))", step)
        if found:
            whole.add(own.get(found[1]) or of_views.get(found[1]) or found[1] if found[1] not in parts else "")
    return whole & LARGE


@pytest.mark.parametrize(
    "path",
    ["/-/media/gallery", "/-/media/gallery?at=2015-05", "/-/media/gallery?kind=image&make=Apple&level=low",
     "/-/media/gallery?tag=Beach+1", "/-/media/picture/SHA", "/-/review", "/-/review/dates", "/-/review/groups",
     "/-/review/tags", "/-/review/clocks", "/-/review/decisions", "/-/media/map", "/-/jobs",
     "/-/media/map.json?level=4&bounds=-180,-80,180,80"],
)  # fmt: skip
def test_no_page_reads_a_large_table_from_end_to_end(household, questions, path):
    with closing(sqlite3.connect(f"file:{household / 'catalog.db'}?mode=ro", uri=True)) as conn:
        conn.execute("attach ? as decided", (f"file:{household / 'decisions.db'}?mode=ro",))
        (sha,) = conn.execute("select sha256 from timeline where id = 2000").fetchone()
        asked = questions(path.replace("SHA", sha))
        assert asked
        for sql in asked:
            assert scanned(conn, sql) == set(), sql


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        ("select * from claims where sha256 = ?", "_claims USING PRIMARY KEY (content=?)"),
        ("select * from dates order by taken_at desc limit 50", "dates_taken_at"),
        ("select sha256 from dates where needs_review = 1 order by confidence limit 50", "dates_review"),
        ("select * from timeline where tally = 1", "timeline_tally"),
        ("select * from files where sha256 = ?", "files_sha256_state"),
        ("select * from receipts where sha256 = ? and withdrawn_at is null", "receipts_sha256"),
        ("select count(*) from files where state = 'troubled'", "files_state"),
        ("select * from tags where tag = ?", "tags_tag"),
    ],
)
def test_the_index_is_taken_also_once_statistics_were_gathered(household, sql, index):
    with closing(sqlite3.connect(f"file:{household / 'catalog.db'}?mode=ro", uri=True)) as conn:
        values = ("x",) * sql.count("?")
        assert any(index in step for *_, step in conn.execute(f"explain query plan {sql}", values))


# 3
def test_every_foreign_key_has_an_index(built):
    """A row page counts what refers to the row: without an index, it reads whole tables for that."""
    for name in ("catalog.db", "decisions.db"):
        with closing(sqlite3.connect(f"file:{built / 'library' / name}?mode=ro", uri=True)) as conn:
            for (table,) in conn.execute("select name from sqlite_master where type = 'table'").fetchall():
                indexed = {conn.execute(f'pragma index_info("{row[1]}")').fetchone()[2]
                           for row in conn.execute(f'pragma index_list("{table}")')}  # fmt: skip
                key = [row[1] for row in conn.execute(f'pragma table_info("{table}")') if row[5] == 1]
                for row in conn.execute(f'pragma foreign_key_list("{table}")'):
                    assert row[3] in indexed | set(key), f"{table}.{row[3]}"


# 5
def addresses(client, sha):
    """An address for each route of ours."""
    found = set()
    for routes in client.datasette.pm.hook.register_routes(datasette=client.datasette):
        for pattern, _ in routes:
            path = re.sub(
                r"\(\?P<(\w+)>(?:[^()\\]|\\.)*\)", lambda part: sha if part[1] == "sha" else "1", pattern.strip("^$")
            )
            path = re.sub(r"/\?$|\\(?=\.)", "", path)
            if "static" not in path and not path.startswith(("/-/login", "/-/logout")):
                found.add(path)
    return sorted(found)


def test_looking_writes_nothing(client, sha, library):
    paths = addresses(client, sha("plain"))
    assert {"/", "/-/review/decide", "/-/review/dates", f"/-/media/original/{sha('plain')}", "/-/status"} <= set(paths)
    with contextlib.ExitStack() as stack:
        watching = [
            stack.enter_context(closing(sqlite3.connect(library / name))) for name in ("catalog.db", "decisions.db")
        ]
        before = [conn.execute("pragma data_version").fetchone() for conn in watching]
        for path in paths:
            if path.endswith("/stream"):
                continue  # it does not end; what it asks is what the page of jobs asks
            for method in ("GET", "HEAD", "OPTIONS"):
                assert client.request(method, path).status_code in (200, 303, 400, 403, 404, 405), (method, path)
        assert [conn.execute("pragma data_version").fetchone() for conn in watching] == before


@pytest.mark.parametrize("path", ["/-/review/decide", "/-/review/undo", "/-/jobs/start", "/-/jobs/want", "/-/logout"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_what_changes_something_is_asked_by_post_alone(looking, path, method):
    answer = looking.request(method, path, headers={"origin": "http://localhost"})
    assert answer.status_code == 405


# 6
def test_the_same_request_twice_is_one_decision(client, sha):
    fields = {"verb": "discard", "subject": sha("plain"), "request_id": "pressed-twice"}
    answers = [client.post("/-/review/decide", fields).json() for _ in range(2)]
    assert [answer["new"] for answer in answers] == [True, False]
    assert answers[0]["decision"] == answers[1]["decision"]
    assert client.rows("select count(*) from decisions", database="decisions.db") == [(1,)]


def test_the_same_request_from_many_windows_is_one_decision(client, sha):
    fields = {"verb": "keep", "subject": sha("plain"), "request_id": "pressed-often"}
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(client.post("/-/review/decide", fields))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len({answer.json()["decision"] for answer in answers}) == 1
    assert client.rows("select count(*) from decisions", database="decisions.db") == [(1,)]


# 7
def test_a_decision_does_not_wait_for_whoever_writes_to_the_catalog(client, library, sha):
    with closing(sqlite3.connect(library / "catalog.db", isolation_level=None)) as writer:
        writer.execute("begin immediate")
        writer.execute("update files set reason = 'held'")
        answer = client.post(
            "/-/review/decide", {"verb": "discard", "subject": sha("plain"), "request_id": "while-locked"}
        )
        assert answer.status_code == 200, answer.text
        assert writer.in_transaction  # it was answered while the catalog was held
        assert client.rows("select verb from decisions", database="decisions.db") == [("discard",)]
        writer.execute("rollback")


# 8
def test_what_is_attached_cannot_be_written_to(looking):
    """Attached without mode=ro, a database can be written to, even on a connection that only reads."""
    looking.get("/catalog")

    def write(conn):
        names = [name for _, name, _ in conn.execute("pragma database_list")]
        assert "decisions" in names
        conn.execute(
            "insert into decisions.decisions (request_id, verb, subject, actor, at) values ('a', 'b', 'c', 'd', 'e')"
        )

    with pytest.raises(Exception, match="readonly"):
        looking.run(looking.datasette.get_database("catalog").execute_fn(write))
    assert looking.rows("select count(*) from decisions", database="decisions.db") == [(0,)]


# 11
def test_no_script_reads_a_cookie_and_no_other_site_sends_it(library, make_client):
    from mediaparser_core.web.sessions import Sessions

    Sessions(library).accounts.add("anna", "correct horse", ("decide",))
    client = make_client(library)
    answer = client.post("/-/login", {"name": "anna", "password": "correct horse", "back": "/"}, json=False)
    cookie = answer.headers["set-cookie"].lower()
    assert answer.status_code == 303 and "httponly" in cookie and "samesite=strict" in cookie


def test_nothing_that_came_from_outside_runs_in_our_name(looking, name_of):
    for kind in ("thumb", "preview", "original"):
        policy = looking.get(f"/-/media/{kind}/{name_of('plain')}").headers["content-security-policy"]
        assert policy.startswith("sandbox;") and "default-src 'none'" in policy and "allow-" not in policy


# 12
def test_an_open_stream_and_a_slow_download_hold_up_no_end(library, explorer, sha):
    netloc = urlsplit(explorer.address).netloc
    stream = http.client.HTTPConnection(netloc, timeout=30)
    stream.request("GET", "/-/jobs/stream")
    assert stream.getresponse().readline() == b"retry: 2000\n"
    host, port = netloc.split(":")
    slow = socket.create_connection((host, int(port)))
    slow.sendall(f"GET /-/media/original/{sha('best of group')} HTTP/1.1\r\nHost: {netloc}\r\n\r\n".encode())
    slow.recv(100)
    try:
        code, seconds = explorer.stop()
    finally:
        stream.close()
        slow.close()
    assert code == 0 and seconds < patience(4), explorer.said
    assert not list(library.glob("*-wal"))


# 13


@pytest.fixture
def behind_proxy(built, make_client):
    """``get(path)`` as through a proxy that serves us below /photos/ and takes that away before it asks us."""
    client = make_client(built / "library", settings={"base_url": "/photos/"})

    def get(path):
        assert path.startswith("/photos/") and not path.startswith("/photos/photos/"), path
        return client.request("GET", path.removeprefix("/photos"), follow_redirects=False, avoid_path_rewrites=True)

    return get


def test_no_link_leaves_the_folder_a_proxy_serves_us_under(behind_proxy, name_of):
    sha, seen = name_of("plain"), set()
    for page in ("catalog", "catalog/library", "catalog/library?kind=image", "catalog/files", f"catalog/assets/{sha}",
                 "catalog/claims?_size=5", "catalog/same_second", "catalog/search?_search=IMG", "decisions/decisions"):  # fmt: skip
        answer = behind_proxy(f"/photos/{page}")
        assert answer.status_code == 200, page
        links = re.findall(r'(?:href|src|action)="([^"#]+)', answer.text)
        assert links
        for link in links:
            link = link.replace("&amp;", "&").removeprefix("http://localhost")
            if link.startswith(("http:", "https:", "data:", "?")) or link in seen:
                continue
            seen.add(link)
            assert link.startswith("/photos/"), (page, link)
            if len(seen) % 5 == 0 or "/-/media/" in link:  # all of them would take a minute
                assert behind_proxy(link).status_code in (200, 302, 303, 403, 405), (page, link)


def test_our_own_pages_stay_in_that_folder_too(behind_proxy, name_of):
    for page in ("", "-/media/gallery", f"-/media/picture/{name_of('plain')}", "-/review", "-/review/dates", "-/review/groups",
                 "-/review/tags", "-/review/decisions", "-/jobs", "-/status", "-/media/map"):  # fmt: skip
        answer = behind_proxy(f"/photos/{page}")
        assert answer.status_code == 200, page
        for link in re.findall(r'(?:href|src|action|data-[a-z]+)="(/[^"#]*)', answer.text):
            assert link.startswith("/photos/"), (page, link)


# 14
def test_somebody_elses_datasette_gets_nothing_of_ours(tmp_path, make_datasette):
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as conn:
        conn.execute("create table notes (id integer primary key, sha256 text)")
        conn.execute("insert into notes (sha256) values (?)", ("a" * 64,))
        conn.commit()
    client = make_datasette([other])
    routes = client.datasette.pm.hook.register_routes(datasette=client.datasette)
    assert not [pattern for each in routes for pattern, _ in each if "media" in pattern or "review" in pattern]
    page = client.get("/other/notes")
    assert page.status_code == 200 and "mp-cell" not in page.text and "mediaparser" not in page.text.lower()
    assert client.get("/other/notes", headers={"host": "evil.example"}).status_code == 200
    assert "mediaparser-keep" not in page.headers and "x-frame-options" not in page.headers
    actions = client.get("/-/actions.json")
    assert "review-decide" not in actions.text
    assert client.get("/other/-/query.json?sql=select+1").status_code == 200


# 15
def test_a_decision_shows_on_the_very_next_page(client, sha):
    address = f"/-/media/picture/{sha('plain')}"
    assert "no-store" in client.get(address).headers["cache-control"]
    for path in (
        "/",
        "/-/media/gallery",
        "/-/review",
        "/catalog/library",
        "/catalog/library.json",
        "/catalog/same_second",
    ):
        assert "max-age" not in client.get(path).headers["cache-control"].replace("max-age=0", ""), path
    client.post(
        "/-/review/decide",
        {"verb": "tag", "subject": sha("plain"), "value": "Seen at once", "request_id": "shows-at-once"},
    )
    assert "Seen at once" in client.get(address).text


# 27
def test_a_plugin_of_one_test_is_gone_in_the_next(looking):
    """Plugins are those of the whole process: whoever registers one takes it away again, and ours are there once."""
    names = [name for name, _ in looking.datasette.pm.list_name_plugin()]
    ours = sorted(path.name for path in (ROOT / "datasette_plugins").glob("*.py"))
    assert sorted(name for name in names if name in ours) == ours
    assert len(names) == len(set(names))
    assert not [name for name in names if "tests" in name or "Setting" in str(name)]


def test_pages_come_within_a_strict_policy_in_a_real_browser(shown, open_page, name_of):
    # 26: no evaluated text, no inline script, nothing from outside, on every page; open_page complains of each
    for path in ("/", "/-/media/gallery", f"/-/media/picture/{name_of('markup')}", "/-/review", "/-/review/dates",
                 "/-/review/groups", "/-/review/tags", "/-/review/decisions", "/-/jobs", "/-/status", "/-/media/map",
                 "/catalog", "/catalog/library", f"/catalog/assets/{name_of('markup')}"):  # fmt: skip
        page = open_page(shown.address + path)
        page.wait_for_load_state("load")
        page.context.close()
