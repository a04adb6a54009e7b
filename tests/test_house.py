"""The house itself: what is built is what is written, and the rules of the rooms hold."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SOURCES = sorted(
    [*ROOT.glob("mediaparser_core/**/*.py"), *ROOT.glob("plugins/**/*.py"), *ROOT.glob("datasette_plugins/*.py")]
)


def test_every_package_is_in_the_wheel():
    folders = {path.parent for path in ROOT.glob("mediaparser_core/**/*.py")}
    expected = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    assert expected <= set(PROJECT["tool"]["setuptools"]["packages"])


def test_every_bundled_plugin_has_its_entry_point():
    points = PROJECT["project"]["entry-points"]["mediaparser"]
    hooks = {path.stem for path in ROOT.glob("plugins/*.py") if "@hookimpl" in path.read_text("utf-8")}
    assert hooks == set(points)
    assert all(value == f"mediaparser_plugins.{name}" for name, value in points.items())


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_in_its_first_line_what_it_is_for(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree), path


SQL = ("select ", "insert into ", "update ", "delete from ", "create table", "pragma ")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_sql_lives_in_the_catalog_and_the_schema_only(path):
    relative = str(path.relative_to(ROOT))
    if relative.startswith(("mediaparser_core/catalog/", "mediaparser_core/schema/")):
        return
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("execute", "executemany", "executescript"):
            texts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
            assert not any(text.lower().lstrip().startswith(SQL) for text in texts), f"{relative}:{node.lineno}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_media_opens_what_was_scanned_and_only_disk_writes(path):
    """``open()`` and friends stand in few places; each of them is named here with what it opens."""
    allowed = {
        "mediaparser_core/sources.py",  # inputs
        "mediaparser_core/disk.py",  # what we write
        "mediaparser_core/export/destination.py",  # the folder of the export, as a descriptor
        "mediaparser_core/settings.py",  # the settings file
        "mediaparser_core/catalog/store.py",  # the lock
        "mediaparser_core/exiftool/__init__.py",  # the links by which the tool knows a file
        "mediaparser_core/exiftool/process.py",  # private folders and links of a tool
        "mediaparser_core/sandbox.py",  # /dev/null
        "mediaparser_core/pipeline/checkup.py",  # /proc/mounts
        "mediaparser_core/cli/__init__.py",  # /dev/null
        "plugins/folders.py",  # folders, never files
        "plugins/local_worker.py",  # /dev/null
    }
    relative = str(path.relative_to(ROOT))
    if relative in allowed:
        return
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        attribute = ast.unparse(node.func) if isinstance(node.func, ast.Attribute) else ""
        assert name != "open", f"{relative}:{node.lineno}"
        assert attribute not in (
            "os.open",
            "io.open",
            "os.unlink",
            "os.remove",
            "os.rename",
            "os.replace",
            "shutil.move",
        ), f"{relative}:{node.lineno} {attribute}"
        assert not attribute.endswith((".write_bytes", ".write_text")), f"{relative}:{node.lineno} {attribute}"


def test_help_is_instant_because_nothing_heavy_is_imported():
    heavy = (
        "PIL",
        "numpy",
        "av",
        "imagehash",
        "scipy",
        "datasette",
        "wsgidav",
        "sqlite_utils",
        "rich",
        "timezonefinder",
    )
    code = (
        "import sys; from mediaparser_core import plugins; from mediaparser_core.cli import build; build(plugins.load());"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_file_outgrows_its_idea():
    """300 lines are a reason to stop and think; each exception has been thought about."""
    thought_about = {
        "mediaparser_core/records.py",  # all the records, nothing but records
        "mediaparser_core/compact_tables.py",  # the tables, how they are kept
        "mediaparser_core/smaller_tables.py",  # the same
    }
    long = {
        str(path.relative_to(ROOT)): lines
        for path in SOURCES
        if (lines := len(path.read_text("utf-8").splitlines())) > 310
        and str(path.relative_to(ROOT)) not in thought_about
    }
    assert long == {}
