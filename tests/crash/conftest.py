"""A household, a library that nobody disturbed, and ways to disturb another one."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from . import trials


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """The originals: fourteen pictures, a sidecar, a copy, a broken one and a note."""
    return trials.household(tmp_path_factory.mktemp("household") / "in")


@pytest.fixture(scope="session")
def calm(tmp_path_factory, folder) -> tuple[Path, dict, float]:
    """A library that was made without a disturbance: where it is, what it says, how many seconds it took."""
    place = tmp_path_factory.mktemp("calm")
    told, seconds = trials.undisturbed(place, folder)
    return place / "undisturbed", told, seconds


@dataclass
class Ended:
    """How a disturbed command ended."""

    code: int
    said: str

    @property
    def last(self) -> str:
        return (self.said.strip().splitlines() or [""])[-1]


def disturbed(
    library: Path,
    *words: object,
    inject: str | None = None,
    path: Path | list[Path] | None = None,
    files: int | None = None,
) -> Ended:
    """A command with a fault injected into its calls (``strace``), or with few descriptors."""
    started = trials.command(library, *map(str, words))
    if inject:
        if shutil.which("strace") is None:
            pytest.skip("strace is not installed")
        calls = inject.partition(":")[0]
        paths = path if isinstance(path, list) else [path] if path else []
        narrow = [word for each in paths for word in ("-P", str(each))] or ["--seccomp-bpf"]
        started = ["strace", "-f", "-qq", "-o", "/dev/null", *narrow, "-e", f"trace={calls}", "-e", "signal=none",
                   "-e", f"inject={inject}", *started]  # fmt: skip

    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    done = subprocess.run(
        started, capture_output=True, timeout=300, env=trials.environment(), preexec_fn=few if files else None
    )
    return Ended(done.returncode, done.stderr.decode("utf-8", "replace"))


@pytest.fixture
def disturb() -> Callable[..., Ended]:
    return disturbed


@contextmanager
def mounted(*arguments: str) -> Iterator[None]:
    """A mount for a while; a skip where this machine does not allow it."""
    where = arguments[-1]
    if os.geteuid() or subprocess.run(["mount", *arguments], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", where], check=True)


@pytest.fixture
def mount():
    return mounted
