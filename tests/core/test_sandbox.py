"""What a worker can no longer do, and what it still must be able to do."""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import signal
import sys
from pathlib import Path

import pytest

from mediaparser_core import sandbox

LINUX = sys.platform == "linux"


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """``ask(expression)`` evaluates in a process that has been shut in; an exception comes back as text."""
    folder = tmp_path_factory.mktemp("worker")
    programs = {name: path for name in ("exiftool", "perl") if (path := shutil.which(name))}
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    # eval is a function that any process can import
    process = context.Process(target=eval, args=(_SERVE, {"pipe": theirs, "folder": str(folder), "programs": programs}))
    process.start()
    theirs.close()

    def evaluate(expression: str):
        ours.send(expression)
        assert ours.poll(20)
        return ours.recv()

    evaluate.folder = folder
    yield evaluate
    ours.close()
    process.join(5)
    process.kill()
    process.join()


_SERVE = """
exec('''
import mediaparser_core.sandbox, os, resource, signal, socket, subprocess, sys, tempfile, threading, time
refused = mediaparser_core.sandbox.enter(folder, programs=programs)
while True:
    try:
        question = pipe.recv()
    except EOFError:
        break
    try:
        pipe.send(eval(question))
    except Exception as error:
        pipe.send(f"{type(error).__name__}: {error}")
''')
"""


def test_everything_could_be_applied_or_is_named(ask):
    refused = ask("refused")
    assert isinstance(refused, tuple)
    if LINUX:  # a container may forbid namespaces of one's own, nothing else
        assert all(sentence.startswith("no network: ") for sentence in refused)


def test_trial_says_the_same_as_a_worker(ask):
    assert sandbox.trial() == ask("refused")


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("os.write(tempfile.mkstemp()[0], b'x')", "File too large"),
        ("socket.create_connection(('192.0.2.1', 80), 1)", "Network is unreachable|timed out"),
        ("[open('/dev/null') for _ in range(300)]", "Too many open files"),
        ("len(bytearray(2 * 1024**3))", "MemoryError"),
        ("subprocess.run(['gs', '--version'])", "No such file"),
        ("open('mediaparser.toml')", "No such file"),
    ],
)
def test_what_is_refused(ask, expression, words):
    if "socket" in expression and any("network" in sentence for sentence in ask("refused")):
        pytest.skip("this system does not give us a network of our own")
    if "MemoryError" in words and not LINUX:
        pytest.skip("macOS has no limit on address space")
    answer = ask(expression)
    assert isinstance(answer, str)
    assert any(word in answer for word in words.split("|"))


def test_home_working_and_temporary_folder_are_private_and_empty(ask):
    home = str(ask.folder / "home")
    assert ask("[os.getcwd(), os.path.expanduser('~'), os.listdir('.')]") == [home, home, []]
    assert ask("tempfile.gettempdir()") == str(ask.folder / "tmp")
    assert ask("oct(os.stat('.').st_mode & 0o777)") == "0o700"
    made = Path(ask("tempfile.mkdtemp()"))  # for ExifTool's links
    assert made.stat().st_mode & 0o777 == 0o700
    assert ask(f"os.symlink('/etc/hostname', {str(made / '1.jpg')!r})") is None


def test_the_environment_is_a_few_words(ask):
    allowed = {"HOME", "PATH", "TMPDIR", *sandbox._KEPT, *sandbox._ONE_THREAD, "LC_CTYPE", "__CF_USER_TEXT_ENCODING"}
    assert set(ask("dict(os.environ)")) <= allowed
    assert ask("os.environ['OPENBLAS_NUM_THREADS']") == "1"


@pytest.mark.skipif(not shutil.which("exiftool"), reason="needs ExifTool")
def test_exiftool_is_found_and_runs(ask):
    answer = ask("subprocess.run(['exiftool', '-config', '', '-ver'], capture_output=True, text=True).stdout.strip()")
    assert answer.replace(".", "").isdigit()


def test_it_is_alone_in_its_session_and_deaf_to_ctrl_c(ask):
    assert ask("os.getsid(0) == os.getpid() == os.getpgrp()") is True
    assert ask("os.kill(os.getpid(), signal.SIGINT)") is None
    assert ask("oct(os.umask(0o077))") == "0o77"
    assert ask("resource.getrlimit(resource.RLIMIT_CORE)") == (0, 0)


def test_it_can_neither_read_a_terminal_nor_print(ask):
    assert ask("os.read(0, 1)") == b""
    assert ask("[os.path.realpath(f'/dev/fd/{fd}') for fd in (0, 1, 2)]") == ["/dev/null"] * 3 or not LINUX


def test_files_of_others_can_still_be_read(ask, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"x")
    assert ask(f"open({str(path)!r}, 'rb').read()") == b"x"
    assert ask("open('/etc/passwd', 'rb').read(1)") == Path("/etc/passwd").read_bytes()[:1]


def test_a_limit_that_is_already_lower_stays(monkeypatch):
    calls = []
    monkeypatch.setattr(resource, "getrlimit", lambda what: (50, 100))
    monkeypatch.setattr(resource, "setrlimit", lambda what, limits: calls.append(limits))
    sandbox._limit(resource.RLIMIT_NOFILE, 256)
    sandbox._limit(resource.RLIMIT_NOFILE, 7)
    assert calls == [(100, 100), (7, 7)]


def test_code_that_computes_for_too_long_ends(tmp_path):
    context = multiprocessing.get_context("spawn")
    endless = "[__import__('mediaparser_core.sandbox').sandbox.allow_processor(0.1), max(iter(int, 1))]"
    process = context.Process(target=eval, args=(endless,))
    process.start()
    try:
        process.join(120)  # two seconds of a processor
        assert process.exitcode == -signal.SIGXCPU
    finally:
        process.kill()
        process.join()


def test_a_process_without_a_parent_says_that_it_will_not_follow_it(tmp_path, monkeypatch):
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: None)
    with pytest.raises(ValueError, match="no worker"):
        sandbox._follow_parent(os.fspath(tmp_path))
