"""The worker: one job after the other, each in a process of its own, and none lost whatever dies."""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

import pytest

from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.queue import Queue
from mediaparser_core.errors import StorageError
from mediaparser_core.jobs import now
from mediaparser_core.service import carrying
from mediaparser_core.service.queue import Line, ask
from mediaparser_core.service.worker import Worker

from .conftest import Silence, rows, until


@pytest.fixture
def catalog(library):
    with Catalog(library) as opened:
        yield opened


@pytest.fixture
def wish(catalog, chosen):
    """``wish("export")`` asks for a job; its number."""
    line = Line(chosen)
    yield lambda command, *arguments: ask(catalog, line, command, arguments, by="anna")[0]
    line.close()


@contextmanager
def working(chosen, **more):
    with Worker(chosen, Silence(), **{"delays": (0.3,)} | more) as worker:
        yield worker


def ending(code: int):
    """A job that ends with this code, after a word on why."""
    program = f"import sys; sys.stderr.write('no luck today\\n'); sys.exit({code})"
    return lambda number: subprocess.Popen(
        [sys.executable, "-c", program], stderr=subprocess.PIPE, stdin=subprocess.PIPE
    )


def state(library, number=1):
    return rows(library, "select state from jobs where id = ?", number)[0][0]


def is_(library, wanted, number=1):
    until(lambda: state(library, number) == wanted, why=lambda: rows(library, "select * from jobs"))


def test_what_is_asked_for_is_done(library, chosen, wish, make_picture, tmp_path):
    make_picture(tmp_path / "photos" / "IMG_20190504_120003.jpg")
    number = wish("run", str(tmp_path / "photos"))
    with working(chosen):
        is_(library, "done", number)
        is_(library, "done", wish("verify"))
    assert [path.name for path in (library / "export").rglob("*.jpg")] == ["20190504_120003.jpg"]
    assert rows(library, "select kind, problem from checks order by kind") == [("export", None), ("original", None)]
    assert rows(library, "select open, holder from requests") == [(0, None)] * 2


def test_a_file_that_went_bad_is_found(library, chosen, wish, make_picture, tmp_path):
    photo = make_picture(tmp_path / "photos" / "IMG_20190504_120003.jpg")
    with working(chosen):
        is_(library, "done", wish("run", str(tmp_path / "photos")))
        data = bytearray(photo.read_bytes())
        data[-100] ^= 1
        photo.write_bytes(data)
        number = wish("verify")
        is_(library, "done", number)
    assert rows(library, "select kind, problem is null from checks order by kind") == [("export", 1), ("original", 0)]
    assert '"problems": 1' in rows(library, "select summary from jobs where id = ?", number)[0][0]


def test_a_disk_that_is_away_says_nothing_about_its_files(library, chosen, wish, make_picture, tmp_path):
    make_picture(tmp_path / "photos" / "IMG_20190504_120003.jpg")
    with working(chosen):
        is_(library, "done", wish("run", str(tmp_path / "photos")))
        (tmp_path / "photos").rename(tmp_path / "not mounted")
        is_(library, "done", wish("verify"))
    assert rows(library, "select kind, problem from checks") == [("export", None)]


@pytest.mark.parametrize(
    ("code", "tries", "ends"),
    [
        (carrying.DONE, 0, "done"),
        (carrying.TROUBLED, 0, "done"),
        (carrying.FAILED, 0, "failed"),
        (carrying.CANCELLED, 0, "cancelled"),
        (carrying.AGAIN, 3, "failed"),
    ],
)
def test_how_a_job_ends(library, chosen, wish, code, tries, ends):
    number = wish("export")
    with working(chosen, start=ending(code)):
        is_(library, ends, number)
    assert rows(library, "select tries, open from requests") == [(tries, 0)]
    if ends == "failed":
        assert rows(library, "select message from jobs") == [("no luck today",)]


def test_a_job_that_was_killed_is_tried_again(library, chosen, wish, make_picture, tmp_path):
    make_picture(tmp_path / "photos" / "IMG_20190504_120003.jpg")
    processes: list[subprocess.Popen[bytes]] = []

    def first_one_dies(number):
        process = Worker._start_job(worker, number)
        processes.append(process)
        if len(processes) == 1:
            process.kill()
        return process

    number = wish("run", str(tmp_path / "photos"))
    worker = Worker(chosen, Silence(), start=first_one_dies, delays=(0.3,))  # known before its first job begins
    with worker:
        is_(library, "done", number)
    assert len(processes) == 2 and rows(library, "select tries from requests") == [(1,)]


