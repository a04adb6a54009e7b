"""Shut a fresh worker process in: what decodes strangers' files may read, think for a while, and nothing else.

Call :func:`enter` first of all in the worker, before there are threads. Every measure is taken where the system allows
it; what it refuses is returned in words, for ``doctor``, and is no reason not to work.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import multiprocessing.connection
import os
import resource
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping

from mediaparser_core.memory import limit_heap

MEMORY = 1536 * 1024 * 1024  # bytes of address space: a 100-megapixel picture needs 532 MiB with its hashes
DESCRIPTORS = 256
_LARGE = 16 * 1024 * 1024  # bytes: what is asked for at once and is larger goes back to the system when it is free

_KEPT = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONPATH", "PERL5LIB", "SYSTEMROOT")
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

# from <sched.h>, <sys/prctl.h> and <linux/capability.h>; Python 3.11 has no names for them
_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000
_NO_NEW_PRIVILEGES = 38
_CAPABILITY_VERSION_3 = 0x20080522


def enter(
    folder: str, *, memory: int = MEMORY, programs: Mapping[str, str] | None = None, parent: int | None = None
) -> tuple[str, ...]:
    """Shut this process in; gives what could not be done, one sentence each.

    *folder* is a private empty folder that the parent made and will remove; home, working and temporary folder are made
    in it. *memory* is in bytes. *programs* are the only ones on the ``PATH`` afterwards: name to absolute path. *parent* is
    a descriptor that is readable when the parent is gone, for a process that ``multiprocessing`` did not start.
    """
    refused: list[str] = []

    def attempt(what: str, step: Callable[[], object]) -> None:
        try:
            step()
        except (OSError, ValueError, AttributeError) as error:
            refused.append(f"{what}: {getattr(error, 'strerror', None) or error}")

    attempt("own session", os.setsid)
    attempt("no network", _leave_network)
    attempt("no new privileges", lambda: _prctl(_NO_NEW_PRIVILEGES, 1))
    # each arena takes 64 MiB of the address space; and what one picture needed is there for the next: Dask has it given
    # back to the system at once, which would cost 3 ms a picture
    attempt("few memory arenas", lambda: limit_heap(pieces=_LARGE, spare=2 * _LARGE, arenas=2))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    os.umask(0o077)
    sys.dont_write_bytecode = True
    _move_in(folder, programs or {})
    silence()
    attempt("no core dumps", lambda: _limit(resource.RLIMIT_CORE, 0))
    attempt("no writing", lambda: _limit(resource.RLIMIT_FSIZE, 0))  # pipes, links and empty folders stay possible
    attempt("few open files", lambda: _limit(resource.RLIMIT_NOFILE, DESCRIPTORS))
    attempt("memory limit", lambda: _limit(resource.RLIMIT_AS, memory))
    attempt("death with the parent", lambda: _follow_parent(folder, parent))
    return tuple(refused)


def allow_processor(seconds: float) -> None:
    """Let this process compute for *seconds* more, then end it: for code that never lets go of the interpreter."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def trial(memory: int = MEMORY) -> tuple[str, ...]:
    """What :func:`enter` cannot do on this machine, found out in a process of its own (about 0.1 s)."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    with tempfile.TemporaryDirectory(prefix="mediaparser-") as folder:
        process = context.Process(target=_try_out, args=(theirs, folder, memory), daemon=True)
        process.start()
        theirs.close()
        try:
            refused: tuple[str, ...] = ours.recv() if ours.poll(60) else ("no answer from a worker in 60 s",)
        except EOFError:
            refused = ("a worker dies when it is shut in",)
        process.kill()
        process.join()
    return refused


def _try_out(connection: multiprocessing.connection.Connection, folder: str, memory: int) -> None:
    connection.send(enter(folder, memory=memory))
    connection.recv()


def _limit(what: int, wanted: int) -> None:
    hard = resource.getrlimit(what)[1]
    value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(what, (value, value))


def _move_in(folder: str, programs: Mapping[str, str]) -> None:
    """Home, working and temporary folder of its own, and an environment of a few words."""
    home, temporary, bin_ = (os.path.join(folder, name) for name in ("home", "tmp", "bin"))
    for path in (home, temporary, bin_):
        os.mkdir(path, 0o700)
    for name, target in programs.items():
        os.symlink(target, os.path.join(bin_, name))
    forget_environment(HOME=home, TMPDIR=temporary, PATH=bin_)
    tempfile.tempdir = temporary  # it would try by writing, and find no folder good enough
    os.chdir(home)


def forget_environment(**instead: str) -> None:
    """Leave an environment of a few words: others would choose among the ways in which libraries compute."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    os.environ.clear()
    os.environ.update(kept, **instead, **dict.fromkeys(_ONE_THREAD, "1"))


def silence() -> None:
    """Nothing to read, and libraries that print do not print between the lines of a progress bar or of ``--json``."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nothing, fd)
    os.close(nothing)


def _follow_parent(folder: str, sentinel: int | None = None) -> None:
    """Die when the parent does. (The kernel's own way, PR_SET_PDEATHSIG, follows the *thread* that started us.)"""
    if sentinel is None:
        parent = multiprocessing.parent_process()
        if parent is None:
            raise ValueError("this is no worker process")
        sentinel = parent.sentinel
    threading.Thread(target=_watch, args=(sentinel, folder), name="watch the parent", daemon=True).start()


def _watch(sentinel: int, folder: str) -> None:
    multiprocessing.connection.wait([sentinel])
    shutil.rmtree(folder, ignore_errors=True)
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


# -- what only Linux has


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _prctl(option: int, value: int) -> None:
    _check(_libc().prctl(option, ctypes.c_ulong(value), 0, 0, 0))


def _leave_network() -> None:
    """A network of our own with nothing in it. Without privileges that takes a user namespace of our own, too.

    Reading files is as before: the kernel compares the ids from before the move, groups included. The privileges that
    come with such a namespace are given away at once.
    """
    if os.geteuid() == 0:
        _check(_libc().unshare(_NEW_NETWORK))
        return
    user, group = os.geteuid(), os.getegid()
    _check(_libc().unshare(_NEW_USER | _NEW_NETWORK))
    for name, line in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        fd = os.open(f"/proc/self/{name}", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(fd, line.encode())
        finally:
            os.close(fd)
    nothing = (ctypes.c_uint32 * 6)()
    _check(_libc().capset((ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0), nothing))
