"""What runs inside a Dask worker: it hands each file on to a process that is shut in, as on one machine.

The Dask worker itself decodes nothing. It stands beside its processes, one for each of its threads, so a file that
kills, hangs or fills a process is that file's misfortune, with the same words as at home. What a process answers is
read with the list of allowed classes (see ``local_worker``) before it goes on its way.
"""

from __future__ import annotations

import importlib.metadata
import multiprocessing
import os
import pickle
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, CancelledError
from dataclasses import dataclass, field, replace
from typing import Any

import mediaparser_core
from mediaparser_core import archives, exiftool, probe
from mediaparser_core.settings import Settings
from mediaparser_plugins import local_pool

IDLE = 60.0  # seconds after which processes without work end, for a run that went away without a word
LIBRARIES = ("pillow", "pillow-heif", "pillow-jxl-plugin", "numpy", "imagehash", "av")

AT_ONCE = 1.0  # seconds after which an answer is given, though files be left

Task = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any], tuple[bytes, ...], bool]
"""Function, arguments, where its file may be here, and whether it must be seen there."""
Outcome = tuple[str, Any]
"""``done``, ``died``, ``unseen`` or ``unfit``; a packed result or exception, or words."""
Answer = tuple[str, float, list[Outcome]]
"""The worker's address; seconds that it took; an outcome for each of the first tasks, and none for those left over."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the tasks of one run have in common; *settings* are pickled, for another version could not read them."""

    run: str
    version: str
    settings: bytes


def version() -> str:
    """What must be the same at both ends before anything else is understood."""
    return f"MediaParser {mediaparser_core.__version__} on Python {sys.version_info[0]}.{sys.version_info[1]}"


def carry_out(order: tuple[str, str, bytes], packed: bytes) -> Answer:
    """Do the *packed* tasks, one after the other, as many as fit into :data:`AT_ONCE`."""
    from distributed import get_worker

    worker, start = get_worker(), time.monotonic()
    if order[1] != version():
        return worker.address, 0.0, [("unfit", f"it has {version()}, this run {order[1]}")]
    tasks: list[Task] = pickle.loads(packed)  # noqa: S301 - from the machine that ordered it
    bench, found = _bench(worker, Order(*order)), list[Outcome]()
    for task in tasks:
        found.append(_one(bench, *task))
        if found[-1][0] == "unfit" or time.monotonic() - start > AT_ONCE:
            break
    return worker.address, time.monotonic() - start, found


def _one(
    bench: Bench, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any],
    places: tuple[bytes, ...], must_be_seen: bool,
) -> Outcome:  # fmt: skip
    if places:
        place = next((p for p in places if _is_readable(p)), None)
        if place is None and must_be_seen:
            return "unseen", ""
        args = (replace(args[0], there=place or places[0]), *args[1:])
    return bench.call(function, args, kwargs)


def introduce(order: tuple[str, str, bytes]) -> Answer:
    """What is installed here, as a process that is shut in finds it."""
    return carry_out(order, pickle.dumps([(installation, (pickle.loads(order[2]),), {}, (), False)]))  # noqa: S301


def sees(places: Sequence[bytes]) -> bool:
    """Whether there is something to read at one of *places*. A disk that is not mounted is an empty folder."""
    return any(_is_readable(p) and (not os.path.isdir(p) or next(os.scandir(p), None) is not None) for p in places)


def leave(run: str, dask_worker: Any) -> None:
    """End the processes of *run*, without making Dask wait."""
    bench = dask_worker.extensions.pop(_key(run), None)
    if bench:
        threading.Thread(target=bench.close, daemon=True).start()


def installation(settings: Settings) -> dict[str, str]:
    """Everything that must be the same on all machines for their results to be the same: name to version."""
    found = {"MediaParser": version()}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = ""
    tool = exiftool.find(settings.exiftool) if settings.exiftool else None
    found["ExifTool"] = exiftool.version(tool) if tool else ""
    return found | {f"plugin {each.name}": str(each.version) for each in probe.configure(settings)[1]}


def _is_readable(path: bytes) -> bool:
    inside = archives.split(path)
    return os.access(inside[0] if inside else path, os.R_OK)


def _key(run: str) -> str:
    return f"mediaparser-{run}"


def _bench(worker: Any, order: Order) -> Bench:
    """The processes of this run on this worker. They are kept at the worker, and end with it."""
    bench: Bench = worker.extensions.setdefault(
        _key(order.run), Bench(order, worker.state.nthreads, lambda: worker.extensions.pop(_key(order.run), None))
    )
    return bench


@dataclass
class Bench:
    """Processes for one run, started with the first task and ended when nothing has come for a while."""

    order: Order
    processes: int
    forget: Callable[[], object]
    pool: local_pool.LocalPool | None = None
    busy: int = 0
    since: float = 0.0
    closed: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[str, Any]:
        """The outcome of one task: ``done`` with result or exception packed, ``died`` or ``unfit`` with words."""
        with self.lock:
            self.busy += 1
            self.pool = self.pool or self._open()
            pool = self.pool
        try:
            return "done", pickle.dumps((True, pool.submit(function, *args, **kwargs).result()))
        except local_pool.PoolBroken as error:
            return "unfit", str(error)
        except (BrokenExecutor, CancelledError) as error:
            return "died", str(error) or "the run was ended"
        except Exception as error:  # belongs to whoever waits for the task
            return "done", pickle.dumps((False, error))
        finally:
            with self.lock:
                self.busy, self.since = self.busy - 1, time.monotonic()

    def _open(self) -> local_pool.LocalPool:
        # Dask starts its workers as processes that may have no children; those of ours are ended by the same rules
        multiprocessing.current_process().daemon = False
        self.closed.clear()
        threading.Thread(target=self._tidy, name="mediaparser idle", daemon=True).start()
        return local_pool.make(pickle.loads(self.order.settings), self.processes)  # noqa: S301 - as above

    def _tidy(self) -> None:
        while not self.closed.wait(IDLE):
            self.close(idle=True)

    def close(self, *, idle: bool = False) -> None:
        """End the processes, whatever they do (with *idle*: when they have had nothing to do for a while); a task that
        comes all the same starts others."""
        with self.lock:
            if idle and (self.busy or time.monotonic() - self.since < IDLE):
                return
            if idle:
                self.forget()
            pool, self.pool = self.pool, None
            self.closed.set()
        if pool:
            pool.shutdown(cancel_futures=True)
