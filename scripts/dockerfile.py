"""Read a Dockerfile as a list of steps, and carry the steps out in an empty Debian root, without an engine.

    python3 scripts/dockerfile.py DEBIAN_ROOT WORK_FOLDER      (as root; scripts/check_image.sh calls it)

Each stage gets a folder in WORK_FOLDER: a copy of the stage it begins with, or of DEBIAN_ROOT. RUN runs in it by chroot,
with nothing in its environment but what ENV and ARG say (and the names in ``PASSED``, for those behind a proxy). COPY obeys
.dockerignore. Only what our own Dockerfile uses is understood; anything else is an error.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PASSED = ("PIP_", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
METADATA = ("EXPOSE", "VOLUME", "HEALTHCHECK", "ENTRYPOINT", "CMD", "USER", "LABEL", "STOPSIGNAL")


@dataclass(frozen=True)
class Step:
    """One instruction: *word* in capitals and what stands behind it, in the stage with this name."""

    stage: str
    word: str
    rest: str


def read(text: str) -> list[Step]:
    """The steps of a Dockerfile; comments are left out, continued lines joined."""
    kept = "\n".join(line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    steps: list[Step] = []
    stage = ""
    for line in re.sub(r"\\\n\s*", "", kept).splitlines():
        word, _, rest = line.strip().partition(" ")
        if word.upper() == "FROM":
            base, _, name = rest.partition(" AS ")
            stage, rest = name or f"stage {len(steps)}", base
        steps.append(Step(stage, word.upper(), rest.strip()))
    return steps


def stages(steps: list[Step]) -> list[str]:
    """Their names, in order."""
    return [step.stage for step in steps if step.word == "FROM"]


def ignored(path: str, patterns: list[str]) -> bool:
    """Whether .dockerignore leaves *path* (relative, with slashes) out; enough of its rules for our own file."""
    names = path.split("/")
    for pattern in patterns:
        if pattern.startswith("**/"):
            if any(fnmatch.fnmatchcase(name, pattern[3:]) for name in names):
                return True
        elif fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(path, f"{pattern}/*"):
            return True
    return False


def context_files(folder: Path, patterns: list[str]) -> Iterator[str]:
    """Every file of the build context, relative."""
    for here, folders, names in os.walk(folder):
        way = os.path.relpath(here, folder)
        prefix = "" if way == "." else f"{way}/"
        folders[:] = sorted(name for name in folders if not ignored(prefix + name, patterns))
        yield from (prefix + name for name in sorted(names) if not ignored(prefix + name, patterns))


def filled_in(text: str, values: dict[str, str]) -> str:
    """*text* with ``$NAME`` and ``${NAME}`` replaced."""
    return re.sub(r"\$\{?(\w+)\}?", lambda found: values.get(found[1], ""), text)


# -- carrying out


class Build:
    """The stages of one Dockerfile as folders in *work*."""

    def __init__(self, context: Path, debian: Path, work: Path, arguments: dict[str, str]) -> None:
        self.context, self.debian, self.work, self.arguments = context, debian, work, arguments
        ignore = (context / ".dockerignore").read_text("utf-8").splitlines()
        self.patterns = [line.strip() for line in ignore if line.strip() and not line.startswith("#")]
        self.values: dict[str, dict[str, str]] = {}
        self.places: dict[str, str] = {}

    def root(self, stage: str) -> Path:
        return self.work / stage

    def carry_out(self, steps: list[Step]) -> None:
        for step in steps:
            began = time.monotonic()
            getattr(self, f"_{step.word.lower()}", self._unknown)(step)
            if step.word in ("RUN", "FROM", "COPY"):
                print(f"{step.stage}: {step.word} {step.rest[:70]} — {time.monotonic() - began:.0f} s", flush=True)

    def _unknown(self, step: Step) -> None:
        if step.word not in METADATA:
            raise SystemExit(f"this Dockerfile says {step.word}, which nobody here understands")

    def _from(self, step: Step) -> None:
        source = self.root(step.rest) if step.rest in self.values else self.debian
        subprocess.run(["cp", "-a", "--reflink=auto", "--", source, self.root(step.stage)], check=True)
        self.values[step.stage] = dict(self.values.get(step.rest, {"PATH": PATH}))
        self.places[step.stage] = self.places.get(step.rest, "/")

    def _env(self, step: Step) -> None:
        values = self.values[step.stage]
        for pair in shlex.split(step.rest):
            name, _, value = pair.partition("=")
            values[name] = filled_in(value, values)

    def _arg(self, step: Step) -> None:
        name, _, value = step.rest.partition("=")
        self.values[step.stage][name] = self.arguments.get(name, value)

    def _workdir(self, step: Step) -> None:
        self.places[step.stage] = step.rest
        (self.root(step.stage) / step.rest.lstrip("/")).mkdir(parents=True, exist_ok=True)

    def _copy(self, step: Step) -> None:
        *sources, target = shlex.split(step.rest)
        place = self.root(step.stage) / os.path.join(self.places[step.stage], target).lstrip("/")
        if sources[0].startswith("--from="):
            origin = self.root(sources.pop(0).removeprefix("--from=")) / sources[0].lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["cp", "-a", "--", origin, place], check=True)
            return
        wanted = [name for name in context_files(self.context, self.patterns) if sources == ["."] or name in sources]
        for name in wanted:
            to = place / name if sources == ["."] else place
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.context / name, to)

    def _run(self, step: Step) -> None:
        command = f"cd {shlex.quote(self.places[step.stage])} && {step.rest}"
        with mounted(self.root(step.stage)):
            done = subprocess.run(
                ["chroot", self.root(step.stage), "/bin/sh", "-c", command],
                env={name: value for name, value in os.environ.items() if name.startswith(PASSED)}
                | self.values[step.stage],
            )
        if done.returncode:
            raise SystemExit(f"{step.stage}: this step failed with code {done.returncode}: RUN {step.rest}")


@contextmanager
def mounted(root: Path) -> Iterator[None]:
    """What every container has: /proc, /dev and the names of the network."""
    shutil.copy2("/etc/resolv.conf", root / "etc/resolv.conf", follow_symlinks=True)
    shutil.copy2("/etc/hosts", root / "etc/hosts")
    subprocess.run(["mount", "-t", "proc", "proc", root / "proc"], check=True)
    try:
        subprocess.run(["mount", "--rbind", "/dev", root / "dev"], check=True)
        subprocess.run(["mount", "--make-rslave", root / "dev"], check=True)
        yield
    finally:
        subprocess.run(["umount", "-R", "-l", root / "dev"])
        subprocess.run(["umount", "-l", root / "proc"])


def main() -> None:
    debian, work = Path(sys.argv[1]), Path(sys.argv[2])
    steps = read((ROOT / "Dockerfile").read_text("utf-8"))
    given = {name: os.environ[name] for name in ("TESTS", "UID", "GID") if name in os.environ}
    build = Build(ROOT, debian, work, given)
    build.carry_out(steps)
    last = stages(steps)[-1]
    said = {step.word: step.rest for step in steps if step.stage == last}
    found = {
        "root": str(build.root(last)),
        "env": build.values[last],
        "user": filled_in(said["USER"], build.values[last]),
        "entrypoint": json.loads(said["ENTRYPOINT"]),
    }
    (work / "image.json").write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
