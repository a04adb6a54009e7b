"""The probe of the file system's date: one weak claim in UTC."""

from __future__ import annotations

import os

import pytest

from mediaparser_core.records import Claim, Entry
from mediaparser_core.settings import Settings
from mediaparser_plugins import filesystem_dates


def test_the_time_of_last_change_is_a_claim_in_utc(tmp_path, entry_of):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"x")
    os.utime(path, ns=(0, 1_554_379_203_250_000_001))
    (probe,) = filesystem_dates.register_probes(Settings(tmp_path))
    assert probe.needs == "name"
    assert probe.run(entry_of(path)) == [
        Claim(
            "file:mtime", "2019-04-04T12:00:03.250000001Z", "2019-04-04T12:00:03", "+00:00", "second",
            reason="a copy or download may have set it",
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("mtime_ns", "value"),
    [
        (0, "1970-01-01T00:00:00"),  # junk, but the resolver says so
        (-1, "1969-12-31T23:59:59"),
        (-(10**30), None),
        (10**30, None),
        (2**63 - 1, "2262-04-11T23:47:16"),
    ],
)
def test_a_time_beyond_the_calendar_is_no_claim(mtime_ns, value):
    claims = filesystem_dates.claims(Entry(b"/p", b"/p/a.jpg", mtime_ns=mtime_ns))
    assert [claim.value for claim in claims] == ([value] if value else [])
