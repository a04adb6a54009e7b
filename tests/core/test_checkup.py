"""``doctor`` names what is too old to be given hostile files, and the lock file holds what it asks for."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

from mediaparser_core.pipeline import checkup
from mediaparser_core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def rows(tmp_path):
    return lambda: {row["name"]: row for row in checkup.checkup(Settings(library=tmp_path))}


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("12.9", "13.0"), ("1.9", "1.10"), ("1.0a40", "1.0a41"), ("1.0a41", "1.0"), ("1.0a41", "1.0b1"), ("4.3.4", "4.3.5"),
        ("8.1.1", "8.1.2"), ("n8.1", "8.1.2"), ("12.37", "12.38"), ("9.99", "12.38"), ("", "0.1"), ("git", "0.1"),
    ],
)  # fmt: skip
def test_versions_are_compared_as_people_mean_them(older, newer):
    assert checkup._number(older) < checkup._number(newer)


@pytest.mark.parametrize(("one", "other"), [("13.0", "13.0.0"), ("8.1.2+local", "8.1.2"), ("18.1.0.post1", "18.1")])
def test_some_versions_are_the_same(one, other):
    assert checkup._number(one) == checkup._number(other)


@pytest.mark.parametrize("name", checkup.FLOORS)
def test_a_library_below_its_floor_is_bad(rows, monkeypatch, name):
    real = importlib.metadata.version
    assert rows()[name]["state"] == "ok"
    monkeypatch.setattr(importlib.metadata, "version", lambda asked: "0.0.1" if asked == name else real(asked))
    row = rows()[name]
    assert row["state"] == "bad" and name in row["advice"] and checkup.FLOORS[name] in row["advice"]


@pytest.mark.parametrize(("name", "ask"), [("libheif", "_libheif"), ("ffmpeg", "_ffmpeg")])
def test_so_is_a_library_inside_a_library(rows, monkeypatch, name, ask):
    assert rows()[name]["state"] == "ok"
    monkeypatch.setattr(checkup, ask, lambda: "1.2.3")
    assert rows()[name]["state"] == "bad"

    def missing() -> str:
        raise ImportError

    monkeypatch.setattr(checkup, ask, missing)
    assert rows()[name]["state"] == "bad"


def test_an_old_exiftool_is_bad(rows, monkeypatch):
    monkeypatch.setattr(checkup.exiftool, "find", lambda name: "/usr/bin/exiftool")
    monkeypatch.setattr(checkup.exiftool, "version", lambda executable: "12.16")
    assert rows()["exiftool"]["state"] == "bad"


def test_the_floors_are_those_that_are_installed_and_locked():
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    lowest = {m[1]: m[2] for m in (re.match(r"([\w-]+)>=([\w.]+)", each) for each in asked) if m}
    locked = dict(
        re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / "requirements/main.txt").read_text("utf-8"), re.MULTILINE)
    )
    for name, floor in checkup.FLOORS.items():
        assert checkup._number(lowest[name]) >= checkup._number(floor), name
        assert checkup._number(locked[name]) >= checkup._number(floor), name


@pytest.mark.parametrize("name", ["main", "dev"])
def test_every_locked_package_has_its_hashes(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    packages = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(packages) > 30
    assert [package.partition(" ")[0] for package in packages if "--hash=sha256:" not in package] == []
    assert "--require-hashes" in (ROOT / "scripts/setup.sh").read_text("utf-8")


def test_the_audit_never_fails_for_want_of_a_network(tmp_path):
    import os
    import subprocess

    env = {**os.environ, "PIP_NO_INDEX": "1", "AUDIT_VENV": str(tmp_path / "venv"), "PIP_CONFIG_FILE": os.devnull}
    done = subprocess.run([ROOT / "scripts/audit.sh"], capture_output=True, text=True, timeout=300, env=env)
    assert done.returncode == 0, done.stderr
    assert "not looked up" in done.stdout + done.stderr
