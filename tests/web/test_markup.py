"""Names, tags and words out of files are text on every page: no tag of theirs, no script, no dialog, no broken layout."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from mediaparser_core import review
from mediaparser_core.catalog import Catalog

SCRIPT = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
HOSTILE = f"{SCRIPT}\"'&\u202egpj.exe\u202c {'W' * 180}"
WHO = f"{SCRIPT}{'W' * 90}"
# every column whose words come from files, cameras, tools or people
WORDS = {
    "roots": ("path",),
    "files": ("path", "name", "reason"),
    "assets": ("make", "model", "serial", "content_id"),
    "claims": ("raw", "reason", "remark"),
    "notes": ("value",),
    "found_tags": ("tag",),
    "tags": ("tag",),
    "troubles": ("probe", "message"),
    "dates": ("reason", "rule"),
    "own_dates": ("reason", "rule"),
    "groups": ("reason",),
    "members": ("note",),
    "bundles": ("rule", "role"),
    "standings": ("reason",),
    "receipts": ("target",),
    "jobs": ("message",),
    "heartbeats": ("task",),
}
PAGES = (
    "/", "/-/media/gallery", "/-/media/gallery?part=1", "/-/media/picture/{plain}", "/-/media/picture/{markup}",
    "/-/media/picture/{best of group}", "/-/media/picture/{film}", "/-/review", "/-/review/dates",
    "/-/review/groups?kind=similar", "/-/review/groups/rule?kind=similar&confidence=0.5", "/-/review/clocks",
    "/-/review/tags", "/-/review/tags?of={plain}", "/-/review/troubles", "/-/review/decisions", "/-/media/map", "/-/jobs",
    "/-/jobs/part?name=ended", "/-/jobs/part?name=waiting", "/-/status", "/-/drop",
)  # fmt: skip
ECHOES = (
    "/-/media/gallery?tag={0}", "/-/media/gallery?q={0}", "/-/media/gallery?model={0}&make={0}&kind={0}&level={0}&state={0}",
    "/-/media/gallery?after={0}&at={0}&in={0}", "/-/review/tags?words={0}&folder={0}&month={0}&tag={0}&of={0}",
    "/-/review/decisions?verb={0}&actor={0}&before={0}", "/-/review/troubles/files?probe={0}&message={0}",
    "/-/review/dates?question={0}", "/-/review/dates?of={0}&folder={0}&option={0}", "/-/review/groups?kind={0}",
    "/-/review/groups/rule?kind={0}", "/-/review/groups/rule?kind=similar&confidence={0}", "/-/media/map?at={0}",
    "/-/media/picture/{0}", "/-/jobs/part?name={0}", "/{0}", "/catalog/{0}", "/catalog/library/{0}", "/?saved={0}",
)  # fmt: skip
TABLES = ("/catalog", "/catalog/library", "/catalog/files", "/catalog/claims", "/catalog/troubles", "/catalog/tags", "/catalog/jobs",
          "/catalog/assets/{plain}", "/decisions/decisions", "/catalog/library?_search=alert")  # fmt: skip


class Tags(HTMLParser):
    """What a browser would see: scripts without an address, attributes that are scripts, and pictures named x."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.evil: list[str] = []
        self.scripts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if any(name.startswith("on") or name == "style" for name in given) or given.get("src") == "x":
            self.evil.append(self.get_starttag_text() or tag)
        if any(
            (given.get(name) or "").strip().lower().startswith(("javascript:", "data:text"))
            for name in ("href", "src", "action")
        ):
            self.evil.append(self.get_starttag_text() or tag)
        if tag == "script":
            self.scripts.append(given.get("src") or "")


