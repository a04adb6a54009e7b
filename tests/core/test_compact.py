"""Compact tables: a catalog of the version before says the same through the views, and takes rows through them."""

from __future__ import annotations

import sqlite3

import pytest
from sqlite_utils import Database

from mediaparser_core import schema
from mediaparser_core.catalog import Catalog
from mediaparser_core.compact import Compact, packed
from mediaparser_core.ladder import Ladder

SHA = ["0" * 63 + str(number) for number in range(6)]
ODD = "/photos/\\xff.jpg"
ROWS = {
    "files": [
        (1, "/photos", b"/photos/a.jpg", "/photos/a.jpg", "a.jpg", 10, 11, 12, 13, 14, SHA[1], "image", "present", None, "p:1", "n:1", 1, 0),
        (2, "/photos", "/photos/Jürgen/ä.jpg".encode(), "/photos/Jürgen/ä.jpg", "ä.jpg", 1, 2, 3, -4, 5, SHA[1], "image", "missing", "gone", "p:1", "n:1", 1, 1),
        (3, "/photos", b"/photos/\xff.jpg", ODD, "\\xff.jpg", 1, 2, 3, 4, 5, None, None, "skipped", "odd", None, None, 2, 0),
        (4, "/photos", b"/photos/note.txt", "/photos/note.txt", "note", 1, 2, 3, 4, 5, SHA[5], "sidecar", "present", None, "p:1", None, 2, 0),
    ],
    "assets": [
        (SHA[1], "a" * 64, "image", "jpeg", 10, 640, 480, None, 1, "Canon", "EOS", "77", 47.5, 8.5, "live-1"),
        (SHA[2], "no hash", "video", "mp4", 20, None, None, 1.5, None, None, None, None, None, None, None),
    ],
    "sidecars": [(SHA[5], "xmp", 1)],
    "claims": [
        (7, SHA[1], 1, "exif", "2019:01:01 00:00:00", "2019-01-01T00:00:00", "+01:00", "second", 1, "agrees", "content", 1, None, None),
        (8, SHA[1], 1, "folder", "photos/2019", "2019", None, "year", 0, "agrees", "name", 1, None, None),
        (10, SHA[1], 1, "file:mtime", "2019-01-01T00:00:00.000000012Z", "2019-01-01T00:00:00", "+00:00", "second", 0, "a copy", "name", 1, "a copy", None),
        (9, SHA[2], None, "exif", None, None, None, None, 0, None, "sidecar", 0, "doubt", "x.jpg"),
    ],
    "fingerprints": [(SHA[1], "phash", "00ff"), (SHA[1], "odd", "ABC"), (SHA[1], "image_sha256", "a" * 64), (SHA[2], "phash", "")],
    "found_tags": [(SHA[1], "Snow", "xmp", 1, "content", None), (SHA[1], "Snow", "xmp", 1, "content", None)],
    "places": [(SHA[1], 1.5, 2.5, "exif", "content", None)],
    "links": [(SHA[1], "burst_id", "x")],
    "notes": [(SHA[1], "title", "A title", 1, "content", None), (SHA[5], "title", "Another", 4, "content", "a.jpg")],
    "witnesses": [(SHA[1], "copy", "2019", None, "+01:00", "", 0.0, SHA[2], 1.0), (SHA[1], "zone", None, None, None, "Europe/Zurich", 0.0, None, 1.0)],
    "dates": [(SHA[1], "2019-01-01T00:00:00", "+01:00", "2018-12-31T23:00:00.5", "second", "exif", "embedded", 0.9, "high", 0, "Because.", None)],
    "own_dates": [(SHA[1], None, None, None, None, None, "none", 0.0, "none", 1, "Nothing.", "2019")],
    "standings": [(SHA[1], 1, 1, None, None), (SHA[2], 0, 0, "discarded", "by decision")],
    "tags": [(SHA[1], 'a "b" \\c', "xmp"), (SHA[1], "Snow", "xmp"), (SHA[2], "Snow", "person")],
    "matches": [(SHA[1], SHA[2], "similar", 3.0, 0.9, "", None, 1), (SHA[1], SHA[2], "scene", 3.0, 0.9, "x", SHA[1], 0)],
    "compared": [(SHA[1], "0a1b2c3d4e5f6071")],
    "readings": [(SHA[1], "Canon|EOS|77", "2019-01-01T00:00:00", 12, 3600.0, "gps", None)],
    "timeline": [(1, SHA[2], None, 1, None, None, None), (2, SHA[1], "2019-01-01T00:00:00", 2, 3, 4, 5)],
    "plan_items": [(1, SHA[1], "2019/a.jpg", "copy", None, "new")],
    "receipts": [
        (1, SHA[1], "2019/a.jpg", SHA[3], "2026-01-01T12:00:00.076Z", None, "00ff", "2019/a.xmp", "b" * 64),
        (2, SHA[1], "2018/a.jpg", SHA[1], "2026-01-01", "2026-01-02", "", None, None),
    ],
    "bundles": [(1, SHA[1], "primary", 1, "takeout"), (1, SHA[5], "sidecar", 4, "takeout")],
    "troubles": [(1, 3, "read", "odd", "2026-01-01")],
}  # fmt: skip
VIEWS = ("library", "ledger", "own_copies", "live_receipts")


def rows(conn, table):
    """The public rows, by the public names of the columns."""
    cursor = conn.execute(f'select * from "{table}"')
    names = [column[0] for column in cursor.description]
    if table == "claims":  # where a claim stands among all is nobody's business
        return names, sorted(repr(row[1:]) for row in cursor)
    return names, sorted(map(repr, cursor))


