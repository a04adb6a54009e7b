"""Random messy folders: the ledger balances, a second run does nothing, and any way to a folder leads to the same library."""

from __future__ import annotations

import io
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from mediaparser_core import jobs, plugins
from mediaparser_core.catalog import Catalog
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.pipeline import ledger, main_job
from mediaparser_core.settings import Settings


class Here:
    """Reads files in threads of this process: many small libraries in little time."""

    @hookimpl(tryfirst=True)
    def executor(self, settings: Settings) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1)


def jpeg(seed: int) -> bytes:
    buffer = io.BytesIO()
    Image.effect_mandelbrot((32, 24), (-2, -1.5, 1, 1.5), 2 + seed).save(buffer, "JPEG")
    return buffer.getvalue()


CONTENTS = st.one_of(
    st.integers(1, 4).map(jpeg),
    st.sampled_from(
        [b"", bytes(500), b"text", b"<html>", b"\xff\xd8\xff\xe0", b"{}", b'{"title": "a.jpg"}', b"PK\3\4"]
    ),
    st.binary(max_size=40),
)
NAMES = st.sampled_from(
    ["a.jpg", "A.JPG", "IMG_20190504_120003.jpg", "IMG_20190504_120003.MOV", "a.jpg.json", "a.xmp", "Thumbs.db", "notes.txt",
     "x.part", "b\n.jpg", "b.png", "a-edited.jpg", "a(1).jpg", ".picasa.ini", "takeout-001.zip", "IMG_1234.HEIC", "IMG_E1234.HEIC"]
)  # fmt: skip
FOLDERS = st.sampled_from(["", "2019", "summer 1994", "{beach}", "Trash", "@eaDir", "a/b"])
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # a smaller tree is not worth minutes of looking for it
TREES = st.dictionaries(st.tuples(FOLDERS, NAMES), CONTENTS, min_size=1, max_size=8)


@pytest.fixture(scope="module")
def manager():
    found = plugins.load()
    found.register(Here())
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("trees")


def put(folder: Path, tree: dict) -> None:
    """Make *folder* hold exactly *tree*; what is there already and stays is not touched."""
    wanted = {folder / below / name: data for (below, name), data in tree.items()}
    for path in folder.rglob("*"):
        if path.is_file() and path not in wanted:
            path.unlink()
    for path, data in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)
        os.utime(path, (1_500_000_000, 1_500_000_000))


def run(manager, library: Path, folder: Path) -> dict:
    chosen = Settings(library=library, timezone="Europe/Lisbon", workers=1, exiftool="", error_limit=1.0)
    with Catalog(library) as catalog:
        outcome = main_job.run(catalog, manager, chosen, [folder], progress=jobs.Silent())
        assert outcome.imbalance is None
        assert {row["end_state"] for row in catalog.asked.ledger()} <= set(ledger.END_STATES)
        return outcome.summary


def tree_of(library: Path) -> dict[str, bytes]:
    root = library / "export"
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def fresh(place: Path, *names: str) -> list[Path]:
    for name in names:
        shutil.rmtree(place / name, ignore_errors=True)
    (place / names[0]).mkdir()
    return [place / name for name in names]


@given(TREES)
@settings(max_examples=12, phases=PHASES)
def test_every_file_has_its_end_and_the_second_run_does_nothing(manager, place, tree):
    folder, library = fresh(place, "in", "library")
    put(folder, tree)
    summary = run(manager, library, folder)
    assert summary["seen"] >= len(tree) and summary["failed"] == 0
    made = tree_of(library)
    again = run(manager, library, folder)
    assert (again["new"], again["changed"], again["copied"], again["moved"], again["withdrawn"]) == (0, 0, 0, 0, 0)
    assert tree_of(library) == made
    for (below, name), data in tree.items():
        assert (folder / below / name).read_bytes() == data


@given(TREES, TREES)
@settings(max_examples=8, phases=PHASES)
def test_the_ledger_balances_while_files_come_go_and_change(manager, place, first, second):
    folder, library = fresh(place, "in", "library")
    put(folder, first)
    run(manager, library, folder)
    put(folder, second)
    summary = run(manager, library, folder)
    assert summary["failed"] == 0
    gone = {(below, name) for below, name in first if (below, name) not in second}
    with Catalog(library, writable=False) as catalog:
        states = {row["path"]: row["end_state"] for row in catalog.asked.ledger()}
    inside = [path for path in states if str(folder) in path and "//" not in path.removeprefix("/")]
    assert len(inside) >= len(set(first) | set(second)) - len(gone)


@given(TREES)
@settings(max_examples=6, phases=PHASES)
def test_two_fresh_libraries_of_one_folder_are_the_same(manager, place, tree):
    folder, one, other = fresh(place, "in", "library", "other")
    put(folder, tree)
    first, second = run(manager, one, folder), run(manager, other, folder)
    ignored = ("job", "seconds")
    assert {k: v for k, v in first.items() if k not in ignored} == {k: v for k, v in second.items() if k not in ignored}
    assert tree_of(one) == tree_of(other)
