"""The server from outside: it starts, says where it is, and ends when it is told to."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from ..conftest import patience

PROGRAM = [sys.executable, "-m", "mediaparser_core"]


@pytest.fixture
def webdav() -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    started: list[subprocess.Popen[str]] = []

    def start(library: Path, *options: str, **environ: str) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [*PROGRAM, "--library", str(library), "webdav", "--port", "0", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONFAULTHANDLER": "1", **environ},
        )  # fmt: skip
        started.append(process)
        assert process.stdout is not None
        return process, process.stdout.readline().strip()

    yield start
    for process in started:
        process.kill()
        process.communicate()


def ask(address: str, method: str = "OPTIONS", path: str = "/") -> int:
    with closing(http.client.HTTPConnection(address.removeprefix("http://").rstrip("/"), timeout=10)) as connection:
        connection.request(method, path, headers={"Depth": "1"})
        return connection.getresponse().status


def test_it_starts_quickly_and_says_where_it_is(webdav, library):
    started = time.monotonic()
    _, address = webdav(library)
    assert ask(address) == 200
    assert time.monotonic() - started < patience(3)  # less than one where nobody else works
    assert ask(address, "PROPFIND", "/live/by-date/") == 207


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_time_while_clients_are_busy(webdav, flat_export, number):
    (flat_export / "export" / "big.mov").write_bytes(b"x" * 80_000_000)
    process, address = webdav(flat_export)
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    with ExitStack() as slow:
        for _ in range(5):
            connection = slow.enter_context(socket.create_connection((host, int(port)), timeout=10))
            connection.sendall(b"GET /export/big.mov HTTP/1.1\r\nHost: localhost\r\n\r\n")
            connection.recv(1000)
        started = time.monotonic()
        process.send_signal(number)
        assert ended(process) == 0
        assert time.monotonic() - started < patience(4)


def ended(process: subprocess.Popen[str]) -> int:
    """Its exit code; where it hangs, what its threads were doing."""
    try:
        return process.wait(30)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        pytest.fail(f"it did not end\n{process.communicate()[1]}")


def test_it_does_not_listen_to_others_without_a_user(library):
    done = subprocess.run([*PROGRAM, "--library", str(library), "webdav", "--host", "0.0.0.0", "--port", "0"],
                          capture_output=True, text=True, timeout=60)  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "add a user first: mediaparser user add NAME" in done.stderr


def test_it_listens_to_others_when_there_is_one(webdav, library):
    added = subprocess.run([*PROGRAM, "--library", str(library), "user", "add", "anna", "--password-stdin"],
                           input="correct horse\n", capture_output=True, text=True, timeout=60)  # fmt: skip
    assert added.returncode == 0, added.stderr
    _, address = webdav(library, "--host", "0.0.0.0")
    assert ask(address.replace("0.0.0.0", "127.0.0.1")) == 401


def test_a_port_that_is_taken_is_one_clear_line(library):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = subprocess.run(
            [*PROGRAM, "--library", str(library), "webdav", "--port", str(taken.getsockname()[1])],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    assert done.returncode == 1
    assert "the drive cannot listen on 127.0.0.1 port" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_damaged_users_file_is_one_clear_line(library):
    (library / "users.json").write_text("")
    done = subprocess.run([*PROGRAM, "--library", str(library), "webdav", "--port", "0"],
                          capture_output=True, text=True, timeout=60)  # fmt: skip
    assert done.returncode == 1
    assert "users.json is damaged" in done.stderr


def test_its_heart_beats_while_it_lives(webdav, library):
    process, _ = webdav(library)
    deadline = time.monotonic() + 60
    while not beats(library) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert beats(library) == ["running"]
    process.terminate()
    assert ended(process) == 0
    assert beats(library) == ["running", "stopped"]


def beats(library: Path) -> list[str]:
    with closing(sqlite3.connect(library / "catalog.db")) as conn:
        return [state for (state,) in conn.execute("select state from heartbeats where service = 'webdav' order by id")]


def test_a_small_server_stays_small(webdav, library):
    process, address = webdav(library)
    for _ in range(50):
        ask(address, "PROPFIND", "/live/by-date/2019/05/")
        ask(address, "PROPFIND", "/export/2019/")
    status = Path(f"/proc/{process.pid}/status").read_text()
    kilobytes = int(status.split("VmRSS:")[1].split()[0])
    assert kilobytes < 60_000


# -- users from the command line


def test_users_are_added_listed_and_removed(library):
    def user(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run([*PROGRAM, "--library", str(library), "user", *arguments],
                              input=given, capture_output=True, text=True, timeout=60)  # fmt: skip

    assert json.loads(user("list", "--json").stdout) == []
    assert (
        user("add", "anna", "--role", "decide", "--role", "drop", "--password-stdin", given="long enough\n").returncode
        == 0
    )
    assert json.loads(user("list", "--json").stdout) == [{"name": "anna", "roles": ["decide", "drop"]}]
    assert user("add", "bert", "--password-stdin", given="short\n").returncode == 1
    assert user("add", "b:t", "--password-stdin", given="long enough\n").returncode == 1
    assert user("remove", "anna").returncode == 0
    assert user("remove", "anna").returncode == 1
    assert "long enough" not in user("list").stdout
