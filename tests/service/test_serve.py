"""``mediaparser serve``: four processes that live and die together, and leave nothing behind."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import pytest

from mediaparser_core.catalog import Catalog
from mediaparser_core.service.supervisor import NotStarted, Part, Supervisor

from ..conftest import patience
from .conftest import below, exports, rows, until

LINES = 7  # the last line of the greeting
FREE = {
    "MEDIAPARSER_INBOX_FREE_GB": "0",
    "MEDIAPARSER_WATCH_STABLE_SECONDS": "1",
    "MEDIAPARSER_WATCH_RESCAN_SECONDS": "1",
}


def children(pid: int) -> dict[str, int]:
    """The commands of the children of a process, with their numbers."""
    found = {}
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{number}/stat") as status, open(f"/proc/{number}/cmdline") as line:
                if int(status.read().rpartition(")")[2].split()[1]) == pid:
                    words = line.read().split("\0")
                    found[next((w for w in words if w in ("explore", "webdav", "watch", "worker")), words[-1])] = int(
                        number
                    )
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as status:
            return status.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def served(library, start):
    """A running household; ``served.pictures`` and ``served.drive`` are its addresses."""
    running = start("serve", "--port", "0", "--drive-port", "0", env=FREE, lines=LINES)
    told = "".join(running.said)
    running.pictures = re.search(r"Pictures +(\S+)", told)[1].rstrip("/")
    running.drive = re.search(r"Drive +(\S+)", told)[1].rstrip("/")
    return running


def get(address: str, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    connection.request("GET", path)
    answer = connection.getresponse()
    try:
        return answer.status, answer.read()
    finally:
        connection.close()


def test_one_command_starts_everything_and_says_how_to_connect(library, served, make_picture, program):
    told = "".join(served.said)
    for words in (
        "DavWWWRoot",
        "Connect to Server",
        "dav://127.0.0.1:",
        "mediaparser user add",
        str(library / "inbox"),
    ):
        assert words in told
    assert get(served.pictures, "/-/jobs")[0] == 200 and get(served.pictures, "/-/status.json")[0] == 200
    assert get(served.drive, "/export/")[0] < 500
    until(lambda: len(rows(library, "select distinct service from heartbeats")) == 5)
    assert program.json("status")["ok"]
    for part in ("explorer", "webdav", "worker", "watcher", "serve"):  # as a container asks for its own health
        assert [row["service"] for row in program.json("status", "--service", part)["services"]] == [part]
    assert program.json("status", "--service", "nobody", code=1) == {"ok": False, "services": []}
    make_picture(library / "inbox" / "IMG_20190504_120003.jpg")
    until(lambda: "2019/20190504_120003.jpg" in exports(library))
    code, seconds = served.stop()
    assert code == 0 and seconds < patience(4)
    assert below(library / "inbox") == {} and len(below(library / "originals")) == 1
    left = {path.name for path in library.iterdir()}
    assert not {name for name in left if name.endswith(("-wal", "-shm"))}  # everything is in the databases
    assert {state for (state,) in rows(library, "select state from heartbeats where id in (select max(id) from heartbeats group "
                                       "by service)")} == {"stopped"}  # fmt: skip
    assert not program.json("status", "--service", "worker", code=1)["ok"]  # it has said good-bye


def test_it_starts_in_no_time(served):
    with open(f"/proc/{served.process.pid}/stat") as file:
        began = int(file.read().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    with open("/proc/uptime") as file:
        seconds = float(file.read().split()[0]) - began
    assert seconds < patience(3)  # 1.5 where nobody else works


def test_it_ends_in_time_with_an_open_stream_and_a_slow_download(library, served):
    (library / "export").mkdir(exist_ok=True)
    (library / "export" / "large.jpg").write_bytes(os.urandom(64 << 20))
    stream = http.client.HTTPConnection(urlsplit(served.pictures).netloc, timeout=30)
    stream.request("GET", "/-/jobs/stream")
    assert stream.getresponse().readline() == b"retry: 2000\n"
    host, port = urlsplit(served.drive).netloc.split(":")
    slow = socket.create_connection((host, int(port)))
    slow.sendall(f"GET /export/large.jpg HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    slow.recv(1000)
    try:
        code, seconds = served.stop()
    finally:
        stream.close()
        slow.close()
    assert code == 0 and seconds < patience(4)
    assert not [path for path in library.iterdir() if path.name.endswith("-wal")]


def test_a_part_that_dies_is_started_again(library, served, program):
    first = children(served.process.pid)
    assert set(first) == {"explore", "webdav", "watch", "worker"}
    os.kill(first["worker"], signal.SIGKILL)
    until(lambda: children(served.process.pid).get("worker") not in (None, first["worker"]))
    assert any("worker was killed by signal 9" in line for line in served.complained)
    until(
        lambda: (
            rows(library, "select state from heartbeats where service = 'worker' order by id desc limit 1")
            == [("running",)]
        )
    )
    assert program.json("status")["ok"]
    assert served.process.poll() is None


def test_nobody_outlives_a_killed_supervisor(served):
    pids = children(served.process.pid).values()
    assert len(pids) == 4
    served.process.send_signal(signal.SIGKILL)
    served.process.wait()
    until(lambda: not any(alive(pid) for pid in pids), 8)


def test_a_library_is_served_once(library, served, program):
    again = program("serve", "--port", "0", "--drive-port", "0", code=1)
    assert "runs already" in again.stderr
    refused = program("restore", code=1)
    assert "no backup" in refused.stderr or "runs" in refused.stderr


def test_an_address_that_is_taken_is_one_clear_line(library, program):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = program("serve", "--port", str(taken.getsockname()[1]), "--drive-port", "0", code=1)
    assert "explorer did not start" in result.stderr and "Traceback" not in result.stderr
    until(
        lambda: (
            rows(library, "select state from heartbeats where service = 'serve' order by id desc limit 1")
            == [("stopped",)]
        )
    )


def test_strangers_are_not_let_in_without_a_password(library, program):
    result = program("serve", "--host", "0.0.0.0", "--port", "0", "--drive-port", "0", code=1)
    assert "mediaparser user add" in result.stderr


# -- the supervisor by itself


def scripted(library, monkeypatch, *scripts: str, **more):
    """A supervisor of little programs; what it told."""
    told: list[str] = []

    def start(module, arguments, **options):
        return subprocess.Popen(
            [sys.executable, "-c", scripts[int(arguments[-1])]], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip

    monkeypatch.setattr("mediaparser_core.service.child.start", start)
    for name, value in more.items():
        monkeypatch.setattr(f"mediaparser_core.service.supervisor.{name}", value)
    parts = [Part(f"part{n}", [str(n)]) for n in range(len(scripts))]
    return Supervisor(library, parts, tell=told.append), parts, told


STAYS = "import time; print('http://127.0.0.1:1/', flush=True); time.sleep(60)"
DIES = "import time; print('ready', flush=True); time.sleep(0.1)"
DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"


def test_a_part_that_keeps_dying_stays_down_and_status_says_so(library, monkeypatch, program):
    supervisor, parts, told = scripted(library, monkeypatch, STAYS, DIES, RESTARTS=2, PAUSES=(0.05,))
    thread = threading.Thread(target=supervisor.run, args=(lambda running: None,))
    thread.start()
    try:
        until(lambda: parts[1].down)
        assert parts[0].process.poll() is None  # the others go on
        status = program.json("status", code=1)
        assert {row["service"]: row["state"] for row in status["services"]}["part1"] == "down"
    finally:
        supervisor.stop.set()
        thread.join()
    assert "3 times" in told[-1] and len(told) == 3


def test_a_part_that_does_not_hear_is_killed_in_time(library, monkeypatch):
    supervisor, parts, _ = scripted(library, monkeypatch, DEAF, STAYS, GRACE=2.0)
    supervisor_ended = []
    thread = threading.Thread(
        target=lambda: supervisor_ended.append(supervisor.run(lambda running: supervisor.stop.set()))
    )
    thread.start()
    thread.join(30)  # by itself it ends after sixty
    assert supervisor_ended == [None]
    assert [part.process.returncode for part in parts] == [-signal.SIGKILL, -signal.SIGTERM]


def test_what_never_says_that_it_is_there_ends_the_start(library, monkeypatch):
    supervisor, parts, _ = scripted(library, monkeypatch, STAYS, "import time; time.sleep(60)", READY=1.0, GRACE=0.5)
    with pytest.raises(NotStarted, match="part1"):
        supervisor.run(lambda running: None)
    assert all(part.process.poll() is not None for part in parts)


def test_a_library_is_free_again_afterwards(library, monkeypatch):
    for _ in range(2):
        supervisor, _, _ = scripted(library, monkeypatch, STAYS, GRACE=0.5)
        supervisor.run(lambda running, stop=supervisor.stop: stop.set())
    with Catalog(library) as catalog, catalog.lock():
        pass
