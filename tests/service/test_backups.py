"""Backups that can be put back, and sixty days of heartbeats that take no room."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.history import History
from mediaparser_core.errors import CatalogError, InputError, LibraryBusy
from mediaparser_core.jobs import now
from mediaparser_core.service import backups, locks, status

from .conftest import rows


def decide(library, number):
    with closing(sqlite3.connect(library / "decisions.db")) as conn:
        conn.execute(
            "insert into decisions (request_id, verb, subject, actor, at) values (?, 'keep', '[]', 'anna', ?)",
            (str(number), now()),
        )
        conn.commit()


def decisions(library):
    with closing(sqlite3.connect(library / "decisions.db")) as conn:
        return [text for (text,) in conn.execute("select request_id from decisions order by id")]


def test_a_backup_is_whole_although_the_library_is_in_use(library, chosen):
    with Catalog(library) as catalog, catalog.transaction():  # somebody is in the middle of writing
        decide(library, 1)
        made = backups.make(chosen)
    files = sorted(path.name for path in (library / "backups").iterdir())
    assert files == [f"catalog-{made['backup']}.db", f"decisions-{made['backup']}.db"]
    with closing(sqlite3.connect(library / "backups" / files[1])) as conn:
        assert conn.execute("select request_id from decisions").fetchall() == [("1",)]
        assert conn.execute("pragma integrity_check").fetchone() == ("ok",)


def test_what_was_backed_up_can_be_put_back_and_what_was_there_is_not_lost(library, chosen):
    decide(library, 1)
    first = backups.make(chosen)["backup"]
    decide(library, 2)
    assert backups.restore(chosen, first) == first
    assert decisions(library) == ["1"]
    kept = backups.stamps(library / "backups")
    assert len(kept) == 2
    backups.restore(chosen, kept[0])
    assert decisions(library) == ["1", "2"]
    with Catalog(library) as catalog:
        assert catalog.decided.count() == 2


# trap 9 of Datasette: a server goes on with the file it has open
def test_nothing_is_put_back_under_a_running_service(library, chosen):
    stamp = backups.make(chosen)["backup"]
    with locks.hold(library, locks.SERVE), pytest.raises(LibraryBusy, match="serve"):
        backups.restore(chosen, stamp)
    with Catalog(library) as catalog:
        catalog.done.beat("explorer", "running", None, now())
        with pytest.raises(LibraryBusy, match="'explorer'"):
            backups.restore(chosen, stamp)
        catalog.done.beat("explorer", "stopped", None, now())
    assert backups.restore(chosen, None) == stamp


def test_a_damaged_backup_is_refused_and_an_unknown_one(library, chosen):
    stamp = backups.make(chosen)["backup"]
    path = library / "backups" / f"catalog-{stamp}.db"
    data = bytearray(path.read_bytes())
    data[4096:9000] = b"\xff" * (9000 - 4096)
    path.write_bytes(data)
    with pytest.raises(CatalogError, match="damaged"):
        backups.restore(chosen, stamp)
    with pytest.raises(InputError, match="there is no backup 20200101T000000Z"):
        backups.restore(chosen, "20200101T000000Z")


def test_a_damaged_catalog_can_be_replaced(library, chosen):
    decide(library, 1)
    backups.make(chosen)
    (library / "catalog.db").write_bytes(b"no database at all")
    backups.restore(chosen, None)
    assert (library / "catalog.db.damaged").read_bytes() == b"no database at all"
    with Catalog(library) as catalog:
        assert catalog.found.count("files") == 0


@pytest.mark.parametrize("spoiled", ["damaged", "gone"])
def test_no_decision_is_taken_back_because_the_catalog_broke(library, chosen, spoiled):
    decide(library, 1)
    backups.make(chosen)
    decide(library, 2)
    if spoiled == "gone":
        for path in library.glob("catalog.db*"):
            path.unlink()
    else:
        (library / "catalog.db").write_bytes(b"no database at all")
    first = backups.restore(chosen, None)
    assert decisions(library) == ["1", "2"]
    backups.restore(chosen, first)  # said by name: both are put back, and what was there is kept
    assert decisions(library) == ["1"]
    backups.restore(chosen, backups.stamps(library / "backups")[0])
    assert decisions(library) == ["1", "2"]


def test_where_there_is_no_library_nothing_is_backed_up_and_none_is_made(tmp_path, program):
    missing = tmp_path / "missing"
    for command in ("backup", "undo", "restore"):
        program("--library", str(missing), command, code=1)
    assert not missing.exists()


def test_the_commands(library, program):
    assert "Backup" in program("backup").stdout
    stamp = program("restore", "--list").stdout.strip()
    assert stamp in program("restore", stamp).stdout


# -- heartbeats


def beat_often(library, service, days, state="running", step=15):
    """One heartbeat every *step* seconds for some days up to now."""
    end = datetime.now(UTC).replace(microsecond=0)
    moments = (end - timedelta(seconds=step * n) for n in range(int(days * 86400 / step)))
    with Catalog(library) as catalog, catalog.transaction() as conn:
        conn.executemany(
            "insert into heartbeats (service, at, state) values (?, ?, ?)",
            [(service, moment.isoformat().replace("+00:00", ".000Z"), state) for moment in reversed(list(moments))],
        )


def test_heartbeats_older_than_a_day_get_thin_and_older_than_sixty_days_are_gone(library, chosen):
    beat_often(library, "worker", 3)
    beat_often(library, "explorer", 62, step=3600)
    with Catalog(library) as catalog:
        before = {(service, day): share for service, day, share in History(catalog).days("2000")}
        backups.tidy(catalog, chosen)
        after = {(service, day): share for service, day, share in History(catalog).days("2000")}
    limit = (datetime.now(UTC) - timedelta(days=60, minutes=1)).isoformat()
    assert rows(library, "select count(*) from heartbeats where at < ?", limit) == [(0,)]
    assert 1430 <= rows(library, "select count(*) from heartbeats where service = 'explorer'")[0][0] <= 1441
    worker = rows(library, "select count(*) from heartbeats where service = 'worker'")[0][0]
    assert 5760 <= worker <= 5760 + 2 * 145 + 2  # a day as it was, two thin ones
    cut = min(after)[1]  # the day of which a part is older than sixty days
    same = {key: share for key, share in after.items() if key[1] != cut}
    assert len(same) > 60 and {key: before[key] for key in same} == same  # and the history says the same as before


def test_a_change_of_state_and_the_last_word_are_kept(library, chosen):
    long_ago = (datetime.now(UTC) - timedelta(days=5)).isoformat().replace("+00:00", "Z")
    with Catalog(library) as catalog:
        for state in ("running", "running", "down", "running", "stopped"):
            catalog.done.beat("worker", state, None, long_ago)
        backups.tidy(catalog, chosen)
        assert History(catalog).last_beats()[0][2] == "stopped"
    assert rows(library, "select state from heartbeats order by id") == [("running",), ("down",), ("stopped",)]


@pytest.mark.parametrize(
    ("state", "age", "level"),
    [
        ("running", 3, "good"),
        ("running", 60, "late"),
        ("running", 100, "bad"),
        ("stopped", 1000, "off"),
        ("restarting", 1, "late"),
        ("down", 1, "bad"),
        ("waiting", 1, "late"),
    ],
)
def test_how_old_a_heartbeat_is_says_how_a_service_is(library, state, age, level):
    with Catalog(library) as catalog:
        at = datetime.now(UTC)
        catalog.done.beat("worker", state, None, (at - timedelta(seconds=age)).isoformat())
        assert status.services(catalog, at)["worker"]["level"] == level
