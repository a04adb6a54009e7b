"""Datasette's own pages over our tables: pictures in cells, ways back to the pages for people, facets, search."""

from __future__ import annotations

import itertools
import json
import re
import sqlite3
from contextlib import closing
from urllib.parse import quote

import pytest

from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.narrowing import Narrowing


def html(client, path, **more):
    answer = client.get(path, **more)
    assert answer.status_code == 200, (path, answer.text[:300])
    return answer.text


# -- cells -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/catalog/assets", "/catalog/library", "/catalog/dates", "/catalog/claims", "/catalog/files?kind=image", "/catalog/tags",
     "/catalog/search", "/catalog/groups", "/catalog/members", "/catalog/receipts", "/catalog/same_second",
     "/catalog/biggest_duplicates"],
)  # fmt: skip
def test_a_hash_is_shown_as_its_picture(looking, path):
    page = html(looking, path)
    cells = re.findall(r'<a class="mp-cell" href="/-/media/picture/([0-9a-f]{64})"><img src="/-/media/thumb/\1"', page)
    assert cells
    assert set(cells) <= {sha for (sha,) in looking.rows("select sha256 from assets")}
    assert page.count('loading="lazy"') >= len(cells)


def test_what_is_no_picture_is_not_shown_as_one(looking):
    other = looking.rows("select sha256 from files where kind is null and sha256 is not null")[0][0]
    page = html(looking, f"/catalog/files?sha256={other}")
    assert other in page and "mp-cell" not in page
    assert "mp-cell" not in html(looking, "/catalog/own_copies")


def test_a_decision_shows_its_pictures_but_not_a_thousand(client, sha):
    subject = [sha("undated", number) for number in range(1, 6)] + [sha("plain")]
    client.post("/-/review/decide", {"verb": "tag", "subject": subject, "value": "Lake", "request_id": "six-of-them"})
    page = html(client, "/decisions/decisions")
    assert page.count("mp-cell") == 4 and "and 2 more" in page


@pytest.mark.parametrize("subject", ["[]", "[1]", "x", '["camera:Canon"]', "[" * 3000, '{"a": 1}', "null"])
def test_a_subject_that_is_not_about_pictures_stays_text(client, library, subject):
    with closing(sqlite3.connect(library / "decisions.db")) as conn:
        conn.execute(
            "insert into decisions (request_id, verb, subject, actor, at) values ('x', 'shift', ?, 'a', '2026')",
            (subject,),
        )
        conn.commit()
    assert "mp-cell" not in html(client, "/decisions/decisions")


def test_levels_are_words(looking):
    page = html(looking, "/catalog/dates")
    assert '<span class="mp-chip high">' in page


def test_markup_in_names_cameras_and_tags_stays_text(client, sha):
    hostile = "<script>alert(3)</script>"
    client.post(
        "/-/review/decide", {"verb": "tag", "subject": sha("markup"), "value": hostile, "request_id": "hostile-tag"}
    )
    for path in ("/catalog/files", "/catalog/library", "/catalog/search", "/catalog/assets", "/catalog/cameras_by_year",
                 "/decisions/decisions", "/catalog/troubles_by_reason", "/catalog/folders", f"/catalog/assets/{sha('markup')}"):  # fmt: skip
        page = html(client, path)
        assert "<img src=x" not in page and "<script>alert" not in page, path


# -- ways to the pages for people --------------------------------------------------------------------------------------


def test_a_row_leads_to_its_picture_its_explanation_and_a_decision(looking, name_of):
    page, picture = html(looking, f"/catalog/assets/{name_of('plain')}"), f"/-/media/picture/{name_of('plain')}"
    for href, label in ((picture, "See the picture"), (f"{picture}#how", "Explain"), (f"{picture}#when", "Decide")):
        assert re.search(rf'href="{re.escape(href)}"[^>]*>\s*{label}', page), label
    shown = html(looking, picture)
    assert 'id="how"' in shown and 'id="when"' in shown
    assert f"/catalog/claims?sha256={name_of('plain')}" in page


