from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mediaparser_core import review
from mediaparser_core.records import Decision
from mediaparser_core.review import ClockShift, State

A, B, C = "a" * 64, "b" * 64, "c" * 64
AT = "2024-06-01T10:00:00Z"
CAMERA = "Canon|EOS 450D|1"


def say(verb, subject=(A,), value=None, request_id=None):
    return review.make(verb, subject, value, "ana", AT, request_id)


def undo(decision: Decision) -> Decision:
    return say("undo", decision.subject, decision.request_id)


GROUP = review.accept_group(A, [B, C])
ALWAYS = review.accept_dates({A: ("1994-07", None)}, always=("but it is odd", "Canon EOS"))
DATES = review.accept_dates({A: ("1994-07", None), B: ("2019-05-04T12:00:03", "+02:00")})


@pytest.mark.parametrize(
    ("decisions", "state"),
    [
        ([], State()),
        ([say("keep"), say("discard", [A, B])], State(kept={A: False, B: False})),
        ([say("discard", [A, B]), say("keep")], State(kept={A: True, B: False})),
        ([say("set-date", value="1994"), say("set-date", value="2019-05-04T12:00:03+02:00")],
         State(dates={A: ("2019-05-04T12:00:03", "+02:00")})),
        ([say("shift", [CAMERA], "-1h"), say("shift", [CAMERA], "+1d")], State(shifts={CAMERA: (ClockShift(86400.0),)})),
        ([say("shift", [CAMERA], "-1h"), say("shift", [CAMERA], "+1d 2019..2020-05")],
         State(shifts={CAMERA: (ClockShift(-3600.0), ClockShift(86400.0, "2019", "2020-05"))})),
        ([say("shift", [CAMERA], "+1d 2019..2020-05"), say("shift", [CAMERA], "-1h")],
         State(shifts={CAMERA: (ClockShift(-3600.0),)})),
        ([say("tag", value="snow"), say("tag", [A, B], "dog"), say("untag", value="snow")],
         State(tags_added={A: frozenset({"dog"}), B: frozenset({"dog"})}, tags_removed={A: frozenset({"snow"})})),
        ([say("untag", value="snow"), say("tag", value="snow")], State(tags_added={A: frozenset({"snow"})})),
        ([say("same", [A, B, C]), say("different", [B, C])],
         State(same=frozenset({frozenset({A, B}), frozenset({A, C})}), different=frozenset({frozenset({B, C})}))),
        ([say("accept", [A, B, C], GROUP)],
         State(kept={A: True, B: False, C: False}, accepted=frozenset({frozenset({A, B, C})}))),
        ([say("accept", [A, B, C], GROUP), say("keep", [B])],
         State(kept={A: True, B: True, C: False}, accepted=frozenset({frozenset({A, B, C})}))),
        ([say("accept", [A, B], DATES)], State(dates={A: ("1994-07", None), B: ("2019-05-04T12:00:03", "+02:00")})),
        ([say("accept", [A, B], ALWAYS)],
         State(dates={A: ("1994-07", None)}, rules={("but it is odd", "Canon EOS"): "2024-06-01"})),
        ([rule := say("accept", [A, B], ALWAYS), undo(rule)], State()),
        ([say("accept", [A, B], DATES), say("set-date", value="1995")],
         State(dates={A: ("1995", None), B: ("2019-05-04T12:00:03", "+02:00")})),
    ],
)  # fmt: skip
def test_the_last_word_counts(decisions, state):
    assert review.fold(decisions) == state


def test_an_undo_of_an_undo_restores_the_decision_in_its_place():
    first, second = say("set-date", value="1994"), say("set-date", value="1995")
    back = undo(first)
    assert review.fold([first, second, back, undo(back)]) == review.fold([first, second])
    assert review.fold([first, second, undo(second)]).dates == {A: ("1994", None)}
    assert review.fold([first, undo(first), undo(first)]) == State()


def test_the_same_request_twice_is_one_decision():
    first, second = say("keep", request_id="click"), say("discard", request_id="click")
    assert review.fold([first, second, first]).kept == {A: True}


def test_an_undo_counts_even_when_it_was_imported_before_what_it_undoes():
    first = say("keep")
    assert review.fold([undo(first), first]) == State()


def test_undos_of_strangers_and_rings_of_undos_do_no_harm():
    lost = say("undo", [], "never seen")
    one = Decision("one", "undo", (), None, "eve", AT, undoes="two")
    two = Decision("two", "undo", (), None, "eve", AT, undoes="one")
    self_made = Decision("self", "keep", (A,), None, "eve", AT, undoes="self")
    assert review.fold([lost, one, two, self_made, say("keep", [B])]) == State(kept={B: True})


def test_a_chain_of_ten_thousand_undos_is_followed():
    chain = [say("keep")]
    for _ in range(10_000):
        chain.append(undo(chain[-1]))
    assert review.fold(chain).kept == {A: True}
    assert review.fold([*chain, undo(chain[-1])]).kept == {}


