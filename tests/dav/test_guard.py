"""The door of the drive: who is let in, for what, and what is said to everybody else."""

from __future__ import annotations

import base64
import os
import socket
from contextlib import closing
from pathlib import Path

import pytest

from mediaparser_core import accounts
from mediaparser_core.dav import listing

WRITES = ("PUT", "DELETE", "MKCOL", "COPY", "MOVE", "PROPPATCH", "LOCK", "UNLOCK", "POST", "PATCH", "ACL", "REPORT",
          "SEARCH", "MKCALENDAR", "BIND", "TRACE")  # fmt: skip


def state_of(folder: Path) -> dict[str, tuple[int, ...]]:
    """Everything that a write could change, access times aside."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        found[str(path)] = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_mode)
    return found


@pytest.mark.parametrize("path", ["/", "/export/", "/export/2019/a.jpg", "/export/new.jpg", "/live/", "/live/by-date/"])
def test_no_verb_that_writes_is_taken_on_a_read_only_share(drive, flat_export, path):
    client, before = drive(flat_export), state_of(flat_export / "export")
    headers = {"Destination": f"{client.address}/export/other.jpg", "Overwrite": "T"}
    for method in WRITES:
        answer = client.ask(method, path, b"<x/>" if method in ("PUT", "PROPPATCH", "LOCK") else None, **headers)
        assert answer.status == 405, method
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS, PROPFIND"
    assert state_of(flat_export / "export") == before


@pytest.mark.parametrize("path", ["/", "/export/", "/export/2019/", "/export/2019/a.jpg", "/live/", "*"])
def test_a_read_only_share_says_that_it_is_one(standing, path):
    answer = standing.ask("OPTIONS", path)
    assert (answer.status, answer.headers["dav"], answer.headers["ms-author-via"]) == (200, "1", "DAV")
    assert set(answer.headers.get("allow", "GET").split(", ")) <= {"GET", "HEAD", "OPTIONS", "PROPFIND"}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:{port}", 207), ("127.0.0.1:{port}", 207), ("[::1]:{port}", 207), ("192.168.1.20", 207),
        ("photos.home:8002", 207), ("evil.example", 421), ("localhost.evil.example", 421), ("", 421), ("a b", 421),
    ],
)  # fmt: skip
def test_only_requests_that_mean_this_machine_are_answered(standing, host, status):
    client = standing
    assert client.ask("PROPFIND", "/", Depth="0", Host=host.format(port=client.port)).status == status


@pytest.mark.parametrize("depth", [None, "infinity", "Infinity"])
def test_a_whole_tree_at_once_is_refused(standing, depth):
    client = standing
    answer = client.ask("PROPFIND", "/export/", **({"Depth": depth} if depth else {}))
    assert answer.status == 403
    assert b"propfind-finite-depth" in answer.body
    assert client.ask("PROPFIND", "/export/", Depth="2").status == 400


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/export/../users.json", 400), ("/export/%2e%2e/users.json", 400), ("/export/..%2fusers.json", 404),
        ("/export/%2e%2e%2fusers.json", 404), ("/export/..%5cusers.json", 404), ("/export/%252e%252e/users.json", 404),
        ("/export//2019/a.jpg", 400), ("/export/2019/%00", 400), ("/export/2019/%ff%fe", 400),
        ("/export/2019/a%0d%0ab.jpg", 400), ("/export/2019/%ef%bf%be", 400), ("/users.json", 404),
        ("/export/.mediaparser-partial/x", 404), ("/EXPORT/2019/a.jpg", 404), ("/export/2019/a.jpg/", 200),
    ],
)  # fmt: skip
def test_an_address_is_a_clean_path_or_nothing(standing, path, status):
    answer = standing.ask("GET", path)
    assert answer.status == status, answer.text
    if status != 200:
        assert "/bare" not in answer.text
        assert "wsgidav" not in answer.text.lower()


def test_a_body_that_is_too_long_is_refused_at_once(drive, flat_export, monkeypatch):
    client = drive(flat_export)
    names = b"".join(b"<a%d/>" % number for number in range(200_000))
    body = b'<propfind xmlns="DAV:"><prop>' + names + b"</prop></propfind>"
    with monkeypatch.context() as patched:
        patched.setattr(listing, "read_request", lambda body: pytest.fail("it was looked into"))
        assert client.ask("PROPFIND", "/export/", body, Depth="1").status == 413
    client.close()
    few = b'<propfind xmlns="DAV:"><prop>' + b"".join(b"<a%d/>" % n for n in range(200)) + b"</prop></propfind>"
    assert client.ask("PROPFIND", "/export/", few, Depth="1").status == 413  # more properties than anybody needs
    long = b'<propfind xmlns="DAV:"><prop><' + b"a" * 9000 + b"/></prop></propfind>"
    assert client.ask("PROPFIND", "/export/", long, Depth="1").status == 413
    assert client.ask("PROPFIND", "/export/", Depth="1").status == 207


@pytest.mark.parametrize(
    "body",
    [
        b"not xml",
        b"<propfind/>",
        b'<?xml version="1.0"?><!DOCTYPE p [<!ENTITY a "b">]><propfind xmlns="DAV:"><allprop/></propfind>',
        b'<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><propfind xmlns="DAV:"><prop><a>&x;</a></prop>',
        b'<!DOCTYPE p SYSTEM "http://evil.example/p.dtd"><propfind xmlns="DAV:"><allprop/></propfind>',
        b'<?xml version="1.0" encoding="x-nonsense"?><propfind xmlns="DAV:"><allprop/></propfind>',
        b'<propfind xmlns="DAV:"><allprop/><propname/></propfind>',
        b'<propfind xmlns="DAV:"/>',
    ],
)
def test_a_request_that_is_no_propfind_is_refused(standing, body):
    assert standing.ask("PROPFIND", "/export/", body, Depth="1").status == 400


def raw(client, request: bytes, *, half_close: bool = False) -> bytes:
    """Bytes to the drive, and everything it answers until it closes the connection."""
    with closing(socket.create_connection((client.host, client.port), timeout=15)) as connection:
        connection.sendall(request)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while block := connection.recv(65536):
            answer += block
        return answer


def test_headers_without_end_and_lengths_that_are_none_are_refused(standing):
    client = standing
    long = b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-Long: " + b"a" * 100_000 + b"\r\n\r\n"
    assert raw(client, long).startswith(b"HTTP/1.1 413")
    for length in (b"-5", b"5x"):
        request = (
            b"PROPFIND / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " + length + b"\r\n\r\n"
        )
        assert raw(client, request).startswith(b"HTTP/1.1 400")


def test_a_refused_upload_is_not_read_into_memory_and_does_not_become_a_request(drive, flat_export):
    client = drive(flat_export)
    hidden = b"DELETE /export/2019/a.jpg HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head = b"PUT /export/x HTTP/1.1\r\nHost: localhost\r\n"
    answer = raw(client, head + b"Content-Length: 50000000000\r\n\r\n" + hidden * 40_000)
    assert answer.startswith(b"HTTP/1.1 405")
    assert answer.count(b"HTTP/1.1") == 1
    chunk = b"%x\r\n" % len(hidden) + hidden + b"\r\n"
    answer = raw(client, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 20_000)
    assert answer.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("name", ["x.html", "x.svg", "x.xml", "x.xmp", "x.pdf", "x"])
def test_what_a_browser_could_run_is_only_saved(drive, flat_export, name):
    (flat_export / "export" / name).write_text("<script>alert(1)</script>")
    answer = drive(flat_export).get(f"/export/{name}")
    assert answer.status == 200
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{name}"
    assert answer.headers["content-type"] == "application/octet-stream"


def test_every_answer_is_sandboxed(drive, flat_export):
    client = drive(flat_export)
    answers = [
        client.get("/export/2019/a.jpg"), client.get("/export/nothing"), client.ask("PROPFIND", "/", Depth="1"),
        client.ask("PUT", "/x", b"x"), client.ask("OPTIONS", "/export/"),
    ]  # fmt: skip
    for answer in answers:
        assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["server"] == "MediaParser"
    assert "content-disposition" not in answers[0].headers


# -- users


def test_without_users_this_machine_may_look_and_nobody_may_write(drive, flat_export):
    client = drive(flat_export, inbox__enabled=True)
    assert client.names("/") == ["export/", "live/"]
    assert client.ask("PROPFIND", "/inbox/", Depth="1").status == 403
    assert client.ask("PUT", "/inbox/x.jpg", b"x").status == 403
    assert client.ask("PROPFIND", "/", Depth="1", X_Forwarded_For="10.0.0.7").status == 403


def test_with_users_everybody_shows_a_password(drive, flat_export):
    client = drive(flat_export, user="anna")
    assert client.names("/") == ["export/", "live/"]
    for header in ("", "Basic", "Basic !!!", "Bearer x", "Basic " + base64.b64encode(b"no colon").decode()):
        answer = client.ask("PROPFIND", "/", Depth="0", Authorization=header)
        assert answer.status == 401
        assert answer.headers["www-authenticate"].startswith("Basic ")
    for pair in (b"anna:wrong", b"anna:", b"bert:correct horse battery", b"\xff\xfe:x"):
        header = "Basic " + base64.b64encode(pair).decode()
        assert client.ask("GET", "/export/2019/a.jpg", Authorization=header).status == 401


@pytest.mark.parametrize(
    ("roles", "top", "export", "inbox"),
    [
        (("look",), ["export/", "live/"], 207, 403),
        (("decide",), ["export/", "live/"], 207, 403),
        (("drop",), ["inbox/"], 403, 207),
        (("look", "drop"), ["export/", "inbox/", "live/"], 207, 207),
    ],
)
def test_roles_open_their_own_shares(drive, flat_export, roles, top, export, inbox):
    client = drive(flat_export, user="anna", roles=roles, inbox__enabled=True)
    assert client.names("/") == top
    assert client.ask("PROPFIND", "/export/", Depth="1").status == export
    assert client.ask("PROPFIND", "/inbox/", Depth="1").status == inbox


def test_a_hundred_requests_with_a_password_cost_one_computation(drive, flat_export, monkeypatch):
    client, matches, computed = drive(flat_export, user="anna"), accounts._matches, []

    def counted(password, stored):
        computed.append(stored)
        return matches(password, stored)

    monkeypatch.setattr(accounts, "_matches", counted)
    for _ in range(100):
        client.names("/export")
    assert len(computed) == 1


def test_guessing_is_slowed_down_and_those_who_are_in_stay_in(drive, flat_export):
    client = drive(flat_export, user="anna")
    client.names("/")
    header = "Basic " + base64.b64encode(b"anna:wrong").decode()
    answers = [client.ask("PROPFIND", "/", Depth="0", Authorization=header).status for _ in range(12)]
    assert answers == [401] * 9 + [429] * 3
    assert client.names("/") == ["export/", "live/"]


def test_a_user_who_is_removed_is_out_at_once(drive, flat_export):
    client = drive(flat_export, user="anna")
    client.names("/")
    users = accounts.load(flat_export)
    users.add("bert", "another password")
    users.remove("anna")
    assert client.ask("PROPFIND", "/", Depth="0").status == 401


def test_a_damaged_users_file_opens_no_door(drive, flat_export):
    client = drive(flat_export, user="anna")
    (flat_export / "users.json").write_text("")
    answer = client.ask("PROPFIND", "/", Depth="0")
    assert answer.status == 503
    assert os.fspath(flat_export) not in answer.text
    assert any("users.json is damaged" in line for line in client.told)


def test_wsgidav_sends_large_blocks_and_keeps_no_locks_for_what_can_only_be_read():
    from mediaparser_core.dav.sharing import ReadOnlyProvider, make_app

    provider = ReadOnlyProvider()
    app = make_app({"/": provider}, locks=True, properties=True)
    assert app.config["block_size"] == 262_144
    assert (provider.lock_manager, provider.prop_manager, provider.is_readonly()) == (None, None, True)
    assert app.config["mutable_live_props"] == []