@pytest.fixture(params=["m015_compact", "m016_smaller"])
def before(request, tmp_path):
    """A catalog of the version before the compact tables or before they became smaller, with rows in it, and what it says."""
    library = tmp_path / "library"
    library.mkdir()
    conn = sqlite3.connect(library / "catalog.db", isolation_level=None)
    conn.execute("pragma foreign_keys = on")
    older = Ladder(schema.catalog.name)
    for step in schema.catalog._steps:
        if step.__name__ == request.param:
            break
        older()(step)
    older.apply(Database(conn))
    for table, values in ROWS.items():
        names = [row[1] for row in conn.execute(f"pragma table_info({table})")]
        for value in values:
            listed = [name for name in names if name in names[: len(value)]]
            conn.execute(f"insert into {table} ({', '.join(listed)}) values ({', '.join('?' * len(value))})", value)
    said = {table: rows(conn, table) for table in (*ROWS, *VIEWS)}
    conn.close()
    return library, said


def test_a_catalog_of_the_version_before_says_the_same(before):
    library, said = before
    with Catalog(library) as catalog:
        assert {table: rows(catalog.db.conn, table) for table in (*ROWS, *VIEWS)} == said
        assert catalog.db.conn.execute("pragma foreign_key_check").fetchall() == []
        assert catalog.db.conn.execute("pragma integrity_check").fetchone() == ("ok",)


def test_rows_given_to_the_views_are_the_same_as_rows_of_tables(before, tmp_path):
    _, said = before
    with Catalog(tmp_path / "new") as catalog:
        conn = catalog.db.conn
        for table, values in ROWS.items():
            names = [row[1] for row in conn.execute(f"pragma table_info({table})")]
            for value in values:
                marks = ", ".join("?" * len(value))
                conn.execute(f"insert into {table} ({', '.join(names[: len(value)])}) values ({marks})", value)
        assert {table: rows(conn, table) for table in (*ROWS, *VIEWS)} == said
        for table in ROWS:
            column = rows(conn, table)[0][-1]
            conn.execute(f"update {table} set {column} = {column}")
        assert {table: rows(conn, table) for table in (*ROWS, *VIEWS)} == said
        for table in reversed(ROWS):
            conn.execute(f"delete from {table}")
        assert [table for table in ROWS if rows(conn, table)[1]] == []


def test_a_row_that_takes_the_place_of_another_leaves_the_numbers_as_they_are(tmp_path):
    with Catalog(tmp_path / "library") as catalog:
        conn = catalog.db.conn
        conn.execute("insert into assets (sha256, kind, format, size, make) values ('a', 'image', 'jpeg', 1, 'Canon')")
        conn.execute("insert into tags values ('a', 'Canon', 'jpeg')")
        numbers = conn.execute("select * from words order by id").fetchall()
        conn.execute(
            "insert or replace into assets (sha256, kind, format, size, make) values ('a', 'image', 'jpeg', 2, 'Canon')"
        )
        conn.execute("insert or ignore into tags values ('a', 'Canon', 'xmp')")
        assert conn.execute("select * from words order by id").fetchall()[: len(numbers)] == numbers
        assert conn.execute("select sha256, size, make from assets").fetchall() == [("a", 2, "Canon")]
        assert conn.execute("select * from tags").fetchall() == [("a", "Canon", "jpeg")]


@pytest.mark.parametrize(
    ("sql", "steps"),
    [
        ("select * from claims where sha256 = ? order by id", {"_claims USING PRIMARY KEY (content=?)"}),
        ("select * from notes where sha256 = ?", {"_notes USING PRIMARY KEY (content=?)"}),
        ("select * from fingerprints where sha256 = ?", {"SEARCH p USING INTEGER PRIMARY KEY"}),
        ("select * from files where sha256 = ?", {"files_sha256_state"}),
        (
            "select * from assets a join dates d on d.sha256 = a.sha256 where a.sha256 in (?, ?)",
            {"_dates USING INTEGER"},
        ),
        ("select * from tags where tag = ?", {"tags_tag"}),
        ("select * from readings where camera = ? and reading > ?", {"readings_camera"}),
        ("select * from files where id = ?", {"_files USING INTEGER"}),
        ("select * from library where sha256 = ?", {"SEARCH a USING INTEGER", "SEARCH d USING INTEGER", "files_s"}),
        ("select * from dates order by taken_at desc limit 5", {"dates_taken_at"}),
    ],
)
def test_a_question_to_a_view_takes_the_index(tmp_path, sql, steps):
    with Catalog(tmp_path / "library") as catalog:
        plan = " / ".join(
            step for *_, step in catalog.db.conn.execute(f"explain query plan {sql}", ("x",) * sql.count("?"))
        )
    assert all(step in plan for step in steps), plan
    assert "MATERIALIZE" not in plan


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("00ff", b"\x00\xff"),
        ("00FF", "00FF"),
        ("", ""),
        ("abc", "abc"),
        ("xy", "xy"),
        (None, None),
        ("00ff\n", "00ff\n"),
    ],
)
def test_only_plain_hexadecimal_text_becomes_bytes(text, kept):
    assert packed(text) == kept


def test_a_text_describes_a_table():
    table = Compact(
        "things", "sha256 content not null\nword word not null default ''\nprimary key (sha256, word)\nwithout rowid"
    )
    assert table.table == (
        "create table _things (content integer not null, word integer not null, primary key (content, word)) without rowid"
    )
    assert [column.name for column in table.key] == ["sha256", "word"]
