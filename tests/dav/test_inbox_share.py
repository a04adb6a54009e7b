"""The inbox as a share: whole files, bounded locks, and no way out."""

from __future__ import annotations

import base64
import os
import socket
import time
from contextlib import closing
from urllib.parse import quote

import pytest

from mediaparser_core.export.destination import STAGING

LOCK = (
    b'<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
    b"<D:locktype><D:write/></D:locktype><D:owner>anna</D:owner></D:lockinfo>"
)


@pytest.fixture
def client(drive, flat_export):
    return drive(flat_export, user="anna", inbox__enabled=True)


@pytest.fixture
def folder(flat_export):
    return flat_export / "inbox"


def staged(folder):
    return os.listdir(folder / STAGING)


def test_a_picture_is_put_read_and_taken_away(client, folder):
    assert client.ask("PUT", "/inbox/a.jpg", b"picture").status == 201
    assert (folder / "a.jpg").read_bytes() == b"picture"
    assert client.get("/inbox/a.jpg").body == b"picture"
    assert client.get("/inbox/a.jpg", Range="bytes=2-3").body == b"ct"
    assert client.names("/inbox/") == ["a.jpg"]
    assert client.ask("PUT", "/inbox/a.jpg", b"better").status == 204
    assert client.ask("DELETE", "/inbox/a.jpg").status == 204
    assert client.names("/inbox/") == []
    assert staged(folder) == []


def test_the_inbox_says_that_it_can_be_written_to_and_locked(client):
    answer = client.ask("OPTIONS", "/inbox/")
    assert answer.headers["dav"] == "1,2"
    assert {"LOCK", "PROPPATCH", "DELETE"} <= set(answer.headers["allow"].split(", "))


def test_an_etag_is_quoted_everywhere(client):
    put = client.ask("PUT", "/inbox/a.jpg", b"picture")
    assert (
        client.properties("/inbox/a.jpg")["getetag"]
        == put.headers["etag"]
        == client.get("/inbox/a.jpg").headers["etag"]
    )
    assert put.headers["etag"].startswith('"')


def send(client, head: bytes, body: bytes) -> bytes:
    """An upload that stops after *body*; what the drive says to that."""
    token = base64.b64encode(f"{client.user}:correct horse battery".encode())
    with closing(socket.create_connection((client.host, client.port), timeout=15)) as connection:
        connection.sendall(head + b"Host: localhost\r\nAuthorization: Basic " + token + b"\r\n\r\n" + body)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while block := connection.recv(65536):
            answer += block
        return answer


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"PUT /inbox/a.jpg HTTP/1.1\r\nContent-Length: 1000000\r\n", b"x" * 1000),
        (b"PUT /inbox/a.jpg HTTP/1.1\r\nContent-Length: 1000000\r\n", b""),
        (b"PUT /inbox/a.jpg HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", b"3e8\r\n" + b"x" * 500),
        (b"PUT /inbox/a.jpg HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", b"3e8\r\n" + b"x" * 1000 + b"\r\n"),
        (b"PUT /inbox/a.jpg HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", b"zz\r\nxx\r\n0\r\n\r\n"),
        (b"PUT /inbox/a.jpg HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", b"ffffffffffffffff1\r\nxx"),
        (
            b"PUT /inbox/a.jpg HTTP/1.1\r\nTransfer-Encoding: chunked\r\nX-Expected-Entity-Length: 9\r\n",
            b"2\r\nxx\r\n0\r\n\r\n",
        ),
    ],
)
@pytest.mark.parametrize("existing", [True, False])
def test_an_upload_that_is_cut_off_leaves_everything_as_it_was(client, folder, head, body, existing):
    if existing:
        client.ask("PUT", "/inbox/a.jpg", b"old")
    answer = send(client, head, body)
    assert b" 201 " not in answer.split(b"\r\n")[0]
    assert b" 204 " not in answer.split(b"\r\n")[0]
    deadline = time.monotonic() + 60
    while staged(folder) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert staged(folder) == []
    assert [path.name for path in folder.glob("*.jpg")] == (["a.jpg"] if existing else [])
    assert client.names("/inbox/") == (["a.jpg"] if existing else [])
    if existing:
        assert client.get("/inbox/a.jpg").body == b"old"


