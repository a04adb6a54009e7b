"""Workers: what happens to one happens to one task, and none is left behind."""

from __future__ import annotations

import operator
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import BrokenExecutor, CancelledError, wait

import pytest

from mediaparser_core import settings as settings_module
from mediaparser_core.errors import CatalogError, SettingsError
from mediaparser_core.records import Entry, Report, Tag
from mediaparser_plugins import local_pool, local_worker
from mediaparser_plugins import nursery as nursery_module
from mediaparser_plugins.local_pool import LocalPool, PoolBroken
from mediaparser_plugins.local_worker import WorkerDied, WorkerTimedOut
from mediaparser_plugins.nursery import Nursery

# Tasks are functions that every process can import: eval, os.abort, time.sleep, operator.mul …


def is_running(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")


def wait_until(condition, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def nursery(tmp_path):
    return Nursery(settings_module.load(tmp_path, environ={}))


@pytest.fixture(params=["started anew", "forked"])
def pool(request, tmp_path):
    with LocalPool(2, nursery=nursery(tmp_path) if request.param == "forked" else None) as pool:
        yield pool


def test_results_and_exceptions_come_back(pool):
    futures = [pool.submit(operator.mul, n, n) for n in range(50)]
    assert [future.result(20) for future in futures] == [n * n for n in range(50)]
    with pytest.raises(ZeroDivisionError) as caught:
        pool.submit(operator.truediv, 1, 0).result(20)
    assert "Traceback" in "".join(caught.value.__notes__)
    assert (
        pool.submit(Report, Entry(b"/", b"/\xff"), "present", facts=(Tag("é", "exif"),)).result(20).facts[0].name == "é"
    )
    with pytest.raises(CatalogError, match="of a run"):
        pool.submit(
            eval, "(_ for _ in ()).throw(__import__('mediaparser_core.errors').errors.CatalogError('of a run'))"
        ).result(20)


def test_processes_are_started_when_there_is_work_and_not_more_than_that():
    with LocalPool(4) as pool:
        assert pool.pids() == []
        pool.submit(os.getpid).result(20)
        wait_until(lambda: pool._idle._value == 1, 30)
        pool.submit(os.getpid).result(20)
        assert len(pool.pids()) == 1


_MEET = """
import os, time
os.mkdir({mine!r})
end = time.monotonic() + 8
while not os.path.exists({other!r}):
    if time.monotonic() > end:
        raise TimeoutError("nobody else works")
    time.sleep(0.01)
"""


def test_two_work_at_the_same_time(pool, tmp_path):
    one, other = str(tmp_path / "one"), str(tmp_path / "other")
    both = [pool.submit(exec, _MEET.format(mine=mine, other=its)) for mine, its in ((one, other), (other, one))]
    assert [future.result(60) for future in both] == [None, None]


@pytest.mark.parametrize(
    ("function", "argument", "words"),
    [
        (signal.raise_signal, signal.SIGSEGV, r"crashed on this file \(SIGSEGV\)"),
        (signal.raise_signal, signal.SIGABRT, r"crashed on this file \(SIGABRT\)"),
        (signal.raise_signal, signal.SIGKILL, "killed on this file, most likely because memory ran out"),
        (os._exit, 7, r"ended on this file \(exit code 7\)"),
        (sys.exit, 7, r"ended on this file by SystemExit\(7\)"),
        (signal.raise_signal, signal.SIGXCPU, "computed for too long"),
    ],
)
def test_a_task_that_kills_its_worker_fails_alone(pool, function, argument, words):
    before = [pool.submit(time.sleep, 0.05) for _ in range(3)]
    poison = pool.submit(function, argument)
    after = [pool.submit(operator.mul, n, 2) for n in range(20)]
    with pytest.raises(WorkerDied, match=words):
        poison.result(20)
    assert [future.result(20) for future in after] == [n * 2 for n in range(20)]
    assert not any(future.exception(20) for future in before)
    assert issubclass(WorkerDied, BrokenExecutor)


@pytest.mark.parametrize("hang", [(time.sleep, 60), (signal.raise_signal, signal.SIGSTOP)], ids=["sleeps", "stopped"])
def test_a_task_that_hangs_is_stopped_and_fails_alone(monkeypatch, hang):
    monkeypatch.setattr(local_worker, "FIRST", 3.0)
    with LocalPool(2, seconds=2) as pool:
        pool.submit(operator.mul, 1, 1).result(20)
        wait([pool.submit(time.sleep, 0.1) for _ in range(2)], 20)  # the first file of each has all the time
        stuck = pool.submit(*hang)
        assert pool.submit(operator.mul, 6, 7).result(20) == 42
        with pytest.raises(WorkerTimedOut, match="was stopped after"):
            stuck.result(20)
        assert pool.submit(operator.mul, 6, 7).result(20) == 42


def test_a_large_file_gets_more_time():
    calls = []

    class Recorder:
        pid, done, is_alive = 1, 1, True

        def call(self, task, seconds, computing):
            calls.append((seconds, computing))
            return True, None

    pool = LocalPool(1, seconds=10)
    for arguments in ((Entry(b"/", b"/a", size=500_000_000),), ("no entry",), ()):
        pool._carry_out(local_pool._Task(local_pool.Future(), print, arguments, {}), Recorder())
    assert calls == [(510, 20), (10, 10), (10, 10)]  # a slow disk is no fault of the file


_HALF_AN_ANSWER = """
import os, stat, time
for fd in range(3, 100):
    try:
        if stat.S_ISSOCK(os.fstat(fd).st_mode):
            os.write(fd, bytes([0, 0, 1, 0]))  # the length of what will not follow
    except OSError:
        pass
time.sleep(60)
"""


def test_half_an_answer_does_not_hold_the_parent_up(monkeypatch):
    monkeypatch.setattr(local_worker, "STALLED", 1)
    with LocalPool(1, seconds=30) as pool:
        with pytest.raises(WorkerTimedOut):
            pool.submit(exec, _HALF_AN_ANSWER).result(25)  # its time would be up after fifty


def test_a_worker_that_died_with_nothing_to_do_costs_no_task():
    with LocalPool(1) as pool:
        pid = pool.submit(os.getpid).result(20)
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: not is_running(pid), 30)
        assert pool.submit(os.getpid).result(20) != pid


def test_the_nursery_may_die_while_a_child_is_killed(monkeypatch):
    """Out of memory, say: then the child's number is no longer known, and what ends is its task, not the thread."""
    killed = []

    class Dying:
        numbers = iter([4711])
        pid = property(lambda self: next(self.numbers, None))

        def kill(self):
            pass

    monkeypatch.setattr(os, "killpg", lambda *told: killed.append(told))
    worker = local_worker.Worker(threading.Lock(), memory=2**30, programs={})
    try:
        worker._process = Dying()
        worker.kill()
    finally:
        worker._ours.close()
        worker._theirs.close()
    assert killed == [(4711, signal.SIGKILL)]


@pytest.mark.skipif(sys.platform != "linux", reason="there is none")
def test_a_nursery_that_does_not_answer_is_not_asked_again(tmp_path, monkeypatch):
    """Its answer may come later, and must not be taken for another one."""
    place = nursery(tmp_path)
    try:
        place.wake()
        monkeypatch.setattr(nursery_module, "STARTUP", 0)
        assert place.bury(4711) is None and not place.is_there
    finally:
        place.close()


def test_a_worker_is_replaced_after_so_many_tasks():
    with LocalPool(1, recycle=3) as pool:
        pids = [pool.submit(os.getpid).result(20) for _ in range(7)]
    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [3, 3, 1]


def test_what_a_killed_worker_started_dies_with_it(pool):
    child = pool.submit(eval, "__import__('subprocess').Popen(['/bin/sleep', '100']).pid")
    pid = child.result(20)
    assert is_running(pid)
    wait([pool.submit(signal.raise_signal, signal.SIGKILL) for _ in range(4)], 30)
    assert wait_until(lambda: not is_running(pid), 3)


@pytest.mark.parametrize(
    ("task", "problem"),
    [
        ((eval, "lambda: 1"), RuntimeError),
        ((eval, "__import__('pathlib').PosixPath('/')"), RuntimeError),
        ((eval, "__import__('threading').Lock()"), TypeError),
        ((lambda: 1,), (AttributeError, pickle.PicklingError)),
        ((eval, "(_ for _ in ()).throw(__import__('zlib').error('of a library'))"), RuntimeError),
    ],
    ids=["function", "foreign class", "unpicklable", "unpicklable task", "foreign exception"],
)
def test_what_cannot_travel_is_an_error_of_its_task(pool, task, problem):
    with pytest.raises(problem):
        pool.submit(*task).result(20)
    assert pool.submit(operator.mul, 6, 7).result(20) == 42


class Evil:
    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    "call",
    [
        (os.system, ("true",)),
        (eval, ("1",)),
        (getattr, (1, "real")),
        (SystemExit, (1,)),
        (subprocess.Popen, (["true"],)),
    ],
)
def test_a_worker_taken_over_by_a_file_cannot_run_code_in_the_parent(call):
    with pytest.raises(pickle.UnpicklingError, match="may not send"):
        local_worker.unpack(pickle.dumps((True, Evil(*call))))


