#!/usr/bin/env python3
"""Measure the drive side by side with ``rclone serve webdav`` (and nginx for plain files), in one interleaved run.

    python benchmarks/webdav.py [--files 20000] [--runs 5] [--folder DIR] [--only ours,rclone,nginx]

Every figure is the median of ``--runs``; each server is asked in turn, so that all of them meet the same busy moments of
the machine, and only the ratios mean much. What is asked for: a folder of ``--files`` files, one of 200, one node, a file
of 256 MB, one of 20 KB, the same unchanged, a range of 1 MB, the live folders of a catalog with ``--files`` pictures (ours
alone), and fifty clients at once. The last line of each server is its memory when all is done.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

BIG, SMALL = 256 * 1024 * 1024, 20 * 1024
BLOCK = 1024 * 1024
RANGE = "bytes=9000000-9999999"


# -- what is served


def make_export(export: Path, files: int) -> None:
    """The folders ``many`` and ``few``, and three files."""
    for folder, count in (("many", files), ("few", 200)):
        (export / folder).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            os.close(os.open(export / folder / f"20190504_{number:06}.jpg", os.O_CREAT | os.O_WRONLY))
    for name, size in (("big.mov", BIG), ("small.jpg", SMALL)):
        if not (export / name).exists() or (export / name).stat().st_size != size:
            with (export / name).open("wb") as file:
                for _ in range(max(1, size // BLOCK)):
                    file.write(os.urandom(min(size, BLOCK)))


def make_catalog(library: Path, count: int) -> None:
    """A catalog of *count* exported pictures: two a day from 2005 on, seven cameras, forty tags."""
    from mediaparser_core.catalog import Catalog

    if (library / "catalog.db").exists():
        return
    with Catalog(library):
        pass
    conn = sqlite3.connect(library / "catalog.db", isolation_level=None)
    conn.execute("begin")
    for number in range(count):
        sha = hashlib.sha256(b"%d" % number).hexdigest()
        moment = datetime(2005, 1, 1) + timedelta(minutes=number * 500)
        target = f"{moment:%Y}/{moment:%Y%m%d_%H%M%S}.jpg"
        path = library / "export" / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * (number % 1000))
        status = path.stat()
        name, inode = f"{number}.jpg", status.st_ino
        place = (38.7, -9.1) if number % 3 == 0 else (None, None)
        level = ("high", "high", "medium", "low")[number % 4]
        for table, values in (
            ("files", {"root": "/input", "path_bytes": f"/input/{name}".encode(), "path": f"/input/{name}", "name": name,
                       "size": status.st_size, "mtime_ns": 0, "ctime_ns": 0, "inode": inode, "device": 0, "sha256": sha,
                       "kind": "image", "state": "present"}),
            ("assets", {"sha256": sha, "kind": "image", "format": "jpeg", "size": status.st_size, "make": "Canon",
                        "model": f"EOS {number % 7}", "latitude": place[0], "longitude": place[1]}),
            ("dates", {"sha256": sha, "taken_at": moment.isoformat(), "precision": "second", "source": "exif",
                       "rule": "embedded", "confidence": 0.99, "level": level, "needs_review": level == "low",
                       "reason": "made up"}),
            ("standings", {"sha256": sha, "kept": 1, "wanted": 1}),
            ("tags", {"sha256": sha, "tag": f"tag {number % 40}", "source": "exif"}),
            ("receipts", {"sha256": sha, "target": target, "written_sha256": sha, "at": "2024-01-01T00:00:00Z"}),
        ):  # fmt: skip
            columns, marks = ", ".join(values), ", ".join("?" * len(values))
            conn.execute(f"insert into {table} ({columns}) values ({marks})", list(values.values()))
    conn.execute("commit")
    conn.close()


# -- who serves it


class Server:
    """A process that serves *export* below *prefix*."""

    def __init__(
        self, name: str, process: subprocess.Popen[bytes], port: int, prefix: str, *, dav: bool = True
    ) -> None:
        self.name, self.process, self.port, self.prefix, self.dav = name, process, port, prefix, dav

    def memory(self) -> float:
        """Resident megabytes, children included."""
        pids = [self.process.pid]
        with suppress(OSError):
            pids += map(int, Path(f"/proc/{pids[0]}/task/{pids[0]}/children").read_text().split())
        total = 0
        for pid in pids:
            with suppress(OSError):
                total += int(Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0])
        return total / 1024


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(name: str, library: Path, scratch: Path) -> Iterator[Server | None]:
    """The server *name*; ``None`` when it is not installed."""
    port, export = free_port(), library / "export"
    dav, prefix = True, "/export" if name == "ours" else ""
    if name == "ours":
        command = [
            sys.executable,
            "-m",
            "mediaparser_core",
            "-q",
            "--library",
            str(library),
            "webdav",
            "--port",
            str(port),
        ]
    elif name == "rclone" and shutil.which("rclone"):
        command = ["rclone", "serve", "webdav", "--addr", f"127.0.0.1:{port}", str(export)]
    elif name == "nginx" and (nginx := shutil.which("nginx") or shutil.which("/usr/sbin/nginx")):
        dav, config = False, scratch / "nginx.conf"
        config.write_text(
            f"daemon off; worker_processes 1; pid {scratch}/nginx.pid; error_log {scratch}/nginx.log;\n"
            f"user root; events {{}}\nhttp {{ access_log off; sendfile on; client_body_temp_path {scratch}/body; "
            f"proxy_temp_path {scratch}/proxy; fastcgi_temp_path {scratch}/f; uwsgi_temp_path {scratch}/u; "
            f"scgi_temp_path {scratch}/s; server {{ listen 127.0.0.1:{port}; root {export}; }} }}\n"
        )
        command = [nginx, "-c", str(config), "-p", str(scratch)]
    else:
        yield None
        return
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield Server(name, process, port, prefix, dav=dav)
    finally:
        process.terminate()
        process.wait(10)


# -- asking


class Asking:
    """One kept connection; answers are read and thrown away."""

    def __init__(self, port: int) -> None:
        self._port, self._buffer = port, bytearray(BLOCK)
        self._connect()

    def _connect(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb", BLOCK)

    def ask(self, method: str, path: str, keep: bool = False, **headers: str) -> tuple[float, float, int, bytes]:
        """Seconds until the first byte of the body, seconds for all, status, the body when it is to be kept."""
        lines = [f"{method} {quote(path)} HTTP/1.1", "Host: localhost"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        started = time.perf_counter()
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        status = int(self._file.readline().split()[1])
        said: dict[bytes, bytes] = {}
        while (line := self._file.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            said[name.lower()] = value.strip()
        first, kept = 0.0, []
        for block in self._body(said, status) if method != "HEAD" else ():
            first = first or time.perf_counter() - started
            if keep:
                kept.append(bytes(block))
        self.said, took = said, time.perf_counter() - started
        if said.get(b"connection", b"").lower() == b"close":
            self.close()
            self._connect()
        return first, took, status, b"".join(kept)

    def _body(self, said: dict[bytes, bytes], status: int) -> Iterator[memoryview]:
        if said.get(b"transfer-encoding") == b"chunked":
            while size := int(self._file.readline().split(b";")[0], 16):
                yield from self._read(size)
                self._file.readline()
            self._file.readline()
        elif status != 304:
            yield from self._read(int(said.get(b"content-length", b"0")))

    def _read(self, size: int) -> Iterator[memoryview]:
        view = memoryview(self._buffer)
        while size:
            count = self._file.readinto1(view[: min(size, BLOCK)])
            if not count:
                raise ConnectionError("the answer ended too early")
            size -= count
            yield view[:count]

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def total(server: Server, method: str, path: str, repeat: int = 1, **headers: str) -> float:
    """Milliseconds for one answer, the mean of *repeat* over one connection."""
    asking = Asking(server.port)
    try:
        asking.ask("OPTIONS" if server.dav else "HEAD", server.prefix + "/small.jpg")
        return 1000 * sum(asking.ask(method, server.prefix + path, **headers)[1] for _ in range(repeat)) / repeat
    finally:
        asking.close()


def first_byte(server: Server) -> float:
    asking = Asking(server.port)
    try:
        return 1000 * asking.ask("PROPFIND", server.prefix + "/many/", Depth="1")[0]
    finally:
        asking.close()


def unchanged(server: Server) -> float:
    asking = Asking(server.port)
    try:
        asking.ask("GET", server.prefix + "/small.jpg")
        etag = asking.said[b"etag"].decode()
        times = [asking.ask("GET", server.prefix + "/small.jpg", If_None_Match=etag) for _ in range(50)]
        assert {each[2] for each in times} == {304}
        return 1000 * sum(each[1] for each in times) / len(times)
    finally:
        asking.close()


def live(server: Server) -> float:
    """Milliseconds for all of ``/live/by-date``, folder by folder."""
    asking, waiting, found = Asking(server.port), ["/live/by-date/"], 0
    started = time.perf_counter()
    while waiting:
        folder = waiting.pop()
        body = asking.ask("PROPFIND", folder, keep=True, Depth="1")[3].decode()
        for href in body.split("<D:href>")[2:]:
            name = href.partition("<")[0]
            if name.endswith("/"):
                waiting.append(name)
            else:
                found += 1
    asking.close()
    assert found == live.expected  # type: ignore[attr-defined]
    return 1000 * (time.perf_counter() - started)


def crowd(server: Server) -> float:
    """Requests a second of fifty clients that list 200 files and read a range of 1 MB in turn, for three seconds."""
    done, until = [0] * 50, time.perf_counter() + 3

    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            hammer(number, Asking(server.port))
        except (OSError, IndexError, ValueError) as error:
            failed.append(error)

    def hammer(number: int, asking: Asking) -> None:
        while time.perf_counter() < until:
            if server.dav:
                asking.ask("PROPFIND", server.prefix + "/few/", Depth="1")
            asking.ask("GET", server.prefix + "/big.mov", Range=RANGE)
            done[number] += 2 if server.dav else 1
        asking.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        print(f"{server.name}: {len(failed)} of 50 clients failed: {failed[0]!r}", file=sys.stderr)
    return sum(done) / (time.perf_counter() - started)


MEASURES: list[tuple[str, bool, Callable[[Server], float]]] = [  # name, needs WebDAV, function
    ("PROPFIND of {files} files, ms", True, lambda server: total(server, "PROPFIND", "/many/", Depth="1")),
    ("… first byte, ms", True, first_byte),
    ("PROPFIND of 200 files, ms", True, lambda server: total(server, "PROPFIND", "/few/", 20, Depth="1")),
    ("PROPFIND of one file, ms", True, lambda server: total(server, "PROPFIND", "/small.jpg", 50, Depth="0")),
    ("GET of 256 MB, ms", False, lambda server: total(server, "GET", "/big.mov")),
    ("GET of 20 KB, ms", False, lambda server: total(server, "GET", "/small.jpg", 50)),
    ("GET, not modified, ms", False, unchanged),
    ("GET of a range of 1 MB, ms", False, lambda server: total(server, "GET", "/big.mov", 10, Range=RANGE)),
    ("50 clients, requests per second", False, crowd),
]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="keep what is served here, for the next run")
    parser.add_argument("--only", default="ours,rclone,nginx")
    options = parser.parse_args()
    live.expected = options.files  # type: ignore[attr-defined]
    with ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        library, scratch = folder / "library", folder / "scratch"
        scratch.mkdir(parents=True, exist_ok=True)
        make_export(library / "export", options.files)
        make_catalog(library, options.files)
        found = [stack.enter_context(running(name, library, scratch)) for name in options.only.split(",")]
        servers = [server for server in found if server is not None]
        report(servers, options.files, options.runs)


def report(servers: list[Server], files: int, runs: int) -> None:
    results: dict[tuple[str, str], list[float]] = {}
    ours = next((server for server in servers if server.name == "ours"), None)
    if ours is not None:
        live(ours)  # the first look waits for the index
    for _ in range(runs):
        for name, needs_dav, measure in MEASURES:
            for server in servers:
                if server.dav or not needs_dav:
                    results.setdefault((name, server.name), []).append(measure(server))
        if ours is not None:
            results.setdefault(("live view of {files} pictures, ms", "ours"), []).append(live(ours))
    names = [server.name for server in servers]
    others = [name for name in names if name != "ours"]
    print("| | " + " | ".join(names + [f"ours / {name}" for name in others]) + " |")
    print("|---" * (1 + len(names) + len(others)) + "|")
    for name in [*(measure[0] for measure in MEASURES), "live view of {files} pictures, ms"]:
        medians = {each: statistics.median(results[name, each]) for each in names if (name, each) in results}
        cells = [f"{medians[each]:.2f}" if each in medians else "–" for each in names]
        cells += [
            f"{medians['ours'] / medians[each]:.2f}×" if {"ours", each} <= medians.keys() else "–" for each in others
        ]
        print(f"| {name.format(files=f'{files:,}')} | " + " | ".join(cells) + " |")
    print("| memory when all is done, MB | " + " | ".join(f"{server.memory():.0f}" for server in servers) + " |")


if __name__ == "__main__":
    main()
