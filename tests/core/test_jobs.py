"""A run is a row: it can be watched, paused, resumed, cancelled, interrupted, and it halts when too much fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import nullcontext

import pytest

from mediaparser_core import jobs
from mediaparser_core.catalog import Catalog
from mediaparser_core.errors import CatalogError, Interrupted, LibraryBusy, MediaParserError

from ..conftest import patience


@pytest.fixture
def catalog(tmp_path):
    with Catalog(tmp_path / "library") as opened:
        yield opened


def run(catalog, **more):
    return jobs.run(catalog, "test", [], progress=jobs.Silent(), signals=lambda: nullcontext(jobs.Stop()), **more)


def last(catalog) -> dict:
    return next(catalog.done.jobs(1))


def test_a_finished_job_says_done_with_its_summary(catalog):
    with run(catalog) as job:
        job.summary["copied"] = 3
    assert last(catalog)["state"] == "done"
    assert last(catalog)["summary"]["copied"] == 3


def test_a_failed_job_keeps_the_reason(catalog):
    with pytest.raises(ValueError, match="broken"), run(catalog):
        raise ValueError("broken")
    assert (last(catalog)["state"], last(catalog)["message"]) == ("failed", "broken")


def test_only_one_job_at_a_time_writes(catalog, tmp_path):
    with run(catalog), Catalog(tmp_path / "library") as other:
        with pytest.raises(LibraryBusy, match="another mediaparser command"):
            with run(other):
                pass


def test_a_job_is_cancelled_from_outside(catalog, tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "LOOK_SECONDS", 0.01)
    with pytest.raises(Interrupted, match="cancelled"), run(catalog) as job:
        job.stage("Working", None)
        with Catalog(tmp_path / "library") as other:
            assert other.done.want(job.number, "cancel")
        for _ in range(1000):
            job.step()
            time.sleep(0.001)
            job.check()
    assert last(catalog)["state"] == "cancelled"


def test_a_job_waits_while_it_is_paused(catalog, tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "LOOK_SECONDS", 0.02)
    seen = []
    with run(catalog) as job:
        with Catalog(tmp_path / "library") as other:
            other.done.want(job.number, "pause")

        def resume():
            with Catalog(tmp_path / "library") as third:
                time.sleep(0.2)
                seen.append(next(third.done.jobs(1))["state"])
                third.done.want(job.number, "run")

        helper = threading.Thread(target=resume)
        helper.start()
        started = time.monotonic()
        job.look(force=True)
        helper.join()
        assert time.monotonic() - started >= 0.2
    assert seen == ["paused"]
    assert last(catalog)["state"] == "done"


def test_too_many_failures_halt_the_run_and_it_says_so(catalog):
    with (
        pytest.raises(MediaParserError, match="more than the error limit of 10%"),
        run(catalog, error_limit=0.1) as job,
    ):
        job.stage("Reading", 100)
        for number in range(100):
            job.step(failed=number % 3 == 0)
            job.check()
    assert last(catalog)["state"] == "failed"


def test_a_few_failures_before_the_tenth_file_do_not(catalog):
    with run(catalog, error_limit=0.1) as job:
        job.stage("Reading", 100)
        job.step(failed=True)
        for _ in range(40):
            job.step()
            job.check()
    assert last(catalog)["state"] == "done"


def test_a_job_that_died_is_told_from_one_that_runs(catalog):
    catalog.done.start_job("scan", [], jobs.now())
    with run(catalog):
        pass
    assert [job["state"] for job in catalog.done.jobs()] == ["done", "interrupted"]


def test_a_catalog_that_did_not_survive_a_crash_is_not_built_upon(tmp_path):
    library = tmp_path / "library"
    with Catalog(library) as opened:
        opened.done.start_job("scan", [], jobs.now())
        with opened.transaction() as conn:
            conn.execute("create table last (words text)")
            conn.executemany("insert into last values (?)", [("word" * 3000,)] * 2)
    with (library / "catalog.db").open("r+b") as file:
        file.seek(-4096, 2)
        file.write(b"\xff" * 4096)
    with (
        Catalog(library) as opened,
        pytest.raises(CatalogError, match=r"is damaged .*mediaparser restore"),
        run(opened),
    ):
        pass


def test_a_catalog_whose_tables_cannot_be_read_says_what_to_do(tmp_path):
    with Catalog(tmp_path):
        pass
    data = bytearray((tmp_path / "catalog.db").read_bytes())
    data[100] = 255  # the kind of the first page, which lists the tables
    (tmp_path / "catalog.db").write_bytes(data)
    with pytest.raises(CatalogError, match=r"is damaged .*mediaparser restore"), Catalog(tmp_path):
        pass


def test_one_long_transaction_is_given_up_when_the_run_should_end(catalog):
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    with pytest.raises(Interrupted), run(catalog) as job, job.giving_up(), catalog.transaction() as conn:
        conn.execute("insert into stages values ('half', 'done', '')")
        threading.Timer(0.2, job.stop.ask, ("interrupted", signal.SIGTERM)).start()
        conn.execute(endless).fetchone()
    assert catalog.derived.stage("half") is None
    assert [row["state"] for row in catalog.done.jobs()] == ["interrupted"]
    with catalog.transaction() as conn:  # the next one is not given up
        assert conn.execute(endless.replace("from n)", "from n where i < 100000)")).fetchone() == (100000,)


def test_one_long_transaction_is_given_up_when_somebody_cancels_the_job(catalog):
    """Though nobody else can write into the catalog meanwhile."""
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    answers = []

    def cancel(number: int) -> None:
        with Catalog(catalog.library) as other:
            answers.extend((other.done.want(number + 1, "cancel"), other.done.want(number, "cancel")))

    with pytest.raises(Interrupted), run(catalog) as job, job.giving_up(), catalog.transaction() as conn:
        conn.execute("insert into stages values ('half', 'done', '')")
        asking = threading.Thread(target=cancel, args=(job.number,))
        asking.start()
        conn.execute(endless).fetchone()
    asking.join()
    assert answers == [False, True]
    assert catalog.derived.stage("half") is None
    assert [row["state"] for row in catalog.done.jobs()] == ["cancelled"]


def test_nobody_can_ask_a_job_that_is_over(catalog):
    with run(catalog) as job:
        pass
    assert not catalog.done.want(job.number, "cancel")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_with_everything_recorded(program, tmp_path, make_picture, number, code):
    for seed in range(60):
        make_picture(tmp_path / f"in/{seed}.png", seed, (900, 700))
    process = subprocess.Popen(
        [sys.executable, "-m", "mediaparser_core", "--library", program.library, "run", tmp_path / "in", "--workers", "1"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {"TZ": "UTC"},
    )  # fmt: skip
    try:
        for _ in range(2400):
            time.sleep(0.05)
            if (
                (program.library / "catalog.db").exists()
                and program.rows("select count(*) from sqlite_master where name = 'ledger'") == [(1,)]
                and program.rows("select count(*) from files where sha256 is not null")[0][0]
            ):
                break
    finally:
        process.send_signal(number)
        started = time.monotonic()
        _, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert time.monotonic() - started < patience(5)
    assert "run the same command again" in err.decode()
    read = program.rows("select count(*) from files where sha256 is not null")[0][0]
    assert 0 < read < 60
    summary = program.json("run", tmp_path / "in")
    assert summary["unchanged"] == read and summary["new"] == 60 - read
    assert len(program.tree()) == 60
