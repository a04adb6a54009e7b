"""Whatever is not there, broken or busy is told calmly, and never with a 500 or a traceback."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest

NOWHERE = "0" * 64


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nowhere", 404, "There is nothing at this address"),
        ("/-/media/nowhere", 404, "There is nothing at this address"),
        ("/catalog/no_such_table", 404, "There is nothing at this address"),
        ("/catalog/library/no-such-row", 404, "There is nothing at this address"),
        (f"/-/media/picture/{NOWHERE}", 404, "There is no such picture"),
        (f"/-/review/groups?of={NOWHERE}", 404, "grouped anew"),
        ("/-/review/groups?kind=no-such-kind", 404, "no groups of the kind"),
        (f"/-/review/dates?of={NOWHERE}", 404, "answered meanwhile"),
        ("/-/review/dates?again=99999", 404, "no answer number 99999"),
        ("/catalog/library?_sort=nowhere", 400, "Cannot sort"),
        ("/-/jobs/part?name=nowhere", 404, "There is no such part"),
    ],
)
def test_what_is_not_there_is_a_page_in_our_look(looking, capfd, path, status, words):
    answer = looking.get(path, headers={"accept": "text/html"})
    assert answer.status_code == status
    assert words in answer.text and 'class="top"' in answer.text
    assert "script-src 'self';" in answer.headers["content-security-policy"] + ";"
    assert "Traceback" not in answer.text + "".join(capfd.readouterr())


@pytest.mark.parametrize(
    "path", ["/nowhere.json", "/catalog/no_such_table.json", "/catalog/library.json?_sort=nowhere"]
)
def test_scripts_get_json(looking, path):
    answer = looking.get(path)
    assert answer.status_code in (400, 404)
    said = answer.json()
    assert said["ok"] is False and said["error"] and said["status"] == answer.status_code


def test_a_failure_of_ours_is_logged_and_told_without_its_words(client, caplog):
    from datasette import hookimpl

    class Failing:
        @hookimpl
        def register_routes(self):
            async def view():
                raise RuntimeError("the password is sesame")

            return [(r"^/failing$", view)]

    plugin = Failing()
    client.datasette.pm.register(plugin)
    try:
        answer = client.get("/failing", headers={"accept": "text/html"})
    finally:
        client.datasette.pm.unregister(plugin)
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text and "sesame" not in answer.text
    assert "GET /failing failed" in caplog.text and "sesame" in caplog.text


def test_an_original_that_is_gone_is_a_sentence_and_its_pages_stay(client, photos, library, names, sha):
    (photos / names["plain"]).unlink()
    for copy in photos.glob("Duplicates/*"):
        copy.unlink()
    assert (
        client.get(f"/-/media/original/{sha('plain')}").status_code == 200
    )  # the copy in the export has the same bytes
    shutil.rmtree(library / "export")
    missing = client.get(f"/-/media/original/{sha('plain')}")
    assert missing.status_code == 404 and "not where it was" in missing.text
    assert client.get(f"/-/media/picture/{sha('plain')}").status_code == 200
    assert client.get(f"/-/media/thumb/{sha('plain')}").headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize("damage", ["gone", "empty", "cut", "text", "folder"])
def test_a_broken_thumbnail_is_a_calm_picture(client, library, sha, damage):
    thumb = next(path for path in (library / "cache").rglob(f"{sha('plain')}*"))
    whole = thumb.read_bytes()
    thumb.unlink()
    if damage == "folder":
        thumb.mkdir()
    elif damage != "gone":
        thumb.write_bytes(
            {"empty": b"", "cut": whole[: len(whole) // 2], "text": b"<script>alert(1)</script>" * 20}[damage]
        )
    answer = client.get(f"/-/media/thumb/{sha('plain')}")
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "no-store" and "sandbox" in answer.headers["content-security-policy"]
    assert client.get(f"/-/media/preview/{sha('plain')}").status_code == 200
    assert client.get("/-/media/gallery").status_code == 200


def test_a_page_that_is_not_so_any_more_changes_nothing(client, sha):
    old = {"verb": "discard", "subject": sha("plain"), "stamp": "an old page's", "request_id": "stale-page"}
    said = client.post("/-/review/decide", old)
    assert said.status_code == 409 and said.json()["stale"] is True
    page = client.post("/-/review/decide", {**old, "request_id": "stale-form"}, json=False)
    assert page.status_code == 409 and "Load this page again" in page.text
    assert client.rows("select count(*) from decisions", database="decisions.db") == [(0,)]


def test_a_busy_database_is_waited_for_and_then_said_to_be_busy(client, library, sha, monkeypatch):
    from mediaparser_core.catalog import store

    monkeypatch.setattr(store, "BUSY_MS", 200)
    fields = {"verb": "discard", "subject": sha("plain"), "request_id": "busy-page"}
    with closing(sqlite3.connect(library / "decisions.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        page = client.post("/-/review/decide", fields, json=False)
        assert page.status_code == 503 and "Not saved" in page.text and "Load this page again" in page.text
        assert client.get("/").status_code == 200  # reading waits for nobody
        other.execute("rollback")
    assert client.post("/-/review/decide", fields).json()["new"] is True
