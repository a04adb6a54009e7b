"""The export as a share: what is served, what is not, and how a file is read."""

from __future__ import annotations

import os
import socket
import threading
import time
import unicodedata
from email.utils import formatdate
from urllib.parse import quote

import pytest

from mediaparser_core.dav.export_share import FolderTree

CONTENT = b"0123456789" * 100


def test_a_file_is_read_as_it_is(standing):
    answer = standing.get("/export/2019/a.jpg")
    assert (answer.status, answer.body) == (200, CONTENT)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-length"] == "1000"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == "private, no-cache"
    head = standing.ask("HEAD", "/export/2019/a.jpg")
    assert (head.status, head.headers["content-length"], head.body) == (200, "1000", b"")


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-9", 0, 9),
        ("bytes=100-199", 100, 199),
        ("bytes=990-", 990, 999),
        ("bytes=-7", 993, 999),
        ("bytes=995-2000", 995, 999),
        ("bytes=-5000", 0, 999),
    ],
)
def test_one_valid_range_is_served(standing, header, first, last):
    answer = standing.get("/export/2019/a.jpg", Range=header)
    assert (answer.status, answer.body) == (206, CONTENT[first : last + 1])
    assert answer.headers["content-range"] == f"bytes {first}-{last}/1000"


@pytest.mark.parametrize(
    "header",
    ["bytes=5-2", "bytes=-0", "items=0-9", "bytes=0-9,20-29", "bytes=a-b", "bytes=", "bytes=" + "9" * 40 + "-", "0-9"],
)
def test_what_is_no_single_valid_range_is_as_if_it_were_not_there(standing, header):
    answer = standing.get("/export/2019/a.jpg", Range=header)
    assert (answer.status, answer.body) == (200, CONTENT)


def test_a_range_behind_the_end_is_refused(standing):
    answer = standing.get("/export/2019/a.jpg", Range="bytes=1000-")
    assert (answer.status, answer.headers["content-range"]) == (416, "bytes */1000")


def test_an_etag_is_strong_and_changes_with_the_bytes_even_within_a_second(drive, flat_export):
    client, path = drive(flat_export), flat_export / "export" / "2019" / "a.jpg"
    os.utime(path, ns=(10**18, 10**18))
    first = client.get("/export/2019/a.jpg").headers["etag"]
    assert first.startswith('"')
    assert first.endswith('"')
    assert client.properties("/export/2019/a.jpg")["getetag"] == first
    path.write_bytes(b"x" * 1000)
    os.utime(path, ns=(10**18 + 1000, 10**18 + 1000))
    assert client.get("/export/2019/a.jpg").headers["etag"] != first


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If_None_Match": "{etag}"}, 304),
        ({"If_None_Match": 'W/{etag}, "other"'}, 304),
        ({"If_None_Match": "*"}, 304),
        ({"If_None_Match": '"other"'}, 200),
        ({"If_None_Match": "{etag}", "If_Modified_Since": "{future}"}, 304),
        ({"If_None_Match": '"other"', "If_Modified_Since": "{same}"}, 200),
        ({"If_Modified_Since": "{same}"}, 304),
        ({"If_Modified_Since": "{past}"}, 200),
        ({"If_Modified_Since": "nonsense"}, 200),
        ({"If_Match": "{etag}"}, 200),
        ({"If_Match": '"other"'}, 412),
        ({"If_Unmodified_Since": "{past}"}, 412),
        ({"Range": "bytes=0-9", "If_Range": "{etag}"}, 206),
        ({"Range": "bytes=0-9", "If_Range": "{same}"}, 206),
        ({"Range": "bytes=0-9", "If_Range": '"other"'}, 200),
        ({"Range": "bytes=0-9", "If_Range": "{past}"}, 200),
    ],
)
def test_conditions_are_those_of_rfc_9110(standing, headers, status):
    client = standing
    etag = client.get("/export/2019/a.jpg").headers["etag"]
    values = {"etag": etag, "same": formatdate(1_500_000_000, usegmt=True)}
    values |= {"past": formatdate(1_400_000_000, usegmt=True), "future": formatdate(1_600_000_000, usegmt=True)}
    answer = client.get("/export/2019/a.jpg", **{name: text.format(**values) for name, text in headers.items()})
    assert answer.status == status
    if status == 304:
        assert (answer.body, answer.headers["etag"]) == (b"", etag)


def test_an_empty_file_is_served(drive, flat_export):
    (flat_export / "export" / "empty.jpg").touch()
    client = drive(flat_export)
    assert (client.get("/export/empty.jpg").status, client.get("/export/empty.jpg").body) == (200, b"")
    assert client.get("/export/empty.jpg", Range="bytes=0-5").status in (200, 416)


def test_a_folder_is_not_a_file(standing):
    answer = standing.get("/export/2019/")
    assert answer.status == 403
    assert "file manager" in answer.text


# -- what is not served


