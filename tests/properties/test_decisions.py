"""Decisions: the last word counts, what is taken back was never said, and a copy of them says the same."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from mediaparser_core import review
from mediaparser_core.catalog import Catalog
from mediaparser_core.records import Decision

A, B, C = (letter * 64 for letter in "abc")
SUBJECTS = st.lists(st.sampled_from([A, B, C]), min_size=1, max_size=3, unique=True).map(tuple)
WORDS = st.one_of(
    st.tuples(st.sampled_from(["keep", "discard"]), st.none()),
    st.tuples(st.just("set-date"), st.sampled_from(["1994", "2019-05-04", "2019-05-04T12:00:03+02:00"])),
    st.tuples(st.sampled_from(["tag", "untag"]), st.sampled_from(["snow", "Zoë", "dog"])),
)


@st.composite
def histories(draw, most: int = 10) -> list[Decision]:
    said = draw(st.lists(st.tuples(WORDS, SUBJECTS), max_size=most))
    return [
        Decision(f"r{number}", verb, subject, value, "somebody", f"2024-01-01T00:00:{number:02d}+00:00")
        for number, ((verb, value), subject) in enumerate(said)
    ]


def back(decision: Decision, number: int = 0) -> Decision:
    return Decision(f"undo {decision.request_id} {number}", "undo", (), None, "somebody", "2024-01-02T00:00:00+00:00",
                    decision.request_id)  # fmt: skip


@given(histories())
def test_the_last_word_on_each_thing_counts(history):
    """Against the plainest model there is: a dictionary that is written to in order."""
    kept, taken, tags = {}, {}, {}
    for decision in history:
        for sha in decision.subject:
            if decision.verb in ("keep", "discard"):
                kept[sha] = decision.verb == "keep"
            elif decision.verb == "set-date":
                taken[sha] = review.split_offset(decision.value or "")
            else:
                tags[sha, decision.value] = decision.verb == "tag"
    state = review.fold(history)
    assert dict(state.kept) == kept and dict(state.dates) == taken
    for (sha, tag), added in tags.items():
        assert (tag in state.tags_added.get(sha, ())) is added
        assert (tag in state.tags_removed.get(sha, ())) is not added


@given(histories())
def test_everything_taken_back_is_nothing_said(history):
    assert review.fold([*history, *map(back, history)]) == review.State()


@given(histories(), st.integers(0, 9), st.integers(0, 5))
def test_taking_back_again_and_again_goes_there_and_back(history, which, times):
    if not history:
        return
    chosen = history[which % len(history)]
    chain = [chosen]
    for number in range(times):
        chain.append(back(chain[-1], number))
    without = [decision for decision in history if decision is not chosen]
    assert review.fold([*history, *chain[1:]]) == review.fold(without if times % 2 else history)


@given(histories(), st.randoms(use_true_random=False))
def test_words_on_different_pictures_do_not_meet(history, rng):
    """Decisions in another order say the same, as long as those on one picture keep theirs."""
    single = [d for d in history if len(d.subject) == 1]
    lanes = [[d for d in single if d.subject == (sha,)] for sha in (A, B, C)]
    mixed: list[Decision] = []
    while any(lanes):
        mixed.append(rng.choice([lane for lane in lanes if lane]).pop(0))
    assert review.fold(mixed) == review.fold(single)


@given(histories())
def test_said_twice_is_said_once(history):
    assert review.fold(itertools.chain(history, reversed(history))) == review.fold(history)


@given(histories(most=5), st.lists(st.integers(0, 4), max_size=5))
@settings(max_examples=15)
def test_a_database_keeps_every_decision_once_and_in_order(tmp_path_factory, history, again):
    with Catalog(tmp_path_factory.mktemp("library")) as catalog:
        assert catalog.decided.add(history) == len(history)
        assert catalog.decided.add([history[n] for n in again if n < len(history)]) == 0
        assert catalog.decided.all() == history
        assert catalog.decided.count() == len(history)
