"""Real clients: cadaver, litmus, rclone, curl; many at once, and many that stall."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mediaparser_core.dav.server import TIMEOUT


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def call(*arguments: object, **more) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*map(str, arguments)], capture_output=True, text=True, timeout=60, **more)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# -- litmus


@needs("litmus")
def test_litmus_passes_on_the_inbox(drive, flat_export, tmp_path):
    client = drive(flat_export, user="anna", inbox__enabled=True)
    done = call("litmus", f"{client.address}/inbox/", "anna", "correct horse battery", cwd=tmp_path)
    for suite, tests in (("basic", 16), ("copymove", 13), ("props", 30), ("locks", 41), ("http", 4)):
        assert f"`{suite}': of {tests} tests run: {tests} passed, 0 failed" in done.stdout, done.stdout


@needs("litmus")
@pytest.mark.parametrize("share", ["export", "live"])
def test_litmus_cannot_even_begin_on_a_read_only_share(drive, library, tmp_path, share):
    before = digests(library / "export")
    done = call("litmus", "-k", f"{drive(library).address}/{share}/", cwd=tmp_path)
    assert "405" in done.stdout
    assert "100.0%" not in done.stdout
    assert digests(library / "export") == before


# -- cadaver


@needs("cadaver")
def test_cadaver_looks_around_and_cannot_write(drive, library, tmp_path):
    client, target = drive(library), tmp_path / "got.jpg"
    (tmp_path / "x.jpg").write_bytes(b"x")
    script = f"ls\ncd 2019\nls\nget 20190504_120003.jpg {target}\n"
    script += f"put {tmp_path}/x.jpg\nmkcol y\ndelete 20190504_120003.jpg\n"
    done = call(
        "cadaver", f"{client.address}/export/", input=script + "quit\n", env={**os.environ, "HOME": str(tmp_path)}
    )
    assert "20190504_120003.jpg" in done.stdout
    assert target.read_bytes() == (library / "export" / "2019" / "20190504_120003.jpg").read_bytes()
    assert done.stdout.count("405") >= 3


@needs("cadaver")
def test_cadaver_drops_a_picture_into_the_inbox(drive, flat_export, tmp_path):
    client = drive(flat_export, user="anna", inbox__enabled=True)
    (tmp_path / "x.jpg").write_bytes(b"picture")
    (tmp_path / ".netrc").write_text('machine 127.0.0.1 login anna password "correct horse battery"\n')
    done = call("cadaver", f"{client.address}/inbox/", input=f"put {tmp_path}/x.jpg x.jpg\nlock x.jpg\nls\nquit\n",
                env={**os.environ, "HOME": str(tmp_path)})  # fmt: skip
    assert (flat_export / "inbox" / "x.jpg").read_bytes() == b"picture", done.stdout


# -- rclone


@pytest.fixture
def rclone(tmp_path) -> Callable[..., subprocess.CompletedProcess[str]]:
    if shutil.which("rclone") is None:
        pytest.skip("rclone is not installed")
    config = tmp_path / "rclone.conf"
    config.touch()

    def run(command: str, client, path: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        login = []
        if client.user:
            hidden = call("rclone", "obscure", "correct horse battery").stdout.strip()
            login = ["--webdav-user", client.user, "--webdav-pass", hidden]
        remote = f":webdav:{path}"
        return call("rclone", "--config", config, "--webdav-url", client.address, *login, command, *(
            remote if each is None else each for each in (arguments or (None,))))  # fmt: skip

    return run


def test_rclone_lists_copies_and_compares_the_export(drive, library, rclone, tmp_path):
    client, export = drive(library), library / "export"
    listed = rclone("lsf", client, "export", "-R", "--files-only", None).stdout.split("\n")
    assert sorted(filter(None, listed)) == sorted(digests(export))
    assert rclone("copy", client, "export", None, tmp_path / "copy").returncode == 0
    assert digests(tmp_path / "copy") == digests(export)
    times = {path.name: int(path.stat().st_mtime) for path in (tmp_path / "copy").rglob("*.jpg")}
    assert times == {path.name: int(path.stat().st_mtime) for path in export.rglob("*.jpg")}
    assert rclone("check", client, "export", "--download", export, None).returncode == 0


def test_rclone_copies_the_live_folders_with_the_time_each_picture_was_taken(drive, library, rclone, tmp_path):
    client = drive(library)
    assert rclone("copy", client, "live/by-date", None, tmp_path / "copy").returncode == 0
    found = {path.name: path for path in (tmp_path / "copy").rglob("*.jpg")}
    exported = {path.name: path for path in (library / "export").rglob("*.jpg")}
    assert {name: path.read_bytes() for name, path in found.items()} == {
        name: path.read_bytes() for name, path in exported.items()
    }
    assert int(found["20190504_120003.jpg"].stat().st_mtime) == 1_556_967_603


def test_rclone_fills_the_inbox(drive, flat_export, rclone, tmp_path):
    client = drive(flat_export, user="anna", inbox__enabled=True)
    for number in range(12):
        path = tmp_path / "phone" / f"trip {number % 3}" / f"ä {number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(10_000 + number))
    done = rclone("copy", client, "inbox", tmp_path / "phone", None)
    assert done.returncode == 0, done.stderr
    assert digests(flat_export / "inbox") == digests(tmp_path / "phone")
    assert rclone("check", client, "inbox", "--download", tmp_path / "phone", None).returncode == 0


@pytest.mark.skipif(not Path("/dev/fuse").exists() or shutil.which("fusermount3") is None, reason="there is no FUSE")
def test_rclone_mounts_the_drive_as_a_folder_that_can_be_read_and_not_written(drive, library, tmp_path):
    if shutil.which("rclone") is None:
        pytest.skip("rclone is not installed")
    client, folder = drive(library), tmp_path / "mount"
    folder.mkdir()
    (tmp_path / "rclone.conf").touch()
    process = subprocess.Popen(
        ["rclone", "--config", tmp_path / "rclone.conf", "--webdav-url", client.address, "mount", ":webdav:", folder,
         "--vfs-cache-mode", "off"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 10
        while not os.path.ismount(folder) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        if not os.path.ismount(folder):
            process.kill()
            pytest.skip(f"nothing can be mounted here: {process.communicate()[1][-200:]}")
        assert sorted(os.listdir(folder)) == ["export", "live"]
        assert digests(folder / "export") == digests(library / "export")
        picture = folder / "live" / "by-date" / "2019" / "05" / "20190504_120003.jpg"
        assert picture.read_bytes() == (library / "export" / "2019" / "20190504_120003.jpg").read_bytes()
        assert int(picture.stat().st_mtime) == 1_556_967_603
        with pytest.raises(OSError, match=r"."):
            (folder / "export" / "new.jpg").write_bytes(b"x")
        assert not (library / "export" / "new.jpg").exists()
    finally:
        subprocess.run(["fusermount3", "-u", "-z", folder], capture_output=True)
        process.terminate()
        process.communicate(timeout=10)


# -- curl


@needs("curl")
def test_curl_fetches_ranges_and_resumes(drive, flat_export, tmp_path):
    data = os.urandom(3_000_000)
    (flat_export / "export" / "film.mov").write_bytes(data)
    client, target = drive(flat_export), tmp_path / "film.mov"
    url = f"{client.address}/export/film.mov"
    assert call("curl", "-sf", "-r", "1000000-1999999", "-o", target, url).returncode == 0
    assert target.read_bytes() == data[1_000_000:2_000_000]
    target.write_bytes(data[:1_234_567])
    assert call("curl", "-sf", "-C", "-", "-o", target, url).returncode == 0
    assert target.read_bytes() == data
    assert call("curl", "-sf", "-r", "3000000-", "-o", target, url).returncode == 22


@needs("curl")
def test_curl_waits_for_100_continue(drive, flat_export, tmp_path):
    client = drive(flat_export, user="anna", inbox__enabled=True)
    (tmp_path / "x.mov").write_bytes(b"x" * 2_000_000)
    login = ("-u", "anna:correct horse battery", "-H", "Expect: 100-continue")
    done = call("curl", "-s", "-w", "%{http_code}", *login, "-T", tmp_path / "x.mov", f"{client.address}/inbox/x.mov")
    assert done.stdout == "201"
    assert (flat_export / "inbox" / "x.mov").stat().st_size == 2_000_000


# -- many at once


def test_fifty_clients_at_once_all_get_what_they_asked_for(drive, flat_export):
    folder = flat_export / "export" / "many"
    folder.mkdir()
    for number in range(200):
        (folder / f"{number:03}.jpg").write_bytes(b"%03d" % number * 1000)
    client, wrong = drive(flat_export), []

    def work(number: int) -> None:
        try:
            connection = http.client.HTTPConnection(client.host, client.port, timeout=30)
            for turn in range(6):
                connection.request("PROPFIND", "/export/many/", headers={"Depth": "1"})
                if connection.getresponse().read().count(b"<D:href>") != 201:
                    wrong.append((number, turn, "list"))
                name = (number * 7 + turn) % 200
                connection.request("GET", f"/export/many/{name:03}.jpg", headers={"Range": "bytes=300-599"})
                if connection.getresponse().read() != b"%03d" % name * 100:
                    wrong.append((number, turn, "get"))
            connection.close()
        except (OSError, http.client.HTTPException) as error:
            wrong.append((number, repr(error)))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_who_stops_reading_is_given_up(drive, flat_export, monkeypatch):
    monkeypatch.setattr("mediaparser_core.dav.server.TIMEOUT", 1)
    (flat_export / "export" / "big.mov").write_bytes(b"x" * 50_000_000)
    client, received = drive(flat_export), 0
    with socket.create_connection((client.host, client.port), timeout=20) as stalled:
        stalled.sendall(b"GET /export/big.mov HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(4)
        while block := stalled.recv(1 << 20):  # what was on its way, and then the end
            received += len(block)
    assert received < 50_000_000
    monkeypatch.setattr("mediaparser_core.dav.server.TIMEOUT", TIMEOUT)  # for we may be slow ourselves
    assert len(client.ask("GET", "/export/big.mov").body) == 50_000_000


def test_forty_stalled_clients_harm_nobody(drive, flat_export):
    (flat_export / "export" / "big.mov").write_bytes(b"x" * 50_000_000)
    client, stalled = drive(flat_export), []
    try:
        for number in range(40):
            connection = socket.create_connection((client.host, client.port), timeout=10)
            if number % 3 == 0:
                connection.sendall(b"GET /export/big.mov HTTP/1.1\r\nHost: localhost\r\n\r\n")  # and never reads
            elif number % 3 == 1:
                connection.sendall(b"PROPFIND /export/ HTTP/1.1\r\nHost: loc")  # and never ends
            else:
                connection.sendall(b"PROPFIND / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n<a>")
            stalled.append(connection)
        time.sleep(0.3)
        for method in ("OPTIONS", "PROPFIND", "GET"):
            started = time.monotonic()
            answer = client.ask(method, "/export/2019/a.jpg", Depth="0")
            assert answer.status in (200, 207)
            assert time.monotonic() - started < TIMEOUT / 2  # after that, a thread is free in any case
    finally:
        for connection in stalled:
            connection.close()
