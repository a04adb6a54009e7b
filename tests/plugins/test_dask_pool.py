"""A real Dask cluster on loopback, and in namespaces as machines of their own: the same results, and nothing is lost."""

from __future__ import annotations

import json
import operator
import os
import pickle
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile
from concurrent.futures import BrokenExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from mediaparser_core import pool
from mediaparser_core import settings as settings_module
from mediaparser_core.errors import InputError, SettingsError, ToolError
from mediaparser_core.records import Entry, Report
from mediaparser_plugins import dask_pool, dask_tasks, dask_worker, local_pool

from ..conftest import Program, patience

pytest.importorskip("distributed", reason="Dask is not installed: pip install 'mediaparser[dask]'")

PROBE = '''
"""A probe that does to its process, or to its machine's Dask worker, what the file's name says."""
import os, signal, time
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Probe

def run(entry, media):
    if b"slow" in entry.name:
        time.sleep(0.25)
    if b"poison" in entry.name:
        os.kill(os.getpid(), signal.SIGKILL)
    return []

@hookimpl
def register_probes(settings):
    return [Probe("deeds", 1, "content", run)]
'''


def wait_until(condition, seconds: float = 60):
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    assert found
    return found


def running(mark: str) -> list[int]:
    """The processes with *mark* in their environment or command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            text = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if mark.encode() in text and state != "Z":
            found.append(int(entry.name))
    return found


def shut_in(cluster) -> list[int]:
    """Our processes beside the Dask workers of *cluster*."""
    return [pid for pid in running(cluster.mark) if "mediaparser-worker-" in where(pid)]


def where(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return ""


class Cluster:
    """A scheduler, and as many workers as are wanted, each a program of its own."""

    def __init__(self, folder: Path, host: str = "127.0.0.1", failures: int = 0) -> None:
        self.folder, self.file = folder, folder / "scheduler.json"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "deeds.py").write_text(PROBE)
        self.mark = f"TEST_CLUSTER={folder}"
        self.environment = {
            **os.environ,
            "TEST_CLUSTER": str(folder),
            "PYTHONPATH": str(folder),
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(failures),
        }
        self.programs: list[subprocess.Popen] = []
        self.start("distributed.cli.dask_scheduler", "--host", host, "--port", "0", "--scheduler-file", str(self.file))
        wait_until(lambda: self.file.exists() and self.file.read_text().endswith("}"))
        self.address = json.loads(self.file.read_text())["address"]

    def start(self, module: str, *arguments: str, before=(), **environment: str) -> subprocess.Popen:
        with (self.folder / f"{len(self.programs)}.log").open("wb") as log:
            program = subprocess.Popen(
                [*before, sys.executable, "-m", module, "--no-dashboard", *arguments],
                env={**self.environment, **environment}, cwd=self.folder, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.programs.append(program)
        return program

    def worker(self, name: str, *arguments: str, **more) -> subprocess.Popen:
        return self.start(
            "distributed.cli.dask_worker", self.address, "--nthreads", "1", "--name", name,
            "--local-directory", str(self.folder / name), *arguments, **more,
        )  # fmt: skip

    @contextmanager
    def client(self):
        with dask_pool._connected(self.address, 30) as client:
            yield client

    def wait_for(self, workers: int) -> None:
        with self.client() as client:
            wait_until(lambda: len(client.nthreads()) == workers)

    def stop(self) -> None:
        for program in reversed(self.programs):
            program.terminate()
        for program in reversed(self.programs):
            try:
                program.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(program.pid, signal.SIGKILL)
                program.wait(10)


@contextmanager
def cluster_of(folder: Path, workers: int, *arguments: str, **more):
    with ExitStack() as stack:
        cluster = Cluster(folder, **more)
        stack.callback(cluster.stop)
        for number in range(workers):
            cluster.worker(f"w{number}", *arguments)
        cluster.wait_for(workers)
        yield cluster


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with cluster_of(tmp_path_factory.mktemp("cluster"), 2) as cluster:
        yield cluster
    wait_until(lambda: not running(cluster.mark), 20)


def settings(tmp_path: Path, cluster: Cluster | None = None, **given):
    """Settings for a Dask cluster with *given* under ``[plugins.dask_pool]``."""
    found = settings_module.load(tmp_path, environ={}, options={"executor": "dask"})
    given = {"scheduler": cluster.address, **given} if cluster else given
    return replace(found, plugins={"dask_pool": given})


VOLATILE = {
    "_sqlite_migrations", "jobs", "heartbeats", "stages",  # times
}  # fmt: skip
NUMBERS = {"id", "file_id", "scanned_at", "at", "seen_job"}  # in the order in which answers came


@pytest.fixture(scope="module")
def household(tmp_path_factory):
    """A few pictures with dates, a copy, a damaged one, one in an archive, a deadly one, and one that is no picture."""
    folder = tmp_path_factory.mktemp("household") / "photos"
    (folder / "2019").mkdir(parents=True)
    for number in range(12):
        picture = Image.effect_noise((32, 24), 90).resize((320, 240))
        block = Image.Exif()
        block.get_ifd(0x8769)[0x9003] = f"2019:05:{number + 1:02} 10:00:00"
        picture.save(folder / "2019" / f"slow_{number}.jpg", exif=block)
    shutil.copy2(folder / "2019" / "slow_0.jpg", folder / "IMG_20190501.jpg")
    (folder / "damaged.jpg").write_bytes((folder / "IMG_20190501.jpg").read_bytes()[:900])
    picture.save(folder / "poison.jpg")
    (folder / "empty.jpg").touch()
    (folder / os.fsdecode(b"\xff.jpg")).write_bytes((folder / "poison.jpg").read_bytes())
    (folder / "notes.txt").write_text("no picture")
    with zipfile.ZipFile(folder / "takeout-20200101T000000Z-001.zip", "w") as archive:
        archive.write(folder / "2019" / "slow_3.jpg", "Takeout/slow_3.jpg")
    return folder


class Library:
    """The program on a library, with the probe of these tests."""

    def __init__(self, program, cluster, text: str = "") -> None:
        self.program, self.environment = program, {"PYTHONPATH": str(cluster.folder)}
        program.library.mkdir(parents=True, exist_ok=True)
        (program.library / "mediaparser.toml").write_text(
            f'executor = "dask"\nerror_limit = 1.0\n[plugins.load]\nmodules = ["deeds"]\n[plugins.dask_pool]\n'
            f'scheduler = "{cluster.address}"\npatience_seconds = 3\n{text}'
        )

    def __call__(self, *arguments, **more):
        return self.program(*arguments, env=self.environment, **more)

    def begin(self, *arguments) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "mediaparser_core", "--library", str(self.program.library), *map(str, arguments)],
            env={**os.environ, **self.environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def read(self) -> int:
        """How many files the catalog has so far."""
        try:
            return self.program.rows("select count(*) from files where sha256 is not null")[0][0]
        except sqlite3.Error:
            return 0

    def contents(self) -> dict[str, list[str]]:
        """All that the catalog says, without times and numbers."""
        rows, found = self.program.rows, {}
        for (table,) in rows(
            "select name from sqlite_master where type in ('table', 'view') and sql not like '%VIRTUAL%'"
        ):
            if (
                table not in VOLATILE
                and "_fts" not in table
                and not table.startswith(("sqlite_", "_"))
                and table not in ("contents", "words")
            ):
                columns = [name for _, name, *_ in rows(f'pragma table_info("{table}")') if name not in NUMBERS]
                listed = ", ".join(f'"{name}"' for name in columns)
                found[table] = sorted(map(repr, rows(f'select {listed} from "{table}"')))
        return found


@pytest.fixture(scope="module")
def at_home(tmp_path_factory, cluster, household):
    """What a scan of the household in processes of this machine finds."""
    home = Library(Program(tmp_path_factory.mktemp("home") / "library"), cluster)
    home("scan", household, "--executor", "local", "--workers", 2, code=None)
    return home.contents()


@pytest.fixture
def library(program, cluster):
    return Library(program, cluster)


# -- the same results --------------------------------------------------------------------------------------------------


def test_the_catalog_is_the_same_as_at_home(library, household, at_home, cluster):
    done = library("scan", household, "--json", code=None)
    assert json.loads(done.stdout)["troubled"] >= 3
    assert library.contents() == at_home
    assert any("the worker was killed on this file" in row for row in at_home["files"])  # the deadly one alone
    again = json.loads(library("scan", household, "--json", code=None).stdout)
    assert (again["new"], again["changed"]) == (0, 0)
    wait_until(lambda: not shut_in(cluster), 20)


def test_a_lost_worker_loses_nothing_and_a_pause_is_a_pause(library, household, at_home, cluster):
    scan = library.begin("scan", household, "--json")
    wait_until(lambda: library.read() > 2)
    library("jobs", "pause", 1)
    with cluster.client() as client:
        pids = client.run(os.getpid)
        os.kill(next(iter(pids.values())), signal.SIGKILL)  # its nanny starts another
        wait_until(lambda: library.program.rows("select state from jobs")[0][0] == "paused")
        assert scan.poll() is None
        library("jobs", "resume", 1)
        out, err = scan.communicate(timeout=100)
        assert scan.returncode in (0, 3), err
        wait_until(lambda: len(client.nthreads()) == 2)
    assert library.contents() == at_home


def test_ctrl_c_keeps_what_was_read_and_leaves_nothing_running(library, tmp_path, cluster):
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(40):  # many more than are on their way at a time
        Image.effect_noise((32, 24), 90).save(photos / f"slow_{number}.jpg")
    scan = library.begin("scan", photos)
    wait_until(lambda: library.read() > 2)
    start = time.monotonic()
    scan.send_signal(signal.SIGINT)
    _, err = scan.communicate(timeout=60)
    assert scan.returncode == 130, err
    assert time.monotonic() - start < patience(15)
    kept = library.read()
    assert 2 < kept < 40
    wait_until(lambda: not shut_in(cluster), 20)
    told = json.loads(library("scan", photos, "--executor", "local", "--json").stdout)
    assert (told["new"], told["unchanged"], library.read()) == (40 - kept, kept, 40)


# -- paths -------------------------------------------------------------------------------------------------------------

THERE = operator.attrgetter("there")  # where a worker would read an entry


def test_paths_are_called_otherwise_on_the_workers(tmp_path, cluster, entry_of):
    here, other, there = tmp_path / "here", tmp_path / "other", tmp_path / "there"
    (here / "deep").mkdir(parents=True)
    (here / "deep" / "a.jpg").write_bytes(b"a")
    there.symlink_to(here)
    paths = {str(here): [str(tmp_path / "nowhere"), str(there)], str(here / "deep"): str(there / "deep")}
    with dask_pool.executor(settings(tmp_path, cluster, paths=paths)) as workers:
        entries = [
            entry_of(here / "deep" / "a.jpg", here),
            Entry(os.fsencode(other), os.fsencode(here / "deep" / "a.jpg")),
        ]
        assert workers.width == 2
        assert workers.submit(THERE, entries[0]).result(60) == os.fsencode(there / "deep" / "a.jpg")
        assert workers.submit(operator.mul, 6, 7).result(60) == 42
        with pytest.raises(InputError, match=rf"finds nothing to read at {other}: mount the same storage there"):
            workers.submit(THERE, entries[1])


@pytest.mark.parametrize("paths", ["/mnt", {"mnt": "/srv"}, {"/mnt": "srv"}, {"/mnt": []}, {"/mnt": 7}])
def test_impossible_paths_are_refused(tmp_path, paths):
    with pytest.raises(SettingsError, match="must be a table of absolute folders"):
        dask_pool._places(paths)


def test_the_longest_folder_wins_and_only_whole_names_count():
    places = dask_pool._places({"/mnt/": "/srv", "/mnt/nas": ["/a", "/b/"], "/": "/root"})
    assert places(b"/mnt") == (b"/srv",)
    assert places(b"/mnt/nas/\xff.jpg") == (b"/a/\xff.jpg", b"/b/\xff.jpg")
    assert places(b"/mnt/nas2/x.zip//a.jpg") == (b"/srv/nas2/x.zip//a.jpg",)
    assert places(b"/home/x") == (b"/root/home/x",)
    assert dask_pool._places({})(b"/home/x") == (b"/home/x",)


@pytest.fixture
def files(tmp_path, entry_of):
    """Eight entries."""
    for number in range(8):
        (tmp_path / f"{number}.jpg").write_bytes(b"x")
    return [entry_of(tmp_path / f"{number}.jpg") for number in range(8)]


def test_a_worker_that_does_not_see_a_file_is_passed_over(tmp_path, cluster, files):
    (cluster.folder / "only").mkdir()
    for entry in files:
        (cluster.folder / "only" / os.fsdecode(entry.name)).touch()
    paths = {str(tmp_path): "/proc/self/cwd/only"}  # a place that is not the same for all
    with dask_pool.executor(settings(tmp_path, cluster, paths=paths)) as workers:
        workers.submit(THERE, files[0]).result(60)  # the folder is there, at the beginning
        one = next(iter(workers._threads))
        workers._client.run(os.chdir, "/", workers=[one])
        try:
            results = dict(pool.run(workers, THERE, files, in_flight=pool.enough(workers, 1)))
        finally:
            workers._client.run(os.chdir, str(cluster.folder), workers=[one])
    assert results == {entry: b"/proc/self/cwd/only/" + entry.name for entry in files}


def test_when_no_worker_sees_the_files_the_run_ends(tmp_path, cluster, files):
    paths = {str(tmp_path): str(tmp_path / "nowhere")}
    with dask_pool.executor(settings(tmp_path, cluster, paths=paths)) as workers:
        workers._roots.add(os.fsencode(tmp_path))  # as if it had been there at the beginning
        with pytest.raises(ToolError, match="it sees no file, or another one"):
            assert not list(pool.run(workers, THERE, files, in_flight=pool.enough(workers, 1)))


def test_a_file_that_is_gone_here_too_is_read_as_if_at_home(tmp_path, cluster, files):
    paths = {str(tmp_path): str(tmp_path)}
    (tmp_path / "0.jpg").unlink()
    with dask_pool.executor(settings(tmp_path, cluster, paths=paths)) as workers:
        assert workers.submit(THERE, files[0]).result(60) == files[0].path


def test_what_was_read_elsewhere_is_stored_as_seen_here(files, tmp_path):
    here = files[0]
    there = replace(here, inode=7, device=8, ctime_ns=9, there=b"/srv/0.jpg")
    assert dask_tasks.adopt(Report(there, "present"), here).entry == here
    coarse = replace(there, mtime_ns=here.mtime_ns // 10**9 * 10**9)
    assert dask_tasks.adopt(Report(coarse, "present"), here).entry == here
    assert dask_tasks.adopt(Report(replace(there, size=99), "present"), here) is None  # ours has not changed
    (tmp_path / "0.jpg").write_bytes(b"written to since")
    os.utime(tmp_path / "0.jpg", (1, 1))
    changed = dask_tasks.adopt(Report(replace(there, size=99), "present"), here).entry
    assert (changed.size, changed.inode, changed.device, changed.there) == (99, here.inode, here.device, None)


def test_another_file_at_that_place_is_never_taken_for_ours(library, tmp_path, cluster, make_picture):
    for number in range(6):
        make_picture(tmp_path / "photos" / f"{number}.jpg", number, (64, 48))
        make_picture(tmp_path / "old-copy" / f"{number}.jpg", number + 100, (80, 60))
    Library(library.program, cluster, f'paths = {{"{tmp_path}/photos" = "{tmp_path}/old-copy"}}')
    done = library("scan", tmp_path / "photos", code=1)
    assert "it sees no file, or another one" in done.stderr
    assert library.read() == 0


# -- one clear line ----------------------------------------------------------------------------------------------------


def fails_to_start(settings, words: str) -> None:
    with pytest.raises((ToolError, SettingsError), match=words) as caught, dask_pool.executor(settings):
        pass
    assert "\n" not in str(caught.value)


def test_dask_is_not_installed(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    fails_to_start(settings(tmp_path, scheduler="tcp://127.0.0.1:1"), r"install it with: pip install '\.\[dask\]'")


def test_no_scheduler_is_named(tmp_path):
    fails_to_start(settings(tmp_path), "--scheduler tcp://HOST:8786")


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:1", "foo://127.0.0.1:1", "tcp://no.such.host.invalid:8786", "tcp://x:y"]
)
def test_no_scheduler_answers(tmp_path, address):
    fails_to_start(settings(tmp_path, scheduler=address, connect_seconds=1), f"no Dask scheduler answers at {address}")


def test_only_local_is_local(tmp_path, program):
    done = program("scan", tmp_path, "--executor", "local", "--scheduler", "tcp://127.0.0.1:1", code=2)
    assert "--scheduler is for --executor dask" in done.stderr
    (tmp_path / "a.jpg").write_bytes(b"x")
    assert (
        "no plugin offers the executor 'moon'"
        in program("scan", tmp_path / "a.jpg", "--executor", "moon", code=1).stderr
    )


def test_a_worker_of_another_version_is_refused_before_the_first_file(tmp_path, cluster, program, make_picture):
    told = tmp_path / "old" / "mediaparser-0.0.7.dist-info"
    told.mkdir(parents=True)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: mediaparser\nVersion: 0.0.7\n")
    make_picture(tmp_path / "photos" / "a.jpg")
    old = cluster.worker("old", "--no-nanny", PYTHONPATH=str(tmp_path / "old"))
    try:
        cluster.wait_for(3)
        done = program("scan", tmp_path / "photos", "--scheduler", cluster.address, code=1)
        assert "has MediaParser 0.0.7, this machine 0.1.0: install the same on all machines" in done.stderr.replace(
            "\n", " "
        )
        assert program.rows("select count(*) from files") == [(0,)]
    finally:
        old.terminate()
        old.wait(20)
        cluster.wait_for(2)


def test_a_worker_that_came_later_with_another_version_gets_no_files(tmp_path, cluster):
    with dask_pool.executor(settings(tmp_path, cluster)) as workers:
        workers.order = (workers.order[0], "MediaParser 0.0.7 on Python 3.11", workers.order[2])
        with pytest.raises(ToolError, match="no worker of the cluster can be used; .*this run MediaParser 0.0.7"):
            list(pool.run(workers, operator.neg, range(4), in_flight=2))


def test_other_programs_on_a_worker_would_give_other_results(tmp_path, cluster):
    odd = replace(settings(tmp_path, cluster), exiftool="/usr/bin/false")
    if shutil.which("exiftool") is None:
        pytest.skip("ExifTool is not installed")
    with (
        dask_pool.executor(settings(tmp_path, cluster)) as workers,
        pytest.raises(ToolError, match="has ExifTool .none."),
    ):
        workers.order = (*workers.order[:2], pickle.dumps(replace(odd, exiftool="")))
        dask_pool._compare_installations(workers, settings(tmp_path, cluster))


# -- machines that go away ---------------------------------------------------------------------------------------------


def test_a_file_that_ends_dask_workers_fails_alone(tmp_path, cluster):
    # what no picture can do from where it is decoded, in a child of a child
    parent = "__import__('psutil').Process().parent()"
    kill = f"{parent}.parent().kill()" if sys.platform == "linux" else f"{parent}.kill()"
    with dask_pool.executor(settings(tmp_path, cluster)) as workers:
        before, after = [f"{n} * 2" for n in range(30)], [f"{n} * 3" for n in range(30)]
        after[3:3] = [
            f"__import__('time').sleep({n} / 10)" for n in (6, 7, 8)
        ]  # what they hold up goes to somebody else
        messages = []
        submit = workers._remote.submit
        workers._remote.submit = lambda *given, **more: messages.append(given) or submit(*given, **more)
        results = dict(pool.run(workers, eval, before, in_flight=pool.enough(workers, 1)))
        assert results == {task: eval(task) for task in before}
        assert len(messages) < len(before), "quick ones travel together"
        # others travel with it, and are done all the same
        results = dict(pool.run(workers, eval, [*after[:10], kill, *after[10:]], in_flight=pool.enough(workers, 1)))
        assert results.keys() - {kill} == set(after)
        assert all(results[task] == eval(task) for task in after if "sleep" not in task)
        assert isinstance(results[kill], BrokenExecutor)
        assert "1 Dask workers ended on this file" in str(results[kill])


def test_without_workers_or_scheduler_a_run_ends_with_one_line(tmp_path, household):
    with cluster_of(tmp_path / "cluster", 1, "--no-nanny") as cluster:
        library = Library(Program(tmp_path / "library"), cluster)
        for program, words in (
            (cluster.programs[1], "has had no workers for 3 seconds"),
            (cluster.programs[0], "connection"),
        ):
            scan = library.begin("scan", household)
            read = library.read()
            wait_until(lambda: library.read() > read + 1)  # noqa: B023
            os.killpg(program.pid, signal.SIGKILL)
            _, err = scan.communicate(timeout=60)
            assert scan.returncode == 1 and words in err and "same command again" in err.replace("\n", " "), err
            assert library.read() > 0
            cluster.worker("another", "--no-nanny")
            cluster.wait_for(1) if program is cluster.programs[1] else None
    wait_until(lambda: not running(cluster.mark), 20)


def test_ctrl_c_ends_a_run_whose_scheduler_hangs(tmp_path, household):
    with cluster_of(tmp_path / "cluster", 1, "--no-nanny") as cluster, ExitStack() as stack:
        library = Library(Program(tmp_path / "library"), cluster)
        scan = library.begin("scan", household)
        stack.callback(scan.communicate)
        stack.callback(scan.kill)
        wait_until(lambda: library.read() > 2)
        scheduler = cluster.programs[0].pid
        os.kill(scheduler, signal.SIGSTOP)
        stack.callback(os.kill, scheduler, signal.SIGCONT)
        scan.send_signal(signal.SIGINT)
        _, err = scan.communicate(timeout=100)
        assert scan.returncode == 130 and "same command again" in err.replace("\n", " "), err
        assert library.program.rows("select state from jobs") == [("interrupted",)]


# -- machines of their own ---------------------------------------------------------------------------------------------


@contextmanager
def machine(number: int, tag: str):
    """A network namespace with one cable to us: its name, our address on the cable."""
    name, cable, net = f"mp{tag}{number}", f"mp{tag}{number}", f"10.213.{number}"

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)

    try:
        ip("netns", "add", name)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine allows no network namespaces")
    try:
        try:
            ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("addr", "add", f"{net}.1/24", "dev", cable)
            ip("link", "set", cable, "up")
            for words in (
                ("link", "set", "lo", "up"),
                ("addr", "add", f"{net}.2/24", "dev", "eth0"),
                ("link", "set", "eth0", "up"),
                ("route", "add", "default", "via", f"{net}.1"),
            ):
                ip("-n", name, *words)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"this machine allows no cables between namespaces: {error.stderr}")
        yield name, f"{net}.1"
    finally:
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("ip"), reason="needs root and ip")
def test_two_machines_with_other_mount_points(tmp_path, household, at_home):
    """Each has a network and mounts of its own, sees the storage elsewhere, and nothing where it is here."""
    tag = f"{os.getpid() % 10_000}x"
    with machine(1, tag) as (first, ours), machine(2, tag) as (second, _), ExitStack() as stack:
        cluster = Cluster(tmp_path / "cluster", host=ours)
        stack.callback(cluster.stop)
        for number, name in enumerate((first, second)):
            there = tmp_path / f"mount{number}"
            there.mkdir()
            mounts = 'mount --bind "$1" "$2" && mount -t tmpfs none "$1" && shift 2 && exec "$@"'
            cluster.worker(
                name,
                before=(
                    "ip",
                    "netns",
                    "exec",
                    name,
                    "unshare",
                    "-m",
                    "sh",
                    "-c",
                    mounts,
                    "sh",
                    str(household),
                    str(there),
                ),
            )
        cluster.wait_for(2)
        paths = [f"{tmp_path}/mount0", f"{tmp_path}/mount1"]
        library = Library(Program(tmp_path / "library"), cluster)
        assert f"finds nothing to read at {household}" in library("scan", household, code=1).stderr.replace("\n", " ")
        library = Library(Program(tmp_path / "library"), cluster, f'paths = {{"{household}" = {json.dumps(paths)}}}')
        library("scan", household, code=None)
        assert library.contents() == at_home
    wait_until(lambda: not running(cluster.mark), 20)


def test_a_file_that_comes_as_idle_processes_are_ended_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(dask_worker, "IDLE", 0.2)
    monkeypatch.setattr(local_pool, "FAREWELL", 0.1)
    late: list[threading.Thread] = []
    answers: list[dask_worker.Outcome] = []

    def forget():
        if not late:
            late.append(threading.Thread(target=lambda: answers.append(bench.call(time.sleep, (1,), {}))))
            late[0].start()
            late[0].join(0.3)

    chosen = settings_module.load(tmp_path, environ={})
    bench = dask_worker.Bench(dask_worker.Order("run", dask_worker.version(), pickle.dumps(chosen)), 1, forget)
    try:
        assert bench.call(operator.mul, (6, 7), {}) == ("done", pickle.dumps((True, 42)))
        wait_until(lambda: late)
        late[0].join(60)
    finally:
        bench.close()
    assert answers == [("done", pickle.dumps((True, None)))]