def test_an_upload_in_chunks_arrives(client, folder):
    body = (
        b"".join(b"%x\r\n" % size + b"x" * size + b"\r\n" for size in (1, 70_000, 300_000)) + b"0\r\nTrailer: x\r\n\r\n"
    )
    answer = send(client, b"PUT /inbox/a.jpg HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", body)
    assert answer.startswith(b"HTTP/1.1 201")
    assert (folder / "a.jpg").stat().st_size == 370_001


def test_an_upload_that_is_stalled_is_given_up_and_the_name_stays_free(drive, flat_export, folder, monkeypatch):
    monkeypatch.setattr("mediaparser_core.dav.server.TIMEOUT", 1)
    client = drive(flat_export, user="anna", inbox__enabled=True)
    head = b"PUT /inbox/slow.jpg HTTP/1.1\r\nContent-Length: 100\r\nHost: localhost\r\n"
    token = base64.b64encode(b"anna:correct horse battery")
    with closing(socket.create_connection((client.host, client.port), timeout=20)) as connection:
        connection.sendall(head + b"Authorization: Basic " + token + b"\r\n\r\nabc")
        deadline = time.monotonic() + 60
        while not staged(folder) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(staged(folder)) == 1
        assert client.names("/inbox/") == []  # the half file is nobody's business
        connection.settimeout(15)
        assert connection.recv(100)[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 408", b"HTTP/1.1 500")
    assert staged(folder) == []


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("a%01b.jpg", 400), ("%ff.jpg", 400), (".DS_Store", 403), ("._a.jpg", 403), (".mp-x", 403),
        ("desktop.ini", 403), ("Thumbs.db", 403), (quote("x" * 300), 403), ("a%0ab", 400), (quote("日" * 90), 403), (quote("日本.jpg"), 201),
        (quote("a&b<c>.jpg"), 201), ("%2e%2e", 400), ("CON.jpg", 201),
    ],
)  # fmt: skip
def test_names_that_would_do_harm_are_refused(client, folder, name, status):
    before = sorted(os.listdir(folder))
    assert client.ask("PUT", f"/inbox/{name}", b"x").status == status
    if status != 201:
        assert sorted(os.listdir(folder)) == before
        assert client.ask("MKCOL", f"/inbox/{name}").status in (400, 403)
        assert client.ask("LOCK", f"/inbox/{name}", LOCK).status in (400, 403)
    assert staged(folder) == []


def test_nothing_leaves_the_inbox_for_another_share(client, folder, flat_export):
    client.ask("PUT", "/inbox/a.jpg", b"x")
    for method in ("COPY", "MOVE"):
        for target in (
            "/export/a.jpg",
            "/live/a.jpg",
            "/a.jpg",
            "/inbox/../export/a.jpg",
            "/inbox/%2e%2e/export/a.jpg",
        ):
            answer = client.ask(method, "/inbox/a.jpg", Destination=client.address + target)
            assert answer.status >= 400, (method, target)
        answer = client.ask(method, "/export/2019/a.jpg", Destination=client.address + "/inbox/stolen.jpg")
        assert answer.status == 405
        answer = client.ask(method, "/inbox/a.jpg", Destination="http://evil.example/inbox/b.jpg")
        assert answer.status == 502
    assert (folder / "a.jpg").exists()
    assert sorted(os.listdir(flat_export / "export")) == ["2019"]


