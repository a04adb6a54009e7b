"""What is promised about the explorer's safety and belongs to no single page."""

from __future__ import annotations

import ast
import csv
import io
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from mediaparser_core.web.calls import is_local_path
from mediaparser_core.web.spreadsheets import Cells, harmless

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "datasette_plugins/templates").glob("*.html"))
CODE = sorted([*(ROOT / "datasette_plugins").glob("*.py"), *(ROOT / "mediaparser_core/web").glob("*.py")])


# -- markup ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_escapes_everything_and_has_nothing_inline(path):
    text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert not re.search(r"\|\s*safe\b|autoescape\s+false", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+\s*=\s*[\"']|javascript:", text)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text)


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_our_own_words_are_markup(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Markup"):
            assert all(isinstance(each, ast.Constant) for each in node.args), f"{path.name}:{node.lineno}"


# -- addresses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", True), ("/-/media/gallery?q=x", True), ("//evil.example", False), ("/\\evil.example", False), ("\\\\evil", False),
        ("https://evil.example", False), ("javascript:alert(1)", False), ("", False), ("/\t/evil.example", False),
        ("/x\r\nset-cookie: a=b", False), ("evil", False), ("/-/\\x", False),
    ],
)  # fmt: skip
def test_nobody_is_sent_to_another_site(looking, path, expected):
    assert is_local_path(path) is expected


def test_a_button_leads_back_to_our_own_pages_only(client, sha):
    fields = {"verb": "keep", "subject": sha("plain"), "request_id": "leads-back", "back": "https://evil.example/"}
    answer = client.post("/-/review/decide", fields, json=False)
    assert answer.status_code == 303 and answer.headers["location"].startswith("/?saved=")


@pytest.mark.parametrize("options", [["--host", "0.0.0.0"], ["--host", "::"], ["--host", "192.0.2.1"]])
def test_strangers_are_not_listened_to_before_there_is_a_password(library, options):
    done = subprocess.run(
        [sys.executable, "-m", "mediaparser_core", "--library", str(library), "explore", "--port", "0", *options],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode in (1, 2) and "mediaparser user add" in done.stderr and "Traceback" not in done.stderr


# -- spreadsheets ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("=1+1", "'=1+1"), ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"), ("-2+3", "'-2+3"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"),
        ("-9.1393", "-9.1393"), ("+1", "+1"), ("-1e-5", "-1e-5"), ("-", "'-"), ("", ""), ("IMG_1.jpg", "IMG_1.jpg"), ("a=b", "a=b"),
        ("+02:00", "'+02:00"),
    ],
)  # fmt: skip
def test_no_cell_is_a_formula(cell, expected):
    assert harmless(cell) == expected


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_rows_come_out_whole_however_they_are_cut(size):
    rows = [
        ["id", "name"],
        ["1", '=HYPERLINK("http://evil.example","x")'],
        ["2", 'two\nlines, "quoted"'],
        ["3", "Größe 🦊\r\n=x"],
    ]
    made = io.StringIO()
    csv.writer(made).writerows(rows)
    data, cells = made.getvalue().encode(), Cells()
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    told = b"".join(cells.feed(piece, last=False) for piece in pieces) + cells.feed(b"", last=True)
    assert list(csv.reader(io.StringIO(told.decode(), newline=""))) == [
        [harmless(cell) for cell in row] for row in rows
    ]


@pytest.mark.parametrize("more", ["", "&_stream=on", "&_dl=1"])
def test_a_table_as_csv_is_harmless_and_otherwise_the_same(client, library, sha, more):
    with closing(sqlite3.connect(library / "catalog.db")) as conn:
        conn.execute("update files set name = '=cmd|calc' where sha256 = ?", (sha("place"),))
        conn.commit()
    answer = client.get(f"/catalog/files.csv?_col=name&_col=sha256&_size=max{more}")
    assert answer.status_code == 200
    head, *told = csv.reader(io.StringIO(answer.text, newline=""))
    assert {"name", "sha256"} <= set(head)
    names = dict(zip(*(([row[head.index(which)] for row in told]) for which in ("sha256", "name")), strict=True))
    assert names[sha("place")] == "'=cmd|calc" and len(told) == client.rows("select count(*) from files")[0][0]
    places = client.get("/catalog/assets.csv?_col=longitude&longitude__lt=0").text
    assert "\n-9.13" in places.replace('"', "") or ",-9.13" in places
