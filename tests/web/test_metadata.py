"""metadata.yml says what every table and column is, and its stored queries give the right rows."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import tomllib
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
METADATA = yaml.safe_load((ROOT / "metadata.yml").read_text("utf-8"))
CATALOG, DECISIONS = (METADATA["databases"][name] for name in ("catalog", "decisions"))
QUERIES = CATALOG["queries"]
SHADOWS = re.compile(r"search_fts_(config|data|docsize|idx)|sqlite_.*|_(?!sqlite).*")  # Datasette hides them


def real(library: Path, database: str) -> dict[str, list[str]]:
    """Table or view → its columns."""
    with closing(sqlite3.connect(f"file:{library / database}.db?mode=ro", uri=True)) as conn:
        names = [name for (name,) in conn.execute("select name from sqlite_master where type in ('table', 'view')")]
        return {
            name: [row[1] for row in conn.execute(f'pragma table_xinfo("{name}")') if row[6] != 1]
            for name in names
            if not SHADOWS.fullmatch(name)
        }


@pytest.mark.parametrize("database", ["catalog", "decisions"])
def test_every_table_and_column_is_described_and_no_other(built, database):
    told = {name: list(table["columns"]) for name, table in METADATA["databases"][database]["tables"].items()}
    schema = real(built / "library", database)
    assert told.keys() == schema.keys()
    for name, columns in schema.items():
        assert sorted(told[name]) == sorted(columns), name


def test_descriptions_say_something():
    for database in (CATALOG, DECISIONS):
        assert database["description"].endswith(".")
        for name, table in database["tables"].items():
            assert table["title"] and table["description"].endswith("."), name
            for column, text in table["columns"].items():
                assert isinstance(text, str) and len(text) > 2 and not text.endswith("."), f"{name}.{column}"
    assert all(METADATA[key] for key in ("title", "description", "source", "license"))


def test_what_the_tables_are_sorted_faceted_and_called_by_is_there(built):
    for database, tables in (("catalog", CATALOG["tables"]), ("decisions", DECISIONS["tables"])):
        schema = real(built / "library", database)
        for name, table in tables.items():
            facets = [next(iter(each.values())) if isinstance(each, dict) else each for each in table.get("facets", [])]
            named = [*facets, *(table[key] for key in ("sort", "sort_desc", "label_column") if key in table)]
            assert set(named) <= set(schema[name]), name


def test_what_is_hidden_is_plumbing_and_the_public_tables_are_shown(looking):
    tables = looking.get("/catalog.json").json()["tables"]
    hidden = {table["name"] for table in tables if table["hidden"]}
    assert {
        "tallies",
        "choices",
        "stages",
        "search_fts",
        "_sqlite_migrations",
        "contents",
        "words",
        "_claims",
    } <= hidden
    public = {"files", "assets", "claims", "fingerprints", "tags", "troubles", "dates", "bundles", "groups", "members",
              "plan_items", "receipts", "jobs", "heartbeats", "search"}  # fmt: skip
    views = {view["name"] for view in looking.get("/catalog.json").json()["views"]}
    assert public <= {table["name"] for table in tables} - hidden | views


def test_the_descriptions_arrive_on_the_pages(looking):
    page = looking.get("/catalog/dates").text
    assert CATALOG["tables"]["dates"]["description"] in page
    assert CATALOG["tables"]["dates"]["columns"]["utc_offset"] in page


# -- stored queries ----------------------------------------------------------------------------------------------------


def ask(client, name, **values):
    answer = client.get(f"/catalog/{name}.json", params={"_shape": "objects", **values})
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document["ok"], document
    return document["rows"]


def test_there_are_enough_of_them_and_each_says_what_it_is():
    assert len(QUERIES) >= 12
    for name, query in QUERIES.items():
        assert query["title"] and query["description"].endswith("."), name


def test_the_documentation_lists_them():
    told = re.findall(r"^\| `(\w+)` \| (.+) \|$", (ROOT / "docs/explorer.md").read_text("utf-8"), flags=re.MULTILINE)
    assert dict(told) == {name: query["description"] for name, query in QUERIES.items()}


@pytest.mark.parametrize("name", QUERIES)
def test_a_stored_query_is_a_page_and_answers(looking, name):
    assert isinstance(ask(looking, name), list)
    page = looking.get(f"/catalog/{name}")
    assert page.status_code == 200 and QUERIES[name]["title"] in page.text


def test_the_same_second_twice(looking, name_of):
    rows = {row["second"]: row for row in ask(looking, "same_second")}
    row = rows["2019-05-04T12:00:03"]
    alike = {name_of("plain"), name_of("same second"), name_of("broken")}
    assert row["pictures"] == 3 and (row["sha256"], row["another_sha256"]) == (min(alike), max(alike))
    assert "2019-06-11T09:30:00" not in rows


def test_cameras_by_year(looking):
    rows = {(row["year"], row["camera"]): row["pictures"] for row in ask(looking, "cameras_by_year")}
    assert rows["2018", "Google NIKON D90"] == 2
    assert rows["2019", "Google Pixel <b>7</b>"] == 5  # the broken one is a third of another


def test_biggest_duplicates_and_the_space_they_take(looking, name_of, built):
    (row,) = ask(looking, "biggest_duplicates")
    size = (built / "photos/Duplicates/again.jpg").stat().st_size
    assert (row["sha256"], row["files"], row["bytes_to_spare"]) == (name_of("plain"), 2, size)
    assert row["one_of_them"].endswith("again.jpg")
    space = {row["what"]: (row["pictures"], row["bytes"]) for row in ask(looking, "space_won")}
    assert space["the same bytes once more"] == (1, size)
    assert space["look-alikes that wait for an answer"][0] == 3
    assert space["left out by decision"] == (0, 0)


def test_space_is_won_by_leaving_pictures_out(client, library, sha, run_program):
    run_program(library, "decide", "discard", sha("undated", 1))
    run_program(library, "plan")
    space = {row["what"]: row for row in ask(client, "space_won")}
    assert space["left out by decision"]["pictures"] == 1 and space["left out by decision"]["bytes"] > 1000
    assert [row["sha256"] for row in ask(client, "not_exported")] == [sha("undated", 1)]
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert {"day": today, "what": "decided: discard", "how_many": 1} in ask(client, "changed_since_last_week")
    assert [(row["verb"], row["decisions"]) for row in ask(client, "who_decided_what")] == [("discard", 1)]


def test_what_changed_leaves_out_what_is_older_than_a_week(client, library):
    before = ask(client, "changed_since_last_week")
    assert {"copies published", "jobs: run"} <= {row["what"] for row in before}
    with closing(sqlite3.connect(library / "catalog.db")) as conn:
        conn.execute("update receipts set at = '2020-01-01T00:00:00.000Z'")
        conn.commit()
    assert "copies published" not in {row["what"] for row in ask(client, "changed_since_last_week")}


def test_days_without_a_place(looking):
    days = {row["day"]: row["pictures"] for row in ask(looking, "days_without_place")}
    assert days["2019-05-04"] == 3 and "2019-06-11" not in days and "2019-06-12" not in days


def test_on_this_day_in_every_year(looking, name_of):
    rows = ask(looking, "on_this_day", day="06-11")
    assert [(row["year"], row["sha256"]) for row in rows] == [("2019", name_of("place"))]


def test_months_without_a_picture(looking):
    months = [row["month"] for row in ask(looking, "empty_months")]
    assert "2019-01" in months and "2019-05" not in months and "2018-08" not in months


@pytest.fixture
def doubts(library, sha):
    """Evidence that differs: a name that is a year away, two days that were both believed, a picture without a date."""
    with closing(sqlite3.connect(library / "catalog.db")) as conn:
        conn.execute(
            "update claims set value = '2018-05-04T12:00:03' where sha256 = ? and source = 'filename'", (sha("plain"),)
        )
        conn.execute("update dates set needs_review = 1, confidence = 0.2 where sha256 = ?", (sha("place"),))
        conn.execute(
            "update claims set value = '2019-07-01T09:30:00', accepted = 1 where sha256 = ? and source = 'filename'",
            (sha("place"),),
        )
        conn.execute("update dates set taken_at = null, precision = null where sha256 = ?", (sha("undated", 1),))
        conn.commit()


def test_dates_far_from_file_names(doubts, client, sha):
    rows = ask(client, "far_from_file_name")
    assert [(row["sha256"], row["days_apart"]) for row in rows] == [(sha("plain"), 365)]
    assert {row["sha256"] for row in ask(client, "far_from_file_name", days="5")} == {sha("plain"), sha("place")}


def test_sources_that_disagree(doubts, client, sha):
    (row,) = ask(client, "sources_that_disagree")
    assert (row["sha256"], row["days"]) == (sha("place"), 2)
    assert (row["earliest"][:10], row["latest"][:10]) == ("2019-06-11", "2019-07-01")


def test_undated_by_folder(doubts, client, sha):
    rows = {row["folder"].rstrip("/").rpartition("/")[2]: row for row in ask(client, "undated_by_folder")}
    undated = {sha256 for (sha256,) in client.rows("select sha256 from dates where taken_at is null")}
    assert sha("undated", 1) in undated and rows["Loose"]["sha256"] in undated
    assert sum(row["pictures"] for row in rows.values()) == len(undated)


def test_how_dates_were_found_and_what_was_not_believed(looking):
    assert (
        sum(row["pictures"] for row in ask(looking, "rules_at_work"))
        == looking.rows("select count(*) from dates")[0][0]
    )
    assert (
        sum(row["claims"] for row in ask(looking, "rejected_evidence"))
        == (looking.rows("select count(*) from claims where accepted = 0")[0][0])
    )


def test_troubles_by_reason(looking):
    rows = ask(looking, "troubles_by_reason")
    assert any(row["for_example"].endswith("broken.jpg") for row in rows)
    assert sum(row["files"] for row in rows) == looking.rows("select count(*) from troubles")[0][0]


def test_sums_by_hour_folder_format_and_size(looking):
    assert {"hour": "12", "pictures": 3} in ask(looking, "hours_of_the_day")
    folders = {row["folder"].rstrip("/").rpartition("/")[2]: row["files"] for row in ask(looking, "folders")}
    assert folders["Summer 1994"] == 8 and folders["Duplicates"] == 1
    formats = {row["format"]: row["files"] for row in ask(looking, "formats")}
    assert formats["mp4"] == 1 and sum(formats.values()) == looking.rows("select count(*) from assets")[0][0]
    sizes = [row["size"] for row in ask(looking, "biggest_files")]
    assert sizes == sorted(sizes, reverse=True) and len(sizes) == sum(formats.values())


def test_cameras_with_few_pictures(looking, name_of):
    rows = {row["camera"]: row for row in ask(looking, "rare_cameras")}
    assert rows["Google ScanJet"]["pictures"] == 8
    assert rows["Google </script><script>alert(2)</script>"]["sha256"] == name_of("markup")


# -- where the files are -----------------------------------------------------------------------------------------------


def test_both_files_stand_at_the_top_and_are_shipped():
    for name in ("metadata.yml", "datasette.yaml"):
        assert (ROOT / name).is_file() and not (ROOT / name).is_symlink()
        assert (ROOT / "datasette_plugins" / name).resolve() == ROOT / name
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]
    folder = ROOT / "datasette_plugins"
    shipped = {path for pattern in patterns["mediaparser_datasette"] for path in folder.glob(pattern)}
    files = {path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert {path for path in files if path.suffix != ".py"} <= shipped


@pytest.mark.parametrize(
    "path", ["/catalog/same_second.json?_shape=array", "/catalog/library.json?_shape=array&_size=3"]
)
def test_plain_datasette_from_the_top_of_a_checkout(built, path):
    done = subprocess.run(
        [sys.executable, "-m", "datasette", str(built / "library/catalog.db"), "--metadata", "metadata.yml",
         "--plugins-dir", "datasette_plugins", "--get", path],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert '"sha256": "' in done.stdout
