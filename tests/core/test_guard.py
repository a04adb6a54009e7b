"""Whatever a probe says, the catalog can store it."""

from __future__ import annotations

import sqlite3
from dataclasses import astuple

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaparser_core import guard
from mediaparser_core.guard import clean_facts
from mediaparser_core.records import (
    Camera,
    Claim,
    Fingerprint,
    Link,
    Note,
    Place,
    Preview,
    Shape,
    Tag,
    Trouble,
)

LEFT_OUT = "facts were left out: more than is stored for one file, or not fit to be"


class Text(str):
    """As an XML parser's strings are."""


@pytest.mark.parametrize(
    "fact",
    [
        Tag("Ferien in Zürich 🏔", "xmp"),
        Claim("exif:DateTimeOriginal", "2019:05:04 12:00:03", "2019-05-04T12:00:03.25", "+02:00", "second"),
        Claim("folder", "2019", "2019", None, "year"),
        Claim("exif", "junk", None, accepted=False, reason="unreadable"),
        Shape("video", "mp4", 1920, 1080, 1, 12.5),
        Place(-33.5, 151),
        Camera("Canon", None, "0123"),
        Preview(b"\xff\xd8\xff"),
        Fingerprint("phash", "ffd8000000000001"),
    ],
)
def test_a_good_fact_goes_through_untouched(fact):
    (found,) = clean_facts([fact])
    assert found is fact


@pytest.mark.parametrize(
    ("fact", "clean"),
    [
        (Tag("a\ud800b\0c\n\x9bd", "exif"), Tag("abc d", "exif")),
        (Tag("a" * 5000, "exif"), Tag("a" * 2000, "exif")),
        (Shape("image", "jpeg", 2**64, 10, None, float("nan")), Shape("image", "jpeg", None, 10)),
        (Shape("image", "jpeg", 10.5, True), Shape("image", "jpeg")),
        (Claim("exif", "x", "2019-99-99T", "+2:00", "week"), Claim("exif", "x", None, None, None, False, "not a date")),
        (Claim("exif", "x", "٢٠١٩", "Z"), Claim("exif", "x", None, None, None, False, "not a date")),
        (Camera(5, "M\x00", b"s"), Camera(None, "M", None)),
        (Place(numpy.float64(1.5), 2, "gps"), Place(1.5, 2, "gps")),
        (Tag(Text("a"), Text("xmp")), Tag("a", "xmp")),
    ],
)
def test_what_can_be_repaired_is(fact, clean):
    (found,) = clean_facts([fact])
    assert found == clean
    assert {type(value) for value in astuple(found)} <= {str, int, float, bool, bytes, type(None)}


@pytest.mark.parametrize(
    "fact",
    [
        Tag("\ud800\0", "exif"),
        Tag(None, "exif"),
        Place(float("inf"), 0),
        Place(91, 0),
        Place(0, -181),
        Place("1", "2"),
        Fingerprint("phash", "not hex"),
        Fingerprint("phash", 17),
        Preview(b"x" * (guard.PREVIEW + 1)),
        Preview("text"),
        Shape("audio", "mp3"),
        Link("content_id", ["list"]),
        Note("key", {"a": 1}),
        "a string",
        None,
        ("tag", "x"),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_what_cannot_be_repaired_is_left_out_and_said(fact):
    good = Tag("good", "exif")
    assert clean_facts([fact, good, fact]) == (good, Trouble("facts", f"2 {LEFT_OUT}"))


def test_a_flood_of_keywords_does_not_crowd_out_what_there_is_but_one_of():
    flood = [Tag(f"tag {n}", "xmp") for n in range(20_000)]
    single = [Claim("exif", "x", "2019"), Shape("image", "jpeg"), Camera("Canon"), Fingerprint("phash", "ff")]
    found = clean_facts([*flood, *single])
    assert found[:-5] == tuple(flood[: guard.FACTS - 4])
    assert found[-5:-1] == tuple(single)
    assert found[-1] == Trouble("facts", f"{20_000 - guard.FACTS + 4} {LEFT_OUT}")


def test_text_is_limited_in_bytes_and_a_preview_does_not_count():
    facts = [Note(f"k{n}", "€" * 2000) for n in range(100)]
    found = clean_facts([Preview(b"\xff" * guard.PREVIEW), *facts, Claim("exif", "x", "2019")])
    assert isinstance(found[0], Preview)
    assert isinstance(found[-2], Claim)
    assert sum(len(fact.value.encode()) for fact in found if isinstance(fact, Note)) <= guard.TEXT
    assert 40 < len(found) < 48


ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.binary(max_size=20),
    st.text(st.characters(), max_size=30), st.lists(st.integers(), max_size=2),
)  # fmt: skip
FIELDS = {Claim: 7, Shape: 6, Fingerprint: 2, Tag: 2, Place: 3, Camera: 3, Link: 2, Preview: 1, Trouble: 2, Note: 2}


@given(
    st.lists(st.sampled_from(list(FIELDS)).flatmap(lambda k: st.tuples(*[ANYTHING] * FIELDS[k]).map(lambda v: k(*v))))
)
def test_sqlite_takes_and_gives_back_everything_that_comes_out(facts):
    connection = sqlite3.connect(":memory:")
    for fact in clean_facts(facts):
        values = astuple(fact)
        row = connection.execute(f"select {', '.join('?' * len(values))}", values).fetchone()
        assert row == values
        assert all("\0" not in value for value in values if isinstance(value, str))
    connection.close()
