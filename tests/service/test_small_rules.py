"""Rules without a disk: what holds still, how fast a job is, what a night has to do, how addresses are said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mediaparser_core.errors import InputError
from mediaparser_core.records import Entry, Report, Trouble
from mediaparser_core.service import addresses, backups, nightly, roots
from mediaparser_core.service.pace import Pace, Paces
from mediaparser_core.service.stable import Settling
from mediaparser_core.service.verdict import why_not


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_file_holds_still_when_nothing_about_it_changes_for_long_enough():
    clock = Clock()
    settling = Settling(5.0, clock)

    def look(size: int, ctime: int = 1) -> str:
        still, _ = settling.look([Entry(b"/in", b"/in/a.jpg", size, 7, ctime, 3, 4)])
        return "still" if still else "moving"

    assert look(10) == "moving"
    clock.now += 4.9
    assert look(10) == "moving"
    clock.now += 0.2
    assert look(10) == "still"
    assert look(11) == "moving"  # it grew
    clock.now += 5
    assert look(11) == "still"
    assert look(11, ctime=2) == "moving"  # it was touched, renamed or linked


def test_a_file_that_went_and_came_back_begins_anew():
    clock = Clock()
    settling = Settling(5.0, clock)
    entry = Entry(b"/in", b"/in/a.jpg", 10, 7, 1, 3, 4)
    settling.look([entry])
    clock.now += 10
    settling.look([])
    assert settling.look([entry]) == ([], [entry])


TROUBLE = (Trouble("pictures", "the picture is cut off before its end"),)


@pytest.mark.parametrize(
    ("state", "reason", "facts", "expected"),
    [
        ("present", None, (), None),
        ("present", None, TROUBLE, ("unfinished", "the picture is cut off before its end")),
        ("present", None, (Trouble("metadata", "ExifTool says: bad offset"),), None),  # the picture itself is whole
        ("troubled", "contains only zeros", (Trouble("content", "contains only zeros"),), ("unfinished", "contains only zeros")),
        ("troubled", "cannot be opened", (Trouble("read", "cannot be opened"),), ("stuck", "cannot be opened")),
        ("skipped", "a text file", (), ("unknown", "a text file; not a picture or a video")),
        ("changed", "changed while it was read", (), ("arriving", "still being written")),
    ],
)  # fmt: skip
def test_what_was_found_in_a_file_says_whether_it_is_taken(state, reason, facts, expected):
    assert why_not(Report(Entry(b"/in", b"/in/a"), state, reason, facts=facts)) == expected


def test_the_pace_of_a_job_is_that_of_the_last_half_minute():
    paces = Paces()
    assert paces.add(1, 0, 100, 0.0) == Pace(None, None)
    assert paces.add(1, 1, 100, 1.0) == Pace(None, None)  # nobody can tell after a second
    assert paces.add(1, 20, 100, 10.0) == Pace(2.0, 40.0)
    assert paces.add(1, 30, 100, 40.0) == Pace(pytest.approx(1 / 3), pytest.approx(210))  # slower lately
    assert paces.add(1, 0, 50, 41.0) == Pace(None, None)  # its next part begins
    assert paces.add(2, 10, None, 5.0) == Pace(None, None)
    assert paces.add(2, 30, None, 10.0) == Pace(4.0, None)  # of how many nobody knows


NIGHT, NOON = datetime(2026, 11, 21, 3, 5, tzinfo=UTC), datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "first", "here", "expected"),
    [
        (None, 2, NIGHT, True),
        (None, 2, NOON, False),  # the library is new: tonight is soon enough
        (None, 31, NOON, True),  # this computer sleeps at night
        (1, 99, NIGHT, False),
        (23, 99, NIGHT, True),
        (23, 99, NOON, False),
        (31, 99, NOON, True),
        (-99, 99, NOON, True),  # the clock was wrong that day
    ],
)
def test_nightly_work_is_done_at_night_or_as_soon_as_the_computer_is_on(last, first, here, expected):
    def ago(hours):
        return None if hours is None else (here - timedelta(hours=hours)).isoformat().replace("+00:00", "Z")

    assert nightly.is_due(ago(last), ago(first), here, 3) is expected


def test_old_backups_go_and_each_week_and_month_keeps_one():
    start = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    every_day = [(start - timedelta(days=days)).strftime("%Y%m%dT%H%M%SZ") for days in range(400)]
    stay = backups.kept([*every_day, "20261121T020000Z"], 7)
    assert {stamp for stamp in stay if stamp >= "20261115"} == {
        *(stamp for stamp in every_day if stamp >= "20261115"), "20261121T020000Z",  # one of the last three
    }  # fmt: skip
    assert len(stay) <= 8 + backups.WEEKS + backups.MONTHS
    assert min(stay) >= "20260601" and any(stamp.startswith("202606") for stamp in stay)
    assert backups.kept([], 7) == set()
    assert backups.kept(["20200101T000000Z"], 7) == {"20200101T000000Z"}  # the only one, however old


def test_how_to_connect_is_said_for_every_computer():
    lines = "\n".join(addresses.in_words("http://127.0.0.1:8001/", "http://127.0.0.1:8002/", "127.0.0.1"))
    assert "\\\\127.0.0.1@8002\\DavWWWRoot" in lines and "dav://127.0.0.1:8002/" in lines
    assert "Connect to Server: http://127.0.0.1:8002/" in lines and "mediaparser user add" in lines
    open_to_all = "\n".join(addresses.in_words("http://127.0.0.1:8001/", "http://0.0.0.0:8002/", "0.0.0.0"))
    assert "127.0.0.1" not in open_to_all and "0.0.0.0" not in open_to_all and ".local:8002/" in open_to_all
    assert "DavWWWRoot" not in open_to_all and "https" in open_to_all  # Windows sends no password without encryption


def test_only_configured_folders_can_be_chosen(tmp_path):
    photos, secret = tmp_path / "photos", tmp_path / "secret"
    (photos / "2019").mkdir(parents=True)
    secret.mkdir()
    (photos / "way out").symlink_to(secret)
    root = roots.Root("k1", bytes(photos), str(photos), 1, None, True)
    assert roots.chosen([root], ["k1"]) == [str(photos)]
    assert roots.chosen([root], [str(photos / "2019"), str(photos)]) == [str(photos), str(photos / "2019")]
    for wish in ("/etc", str(secret), str(photos / ".." / "secret"), str(photos / "way out"), "photos", "", "k2", f"{photos}x",
                 f"{photos}\0/etc", "~"):  # fmt: skip
        with pytest.raises(InputError):
            roots.chosen([root], [wish])
    with pytest.raises(InputError):
        roots.chosen([root], [])