def test_a_group_leads_to_its_review(looking):
    (group, keeper), *_ = looking.rows("select group_id, keeper from groups")
    page = html(looking, f"/catalog/groups/{group}")
    assert f'href="/-/review/groups?of={keeper}"' in page and "Review the group" in page
    assert looking.get(f"/-/review/groups?of={keeper}").status_code == 200


def test_who_may_not_decide_is_not_led_there(library, make_client, log_in, sha):
    cookies = log_in(library, "guest", ("look",))
    page = html(make_client(library), f"/catalog/assets/{sha('plain')}", cookies=cookies)
    assert "Explain" in page and "#when" not in page


def test_a_row_about_no_picture_leads_nowhere(looking):
    other = looking.rows("select id from files where kind is null")[0][0]
    assert "See the picture" not in html(looking, f"/catalog/files/{other}")
    assert "See the picture" not in html(looking, "/catalog/jobs/1")


def test_the_database_page_says_where_to_start(looking):
    page = html(looking, "/catalog")
    for path in ("/catalog/library", "/catalog/search", "/catalog/claims", "/catalog/ledger", "/catalog/-/queries"):
        assert f'href="{path}"' in page
        assert looking.get(path).status_code == 200


def test_a_filtered_table_opens_as_pictures(looking):
    assert 'href="/-/media/gallery?kind=image&amp;level=high"' in html(
        looking, "/catalog/library?kind=image&level=high"
    )


# -- facets ------------------------------------------------------------------------------------------------------------


def facets(client, address):
    document = client.get(address).json()
    assert document["ok"], document
    found = document["facet_results"]["results"]
    return {name: {value["value"]: value["count"] for value in facet["results"]} for name, facet in found.items()}


FILTERS = ["", "kind=image", "kind=image&level=high", "model=NIKON+D90", "model__exact=NIKON+D90&kind=image", "latitude__notnull=1",
           "latitude__isnull=1&level=high", "copies=2", "_search=x", "needs_review=1", "kind=image&copies__gt=0", "kind=sidecar"]  # fmt: skip


@pytest.mark.parametrize("query", FILTERS)
@pytest.mark.parametrize("table", ["library", "assets"])
def test_facets_from_sums_are_those_of_counting_row_by_row(looking, table, query):
    if table == "assets" and any(word in query for word in ("level", "copies", "needs_review")):
        pytest.skip("assets have no such column")
    found = facets(looking, f"/catalog/{table}.json?_extra=facet_results&{query}&_size=1")
    wheres = ["true"]
    for pair in filter(None, query.split("&")):
        name, value = pair.split("=")
        column, _, how = name.partition("__")
        value = value.replace("+", " ")
        if not column.startswith("_"):
            wheres.append({"notnull": f"{column} is not null", "isnull": f"{column} is null", "gt": f"{column} > {value}"}
                          .get(how, f"{column} = '{value}'"))  # fmt: skip
    for column in ("kind", "level", "state", "model") if table == "library" else ("kind", "model"):
        counted = dict(looking.rows(
            f"select {column}, count(*) from {table} where {' and '.join(wheres)} and {column} is not null group by 1"
        ))  # fmt: skip
        assert found[column] == counted, column


def test_a_facet_leads_to_its_rows_and_back(looking):
    page = html(looking, "/catalog/library")
    link = re.search(r'href="([^"]*/catalog/library\?model=NIKON[^"]*)"', page)[1].replace("&amp;", "&")
    assert looking.get(link.replace("http://localhost", "")).status_code == 200
    chosen = html(looking, "/catalog/library?model=NIKON+D90")
    assert re.search(r'href="http://localhost/catalog/library"\s+class="cross"', chosen) or 'class="cross"' in chosen


def test_a_facet_of_somebodys_own_still_works(looking):
    found = facets(looking, "/catalog/library.json?_extra=facet_results&_facet=format&_size=1")
    assert found["format"] == dict(looking.rows("select format, count(*) from library group by 1"))


# -- filters that begin at an index ------------------------------------------------------------------------------------

NARROWED = [f"{a}&{b}&{c}".strip("&") for a, b, c in itertools.product(
    ("", "level=high", "level=none", "model=NIKON+D90"), ("", "kind=image", "needs_review=1", "state=duplicate"),
    ("", "_sort_desc=taken_at", "_sort=taken_at", "taken_at__gt=2019", "make__exact=Google"),
)]  # fmt: skip


