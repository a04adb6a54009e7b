"""The image and its household: pinned, tested before it exists, without privileges, and only as open as it must be."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from mediaparser_core import plugins, settings
from mediaparser_core.cli import build

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("explorer", "webdav", "worker", "watcher")
NEWER = ("create_host_path",)  # than the client of Debian 12 knows


@pytest.fixture(scope="module")
def dockerfile():
    """The module of scripts that reads Dockerfiles."""
    spec = importlib.util.spec_from_file_location("dockerfile", ROOT / "scripts" / "dockerfile.py")
    found = importlib.util.module_from_spec(spec)
    sys.modules["dockerfile"] = found  # dataclasses look themselves up
    spec.loader.exec_module(found)
    return found


@pytest.fixture(scope="module")
def steps(dockerfile):
    return dockerfile.read((ROOT / "Dockerfile").read_text("utf-8"))


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))


def of(steps, stage, word):
    return [step.rest for step in steps if step.stage == stage and step.word == word]


# -- the image


def test_every_base_is_one_of_ours_or_pinned_by_tag_and_digest(dockerfile, steps):
    ours = dockerfile.stages(steps)
    foreign = [step.rest for step in steps if step.word == "FROM" and step.rest not in ours]
    assert foreign and all(re.fullmatch(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}", base) for base in foreign)


def test_there_is_no_image_without_tests_that_passed(dockerfile, steps):
    assert any("-m pytest" in run and "touch /tested" in run for run in of(steps, "tested", "RUN"))
    last = dockerfile.stages(steps)[-1]
    assert any(copy.startswith("--from=tested /tested ") for copy in of(steps, last, "COPY"))
    assert of(steps, "tested", "FROM") == ["build"]
    assert any(
        copy.startswith("--from=build ") for copy in of(steps, last, "COPY")
    )  # what was tested, without its tools


def test_what_runs_has_no_privileges_and_says_how_it_is(dockerfile, steps):
    last = dockerfile.stages(steps)[-1]
    words = [step.word for step in steps if step.stage == last]
    assert of(steps, last, "USER") == ["${UID}:${GID}"] and "RUN" not in words[words.index("USER") :]
    assert {name.partition("=")[0] for name in of(steps, last, "ARG")} == {"UID", "GID"}
    assert of(steps, last, "HEALTHCHECK") and json.loads(of(steps, last, "ENTRYPOINT")[0]) == ["mediaparser"]
    assert not any(
        "pip install" in run or "apt-get" in run for run in of(steps, last, "RUN")
    )  # slim: nothing is built here


def test_whatever_is_fetched_is_checked(steps):
    for step in steps:
        if step.word != "RUN":
            assert step.word != "ADD", "COPY says what it does"
            continue
        assert not re.search(r"\b(curl|wget)\b|\|\s*(ba)?sh\b|--trusted-host|--allow-unauthenticated", step.rest), (
            step.rest
        )
        if "pip install" in step.rest:
            assert "--require-hashes" in step.rest or "--no-deps --no-build-isolation ." in step.rest, step.rest
        if "apt-get install" in step.rest:
            assert "--no-install-recommends" in step.rest and "rm -rf /var/lib/apt/lists/*" in step.rest, step.rest


def test_what_it_installs_is_what_the_program_needs(steps):
    assert any("libimage-exiftool-perl" in run for run in of(steps, "base", "RUN"))
    assert {"8001", "8002"} == set(of(steps, "runtime", "EXPOSE")[0].split())
    values = dict(pair.split("=", 1) for line in of(steps, "runtime", "ENV") for pair in shlex.split(line))
    assert values["MEDIAPARSER_LIBRARY"] == "/library" == of(steps, "runtime", "VOLUME")[0]


@pytest.mark.skipif(not shutil.which("hadolint"), reason="hadolint is not installed")
def test_hadolint_has_nothing_to_say():
    done = subprocess.run(["hadolint", ROOT / "Dockerfile"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("path", "out"),
    [
        (".git/config", True), ("library/catalog.db", True), ("photos/a.jpg", True), (".venv/bin/python", True), (".env", True),
        ("mediaparser_core/__pycache__/x.pyc", True), ("mediaparser.egg-info/PKG-INFO", True), ("demo-photos/a.jpg", True), ("immich/data/x", True), ("syncthing/key.pem", True),
        ("tests/conftest.py", False), ("docs/README.md", False), ("plugins/photos.py", False), ("requirements/main.txt", False),
        ("datasette_plugins/static/page.js", False), ("mediaparser_core/library.py", False), ("pyproject.toml", False),
    ],
)  # fmt: skip
def test_nobodys_pictures_and_no_history_go_into_it(dockerfile, path, out):
    patterns = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line and line[0] != "#"]
    assert dockerfile.ignored(path, patterns) is out


def test_a_dockerfile_is_read_as_it_is_meant(dockerfile):
    text = "# a\nFROM debian:12 AS one\nRUN a && \\\n    # why\n    b\nARG X=1\nFROM one\nUSER ${X}:$Y\n"
    steps = dockerfile.read(text)
    assert [(step.stage, step.word, step.rest) for step in steps] == [
        ("one", "FROM", "debian:12"), ("one", "RUN", "a && b"), ("one", "ARG", "X=1"), ("stage 3", "FROM", "one"),
        ("stage 3", "USER", "${X}:$Y"),
    ]  # fmt: skip
    assert dockerfile.filled_in("${X}:$Y", {"X": "1", "Y": "2"}) == "1:2"


# -- the household


def test_the_four_parts_are_one_image_of_this_version(compose):
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert {compose["services"][part]["image"] for part in PARTS} == {f"mediaparser:{version}"}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_has_only_what_it_needs(compose, part):
    service = compose["services"][part]
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"] and "cap_add" not in service
    assert "no-new-privileges:true" in service["security_opt"] and service["user"] == "${PUID:-1000}:${PGID:-1000}"
    assert service["mem_limit"] and service["pids_limit"] and service["restart"] == "unless-stopped"
    assert not service.get("privileged") and service.get("network_mode") == (
        "none" if part in ("worker", "watcher") else None
    )
    mounts = {mount["target"]: mount for mount in service["volumes"]}
    assert (
        set(mounts) == {"/library", "/photos"}
        and mounts["/photos"]["read_only"]
        and "read_only" not in mounts["/library"]
    )
    assert all(mount["bind"]["create_host_path"] is False for mount in mounts.values())  # else root would make them
    assert [mount.partition(":")[0] for mount in service["tmpfs"]] == ["/tmp"]


@pytest.mark.parametrize("part", PARTS)
def test_the_program_knows_what_it_is_told(compose, part):
    """Commands, options and settings are real ones, and the health of a part is asked for by its own name."""
    root = build(plugins.load())
    service = compose["services"][part]
    check = service["healthcheck"]["test"]
    assert check[:3] == ["CMD", "mediaparser", "--quiet"] and check[-1] == part
    for name, *arguments in (service["command"], check[3:]):
        with root.commands[name].make_context(name, arguments, obj=None) as context:
            assert context.command.name == name
    environ = {key: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value) for key, value in service["environment"].items()}
    chosen = settings.load(Path("/nowhere"), environ=environ)
    assert {key for key in environ if key.startswith("MEDIAPARSER_")} == {
        f"{settings.PREFIX}{key.replace('.', '_').upper()}"
        for key, where in chosen.origins.items()
        if where == "environment"
    }
    assert chosen.inbox.enabled


def test_every_image_is_pinned(compose):
    for name, service in compose["services"].items():
        tag = service["image"].rpartition("/")[2].partition(":")[2]
        assert re.match(r"v?\d+\.\d+\.\d+", tag) or re.fullmatch(r".+@sha256:[0-9a-f]{64}", tag), name


def test_only_the_phones_reach_in_from_the_house(compose):
    for name, service in compose["services"].items():
        for port in service.get("ports", ()):
            if not port.startswith("127.0.0.1:"):
                assert name == "syncthing" and port.partition(":")[0] in ("22000", "21027"), (name, port)
        assert "no-new-privileges:true" in service["security_opt"], name


def test_neighbours_come_only_when_they_are_asked_for_and_get_no_more_than_their_part(compose):
    services = {name: service for name, service in compose["services"].items() if name not in PARTS}
    assert {profile for service in services.values() for profile in service["profiles"]} == {"syncthing", "immich"}
    ours = [
        (name, mount["source"].rpartition("}")[2], mount.get("read_only", False))
        for name, service in services.items()
        for mount in service.get("volumes", ())
        if isinstance(mount, dict) and "MEDIAPARSER_LIBRARY" in mount["source"]
    ]
    assert ours == [("syncthing", "/inbox", False), ("immich-server", "/export", True)]


def test_it_starts_without_a_file_of_settings_and_knows_no_password():
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    for name, default in re.findall(r"\$\{(\w+)(:-[^}]*)?\}", text):
        assert default, f"{name} has no default"
        assert "PASSWORD" not in name or default == ":-"


@pytest.mark.skipif(not shutil.which("docker-compose"), reason="docker-compose is not installed")
@pytest.mark.parametrize("profiles", [(), ("syncthing",), ("immich",), ("syncthing", "immich")])
def test_the_client_understands_it(compose, tmp_path, profiles):
    def known(value):
        if isinstance(value, dict):
            return {key: known(inner) for key, inner in value.items() if key not in NEWER}
        return [known(inner) for inner in value] if isinstance(value, list) else value

    older = known({key: value for key, value in compose.items() if key != "name"})
    (tmp_path / "docker-compose.yml").write_text(yaml.safe_dump(older))
    chosen = [word for profile in profiles for word in ("--profile", profile)]
    done = subprocess.run(
        ["docker-compose", *chosen, "config", "--services"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    wanted = {
        name
        for name, service in compose["services"].items()
        if not service.get("profiles") or {*service["profiles"]} & {*profiles}
    }
    assert wanted <= set(done.stdout.split()) and (not profiles or "explorer" in done.stdout)