def test_a_worker_cannot_reach_functions_through_our_modules():
    for module, name in (("mediaparser_core.media", "open_input"), ("mediaparser_core.media", "os.system")):
        with pytest.raises(pickle.UnpicklingError):
            local_worker.unpack(
                b"\x80\x04\x8c"
                + bytes([len(module)])
                + module.encode()
                + b"\x8c"
                + bytes([len(name)])
                + name.encode()
                + b"\x93."
            )


def test_a_worker_whose_answer_cannot_be_read_is_not_asked_again():
    forge = "__import__('mediaparser_plugins.local_worker').local_worker.__dict__.update(_packed=lambda *a: b'junk')"
    with LocalPool(1) as pool:
        pool.submit(eval, forge).result(20)
        with pytest.raises(WorkerDied, match="cannot be read"):
            pool.submit(operator.mul, 6, 7).result(20)
        assert pool.submit(operator.mul, 6, 7).result(20) == 42


def test_an_answer_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(local_worker, "ANSWER", 1_000_000)
    with LocalPool(1) as pool, pytest.raises(BrokenExecutor):
        pool.submit(eval, "bytes(3_000_000)").result(20)


def test_workers_that_cannot_start_break_the_pool_not_the_files(monkeypatch):
    monkeypatch.setattr(local_worker, "_serve", os._exit)  # never becomes ready
    pool = LocalPool(2)
    futures = [pool.submit(operator.mul, 1, 1) for _ in range(5)]
    for future in futures:
        with pytest.raises(PoolBroken, match="cannot be started"):
            future.result(30)
    with pytest.raises(PoolBroken):
        pool.submit(operator.mul, 1, 1)
    pool.shutdown()