def test_what_still_stands_is_known_without_the_undos():
    first, second = say("keep"), say("tag", value="snow")
    assert review.standing([first, second, undo(first)]) == [second]


@pytest.mark.parametrize(
    ("decisions", "settled"),
    [
        ([], False),
        ([say("accept", [A, B, C], GROUP)], True),
        ([say("keep", [A, B, C])], True),
        ([say("discard", [B, C])], True),  # one is left, so there is nothing to ask
        ([say("discard", [B])], False),
        ([say("keep", [A]), say("discard", [B])], False),  # C may still be the same picture as A
    ],
)
def test_a_group_is_settled_when_nothing_is_left_to_ask(decisions, settled):
    assert review.is_settled(review.fold(decisions), [A, B, C]) is settled


def test_everything_stays_that_nobody_discarded():
    state = review.fold([say("discard", [A]), say("keep", [B])])
    assert [review.is_kept(state, sha) for sha in (A, B, C)] == [False, True, True]


def test_tags_are_those_found_and_added_without_those_removed():
    state = review.fold([say("tag", value="snow"), say("untag", value="Zoë"), say("tag", [B], "dog")])
    assert review.apply_tags(["Zoe\u0308", "beach"], state, A) == ("beach", "snow")
    assert review.apply_tags(["Zoe\u0308", "beach"], state, C) == ("Zoë", "beach")


SHAS = st.sampled_from([A, B, C])
SEVERAL = st.lists(SHAS, min_size=1, max_size=3, unique=True)
SAYINGS = st.one_of(
    st.builds(say, st.sampled_from(["keep", "discard"]), SEVERAL),
    st.builds(say, st.just("set-date"), SEVERAL, st.sampled_from(["1994", "2019-05-04T12:00:03+02:00"])),
    st.builds(say, st.sampled_from(["tag", "untag"]), SEVERAL, st.sampled_from(["snow", "Zoë", "dog"])),
    st.builds(say, st.sampled_from(["same", "different"]), st.just([A, B, C]) | st.just([A, B])),
    st.builds(say, st.just("shift"), st.just([CAMERA]), st.sampled_from(["+1h", "-1d", "0.25"])),
    st.builds(say, st.just("accept"), st.just([A, B, C]), st.sampled_from([GROUP, DATES, ALWAYS])),
)


@st.composite
def histories(draw):
    """Decisions with undos of earlier ones and of undos among them."""
    history: list[Decision] = []
    for decision in draw(st.lists(SAYINGS | st.none(), max_size=12)):
        history.append(decision or (undo(draw(st.sampled_from(history))) if history else say("keep")))
    return history


@given(histories(), SAYINGS)
@hypothesis_settings(max_examples=150, deadline=None)
def test_undoing_a_decision_leaves_no_trace(history, decision):
    back = undo(decision)
    assert review.fold([*history, decision, back]) == review.fold(history)
    assert review.fold([*history, decision, back, undo(back)]) == review.fold([*history, decision])


@given(histories(), st.integers())
@hypothesis_settings(max_examples=150, deadline=None)
def test_decisions_survive_export_and_import(history, seed):
    lines = [json.dumps(review.portable(decision)) for decision in history]
    carried = [review.from_portable(json.loads(line)) for line in lines]
    assert carried == history
    twice = carried + random.Random(seed).sample(carried, len(carried))
    assert review.fold(twice) == review.fold(history)


LIFE = [
    say("shift", [CAMERA], "-1h", "old"),  # stored before there were intervals
    say("shift", [CAMERA], "+1d 2019-05..2019-06-15T12:00, +2d 2020..", "pieces"),
    say("shift", [CAMERA], "0 2019-06-01..2019-06-02", "no"),
]


@pytest.mark.parametrize(
    ("reading", "seconds"),
    [
        ("2019-04-30T23:59:59", -3600.0),
        ("2019-05-01T00:00:00", 86400.0),
        ("2019-06-01T00:00:00", 0.0),
        ("2019-06-02T23:59:59", 0.0),  # a coarse end is the end of it
        ("2019-06-15T12:00:59", 86400.0),
        ("2019-06-15T12:01:00", -3600.0),
        ("2025-01-01T00:00:00", 172800.0),
        (None, -3600.0),
    ],
)
def test_the_last_word_on_a_part_of_a_cameras_life_counts_there(reading, seconds):
    assert review.shift_at(review.fold(LIFE), CAMERA, reading) == seconds


def test_nobody_said_anything_about_other_cameras_or_other_times():
    state = review.fold(LIFE[1:])
    assert review.shift_at(state, "Nikon||", "2019-05-01T00:00:00") is None
    assert review.shift_at(state, CAMERA, "2018-05-01T00:00:00") is None
    assert review.shift_at(state, CAMERA, None) is None


def test_an_undone_piece_is_as_if_never_said():
    state = review.fold([*LIFE, undo(LIFE[2])])
    assert review.shift_at(state, CAMERA, "2019-06-01T00:00:00") == 86400.0
