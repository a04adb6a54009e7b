"""Calls in any Executor: bounded, drained, and the one that kills its worker found."""

from __future__ import annotations

import operator
import os
import signal
import threading
import time
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest

from mediaparser_core import jobs, pool
from mediaparser_core.errors import PluginError, ToolError


class OneByOne(Executor):
    """One call at a time; a task in *deadly* dies, with *takes_all* together with every other one in flight."""

    def __init__(self, deadly=(), *, takes_all: bool = True) -> None:
        self.flying: list[tuple[Future, object, object]] = []
        self.most = 0
        self.calls: list[object] = []
        self.deadly, self.takes_all = set(deadly), takes_all
        self.lock = threading.Lock()

    def submit(self, function, /, task):
        future: Future = Future()
        with self.lock:
            self.flying.append((future, function, task))
            self.most = max(self.most, len(self.flying))
        threading.Timer(0.002, self.land).start()
        return future

    def land(self) -> None:
        with self.lock:
            if not self.flying:
                return
            future, function, task = self.flying.pop(0)
            self.calls.append(task)
            lost = [future]
            if task in self.deadly and self.takes_all:
                lost += [f for f, *_ in self.flying]
                self.flying.clear()
        lost = [each for each in lost if each.set_running_or_notify_cancel()]
        if not lost:
            return
        if task in self.deadly:
            for each in lost:
                each.set_exception(BrokenExecutor("a worker died"))
            return
        try:
            future.set_result(function(task))
        except Exception as error:
            future.set_exception(error)


@pytest.mark.parametrize("in_flight", [1, 3, 100])
def test_every_task_is_given_once_and_no_more_fly_than_allowed(in_flight):
    executor = OneByOne()
    results = dict(pool.run(executor, operator.neg, range(40), in_flight=in_flight))
    assert results == {n: -n for n in range(40)}
    assert executor.most <= in_flight


def test_tasks_are_taken_from_the_source_only_when_there_is_room():
    taken = []

    def source():
        for n in range(100):
            taken.append(n)
            yield n

    results = pool.run(OneByOne(), operator.neg, source(), in_flight=2)
    next(results)
    assert len(taken) <= 3
    results.close()


def test_results_come_as_they_end():
    first_may_end = threading.Event()

    def work(task):
        if task == 0:
            assert first_may_end.wait(5)
        return task

    with ThreadPoolExecutor(2) as executor:
        results = pool.run(executor, work, range(3), in_flight=2)
        assert [next(results)[0], next(results)[0]] == [1, 2]
        first_may_end.set()
        assert list(results) == [(0, 0)]


def test_an_exception_is_a_result_and_the_run_goes_on():
    results = dict(pool.run(OneByOne(), lambda n: 1 // n, range(-1, 2), in_flight=2))
    assert isinstance(results.pop(0), ZeroDivisionError)
    assert results == {-1: -1, 1: 1}


@pytest.mark.parametrize("takes_all", [True, False], ids=["shared worker", "own worker"])
@pytest.mark.parametrize("deadly", [{5}, {0, 1, 2}, {3, 9, 19}, set(range(20))], ids=len)
def test_only_the_culprits_are_given_with_their_death(deadly, takes_all):
    executor = OneByOne(deadly, takes_all=takes_all)
    results = dict(pool.run(executor, operator.neg, range(20), in_flight=4))
    assert {task for task, result in results.items() if isinstance(result, BrokenExecutor)} == deadly
    assert all(results[n] == -n for n in set(range(20)) - deadly)
    assert all(executor.calls.count(task) == 2 or takes_all for task in deadly)


def test_stop_drains_what_is_in_flight_and_begins_nothing():
    executor = OneByOne()
    seen = []
    for task, _ in pool.run(executor, operator.neg, range(100), in_flight=3, stop=lambda: len(seen) >= 5):
        seen.append(task)
    assert 5 <= len(seen) <= 8
    assert sorted(seen) == sorted(executor.calls)
    assert not executor.flying


class Silent(OneByOne):
    """Nothing ever comes back: a share that hangs, a cluster without its scheduler."""

    was_shut_down = False

    def land(self):
        pass

    def shutdown(self, wait=True, *, cancel_futures=False):
        self.was_shut_down = not wait and cancel_futures


def test_stop_waits_a_while_for_what_hangs_and_no_longer(monkeypatch):
    monkeypatch.setattr(pool, "LOOK", 0.05)
    monkeypatch.setattr(pool, "ENDING", 0.2)
    executor, stop = Silent(), threading.Event()
    threading.Timer(0.1, stop.set).start()
    began = time.monotonic()
    assert list(pool.run(executor, operator.neg, range(5), in_flight=2, stop=stop.is_set)) == []
    assert time.monotonic() - began >= 0.3
    assert executor.was_shut_down and all(future.cancelled() for future, *_ in executor.flying)


def test_a_signal_that_does_not_wake_the_main_thread_is_heard_all_the_same(monkeypatch):
    """It is given to another thread, or comes right before the main thread falls asleep."""
    monkeypatch.setattr(pool, "ENDING", 0.0)
    executor = Silent()
    elsewhere = threading.Timer(0.2, lambda: signal.pthread_kill(threading.get_ident(), signal.SIGTERM))
    rescue = threading.Timer(20, lambda: [future.set_result(None) for future, *_ in executor.flying])
    with jobs.stopped_by_signals() as stop:
        elsewhere.start()
        rescue.start()
        assert list(pool.run(executor, operator.neg, range(5), in_flight=2, stop=stop)) == []
        rescue.cancel()
    assert stop.signal == signal.SIGTERM


def test_stop_leaves_a_suspect_for_the_next_run():
    done = []
    executor = OneByOne({0}, takes_all=False)
    results = list(pool.run(executor, done.append, [0, 1], in_flight=2, stop=lambda: bool(done)))
    assert results == [(1, None)]
    again = dict(pool.run(OneByOne(), operator.neg, [0, 1], in_flight=2))
    assert again == {0: 0, 1: -1}


def test_nothing_to_do_is_nothing():
    assert list(pool.run(OneByOne(), operator.neg, [], in_flight=3)) == []
    assert list(pool.run(OneByOne(), operator.neg, [1], in_flight=3, stop=lambda: True)) == []


def test_an_error_about_the_whole_run_ends_it():
    def work(task):
        raise PluginError("a plugin is gone")

    with pytest.raises(PluginError):
        list(pool.run(OneByOne(), work, range(3), in_flight=1))


def test_an_executor_that_is_broken_for_good_is_one_clear_error():
    executor = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    with executor, pytest.raises(ToolError, match="the workers take no more files"):
        list(pool.run(executor, os._exit, [3, 3], in_flight=2))


def test_an_executor_shut_down_by_others_is_one_clear_error():
    executor = ThreadPoolExecutor(1)
    started = threading.Event()

    def work(task):
        started.set()
        time.sleep(0.05)
        return task

    results = pool.run(executor, work, range(9), in_flight=3)
    assert next(results) == (0, 0)
    executor.shutdown(wait=False, cancel_futures=True)
    with pytest.raises(ToolError):
        list(results)


def test_a_reader_who_leaves_cancels_what_has_not_begun():
    with ThreadPoolExecutor(1) as executor:
        done = []
        results = pool.run(executor, lambda n: (time.sleep(0.02), done.append(n)), range(50), in_flight=20)
        next(results)
        results.close()
    assert len(done) < 5
