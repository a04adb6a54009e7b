"""Both databases are open for reading, as they are now; a question in SQL ends in time, in few rows, and writes nothing."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from urllib.parse import quote

import pytest

from mediaparser_core.catalog import Catalog, backups
from mediaparser_core.catalog.explored import Explored, is_catalog

ENDLESS = "with recursive n(x) as (select 1 union all select x + 1 from n) select "


def ask(client, sql, database="catalog", **more):
    return client.get(f"/{database}/-/query.json?sql={quote(sql)}", **more)


# -- what is open ------------------------------------------------------------------------------------------------------


def test_the_decisions_stand_beside_the_catalog_although_nobody_named_them(library, make_datasette):
    client = make_datasette([library / "catalog.db"])
    assert {each["name"] for each in client.get("/-/databases.json").json()["databases"]} == {"catalog", "decisions"}
    assert client.get("/decisions/decisions").status_code == 200
    assert ask(client, "select count(*) as n from decisions.decisions").json()["rows"] == [{"n": 0}]


def test_both_are_open_for_reading_only(looking):
    looking.get("/catalog")
    for name in ("catalog", "decisions"):
        database = looking.datasette.get_database(name)
        assert database.mode == "ro" and database.is_mutable  # not immutable: that would hide what is new in the log
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            looking.run(database.execute_write("create table x (y)"))


def test_only_a_very_large_library_is_counted_less_far(looking, library, make_client, monkeypatch):
    assert looking.get("/catalog/library.json?_extra=count,count_truncated").json()["count_truncated"] is False
    with Catalog(library) as catalog:
        assert Explored(catalog).has_more_than(3) and not Explored(catalog).has_more_than(1000)
    monkeypatch.setattr(Explored, "has_more_than", lambda *_: True)
    client = make_client(library)
    client.get("/catalog")
    assert client.datasette.get_database("catalog").count_limit == 1000
    assert "count_limit" not in vars(looking.datasette.get_database("catalog"))


def test_what_others_commit_shows_on_the_next_page(client, library):
    """Opened as immutable, a database in WAL mode shows an old state for ever."""
    before = client.get("/catalog/heartbeats.json?_shape=array").json()
    with Catalog(library) as catalog:
        for number in range(3):
            catalog.done.beat("worker", "running", f"task {number}", "2026-01-01T00:00:00Z")
            rows = client.get("/catalog/heartbeats.json?_shape=array").json()
            assert len(rows) == len(before) + number + 1


def test_a_library_that_is_put_back_while_it_is_shown_shows_the_old_state(client, library, sha, tmp_path):
    backups.copy_out(library / "decisions.db", tmp_path / "decisions.db")
    client.post(
        "/-/review/decide", {"verb": "tag", "subject": sha("plain"), "value": "Later", "request_id": "to-be-lost"}
    )
    assert len(client.get("/decisions/decisions.json?_shape=array").json()) == 1
    backups.put_back(tmp_path / "decisions.db", library / "decisions.db")  # in place: another file would not be noticed
    assert client.get("/decisions/decisions.json?_shape=array").json() == []
    assert "Later" not in client.get(f"/-/media/picture/{sha('plain')}").text


def test_a_catalog_that_was_replaced_is_opened_anew_by_our_pages(client, library, tmp_path):
    assert client.get("/-/media/gallery").status_code == 200
    with Catalog(tmp_path / "empty"):
        pass
    for name in ("catalog.db", "catalog.db-wal", "catalog.db-shm"):
        (library / name).unlink(missing_ok=True)
    (tmp_path / "empty/catalog.db").rename(library / "catalog.db")
    page = client.get("/-/media/gallery")
    assert page.status_code == 200 and "/-/media/thumb/" not in page.text


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + b"x" * 200, None])
def test_what_is_no_catalog_is_none_and_stays_as_it_is(tmp_path, content):
    path = tmp_path / "other.db"
    if content is not None:
        path.write_bytes(content)
    assert not is_catalog(path)
    assert (path.read_bytes() if path.exists() else None) == content


def test_plain_datasette_without_any_option_is_careful_too(library):
    code = f"""
import asyncio
from datasette.app import Datasette
from mediaparser_core.web import serving

async def main():
    datasette = Datasette([{str(library / "catalog.db")!r}], plugins_dir=str(serving.pages_folder()))
    datasette.root_enabled = True
    cookies = {{"ds_actor": datasette.client.actor_cookie({{"id": "root"}})}}
    origin = {{"origin": "http://localhost"}}
    for path, body in (("/catalog/jobs/-/insert", {{"row": {{"id": 1}}}}), ("/catalog/jobs/-/drop", {{"confirm": True}}),
                       ("/catalog/_files/-/insert", {{"row": {{"id": 1}}}}),
                       ("/decisions/decisions/1/-/delete", {{}}), ("/catalog/-/create", {{"table": "x", "row": {{"a": 1}}}})):
        answer = await datasette.client.post(path, json=body, cookies=cookies, headers=origin)
        assert answer.status_code == 403, (path, answer.status_code)
    assert (await datasette.client.get("/catalog.db")).status_code == 403
    assert (await datasette.client.get("/catalog/library")).headers["cache-control"] == "private, no-store"
    await datasette.invoke_shutdown()

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


