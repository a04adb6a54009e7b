"""Dates as text: what is read is what was written, arithmetic goes there and back, and nothing ever raises."""

from __future__ import annotations

from datetime import datetime

from hypothesis import assume, given
from hypothesis import strategies as st

from mediaparser_core import dates
from mediaparser_core.dates import moments

WHEN = st.datetimes(datetime(1830, 1, 1), datetime(2090, 12, 31)).map(lambda moment: moment.replace(microsecond=0))
SECONDS = WHEN.map(lambda moment: moment.isoformat(timespec="seconds"))
FINE = SECONDS | WHEN.map(lambda moment: moment.isoformat(timespec="minutes"))
ANY = st.one_of(
    FINE, WHEN.map(lambda m: f"{m:%Y-%m-%d}"), WHEN.map(lambda m: f"{m:%Y-%m}"), WHEN.map(lambda m: f"{m:%Y}")
)
OFFSETS = st.integers(-12 * 4, 14 * 4).map(lambda quarters: quarters * 15)


@given(OFFSETS)
def test_an_offset_is_read_as_it_is_written(minutes):
    text = moments.format_offset(minutes)
    assert moments.offset_minutes(text) == minutes
    assert moments.parse_offset(text) == moments.parse_offset(text.replace(":", "")) == text


@given(FINE, OFFSETS)
def test_to_utc_and_back_is_the_same_wall(value, minutes):
    offset = moments.format_offset(minutes)
    utc = moments.to_utc(value, offset)
    assert utc is not None
    assert moments.to_local(utc, offset) == value
    assert moments.difference(value, utc) == minutes * 60


@given(SECONDS, st.integers(-(10**8), 10**8))
def test_a_shift_and_its_reverse_are_no_shift(value, seconds):
    moved = moments.shift(value, seconds)
    assert moved is not None
    assert moments.difference(moved, value) == seconds
    assert moments.shift(moved, -seconds) == value


@given(FINE, FINE, FINE)
def test_distances_add_up(a, b, c):
    ab, bc, ac = moments.difference(a, b), moments.difference(b, c), moments.difference(a, c)
    assert ab is not None and bc is not None and ac is not None
    assert ab + bc == ac and moments.difference(b, a) == -ab


@given(ANY, ANY)
def test_what_is_coarse_covers_its_parts_and_itself(a, b):
    assert moments.covers(a, a)
    if moments.covers(a, b):
        assert moments.as_datetime(a) <= moments.as_datetime(b)
        assert a == b or not moments.covers(b, a)


@given(WHEN, st.sampled_from(["%Y:%m:%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]))
def test_what_exif_says_is_what_was_written(moment, form):
    assume(moment > datetime(1900, 1, 1))
    text = f"{moment.year:04d}" + moment.strftime(form)[4:] if moment.year < 1000 else moment.strftime(form)
    found = dates.parse_exif(text)
    assert found is not None
    assert found.value == moment.isoformat(timespec="seconds")


@given(st.datetimes(datetime(1990, 1, 1), datetime(2024, 12, 31)))
def test_a_phones_name_is_read_to_the_second(moment):
    found = dates.from_path(f"IMG_{moment:%Y%m%d_%H%M%S}.jpg")
    assert found["value"] == moment.isoformat(timespec="seconds")


@given(WHEN, st.sampled_from(["{d} {B} {Y}", "{B} {d}, {Y}", "{Y}-{m:02d}-{d:02d}", "{d:02d}.{m:02d}.{Y}"]))
def test_a_day_in_words_is_that_day(moment, form):
    text = form.format(d=moment.day, m=moment.month, Y=moment.year, B=f"{moment:%B}")
    assume(moment.year > 1900)
    found = dates.parse_words(text)
    assert found is not None and found.value == f"{moment:%Y-%m-%d}"


@given(st.text(max_size=60) | st.text("0123456789:-/. TZ+", max_size=40))
def test_nothing_a_person_types_raises(text):
    found = dates.parse_words(text)
    if found is not None:
        assert moments.precision_of(found.value) == found.precision
        assert 1 <= moments.as_datetime(found.value).year <= 9999


@given(st.floats(allow_nan=True, allow_infinity=True) | st.integers(-(10**20), 10**20))
def test_seconds_since_1970_are_a_moment_or_nothing(seconds):
    found = moments.from_epoch(seconds)
    if found is not None:
        since = moments.difference(found.value, "1970-01-01T00:00:00")
        assert since is not None and abs(since - seconds) < 1
