from __future__ import annotations

import json

import pytest

from mediaparser_core import review
from mediaparser_core.errors import DecisionError

A, B, C = "a" * 64, "b" * 64, "c" * 64
AT = "2024-06-01T10:00:00Z"


def make(verb, subject=(A,), value=None, **more):
    return review.make(verb, subject, value, more.pop("actor", "ana"), more.pop("at", AT), **more)


@pytest.mark.parametrize(
    ("verb", "subject", "value", "stored"),
    [
        ("keep", [A], None, None),
        ("discard", [A, B], "", None),
        ("set-date", [A], "2019-05-04 12:00:03", "2019-05-04T12:00:03"),
        ("set-date", [A], "2019-05-04T12:00:03+0200", "2019-05-04T12:00:03+02:00"),
        ("set-date", [A], "2019-05-04T12:00:03.250-05:30", "2019-05-04T12:00:03.250-05:30"),
        ("set-date", [A], "2019-05-04T12:00:03Z", "2019-05-04T12:00:03+00:00"),
        ("set-date", [A], "1994-07", "1994-07"),
        ("set-date", [A], "1994", "1994"),
        ("set-date", [A], "12 May 2019", "2019-05-12"),
        ("shift", ["Canon|EOS 450D|123"], "+3600", "+3600"),
        ("shift", ["Canon||"], "-1h", "-3600"),
        ("shift", ["Canon||"], " + 1d 2h ", "+93600"),
        ("shift", ["Canon||"], "90M", "+5400"),
        ("shift", ["Canon||"], "-0.5s", "-0.5"),
        ("shift", ["Canon||"], "-0", "+0"),
        ("shift", ["Canon||"], "-1h 2019-03-31..2019-05-04T12:00", "-3600 2019-03-31..2019-05-04T12:00"),
        ("shift", ["Canon||"], "+1d  2h ..2019", "+93600 ..2019"),
        ("shift", ["Canon||"], "0 2019-05..", "+0 2019-05.."),
        (
            "shift",
            ["Canon||"],
            "+1h 2019..2019-05,-1d 2020-01-01T10:00:03..2020",
            "+3600 2019..2019-05, -86400 2020-01-01T10:00:03..2020",
        ),
        ("tag", [A], "  Zoe\u0308 \n", "Zoë"),
        ("untag", [A], "snow", "snow"),
        ("same", [A, B], None, None),
        ("different", [A, B, C], None, None),
        ("accept", [A, B], review.accept_group(A, [B]), json.dumps({"discard": [B], "keep": A}, separators=(",", ":"))),
        ("accept", [A], review.accept_dates({A: ("1994-07", None)}), f'{{"date":{{"{A}":"1994-07"}}}}'),
        (
            "accept",
            [A],
            review.accept_dates({A: ("1994-07", None)}, always=("but odd", "")),
            f'{{"always":{{"camera":"","doubt":"but odd"}},"date":{{"{A}":"1994-07"}}}}',
        ),
        ("accept", [A], f'{{"date": {{"{A}": "2019-05-04 12:00:03"}}}}', f'{{"date":{{"{A}":"2019-05-04T12:00:03"}}}}'),
    ],
)
def test_a_decision_is_stored_in_one_form(verb, subject, value, stored):
    decision = make(verb, subject, value)
    assert (decision.verb, decision.subject, decision.value, decision.undoes) == (verb, tuple(subject), stored, None)
    assert make(verb, subject, decision.value).value == stored  # what is stored is stored the same again


