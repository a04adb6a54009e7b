"""Behind a proxy with encryption, set up as the page on it says: pages and drive work, and nobody is taken for local."""

from __future__ import annotations

import base64
import re
import shutil
import socket
import ssl
import subprocess
from contextlib import suppress
from http.client import HTTPSConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

from .conftest import until

ROOT = Path(__file__).resolve().parents[2]
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
PASSWORD = "correct horse battery"

pytestmark = pytest.mark.skipif(not NGINX or not shutil.which("openssl"), reason="there is no nginx here")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Proxied:
    """nginx with the servers of docs/deploy/reverse-proxy.md, in front of ``mediaparser serve``."""

    def __init__(self, folder: Path, pictures: int, drive: int) -> None:
        (told,) = re.findall(
            r"```nginx\n(.*?)```", (ROOT / "docs/deploy/reverse-proxy.md").read_text("utf-8"), re.DOTALL
        )
        self.port = free_port()
        key = [
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            folder / "key.pem",
            "-out",
            folder / "cert.pem",
            "-subj",
            "/CN=x",
        ]
        subprocess.run(["openssl", "req", "-x509", "-days", "2", *key], check=True, capture_output=True)
        for was, is_ in (
            ("443", f"127.0.0.1:{self.port}"), ("127.0.0.1:8001", f"127.0.0.1:{pictures}"), ("127.0.0.1:8002", f"127.0.0.1:{drive}"),
            ("/etc/letsencrypt/live/example.org/fullchain.pem", f"{folder}/cert.pem"),
            ("/etc/letsencrypt/live/example.org/privkey.pem", f"{folder}/key.pem"),
        ):  # fmt: skip
            assert was in told
            told = told.replace(was, is_)
        paths = " ".join(
            f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
            f"events {{}}\nhttp {{ access_log off; {paths}\n{told}}}\n"
        )
        self.process = subprocess.Popen([NGINX, "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL)

    def answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def ask(self, name: str, method: str, path: str, body=None, user: str = "", **headers: str):
        """Status, headers and body, as somebody asks who knows the proxy as *name*."""
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        connection = HTTPSConnection("127.0.0.1", self.port, context=trusting, timeout=30)
        given = {"Host": f"{name}:{self.port}"} | {key.replace("_", "-"): value for key, value in headers.items()}
        if user:
            given["Authorization"] = "Basic " + base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
        try:
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()


@pytest.fixture
def proxied(library, start, program, tmp_path):
    program("user", "add", "anna", "--role", "decide", "--role", "drop", "--password-stdin", input=f"{PASSWORD}\n")
    names = {"EXPLORE": "photos.example.org", "WEBDAV": "drive.example.org"}
    env = {f"MEDIAPARSER_{part}_HOSTS": name for part, name in names.items()}
    env |= {
        "MEDIAPARSER_INBOX_ENABLED": "true",
        "MEDIAPARSER_INBOX_FREE_GB": "0",
        "MEDIAPARSER_WATCH_STABLE_SECONDS": "60",
    }
    running = start("serve", "--port", "0", "--drive-port", "0", env=env, lines=7)
    ports = [
        int(re.search(rf"{what} +http://127.0.0.1:(\d+)", "".join(running.said))[1]) for what in ("Pictures", "Drive")
    ]
    (tmp_path / "nginx").mkdir()
    found = Proxied(tmp_path / "nginx", *ports)
    try:
        until(found.answers, 20, why=lambda: (tmp_path / "nginx" / "error.log").read_text())
        yield found
    finally:
        found.process.terminate()
        found.process.wait(10)


def test_pages_work_and_their_cookie_is_for_encrypted_connections_only(proxied):
    site, origin = "photos.example.org", f"https://photos.example.org:{proxied.port}"
    assert proxied.ask(site, "GET", "/", Accept="text/html")[0] == 303
    form = urlencode({"name": "anna", "password": PASSWORD, "back": "/-/drop"})
    kind = "application/x-www-form-urlencoded"
    ours = {"Origin": origin, "Sec_Fetch_Site": "same-origin"}  # as browsers say it over an encrypted connection
    status, headers, _ = proxied.ask(site, "POST", "/-/login", form, Content_Type=kind, **ours)
    assert status == 303 and headers["location"] == "/-/drop" and "secure" in headers["set-cookie"].lower()
    cookie = headers["set-cookie"].partition(";")[0]
    assert proxied.ask(site, "GET", "/-/drop", Cookie=cookie)[0] == 200
    large = b"x" * 5_000_000  # more than nginx takes by itself
    sent = proxied.ask(
        site, "POST", f"/-/drop/file?path=a.mov&size={len(large)}&modified=0", large, Cookie=cookie, **ours
    )
    assert sent[0] == 200, sent
    assert (
        proxied.ask(
            site,
            "POST",
            "/-/login",
            form,
            Origin="https://evil.example",
            Sec_Fetch_Site="cross-site",
            Content_Type=kind,
        )[0]
        == 403
    )
    assert proxied.ask("evil.example", "GET", "/", Accept="text/html")[0] == 421


def test_the_drive_works_with_names_of_its_own(proxied, library):
    site = "drive.example.org"

    def ask(method, path, body=None, **headers):
        return proxied.ask(site, method, path, body, user="anna", **headers)

    # nginx sends a name it does not know to its first server, so the drive is asked for by name
    assert proxied.ask(site, "PROPFIND", "/", Depth="1")[0] == 401
    status, _, body = ask("PROPFIND", "/", Depth="1")
    assert status == 207 and b"/inbox/" in body
    assert ask("PUT", "/inbox/one.mov", b"x" * 3_000_000)[0] == 201
    there = f"https://{site}:{proxied.port}/inbox/two.mov"
    status, _, body = ask("MOVE", "/inbox/one.mov", Destination=there)
    assert status == 201, body
    assert (library / "inbox" / "two.mov").stat().st_size == 3_000_000