@pytest.mark.parametrize("when", ["it ends", "it should begin"])
def test_a_refusal_of_the_machine_loses_no_job(library, chosen, wish, monkeypatch, when):
    """The disk is full as the job ends, or no process can be started: the claim stands, and this worker lives on."""
    monkeypatch.setattr("mediaparser_core.service.worker.BEAT", 0.45)
    monkeypatch.setattr("mediaparser_core.service.worker.BUSY_DELAY", 0.1)
    refusals = [StorageError("the disk is full") if when == "it ends" else OSError(errno.ENOMEM, "no memory")]
    finish, start = Queue.finish, ending(carrying.DONE)

    def refused_once(action):
        def act(*arguments):
            if refusals:
                raise refusals.pop()
            return action(*arguments)

        return act

    if when == "it ends":
        monkeypatch.setattr(Queue, "finish", refused_once(finish))
    else:
        start = refused_once(start)
    number = wish("export")
    with working(chosen, start=start):
        is_(library, "done", number)
    assert not refusals and rows(library, "select holder from requests") == [(None,)]


def test_a_library_in_which_somebody_works_is_waited_for(library, chosen, wish, monkeypatch):
    monkeypatch.setattr("mediaparser_core.service.worker.BUSY_DELAY", 0.5)
    with Catalog(library) as other, other.lock():
        number = wish("export")
        with working(chosen):
            until(lambda: "another mediaparser command" in str(rows(library, "select message from jobs")))
            assert state(library) == "waiting"
    with working(chosen):
        is_(library, "done", number)
    assert rows(library, "select tries from requests") == [(0,)]  # that was no failure


def test_a_worker_that_stops_leaves_its_job_to_the_next(library, chosen, wish):
    def sleeper(number):
        return subprocess.Popen(["sleep", "60"], stdin=subprocess.PIPE, stderr=subprocess.PIPE)

    number = wish("export")
    began = time.monotonic()
    with working(chosen, start=sleeper) as worker:
        until(lambda: worker._process is not None)
        began = time.monotonic()
    assert time.monotonic() - began < 30  # the job would take sixty
    with Catalog(library) as catalog:
        assert state(library) == "waiting" and Queue(catalog).held() == []
    with working(chosen):
        is_(library, "done", number)


def test_what_a_dead_worker_left_is_taken_over(library, chosen, wish, catalog):
    """It was killed in the middle: its claim stands in the catalog, its message is gone from the line."""
    number = wish("export")
    Line(chosen)._huey.flush()
    import socket

    assert Queue(catalog).claim(number, f"{socket.gethostname()}:1:dead")
    with working(chosen):
        is_(library, "done", number)


def test_a_catalog_that_cannot_be_read_once_ends_no_lease(library, chosen, catalog, monkeypatch):
    """Whoever keeps it also brings what got lost on the way."""
    monkeypatch.setattr("mediaparser_core.service.worker.BEAT", 0.3)
    held, failures = Queue.held, [sqlite3.OperationalError("disk I/O error")]

    def fails_once(queue):
        if failures and threading.current_thread().name == "lease":
            raise failures.pop()
        return held(queue)

    monkeypatch.setattr(Queue, "held", fails_once)
    with working(chosen, start=ending(carrying.DONE)):
        until(lambda: not failures)
        number, _ = Queue(catalog).ask("export", [], by="anna", at=now(), priority=1)  # and the line is not told
        is_(library, "done", number)


def test_another_machines_job_is_taken_over_when_its_pulse_stops(library, chosen, wish, catalog, monkeypatch):
    monkeypatch.setattr("mediaparser_core.service.worker.LEASE", 2.0)
    monkeypatch.setattr("mediaparser_core.service.worker.BEAT", 0.45)
    number = wish("export")
    queue = Queue(catalog)
    queue.claim(number, "elsewhere:1:alive")
    with working(chosen):
        began = time.monotonic()
        while time.monotonic() - began < 3:  # alive for longer than its lease
            queue.pulse("elsewhere:1:alive")
            time.sleep(0.1)
        assert queue.held() and state(library) == "waiting"
        is_(library, "done", number)