def test_links_and_special_files_are_neither_listed_nor_read(drive, flat_export, tmp_path):
    export, outside = flat_export / "export", tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.jpg").write_text("secret")
    (export / "link.jpg").symlink_to(outside / "secret.jpg")
    (export / "inside.jpg").symlink_to(export / "2019" / "a.jpg")
    (export / "linked folder").symlink_to(outside)
    (export / "inner folder").symlink_to(export / "2019")
    (export / "dangling.jpg").symlink_to(outside / "nothing")
    os.mkfifo(export / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(export / "socket.jpg"))
    client = drive(flat_export)
    assert client.names("/export/") == ["2019/"]
    hidden = ("link.jpg", "inside.jpg", "linked folder/secret.jpg", "inner folder/a.jpg", "dangling.jpg", "socket.jpg")
    for name in hidden:
        assert client.get(f"/export/{name}").status == 404, name
        assert client.ask("PROPFIND", quote(f"/export/{name}"), Depth="0").status == 404, name
    for _ in range(60):  # more than there are threads; each would wait for a writer for ever
        assert client.get("/export/pipe.jpg").status == 404
    assert client.ask("PROPFIND", quote("/export/linked folder/"), Depth="1").status == 404


def test_a_folder_that_becomes_a_link_while_it_is_read_leads_nowhere(tmp_path):
    """Two threads fight over what ``way`` is; not once may the reader come out on the other side."""
    export, outside = tmp_path / "export", tmp_path / "outside"
    for folder in (export / "way", outside):
        folder.mkdir(parents=True)
    (export / "way" / "a.jpg").write_text("ours")
    (outside / "a.jpg").write_text("theirs")
    (tmp_path / "link").symlink_to(outside)
    tree, stop = FolderTree(export), threading.Event()

    def swap() -> None:
        while not stop.is_set():
            os.rename(export / "way", tmp_path / "aside")
            os.rename(tmp_path / "link", export / "way")
            os.rename(export / "way", tmp_path / "link")
            os.rename(tmp_path / "aside", export / "way")
            time.sleep(0)

    thread = threading.Thread(target=swap)
    thread.start()
    seen, tries, deadline = set(), 0, time.monotonic() + 5
    try:
        while (tries < 2000 or not seen) and time.monotonic() < deadline:
            tries += 1
            opened = tree.open(("way", "a.jpg"))
            if opened is not None:
                with opened.file as file:
                    seen.add(file.read())
    finally:
        stop.set()
        thread.join()
    assert seen == {b"ours"}


def test_bad_names_do_not_break_their_folder(drive, flat_export):
    folder = os.fsencode(flat_export / "export" / "odd")
    os.mkdir(folder)
    bad = [b"a\x01b.jpg", b"a\xff\xfe.jpg", "a\ufffe.jpg".encode(), b"a\nb.jpg", b"a\x7f.jpg", "a\u0085.jpg".encode()]
    good = [
        "a&b<c>\"'.jpg",
        "100%.jpg",
        "#?;+.jpg",
        "ä ö.jpg",
        "日本.jpg",
        "🦋.jpg",
        "x" * 200 + ".jpg",
        "a\u2028b.jpg",
    ]
    for name in (*bad, *(name.encode() for name in good), b".hidden.jpg", b".DS_Store", b"._a.jpg"):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(b"x")
    client = drive(flat_export)
    assert client.names("/export/odd") == sorted(good)
    for name in good:
        assert client.get(f"/export/odd/{name}").status == 200, name
        assert client.properties(f"/export/odd/{name}")["getcontentlength"] == "1"
    for name in (".hidden.jpg", ".DS_Store", "._a.jpg"):
        assert client.get(f"/export/odd/{name}").status == 404


def test_a_name_is_found_whichever_way_its_letters_are_composed(drive, flat_export):
    composed, decomposed = (unicodedata.normalize(form, "Grüße/Ä.jpg") for form in ("NFC", "NFD"))
    path = flat_export / "export" / composed
    path.parent.mkdir()
    path.write_text("composed")
    client = drive(flat_export)
    assert client.get(f"/export/{decomposed}").text == "composed"
    assert client.get(f"/export/{composed}").text == "composed"
    (path.parent / unicodedata.normalize("NFD", "Ä.jpg")).write_text("decomposed")
    folder = unicodedata.normalize("NFC", "Grüße")
    assert client.get(f"/export/{folder}/" + unicodedata.normalize("NFD", "Ä.jpg")).text == "decomposed"
    assert client.get(f"/export/{folder}/" + unicodedata.normalize("NFC", "Ä.jpg")).text == "composed"


def test_an_export_that_is_not_there_is_an_empty_folder(drive, tmp_path):
    client = drive(tmp_path / "new")
    assert client.names("/export/") == []
    assert client.names("/live/by-date/") == []
    assert not (tmp_path / "new").exists()


def test_a_file_that_shrinks_while_it_is_sent_ends_the_connection(drive, flat_export):
    path = flat_export / "export" / "big.mov"
    path.write_bytes(b"x" * 60_000_000)
    client = drive(flat_export)
    with socket.create_connection((client.host, client.port), timeout=15) as connection:
        connection.sendall(b"GET /export/big.mov HTTP/1.1\r\nHost: localhost\r\n\r\n")
        received = len(connection.recv(4096))
        os.truncate(path, 30_000_000)
        while block := connection.recv(1 << 20):
            received += len(block)
    assert received < 60_000_000


def test_reading_changes_nothing_on_the_disk(drive, flat_export):
    path = flat_export / "export" / "2019" / "a.jpg"
    before = path.stat()
    client = drive(flat_export)
    client.get("/export/2019/a.jpg")
    client.names("/export/2019")
    after = path.stat()
    assert (before.st_mtime_ns, before.st_ctime_ns, before.st_ino) == (
        after.st_mtime_ns,
        after.st_ctime_ns,
        after.st_ino,
    )