def test_shutdown_finishes_what_was_given_and_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    pool = LocalPool(2)
    futures = [pool.submit(time.sleep, 0.02) for _ in range(10)]
    wait_until(lambda: len(pool.pids()) == 2, 30)
    pids = pool.pids()
    assert len(list(tmp_path.glob("mediaparser-worker-*"))) == 2
    pool.shutdown()
    assert all(future.done() and not future.exception() for future in futures)
    assert not any(is_running(pid) for pid in pids)
    assert not list(tmp_path.iterdir())
    with pytest.raises(RuntimeError):
        pool.submit(time.sleep, 0)


def test_a_hurried_shutdown_cancels_what_waits_and_kills_what_runs(monkeypatch):
    monkeypatch.setattr(local_pool, "FAREWELL", 0.3)
    pool = LocalPool(1)
    running = pool.submit(time.sleep, 60)
    waiting = [pool.submit(time.sleep, 60) for _ in range(3)]
    wait_until(running.running, 30)
    start = time.monotonic()
    pool.shutdown(cancel_futures=True)
    assert time.monotonic() - start < 30  # what runs would take sixty
    assert isinstance(running.exception(1), BrokenExecutor)
    for future in waiting:
        with pytest.raises(CancelledError):
            future.result(1)
    assert pool.pids() == []


