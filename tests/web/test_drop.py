"""Pictures are added from a browser: they arrive whole or not at all, once, and only from those who may; the page says
what becomes of them, and takes hostile names as text."""

from __future__ import annotations

import http.client
import os
import time
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pytest

MOMENT = 1_556_964_003_000  # milliseconds: 4 May 2019
ORIGIN = {"origin": "http://localhost", "accept": "application/json"}


@pytest.fixture(autouse=True)
def room(monkeypatch):
    monkeypatch.setenv("MEDIAPARSER_INBOX_FREE_GB", "0")


def send(client, path: str, data: bytes, *, size: int | None = None, modified: int = MOMENT, **more):
    query = urlencode({"path": path, "size": len(data) if size is None else size, "modified": modified})
    headers = {**ORIGIN, "content-type": "application/octet-stream", **more.pop("headers", {})}
    return client.request("POST", f"/-/drop/file?{query}", content=data, headers=headers, **more)


def known(client, *files: tuple[str, int, int]) -> list[bool]:
    fields = {"path": [f[0] for f in files], "size": [f[1] for f in files], "modified": [f[2] for f in files]}
    answer = client.request("POST", "/-/drop/known", json=fields, headers=ORIGIN)
    assert answer.status_code == 200, answer.text
    return answer.json()["known"]


def inbox(library: Path) -> dict[str, bytes]:
    """What lies in the inbox, temporary files included."""
    root = library / "inbox"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_file_arrives_with_its_folders_and_its_time_and_is_known_from_then_on(client, library):
    assert known(client, ("Trip/a.jpg", 3000, MOMENT)) == [False]
    answer = send(client, "Trip/a.jpg", b"abc" * 1000)
    assert answer.status_code == 200 and answer.json() == {"ok": True, "name": "Trip/a.jpg"}
    assert inbox(library) == {"Trip/a.jpg": b"abc" * 1000}
    assert (library / "inbox" / "Trip" / "a.jpg").stat().st_mtime_ns // 1_000_000 == MOMENT
    asked = [("Trip/a.jpg", 3000, MOMENT), ("Trip/a.jpg", 3001, MOMENT), ("Trip/a.jpg", 3000, MOMENT + 9000)]
    assert known(client, *asked) == [True, False, False]
    assert send(client, "Trip/a.jpg", b"abc" * 1000).json()["name"] == "Trip/a.jpg"  # once more: it is here already
    assert len(inbox(library)) == 1


def test_another_file_of_that_name_gets_a_name_of_its_own(client, library):
    for data in (b"one", b"three", b"sixteen"):
        assert send(client, "a.jpg", data).status_code == 200
    assert inbox(library) == {"a.jpg": b"one", "a (2).jpg": b"three", "a (3).jpg": b"sixteen"}


@pytest.mark.parametrize(("sent", "size"), [(b"half", 8), (b"too much", 4), (b"", 1)])
def test_what_is_not_as_long_as_announced_leaves_nothing(client, library, sent, size):
    assert send(client, "a.jpg", sent, size=size).status_code in (400, 409)
    assert inbox(library) == {}
    assert send(client, "a.jpg", b"whole").status_code == 200  # and the name is free


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("../../../etc/passwd.jpg", "etc/passwd.jpg"), ("/abs/a.jpg", "abs/a.jpg"), ("a\x00\x1b[31mb.jpg", "a[31mb.jpg"),
        ("CON.jpg", None), ("x" * 400 + ".jpg", None), ("Ünïcode/日本.jpg", "Ünïcode/日本.jpg"),
    ],
)  # fmt: skip
def test_a_name_is_only_a_name(client, library, path, name):
    answer = send(client, path, b"data")
    assert answer.status_code == 200
    (found,) = inbox(library)
    assert found == answer.json()["name"] == (name or found) and (library / "inbox" / found).is_file()
    assert not [part for part in found.split("/") if part in ("..", ".", "") or len(part.encode()) > 255]


@pytest.mark.parametrize(
    "query", ["path=&size=1", "path=a.jpg&size=-1", "path=a.jpg&size=x", "path=a.jpg", "size=1", "path=..&size=1"]
)
def test_what_makes_no_sense_is_refused_calmly(client, library, query):
    answer = client.request("POST", f"/-/drop/file?{query}", content=b"x", headers=ORIGIN)
    assert answer.status_code == 400 and answer.json()["error"] and inbox(library) == {}


def test_a_full_inbox_says_so_before_it_takes_a_byte(library, make_client, monkeypatch):
    monkeypatch.setenv("MEDIAPARSER_INBOX_QUOTA_GB", "0.000001")
    client = make_client(library)
    answer = send(client, "a.jpg", b"x" * 2000)
    assert answer.status_code == 507 and answer.json()["error"].endswith(".") and inbox(library) == {}
    assert send(client, "a.jpg", b"x" * 500).status_code == 200


@pytest.mark.parametrize(
    ("roles", "status"), [(("look",), 403), (("decide",), 403), (("drop",), 200), (("look", "drop"), 200)]
)
def test_only_those_who_may_drop(library, make_client, log_in, roles, status):
    cookies = log_in(library, roles=roles)
    client = make_client(library)
    assert send(client, "a.jpg", b"data", cookies=cookies).status_code == status
    assert client.get("/-/drop", cookies=cookies).status_code == status
    assert send(client, "b.jpg", b"data").status_code == 401
    assert set(inbox(library)) == ({"a.jpg"} if status == 200 else set())


