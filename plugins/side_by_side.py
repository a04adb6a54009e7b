"""Run several generators at the same time, for work that NumPy does without Python's lock."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")

WORKERS = min(4, os.cpu_count() or 1)  # more would wait for the memory
_AHEAD = 2  # items a worker may be ahead of whoever takes them: what is made is large


def side_by_side(tasks: Iterable[Callable[[], Iterable[Item]]], workers: int = WORKERS) -> Iterator[Item]:
    """What all *tasks* give, in no particular order; bounded in memory. An error in one ends all."""
    waiting = iter(tasks)
    if workers < 2:
        for task in waiting:
            yield from task()
        return
    made: queue.Queue[tuple[str, object]] = queue.Queue(workers * _AHEAD)
    taking, stop = threading.Lock(), threading.Event()

    def put(word: str, item: object) -> bool:
        while not stop.is_set():
            try:
                made.put((word, item), timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        try:
            while True:
                with taking:
                    task = next(waiting, None)
                if task is None:
                    break
                for item in task():
                    if not put("item", item):
                        return
        except BaseException as error:  # whoever takes the items has to hear of it
            put("error", error)
            return
        put("done", None)

    with ThreadPoolExecutor(workers) as pool:
        for _ in range(workers):
            pool.submit(work)
        left = workers
        try:
            while left:
                word, item = made.get()
                if word == "done":
                    left -= 1
                elif word == "error":
                    raise item  # type: ignore[misc]
                else:
                    yield item  # type: ignore[misc]
        finally:
            stop.set()
