"""An edit on an Apple device is a fact with its time, and never the date of the picture."""

from __future__ import annotations

import plistlib
from datetime import datetime

import pytest

from mediaparser_core import media
from mediaparser_core.records import Claim, Note, Trouble
from mediaparser_plugins import apple_edits

EDIT = {"adjustmentTimestamp": datetime(2021, 5, 6, 7, 8, 9), "adjustmentEditorBundleID": "com.apple.camera"}


@pytest.fixture
def facts_of(tmp_path, entry_of):
    def read(data: bytes) -> list:
        path = tmp_path / "IMG_1.AAE"
        path.write_bytes(data)
        with media.read(entry_of(path)) as content:
            return apple_edits.read_recipe(entry_of(path), content)

    return read


@pytest.mark.parametrize("form", [plistlib.FMT_XML, plistlib.FMT_BINARY])
def test_the_time_of_an_edit_is_no_time_of_capture(facts_of, form):
    assert facts_of(plistlib.dumps(EDIT, fmt=form)) == [
        Claim(
            "aae:adjustmentTimestamp", "2021-05-06T07:08:09Z", "2021-05-06T07:08:09", "+00:00", "second", False,
            "time of editing, not of capture",
        ),
        Note("edited_with", "com.apple.camera"),
    ]  # fmt: skip


def test_a_time_in_words_is_kept_and_rejected(facts_of):
    (claim,) = facts_of(plistlib.dumps({"adjustmentTimestamp": "Thursday"}))
    assert (claim.raw, claim.value, claim.accepted) == ("Thursday", None, False)


@pytest.mark.parametrize("document", [[], "text", {}, {"adjustmentTimestamp": 5}, {"adjustmentEditorBundleID": 5}])
def test_a_list_that_is_no_recipe_says_nothing(facts_of, document):
    assert facts_of(plistlib.dumps(document)) == []


BOMB = """<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<plist><dict><key>adjustmentEditorBundleID</key><string>&b;</string></dict></plist>"""
ITSELF = b"bplist00\xa1\x00\x08" + bytes(6) + b"\x01\x01" + bytes(7) + b"\x01" + bytes(8) + bytes(7) + b"\x0a"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<plist",
        b"bplist00" + bytes(40),
        b"bplist00" + b"\xff" * 40,
        BOMB.encode(),
        b"<?xml version='1.0'?><plist>" + b"<array>" * 100_000,
        plistlib.dumps(EDIT, fmt=plistlib.FMT_BINARY)[:-5],
        b"<?xml version='1.0'?><plist><date>9999-99-99T00:00:00Z</date></plist>",
        b"<?xml version='1.0'?><plist><date>0000-00-00T00:00:00Z</date></plist>",
    ],
    ids=["empty", "cut", "zeros", "ones", "a bomb", "nested", "cut off", "year 9999", "year 0"],
)
def test_a_broken_or_hostile_recipe_is_a_trouble(facts_of, data):
    (trouble,) = facts_of(data)
    assert isinstance(trouble, Trouble)
    assert len(trouble.message) < 250


def test_a_list_that_contains_itself_ends(facts_of):
    assert all(isinstance(fact, Trouble) for fact in facts_of(ITSELF))


def test_a_huge_recipe_is_not_read(facts_of, monkeypatch):
    monkeypatch.setattr(apple_edits, "LARGEST", 10)
    assert isinstance(facts_of(plistlib.dumps(EDIT))[0], Trouble)
