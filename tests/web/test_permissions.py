"""Who may do what; the databases cannot be written to by anybody."""

from __future__ import annotations

import pytest

ACTORS = {
    "here": None,
    "root": {"id": "root"},
    "decide": {"id": "anna", "roles": ["decide"]},
    "look": {"id": "guest", "roles": ["look"]},
    "nobody": {"id": "somebody else"},
}
WRITES = ["insert-row", "update-row", "delete-row", "alter-table", "drop-table", "create-table", "create-view", "drop-view",
          "execute-write-sql", "set-column-type"]  # fmt: skip


def allowed(client, action, actor, **about):
    from datasette.resources import DatabaseResource, TableResource

    where = None
    if "table" in about:
        where = TableResource(database=about["database"], table=about["table"])
    elif "database" in about:
        where = DatabaseResource(database=about["database"])
    return client.run(client.datasette.allowed(action=action, resource=where, actor=actor))


@pytest.fixture
def started(looking):
    looking.datasette.root_enabled = True  # as with --root
    looking.run(looking.datasette.invoke_startup())
    yield looking
    looking.datasette.root_enabled = False


# trap 4: with --root, Datasette itself would show buttons that insert, edit, delete and drop
@pytest.mark.parametrize("action", WRITES)
def test_nobody_may_write_through_datasette(started, action):
    for actor in ACTORS.values():
        for database, table in (("catalog", "files"), ("catalog", "library"), ("decisions", "decisions")):
            kind = started.datasette.actions[action].resource_class.__name__
            about = {"database": database} | ({"table": table} if kind == "TableResource" else {})
            assert not allowed(started, action, actor, **about), (actor, about)


def test_a_permission_of_the_configuration_does_not_open_them(library, make_client):
    opened = {"permissions": {"insert-row": True}, "tables": {"files": {"permissions": {"drop-table": True}}}}
    client = make_client(library)
    client.datasette.config["databases"] = {"catalog": opened}
    client.run(client.datasette.invoke_startup())
    assert not allowed(client, "insert-row", ACTORS["decide"], database="catalog", table="files")
    assert not allowed(client, "drop-table", ACTORS["decide"], database="catalog", table="files")


REQUESTS = [
    ("/catalog/_files/-/insert", {"row": {"id": 1}}),
    ("/catalog/_files/1/-/update", {"update": {"echo": 1}}),
    ("/catalog/_files/1/-/delete", {}),
    ("/catalog/_files/-/drop", {"confirm": True}),
    ("/catalog/-/create", {"table": "x", "row": {"id": 1}}),
    ("/decisions/decisions/-/insert", {"row": {"id": 1}}),
    ("/decisions/decisions/1/-/delete", {}),
    ("/decisions/-/create", {"table": "x", "row": {"id": 1}}),
]


@pytest.mark.parametrize(("path", "body"), REQUESTS, ids=[path for path, _ in REQUESTS])
def test_the_built_in_writes_are_refused(started, path, body):
    before = started.rows("select count(*), max(id) from files")
    for actor in ({"id": "root"}, ACTORS["decide"]):
        cookies = {"ds_actor": started.datasette.client.actor_cookie(actor)}
        answer = started.request("POST", path, json=body, headers={"origin": "http://localhost"}, cookies=cookies)
        assert answer.status_code == 403, answer.text
    assert started.rows("select count(*), max(id) from files") == before


def test_who_may_not_write_may_still_decide(client, log_in, library, sha):
    cookies = log_in(library)
    origin = {"origin": "http://localhost"}
    refused = client.request("POST", "/catalog/_files/1/-/delete", json={}, headers=origin, cookies=cookies)
    decided = client.post(
        "/-/review/decide", {"verb": "keep", "subject": sha("plain"), "request_id": "may-decide"}, cookies=cookies
    )
    assert (refused.status_code, decided.status_code) == (403, 200)


def test_even_datasettes_own_writing_connection_only_reads(started):
    for database in ("catalog", "decisions"):
        table = "stages" if database == "catalog" else "decisions"
        with pytest.raises(Exception, match="readonly"):
            started.run(started.datasette.get_database(database).execute_write(f"delete from {table}"))


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("decide", {"media-view", "review-decide", "jobs-control"}), ("root", {"media-view", "review-decide", "jobs-control"}),
        ("look", {"media-view"}), ("nobody", set()), ("here", set()),
    ],
)  # fmt: skip
def test_roles(started, who, expected):
    ours = ("media-view", "review-decide", "jobs-control")
    assert {action for action in ours if allowed(started, action, ACTORS[who])} == expected


@pytest.mark.parametrize(
    ("who", "sql", "view"), [("decide", True, True), ("look", False, True), ("nobody", False, False)]
)
def test_questions_in_sql_are_for_those_who_may_decide(started, who, sql, view):
    assert allowed(started, "execute-sql", ACTORS[who], database="catalog") is sql
    assert allowed(started, "view-table", ACTORS[who], database="catalog", table="files") is view


def test_the_person_here_may_ask_in_sql(looking):
    rows = looking.get("/catalog/-/query.json?sql=select+count(*)+as+n+from+assets").json()["rows"]
    assert rows[0]["n"] > 10


def test_a_query_cannot_write_into_what_is_attached(looking):
    for sql in (
        "delete+from+decisions.decisions",
        "insert+into+decisions.decisions+(verb)+values+('x')",
        "drop+table+files",
    ):
        assert looking.get(f"/catalog/-/query.json?sql={sql}").status_code in (400, 403)

    def write(conn):
        conn.execute(
            "insert into decisions.decisions (request_id, verb, subject, actor, at) values ('a', 'b', 'c', 'd', 'e')"
        )

    with pytest.raises(Exception, match="readonly"):
        looking.run(looking.datasette.get_database("catalog").execute_fn(write))
