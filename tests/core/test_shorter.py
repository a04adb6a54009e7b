"""Texts that are told from numbers and from other texts come back letter by letter, or are kept as they are."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaparser_core.shorter import OFTEN, moment, moment_shown, written, written_shown

MOMENTS = [
    ("2019-05-04T12:00:03", int), ("1850-05-04T12:00:03", int), ("0001-01-01T00:00:00", int),
    ("9999-12-31T23:59:59", int), ("1970-01-01T00:00:00", int), ("2019-05-04T12:00:03.9", int),
    ("2019-05-04T12:00:03.90", int), ("2019-05-04T12:00:03.007", int), ("2019-05-04T12:00:03.000", int),
    ("2019-05-04T12:00:03Z", int), ("2026-11-21T09:43:52.076Z", int), ("9999-12-31T23:59:59.999Z", int),
    ("1970-01-01T00:00:00.5", str), ("1850-05-04T12:00:03.5", str), ("2019-05-04", str), ("2019", str),
    ("2019-02-30T12:00:00", str), ("2019-05-04T24:00:00", str), ("2019-05-04T12:00:60", str),
    ("0000-01-01T00:00:00", str), ("2019-05-04T12:00:03.1234", str), ("2019-05-04T12:00:03\n", str), ("", str),
    ("٢019-05-04T12:00:03", str), ("12", str), (None, type(None)),
]  # fmt: skip
CLAIMS = [  # what was written, the moment and the offset that were read out of it, the way it is kept
    ("2019:05:04 12:00:03", "2019-05-04T12:00:03", None, 1),
    ("2019:05:04 12:00:03.91", "2019-05-04T12:00:03.91", None, 1),
    ("2019:05:04 12:00:03Z", "2019-05-04T12:00:03", "+00:00", 2),
    ("2019:05:04 12:00:03+02:00", "2019-05-04T12:00:03", "+02:00", 3),
    ("2019-05-04T12:00:03.000000000Z", "2019-05-04T12:00:03", "+00:00", 4),
    ("2019-05-04T12:00:03.000000012Z", "2019-05-04T12:00:03", "+00:00", 4),
    ("1556971203", "2019-05-04T12:00:03", "+00:00", 5),
    ("-3776155197", "1850-05-04T12:00:03", "+00:00", 5),
    ("2019-05-04T12:00:03", "2019-05-04T12:00:03", None, 6),
    ("2019-05-04T12:00:03+02:00", "2019-05-04T12:00:03", "+02:00", 8),
    ("2019-05-04T12:00:03Z", "2019-05-04T12:00:03", "+00:00", 9),
    ("2019:05:04 12:00:04", "2019-05-04T12:00:03", None, 0),
    ("IMG_20190504_120003.jpg", "2019-05-04T12:00:03", None, 0),
    ("2019", "2019", None, 0),
    ("", "2019-05-04T12:00:03", None, 0),
    (None, "2019-05-04T12:00:03", None, 0),
    (None, None, None, 0),
    ("0000:00:00 00:00:00", None, None, 0),
]


@pytest.fixture(scope="module")
def shown():
    """What SQLite shows of the numbers, with the care that the catalog takes."""
    conn = sqlite3.connect(":memory:")
    conn.execute("pragma trusted_schema = off")
    conn.execute("create table c (value, raw)")
    conn.execute("create table s (utc_offset, written)")
    conn.execute("create table words (id integer primary key, word text)")
    conn.execute(f"create view moments as select {moment_shown('c.value')} as value from c")
    conn.execute(f"create view claims as select {written_shown('c', 's')} as raw from c, s")

    def ask(value, raw=None, offset=None, way=0):
        for table in ("c", "s", "words"):
            conn.execute(f"delete from {table}")
        number = None if offset is None else 7
        conn.execute("insert into words values (7, ?), (8, ?)", (offset, raw if way == OFTEN else None))
        conn.execute("insert into c values (?, ?)", (value, 8 if way == OFTEN else raw))
        conn.execute("insert into s values (?, ?)", (number, way))
        return conn.execute("select value, raw from moments, claims").fetchone()

    yield ask
    conn.close()


@pytest.mark.parametrize(("text", "kind"), MOMENTS)
def test_a_moment_comes_back_as_it_was(shown, text, kind):
    assert type(moment(text)) is kind
    assert shown(moment(text))[0] == text


@pytest.mark.parametrize(("raw", "value", "offset", "way"), CLAIMS)
def test_what_was_written_comes_back_as_it_was(shown, raw, value, offset, way):
    found, kept = written(raw, value, offset)
    assert found == way
    assert shown(moment(value), kept, offset, found) == (value, raw)


def test_a_text_that_is_said_often_is_a_word(shown):
    way, kept = written("holidays/2019", "2019", None, often=True)
    assert (way, kept) == (OFTEN, "holidays/2019")
    assert shown("2019", kept, None, way) == ("2019", "holidays/2019")


@given(st.datetimes(), st.sampled_from(["", ".5", ".05", ".005"]), st.sampled_from(["", "Z", "+02:00"]), st.booleans())
def test_any_moment_however_it_is_written_comes_back(shown, at, digits, end, exif):
    value = f"{at:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + digits
    raw = (value[:10].replace("-", ":") + " " + value[11:] if exif else value) + end
    offset = "+00:00" if end == "Z" else end or None
    way, kept = written(raw, value, offset)
    assert shown(moment(value), kept, offset, way) == (value, raw)
