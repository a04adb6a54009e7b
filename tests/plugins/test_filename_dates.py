"""The probe of file names: what it claims, what its word is worth, and names that override everything."""

from __future__ import annotations

import pytest

from mediaparser_core import plugins
from mediaparser_core.records import Claim, Entry, Note
from mediaparser_core.settings import Settings
from mediaparser_plugins import filename_dates


def facts(path: bytes | str, root: bytes = b"/photos"):
    path = path.encode() if isinstance(path, str) else path
    return filename_dates.claims(Entry(root, root + b"/" + path))


def test_a_name_is_a_claim():
    assert facts("IMG_20190504_120003.jpg") == [
        Claim("filename", "IMG_20190504_120003.jpg", "2019-05-04T12:00:03", None, "second")
    ]
    assert facts("PXL_20190504_120003250.jpg")[0].utc_offset == "+00:00"
    assert facts("IMG_1234.jpg") == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("IMG-20190504-WA0012.jpg", "received, not taken"),
        ("signal-2019-05-04-120003.jpg", "received, not taken"),
        ("FB_IMG_1554379203123.jpg", "received, not taken"),
        ("Scan_20190504.jpg", "scanned, not taken"),
        ("Picsart_19-05-04_12-00-03-535.jpg", "saved, not taken"),
        ("20190504_120003.jpg", None),
        ("ca 1975 Oma.jpg", "about then: a guess"),
        ("1975 Oma.jpg", None),
    ],
)
def test_the_reason_says_what_the_date_is_worth(name, reason):
    (claim,) = facts(name)
    assert (claim.reason, claim.accepted) == (reason, True)


def test_the_folder_lends_the_century():
    (claim,) = facts("2019/190504-001.jpg")
    assert (claim.value, claim.reason) == ("2019-05-04", "the century is its folder's")
    assert facts("2018/190504-001.jpg") == []


@pytest.mark.parametrize(
    ("name", "value", "note"),
    [
        ("[FORCE] 1987-06-05 oma.jpg", "1987-06-05", "1"),
        ("oma 1987[force].jpg", "1987", "1"),
        ("[Force] IMG-20190504-WA0012.jpg", "2019-05-04", "1"),
        ("[FORCE] oma.jpg", None, "unreadable"),
        ("[FORCE] 1987-02-30.jpg", None, "unreadable"),
    ],
)
def test_a_forced_name_says_so(name, value, note):
    found = facts(name)
    assert [fact.value for fact in found if isinstance(fact, Claim)] == ([value] if value else [])
    assert found[-1] == Note("forced", note)


@pytest.mark.parametrize(
    "name", [b"\xff\xfe20190504_120003\x1b[31m.jpg", b"20190504_120003\n-if\n1.jpg", b"20190504_120003" + b"x" * 230]
)
def test_a_hostile_name_becomes_clean_text(name):
    (claim,) = facts(name)
    assert claim.value == "2019-05-04T12:00:03"
    assert claim.raw.isprintable() and claim.raw.encode()


def test_the_probe_needs_no_byte(tmp_path):
    (probe,) = filename_dates.register_probes(Settings(tmp_path))
    assert (probe.name, probe.needs, probe.run) == ("filename_dates", "name", filename_dates.claims)


def test_the_five_name_probes_come_through_the_entry_points(tmp_path):
    names = {probe.name for probe in plugins.probes(plugins.load(), Settings(tmp_path)) if probe.needs == "name"}
    assert {"filename_dates", "folder_dates", "folder_tags", "filename_tags", "filesystem_dates"} <= names
