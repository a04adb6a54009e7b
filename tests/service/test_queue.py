"""What was asked for: nothing is done twice, nothing gets lost, and no message can be more than a number."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing

import pytest

from mediaparser_core import settings
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.queue import Carried, Queue
from mediaparser_core.errors import MediaParserError, SettingsError
from mediaparser_core.service.queue import FILE, Line, ask, open_line

from .conftest import rows

NOW = "2026-11-21T03:00:00.000Z"


@pytest.fixture
def catalog(library):
    with Catalog(library) as opened:
        yield opened


@pytest.fixture
def queue(catalog):
    return Queue(catalog)


def wish(queue, command="export", arguments=(), **more):
    return queue.ask(command, arguments, **{"by": "anna", "at": NOW, "priority": 40} | more)


def test_the_same_wish_waits_once(queue):
    first = wish(queue, "run", ["/photos"])
    assert first == (1, True)
    assert wish(queue, "run", ["/photos"]) == (1, False)
    assert wish(queue, "run", ["/other"]) == (2, True)
    assert [row["id"] for row in queue.live()] == [1, 2]


def test_what_was_asked_once_more_with_the_same_request_is_the_same_job_even_when_it_is_done(queue):
    assert wish(queue, request_id="abc") == (1, True)
    queue.claim(1, "me")
    queue.finish(1, "done", NOW, None)
    assert wish(queue, request_id="abc") == (1, False)
    assert wish(queue, request_id="def") == (2, True)


def test_one_takes_a_job_and_nobody_else(queue):
    wish(queue, "run", ["/photos"])
    asked = queue.claim(1, "me")
    assert (asked.number, asked.command, asked.arguments, asked.tries) == (1, "run", ["/photos"], 0)
    assert queue.claim(1, "you") is None
    assert wish(queue, "run", ["/photos"]) == (2, True)  # what is being done does not know what came since


def test_the_most_urgent_goes_first(queue):
    wish(queue, "verify", priority=10)
    wish(queue, "export", priority=40)
    wish(queue, "inbox", priority=50)
    assert [number for number, _ in queue.ready(NOW)] == [3, 2, 1]
    assert queue.is_more_urgent_waiting(1, NOW) and not queue.is_more_urgent_waiting(3, NOW)


def test_a_job_that_waits_is_cancelled_at_once(queue, library):
    wish(queue)
    assert queue.want(1, "cancel", NOW)
    assert queue.claim(1, "me") is None
    assert rows(library, "select state, ended_at is not null from jobs") == [("cancelled", 1)]
    assert not queue.want(1, "cancel", NOW)


def test_a_running_job_is_asked_to_pause_go_on_and_end(queue, catalog):
    wish(queue)
    queue.claim(1, "me")
    Carried(catalog, 1, alone=True).start_job("export", [], NOW)
    for wanted in ("pause", "run", "cancel"):
        assert queue.want(1, wanted, NOW)
        assert catalog.done.wanted(1) == wanted


def test_a_job_that_failed_waits_again_until_its_time(queue):
    wish(queue)
    queue.claim(1, "me")
    queue.again(1, not_before="2026-11-21T03:05:00.000Z", message="the disk is full", failed=True)
    assert queue.ready(NOW) == [] and queue.ready("2026-11-21T03:05:00.000Z") == [(1, 40)]
    assert queue.claim(1, "me").tries == 1


def test_a_job_that_ended_while_its_worker_died_is_not_done_again(queue, catalog, library):
    for number, ended in ((1, "done"), (2, "cancelled"), (3, "interrupted")):
        wish(queue, request_id=str(number))
        queue.claim(number, "me")
        Carried(catalog, number, alone=True).start_job("export", [], NOW)
        catalog.done.end_job(number, ended, NOW, None, {})
        queue.again(number, not_before=None, message="its worker died", failed=False)
    assert rows(library, "select state, open from jobs join requests on job = id order by id") == [
        ("done", 0), ("cancelled", 0), ("waiting", 1),
    ]  # fmt: skip


def test_its_row_is_the_job(queue, catalog, library):
    """Whoever asked sees the very row run that waited."""
    wish(queue, "export")
    queue.claim(1, "me")
    catalog.done = Carried(catalog, 1, alone=True)
    assert catalog.done.start_job("export", [], NOW) == 1
    catalog.done.end_job(1, "done", NOW, None, {"copied": 3})
    queue.finish(1, "done", NOW, None)
    assert rows(library, "select id, state, summary from jobs") == [(1, "done", '{"copied": 3}')]


def test_a_job_of_the_command_line_that_died_is_noticed_and_one_that_only_reads_is_not(queue, catalog, library):
    died = catalog.done.start_job("scan", ["/photos"], NOW)
    wish(queue, "verify")
    queue.claim(2, "me")
    Carried(catalog, 2, alone=False).start_job("verify", [], NOW)
    wish(queue, "export")
    Carried(catalog, 3, alone=True).start_job("export", [], NOW)
    assert rows(library, "select id, state from jobs order by id") == [
        (died, "interrupted"),
        (2, "running"),
        (3, "running"),
    ]


def test_the_worker_knows_what_can_be_asked_for(catalog, chosen):
    with closing(Line(chosen)) as line, pytest.raises(MediaParserError, match="the worker knows"):
        ask(catalog, line, "rm", ["-rf"], by="anna")


def test_messages_are_numbers_and_never_code(library, chosen, tmp_path):
    """Whoever can write to the file of the line must not be able to run anything with it."""
    with closing(Line(chosen)) as line:
        line.post(7, 50)
        data = line._huey.storage.enqueued_items()[0]
        assert data.startswith(b"{") and b'"args": [7]' in data
        bomb = b"cos\nsystem\n(S'touch " + bytes(tmp_path / "x") + b"'\ntR."  # what pickle would run
        with pytest.raises(ValueError):
            line._huey.serializer.deserialize(bomb)
    assert not (tmp_path / "x").exists()


def test_a_line_that_cannot_be_reached_only_delays(library, catalog, chosen):
    line = Line(chosen)
    (library / FILE).unlink()
    (library / FILE).mkdir()
    line.close()
    broken = ask(catalog, line, "export", by="anna")
    assert broken == (1, True) and Queue(catalog).ready("9") == [(1, 40)]


def test_redis_without_its_library_is_one_clear_line(library):
    if (
        "redis" in sys.modules
        or subprocess.run([sys.executable, "-c", "import redis"], capture_output=True).returncode == 0
    ):
        pytest.skip("redis is installed here")
    with pytest.raises(SettingsError, match=r"'worker\.redis'"):
        open_line(settings.load(library, environ={}, options={"worker.redis": "redis://127.0.0.1:1/0"}))
