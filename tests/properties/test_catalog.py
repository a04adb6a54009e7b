"""The catalog: any file that a disk can hold comes back as the bytes and numbers it was."""

from __future__ import annotations

import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaparser_core import archives, sources
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.seen import path_text
from mediaparser_core.records import Claim, Entry, Location, Report, Shape, Tag
from mediaparser_plugins import folders

NAMES = st.binary(min_size=1, max_size=60).filter(
    lambda name: not set(name) & set(b"/\0") and name not in (b".", b"..")
)
NUMBERS = st.integers(-(1 << 63), (1 << 63) - 1)
CLEAN = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
needs_bytes = pytest.mark.skipif(sys.platform == "darwin", reason="macOS takes names of UTF-8 only")


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    with Catalog(tmp_path_factory.mktemp("library")) as opened:
        yield opened


@needs_bytes
@given(st.lists(NAMES, max_size=6, unique=True))
def test_a_file_of_any_name_is_walked_stored_and_found_again(tmp_path_factory, catalog, names):
    root = os.fsencode(tmp_path_factory.mktemp("in"))
    for name in names:
        os.close(os.open(root + b"/" + name, os.O_CREAT | os.O_WRONLY))
    entries = list(folders.scan(Location(root)))
    assert sorted(entry.path for entry in entries) == sorted(root + b"/" + name for name in names)
    with catalog.transaction():
        for entry in entries:
            catalog.seen.skip(entry, job=1)
    known = catalog.seen.below(root)
    assert sorted(known) == sorted(entry.path for entry in entries)
    assert all(known[entry.path].same_as(entry) for entry in entries)
    assert catalog.seen.count_below(root) == (len(names), 0)


@given(
    NAMES, NUMBERS, NUMBERS, st.integers(0, (1 << 64) - 1), st.integers(0, (1 << 64) - 1), st.integers(0, (1 << 63) - 1)
)
def test_any_numbers_of_a_disk_come_back(catalog, name, mtime, ctime, inode, device, size):
    entry = Entry(b"/in", b"/in/" + name, size, mtime, ctime, inode, device)
    with catalog.transaction():
        catalog.seen.skip(entry, job=1)
    assert catalog.seen.below(b"/in")[entry.path].same_as(entry)


@given(st.integers(-(1 << 80), 1 << 80))
def test_a_time_of_any_disk_fits_into_the_catalog(nanoseconds):
    kept = sources.bounded(nanoseconds)
    assert abs(kept) < 1 << 63
    assert kept == nanoseconds or abs(nanoseconds) >= 1 << 63


@given(st.binary(max_size=80))
def test_any_path_has_a_text_for_people(path):
    text = path_text(path)
    text.encode("utf-8")
    if b"\\" not in path:
        assert text.encode().decode("unicode_escape", "ignore") is not None
        try:
            assert path.decode("utf-8") == text
        except UnicodeDecodeError:
            assert "\\x" in text


@given(NAMES, NAMES)
def test_a_file_in_an_archive_has_a_path_that_comes_apart_again(archive, member):
    archive = b"/in/" + archive + b".zip"
    assert archives.split(archives.join(archive, member)) == (archive, member)


@given(st.lists(st.tuples(CLEAN, CLEAN), max_size=4), st.lists(CLEAN.filter(bool), max_size=4, unique=True))
def test_what_a_file_says_comes_back_to_the_letter(catalog, said, tags):
    sha = "c" * 64
    claims = [Claim(f"s{n}:{source}", raw, None, accepted=False) for n, (source, raw) in enumerate(said)]
    facts = (Shape("image", "jpeg", 4, 3), *claims, *(Tag(tag, "xmp") for tag in tags))
    report = Report(Entry(b"/in", b"/in/said.jpg"), "present", None, sha, sha, "jpeg", facts)
    with catalog.transaction():
        number = catalog.seen.store(report, reason=None, job=1, probed="p", named="n")
        catalog.found.store(report, number, "now")
    rows = catalog.db.conn.execute("select source, raw from claims where sha256 = ?", (sha,)).fetchall()
    assert sorted(rows) == sorted((claim.source, claim.raw) for claim in claims)
