"""Work that is done side by side is done once, and its errors are heard."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from mediaparser_plugins.side_by_side import side_by_side


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_everything_comes_once(workers):
    tasks = [partial(range, start, start + 7) for start in range(0, 70, 7)]
    assert sorted(side_by_side(tasks, workers)) == list(range(70))


@pytest.mark.parametrize("workers", [1, 3])
def test_an_error_in_one_is_an_error_for_whoever_takes_the_items(workers):
    def broken():
        yield 1
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        list(side_by_side([broken, partial(range, 5)], workers))


def test_who_stops_taking_stops_the_work():
    def endless():
        while True:
            yield 1

    before = threading.active_count()
    items = side_by_side([endless, endless], 2)
    assert next(items) == 1
    items.close()
    assert threading.active_count() <= before


def test_nothing_to_do_is_done_at_once():
    assert list(side_by_side([], 2)) == []