def test_links_in_the_inbox_are_neither_shown_nor_followed(client, folder, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.jpg").write_text("secret")
    (folder / "way").symlink_to(outside)
    (folder / "link.jpg").symlink_to(outside / "secret.jpg")
    assert client.names("/inbox/") == []
    assert client.get("/inbox/link.jpg").status == 404
    assert client.ask("PUT", "/inbox/way/new.jpg", b"x").status in (404, 409)
    assert client.ask("PUT", "/inbox/link.jpg", b"x").status == 201
    assert (outside / "secret.jpg").read_text() == "secret"
    assert os.listdir(outside) == ["secret.jpg"]


def test_a_full_inbox_says_so_before_it_takes_a_byte(drive, flat_export):
    client = drive(flat_export, user="anna", inbox__enabled=True, inbox__quota_gb=0.000_01)  # ten kilobytes
    assert client.ask("PUT", "/inbox/a.jpg", b"x" * 9_000).status == 201
    assert client.ask("PUT", "/inbox/b.jpg", b"x" * 2_000).status == 507
    assert client.names("/inbox/") == ["a.jpg"]
    body = b'<propfind xmlns="DAV:"><prop><quota-available-bytes/><quota-used-bytes/></prop></propfind>'
    found = client.propfind("/inbox/", "0", body)
    assert int(found.find(".//{DAV:}quota-used-bytes").text) == 9_000
    assert int(found.find(".//{DAV:}quota-available-bytes").text) == 1_000


def test_a_disk_with_too_little_room_takes_nothing(drive, flat_export):
    client = drive(flat_export, user="anna", inbox__enabled=True, inbox__free_gb=10**9)
    assert client.ask("PUT", "/inbox/a.jpg", b"x").status == 507


def test_the_sender_may_say_when_a_picture_was_taken(client, folder):
    assert client.ask("PUT", "/inbox/a.jpg", b"x", X_OC_Mtime="1556971203.25").status == 201
    assert (folder / "a.jpg").stat().st_mtime == 1_556_971_203
    assert client.ask("PUT", "/inbox/b.jpg", b"x", X_OC_Mtime="yesterday").status == 201
    windows = (
        b'<?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop>'
        b"<Z:Win32LastModifiedTime>Sun, 05 May 2019 10:00:00 GMT</Z:Win32LastModifiedTime></D:prop></D:set>"
        b"</D:propertyupdate>"
    )
    assert client.ask("PROPPATCH", "/inbox/b.jpg", windows).status == 207
    assert (folder / "b.jpg").stat().st_mtime == 1_557_050_400


# -- locks and properties


def test_a_lock_ends_within_an_hour_whatever_was_asked_for(client):
    for timeout in ("Infinite", "Second-4100000000", ""):
        answer = client.ask("LOCK", "/inbox/a.jpg", LOCK, Timeout=timeout)
        assert answer.status in (200, 201)
        seconds = int(answer.text.split("Second-")[1].split("<")[0])
        assert seconds <= 3600
        token = answer.headers["lock-token"]
        refreshed = client.ask("LOCK", "/inbox/a.jpg", Timeout="Infinite", If=f"({token})")
        assert int(refreshed.text.split("Second-")[1].split("<")[0]) <= 3600
        assert client.ask("UNLOCK", "/inbox/a.jpg", Lock_Token=token).status == 204


def test_a_lock_keeps_others_out(drive, flat_export, client):
    from mediaparser_core import accounts

    token = client.ask("LOCK", "/inbox/a.jpg", LOCK).headers["lock-token"]
    accounts.load(flat_export).add("bert", "correct horse battery", ["drop"])
    client.user = "bert"
    assert client.ask("PUT", "/inbox/a.jpg", b"bert's").status == 423
    assert client.ask("DELETE", "/inbox/a.jpg").status == 423
    assert client.ask("UNLOCK", "/inbox/a.jpg", Lock_Token=token).status == 403
    client.user = "anna"
    assert client.ask("PUT", "/inbox/a.jpg", b"anna's", If=f"({token})").status == 204
    assert client.get("/inbox/a.jpg").body == b"anna's"


def test_locks_and_properties_are_bounded():
    from wsgidav.dav_error import DAVError

    from mediaparser_core.dav.locks import MOST, RESOURCES, Locks, Properties

    locks = Locks()
    locks.open()

    def lock(number: int, timeout: float = -1):
        return locks.create(
            f"/{number}",
            {"root": f"/{number}", "type": "write", "scope": "exclusive", "depth": "0", "owner": b"a",
             "timeout": timeout, "principal": "anna"},
        )  # fmt: skip

    for number in range(MOST - 1):
        lock(number)
    lock(MOST, timeout=0.01)
    time.sleep(0.02)
    lock(MOST + 1)  # the one that has ended makes room
    with pytest.raises(DAVError):
        lock(MOST + 2)
    with pytest.raises(DAVError):
        locks.create("/x", {"root": "/x", "owner": b"a" * 5000, "timeout": 1})
    properties = Properties()
    for number in range(RESOURCES + 50):
        properties.write_property(f"/{number}", "{x}y", b"value")
    assert len(properties._dict) == RESOURCES
    with pytest.raises(DAVError):
        properties.write_property("/1", "{x}z", b"v" * 10_000)


def test_the_inbox_is_not_there_when_it_is_not_enabled(drive, flat_export):
    client = drive(flat_export, user="anna")
    assert client.ask("PROPFIND", "/inbox/", Depth="1").status == 404
    assert client.ask("PUT", "/inbox/a.jpg", b"x").status == 405
    assert not (flat_export / "inbox").exists()