@pytest.mark.parametrize(
    ("verb", "subject", "value", "message"),
    [
        ("delete", [A], None, "no verb 'delete'"),
        ("keep", [], None, "at least one"),
        ("keep", ["IMG_0001.JPG"], None, "not a SHA-256"),
        ("keep", ["é" * 64], None, "not a SHA-256"),
        ("keep", [A + "\n"], None, "not a SHA-256"),
        ("keep", [None], None, "text"),
        ("keep", [A], "why", "takes no value"),
        ("set-date", [A], None, "not a date"),
        ("set-date", [A], "", "not a date"),
        ("set-date", [A], "someday", "not a date"),
        ("set-date", [A], "2019-02-30", "not a date"),
        ("set-date", [A], "9" * 5000, "not a date"),
        ("set-date", [A], "2031", "in the future"),
        ("set-date", [A], "16 June 2035", "in the future"),
        ("shift", [A], "+1h", "make|model|serial"),
        ("shift", ["||"], "+1h", "make|model|serial"),
        ("shift", ["a|b|c\x1b[2J"], "+1h", "make|model|serial"),
        ("shift", ["a|b|c"], "an hour", "not a shift"),
        ("shift", ["a|b|c"], "", "not a shift"),
        ("shift", ["a|b|c"], "++1", "not a shift"),
        ("shift", ["a|b|c"], "1" * 3000, "not a shift"),
        ("shift", ["a|b|c"], "٣h", "not a shift"),
        ("shift", ["a|b|c"], "99999d", "century"),
        ("shift", ["a|b|c"], "+1h 2019..2018", "ends before it begins"),
        ("shift", ["a|b|c"], "+1h 2019-13..", "not a moment"),
        ("shift", ["a|b|c"], "2019..2020", "not a shift"),
        ("shift", ["a|b|c"], "+1h, -1h 2019..2020", "from when until when"),
        ("shift", ["a|b|c"], "+1h 2019..2020,", "not a shift"),
        ("shift", ["a|b|c"], ",".join(["+1h 2019..2020"] * 9999), "not a shift"),
        ("tag", [A], " \t ", "needs a word"),
        ("tag", [A], None, "needs a word"),
        ("same", [A, A.upper()], None, "at least two"),
        ("different", [f"{n:064x}" for n in range(101)], None, "at most 100"),
        ("accept", [A], None, "what was accepted"),
        ("accept", [A], "yes", "what was accepted"),
        ("accept", [A], "[" * 100_000, "what was accepted"),
        ("accept", [A], f'{{"date":{{"{B}":"1994"}}}}', "what was accepted"),
        ("accept", [A], '{"date":{}}', "what was accepted"),
        ("accept", [A], f'{{"date":{{"{A}":7}}}}', "not a date"),
        ("accept", [A, B], f'{{"keep":"{A}","discard":["{A}"]}}', "what was accepted"),
        ("accept", [A, B], f'{{"keep":"{A}","discard":["{C}"]}}', "what was accepted"),
        ("accept", [A, B], f'{{"keep":"{A}","discard":["{B}"],"more":1}}', "what was accepted"),
        ("accept", [A], f'{{"date":{{"{A}":"1994"}},"always":{{}}}}', "what was accepted"),
        ("accept", [A], f'{{"date":{{"{A}":"1994"}},"always":{{"doubt":"","camera":""}}}}', "what was accepted"),
        ("accept", [A], f'{{"date":{{"{A}":"1994"}},"always":{{"doubt":"a\\nb","camera":""}}}}', "what was accepted"),
        ("undo", [], None, "decision to undo"),
        ("undo", [], "two\nlines", "decision to undo"),
    ],
)
def test_nonsense_is_refused_with_one_clear_line(verb, subject, value, message):
    with pytest.raises(DecisionError, match=r"\A[^\n]+\Z") as error:
        make(verb, subject, value)
    assert message in str(error.value)
    assert len(str(error.value)) < 300


def test_where_it_is_tomorrow_already_is_not_the_future():
    assert make("set-date", [A], "2024-05-02T00:30:00+14:00", at="2024-05-01T10:30:00Z").value
    with pytest.raises(DecisionError, match="future"):
        make("set-date", [A], "2024-05-03", at="2024-05-01T10:30:00Z")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"actor": ""}, "actor"),
        ({"actor": "x" * 1000}, "actor"),
        ({"at": "yesterday"}, "not a time"),
        ({"at": None}, "not a time"),
        ({"request_id": ""}, "request id"),
        ({"request_id": "a\0b"}, "request id"),
    ],
)
def test_who_and_when_must_be_known(more, message):
    with pytest.raises(DecisionError, match=message):
        make("keep", **more)


def test_subjects_are_named_once_in_small_letters():
    assert make("keep", [A.upper(), B, A]).subject == (A, B)


def test_a_request_has_its_own_name_unless_it_brings_one():
    assert make("keep").request_id != make("keep").request_id
    assert make("keep", request_id="click-7").request_id == "click-7"


def test_an_undo_names_the_decision_it_takes_back():
    decision = make("undo", ["Canon||"], "click-7")
    assert (decision.value, decision.undoes, decision.subject) == (None, "click-7", ("Canon||",))
    assert make("undo", [], "click-7").subject == ()


@pytest.mark.parametrize(
    ("camera", "key"),
    [
        (("Canon", "EOS 450D", "0042"), "Canon|EOS 450D|0042"),
        (("Canon", None, None), "Canon||"),
        (("A|B", " X\0 ", ""), "A/B|X|"),
        ((None, None, None), "||"),
    ],
)
def test_a_camera_has_one_key(camera, key):
    assert review.camera_key(*camera) == key


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("2019-05-04T12:00:03+02:00", ("2019-05-04T12:00:03", "+02:00")),
        ("2019-05-04T12:00:03.5-05:30", ("2019-05-04T12:00:03.5", "-05:30")),
        ("2019-05-04T12:00", ("2019-05-04T12:00", None)),
        ("2019-05-04", ("2019-05-04", None)),
        ("", ("", None)),
    ],
)
def test_a_stored_date_is_moment_and_offset(text, parts):
    assert review.split_offset(text) == parts


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        "keep",
        None,
        {"request_id": "1", "verb": "keep", "subject": A, "value": None, "actor": "ana", "at": AT},
        {"request_id": 1, "verb": "keep", "subject": [A], "value": None, "actor": "ana", "at": AT},
        {"request_id": "1", "verb": "keep", "subject": [7], "value": None, "actor": "ana", "at": AT},
        {"request_id": "1", "verb": "tag", "subject": [A], "value": ["x"], "actor": "ana", "at": AT},
        {"request_id": "1", "verb": "set-date", "subject": [A], "value": "someday", "actor": "ana", "at": AT},
        {"request_id": "", "verb": "keep", "subject": [A], "value": None, "actor": "ana", "at": AT},
        {"request_id": "1", "verb": "undo", "subject": [A], "undoes": None, "actor": "ana", "at": AT},
    ],
)
def test_a_line_that_is_no_decision_is_refused(document):
    with pytest.raises(DecisionError):
        review.from_portable(document)