@pytest.mark.parametrize("query", NARROWED)
def test_narrowing_changes_no_row(looking, query, monkeypatch):
    address = f"/catalog/library.json?_shape=array&_size=max&_col=sha256&_col=taken_at&{query}"
    narrowed = looking.get(address).json()
    monkeypatch.setattr(Narrowing, "conditions", lambda *_, **__: ([], {}))
    plain = looking.get(address).json()
    assert sorted(map(json.dumps, narrowed)) == sorted(map(json.dumps, plain))
    if "_sort" in query:
        assert [row["taken_at"] for row in narrowed] == [row["taken_at"] for row in plain]


def test_a_picture_that_is_not_in_the_time_line_yet_is_not_left_out(library, make_client):
    new = "f" * 64
    with Catalog(library) as catalog:
        assert Narrowing(catalog).complete()
    with closing(sqlite3.connect(library / "catalog.db")) as conn:
        conn.execute(
            "insert into assets (sha256, kind, format, size, model) values (?, 'image', 'jpeg', 1, 'NIKON D90')", (new,)
        )
        conn.commit()
    with Catalog(library) as catalog:
        assert not Narrowing(catalog).complete()
    rows = make_client(library).get("/catalog/library.json?_shape=array&model=NIKON+D90").json()
    assert new in {row["sha256"] for row in rows}


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("query", NARROWED)
def test_conditions_leave_the_rows_as_they_are_whether_the_time_line_is_whole_or_not(looking, query, complete):
    filters = [
        tuple(pair.replace("+", " ").split("=")) for pair in query.split("&") if pair and not pair.startswith("_")
    ]
    sort = next((pair.split("=")[1] for pair in query.split("&") if pair.startswith("_sort")), None)
    with Catalog(looking.library, writable=False) as catalog:
        wheres, values = Narrowing(catalog).conditions(filters, sort, complete=complete)
        for where in wheres:
            out = catalog.db.conn.execute(f"select count(*) from library where {where}", values).fetchone()[0]
            every = catalog.db.conn.execute("select count(*) from library").fetchone()[0]
            assert out == every or "tallies" in where or where == "needs_review = 1"


def test_while_a_job_runs_nothing_is_narrowed(library):
    with Catalog(library) as catalog:
        catalog.db.conn.execute("update jobs set state = 'running'")
        assert not Narrowing(catalog).complete()


# -- search ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "name"),
    [("IMG_20190611_093000", "place"), ("Phone", "place"), ("Pixel", "plain"), ("2018-08-01", "best of group"), ("August", "other group")],
)  # fmt: skip
def test_names_folders_cameras_and_dates_are_found(looking, name_of, words, name):
    rows = looking.get(f"/catalog/search.json?_shape=array&_search={quote(words)}").json()
    assert name_of(name) in {row["sha256"] for row in rows}
    assert len(rows) < looking.rows("select count(*) from search")[0][0]


def test_tags_and_places_are_found(client, library, sha, run_program):
    with closing(sqlite3.connect(library / "catalog.db")) as conn:
        conn.execute("insert into notes (sha256, key, value) values (?, 'city', 'Évora')", (sha("plain"),))
        conn.commit()
    run_program(library, "decide", "tag", sha("plain"), "Großmutter")
    run_program(library, "plan")
    for word, name in (("grossmutter", None), ("Großmutter", "plain"), ("evora", "plain"), ("ÉVORA", "plain")):
        rows = client.get(f"/catalog/search.json?_shape=array&_search={quote(word)}").json()
        assert {row["sha256"] for row in rows} == ({sha(name)} if name else set()), word


@pytest.mark.parametrize(
    "words", ['"', "'", "*", "a OR", "NEAR(", "-", "(", "^", "col:x", "\x00", "%00", "🦊", "x" * 5000]
)
def test_odd_words_are_a_calm_page(looking, words):
    assert looking.get("/-/media/gallery", params={"q": words}).status_code == 200
    # Datasette's own box takes operators, and says so where they make no sense
    assert looking.get("/catalog/search", params={"_search": words}).status_code in (200, 400)