@pytest.fixture
def read_slowly(library):
    """``read_slowly(0.2)`` starts jobs that take so many seconds for each file they read again."""
    script = (
        "import sys, time; from mediaparser_core.service import carrying, reading; from mediaparser_core import disk; "
        "reading._LOOK = 0.1; read = disk.hash_of; pause = float(sys.argv.pop()); "
        "disk.hash_of = lambda path: (time.sleep(pause), read(path))[1]; sys.exit(carrying.main())"
    )

    def starting(seconds):
        return lambda number: subprocess.Popen(
            [sys.executable, "-c", script, str(library), str(number), str(seconds)],
            stdin=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    return starting


@pytest.fixture
def six_pictures(library, program, make_picture, tmp_path):
    for number in range(6):
        make_picture(tmp_path / "photos" / f"{number}.jpg", seed=number)
    program("run", tmp_path / "photos")


def test_long_reading_makes_way(library, chosen, six_pictures, wish, read_slowly):
    verify = wish("verify")
    with working(chosen, start=read_slowly(0.15)):
        is_(library, "running", verify)
        is_(library, "done", export := wish("export"))
        assert state(library, verify) != "done" and verify < export
        is_(library, "done", verify)
    assert len(rows(library, "select * from checks")) == 12  # each of them once, none forgotten


def test_pause_go_on_and_cancel_reach_a_running_job(library, chosen, six_pictures, wish, read_slowly, catalog):
    queue, number = Queue(catalog), wish("verify")

    def done():
        return rows(library, "select done from jobs where id = ?", number)[0][0]

    with working(chosen, start=read_slowly(0.4)):
        is_(library, "running", number)
        queue.want(number, "pause", now())
        is_(library, "paused", number)
        before = done()
        time.sleep(1)
        assert done() == before
        queue.want(number, "run", now())
        until(lambda: done() > before)
        queue.want(number, "cancel", now())
        is_(library, "cancelled", number)
    assert done() < 12 and rows(library, "select open from requests") == [(0,)]


def test_the_night_has_its_work(library, chosen, catalog):
    with catalog.transaction() as conn:
        conn.execute("insert into jobs (command, state, started_at) values ('run', 'done', '2026-01-01T12:00:00.000Z')")
    with working(chosen, start=ending(carrying.DONE)) as worker:
        (task,) = worker._huey.read_periodic(datetime(2026, 11, 21, 3, 10))
        assert worker._huey.read_periodic(datetime(2026, 11, 21, 3, 11)) == []
        worker._huey.enqueue(task)
        until(lambda: rows(library, "select count(*) from jobs where state = 'done'") == [(4,)])
        worker._huey.enqueue(task)  # once is enough
        time.sleep(1)
    asked = rows(library, "select command, arguments, asked_by from jobs join requests on job = id order by id")
    assert asked == [("backup", "[]", "the night"), ("tidy", "[]", "the night"), ("verify", '["night"]', "the night")]


def test_a_night_reads_a_part_and_the_next_one_the_rest(library, chosen, six_pictures, catalog):
    """As much as ``worker.verify_gb`` says, and at least one file: what was not read for longest comes first."""
    sizes = [size for (size,) in rows(library, "select size from files")]
    settings = replace(chosen, worker=replace(chosen.worker, verify_gb=2.5 * max(sizes) / 1e9))
    (library / "mediaparser.toml").write_text(f"[worker]\nverify_gb = {settings.worker.verify_gb:.9f}\n")
    line, read = Line(settings), []
    with working(settings):
        for _ in range(8):
            number, _ = ask(catalog, line, "verify", ["night"], by="the night")
            is_(library, "done", number)
            read.append(rows(library, "select count(*) from checks")[0][0])
    line.close()
    assert (
        1 <= read[0] < 12 and read == sorted(read) and read[-1] == 12
    )  # six copies and their originals, none forgotten


def test_a_job_outlives_no_worker(library, chosen, wish, tmp_path):
    """The worker is killed, not asked: its job ends by itself, and its lock is free."""
    script = "\n".join(
        [
            "import sys, time; from pathlib import Path; from mediaparser_core import settings",
            "from mediaparser_core.service import child",
            "process = child.start('mediaparser_core.service.child', ['--library', sys.argv[1], 'webdav', '--port', '0'])",
            "print(process.pid, flush=True); time.sleep(60)",
        ]
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(library)], stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    def is_gone():
        try:
            with open(f"/proc/{pid}/stat") as file:
                return file.read().rpartition(")")[2].split()[0] == "Z"
        except FileNotFoundError:
            return True

    until(is_gone, 30)  # by itself it ends never
    assert os.path.exists(library)