# -- questions in SQL --------------------------------------------------------------------------------------------------


@pytest.fixture
def hurried(looking):
    """The same explorer with less patience, for one test: others have questions that take their time."""
    before = looking.datasette.sql_time_limit_ms
    looking.datasette.sql_time_limit_ms = 300
    yield looking
    looking.datasette.sql_time_limit_ms = before


@pytest.mark.parametrize(
    "sql",
    [
        ENDLESS + "count(*) from n",
        ENDLESS + "max(x) from n",
        "select count(*) from assets a, assets b, assets c, assets d, assets e, claims f, claims g",
        "select count(*) from n, claims where raw not like '%a%b%c%d%e%f%'".replace("select", ENDLESS, 1),
    ],
)  # fmt: skip
def test_a_question_without_an_end_is_ended(hurried, sql):
    began = time.monotonic()
    answer = ask(hurried, sql)
    assert answer.status_code == 400 and "limit" in answer.text.lower(), answer.text
    assert time.monotonic() - began < 20  # 0.3 seconds where nobody else works
    assert hurried.get("/catalog/library").status_code == 200


def test_a_table_that_takes_too_long_is_a_calm_page(hurried):
    endless = {"_where": f"({ENDLESS}count(*) from n) > 0", "_size": "1"}
    answer = hurried.get("/catalog/tags", params=endless, headers={"accept": "text/html"})
    assert answer.status_code == 400 and "This question takes too long" in answer.text
    answer = hurried.get("/catalog/tags.json", params=endless)
    assert answer.status_code == 400 and not answer.json()["ok"]


def test_a_question_with_very_many_rows_gives_the_first_thousand(looking):
    answer = ask(looking, ENDLESS + "x from n limit 5000").json()
    assert len(answer["rows"]) == 1000 and answer["truncated"]


@pytest.mark.parametrize(
    "sql", ["select zeroblob(1000000000)", "select hex(zeroblob(900000000))", "select printf('%.*c', 900000000, 'x')",
            "select replace(hex(zeroblob(10000000)), '0', '" + "x" * 1000 + "')", "select group_concat(path, hex(zeroblob(9000000))) from files"]
)  # fmt: skip
def test_a_question_cannot_fill_the_memory(looking, sql):
    for database in ("catalog", "decisions"):
        answer = ask(
            looking,
            sql.replace("files", "sqlite_master").replace("path", "sql") if database == "decisions" else sql,
            database,
        )
        assert answer.status_code == 400 or all(len(str(row)) < 2e7 for row in answer.json()["rows"])


@pytest.mark.parametrize(
    "sql",
    ["delete from files", "update files set name = 'x'", "insert into files (id) values (1)", "drop table files",
     "create table x (y)", "create temp table x as select 1", "attach database '/tmp/x.db' as x", "detach database decisions",
     "pragma writable_schema = on", "pragma query_only = off", "vacuum", "vacuum into '/tmp/x.db'", "reindex", "begin immediate",
     "select load_extension('x')", "select writefile('/tmp/x', 'y')", "select readfile('/etc/passwd')",
     "with x as (select 1) delete from files", "select 1; delete from files", "/* */ delete from files", "-- \ndelete from files",
     "select * from fsdir('/')", "insert into search_fts (search_fts) values ('rebuild')"],
)  # fmt: skip
def test_a_hostile_question_is_refused_and_changes_nothing(looking, sql):
    before = looking.rows("select (select count(*) from files), (select count(*) from sqlite_master)")
    answer = ask(looking, sql)
    assert answer.status_code in (400, 403), answer.text
    assert looking.rows("select (select count(*) from files), (select count(*) from sqlite_master)") == before


@pytest.mark.parametrize(
    "path",
    [
        "/catalog/-/query.json?sql=select+1",
        "/catalog/library.json?_where=1=1",
        "/catalog/library.json?_where=kind='image'",
    ],
)
def test_who_may_only_look_asks_nothing_in_sql(library, make_client, log_in, path):
    cookies = log_in(library, "guest", ("look",))
    client = make_client(library)
    assert client.get(path, cookies=cookies).status_code == 403
    assert client.get("/catalog/same_second.json", cookies=cookies).status_code == 200  # stored ones are for everybody
    assert client.get(path).status_code == 401


@pytest.mark.parametrize("path", ["/catalog.db", "/decisions.db"])
def test_no_database_is_handed_out_whole(looking, path):
    assert looking.get(path).status_code == 403


@pytest.mark.parametrize("size", ["max", "100000", "-1", "x", "1e9"])
def test_a_page_of_a_table_has_an_end(looking, size):
    answer = looking.get(f"/catalog/claims.json?_shape=array&_size={size}")
    assert answer.status_code == 400 or len(answer.json()) <= 1000