_NURSERY = """
import os, pathlib, sys, tempfile, threading, time
from mediaparser_core import settings
from mediaparser_plugins.local_pool import LocalPool
from mediaparser_plugins.nursery import Nursery
if sys.argv[1] == "of a program with threads":
    threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
nursery = Nursery(settings.load(pathlib.Path("/nonexistent"), environ={})) if sys.argv[1] != "started anew" else None
forked = nursery is not None and nursery.lives
if forked != (sys.argv[1] == "of a program with one thread"):
    raise SystemExit("the nursery was forked where it must not be, or not where it can be")
"""

_ORPHANS = """
pool = LocalPool(2, nursery=nursery)
child = "__import__('subprocess').Popen(['/bin/sleep', '100']).pid"
pids = [pool.submit(eval, child).result(), pool.submit(__import__("os").getpid).result()]
busy = [pool.submit(time.sleep, 100), pool.submit(eval, "sum(1 for _ in iter(int, 1))")]
while len(pool.pids()) < 2 or not all(f.running() for f in busy):
    time.sleep(0.01)
time.sleep(0.3)
nurseries = [nursery._process.pid] if nursery else []
print(*pids, *pool.pids(), *nurseries, flush=True)
time.sleep(100)
"""

every_nursery = ["of a program with one thread", "of a program with threads"] if sys.platform == "linux" else []
every_way = pytest.mark.parametrize("way", ["started anew", *every_nursery])


@every_way
def test_a_killed_parent_leaves_no_process_behind(tmp_path, way):
    environ = os.environ | {"TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", _NURSERY + _ORPHANS, way]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environ) as parent:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == (4 if way == "started anew" else 5)
        assert all(map(is_running, pids))
        parent.kill()
    assert wait_until(lambda: not any(map(is_running, pids)), 2)
    assert wait_until(lambda: not list(tmp_path.glob("mediaparser-worker-*")), 2)


@every_way
def test_ctrl_c_reaches_the_parent_only(way):
    script = (
        _NURSERY
        + (
            "import signal\n"
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell ignores it for what runs in the background
            "pool = LocalPool(1, nursery=nursery)\n"
            "task = pool.submit(time.sleep, 0.5)\n"
            "try:\n"
            "    os.killpg(0, signal.SIGINT); time.sleep(5)\n"
            "except KeyboardInterrupt:\n"
            "    print(task.result())\n"
            "pool.shutdown()\n"
        )
    )
    done = subprocess.run(
        [sys.executable, "-c", script, way], capture_output=True, text=True, start_new_session=True, timeout=30
    )
    assert (done.stdout, done.stderr, done.returncode) == ("None\n", "", 0)


_WITHOUT_NURSERY = """
import operator, signal
with LocalPool(1, nursery=nursery) as pool:
    first = pool.submit(os.getpid).result()
    os.kill(nursery._process.pid, signal.SIGKILL)
    while next(iter(pool._workers)).is_alive:
        time.sleep(0.01)
    second, third = (pool.submit(os.getpid).result() for _ in range(2))
    print(first != second == third, nursery.is_there)
"""


@pytest.mark.parametrize("way", every_nursery)
def test_when_the_nursery_dies_workers_are_started_anew(way):
    script = [sys.executable, "-c", _NURSERY + _WITHOUT_NURSERY, way]
    done = subprocess.run(script, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr, done.returncode) == ("True False\n", "", 0)


