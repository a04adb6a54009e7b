"""The example packages register through the plugin door and do what they say on real files."""

from __future__ import annotations

import csv
import importlib.metadata
import importlib.util
import io
import tomllib
from pathlib import Path

import imagehash
import pluggy
import pytest
from PIL import Image

from mediaparser_core import media, plugins
from mediaparser_core.records import Entry, Fact
from mediaparser_core.settings import Settings

EXAMPLES = Path(__file__).parents[1] / "examples"
SETTINGS = Settings(library=Path("/library"))


def manager_with(package: str) -> pluggy.PluginManager:
    """All plugins and that of *package*: out of its folder, unless it is installed anyway."""
    project = tomllib.loads((EXAMPLES / package / "pyproject.toml").read_text("utf-8"))
    ((name, module),) = project["project"]["entry-points"]["mediaparser"].items()
    assert project["tool"]["setuptools"]["py-modules"] == [module]
    assert project["project"]["name"] == package
    if name in importlib.metadata.entry_points(group="mediaparser").names:
        return plugins.load()
    spec = importlib.util.spec_from_file_location(module, EXAMPLES / package / f"{module}.py")
    assert spec and spec.loader
    plugin = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plugin)
    return plugins.load(plugin)


def facts(package: str, probe: str, entry: Entry) -> list[Fact]:
    """What the example's probe states about a file, asked as a worker would."""
    found = {p.name: p for p in plugins.probes(manager_with(package), SETTINGS)}[probe]
    with media.read(entry) as content:
        assert content.format and content.format.name in found.formats
        return found.run(entry, content)


def test_every_example_is_listed_here():
    assert {path.name for path in EXAMPLES.iterdir() if path.is_dir()} == {
        "mediaparser-average-hash",
        "mediaparser-csv-index",
        "mediaparser-notebook",
    }


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/*.py")), ids=lambda path: path.stem)
def test_an_example_stays_an_example(path):
    lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    assert len(lines) <= 25
    assert path.read_text("utf-8").startswith('"""')


@pytest.mark.parametrize(
    ("comment", "value", "precision"),
    [
        (b"taken summer 1994; Oma at the lake", "1994", "year"),
        (b"taken 12 May 1994", "1994-05-12", "day"),
        ("taken 4.5.2019; Müggelsee".encode(), "2019-05-04", "day"),
        (b"taken when we were young", None, None),
    ],
)
def test_the_notebook_claims_the_date_of_the_comment(tmp_path, make_picture, entry_of, comment, value, precision):
    path = make_picture(tmp_path / "a.jpg", comment=comment)
    (claim,) = facts("mediaparser-notebook", "notebook", entry_of(path))
    assert (claim.source, claim.value) == ("notebook", value)
    assert claim.precision == precision or value is None
    assert claim.raw == comment.decode()
    assert claim.accepted is (value is not None)


@pytest.mark.parametrize("save", [{}, {"comment": b"made with a toaster"}])
def test_the_notebook_says_nothing_without_a_note(tmp_path, make_picture, entry_of, save):
    assert facts("mediaparser-notebook", "notebook", entry_of(make_picture(tmp_path / "a.jpg", **save))) == []


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_the_average_hash_is_that_of_imagehash(tmp_path, make_picture, entry_of, name):
    path = make_picture(tmp_path / name)
    (found,) = facts("mediaparser-average-hash", "average_hash", entry_of(path))
    expected = imagehash.average_hash(Image.open(path))
    assert found.kind == "ahash"
    assert imagehash.hex_to_hash(found.value) - expected <= 2  # the picture was decoded at a smaller scale


def test_the_index_has_a_harmless_row_for_each_export():
    exports = [
        {"export_path": "2019/20190504_120003.jpg", "taken_at": "2019-05-04T12:00:03", "make": None, "tags": '["Zoë"]'},
        {"export_path": "undated/x.jpg", "taken_at": None, "make": "=HYPERLINK(1)", "tags": "[]", "sha256": "0" * 64},
    ]
    hook = manager_with("mediaparser-csv-index").hook.export_extras
    answers = [answer for answer in hook(exports=exports, settings=SETTINGS) if answer]
    (index,) = [answer["index.csv"] for answer in answers if "index.csv" in answer]
    rows = list(csv.reader(io.StringIO(index.decode("utf-8-sig"), newline="")))
    assert rows == [
        ["export_path", "taken_at", "make", "model", "tags"],
        ["2019/20190504_120003.jpg", "2019-05-04T12:00:03", "", "", '["Zoë"]'],
        ["undated/x.jpg", "", "'=HYPERLINK(1)", "", "[]"],
    ]