def poison(library) -> None:
    """Put hostile words wherever the library keeps words."""
    with closing(sqlite3.connect(library / "catalog.db")) as conn:
        conn.execute(
            "insert into heartbeats (service, at, state, task) values ('worker', '2026-01-01T00:00:00Z', 'running', 'x')"
        )
        for table, columns in WORDS.items():
            for column in columns:
                text = "'/' || ?" if column == "path" else "?"
                conn.execute(f"update or ignore {table} set {column} = {text}", (HOSTILE,))
        for state in ("running", "waiting", "failed"):
            number = conn.execute(
                "insert into jobs (command, arguments, state, started_at, ended_at, message, total, done, failed, summary) values "
                "(?, ?, ?, '2026-01-01T00:00:00Z', ?, ?, 9, 3, 1, '{}')",
                (
                    HOSTILE,
                    json.dumps([f"/{HOSTILE}"]),
                    state,
                    "2026-01-01T01:00:00Z" if state == "failed" else None,
                    HOSTILE,
                ),
            ).lastrowid
            conn.execute("insert into requests (job, asked_by, asked_at, priority, doing) values (?, ?, '2026', 1, ?)",
                         (number, HOSTILE, HOSTILE))  # fmt: skip
        conn.execute("insert into waiting values (?, ?, 'inbox', 1, 'unfinished', ?, '2026-01-01T00:00:00Z', 0)",
                     (HOSTILE.encode(), f"/{HOSTILE}", HOSTILE))  # fmt: skip
        sha = conn.execute("select sha256 from assets limit 1").fetchone()[0]
        conn.execute("insert into arrivals (path_bytes, path, sha256, size, mtime_ns, came_as, came_from, arrived_at) values "
                     "(?, ?, ?, 1, 1, ?, ?, '2026-01-01T00:00:00Z')", (HOSTILE.encode(), HOSTILE, sha, HOSTILE, HOSTILE))  # fmt: skip
        conn.execute("insert into clock_offers (question, camera, seconds, since, until, files, kind, evidence, confidence) values "
                     "(1, ?, 60, '2019-01-01T00:00:00', '2020-01-01T00:00:00', 1, ?, ?, 0.9)",
                     (f"{HOSTILE}||", HOSTILE, HOSTILE))  # fmt: skip
        conn.commit()
    with Catalog(library) as catalog:
        at = "2026-01-01T00:00:00Z"
        catalog.decided.add([
            review.make("tag", [sha], SCRIPT, WHO, at), review.make("untag", [sha], f"{SCRIPT}2", WHO, at),
            review.make("discard", [sha], None, WHO, at), review.make("keep", [sha], None, WHO, at),
        ])  # fmt: skip


@pytest.fixture(scope="module")
def poisoned(built, looking, tmp_path_factory):
    library = shutil.copytree(built / "library", tmp_path_factory.mktemp("poisoned") / "library")
    poison(library)
    client = type(looking)(library)
    yield client
    client.close()


def filled(path: str, name_of) -> str:
    for name in ("plain", "markup", "best of group", "film"):
        path = path.replace("{" + name + "}", name_of(name))
    return path


@pytest.mark.parametrize("path", PAGES)
def test_words_of_files_are_text_on_every_page(poisoned, name_of, path):
    answer = poisoned.get(filled(path, name_of))
    assert answer.status_code == 200
    found = Tags(answer.text)
    assert found.evil == []
    assert all(source.startswith("/-/media/static/") for source in found.scripts)
    assert "<script>alert" not in answer.text and "<img src=x" not in answer.text


@pytest.mark.parametrize("path", ECHOES)
def test_what_an_address_says_is_text_in_its_answer(poisoned, path):
    answer = poisoned.get(path.format(quote(f'{SCRIPT}"', safe="")))
    if answer.status_code == 302:  # to the way Datasette writes such an address
        assert answer.headers["location"].startswith("/") and not answer.headers["location"].startswith(("//", "/\\"))
        return
    assert answer.status_code in (200, 400, 404)
    found = Tags(answer.text)
    assert found.evil == [] and all(source.startswith("/-/media/static/") for source in found.scripts)


@pytest.mark.parametrize("path", TABLES)
def test_the_tables_show_them_as_text_too(poisoned, name_of, path):
    answer = poisoned.get(filled(path, name_of))
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text and "<img src=x" not in answer.text


@pytest.mark.parametrize(
    "path", ["/-/status.json", "/-/media/map.json?level=3&bounds=-180,-85,180,85", "/-/review/tags/words.json?text=%3C"]
)
def test_json_is_never_taken_for_a_page(poisoned, path):
    answer = poisoned.get(path)
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-content-type-options"] == "nosniff" and answer.json() is not None


def test_the_name_of_a_download_is_one_line_of_text(poisoned, name_of):
    disposition = poisoned.get(f"/-/media/original/{name_of('markup')}").headers["content-disposition"]
    assert disposition.startswith("attachment") and "\n" not in disposition and "<" not in disposition


@pytest.mark.parametrize("width", [390, 1440])
def test_a_real_browser_runs_nothing_of_it_and_keeps_its_layout(poisoned, name_of, start_explorer, open_page, width):
    running = start_explorer(poisoned.library)
    page = open_page(running.address + "/", width=width, height=844, dark=width == 390)
    for path in PAGES:
        if "part" in path:
            continue
        page.goto(running.address + filled(path, name_of))
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.locator("img[src='x'], script:not([src])").count() == 0, path