def test_another_site_cannot_drop_and_looking_changes_nothing(client, library):
    assert send(client, "a.jpg", b"data", headers={"origin": "http://evil.example"}).status_code == 403
    assert client.get("/-/drop/file?path=a.jpg&size=4").status_code == 405
    assert client.get("/-/drop").status_code == 200 and inbox(library) == {}


def test_an_upload_that_breaks_off_leaves_nothing(explorer):
    """Over a real connection: the browser is closed in the middle."""
    place = urlsplit(explorer.address)
    connection = http.client.HTTPConnection(place.netloc, timeout=20)
    connection.putrequest("POST", f"/-/drop/file?path={quote('big film.mov')}&size=5000000&modified={MOMENT}")
    for name, value in (
        ("Origin", explorer.address),
        ("Content-Length", "5000000"),
        ("Content-Type", "application/octet-stream"),
    ):
        connection.putheader(name, value)
    connection.endheaders(b"x" * 3_000_000)
    connection.close()
    again = http.client.HTTPConnection(place.netloc, timeout=20)
    again.request(
        "POST", f"/-/drop/file?path=after.jpg&size=4&modified={MOMENT}", b"data", {"Origin": explorer.address}
    )
    assert again.getresponse().read()
    again.close()
    explorer.stop()
    assert set(inbox(explorer.library)) == {"after.jpg"}


# -- in a browser


@pytest.fixture
def folder(tmp_path):
    """Twelve pictures and a system file, in two folders."""
    for number in range(12):
        path = (
            tmp_path / "phone" / ("Trip" if number % 2 else "Home") / f"IMG_2019050{number % 9 + 1}_1200{number:02}.jpg"
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(40_000 + number))
        os.utime(path, (1_556_964_003, 1_556_964_003))
    (tmp_path / "phone" / "Trip" / ".DS_Store").write_bytes(b"nobody wants this")
    return tmp_path / "phone"


def test_a_folder_is_dropped_and_dropped_again(library, start_explorer, open_page, folder):
    explorer = start_explorer(library)
    page = open_page(f"{explorer.address}/-/drop")
    assert page.get_by_text("Nobody takes them in at the moment").is_visible()  # no watcher runs
    page.set_input_files("#folder", folder)
    page.get_by_text("All 12 files arrived.").wait_for()
    sent = {f"phone/{path.relative_to(folder)}": path.read_bytes() for path in folder.rglob("*.jpg")}
    assert inbox(library) == sent
    page.reload()  # resumed: what has arrived is skipped, the rest is sent
    (folder / "Trip" / "new.jpg").write_bytes(b"one more")
    page.set_input_files("#folder", folder)
    page.get_by_text("All 13 files arrived.").wait_for()
    assert "12 had arrived before" in page.locator("#more").inner_text()
    assert inbox(library) == sent | {"phone/Trip/new.jpg": b"one more"}


def test_a_connection_that_breaks_is_tried_again(library, start_explorer, open_page, folder):
    explorer, broken = start_explorer(library), []
    page = open_page(f"{explorer.address}/-/drop", expect=("ERR_FAILED", "Failed to load resource"))

    def breaks_at_first(route):
        if len(broken) < 3:
            broken.append(route.request.url)
            route.abort()
        else:
            route.fallback()

    page.route("**/-/drop/file*", breaks_at_first)
    page.set_input_files("#files", sorted(folder.rglob("*.jpg")))
    page.get_by_text("All 12 files arrived.").wait_for(timeout=30_000)
    assert len(broken) == 3 and len(inbox(library)) == 12


def test_a_full_inbox_stops_and_can_go_on(library, start_explorer, open_page, folder, monkeypatch):
    monkeypatch.setenv("MEDIAPARSER_INBOX_QUOTA_GB", "0.00025")
    explorer = start_explorer(library)
    page = open_page(f"{explorer.address}/-/drop", expect=("507",))
    page.set_input_files("#files", sorted(folder.rglob("*.jpg")))
    page.get_by_role("button", name="Try again").wait_for()
    here = inbox(library)
    assert 0 < len(here) < 12 and "did not arrive" in page.locator("#words").inner_text()
    for name in here:  # the watcher took them in
        (library / "inbox" / name).unlink()
    until = time.monotonic() + 30
    while not inbox(library) and time.monotonic() < until:  # how full it is, is looked at now and then
        page.get_by_role("button", name="Try again").click()
        page.wait_for_timeout(1000)
    assert inbox(library) and not set(inbox(library)) & set(here)


def test_the_page_says_that_nobody_takes_them_in(looking):
    html = looking.get("/-/drop").text
    assert "Nobody takes them in at the moment." in html and "mediaparser serve" in html


def test_hostile_names_are_text_and_a_file_that_is_here_is_not_sent_again(library, start_explorer, open_page, tmp_path):
    (library / "mediaparser.toml").write_text("[inbox]\nfree_gb = 0\n")
    files = [tmp_path / "a.jpg", tmp_path / "<img src=x onerror=alert(1)>.jpg"]
    for path in files:
        path.write_bytes(b"p" * 500)
    page = open_page(start_explorer(library).address + "/-/drop")
    for _ in range(2):
        page.locator("#files").set_input_files(files)
        page.locator("#then").wait_for()
        assert len([path for path in (library / "inbox").rglob("*") if path.is_file()]) == 2
        page.reload()
    assert (library / "inbox" / "a.jpg").read_bytes() == b"p" * 500