@pytest.mark.skipif(sys.platform != "linux", reason="there is none")
def test_beside_a_plugin_with_a_thread_of_its_own_workers_are_started_anew(tmp_path, monkeypatch):
    (tmp_path / "busy_plugin.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(100,), daemon=True).start()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    chosen = settings_module.Settings(library=tmp_path, plugins={"load": {"modules": ["busy_plugin"]}})
    with LocalPool(2, nursery=Nursery(chosen)) as pool:
        assert [pool.submit(operator.mul, n, n).result(60) for n in range(4)] == [0, 1, 4, 9]
        assert not pool._nursery.is_there


@pytest.mark.skipif(sys.platform != "linux", reason="there is none")
def test_libraries_are_loaded_without_what_the_environment_says_of_computing(tmp_path, monkeypatch):
    (tmp_path / "seen_at_import.py").write_text("import os\nSEEN = sorted(os.environ)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    chosen = settings_module.Settings(library=tmp_path, plugins={"load": {"modules": ["seen_at_import"]}})
    with LocalPool(1, nursery=Nursery(chosen)) as pool:
        seen = pool.submit(eval, "__import__('seen_at_import').SEEN").result(60)
        assert pool._nursery.is_there
    assert "PATH" in seen
    assert "OPENBLAS_NUM_THREADS" in seen
    assert "OPENBLAS_CORETYPE" not in seen


_UNUSED = """
from mediaparser_plugins import local_pool
def children():
    told = open(f"/proc/self/task/{os.getpid()}/children").read().split()
    return [pid for pid in told if open(f"/proc/{pid}/stat").read().split()[2] != "Z"]
nursery = None
offered = local_pool.executor(settings.load(pathlib.Path("/nonexistent"), environ={}))
before = len(children())
del offered
end = time.monotonic() + 10
while children() and time.monotonic() < end:
    time.sleep(0.01)
print(before, len(children()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="there is none")
def test_a_pool_that_was_not_needed_leaves_nothing_behind():
    script = [sys.executable, "-c", _NURSERY + _UNUSED, "started anew"]
    done = subprocess.run(script, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr, done.returncode) == ("1 0\n", "", 0)


def settings(tmp_path, **given):
    loaded = settings_module.load(tmp_path, environ={}, options={"workers": 1})
    return type(loaded)(library=tmp_path, workers=1, plugins={"local_pool": given})


def test_the_hook_gives_a_pool_as_the_settings_say(tmp_path):
    with local_pool.executor(settings(tmp_path, seconds=3, memory=600, recycle=5)) as pool:
        assert pool.submit(operator.mul, 6, 7).result(20) == 42
        if sys.platform == "linux":
            limits = "__import__('resource').getrlimit(__import__('resource').RLIMIT_AS)[0]"
            assert pool.submit(eval, limits).result(20) == 600 * 2**20
        if shutil.which("exiftool"):
            assert pool.submit(eval, "__import__('shutil').which('exiftool')").result(20)
        assert (
            pool.submit(eval, "__import__('shutil').which('gs') or __import__('shutil').which('sh')").result(20) is None
        )


@pytest.mark.parametrize("value", [0, -1, "10", True, float("inf"), float("nan")])
def test_an_impossible_setting_is_refused(tmp_path, value):
    with (
        pytest.raises(SettingsError, match=r"plugins\.local_pool\.seconds"),
        local_pool.executor(settings(tmp_path, seconds=value)),
    ):
        pass


def test_an_error_in_the_block_does_not_wait_for_what_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(local_pool, "FAREWELL", 0.3)
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt), local_pool.executor(settings(tmp_path)) as pool:
        task = pool.submit(time.sleep, 60)
        wait_until(task.running, 30)
        raise KeyboardInterrupt
    assert time.monotonic() - start < 30  # what runs would take sixty
